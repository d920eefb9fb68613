#!/usr/bin/env python3
"""The same floor as `cargo bench --bench inflate`, with the zlib that the HDF5 library uses: the chunks that a VIIRS
Level 1B granule needs, read and inflated on two threads and thrown away.

    inflate_zlib.py FOLDER          (needs h5py; zlib lets go of Python's lock while it works)
"""

import concurrent.futures
import pathlib
import sys
import time
import zlib

import h5py

BANDS = ["I01", "I02", "I03", "I04", "I05"]
NEEDED = {
    "02IMG": [f"observation_data/{band}{part}" for band in BANDS for part in ("", "_quality_flags")],
    "03IMG": [
        f"geolocation_data/{name}"
        for name in ("latitude", "longitude", "sensor_zenith", "sensor_azimuth", "land_water_mask")
    ],
    "02MOD": ["observation_data/M13"],
}

chunks = []
for path in pathlib.Path(sys.argv[1]).iterdir():
    for part, names in NEEDED.items():
        if part not in path.name:
            continue
        with h5py.File(path) as file:
            for name in names:
                dataset = file[name].id
                for index in range(dataset.get_num_chunks()):
                    info = dataset.get_chunk_info(index)
                    chunks.append((path, info.byte_offset, info.size))


def inflate(job):
    path, offset, size = job
    with open(path, "rb") as file:
        file.seek(offset)
        return len(zlib.decompress(file.read(size)))


best = float("inf")
for _ in range(3):
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        total = sum(pool.map(inflate, chunks))
    best = min(best, time.perf_counter() - start)
print(f"{len(chunks)} chunks to {total >> 20} MB with zlib {zlib.ZLIB_RUNTIME_VERSION} on two threads: {best:.2f} s")
