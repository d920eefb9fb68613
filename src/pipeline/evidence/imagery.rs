//! Pieces of 30 m and 20 m imagery that were cut of events: in the folder of pictures, a folder an event. What they show is in them; their names
//! say of which product they are and when it was seen.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::sealed::sha256;
use crate::time::Utc;
use std::path::{Path, PathBuf};

/// Where they lie in the folder of pictures.
const FOLDER: &str = "imagery";
/// Letters of the name of a product, or of an event, in that of a file.
const LONGEST: usize = 100;

/// A piece that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptChip {
    /// Name of its file.
    pub name: String,
    /// Its path within the folder of pictures.
    pub image: String,
    /// When it was seen.
    pub time: Utc,
    /// Product that it was cut of.
    pub granule: String,
}

/// The name of a piece: `EVENT_20251020T035012Z_PRODUCT.png`.
pub fn chip_name(event: &str, time: Utc, granule: &str) -> String {
    let plain = granule.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' });
    let product: String = plain.take(LONGEST).collect();
    format!("{}_{}_{product}.png", key(event), time.compact())
}

/// Whether a file has such a name: an event's key has no such line in it.
pub fn is_chip_name(name: &str) -> bool {
    name.split_once('_').is_some_and(|(_, rest)| read_name(rest).is_some())
}

/// Keeps pieces of [`chip_name`]s beside what cameras saw, to be found by their events.
pub fn keep_chips(chips: &[PathBuf], pictures: &Path) -> Vec<Error> {
    chips.iter().filter_map(|chip| keep(chip, pictures).err()).collect()
}

fn keep(chip: &Path, pictures: &Path) -> Result<()> {
    let name = chip.file_name().unwrap_or_default().to_string_lossy();
    // an event's key has no such line in it
    let Some((event, rest)) = name.split_once('_').filter(|(_, rest)| read_name(rest).is_some()) else {
        let expected = "a name such as EVENT_20251020T035012Z_PRODUCT.png";
        return Err(Error::input(chip, name.to_string(), expected, "keep what this program has cut"));
    };
    let bytes = std::fs::read(chip).map_err(|error| Error::read(chip, error))?;
    atomic::write_bytes(&pictures.join(FOLDER).join(event).join(rest), &bytes)
}

/// Those of an event, by time; none where there is no folder.
pub fn kept_chips(pictures: &Path, event: &str) -> Vec<KeptChip> {
    let key = key(event);
    let entries = std::fs::read_dir(pictures.join(FOLDER).join(&key)).into_iter().flatten().flatten();
    let chip = |name: String| {
        let (time, granule) = read_name(&name)?;
        Some(KeptChip { image: format!("{FOLDER}/{key}/{name}"), time, granule: granule.to_string(), name })
    };
    let mut found: Vec<KeptChip> = entries.filter_map(|entry| chip(entry.file_name().into_string().ok()?)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Time and product of `20251020T035012Z_PRODUCT.png`; `None` for the name of anything else.
fn read_name(name: &str) -> Option<(Utc, &str)> {
    let (time, granule) = name.strip_suffix(".png")?.split_once('_')?;
    let is_compact = time.len() == 16 && time.is_ascii();
    let part = |from: usize, to: usize| time.get(from..to).filter(|_| is_compact);
    let [year, month, day] = [part(0, 4)?, part(4, 6)?, part(6, 8)?];
    let [hour, minute, second] = [part(9, 11)?, part(11, 13)?, part(13, 15)?];
    let at = Utc::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))?;
    (at.compact() == time).then_some((at, granule))
}

/// An event in the name of a file: as it is where that is a plain word, else with a hash, so that no two are one.
fn key(event: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !event.is_empty() && event.len() <= LONGEST && event.chars().all(is_plain) {
        return event.to_string();
    }
    let plain: String = event.chars().map(|c| if is_plain(c) { c } else { '-' }).take(LONGEST / 2).collect();
    format!("{plain}-{}", sha256(event.as_bytes()).get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> Utc {
        Utc::from_parts(2025, 10, 20, 3, 50, 12).expect("a time")
    }

    #[test]
    fn a_piece_is_found_by_its_event_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (out, pictures) = (folder.path().join("out"), folder.path().join("pictures"));
        let names = [("4f3a", "LC09_L1TP_132035"), ("4f3a", "S2A/..\\x"), ("4f3a_x", "P"), ("../4f3a", "P")];
        let chips: Vec<PathBuf> = names.iter().map(|(event, of)| out.join(chip_name(event, time(), of))).collect();
        assert_eq!(chips[0], out.join("4f3a_20251020T035012Z_LC09_L1TP_132035.png"));
        for chip in &chips {
            assert_eq!(chip.parent(), Some(out.as_path()), "no name leads elsewhere");
            atomic::write_bytes(chip, b"picture").expect("written");
        }
        assert!(keep_chips(&chips, &pictures).is_empty());
        let found = kept_chips(&pictures, "4f3a");
        let products: Vec<&str> = found.iter().map(|chip| chip.granule.as_str()).collect();
        assert_eq!(products, ["LC09_L1TP_132035", "S2A-..-x"]);
        assert_eq!(
            (found[0].time, found[0].image.as_str()),
            (time(), "imagery/4f3a/20251020T035012Z_LC09_L1TP_132035.png")
        );
        assert_eq!(std::fs::read(pictures.join(&found[0].image)).expect("kept"), b"picture");
        assert_eq!([kept_chips(&pictures, "4f3a_x").len(), kept_chips(&pictures, "../4f3a").len()], [1, 1]);
        assert!(kept_chips(&pictures, "").is_empty() && kept_chips(&pictures, "..").is_empty());
    }

    #[test]
    fn other_files_are_no_pieces() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = folder.path().join("quicklook.png");
        std::fs::write(&other, "x").expect("written");
        assert_eq!(keep_chips(&[other, folder.path().join(chip_name("a", time(), "P"))], folder.path()).len(), 2);
        for name in ["20251020T035012Z_P.jpg", ".20251020T035012Z_P.png.1-a.part", "20251320T035012Z_P.png", "二_P.png"]
        {
            assert_eq!(read_name(name), None, "{name}");
        }
    }
}
