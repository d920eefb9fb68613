"""docs/skill.md out of what the parts measured, and the history of the main figures."""
import csv
import json
from pathlib import Path

from fit import poisson_high, poisson_low
from plot import curves
from worlds import PROFILES, SENSORS

KEYS = ["date", "program", "family", "seed", "full", "figure", "value"]


def table(*rows):
    """A Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def two(value):
    """Two or three figures that count."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def size(row, name, bare=False):
    """An area with its interval; what lies outside of what was tried says so."""
    it = row.get(name)
    if it is None:
        return "-"
    if "above" in it:
        return f"> {two(it['above'])}"
    if "below" in it:
        return f"< {two(it['below'])}"
    high = two(it["high"]) if it["high"] else "?"
    return two(it["m2"]) if bare else f"{two(it['m2'])} ({two(it['low'])}-{high})"


def per_million(count, clear):
    if not clear:
        return "-"
    rate = lambda n: f"{1e6 * n / clear:.2g}"
    return f"{rate(count)} ({rate(poisson_low(count))}-{rate(poisson_high(count))})"


def of(conditions, **wanted):
    return [c for c in conditions if all(c[key] == value for key, value in wanted.items())]


def anchors(conditions):
    """Schroeder's figure 4 beside ours."""
    out, worst = ["## VIIRS 375 m beside Schroeder et al. 2014, figure 4\n"], []
    out.append(
        "Even rough ground as in the granules of that paper (by day 300 K with a standard deviation of 2 K, by night 285 K with 1 K), the "
        "air of the simulator, nadir. Published: the area at which half of the simulated fires were found, read off the figure (5 %). "
        "Aim: within a factor of 1.5.\n"
    )
    rows = [["light, K", "published, m2", *[f"{p}, m2" for p in PROFILES], *[f"{p} / published" for p in PROFILES]]]
    for light in ["day", "night"]:
        found = {c["profile"]: c for c in of(conditions, sensor="viirs", ground="S14", light=light)}
        published = next(iter(found.values()))["anchors"] if found else {}
        for kelvin, m2 in sorted(published.items(), key=lambda item: int(item[0])):
            sizes = [found[p]["temperatures"].get(kelvin, {}) for p in PROFILES if p in found]
            if not any(sizes):
                continue
            parts = [s["a50"]["m2"] / m2 if "m2" in s.get("a50", {}) else None for s in sizes]
            worst += [(light, p, part) for p, part in zip(PROFILES, parts)]
            rows.append([f"{light}, {kelvin}", two(m2), *[size(s, "a50") for s in sizes], *[f"{p:.2f}" if p else "-" for p in parts]])
    out.append(table(*rows))
    for light in ["day", "night"]:
        said = []
        for profile in PROFILES:
            some = [part for at, p, part in worst if (at, p) == (light, profile)]
            met = bool(some) and all(part and 1 / 1.5 <= part <= 1.5 for part in some)
            said.append(f"{profile} {'met' if met else '**not met**'}")
        out.append(f"- Within 1.5 by {light}: {', '.join(said)}.")
    return "\n".join(out) + "\n\n" + shapes(conditions)


def modis_anchors(conditions):
    """What FIRMS says of MODIS beside ours (ALGORITHMS 10.4): only two of its sizes name conditions that can be set up here."""
    rows = [["published", "ours", *PROFILES, "within 2"]]
    wanted = [
        ("routinely found: 1000 m2, flaming or smouldering", 1000, "a90", "Haidong", "800", "90 %, 800 K, October by day over Haidong"),
        ("under very good conditions: 100 m2", 100, "a50", "S14", "1000", "50 %, 1000 K, even ground by day"),
        ("under pristine and extremely rare conditions: 50 m2", 50, "a50", "S14", "1150", "50 %, 1150 K, even ground by day"),
    ]
    for said, m2, level, ground, kelvin, what in wanted:
        of_profile = {c["profile"]: c for c in of(conditions, sensor="modis", ground=ground, light="day", season="Oct", zone="nadir", mixed=False)}
        sizes = [of_profile[p]["temperatures"].get(kelvin, {}) if p in of_profile else {} for p in PROFILES]
        within = [s[level]["m2"] <= 2 * m2 for s in sizes if "m2" in s.get(level, {})]
        verdicts = [f"{p} {verdict(ok)}" for p, ok in zip(PROFILES, within)] if len(within) == len(PROFILES) else ["-"]
        rows.append([said, what, *[size(s, level) for s in sizes], ", ".join(verdicts)])
    text = "Published sizes (FIRMS FAQ) are ranges of experience and not measurements; the aim is no more than twice the size.\n\n"
    return text + table(*rows)


