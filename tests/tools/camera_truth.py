#!/usr/bin/env python3
"""Cameras over the real relief of Haidong with the truth known: numpy and pyproj, no code shared with strawfire.

camera_truth.py DEM.tif spots COUNT SEED    one camera, one fire: prints a csv of COUNT draws
camera_truth.py DEM.tif pairs COUNT SEED    two cameras, one fire some 5 km from both
camera_truth.py DEM.tif geodesics COUNT SEED    from, to, azimuth, distance (PROJ)
camera_truth.py DEM.tif landmarks COUNT SEED    what a camera that stands as LANDMARKS_POSE sees, its pixels read with 1 px of error
camera_truth.py none lens                   pixels of directions, and directions of pixels, by OpenCV

The earth is the WGS84 ellipsoid in geocentric coordinates; a ray of light bends with 0.13 of the earth's curvature, which lifts a target
at a distance d by the angle 0.13 d / 2R. The ground is bilinear between the middles of the raster's cells. Of each draw the camera
stands otherwise than it is said to (normal errors of azimuth, tilt, roll, height), the pixel is read with an error, and the
ground at the fire is higher or lower than the raster says.
"""
import math
import sys

import numpy as np

A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)
RADIUS_M, BENDING = 6371000.0, 0.13
WIDTH, HEIGHT = 1280, 720
# lon, lat, metres above the ground; azimuth, tilt, roll; angle across, first coefficient of distortion
LANDMARKS_POSE = ((102.0, 36.4, 30.0), (151.7, -2.9, 1.3), 58.0, -0.11)
ERRORS = {"azimuth": 0.3, "tilt": 0.1, "pixel": 2.0, "height": 3.0, "ground": 5.0}


class Ground:
    def __init__(self, path):
        from PIL import Image

        image = Image.open(path)
        self.values = np.array(image, dtype=float)
        step, tie = image.tag_v2[33550], image.tag_v2[33922]
        self.dx, self.dy, self.west, self.north = step[0], step[1], tie[3], tie[4]

    def height(self, lon, lat):
        """Metres; lon and lat are arrays inside."""
        x = (np.asarray(lon) - self.west) / self.dx - 0.5
        y = (self.north - np.asarray(lat)) / self.dy - 0.5
        c, r = np.floor(x).astype(int), np.floor(y).astype(int)
        x, y = x - c, y - r
        v = self.values
        return (v[r, c] * (1 - x) + v[r, c + 1] * x) * (1 - y) + (v[r + 1, c] * (1 - x) + v[r + 1, c + 1] * x) * y


def geocentric(lon, lat, height):
    lon, lat = np.radians(lon), np.radians(lat)
    n = A / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    return np.stack([(n + height) * np.cos(lat) * np.cos(lon), (n + height) * np.cos(lat) * np.sin(lon), (n * (1 - E2) + height) * np.sin(lat)], -1)


def level(lon, lat):
    """East, north and up at a place."""
    lon, lat = math.radians(lon), math.radians(lat)
    return np.array(
        [
            [-math.sin(lon), math.cos(lon), 0.0],
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)],
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)],
        ]
    )


def seen(camera, places, heights):
    """Azimuth and elevation (degrees, bent light) and distance of places from (lon, lat, height)."""
    lon, lat, height = camera
    to = geocentric(places[0], places[1], heights) - geocentric(lon, lat, height)
    e, n, u = (to @ level(lon, lat).T).T
    flat, distance = np.hypot(e, n), np.linalg.norm(to, axis=-1)
    lifted = np.arctan2(u, flat) + BENDING * distance / (2 * RADIUS_M)
    return np.degrees(np.arctan2(e, n)) % 360, np.degrees(lifted), distance


def turn(axis, degrees):
    """Rotation about an axis by the right hand rule."""
    axis = np.asarray(axis, dtype=float)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = math.radians(degrees)
    return np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * (k @ k)


def pixel_of(azimuth, elevation, pose, hfov, k1=0.0):
    """u, v of a direction, for a camera of (azimuth, tilt, roll); None where it is not in the picture."""
    a, e = math.radians(azimuth), math.radians(elevation)
    ray = np.array([math.cos(e) * math.sin(a), math.cos(e) * math.cos(a), math.sin(e)])
    # a camera that looks level to the north, turned about its right side, then about the vertical, then about its axis
    heading = turn([0, 0, 1], -pose[0])
    right, forward = heading @ [1, 0, 0], heading @ [0, 1, 0]
    tilted = turn(right, pose[1])
    forward, down = tilted @ forward, tilted @ [0, 0, -1.0]
    rolled = turn(forward, pose[2])
    right, down = rolled @ right, rolled @ down
    if ray @ forward <= 0:
        return None
    focal = WIDTH / 2 / math.tan(math.radians(hfov / 2))
    x, y = (ray @ right) / (ray @ forward), (ray @ down) / (ray @ forward)
    more = 1 + k1 * (x * x + y * y)
    u = (WIDTH - 1) / 2 + focal * x * more
    v = (HEIGHT - 1) / 2 + focal * y * more
    return (u, v) if -0.5 <= u <= WIDTH - 0.5 and -0.5 <= v <= HEIGHT - 0.5 else None


