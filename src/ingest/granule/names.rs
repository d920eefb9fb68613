//! What file names say: format, satellite, time, band. One function a maker.

use super::{Format, Recognised};
use crate::time::Utc;
use std::path::Path;

/// Kinds of files of the Level 1B products of NASA, in `GranuleFile::band`.
pub(crate) mod kind {
    /// VIIRS I-band measurements.
    pub(crate) const IMG: u8 = 1;
    /// VIIRS I-band geolocation.
    pub(crate) const IMG_GEO: u8 = 2;
    /// VIIRS M-band measurements; MODIS, MERSI-II and SLSTR 1 km measurements.
    pub(crate) const MOD: u8 = 3;
    /// VIIRS M-band geolocation; MODIS and MERSI-II 1 km geolocation.
    pub(crate) const MOD_GEO: u8 = 4;
    /// SDR: I bands are 1 to 5, M bands so much more than their number (21 to 36), geolocation as below.
    pub(crate) const SDR_M: u8 = 20;
    /// SDR: terrain-corrected geolocation of the I bands.
    pub(crate) const SDR_IMG_GEO: u8 = 10;
    /// SDR: terrain-corrected geolocation of the M bands.
    pub(crate) const SDR_MOD_GEO: u8 = 11;
    /// AGRI: the 2 km file.
    pub(crate) const AGRI_2KM: u8 = 20;
    /// AGRI: the 4 km file.
    pub(crate) const AGRI_4KM: u8 = 40;
    /// Landsat: quality of Collection 1; bands are 1 to 11.
    pub(crate) const BQA: u8 = 20;
    /// Landsat: quality of Collection 2.
    pub(crate) const QA_PIXEL: u8 = 21;
    /// Landsat: saturated bands.
    pub(crate) const QA_RADSAT: u8 = 22;
    /// Landsat: the sun's zenith angle.
    pub(crate) const SUN_ZENITH: u8 = 23;
    /// Landsat: another angle, of which no use is made.
    pub(crate) const ANGLE: u8 = 24;
    /// Landsat: metadata as text.
    pub(crate) const MTL_TEXT: u8 = 30;
    /// Landsat: metadata as JSON.
    pub(crate) const MTL_JSON: u8 = 31;
    /// Landsat: metadata as XML.
    pub(crate) const MTL_XML: u8 = 32;
    /// Landsat and Sentinel-2: the whole product, a folder or an archive.
    pub(crate) const PRODUCT: u8 = 40;
    /// A stack of counts: its TOML.
    pub(crate) const STACK_TOML: u8 = 1;
    /// A stack of counts: its image.
    pub(crate) const STACK_IMAGE: u8 = 2;
}

/// What a file is; of a stack of counts the file beside it tells that.
pub(super) fn recognise(path: &Path) -> Option<Recognised> {
    by_name(path).or_else(|| dn_stack(path))
}

/// What a file is by its name alone.
pub(super) fn by_name(path: &Path) -> Option<Recognised> {
    let name = path.file_name()?.to_str()?;
    let readers: [fn(&str) -> Option<Recognised>; 10] =
        [himawari, goes, agri, ami, level_1b, viirs_sdr, mersi2, slstr, landsat, sentinel2];
    readers.into_iter().find_map(|reader| reader(name))
}

