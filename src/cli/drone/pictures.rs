//! Which files belong together: temperatures (TIFF), the thermal JPEG that says where and how it was taken, and the picture of colours.

use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A picture of temperatures and what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Temperatures.
    pub tiff: PathBuf,
    /// The thermal JPEG of the same number.
    pub thermal: Option<PathBuf>,
    /// The JPEG of colours of the same number.
    pub visible: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Tiff,
    Thermal,
    Visible,
}

/// Endings of names: of FLAME's data (`_thermal`, `_rgb`), and of DJI's (thermal, wide, zoom, visible, as saved from the screen).
const THERMAL: [&str; 3] = ["_thermal", "_ir", "_t"];
const VISIBLE: [&str; 6] = ["_rgb", "_visible", "_w", "_v", "_z", "_s"];
const TIFFS: [&str; 2] = ["tif", "tiff"];
const JPEGS: [&str; 2] = ["jpg", "jpeg"];

/// Folder and number that the files of one moment share.
type Moment = (PathBuf, String);

/// All pictures of files and folders, in the order of their names, and what cannot be used.
pub(super) fn find(asked: &[PathBuf]) -> (Vec<Picture>, Vec<Error>) {
    let (mut tiffs, mut jpegs, mut errors) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for path in asked {
        match files(path) {
            Ok(files) => {
                let (some, rest): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| part(file) == Some(Part::Tiff));
                tiffs.extend(some);
                jpegs.extend(rest);
            }
            Err(error) => errors.push(error),
        }
    }
    let mut alone = BTreeMap::new();
    for jpeg in jpegs {
        let Some(moment) = moment(&jpeg) else { continue };
        match beside(&moment, Part::Tiff) {
            // the number was asked for, whichever of its files was named
            Some(tiff) => _ = tiffs.insert(tiff),
            None => _ = alone.entry(moment).or_insert(jpeg),
        }
    }
    errors.extend(alone.into_values().map(|jpeg| without_temperatures(&jpeg)));
    let picture = |tiff: PathBuf| {
        let near = |part| moment(&tiff).and_then(|moment| beside(&moment, part));
        Picture { thermal: near(Part::Thermal), visible: near(Part::Visible), tiff }
    };
    (tiffs.into_iter().map(picture).collect(), errors)
}

fn without_temperatures(jpeg: &Path) -> Error {
    let found = "a JPEG without a TIFF of the same number beside it: temperatures within a JPEG cannot be read here";
    let advice =
        "export the temperatures (DJI Thermal Analysis Tool or Thermal SDK, FLIR Tools: TIFF) into the same folder";
    Error::input(jpeg, found, "a radiometric TIFF, and the drone's JPEG beside it", advice)
}

/// A file, or the pictures of a folder; hidden ones do not count.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let wanted = "TIFFs of temperatures (*.tif, *.tiff) or a folder of them";
    let about = std::fs::metadata(path).map_err(|error| Error::read(path, error))?;
    if !about.is_dir() {
        let wrong = || Error::input(path, "a file of another kind", wanted, "name radiometric TIFFs");
        return if about.is_file() && part(path).is_some() { Ok(vec![path.to_path_buf()]) } else { Err(wrong()) };
    }
    let entries = std::fs::read_dir(path).map_err(|error| Error::read(path, error))?;
    let named = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) && path.is_file());
    let found: Vec<PathBuf> = named.filter(|path| part(path).is_some()).collect();
    if found.is_empty() {
        return Err(Error::input(path, "a folder without a TIFF or JPEG", wanted, "name another folder"));
    }
    Ok(found)
}

fn part(path: &Path) -> Option<Part> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    let stem = path.file_stem()?.to_string_lossy().to_lowercase();
    let ends = |names: &[&str]| names.iter().any(|name| stem.ends_with(name));
    match () {
        () if TIFFS.contains(&ending.as_str()) => Some(Part::Tiff),
        () if !JPEGS.contains(&ending.as_str()) => None,
        () if ends(&VISIBLE) => Some(Part::Visible),
        () => Some(Part::Thermal),
    }
}

fn moment(path: &Path) -> Option<Moment> {
    let stem = path.file_stem()?.to_string_lossy().to_lowercase();
    let bare = THERMAL.iter().chain(&VISIBLE).find_map(|ending| stem.strip_suffix(ending));
    Some((path.parent()?.to_path_buf(), bare.unwrap_or(&stem).to_string()))
}

/// The first file of a moment that is such a part.
fn beside(of: &Moment, wanted: Part) -> Option<PathBuf> {
    let folder = if of.0.as_os_str().is_empty() { Path::new(".") } else { &of.0 };
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let paths = entries.map(|entry| of.0.join(entry.file_name()));
    paths.filter(|path| part(path) == Some(wanted) && moment(path).as_ref() == Some(of)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_number_are_one_picture() {
        let here = tempfile::tempdir().expect("a folder");
        for name in [
            "00006.TIFF",
            "00006_thermal.JPG",
            "00006_rgb.JPG",
            "DJI_7_T.tiff",
            "DJI_7_T.JPG",
            "DJI_7_V.JPG",
            "8_T.JPG",
            "8_W.JPG",
            ".x.tif",
            "readme.txt",
        ] {
            std::fs::write(here.path().join(name), b"x").expect("written");
        }
        let at = |name: &str| here.path().join(name);
        let (found, errors) = find(&[here.path().to_path_buf()]);
        let one = Picture {
            tiff: at("00006.TIFF"),
            thermal: Some(at("00006_thermal.JPG")),
            visible: Some(at("00006_rgb.JPG")),
        };
        let two =
            Picture { tiff: at("DJI_7_T.tiff"), thermal: Some(at("DJI_7_T.JPG")), visible: Some(at("DJI_7_V.JPG")) };
        assert_eq!(found, [one.clone(), two]);
        assert!(errors.len() == 1 && errors[0].to_string().contains("8_T.JPG"), "{errors:?}");
        assert_eq!(find(&[at("00006_rgb.JPG")]).0, [one], "whichever is named");
        let (none, errors) = find(&[at("readme.txt"), at("gone.tif")]);
        assert!(none.is_empty() && errors.len() == 2);
    }
}
