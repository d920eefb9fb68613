# Sourced: simulated days from $start on in $out/days, a site that keeps a past in $out/site, and $last, the last day.
# The simulator makes 60 days at a time.
# shellcheck disable=SC2154
same_world "$out/season.txt" "$start $days"
last=$(date -u -d "$start + $((days - 1)) days" +%F)
made=0
# slots of UTC days: Beijing's first day begins the evening before
while [ $made -le "$days" ]; do
    part=$((days + 1 - made < 31 ? days + 1 - made : 31))
    if [ $part -gt 0 ] && [ ! -f "$out/days/$made/truth.json" ]; then
        "$bin/strawfire-sim" ahi-days --out "$out/days/$made" --start "$(date -u -d "$start + $((made - 1)) days" +%F)" --days $part \
            --cloud 0.2 --fires-per-day 40 >&2
    fi
    made=$((made + 31))
done
rm -rf "$out/site"
cp -r "$here/sites/haidong" "$out/site"
printf '\n[baseline]\ndir = "../past"\n' >>"$out/site/site.toml"
