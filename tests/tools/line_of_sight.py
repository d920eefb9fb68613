#!/usr/bin/env python3
"""Outside reference for the terrain line-of-sight: numpy + pyproj ECEF, no code shared with strawfire.

Method, chosen to be different from ALGORITHMS 8.3 (which iterates on ellipsoid(h)):
the ray satellite->pixel is marched in true ECEF from the satellite side in 5 m steps between
heights 6000 m and 0 m; each point is turned to geodetic (lon, lat, h) by pyproj (EPSG:4978->4979);
the FIRST point where h <= z(lon, lat) is refined by bisection to 1 mm along the ray.
The satellite stands at 42164 km from the centre, on the equator, at the sub-longitude.
Scan angles are CGMS 4.4: x = atan(-r2/r1), y = asin(-r3/|r|) (x + east, y + south here: line grows with y).
Heights are ellipsoidal everywhere in this file (the terrain functions ARE the surface).
"""
import csv, math, sys
import numpy as np
from pyproj import Transformer
A, B, H = 6378137.0, 6356752.314245179, 42164000.0   # WGS84 (AHI block 3 has 6378.137, 6356.7523)
G2E = Transformer.from_crs(4979, 4978, always_xy=True)
E2G = Transformer.from_crs(4978, 4979, always_xy=True)
LON0, LAT0 = 102.30, 36.40                            # origin of the local plan used by the terrain functions
# KX = 89706.25289 m/deg, KY = 110967.41013 m/deg
KX, KY = 111412.84 * math.cos(math.radians(LAT0)) - 93.5 * math.cos(math.radians(3 * LAT0)), 111132.954 - 559.822 * math.cos(math.radians(2 * LAT0))
def plan(lon, lat):                                   # metres east, north of the origin (equirectangular, constants printed in the csv header)
    return (np.asarray(lon) - LON0) * KX, (np.asarray(lat) - LAT0) * KY
TERRAIN = {
 # flat plateau
 'plateau2500': lambda lo, la: 2500.0 + 0.0 * plan(lo, la)[0],
 # north-south ridge, Gaussian across, 1500 m above 2000 m, sigma 3 km (max slope 17 deg)
 'ridge': lambda lo, la: 2000.0 + 1500.0 * np.exp(-0.5 * (plan(lo, la)[0] / 3000.0) ** 2),
 # north-south ridge, steep: 2000 m above 2000 m, sigma 0.8 km (max slope 57 deg): hides ground from 140.7 E
 'steep': lambda lo, la: 2000.0 + 2000.0 * np.exp(-0.5 * (plan(lo, la)[0] / 800.0) ** 2),
 # west-north-west valley (like the Huangshui): 1800 m floor in a 3000 m plateau, sigma 4 km across, axis bearing 110 deg
 'valley': lambda lo, la: 3000.0 - 1200.0 * np.exp(-0.5 * ((plan(lo, la)[0] * math.sin(math.radians(20.)) + plan(lo, la)[1] * math.cos(math.radians(20.))) / 4000.0) ** 2),
 # terrace: 1900 m north-west of the line, 2400 m south-east of it, joined by a logistic step 150 m wide; the line runs SW-NE through the origin
 'terrace': lambda lo, la: 1900.0 + 500.0 / (1.0 + np.exp(-np.clip((plan(lo, la)[0] - plan(lo, la)[1]) / math.sqrt(2.) / 150.0, -60, 60))),
}
def sat(lon): return np.array([H * math.cos(math.radians(lon)), H * math.sin(math.radians(lon)), 0.0])
def scan_of(lon, lat, h, ssp):
    P = np.array(G2E.transform(lon, lat, h)); S = sat(ssp); v = P - S
    c, s = math.cos(math.radians(ssp)), math.sin(math.radians(ssp))
    r1 = -(v[0] * c + v[1] * s); r2 = -(-v[0] * s + v[1] * c); r3 = v[2]     # towards earth, west, north
    return math.degrees(math.atan(-r2 / r1)), math.degrees(math.asin(-r3 / np.linalg.norm(v)))
def dir_of(x, y, ssp):
    x, y = math.radians(x), math.radians(y)
    # unit vector: down-sight, east, north
    d, e, n = math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), -math.sin(y)
    c, s = math.cos(math.radians(ssp)), math.sin(math.radians(ssp))
    return np.array([-d * c - e * s, -d * s + e * c, n])
