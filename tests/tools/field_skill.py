#!/usr/bin/env python3
"""How large a fire must be to be found in simulated scenes of tens of metres, as Markdown tables.

    field_skill.py NAME=SCENE=SCAN [NAME=SCENE=SCAN ...]

NAME is oli-day, oli-night or msi-day; SCENE the folder with the truth.csv of `strawfire-sim`, SCAN that of `strawfire scan`
over it, with firemask_<algorithm>_<granule>.tif. A fire is found where a cluster of fire pixels has a pixel whose middle
lies within 1.5 pixels of it; a cluster that is that near to no fire is false. The size found at 50 % is read off the shares
a size, made to rise with the size (isotonic), between sizes in the logarithm; its interval is that of 400 draws of the fires.
"""
import argparse
import csv
import json
import math
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

NEAR = 1.5
DRAWS = 400
ALGORITHMS = ["schroeder", "kumar-roy", "murphy", "tai", "vote"]
# ALGORITHMS 3.6: the area at which the 2.2 um band alone passes, all of the fire in one pixel and no air above it
REFERENCES = {
    ("oli-day", 800): "4.5 for 0.17 more, 5.3 on stubble, 7.9 for 0.3 more",
    ("oli-day", 1000): "0.9 for 0.17 more, 1.05 on stubble, 1.55 for 0.3 more",
    ("oli-night", 700): "4.4 for 1 W more",
    ("oli-night", 800): "1.4 for 1 W more",
    ("oli-night", 1000): "0.27 for 1 W more",
    ("msi-day", 800): "1.8 for 0.15 more",
    ("msi-day", 1000): "0.35 for 0.15 more",
}


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def size_of(path):
    """Columns and lines of a raster."""
    said = subprocess.run(["gdalinfo", "-json", str(path)], capture_output=True, text=True, check=True).stdout
    return json.loads(said)["size"]


def fire_pixels(path):
    """Lines and columns of the pixels that are 1, and how many pixels there are."""
    columns, lines = size_of(path)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "mask.bin"
        subprocess.run(["gdal_translate", "-q", "-of", "ENVI", "-ot", "Byte", "-b", "1", str(path), str(plain)], check=True)
        values = plain.read_bytes()
    found, at = set(), values.find(b"\x01")
    while at >= 0:
        found.add(divmod(at, columns))
        at = values.find(b"\x01", at + 1)
    return found, columns * lines


def clusters(pixels):
    """Sets of pixels that touch, corners too."""
    left, groups = set(pixels), []
    while left:
        queue = [left.pop()]
        group = list(queue)
        while queue:
            line, column = queue.pop()
            for near in [(line + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]:
                if near in left:
                    left.remove(near)
                    queue.append(near)
                    group.append(near)
        groups.append(group)
    return groups


def around(place):
    """The pixels whose middles lie within NEAR of a place."""
    line, column = place
    reach = math.ceil(NEAR) + 1
    for i in range(round(line) - reach, round(line) + reach + 1):
        for j in range(round(column) - reach, round(column) + reach + 1):
            if math.hypot(i - line, j - column) <= NEAR:
                yield (i, j)


def judged(fires, pixels):
    """Whether each fire is found, and how many clusters belong to none."""
    owner = {pixel: number for number, group in enumerate(clusters(pixels)) for pixel in group}
    met = [{owner[pixel] for pixel in around(fire["place"]) if pixel in owner} for fire in fires]
    true = set().union(*met) if met else set()
    return [bool(numbers) for numbers in met], len(set(owner.values()) - true)


def rising(shares, weights):
    """The nearest shares that never fall (pool adjacent violators)."""
    blocks = []
    for share, weight in zip(shares, weights):
        blocks.append([share, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            weight = last[1] + before[1]
            blocks.append([(last[0] * last[1] + before[0] * before[1]) / weight, weight, last[2] + before[2]])
    return [block[0] for block in blocks for _ in range(block[2])]


def size_at(level, hits):
    """The area at which a share is reached; hits: a list of (found or not) by area. None where it is not."""
    areas = sorted(hits)
    shares = rising([sum(hits[a]) / len(hits[a]) for a in areas], [len(hits[a]) for a in areas])
    if shares[0] >= level:
        return 0.0
    for (a, low), (b, high) in zip(zip(areas, shares), zip(areas[1:], shares[1:])):
        if high >= level:
            part = (level - low) / (high - low)
            return math.exp(math.log(a) + part * (math.log(b) - math.log(a)))
    return None


def shown(size, hits):
    if size is None:
        return f"above {max(hits):.3g}"
    return f"below {min(hits):.3g}" if size == 0.0 else f"{size:.2g}"


def interval(level, hits, draws):
    """The middle 95 % of the sizes of fires drawn again with replacement."""
    sizes = []
    for _ in range(DRAWS):
        again = {area: draws.choices(found, k=len(found)) for area, found in hits.items()}
        size = size_at(level, again)
        sizes.append(math.inf if size is None else size)
    sizes.sort()
    ends = sizes[int(0.025 * DRAWS)], sizes[int(0.975 * DRAWS) - 1]
    return "-".join(shown(None if math.isinf(end) else end, hits) for end in ends)


def truth(folder):
    with open(folder / "truth.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            "place": (float(r["line"]), float(r["column"])),
            "area": float(r["area_m2"]),
            "kelvin": round(float(r["temperature_k"])),
        }
        for r in rows
    ]


def scene(text):
    parts = text.split("=")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text}: write it like oli-day=out/oli-day=out/scan-oli-day")
    return parts[0], Path(parts[1]), Path(parts[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="+", type=scene)
    draws = random.Random(1)
    results = []
    for name, world, scan in parser.parse_args().scenes:
        fires = truth(world)
        masks = {path.name.split("_")[1]: path for path in sorted(scan.rglob("firemask_*.tif"))}
        if not masks:
            sys.exit(f"{scan} has no firemask_*.tif: was the scene scanned?")
        known = [algorithm for algorithm in ALGORITHMS if algorithm in masks]
        for algorithm in known + sorted(set(masks) - set(known)):
            pixels, count = fire_pixels(masks[algorithm])
            found, false = judged(fires, pixels)
            by = defaultdict(lambda: defaultdict(list))
            for fire, is_found in zip(fires, found):
                by[fire["kelvin"]][fire["area"]].append(is_found)
            results += [(name, kelvin, algorithm, hits, 1e6 * false / count) for kelvin, hits in sorted(by.items())]
    results.sort(key=lambda result: (result[0], result[1]))
    head("scene", "K", "algorithm", "50 % found, m2", "95 % interval", "90 % found, m2", "ALGORITHMS 3.6, m2", "false clusters in 10^6 pixels")
    for name, kelvin, algorithm, hits, false in results:
        reference = REFERENCES.get((name, kelvin), "-")
        half, most = (shown(size_at(level, hits), hits) for level in (0.5, 0.9))
        row(name, kelvin, algorithm, half, interval(0.5, hits, draws), most, reference, f"{false:.1f}")
    print("\nThe figures of 3.6 are for a fire in one pixel; here the optics spread it over several and the air weakens it.\n")
    areas = sorted({area for result in results for area in result[3]})
    head("scene", "K", "algorithm", *[f"{area:.2g} m2" for area in areas])
    for name, kelvin, algorithm, hits, _ in results:
        shares = [f"{sum(hits[a]) / len(hits[a]):.2f}" if a in hits else "-" for a in areas]
        row(name, kelvin, algorithm, *shares)


if __name__ == "__main__":
    main()
