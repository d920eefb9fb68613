#!/bin/sh
# Whole-process times over whole simulated scenes: Landsat (7600 x 7700, 8 bands) and a Sentinel-2 tile beside what GDAL takes to decode
# the four bands that are searched. The scenes are made once, in out/whole (some minutes, 2 GB).
set -eu
cd "$(dirname "$0")/../.."
threads=$(nproc)
work=${WORK:-out/whole}
bin=${CARGO_TARGET_DIR:-target}/release
cargo build -q --release --bins
mkdir -p "$work"
[ -f "$work/landsat/truth.csv" ] || "$bin/strawfire-sim" landsat --out "$work/landsat" --fire 102.4,36.48,1000,20
[ -f "$work/sentinel2/truth.csv" ] || "$bin/strawfire-sim" sentinel2 --out "$work/sentinel2" --fire 102.4,36.48,1000,20
tile=$(find "$work/sentinel2" -name 'S2*.SAFE')
images=$(find "$tile" -name '*_B04.jp2' -o -name '*_B8A.jp2' -o -name '*_B11.jp2' -o -name '*_B12.jp2')
memory=$(mktemp -d -p /dev/shm)
trap 'rm -rf "$memory"' EXIT
find "$work/landsat" "$tile" -type f -exec cat {} + >/dev/null
for round in 1 2 3 4 5; do
    /usr/bin/time -f "$round: Landsat scene over the site %e s %M KB" \
        "$bin/strawfire" scan --site sites/haidong --out "$work/o" "$work"/landsat/LC0* >/dev/null
    /usr/bin/time -f "$round: Sentinel-2 tile over the site %e s %M KB" \
        "$bin/strawfire" scan --site sites/haidong --out "$work/o" "$tile" >/dev/null
    /usr/bin/time -f "$round: gdal_translate of its four bands, $threads at a time, %e s" \
        sh -c "echo '$images' | xargs -P $threads -I{} sh -c 'gdal_translate -q -of ENVI {} $memory/\$(basename {}).bin'"
done 2>&1 | grep -v -e INFO -e '^  '
