"""A made-up fire list of a province: 200 rows whose answers are known, and what the store must hold for them.

    province_list.py make COUNTIES.geojson FOLDER    writes list.xlsx and truth.json
    province_list.py check FOLDER/list.xlsx REPLY    every cell, merge, style and sheet is as it was; prints the columns behind
"""

import datetime
import json
import math
import random
import sys

METRES_A_DEGREE = 111_195.0
HEADER_ROW = 3
HEADS = ["编号", "设区市", "县(市、区)", "乡镇", "经度", "纬度", "卫星观测时间", "卫星", "像元数", "备注"]
DAY1, DAY2 = (2025, 10, 20), (2025, 10, 21)


def inside(ring, lon, lat):
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1):
            odd = not odd
    return odd


def county_of(counties, lon, lat):
    for name, polygons in counties:
        if any(inside(p[0], lon, lat) and not any(inside(hole, lon, lat) for hole in p[1:]) for p in polygons):
            return name
    return None


def read_counties(path):
    features = json.load(open(path, encoding="utf-8"))["features"]
    shapes = [(f["properties"]["name"], f["geometry"]) for f in features]
    return [(n, g["coordinates"] if g["type"] == "MultiPolygon" else [g["coordinates"]]) for n, g in shapes]


def lattice(counties):
    """Places 8 to 9 km apart, each 2.7 km and more inside its county."""
    found = []
    for j in range(26):
        for i in range(18):
            lon, lat = round(101.62 + 0.1 * i, 2), round(35.42 + 0.08 * j, 2)
            around = [(lon + dx, lat + dy) for dx in (-0.03, 0, 0.03) for dy in (-0.03, 0, 0.03)]
            names = {county_of(counties, *place) for place in around}
            if len(names) == 1 and None not in names:
                found.append((lon, lat, names.pop()))
    return found


def moved(lon, lat, east, north):
    return lon + east / METRES_A_DEGREE / math.cos(math.radians(lat)), lat + north / METRES_A_DEGREE


