"""Smoke, flame and what is mistaken for them, painted into pictures with a truth that is known exactly.

Every function takes a numpy Generator, so that a seed and a number give the same picture on every run.
"""

import cv2
import numpy as np

from camera_data import FLAME, SMOKE

SEEN = 0.07  # opacity from which a plume counts as visible, and its box begins
CHANGED = 10  # grey levels by which the densest quarter of a plume must change the picture: else nobody could see it


def plume_bank(path, every=4, tallest=256):
    """Opacity masks of the plume on black in pyronear_test_smoke.mp4: one frame in `every`, cut to the plume."""
    film, bank = cv2.VideoCapture(str(path)), []
    for number in range(10**6):
        more, frame = film.read()
        if not more:
            return bank
        mask = frame.max(2)
        if number % every or mask.max() < 60:
            continue
        rows, columns = np.nonzero(mask.max(1) > 20)[0], np.nonzero(mask.max(0) > 20)[0]
        cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = tallest / max(cut.shape)
        bank.append(cv2.resize(cut, None, fx=min(scale, 1), fy=min(scale, 1), interpolation=cv2.INTER_AREA))


def clouds(rng, height, width, first=3, octaves=5):
    """Fractal noise 0..1: random grids, each twice as fine and about half as strong as the one before."""
    total, strength = np.zeros((height, width), np.float32), 1.0
    for octave in range(octaves):
        cells = first * 2**octave
        grid = rng.random((cells, max(2, round(cells * width / height)))).astype(np.float32)
        total += strength * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        strength *= 0.55
    return (total - total.min()) / max(np.ptp(total), 1e-6)


def drawn_plume(rng):
    """Opacity 0..1 of a plume from noise, base at the bottom: from a thin column to the wide low smoke of a field of straw."""
    size = 160
    up = np.linspace(1, 0, size, dtype=np.float32)[:, None]  # 1 at the top
    across = np.linspace(-1, 1, size, dtype=np.float32)[None, :]
    mask = np.zeros((size, size), np.float32)
    wind, bend = rng.normal(0, 0.5), rng.uniform(0.7, 2)
    foot, spread = rng.uniform(0.03, 0.3), rng.uniform(0.1, 0.6)
    for start in rng.uniform(-0.5, 0.5, rng.integers(1, 4)) * rng.choice([0.2, 1.0]):
        half = foot + spread * up ** rng.uniform(0.6, 1.3)
        column = np.exp(-(((across - start - wind * up**bend) / half) ** 2) * 2)
        mask = np.maximum(mask, column * (1 - up) ** rng.uniform(0.3, 1.2) * rng.uniform(0.6, 1))
    rough = clouds(rng, size, size, int(rng.integers(3, 7)))
    mask *= np.clip(rough * rng.uniform(1.5, 2.6) - rng.uniform(0.2, 0.6), 0, 1.2)
    return np.clip(mask, 0, 1)


def plume(rng, bank):
    """Opacity 0..1 of a plume of the film or of noise, mirrored, slanted by wind."""
    if rng.random() < 0.5:
        mask = bank[rng.integers(len(bank))].astype(np.float32) / 255
        mask = np.clip(mask * rng.uniform(1, 1.8), 0, 1)
        mask *= 0.5 + 0.5 * clouds(rng, *mask.shape) if rng.random() < 0.5 else 1
    else:
        mask = drawn_plume(rng)
    if rng.random() < 0.5:
        mask = mask[:, ::-1]
    return slanted(np.ascontiguousarray(mask), rng.normal(0, 0.25))


def slanted(mask, wind):
    """The plume leaning by `wind` times its height."""
    height, width = mask.shape
    more = int(abs(wind) * height)
    shear = np.float32([[1, -wind, max(wind, 0) * height], [0, 1, 0]])
    return cv2.warpAffine(mask, shear, (width + more, height))


