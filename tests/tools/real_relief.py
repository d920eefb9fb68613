#!/usr/bin/env python3
"""Where fires on the real relief of Haidong appear from Himawari: numpy, pyproj and shapely, no code shared with strawfire.

real_relief.py dem.tif counties.geojson COUNT: prints a csv of COUNT places inside the counties, by a fixed rule.
 lon, lat, height_m   the place and its height above the ellipsoid (bilinear between the middles of cells, geoid -43 m)
 county, border_km    the county it lies in, and the distance to the nearest border of that
 apparent_lon, apparent_lat   where the line of sight through the place meets the ellipsoid
 visible              0 where the relief stands between the place and the satellite (marched in steps of 25 m)
The satellite stands at 42164 km from the centre, on the equator, at 140.7 E.
"""
import json, math, sys
import numpy as np
from PIL import Image
from pyproj import Transformer
from shapely.affinity import scale
from shapely.geometry import Point, shape

A, B, H, SUB_LON, GEOID_M = 6378137.0, 6356752.314245179, 42164000.0, 140.7, -43.0
G2E = Transformer.from_crs(4979, 4978, always_xy=True)
E2G = Transformer.from_crs(4978, 4979, always_xy=True)
SAT = np.array([H * math.cos(math.radians(SUB_LON)), H * math.sin(math.radians(SUB_LON)), 0.0])
KM_NORTH = 111.0
KM_EAST = KM_NORTH * math.cos(math.radians(36.4))


class Ground:
    def __init__(self, path):
        image = Image.open(path)
        self.values = np.array(image, dtype=float)
        step, tie = image.tag_v2[33550], image.tag_v2[33922]
        self.dx, self.dy, self.west, self.north = step[0], step[1], tie[3], tie[4]

    def height(self, lon, lat):
        """Ellipsoidal height, m; NaN outside."""
        x = (np.atleast_1d(lon) - self.west) / self.dx - 0.5
        y = (self.north - np.atleast_1d(lat)) / self.dy - 0.5
        rows, columns = self.values.shape
        inside = (x >= 0) & (y >= 0) & (x < columns - 1) & (y < rows - 1)
        c, r = np.where(inside, x, 0).astype(int), np.where(inside, y, 0).astype(int)
        u, v, z = x - c, y - r, self.values
        mixed = (z[r, c] * (1 - u) + z[r, c + 1] * u) * (1 - v) + (z[r + 1, c] * (1 - u) + z[r + 1, c + 1] * u) * v
        return np.where(inside, mixed + GEOID_M, np.nan)


def apparent(place):
    """Where the line from the satellite through a point (ECEF) meets the ellipsoid."""
    u, axes = place - SAT, np.array([1 / A, 1 / A, 1 / B])
    p, q = SAT * axes, u * axes
    a, b, c = q @ q, 2 * p @ q, p @ p - 1
    return E2G.transform(*(SAT + u * (-b - math.sqrt(b * b - 4 * a * c)) / (2 * a)))[:2]


def visible(ground, place):
    up = (SAT - place) / np.linalg.norm(SAT - place)
    way = np.arange(25.0, 12000.0, 25.0)
    points = place[:, None] + up[:, None] * way
    lon, lat, height = E2G.transform(*points)
    return not np.any(ground.height(lon, lat) > height + 1.0)


def main(dem, counties, count):
    ground = Ground(dem)
    features = json.load(open(counties))["features"]
    kilometres = lambda geometry: scale(shape(geometry), KM_EAST, KM_NORTH, origin=(0, 0))
    shapes = [(f["properties"]["name"], kilometres(f["geometry"])) for f in features]
    bounds = np.array([s.bounds for _, s in shapes])
    (west, south), (east, north) = bounds[:, :2].min(0), bounds[:, 2:].max(0)
    print("lon,lat,height_m,county,border_km,apparent_lon,apparent_lat,visible")
    found, n = 0, 0
    while found < int(count):
        # the additive recurrence of the plastic number: even cover without a pattern that a grid could share
        n += 1
        x = west + (east - west) * ((0.5 + n * 0.7548776662466927) % 1)
        y = south + (north - south) * ((0.5 + n * 0.5698402909980532) % 1)
        county = next(((name, s) for name, s in shapes if s.contains(Point(x, y))), None)
        lon, lat = x / KM_EAST, y / KM_NORTH
        height = float(ground.height(lon, lat)[0])
        if county is None or math.isnan(height):
            continue
        found += 1
        place = np.array(G2E.transform(lon, lat, height))
        seems = apparent(place)
        border = county[1].boundary.distance(Point(x, y))
        print(f"{lon:.6f},{lat:.6f},{height:.1f},{county[0]},{border:.2f},{seems[0]:.6f},{seems[1]:.6f},"
              f"{int(visible(ground, place))}")


main(*sys.argv[1:])
