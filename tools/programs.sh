# Sourced by scripts beside it: where the built programs are (BIN), which Python (PYTHON), and what they share.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${BIN:-${CARGO_TARGET_DIR:-$here/target}/release}
python=${PYTHON:-python3}
for program in strawfire strawfire-sim; do
    if [ ! -x "$bin/$program" ]; then
        echo "$bin/$program is not there: build it with cargo build --release --bins, or say where with BIN" >&2
        exit 2
    fi
done

# The whole path of a folder, made where it is not there.
folder() {
    mkdir -p "$1"
    (cd "$1" && pwd)
}

# What was made for another seed must not be scored under this one's name: same_world FILE WANTED
same_world() {
    if [ -f "$1" ] && [ "$(cat "$1")" != "$2" ]; then
        echo "$(dirname "$1") holds $(cat "$1") and not $2: take another folder or remove it" >&2
        exit 2
    fi
    echo "$2" >"$1"
}

# Runs a step with its output in a file of its name; says how long it took: timed NAME COMMAND...
timed() {
    local name=$1 before
    shift
    before=$(date +%s)
    if ! "$@" >"$out/$name.log" 2>&1; then
        tail -5 "$out/$name.log" >&2
        exit 1
    fi
    echo "$name: $(($(date +%s) - before)) s" >&2
}
