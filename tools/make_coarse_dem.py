#!/usr/bin/env python3
"""Writes sites/haidong/dem.tif: the shipped coarse elevation model, 1/12 degree, of the altitude table in the Python
package pvlib (BSD 3-clause; its data: Mapzen terrain tiles, for China SRTM and GMTED2010 of the US Geological Survey).

    pip install pvlib==0.16.1 h5py numpy rasterio
    python tools/make_coarse_dem.py sites/haidong/dem.tif

The table holds heights in steps of 28 m. Against a 15 arc second model of Haidong its values lie 0.7 cells (5 km) west
and 0.3 cells north of where its lookup takes them: the geotransform written here puts them where they fit best
(standard deviation 187 m there, 238 m without).
"""
import importlib.util
import pathlib
import sys

import h5py
import numpy as np
import rasterio
from rasterio.transform import Affine

WEST, EAST, SOUTH, NORTH = 100.0, 105.0, 34.5, 38.5
EAST_SHIFT, SOUTH_SHIFT = 0.7 / 12, 0.3 / 12

package = pathlib.Path(next(iter(importlib.util.find_spec("pvlib").submodule_search_locations)))
with h5py.File(package / "data" / "Altitude.h5") as file:
    table = file["Altitude"]
    rows = slice(round((90 - NORTH) * 12), round((90 - SOUTH) * 12))
    columns = slice(round((WEST + 180) * 12), round((EAST + 180) * 12))
    counts = table[rows, columns]
assert counts.max() < 255, "no missing heights here"
heights = (28 * counts.astype(np.int16) - 450).astype(np.int16)
transform = Affine(1 / 12, 0, WEST + EAST_SHIFT, 0, -1 / 12, NORTH - SOUTH_SHIFT)
with rasterio.open(sys.argv[1], "w", driver="GTiff", height=heights.shape[0], width=heights.shape[1], count=1,
                   dtype="int16", crs="EPSG:4326", transform=transform, compress="deflate", predictor=2) as out:
    out.write(heights, 1)
