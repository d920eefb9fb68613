//! Directories of SSH servers: Debian's OpenSSH, and one that asks for passwords (paramiko).

use super::pages::free_port;
use super::*;
use crate::common::{have_program, python_with};
use crate::sinks::Server;
use std::process::{Child, Command, Stdio};

/// An OpenSSH server for who runs the test, with keys of its own.
struct Sshd {
    child: Child,
    port: u16,
    config: PathBuf,
}

impl Sshd {
    fn start(place: &Place) -> Option<Sshd> {
        // it wants its whole path
        have_program(&["/usr/sbin/sshd"])?;
        // a folder that its package makes at the start of the machine
        if !Path::new("/run/sshd").exists() && std::fs::create_dir("/run/sshd").is_err() {
            println!("skipped: no /run/sshd");
            return None;
        }
        let (dir, port) = (place.folder.path(), free_port());
        for name in ["host", "identity", "stranger"] {
            keygen(&dir.join(name), "ed25519");
        }
        std::fs::copy(dir.join("identity.pub"), dir.join("authorized")).expect("copied");
        let config = dir.join("sshd.conf");
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host\nAuthorizedKeysFile {dir}/authorized\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n",
            dir = dir.display()
        );
        std::fs::write(&config, text).expect("written");
        let child = run(&config, port);
        Some(Sshd { child, port, config })
    }

    /// Kills it and all that serve for it, at once.
    fn kill(&mut self) {
        for child in children(self.child.id()) {
            let _ = Command::new("kill").args(["-9", &child.to_string()]).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn again(&mut self) {
        self.child = run(&self.config, self.port);
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(config: &Path, port: u16) -> Child {
    let mut command = Command::new("/usr/sbin/sshd");
    let mut child = command.args(["-D", "-e", "-f"]).arg(config).stderr(Stdio::null()).spawn().expect("starts");
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
    panic!("sshd does not listen");
}

/// Processes below one, the lowest last.
fn children(of: u32) -> Vec<u32> {
    let output = Command::new("pgrep").args(["-P", &of.to_string()]).output().expect("pgrep runs");
    let direct: Vec<u32> =
        String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.trim().parse().ok()).collect();
    direct.iter().flat_map(|child| std::iter::once(*child).chain(children(*child))).collect()
}

fn keygen(path: &Path, kind: &str) {
    let mut command = Command::new("ssh-keygen");
    let done = command.args(["-q", "-t", kind, "-N", "", "-f"]).arg(path).status().expect("ssh-keygen runs");
    assert!(done.success());
}

/// As `ssh-keygen -lf` prints it.
fn fingerprint(path: &Path) -> String {
    let output = Command::new("ssh-keygen").arg("-lf").arg(path).output().expect("ssh-keygen runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split(' ').find(|word| word.starts_with("SHA256:")).expect("a fingerprint").to_string()
}

fn whoami() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

fn directory(place: &Place, port: u16, path: &str, more: &str) -> String {
    let (user, served) = (whoami(), place.served.display());
    format!("kind = 'sftp'\nurl = 'sftp://{user}@127.0.0.1:{port}{served}/{path}'\n{more}")
}

/// With the key that is let in, and the host's fingerprint.
fn known(place: &Place) -> String {
    format!("identity = 'identity'\nhost_key = '{}'", fingerprint(&place.folder.path().join("host.pub")))
}

#[tokio::test]
async fn what_is_asked_for_is_listed_and_fetched_byte_by_byte() {
    let place = Place::new();
    let Some(mut sshd) = Sshd::start(&place) else { return };
    let bytes = place.put(&format!("hsd/202510/20/05/{NAME}"), 3_333_333);
    place.put(&format!("hsd/202510/20/05/{OTHER}"), 10);
    place.put("hsd/202510/20/04/HS_H09_20251020_0430_B07_FLDK_R20_S0210.DAT.bz2", 10);
    let remote = place.remote(&directory(&place, sshd.port, "hsd/%Y%m/%d/%H/", &known(&place)));
    let listed = list(&remote).await.expect("listed");
    assert_eq!(names_of(&listed), [NAME]);
    let path = place.served.join(format!("hsd/202510/20/05/{NAME}"));
    assert_eq!(listed[0].place, format!("sftp://{}@127.0.0.1:{}{}", whoami(), sshd.port, path.display()));
    assert_eq!(listed[0].size, Some(3_333_333));
    let fetched = remote.fetch(&listed[0], &place.into).await.expect("fetched");
    assert!(std::fs::read(fetched).expect("there") == bytes);
    assert_eq!((place.fetched(), remote.skew_s()), (vec![NAME.to_string()], None));
    // the connection that is kept is gone: another is made
    sshd.kill();
    let words = input_error(list(&remote).await);
    assert!(words.contains("sftp://"), "{words}");
    sshd.again();
    assert_eq!(names_of(&list(&remote).await.expect("listed")), [NAME]);
    // a file that is replaced after it was listed, and one that is gone
    place.put(&format!("hsd/202510/20/05/{NAME}"), 3_333_334);
    let words = input_error(remote.fetch(&listed[0], &place.into).await);
    assert!(words.contains("another version"), "{words}");
    std::fs::remove_file(path).expect("removed");
    let words = input_error(remote.fetch(&listed[0], &place.into).await);
    assert!(words.contains("No such file"), "{words}");
}

#[tokio::test]
async fn folders_that_are_not_there_yet_are_empty_and_a_wrong_path_is_an_error() {
    let place = Place::new();
    let Some(sshd) = Sshd::start(&place) else { return };
    place.put(&format!("fldk/20251020/0530/{NAME}"), 10);
    place.put("fldk/20251020/0700/x.nc", 10);
    std::fs::create_dir(place.served.join(format!("fldk/20251020/0530/{}", NAME.replace("B07", "B14")))).expect("made");
    std::os::unix::fs::symlink(NAME, place.served.join(format!("fldk/20251020/0530/{}", NAME.replace("B07", "B15"))))
        .expect("linked");
    let of = |path: &str| place.remote(&directory(&place, sshd.port, path, &known(&place)));
    let listed = list(&of("fldk/%Y%m%d/%H%M/")).await.expect("listed");
    assert_eq!(names_of(&listed), [NAME.to_string(), NAME.replace("B07", "B15")], "a link is one, a folder is none");
    assert_eq!(listed[1].size, Some(10));
    assert_eq!(list(&of("fldk/%Y/%m/%d/")).await.expect("listed"), []);
    for path in ["absent/%Y/%m/%d/", "absent/", "absent/%Y%m%d/%H%M/"] {
        let words = input_error(list(&of(path)).await);
        assert!(words.contains("no such directory") && words.contains("/absent/"), "{words}");
    }
}

/// Only to a server with the known key anything is sent.
#[tokio::test]
async fn a_server_with_another_key_is_refused_with_its_fingerprint() {
    let place = Place::new();
    let Some(sshd) = Sshd::start(&place) else { return };
    place.put(NAME, 10);
    let dir = place.folder.path();
    let key = fingerprint(&dir.join("host.pub"));
    let line = |name: &str| {
        let key = std::fs::read_to_string(dir.join(name)).expect("a key");
        format!("[127.0.0.1]:{} {key}", sshd.port)
    };
    std::fs::write(dir.join("known"), line("host.pub")).expect("written");
    std::fs::write(dir.join("changed"), line("stranger.pub")).expect("written");
    std::fs::write(dir.join("others"), "other.example ssh-ed25519 AAAA\n").expect("written");
    let scanned = Command::new("ssh-keyscan").args(["-H", "-p", &sshd.port.to_string(), "127.0.0.1"]).output();
    std::fs::write(dir.join("scanned"), scanned.expect("ssh-keyscan runs").stdout).expect("written");
    let of = |more: &str| place.remote(&directory(&place, sshd.port, "", &format!("identity = 'identity'\n{more}")));
    for good in
        ["known_hosts = 'known'".to_string(), "known_hosts = 'scanned'".to_string(), format!("host_key = '{key}'")]
    {
        assert_eq!(names_of(&list(&of(&good)).await.expect("listed")), [NAME], "{good}");
    }
    let stranger = fingerprint(&dir.join("stranger.pub"));
    for bad in [
        String::new(),
        "known_hosts = 'changed'".to_string(),
        "known_hosts = 'others'".to_string(),
        format!("host_key = '{stranger}'"),
        format!("known_hosts = 'known'\nhost_key = '{stranger}'"),
    ] {
        let error = list(&of(&bad)).await.expect_err("refused");
        assert!(matches!(error, Error::Config { .. }), "{error}");
        assert!(error.to_string().contains(&key), "{bad}: {error}");
    }
    let missing = inbox(dir, &directory(&place, sshd.port, "", "identity = 'identity'\nknown_hosts = 'absent'"));
    let error = Remote::open(&missing).expect_err("refused").to_string();
    assert!(error.contains("known_hosts") && error.contains("absent"), "{error}");
}

#[tokio::test]
async fn a_key_that_is_not_let_in_is_told() {
    let place = Place::new();
    let Some(sshd) = Sshd::start(&place) else { return };
    place.put(NAME, 10);
    let dir = place.folder.path();
    let host = format!("host_key = '{}'", fingerprint(&dir.join("host.pub")));
    let of = |identity: &str| directory(&place, sshd.port, "", &format!("identity = '{identity}'\n{host}"));
    let words = input_error(list(&place.remote(&of("stranger"))).await);
    assert!(words.contains("refuses the key of identity"), "{words}");
    // an RSA key, as older accounts have
    keygen(&dir.join("rsa"), "rsa");
    std::fs::copy(dir.join("rsa.pub"), dir.join("authorized")).expect("copied");
    assert_eq!(names_of(&list(&place.remote(&of("rsa"))).await.expect("listed")), [NAME]);
    // a key with a passphrase, and no key at all
    let locked = dir.join("locked");
    let done = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "geheim", "-f"]).arg(&locked).status();
    assert!(done.expect("ssh-keygen runs").success());
    for name in ["locked", "host.pub", "absent"] {
        let error = Remote::open(&inbox(dir, &of(name))).expect_err("refused").to_string();
        assert!(error.contains("identity") && error.contains(name) && error.contains("passphrase"), "{error}");
    }
}

/// The server is killed with all that serve for it; what came stays.
#[tokio::test]
async fn a_server_that_is_killed_in_the_middle_costs_nothing_that_came() {
    let place = Place::new();
    let Some(mut sshd) = Sshd::start(&place) else { return };
    let bytes = place.put(NAME, 8_000_000);
    let way = Way::to(sshd.port).await;
    let remote = place.remote(&directory(&place, way.port, "", &known(&place)));
    let file = list(&remote).await.expect("listed").remove(0);
    way.rest_us.store(3000, Ordering::SeqCst);
    let part = place.into.join(format!("{NAME}.part"));
    let length = || std::fs::metadata(&part).map_or(0, |of| of.len());
    let killer = async {
        while length() < 2_000_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        sshd.kill();
    };
    let (fetched, ()) = tokio::join!(remote.fetch(&file, &place.into), killer);
    input_error(fetched);
    let half = length();
    assert!((2_000_000..8_000_000).contains(&half), "{half}");
    assert!(!place.fetched().contains(&NAME.to_string()));
    input_error(remote.fetch(&file, &place.into).await);
    sshd.again();
    // cut so that the whole would not come through
    way.rest_us.store(0, Ordering::SeqCst);
    way.cut_after.store(7_000_000, Ordering::SeqCst);
    let path = remote.fetch(&file, &place.into).await.expect("the rest comes");
    assert!(std::fs::read(path).expect("there") == bytes);
    assert_eq!(place.fetched(), [NAME]);
}

/// P-Tree lets in by password; some servers ask for it as a question.
#[tokio::test]
async fn a_password_is_sent_or_given_as_an_answer() {
    let Some(python) = python_with("paramiko") else { return };
    if !crate::common::have("ssh-keygen") {
        return;
    }
    for mode in ["password", "interactive"] {
        let place = Place::new();
        let dir = place.folder.path();
        keygen(&dir.join("host"), "ed25519");
        let bytes = place.put(&format!("jma/{NAME}"), 300_000);
        let script = project().join("tests/tools/sftp_server.py");
        let mut command = Command::new(&python);
        command.arg(script).arg(&place.served).arg(dir.join("host")).arg(mode).env("PASSWORD", PASSWORD);
        let server = Server::start(command.stderr(Stdio::null()));
        let host = fingerprint(&dir.join("host.pub"));
        let toml = |file: &str| {
            format!(
                "kind = 'sftp'\nurl = 'sftp://reader@{}/jma/'\npassword_file = '{file}'\nhost_key = '{host}'",
                server.address
            )
        };
        let remote = place.remote(&toml("password"));
        let file = list(&remote).await.unwrap_or_else(|error| panic!("{mode}: {error}")).remove(0);
        let path = remote.fetch(&file, &place.into).await.expect(mode);
        assert!(std::fs::read(path).expect("there") == bytes);
        assert!(!format!("{remote:?}").contains("geheim"));
        std::fs::write(dir.join("wrong"), "geheim-and-wrong").expect("written");
        let words = input_error(list(&place.remote(&toml("wrong"))).await);
        assert!(words.contains("refuses the password of reader"), "{words}");
    }
}

#[tokio::test]
async fn what_is_no_ssh_server_is_an_error() {
    let Some(python) = python_with("http.server") else { return };
    let place = Place::new();
    let server = Server::python(&python, "range_server.py", &[&place.served.display().to_string()]);
    let port: u16 = server.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    for port in [port, free_port()] {
        let remote = place.remote(&directory(&place, port, "", "password_file = 'password'"));
        let words = input_error(list(&remote).await);
        assert!(words.contains("no connection") || words.contains("no answer"), "{words}");
    }
}