def is_free(ground, camera, place, height):
    """Whether the ground hides nothing of the place: marched in steps of 25 m along the straight line in degrees."""
    _, elevation, distance = seen(camera, (np.array([place[0]]), np.array([place[1]])), np.array([height]))
    parts = np.arange(25.0, distance[0] - 60.0, 25.0) / distance[0]
    if not len(parts):
        return True
    lon, lat = camera[0] + parts * (place[0] - camera[0]), camera[1] + parts * (place[1] - camera[1])
    _, between, _ = seen(camera, (lon, lat), ground.height(lon, lat))
    return bool((between < elevation[0]).all())


def moved(lon, lat, azimuth, distance):
    from pyproj import Geod

    lon, lat, _ = Geod(ellps="WGS84").fwd(lon, lat, azimuth, distance)
    return lon, lat


def high_place(ground, rng):
    """A camera place: the highest of 30 within 3 km of a random one."""
    lon, lat = rng.uniform(101.2, 102.6), rng.uniform(35.9, 36.8)
    around = [(lon + rng.uniform(-0.03, 0.03), lat + rng.uniform(-0.03, 0.03)) for _ in range(30)]
    heights = ground.height([p[0] for p in around], [p[1] for p in around])
    return around[int(np.argmax(heights))]


def looks(ground, rng, camera_place, fire, errors, surface):
    """One camera's said pose and read pixel of a fire, as wrong as `errors`; None where it is hidden or outside the picture."""
    mast, roll = 30.0, rng.normal(0, 1)
    ground_here = float(ground.height([camera_place[0]], [camera_place[1]])[0])
    said_height = ground_here + mast
    truth = (camera_place[0], camera_place[1], said_height + rng.normal(0, errors["height"]))
    height = float(ground.height([fire[0]], [fire[1]])[0]) + surface
    if not is_free(ground, truth, fire, height):
        return None
    azimuth, elevation, distance = (float(x[0]) for x in seen(truth, (np.array([fire[0]]), np.array([fire[1]])), np.array([height])))
    hfov = rng.uniform(30, 70)
    said = (round(azimuth + rng.uniform(-0.4, 0.4) * hfov, 3), round(elevation + rng.uniform(-8, 3), 3), round(roll, 3))
    real = (said[0] + rng.normal(0, errors["azimuth"]), said[1] + rng.normal(0, errors["tilt"]), said[2] + rng.normal(0, errors["tilt"]))
    pixel = pixel_of(azimuth, elevation, real, hfov)
    if pixel is None:
        return None
    pixel = (pixel[0] + rng.normal(0, errors["pixel"]), pixel[1] + rng.normal(0, errors["pixel"]))
    return [camera_place[0], camera_place[1], mast, ground_here, said[0] % 360, said[1], said[2], hfov, pixel[0], pixel[1], distance]


NAMES = "lon,lat,mast,ground,azimuth,tilt,roll,hfov,u,v,distance"


def spots(path, count, seed):
    ground, rng = Ground(path), np.random.default_rng(seed)
    print("fire_lon,fire_lat," + NAMES)
    done = 0
    while done < count:
        place = high_place(ground, rng)
        fire = moved(*place, rng.uniform(0, 360), rng.uniform(1500, 12000))
        row = looks(ground, rng, place, fire, ERRORS, rng.normal(0, ERRORS["ground"]))
        if row:
            print(",".join(f"{x:.9f}" for x in [*fire, *row]))
            done += 1