/// Whether a name begins and ends like one of these products, whatever stands between: a file that was renamed.
pub(super) fn begins_like_a_product(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let within = |starts: &[&str], end: &str| name.ends_with(end) && starts.iter().any(|start| name.starts_with(start));
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let kinds = ["02IMG", "03IMG", "02MOD", "03MOD"];
    let viirs = || {
        let rest = ["VNP", "VJ1", "VJ2"].iter().find_map(|platform| name.strip_prefix(platform));
        let rest = rest.and_then(|rest| kinds.iter().find_map(|kind| rest.strip_prefix(kind)));
        rest.is_some_and(|rest| rest.starts_with(['.', '_']) && rest.ends_with(".nc"))
    };
    within(&["HS_H"], ".DAT")
        || within(&["HS_H"], ".DAT.bz2")
        || within(&["OR_ABI-L1b-Rad", "gk2a_ami_le1b_"], ".nc")
        || within(&["FY4A-_AGRI-", "FY4B-_AGRI-"], ".HDF")
            && name.contains("_L1-_FDI-_")
            && (name.contains("_2000M_") || name.contains("_4000M_"))
        || viirs()
        || within(&["MOD021KM.", "MYD021KM.", "MOD03.", "MYD03.", "MOD021KM_", "MYD021KM_", "MOD03_", "MYD03_"], ".hdf")
        || within(&["SVI0", "SVM0", "SVM1", "GITCO_", "GMTCO_"], ".h5")
        || within(&["FY3D_MERSI_"], "_1000M_MS.HDF")
        || within(&["FY3D_MERSI_"], "_GEO1K_MS.HDF")
        || within(&["S3A_SL_1_RBT_", "S3B_SL_1_RBT_"], ".SEN3")
        || ends(&[".TIF", ".tif", "_MTL.txt", "_MTL.json", "_MTL.xml", ".tar", ".tar.gz", ".tgz"])
            && ["LC08_L1", "LC09_L1", "LO08_L1", "LO09_L1"].iter().any(|start| name.starts_with(start))
        || ends(&[".SAFE", ".zip"]) && is_msi(name)
}

/// Whether a name begins like one of a Sentinel-2 product, of whatever level.
fn is_msi(name: &str) -> bool {
    ["S2A_MSIL", "S2B_MSIL", "S2C_MSIL"].iter().any(|start| name.starts_with(start))
}

/// Whether a name is that of a product of the ground's reflectance.
pub(super) fn is_of_the_ground(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    is_msi(name) && name.get(4..10) == Some("MSIL2A")
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
        seconds: 0.0,
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
        seconds: 0.0,
    })
}

/// `FY4B-_AGRI--_N_REGC_1050E_L1-_FDI-_MULT_NOM_20240301040000_20240301040417_4000M_V0001.HDF`, by satellite broadcast
/// with `Z_SATE_C_BAWX_20240301040500_P_` before it. Of the files of a slot only 2000M and 4000M are used: the finer ones
/// have no infrared, and GEO holds angles.
fn agri(name: &str) -> Option<Recognised> {
    let name = name.get(name.find("FY4")?..)?.strip_suffix(".HDF")?;
    let parts: Vec<&str> = name.split('_').collect();
    let [platform, "AGRI--", _, area, longitude, "L1-", "FDI-", "MULT", _, start, _end, resolution, ..] = parts[..]
    else {
        return None;
    };
    let band = match resolution {
        "2000M" => kind::AGRI_2KM,
        "4000M" => kind::AGRI_4KM,
        _ => return None,
    };
    Some(Recognised {
        format: Format::AgriL1,
        stream: format!("AGRI-L1_{}_{area}_{longitude}", platform.strip_suffix('-')?),
        time: compact_moment(start)?,
        slot: start.to_string(),
        band,
        segment: (1, 1),
        seconds: 0.0,
    })
}

/// Bands of AMI in their order: the number of a band is its place, from 1.
pub(crate) const AMI_BANDS: [&str; 16] = [
    "vi004", "vi005", "vi006", "vi008", "nr013", "nr016", "sw038", "wv063", "wv069", "wv073", "ir087", "ir096",
    "ir105", "ir112", "ir123", "ir133",
];

/// `gk2a_ami_le1b_sw038_fd020ge_202003210230.nc`: sector, resolution in hundreds of metres, projection.
fn ami(name: &str) -> Option<Recognised> {
    let parts: Vec<&str> = name.strip_suffix(".nc")?.split('_').collect();
    let ["gk2a", "ami", "le1b", channel, sector, start] = parts[..] else {
        return None;
    };
    let band = AMI_BANDS.iter().position(|band| *band == channel)? + 1;
    let (area, projection) = sector.split_at_checked(sector.find(|c: char| c.is_ascii_digit())?)?;
    let projection = projection.trim_start_matches(|c: char| c.is_ascii_digit());
    if start.len() != 12 {
        return None;
    }
    Some(Recognised {
        format: Format::AmiL1b,
        stream: format!("AMI-L1B_GK2A_{}-{}", area.to_uppercase(), projection.to_uppercase()),
        time: compact_moment(&format!("{start}00"))?,
        slot: start.to_string(),
        band: band as u8,
        segment: (1, 1),
        seconds: 0.0,
    })
}

