//! A season through the built program: done in whatever order and however often, it is what one scan of everything gives.

mod slurm;

use crate::common::{project, python_with, simulator, strawfire};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Some hours of slots on three days with many fires, and a site that keeps a past.
pub struct Imagery {
    folder: tempfile::TempDir,
}

impl Imagery {
    fn new() -> Imagery {
        Imagery::of(["2025-10-20", "3"], "30:42", "400")
    }

    /// From which UTC day on, how many, which slots of each, and how many fires on it.
    fn of([start, days]: [&str; 2], slots: &str, fires: &str) -> Imagery {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let when = ["ahi-days", "--out", "days", "--start", start, "--days", days, "--slots", slots];
        let what = ["--cloud", "0.1", "--fires-per-day", fires, "--powers", "60,150,300"];
        let made = simulator(folder.path(), &[&when[..], &what].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let site = folder.path().join("site");
        copy(&project().join("sites/haidong"), &site);
        let toml = std::fs::read_to_string(site.join("site.toml")).expect("read");
        std::fs::write(site.join("site.toml"), format!("{toml}\n[baseline]\ndir = \"../past\"\n")).expect("written");
        Imagery { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `strawfire` here and gives exit code, output and log.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        told(&strawfire(self.path(), arguments))
    }

    fn plan(&self, season: &str, more: &[&str]) -> (i32, String, String) {
        let words = ["season", "plan", "--site", "site", "--from", "2025-10-20", "--to", "2025-10-22", "--out", season];
        self.run(&[&words[..], more, &["days"]].concat())
    }

    fn season(&self, season: &str, more: &[&str]) -> (i32, String, String) {
        self.run(&[&["season", "run", "--site", "site", season], more].concat())
    }

    /// Joins a season and gives what is in the data set.
    fn merged(&self, season: &str) -> BTreeMap<String, Vec<u8>> {
        let (code, _, log) = self.run(&["season", "merge", "--site", "site", season]);
        assert_eq!(code, 0, "{log}");
        contents(&self.path().join(season).join("merged"))
    }
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let log = text(&output.stderr);
    assert!(!log.contains("panicked"), "{log}");
    (output.status.code().expect("ended by itself"), text(&output.stdout), log)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("named"));
        if path.is_dir() {
            copy(&path, &to)
        } else {
            let _bytes = std::fs::copy(&path, to).expect("copied");
        }
    }
}

/// All files below a folder with their bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut waiting) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                files.insert(name, std::fs::read(&path).expect("read"));
            }
        }
    }
    files
}

