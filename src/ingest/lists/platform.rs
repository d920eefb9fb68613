//! Names of satellites as lists write them, and how large a pixel of each is.

use super::angle::half_width;
use crate::thresholds::ReconcileThresholds;

/// A satellite of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Platform {
    /// As this program calls it, else as the list does; empty where the list does not say.
    pub name: String,
    /// Side of its pixel on the ground, metres.
    pub pixel_m: f64,
}

#[derive(Clone, Copy)]
enum Kind {
    Geostationary,
    Kilometre,
    Viirs,
    Field,
}

/// What their names hold without blanks and hyphens, Chinese numerals as digits. The first that fits counts.
const NAMES: &[(&str, &str, Kind)] = &[
    ("HIMAWARI9", "Himawari-9", Kind::Geostationary),
    ("HIMAWARI09", "Himawari-9", Kind::Geostationary),
    ("H09", "Himawari-9", Kind::Geostationary),
    ("H9", "Himawari-9", Kind::Geostationary),
    ("HIMAWARI8", "Himawari-8", Kind::Geostationary),
    ("H8", "Himawari-8", Kind::Geostationary),
    ("FY4A", "FY-4A", Kind::Geostationary),
    ("FY4B", "FY-4B", Kind::Geostationary),
    ("FY4C", "FY-4C", Kind::Geostationary),
    ("GK2A", "GK-2A", Kind::Geostationary),
    ("NOAA20", "NOAA-20", Kind::Viirs),
    ("N20", "NOAA-20", Kind::Viirs),
    ("JPSS1", "NOAA-20", Kind::Viirs),
    ("NOAA21", "NOAA-21", Kind::Viirs),
    ("N21", "NOAA-21", Kind::Viirs),
    ("JPSS2", "NOAA-21", Kind::Viirs),
    ("NPP", "Suomi-NPP", Kind::Viirs),
    ("FY3A", "FY-3A", Kind::Kilometre),
    ("FY3B", "FY-3B", Kind::Kilometre),
    ("FY3C", "FY-3C", Kind::Kilometre),
    ("FY3D", "FY-3D", Kind::Kilometre),
    ("FY3E", "FY-3E", Kind::Kilometre),
    ("FY3F", "FY-3F", Kind::Kilometre),
    ("TERRA", "Terra", Kind::Kilometre),
    ("AQUA", "Aqua", Kind::Kilometre),
    ("EOSAM", "Terra", Kind::Kilometre),
    ("EOSPM", "Aqua", Kind::Kilometre),
    ("SENTINEL2", "Sentinel-2", Kind::Field),
    ("LANDSAT8", "Landsat-8", Kind::Field),
    ("LANDSAT9", "Landsat-9", Kind::Field),
    ("GF", "GF", Kind::Field),
    ("HJ2", "HJ-2", Kind::Field),
];

/// The satellite that a text names.
pub fn platform(text: &str, t: &ReconcileThresholds) -> Platform {
    let plain = plain(text);
    let known = NAMES.iter().find(|(word, ..)| plain.contains(word));
    let metres = match known {
        Some((.., Kind::Geostationary)) => t.geostationary_pixel_m,
        Some((.., Kind::Kilometre)) => t.kilometre_pixel_m,
        Some((.., Kind::Viirs)) => t.viirs_pixel_m,
        Some((.., Kind::Field)) => t.field_pixel_m,
        None => t.unknown_pixel_m,
    };
    let name = known.map_or_else(|| half_width(text), |(_, name, _)| (*name).to_string());
    Platform { name, pixel_m: f64::from(metres) }
}

fn plain(text: &str) -> String {
    let text =
        half_width(text).to_uppercase().replace("风云", "FY").replace("葵花", "HIMAWARI").replace("向日葵", "HIMAWARI");
    let text = text.replace("高分", "GF").replace("环境", "HJ").replace("哨兵", "SENTINEL");
    let digit = |c: char| match "零一二三四五六七八九".chars().position(|numeral| numeral == c) {
        Some(at) => char::from_digit(at as u32, 10).unwrap_or(c),
        None => c,
    };
    text.chars().map(digit).filter(|c| c.is_ascii_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the left are those of lists, the right ones this program's.
    #[test]
    fn satellites_have_many_names() {
        let t = ReconcileThresholds::default();
        for (text, name) in [
            ("葵花9号", "Himawari-9"),
            ("葵花九号", "Himawari-9"),
            ("H09", "Himawari-9"),
            ("Himawari-9", "Himawari-9"),
            ("风云四号B星", "FY-4B"),
            ("FY-4B", "FY-4B"),
            ("ＦＹ４Ｂ", "FY-4B"),
            ("风云三号D星", "FY-3D"),
            ("NOAA-20", "NOAA-20"),
            ("N20", "NOAA-20"),
            ("SNPP", "Suomi-NPP"),
            ("Suomi NPP/VIIRS", "Suomi-NPP"),
            ("AQUA", "Aqua"),
            ("某卫星", "某卫星"),
            ("", ""),
        ] {
            assert_eq!(platform(text, &t).name, name, "{text}");
        }
    }
}
