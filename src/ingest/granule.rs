//! Which files make one look: names are recognised, files of one slot are grouped.

pub(crate) mod names;
pub mod parts;

use crate::error::{Error, Result};
use crate::ingest::map::{dn_stack, files, landsat, sentinel2};
use crate::time::Utc;
use names::{begins_like_a_product, by_name, is_of_the_ground, recognise};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file format that this program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Format {
    /// Himawari-8/9 AHI, Himawari Standard Data.
    AhiHsd,
    /// GOES-R ABI Level 1b netCDF.
    AbiL1b,
    /// FY-4A and FY-4B AGRI Level 1 HDF5: the 4000M file, better with the 2000M one.
    AgriL1,
    /// GK-2A AMI Level 1B netCDF.
    AmiL1b,
    /// VIIRS Level 1B netCDF of NASA: `VNP02IMG` and its companions.
    ViirsL1b,
    /// VIIRS SDR HDF5 of NOAA: `SVI04` and its companions.
    ViirsSdr,
    /// MODIS Level 1B HDF4: `MOD021KM` with `MOD03`.
    ModisL1b,
    /// FY-3D MERSI-II Level 1 HDF5 with `GEO1K`.
    Mersi2L1,
    /// Sentinel-3 SLSTR Level 1 folder of netCDF files.
    SlstrL1,
    /// Landsat-8 and 9 OLI, Level 1 of Collection 1 and 2: files, folder or archive.
    LandsatL1,
    /// Counts without a product: `X.tif` with `X.toml`, or the TOML with files that it names.
    DnStack,
    /// Sentinel-2 MSI Level 1C: SAFE folder or its zip.
    MsiL1c,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 12] = [
        Format::AhiHsd,
        Format::AbiL1b,
        Format::AgriL1,
        Format::AmiL1b,
        Format::ViirsL1b,
        Format::ViirsSdr,
        Format::ModisL1b,
        Format::Mersi2L1,
        Format::SlstrL1,
        Format::LandsatL1,
        Format::DnStack,
        Format::MsiL1c,
    ];

    /// The sensor as people call it.
    pub fn sensor(self) -> &'static str {
        match self {
            Format::AhiHsd => "AHI",
            Format::AbiL1b => "ABI",
            Format::AgriL1 => "AGRI",
            Format::AmiL1b => "AMI",
            Format::ViirsL1b | Format::ViirsSdr => "VIIRS",
            Format::ModisL1b => "MODIS",
            Format::Mersi2L1 => "MERSI-II",
            Format::SlstrL1 => "SLSTR",
            // a stack says in its TOML whose it is
            Format::LandsatL1 | Format::DnStack => "OLI",
            Format::MsiL1c => "MSI",
        }
    }

    /// Whether looks come in granules of minutes that follow each other along an overpass.
    pub fn is_swath(self) -> bool {
        !self.is_fixed() && !self.is_map()
    }

    /// Whether looks are slots of a satellite that stares at one side of the earth.
    pub fn is_fixed(self) -> bool {
        matches!(self, Format::AhiHsd | Format::AbiL1b | Format::AgriL1 | Format::AmiL1b)
    }

    /// Whether looks are delivered on a map, in pixels of tens of metres ([`crate::ingest::map`]).
    pub fn is_map(self) -> bool {
        matches!(self, Format::LandsatL1 | Format::DnStack | Format::MsiL1c)
    }
}

/// One delivered file of a granule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GranuleFile {
    /// Start of the part of the overpass that it holds; the granule's own time where a look is not joined from parts.
    #[serde(with = "crate::time::exact")]
    pub start: Utc,
    /// Whole seconds that it lasts, by its name or kind; 0 where a look is not joined from parts.
    pub seconds: u32,
    /// Band number as its maker counts, or the reader's number of the kind of file (`granule::names`).
    pub band: u8,
    /// Segment and number of segments, from 1; (1, 1) where the format has none.
    pub segment: (u8, u8),
    /// The file.
    pub path: PathBuf,
    /// The same part once more (a `.DAT` beside its `.bz2`), for when the first is damaged.
    pub twin: Option<PathBuf>,
}