def paint_plume(rng, picture, bank):
    """Paint a plume into a picture (float BGR 0..255); its box; None, and nothing painted, where nobody could see it."""
    rows, columns = picture.shape[:2]
    mask = plume(rng, bank)
    tall = rows * np.exp(rng.uniform(np.log(0.045), np.log(0.55)))
    wide = np.clip(tall * mask.shape[1] / mask.shape[0] * np.exp(rng.normal(0.15, 0.5)), 8, columns * 0.9)
    mask = cv2.resize(mask, (round(wide), max(6, round(tall))), interpolation=cv2.INTER_AREA)
    foot, left = round(rows * rng.uniform(0.4, 0.9)), round(rng.uniform(-0.2 * wide, columns - 0.8 * wide))
    opacity = placed(mask, foot - mask.shape[0], left, rows, columns) * rng.uniform(0.25, 1)
    if rng.random() < 0.7:
        opacity = cv2.GaussianBlur(opacity, (0, 0), rng.uniform(0.5, 1.5))
    seen = opacity > SEEN
    if seen.sum() < 30:
        return None
    shade = rng.choice([235, 200, 165, 110, 60], p=[0.3, 0.3, 0.2, 0.12, 0.08]) * rng.uniform(0.85, 1.08)
    tint = np.array([1, 1, 1]) + rng.normal(0, 0.02, 3) + rng.choice([0, 1], p=[0.7, 0.3]) * np.array([-0.1, -0.02, 0.06])
    light = 0.75 + 0.35 * clouds(rng, rows, columns, 6, 4)[..., None]
    colour = shade * tint * light * min(1.0, 0.3 + picture.mean() / 110)  # smoke is no brighter than the day
    laid = opacity[..., None]
    after = np.clip(picture * (1 - laid) + colour * laid, 0, 255)
    if np.percentile(np.abs(after - picture).mean(2)[seen], 75) < CHANGED:
        return None
    picture[:] = after
    y, x = np.nonzero(seen)
    return [x.min(), y.min(), x.max() + 1, y.max() + 1, SMOKE]


def placed(mask, top, left, rows, columns):
    """A mask on an empty picture with its upper left corner at (top, left), cut at the edges."""
    whole = np.zeros((rows, columns), np.float32)
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + mask.shape[0], rows), min(left + mask.shape[1], columns)
    if y1 > y0 and x1 > x0:
        whole[y0:y1, x0:x1] = mask[y0 - top : y1 - top, x0 - left : x1 - left]
    return whole


def paint_flame(rng, picture):
    """Paint tongues of flame, seen from far, along a low line; their box."""
    rows, columns = picture.shape[:2]
    tall = max(5, round(rows * np.exp(rng.uniform(np.log(0.012), np.log(0.12)))))
    wide = max(6, round(columns * np.exp(rng.uniform(np.log(0.012), np.log(0.3)))))
    up = np.linspace(1, 0, tall, dtype=np.float32)[:, None]
    tongues = clouds(rng, tall, wide, 4, 3) * (0.5 + clouds(rng, 2, wide, 4, 4)[:1])
    ends = np.clip(4 - 4 * np.abs(np.linspace(-1, 1, wide)), 0, 1)
    heat = np.clip((tongues * 1.6 - up) * 2.5, 0, 1) * ends
    top, left = round(rows * rng.uniform(0.4, 0.85)) - tall, round(rng.uniform(0, columns - wide))
    heat = placed(heat.astype(np.float32), top, left, rows, columns)
    if (heat > 0.25).sum() < 8:
        return None
    glow = cv2.GaussianBlur(heat, (0, 0), max(2, tall * 0.8)) * rng.uniform(0.2, 0.9)
    for channel, power, share in ((0, 3.2, 0.15), (1, 1.5, 0.45), (2, 0.7, 1.0)):  # blue, green, red
        core = 255 * np.maximum(heat, 0) ** power
        picture[..., channel] = np.clip(np.maximum(picture[..., channel], core) + 150 * share * glow, 0, 255)
    y, x = np.nonzero(heat > 0.25)
    return [x.min(), y.min(), x.max() + 1, y.max() + 1, FLAME]


def paint_lamps(rng, picture):
    """Lamps, head lights and lit windows: round, still and no flame."""
    rows, columns = picture.shape[:2]
    for _ in range(rng.integers(1, 12)):
        y, x = round(rows * rng.uniform(0.35, 0.95)), round(columns * rng.random())
        spot = np.zeros((rows, columns), np.float32)
        radius = int(rng.integers(1, 6))
        if rng.random() < 0.3:
            cv2.rectangle(spot, (x, y), (x + radius * 2, y + radius), 1, -1)
        else:
            cv2.circle(spot, (x, y), radius, 1, -1)
        spot = np.clip(spot + cv2.GaussianBlur(spot, (0, 0), radius * rng.uniform(1, 4)) * rng.uniform(0.5, 2), 0, 1)
        colour = np.array([(150, 220, 255), (255, 250, 245), (90, 170, 255), (60, 60, 255), (120, 255, 160)][rng.integers(5)])
        picture[:] = np.clip(picture + spot[..., None] * colour, 0, 255)


