#!/usr/bin/env bash
# A simulated season planned, run, killed in the middle, gone on with and joined: tools/season.sh DAYS START OUT
#
# Sixty-one days of 144 slots are some 0.8 GB, their season 2 GB more. Days that are there are not made again. BIN: folder of the built programs.
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "usage: tools/season.sh DAYS START OUT (like 61 2025-09-20 out/season)" >&2
    exit 2
fi
days=$1 start=$2
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
out=$(folder "$3")
# shellcheck source=tools/season_days.sh
source "$(dirname "$0")/season_days.sh"

rm -rf "$out/season"
"$bin/strawfire" season plan --site "$out/site" --from "$start" --to "$last" --out "$out/season" "$out/days"
echo "The first run is killed when a third of the baseline is there:"
tasks=$(find "$out/season/tasks" -name '*.json' | wc -l)
/usr/bin/time -f '  %e s, %U s of processor, %M KB at most' "$bin/strawfire" season run --site "$out/site" "$out/season" >/dev/null 2>"$out/first.log" &
timed=$!
until [ "$(find "$out/season" -name '*.done' | wc -l)" -ge $((tasks / 3)) ]; do sleep 0.2; done
pkill -KILL -P $timed
wait $timed || true
tail -1 "$out/first.log"
"$bin/strawfire" season status "$out/season" || true
echo "The second goes on:"
/usr/bin/time -f '  %e s, %U s of processor, %M KB at most' "$bin/strawfire" season run --site "$out/site" "$out/season" 2>"$out/second.log"
tail -1 "$out/second.log"
"$bin/strawfire" season status "$out/season"
/usr/bin/time -f '  joined in %e s, %M KB at most' "$bin/strawfire" season merge --site "$out/site" "$out/season" 2>"$out/merge.log"
tail -1 "$out/merge.log"
du -sh "$out"/days "$out"/season/{looks,past,found,merged}