def first_hit(x, y, ssp, terr, top=6000.0, step=5.0):
    S, u = sat(ssp), dir_of(x, y, ssp)
    def at_height(h):                                 # distance along the ray where geodetic height = h (bisection, monotone on the near side)
        lo, hi = 30000e3, 42000e3
        # stop at the closest approach to the centre
        hi = -np.dot(S, u)
        for _ in range(80):
            m = .5 * (lo + hi); P = S + m * u
            if E2G.transform(*P)[2] > h: lo = m
            else: hi = m
        return .5 * (lo + hi)
    t0, t1 = at_height(top), at_height(-10.0)
    t = np.arange(t0, t1, step); P = S[:, None] + u[:, None] * t
    lo, la, h = E2G.transform(P[0], P[1], P[2])
    below = h <= terr(lo, la)
    if not below.any(): return None
    i = int(np.argmax(below)); a, b = t[i - 1], t[i]
    for _ in range(40):
        m = .5 * (a + b); l, f, hh = E2G.transform(*(S + m * u))
        if hh <= float(terr(l, f)): b = m
        else: a = m
    return E2G.transform(*(S + b * u))
GRID = {  # coff, loff, cfac (1-based for AHI and AMI, 0-based for AGRI)
 'AHI 2km':  (140.7, 2750.5, 20466275.0, 1), 'AGRI4A 4km': (104.7, 1373.5, 10233137.0, 0), 'AGRI4B 2km': (105.0, 2747.5, 20466274.0, 0),
 'AGRI4B@123.5 2km': (123.5, 2747.5, 20466274.0, 0), 'AMI 2km': (128.2, 2750.5, 20425338.903339352, 1), 'AGRI4B@133 2km': (133.0, 2747.5, 20466274.0, 0)}
CASES = [  # id, grid, terrain, place east m, north m of the origin (the TRUE ground place; its pixel scan angle is computed, then inverted again)
 ('v01', 'AHI 2km', 'plateau2500', 0, 0), ('v02', 'AGRI4A 4km', 'plateau2500', 0, 0), ('v03', 'AMI 2km', 'plateau2500', 5000, -3000),
 ('v04', 'AHI 2km', 'ridge', 2500, 1000), ('v05', 'AHI 2km', 'ridge', -2500, 1000), ('v06', 'AGRI4B@123.5 2km', 'ridge', -2500, 0),
 ('v07', 'AHI 2km', 'steep', -1600, 0), ('v08', 'AGRI4A 4km', 'steep', -1600, 0),
 ('v09', 'AHI 2km', 'valley', 0, 0), ('v10', 'AMI 2km', 'valley', 1500, -5000),
 ('v11', 'AHI 2km', 'terrace', -900, 900), ('v12', 'AGRI4B 2km', 'terrace', 300, -300)]
def dist(lo1, la1, lo2, la2):
    x1, y1 = plan(lo1, la1); x2, y2 = plan(lo2, la2); return float(x2 - x1), float(y2 - y1)
def main(out='line_of_sight.csv'):
    rows = []
    for cid, g, tn, e, n in CASES:
        ssp, off, fac, base = GRID[g]; terr = TERRAIN[tn]
        lon, lat = LON0 + e / KX, LAT0 + n / KY; h = float(terr(lon, lat))
        x, y = scan_of(lon, lat, h, ssp); hit = first_hit(x, y, ssp, terr)
        ell = first_hit(x, y, ssp, lambda lo, la: 0.0 * np.asarray(lo))
        de, dn = dist(lon, lat, ell[0], ell[1]); he, hn = dist(lon, lat, hit[0], hit[1])
        vis = math.hypot(he, hn) < 5.0
        rows.append(dict(id=cid, grid=g, sub_lon=ssp, terrain=tn, target_lon=f'{lon:.7f}', target_lat=f'{lat:.7f}', target_h_m=f'{h:.2f}', scan_x_deg=f'{x:.9f}', scan_y_deg=f'{y:.9f}',
          col=f'{off + x * fac / 65536:.4f}', line=f'{off + y * fac / 65536:.4f}', index_base=base, hit_lon=f'{hit[0]:.7f}', hit_lat=f'{hit[1]:.7f}', hit_h_m=f'{hit[2]:.2f}', target_visible=int(vis),
          ellipsoid_lon=f'{ell[0]:.7f}', ellipsoid_lat=f'{ell[1]:.7f}', shift_east_m=f'{de:.1f}', shift_north_m=f'{dn:.1f}', shift_m=f'{math.hypot(de, dn):.1f}'))
    with open(out, 'w', newline='') as f:
        w = csv.DictWriter(f, rows[0].keys(), lineterminator='\n'); w.writeheader(); w.writerows(rows)
    for r in rows: print(*(r[k] for k in ('id', 'grid', 'terrain', 'target_h_m', 'col', 'line', 'hit_lon', 'hit_lat', 'hit_h_m', 'target_visible', 'shift_east_m', 'shift_north_m')))
if __name__ == '__main__': main(*sys.argv[1:])