fn assert_same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    let differ: Vec<&String> = a.iter().filter(|(name, bytes)| b[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// Another program says what is the same: Python reads the list of a scan and the table of the season.
const SAME: &str = r#"
import csv, json, sys
scan, season = sys.argv[1:]
fires = {f['id']: f for f in json.load(open(scan + '/fires.geojson'))['features']}
rows = {r['id']: r for r in csv.DictReader(open(season + '/fires.csv', encoding='utf-8'))}
assert set(fires) == set(rows), set(fires) ^ set(rows)
assert len(fires) > 20, len(fires)
for id, fire in fires.items():
    row, p = rows[id], fire['properties']
    for name in ('verdict', 'reason', 'confirmation', 'confidence', 'county', 'class', 'granule'):
        assert (row[name] or None) == p[name], (id, name, row[name], p[name])
    for name in ('frp_mw', 'bt_mir_k', 'bt_mir_bg_k', 'position_error_m', 'confidence_pct'):
        a, b = row[name], p[name]
        assert (a == '') == (b is None) and (b is None or abs(float(a) - b) < 1e-2), (id, name, a, b)
    lon, lat = fire['geometry']['coordinates'][:2]
    assert abs(float(row['longitude']) - lon) < 1e-5 and abs(float(row['latitude']) - lat) < 1e-5, id
with_past = sum(1 for r in rows.values() if r['confirmation'] == 'confirmed')
events = [f['id'] for f in json.load(open(scan + '/events.geojson'))['features']]
rows = list(csv.DictReader(open(season + '/events.csv', encoding='utf-8')))
inside = {r['id'] for r in rows if r['county']}
# one on the border may have its place outside
assert inside <= set(events) <= {r['id'] for r in rows}, (inside, events)
assert len(inside) > 5 and with_past > 5, (len(inside), with_past)
"#;

/// One scan of everything, slot after slot, is the truth; the season is planned in small tasks, killed, gone on with, done by other numbers of
/// threads and by shards: always the same bytes, and the fires of the scan.
#[test]
fn a_season_is_what_one_scan_of_everything_gives() {
    let Some(python) = python_with("csv") else { return };
    let here = Imagery::new();
    let days = ["days/20251020", "days/20251021", "days/20251022"];
    let (code, _, log) = here.run(&[&["scan", "--site", "site", "--all", "--out", "scan"], &days[..]].concat());
    assert_eq!(code, 0, "{log}");

    assert_eq!(here.plan("one", &[]).0, 0);
    assert_eq!(here.season("one", &["--threads", "1"]).0, 0);
    let one = here.merged("one");
    let same = Command::new(python).args(["-c", SAME, "scan", "one/merged"]).current_dir(here.path()).output();
    let same = same.expect("Python runs");
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stderr));
    // the past too, to the last byte
    let past = |folder: &str| contents(&here.path().join(folder).join("Himawari-9-simulated"));
    assert_same(&past("past"), &past("one/past/HS_H09_FLDK"));

    // short tasks, killed in the middle, gone on with
    assert_eq!(here.plan("two", &["--task-looks", "5"]).0, 0);
    let status = |season: &str| here.run(&["season", "status", season]);
    assert_eq!(status("two").0, 3, "nothing is done yet");
    let killed = kill_after(&here, "two", 3);
    assert!((3..16).contains(&killed), "{killed} results were there when it was killed");
    let (code, said, _) = here.run(&["season", "merge", "--site", "site", "two"]);
    assert_eq!((code, said.as_str()), (2, ""), "a part is not taken for the whole");
    let (code, said, log) = here.season("two", &["--threads", "2"]);
    assert_eq!(code, 0, "{log}");
    assert!(!said.contains(" 0 before"), "{said}");
    assert_eq!(status("two").0, 0);
    assert_same(&one, &here.merged("two"));

    // by shards, which share what was decoded
    assert_eq!(here.plan("three", &["--task-looks", "7", "--looks", "one/looks"]).0, 0);
    let (code, _, log) = here.season("three", &["--pass", "detection", "--shard", "0/2"]);
    assert!(code != 0 && log.contains("no baseline of task"), "{code} {log}");
    // as the jobs of deploy/season-kubernetes.yaml and of AWS Batch do it
    for (pass, variable) in [("baseline", "JOB_COMPLETION_INDEX"), ("detection", "AWS_BATCH_JOB_ARRAY_INDEX")] {
        for index in ["0", "1"] {
            let mut shard = Command::new(env!("CARGO_BIN_EXE_strawfire"));
            shard.args([
                "season",
                "run",
                "--site",
                "site",
                "--pass",
                pass,
                "--shard",
                "auto/2",
                "--threads",
                "1",
                "three",
            ]);
            let (code, said, log) = told(&shard.env(variable, index).current_dir(here.path()).output().expect("ran"));
            assert!(code == 0 && !said.starts_with("0 passes"), "{code} {said} {log}");
        }
    }
    assert!(!here.path().join("three/looks").exists());
    assert_same(&one, &here.merged("three"));

    // a second time changes nothing
    let before = contents(&here.path().join("three"));
    let (code, said, _) = here.season("three", &[]);
    assert!(code == 0 && said.starts_with("0 passes of tasks done now"), "{said}");
    assert_same(&before, &contents(&here.path().join("three")));
}

/// Starts a season and kills it when so many results are there; gives how many were.
fn kill_after(here: &Imagery, season: &str, results: usize) -> usize {
    let mut child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .args(["season", "run", "--site", "site", "--threads", "2", season])
        .current_dir(here.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let there = || results_of(&here.path().join(season));
    while there() < results && child.try_wait().expect("asked").is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    there()
}

/// Passes of tasks that have a result.
pub fn results_of(season: &Path) -> usize {
    let count = |folder: &str| {
        let entries = std::fs::read_dir(season.join(folder)).into_iter().flatten().flatten();
        entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).count()
    };
    count("baseline") + count("found")
}

