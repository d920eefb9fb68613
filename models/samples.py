"""Training samples: a crop of a picture, changed at random, with the boxes in it. The same seed and number, the same sample."""

import cv2
import numpy as np
import torch

import camera_data
import synth
from targets import targets

SMALL, LARGE = (224, 288), (448, 576)  # height and width of crops
LARGE_FROM, LARGE_EVERY = 960, 3  # batch from which every third one is of a quarter as many large crops, for big plumes
# what a sample is, and how often
KINDS = {"smoke": 0.30, "painted": 0.20, "clear": 0.24, "fire8": 0.16, "night": 0.07, "normal": 0.03}
FLAMES = 0.6  # share of samples of fire8 that are drawn from the pictures with a flame
DOUBT = 0.4  # weight of cells of frames without a box in views where nobody boxed any smoke
# where such views change near the horizon as by smoke, found by eye in their differences from the median
SUSPECTED = {"shade": [[0, 195, 90, 255]], "slope": [[50, 195, 270, 255]], "spur": [[20, 225, 140, 295]]}


class Samples(torch.utils.data.IterableDataset):
    """Batches without end from batch number `first` on."""

    def __init__(self, root, seed, batch, first):
        rows = camera_data.read_split("train")
        self.root, self.seed, self.batch, self.first = root, seed, batch, first
        self.frames = [row for row in rows if row["source"] == "hpwren" and row["label"] != "boxed"]
        self.films = {"smoke": by(rows, "hpwren", "boxed", "view"), "fire8": by(rows, "fire8", "boxed", "view")}
        boxed = [row for row in rows if row["source"] == "fire8" and row["label"] == "boxed"]
        burning = [row for row in boxed if (camera_data.fire8_lines(root, row["file"])[:, 0] == 0).any()]
        self.films["flame"] = by(burning, "fire8", "boxed", "view")
        self.quiet = by(self.frames, "hpwren", None, "view")
        self.normal = [row for row in rows if row["source"] == "fire8" and row["label"] == "negative"]
        self.bank = synth.plume_bank(root / "clips/pyronear_test_smoke.mp4")
        self.places = smoke_places(root, rows)

    def __iter__(self):
        number = self.first
        while True:
            large = number >= LARGE_FROM and number % LARGE_EVERY == 0
            count, size = (max(1, self.batch // 4), LARGE) if large else (self.batch, SMALL)
            made = [self.sample(number * self.batch + place, size) for place in range(count)]
            yield [torch.from_numpy(np.stack(part)) for part in zip(*made)]
            number += 1

    def sample(self, number, size=SMALL):
        """Picture [3, H, W] RGB 0..1 and the four arrays of targets()."""
        picture, boxes, ignored, weight = self.scene(np.random.default_rng((self.seed, number)), size)
        rgb = np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1), np.float32) / 255
        return rgb, *targets(boxes, ignored, weight, *size)

    def scene(self, rng, size=SMALL):
        """A crop (8 bits BGR), its boxes, the boxes of which nothing is known, the weight of its empty cells."""
        kind = rng.choice(list(KINDS), p=list(KINDS.values()))
        row = self.pick(rng, kind)
        picture, boxes = camera_data.load(self.root, row)
        unknown = row["source"] == "hpwren" and row["label"] == "unknown"
        ignored = self.places.get(row["view"], SUSPECTED.get(row["view"], [])) if unknown else []
        doubtful = unknown and row["view"] not in self.places
        picture, boxes, ignored = crop(rng, picture, boxes, np.asarray(ignored, np.float32).reshape(-1, 4), size)
        picture = picture.astype(np.float32)
        boxes = boxes.tolist()
        painted = self.paint(rng, kind, picture)
        boxes += painted
        if painted and len(ignored):  # of a place with a painted plume something is known
            ignored = ignored[[not any(overlap(box, place) for box in painted) for place in ignored]]
        return changed(rng, picture), boxes, ignored, DOUBT if doubtful else 1.0

    def pick(self, rng, kind):
        if kind == "normal":
            return self.normal[rng.integers(len(self.normal))]
        if kind == "fire8" and rng.random() < FLAMES:
            kind = "flame"
        groups = self.films.get(kind, self.quiet)
        names = sorted(groups)
        weights = np.sqrt([len(groups[name]) for name in names])
        rows = groups[names[rng.choice(len(names), p=weights / weights.sum())]]
        return rows[rng.integers(len(rows))]

    def paint(self, rng, kind, picture):
        """Paint what belongs to the kind; the boxes of what was painted."""
        if kind in ("painted", "clear") and rng.random() < (0.25 if kind == "painted" else 0.7):
            synth.weather(rng, picture)
        made = []
        if kind == "painted" or (kind == "smoke" and rng.random() < 0.1):
            made = [synth.paint_plume(rng, picture, self.bank) for _ in range(rng.integers(1, 3))]
        if kind == "night":
            synth.night(rng, picture)
            if rng.random() < 0.6:
                synth.paint_lamps(rng, picture)
            made = [synth.paint_flame(rng, picture) for _ in range(rng.integers(0, 3))]
        elif kind == "painted" and rng.random() < 0.15:
            made.append(synth.paint_flame(rng, picture))
        return [box for box in made if box is not None]


