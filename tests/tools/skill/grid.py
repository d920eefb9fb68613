"""Fires of many sizes and temperatures, season by season and angle by angle: how large one must be to be found."""
import json
import math
import shutil
import threading
from collections import defaultdict

import numpy as np

from fit import sizes
from score import scored
from worlds import PROFILES, S14, SENSORS, bounded, full, planck

# one raster of heights is made at a time
LAND = threading.Lock()


def site(rig):
    """The shipped site with the heights of the simulated land, so that places are those of the simulator's relief."""
    target = rig.out / "site"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(rig.root / "sites/haidong", target)
    settings = target / "site.toml"
    text = settings.read_text()
    wanted = {"dem": '"../dem.tif"', "dem_offset_m": "0.0", "dem_error_m": "10.0"}
    lines = []
    for line in text.splitlines():
        key = line.split("=")[0].strip()
        lines.append(f"{key} = {wanted.pop(key)}" if key in wanted else line)
    if wanted:
        raise SystemExit(f"sites/haidong/site.toml has no line for {', '.join(wanted)}: say in tests/tools/skill/grid.py where it stands now")
    settings.write_text("\n".join(lines) + "\n")
    return target


def measured(rig):
    """All conditions: sizes found, power, place, other pixels."""
    worlds = full() if rig.full else bounded()
    place = site(rig)

    def look(world):
        scene = rig.out / "scenes" / world.name
        if not scene.exists():
            simulate(rig, world, scene)
        results = {}
        for profile in PROFILES:
            scan = rig.out / "scans" / f"{world.name}-{profile}"
            shutil.rmtree(scan, ignore_errors=True)
            command = [rig.bin / "strawfire", "scan", "--site", dem_site(rig, place, world), "--all", "--region", "none"]
            command += ["--profile", profile, "--out", scan, scene]
            rig.ran(f"scan-{world.name}-{profile}", command)
            results[profile] = scored(world, scene, scan)
            shutil.rmtree(scan, ignore_errors=True)
        return world, results

    by = defaultdict(lambda: {"fires": [], "others": 0, "clear": 0})
    for world, results in rig.side_by_side(look, worlds):
        for profile, result in results.items():
            pot = by[world.condition + (profile,)]
            pot["fires"] += result["fires"]
            pot["others"] += result["others"]
            pot["clear"] += result["clear"]
    return {"conditions": [condition(key, pot) for key, pot in by.items()], "scenes": len(worlds)}


def simulate(rig, world, scene):
    """Writes a scene, whole or not at all."""
    draft = scene.with_name(f"{scene.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    words = world.words(rig.family, rig.seed, heights(rig, world.seed(rig.seed)))
    rig.ran(f"sim-{world.name}", [rig.bin / "strawfire-sim", words[0], "--out", draft, *words[1:]])
    # MODIS is HDF4, which only Python's pyhdf writes here
    twins = sorted(draft.glob("*.h5")) if world.sensor == "modis" else []
    if twins:
        rig.ran(f"hdf4-{world.name}", [rig.python, rig.root / "tests/tools/to_hdf4.py", *twins])
        for twin in twins:
            twin.unlink()
    draft.rename(scene)


def dem_site(rig, shipped, world):
    """A site whose relief is that of the world's seed; swaths bring their places with them."""
    if world.sensor != "ahi":
        return rig.root / "sites/haidong"
    seed = world.seed(rig.seed)
    target = rig.out / f"site-{seed}"
    if not target.exists():
        draft = rig.out / f"site-{seed}.part-{world.name}"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped, draft)
        settings = draft / "site.toml"
        settings.write_text(settings.read_text().replace("../dem.tif", f"../dem-{seed}.tif"))
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
    return target


def heights(rig, seed):
    """Heights of the land of a seed, at the nearest node of the simulator's raster of them."""
    raster = rig.out / f"dem-{seed}.tif"
    plain = rig.out / f"dem-{seed}.bin"
    with LAND:
        if not raster.exists():
            command = ["dem", "--out", raster, "--family", rig.family, "--seed", seed]
            rig.ran(f"dem-{seed}", [rig.bin / "strawfire-sim", *command])
        if not plain.exists():
            rig.ran(f"dem-{seed}", ["gdal_translate", "-q", "-of", "ENVI", "-ot", "Float32", raster, plain])
    told = json.loads(rig.ran(f"dem-{seed}-told", ["gdalinfo", "-json", raster]))
    west, step_x, _, north, _, step_y = told["geoTransform"]
    columns, lines = told["size"]
    values = np.fromfile(plain, "<f4").reshape(lines, columns)

    def height_m(lon, lat):
        line, column = int((lat - north) / step_y), int((lon - west) / step_x)
        inside = 0 <= line < lines and 0 <= column < columns
        return float(values[line, column]) if inside else math.inf

    return height_m


def condition(key, pot):
    """The figures of one condition and profile."""
    sensor, light, season, zone, ground, mixed, profile = key
    fires = pot["fires"]
    temperatures = {}
    for kelvin in sorted({fire["kelvin"] for fire in fires}):
        some = [fire for fire in fires if fire["kelvin"] == kelvin]
        temperatures[kelvin] = sizes([f["m2"] for f in some], [f["found"] for f in some]) | {
            "powers": powers(some),
            "curve": curve(some),
        }
    kms = [fire["km"] for fire in fires if fire["found"]]
    return {
        "sensor": sensor, "light": light, "season": season, "zone": zone, "ground": ground, "mixed": mixed, "profile": profile,
        "temperatures": temperatures,
        "shape": shape(temperatures, SENSORS[sensor].band_um),
        "others": pot["others"], "clear": pot["clear"],
        "place_km": quantiles(kms, [50, 95]), "frp": quantiles(ratios(fires), [16, 50, 84]),
        "fires": len(fires), "anchors": S14.get(light) if sensor == "viirs" and ground == "S14" else None,
    }


def ratios(fires):
    """Power found over power put there, of fires above the size at which half are found."""
    found = [f for f in fires if f["found"] and f.get("power")]
    return [f["power"] / f["mw"] for f in found]


def powers(fires):
    """Ratios of power of the larger half of the areas: near the limit only those that noise lifts are found."""
    middle = np.median([fire["m2"] for fire in fires])
    return quantiles(ratios([fire for fire in fires if fire["m2"] >= middle]), [16, 50, 84])


def quantiles(values, at):
    if not values:
        return None
    return [float(v) for v in np.percentile(values, at)] + [len(values)]


def curve(fires):
    """Shares found in six classes of area, for the plot."""
    order = sorted(fires, key=lambda fire: fire["m2"])
    pieces = [piece for piece in np.array_split(np.arange(len(order)), 6) if len(piece)]
    return [
        [float(np.exp(np.mean([np.log(order[i]["m2"]) for i in piece]))), sum(order[i]["found"] for i in piece), len(piece)]
        for piece in pieces
    ]


def shape(temperatures, um):
    """The least square line: sizes times radiance should be one number; the worst departure from its middle."""
    products = {
        kelvin: row["a50"]["m2"] * planck(um, kelvin)
        for kelvin, row in temperatures.items() if kelvin and "m2" in row.get("a50", {})
    }
    if len(products) < 2:
        return None
    middle = float(np.exp(np.mean(np.log(list(products.values())))))
    return {str(kelvin): product / middle for kelvin, product in products.items()}