/// All delivered files of one look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Granule {
    /// Format of its files.
    pub format: Format,
    /// Satellite, area and slot in the words of the file names.
    pub name: String,
    /// Start of the slot by the names.
    #[serde(with = "crate::time::exact")]
    pub time: Utc,
    /// Its files, sorted by band and segment.
    pub files: Vec<GranuleFile>,
}

/// What a file name says.
struct Recognised {
    format: Format,
    /// Platform, area and mode: files that differ here never belong together.
    stream: String,
    /// Start, for grouping, and as text for the granule's name.
    time: Utc,
    slot: String,
    band: u8,
    segment: (u8, u8),
    /// Seconds that a granule of a swath lasts by its name or kind; 0 for a fixed grid.
    seconds: f64,
}

/// ABI bands of one look start within seconds of each other; two looks of a mesoscale sector are 30 s apart.
const SAME_LOOK_SECONDS: f64 = 10.0;

/// A granule of a swath belongs to the overpass of the one before when it begins so soon after its end: names give the
/// minute only.
const NEXT_GRANULE_SECONDS: f64 = 60.0;
/// An overpass is joined from so much at most: 20 minutes are 8000 km.
const LONGEST_OVERPASS_SECONDS: f64 = 1200.0;

/// Finds and groups the granules among files, folders and glob patterns. Files in folders that are no granules are
/// passed over, but for those that begin like one; a file or pattern that was named itself and gives nothing is an error,
/// and so is a folder with no granule in it. Errors come back beside the granules: the rest is still worth doing.
pub fn collect(inputs: &[PathBuf]) -> (Vec<Granule>, Vec<Error>) {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for input in inputs {
        match files_of(input, &mut errors) {
            Ok(files) => found.extend(files),
            Err(error) => errors.push(error),
        }
    }
    (group(found), errors)
}

/// The granules that these files make; what is none of one is left out.
pub fn of_files(files: impl IntoIterator<Item = PathBuf>) -> Vec<Granule> {
    group(files.into_iter().filter_map(|path| Some((recognise(&path)?, path))).collect())
}

/// The granules in folders and all folders below them, and single files. Files that are no granules are passed over, but for those that
/// begin like one.
pub fn collect_below(inputs: &[PathBuf]) -> (Vec<Granule>, Vec<Error>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let (mut waiting, mut known): (Vec<PathBuf>, BTreeSet<PathBuf>) = (inputs.to_vec(), BTreeSet::new());
    while let Some(path) = waiting.pop() {
        if let Some(recognised) = recognise(&path) {
            found.push((recognised, path));
        } else if path.is_dir() {
            // a link may lead back
            if path.canonicalize().is_ok_and(|path| !known.insert(path)) {
                continue;
            }
            match std::fs::read_dir(&path) {
                Ok(entries) => {
                    for entry in entries {
                        match entry {
                            Ok(entry) => waiting.push(entry.path()),
                            Err(source) => errors.push(Error::read(&path, source)),
                        }
                    }
                }
                Err(source) => errors.push(Error::read(&path, source)),
            }
        } else if begins_like_a_product(&path) || inputs.contains(&path) {
            errors.push(if path.exists() { unknown_name(&path) } else { no_such(&path) });
        }
    }
    errors.sort_by_key(Error::to_string);
    (group(found), errors)
}

fn no_such(path: &Path) -> Error {
    Error::input(path, "no such file or folder", "a file or a folder", "check the spelling")
}

/// Whether a file of this name is part of a product that this program reads.
pub(crate) fn is_known_name(name: &str) -> bool {
    by_name(Path::new(name)).is_some()
}

