//! Genuine directory pages: nginx (HTML and JSON), Apache, and Python's own server.

use super::*;
use crate::common::{have_program, python_with};
use std::process::{Child, Command, Stdio};

/// A server that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // TERM, so that a master takes its workers along
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        for _ in 0..100 {
            if self.0.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Servers that cannot take port 0: a free one is asked for first.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address").port()
}

/// Runs a server until it listens.
fn run(command: &mut Command, port: u16) -> Running {
    let running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts"));
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return running;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{command:?} does not listen");
}

/// Names with all that must be coded in HTML or addresses, and one that is longer than what pages show.
const NAMES: [&str; 6] =
    ["a b.nc", "a&b.nc", "a%20b.nc", "a+b#c?.nc", "火点<1>'\".csv", "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2"];

/// A folder of such names, with a folder in it that is none of theirs.
fn place() -> Place {
    let place = Place::new();
    for (at, name) in NAMES.iter().enumerate() {
        place.put(&format!("d ir/{name}"), 100_000 + at);
        // of what was just written Apache vouches for no bytes (a weak ETag)
        let file = std::fs::File::options().write(true).open(place.served.join("d ir").join(name)).expect("opened");
        let hour = std::time::SystemTime::now() - Duration::from_secs(3600);
        file.set_modified(hour).expect("set");
    }
    place.put("d ir/sub/inner.nc", 5);
    place
}

/// All are listed, and all come byte by byte; what is listed has a version, that changes with the file.
async fn listed_and_fetched(place: &Place, url: &str, has_size: bool) {
    let remote = place.remote(&format!("kind = 'http'\nurl = '{url}d%20ir/'\npatterns = ['*.nc', '*.csv', 'HS_*']"));
    let listed = list(&remote).await.unwrap_or_else(|error| panic!("{error}"));
    let mut expected = NAMES.to_vec();
    expected.sort_unstable();
    let mut got = names_of(&listed);
    got.sort_unstable();
    assert_eq!(got, expected);
    for file in &listed {
        let bytes = std::fs::read(place.served.join("d ir").join(&file.name)).expect("served");
        assert!(file.size == has_size.then_some(bytes.len() as u64), "{file:?}");
        let path = remote.fetch(file, &place.into).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(std::fs::read(path).expect("there") == bytes, "{}", file.name);
    }
    let before = listed.iter().find(|file| file.name == NAMES[0]).expect("listed");
    assert!(!before.version.is_empty());
    place.put(&format!("d ir/{}", NAMES[0]), 1_300_000);
    let again = list(&remote).await.expect("listed");
    let after = again.iter().find(|file| file.name == NAMES[0]).expect("listed");
    assert_ne!(before.version, after.version);
}

/// A half of 60,000 bytes, as a break leaves it, goes on: the server's own Range and If-Range.
async fn goes_on(place: &Place, url: &str, port: u16) {
    let way = Way::to(port).await;
    let url = url.replace(&port.to_string(), &way.port.to_string());
    let remote = place.remote(&format!("kind = 'http'\nurl = '{url}d%20ir/'\npatterns = ['HS_*']"));
    let file = list(&remote).await.expect("listed").remove(0);
    let path = place.into.join(&file.name);
    let _ = std::fs::remove_file(&path);
    way.cut_after.store(60_000, Ordering::SeqCst);
    input_error(remote.fetch(&file, &place.into).await);
    let half = std::fs::metadata(place.into.join(format!("{}.part", file.name))).expect("a half").len();
    assert!((30_000..100_000).contains(&half), "{half}");
    way.cut_after.store(100_005 - half + 15_000, Ordering::SeqCst);
    remote.fetch(&file, &place.into).await.expect("the rest comes, which is less than what is cut");
    assert!(std::fs::read(path).expect("there") == noise(&format!("d ir/{}", file.name), 100_005));
}

#[tokio::test]
async fn pages_and_json_of_nginx() {
    let Some(nginx) = have_program(&["nginx", "/usr/sbin/nginx"]) else { return };
    let place = place();
    let (dir, port) = (place.folder.path(), free_port());
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", dir.display()))
        .collect();
    let config = format!(
        "daemon off; user {}; pid {dir}/nginx.pid; error_log stderr; worker_processes 1; events {{}}\n\
         http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; autoindex on; charset utf-8;\n\
         location / {{ root {dir}/served; }}\n\
         location /json/ {{ alias {dir}/served/; autoindex_format json; }} }} }}\n",
        user(),
        dir = dir.display(),
    );
    std::fs::write(dir.join("nginx.conf"), config).expect("written");
    // its worker is another user where the test runs as root
    let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(dir, open).expect("opened");
    let _running = run(Command::new(nginx).args(["-e", "stderr", "-c"]).arg(dir.join("nginx.conf")), port);
    let url = format!("http://127.0.0.1:{port}/");
    listed_and_fetched(&place, &url, true).await;
    place.put(&format!("d ir/{}", NAMES[0]), 100_000);
    listed_and_fetched(&place, &format!("{url}json/"), true).await;
    goes_on(&place, &url, port).await;
}

#[tokio::test]
async fn pages_of_apache() {
    let Some(apache) = have_program(&["apache2", "/usr/sbin/apache2"]) else { return };
    for options in [
        "FancyIndexing HTMLTable NameWidth=20 Charset=UTF-8",
        "FancyIndexing NameWidth=* Charset=UTF-8",
        "Charset=UTF-8",
    ] {
        let place = place();
        let (dir, port) = (place.folder.path().display(), free_port());
        let modules: String = ["mpm_event", "authz_core", "dir", "mime", "autoindex"]
            .iter()
            .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
            .collect();
        let config = format!(
            "{modules}ServerName localhost\nListen 127.0.0.1:{port}\nServerRoot {dir}\nPidFile {dir}/apache.pid\n\
             ErrorLog {dir}/apache.log\nTypesConfig /dev/null\nUser {}\nGroup {}\nDocumentRoot {dir}/served\n\
             <Directory {dir}/served>\nRequire all granted\nOptions +Indexes\nIndexOptions {options}\n</Directory>\n",
            user(),
            user(),
        );
        let file = place.folder.path().join("apache.conf");
        std::fs::write(&file, config).expect("written");
        let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(place.folder.path(), open).expect("opened");
        let running = run(Command::new(apache).arg("-f").arg(&file).arg("-DFOREGROUND"), port);
        let url = format!("http://127.0.0.1:{port}/");
        // sizes are rounded, and a plain list has names alone: then the server is asked for each
        listed_and_fetched(&place, &url, options.starts_with("Charset")).await;
        goes_on(&place, &url, port).await;
        drop(running);
    }
}

#[tokio::test]
async fn pages_of_python() {
    let Some(python) = python_with("http.server") else { return };
    let place = place();
    let port = free_port();
    let mut command = Command::new(python);
    command.args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"]).arg(&place.served).arg(port.to_string());
    let _running = run(&mut command, port);
    listed_and_fetched(&place, &format!("http://127.0.0.1:{port}/"), true).await;
}

/// Who a server's workers are where the test runs as root: a user that every Debian has.
fn user() -> &'static str {
    "www-data"
}