/// `yyyydddhhmmsst`, t in tenths of a second (dropped).
fn day_of_year(text: &str) -> Option<Utc> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, day) = (number(0, 4)?, number(4, 7)?);
    let (hour, minute, second) = (number(7, 9)?, number(9, 11)?, number(11, 13)?);
    if !(1..=366).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let new_year = Utc::from_parts(year.try_into().ok()?, 1, 1, 0, 0, 0)?;
    new_year.plus_seconds(((day - 1) * 86_400 + hour * 3600 + minute * 60 + second) as f64)
}

/// `VNP02IMG.A2018312.2036.002.2022294181925.nc`, `MOD021KM.A2018312.1950.061.2018313070404.hdf` and companions; near
/// real time products carry `_NRT` or `.NRT`.
fn level_1b(name: &str) -> Option<Recognised> {
    let parts: Vec<&str> = name.split('.').collect();
    let [product, day, clock, .., suffix] = parts[..] else {
        return None;
    };
    let product = product.strip_suffix("_NRT").unwrap_or(product);
    let (platform, kind) = product.split_at_checked(3)?;
    let (format, band, seconds) = match (platform, kind, suffix) {
        ("VNP" | "VJ1" | "VJ2", "02IMG", "nc") => (Format::ViirsL1b, kind::IMG, 360.0),
        ("VNP" | "VJ1" | "VJ2", "03IMG", "nc") => (Format::ViirsL1b, kind::IMG_GEO, 360.0),
        ("VNP" | "VJ1" | "VJ2", "02MOD", "nc") => (Format::ViirsL1b, kind::MOD, 360.0),
        ("VNP" | "VJ1" | "VJ2", "03MOD", "nc") => (Format::ViirsL1b, kind::MOD_GEO, 360.0),
        ("MOD" | "MYD", "021KM", "hdf") => (Format::ModisL1b, kind::MOD, 300.0),
        ("MOD" | "MYD", "03", "hdf") => (Format::ModisL1b, kind::MOD_GEO, 300.0),
        _ => return None,
    };
    let day = day.strip_prefix('A')?;
    if day.len() != 7 || clock.len() != 4 {
        return None;
    }
    let sensor = if format == Format::ViirsL1b { "VIIRS" } else { "MODIS" };
    Some(Recognised {
        format,
        stream: format!("{sensor}-L1B_{platform}"),
        time: day_of_year(&format!("{day}{clock}00"))?,
        slot: format!("A{day}.{clock}"),
        band,
        segment: (1, 1),
        seconds,
    })
}

/// `SVI04_npp_d20120225_t0620344_e0621586_b01708_c20120225123058_noaa_ops.h5`, `GITCO_...`, `SVM13_...`, `GMTCO_...`:
/// times in tenths of a second.
fn viirs_sdr(name: &str) -> Option<Recognised> {
    let parts: Vec<&str> = name.strip_suffix(".h5")?.split('_').collect();
    let [product, platform, day, start, end, ..] = parts[..] else {
        return None;
    };
    let band = match product {
        "GITCO" => kind::SDR_IMG_GEO,
        "GMTCO" => kind::SDR_MOD_GEO,
        _ => match product.strip_prefix("SVI") {
            Some(number) => number.parse().ok().filter(|n| (1..=5).contains(n))?,
            None => product.strip_prefix("SVM")?.parse::<u8>().ok().filter(|n| (1..=16).contains(n))? + kind::SDR_M,
        },
    };
    let day = day.strip_prefix('d')?;
    let tenths = |text: &str, letter: char| {
        let text = text.strip_prefix(letter).filter(|text| text.len() == 7)?;
        let number = |from: usize, to: usize, most: u32| {
            text.get(from..to)?.parse::<u32>().ok().filter(|number| *number <= most)
        };
        Some(number(0, 2, 23)? * 36_000 + number(2, 4, 59)? * 600 + number(4, 7, 609)?)
    };
    let (from, to) = (tenths(start, 't')?, tenths(end, 'e')?);
    let midnight = compact_day(day)?;
    // a granule that ends after midnight
    let seconds = f64::from((to + 864_000 - from) % 864_000) / 10.0;
    Some(Recognised {
        format: Format::ViirsSdr,
        stream: format!("VIIRS-SDR_{platform}"),
        time: midnight.plus_seconds(f64::from(from) / 10.0)?,
        slot: format!("d{day}_{start}"),
        band,
        segment: (1, 1),
        seconds,
    })
}