fn slot_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = contents(folder).into_keys().map(|name| folder.join(name)).collect();
    files.sort();
    files
}

/// What is damaged, changed or gone is told and mended or refused; never a season that looks whole.
#[test]
fn what_was_changed_since_the_plan_is_not_taken_for_it() {
    let here = Imagery::new();
    assert_eq!(here.plan("s", &["--task-looks", "12"]).0, 0);
    let file = slot_files(&here.path().join("days/20251021"))[4].clone();
    let bytes = std::fs::read(&file).expect("read");
    std::fs::write(&file, &bytes[..bytes.len() - 9]).expect("written");
    let (code, said, log) = here.season("s", &[]);
    let name = file.file_name().expect("named").to_string_lossy().into_owned();
    assert!(code == 3 && log.contains(&name) && log.contains("plan"), "{code} {log}");
    assert!(said.contains("not done: 1 (baseline), 1 (detection), 2 (detection)"), "{said}");
    let (code, said, _) = here.run(&["season", "status", "s"]);
    assert!(code == 3 && said.contains("missing: 1, 2"), "{said}");
    std::fs::write(&file, &bytes).expect("written");
    assert_eq!(here.season("s", &[]).0, 0);
    let sound = here.merged("s");

    // a past slot that was damaged afterwards is made again, and so is a result
    let slot = slot_files(&here.path().join("s/past"))[5].clone();
    let found = here.path().join("s/found/00002.found");
    for path in [&slot, &found] {
        let bytes = std::fs::read(path).expect("read");
        std::fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
    }
    assert_eq!(here.run(&["season", "status", "s"]).0, 3);
    let (code, _, log) = here.season("s", &[]);
    assert_eq!(code, 0, "{log}");
    assert_same(&sound, &here.merged("s"));

    // results and looks under each other's names, or of another season, are none
    assert_eq!(here.plan("t", &["--task-looks", "12", "--profile", "reference"]).0, 0);
    assert_eq!(here.season("t", &[]).0, 0);
    let path = |name: &str| here.path().join(name);
    std::fs::copy(path("t/found/00000.found"), path("s/found/00000.found")).expect("copied");
    std::fs::copy(path("s/found/00002.found"), path("s/found/00001.found")).expect("copied");
    std::fs::copy(path("t/baseline/00002.done"), path("s/baseline/00002.done")).expect("copied");
    let looks = slot_files(&path("s/looks"));
    std::fs::copy(&looks[0], &looks[1]).expect("copied");
    let (code, said, _) = here.run(&["season", "status", "s"]);
    assert!(
        code == 3
            && said.contains("2 of 3 tasks done; missing: 2")
            && said.contains("1 of 3 tasks done; missing: 0, 1"),
        "{said}"
    );
    assert_eq!(here.season("s", &[]).0, 0);
    assert_same(&sound, &here.merged("s"));
    // a task that was lost is planned again
    std::fs::remove_file(path("s/tasks/00001.json")).expect("removed");
    assert_eq!(here.plan("s", &["--task-looks", "12"]).0, 0);
    assert_same(&sound, &here.merged("s"));
    // a merge that is killed wherever leaves nothing that the next one stumbles over
    for (number, millis) in [0, 30, 60, 90, 120, 160, 200, 250, 300, 400].into_iter().enumerate() {
        let out = if number % 2 == 0 { "killed" } else { "again" };
        let mut child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
            .args(["season", "merge", "--site", "site", "--out", out, "s"])
            .current_dir(here.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    for out in ["killed", "again"] {
        let (code, _, log) = here.run(&["season", "merge", "--site", "site", "--out", out, "s"]);
        assert_eq!(code, 0, "{log}");
        assert_same(&sound, &contents(&path(out)));
    }
    // what is of somebody else stays where it is
    std::fs::create_dir_all(path("own/fires")).expect("made");
    let (code, _, log) = here.run(&["season", "merge", "--site", "site", "--out", "own", "s"]);
    assert!(code == 2 && log.contains("own/fires") && path("own/fires").exists(), "{code} {log}");

    // another site finds other fires
    let toml = here.path().join("site/site.toml");
    let text = std::fs::read_to_string(&toml).expect("read");
    assert!(text.contains("within_km = 20\n"));
    std::fs::write(&toml, text.replace("within_km = 20\n", "within_km = 7\n")).expect("written");
    let (code, _, log) = here.season("s", &[]);
    assert!(code == 2 && log.contains("the season's site"), "{code} {log}");
}

/// A slot whose files are broken is part of what comes of a season, and is told; the other slots are looked at.
#[test]
fn a_broken_slot_is_told_and_the_rest_is_done() {
    let here = Imagery::new();
    let broken: Vec<PathBuf> = slot_files(&here.path().join("days/20251020"))
        .into_iter()
        .filter(|path| path.display().to_string().contains("_0530_"))
        .collect();
    assert_eq!(broken.len(), 3);
    for path in &broken {
        std::fs::write(path, "no imagery").expect("written");
    }
    assert_eq!(here.plan("s", &[]).0, 0);
    let (code, _, log) = here.season("s", &[]);
    assert_eq!(code, 0, "{log}");
    let (code, said, log) = here.run(&["season", "merge", "--site", "site", "s"]);
    assert!(code == 3 && said.contains("35 looks and lists read"), "{code} {said} {log}");
    let errors = std::fs::read_to_string(here.path().join("s/merged/errors.csv")).expect("read");
    assert!(errors.contains("_0530_"), "{errors}");
    // 3 x 144 slots but for the 36 given and the 2 a day in which the satellite keeps house
    let summary = std::fs::read_to_string(here.path().join("s/merged/season.json")).expect("read");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(summary["missing"], 3 * 142 - 36, "{summary}");
    assert_eq!(summary["simulated"], true);
}

/// Days before the period are compared with and not told; by the past alone the same as when they are part of it.
#[test]
fn days_before_the_period_count_for_the_baseline_alone() {
    let Some(python) = python_with("csv") else { return };
    let here = Imagery::new();
    assert_eq!(here.plan("all", &["--task-looks", "36"]).0, 0);
    let words =
        ["season", "plan", "--site", "site", "--from", "2025-10-22", "--to", "2025-10-22", "--out", "last", "days"];
    assert_eq!(here.run(&words).0, 0);
    for season in ["all", "last"] {
        // the second has the looks before it in a task of their own, whose last ones its first ones are confirmed by
        let (code, _, log) = here.season(season, &[]);
        assert_eq!(code, 0, "{log}");
        here.merged(season);
    }
    // what stood out on days before is asked for by nobody
    let slots = |season: &str| -> BTreeMap<String, Vec<u8>> {
        let files = contents(&here.path().join(season).join("past"));
        files.into_iter().filter(|(name, _)| name.ends_with(".slot")).collect()
    };
    assert_same(&slots("all"), &slots("last"));
    let script = "import csv, sys\n\
                  rows = lambda s: [r for r in csv.DictReader(open(s + '/merged/fires.csv', encoding='utf-8')) if r['time'] >= '2025-10-21T16:00']\n\
                  assert rows('all') == rows('last'), 'other fires'\n\
                  print(len(rows('last')))";
    let same = Command::new(python).args(["-c", script]).current_dir(here.path()).output().expect("Python runs");
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stderr));
    // one that cannot be read is told, though nothing is looked for in it
    let mir = slot_files(&here.path().join("days/20251021"))
        .into_iter()
        .find(|path| path.display().to_string().contains("_0530_B07_"));
    std::fs::write(mir.expect("a file"), "no imagery").expect("written");
    let words = words.map(|word| if word == "last" { "cut" } else { word });
    assert_eq!(here.run(&words).0, 0);
    assert_eq!(here.season("cut", &[]).0, 0);
    let (code, _, log) = here.run(&["season", "merge", "--site", "site", "cut"]);
    let errors = std::fs::read_to_string(here.path().join("cut/merged/errors.csv")).expect("read");
    assert!(code == 3 && errors.contains("_0530_B07_"), "{code} {errors} {log}");
    assert!(String::from_utf8_lossy(&same.stdout).trim().parse::<usize>().is_ok_and(|count| count > 5));
}

