"""What `strawfire watch-frames` makes of the shared frames of towers, with and without the vote over time: camera_skill.py PROGRAM [MODELS].

Frames, labels and parts are those of models/split.csv: boxes by AI for Mankind; `negative` are frames that their times prove to be before
ignition, `seen_clear` such that a person looked at; what is `unknown` is counted nowhere. Only towers that the model was not trained on.
Bounds are Wilson's, 95 %; frames of one view are alike, so that they are too narrow for another camera.
"""
import csv
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from math import sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("STRAWFIRE_SHARED", ROOT.parent / "shared/data")) / "camera/hpwren/images"


def wilson(k: int, n: int) -> str:
    """k of n in per cent with its bounds."""
    if n == 0:
        return "0 of 0"
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    return f"{k} of {n} ({100 * p:.1f} %, {100 * max(low, 0):.1f}-{100 * min(high, 1):.1f})"


def watched(frames: list[tuple[str, str]], vote: bool) -> list[dict]:
    """Rows of frames.csv for pictures under the names that say their times, in that order."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "pictures"
        pictures.mkdir()
        for time, file in frames:
            (pictures / f"{time[:8]}T{time[8:]}Z_{file}").symlink_to(DATA / file)
        command = [sys.argv[1], "watch-frames", "--site", ROOT / "sites/haidong", "--out", Path(folder) / "out", "--model"]
        command += [sys.argv[2] if len(sys.argv) > 2 else ROOT / "models", pictures] + ([] if vote else ["--no-vote"])
        subprocess.run(command, check=True, capture_output=True)
        with open(Path(folder) / "out/frames.csv", newline="") as table:
            return list(csv.DictReader(table))


def is_time(text: str) -> bool:
    return len(text) == 14 and text[8:10] < "24" and text[10:12] < "60" and text[12:] < "60"


def ordered(rows: list[dict]) -> None:
    """Sequences whose frames say when they were taken, a minute apart: the delay from the first box, and alarms before ignition."""
    sequences = defaultdict(list)
    for row in rows:
        if is_time(row["time"]):
            sequences[row["view"], row["part"], row["cluster"]].append(row)
    print("| ordered fire | | told, frames after the first box | before ignition told |\n|---|---|---|---|")
    late, early, frames, fires = 0, 0, 0, 0
    for (view, part, cluster), own in sorted(sequences.items()):
        own.sort(key=lambda row: (row["time"], row["file"]))
        labels = [row["label"] for row in own]
        if "boxed" not in labels or "negative" not in labels:
            continue
        first = labels.index("boxed")
        for vote in (True, False):
            told = [i for i, row in enumerate(watched([(row["time"], row["file"]) for row in own], vote)) if int(row["told"])]
            before = [i for i in told if labels[i] == "negative"]
            hits = [i - first for i in told if labels[i] != "negative"]
            negatives = labels.count("negative")
            print(f"| {view} {own[0]['time'][:8]} ({part}) | {'vote' if vote else 'each picture'} | {hits[0] if hits else 'never'} | {len(before)} of {negatives} |")
            if vote:
                fires, early, frames = fires + 1, early + len(before), frames + negatives
                late += not hits or hits[0] > 3
    print(f"\nwith the vote: {fires - late} of {fires} fires told within 3 frames of the first box; before ignition {wilson(early, frames)}, "
          f"{1000 * early / max(frames, 1):.0f} a 1000")


def single(rows: list[dict]) -> None:
    """Every labelled frame by itself, with the model's own threshold."""
    print("\n| each picture by itself | smoke told | told are right | without smoke told | a 1000 |\n|---|---|---|---|---|")
    for part in ("test", "calibration"):
        own = [row for row in rows if row["part"] == part and row["label"] in ("boxed", "negative", "seen_clear")]
        told = dict(zip([row["file"] for row in own], told_by_themselves(own)))
        smoke = [told[row["file"]] for row in own if row["label"] == "boxed"]
        clear = [told[row["file"]] for row in own if row["label"] != "boxed"]
        right, wrong = sum(smoke), sum(clear)
        print(f"| {part} | {wilson(right, len(smoke))} | {wilson(right, right + wrong)} | {wilson(wrong, len(clear))} | {1000 * wrong / max(len(clear), 1):.0f} |")


def told_by_themselves(rows: list[dict]) -> list[bool]:
    named = [(stamp(number), row["file"]) for number, row in enumerate(rows)]
    return [int(row["told"]) > 0 for row in watched(named, False)]


def unordered(rows: list[dict]) -> None:
    """Clear frames of a view whose times are not known, by name, as if they were a minute apart."""
    print("\n| clear frames of one view, as if a minute apart | told with the vote |\n|---|---|")
    views = defaultdict(list)
    for row in rows:
        if row["label"] == "seen_clear":
            views[row["view"], row["part"], row["cluster"]].append(row["file"])
    wrong, count = 0, 0
    for (view, part, _), files in sorted(views.items()):
        if len(files) < 20:
            continue
        told = sum(int(row["told"]) > 0 for row in watched([(stamp(n), file) for n, file in enumerate(sorted(files))], True))
        wrong, count = wrong + told, count + len(files)
        print(f"| {view} ({part}) | {wilson(told, len(files))} |")
    print(f"\ntogether {wilson(wrong, count)}, {1000 * wrong / max(count, 1):.0f} a 1000")


def stamp(number: int) -> str:
    """A time of day, a minute after that of the number before."""
    return f"20190701{8 + number // 60:02d}{number % 60:02d}00"


def main() -> None:
    with open(ROOT / "models/split.csv", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["source"] == "hpwren" and row["part"] in ("test", "calibration")]
    ordered(rows)
    single(rows)
    unordered(rows)


main()
