//! What all tests share: where the programs and the data are, and how to say that something is absent.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use strawfire::scene::{FixedGrid, Sweep};

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of shared real data, or the reason why a test is skipped.
pub fn shared(part: &str) -> Option<PathBuf> {
    let base =
        std::env::var_os("STRAWFIRE_SHARED").map(PathBuf::from).unwrap_or_else(|| project().join("../shared/data"));
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

/// The first of these programs that is there; says "skipped" where none is.
pub fn have_program<'a>(programs: &[&'a str]) -> Option<&'a str> {
    let found = programs.iter().copied().find(|program| Command::new(program).arg("-h").output().is_ok());
    if found.is_none() {
        println!("skipped: {} is not installed", programs[0]);
    }
    found
}

/// Python with a module: $STRAWFIRE_PYTHON (`make test` sets it), else python3; says "skipped" where it is absent.
pub fn python_with(module: &str) -> Option<OsString> {
    let python = std::env::var_os("STRAWFIRE_PYTHON").unwrap_or_else(|| "python3".into());
    let probe = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if probe.is_ok_and(|probe| probe.status.success()) {
        return Some(python);
    }
    println!("skipped: no Python with {module}");
    None
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

/// How a run of `strawfire` ended, with the folder that it wrote into.
pub struct Ran {
    pub code: i32,
    pub list: String,
    pub log: String,
    pub out: PathBuf,
    /// Keeps the folder until the test is done.
    _folder: tempfile::TempDir,
}

/// Runs `strawfire` in an empty folder; what it writes lies in `out` there.
pub fn ran(arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let output = strawfire(folder.path(), arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ran = Ran {
        code: output.status.code().expect("ended by itself"),
        list: text(&output.stdout),
        log: text(&output.stderr),
        out: folder.path().join("out"),
        _folder: folder,
    };
    assert!(!ran.log.contains("panicked"), "{}", ran.log);
    ran
}

/// Runs `strawfire scan` on a folder.
pub fn scan(input: &Path, options: &[&str]) -> Ran {
    let input = input.display().to_string();
    let mut arguments = vec!["scan"];
    arguments.extend(options);
    arguments.push(&input);
    ran(&arguments)
}

impl Ran {
    /// The exit code and every part of the log that a person needs.
    pub fn expect(&self, code: i32, said: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", self.list, self.log);
        for part in said {
            assert!(self.log.contains(part), "no {part:?} in: {}", self.log);
        }
        self
    }

    /// A written JSON file.
    pub fn json(&self, name: &str) -> serde_json::Value {
        let text = std::fs::read_to_string(self.out.join(name)).expect(name);
        serde_json::from_str(&text).expect(name)
    }

    /// Features of a written list.
    pub fn features(&self, name: &str) -> Vec<serde_json::Value> {
        self.json(name)["features"].as_array().expect("features").clone()
    }

    /// Whether scan.json lists an error with all these parts.
    pub fn listed(&self, parts: &[&str]) -> &Self {
        let report = self.json("scan.json");
        let errors = report["errors"].as_array().expect("errors");
        let found = errors.iter().any(|error| {
            let text = format!("{error}");
            parts.iter().all(|part| text.contains(part))
        });
        assert!(found, "no error with {parts:?}: {errors:?}");
        self
    }

    /// No list may say "no fire seen" of a county: neither on the terminal, nor in the workbook, nor in scan.json.
    pub fn nothing_was_observed(&self) -> &Self {
        assert!(!self.list.contains("未监测到火点"), "{}", self.list);
        assert_eq!(self.list.matches("未有效观测").count(), 6, "{}", self.list);
        if let Some(workbook) = unzipped(&self.out.join("hotspots.xlsx"), "xl/sharedStrings.xml") {
            assert!(!workbook.contains("未监测到火点") && workbook.contains("未有效观测"));
        }
        for granule in self.json("scan.json")["granules"].as_array().expect("granules") {
            let counties = granule["counties"].as_array().expect("counties");
            assert_eq!(counties.len(), 6);
            for county in counties {
                assert_eq!(county["observed_fraction"], 0.0, "{county}");
                assert_eq!(county["missing_fraction"], 1.0, "{county}");
            }
        }
        self
    }

    /// Channel that served as the 11 um band in the only granule.
    pub fn tir_band(&self) -> String {
        let report = self.json("scan.json");
        report["granules"][0]["tir_band"].as_str().expect("a band").to_string()
    }
}

/// A member of a zip archive, as text.
pub fn unzipped(archive: &Path, member: &str) -> Option<String> {
    if !have("python3") {
        return None;
    }
    let output = Command::new("python3")
        .args(["-c", "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))"])
        .arg(archive)
        .arg(member)
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// Two fires of 200 MW: 8,611 m2 at 800 K (area = P / (sigma T^4), T^4 = 4.096e11, sigma = 5.670374e-8).
pub const FIRES: [(f64, f64, &str); 2] = [(102.40, 36.48, "乐都区"), (102.05, 36.85, "互助土族自治县")];

/// Writes a simulated slot with the two fires.
pub fn simulate(out: &Path, more: &[&str]) {
    let fires: Vec<String> = FIRES.iter().map(|(lon, lat, _)| format!("--fire={lon},{lat},800,8611")).collect();
    let folder = out.display().to_string();
    let mut arguments = vec!["ahi", "--segments", "2", "--cloud", "0", "--out", &folder];
    arguments.extend(fires.iter().map(String::as_str));
    arguments.extend(more);
    let output = simulator(project(), &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// One simulated slot by day for all tests, bands 7, 13, 14 and 15 of segment 2: never change its files in place.
/// Every test may be a process of its own: the folder is named by the simulator's build, made beside and renamed.
pub fn slot() -> &'static Path {
    static SLOT: OnceLock<PathBuf> = OnceLock::new();
    SLOT.get_or_init(|| {
        let built = std::fs::metadata(env!("CARGO_BIN_EXE_strawfire-sim")).expect("the simulator");
        let age = built.modified().expect("a time").duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = all.join(format!("slot-{}-{}", built.len(), age.as_nanos()));
        if !folder.is_dir() {
            let beside = tempfile::tempdir_in(all).expect("a folder").keep();
            simulate(&beside, &["--bands", "7,13,14,15"]);
            if std::fs::rename(&beside, &folder).is_err() {
                // another process was faster
                std::fs::remove_dir_all(&beside).expect("removed");
            }
        }
        folder
    })
}

/// Name of a file of the shared slot.
pub fn name(band: u8) -> String {
    format!("HS_H09_20251020_0530_B{band:02}_FLDK_R20_S0210.DAT")
}

/// A folder with links to these bands of the shared slot.
pub fn bands(numbers: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for band in numbers {
        std::fs::hard_link(slot().join(name(*band)), folder.path().join(name(*band))).expect("linked");
    }
    folder
}

/// Bytes of a band of the shared slot.
pub fn bytes(band: u8) -> Vec<u8> {
    std::fs::read(slot().join(name(band))).expect("a file")
}

/// The 2 km grid that Himawari's headers give (CFAC 20466275, COFF 2750.5), from any longitude and with either sweep.
pub fn fixed_grid(sub_lon_deg: f64, sweep: Sweep) -> FixedGrid {
    let step = (65_536.0 / 20_466_275.0_f64).to_radians();
    FixedGrid {
        sub_lon_deg,
        distance_km: 42_164.0,
        equatorial_km: 6378.137,
        polar_km: 6356.7523,
        sweep,
        x0: (1.0 - 2750.5) * step,
        dx: step,
        y0: (2750.5 - 1.0) * step,
        dy: -step,
        lines: 5500,
        columns: 5500,
    }
}

/// A file system of its own that is gone with the test.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Of so many bytes; `None`, said, where it may not be mounted.
    pub fn at(path: &Path, bytes: usize) -> Option<SmallDisk> {
        std::fs::create_dir_all(path).expect("a folder");
        let size = format!("size={bytes}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(SmallDisk(path.to_path_buf()));
        }
        println!("skipped: no small file system can be mounted here");
        None
    }

    /// Takes what room is left, to the last byte.
    pub fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).expect("made");
        for size in [4096, 1] {
            while std::io::Write::write_all(&mut filler, &vec![7; size]).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}
