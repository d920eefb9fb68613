//! What installs and watches the program: units, the Debian package, rules of alerts and the board, each judged by the program that
//! it is for.

mod names;

use crate::common::{have, project, python_with};
use crate::sinks::Server;
use names::{Names, exposed, used};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const UNITS: [&str; 3] = ["strawfire.service", "strawfire-web.service", "strawfire-deliver.service"];

/// What /metrics says, each with its labels; a histogram by its three names.
const METRICS: &str = "
    strawfire_build_info{version}
    strawfire_slots{satellite,state}
    strawfire_newest_slot_timestamp_seconds{satellite}
    strawfire_newest_scan_timestamp_seconds{satellite}
    strawfire_queue_slots
    strawfire_scan_seconds_bucket{le} strawfire_scan_seconds_sum strawfire_scan_seconds_count
    strawfire_file_to_store_seconds_bucket{le} strawfire_file_to_store_seconds_sum strawfire_file_to_store_seconds_count
    strawfire_inbox_up{inbox}
    strawfire_inbox_success_timestamp_seconds{inbox}
    strawfire_inbox_files_total{inbox}
    strawfire_job_success_timestamp_seconds{task}
    strawfire_job_failed{task}
    strawfire_alarm{alarm}
    strawfire_disk_free_bytes{path}
    strawfire_clock_skew_seconds{inbox}
    strawfire_notices{sink,state}
    strawfire_notice_age_seconds{sink}
    strawfire_changes
    strawfire_live_clients
    process_resident_memory_bytes
    process_start_time_seconds";

/// What Prometheus adds by itself: two series, and two labels of everything.
const OF_PROMETHEUS: &str = "up{} ALERTS{alertname,alertstate,severity}";
const OF_ALL: [&str; 2] = ["instance", "job"];

fn deploy(name: &str) -> PathBuf {
    project().join("deploy").join(name)
}

fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn ran(command: &mut Command) -> Output {
    command.output().expect("starts")
}

/// What a program says where it ends well.
fn said(command: &mut Command) -> String {
    let output = ran(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}{errors}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A folder with the units, for the program that was built here.
fn units() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in UNITS {
        let unit = text_of(&deploy(name)).replace("/usr/bin/strawfire", env!("CARGO_BIN_EXE_strawfire"));
        std::fs::write(folder.path().join(name), unit).expect("written");
    }
    folder
}

#[test]
fn systemd_finds_nothing_to_say_of_the_units() {
    if !have("systemd-analyze") {
        return;
    }
    let folder = units();
    for name in UNITS {
        let output = ran(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(folder.path().join(name)));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{name}: {errors}");
    }
}

/// Exposure by systemd's own reckoning, in tenths; 100 is a service without any limit.
#[test]
fn the_units_are_exposed_to_less_than_two() {
    if !have("systemd-analyze") {
        return;
    }
    let folder = units();
    std::fs::write(folder.path().join("open.service"), "[Service]\nExecStart=/bin/true\n").expect("written");
    let is_below = |name: &str| {
        let mut command = Command::new("systemd-analyze");
        command.args(["security", "--offline=true", "--no-pager", "--threshold=20"]);
        ran(command.arg(folder.path().join(name))).status.success()
    };
    assert!(!is_below("open.service"));
    for name in UNITS {
        assert!(is_below(name), "{name}");
    }
}

#[test]
fn the_units_are_shut_in_alike() {
    let walls = UNITS.map(|name| {
        let unit = text_of(&deploy(name));
        let from = unit.find("CapabilityBoundingSet=").expect("limits");
        unit[from..].to_string()
    });
    assert!(walls.iter().all(|wall| *wall == walls[0]));
}

/// Makes the package into a folder; not pressed, for that is what takes long.
fn package(out: &Path) -> PathBuf {
    let mut command = Command::new(deploy("deb.sh"));
    command.arg(out).env("BIN", env!("CARGO_BIN_EXE_strawfire")).env("SOURCE_DATE_EPOCH", "1760000000");
    PathBuf::from(said(command.env("DPKG_DEB_COMPRESSOR_TYPE", "none")).trim())
}

