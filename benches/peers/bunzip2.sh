#!/bin/sh
# Whole-process times beside bunzip2, the floor of a compressed slot: the same six files, as many threads.
set -eu
cd "$(dirname "$0")/../.."
threads=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build -q --release --bins
sim=target/release/strawfire-sim
scan="target/release/strawfire scan --site sites/haidong"
"$sim" ahi --out "$work/bz" --bands 7,14,15 --segments 2,3 --bz2 >/dev/null
"$sim" ahi --out "$work/full" --bands 7,14,15 --segments 1,2,3,4,5,6,7,8,9,10 >/dev/null
cat "$work"/*/*.DAT* >/dev/null
for round in 1 2 3 4 5; do
    /usr/bin/time -f "$round: scan of six bz2 segments for the site %e s %M KB" $scan --out "$work/o" "$work/bz" >/dev/null
    /usr/bin/time -f "$round: xargs -P $threads bunzip2 -c of the same %e s" \
        sh -c "ls $work/bz/*.bz2 | xargs -P $threads -n 1 bunzip2 -c >/dev/null"
    /usr/bin/time -f "$round: full disk, three bands, uncompressed %e s %M KB" \
        $scan --region none --out "$work/o" "$work/full" >/dev/null
done 2>&1 | grep -v INFO
