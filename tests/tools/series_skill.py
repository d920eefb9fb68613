#!/usr/bin/env python3
"""Scores a scan of a simulated series of slots against its truth, as Markdown tables.

    series_skill.py TRUTH.json OUT [FIRST_DAY]

OUT is the folder of `strawfire scan --all` over all slots of the series. Only slots from FIRST_DAY on (by number, 0 is the
first) count: earlier ones have no full baseline. A look at a fire counts where its power then is in the class and less
than a fifth of it is under cloud; it is found by a fire pixel of that slot within 1.5 pixels of where it appears.
"""
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta

truth = json.load(open(sys.argv[1]))
out = sys.argv[2]
first = int(sys.argv[3]) if len(sys.argv) > 3 else 6
when = lambda text: datetime.fromisoformat(text.replace("Z", "+00:00"))
begin = when(truth["start"]) + timedelta(days=first)
fires = [f for f in json.load(open(f"{out}/fires.geojson"))["features"] if when(f["properties"]["time"]) >= begin]
report = [g for g in json.load(open(f"{out}/scan.json"))["granules"] if when(g["time"]) >= begin]

by_slot = defaultdict(list)
for feature in fires:
    by_slot[feature["properties"]["time"]].append(feature)


def half(time):
    """Day and night by the hour over Haidong in October, twilight apart."""
    hour = when(time).hour + when(time).minute / 60
    return "day" if 0.75 <= hour <= 9.25 else "night" if 11.75 <= hour <= 22.25 else "twilight"


def near(feature, line, column, reach):
    p = feature["properties"]
    return abs(p["line"] - line) <= reach and abs(p["column"] - column) <= reach


def kind(feature):
    p = feature["properties"]
    return {
        "space": p["algorithm"] != "time-baseline",
        "time": (feature.get("baseline", {}).get("z") or 0) >= 4.5,
        "both": p["reason"] != "usual_heat",
        "confirmed": p["reason"] != "usual_heat" and p["confirmation"] == "confirmed",
    }


MODES = ["space", "time", "both", "confirmed"]
CLASSES = [(5, 3.5, 7), (10, 7, 14), (20, 14, 28), (40, 28, 56), (80, 56, 113)]
looks, found = Counter(), Counter()
delays = defaultdict(list)
for fire in truth["fires"]:
    if when(fire["start"]) < begin or not fire["visible"]:
        continue
    firsts = {}
    for slot in fire["slots"]:
        if slot["planned_gap"]:
            continue
        kinds = [kind(f) for f in by_slot[slot["time"]] if near(f, fire["line"], fire["column"], 1.5)]
        for mode in MODES:
            if any(k[mode] for k in kinds):
                firsts.setdefault(mode, when(slot["time"]))
        if slot["cloud_opacity"] >= 0.2:
            continue
        for name, low, high in CLASSES:
            if low <= slot["frp_mw"] < high:
                looks[name, half(slot["time"])] += 1
                for mode in MODES:
                    found[name, half(slot["time"]), mode] += any(k[mode] for k in kinds)
    for mode, time in firsts.items():
        delays[mode, fire["peak_mw"]].append((time - when(fire["start"])).total_seconds() / 60)

print("| power then, MW | looks | space | time | both | confirmed |\n|---|---|---|---|---|---|")
for light in ["day", "night", "twilight"]:
    for name, *_ in CLASSES:
        n = looks[name, light]
        if n:
            shares = " | ".join(f"{found[name, light, mode] / n:.2f}" for mode in MODES)
            print(f"| {light}, {name} | {n} | {shares} |")

active = defaultdict(list)
for fire in truth["fires"]:
    for slot in fire["slots"]:
        active[slot["time"]].append(fire)
        later = (when(slot["time"]) + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
        active[later].append(fire)
known = [(name, truth[name]) for name in ["kiln", "park"] if truth.get(name)]
false, of_known = Counter(), Counter()
for feature in fires:
    time = feature["properties"]["time"]
    if any(near(feature, fire["line"], fire["column"], 2.5) for fire in active[time]):
        continue
    which = next((name for name, it in known if near(feature, it["line"], it["column"], 2.5)), None)
    for mode, yes in kind(feature).items():
        if yes:
            (of_known if which else false)[(half(time), mode, which)] += 1
clear = Counter()
for granule in report:
    clear[half(granule["time"])] += granule["pixels"].get("clear", 0) + granule["pixels"].get("fire", 0)
days = len({g["time"][:10] for g in report})
print(f"\n{len(report)} slots of {days} days; pixels of the whole window read, sea and cloud apart\n")
print("| other pixels | clear pixels looked at | space | time | both | confirmed |\n|---|---|---|---|---|---|")
for light in ["day", "night", "twilight"]:
    print(f"| {light} | {clear[light]} | " + " | ".join(str(false[light, mode, None]) for mode in MODES) + " |")
for name, _ in known:
    total = lambda mode: sum(n for (l, m, w), n in of_known.items() if m == mode and w == name)
    print(f"| {name} | | " + " | ".join(str(total(mode)) for mode in MODES) + " |")
print("\n| peak, MW | fires seen, both | minutes to provisional, median | to confirmed, median |\n|---|---|---|---|")
middle = lambda values: f"{sorted(values)[len(values) // 2]:.0f}" if values else "-"
for peak in sorted({fire["peak_mw"] for fire in truth["fires"]}):
    both, sure = delays["both", peak], delays["confirmed", peak]
    total = sum(1 for f in truth["fires"] if f["peak_mw"] == peak and when(f["start"]) >= begin and f["visible"])
    print(f"| {peak:g} | {len(both)} of {total} | {middle(both)} | {middle(sure)} |")
