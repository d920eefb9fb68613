"""Satpy on the work of `scan`'s first half: read the same Himawari segments, calibrate, crop to Haidong. It finds no fires.

pip install satpy pyresample; python satpy_ahi.py FOLDER
"""
import glob
import sys
import warnings

warnings.filterwarnings("ignore")
from satpy import Scene  # noqa: E402

files = sorted(glob.glob(sys.argv[1] + "/*.DAT*"))
scene = Scene(filenames=files, reader="ahi_hsd")
scene.load(["B07", "B14", "B15"])
cropped = scene.crop(ll_bbox=(101.66, 35.45, 103.07, 37.15))
print({name: float(cropped[name].max().compute()) for name in ("B07", "B14", "B15")})
