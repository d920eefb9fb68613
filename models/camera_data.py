"""The camera pictures: who took them, which part of the split they are in, and what is known of them.

A part is given to a whole camera, never to a frame: clusters of one background that show the same view are one view, and
cameras of the same mast are kept together where the pictures show it. `python camera_data.py` writes split.csv again.
"""

import csv
import os
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
SPLIT = HERE / "split.csv"
SMOKE, FLAME = 0, 1
TEXT_ROWS = 14  # rows of burnt-in text at the top of a 480-row HPWREN frame

# bg_cluster of manifest.csv by view, told apart by eye
VIEWS = {
    "hilltop": [0, 1, 40, 43, 45, 58, 69, 71, 79, 88, 89, 95, 96, 105, 106, 117, 118, 128, 129, 138, 139, 148],
    "watertank": [37, 41, 77, 78, 87, 141],
    "lattice": [24, 36, 42, 68, 72, 115],
    "sunmast": [21, 25],
    "brush": [20, 30, 76],
    "valley": [11, 104, 136],
    "boulders": [18, 39, 57, 94, 114, 116, 126, 137, 140],
    "helipad": [31, 145],
    "pole": [2, 4, 44, 46, 47, 48, 50, 59, 60, 97, 108, 132],
    "ridge": [15, 17, 51, 52, 64, 74, 83, 92, 93, 111, 122, 144],
    "road": [5, 8, 9, 12, 13, 49, 61, 62, 63, 73, 80, 81, 82, 90, 98, 99, 100, 101, 107, 110, 120, 121, 130, 131],
    "mast": [22, 26, 54, 65, 66, 67, 75, 84, 85, 86, 102, 103, 124, 125, 135],
    "steel": [19, 23, 27, 32, 33, 34, 70, 112, 113, 123, 142, 143, 146, 147],
    "shade": [10], "slope": [14], "spur": [29], "desert": [35], "mono": [134],
}
PARTS = {"hilltop": "test", "watertank": "test", "lattice": "calibration", "sunmast": "calibration"}

# fire8 by film: named films and the numbered pictures img_N that show the same scenes
FILMS = {"fire1": "house", "fire2": "house", "smoke1": "house", "smoke2": "house", "newsmoke1": "shop", "test1": "night",
         "test2": "room", "pexels-alan-w-8365989": "town"}
FILM_NUMBERS = [(105, 118, "night"), (241, 263, "room"), (0, 545, "house"), (546, 700, "highway"), (701, 800, "market"),
                (801, 820, "column"), (821, 840, "street"), (841, 2200, "shop")]
FILM_PARTS = {"highway": "test", "street": "test", "room": "test", "market": "calibration", "night": "calibration"}
NORMAL_UP_TO = 710  # pictures with a whole-frame box of class 1 show a usual scene; beyond this number some hold thin smoke


def shared():
    """The folder of camera data: $STRAWFIRE_SHARED/camera."""
    root = Path(os.environ.get("STRAWFIRE_SHARED", HERE / "../../shared/data")) / "camera"
    if not (root / "hpwren/manifest.csv").is_file():
        sys.exit(f"no camera data in {root}: set STRAWFIRE_SHARED to the folder that holds camera/hpwren/manifest.csv")
    return root


def film_of(name):
    """The film that a picture of fire8 was taken from."""
    named = re.match(r"(.+)_mp4-\d+_jpg", name)
    if named:
        return FILMS[named.group(1)]
    number = film_number(name)
    return next(film for first, last, film in FILM_NUMBERS if first <= number <= last)


def film_number(name):
    """N of img_N, or 0 for a picture of a named film."""
    numbered = re.match(r"img_(\d+)", name)
    return int(numbered.group(1)) if numbered else 0