def pairs(path, count, seed):
    """Azimuths alone are judged: 0.3 degrees, all else right."""
    ground, rng = Ground(path), np.random.default_rng(seed)
    errors = {"azimuth": 0.3, "tilt": 0.0, "pixel": 0.0, "height": 0.0}
    print("fire_lon,fire_lat," + NAMES)
    done = 0
    while done < count:
        fire = (rng.uniform(101.3, 102.5), rng.uniform(36.0, 36.7))
        first = rng.uniform(0, 360)
        rows = []
        for azimuth in (first, first + rng.uniform(60, 120)):
            # of places 5 km away the highest: a mast stands on a hill
            around = [moved(*fire, azimuth + rng.uniform(-15, 15), rng.uniform(4700, 5300)) for _ in range(10)]
            heights = ground.height([p[0] for p in around], [p[1] for p in around])
            rows.append(looks(ground, rng, around[int(np.argmax(heights))], fire, errors, 0.0))
        if all(rows):
            for row in rows:
                print(",".join(f"{x:.9f}" for x in [*fire, *row]))
            done += 1


def landmarks(path, count, seed):
    ground, rng = Ground(path), np.random.default_rng(seed)
    (lon, lat, mast), pose, hfov, k1 = LANDMARKS_POSE
    camera = (lon, lat, float(ground.height([lon], [lat])[0]) + mast)
    print("u,v,lon,lat,height_m,name")
    done = 0
    while done < count:
        place = moved(lon, lat, pose[0] + rng.uniform(-30, 30), rng.uniform(800, 15000))
        # towers of some ten metres
        height = float(ground.height([place[0]], [place[1]])[0]) + rng.uniform(0, 60)
        azimuth, elevation, _ = (float(x[0]) for x in seen(camera, (np.array([place[0]]), np.array([place[1]])), np.array([height])))
        pixel = pixel_of(azimuth, elevation, pose, hfov, k1)
        if pixel and is_free(ground, camera, place, height):
            u, v = np.clip(pixel[0] + rng.normal(), 0, WIDTH - 1), np.clip(pixel[1] + rng.normal(), 0, HEIGHT - 1)
            print(f"{u:.2f},{v:.2f},{place[0]:.8f},{place[1]:.8f},{height:.2f},塔{done}")
            done += 1


def geodesics(count, seed):
    from pyproj import Geod

    rng, geod = np.random.default_rng(seed), Geod(ellps="WGS84")
    print("lon,lat,to_lon,to_lat,azimuth,distance")
    for _ in range(count):
        lon, lat = rng.uniform(-180, 180), rng.uniform(-75, 75)
        to_lon, to_lat, _ = geod.fwd(lon, lat, rng.uniform(0, 360), rng.uniform(50, 60000))
        azimuth, _, distance = geod.inv(lon, lat, to_lon, to_lat)
        print(f"{lon:.12f},{lat:.12f},{to_lon:.12f},{to_lat:.12f},{azimuth % 360:.9f},{distance:.6f}")


def lens():
    import cv2

    rng = np.random.default_rng(3)
    print("hfov,k1,k2,cx,cy,x,y,u,v,back_x,back_y")
    for hfov, k1, k2 in [(60, 0, 0), (60, -0.25, 0.06), (90, -0.2, 0.03), (35, 0.3, 0), (70, 0.1, -0.02)]:
        focal = WIDTH / 2 / math.tan(math.radians(hfov / 2))
        cx, cy = 650.5, 350.25
        matrix = np.array([[focal, 0, cx], [0, focal, cy], [0, 0, 1]], dtype=float)
        bent = np.array([k1, k2, 0, 0], dtype=float)
        reach = math.tan(math.radians(hfov / 2)) * 0.9
        for x, y in zip(rng.uniform(-reach, reach, 40), rng.uniform(-reach / 2, reach / 2, 40)):
            (u, v), = cv2.projectPoints(np.array([[x, y, 1.0]]), np.zeros(3), np.zeros(3), matrix, bent)[0][0]
            criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-14)
            back = undistorted(cv2, u, v, matrix, bent, criteria)
            print(",".join(f"{n:.9f}" for n in [hfov, k1, k2, cx, cy, x, y, u, v, back[0], back[1]]))


def undistorted(cv2, u, v, matrix, bent, criteria):
    if hasattr(cv2, "undistortPointsIter"):
        return cv2.undistortPointsIter(np.array([[[u, v]]]), matrix, bent, np.eye(3), np.eye(3), criteria)[0][0]
    return cv2.undistortPoints(np.array([[[u, v]]]), matrix, bent, R=np.eye(3), P=np.eye(3), criteria=criteria)[0][0]


if __name__ == "__main__":
    path, what, *numbers = sys.argv[1:]
    numbers = [int(number) for number in numbers]
    if what == "spots":
        spots(path, *numbers)
    elif what == "pairs":
        pairs(path, *numbers)
    elif what == "landmarks":
        landmarks(path, *numbers)
    elif what == "geodesics":
        geodesics(*numbers)
    else:
        lens()
