//! Whether a file comes from the satellite that its name says: a renamed file would give its fires to another one.

use crate::error::{Error, Result};
use std::path::Path;

/// Satellites, and what files call them: `platform` of the VIIRS L1B and `Platform_Short_Name` of the SDR as real files
/// and the readers in use have them, `ASSOCIATEDPLATFORMSHORTNAME` of MODIS, `Satellite Name` of MERSI-II, the first
/// word of `product_name` of SLSTR \[M\].
const SPELLINGS: [(&str, &[&str]); 13] = [
    ("Suomi-NPP", &["SUOMI-NPP", "S-NPP", "SNPP", "NPP"]),
    ("NOAA-20", &["JPSS-1", "JPSS1", "J01", "NOAA-20"]),
    ("NOAA-21", &["JPSS-2", "JPSS2", "J02", "NOAA-21"]),
    ("Terra", &["TERRA"]),
    ("Aqua", &["AQUA"]),
    ("FY-3A", &["FY-3A", "FY3A"]),
    ("FY-3B", &["FY-3B", "FY3B"]),
    ("FY-3C", &["FY-3C", "FY3C"]),
    ("FY-3D", &["FY-3D", "FY3D"]),
    ("FY-3E", &["FY-3E", "FY3E"]),
    ("FY-3F", &["FY-3F", "FY3F"]),
    ("Sentinel-3A", &["S3A"]),
    ("Sentinel-3B", &["S3B"]),
];

fn known(word: &str) -> Option<&'static str> {
    let word = word.trim().to_uppercase();
    SPELLINGS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(satellite, _)| *satellite)
}

/// Tests what a file says in one of its attributes against the satellite of its name. A file that says nothing, or a
/// word that is not known here, passes.
///
/// # Errors
/// When it names another satellite.
pub(crate) fn check(path: &Path, satellite: &str, attribute: &str, said: Option<&str>) -> Result<()> {
    let Some((said, other)) = said.and_then(|said| Some((said, known(said)?))) else { return Ok(()) };
    if other == satellite {
        return Ok(());
    }
    let found = format!("{attribute} {said:?}, which is {other}");
    let expected = format!("{satellite} as in its name");
    Err(Error::input(path, found, expected, "the file was renamed or mixed up: fetch it again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_known_satellite_is_refused() {
        let check = |satellite, said| check(Path::new("file"), satellite, "platform", said);
        for said in [None, Some("JPSS-1"), Some(" j01"), Some("JPSS-9"), Some("")] {
            assert!(check("NOAA-20", said).is_ok(), "{said:?}");
        }
        for said in ["Suomi-NPP", "NPP", "JPSS-2", "J02"] {
            let refused = check("NOAA-20", Some(said)).expect_err(said).to_string();
            assert!(refused.contains(said) && refused.contains("NOAA-20 as in its name"), "{refused}");
        }
    }
}
