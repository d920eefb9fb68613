#!/usr/bin/env python3
"""How good are the detectors, in a world of their own: simulates, scans, scores, and writes docs/skill.md.

    run.py --bin DIR --out DIR [--family dev|calibration|sealed] [--seed N] [--full] [--docs DIR] [PART ...]

PART is grid (fires of known size under polar orbiters and Himawari), series (Himawari with its past), field (Landsat,
Sentinel-2), traps (scenes without fires), classes (straw, kilns, graves, parks); all of them without a name. What a part measured is kept as DOCS/skill/PART.json
and the page is made of all that are there. Scenes are kept in --out and not made again. `make skill` runs this.
"""
import argparse
import concurrent.futures
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

import grid  # noqa: E402
import page  # noqa: E402
import parts  # noqa: E402

PARTS = {"grid": grid.measured, "series": parts.series, "field": parts.fields, "traps": parts.traps, "classes": parts.classes}


class Rig:
    """Where everything is, and how programs are run."""

    def __init__(self, args):
        self.bin, self.out, self.family, self.seed = Path(args.bin).resolve(), Path(args.out).resolve(), args.family, args.seed
        self.full, self.root, self.python = args.full, ROOT, sys.executable
        self.out.mkdir(parents=True, exist_ok=True)
        same = self.out / "world.txt"
        wanted = f"{self.family} {self.seed}"
        if same.exists() and same.read_text() != wanted:
            sys.exit(f"{self.out} holds {same.read_text()} and not {wanted}: take another folder or remove it")
        same.write_text(wanted)

    def ran(self, log, words, env=None, codes=(0,)):
        """Runs a program with its output in a file; gives what it printed."""
        with open(self.out / f"{log}.log", "w") as file:
            done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=file, env=env, text=True)
        if done.returncode not in codes:
            tail = (self.out / f"{log}.log").read_text()[-1500:]
            sys.exit(f"{' '.join(map(str, words))}\nended with {done.returncode}:\n{tail}")
        return done.stdout

    def side_by_side(self, job, items):
        """Jobs two at a time: the programs use a core or two each."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return list(pool.map(job, items))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--family", default="calibration", choices=["dev", "calibration", "sealed"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--docs", default=str(ROOT / "docs"))
    args = parser.parse_args()
    unknown = [name for name in args.parts if name not in PARTS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: parts are {', '.join(PARTS)}")
    rig, kept = Rig(args), Path(args.docs) / "skill"
    kept.mkdir(parents=True, exist_ok=True)
    for name in args.parts or PARTS:
        begun = time.time()
        result = PARTS[name](rig)
        result |= {
            "part": name,
            "family": args.family,
            "seed": args.seed,
            "full": args.full,
            "date": time.strftime("%Y-%m-%d"),
            "program": rig.ran("version", [rig.bin / "strawfire", "--version"]).strip(),
            "seconds": round(time.time() - begun),
        }
        text = json.dumps(result, separators=(",", ":"), ensure_ascii=False)
        (kept / f"{name}.json").write_text(text + "\n")
        page.remember(kept / "history.csv", json.loads(text))
        print(f"{name}: {result['seconds']} s", file=sys.stderr)
    page.write(Path(args.docs))


if __name__ == "__main__":
    main()
