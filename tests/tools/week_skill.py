#!/usr/bin/env python3
"""Scores scans of a simulated week against its truth: precision and recall of class straw, as Markdown tables.

    week_skill.py TRUTH.json COUNTIES.geojson NAME=OUT [NAME=OUT ...] [--unmapped NAME ...] [--details NAME] [--static LIST.csv]

OUT is the folder of `strawfire scan --all` over the week; each is one set of rules. In a scan without a land cover map no
fire can be of class straw: with --unmapped every event that is kept and not called something else counts as straw.

An event, or a pixel, belongs to the nearest thing that burned then: within 1.0 km where VIIRS saw it and 3.0 km where only
Himawari did (the park: 1.5 km more, for its size), and in its life, 15 minutes before and after. It is true where that is
straw. A straw fire counts for recall where it burns in a county and a look of VIIRS met it in its life with less than a
fifth of it under cloud; it is found where an event of class straw that belongs to straw lies in the same window.
"""
import argparse
import bisect
import csv
import json
import math
from collections import Counter
from datetime import datetime

NEAR_KM = {"viirs": 1.0, "himawari": 3.0}
PARK_KM = 1.5
SLACK_S = 15 * 60
CLEAR = 0.2
KM_PER_DEGREE = 111.195
KINDS = ["kiln", "cement", "grave", "grass", "park", "nothing"]
POWERS = [("below 1", 0, 1), ("1 to 3", 1, 3), ("3 to 6", 3, 6), ("6 to 12", 6, 12), ("12 and more", 12, 1e9)]