def shapes(conditions):
    """A50 times the radiance of a black body: one number, if the detector asks for radiance and nothing saturates."""
    rows = [["sensor, light, ground, profile", "A50 x B(T) over its middle, by temperature", "largest departure"]]
    for c in conditions:
        if c["ground"] == "S14" and c["shape"]:
            parts = c["shape"]
            worst = max(abs(v - 1) for v in parts.values())
            shown = ", ".join(f"{k} K {v:.2f}" for k, v in parts.items())
            rows.append([f"{SENSORS[c['sensor']].name}, {c['light']}, even, {c['profile']}", shown, f"{100 * worst:.0f} %"])
    text = "Shape: sizes at different temperatures must shine the same (ALGORITHMS 10.3: within 20 % where nothing saturates).\n\n"
    return text + table(*rows)


def conditions_of(sensor, conditions):
    """All conditions of one sensor, with the profile that Haidong uses in full and the others by their middle."""
    out = [f"## {SENSORS[sensor].name}\n"]
    rows = [["light, season, view, ground, profile", "K", "fires", "50 % found, m2", "90 % found, m2", "power found / put there: median (16-84 %)"]]
    lines = [["light, season, view, ground, profile", "fires", "other pixels", "clear land looked at", "others a million (95 %)", "place, km: median, 95 %", "power: median (16-84 %)"]]
    order = lambda c: (c["light"], c["ground"] != "S14", c["mixed"], c["season"], c["zone"], PROFILES.index(c["profile"]))
    for c in sorted(of(conditions, sensor=sensor), key=order):
        ground = "even" if c["ground"] == "S14" else "flame and embers" if c["mixed"] else "Haidong"
        name = ", ".join(x for x in [c["light"], c["season"], c["zone"], ground, c["profile"]] if x != "-")
        for kelvin, row in c["temperatures"].items():
            if c["profile"] != "plateau" and c["season"] != "Oct":
                continue
            power = row["powers"]
            said = f"{power[1]:.2f} ({power[0]:.2f}-{power[2]:.2f})" if power else "-"
            rows.append([name, kelvin if kelvin != "0" else "mixed", row["fires"], size(row, "a50"), size(row, "a90"), said])
        km, frp = c["place_km"], c["frp"]
        lines.append([
            name, c["fires"], c["others"], c["clear"], per_million(c["others"], c["clear"]),
            f"{km[0]:.2f}, {km[1]:.2f}" if km else "-", f"{frp[1]:.2f} ({frp[0]:.2f}-{frp[2]:.2f})" if frp else "-",
        ])
    out += [table(*lines), "<details><summary>by temperature</summary>\n", table(*rows), "</details>\n"]
    return "\n".join(out)


