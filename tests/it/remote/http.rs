//! Directories of web servers, and all that a server may do wrong (tests/tools/range_server.py).

use super::*;
use crate::common::python_with;
use crate::sinks::Server;

/// A server that takes orders.
struct Troublesome {
    place: Place,
    server: Server,
}

fn start() -> Option<Troublesome> {
    let python = python_with("http.server")?;
    let place = Place::new();
    let served = place.served.display().to_string();
    let server = Server::python(&python, "range_server.py", &[&served]);
    Some(Troublesome { place, server })
}

impl Troublesome {
    fn order(&self, name: &str, value: &str) {
        std::fs::write(self.place.folder.path().join("orders").join(name), value).expect("written");
    }

    fn cancel(&self, name: &str) {
        std::fs::remove_file(self.place.folder.path().join("orders").join(name)).expect("removed");
    }

    /// Requests so far: method, path, range, login.
    fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.place.folder.path().join("requests.log")).unwrap_or_default();
        log.lines().map(str::to_string).collect()
    }

    fn remote(&self, path: &str, more: &str) -> Remote {
        let address = &self.server.address;
        self.place.remote(&format!("kind = 'http'\nurl = 'http://{address}/{path}'\nallow_http = true\n{more}"))
    }
}

const LOGIN: &str = "user = 'reader'\npassword_file = 'password'";

#[tokio::test]
async fn what_is_asked_for_is_listed_and_fetched_byte_by_byte() {
    let Some(it) = start() else { return };
    let bytes = it.place.put(&format!("hsd/202510/20/05/{NAME}"), 3_000_000);
    it.place.put(&format!("hsd/202510/20/05/{OTHER}"), 10);
    it.place.put("hsd/202510/20/04/HS_H09_20251020_0430_B07_FLDK_R20_S0210.DAT.bz2", 10);
    let remote = it.remote("hsd/%Y%m/%d/%H/", "");
    assert_eq!(remote.skew_s(), None);
    let listed = list(&remote).await.expect("listed");
    assert_eq!(names_of(&listed), [NAME]);
    let file = &listed[0];
    assert_eq!(file.place, format!("http://{}/hsd/202510/20/05/{NAME}", it.server.address));
    assert_eq!(file.size, Some(3_000_000));
    assert!(!file.version.is_empty() && file.modified.is_some(), "{file:?}");
    let path = remote.fetch(file, &it.place.into).await.expect("fetched");
    assert_eq!(path, it.place.into.join(NAME));
    assert!(std::fs::read(&path).expect("there") == bytes);
    assert_eq!(it.place.fetched(), [NAME]);
    // both read the clock of this machine
    assert!(remote.skew_s().is_some_and(|skew| skew.abs() < 5.0), "{:?}", remote.skew_s());
    // patterns instead of products
    let remote = it.remote("hsd/%Y%m/%d/%H/", "patterns = ['*.txt']");
    assert_eq!(names_of(&list(&remote).await.expect("listed")), [OTHER]);
}

#[tokio::test]
async fn of_folders_of_minutes_those_that_are_there_are_asked_for() {
    let Some(it) = start() else { return };
    for slot in ["20251020/0450", "20251020/0530", "20251020/0610", "20251020/0620"] {
        let name = NAME.replace("20251020_0530", &slot.replace('/', "_"));
        it.place.put(&format!("fldk/{slot}/{name}"), 10);
    }
    let remote = it.remote("fldk/%Y%m%d/%H%M/", "");
    let listed = list(&remote).await.expect("listed");
    let expected = [NAME.to_string(), NAME.replace("0530", "0610")];
    assert_eq!(names_of(&listed), expected);
    let asked: Vec<String> = it.requests().into_iter().filter(|line| line.starts_with("GET")).collect();
    assert_eq!(asked.len(), 3, "the day and two slots: {asked:?}");
}

/// By hand: of 10:00 and a look-back of six hours, folders of 04 to 08 are settled; 08 is asked for by both questions.
#[tokio::test]
async fn folders_of_long_ago_are_asked_for_seldom_and_nothing_is_missed() {
    let Some(it) = start() else { return };
    let at = |clock: &str| Utc::parse(&format!("2025-10-20T{clock}:00Z")).expect("a time");
    let name = |clock: &str| NAME.replace("_0530_", &format!("_{clock}_"));
    let put = |clock: &str| it.place.put(&format!("{}/{}", &clock[..2], name(clock)), 10);
    put("0450");
    put("0950");
    let remote = it.remote("%H/", "");
    let listed = async |now: &str| {
        let before = it.requests().iter().filter(|line| line.starts_with("GET")).count();
        let from = at(now).plus_seconds(-6.0 * 3600.0).expect("a time");
        let listed = remote.list(from, at(now)).await.expect("listed");
        let names: Vec<String> = listed.into_iter().map(|file| file.name).collect();
        (names, it.requests().iter().filter(|line| line.starts_with("GET")).count() - before)
    };
    assert_eq!(listed("10:00").await, (vec![name("0450"), name("0950")], 5 + 3));
    // late, and just before the end of what is settled
    put("0520");
    put("0800");
    assert_eq!(listed("10:05").await, (vec![name("0450"), name("0800"), name("0950")], 3));
    assert_eq!(listed("10:09").await.1, 3);
    let all = vec![name("0450"), name("0520"), name("0800"), name("0950")];
    assert_eq!(listed("10:10").await, (all, 5 + 3));
    // a clock that was set back
    assert_eq!(listed("07:00").await.0, [name("0450"), name("0520")]);
}

