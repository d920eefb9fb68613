//! What all tests share: where the programs and the data are, and how to say that something is absent.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of shared real data, or the reason why a test is skipped.
pub fn shared(part: &str) -> Option<PathBuf> {
    let base = std::env::var_os("STRAWFIRE_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| project().join("../shared/data"));
    let path = base.join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no shared data at {}", path.display());
    None
}

/// Whether a program of the system is there; says "skipped" when not.
pub fn have(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {program} is not installed");
    }
    there
}

/// Runs `strawfire` with arguments in a folder.
pub fn strawfire(folder: &Path, arguments: &[&str]) -> Output {
    run(env!("CARGO_BIN_EXE_strawfire"), folder, arguments)
}

/// Runs `strawfire-sim` with arguments in a folder.
pub fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    run(env!("CARGO_BIN_EXE_strawfire-sim"), folder, arguments)
}

fn run(program: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("STRAWFIRE_SITE", project().join("sites/haidong"))
        .output()
        .expect("the program starts")
}