def plots(folder, conditions):
    """A plot for each sensor and light in October at nadir, and one over the seasons for the profile of Haidong."""
    made = []
    for sensor in SENSORS:
        for light in ["day", "night"]:
            zone = "-" if sensor == "ahi" else "nadir"
            for ground in ["S14", "Haidong"]:
                for c in of(conditions, sensor=sensor, light=light, ground=ground, season="Oct", zone=zone, mixed=False, profile="plateau"):
                    lines = [(f"{k} K", t["intercept"], t["slope"], t["curve"]) for k, t in c["temperatures"].items() if "slope" in t]
                    marks = [(f"{k} K", m2) for k, m2 in (c["anchors"] or {}).items()]
                    made.append(plot(folder, sensor, f"{light}, {'even ground' if ground == 'S14' else 'Haidong in October'}", f"{sensor}-{light}-{ground}".lower(), lines, marks))
            lines = []
            for c in of(conditions, sensor=sensor, light=light, ground="Haidong", zone=zone, mixed=False, profile="plateau"):
                t = c["temperatures"].get("800")
                if t and "slope" in t:
                    lines.append((c["season"], t["intercept"], t["slope"], t["curve"]))
            if len(lines) > 1:
                made.append(plot(folder, sensor, f"{light}, 800 K, by season", f"{sensor}-{light}-seasons", lines, []))
            lines = []
            for c in of(conditions, sensor=sensor, light=light, ground="Haidong", zone=zone, season="Oct", mixed=False):
                t = c["temperatures"].get("800")
                if t and "slope" in t:
                    lines.append((c["profile"], t["intercept"], t["slope"], t["curve"]))
            if len(lines) > 1:
                made.append(plot(folder, sensor, f"{light}, 800 K in October, by profile", f"{sensor}-{light}-profiles", lines, []))
    return [text for text in made if text]


def plot(folder, sensor, what, name, lines, marks):
    title = f"{SENSORS[sensor].name}, {what}"
    return f"![{title}](skill/{name}.svg)" if curves(folder / f"{name}.svg", title, lines, marks) else None


def series(it):
    out = ["## Himawari with its past\n"]
    out.append(
        f"{it['days']} simulated days of ten-minute slots over the relief of the simulator, of which the last {it['counted']} count; clouds that drift, "
        "stray light, a kiln, a solar park. Fires of 26 to 250 MW at their peak, log-uniform, that live 10 to 60 minutes; a fire counts if a slot saw it with less "
        "than a fifth under cloud and at half of its peak or more. Found: listed in any slot of its life.\n"
    )
    rows = [["light", "fires", "found", "share (95 %)", "confirmed"]]
    for row in it["found"]:
        rows.append([row["light"], *found_of(row)])
    for row in it["at_least"]:
        rows.append([f"26 MW alone, {row['light']}", *found_of(row)])
    for row in it["classes"]:
        rows.append([f"{row['from']} to {row['to']} MW", *found_of(row)])
    out.append(table(*rows))
    events, sure = it["events"], it["confirmed"]
    total, sure_total = sum(events.values()), sum(sure.values())
    bad, bad_sure = events["other"] + events["park"], sure["other"] + sure["park"]
    out.append(f"- Events that are of no fire and no kiln: {bad} of {total} ({percent(bad, total)}); of the confirmed ones {bad_sure} of {sure_total} ({percent(bad_sure, sure_total)}).")
    if it["place_km"]:
        out.append(f"- Place of the strongest pixel: median {it['place_km'][0]:.2f} km, 95 % within {it['place_km'][1]:.2f} km.")
    if it.get("event_km"):
        out.append(f"- Place of the event, in and around the counties: median {it['event_km'][0]:.2f} km, 95 % within {it['event_km'][1]:.2f} km ({it['event_km'][2]} fires).")
    if it["frp"]:
        out.append(f"- Power found over power put there: median {it['frp'][1]:.2f} (16-84 %: {it['frp'][0]:.2f}-{it['frp'][2]:.2f}, {it['frp'][3]} looks); within 30 %: {100 * it['frp_within'][0]:.0f} %.")
    rows = [["light", "other pixels", "clear pixels looked at", "a million (95 %)"]]
    rows += [[r["light"], r["pixels"], r["clear"], per_million(r["pixels"], r["clear"])] for r in it["others"] if r["clear"]]
    out.append("\n" + table(*rows))
    share = it["found"][0]["found"] / max(1, it["found"][0]["fires"])
    out.append("Aims (ALGORITHMS 11): " + "; ".join([
        f"80 % of 26 to 250 MW: {verdict(share >= 0.8)}",
        f"events of nothing at most 15 %: {verdict(total and bad / total <= 0.15)}",
        f"place of the event within 2 km, median: {verdict(it.get('event_km') and it['event_km'][0] <= 2)}, 95 %: {verdict(it.get('event_km') and it['event_km'][1] <= 2)}",
        f"power within 30 % (median): {verdict(it['frp'] and abs(it['frp'][1] - 1) <= 0.3)}",
    ]) + ".\n")
    return "\n".join(out)


