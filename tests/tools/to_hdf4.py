#!/usr/bin/env python3
"""Transcribes the HDF5 twins that `strawfire-sim modis` writes into HDF4 files with the structure of HDF-EOS2 swaths.

    to_hdf4.py TWIN.h5... [--out DIR]

Every array and attribute goes over one to one; `twin_*` attributes say what HDF5 could not. Arrays are deflated. The
groups that make a swath (class SWATH, with Geolocation Fields and Data Fields) are filled from `StructMetadata.0`.
Needs pyhdf, h5py and numpy (tools/requirements.txt).
"""

import argparse
import pathlib
import re
import sys

import h5py
import numpy as np
from pyhdf.HDF import HC, HDF
from pyhdf.SD import SD, SDC
import pyhdf.V  # noqa: F401  (registers the group interface)

TYPES = {
    "uint8": SDC.UINT8,
    "int8": SDC.INT8,
    "uint16": SDC.UINT16,
    "int16": SDC.INT16,
    "int32": SDC.INT32,
    "uint32": SDC.UINT32,
    "float32": SDC.FLOAT32,
    "float64": SDC.FLOAT64,
}
DEFLATE_LEVEL = 4
# The tag of a numeric data group: what an array is to the group interface.
ARRAY_TAG = 720


def set_attribute(target, name, value):
    """Writes one attribute with the type that it has in the twin."""
    if isinstance(value, (bytes, np.bytes_)):
        value = value.decode("ascii")
    if isinstance(value, str):
        target.attr(name).set(SDC.CHAR, value)
        return
    value = np.asarray(value)
    kind = TYPES[value.dtype.name]
    plain = value.tolist()
    target.attr(name).set(kind, plain)


def write_arrays(twin, path):
    """Writes attributes and arrays; returns the reference number of every array."""
    sd = SD(str(path), SDC.WRITE | SDC.CREATE | SDC.TRUNC)
    for name, value in twin.attrs.items():
        if not name.startswith("twin_"):
            set_attribute(sd, name, value)
    references = {}
    for stored, dataset in twin["arrays"].items():
        attributes = dict(dataset.attrs.items())
        name = text(attributes.get("twin_name", stored))
        sds = sd.create(name, TYPES[dataset.dtype.name], dataset.shape)
        for i, dimension in enumerate(text(attributes["twin_dimensions"]).split(",")):
            sds.dim(i).setname(dimension)
        sds.setcompress(SDC.COMP_DEFLATE, DEFLATE_LEVEL)
        for word, value in attributes.items():
            if not word.startswith("twin_"):
                set_attribute(sds, word, value)
        sds[:] = dataset[...]
        references[name] = sds.ref()
        sds.endaccess()
    sd.end()
    return references


def text(value):
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def write_swath(structure, references, path):
    """Makes the groups of a swath and puts the arrays into them."""
    name = re.search(r'SwathName="(.*?)"', structure).group(1)
    hdf = HDF(str(path), HC.WRITE)
    groups = hdf.vgstart()
    swath = groups.create(name)
    swath._class = "SWATH"
    for title, pattern in (("Geolocation Fields", "GeoFieldName"), ("Data Fields", "DataFieldName")):
        group = groups.create(title)
        group._class = "SWATH Vgroup"
        for field in re.findall(pattern + r'="(.*?)"', structure):
            group.add(ARRAY_TAG, references[field])
        swath.insert(group)
        group.detach()
    attributes = groups.create("Swath Attributes")
    attributes._class = "SWATH Vgroup"
    swath.insert(attributes)
    attributes.detach()
    swath.detach()
    groups.end()
    hdf.close()


def transcribe(source, folder):
    """Writes one twin as HDF4; returns the path."""
    path = folder / (source.stem + ".hdf")
    with h5py.File(source, "r") as twin:
        if text(twin.attrs.get("twin_of", "")) != "HDF4":
            sys.exit(f"{source}: not a twin of an HDF4 file; give the .h5 files that strawfire-sim modis wrote")
        partial = path.with_name("." + path.name + ".partial")
        references = write_arrays(twin, partial)
        write_swath(text(twin.attrs["StructMetadata.0"]), references, partial)
    partial.rename(path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("twins", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, help="folder to write into (default: beside each twin)")
    args = parser.parse_args()
    for source in args.twins:
        folder = args.out or source.parent
        folder.mkdir(parents=True, exist_ok=True)
        print(transcribe(source, folder))


if __name__ == "__main__":
    main()
