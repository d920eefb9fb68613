"""Passes over a box by Skyfield (SGP4, IERS earth rotation) and the geodesics of pyproj: which are nearest to its middle in a time, and
when lines of a sensor cross its corners. Prints JSON.

    passes.py TLE NUMBER RIGHT_KM LEFT_KM STEERED WEST SOUTH EAST NORTH FROM DAYS
"""

import json
import sys

import numpy as np
from pyproj import Geod
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.framelib import itrs

tle, number, right_km, left_km, steered, west, south, east, north, start, days = sys.argv[1:]
west, south, east, north = map(float, (west, south, east, north))
right_km, left_km = float(right_km), float(left_km)
lines = [line.rstrip() for line in open(tle, encoding="utf-8")]
first = next(i for i, line in enumerate(lines) if line.startswith(f"1 {number}"))
scale = load.timescale(builtin=True)
satellite = EarthSatellite(lines[first], lines[first + 1], number, scale)
geod = Geod(ellps="WGS84")
year, month, day = map(int, start.split("-"))


def at(seconds):
    return scale.utc(year, month, day, 0, 0, np.asarray(seconds, dtype=float))


def below(seconds):
    place = wgs84.subpoint_of(satellite.at(at(seconds)))
    return place.longitude.degrees, place.latitude.degrees


def distance_km(seconds, lon, lat):
    sub_lon, sub_lat = below(seconds)
    return geod.inv(sub_lon, sub_lat, np.full_like(sub_lon, lon), np.full_like(sub_lat, lat))[2] / 1000


def nearest(lon, lat, begin, end):
    """The moment of the least distance, by ever finer grids."""
    for _ in range(8):
        grid = np.linspace(begin, end, 41)
        best = int(np.argmin(distance_km(grid, lon, lat)))
        begin, end = grid[max(best - 1, 0)], grid[min(best + 1, 40)]
    middle = (begin + end) / 2
    return middle, float(distance_km(np.array([middle]), lon, lat)[0])


def states(begin, end):
    """Second by second: where the satellite is (km), its flight (km a second) as its lines lie across it, the vertical below it."""
    seconds = np.arange(begin, end + 1.0)
    position = satellite.at(at(seconds))
    here, over_ground = position.frame_xyz_and_velocity(itrs)
    here, over_ground = here.km, over_ground.km_per_s
    in_space = np.einsum("ijn,jn->in", itrs.rotation_at(position.t), position.velocity.km_per_s)
    lon, lat = np.radians(below(seconds))
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return seconds, here, over_ground if steered == "1" else in_space, np.cross(over_ground, up, axis=0), up


def crossing(lon, lat, state):
    """When a line of the sensor lies over a place that it reaches; else None."""
    seconds, here, flight, right, up = state
    to = np.array(wgs84.latlon(lat, lon).itrs_xyz.km)[:, None] - here
    along = (to * (flight - up * (flight * up).sum(axis=0))).sum(axis=0)
    change = np.flatnonzero((along[:-1] >= 0) & (along[1:] < 0))
    if len(change) == 0:
        return None
    i = change[0]
    moment = seconds[i] + along[i] / (along[i] - along[i + 1])
    side = np.sign((to * right).sum(axis=0)[i]) * distance_km(np.array([moment]), lon, lat)[0]
    return moment if -left_km <= side <= right_km else None


middle = ((west + east) / 2, (south + north) / 2)
grid = np.arange(-60.0, float(days) * 86400 + 61, 20.0)
far = distance_km(grid, *middle)
passes = []
for i in np.flatnonzero((far[1:-1] <= far[:-2]) & (far[1:-1] < far[2:])) + 1:
    if far[i] > 3000:
        continue
    moment, km = nearest(*middle, grid[i] - 20, grid[i] + 20)
    if not 0 <= moment < float(days) * 86400:
        continue
    parts = np.linspace(0, 1, 101)
    edge = [(west + (east - west) * part, lat) for lat in (south, north) for part in parts]
    edge += [(lon, south + (north - south) * part) for lon in (west, east) for part in parts]
    state = states(moment - 150, moment + 150)
    seen = [line for line in (crossing(lon, lat, state) for lon, lat in edge) if line is not None]
    sub_lon, sub_lat = below(np.array([moment]))
    passes.append(
        {
            "nearest_s": float(moment),
            "km": km,
            "below": [float(sub_lon[0]), float(sub_lat[0])],
            "first_s": float(min(seen)) if seen else None,
            "last_s": float(max(seen)) if seen else None,
        }
    )
print(json.dumps(passes))
