#!/usr/bin/env python3
"""Scores a scan of a simulated series of slots against its truth, as Markdown tables.

    series_skill.py TRUTH.json OUT [FIRST_DAY] [--alone OUT]

OUT is the folder of `strawfire scan --all` over all slots of the series; --alone that of a scan without a time baseline.
Only slots from FIRST_DAY on (by number, 0 is the first; 6 without it) count: earlier ones have no full baseline. A look at
a fire counts where its power then is in the class and less than a fifth of it is under cloud; it is found by a fire pixel
of that slot within 1.5 pixels of where it appears.
"""
import argparse
import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta

LIGHTS = ["day", "night", "twilight", "stray light"]
MODES = ["space", "time", "both", "confirmed"]
CLASSES = [(5, 3.5, 6.5), (8, 6.5, 9.5), (10, 9.5, 14), (20, 14, 28), (40, 28, 56), (80, 56, 113)]
# What is dropped for these reasons was found all the same: where it lies, or that it came twice, is no judgement of it.
NO_JUDGEMENT = {None, "outside_counties", "delivered_twice"}
# More than this much light in the telescope on ground of 280 K makes a slot one of stray light, K.
STRAY_K = 1.0
# Confirmed pixels that touch, no more than this long after each other, are one event.
EVENT_GAP = timedelta(minutes=30)
COUNTIES = 6


