//! The house: a file imports from its own floor or from below, and folders of one floor do not import each other.

use crate::common::{project, strawfire};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Floors of design: every top-level module of the library and of the binary has one.
const FLOORS: [&[&str]; 13] = [
    &["error", "units", "time", "place", "scene", "fire", "frame", "sealed", "sighting", "tokens"],
    &["thresholds", "schedule", "site"],
    &["layers", "history", "http"],
    &["ingest", "imagery"],
    &["detect", "watch"],
    &["screen", "assign"],
    &["fuse", "cases"],
    // it reads the states of cases
    &["ledger"],
    &["store"],
    &["deliver"],
    &["pipeline", "season", "station"],
    &["web"],
    // its commands start the web
    &["cli"],
];

/// Floors whose modules are folders that must not import each other.
const SEPARATE: [usize; 5] = [2, 3, 4, 5, 6];

#[test]
fn no_file_imports_from_a_floor_above() {
    let floor_of: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(floor, names)| names.iter().map(move |name| (*name, floor))).collect();
    let source = project().join("src");
    let mut wrong = Vec::new();
    let mut imports = 0;
    for file in rust_files(&source) {
        let relative = file.strip_prefix(&source).expect("below src").to_path_buf();
        let own = top_module(&relative);
        if ["lib", "main", "bin"].contains(&own.as_str()) {
            continue;
        }
        let Some(&own_floor) = floor_of.get(own.as_str()) else {
            panic!("{} is on no floor: add it to FLOORS where design puts it", relative.display());
        };
        for used in crate_modules(&std::fs::read_to_string(&file).expect("readable source")) {
            imports += 1;
            let used_floor = floor_of.get(used.as_str()).copied();
            let sideways = used_floor == Some(own_floor) && used != own && SEPARATE.contains(&own_floor);
            if used_floor.is_none_or(|floor| floor > own_floor) || sideways {
                wrong.push(format!("{} imports crate::{used}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(imports > 20, "only {imports} imports were found: the reader of sources is broken");
}

/// The simulator must be able to be wrong in another way than the detector.
#[test]
fn the_simulator_imports_nothing_from_the_library() {
    let folder = project().join("src/bin/strawfire-sim");
    let files = rust_files(&folder);
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable source");
        assert!(!text.contains("strawfire::"), "{} uses the library", file.display());
    }
}

/// What `make bless` writes from the code is what is committed.
#[test]
fn the_printed_thresholds_are_the_committed_ones() {
    let printed = strawfire(project(), &["thresholds"]);
    let committed = std::fs::read(project().join("docs/THRESHOLDS.md")).expect("docs/THRESHOLDS.md");
    assert!(printed.stdout == committed, "docs/THRESHOLDS.md is not what the code holds: run `make bless`");
}

/// The script of the phone page is what its sources give, and its worker has the version of all that it keeps.
#[test]
fn the_committed_bundle_is_what_its_sources_give() {
    let Some(python) = crate::common::python_with("json") else { return };
    let check = Command::new(&python).arg(project().join("tools/bundle.py")).arg("--check").output().expect("starts");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let worker = project().join("src/web/assets/sw.js");
    let before = std::fs::read(&worker).expect("read");
    let stamp = "import sys; sys.argv = ['']; sys.path.insert(0, sys.path[0] or '.'); import page_task as p; \
                 w = (p.ASSETS / 'sw.js').read_text(encoding='utf-8'); \
                 v = p.version_of(w, lambda path: (p.ASSETS / ('task.html' if path == '/task' else path.rsplit('/', 1)[1])).read_bytes()); \
                 assert v in w, v";
    let stamped = Command::new(&python)
        .env("PYTHONPATH", project().join("tests/tools"))
        .args(["-c", stamp])
        .output()
        .expect("starts");
    assert!(stamped.status.success(), "run `make bless`: {}", String::from_utf8_lossy(&stamped.stderr));
    assert_eq!(std::fs::read(&worker).expect("read"), before);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn top_module(relative: &Path) -> String {
    let first = relative.components().next().expect("a name").as_os_str().to_string_lossy().to_string();
    first.trim_end_matches(".rs").to_string()
}

/// Names behind `crate::`, in braces too.
fn crate_modules(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = 0;
            for (i, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        names.push(word(list[start..i].trim_start()));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        names.push(word(list[start..i].trim_start()));
                        start = i + 1;
                    }
                    _ => {}
                }
            }
        } else {
            names.push(word(rest));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
