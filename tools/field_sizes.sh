#!/usr/bin/env bash
# Makes simulated scenes of Landsat OLI and Sentinel-2 MSI with fires of many sizes, scans them and says how large a fire must
# be to be found: tools/field_sizes.sh FAMILY SEED OUT
#
# Three scenes: OLI by day and by night, MSI by day (it does not look by night), each without clouds and, by day, under a
# sun at 45 degrees, for which ALGORITHMS 3.6 has figures. A scene that is there already is not made again. BIN: folder of
# the built programs; REPEATS: fires of each size and temperature (20).
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "usage: tools/field_sizes.sh FAMILY SEED OUT (like calibration 1 out/field)" >&2
    exit 2
fi
family=$1 seed=$2 out=$3
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
repeats=${REPEATS:-20}
out=$(folder "$out")
same_world "$out/world.txt" "$family $seed $repeats"

common=(--family "$family" --seed "$seed" --centre 102.4,36.48 --cloud 0 --grid 0.2:30:13x700,800,1000 --repeats "$repeats")

# make NAME COMMAND WORDS...
make_scene() {
    local name=$1
    shift
    if [ ! -f "$out/$name/truth.csv" ]; then
        rm -rf "${out:?}/$name"
        timed "simulate-$name" "$bin/strawfire-sim" "$@" --out "$out/$name" "${common[@]}"
    fi
}
# near noon, where the sun of that day stands 43 degrees high: a sun of another time is refused
day=2025-10-20T04:40:00Z
make_scene oli-day landsat --lines 1500 --columns 1500 --tilt 0 --time "$day" --sun-elevation 45
make_scene oli-night landsat --lines 1500 --columns 1500 --tilt 0 --night
make_scene msi-day sentinel2 --size 3000 --time "$day" --sun-elevation 45

pairs=()
shopt -s nullglob
for name in oli-day oli-night msi-day; do
    rm -rf "${out:?}/scan-$name"
    products=("$out/$name"/LC0* "$out/$name"/S2*.SAFE)
    timed "scan-$name" "$bin/strawfire" scan --site "$here/sites/haidong" --region none --all --out "$out/scan-$name" \
        "${products[@]}"
    pairs+=("$name=$out/$name=$out/scan-$name")
done

echo "Sizes found: seed $seed of family $family, $repeats fires of each size and temperature."
echo
"$python" "$here/tests/tools/field_skill.py" "${pairs[@]}"
