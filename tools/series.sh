#!/usr/bin/env bash
# Makes, scans and scores one simulated series: tools/series.sh FAMILY SEED START DAYS OUT
#
# Twelve days of 144 slots take 100 MB for the slots and some 250 MB in all. What is in OUT already is made again, except
# the slots where a truth.json says that they are whole. BIN: folder of the built programs; FIRST_DAY: the first
# day that counts (6, or half of a shorter series).
set -euo pipefail

if [ $# -ne 5 ]; then
    echo "usage: tools/series.sh FAMILY SEED START DAYS OUT (like calibration 1 2025-10-10 12 out/series)" >&2
    exit 2
fi
family=$1 seed=$2 start=$3 days=$4 out=$5
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
half=$((days / 2))
first=${FIRST_DAY:-$((half < 6 ? half : 6))}
out=$(folder "$out")

same_world "$out/series.txt" "$family $seed $start $days"
if [ ! -f "$out/days/truth.json" ]; then
    "$bin/strawfire-sim" ahi-days --out "$out/days" --family "$family" --seed "$seed" --start "$start" --days "$days" \
        --cloud 0.2 --fires-per-day 30 >&2
fi
"$bin/strawfire-sim" dem --out "$out/dem.tif" --family "$family" --seed "$seed" >&2

# The shipped site with the heights of this land; the second time without a past.
site() {
    rm -rf "${out:?}/$1"
    cp -r "$here/sites/haidong" "$out/$1"
    sed -i -e 's|^dem = .*|dem = "../dem.tif"|' -e 's|^dem_offset_m = .*|dem_offset_m = 0.0|' \
        -e 's|^dem_error_m = .*|dem_error_m = 10.0|' "$out/$1/site.toml"
    for line in 'dem = "../dem.tif"' 'dem_offset_m = 0.0' 'dem_error_m = 10.0'; do
        if ! grep -qxF "$line" "$out/$1/site.toml"; then
            echo "sites/haidong/site.toml has no line to become $line: say in tools/series.sh where it stands now" >&2
            exit 2
        fi
    done
    sed -i 's|^dem = .*|&\nsolar_parks = "../days/parks.geojson"|' "$out/$1/site.toml"
}
site site
printf '\n[baseline]\ndir = "../past"\n' >>"$out/site/site.toml"
site site-alone
rm -rf "$out/past" "$out/scan" "$out/scan-alone"

# A frame alone needs no days before those that count.
folders=("$out"/days/[0-9]*)
scan() { timed "$2" "$bin/strawfire" scan --site "$out/$1" --all --out "$out/$2" "${@:3}"; }
scan site scan "${folders[@]}"
scan site-alone scan-alone "${folders[@]:first}"

echo "Series: seed $seed of family $family, $days days from $start; the days from number $first on (0 is the first) count."
echo
"$python" "$here/tests/tools/series_skill.py" "$out/days/truth.json" "$out/scan" "$first" --alone "$out/scan-alone"
du -sh "$out" | sed 's/^\([^\t]*\).*/\n\1 on disk/'