/// `FY3D_MERSI_GBAL_L1_20201020_0530_1000M_MS.HDF`, `FY3D_MERSI_GBAL_L1_20201020_0530_GEO1K_MS.HDF`
fn mersi2(name: &str) -> Option<Recognised> {
    let parts: Vec<&str> = name.strip_suffix(".HDF")?.split('_').collect();
    let [platform @ "FY3D", "MERSI", _area, "L1", day, clock, kind, "MS"] = parts[..] else {
        return None;
    };
    let band = match kind {
        "1000M" => kind::MOD,
        "GEO1K" => kind::MOD_GEO,
        _ => return None,
    };
    let minutes = (clock.len() == 4).then(|| Some((clock.get(0..2)?.parse::<u32>().ok()?, clock.get(2..4)?)))??;
    let seconds = f64::from(minutes.0 * 3600 + minutes.1.parse::<u32>().ok()? * 60);
    Some(Recognised {
        format: Format::Mersi2L1,
        stream: format!("MERSI2-L1_{platform}"),
        time: compact_day(day)?.plus_seconds(seconds)?,
        slot: format!("{day}_{clock}"),
        band,
        segment: (1, 1),
        seconds: 300.0,
    })
}

/// `S3A_SL_1_RBT____20180817T095325_20180817T095625_20180818T150513_0179_034_364_2520_LN2_O_NT_003.SEN3`, a folder.
fn slstr(name: &str) -> Option<Recognised> {
    let stem = name.strip_suffix(".SEN3")?;
    let (platform, rest) = stem.split_at_checked(3)?;
    let rest = rest.strip_prefix("_SL_1_RBT____")?;
    let (start, end) = (rest.get(0..15)?, rest.get(16..31)?);
    let moment = |text: &str| {
        let (day, clock) = text.split_once('T')?;
        let number = |from: usize, to: usize| clock.get(from..to)?.parse::<u32>().ok();
        compact_day(day)?.plus_seconds(f64::from(number(0, 2)? * 3600 + number(2, 4)? * 60 + number(4, 6)?))
    };
    let (from, to) = (moment(start)?, moment(end)?);
    Some(Recognised {
        format: Format::SlstrL1,
        stream: format!("SLSTR-L1_{platform}"),
        time: from,
        slot: start.to_string(),
        band: kind::MOD,
        segment: (1, 1),
        seconds: to.seconds_since(from).clamp(0.0, 1000.0),
    })
}

/// Product and kind of a file of Landsat-8 or 9, Level 1: `LC08_L1TP_131035_20250312_20250320_02_T1_B7.TIF`,
/// `..._MTL.txt`, or the product itself as a folder, `.tar`, `.tar.gz` or `.zip`. `LO08` has no thermal bands, which no
/// reader asks for.
pub(in crate::ingest) fn landsat_part(name: &str) -> Option<(&str, u8)> {
    /// Characters of the name of a product.
    const LENGTH: usize = 40;
    let (product, rest) = name.split_at_checked(LENGTH)?;
    let parts: Vec<&str> = product.split('_').collect();
    let [sensor, level, place, seen, made, collection, tier] = parts[..] else {
        return None;
    };
    let is_number = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let is_product = matches!(sensor, "LC08" | "LC09" | "LO08" | "LO09")
        && matches!(level, "L1TP" | "L1GT" | "L1GS")
        && is_number(place, 6)
        && is_number(seen, 8)
        && is_number(made, 8)
        && is_number(collection, 2)
        && matches!(tier, "T1" | "T2" | "RT");
    let kind = match rest.to_ascii_lowercase().as_str() {
        "" | ".tar" | ".tar.gz" | ".tgz" | ".zip" => kind::PRODUCT,
        "_mtl.txt" => kind::MTL_TEXT,
        "_mtl.json" => kind::MTL_JSON,
        "_mtl.xml" => kind::MTL_XML,
        image => match image.strip_prefix('_')?.strip_suffix(".tif")? {
            "bqa" => kind::BQA,
            "qa_pixel" => kind::QA_PIXEL,
            "qa_radsat" => kind::QA_RADSAT,
            "sza" => kind::SUN_ZENITH,
            "saa" | "vza" | "vaa" => kind::ANGLE,
            band => band.strip_prefix('b')?.parse::<u8>().ok().filter(|band| (1..=11).contains(band))?,
        },
    };
    is_product.then_some((product, kind))
}

