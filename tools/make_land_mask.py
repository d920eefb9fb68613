#!/usr/bin/env python3
"""Makes src/layers/land.rle from the PyPI package global-land-mask 1.0.0 (MIT; from the GLOBE 1 km elevation model).

Rows from 90 N to 90 S and columns from 180 W at 1/120 degree. File: magic "LAND1", rows and columns as u32, then for
each row the index of its first boundary as u32 (and the total at the end), then all boundaries as u16: in a row, land
lies in [b0, b1), [b2, b3), ..., last a byte for each cell of 30 x 30 points: 0 all sea, 1 all land, 2 both. Little endian. Run:  pip install numpy global-land-mask==1.0.0; python3 make_land_mask.py OUT
"""
import struct
import sys

import numpy as np
from global_land_mask import globe

land = ~globe._mask if globe._mask[(90 - 0) * 120, 0] else globe._mask  # 0 N 180 W is the Pacific
rows, columns = land.shape
padded = np.zeros((rows, columns + 2), dtype=np.int8)
padded[:, 1:-1] = land
row, edge = np.nonzero(np.diff(padded, axis=1))
counts = np.bincount(row, minlength=rows)
index = np.concatenate([[0], np.cumsum(counts)])
with open(sys.argv[1], "wb") as out:
    out.write(b"LAND1" + struct.pack("<II", rows, columns))
    out.write(index.astype("<u4").tobytes())
    out.write(edge.astype("<u2").tobytes())
    cells = land.reshape(rows // 30, 30, columns // 30, 30)
    some, every = cells.any(axis=(1, 3)), cells.all(axis=(1, 3))
    out.write(np.where(every, 1, np.where(some, 2, 0)).astype("u1").tobytes())