/// What was there before the break does not come again.
#[tokio::test]
async fn a_broken_transfer_goes_on_where_it_broke() {
    let Some(it) = start() else { return };
    let bytes = it.place.put(NAME, 2_000_000);
    let remote = it.remote("", "");
    let file = list(&remote).await.expect("listed").remove(0);
    it.order("cut", "700000");
    let words = input_error(remote.fetch(&file, &it.place.into).await);
    assert!(words.contains("after 700000 bytes of 2000000") && words.contains("connection"), "{words}");
    let half = [format!("{NAME}.part"), format!("{NAME}.part.of")];
    assert_eq!(it.place.fetched(), half);
    input_error(remote.fetch(&file, &it.place.into).await);
    assert_eq!(it.place.fetched(), half);
    it.cancel("cut");
    // another process goes on with it
    let path = it.remote("", "").fetch(&file, &it.place.into).await.expect("fetched");
    assert!(std::fs::read(path).expect("there") == bytes);
    assert_eq!(it.place.fetched(), [NAME]);
    let ranges: Vec<String> =
        it.requests().iter().map(|line| line.split(' ').nth(2).unwrap_or("").to_string()).collect();
    assert_eq!(ranges[2..], ["-", "bytes=700000-", "bytes=1400000-"]);
}

/// However a server treats Range and If-Range: the file is wholly of one version.
#[tokio::test]
async fn halves_of_two_versions_are_never_joined() {
    for order in ["", "blind", "no-range", "none"] {
        let Some(it) = start() else { return };
        it.place.put(NAME, 500_000);
        let remote = it.remote("", "");
        match order {
            "" => {}
            "none" => it.order("etag", "none"),
            order => it.order(order, "1"),
        }
        let file = list(&remote).await.expect("listed").remove(0);
        it.order("cut", "200000");
        input_error(remote.fetch(&file, &it.place.into).await);
        let changed = noise("another", 500_000);
        std::fs::write(it.place.served.join(NAME), &changed).expect("written");
        it.cancel("cut");
        let path = remote.fetch(&file, &it.place.into).await.expect(order);
        assert!(std::fs::read(path).expect("there") == changed, "{order}");
    }
}

/// A half whose note is torn or of another version, or that is shorter than noted, counts for nothing; one that is longer than what is
/// surely on the disk is cut there.
#[tokio::test]
async fn a_half_is_only_trusted_as_far_as_it_was_noted() {
    let Some(it) = start() else { return };
    let bytes = it.place.put(NAME, 500_000);
    let remote = it.remote("", "");
    let file = list(&remote).await.expect("listed").remove(0);
    let (part, note) = (it.place.into.join(format!("{NAME}.part")), it.place.into.join(format!("{NAME}.part.of")));
    let broken = async || {
        it.order("cut", "200000");
        input_error(remote.fetch(&file, &it.place.into).await);
        it.cancel("cut");
    };
    let damages: [(&str, &dyn Fn()); 4] = [
        ("-", &|| std::fs::write(&note, "{\"pla").expect("written")),
        ("-", &|| std::fs::write(&part, "short").expect("written")),
        ("-", &|| {
            let text = std::fs::read_to_string(&note).expect("a note");
            std::fs::write(&note, text.replace(&file.version.replace('"', "\\\""), "other")).expect("written");
        }),
        ("bytes=200000-", &|| {
            let mut half = std::fs::read(&part).expect("there");
            half.extend([0; 5000]);
            std::fs::write(&part, half).expect("written");
        }),
    ];
    for (range, damage) in damages {
        broken().await;
        damage();
        let path = remote.fetch(&file, &it.place.into).await.expect("fetched");
        assert!(std::fs::read(&path).expect("there") == bytes);
        let last = it.requests().pop().expect("a request");
        assert_eq!(last.split(' ').nth(2), Some(range), "{last}");
        std::fs::remove_file(path).expect("removed");
    }
}

