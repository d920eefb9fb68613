//! What one file is of a look by its name alone, and which files a look needs: for who waits for files.

use super::names::{begins_like_a_product, kind, recognise};
use super::{Format, Granule, LONGEST_OVERPASS_SECONDS, NEXT_GRANULE_SECONDS, SAME_LOOK_SECONDS};
use crate::ingest::geometry::fixed_grid;
use crate::place::LonLatBox;
use crate::time::Utc;
use std::collections::BTreeSet;
use std::path::Path;

/// What the name of a file says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its format.
    pub format: Format,
    /// Satellite, product and area: files that differ here never belong together.
    pub stream: String,
    /// The satellite, as looks name it.
    pub satellite: String,
    /// Start of what it holds.
    pub time: Utc,
    /// End of it; the start again where a look is not joined from parts.
    pub end: Utc,
    /// Band and segment: two files that agree here and in the start hold the same.
    pub part: (u8, u8),
    /// Number of segments.
    pub segments: u8,
}

/// What a file is by its name; `None` where it is no product that this program reads.
pub fn named(path: &Path) -> Option<Named> {
    let found = recognise(path)?;
    Some(Named {
        format: found.format,
        satellite: satellite_of(&found.stream),
        time: found.time,
        end: found.time.plus_seconds(found.seconds)?,
        part: (found.band, found.segment.0),
        segments: found.segment.1,
        stream: found.stream,
    })
}

/// Whether a file begins like a product and has no name of one: it may be what is waited for.
pub fn is_misnamed(path: &Path) -> bool {
    recognise(path).is_none() && begins_like_a_product(path)
}

/// Satellites by the words of streams.
const SATELLITES: [(&str, &str); 23] = [
    ("HS_H08_", "Himawari-8"),
    ("HS_H09_", "Himawari-9"),
    ("AGRI-L1_FY4A", "FY-4A"),
    ("AGRI-L1_FY4B", "FY-4B"),
    ("AMI-L1B_GK2A", "GK-2A"),
    ("VIIRS-L1B_VNP", "Suomi-NPP"),
    ("VIIRS-L1B_VJ1", "NOAA-20"),
    ("VIIRS-L1B_VJ2", "NOAA-21"),
    ("VIIRS-SDR_npp", "Suomi-NPP"),
    ("VIIRS-SDR_j01", "NOAA-20"),
    ("VIIRS-SDR_j02", "NOAA-21"),
    ("MODIS-L1B_MOD", "Terra"),
    ("MODIS-L1B_MYD", "Aqua"),
    ("MERSI2-L1_FY3D", "FY-3D"),
    ("SLSTR-L1_S3A", "Sentinel-3A"),
    ("SLSTR-L1_S3B", "Sentinel-3B"),
    ("LC08_", "Landsat-8"),
    ("LO08_", "Landsat-8"),
    ("LC09_", "Landsat-9"),
    ("LO09_", "Landsat-9"),
    ("S2A_", "Sentinel-2A"),
    ("S2B_", "Sentinel-2B"),
    ("S2C_", "Sentinel-2C"),
];

/// The satellite of a stream; one that no table knows by the words of the stream itself.
fn satellite_of(stream: &str) -> String {
    if let Some((_, platform)) = stream.rsplit_once("_G").filter(|_| stream.starts_with("ABI-")) {
        return format!("GOES-{platform}");
    }
    let known = SATELLITES.iter().find(|(words, _)| stream.starts_with(words));
    known.map_or_else(|| stream.to_string(), |(_, satellite)| (*satellite).to_string())
}

/// How far apart files of one look may begin, seconds; of a swath from the end of one to the start of the next.
pub fn apart_s(format: Format) -> f64 {
    if format.is_swath() { NEXT_GRANULE_SECONDS } else { SAME_LOOK_SECONDS }
}

/// Longest look, seconds.
pub const LONGEST_S: f64 = LONGEST_OVERPASS_SECONDS;

/// What is there of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// All that its reader can use.
    All,
    /// What no fire can be found without.
    Enough,
    /// Not that; what is lacking, in words.
    Lacking(String),
}

/// Bands of a format, each with what can stand for it: those that it cannot do without, and all that it makes use of.
struct Bands {
    must: &'static [&'static [u8]],
    all: &'static [&'static [u8]],
}

const MIR_OR_M: [u8; 2] = [4, 13 + kind::SDR_M];
const WINDOW: &[u8] = &[14, 13, 15, 11, 12, 16];

