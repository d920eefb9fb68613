#!/usr/bin/env bash
# Makes and scans scenes without fires that hold what looks like fire, with all filters and with each of them off, and scores
# them: tools/traps.sh FAMILY SEED OUT
#
# A table goes to the standard output and OUT/traps.json; scenes that are there already are not made again (some 2 GB for all
# sensors). BIN: folder of the built programs; SENSORS: which of viirs, viirs-mod, modis, ahi; PROFILE: of the scan [plateau].
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "usage: tools/traps.sh FAMILY SEED OUT (like calibration 1 out/traps)" >&2
    exit 2
fi
family=$1 seed=$2 out=$3
# shellcheck source=tools/programs.sh
source "$(dirname "$0")/programs.sh"
sensors=${SENSORS:-viirs viirs-mod modis ahi}
profile=${PROFILE:-plateau}
out=$(folder "$out")
same_world "$out/world.txt" "$family $seed"

# Each scene has a day of its own, by which one scan of all of them is taken apart again: TRAP-LIGHT DAY HOUR, UTC. Polar
# orbiters see what mirrors the Sun in June when they pass east of the site; Himawari sees glint in the evening, and panels in
# September. Shadows are longest when the Sun has risen or is about to set.
scenes() {
    local glint=07:00 parks=06:30
    if [ "$1" = ahi ]; then glint=10:30 parks=08:00; fi
    cat <<LIST
none-day 2025-10-20 05:30
none-night 2025-10-21 18:30
bare-day 2025-06-15 05:30
bare-night 2025-06-16 18:30
snow-day 2025-04-05 05:30
snow-night 2025-04-06 18:30
glint-day 2025-06-20 $glint
parks-day 2025-09-05 $parks
kilns-day 2025-10-23 05:30
kilns-night 2025-10-24 18:30
shadow-morning 2025-04-15 00:30
shadow-evening 2025-04-16 10:30
LIST
    if [ "$1" = ahi ]; then echo "stray-night 2025-10-18 14:20"; fi
}

# What switches a filter off: NAME WORDS. Left out, for no number switches them: water beside a pixel and, in the MODIS form,
# land in the window of a water pixel. The rules that judge a pixel of Himawari by its past (usual heat, cloud edge, twilight,
# stray light) say nothing of a slot alone: tools/series.sh has those.
filters() {
    local prefix
    case $1 in
    viirs)
        cat <<LIST
glint viirs_i.glint_near_deg=0 viirs_i.glint_wide_deg=0
bright-target viirs_i.bright_mir_k=0
hot-edge viirs_i.edge_count=1000000
noise viirs_i.noise_factor=0
low-confidence viirs_i.low_difference_k=-1000 viirs_i.low_glint_deg=0
LIST
        ;;
    viirs-mod | modis)
        if [ "$1" = modis ]; then prefix=modis; else prefix=viirs_m; fi
        cat <<LIST
glint $prefix.glint_near_deg=0 $prefix.glint_middle_deg=0 $prefix.glint_wide_deg=0
hot-edge $prefix.desert_count=1000000
coast $prefix.coast_nir=-1
clearing $prefix.clearing_mir_k=0
LIST
        ;;
    ahi)
        cat <<LIST
cold-edge regression.edge_kelvin=1000
cloud-edge regression.cloud_reflectance_1=0 regression.cloud_reflectance_2=0
reflected-sun regression.unexplained_reflectance_0=0 regression.unexplained_reflectance_1=0 regression.unexplained_reflectance_2=0
hotter regression.hotter_sigma=-1000
bright-cloud mask.bright_reflectance=99 mask.negative_difference_k=-1000
glint mask.glint_deg=-1
water mask.water_nir=0 mask.water_nir_alone=0 mask.water_swir=0
snow-edge baseline.snow_kelvin=-1000
panels panel.mirror_deg=0
LIST
        ;;
    esac
}

