#!/usr/bin/env bash
# From the start of scan to the receiver's 200: tools/latency.sh SLOTS OUT
#
# `strawfire deliver` and `strawfire receiver` run all the while; each simulated AHI slot (segments 2 and 3, bzip2) is scanned by a process
# of its own, which commits its events to the store. The last notice of the slot that the receiver has on its disk is the end. SQLite,
# then PostgreSQL where a server is installed. BIN: folder of the built programs.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "usage: tools/latency.sh SLOTS OUT (like 20 out/latency)" >&2
    exit 2
fi
slots=$1
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
out=$(folder "$2")
export PATROL_SECRET=latency
running=()
stop_all() {
    for pid in "${running[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    running=()
}
postgres_off() { :; }
trap 'stop_all; postgres_off' EXIT

# A fire further on every slot, so that each of them has something new to tell besides the random fires that go on.
for n in $(seq 0 $((slots - 1))); do
    time=$(date -u -d "2025-10-20T01:00:00Z + $((10 * n)) minutes" +%Y-%m-%dT%H:%M:00Z)
    if [ ! -d "$out/slot$n" ]; then
        lon=$(awk "BEGIN { print 101.9 + 0.05 * ($n % 20) }")
        "$bin/strawfire-sim" ahi --out "$out/slot$n.part" --time "$time" --segments 2,3 --bz2 --cloud 0.1 \
            --fire "102.05,36.85,800,8611" --fire "$lon,36.48,800,8611" >"$out/sim.log" 2>&1
        mv "$out/slot$n.part" "$out/slot$n"
    fi
done

# One database: its URL and its name.
measure() {
    local url=$1 name=$2 address='' n began last lines ended
    local work="$out/$name"
    rm -rf "$work"
    cp -r "$here/sites/haidong" "$work"
    "$bin/strawfire" receiver --listen 127.0.0.1:0 --secret-env PATROL_SECRET --out "$work/received" >"$work/receiver.log" 2>&1 &
    running+=($!)
    until address=$(sed -n 's/^listening on //p' "$work/receiver.log") && [ -n "$address" ]; do sleep 0.05; done
    cat >>"$work/site.toml" <<END

[store]
url = "$url"
[delivery]
allow_loopback = true
allow_simulated = true
max_age_hours = 0
[[delivery.sinks]]
name = "patrol"
kind = "http"
url = "$address/hotspots"
secret_env = "PATROL_SECRET"
END
    "$bin/strawfire" deliver --site "$work" >"$work/deliver.log" 2>&1 &
    running+=($!)
    sleep 1
    : >"$work/seconds"
    last=0
    for n in $(seq 0 $((slots - 1))); do
        began=$(date +%s.%N)
        "$bin/strawfire" scan --site "$work" --out "$work/out" "$out/slot$n" >"$work/scan.log" 2>&1
        # its notices are queued now; the outbox is empty when the receiver has them
        while "$bin/strawfire" deliver list --site "$work" | grep -q '^patrol queued'; do sleep 0.1; done
        lines=$(wc -l <"$work/received/received.jsonl")
        if [ "$lines" -gt "$last" ]; then
            ended=$(tail -n 1 "$work/received/received.jsonl" | sed 's/.*"received_at":"\([^"]*\)".*/\1/')
            awk "BEGIN { printf \"%.3f\\n\", $(date -u -d "$ended" +%s.%N) - $began }" >>"$work/seconds"
        fi
        last=$lines
    done
    stop_all
    sort -n "$work/seconds" | awk -v name="$name" -v notices="$last" '
        { s[NR] = $1 }
        function rank(p) { i = int(p * NR + 0.999999); return s[i < 1 ? 1 : i] }
        END { printf "%s: %d slots with something to tell, %d notices: p50 %.2f s, p95 %.2f s, longest %.2f s from the start of scan to the 200\n",
              name, NR, notices, rank(0.5), rank(0.95), s[NR] }'
}

measure "sqlite://$out/latency.db" sqlite
rm -f "$out/latency.db"*

server=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$server" ]; then
    echo "skipped: no PostgreSQL server is installed" >&2
    exit 0
fi
server=$(dirname "$server")
data=$(mktemp -d)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_postgres=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$data"
    as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
in_data() { (cd / && "${as_postgres[@]}" "$@" >/dev/null 2>&1 </dev/null); }
in_data "$server/initdb" -A trust -U strawfire -E UTF8 --locale=C -D "$data/data"
postgres_off() {
    in_data "$server/pg_ctl" -D "$data/data" -m immediate -w stop || true
    rm -rf "$data"
}
in_data "$server/pg_ctl" -D "$data/data" -l "$data/log" -w -o "-p $port -c listen_addresses=127.0.0.1 -k $data" start
measure "postgres://strawfire@127.0.0.1:$port/postgres" postgresql
