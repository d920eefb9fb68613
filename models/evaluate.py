"""Judge smoke_flame.onnx on the split with onnxruntime: python evaluate.py [--model FILE] [--write] [--show DIR].

How it is counted:
- Frame: a picture alarms where a box of either class reaches the threshold of its class. Recall: alarming pictures among
  those with a box of truth. `located`: one of the alarming boxes also meets a box of truth (IoU at least 0.1, or its middle
  within it). False alarms: alarming pictures among those without smoke or flame (label negative or seen_clear). Pictures of
  label unknown are counted nowhere.
- AP50: boxes of score 0.05 and more over all pictures that are not unknown, best first; each takes the unused box of truth
  of its class with the highest IoU if that is at least 0.5; area under the precision made monotonous (all points).
- Delay: in frames (a minute) from the first boxed frame of a sequence to the first located alarm; alarms in frames before
  ignition are the negatives of the sequence. Order: the times read from the pictures.
- Thresholds are the smallest (in steps of 0.01, from 0.1) at which at most one in a hundred of the calibration part's
  pictures without fire alarms by that class. Bounds are Wilson's, 95 %.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import camera_data
import decode
import synth
from camera_data import FLAME, HERE, SMOKE

CLASSES = ("smoke", "flame")
FALSE_SHARE = 0.01
LEAST = 0.05  # of a box that is looked at at all
PAST = 10  # frames that the usual heat of a cell is taken from
EMPTY = ("negative", "seen_clear")
SEQUENCES = {"1": "2018-07-04 hilltop (test)", "0": "2019-07-16 hilltop (test)", "24": "2019-08-10 lattice (calibration)"}


class Model:
    """The ONNX file in onnxruntime, one thread."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.seconds = []

    def boxes(self, picture):
        """Boxes of a BGR picture of any size: letterboxed to 640 x 480, and back."""
        rows, columns = picture.shape[:2]
        scale = min(640 / columns, 480 / rows)
        small = picture
        if scale != 1:
            small = cv2.resize(picture, (round(columns * scale), round(rows * scale)), interpolation=cv2.INTER_AREA)
        whole = np.zeros((480, 640, 3), np.uint8)
        whole[: small.shape[0], : small.shape[1]] = small
        found = decode.boxes(*self.outputs(whole), least=LEAST)
        found[:, :4] /= scale
        return found

    def outputs(self, picture):
        """Heat [2, 60, 80] and box [4, 60, 80] of a BGR picture of 640 x 480."""
        tensor = np.ascontiguousarray(picture[None, :, :, ::-1].transpose(0, 3, 1, 2), np.float32) / 255
        started = time.perf_counter()
        heat, box = self.session.run(["heat", "box"], {"picture": tensor})
        self.seconds.append(time.perf_counter() - started)
        return heat[0], box[0]


def looked_at(model, root, part):
    """Each picture of a part that is not unknown, with its truth and what the model finds."""
    seen = []
    for row in camera_data.read_split(part):
        if row["label"] != "unknown":
            picture, truth = camera_data.load(root, row)
            seen.append({**row, "truth": truth, "found": model.boxes(picture)})
    return seen


def alarming(view, thresholds):
    """The boxes found that reach the threshold of their class."""
    found = view["found"]
    return found[found[:, 4] >= np.array(thresholds)[found[:, 5].astype(int)]] if len(found) else found


def meets(box, truth):
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    within = truth[0] <= middle[0] <= truth[2] and truth[1] <= middle[1] <= truth[3]
    return within or decode.iou(box, truth) >= 0.1


def located(view, thresholds):
    return any(meets(box, truth) for box in alarming(view, thresholds) for truth in view["truth"])


def best_score(view, kind):
    scores = view["found"][view["found"][:, 5] == kind, 4]
    return scores.max() if len(scores) else 0.0


def threshold(seen, kind):
    """The threshold of a class by the rule above, from the calibration part."""
    empty = np.array([best_score(view, kind) for view in seen if view["label"] in EMPTY])
    for least in np.arange(0.10, 0.96, 0.01):
        if (empty >= least).mean() <= FALSE_SHARE:
            return round(float(least), 2)
    return 0.95


def wilson(hits, of):
    """Bounds of a share at 95 % (Wilson 1927)."""
    if not of:
        return (0.0, 1.0)
    z, share = 1.959964, hits / of
    middle, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def share(hits, of):
    low, high = wilson(hits, of)
    return f"{hits} of {of} ({100 * hits / max(of, 1):.1f} %, {100 * low:.1f}-{100 * high:.1f})"


