//! Which files make one look: names are recognised, files of one slot are grouped.

use crate::error::{Error, Result};
use crate::time::Utc;
use std::path::{Path, PathBuf};

/// A file format that this program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Himawari-8/9 AHI, Himawari Standard Data.
    AhiHsd,
    /// GOES-R ABI Level 1b netCDF.
    AbiL1b,
}

/// One delivered file of a granule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GranuleFile {
    /// Band number as its maker counts.
    pub band: u8,
    /// Segment and number of segments, from 1; (1, 1) where the format has none.
    pub segment: (u8, u8),
    /// The file.
    pub path: PathBuf,
    /// The same part once more (a `.DAT` beside its `.bz2`), for when the first is damaged.
    pub twin: Option<PathBuf>,
}

/// All delivered files of one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Granule {
    /// Format of its files.
    pub format: Format,
    /// Satellite, area and slot in the words of the file names.
    pub name: String,
    /// Start of the slot by the names.
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
}

/// ABI bands of one look start within seconds of each other; two looks of a mesoscale sector are 30 s apart.
const SAME_LOOK_SECONDS: f64 = 10.0;

/// Finds and groups the granules among files, folders and glob patterns. Files in folders that are no granules are
/// passed over; a file or pattern that was named itself and gives nothing is an error, and so is a folder with no
/// granule in it. Errors come back beside the granules: the rest is still worth doing.
pub fn collect(inputs: &[PathBuf]) -> (Vec<Granule>, Vec<Error>) {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for input in inputs {
        match files_of(input) {
            Ok(files) => found.extend(files),
            Err(error) => errors.push(error),
        }
    }
    (group(found), errors)
}

fn files_of(input: &Path) -> Result<Vec<(Recognised, PathBuf)>> {
    if input.is_dir() {
        let files = listing(input)?;
        let count = files.len();
        let granules: Vec<_> = files.into_iter().filter_map(|path| Some((recognise(&path)?, path))).collect();
        if granules.is_empty() {
            let found = format!("{count} files, none of them a granule");
            return Err(Error::input(input, found, KNOWN_NAMES, "name a folder that holds satellite files"));
        }
        if granules.len() < count {
            tracing::info!("{}: {} files are no granules and are passed over", input.display(), count - granules.len());
        }
        return Ok(granules);
    }
    if input.exists() {
        let Some(recognised) = recognise(input) else {
            return Err(Error::input(
                input,
                "an unknown file name",
                KNOWN_NAMES,
                "keep the names that the files came with",
            ));
        };
        return Ok(vec![(recognised, input.to_path_buf())]);
    }
    from_pattern(input)
}

const KNOWN_NAMES: &str =
    "HS_H0x_yyyymmdd_hhnn_Bbb_area_Rjj_Skkll.DAT[.bz2] (Himawari) or OR_ABI-L1b-Rad..._Gxx_s....nc (GOES)";

fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| Error::read(folder, source))? {
        let path = entry.map_err(|source| Error::read(folder, source))?.path();
        if path.is_file() {
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
        let part = GranuleFile { band: file.band, segment: file.segment, path, twin: None };
        match granules.last_mut() {
            Some((stream, granule))
                if granule.format == file.format
                    && *stream == file.stream
                    && file.time.seconds_since(granule.time) < SAME_LOOK_SECONDS =>
            {
                granule.files.push(part);
            }
            _ => {
                let name = format!("{}_{}", file.stream, file.slot);
                let granule = Granule { format: file.format, name, time: file.time, files: vec![part] };
                granules.push((file.stream, granule));
            }
        }
    }
    granules.into_iter().map(|(_, granule)| one_file_a_part(granule)).collect()
}

/// Sorts the files and makes one of each band and segment: the same segment may lie beside its own `.bz2`.
fn one_file_a_part(mut granule: Granule) -> Granule {
    granule.files.sort();
    let mut parts: Vec<GranuleFile> = Vec::new();
    for file in granule.files {
        match parts.last_mut() {
            Some(last) if (last.band, last.segment) == (file.band, file.segment) => {
                last.twin.get_or_insert(file.path);
            }
            _ => parts.push(file),
        }
    }
    granule.files = parts;
    granule
}

fn recognise(path: &Path) -> Option<Recognised> {
    let name = path.file_name()?.to_str()?;
    himawari(name).or_else(|| goes(name))
}

/// `HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT[.bz2]`
fn himawari(name: &str) -> Option<Recognised> {
    let stem = name.strip_suffix(".bz2").unwrap_or(name).strip_suffix(".DAT")?;
    let parts: Vec<&str> = stem.split('_').collect();
    let ["HS", platform, day, clock, band, area, _resolution, segment] = parts[..] else {
        return None;
    };
    let (k, n) = (segment.get(1..3)?.parse().ok()?, segment.get(3..5)?.parse().ok()?);
    if !platform.starts_with('H') || k == 0 || k > n {
        return None;
    }
    Some(Recognised {
        format: Format::AhiHsd,
        stream: format!("HS_{platform}_{area}"),
        time: Utc::parse(&format!(
            "{}-{}-{}T{}:{}:00Z",
            day.get(0..4)?,
            day.get(4..6)?,
            day.get(6..8)?,
            clock.get(0..2)?,
            clock.get(2..4)?
        ))?,
        slot: format!("{day}_{clock}"),
        band: band.strip_prefix('B')?.parse().ok()?,
        segment: (k, n),
    })
}

/// `OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc`
fn goes(name: &str) -> Option<Recognised> {
    let parts: Vec<&str> = name.strip_suffix(".nc")?.split('_').collect();
    let [_environment, product, platform, start, _end, _created] = parts[..] else {
        return None;
    };
    let (stream, band) = product.strip_prefix("ABI-L1b-Rad")?.rsplit_once('C')?;
    let start = start.strip_prefix('s')?;
    Some(Recognised {
        format: Format::AbiL1b,
        stream: format!("ABI-L1b-Rad{stream}_{platform}"),
        time: day_of_year(start)?,
        slot: format!("s{start}"),
        band: band.parse().ok()?,
        segment: (1, 1),
    })
}

/// `yyyydddhhmmsst`, t in tenths of a second (dropped).
fn day_of_year(text: &str) -> Option<Utc> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, day) = (number(0, 4)?, number(4, 7)?);
    let (hour, minute, second) = (number(7, 9)?, number(9, 11)?, number(11, 13)?);
    let new_year = Utc::from_parts(year.try_into().ok()?, 1, 1, 0, 0, 0)?;
    new_year.plus_seconds(((day - 1) * 86_400 + hour * 3600 + minute * 60 + second) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_makers_are_understood() {
        let h = himawari("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2").expect("name");
        assert_eq!((h.band, h.segment, h.time.rfc3339().as_str()), (7, (2, 10), "2025-10-20T05:30:00Z"));
        let g = goes("OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc").expect("name");
        // day 300 of 2019 is 27 October
        assert_eq!((g.band, g.time.rfc3339().as_str()), (7, "2019-10-27T20:00:27Z"));
        assert_eq!(g.stream, "ABI-L1b-RadM1-M6_G17");
    }

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
