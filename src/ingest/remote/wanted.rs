//! Which files of an inbox are wanted: names from outside are checked before anything is done with them.

use super::part::is_of_a_half;
use crate::error::{Error, Result};
use crate::ingest::granule;
use crate::site::Inbox;
use glob::Pattern;

/// Bytes of the longest name that file systems take, less what is added to it while it is fetched.
const LONGEST_NAME: usize = 255 - 16;

/// The names that an inbox asks for.
#[derive(Debug)]
pub(super) struct Wanted(Vec<Pattern>);

impl Wanted {
    /// # Errors
    /// [`Error::Config`] where a pattern is none.
    pub(super) fn of(inbox: &Inbox) -> Result<Wanted> {
        let pattern = |text: &String| {
            Pattern::new(text).map_err(|error| {
                let found = format!("{text} ({error})");
                Error::config(format!("{}.patterns", inbox.place), found, "patterns of file names", "correct it")
            })
        };
        Ok(Wanted(inbox.patterns.iter().map(pattern).collect::<Result<_>>()?))
    }

    /// Whether a file of this name is wanted. A SLSTR product is a folder and never comes from elsewhere.
    pub(super) fn takes(&self, name: &str) -> bool {
        is_safe(name)
            && !name.ends_with(".SEN3")
            && match self.0.as_slice() {
                [] => granule::is_known_name(name),
                patterns => patterns.iter().any(|pattern| pattern.matches(name)),
            }
    }
}

/// Whether a name from outside is one file name and nothing else.
pub(super) fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && !name.starts_with('.')
        && !is_of_a_half(name)
        && !name.contains(|c: char| c == '/' || c == '\\' || c.is_control())
}

/// [`is_safe`] as an answer: where a file that was listed before is asked for again.
pub(super) fn check(name: &str, place: &str) -> Result<()> {
    if is_safe(name) {
        return Ok(());
    }
    let found = format!("the name {:?}", name.chars().take(80).collect::<String>());
    Err(Error::input(place, found, "one file name without folders", "it is not fetched; ask who runs the server"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Source;

    fn wanted(patterns: &[&str]) -> Wanted {
        Wanted::of(&Inbox {
            place: "site.toml: station.inboxes[0]".to_string(),
            name: "a".to_string(),
            source: Source::Folder { path: "in".into() },
            patterns: patterns.iter().map(|text| (*text).to_string()).collect(),
            poll_s: 1.0,
            look_back_hours: 1.0,
            satellites: Vec::new(),
            deadline_min: None,
            needs: Vec::new(),
        })
        .expect("patterns")
    }

    #[test]
    fn products_or_patterns_and_no_folders() {
        let products = wanted(&[]);
        assert!(products.takes("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2"));
        assert!(!products.takes("readme.txt") && !products.takes("HS_H09.DAT"));
        let slstr =
            "S3A_SL_1_RBT____20180817T095325_20180817T095625_20180818T150513_0179_034_364_2520_LN2_O_NT_003.SEN3";
        assert!(!products.takes(slstr));
        let some = wanted(&["*_B07_*", "*.csv"]);
        assert!(some.takes("fires.csv") && some.takes("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT"));
        assert!(!some.takes("HS_H09_20251020_0530_B14_FLDK_R20_S0210.DAT"));
        let all = wanted(&["*"]);
        for name in
            ["", ".", "..", ".hidden", "../a", "a/b", "a\\b", "a\nb", "a\0", "a.part", "a.part.of", &"a".repeat(250)]
        {
            assert!(!all.takes(name) && check(name, "here").is_err(), "{name:?}");
        }
        assert!(all.takes("a b.nc") && all.takes("火.csv"));
    }
}