def average_precision(seen, kind, least=0.5):
    """AP of one class, and the number of boxes of truth."""
    ranked, total = [], 0
    for view in seen:
        truth = [box for box in view["truth"] if box[4] == kind]
        total += len(truth)
        free = list(range(len(truth)))
        for box in view["found"][view["found"][:, 5] == kind]:
            best = max(free, key=lambda place: decode.iou(box, truth[place]), default=None)
            hit = best is not None and decode.iou(box, truth[best]) >= least
            if hit:
                free.remove(best)
            ranked.append((float(box[4]), hit))
    hits = np.array([hit for _, hit in sorted(ranked, key=lambda pair: -pair[0])], float)
    if not total or not len(hits):
        return 0.0, total
    recall, precision = hits.cumsum() / total, hits.cumsum() / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * precision)), total


def frames(seen, thresholds):
    """Lines about the pictures of one source."""
    fires, empty = [v for v in seen if v["label"] == "boxed"], [v for v in seen if v["label"] in EMPTY]
    alarms, false = sum(len(alarming(v, thresholds)) > 0 for v in fires), sum(len(alarming(v, thresholds)) > 0 for v in empty)
    yield "recall, frames", share(alarms, len(fires))
    yield "recall, frames, located", share(sum(located(v, thresholds) for v in fires), len(fires))
    yield "precision, frames", share(alarms, alarms + false)
    yield "false alarms, frames", f"{share(false, len(empty))}: {1000 * false / max(len(empty), 1):.0f} a 1000"
    for kind, name in enumerate(CLASSES):
        precision, total = average_precision(seen, kind)
        if total:
            yield f"AP50 {name}", f"{precision:.3f} ({total} boxes)"


def by_size(seen, thresholds):
    """Located recall by the area of the (largest) box as a share of the picture of 640 x 480."""
    fires = [(max(decode.area(box) for box in v["truth"]) / (640 * 480), v) for v in seen if v["label"] == "boxed"]
    for low, high in ((0, 0.005), (0.005, 0.02), (0.02, 0.1), (0.1, 1)):
        some = [view for size, view in fires if low <= size < high]
        yield f"located, box {100 * low:g}-{100 * high:g} %", share(sum(located(v, thresholds) for v in some), len(some))


def points(seen):
    """Recall and false alarms of frames for a row of smoke thresholds: what a vote over several frames has to choose from."""
    fires, empty = [v for v in seen if v["label"] == "boxed"], [v for v in seen if v["label"] in EMPTY]
    for least in (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6):
        hits = sum(located(v, (least, 1)) for v in fires)
        false = sum(best_score(v, SMOKE) >= least for v in empty)
        yield f"smoke {least:g}", f"located {share(hits, len(fires))}; false alarms {share(false, len(empty))}"


def sequences(seen, thresholds):
    """Delay and early alarms of the ordered sequences."""
    for cluster, name in SEQUENCES.items():
        order = sorted((v for v in seen if v["cluster"] == cluster and v["time"]), key=lambda v: v["time"])
        boxed = [v for v in order if v["label"] == "boxed"]
        if boxed:
            first = next((place for place, view in enumerate(boxed) if located(view, thresholds)), None)
            early = sum(len(alarming(v, thresholds)) > 0 for v in order if v["label"] == "negative")
            before = sum(v["label"] == "negative" for v in order)
            yield name, f"delay {first} boxed frames of {len(boxed)}; alarms before ignition {early} of {before}"


def rises(model, root, rows):
    """How far the heat of smoke rises anywhere above its usual value, for a fixed camera's frames in order.

    Usual: the median of each cell over the frames before, ten at most; nothing is said of the first five.
    """
    heats, rise = [], []
    for row in rows:
        heat = model.outputs(camera_data.load(root, row)[0])[0][SMOKE]
        rise.append(float((heat - np.median(heats[-PAST:], 0)).max()) if len(heats) >= 5 else 0.0)
        heats.append(heat)
    return rise


def risen(model, root):
    """Delay and early alarms of the sequences by the rise of heat; the threshold is above all early ones of calibration."""
    least = None
    for cluster, name in reversed(SEQUENCES.items()):
        rows = [r for r in camera_data.read_split() if r["cluster"] == cluster and r["time"]]
        rows.sort(key=lambda row: row["time"])
        rise = rises(model, root, rows)
        early = [value for value, row in zip(rise, rows) if row["label"] == "negative"]
        least = least or max(early) + 0.01
        boxed = [value for value, row in zip(rise, rows) if row["label"] == "boxed"]
        first = next((place for place, value in enumerate(boxed) if value >= least), None)
        over = sum(value >= least for value in early)
        yield f"{name}, rise {least:.2f}", f"delay {first} boxed frames of {len(boxed)}; before ignition {over} of {len(early)}"


