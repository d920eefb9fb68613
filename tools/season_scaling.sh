#!/usr/bin/env bash
# Three simulated days on one core and on two, beside bunzip2 of the same files: tools/season_scaling.sh DAYS START OUT
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "usage: tools/season_scaling.sh DAYS START OUT (like 3 2025-10-20 out/season-scaling)" >&2
    exit 2
fi
days=$1 start=$2
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
out=$(folder "$3")
# shellcheck source=tools/season_days.sh
source "$(dirname "$0")/season_days.sh"

for threads in 1 2; do
    rm -rf "$out/season"
    "$bin/strawfire" season plan --site "$out/site" --from "$start" --to "$last" --out "$out/season" "$out/days" >"$out/plan.log" 2>&1
    python3 -c 'import json, sys
for path in sys.argv[1:]:
    for look in json.load(open(path))["granules"]:
        for file in look["sums"]: print(file["path"])' "$out"/season/tasks/*.json >"$out/files"
    looks=$(sed -n 's/^\([0-9]*\) looks.*/\1/p' "$out/plan.log")
    xargs cat <"$out/files" >/dev/null
    /usr/bin/time -f '%e %U %M' taskset -c "$([ $threads = 1 ] && echo 0 || echo 0,1)" \
        "$bin/strawfire" season run --site "$out/site" --threads $threads "$out/season" >/dev/null 2>"$out/run-$threads.log"
    /usr/bin/time -f '%e %U %M' taskset -c "$([ $threads = 1 ] && echo 0 || echo 0,1)" \
        xargs -P $threads -n 4 bunzip2 -c <"$out/files" 2>"$out/floor-$threads.log" >/dev/null
    tail -qn 1 "$out/run-$threads.log" "$out/floor-$threads.log" | paste -sd ' ' | awk -v looks="$looks" -v threads=$threads \
        '{printf "%d threads: %d slots in %.1f s, %.1f a second, %d MB at most; bunzip2 of their files %.1f s, ratio %.2f\n", threads, looks, $1, looks / $1, $3 / 1000, $4, $1 / $4}'
done

# Simulated days have data over the site alone; a real segment is full.
for time in 0500 0510 0520 0530; do
    if [ ! -f "$out/full/$time/truth.json" ]; then
        "$bin/strawfire-sim" ahi --out "$out/full/$time" --time "${start}T${time:0:2}:${time:2}:00Z" --bands 4,7,14 --segments 2 --bz2 >/dev/null
    fi
done
rm -rf "$out/season"
"$bin/strawfire" season plan --site "$out/site" --from "$start" --to "$start" --out "$out/season" "$out/full" >/dev/null 2>&1
cat "$out"/full/*/*.bz2 >/dev/null
/usr/bin/time -f '%e' "$bin/strawfire" season run --site "$out/site" --threads 1 "$out/season" >/dev/null 2>"$out/run-full.log"
/usr/bin/time -f '%e' sh -c "for file in $out/full/*/*.bz2; do bunzip2 -c \"\$file\" >/dev/null; done" 2>"$out/floor-full.log"
tail -qn 1 "$out/run-full.log" "$out/floor-full.log" | paste -sd ' ' |
    awk '{printf "full segments: 4 slots in %.2f s by one thread; bunzip2 of their files %.2f s, ratio %.2f\n", $1, $2, $1 / $2}'