/// The product itself stands for each of its files.
const LANDSAT_NEEDS: &[&[u8]] = &[
    &[kind::MTL_TEXT, kind::MTL_JSON, kind::MTL_XML, kind::PRODUCT],
    &[5, kind::PRODUCT],
    &[6, kind::PRODUCT],
    &[7, kind::PRODUCT],
];
/// Collection 1 has all marks in one file, and no angles.
const LANDSAT_USES: &[&[u8]] = &[
    &[kind::MTL_TEXT, kind::MTL_JSON, kind::MTL_XML, kind::PRODUCT],
    &[1, kind::PRODUCT],
    &[2, kind::PRODUCT],
    &[3, kind::PRODUCT],
    &[4, kind::PRODUCT],
    &[5, kind::PRODUCT],
    &[6, kind::PRODUCT],
    &[7, kind::PRODUCT],
    &[kind::QA_PIXEL, kind::BQA, kind::PRODUCT],
    &[kind::QA_RADSAT, kind::BQA, kind::PRODUCT],
    &[kind::SUN_ZENITH, kind::BQA, kind::PRODUCT],
];
const STACK: &[&[u8]] = &[&[kind::STACK_TOML, kind::STACK_IMAGE]];

fn bands_of(format: Format) -> Bands {
    match format {
        // one visible band is made use of; makers deliver the bands of reflected light at any hour
        Format::AhiHsd => Bands { must: &[&[7], WINDOW], all: &[&[7], &[14], &[15], &[3, 1, 4], &[5], &[6]] },
        Format::AbiL1b => Bands { must: &[&[7], WINDOW], all: &[&[7], &[14], &[15], &[2, 1, 3], &[5], &[6]] },
        Format::AmiL1b => Bands { must: &[&[7], WINDOW], all: &[&[7], &[14], &[15], &[3, 1, 4], &[6]] },
        Format::AgriL1 => Bands { must: &[&[kind::AGRI_4KM]], all: &[&[kind::AGRI_2KM], &[kind::AGRI_4KM]] },
        Format::ViirsL1b => Bands {
            must: &[&[kind::IMG, kind::MOD], &[kind::IMG_GEO, kind::MOD_GEO]],
            all: &[&[kind::IMG], &[kind::IMG_GEO], &[kind::MOD]],
        },
        Format::ViirsSdr => Bands {
            must: &[&MIR_OR_M, &[5, 15 + kind::SDR_M], &[kind::SDR_IMG_GEO, kind::SDR_MOD_GEO]],
            all: &[&[1], &[2], &[3], &[4], &[5], &[13 + kind::SDR_M], &[kind::SDR_IMG_GEO]],
        },
        Format::ModisL1b | Format::Mersi2L1 => {
            Bands { must: &[&[kind::MOD], &[kind::MOD_GEO]], all: &[&[kind::MOD], &[kind::MOD_GEO]] }
        }
        Format::SlstrL1 => Bands { must: &[&[kind::MOD]], all: &[&[kind::MOD]] },
        Format::LandsatL1 => Bands { must: LANDSAT_NEEDS, all: LANDSAT_USES },
        Format::MsiL1c => Bands { must: &[&[kind::PRODUCT]], all: &[&[kind::PRODUCT]] },
        // an image counts as one only where its TOML is beside it
        Format::DnStack => Bands { must: STACK, all: STACK },
    }
}

/// Whether a look is made of files like this one: of a band that is made use of, and, where the area lies in few segments of a disk, of one of those.
pub fn is_wanted(named: &Named, area: &LonLatBox, halo: usize) -> bool {
    let bands = bands_of(named.format);
    let is_used = bands.all.iter().chain(bands.must).any(|one_of| one_of.contains(&named.part.0));
    is_used
        && (named.segments <= 1
            || segments_over(named.format, named.segments, area, halo).is_none_or(|over| over.contains(&named.part.1)))
}

/// Whether a look that had all it needs is better with this band.
pub fn adds(format: Format, band: u8) -> bool {
    bands_of(format).all.iter().any(|one_of| one_of.contains(&band))
}

/// What is there of a look over an area. Of a satellite that stares the segments that hold the area, each in each band, and for all of it those
/// that hold `halo` pixels around it too; of a swath each part of the overpass with what belongs to it.
pub fn what_is_there(granule: &Granule, area: &LonLatBox, halo: usize) -> There {
    let bands = bands_of(granule.format);
    let mut starts: Vec<Utc> = granule.files.iter().map(|file| file.start).collect();
    starts.dedup();
    starts.truncate(if granule.format.is_swath() { usize::MAX } else { 1 });
    let has = |start: Utc, band: u8, segment: u8| {
        granule.files.iter().any(|file| {
            file.band == band && file.segment.0 == segment && (!granule.format.is_swath() || file.start == start)
        })
    };
    let over = segments_of(granule, area, 0);
    let pairs = |segments: &[u8]| -> Vec<(Utc, u8)> {
        starts.iter().flat_map(|start| segments.iter().map(move |segment| (*start, *segment))).collect()
    };
    for (start, segment) in pairs(&over) {
        let lacks = bands.must.iter().find(|one_of| !one_of.iter().any(|&band| has(start, band, segment)));
        if let Some(one_of) = lacks {
            return There::Lacking(said(granule, start, one_of[0], segment, over.len()));
        }
    }
    let around = pairs(&segments_of(granule, area, halo));
    let is_all = around
        .iter()
        .all(|&(start, segment)| bands.all.iter().all(|one_of| one_of.iter().any(|&band| has(start, band, segment))));
    if is_all { There::All } else { There::Enough }
}

