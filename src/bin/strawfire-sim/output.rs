//! Files appear whole or not at all: everything is written beside its place and renamed into it.

use crate::error::{Result, file};
use std::fs;
use std::path::{Path, PathBuf};

/// Makes the output folder.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .map_err(|e| file(folder, e, "a folder that can be made", "check the path given to --out and its permissions"))
}

/// The temporary name beside a file: hidden, and with a suffix that no reader takes for data.
pub fn partial_name(target: &Path) -> PathBuf {
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.partial"))
}

/// Gives a finished temporary file its name.
pub fn publish(partial: &Path, target: &Path) -> Result<()> {
    fs::rename(partial, target).map_err(|e| {
        file(target, e, "a place that can be written", "check free space and permissions of the folder given to --out")
    })
}

/// Writes bytes under a temporary name, then renames.
pub fn write_whole(target: &Path, bytes: &[u8]) -> Result<()> {
    let partial = partial_name(target);
    fs::write(&partial, bytes).map_err(|e| {
        file(&partial, e, "a file that can be written", "check free space and permissions of the folder given to --out")
    })?;
    publish(&partial, target)
}

/// Writes a JSON document, indented, with a newline at its end.
pub fn write_json(target: &Path, document: &serde_json::Value) -> Result<()> {
    write_whole(target, format!("{document:#}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_partial_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("truth.json");
        write_json(&target, &serde_json::json!({"simulated": true})).expect("written");
        let names: Vec<_> =
            fs::read_dir(folder.path()).expect("listed").filter_map(|e| e.ok().map(|e| e.file_name())).collect();
        assert_eq!(names, ["truth.json"]);
    }
}
