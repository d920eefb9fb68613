"""Himawari with its past, Landsat and Sentinel-2, and scenes without fires: each by the tool that scores it."""
import json
import math
import os
import shutil
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np

from fit import wilson
from grid import quantiles, site
from score import kilometres

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import series_skill as series_of  # noqa: E402

# ALGORITHMS 11: fires of 26 to 250 MW, log-uniform; and as many again of 26 MW alone, which is the hardest of them
LEAST_MW, MOST_MW, STEPS = 26.0, 250.0, 12
START, LEARN_DAYS = "2025-10-10", 6


def powers():
    """Middles of twelve equal steps in the logarithm, and 26 MW four times."""
    step = math.log(MOST_MW / LEAST_MW) / STEPS
    spread = [LEAST_MW * math.exp(step * (i + 0.5)) for i in range(STEPS)]
    return [f"{mw:.3f}" for mw in spread] + [f"{LEAST_MW:g}"] * 4


def series(rig):
    """Days of slots with a past: fires found, false events, places and power."""
    days = LEARN_DAYS + (12 if rig.full else 4)
    out = rig.out / "series"
    if not (out / "days/truth.json").exists():
        shutil.rmtree(out / "days", ignore_errors=True)
        words = ["ahi-days", "--out", out / "days", "--family", rig.family, "--seed", rig.seed, "--start", START, "--days", days]
        words += ["--cloud", "0.2", "--fires-per-day", "48", "--powers", ",".join(powers())]
        rig.ran("sim-series", [rig.bin / "strawfire-sim", *words])
    place = site(rig)
    rig.ran("dem-series", [rig.bin / "strawfire-sim", "dem", "--out", rig.out / "dem.tif", "--family", rig.family, "--seed", rig.seed])
    shutil.copyfile(out / "days/parks.geojson", rig.out / "parks.geojson")
    text = (place / "site.toml").read_text().replace('dem = "../dem.tif"', 'dem = "../dem.tif"\nsolar_parks = "../parks.geojson"')
    (place / "site.toml").write_text(text + '\n[baseline]\ndir = "../past"\n')
    shutil.rmtree(rig.out / "past", ignore_errors=True)
    shutil.rmtree(out / "scan", ignore_errors=True)
    folders = sorted((out / "days").glob("[0-9]*"))
    rig.ran("scan-series", [rig.bin / "strawfire", "scan", "--site", place, "--all", "--out", out / "scan", *folders])
    return score_series(out) | {"days": days, "counted": days - LEARN_DAYS}


def score_series(out):
    truth = json.load(open(out / "days/truth.json"))
    begin = series_of.when(truth["start"]) + timedelta(days=LEARN_DAYS)
    scan = series_of.Scan(out / "scan", begin)
    light = series_of.light_of(truth)
    events = json.load(open(out / "scan/events.geojson"))["features"]
    rows = []
    for fire in truth["fires"]:
        if series_of.when(fire["start"]) < begin or not fire["visible"]:
            continue
        slots = [s for s in fire["slots"] if not s["planned_gap"]]
        clear = [s for s in slots if s["cloud_opacity"] < 0.2 and s["frp_mw"] >= 0.5 * fire["peak_mw"]]
        if not clear:
            continue
        hits = []
        for slot in slots:
            for f in scan.by_slot[slot["time"]]:
                if series_of.near(f, fire["line"], fire["column"], 1.5) and series_of.kind(f)["both"]:
                    hits.append((slot, f))
        best = max(clear, key=lambda s: s["frp_mw"])
        row = {"mw": fire["peak_mw"], "light": light(best["time"]), "found": bool(hits), "kelvin": fire["temperature_k"]}
        row["confirmed"] = any(series_of.kind(f)["confirmed"] for _, f in hits)
        if hits:
            at = max(hits, key=lambda h: h[1]["properties"]["frp_mw"] or 0.0)[1]["geometry"]["coordinates"]
            row["km"] = kilometres(at, (fire["lon"], fire["lat"]))
            row["event_km"] = event_km(fire, events)
            by_slot = Counter()
            for slot, f in hits:
                by_slot[slot["time"]] += f["properties"]["frp_mw"] or 0.0
            sure = [(by_slot[s["time"]], s["frp_mw"]) for s in clear if by_slot[s["time"]]]
            row["ratios"] = [a / b for a, b in sure]
        rows.append(row)
    owned = [(f, owner) for f, owner in series_of.owners(truth, scan) if series_of.kind(f)["both"]]
    groups = {name: series_of.events([f for f, owner in owned if owner == name]) for name in ["fire", "kiln", "park", "other"]}
    confirmed = {name: sum(any(series_of.kind(f)["confirmed"] for f, _ in g) for g in found) for name, found in groups.items()}
    clear = scan.clear(light)
    others = Counter(light(f["properties"]["time"]) for f, owner in owned if owner == "other")
    return {
        "found": [shares(rows, name) for name in ["all", "day", "night", "twilight", "stray light"]],
        "at_least": [shares([r for r in rows if abs(r["mw"] - LEAST_MW) < 0.01], name) for name in ["all", "day", "night"]],
        "classes": [shares([r for r in rows if low <= r["mw"] < high], "all") | {"from": low, "to": high}
                    for low, high in [(26, 40), (40, 60), (60, 100), (100, 160), (160, 251)]],
        "events": {name: len(found) for name, found in groups.items()},
        "confirmed": confirmed,
        "others": [{"light": name, "pixels": others[name], "clear": clear[name]} for name in series_of.LIGHTS],
        "place_km": quantiles([r["km"] for r in rows if r["found"]], [50, 95]),
        "event_km": quantiles([r["event_km"] for r in rows if r.get("event_km") is not None], [50, 95]),
        "frp": quantiles([ratio for r in rows for ratio in r.get("ratios", [])], [16, 50, 84]),
        "frp_within": within([ratio for r in rows for ratio in r.get("ratios", [])]),
    }


