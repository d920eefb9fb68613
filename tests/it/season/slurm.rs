//! A season on a real Slurm cluster of one host: munged, slurmctld and two slurmd, started here on loopback and stopped by their ids. One node and
//! one task are killed in the middle; the season is complete all the same, and to the byte what it is without a cluster.

use super::{Imagery, assert_same, results_of, told};
use crate::common::have_program;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Daemons that end with the value.
struct Cluster {
    folder: tempfile::TempDir,
    munged: Option<Child>,
    controller: Option<Child>,
    nodes: Vec<Option<Child>>,
}

const NODES: usize = 2;
/// A name that is no word of a shell and no pattern of Slurm.
const SEASON: &str = "a season, 50 % o'clock";

impl Cluster {
    /// `None`, said, where Slurm is not installed.
    fn start() -> Option<Cluster> {
        for program in ["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "sbatch"] {
            have_program(&[program])?;
        }
        // a socket's path must be short
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        let mut cluster = Cluster { folder, munged: None, controller: None, nodes: Vec::new() };
        cluster.write_configuration();
        let munge = cluster.path("munge");
        let options = ["socket", "key-file", "log-file", "pid-file", "seed-file"]
            .map(|name| format!("--{name}={}", munge.join(name).display()));
        cluster.munged = Some(
            cluster
                .spawn("/usr/sbin/munged", &[&["--foreground".to_string(), "--force".into()], &options[..]].concat()),
        );
        cluster.wait_for(|cluster| cluster.path("munge/socket").exists(), "munged listens");
        cluster.controller = Some(cluster.spawn("/usr/sbin/slurmctld", &["-D".into(), "-i".into()]));
        cluster.wait_for(|cluster| cluster.ask("scontrol", &["ping"]).contains("is UP"), "slurmctld answers");
        for node in 1..=NODES {
            let child = cluster.spawn("/usr/sbin/slurmd", &["-D".into(), "-N".into(), format!("n{node}")]);
            cluster.nodes.push(Some(child));
        }
        cluster.wait_for(
            |cluster| cluster.ask("sinfo", &["-h", "-o", "%T %D"]).trim() == format!("idle {NODES}"),
            "nodes are idle",
        );
        Some(cluster)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_configuration(&self) {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.folder.path().display();
        for name in ["munge", "state"] {
            std::fs::create_dir(self.path(name)).expect("made");
        }
        // munged wants its folder to be nobody else's to write, and to be passed through
        for (name, mode) in [("munge", 0o711), ("", 0o755)] {
            std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).expect("set");
        }
        let key: Vec<u8> = (0..1024_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        std::fs::write(self.path("munge/key-file"), key).expect("written");
        std::fs::set_permissions(self.path("munge/key-file"), std::fs::Permissions::from_mode(0o400)).expect("set");
        let user = String::from_utf8(Command::new("id").arg("-un").output().expect("id").stdout).expect("a name");
        let user = user.trim();
        let mut text = format!(
            "ClusterName=test\nSlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort={}\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/munge\nAuthInfo=socket={folder}/munge/socket\nCredType=cred/munge\nStateSaveLocation={folder}/state\n\
             SlurmdSpoolDir={folder}/spool-%n\nSlurmctldPidFile={folder}/ctld.pid\nSlurmdPidFile={folder}/%n.pid\n\
             SlurmctldLogFile={folder}/ctld.log\nSlurmdLogFile={folder}/%n.log\nProctrackType=proctrack/pgid\nTaskPlugin=task/none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nSlurmdTimeout=10\nSlurmctldTimeout=10\nReturnToService=2\n\
             MpiDefault=none\nJobAcctGatherType=jobacct_gather/none\nSchedulerParameters=sched_interval=2,batch_sched_delay=0\n\
             MaxArraySize=6\nKillWait=2\nMailProg=/bin/true\n",
            free_port()
        );
        for node in 1..=NODES {
            let port = free_port();
            text += &format!(
                "NodeName=n{node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=2000 State=UNKNOWN\n"
            );
        }
        text += "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n";
        std::fs::write(self.path("slurm.conf"), text).expect("written");
    }

    fn spawn(&self, program: &str, arguments: &[String]) -> Child {
        let log = std::fs::File::create(self.path(&format!("{}.out", program.rsplit('/').next().expect("named"))))
            .expect("a log");
        Command::new(program)
            .args(arguments)
            .env("SLURM_CONF", self.path("slurm.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("starts")
    }

    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.path("slurm.conf")).output();
        String::from_utf8_lossy(&output.expect("runs").stdout).into_owned()
    }

    fn wait_for(&self, is_so: impl Fn(&Cluster) -> bool, what: &str) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < Duration::from_secs(60), "{what} not within a minute\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn logs(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder").flatten().map(|entry| entry.path());
        let logs = files.filter(|path| path.extension().is_some_and(|kind| kind == "log" || kind == "out"));
        logs.map(|path| std::fs::read_to_string(path).unwrap_or_default()).collect()
    }

    /// Starts the season on the cluster.
    fn run(&self, here: &Imagery, more: &[&str]) -> Child {
        let words = ["season", "run", "--site", "site", "--engine", "slurm", "--poll", "1", SEASON];
        Command::new(env!("CARGO_BIN_EXE_strawfire"))
            .args([&words[..], more].concat())
            .current_dir(here.path())
            .env("SLURM_CONF", self.path("slurm.conf"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts")
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let daemons = self.nodes.iter_mut().chain([&mut self.controller, &mut self.munged]);
        for daemon in daemons.filter_map(Option::as_mut) {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        // what a killed node left running
        kill_below(self.folder.path());
    }
}

/// Kills the batch scripts and step daemons of a cluster whose node was killed: their files lie in its folder.
fn kill_below(folder: &Path) {
    for process in processes() {
        let about = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        if String::from_utf8_lossy(&about).contains(&folder.display().to_string()) && process != std::process::id() {
            let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
        }
    }
}

fn processes() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// A process whose command line has all these words.
fn process_with(words: &[&str]) -> Option<u32> {
    processes().into_iter().find(|process| {
        let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with(env!("CARGO_BIN_EXE_strawfire")) && words.iter().all(|word| line.contains(word))
    })
}

#[test]
fn a_season_on_slurm_survives_a_node_and_a_task_and_is_the_same() {
    on_a_cluster(Imagery::new, 3);
}

/// Figures of the README: `make season-slurm`.
#[test]
#[ignore = "ten minutes: make season-slurm"]
fn three_whole_days_on_slurm() {
    on_a_cluster(|| Imagery::of(["2025-10-19", "4"], "0:144", "40"), 36);
}

/// In tasks of so many looks.
fn on_a_cluster(imagery: impl Fn() -> Imagery, looks: usize) {
    let Some(mut cluster) = Cluster::start() else { return };
    let (here, looks) = (imagery(), looks.to_string());
    assert_eq!(here.plan("alone", &["--task-looks", &looks]).0, 0);
    let began = Instant::now();
    let (code, said, log) = here.season("alone", &[]);
    assert_eq!(code, 0, "{log}");
    let passes: usize = said.split(' ').next().and_then(|count| count.parse().ok()).expect("a number");
    println!("here: {:.1} s, {said}", began.elapsed().as_secs_f64());

    assert_eq!(here.plan(SEASON, &["--task-looks", &looks]).0, 0);
    let season = here.path().join(SEASON);
    let child = cluster.run(&here, &["--tries", "5"]);
    // a task is killed under way: Slurm calls it failed and does not do it again
    let own = season.display().to_string();
    let began = Instant::now();
    let task = loop {
        assert!(began.elapsed() < Duration::from_secs(120), "no task ran\n{}", cluster.logs());
        match process_with(&["--pass baseline", "--task", &own]) {
            Some(task) => break task,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    assert!(Command::new("kill").args(["-9", &task.to_string()]).status().expect("kill runs").success());
    // and a node, while results come in
    while results_of(&season) < 4 {
        assert!(began.elapsed() < Duration::from_secs(240), "no results\n{}", cluster.logs());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut node = cluster.nodes[1].take().expect("it runs");
    node.kill().expect("killed");
    node.wait().expect("ended");

    let (code, said, log) = told(&child.wait_with_output().expect("ended"));
    assert_eq!(code, 0, "{said}\n{log}\n{}", cluster.logs());
    println!("with Slurm, a node and a task killed: {:.1} s; {said}", began.elapsed().as_secs_f64());
    // at least the killed one was submitted again
    assert!(said.starts_with(&format!("{passes} passes of tasks done now, 0 before; ")), "{said}");
    let submitted: usize =
        said.rsplit("; ").next().and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a number");
    assert!(submitted > passes, "{said}");
    // MaxArraySize is 6: a pass of twelve tasks is two arrays
    assert!(log.contains("array 0-5") && log.matches("submitted as job").count() >= 4, "{log}");
    assert_same(&here.merged("alone"), &here.merged(SEASON));

    let logs = std::fs::read_dir(season.join("slurm")).expect("logs").count();
    assert!(logs >= passes, "{logs} logs");

    // all is there: nothing is submitted
    let (code, said, _) = told(&cluster.run(&here, &[]).wait_with_output().expect("ended"));
    assert_eq!((code, said), (0, format!("0 passes of tasks done now, {passes} before; 0 submitted\n")));

    // a task that cannot be done is named after the tries
    let task = std::fs::read_to_string(season.join("tasks/00004.json")).expect("a task");
    let task: serde_json::Value = serde_json::from_str(&task).expect("JSON");
    let file = PathBuf::from(task["granules"][0]["sums"][0]["path"].as_str().expect("a path"));
    let bytes = std::fs::read(&file).expect("read");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("written");
    std::fs::remove_file(season.join("baseline/00004.done")).expect("removed");
    std::fs::remove_dir_all(season.join("looks")).expect("removed");
    let (code, said, _) = told(&cluster.run(&here, &["--tries", "2"]).wait_with_output().expect("ended"));
    assert!(code == 3 && said.contains("not done after 2 tries: 4 (baseline)"), "{code} {said}");
    assert!(said.contains("2 submitted"), "{said}");
}

#[test]
fn without_a_cluster_slurm_is_said_to_be_out_of_reach() {
    let Some(_) = have_program(&["squeue"]) else { return };
    let here = Imagery::new();
    assert_eq!(here.plan("s", &[]).0, 0);
    // a controller that is not there: port 9 is nobody's. Without a configuration squeue itself looks for one for a minute
    let conf = here.path().join("slurm.conf");
    let text = "ClusterName=test\nSlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort=9\nMessageTimeout=2\nAuthType=auth/munge\n\
                NodeName=n1 NodeHostname=localhost CPUs=1\nPartitionName=all Nodes=ALL\n";
    std::fs::write(&conf, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .args(["season", "run", "--site", "site", "--engine", "slurm", "s"])
        .current_dir(here.path())
        .env("SLURM_CONF", &conf)
        .output()
        .expect("ran");
    let (code, _, log) = told(&output);
    assert!(code == 5 && log.contains("squeue") && log.contains("sinfo"), "{code} {log}");
}