fn said(granule: &Granule, start: Utc, band: u8, segment: u8, segments: usize) -> String {
    let part =
        if segments > 1 || granule.format == Format::AhiHsd { format!(" segment {segment}") } else { String::new() };
    let when = if granule.format.is_swath() { format!(" of {}", start.rfc3339()) } else { String::new() };
    format!("{}{part}{when}", kind_name(granule.format, band))
}

/// What a person calls a file of this kind.
fn kind_name(format: Format, band: u8) -> String {
    match (format, band) {
        (Format::AhiHsd, band) => format!("B{band:02}"),
        (Format::AbiL1b, band) => format!("C{band:02}"),
        (Format::AmiL1b, band) => super::names::AMI_BANDS
            .get(usize::from(band).wrapping_sub(1))
            .map_or_else(String::new, |name| (*name).to_string()),
        (Format::AgriL1, kind::AGRI_2KM) => "2000M".to_string(),
        (Format::AgriL1, _) => "4000M".to_string(),
        (Format::LandsatL1, kind::MTL_TEXT) => "MTL".to_string(),
        (Format::LandsatL1, band @ 1..=11) => format!("B{band}"),
        (Format::ViirsSdr, kind::SDR_IMG_GEO) => "GITCO".to_string(),
        (Format::ViirsSdr, kind::SDR_MOD_GEO) => "GMTCO".to_string(),
        (Format::ViirsSdr, band) => format!("SVI{band:02}"),
        (_, kind::IMG) => "02IMG".to_string(),
        (_, kind::IMG_GEO) => "03IMG".to_string(),
        (_, kind::MOD_GEO) => "geolocation".to_string(),
        (_, _) => "measurements".to_string(),
    }
}

/// Numbers of the segments that hold an area with its surroundings; those that are there where that is not known.
fn segments_of(granule: &Granule, area: &LonLatBox, halo: usize) -> Vec<u8> {
    let count = granule.files.iter().map(|file| file.segment.1).max().unwrap_or(1);
    segments_over(granule.format, count, area, halo).unwrap_or_else(|| {
        granule.files.iter().map(|file| file.segment.0).collect::<BTreeSet<u8>>().into_iter().collect()
    })
}

