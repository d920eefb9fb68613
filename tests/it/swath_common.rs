//! Simulated granules of polar orbiters: made once a build, named by the simulator's build and never changed in place;
//! and what their truth files say.

use crate::common::{Ran, python_with, scan, simulator};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fires at 900 K in four counties: 52, 37, 45 and 15 MW.
pub const FIRES: [&str; 4] =
    ["102.40,36.48,900,1400", "102.05,36.85,900,1000", "102.83,36.31,900,1200", "102.30,36.10,900,400"];
/// Their counties, by the id that the truth gives them.
pub const COUNTIES: [(&str, &str); 4] =
    [("F001", "乐都区"), ("F002", "互助土族自治县"), ("F003", "民和回族土族自治县"), ("F004", "化隆回族自治县")];

/// What is asked of the simulator.
#[derive(Clone, Copy)]
pub struct Order {
    /// Name of the folder.
    pub name: &'static str,
    /// Arguments without `--out`.
    pub words: &'static [&'static str],
}

pub const VIIRS_DAY: Order = Order { name: "viirs-day", words: &["viirs", "--lines", "640", "--cloud", "0"] };
pub const VIIRS_NIGHT: Order = Order {
    name: "viirs-night",
    words: &["viirs", "--lines", "640", "--cloud", "0", "--time", "2025-07-20T18:30:00Z", "--satellite", "j01"],
};
pub const VIIRS_M: Order = Order {
    name: "viirs-m",
    words: &["viirs", "--bands", "mod", "--lines", "640", "--cloud", "0", "--satellite", "j02"],
};
pub const SDR: Order = Order { name: "sdr", words: &["viirs", "--format", "sdr", "--lines", "640", "--cloud", "0"] };
/// Two granules in one file, of 47 scans and of 16: their seam lies in the site.
pub const SDR_AGGREGATED: Order = Order {
    name: "sdr-aggregated",
    words: &["viirs", "--format", "sdr", "--short-first", "--lines", "2016", "--over", "102.4,34.6", "--cloud", "0"],
};
pub const MODIS: Order = Order { name: "modis", words: &["modis", "--lines", "300", "--cloud", "0"] };
pub const MERSI: Order = Order { name: "mersi", words: &["mersi2", "--lines", "300", "--cloud", "0"] };
pub const SLSTR: Order = Order { name: "slstr", words: &["slstr", "--lines", "300", "--cloud", "0", "--descending"] };

/// The folder of an order with the four fires; `None`, said, where a program for it is absent.
pub fn with_fires(order: Order) -> Option<PathBuf> {
    let fires: Vec<String> = FIRES.iter().map(|fire| format!("--fire={fire}")).collect();
    let words: Vec<&str> = order.words.iter().copied().chain(fires.iter().map(String::as_str)).collect();
    made(order.name, &words)
}

/// The folder that the simulator writes for some arguments. Every test may be a process of its own: the folder is made
/// beside and renamed, by one of them, and those of earlier builds go.
pub fn made(name: &str, words: &[&str]) -> Option<PathBuf> {
    let needs_python = words[0] == "modis";
    let python = if needs_python { Some(python_with("pyhdf, h5py")?) } else { None };
    let mut hash = DefaultHasher::new();
    // by its bytes: it is linked again whenever the library changes, and is the same
    (words, std::fs::read(env!("CARGO_BIN_EXE_strawfire-sim")).expect("the simulator")).hash(&mut hash);
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swaths");
    std::fs::create_dir_all(&all).expect("a folder");
    let lock = std::fs::File::create(all.join(format!("{name}.lock"))).expect("a lock");
    lock.lock().expect("locked");
    let folder = all.join(format!("{name}@{:016x}", hash.finish()));
    if folder.is_dir() {
        return Some(folder);
    }
    for entry in std::fs::read_dir(&all).expect("listed").flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{name}@")) {
            std::fs::remove_dir_all(entry.path()).expect("removed");
        }
    }
    let beside = tempfile::tempdir_in(&all).expect("a folder").keep();
    let out = beside.display().to_string();
    let output = simulator(&beside, &[words, &["--fires", "0", "--out", &out][..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if let Some(python) = python {
        to_hdf4(&python, &beside);
    }
    std::fs::rename(&beside, &folder).expect("renamed");
    Some(folder)
}

/// Turns the HDF5 twins of MODIS in a folder into HDF4 files.
fn to_hdf4(python: &std::ffi::OsStr, folder: &Path) {
    let twins: Vec<PathBuf> = files(folder).into_iter().filter(|p| p.extension().is_some_and(|e| e == "h5")).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/to_hdf4.py");
    let output = Command::new(python).arg(script).args(&twins).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for twin in twins {
        std::fs::remove_file(twin).expect("removed");
    }
}

/// What lies in a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The name of a file.
pub fn name_of(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).expect("a name").to_string()
}

/// A folder with hard links to those files of another whose name `take` wants, folders within it too.
pub fn linked(from: &Path, take: impl Fn(&str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    link_into(folder.path(), from, &take);
    folder
}

/// Links those files into a folder.
pub fn link_into(folder: &Path, from: &Path, take: &impl Fn(&str) -> bool) {
    for path in files(from).into_iter().filter(|path| take(&name_of(path))) {
        let target = folder.join(name_of(&path));
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            link_into(&target, &path, take);
        } else {
            std::fs::hard_link(path, target).expect("linked");
        }
    }
}

/// A file of a folder of links as one of its own, which may be changed.
pub fn own(folder: &Path, part: &str) -> PathBuf {
    let path = files(folder).into_iter().find(|path| name_of(path).contains(part)).expect(part);
    let bytes = std::fs::read(&path).expect("read");
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&path, bytes).expect("written");
    path
}

/// Changes a file by a Python statement on the open HDF5 file `f`; `None`, said, without Python.
pub fn patched(file: &Path, statement: &str) -> Option<()> {
    let python = python_with("h5py")?;
    let script = format!("import sys, h5py, numpy as np\nf = h5py.File(sys.argv[1], 'r+')\n{statement}\nf.close()");
    let output = Command::new(python).args(["-c", &script]).arg(file).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// A scan that must end well.
pub fn well(folder: &Path, options: &[&str]) -> Ran {
    let done = scan(folder, options);
    done.expect(0, &[]);
    done
}

/// The truth file of a folder.
pub fn truth(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("truth.json")).expect("truth.json");
    serde_json::from_str(&text).expect("truth.json")
}

/// Lines and columns of the fire pixels with their MIR temperature, in the order of the list.
pub fn pixels(done: &Ran) -> Vec<(u64, u64, f64)> {
    let fires = done.features("fires.geojson");
    let number = |fire: &Value, key: &str| fire["properties"][key].as_f64().expect(key);
    fires.iter().map(|f| (number(f, "line") as u64, number(f, "column") as u64, number(f, "bt_mir_k"))).collect()
}

/// The lists of two runs but for the seconds that they took.
pub fn same_lists(one: &Ran, other: &Ran) {
    for list in ["fires.geojson", "events.geojson", "hotspots.csv"] {
        let read = |ran: &Ran| std::fs::read(ran.out.join(list)).expect(list);
        assert!(read(one) == read(other), "{list} differs");
    }
}