def when(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def km(a, b):
    """Distance of two places (longitude, latitude) some kilometres apart."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return KM_PER_DEGREE * math.hypot(east, a[1] - b[1])


def wilson(hits, n):
    """95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return (0.0, 1.0)
    z, p = 1.959964, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return ((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n))


def share(hits, n):
    if n == 0:
        return "-"
    low, high = wilson(hits, n)
    return f"{hits / n:.2f} ({low:.2f}-{high:.2f})"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


class Counties:
    """The site's counties: polygons, even-odd rule over all their rings."""

    def __init__(self, path):
        self.polygons = []
        for feature in json.load(open(path))["features"]:
            geometry = feature["geometry"]
            many = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            self.polygons += [[[(c[0], c[1]) for c in ring] for ring in polygon] for polygon in many]

    def hold(self, place):
        return any(self.inside(polygon, place) for polygon in self.polygons)

    @staticmethod
    def inside(polygon, place):
        x, y = place
        odd = False
        for ring in polygon:
            for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
                if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    odd = not odd
        return odd


class Thing:
    """Something that burned or shone, from begin to end (seconds)."""

    def __init__(self, kind, truth, begin, end, reach=0.0):
        self.kind, self.truth, self.reach = kind, truth, reach
        self.place = (truth["lon"], truth["lat"])
        self.begin, self.end = begin, end

    def meets(self, found):
        """Distance to what was found where it lies in the window, else None."""
        if found.last < self.begin - SLACK_S or found.first > self.end + SLACK_S:
            return None
        distance = km(self.place, found.place)
        return distance if distance <= NEAR_KM[found.by] + self.reach else None


class Found:
    """An event or a pixel of a scan."""

    def __init__(self, feature, first, last, satellites):
        self.properties = feature["properties"]
        self.place = tuple(feature["geometry"]["coordinates"][:2])
        self.first, self.last = when(first), when(last)
        self.by = "himawari" if all(name.startswith("Himawari") for name in satellites) else "viirs"
        self.thing = None

    @property
    def kind(self):
        return self.thing.kind if self.thing else "nothing"


class Truth:
    def __init__(self, path, counties):
        self.document = json.load(open(path))
        self.looks = self.document["looks"]
        self.start = when(self.document["start"])
        self.things = [Thing(b["kind"], b, when(b["start"]), when(b["end"])) for b in self.document["burns"]]
        for works in self.document["works"]:
            self.things += self.lit(works)
        park = self.document["park"]
        self.things += [self.shining(park, look) for look in park["looks"]]
        self.things.sort(key=lambda thing: thing.begin)
        self.begins = [thing.begin for thing in self.things]
        self.longest = max(thing.end - thing.begin for thing in self.things)
        self.straw = [t for t in self.things if t.kind == "straw" and self.counts(t) and counties.hold(t.place)]
        self.visible = [thing for thing in self.straw if self.best_mw(thing) is not None]

    def lit(self, works):
        """A works, one thing for each look that met it burning: it has hours and days off."""
        times = [when(self.looks[look["look"]]["time"]) for look in works["looks"]]
        return [Thing(works["kind"], works, time, time) for time in times]

    def shining(self, park, look):
        time = when(self.looks[look["look"]]["time"])
        return Thing("park", park, time, time, PARK_KM)

    def counts(self, thing):
        return thing.begin >= self.start

    def best_mw(self, thing):
        """Greatest power at a clear look of VIIRS, MW; None where there was no such look."""
        seen = [
            look["frp_mw"]
            for look in thing.truth["looks"]
            if self.looks[look["look"]]["sensor"] == "VIIRS" and look["cloud_opacity"] < CLEAR
        ]
        return max(seen, default=None)

    def about(self, found):
        """All things whose window holds what was found, nearest first."""
        low = bisect.bisect_left(self.begins, found.first - SLACK_S - self.longest - 1)
        high = bisect.bisect_right(self.begins, found.last + SLACK_S)
        near = ((thing.meets(found), i) for i, thing in enumerate(self.things[low:high], low))
        return [self.things[i] for _, i in sorted(pair for pair in near if pair[0] is not None)]


class Scan:
    """One set of rules."""

    def __init__(self, name, folder, truth, unmapped):
        self.name, self.unmapped = name, unmapped
        events = json.load(open(f"{folder}/events.geojson"))["features"]
        self.events = [self.event(feature) for feature in events]
        fires = json.load(open(f"{folder}/fires.geojson"))["features"]
        self.pixels = [self.pixel(feature) for feature in fires]
        self.window = {}
        for found in self.events + self.pixels:
            about = truth.about(found)
            found.thing = about[0] if about else None
            for thing in about:
                self.window.setdefault(id(thing), []).append(found)
        self.events = [e for e in self.events if e.last >= truth.start]
        self.straw = [e for e in self.events if self.is_straw(e)]

    @staticmethod
    def event(feature):
        p = feature["properties"]
        return Found(feature, p["first_seen"], p["last_seen"], p["sources"])

    @staticmethod
    def pixel(feature):
        p = feature["properties"]
        return Found(feature, p["time"], p["time"], [p["satellite"]])

    def is_straw(self, found):
        word = found.properties["class"]
        return word == "straw" or (self.unmapped and word == "unknown")

    def events_of(self, thing):
        """Events of class straw in the window of a straw fire that belong to straw."""
        straw = set(map(id, self.straw))
        return [f for f in self.window.get(id(thing), []) if id(f) in straw and f.kind == "straw"]

    def why_lost(self, thing):
        """Why a straw fire that VIIRS could see is not on the list as straw."""
        about = self.window.get(id(thing), [])
        own = [f for f in about if f.kind == "straw"]
        pixels = [f for f in own if f.properties.get("verdict")]
        kept = [f for f in pixels if f.properties["verdict"] == "kept"]
        if kept:
            words = Counter(f.properties["class"] for f in kept)
            return f"class {words.most_common(1)[0][0]}"
        if pixels:
            return Counter(f.properties["reason"] for f in pixels).most_common(1)[0][0]
        return "taken for what burns beside it" if about else "not detected"


def print_rules(scans, truth):
    print(
        f"\nEvents of class straw, {truth.document['days']} days, seed {truth.document['family']} {truth.document['seed']}, from "
        f"{truth.document['start'][:10]}. An event belongs to the nearest thing that burned then: within "
        f"{NEAR_KM['viirs']:.1f} km (VIIRS; {NEAR_KM['himawari']:.0f} km where only Himawari saw it) and in its life +- "
        f"{SLACK_S // 60} min. Recall is of straw fires in the counties that a VIIRS look met with less than a fifth under "
        "cloud. In brackets: Wilson, 95 %.\n"
    )
    head("rules", "events", "of straw", "precision", "straw fires", "found", "recall", *(f"false: {k}" for k in KINDS))
    for scan in scans:
        right = sum(e.kind == "straw" for e in scan.straw)
        wrong = Counter(e.kind for e in scan.straw if e.kind != "straw")
        found = sum(bool(scan.events_of(thing)) for thing in truth.visible)
        n = len(truth.visible)
        precision, recall = share(right, len(scan.straw)), share(found, n)
        row(scan.name, len(scan.straw), right, precision, n, found, recall, *(wrong[k] for k in KINDS))
    hidden = len(truth.straw) - len(truth.visible)
    print(f"\n{len(truth.straw)} straw fires burned in the counties; {hidden} of them could not be seen: no look, or cloud.")


def print_lost(scans, truth):
    lost = {scan.name: Counter(scan.why_lost(t) for t in truth.visible if not scan.events_of(t)) for scan in scans}
    reasons = sorted({reason for count in lost.values() for reason in count})
    print("\nStraw fires that could be seen and are not on the list as straw, by why\n")
    head("rules", *(reasons or ["none"]))
    for scan in scans:
        row(scan.name, *(lost[scan.name][reason] for reason in reasons))


def print_classes(scan):
    """What the events of each kind were called, and what was dropped."""
    words = ["straw", "vegetation", "industrial", "solar", "unknown"]
    dropped = sorted({f.properties["reason"] for f in scan.pixels if f.properties["reason"]})
    print(f"\nWhat things are called with the rules \"{scan.name}\": events by class, pixels dropped by reason\n")
    head("truth", *words, *(f"dropped: {reason}" for reason in dropped))
    for kind in ["straw", *KINDS]:
        called = Counter(e.properties["class"] for e in scan.events if e.kind == kind)
        gone = Counter(f.properties["reason"] for f in scan.pixels if f.kind == kind)
        row(kind, *(called[word] for word in words), *(gone[reason] for reason in dropped))


def print_powers(scans, truth):
    print("\nRecall by the power at the best clear look of VIIRS, and of fires within 1 km of a works\n")
    head("MW", "straw fires", *(scan.name for scan in scans))
    groups = [(name, [t for t in truth.visible if low <= truth.best_mw(t) < high]) for name, low, high in POWERS]
    groups.append(("within 1 km of a works", [t for t in truth.visible if t.truth["near_works"]]))
    for name, things in groups:
        found = [sum(bool(scan.events_of(t)) for t in things) for scan in scans]
        row(name, len(things), *(f"{n / len(things):.2f}" if things else "-" for n in found))


def print_pixels(scans):
    print("\nKept pixels of class straw, VIIRS and Himawari apart\n")
    head("rules", "VIIRS", "of straw", "Himawari", "of straw")
    for scan in scans:
        kept = [f for f in scan.pixels if f.properties["verdict"] == "kept" and scan.is_straw(f)]
        cells = []
        for by in ["viirs", "himawari"]:
            mine = [f for f in kept if f.by == by]
            right = sum(f.kind == "straw" for f in mine)
            cells += [len(mine), f"{right}, {share(right, len(mine))}"]
        row(scan.name, *cells)


def print_events_a_fire(scans, truth):
    print("\nEvents of class straw a straw fire that was found (once is what an officer wants)\n")
    head("rules", "fires found", "by one event", "by two", "by more")
    for scan in scans:
        counts = [n for n in (len(scan.events_of(t)) for t in truth.visible) if n]
        row(scan.name, len(counts), counts.count(1), counts.count(2), sum(n > 2 for n in counts))


def print_static(path, truth):
    """Which works the list of static sources holds."""
    with open(path, encoding="utf-8-sig") as file:
        cells = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file) if row["status"] == "accepted"]
    works = [(w["lon"], w["lat"]) for w in truth.document["works"]]
    near = lambda a, others: any(km(a, b) <= NEAR_KM["viirs"] for b in others)
    held, strange = sum(near(w, cells) for w in works), sum(not near(c, works) for c in cells)
    print(
        f"\nStatic sources learned from {truth.document['history_days']} days before, all accepted: {len(cells)} cells; "
        f"{held} of {len(works)} works lie within {NEAR_KM['viirs']:.0f} km of one, {strange} cells lie at none."
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("truth")
    parser.add_argument("counties")
    parser.add_argument("scans", nargs="+", metavar="NAME=OUT")
    parser.add_argument("--unmapped", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--details", metavar="NAME")
    parser.add_argument("--static", metavar="CSV")
    args = parser.parse_args()
    truth = Truth(args.truth, Counties(args.counties))
    pairs = [pair.split("=", 1) for pair in args.scans]
    scans = [Scan(name, folder, truth, name in args.unmapped) for name, folder in pairs]
    print_rules(scans, truth)
    print_lost(scans, truth)
    print_classes(next((scan for scan in scans if scan.name == args.details), scans[-1]))
    print_powers(scans, truth)
    print_events_a_fire(scans, truth)
    print_pixels(scans)
    if args.static:
        print_static(args.static, truth)


if __name__ == "__main__":
    main()