#[tokio::test]
async fn a_file_that_is_not_as_announced_does_not_get_its_name() {
    let Some(it) = start() else { return };
    it.place.put(NAME, 100_000);
    let remote = it.remote("", "");
    let file = list(&remote).await.expect("listed").remove(0);
    for (order, value, word) in [
        ("length", "50", "100050 bytes where 100000 were listed"),
        ("length", "-50", "99950 bytes where 100000 were listed"),
        ("coding", "gzip", "gzip"),
        ("login", "1", "web page"),
        ("md5", "AAAAAAAAAAAAAAAAAAAAAA==", "MD5"),
        ("status", "404", "404"),
        ("status", "503", "77"),
    ] {
        // of a .bz2 a coding may be said
        let file = if order == "coding" {
            let name = NAME.trim_end_matches(".bz2");
            it.place.put(name, 100_000);
            list(&remote).await.expect("listed").remove(0)
        } else {
            file.clone()
        };
        it.order(order, value);
        let words = input_error(remote.fetch(&file, &it.place.into).await);
        assert!(words.contains(word) && words.contains(&file.place), "{order} {value}: {words}");
        assert!(!it.place.fetched().contains(&file.name), "{order}");
        it.cancel(order);
    }
    it.order("md5", "right");
    remote.fetch(&file, &it.place.into).await.expect("fetched");
    it.cancel("md5");
    // the listing says no length, and the answer a wrong one or none: it could break off and nobody would see it
    it.order("no-head", "1");
    let file = list(&remote).await.expect("listed").pop().expect("a file");
    assert_eq!((file.size, file.version.as_str()), (None, ""));
    std::fs::remove_file(it.place.into.join(NAME)).expect("removed");
    it.order("length", "50");
    let words = input_error(remote.fetch(&file, &it.place.into).await);
    assert!(words.contains("after 100000 bytes of 100050"), "{words}");
    it.cancel("length");
    it.order("close", "1");
    let words = input_error(remote.fetch(&file, &it.place.into).await);
    assert!(words.contains("how long"), "{words}");
}