def dms(degrees, marks):
    seconds = round(degrees * 3600, 2)
    d, m = int(seconds // 3600), int(seconds // 60 % 60)
    return f"{d}{marks[0]}{m}{marks[1]}{seconds - 3600 * d - 60 * m:.2f}{marks[2]}"


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def places(k, lon, lat):
    forms = [
        lambda d: round(d, 6),
        lambda d: dms(d, "°′″"),
        lambda d: dms(d, "°'\""),
        lambda d: wide(f"{d:.5f}"),
        lambda d: dms(d, "度分秒"),
        lambda d: f"{d:.5f}",
    ]
    form = forms[k % len(forms)]
    if k % 12 == 1:
        return form(lon) + "E", form(lat) + "N"
    return form(lon), form(lat)


def times(k, at):
    forms = [
        lambda t: t,
        lambda t: t.strftime("%Y-%m-%d %H:%M"),
        lambda t: t.strftime("%Y/%m/%d %H:%M:%S"),
        lambda t: f"{t.year}年{t.month}月{t.day}日{t.hour}时{t.minute}分",
        lambda t: int(t.strftime("%Y%m%d%H%M")),
        lambda t: (t - datetime.timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    ]
    return forms[k % len(forms)](at)


def make(counties_path, folder):
    counties = read_counties(counties_path)
    at = lattice(counties)
    assert len(at) >= 80, len(at)
    at = at[:: len(at) // 80][:80] if len(at) >= 160 else at[:80]
    rows, store, alone = [], {"looks": [], "missing": []}, []

    def clock(day, hour, minute=0):
        return datetime.datetime(*day, hour, minute)

    def stamp(t):
        return t.strftime("%Y-%m-%dT%H:%M:00+08:00")

    def look(satellite, t, observed, cloud, fires=()):
        store["looks"].append(
            {"name": f"{satellite} {t:%m%d %H%M}", "satellite": satellite, "time": stamp(t), "observed": observed, "cloud": cloud, "fires": list(fires)}
        )

    def row(kind, lon, lat, county, t, satellite, expected):
        rows.append({"kind": kind, "lon": lon, "lat": lat, "county": county, "time": t, "satellite": satellite, "expected": expected})
        return rows[-1]

    noon, morning = clock(DAY1, 13, 30), clock(DAY2, 10)
    fires = [{"name": f"a{k}", "lon": lon, "lat": lat} for k, (lon, lat, _) in enumerate(at)]
    look("Himawari-9", noon, 1.0, 0.0, fires)
    # known: shifted by 300 to 1200 m, up to nine minutes later, under any name of the satellite
    names = ["Himawari-9", "葵花9号", "H9", "葵花九号"]
    first = []
    for k, (lon, lat, county) in enumerate(at):
        shift, turn = 300 + 100 * (k % 10), 0.7 * k
        x, y = moved(lon, lat, shift * math.cos(turn), shift * math.sin(turn))
        later = datetime.timedelta(minutes=k % 10)
        expected = {"state": "known", "fire": f"a{k}", "distance_m": shift, "minutes": -(k % 10)}
        first.append(row("known", x, y, county, noon + later, names[k % 4], expected))
    # known by another satellite a quarter of an hour later
    day2 = [{"name": f"b{k}", "lon": lon, "lat": lat} for k, (lon, lat, _) in enumerate(at[:27])]
    look("Himawari-9", morning, 1.0, 0.0, day2)
    for k, (lon, lat, county) in enumerate(at[:20]):
        x, y = moved(lon, lat, -700, 300)
        expected = {"state": "known", "fire": f"b{k}", "distance_m": math.hypot(700, 300), "minutes": -15}
        row("other satellite", x, y, county, morning + datetime.timedelta(minutes=15), "风云四号B星", expected)
    alone = [f"b{k}" for k in range(20, 27)]
    # there twice: the same row, or another pixel of the same fire
    for k in range(15):
        of = first[3 * k]
        row("twice", of["lon"], of["lat"], of["county"], of["time"], of["satellite"], {"state": "repeat", "of": of})
    for k in range(10):
        of, (lon, lat, county) = first[3 * k + 1], at[3 * k + 1]
        x, y = moved(lon, lat, 0, 2200)
        row("other pixel", x, y, county, noon, "Himawari-9", {"state": "repeat", "of": of})
    evening = clock(DAY1, 19)
    look("Himawari-9", evening, 0.08, 0.92)
    for lon, lat, county in at[:20]:
        row("cloud", lon, lat, county, evening, "Himawari-9", {"state": "unseen", "why": "cloud"})
    night = clock(DAY1, 20)
    store["missing"].append({"satellite": "Himawari-9", "time": stamp(night)})
    for lon, lat, county in at[20:30]:
        row("missing", lon, lat, county, night, "Himawari-9", {"state": "unseen", "why": "look_missing"})
    for lon, lat, county in at[30:40]:
        row("no pass", lon, lat, county, clock(DAY1, 2), "NOAA-20", {"state": "unseen", "why": "no_overpass"})
    clear = clock(DAY2, 15)
    dropped = [{"name": f"d{k}", "lon": lon, "lat": lat, "dropped": "static_source"} for k, (lon, lat, _) in enumerate(at[50:55])]
    look("Himawari-9", clear, 0.97, 0.03, dropped)
    for lon, lat, county in at[40:50]:
        row("weak", lon, lat, county, clear, "Himawari-9", {"state": "unseen", "why": "below"})
    for lon, lat, county in at[50:55]:
        x, y = moved(lon, lat, 400, 300)
        row("dropped", x, y, county, clear, "Himawari-9", {"state": "unseen", "why": "dropped"})
    # Xining and Lanzhou, and a place that the list puts into a county of ours
    for k in range(10):
        lon, lat = (101.55 + 0.01 * k, 36.65) if k % 2 else (103.75 + 0.01 * k, 36.05)
        row("outside", lon, lat, ["城东区", "西固区", "乐都区"][k % 3], noon, "Himawari-9", {"state": "outside"})
    wrong = [
        ("经度", "待核实"), ("经度", None), ("经度", 36.5e3), ("纬度", 102.4), ("纬度", "36°75′"), ("卫星观测时间", "昨日下午"),
        ("卫星观测时间", None), ("卫星观测时间", "2025-13-40 10:00"), ("纬度", "#REF!"), ("经度", "102.41.36"),
    ]
    for k, (column, value) in enumerate(wrong):
        lon, lat, county = at[k]
        r = row("unreadable", lon, lat, county, noon, "Himawari-9", {"state": "unreadable", "column": column})
        r["wrong"] = (column, value)
    assert len(rows) == 200, len(rows)
    order = list(range(200))
    random.Random(11).shuffle(order)
    # of two rows that say the same the first one in the list is the first
    twins = {id(r["expected"]["of"]): k for k, r in enumerate(rows) if r["kind"] == "twice"}
    for k, r in enumerate(rows):
        if id(r) in twins:
            a, b = order.index(k), order.index(twins[id(r)])
            if a > b:
                order[a], order[b] = order[b], order[a]
    for n, k in enumerate(order):
        rows[k]["id"] = f"QH{n + 1:04d}"
    for r in rows:
        if "of" in r["expected"]:
            r["expected"]["of"] = r["expected"]["of"]["id"]
    write(folder + "/list.xlsx", [rows[k] for k in order])
    truth = {"rows": {r["id"]: dict(r["expected"], kind=r["kind"]) for r in rows}, "only_ours": alone, "store": store}
    json.dump(truth, open(folder + "/truth.json", "w", encoding="utf-8"), ensure_ascii=False, indent=1)


def write(path, rows):
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "火点清单"
    sheet["A1"] = "青海省疑似火点清单(样例)"
    sheet.merge_cells("A1:J1")
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"] = "不包括云覆盖下的火点信息"
    for column, head in enumerate(HEADS, 1):
        cell = sheet.cell(HEADER_ROW, column, head)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
        cell.alignment = Alignment(horizontal="center")
    for n, r in enumerate(rows):
        lon, lat = places(n, r["lon"], r["lat"])
        values = {"编号": r["id"], "设区市": "海东市", "县(市、区)": r["county"], "乡镇": "", "经度": lon, "纬度": lat}
        values |= {"卫星观测时间": times(n, r["time"]), "卫星": r["satellite"], "像元数": 1 + n % 3}
        if "wrong" in r:
            values[r["wrong"][0]] = r["wrong"][1]
        for column, head in enumerate(HEADS, 1):
            cell = sheet.cell(HEADER_ROW + 1 + n, column, values.get(head))
            if isinstance(cell.value, datetime.datetime):
                cell.number_format = "yyyy/m/d h:mm"
    end = HEADER_ROW + 1 + len(rows)
    sheet.cell(end, 1, "合计")
    sheet.cell(end, 9, f"=SUM(I{HEADER_ROW + 1}:I{end - 1})")
    # an empty cell with a style where columns will come
    sheet.cell(HEADER_ROW + 2, 12).fill = PatternFill("solid", fgColor="FFFF00")
    sheet.column_dimensions["A"].width = 14
    sheet.freeze_panes = "A4"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:J{end - 1}"
    about = book.create_sheet("填报说明")
    about["A1"] = "请于24小时内反馈"
    hidden = book.create_sheet("原始数据")
    hidden["A1"], hidden["B1"], hidden["C1"] = "经度", "纬度", "时间"
    hidden["A2"], hidden["B2"], hidden["C2"] = 102.0, 36.9, "2025-10-20 13:30"
    hidden.sheet_state = "hidden"
    book.save(path)


def check(original, reply):
    import openpyxl

    a, b = openpyxl.load_workbook(original), openpyxl.load_workbook(reply)
    assert a.sheetnames == b.sheetnames, b.sheetnames
    for name in a.sheetnames:
        x, y = a[name], b[name]
        assert x.sheet_state == y.sheet_state and x.merged_cells.ranges == y.merged_cells.ranges, name
        assert x.freeze_panes == y.freeze_panes and x.auto_filter.ref == y.auto_filter.ref, name
        width = len(HEADS) if name == "火点清单" else x.max_column
        for row in range(1, x.max_row + 1):
            for column in range(1, width + 1):
                p, q = x.cell(row, column), y.cell(row, column)
                assert p.value == q.value and p.number_format == q.number_format, (name, row, column, p.value, q.value)
                assert repr(p.font) == repr(q.font) and repr(p.fill) == repr(q.fill), (name, row, column)
    sheet = b["火点清单"]
    behind = {}
    for row in sheet.iter_rows(min_row=HEADER_ROW, values_only=True):
        behind[row[0]] = ["" if value is None else value for value in row[len(HEADS):]]
    print(json.dumps(behind, ensure_ascii=False))


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
