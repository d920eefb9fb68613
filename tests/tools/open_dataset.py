"""Opens a data set of a season by other people's readers and prints what they find as JSON:
open_dataset.py duckdb|geopandas|gpkg|csv FOLDER COUNTIES"""

import csv
import json
import pathlib
import struct
import sys

reader, folder, counties = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
KINDS = ("fires", "events", "coverage")


def point(wkb):
    order, kind, lon, lat = struct.unpack("<BIdd", wkb)
    assert (order, kind) == (1, 1)
    return [lon, lat]


def by_duckdb():
    import duckdb

    def rows(sql):
        answer = duckdb.sql(sql)
        return [dict(zip(answer.columns, row)) for row in answer.fetchall()]

    found = {}
    for kind in KINDS:
        table = f"read_parquet('{folder}/{kind}/*/*.parquet', hive_partitioning=true)"
        head = duckdb.sql(f"SELECT * FROM {table}")
        times = [c for c, t in zip(head.columns, head.types) if str(t) == "TIMESTAMP WITH TIME ZONE"]
        micros = ", ".join(f"epoch_us({c}) AS {c}" for c in times)
        records = rows(f"SELECT * REPLACE ({micros}) FROM {table} ORDER BY filename, file_row_number".replace(
            "hive_partitioning=true", "hive_partitioning=true, filename=true, file_row_number=true"))
        for record in records:
            del record["filename"], record["file_row_number"]
            wkb = record.pop("geometry")
            record["geometry"] = point(wkb)
        months = rows(f"SELECT month, count(*) AS n FROM {table} GROUP BY month ORDER BY month")
        types = {c: str(t) for c, t in zip(head.columns, head.types)}
        found[kind] = {"types": types, "rows": records, "months": {m["month"]: m["n"] for m in months}}
    said = rows(f"SELECT DISTINCT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata('{folder}/fires/*/*.parquet')")
    found["said"] = {one["k"]: one["v"] for one in said if one["k"] != "geo"}
    return found


def by_geopandas():
    import geopandas
    import shapely

    found = {}
    for kind in KINDS:
        frame = geopandas.read_parquet(folder / kind)
        found[kind] = {
            "crs": frame.crs.to_authority(),
            "rows": len(frame),
            "types": {name: str(frame[name].dtype) for name in frame.columns},
            "geometry": sorted(frame.geometry.geom_type.unique()),
            "months": sorted(frame["month"].unique()),
        }
        if len(frame):
            found[kind]["bounds"] = [round(float(edge), 6) for edge in frame.total_bounds]
        if kind == "fires" and len(frame):
            found["near"] = list(geopandas.read_parquet(folder / kind, bbox=(102.0, 36.4, 102.2, 36.6))["id"])
        if kind == "coverage" and len(frame):
            borders = {str(f["properties"]["adcode"]): f for f in json.loads(counties.read_text(encoding="utf-8"))["features"]}
            within = [shapely.from_geojson(json.dumps(borders[row.adcode]["geometry"])).contains(row.geometry) for row in frame.itertuples()]
            found["in_their_borders"] = within
    return found


def by_gpkg():
    import pyogrio
    import shapely

    path = folder / "season.gpkg"
    found = {"layers": [list(layer) for layer in pyogrio.list_layers(path)]}
    shapes = {}
    for kind in (*KINDS, "counties"):
        info = pyogrio.read_info(path, layer=kind)
        meta, table = pyogrio.read_arrow(path, layer=kind)
        rows = table.to_pylist()
        shapes[kind] = [shapely.from_wkb(row.pop(meta["geometry_name"] or "wkb_geometry")) for row in rows]
        for row in rows:
            row.update({name: value.isoformat(timespec="milliseconds") for name, value in row.items() if hasattr(value, "isoformat")})
        found[kind] = {"crs": info["crs"], "rows": rows, "types": dict(zip(info["fields"].tolist(), info["dtypes"].tolist()))}
    found["at"] = [list(shape.coords[0]) for shape in shapes["fires"]]
    areas = dict(zip((row["adcode"] for row in found["counties"]["rows"]), shapes["counties"]))
    pairs = zip(found["coverage"]["rows"], shapes["coverage"])
    found["within"] = [bool(areas[row["adcode"]].contains(shape)) for row, shape in pairs]
    return found


def by_csv():
    found = {}
    for kind in KINDS:
        with open(folder / f"{kind}.csv", newline="", encoding="utf-8") as text:
            table = csv.DictReader(text)
            found[kind] = {"columns": table.fieldnames, "rows": list(table)}
    return found


print(json.dumps({"duckdb": by_duckdb, "geopandas": by_geopandas, "gpkg": by_gpkg, "csv": by_csv}[reader]()))
