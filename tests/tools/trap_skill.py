#!/usr/bin/env python3
"""Scores scans of scenes without fires against their truth, filter by filter, as Markdown tables.

    trap_skill.py FOLDER [--sensors NAME ...] [--json FILE]

FOLDER is that of tools/traps.sh: scenes/SENSOR/TRAP-LIGHT/truth.json, each scene on a day of its own, and
scans/SENSOR/FILTER of `strawfire scan --all` over all scenes of a sensor, once with all filters (`all`) and once without each
(its words in FILTER.words). A pixel that no rule dropped is false, unless it lies within 1.5 pixels of a works that burns: that
is heat. Clear land is what scan.json counts as clear or fire in the window that was read.
"""
import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

SENSORS = {"viirs": "VIIRS 375 m", "viirs-mod": "VIIRS 750 m", "modis": "MODIS 1 km", "ahi": "Himawari AHI 2 km"}
TRAPS = ["none", "bare", "snow", "glint", "parks", "kilns", "shadow", "stray"]
LIGHTS = ["day", "morning", "evening", "night"]
# What is dropped for these reasons was found all the same: where it lies, or that it came twice, is no judgement of it.
NO_JUDGEMENT = {None, "outside_counties", "delivered_twice"}
# So near to a works, or to each other, pixels are of one thing.
NEAR_PIXELS = 1.5
KM_PER_DEGREE = 111.195
# A look counts of a county cells of 0.01 degree under a swath and pixels under Himawari (ALGORITHMS 6.3), km2.
CELL_KM2 = (0.01 * KM_PER_DEGREE) ** 2 * math.cos(math.radians(36.3))
AHI_PIXEL_KM2 = 8.8
CLEAR = 0.2


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
    return (max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n)))


def at_most(count, mean):
    """Chance of at most so many where so many are expected (Poisson)."""
    if mean <= 0:
        return 1.0
    return sum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(count + 1))


def poisson(count):
    """Exact 95 % interval of what is expected where so many were counted (Garwood 1936)."""

    def where(at_count, chance):
        low, high = 0.0, 10.0 + 2.0 * count + 10.0 * math.sqrt(count + 1)
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(at_count, middle) > chance else (low, middle)
        return low

    return (where(count - 1, 0.975) if count else 0.0, where(count, 0.025))


class Pixel:
    """A hot pixel of a scan."""

    def __init__(self, feature):
        p = feature["properties"]
        self.properties = p
        self.place = tuple(feature["geometry"]["coordinates"][:2])
        self.size_km = math.sqrt(p.get("pixel_area_km2") or 1.0)
        self.listed = p["reason"] in NO_JUDGEMENT
        self.sure = p["confidence"] != "low"

    def at(self, works):
        """Whether it lies at a works: in lines and columns where the truth has them, else on the ground."""
        if works.get("line") is not None:
            p = self.properties
            return max(abs(p["line"] - works["line"]), abs(p["column"] - works["column"])) <= NEAR_PIXELS
        return km(self.place, (works["lon"], works["lat"])) <= NEAR_PIXELS * self.size_km