/// The day is all that these names say: its start stands for the time until the metadata are read.
fn landsat(name: &str) -> Option<Recognised> {
    let (product, band) = landsat_part(name)?;
    Some(Recognised {
        format: Format::LandsatL1,
        stream: product.to_string(),
        time: compact_day(product.get(17..25)?)?,
        slot: String::new(),
        band,
        segment: (1, 1),
        seconds: 0.0,
    })
}

/// `S2B_MSIL1C_20251020T040719_N0511_R061_T48SUF_20251020T055555.SAFE`, a folder, or its zip with or without `.SAFE` in
/// the name. The time is that of the start of the data take: the tile is seen up to some minutes later.
fn sentinel2(name: &str) -> Option<Recognised> {
    let stem = name.strip_suffix(".zip");
    let stem = stem.map(|stem| stem.strip_suffix(".SAFE").unwrap_or(stem)).or_else(|| name.strip_suffix(".SAFE"))?;
    let parts: Vec<&str> = stem.split('_').collect();
    let ["S2A" | "S2B" | "S2C", "MSIL1C", start, baseline, orbit, tile, made] = parts[..] else {
        return None;
    };
    let is_like = |text: &str, letter: char, length: usize| text.starts_with(letter) && text.len() == length;
    if !is_like(baseline, 'N', 5) || !is_like(orbit, 'R', 4) || !is_like(tile, 'T', 6) || made.len() != 15 {
        return None;
    }
    let (day, clock) = start.split_once('T')?;
    Some(Recognised {
        format: Format::MsiL1c,
        stream: stem.to_string(),
        time: compact_moment(&format!("{day}{clock}"))?,
        slot: String::new(),
        band: kind::PRODUCT,
        segment: (1, 1),
        seconds: 0.0,
    })
}

/// `X.toml` and `X.tif`. Without a time in it, which its reader tells of, the stack is of the beginning of times.
fn dn_stack(path: &Path) -> Option<Recognised> {
    let (name, time) = crate::ingest::map::dn_stack::glance(path)?;
    let is_toml = path.extension().is_some_and(|end| end == "toml");
    Some(Recognised {
        format: Format::DnStack,
        stream: name,
        time: time.unwrap_or(Utc::UNIX_EPOCH),
        slot: String::new(),
        band: if is_toml { kind::STACK_TOML } else { kind::STACK_IMAGE },
        segment: (1, 1),
        seconds: 0.0,
    })
}

/// `yyyymmddhhmmss`
fn compact_moment(text: &str) -> Option<Utc> {
    let number =
        |from: usize, to: usize, most: u32| text.get(from..to)?.parse::<u32>().ok().filter(|number| *number <= most);
    let seconds = number(8, 10, 23)? * 3600 + number(10, 12, 59)? * 60 + number(12, 14, 60)?;
    if text.len() != 14 {
        return None;
    }
    compact_day(text.get(0..8)?)?.plus_seconds(f64::from(seconds))
}