/// "No files" is never said where nobody could look.
#[tokio::test]
async fn what_is_no_listing_is_an_error() {
    let Some(it) = start() else { return };
    std::fs::create_dir_all(it.place.served.join("empty")).expect("made");
    let remote = it.remote("empty/", LOGIN);
    assert!(list(&remote).await.expect("listed").is_empty());
    for (order, value, word) in [
        ("login", "1", "Sign in"),
        ("status", "401", "login"),
        ("status", "403", "login"),
        ("status", "500", "500"),
        ("status", "503", "77"),
        ("status", "429", "busy"),
        ("body", "Please come back later", "come back later"),
        ("body", "<html><h1>Welcome</h1><a href='about.html'>us</a></html>", "Welcome"),
        ("body", "[{\"a\": 1}]", "JSON"),
        ("body", "", "no directory listing"),
        ("endless", "1", "more than"),
    ] {
        it.order(order, value);
        let words = input_error(list(&remote).await);
        assert!(words.contains(word) && words.contains("/empty/"), "{order} {value}: {words}");
        it.cancel(order);
    }
    it.order("body", "<html><h1>Welcome</h1><a href='about/'>us</a></html>");
    let words = input_error(list(&it.remote("empty/%Y%m%d/%H%M/", "")).await);
    assert!(words.contains("Welcome") && words.contains("/20251020/"), "{words}");
    it.cancel("body");
    // a server that repeats what it was sent: without the password, also in base64
    it.order("status", "500");
    let words = input_error(list(&remote).await);
    assert!(words.contains("as ordered") && words.contains("***"), "{words}");
    it.cancel("status");
    // hours that are not there yet below a folder that is; and a path that was never there
    assert!(list(&it.remote("empty/%Y%m/%d/%H/", "")).await.expect("listed").is_empty());
    for path in ["absent/%Y%m/%d/%H/", "absent/", "absent/%Y%m%d/%H%M/"] {
        let words = input_error(list(&it.remote(path, "")).await);
        assert!(words.contains("no such directory") && words.contains("/absent/"), "{words}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_an_error() {
    let Some(it) = start() else { return };
    it.place.put(NAME, 10);
    let remote = it.remote("", "");
    let file = list(&remote).await.expect("listed").remove(0);
    drop(it.server);
    for words in [input_error(list(&remote).await), input_error(remote.fetch(&file, &it.place.into).await)] {
        assert!(words.contains("no connection"), "{words}");
    }
}

#[tokio::test]
async fn logins_are_sent_and_stay_secret() {
    let Some(it) = start() else { return };
    it.place.put(NAME, 10);
    it.order("user", &format!("reader:{PASSWORD}"));
    let remote = it.remote("", LOGIN);
    let file = list(&remote).await.expect("listed").remove(0);
    remote.fetch(&file, &it.place.into).await.expect("fetched");
    assert!(!format!("{remote:?} {file:?}").contains("geheim"));
    let words = input_error(list(&it.remote("", "")).await);
    assert!(words.contains("401"), "{words}");
    it.order("user", PASSWORD);
    list(&it.remote("", "bearer_file = 'password'")).await.expect("listed");
    let words = input_error(list(&remote).await);
    assert!(words.contains("401") && words.contains("***"), "the server repeats what it got: {words}");
}

/// A login goes to no other server, however it is sent on.
#[tokio::test]
async fn a_redirect_takes_no_login_along() {
    let (Some(it), Some(other)) = (start(), start()) else { return };
    other.place.put(NAME, 10);
    it.order("redirect", &format!("http://{}", other.server.address));
    let words = input_error(list(&it.remote("", LOGIN)).await);
    assert!(words.contains("redirect to http://127.0.0.1") && words.contains("not followed"), "{words}");
    assert_eq!(other.requests(), [""; 0]);
    let remote = it.remote("", "");
    let listed = list(&remote).await.expect("listed");
    assert_eq!(names_of(&listed), [NAME]);
    assert!(listed[0].place.starts_with(&format!("http://{}/", it.server.address)), "{listed:?}");
    remote.fetch(&listed[0], &it.place.into).await.expect("fetched");
    // round in a circle
    it.order("redirect", &format!("http://{}", it.server.address));
    assert!(input_error(list(&it.remote("", LOGIN)).await).contains("not followed"));
}

/// Names that would lead out of the folder are not listed; a file that somebody made up is not fetched.
#[tokio::test]
async fn names_are_no_paths() {
    let Some(it) = start() else { return };
    it.order(
        "body",
        "<title>Index of x</title><a href='..%2f..%2fevil.nc'>1</a><a href='.hidden.nc'>2</a><a href='a%00b.nc'>3</a>\
         <a href='a%0ab.nc'>4</a><a href='a%5cb.nc'>5</a><a href='%2e%2e/up.nc'>6</a><a href='x.nc.part'>7</a>",
    );
    let remote = it.remote("in/", "patterns = ['*']");
    assert_eq!(list(&remote).await.expect("listed"), []);
    it.cancel("body");
    it.place.put("in/a.nc", 10);
    let good = list(&remote).await.expect("listed").remove(0);
    for (name, place) in [
        ("../evil.nc", good.place.clone()),
        ("/tmp/evil.nc", good.place.clone()),
        ("a.nc", "http://127.0.0.1:9/in/a.nc".to_string()),
        ("a.nc", good.place.replace("/in/", "/in/../")),
        ("a.nc", good.place.replace("/in/", "/out/")),
    ] {
        let file = Listed { name: name.to_string(), place, ..good.clone() };
        input_error(remote.fetch(&file, &it.place.into).await);
    }
    assert_eq!(it.place.fetched(), [""; 0]);
}

/// Half a minute without a byte: before the answer, and in the middle of a file.
#[tokio::test]
async fn a_server_that_falls_silent_is_not_waited_for_for_ever() {
    let (Some(mute), Some(stalling)) = (start(), start()) else { return };
    mute.order("hang", "60");
    stalling.place.put(NAME, 100_000);
    let remote = stalling.remote("", "");
    let file = list(&remote).await.expect("listed").remove(0);
    stalling.order("stall", "60");
    let began = std::time::Instant::now();
    let silent = mute.remote("", "");
    let (host, other) = (&mute.server.address, Place::new());
    let s3 = format!("kind = 's3'\nurl = 's3://imagery/'\nendpoint = 'http://{host}'\nallow_http = true");
    // it takes the connection and says nothing, which no SSH server does
    let deaf = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = deaf.local_addr().expect("an address").port();
    let sftp = format!("kind = 'sftp'\nurl = 'sftp://a@127.0.0.1:{port}/'\npassword_file = 'password'");
    let (bucket, directory) = (other.remote(&s3), other.remote(&sftp));
    let (listed, fetched, keys, ssh) =
        tokio::join!(list(&silent), remote.fetch(&file, &stalling.place.into), list(&bucket), list(&directory));
    let (listed, fetched) = (input_error(listed), input_error(fetched));
    assert!((29..45).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    for words in [input_error(keys), input_error(ssh)] {
        assert!(words.contains("timed out") || words.contains("no answer in time"), "{words}");
    }
    assert!(listed.contains("no answer in time") && fetched.contains("no answer in time"), "{listed}\n{fetched}");
    stalling.cancel("stall");
    remote.fetch(&file, &stalling.place.into).await.expect("fetched");
}