#[test]
fn the_package_is_the_same_twice_and_its_site_works() {
    if !have("dpkg-deb") || !have("dpkg-shlibdeps") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let [deb, again] = ["a", "b"].map(|name| package(&folder.path().join(name)));
    assert!(std::fs::read(&deb).expect("read") == std::fs::read(again).expect("read"), "two builds differ");
    check_head(&deb);
    check_contents(&deb);

    let root = folder.path().join("root");
    said(Command::new("dpkg-deb").arg("-R").arg(&deb).arg(&root));
    said(Command::new("md5sum").args(["--check", "--quiet", "DEBIAN/md5sums"]).current_dir(&root));
    for script in ["postinst", "prerm", "postrm"] {
        said(Command::new("sh").arg("-n").arg(root.join("DEBIAN").join(script)));
    }
    // the program of the package, on the site of the package
    let site = root.join("etc/strawfire/site");
    let said = said(Command::new(root.join("usr/bin/strawfire")).args(["site", "check", "--site"]).arg(&site));
    for line in
        ["海东市", "store.url: sqlite:///var/lib/strawfire/strawfire.db", "baseline.dir: /var/lib/strawfire/baseline"]
    {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
}

fn check_head(deb: &Path) {
    let field = |name: &str| said(Command::new("dpkg-deb").arg("--field").arg(deb).arg(name)).trim().to_string();
    assert_eq!(field("Package"), "strawfire");
    assert_eq!(field("Version"), env!("CARGO_PKG_VERSION"));
    let depends = field("Depends");
    // what it is linked with, certificates for https, and what makes its user
    for package in ["libgdal", "libc6", "ca-certificates", "adduser"] {
        assert!(depends.contains(package), "no {package} in {depends}");
    }
    let kept = said(Command::new("dpkg-deb").arg("--info").arg(deb).arg("conffiles"));
    assert!(kept.lines().any(|line| line == "/etc/strawfire/site/site.toml"), "{kept}");
}

fn check_contents(deb: &Path) {
    let list = said(Command::new("dpkg-deb").arg("--contents").arg(deb));
    for (mode, path) in [
        ("-rwxr-xr-x root/root", "./usr/bin/strawfire"),
        ("-rw-r--r-- root/root", "./lib/systemd/system/strawfire.service"),
        ("-rw-r--r-- root/root", "./lib/systemd/system/strawfire-web.service"),
        ("-rw-r--r-- root/root", "./lib/systemd/system/strawfire-deliver.service"),
        ("-rw-r--r-- root/root", "./etc/strawfire/site/site.toml"),
        ("-rw------- root/root", "./etc/strawfire/environment"),
        ("drwx------ root/root", "./etc/strawfire/secrets/"),
        ("-rw-r--r-- root/root", "./usr/share/doc/strawfire/copyright"),
        ("-rw-r--r-- root/root", "./usr/share/doc/strawfire/operate.md"),
        ("-rw-r--r-- root/root", "./usr/share/man/man1/strawfire.1.gz"),
    ] {
        let line = list.lines().find(|line| line.ends_with(&format!(" {path}")));
        assert!(line.is_some_and(|line| line.starts_with(mode)), "{path}: {line:?}");
    }
}

#[test]
fn prometheus_reads_the_rules_and_each_alert_fires_on_what_it_is_for() {
    if !have("promtool") {
        return;
    }
    said(Command::new("promtool").args(["check", "config"]).arg(deploy("prometheus.yml")));
    said(Command::new("promtool").args(["test", "rules"]).arg(deploy("alerts.test.yml")));
}

/// The expressions of alerts.yml, each with the texts that are made of its labels.
fn rules() -> Vec<(String, String)> {
    let text = text_of(&deploy("alerts.yml"));
    let one = |rule: &str| {
        let (before, after) = rule.split_once(" labels:").expect("labels");
        let (_, expression) = before.split_once("expr:").expect("expr");
        let expression = expression.split_once(" for:").map_or(expression, |(expression, _)| expression);
        (expression.trim_start_matches([' ', '|']).to_string(), after.to_string())
    };
    text.split("- alert:").skip(1).map(one).collect()
}

/// The same of the board.
fn board() -> Vec<(String, String)> {
    let board: serde_json::Value = serde_json::from_str(&text_of(&deploy("grafana-board.json"))).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_string();
    let panels = board["panels"].as_array().expect("panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut all: Vec<(String, String)> =
        targets.map(|target| (text(&target["expr"]), text(&target["legendFormat"]))).collect();
    for variable in board["templating"]["list"].as_array().expect("variables") {
        if variable["type"] == "query" {
            let query = text(&variable["query"]["query"]);
            let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
            let (metric, label) = inner.and_then(|inner| inner.split_once(", ")).expect("a metric and a label");
            all.push((metric.to_string(), format!("{{{{{label}}}}}")));
        }
    }
    all
}

/// Labels that a text puts in: `{{ $labels.sink }}` of a rule, `{{sink}}` of the board.
fn put_in(text: &str) -> BTreeSet<String> {
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(inner, _)| inner.trim());
    let labels =
        inner.filter_map(|inner| inner.strip_prefix("$labels.").or((!inner.starts_with('$')).then_some(inner)));
    labels.map(str::to_string).collect()
}

/// Fails where rules or board use what is not in the list: `known` is the list here, or what a running station says.
fn uses_only(known: &Names) {
    for (expression, text) in rules().into_iter().chain(board()) {
        let names = used(&expression);
        assert!(names.keys().any(|name| !name.is_empty()), "no metric in {expression}");
        let mut of_any: BTreeSet<String> = OF_ALL.map(str::to_string).into();
        for (name, labels) in names.iter().filter(|(name, _)| !name.is_empty()) {
            let has = known.get(name).unwrap_or_else(|| panic!("{name} is no metric: {expression}"));
            of_any.extend(has.iter().cloned());
            let mut wrong = labels.iter().filter(|label| !has.contains(*label) && !OF_ALL.contains(&label.as_str()));
            assert_eq!(wrong.next(), None, "no such label of {name}: {expression}");
        }
        let mut asked = names.get("").into_iter().flatten().cloned().chain(put_in(&text));
        assert_eq!(asked.find(|label| !of_any.contains(label)), None, "no such label: {expression} {text}");
    }
}

#[test]
fn rules_and_board_use_metrics_that_there_are() {
    assert_eq!(rules().len(), 21);
    assert!(board().len() > 30);
    let mut known = exposed(METRICS);
    known.extend(exposed(OF_PROMETHEUS));
    uses_only(&known);
}

/// A station with the settings of the package, its folders elsewhere.
fn station(folder: &Path, variables: &[(&str, &str)]) -> Server {
    let site = folder.join("site");
    said(Command::new("cp").arg("-r").arg(project().join("sites/haidong")).arg(&site));
    let settings = text_of(&site.join("site.toml")) + &text_of(&deploy("deb/station.toml"));
    let settings = settings.replace("/var/lib/strawfire", &folder.display().to_string());
    std::fs::write(site.join("site.toml"), settings).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    command.args(["station", "--listen", "127.0.0.1:0", "--site"]).arg(site).envs(variables.iter().copied());
    Server::start(&mut command)
}

fn fetched(address: &str, path: &str) -> String {
    let host = address.strip_prefix("http://").expect("http");
    let mut connection = std::net::TcpStream::connect(host).expect("connected");
    write!(connection, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").expect("asked");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.contains(" 200 "), "{head}");
    body.to_string()
}

/// The list above is what a station says: every series with its labels, and every name of the list.
#[test]
fn a_station_says_what_is_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = station(folder.path(), &[]);
    let text = fetched(&server.address, "/metrics");
    let listed = exposed(METRICS);
    for (name, labels) in exposed(&text) {
        assert_eq!(listed.get(&name), Some(&labels), "{name}");
    }
    let typed: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for name in listed.keys() {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(typed.contains(family), "{name} is not said");
    }
    assert!(fetched(&server.address, "/readyz").contains("ok"));
}

/// What systemd hears of a station that idles: that it is ready, and then a sign of life within each time of its watchdog.
#[test]
fn systemd_hears_that_the_station_is_ready_and_lives() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let path = path.display().to_string();
    let _server = station(folder.path(), &[("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "4000000")]);
    let heard = |word: &str| {
        let began = Instant::now();
        loop {
            let mut bytes = [0; 4096];
            let length = socket.recv(&mut bytes).unwrap_or_else(|error| panic!("no {word}: {error}"));
            if String::from_utf8_lossy(&bytes[..length]).lines().any(|line| line == word) {
                return began.elapsed();
            }
        }
    };
    heard("READY=1");
    for _ in 0..3 {
        let pause = heard("WATCHDOG=1");
        assert!(pause < Duration::from_secs(4), "{pause:?}");
    }
}

/// What is met in the night stands on the page: every alert has its row, and no row is of an alert that is gone.
#[test]
fn the_page_says_what_to_do_at_each_alert() {
    let rules = text_of(&deploy("alerts.yml"));
    let page = text_of(&project().join("docs/operate.md"));
    let alerts = rules.split("- alert:").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows = rows.filter(|row| row.starts_with("Strawfire"));
    assert_eq!(BTreeSet::from_iter(alerts), BTreeSet::from_iter(rows), "left: alerts.yml, right: docs/operate.md");
}

/// By the schemas of Kubernetes 1.31; its words are those of the command.
#[test]
fn kubernetes_takes_the_jobs_of_a_season() {
    let Some(python) = python_with("kubernetes_validate, yaml") else { return };
    let script = "import json, sys, yaml, kubernetes_validate\n\
                  jobs = list(yaml.safe_load_all(open(sys.argv[1])))\n\
                  [kubernetes_validate.validate(job, '1.31', strict=True) for job in jobs]\n\
                  print(json.dumps([job['spec']['template']['spec']['containers'][0]['args'] for job in jobs]))";
    let printed = said(Command::new(python).args(["-c", script]).arg(deploy("season-kubernetes.yaml")));
    let jobs: Vec<Vec<String>> = serde_json::from_str(&printed).expect("JSON");
    for (args, pass) in jobs.iter().zip(["baseline", "detection"]) {
        assert!(args.iter().any(|word| word == pass) && args.iter().any(|word| word == "auto/8"), "{args:?}");
        // it gets as far as the season, which is not there: all words are known
        let output = Command::new(env!("CARGO_BIN_EXE_strawfire")).args(args).output().expect("ran");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && log.contains("/season/plan.json"), "{log}");
    }
    assert_eq!(jobs.len(), 2);
}
