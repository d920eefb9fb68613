//! `scan --threshold`: numbers of the detectors changed for a study, never for officers.

use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::thresholds::Thresholds;

/// Changes the thresholds by texts `NAME=VALUE` and gives a note that every list of the run carries, if any was changed.
///
/// # Errors
/// [`Error::Config`] for a text of another form, a name that is not in docs/THRESHOLDS.md, a value that is no number, and
/// for a site with a store: what a study finds must not become an event that officers see.
pub fn alter(texts: &[String], has_store: bool, thresholds: &mut Thresholds) -> Result<Option<Note>> {
    if texts.is_empty() {
        return Ok(None);
    }
    if has_store {
        return Err(Error::config(
            "--threshold",
            "a site with a store",
            "a site without [store]: fires found with changed numbers are for a study and not for officers",
            "copy the site, take [store] out of its site.toml, and give the copy as --site",
        ));
    }
    let mut said = Vec::new();
    for text in texts {
        let wrong = |expected: &str| {
            Error::config(
                "--threshold",
                text,
                expected,
                "names and values are in docs/THRESHOLDS.md: strawfire thresholds",
            )
        };
        let (name, value) = text.split_once('=').ok_or_else(|| wrong("NAME=VALUE, like viirs_i.glint_near_deg=0"))?;
        let value: f32 = value.trim().parse().map_err(|_| wrong("a number after ="))?;
        if !value.is_finite() {
            return Err(wrong("a finite number after ="));
        }
        let name = name.trim();
        let before = thresholds.get(name).ok_or_else(|| wrong("the name of a threshold before ="))?;
        thresholds.set(name, value);
        said.push(format!("{name} {before} -> {value}"));
    }
    let said = said.join(", ");
    Ok(Some(Note::new(
        format!("thresholds changed for a study, not for officers: {said}"),
        format!("阈值已改动, 仅供研究, 不得派单: {said}"),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altered(texts: &[&str], thresholds: &mut Thresholds) -> Result<Option<Note>> {
        let texts: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
        alter(&texts, false, thresholds)
    }

    #[test]
    fn numbers_are_changed_by_name_and_told() {
        let mut thresholds = Thresholds::default();
        let note = altered(&["viirs_i.glint_near_deg=0", "modis.desert_count = 99"], &mut thresholds);
        assert_eq!((thresholds.viirs_i.glint_near_deg, thresholds.modis.desert_count), (0.0, 99.0));
        let note = note.expect("sound").expect("told").to_string();
        assert!(note.ends_with("viirs_i.glint_near_deg 15 -> 0, modis.desert_count 4 -> 99"), "{note}");
        assert_eq!(altered(&[], &mut thresholds).expect("sound"), None);
    }

    #[test]
    fn what_is_no_threshold_is_refused() {
        for text in [
            "viirs_i.glint_near_deg",
            "viirs_i.glint=1",
            "glint_near_deg=1",
            "viirs_i.glint_near_deg=x",
            "=",
            "modis.desert_count=NaN",
        ] {
            let error = altered(&[text], &mut Thresholds::default()).expect_err(text).to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn a_site_with_a_store_is_refused() {
        let error = alter(&["modis.desert_count=1".to_string()], true, &mut Thresholds::default());
        assert!(error.expect_err("refused").to_string().contains("without [store]"));
    }
}