fn files_of(input: &Path, errors: &mut Vec<Error>) -> Result<Vec<(Recognised, PathBuf)>> {
    if input.is_dir() && recognise(input).is_none() {
        if begins_like_a_product(input) {
            return Err(unknown_name(input));
        }
        let files = listing(input)?;
        let count = files.len();
        let (mut granules, mut misnamed) = (Vec::new(), 0);
        for path in files {
            match recognise(&path) {
                Some(recognised) => granules.push((recognised, path)),
                None if begins_like_a_product(&path) => {
                    misnamed += 1;
                    errors.push(unknown_name(&path));
                }
                None => {}
            }
        }
        if granules.is_empty() && misnamed == 0 {
            let found = format!("{count} files, none of them a granule");
            return Err(Error::input(input, found, KNOWN_NAMES, "name a folder that holds satellite files"));
        }
        let others = count - granules.len() - misnamed;
        if others > 0 {
            tracing::info!("{}: {others} files are no granules and are passed over", input.display());
        }
        return Ok(granules);
    }
    if files::is_virtual(input) {
        return from_virtual(input);
    }
    if input.exists() {
        let Some(recognised) = recognise(input) else {
            return Err(unknown_name(input));
        };
        return Ok(vec![(recognised, input.to_path_buf())]);
    }
    from_pattern(input)
}

/// A product in an archive or a bucket, or the granules right under a folder of one.
fn from_virtual(input: &Path) -> Result<Vec<(Recognised, PathBuf)>> {
    if let Some(recognised) = by_name(input) {
        return Ok(vec![(recognised, input.to_path_buf())]);
    }
    let paths: Vec<PathBuf> = files::listing(input)?.into_iter().map(|name| input.join(name)).collect();
    let count = paths.len();
    let granules: Vec<_> = paths.into_iter().filter_map(|path| Some((by_name(&path)?, path))).collect();
    if granules.is_empty() {
        let found = format!("{count} files, none of them a granule");
        return Err(Error::input(input, found, KNOWN_NAMES, "name the folder that holds the product"));
    }
    Ok(granules)
}

fn unknown_name(path: &Path) -> Error {
    if is_of_the_ground(path) {
        return sentinel2::surface_reflectance(path);
    }
    let is_image =
        path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tif") || end.eq_ignore_ascii_case("tiff"));
    if is_image && !begins_like_a_product(path) {
        let toml = path.with_extension("toml");
        let expected = format!("{} with {}", toml.display(), dn_stack::NEEDED_KEYS);
        return Error::input(path, "an image that nothing describes", expected, "write that file beside it");
    }
    Error::input(path, "an unknown file name", KNOWN_NAMES, "keep the names that the files came with")
}

const KNOWN_NAMES: &str = "HS_H0x_yyyymmdd_hhnn_Bbb_area_Rjj_Skkll.DAT[.bz2] (Himawari), OR_ABI-L1b-Rad..._Gxx_s....nc \
     (GOES), FY4x-_AGRI--_N_area_lon_L1-_FDI-_MULT_NOM_..._4000M_V....HDF with 2000M (FY-4), \
     gk2a_ami_le1b_band_fdrrrge_yyyymmddhhnn.nc (GK-2A), VNP02IMG/VNP03IMG.Ayyyyddd.hhmm....nc (VIIRS; VJ1, VJ2, ...MOD too), SVI04_/GITCO_..._d..._t....h5 (VIIRS \
     SDR), MOD021KM/MOD03.Ayyyyddd.hhmm....hdf (MODIS; MYD too), FY3D_MERSI_GBAL_L1_..._1000M_MS.HDF with GEO1K, \
     S3x_SL_1_RBT....SEN3 (SLSTR), LC0x_L1TP_PPPRRR_yyyymmdd_yyyymmdd_CC_TT_B7.TIF with _MTL.txt or the product as folder, .tar or .zip \
     (Landsat), S2x_MSIL1C_..._Txxxxx_....SAFE or .zip (Sentinel-2), or X.tif with X.toml (counts)";

fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| Error::read(folder, source))? {
        let path = entry.map_err(|source| Error::read(folder, source))?.path();
        if path.is_file() || recognise(&path).is_some() || begins_like_a_product(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn from_pattern(input: &Path) -> Result<Vec<(Recognised, PathBuf)>> {
    let nothing = |found: &str| {
        Error::input(input, found, "a file, a folder or a pattern that matches some", "check the spelling")
    };
    let pattern = input.to_string_lossy();
    if !pattern.contains(['*', '?', '[']) {
        return Err(nothing("no such file or folder"));
    }
    let paths = glob::glob(&pattern).map_err(|error| nothing(&format!("a pattern that cannot be read ({error})")))?;
    let granules: Vec<_> = paths.flatten().filter_map(|path| Some((recognise(&path)?, path))).collect();
    if granules.is_empty() { Err(nothing("a pattern that matches no granule file")) } else { Ok(granules) }
}

fn group(mut found: Vec<(Recognised, PathBuf)>) -> Vec<Granule> {
    found.sort_by(|(a, path_a), (b, path_b)| {
        (a.format, &a.stream, a.time, path_a).cmp(&(b.format, &b.stream, b.time, path_b))
    });
    let mut granules: Vec<(String, Granule)> = Vec::new();
    for (file, path) in found {
        let part = |start: Utc| GranuleFile {
            start,
            seconds: file.seconds.ceil() as u32,
            band: file.band,
            segment: file.segment,
            path: path.clone(),
            twin: None,
        };
        match granules.last_mut() {
            Some((stream, granule)) if *stream == file.stream && continues(granule, &file) => {
                let start = if file.format.is_swath() { file.time } else { granule.time };
                granule.files.push(part(start));
            }
            _ => {
                let name = match file.slot.as_str() {
                    "" => file.stream.clone(),
                    slot => format!("{}_{slot}", file.stream),
                };
                let files = vec![part(file.time)];
                let granule = Granule { format: file.format, name, time: file.time, files };
                granules.push((file.stream, granule));
            }
        }
    }
    granules.into_iter().map(|(_, granule)| timed(one_file_a_part(granule))).collect()
}

/// With the time that its metadata give, where its name has the day alone.
fn timed(mut granule: Granule) -> Granule {
    if granule.format == Format::LandsatL1
        && let Some(time) = landsat::time_of(&granule)
    {
        granule.time = time;
        granule.files.iter_mut().for_each(|file| file.start = time);
    }
    granule
}

/// Whether a file belongs to the same look (fixed grid) or overpass (swath) as the files before it.
fn continues(granule: &Granule, file: &Recognised) -> bool {
    if granule.format != file.format {
        return false;
    }
    let since_first = file.time.seconds_since(granule.time);
    if !file.format.is_swath() {
        return since_first < SAME_LOOK_SECONDS;
    }
    let after_last =
        granule.files.last().map_or(0.0, |last| file.time.seconds_since(last.start) - f64::from(last.seconds));
    after_last < NEXT_GRANULE_SECONDS && since_first + file.seconds < LONGEST_OVERPASS_SECONDS
}

/// Orders the copies of one file: near real time before final, then by name, wherever they lie.
fn age(path: &Path) -> (bool, String) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (!name.contains("NRT"), name)
}

/// Sorts the files and makes one of each band and segment: the same segment may lie beside its own `.bz2`.
fn one_file_a_part(mut granule: Granule) -> Granule {
    granule.files.sort();
    let mut parts: Vec<GranuleFile> = Vec::new();
    for file in granule.files {
        match parts.last_mut() {
            Some(last) if (last.start, last.band, last.segment) == (file.start, file.band, file.segment) => {
                if granule.format.is_swath() {
                    // names end in the time of processing: the later one replaces the earlier
                    let newer = age(&file.path) >= age(&last.path);
                    let (kept, other) =
                        if newer { (file.path, last.path.clone()) } else { (last.path.clone(), file.path) };
                    (last.path, last.twin) = (kept, Some(other));
                } else {
                    last.twin.get_or_insert(file.path);
                }
            }
            _ => parts.push(file),
        }
    }
    granule.files = parts;
    granule
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bands of one look start within seconds; the looks of a mesoscale sector 30 s apart.
    #[test]
    fn looks_of_a_mesoscale_sector_are_kept_apart_and_its_bands_together() {
        let file = |part: &str| {
            let name = format!("OR_ABI-L1b-Rad{part}_e20193002000344_c20193002000390.nc");
            (recognise(Path::new(&name)).expect("name"), PathBuf::from(&name))
        };
        let granules = group(vec![
            file("M1-M6C14_G17_s20193002000575"),
            file("M1-M6C07_G17_s20193002000275"),
            file("M2-M6C07_G17_s20193002000275"),
            file("M1-M6C14_G17_s20193002000289"),
            file("M1-M6C07_G17_s20193002000575"),
            file("M1-M6C07_G16_s20193002000275"),
        ]);
        let names: Vec<_> = granules.iter().map(|g| (g.name.as_str(), g.files.len())).collect();
        assert_eq!(
            names,
            [
                ("ABI-L1b-RadM1-M6_G16_s20193002000275", 1),
                ("ABI-L1b-RadM1-M6_G17_s20193002000275", 2),
                ("ABI-L1b-RadM1-M6_G17_s20193002000575", 2),
                ("ABI-L1b-RadM2-M6_G17_s20193002000275", 1)
            ]
        );
    }

    /// Folders below folders, once though a link leads back; what is named and absent, or begins like a product, is told.
    #[test]
    fn granules_are_found_below_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("a/b")).expect("made");
        for name in ["a/b/HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT", "a/notes.txt", "a/HS_H09_mistyped.DAT"] {
            std::fs::write(path(name), "").expect("written");
        }
        std::os::unix::fs::symlink(folder.path(), path("a/b/back")).expect("linked");
        let (granules, errors) = collect_below(&[path("a"), path("absent")]);
        let said: Vec<String> = errors.iter().map(Error::to_string).collect();
        assert_eq!((granules.len(), granules[0].files.len(), granules[0].files[0].twin.is_none()), (1, 1, true));
        assert!(said.len() == 2 && said[0].contains("HS_H09_mistyped") && said[1].contains("absent"), "{said:?}");
        let (none, _) = collect_below(&[]);
        assert!(none.is_empty());
    }

    #[test]
    fn half_names_are_not_recognised() {
        for name in ["HS_H09_2025_0530_B07_FLDK_R20_S0210.DAT", "HS_.DAT", "OR_ABI-L1b-RadC_G17.nc", "x.nc", "_____.nc"]
        {
            assert!(recognise(Path::new(name)).is_none(), "{name}");
        }
    }

    #[test]
    fn slots_are_kept_apart_and_doubles_merged() {
        let file = |name: &str| (recognise(Path::new(name)).expect("name"), PathBuf::from(name));
        let granules = group(vec![
            file("HS_H09_20251020_0540_B07_FLDK_R20_S0210.DAT"),
            file("HS_H09_20251020_0530_B14_FLDK_R20_S0210.DAT"),
            file("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT"),
            file("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2"),
            file("HS_H08_20251020_0530_B07_FLDK_R20_S0210.DAT"),
        ]);
        let names: Vec<_> = granules.iter().map(|g| (g.name.as_str(), g.files.len())).collect();
        assert_eq!(
            names,
            [("HS_H08_FLDK_20251020_0530", 1), ("HS_H09_FLDK_20251020_0530", 2), ("HS_H09_FLDK_20251020_0540", 1)]
        );
        let mir = &granules[1].files[0];
        assert!(mir.path.ends_with("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT"));
        assert_eq!(mir.twin, Some(PathBuf::from("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2")));
    }
}