def hpwren_boxes(root, name):
    """Boxes [x0, y0, x1, y1, class] in pixels; none where the picture has no XML."""
    path = root / "hpwren/annotations" / (Path(name).stem + ".xml")
    if not path.is_file():
        return np.zeros((0, 5), np.float32)
    found = xml.etree.ElementTree.parse(path).getroot().iter("bndbox")
    corners = [[float(box.find(key).text) for key in ("xmin", "ymin", "xmax", "ymax")] + [SMOKE] for box in found]
    return np.array(corners, np.float32).reshape(-1, 5)


def fire8_lines(root, name):
    """Lines of the label file: [class, x, y, w, h], as shares of the picture."""
    path = root / "fire8/labels" / (Path(name).stem + ".txt")
    lines = [[float(word) for word in line.split()] for line in path.read_text().splitlines() if line.strip()]
    return np.array([line[:5] for line in lines], np.float32).reshape(-1, 5)


def fire8_boxes(root, name, width, height):
    """Boxes of smoke and flame in pixels of a picture of width x height; class 1 is dropped."""
    lines = fire8_lines(root, name)
    lines = lines[lines[:, 0] != 1]
    half = lines[:, 3:5] / 2
    corners = np.hstack([lines[:, 1:3] - half, lines[:, 1:3] + half]) * [width, height, width, height]
    kinds = np.where(lines[:, :1] == 0, FLAME, SMOKE)
    return np.hstack([corners, kinds]).astype(np.float32)


def hpwren_rows(root):
    """One row a picture of HPWREN: file, source, view, part, label, time."""
    view_of = {cluster: view for view, clusters in VIEWS.items() for cluster in clusters}
    clear = seen_clear()
    with open(root / "hpwren/manifest.csv", newline="") as file:
        for row in csv.DictReader(file):
            view = view_of[int(row["bg_cluster"])]
            if row["has_box"] == "1":
                label = "boxed"
            elif row["pre_ignition_negative"] == "1":
                label = "negative"
            else:
                label = "seen_clear" if row["file"] in clear else "unknown"
            yield [row["file"], "hpwren", view, PARTS.get(view, "train"), label, row["bg_cluster"], row["ocr_timestamp"]]


def seen_clear():
    """Pictures without XML that a person looked at and found free of smoke (seen_clear.txt)."""
    path = HERE / "seen_clear.txt"
    return set(path.read_text().split()) if path.is_file() else set()


def fire8_rows(root):
    """One row a picture of fire8."""
    for path in sorted((root / "fire8/images").glob("*.jpg")):
        film = film_of(path.name)
        lines = fire8_lines(root, path.name)
        if (lines[:, 0] != 1).any():
            label = "boxed"
        else:
            normal = len(lines) and film_number(path.name) < NORMAL_UP_TO
            label = "negative" if normal else "unknown"
        yield [path.name, "fire8", film, FILM_PARTS.get(film, "train"), label, "", ""]


def write_split(root):
    """Write split.csv anew."""
    with open(SPLIT, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["file", "source", "view", "part", "label", "cluster", "time"])
        out.writerows(hpwren_rows(root))
        out.writerows(fire8_rows(root))


def read_split(part=None):
    """Rows of split.csv as dictionaries, of one part or of all."""
    with open(SPLIT, newline="") as file:
        return [row for row in csv.DictReader(file) if part in (None, row["part"])]


def load(root, row):
    """A picture (BGR, 8 bits, text painted over) and its boxes [x0, y0, x1, y1, class] in pixels."""
    picture = cv2.imread(str(root / row["source"] / "images" / row["file"]), cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit(f"{row['file']}: listed in split.csv, but not readable under {root}")
    if row["source"] == "hpwren":
        rows = round(TEXT_ROWS * picture.shape[0] / 480)
        picture[:rows] = picture[rows]
        return picture, hpwren_boxes(root, row["file"])
    picture = cv2.resize(picture, (640, 480), interpolation=cv2.INTER_AREA)  # was stretched to a square
    return picture, fire8_boxes(root, row["file"], 640, 480)


if __name__ == "__main__":
    write_split(shared())