def event_km(fire, events):
    """From a fire to the nearest event of its time: officers are sent to the place of an event; `None` beyond three pixels."""
    begin, end = series_of.when(fire["start"]), series_of.when(fire["end"]) + timedelta(minutes=15)

    def of_its_time(event):
        p = event["properties"]
        return series_of.when(p["first_seen"]) <= end and series_of.when(p["last_seen"]) >= begin

    here = (fire["lon"], fire["lat"])
    away = [kilometres(event["geometry"]["coordinates"], here) for event in events if of_its_time(event)]
    return min((km for km in away if km < 9.0), default=None)


def within(ratios):
    """The share of looks whose power is within 30 % of what was put there."""
    return [float(np.mean([abs(r - 1) <= 0.3 for r in ratios])), len(ratios)] if ratios else None


def shares(rows, light):
    """Fires of the log-uniform draw found under one light; those of 26 MW alone are counted only in their own row."""
    alone = all(abs(r["mw"] - LEAST_MW) < 0.01 for r in rows)
    some = [r for r in rows if (light == "all" or r["light"] == light) and (alone or abs(r["mw"] - LEAST_MW) >= 0.01)]
    found, sure = sum(r["found"] for r in some), sum(r["confirmed"] for r in some)
    return {"light": light, "fires": len(some), "found": found, "confirmed": sure, "interval": wilson(found, len(some))}


def fields(rig):
    """Landsat and Sentinel-2 by tools/field_sizes.sh; its tables are kept as they are printed."""
    env = os.environ | {"BIN": str(rig.bin), "PYTHON": rig.python}
    words = ["bash", rig.root / "tools/field_sizes.sh", rig.family, rig.seed, rig.out / "field"]
    return {"text": rig.ran("field", words, env)}


def traps(rig):
    """Scenes without fires by tools/traps.sh, each filter switched off in turn."""
    env = os.environ | {"BIN": str(rig.bin), "PYTHON": rig.python}
    return {"text": rig.ran("traps", ["bash", rig.root / "tools/traps.sh", rig.family, rig.seed, rig.out / "traps"], env)}


def classes(rig):
    """What straw, kilns, graves and parks are called with all rules on: days of a simulated week by tools/week.sh."""
    env = os.environ | {"BIN": str(rig.bin), "PYTHON": rig.python, "RUNS": "none cover+static+solar+season"}
    if not rig.full:
        env["WEEK_OPTIONS"] = "--days 3 --history-days 10 --customs 2"
    out = rig.out / ("week" if rig.full else "days-of-a-week")
    return {"text": rig.ran("classes", ["bash", rig.root / "tools/week.sh", rig.family, rig.seed, "2025-04-01", out], env)}