/// Midnight of `yyyymmdd`.
fn compact_day(day: &str) -> Option<Utc> {
    if day.len() != 8 {
        return None;
    }
    let number = |from: usize, to: usize| day.get(from..to)?.parse::<i16>().ok();
    Utc::from_parts(number(0, 4)?, number(4, 6)?.try_into().ok()?, number(6, 8)?.try_into().ok()?, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds that one format tells apart.
    #[test]
    fn kinds_of_files_are_distinct() {
        let bands = (1..=5).chain((1..=16).map(|m| m + kind::SDR_M));
        let mut sdr: Vec<u8> = bands.chain([kind::SDR_IMG_GEO, kind::SDR_MOD_GEO]).collect();
        sdr.sort_unstable();
        sdr.dedup();
        assert_eq!(sdr.len(), 5 + 16 + 2);
    }

    #[test]
    fn names_of_both_makers_are_understood() {
        let h = himawari("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2").expect("name");
        assert_eq!((h.band, h.segment, h.time.rfc3339().as_str()), (7, (2, 10), "2025-10-20T05:30:00Z"));
        let g = goes("OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc").expect("name");
        // day 300 of 2019 is 27 October
        assert_eq!((g.band, g.time.rfc3339().as_str()), (7, "2019-10-27T20:00:27Z"));
        assert_eq!(g.stream, "ABI-L1b-RadM1-M6_G17");
    }

    /// Names as they are quoted of real files.
    #[test]
    fn names_of_other_geostationary_imagers_are_understood() {
        let agri = "FY4A-_AGRI--_N_DISK_1047E_L1-_FDI-_MULT_NOM_20190317050000_20190317051459_4000M_V0001.HDF";
        for name in [agri.to_string(), format!("Z_SATE_C_BAWX_20190317051552_P_{agri}")] {
            let seen = recognise(Path::new(&name)).expect("name");
            assert_eq!((seen.format, seen.band), (Format::AgriL1, kind::AGRI_4KM));
            assert_eq!(
                (seen.time.rfc3339().as_str(), seen.stream.as_str()),
                ("2019-03-17T05:00:00Z", "AGRI-L1_FY4A_DISK_1047E")
            );
        }
        let ami = recognise(Path::new("gk2a_ami_le1b_sw038_fd020ge_202003210230.nc")).expect("name");
        assert_eq!((ami.format, ami.band, ami.time.rfc3339().as_str()), (Format::AmiL1b, 7, "2020-03-21T02:30:00Z"));
        assert_eq!(ami.stream, "AMI-L1B_GK2A_FD-GE");
        for name in [
            &agri.replace("4000M", "0500M"),
            &agri.replace("FDI-", "GEO-"),
            &agri.replace("20190317050000", "2019031705"),
            "gk2a_ami_le1b_sw039_fd020ge_202003210230.nc",
            "gk2a_ami_le1b_sw038_fdge_202003210230.nc",
            "gk2a_ami_le1b_sw038_fd020ge_202003212430.nc",
        ] {
            assert!(recognise(Path::new(name)).is_none(), "{name}");
        }
    }

    /// Names of real products, of which the times are read by hand.
    #[test]
    fn names_of_polar_orbiters_are_understood() {
        for (name, format, band, time) in [
            ("VNP02IMG.A2012365.2304.002.2021012345678.nc", Format::ViirsL1b, kind::IMG, "2012-12-30T23:04:00Z"),
            ("VJ103MOD_NRT.A2018312.2036.002.nc", Format::ViirsL1b, kind::MOD_GEO, "2018-11-08T20:36:00Z"),
            ("MYD021KM.A2018312.1950.061.2018313070404.hdf", Format::ModisL1b, kind::MOD, "2018-11-08T19:50:00Z"),
            ("MOD03.A2018312.1950.061.2018313012345.hdf", Format::ModisL1b, kind::MOD_GEO, "2018-11-08T19:50:00Z"),
            (
                "SVI04_npp_d20120225_t0620344_e0621586_b01708_c20120225123058855_noaa_ops.h5",
                Format::ViirsSdr,
                4,
                "2012-02-25T06:20:34Z",
            ),
            ("SVM13_j01_d20201020_t2359554_e0001199_b1_c2_a_b.h5", Format::ViirsSdr, 33, "2020-10-20T23:59:55Z"),
            ("FY3D_MERSI_GBAL_L1_20201020_0530_GEO1K_MS.HDF", Format::Mersi2L1, kind::MOD_GEO, "2020-10-20T05:30:00Z"),
            (
                "S3A_SL_1_RBT____20180817T095325_20180817T095625_20180818T150513_0179_034_364_2520_LN2_O_NT_003.SEN3",
                Format::SlstrL1,
                kind::MOD,
                "2018-08-17T09:53:25Z",
            ),
        ] {
            let seen = recognise(Path::new(name)).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((seen.format, seen.band, seen.time.rfc3339().as_str()), (format, band, time), "{name}");
        }
        let late = recognise(Path::new("SVM13_j01_d20201020_t2359554_e0001199_b1_c2_a_b.h5")).expect("name");
        assert!((late.seconds - 84.5).abs() < 1e-9, "{}", late.seconds);
        for name in [
            "VNP02IMG.A2012.2304.002.nc",
            "VNP05IMG.A2012365.2304.002.nc",
            "MOD021KM.A2018400.1950.hdf",
            "SVI06_npp_d20120225_t0620344_e0621586.h5",
            "SVI04_npp_d2012_t1_e2.h5",
            "SVI04_npp_d20201020_t9900000_e0000000.h5",
            "S3A_SL_1_RBT____2018.SEN3",
        ] {
            assert!(recognise(Path::new(name)).is_none(), "{name}");
        }
        for (name, like) in [
            ("VNP02IMG.A2012.2304.002.nc", true),
            ("VJ102IMG.A9999999.9999.002.nc", true),
            ("VNP05IMG.A2012365.2304.002.nc", false),
            ("VNP02IMG.A2012365.2304.002.nc.md5", false),
            ("MOD03.A2018400.1950.hdf", true),
            ("MOD035.A2018400.1950.hdf", false),
            ("SVI04_npp_d2012_t1_e2.h5", true),
            ("GIMGO_npp_d2012_t1_e2.h5", false),
            ("S3A_SL_1_RBT____2018.SEN3", true),
            ("HS_.DAT", false),
            ("gk2a_ami_le1b_sw038_fd020ge_2020.nc", true),
            ("FY4B-_AGRI--_N_REGC_1050E_L1-_FDI-_MULT_NOM_2024_2024_4000M_V0001.HDF", true),
            ("FY4B-_AGRI--_N_REGC_1050E_L1-_FDI-_MULT_NOM_2024_2024_1000M_V0001.HDF", false),
        ] {
            assert_eq!(begins_like_a_product(Path::new(name)), like, "{name}");
        }
    }

    /// Names of real products and of their files.
    #[test]
    fn names_of_products_on_a_map_are_understood() {
        let id = "LC08_L1TP_195025_20130707_20170503_01_T1";
        for (end, band) in [
            ("_B7.TIF", 7),
            ("_b10.tif", 10),
            ("_BQA.TIF", kind::BQA),
            ("_QA_PIXEL.TIF", kind::QA_PIXEL),
            ("_SZA.TIF", kind::SUN_ZENITH),
            ("_MTL.txt", kind::MTL_TEXT),
            ("_MTL.json", kind::MTL_JSON),
            ("", kind::PRODUCT),
            (".tar", kind::PRODUCT),
            (".tar.gz", kind::PRODUCT),
            (".zip", kind::PRODUCT),
        ] {
            let seen = recognise(Path::new(&format!("{id}{end}"))).unwrap_or_else(|| panic!("{end}"));
            assert_eq!((seen.format, seen.band, seen.stream.as_str()), (Format::LandsatL1, band, id), "{end}");
            assert_eq!(seen.time.rfc3339(), "2013-07-07T00:00:00Z");
        }
        for other in ["_ANG.txt", "_MD5.txt", "_B12.TIF", "_B0.TIF", "_B7.TIF.aux.xml", "_T1.jpg"] {
            assert!(recognise(Path::new(&format!("{id}{other}"))).is_none(), "{other}");
        }
        for other in
            ["LC08_L2SP_195025_20130707_20170503_02_T1_SR_B7.TIF", "LE07_L1TP_195025_20130707_20170503_01_T1_B7.TIF"]
        {
            assert!(recognise(Path::new(other)).is_none() && !begins_like_a_product(Path::new(other)), "{other}");
        }
        assert!(begins_like_a_product(Path::new("LC08_L1TP_195025_20130707_B7.TIF")));
        let safe = "S2A_MSIL1C_20171207T002051_N0206_R116_T55JEJ_20171207T032513";
        for end in [".SAFE", ".zip", ".SAFE.zip"] {
            let seen = recognise(Path::new(&format!("{safe}{end}"))).unwrap_or_else(|| panic!("{end}"));
            assert_eq!((seen.format, seen.stream.as_str()), (Format::MsiL1c, safe));
            assert_eq!(seen.time.rfc3339(), "2017-12-07T00:20:51Z");
        }
        let ground = format!("{}.SAFE", safe.replace("L1C", "L2A"));
        assert!(recognise(Path::new(&ground)).is_none() && is_of_the_ground(Path::new(&ground)));
        assert!(recognise(Path::new(safe)).is_none(), "neither folder nor archive");
        assert!(begins_like_a_product(Path::new("S2A_MSIL1C_20171207.zip")) && !is_of_the_ground(Path::new(safe)));
    }
}
