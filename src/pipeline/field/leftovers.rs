//! Masks and pieces of imagery of an earlier run: beside the lists of a new one they would be taken for its own.

use crate::deliver::folder;
use crate::detect::field::Algorithm;
use crate::error::Error;
use crate::pipeline::evidence::is_chip_name;
use std::path::{Path, PathBuf};

/// Removes them from the folder of a run, but for the masks of this one; gives what stays. Only files with names that this
/// program gives: what others put there is theirs.
pub fn remove(out: &Path, chips: &Path, masks: &[PathBuf]) -> Vec<Error> {
    let stale_masks = files(out, is_mask_name).into_iter().filter(|path| !masks.contains(path));
    let stale: Vec<PathBuf> = stale_masks.chain(files(chips, is_chip_name)).collect();
    let problems = stale.iter().filter_map(|path| folder::remove(path).err()).collect();
    // only where nothing is left in it
    let _ = std::fs::remove_dir(chips);
    problems
}

/// `firemask_<algorithm>_<granule>.tif`.
fn is_mask_name(name: &str) -> bool {
    let of = |algorithm: Algorithm| {
        let rest = name.strip_prefix("firemask_")?.strip_prefix(algorithm.name())?.strip_prefix('_')?;
        rest.strip_suffix(".tif").filter(|granule| !granule.is_empty())
    };
    Algorithm::ALL.into_iter().any(|algorithm| of(algorithm).is_some())
}

/// Files of a folder with such names, in order; none where there is no folder.
fn files(folder: &Path, is_ours: fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        entry.file_type().is_ok_and(|kind| kind.is_file()) && entry.file_name().to_str().is_some_and(is_ours)
    });
    let mut paths: Vec<PathBuf> = ours.map(|entry| folder.join(entry.file_name())).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_goes_and_nothing_else() {
        let out = tempfile::tempdir().expect("a folder");
        let chips = out.path().join("chips");
        std::fs::create_dir(&chips).expect("made");
        let put = |name: &str| std::fs::write(out.path().join(name), "x").expect("written");
        let own = "firemask_vote_LC09_A.tif";
        let stale = ["firemask_vote_LC09_B.tif", "firemask_kumar-roy_x.tif", "chips/0a1b_20251020T035012Z_LC09.png"];
        let others = ["firemask_mine.tif", "firemask_vote_.tif", "firemask_vote_B.txt", "chips/0a1b.png", "scan.json"];
        [own].into_iter().chain(stale).chain(others).for_each(put);
        std::fs::create_dir(out.path().join("firemask_vote_C.tif")).expect("a folder, and no mask");
        assert!(remove(out.path(), &chips, &[out.path().join(own)]).is_empty());
        let is_there = |name: &&str| out.path().join(name).exists();
        assert_eq!(stale.iter().filter(|name| is_there(name)).count(), 0);
        assert!(is_there(&own) && others.iter().all(&is_there) && is_there(&"firemask_vote_C.tif"));
        std::fs::remove_file(chips.join("0a1b.png")).expect("removed");
        assert!(remove(out.path(), &chips, &[]).is_empty() && !chips.exists() && !is_there(&own));
    }
}
