#!/usr/bin/env python3
"""Pictures of a drone over the real relief of Haidong with the truth known: numpy and PIL, no code shared with strawfire.

drone_truth.py DEM.tif made FOLDER OFFSET     pictures with their poses; prints a csv of where each fire is
drone_truth.py DEM.tif draws COUNT OFFSET     drones that are not where they say, and what a pixel shows: a csv
drone_truth.py none areas FILE...             hot areas of TIFFs by scipy, as csv

The earth is the WGS84 ellipsoid in geocentric coordinates and light is straight: within a kilometre it bends by a centimetre. Each pixel's
ray is marched to the bilinear ground in steps of five metres, and the pixel is hot where the ground it meets lies within RADIUS_M of the
fire. So a fire that a fold of the ground hides is not in the picture. The camera's axes are DJI's: a camera that looks north and level, right
side east, is rolled about its axis, then pitched about its right side, then yawed about the vertical (rotation order ZYX in north, east, down).
"""
import csv
import math
import struct
import sys

import numpy as np
from camera_truth import Ground, geocentric, level, moved, turn

WIDTH, HEIGHT, FOCAL_PX = 640, 512, 758.0
RADIUS_M, FIRE_C = 1.5, 420.0
# standard errors: metres each way, metres, degrees, degrees (of roll too), a part of the focal length
ERRORS = {"place": 3.0, "height": 6.0, "yaw": 3.0, "pitch": 1.0, "focal": 0.03}
# lon, lat of the drone, height above ground; yaw, pitch, roll
SCENES = {
    "nadir": ((102.152, 36.552), 80.0, (0.0, -90.0, 0.0)),
    "nadir_yawed": ((102.152, 36.552), 100.0, (137.0, -90.0, 0.0)),
    "oblique": ((102.152, 36.552), 90.0, (-62.0, -40.0, 0.0)),
    "oblique_far": ((101.902, 36.702), 110.0, (205.0, -28.0, 0.0)),
    "rolled": ((101.902, 36.702), 70.0, (93.0, -55.0, 12.0)),
    "reversed": ((101.902, 36.702), 60.0, (20.0, -90.0, 180.0)),
}


def axes(yaw, pitch, roll):
    """Right, down and forward as east, north, up."""
    heading = turn([0, 0, 1], -yaw)
    right, forward = heading @ [1, 0, 0], heading @ [0, 1, 0]
    tilt = turn(right, pitch)
    forward, down = tilt @ forward, tilt @ [0, 0, -1.0]
    spin = turn(forward, roll)
    return spin @ right, spin @ down, forward


def geodetic(xyz):
    """Longitude, latitude, height of geocentric points by Bowring's formula."""
    a, f = 6378137.0, 1 / 298.257223563
    b, e2 = a * (1 - f), f * (2 - f)
    p = np.hypot(xyz[..., 0], xyz[..., 1])
    theta = np.arctan2(xyz[..., 2] * a, p * b)
    lat = np.arctan2(xyz[..., 2] + e2 / (1 - e2) * b * np.sin(theta) ** 3, p - e2 * a * np.cos(theta) ** 3)
    n = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    return np.degrees(np.arctan2(xyz[..., 1], xyz[..., 0])), np.degrees(lat), p / np.cos(lat) - n


def march(ground, offset, camera, ray):
    """Which of the rays (east, north, up) meet the ground within 600 m, and where, geocentric."""
    base = geocentric(*camera)
    ray = (ray / np.linalg.norm(ray, axis=-1, keepdims=True)) @ level(camera[0], camera[1])
    shape = ray.shape[:-1]
    near, far, left = np.zeros(shape), np.full(shape, np.nan), np.ones(shape, bool)

    def above(length, where):
        lon, lat, height = geodetic(base + ray[where] * length[..., None])
        return height - (ground.height(lon, lat) + offset)

    length = 0.0
    while left.any() and length < 600:
        length += 5.0
        hit = np.zeros(shape, bool)
        hit[left] = above(np.full(left.sum(), length), left) <= 0
        far[hit], near[hit] = length, length - 5.0
        left &= ~hit
    met = ~np.isnan(far)
    low, high = near[met], far[met]
    for _ in range(14):
        middle = (low + high) / 2
        is_over = above(middle, met) > 0
        low, high = np.where(is_over, middle, low), np.where(is_over, high, middle)
    return met, base + ray[met] * high[..., None]


def rays(angles, u, v, focal=FOCAL_PX):
    right, down, forward = axes(*angles)
    x, y = (u - (WIDTH - 1) / 2) / focal, (v - (HEIGHT - 1) / 2) / focal
    return x[..., None] * right + y[..., None] * down + forward


def shown(ground, offset, camera, angles, u, v, focal=FOCAL_PX):
    """Longitude and latitude of what one pixel shows; None for the sky."""
    met, points = march(ground, offset, camera, rays(angles, np.array([u]), np.array([v]), focal))
    if not met[0]:
        return None
    lon, lat, _ = geodetic(points)
    return float(lon[0]), float(lat[0])


def render(ground, offset, camera, angles, fire):
    """Temperatures: ground of some 15 C, the fire where the rays meet it; and how many pixels it has."""
    u, v = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    met, points = march(ground, offset, camera, rays(angles, u, v))
    celsius = 15 + 2 * np.sin(u / 37.0) + np.cos(v / 23.0)
    distance = np.full(u.shape, np.inf)
    distance[met] = np.linalg.norm(points - geocentric(fire[0], fire[1], float(ground.height([fire[0]], [fire[1]])[0]) + offset), axis=-1)
    celsius[distance < RADIUS_M] = FIRE_C
    return celsius.astype(np.float32), int((distance < RADIUS_M).sum())