#[test]
fn what_cannot_be_planned_is_refused_with_the_reason() {
    let here = Imagery::new();
    for (arguments, said) in [
        (&["--sensors", "AHJ"][..], "MERSI-II"),
        (&["--sensors", "VIIRS"], "no look of the period"),
        (&["--task-looks", "0"], "--task-looks"),
        (&["--profile", "bold"], "plateau"),
        (&["--lead-days", "4000000000"], "--lead-days"),
    ] {
        let (code, _, log) = here.plan("s", arguments);
        assert!(code == 2 && log.contains(said), "{code} {log}");
    }
    let words = |from, to| ["season", "plan", "--site", "site", "--from", from, "--to", to, "--out", "s", "days"];
    for (from, to, said) in [
        ("2025-10-21", "2025-10-20", "--to"),
        ("20 October", "2025-10-20", "2025-10-20"),
        ("2024-10-01", "2024-10-30", "no look of the period"),
    ] {
        let (code, _, log) = here.run(&words(from, to));
        assert!(code == 2 && log.contains(said), "{code} {log}");
    }
    let (code, _, log) = here.run(&["season", "run", "--site", "site", "nowhere"]);
    assert!(code == 2 && log.contains("season plan"), "{code} {log}");
    // a plan is not written over by another one
    assert_eq!(here.plan("s", &[]).0, 0);
    assert_eq!(here.plan("s", &[]).0, 0, "the same again is no other");
    let (code, _, log) = here.plan("s", &["--task-looks", "5"]);
    assert!(code == 2 && log.contains("another season"), "{code} {log}");
    // what is named and is not there
    let (code, _, log) = here.plan("t", &["absent"]);
    assert!(code == 3 && log.contains("absent"), "{code} {log}");
    for wrong in [["--shard", "2/2"], ["--task", "99"], ["--pass", "third"], ["--threads", "0"]] {
        let (code, _, log) = here.season("s", &wrong);
        assert!(code == 2 && log.contains(wrong[0]), "{code} {log}");
    }
}