/// Numbers of the segments of a disk that hold an area; `None` where the format has none or the disk does not see it.
fn segments_over(format: Format, count: u8, area: &LonLatBox, halo: usize) -> Option<Vec<u8>> {
    if format != Format::AhiHsd || count <= 1 {
        return None;
    }
    let grid = fixed_grid::himawari();
    let window = fixed_grid::window_of(&grid, area, halo)?;
    let lines = grid.lines.div_ceil(usize::from(count));
    let (first, last) = (window.line0 / lines, (window.line0 + window.lines - 1) / lines);
    Some((first..=last).filter_map(|segment| u8::try_from(segment + 1).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::group;
    use super::*;
    use std::path::PathBuf;

    const HAIDONG: LonLatBox = LonLatBox { west: 101.66, south: 35.45, east: 103.07, north: 37.15 };

    fn granule(names: &[String]) -> Granule {
        let files = names.iter().map(|name| (recognise(Path::new(name)).expect("a name"), PathBuf::from(name)));
        let mut granules = group(files.collect());
        assert_eq!(granules.len(), 1);
        granules.remove(0)
    }

    fn ahi(bands: &[u8], segments: &[u8]) -> Granule {
        let names = bands.iter().flat_map(|band| {
            segments
                .iter()
                .map(move |segment| format!("HS_H09_20251020_0530_B{band:02}_FLDK_R20_S{segment:02}10.DAT.bz2"))
        });
        granule(&names.collect::<Vec<_>>())
    }

    /// Satellites: the tables of platforms of the products' own guides, as the readers have them.
    #[test]
    fn a_name_says_satellite_and_part() {
        let named = |name: &str| named(Path::new(name)).expect("a name");
        let ahi = named("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2");
        assert_eq!((ahi.satellite.as_str(), ahi.part, ahi.time == ahi.end), ("Himawari-9", (7, 2), true));
        let goes = named("OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc");
        assert_eq!(goes.satellite, "GOES-17");
        let viirs = named("VJ102IMG.A2025293.0536.002.nc");
        assert_eq!((viirs.satellite.as_str(), viirs.end.seconds_since(viirs.time)), ("NOAA-20", 360.0));
        assert!(is_misnamed(Path::new("VNP02IMG.A2012.2304.002.nc")) && !is_misnamed(Path::new("notes.txt")));
    }

    /// 35.45 to 37.15 N lie in lines 700 to 800 of the 2 km disk: segments of 550 lines, the second; with 160 lines around, 2 only from 540 on.
    #[test]
    fn a_slot_needs_the_segments_over_the_site() {
        let all = [4, 5, 6, 7, 14, 15];
        let alone = segments_of(&ahi(&[7], &[2]), &HAIDONG, 0);
        assert_eq!(alone, [2]);
        let with_halo = segments_of(&ahi(&[7], &[2]), &HAIDONG, 160);
        assert_eq!(what_is_there(&ahi(&all, &with_halo), &HAIDONG, 160), There::All);
        assert_eq!(what_is_there(&ahi(&[7, 14], &with_halo), &HAIDONG, 160), There::Enough);
        assert_eq!(what_is_there(&ahi(&[7, 13], &with_halo), &HAIDONG, 160), There::Enough);
        let lacking = what_is_there(&ahi(&[3, 14, 15], &[2]), &HAIDONG, 0);
        assert_eq!(lacking, There::Lacking("B07 segment 2".into()));
        assert_eq!(what_is_there(&ahi(&all, &[2]), &HAIDONG, 160), There::Enough, "what lies around it is not there");
        assert!(matches!(what_is_there(&ahi(&[7, 14], &[5]), &HAIDONG, 160), There::Lacking(_)));
    }

    #[test]
    fn a_part_of_an_overpass_needs_its_geolocation() {
        let name = |kind: &str, at: &str| format!("VJ1{kind}.A2025293.{at}.002.nc");
        let both = granule(&[name("02IMG", "0536"), name("03IMG", "0536")]);
        assert_eq!(what_is_there(&both, &HAIDONG, 0), There::Enough);
        let one = granule(&[name("02IMG", "0536"), name("03IMG", "0536"), name("02IMG", "0542")]);
        assert_eq!(what_is_there(&one, &HAIDONG, 0), There::Lacking("03IMG of 2025-10-20T05:42:00Z".into()));
        let wanted = |name: &str| is_wanted(&named(Path::new(name)).expect("a name"), &HAIDONG, 0);
        assert!(wanted("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT") && wanted("VJ102IMG.A2025293.0536.002.nc"));
        assert!(
            !wanted("HS_H09_20251020_0530_B08_FLDK_R20_S0210.DAT")
                && !wanted("HS_H09_20251020_0530_B07_FLDK_R20_S0810.DAT")
        );
        assert!(adds(Format::AhiHsd, 15) && !adds(Format::AhiHsd, 13));
    }

    #[test]
    fn a_landsat_product_needs_its_metadata_and_three_bands() {
        let name = |end: &str| format!("LC09_L1TP_131035_20250312_20250320_02_T1{end}");
        let bands = |bands: &[&str]| granule(&bands.iter().map(|end| name(end)).collect::<Vec<_>>());
        let lacking = |what: &str| There::Lacking(what.into());
        assert_eq!(what_is_there(&bands(&["_B5.TIF", "_B6.TIF", "_B7.TIF"]), &HAIDONG, 0), lacking("MTL"));
        assert_eq!(what_is_there(&bands(&["_B5.TIF", "_B6.TIF", "_MTL.xml"]), &HAIDONG, 0), lacking("B7"));
        assert_eq!(what_is_there(&bands(&["_B5.TIF", "_B6.TIF", "_B7.TIF", "_MTL.xml"]), &HAIDONG, 0), There::Enough);
        assert_eq!(what_is_there(&bands(&[".tar"]), &HAIDONG, 0), There::All);
        let named = named(Path::new(&name("_QA_RADSAT.TIF"))).expect("a name");
        assert!(named.satellite == "Landsat-9" && is_wanted(&named, &HAIDONG, 0));
        let safe = granule(&["S2C_MSIL1C_20251020T040719_N0511_R061_T48SUF_20251020T055555.zip".to_string()]);
        assert_eq!(what_is_there(&safe, &HAIDONG, 0), There::All);
    }
}