def events(pixels):
    """How many groups of pixels there are whose neighbours lie within 1.5 pixels."""
    if not pixels:
        return 0
    reach = NEAR_PIXELS * max(pixel.size_km for pixel in pixels)
    step_lat = reach / KM_PER_DEGREE
    step_lon = step_lat / math.cos(math.radians(36.3)) * 1.1
    cells = defaultdict(list)
    for i, pixel in enumerate(pixels):
        cells[int(pixel.place[0] // step_lon), int(pixel.place[1] // step_lat)].append(i)
    parent = list(range(len(pixels)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for (x, y), members in cells.items():
        around = [j for dx in (-1, 0, 1) for dy in (-1, 0, 1) for j in cells.get((x + dx, y + dy), [])]
        for i in members:
            for j in around:
                far = NEAR_PIXELS * max(pixels[i].size_km, pixels[j].size_km)
                if i < j and km(pixels[i].place, pixels[j].place) <= far:
                    parent[root(i)] = root(j)
    return len({root(i) for i in range(len(pixels))})


class Scan:
    """What one scan of all scenes of a sensor found, by day."""

    def __init__(self, folder):
        words = folder.with_name(f"{folder.name}.words")
        self.name, self.words = folder.name, words.read_text().strip() if words.exists() else ""
        self.pixels, self.granules = defaultdict(list), defaultdict(list)
        for feature in json.loads((folder / "fires.geojson").read_text())["features"]:
            self.pixels[feature["properties"]["time"][:10]].append(Pixel(feature))
        for granule in json.loads((folder / "scan.json").read_text())["granules"]:
            self.granules[granule["time"][:10]].append(granule)

    def score(self, truth, sensor):
        """The figures of one scene."""
        day = truth["time"][:10]
        granules, works = self.granules[day], truth.get("works", [])
        if not granules:
            sys.exit(f"scan {self.name} of {sensor} has no look on {day}: make scenes and scans anew (tools/traps.sh)")
        listed = [pixel for pixel in self.pixels[day] if pixel.listed]
        heat = [pixel for pixel in listed if any(pixel.at(one) for one in works)]
        hot = set(map(id, heat))
        false = [pixel for pixel in listed if id(pixel) not in hot]
        dropped = Counter(p.properties["reason"] for p in self.pixels[day] if not p.listed)
        clear = sum(g["pixels"].get("clear", 0) + g["pixels"].get("fire", 0) for g in granules)
        unit = AHI_PIXEL_KM2 if sensor == "ahi" else CELL_KM2
        seen = sum(c["pixels"] * c["observed_fraction"] for g in granules for c in g["counties"])
        in_sight = [one for one in works if one["cloud_opacity"] < CLEAR and one.get("visible", True)]
        return {
            "pixels": len(false),
            "sure": sum(pixel.sure for pixel in false),
            "events": events(false),
            "in_counties": sum(pixel.properties["adcode"] is not None for pixel in false),
            "clear": clear,
            "counties_km2": round(unit * seen),
            "heat": len(heat),
            "works": len(in_sight),
            "works_found": sum(any(pixel.at(one) for pixel in listed) for one in in_sight),
            "dropped": dict(sorted(dropped.items())),
        }


def scenes_of(folder, sensor):
    """(trap, light, truth) of each scene of a sensor, in the order of the traps."""
    found = []
    for path in sorted((folder / "scenes" / sensor).glob("*/truth.json")):
        trap, light = path.parent.name.rsplit("-", 1)
        found.append((trap, light, json.loads(path.read_text())))
    return sorted(found, key=lambda scene: (TRAPS.index(scene[0]), LIGHTS.index(scene[1])))


def scans_of(folder, sensor):
    """The scans of a sensor, the one with all filters first."""
    folders = sorted(path.parent for path in (folder / "scans" / sensor).glob("*/scan.json"))
    scans = [Scan(path) for path in folders]
    if not any(scan.name == "all" for scan in scans):
        sys.exit(f"{folder}/scans/{sensor} has no scan with all filters (all): run tools/traps.sh")
    return sorted(scans, key=lambda scan: (scan.name != "all", scan.name))


def measured(folder, sensors):
    """All figures: sensor, trap, light, and by filter what was found without it."""
    rows, words = [], {}
    for sensor in sensors:
        scans = scans_of(folder, sensor)
        words[sensor] = {scan.name: scan.words for scan in scans}
        for trap, light, truth in scenes_of(folder, sensor):
            by = {scan.name: scan.score(truth, sensor) for scan in scans}
            time, told = truth["time"], truth.get("traps", [])
            rows.append({"sensor": sensor, "trap": trap, "light": light, "time": time, "traps": told, "by": by})
    return {"simulated": True, "rows": rows, "words": words}


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def rate(count, n, per):
    return f"{per * count / n:.2f}" if n else "-"


def print_all(result):
    print(
        "Scenes without fires, simulated, all filters on. False: hot pixels that no rule dropped, without those within 1.5 pixels of a "
        "works (heat); an event is a group of pixels within 1.5 pixels of each other. Pixels of an event are no independent draws: the "
        "interval (Poisson, exact, 95 %) is that of events, and holds for these scenes and their seed. Clear land is that of the whole "
        "window read, which reaches beyond the detailed land on which the traps lie (farthest for Himawari); the counties lie wholly "
        "within it.\n"
    )
    columns = ["sensor", "light", "trap", "false pixels", "of nominal or high confidence", "events", "clear land pixels", "pixels a million"]
    columns += ["events a million (95 %)", "false in the counties", "a 1000 km2 seen there", "heat pixels", "works found (95 %)", "dropped by rules"]
    head(*columns)
    for one in result["rows"]:
        s = one["by"]["all"]
        low, high = poisson(s["events"])
        n = s["clear"]
        interval = f"{rate(s['events'], n, 1e6)} ({rate(low, n, 1e6)}-{rate(high, n, 1e6)})"
        works = "-"
        if s["works"]:
            least, most = wilson(s["works_found"], s["works"])
            works = f"{s['works_found']} of {s['works']} ({least:.2f}-{most:.2f})"
        dropped = ", ".join(f"{reason} {count}" for reason, count in s["dropped"].items()) or "-"
        cells = [SENSORS[one["sensor"]], one["light"], one["trap"], s["pixels"], s["sure"], s["events"], n, rate(s["pixels"], n, 1e6)]
        cells += [interval, s["in_counties"], rate(s["in_counties"], s["counties_km2"], 1e3), s["heat"], works, dropped]
        row(*cells)


def cell(s):
    """False pixels, and those of nominal or high confidence where some are not."""
    text = str(s["pixels"]) if s["sure"] == s["pixels"] else f"{s['pixels']} ({s['sure']})"
    return f"{text} + {s['heat']}" if s["heat"] else text


def print_filters(result, sensor):
    rows = [one for one in result["rows"] if one["sensor"] == sensor]
    names = [name for name in result["words"][sensor] if name != "all"]
    print(f"\n{SENSORS[sensor]}: false pixels with all filters, and without each; in brackets those of nominal or high confidence; + heat\n")
    head("light", "trap", "all on", *(f"no {name}" for name in names))
    for one in rows:
        row(one["light"], one["trap"], *(cell(one["by"][name]) for name in ["all", *names]))
    total = {name: Counter() for name in ["all", *names]}
    for one in rows:
        for name, s in one["by"].items():
            total[name].update({key: s[key] for key in ["pixels", "sure", "heat", "clear"]})
    row("all", "all", *(cell(total[name]) for name in ["all", *names]))
    row("all", "a million clear pixels", *(rate(s["pixels"], s["clear"], 1e6) for s in total.values()))
    print()
    for name in names:
        print(f"- no {name}: `{result['words'][sensor][name]}`")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sensors", nargs="+", choices=list(SENSORS), metavar="NAME", default=None)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    sensors = args.sensors or [name for name in SENSORS if (args.folder / "scans" / name).is_dir()]
    result = measured(args.folder, sensors)
    print_all(result)
    for sensor in sensors:
        print_filters(result, sensor)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