def segment(marker, payload):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload


def write(path, celsius, xmp, exif=True):
    """PATH.tiff with temperatures alone, PATH.jpg with the pose, as DJI's tools leave them."""
    import io

    from PIL import Image

    Image.fromarray(celsius).save(f"{path}.tiff")
    picture = io.BytesIO()
    span = (np.clip(celsius, 0, 60) * 4).astype(np.uint8)
    image = Image.fromarray(span).convert("RGB")
    tags = Image.Exif()
    if exif:
        tags[271], tags[272] = "DJI", "M3T"
        inner = tags.get_ifd(0x8769)
        inner[0x9003], inner[0x9011], inner[0xA405] = "2025:10:20 13:30:00", "+08:00", 40
        inner[0xA002] = celsius.shape[1]
    image.save(picture, "JPEG", exif=tags)
    body = picture.getvalue()
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp.encode()
    open(f"{path}.jpg", "wb").write(body[:2] + segment(0xE1, packet) + body[2:])


def packet(fields):
    pairs = " ".join(f'drone-dji:{name}="{value}"' for name, value in fields.items())
    return (
        '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" {pairs}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def made(path, folder, offset):
    ground, rng = Ground(path), np.random.default_rng(5)
    print("name,lon,lat,ground_m,slope_deg,pixels,drone_lon,drone_lat")
    for name, ((lon, lat), above, angles) in SCENES.items():
        takeoff = float(ground.height([lon], [lat])[0])
        camera = (lon, lat, takeoff + offset + above)
        middle = shown(ground, offset, camera, angles, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
        # away from the axis, where a wrong yaw or roll would show
        fire = moved(*middle, rng.uniform(0, 360), 0.15 * above)
        celsius, pixels = render(ground, offset, camera, angles, fire)
        here = float(ground.height([fire[0]], [fire[1]])[0])
        east, north = moved(*fire, 90, 20), moved(*fire, 0, 20)
        rise = [(float(ground.height([p[0]], [p[1]])[0]) - here) / 20 for p in (east, north)]
        fields = {
            "GpsLatitude": f"{lat:.9f}", "GpsLongtitude" if "yawed" in name else "GpsLongitude": f"{lon:.9f}",
            "AbsoluteAltitude": f"{camera[2]:+.3f}", "RelativeAltitude": f"{above:+.3f}", "RtkFlag": "50",
            "GimbalYawDegree": f"{angles[0]:+.2f}", "GimbalPitchDegree": f"{angles[1]:+.2f}", "GimbalRollDegree": f"{angles[2]:+.2f}",
            "CalibratedFocalLength": f"{FOCAL_PX}",
        }
        write(f"{folder}/{name}", celsius, packet(fields))
        print(f"{name},{fire[0]:.9f},{fire[1]:.9f},{here:.2f},{math.degrees(math.atan(math.hypot(*rise))):.1f},{pixels},{lon},{lat}")


def draws(path, count, offset):
    """Drones that are elsewhere and look elsewhere than they say, by normal errors of ERRORS: what they say, and what a pixel truly shows."""
    ground, rng = Ground(path), np.random.default_rng(11)
    print("lon,lat,height_m,yaw,pitch,roll,focal,u,v,true_lon,true_lat")
    done = 0
    while done < count:
        lon, lat, above = rng.uniform(101.3, 102.5), rng.uniform(36.0, 36.7), rng.uniform(50, 120)
        height = float(ground.height([lon], [lat])[0]) + offset + above
        said = (rng.uniform(0, 360), rng.uniform(-90, -30), rng.normal(0, 3))
        u, v = rng.uniform(0, WIDTH - 1), rng.uniform(0, HEIGHT - 1)
        e = rng.normal(size=7)
        true_place = moved(*moved(lon, lat, 90, ERRORS["place"] * e[0]), 0, ERRORS["place"] * e[1])
        camera = (*true_place, height + ERRORS["height"] * e[2])
        angles = (said[0] + ERRORS["yaw"] * e[3], said[1] + ERRORS["pitch"] * e[4], said[2] + ERRORS["pitch"] * e[5])
        truth = shown(ground, offset, camera, angles, u, v, FOCAL_PX * (1 + ERRORS["focal"] * e[6]))
        if truth:
            print(",".join(f"{x:.9f}" for x in [lon, lat, height, *said, FOCAL_PX, u, v, *truth]))
            done += 1


def areas(files):
    """Pixels of 100 C and more that lie within three pixels of each other, three or more of them; the threshold alone, for pictures whose
    ground is far below it."""
    from PIL import Image
    from scipy.ndimage import binary_dilation, label, maximum, mean

    out = csv.writer(sys.stdout)
    out.writerow(["file", "pixels", "max_c", "mean_c"])
    for path in files:
        celsius = np.array(Image.open(path), dtype=float)
        hot = celsius >= 100.0
        # grown by one to each side, two hot pixels three apart touch
        grown = binary_dilation(np.pad(hot, 4), np.ones((3, 3)))
        groups, count = label(grown, np.ones((3, 3)))
        groups = groups[4:-4, 4:-4] * hot
        for n in range(1, count + 1):
            size = int((groups == n).sum())
            if size >= 3:
                out.writerow([path, size, f"{maximum(celsius, groups, n):.2f}", f"{mean(celsius, groups, n):.2f}"])


if __name__ == "__main__":
    path, what, *rest = sys.argv[1:]
    if what == "made":
        made(path, rest[0], float(rest[1]))
    elif what == "draws":
        draws(path, int(rest[0]), float(rest[1]))
    else:
        areas(rest)