def paint_fog(rng, picture):
    """A band of fog or haze, or low cloud: wide, soft, without a foot."""
    rows, columns = picture.shape[:2]
    middle, deep = rows * rng.uniform(0.2, 0.8), rows * rng.uniform(0.03, 0.3)
    band = np.exp(-(((np.arange(rows, dtype=np.float32)[:, None] - middle) / deep) ** 2))
    rough = cv2.resize(clouds(rng, 64, 64, 2, 4), (columns * 3, rows))[:, columns : 2 * columns]
    laid = (band * np.clip(rough * 1.6 - rng.uniform(0, 0.5), 0, 1) * rng.uniform(0.2, 0.9))[..., None]
    picture[:] = picture * (1 - laid) + rng.uniform(170, 240) * laid


def paint_clouds(rng, picture):
    """Clouds in the upper part, often down to the horizon."""
    rows, columns = picture.shape[:2]
    fade = np.clip((rows * rng.uniform(0.25, 0.5) - np.arange(rows, dtype=np.float32))[:, None] / (rows * 0.12), 0, 1)
    laid = np.clip(clouds(rng, rows, columns, int(rng.integers(3, 8)), 5) * 2.4 - rng.uniform(0.9, 1.5), 0, 1)
    laid = (laid * fade * rng.uniform(0.3, 1))[..., None]
    picture[:] = picture * (1 - laid) + rng.uniform(180, 250) * laid


def paint_glare(rng, picture):
    """A low sun with a veil and ghosts of the lens."""
    rows, columns = picture.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    sun_y, sun_x = rows * rng.uniform(-0.1, 0.6), columns * rng.random()
    far = np.hypot(y - sun_y, x - sun_x) / rows
    light = 255 * np.exp(-((far / rng.uniform(0.05, 0.15)) ** 2)) + rng.uniform(30, 110) * np.exp(-far / 0.3)
    for _ in range(rng.integers(0, 4)):
        along = rng.uniform(0.2, 1.6)
        ghost = np.hypot(y - sun_y - (rows / 2 - sun_y) * along, x - sun_x - (columns / 2 - sun_x) * along) / rows
        light += rng.uniform(10, 45) * (ghost < rng.uniform(0.02, 0.06))
    picture[:] = np.clip(picture + cv2.GaussianBlur(light, (0, 0), 2)[..., None] * np.array([0.9, 0.97, 1.0]), 0, 255)


def paint_dust(rng, picture):
    """Dust behind a vehicle: low, brown, thin, close to the ground."""
    rows, columns = picture.shape[:2]
    tall, wide = max(4, round(rows * rng.uniform(0.01, 0.04))), round(columns * rng.uniform(0.05, 0.25))
    mask = clouds(rng, tall, wide, 3, 3) * np.linspace(0, 1, tall)[:, None] * np.linspace(0, 1, wide)[None, :]
    top, left = round(rows * rng.uniform(0.55, 0.9)), round(rng.uniform(0, columns - wide))
    laid = placed(mask.astype(np.float32), top, left, rows, columns)
    laid = (cv2.GaussianBlur(laid, (0, 0), 1.5) * 0.7)[..., None]
    picture[:] = picture * (1 - laid) + np.array([130, 160, 185]) * laid


def paint_text(rng, picture):
    """A line of burnt-in text, as many cameras write it: it says nothing about smoke."""
    rows, columns = picture.shape[:2]
    day = f"{rng.integers(2015, 2030)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
    words = f"{day} {rng.integers(24):02}:{rng.integers(60):02}:{rng.integers(60):02} CAM{rng.integers(99)}"
    y = round(rows * rng.choice([0.05, 0.95]))
    start = round(columns * rng.uniform(0, 0.5)), y
    cv2.putText(picture, words, start, 0, rng.uniform(0.3, 0.7), (255, 255, 255), 1, cv2.LINE_AA)


def night(rng, picture):
    """The scene by night: dark, bluish or without colour, noisy."""
    grey = picture.mean(2, keepdims=True)
    dark = (picture * 0.3 + grey * 0.7) * rng.uniform(0.04, 0.3) * np.array([1.15, 1.0, 0.9])
    picture[:] = np.clip(dark + rng.normal(0, rng.uniform(1, 5), picture.shape), 0, 255)


def weather(rng, picture):
    """One or two things that are mistaken for smoke."""
    for paint in rng.choice([paint_fog, paint_clouds, paint_glare, paint_dust], rng.integers(1, 3), p=[0.35, 0.3, 0.2, 0.15]):
        paint(rng, picture)
