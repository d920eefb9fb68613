"""Fire masks of 30 m imagery by the printed equations (Schroeder 2016, Kumar-Roy 2018, Murphy 2016), pixel by pixel in numpy.

field_masks.py STACK.tif OUT SUN_ELEVATION MULT ADD [sun_corrected|without_potential ...]
writes OUT/<algorithm>, a byte a pixel, and prints the counts. Shares nothing with the program: no running sums, no strips.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def bands(path):
    info = json.loads(subprocess.run(["gdalinfo", "-json", path], check=True, capture_output=True).stdout)
    columns, lines = info["size"]
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        subprocess.run(["gdal_translate", "-q", "-of", "ENVI", "-co", "INTERLEAVE=BSQ", "-ot", "UInt16", path, raw], check=True)
        counts = np.fromfile(raw, dtype="<u2").reshape(len(info["bands"]), lines, columns)
    return counts


def around(at, half, shape):
    return tuple(slice(max(0, x - half), min(size, x + half + 1)) for x, size in zip(at, shape))


def stands_out(at, window, ratio, r7, usable, least_share):
    kept = usable[window] & np.isfinite(ratio[window])
    if kept.sum() == 0 or kept.sum() < least_share * kept.size:
        return None
    of_ratio, of_r7 = ratio[window][kept], r7[window][kept]
    return (ratio[at] > of_ratio.mean() + max(3 * of_ratio.std(), 0.8)
            and r7[at] > of_r7.mean() + max(3 * of_r7.std(), 0.08))


def beside(mask):
    grown = np.zeros_like(mask)
    for line, column in np.argwhere(mask):
        grown[around((line, column), 1, mask.shape)] = True
    return grown


def schroeder(rho, without_potential):
    r1, r2, r3, r4, r5, r6, r7 = rho
    ratio = r7 / r5
    sure = (ratio > 2.5) & (r7 - r5 > 0.3) & (r7 > 0.5)
    sure |= (r6 > 0.8) & (r1 < 0.2) & ((r5 > 0.4) | (r7 < 0.1))
    potential = (ratio > 1.8) & (r7 - r5 > 0.17) & (r7 / np.where(r6 == 0, np.finfo(float).eps, r6) > 1.6)
    water = (r4 > r5) & (r5 > r6) & (r6 > r7) & (r1 - r7 < 0.2) & ((r3 > r2) | ((r1 > r2) & (r2 > r3) & (r3 > r4)))
    usable = (r7 > 0) & ~sure & ~water
    if without_potential:
        usable &= ~potential
    fires = sure.copy()
    for at in map(tuple, np.argwhere(potential)):
        fires[at] |= bool(stands_out(at, around(at, 30, r7.shape), ratio, r7, usable, 0))
    return fires & ~water


def kumar_roy(rho):
    _, r2, r3, r4, r5, r6, r7 = rho
    valid = ~beside(~(r7 > 0))
    sure = valid & (r4 <= 0.53 * r7 - 0.214)
    sure |= valid & beside(sure) & (r4 <= 0.35 * r6 - 0.044)
    potential = valid & ((r4 <= 0.53 * r7 - 0.125) | (r6 <= 1.08 * r7 - 0.048))
    water = (r2 > r3) & (r3 > r4) & (r4 > r5)
    usable = valid & ~sure & ~potential & ~water
    ratio, fires = r7 / r5, sure.copy()
    for at in map(tuple, np.argwhere(potential)):
        for half in range(2, 31):
            found = stands_out(at, around(at, half, r7.shape), ratio, r7, usable, 0.25)
            if found is not None:
                fires[at] |= bool(found)
                break
    return fires & ~water


def murphy(rho, saturated):
    r5, r6, r7 = rho[4:]
    over = lambda a, b: a / np.where(b == 0, np.finfo(float).eps, b)
    hot = (over(r7, r6) >= 1.4) & (over(r7, r5) >= 1.4) & (r7 >= 0.15)
    return hot | beside(hot) & ((over(r6, r5) >= 2.0) & (r6 >= 0.5) | saturated)


def main():
    stack, out, sun, mult, add, *how = sys.argv[1:]
    counts = bands(stack)[:7]
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = counts * float(mult) + float(add)
        corrected = plain / np.sin(np.radians(float(sun)))
        masks = {
            "schroeder": schroeder(corrected if "sun_corrected" in how else plain, "without_potential" in how),
            "kumar-roy": kumar_roy(corrected),
            "murphy": murphy(corrected, (counts[5] == 65535) | (counts[6] == 65535)),
        }
    masks["vote"] = sum(mask.astype(int) for mask in masks.values()) >= 2
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, mask in masks.items():
        (Path(out) / name).write_bytes(mask.astype("u1").tobytes())
        print(name, int(mask.sum()))


main()
