#!/usr/bin/env bash
# Makes, scans and scores one simulated week with rule after rule of screening: tools/week.sh FAMILY SEED START OUT
#
# Three weeks of VIIRS before it are scanned for what is always hot and thrown away again; the week with its land cover map
# and all lists stay in OUT, some 0.6 GB. A week that is there already is not made again. BIN: folder of the built programs;
# RUNS: which sets of rules (default all of them); PROFILE: of `strawfire static learn`.
set -euo pipefail

if [ $# -ne 4 ]; then
    echo "usage: tools/week.sh FAMILY SEED START OUT (like calibration 1 2025-04-01 out/week)" >&2
    exit 2
fi
family=$1 seed=$2 start=$3 out=$4
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
profile=${PROFILE:-short}
# Rules are added one after the other, then each is left out of all.
runs=${RUNS:-none cover cover+static cover+static+solar cover+static+solar+season static+solar+season cover+solar+season cover+static+season}
out=$(folder "$out")

same_world "$out/world.txt" "$family $seed $start ${WEEK_OPTIONS:-}"

# WEEK_OPTIONS: words for the simulator, like --days 2.
simulate() {
    # shellcheck disable=SC2086
    "$bin/strawfire-sim" week --out "$out/world" --family "$family" --seed "$seed" --start "$start" --part "$1" ${WEEK_OPTIONS:-}
}

# A site with the counties of Haidong, the heights of this land, and these rules; a rule is off where its key is absent.
site() {
    local folder="$out/site-$1" rules="+$1+"
    mkdir -p "$folder"
    cp "$here/sites/haidong/counties.geojson" "$folder/"
    {
        echo 'name = "海东市"'
        echo 'counties = "counties.geojson"'
        printf '[detect]\nprofile = "plateau"\n'
        printf '[layers]\ndem = "../dem.tif"\ndem_offset_m = 0.0\ndem_error_m = 10.0\n'
        case $rules in *+cover+*) echo 'landcover = "../world/landcover.tif"' ;; esac
        case $rules in *+static+*) echo 'static_sources = "../static.csv"' ;; esac
        case $rules in *+solar+*) echo 'solar_parks = "../world/parks.geojson"' ;; esac
        case $rules in *+season+*) season ;; esac
    } >"$folder/site.toml"
}
# The seasons of docs (a prior), and the days of customs of this week.
season() {
    echo '[season]'
    echo 'burning = ["03-01/04-30 清理", "07-01/09-30 小麦、油菜", "10-01/11-30 玉米、马铃薯"]'
    "$python" - "$out/world/truth.json" <<'PY'
import json, sys
days = json.load(open(sys.argv[1]))["customs"]
print("customs = [" + ", ".join(f'"{day}/{day} 祭祀"' for day in days) + "]")
PY
}
scan() {
    rm -rf "${out:?}/scan-$1"
    "$bin/strawfire" scan --site "$out/site-$1" --all --out "$out/scan-$1" "${@:2}"
}

"$bin/strawfire-sim" dem --out "$out/dem.tif" --family "$family" --seed "$seed" >&2
site none
if [ ! -f "$out/history.geojson" ]; then
    timed simulate-history simulate history
    timed scan-history scan none "$out"/world/history/*
    mv "$out/scan-none/fires.geojson" "$out/history.geojson"
    rm -rf "$out/world/history"
fi
if [ ! -f "$out/world/whole" ]; then
    timed simulate-week simulate week
    touch "$out/world/whole"
fi
# `static learn` does not count simulated fires unless it is told to, so that no site learns from them. What the rule `short`
# finds waits for a person; here that person accepts all of it unseen.
learn() {
    local learn=("$bin/strawfire" static learn)
    if ! "${learn[@]}" --help 2>/dev/null | grep -q -- --allow-simulated; then
        echo "strawfire static learn has no --allow-simulated and learns nothing from a simulated week: leave static out of RUNS" >&2
        exit 2
    fi
    rm -f "$out/static.csv"
    timed learn "${learn[@]}" --allow-simulated --site "$out/site-none" --profile "$profile" --format fires \
        --out "$out/static.csv" "$out/history.geojson"
    cat "$out/learn.log" >&2
    "$python" - "$out/static.csv" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))
for row in rows:
    row["status"] = "accepted" if row["status"] == "proposed" else row["status"]
if rows:
    with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
PY
}
static=()
case "$runs" in *static*)
    learn
    static=(--static "$out/static.csv")
    ;;
esac

looks=("$out"/world/viirs/*)
if [ -d "$out/world/ahi" ]; then looks+=("$out"/world/ahi/*); fi
scans=() unmapped=()
for run in $runs; do
    site "$run"
    timed "scan-$run" scan "$run" "${looks[@]}"
    scans+=("$run=$out/scan-$run")
    case "+$run+" in *+cover+*) ;; *) unmapped+=("$run") ;; esac
done
details=$(echo "$runs" | tr ' ' '\n' | awk '{ if (length($0) > length(most)) most = $0 } END { print most }')
"$python" "$here/tests/tools/week_skill.py" "$out/world/truth.json" "$here/sites/haidong/counties.geojson" "${scans[@]}" \
    --details "$details" "${static[@]}" --unmapped "${unmapped[@]}"
du -sh "$out" | sed 's/^\([^\t]*\).*/\n\1 on disk/'
