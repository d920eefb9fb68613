//! Files that are whole before they have their names, and folders that take the place of others at once.

use crate::deliver::atomic::sync_folder;
use crate::deliver::folder::{self, Stage};
use crate::error::{Error, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Name of the CSV of a table.
pub(super) fn csv_name(table: &str) -> String {
    format!("{table}.csv")
}

/// A new file in a stage; its folder is made where it is not there.
pub(super) fn create(path: &Path) -> std::io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(BufWriter::with_capacity(1 << 18, File::create(path)?))
}

/// Puts it to the disk.
pub(super) fn end(mut out: BufWriter<File>) -> std::io::Result<()> {
    out.flush()?;
    out.get_ref().sync_all()
}

/// The same of a file that others wrote.
pub(super) fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Puts folders and CSV of the tables in their places, and the account last; it is away meanwhile.
pub(super) fn publish(stage: &Stage, out: &Path, tables: &[&str], account: &str) -> Result<()> {
    folder::remove(&out.join(account))?;
    sync_folder(out);
    for table in tables {
        let (new, place) = (stage.path(table), out.join(table));
        sync_tree(&new);
        exchange(&new, &place).map_err(|error| Error::output(&place, error))?;
    }
    for name in tables.iter().map(|table| csv_name(table)).chain([account.to_string()]) {
        let place = out.join(&name);
        std::fs::rename(stage.path(&name), &place).map_err(|error| Error::output(&place, error))?;
    }
    sync_folder(out);
    Ok(())
}

/// A folder and those of its months.
fn sync_tree(folder: &Path) {
    let within = std::fs::read_dir(folder).into_iter().flatten().flatten();
    within.for_each(|entry| sync_folder(&entry.path()));
    sync_folder(folder);
}

/// Puts a folder in its place; the older one is then where it was, in the stage, and goes with it. A file system that cannot
/// exchange two names has neither for a moment, which no reader takes for a whole.
fn exchange(new: &Path, place: &Path) -> std::io::Result<()> {
    if !place.exists() {
        return std::fs::rename(new, place);
    }
    if renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).is_ok() {
        return Ok(());
    }
    let old = new.with_extension("old");
    std::fs::rename(place, &old)?;
    std::fs::rename(new, place).inspect_err(|_| {
        // what cannot be put back either is told by the first error
        let _ = std::fs::rename(&old, place);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_the_place_of_another_with_all_that_is_in_it() {
        let dir = tempfile::tempdir().expect("folder");
        let [new, place] = ["new", "place"].map(|name| dir.path().join(name));
        for text in ["first", "second"] {
            std::fs::create_dir_all(&new).expect("made");
            std::fs::write(new.join(text), text).expect("written");
            exchange(&new, &place).expect("moved");
            let names: Vec<_> =
                std::fs::read_dir(&place).expect("read").map(|e| e.expect("entry").file_name()).collect();
            assert_eq!(names, [text]);
            let _ = std::fs::remove_dir_all(&new);
        }
    }
}
