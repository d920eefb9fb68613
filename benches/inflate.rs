//! The floor under a scan of a VIIRS Level 1B granule: the chunks that it needs, fetched and inflated on two threads and
//! thrown away. `cargo bench --bench inflate -- FOLDER` prints the seconds, best of three.

#![allow(clippy::expect_used, reason = "a bench fails as a test does")]

use rayon::prelude::*;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Part of a file name and the data sets of it that a whole granule by day needs.
const NEEDED: [(&str, &[&str]); 3] = [
    (
        "02IMG",
        &[
            "observation_data/I01",
            "observation_data/I02",
            "observation_data/I03",
            "observation_data/I04",
            "observation_data/I05",
            "observation_data/I01_quality_flags",
            "observation_data/I02_quality_flags",
            "observation_data/I03_quality_flags",
            "observation_data/I04_quality_flags",
            "observation_data/I05_quality_flags",
        ],
    ),
    (
        "03IMG",
        &[
            "geolocation_data/latitude",
            "geolocation_data/longitude",
            "geolocation_data/sensor_zenith",
            "geolocation_data/sensor_azimuth",
            "geolocation_data/land_water_mask",
        ],
    ),
    ("02MOD", &["observation_data/M13"]),
];

/// A chunk to inflate: which file, where, how long, and how long when inflated.
struct Chunk {
    file: usize,
    address: u64,
    stored: usize,
    inflated: usize,
}

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("inflate: name a folder with VNP02IMG, VNP03IMG and VNP02MOD of one granule");
        return;
    };
    let (files, chunks) = chunks(&folder);
    let total: usize = chunks.iter().map(|chunk| chunk.inflated).sum();
    let stored: usize = chunks.iter().map(|chunk| chunk.stored).sum();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    let best = (0..3).map(|_| pool.install(|| inflate(&files, &chunks))).fold(f64::MAX, f64::min);
    println!("{} chunks, {} MB to {} MB on two threads: {best:.2} s", chunks.len(), stored >> 20, total >> 20);
}

fn chunks(folder: &Path) -> (Vec<std::fs::File>, Vec<Chunk>) {
    let (mut files, mut chunks) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some((_, needed)) = NEEDED.iter().find(|(part, _)| name.contains(part)) else { continue };
        let structure = hdf5_pure::File::open_streaming(&path).expect("HDF5");
        for data_set in *needed {
            let data_set = structure.dataset(data_set).expect("the data set");
            let shape = data_set.chunk_shape().expect("a layout").expect("chunks");
            let inflated = (shape.iter().product::<u64>() * data_set.element_size().expect("a size")) as usize;
            let of = |c: hdf5_pure::Chunk| Chunk {
                file: files.len(),
                address: c.address,
                stored: c.storage_size as usize,
                inflated,
            };
            chunks.extend(data_set.chunks().expect("an index").into_iter().map(of));
        }
        files.push(std::fs::File::open(&path).expect("readable"));
    }
    (files, chunks)
}

fn inflate(files: &[std::fs::File], chunks: &[Chunk]) -> f64 {
    let start = Instant::now();
    chunks.par_iter().for_each_init(
        || (Vec::new(), Vec::new(), libdeflater::Decompressor::new()),
        |(stored, inflated, inflater), chunk| {
            stored.resize(chunk.stored, 0);
            inflated.resize(chunk.inflated, 0);
            files[chunk.file].read_exact_at(stored, chunk.address).expect("whole");
            inflater.zlib_decompress(stored, inflated).expect("sound");
        },
    );
    start.elapsed().as_secs_f64()
}
