"""What a scan found of a simulated scene whose truth is known."""
import json
import math
from pathlib import Path

from worlds import SENSORS

# Within one pixel of the pixel in which the fire lies, as lines and columns between middles of pixels.
REACH = 1.5
# A fire pixel nearer than this to a fire is of it; further away it is a false one.
CLEAR_OF = 2.5
# What is dropped for these reasons was found all the same: where it lies, or that it came twice, is no judgement of it.
NO_JUDGEMENT = {None, "outside_counties", "delivered_twice"}


def places(fire, sensor):
    """Lines and columns of the whole grid at which a fire is seen: once on a disk, in each scan that sees it on a swath."""
    if "looks" not in fire:
        return [(fire["line"], fire["column"])] if fire.get("visible") else []
    line, column = sensor.truth
    return [(look[line], look[column]) for look in fire["looks"]]


def kilometres(a, b):
    """Between two places (lon, lat), on a plane: they are near each other."""
    east = (a[0] - b[0]) * 111.32 * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, (a[1] - b[1]) * 111.13)


def near(pixel, spots, reach):
    return any(max(abs(pixel[0] - line), abs(pixel[1] - column)) <= reach for line, column in spots)


def scored(world, scene, scan):
    """Fires with what was found of them, other pixels, and how much clear land was looked at."""
    sensor = SENSORS[world.sensor]
    truth = json.load(open(Path(scene) / "truth.json"))
    report = json.load(open(Path(scan) / "scan.json"))
    features = json.load(open(Path(scan) / "fires.geojson"))["features"]
    fires_listed = [f for f in features if f["properties"]["reason"] in NO_JUDGEMENT]
    pixels = [((f["properties"]["line"], f["properties"]["column"]), f) for f in fires_listed]
    by_line = {}
    for place, feature in pixels:
        by_line.setdefault(int(place[0]), []).append((place, feature))

    def around(spots, reach):
        for line, column in spots:
            for step in range(int(line - reach - 1), int(line + reach + 2)):
                for place, feature in by_line.get(step, []):
                    if near(place, [(line, column)], reach):
                        yield feature

    fires, owned = [], set()
    for fire in truth["fires"]:
        spots = places(fire, sensor)
        if not spots:
            continue
        owned |= {f["id"] for f in around(spots, CLEAR_OF)}
        of = {f["id"]: f for f in around(spots, REACH)}
        row = {"kelvin": round(fire["temperature_k"]), "m2": fire["area_m2"], "mw": fire["frp_mw"], "found": bool(of)}
        if world.mixed:
            row["kelvin"] = 0
        if of:
            # at the top of the air, of which the simulator's lets some nine tenths through
            powers = [f["properties"]["frp_mw"] for f in of.values()]
            row["power"] = None if None in powers else sum(powers)
            at = max(of.values(), key=lambda f: f["properties"]["frp_mw"] or 0.0)["geometry"]["coordinates"]
            row["km"] = kilometres(at, (fire["lon"], fire["lat"]))
        fires.append(row)
    others = [f for _, f in pixels if f["id"] not in owned]
    seen = [g["pixels"] for g in report["granules"]]
    clear = sum(p.get("clear", 0) + p.get("fire", 0) for p in seen)
    return {"fires": fires, "others": len(others), "clear": clear, "version": report["version"]}