/// FIRMS lists of past years come the same way: counted with the rows of the list that lie in the counties' box.
#[test]
fn lists_of_past_years_are_part_of_a_season() {
    let here = Imagery::new();
    let list = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n\
                36.47,102.10,340.1,0.4,0.4,2024-10-20,0542,N,VIIRS,n,2.0NRT,290.0,4.5,D\n\
                36.47,102.10,341.1,0.4,0.4,2024-10-21,0542,N,VIIRS,n,2.0NRT,290.0,5.5,D\n\
                36.47,102.10,342.1,0.4,0.4,2023-10-21,0542,N,VIIRS,n,2.0NRT,290.0,6.5,D\n\
                31.00,102.10,342.1,0.4,0.4,2024-10-21,0542,N,VIIRS,n,2.0NRT,290.0,6.5,D\n";
    std::fs::write(here.path().join("firms.csv"), list).expect("written");
    std::fs::copy(here.path().join("firms.csv"), here.path().join("again.csv")).expect("copied");
    let words = ["season", "plan", "--site", "site", "--from", "2024-10-20", "--to", "2024-10-22", "--out", "y"];
    let (code, _, log) = here.run(&[&words[..], &["--firms", "firms.csv", "--firms", "again.csv"]].concat());
    assert_eq!(code, 0, "{log}");
    assert_eq!(here.season("y", &[]).0, 0);
    let merged = here.merged("y");
    let rows = String::from_utf8(merged["fires.csv"].clone()).expect("text");
    // two of the period, each once though both lists have them, and one outside of the counties
    let kept = rows.lines().filter(|row| row.contains("kept")).count();
    assert_eq!((rows.lines().count(), kept), (1 + 3, 2), "{rows}");
}