def when(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def near(feature, line, column, reach):
    p = feature["properties"]
    return abs(p["line"] - line) <= reach and abs(p["column"] - column) <= reach


def kind(feature):
    """Which modes a fire pixel counts for."""
    p = feature["properties"]
    listed = p["reason"] in NO_JUDGEMENT
    return {
        "space": p["algorithm"] != "time-baseline",
        "time": ((feature.get("baseline") or {}).get("z") or 0) >= 4.5,
        "both": listed,
        "confirmed": listed and p["confirmation"] == "confirmed",
    }


def light_of(truth):
    """Day and night by the hour over Haidong in October, twilight apart, slots of stray light apart."""
    stray = {slot["time"] for slot in truth["slots"] if slot.get("stray_light_k", 0) > STRAY_K}

    def light(time):
        hour = when(time).hour + when(time).minute / 60
        if time in stray:
            return "stray light"
        return "day" if 0.75 <= hour <= 9.25 else "night" if 11.75 <= hour <= 22.25 else "twilight"

    return light


class Scan:
    """What one scan found from a time on."""

    def __init__(self, out, begin):
        features = json.load(open(f"{out}/fires.geojson"))["features"]
        granules = json.load(open(f"{out}/scan.json"))["granules"]
        self.fires = [f for f in features if when(f["properties"]["time"]) >= begin]
        self.granules = [g for g in granules if when(g["time"]) >= begin]
        self.by_slot = defaultdict(list)
        for feature in self.fires:
            self.by_slot[feature["properties"]["time"]].append(feature)

    def clear(self, light):
        """Pixels of clear land looked at, by light."""
        count = Counter()
        for granule in self.granules:
            count[light(granule["time"])] += granule["pixels"].get("clear", 0) + granule["pixels"].get("fire", 0)
        return count


def looks_at_fires(truth, scan, begin, light):
    """Looks and finds by class and light, and minutes from a fire's start to its first pixel by mode and peak."""
    looks, found, delays = Counter(), Counter(), defaultdict(list)
    for fire in truth["fires"]:
        if when(fire["start"]) < begin or not fire["visible"]:
            continue
        firsts = {}
        for slot in (slot for slot in fire["slots"] if not slot["planned_gap"]):
            time = slot["time"]
            kinds = [kind(f) for f in scan.by_slot[time] if near(f, fire["line"], fire["column"], 1.5)]
            hit = {mode: any(k[mode] for k in kinds) for mode in MODES}
            for mode in (mode for mode in MODES if hit[mode]):
                firsts.setdefault(mode, when(time))
            if slot["cloud_opacity"] >= 0.2:
                continue
            for name in (name for name, low, high in CLASSES if low <= slot["frp_mw"] < high):
                looks[name, light(time)] += 1
                for mode in MODES:
                    found[name, light(time), mode] += hit[mode]
        for mode, time in firsts.items():
            delays[mode, fire["peak_mw"]].append((time - when(fire["start"])).total_seconds() / 60)
    return looks, found, delays


def owners(truth, scan):
    """Each fire pixel with what it is of: fire, kiln, park or other."""
    active = defaultdict(list)
    for fire in truth["fires"]:
        for slot in fire["slots"]:
            # A fire that has just gone out still shows in what the slot after it is compared with.
            later = (when(slot["time"]) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
            active[slot["time"]].append(fire)
            active[later].append(fire)
    known = [(name, truth[name]) for name in ["kiln", "park"] if truth.get(name)]

    def owner(feature):
        if any(near(feature, fire["line"], fire["column"], 2.5) for fire in active[feature["properties"]["time"]]):
            return "fire"
        return next((name for name, it in known if near(feature, it["line"], it["column"], 2.5)), "other")

    return [(feature, owner(feature)) for feature in scan.fires]


def events(features):
    """Groups of pixels that touch in space and follow each other in time."""
    groups = []
    for feature in sorted(features, key=lambda f: f["properties"]["time"]):
        p, time = feature["properties"], when(feature["properties"]["time"])
        joined = [g for g in groups if any(near(f, p["line"], p["column"], 1.5) and time - t <= EVENT_GAP for f, t in g)]
        groups = [g for g in groups if not any(g is j for j in joined)]
        groups.append([member for g in joined for member in g] + [(feature, time)])
    return groups


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def share(found, looks):
    return f"{found / looks:.2f}"


def print_found(looks, found):
    head("power then, MW", "looks", *MODES)
    for light in LIGHTS:
        for name, *_ in CLASSES:
            n = looks[name, light]
            if n:
                row(f"{light}, {name}", n, *(share(found[name, light, mode], n) for mode in MODES))


def print_others(scan, owned, light):
    count = Counter()
    for feature, owner in owned:
        for mode in (mode for mode, yes in kind(feature).items() if yes):
            count[owner, mode] += 1
            count[owner, mode, light(feature["properties"]["time"])] += 1
    clear = scan.clear(light)
    slots = Counter(light(granule["time"]) for granule in scan.granules)
    head("other pixels", "slots", "clear pixels looked at", *MODES, *(f"{mode}, a million" for mode in MODES))
    for name in LIGHTS:
        if slots[name]:
            numbers = [count["other", mode, name] for mode in MODES]
            rates = [f"{1e6 * n / clear[name]:.2f}" if clear[name] else "-" for n in numbers]
            row(name, slots[name], clear[name], *numbers, *rates)
    for name in ["kiln", "park"]:
        row(name, "", "", *(count[name, mode] for mode in MODES), *([""] * len(MODES)))


def print_events(scan, owned, light):
    days = len({granule["time"][:10] for granule in scan.granules})
    inside = [f for f, owner in owned if owner == "other" and kind(f)["confirmed"] and f["properties"]["adcode"]]
    groups = events(inside)
    by_light = Counter(light(group[0][0]["properties"]["time"]) for group in groups)
    print(f"\nFalse confirmed events inside the counties, {days} days; pixels that touch within 30 minutes are one\n")
    head("light at its first pixel", "events", "a day", "a county and day")
    for name, n in [*((name, by_light[name]) for name in LIGHTS), ("all", len(groups))]:
        row(name, n, f"{n / max(days, 1):.2f}", f"{n / max(days, 1) / COUNTIES:.3f}")


def print_dropped(owned):
    count = Counter((f["properties"]["reason"], owner) for f, owner in owned)
    reasons = sorted({reason for reason, _ in count if reason and reason != "outside_counties"})
    print("\nPixels dropped, by reason; a fire's are losses\n")
    head("reason", "other", "kiln", "park", "fire")
    for reason in reasons or ["none"]:
        row(reason, *(count[reason, owner] for owner in ["other", "kiln", "park", "fire"]))


def print_delays(truth, delays, begin):
    print()
    head("peak, MW", "fires seen, both", "minutes to provisional, median", "to confirmed, median")
    middle = lambda values: f"{sorted(values)[len(values) // 2]:.0f}" if values else "-"
    for peak in sorted({fire["peak_mw"] for fire in truth["fires"]}):
        both, sure = delays["both", peak], delays["confirmed", peak]
        total = sum(f["peak_mw"] == peak and when(f["start"]) >= begin and f["visible"] for f in truth["fires"])
        row(f"{peak:g}", f"{len(both)} of {total}", middle(both), middle(sure))


def print_ablation(truth, scans, begin, light):
    """One frame alone beside the time baseline: what is listed by each of two scans."""
    tables = [looks_at_fires(truth, scan, begin, light) for scan in scans]
    print("\nWhat is listed, by a scan of each frame alone and by one with the time baseline\n")
    head("power then, MW", "looks", "one frame alone", "with the time baseline")
    for name_of_light in LIGHTS:
        for name, *_ in CLASSES:
            n = tables[0][0][name, name_of_light]
            if n:
                found = (share(table[1][name, name_of_light, "both"], n) for table in tables)
                row(f"{name_of_light}, {name}", n, *found)
    others = []
    for scan in scans:
        listed = [(f, owner) for f, owner in owners(truth, scan) if kind(f)["both"]]
        others.append(Counter((owner, light(f["properties"]["time"])) for f, owner in listed))
    for name in LIGHTS:
        row(f"other pixels, {name}", "", *(count["other", name] for count in others))
    for known in ["kiln", "park"]:
        row(f"{known}, pixels", "", *(sum(n for (owner, _), n in count.items() if owner == known) for count in others))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("truth")
    parser.add_argument("out")
    parser.add_argument("first_day", nargs="?", type=int, default=6)
    parser.add_argument("--alone")
    args = parser.parse_args()
    truth = json.load(open(args.truth))
    begin = when(truth["start"]) + timedelta(days=args.first_day)
    light = light_of(truth)
    scan = Scan(args.out, begin)
    looks, found, delays = looks_at_fires(truth, scan, begin, light)
    owned = owners(truth, scan)
    print_found(looks, found)
    print(f"\n{len(scan.granules)} slots; pixels of the whole window read, sea and cloud apart\n")
    print_others(scan, owned, light)
    print_events(scan, owned, light)
    print_dropped(owned)
    print_delays(truth, delays, begin)
    if args.alone:
        print_ablation(truth, [Scan(args.alone, begin), scan], begin, light)


if __name__ == "__main__":
    main()