def painted(model, root, thresholds, count=100):
    """Plumes and flames painted into empty test frames, whose truth is exact; and night lamps without any flame."""
    rows = [r for r in camera_data.read_split("test") if r["source"] == "hpwren" and r["label"] in EMPTY]
    bank = synth.plume_bank(root / "clips/pyronear_test_smoke.mp4")
    scores = {"smoke by day": [], "flame by night": [], "false alarms, lamps by night": []}
    for number in range(count):
        rng = np.random.default_rng((99, number))
        picture = camera_data.load(root, rows[rng.integers(len(rows))])[0].astype(np.float32)
        dark = picture.copy()
        scores["smoke by day"].append(judged(model, picture, synth.paint_plume(rng, picture, bank), thresholds))
        synth.night(rng, dark)
        synth.paint_lamps(rng, dark)
        scores["false alarms, lamps by night"].append(judged(model, dark, [0, 0, 0, 0, 0], thresholds)[:1])
        scores["flame by night"].append(judged(model, dark, synth.paint_flame(rng, dark), thresholds))
    for what, verdicts in scores.items():
        known = [verdict[-1] for verdict in verdicts if verdict]
        yield f"painted: {what}", share(sum(known), len(known))


def judged(model, picture, truth, thresholds):
    """Whether a picture alarms, and whether it does so at its box of truth; nothing where nothing was painted."""
    if truth is None:
        return ()
    view = {"truth": np.array([truth], np.float32), "found": model.boxes(picture.astype(np.uint8))}
    return len(alarming(view, thresholds)) > 0, located(view, thresholds)


def table(title, lines):
    print(f"\n{title}\n")
    print("| what | k of n (%, 95 % bounds) |\n| --- | --- |")
    for what, value in lines:
        print(f"| {what} | {value} |")


def write_settings(path, thresholds, facts):
    """smoke_flame.toml, read by the program."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    classes = "\n".join(f'[[class]]\nname = "{name}"\nthreshold = {value}\n' for name, value in zip(CLASSES, thresholds))
    trained = "\n".join(f"{key} = {json.dumps(value)}" for key, value in facts.items())
    (HERE / "smoke_flame.toml").write_text(f"""# Read by the program: what smoke_flame.onnx expects and gives. Written by evaluate.py; CARD.md says how a box is decoded.
file = "{path.name}"
sha256 = "{digest}"
trained = true

[input]
name = "picture"
width = 640
height = 480

[output]
heat = "heat"
box = "box"
stride = 8

{classes}
[training]
{trained}
""")


def show(seen, thresholds, root, folder):
    """Pictures of missed fires and false alarms, for a person to look at; never into the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    for view in seen:
        alarms = alarming(view, thresholds)
        missed = view["label"] == "boxed" and not located(view, thresholds)
        if missed or (view["label"] in EMPTY and len(alarms)):
            picture = camera_data.load(root, view)[0]
            for box in view["truth"].astype(int):
                cv2.rectangle(picture, box[:2].tolist(), box[2:4].tolist(), (0, 255, 0), 1)
            for box in view["found"][:4]:
                corner = box[:2].astype(int).tolist()
                cv2.rectangle(picture, corner, box[2:4].astype(int).tolist(), (0, 0, 255), 1)
                cv2.putText(picture, f"{CLASSES[int(box[5])]} {box[4]:.2f}", corner, 0, 0.4, (0, 0, 255), 1)
            kind = "missed" if missed else "false"
            cv2.imwrite(str(folder / f"{kind}-{view['view']}-{view['file'][:20]}.png"), picture)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=HERE / "smoke_flame.onnx")
    parser.add_argument("--write", action="store_true", help="write smoke_flame.toml")
    parser.add_argument("--facts", type=json.loads, default={}, help="JSON of facts about the training, for --write")
    parser.add_argument("--show", type=Path)
    options = parser.parse_args()
    root, model = camera_data.shared(), Model(options.model)
    calibration = looked_at(model, root, "calibration")
    thresholds = [threshold(calibration, kind) for kind in (SMOKE, FLAME)]
    print(f"thresholds from the calibration part: smoke {thresholds[SMOKE]}, flame {thresholds[FLAME]}")
    test = looked_at(model, root, "test")
    for part, seen in (("Test", test), ("Calibration", calibration)):
        for source in ("hpwren", "fire8"):
            table(f"{part}, {source}", frames([v for v in seen if v["source"] == source], thresholds))
    towers = [v for v in test if v["source"] == "hpwren"]
    for view in sorted({v["view"] for v in towers}):
        table(f"Test, hpwren, {view}", frames([v for v in towers if v["view"] == view], thresholds))
    table("Test, hpwren, by size", by_size(towers, thresholds))
    table("Test, hpwren, other thresholds", points(towers))
    table("Ordered sequences", sequences(test + calibration, thresholds))
    table("Ordered sequences, rise of heat over the frames before", risen(model, root))
    table("Painted into test frames", painted(model, root, thresholds))
    print(f"\nonnxruntime, one thread: median {1000 * np.median(model.seconds):.0f} ms a picture")
    if options.show:
        show(test + calibration, thresholds, root, options.show)
    if options.write:
        write_settings(options.model, thresholds, options.facts)


if __name__ == "__main__":
    main()