def by(rows, source, label, key):
    """Rows of a source (and a label) by the value of `key`."""
    groups = {}
    for row in rows:
        if row["source"] == source and label in (None, row["label"]):
            groups.setdefault(row[key], []).append(row)
    return groups


def smoke_places(root, rows):
    """For each view the boxes of all its frames, a little widened: there an unboxed frame may have smoke."""
    places = {}
    for row in rows:
        if row["source"] == "hpwren" and row["label"] == "boxed":
            for box in camera_data.hpwren_boxes(root, row["file"]):
                more = 16 + 0.25 * max(box[2] - box[0], box[3] - box[1])
                places.setdefault(row["view"], []).append(box[:4] + np.array([-more, -more, more, more], np.float32))
    return places


def overlap(a, b):
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def crop(rng, picture, boxes, ignored, size=SMALL):
    """A part of the picture at a random scale, mirrored every second time; nine in ten times with a box of it inside."""
    height, width = size
    finer = height / SMALL[0]
    scale = np.exp(rng.uniform(np.log(0.45 * finer), np.log(1.7 * finer**0.5)))
    if len(boxes) and rng.random() < 0.9:
        focus = boxes[rng.integers(len(boxes))]
        longest = max((focus[2] - focus[0]) / width, (focus[3] - focus[1]) / height)
        scale = float(np.clip(min(scale, 0.9 / longest), 0.3, 1.7))
        middle = (focus[:2] + focus[2:4]) / 2
    else:
        place = np.array([rng.random(), rng.uniform(0.35, 0.85)])  # the sky alone teaches little
        middle = place * [picture.shape[1], picture.shape[0]]
    stretch = np.exp(rng.normal(0, 0.08))
    across, down = scale * stretch, scale / stretch
    shift = rng.uniform(0.25, 0.75, 2) * [width, height]
    left, top = middle * [across, down] - shift
    left = np.clip(left, min(0, picture.shape[1] * across - width), max(0, picture.shape[1] * across - width))
    top = np.clip(top, min(0, picture.shape[0] * down - height), max(0, picture.shape[0] * down - height))
    mirrored = rng.random() < 0.5
    matrix = np.float32([[across, 0, -left], [0, down, -top]])
    if mirrored:
        matrix[0] = [-across, 0, width + left]
    small = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_LINEAR
    if scale < 0.8:  # warpAffine does not average
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=small)
        matrix[:, :2] /= scale
    out = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    scaled = matrix.copy()
    if scale < 0.8:
        scaled[:, :2] *= scale
    return out, moved(boxes, scaled, size), moved(ignored, scaled, size)


def moved(boxes, matrix, size):
    """Boxes after the crop; those of which less than a third is left are dropped."""
    height, width = size
    if not len(boxes):
        return boxes
    corners = boxes[:, :4] * np.tile(matrix[[0, 1], [0, 1]], 2) + np.tile(matrix[:, 2], 2)
    x0, x1 = corners[:, [0, 2]].min(1), corners[:, [0, 2]].max(1)
    y0, y1 = corners[:, 1], corners[:, 3]
    inside = np.stack([x0.clip(0, width), y0.clip(0, height), x1.clip(0, width), y1.clip(0, height)], 1)
    left = (inside[:, 2] - inside[:, 0]) * (inside[:, 3] - inside[:, 1])
    keep = (left > 0.33 * (x1 - x0) * (y1 - y0)) & (left > 20)
    return np.hstack([inside, boxes[:, 4:]])[keep].astype(np.float32)


def changed(rng, picture):
    """Colour, gamma, blur, noise, text and JPEG as cameras differ in them; 8 bits."""
    picture = picture * rng.uniform(0.7, 1.3) * (1 + rng.normal(0, 0.05, 3))
    picture = (picture - 110) * rng.uniform(0.7, 1.25) + 110 if rng.random() < 0.5 else picture
    picture = np.clip(picture, 0, 255)
    if rng.random() < 0.4:
        picture = 255 * (picture / 255) ** np.exp(rng.normal(0, 0.3))
    grey = picture.mean(2, keepdims=True)
    colourful = 0 if rng.random() < 0.1 else rng.uniform(0.6, 1.3)
    picture = np.clip(grey + (picture - grey) * colourful, 0, 255).astype(np.float32)
    if rng.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.3:
        picture = picture + rng.normal(0, rng.uniform(1, 8), picture.shape)
    picture = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    if rng.random() < 0.2:
        synth.paint_text(rng, picture)
    if rng.random() < 0.5:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])[1]
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return picture