# One scene, whole or not at all: make SENSOR TRAP-LIGHT DAY HOUR. A step of `timed` has no `set -e`: each command says itself
# what follows when it fails.
make() {
    local sensor=$1 name=$2 time="$3T$4:00Z" scene="$out/scenes/$1/$2" trap=${2%-*} light=${2#*-}
    if [ -d "$scene" ]; then return; fi
    local words=(--family "$family" --seed "$seed" --time "$time" --fires 0)
    if [ "$trap" != none ]; then words+=(--trap "$trap"); fi
    if [ "$sensor" != ahi ] && [ "$light" = night ]; then words+=(--descending); fi
    local columns=4060
    case $sensor in
    viirs) words=(viirs "${words[@]}" --bands img --lines 768) ;;
    viirs-mod) words=(viirs "${words[@]}" --bands mod --lines 768) ;;
    modis) words=(modis "${words[@]}" --lines 300) columns=960 ;;
    ahi) words=(ahi "${words[@]}" --segments 2) ;;
    esac
    if [ "$sensor" != ahi ] && [ "$trap" = glint ]; then words+=(--column "$columns"); fi
    mkdir -p "$out/scenes/$sensor" && rm -rf "$scene.part" || return 1
    "$bin/strawfire-sim" "${words[@]}" --out "$scene.part" || return 1
    # MODIS is HDF4, which only pyhdf writes here
    if [ "$sensor" = modis ]; then
        "$python" "$here/tests/tools/to_hdf4.py" "$scene.part"/*.h5 && rm "$scene.part"/*.h5 || return 1
    fi
    mv "$scene.part" "$scene"
}
make_all() {
    local name day hour
    while read -r name day hour; do
        make "$1" "$name" "$day" "$hour" </dev/null || return 1
    done < <(scenes "$1")
}

# A site with the counties of Haidong, the heights of this land, its parks and, in all but one, its works as known sources.
site() {
    mkdir -p "$out/$1"
    cp "$here/sites/haidong/counties.geojson" "$out/$1/"
    {
        echo 'name = "海东市"'
        echo 'counties = "counties.geojson"'
        printf '[layers]\ndem = "../dem.tif"\ndem_offset_m = 0.0\ndem_error_m = 10.0\n'
        echo 'solar_parks = "../parks.geojson"'
        if [ "$2" = known ]; then echo 'static_sources = "../static.csv"'; fi
    } >"$out/$1/site.toml"
}
# The list that a person would keep who knows the works: where they are and what they give.
works() {
    "$python" - "$1" >"$out/static.csv" <<'PY'
import json, sys
print("lon,lat,radius_m,status,cause,max_frp_mw")
for one in json.load(open(sys.argv[1]))["works"]:
    print(f"{one['lon']},{one['lat']},500,accepted,{one['kind']},{one['frp_mw']}")
PY
}

# scan SENSOR NAME SITE WORDS...
scan() {
    local sensor=$1 name=$2 site=$3
    shift 3
    mkdir -p "$out/scans/$sensor" && echo "--site $site $*" >"$out/scans/$sensor/$name.words" || return 1
    "$bin/strawfire" scan --site "$out/$site" --all --out "$out/scans/$sensor/$name" "$@" "$out/scenes/$sensor"/*/
}

if [[ " $sensors " == *" modis "* ]] && ! "$python" -c 'import h5py, pyhdf' 2>/dev/null; then
    echo "$python has no pyhdf and h5py, which MODIS needs (tools/requirements.txt): MODIS is left out" >&2
    sensors=" $sensors "
    sensors=${sensors/ modis / }
fi
"$bin/strawfire-sim" dem --out "$out/dem.tif" --family "$family" --seed "$seed" >&2
site site known
site site-unknown unknown
for sensor in $sensors; do
    timed "simulate-$sensor" make_all "$sensor"
    # the same for every sensor: they belong to the seed
    cp "$out/scenes/$sensor/parks-day/parks.geojson" "$out/parks.geojson"
    works "$out/scenes/$sensor/kilns-day/truth.json"
    rm -rf "${out:?}/scans/$sensor"
    timed "scan-$sensor-all" scan "$sensor" all site --profile "$profile"
    timed "scan-$sensor-sources" scan "$sensor" static-sources site-unknown --profile "$profile"
    if [ "$sensor" != ahi ] && [ "$profile" = plateau ]; then
        # the published test of cloud in place of the one for cold plateaus: the profiles differ in nothing else here
        timed "scan-$sensor-cloud" scan "$sensor" plateau-cloud site --profile sensitive
    fi
    while read -r name words; do
        options=()
        for word in $words; do options+=(--threshold "$word"); done
        timed "scan-$sensor-$name" scan "$sensor" "$name" site --profile "$profile" "${options[@]}"
    done < <(filters "$sensor")
done
# shellcheck disable=SC2086
"$python" "$here/tests/tools/trap_skill.py" "$out" --sensors $sensors --json "$out/traps.json"
du -sh "$out" | sed 's/^\([^\t]*\).*/\1 on disk/' >&2