def found_of(row):
    n = row["fires"]
    if not n:
        return [0, 0, "-", 0]
    low, high = row["interval"]
    return [n, row["found"], f"{row['found'] / n:.2f} ({low:.2f}-{high:.2f})", row["confirmed"]]


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else "-"


def verdict(is_met):
    return "met" if is_met else "**not met**"


def remember(path, result):
    """Adds the main figures of a run to the history: a change of skill is seen line by line."""
    figures = main_figures(result)
    is_new = not path.exists()
    with open(path, "a", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        if is_new:
            out.writerow(KEYS)
        for name, value in figures:
            out.writerow([result["date"], result["program"], result["family"], result["seed"], result["full"], name, value])


def main_figures(result):
    figures = []
    for c in result.get("conditions", []):
        if c["profile"] != "plateau":
            continue
        name = " ".join([c["sensor"], c["light"], c["season"], c["zone"], c["ground"], "mixed" if c["mixed"] else ""]).strip()
        for kelvin in ["800", "0"]:
            at = c["temperatures"].get(kelvin, {}).get("a50", {})
            if "m2" in at:
                figures.append((f"a50 m2 {name} {kelvin} K", two(at["m2"])))
        figures.append((f"others {name}", c["others"]))
    for row in result.get("found", []):
        figures.append((f"series found {row['light']}", f"{row['found']} of {row['fires']}"))
    if "events" in result:
        figures.append(("series events of nothing", f"{result['events']['other'] + result['events']['park']} of {sum(result['events'].values())}"))
    return figures


HEAD = """# How good is it, in a world of its own

`make skill` measures this and writes this page (half an hour on two cores; `make skill-full` the whole grid, many hours: it was not run yet); seeds of the family `calibration`,
on which no threshold was set, unless the table says another. The simulator shares no code and no constants with the detectors, but it is
invented ground, air and cloud: **these are figures of a simulator and not of the sky.** What real scenes showed is in
[skill-studies.md](skill-studies.md). Sizes are areas of a black body; 50 % and 90 % found are read off a logistic curve in the logarithm of the area, with the interval that
95 % of 300 draws of the fires gave. A fire is found where its pixel or a neighbour of it is listed; every other listed pixel more than 2.5 pixels from
a fire counts as an other one.
"""


def write(docs):
    """The page out of all parts that are there."""
    docs = Path(docs)
    kept = docs / "skill"
    parts = {path.stem: json.loads(path.read_text()) for path in sorted(kept.glob("*.json"))}
    out = [HEAD]
    rows = [["part", "measured", "program", "seeds", "scale", "minutes"]]
    rows += [[n, p["date"], p["program"], f"{p['family']} {p['seed']}", "full" if p["full"] else "bounded", f"{p['seconds'] / 60:.0f}"] for n, p in parts.items()]
    out.append(table(*rows))
    if "grid" in parts:
        conditions = parts["grid"]["conditions"]
        out.append(anchors(conditions))
        pictures = plots(kept, conditions)
        for sensor in SENSORS:
            out.append(conditions_of(sensor, conditions))
            if sensor == "modis":
                out.append(modis_anchors(conditions))
            out += [p + "\n" for p in pictures if f"skill/{sensor}-day" in p or f"skill/{sensor}-night" in p]
    if "series" in parts:
        out.append(series(parts["series"]))
    titles = {"field": "Landsat and Sentinel-2", "traps": "Scenes without fires, filter by filter", "classes": "What fires are called"}
    for name, title in titles.items():
        if name in parts:
            out.append(f"## {title}\n\n{parts[name]['text'].strip()}\n")
    out.append("## History\n\n[skill/history.csv](skill/history.csv) has the main figures of every run, oldest first.\n")
    (docs / "skill.md").write_text("\n".join(out))
