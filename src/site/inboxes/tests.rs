use super::*;
use std::path::Path;

fn inboxes(toml: &str) -> Result<Vec<Inbox>> {
    let text: String = toml.split("---").map(|table| format!("[[station.inboxes]]\n{table}\n")).collect();
    Settings::parse(Path::new("/site/site.toml"), &text)?.inboxes()
}

fn one(toml: &str) -> Inbox {
    inboxes(&format!("name = 'a'\n{toml}")).unwrap_or_else(|error| panic!("{error}")).remove(0)
}

fn refused(toml: &str) -> String {
    inboxes(&format!("name = 'a'\n{toml}")).expect_err(toml).to_string()
}

#[test]
fn each_kind_is_read_with_its_defaults() {
    let folder = one("kind = 'folder'\npath = 'in'\nsatellites = ['Himawari-9']\ndeadline_min = 30");
    assert_eq!(folder.source, Source::Folder { path: "/site/in".into() });
    assert_eq!((folder.poll_s, folder.look_back_hours, folder.deadline_min), (5.0, 24.0, Some(30.0)));
    assert_eq!(folder.satellites, ["Himawari-9"]);
    let noaa = one("kind = 's3'\nurl = 's3://noaa-himawari9/AHI-L1b-FLDK/%Y/%m/%d/%H%M'");
    let Source::S3 { bucket, prefix, endpoint, region, signed, allow_http } = noaa.source else { panic!() };
    assert_eq!((bucket.as_str(), prefix.as_str()), ("noaa-himawari9", "AHI-L1b-FLDK/%Y/%m/%d/%H%M/"));
    assert_eq!((endpoint, region.as_str(), signed, allow_http), (None, "us-east-1", None, false));
    assert_eq!((noaa.poll_s, noaa.patterns.len()), (60.0, 0));
    let ptree = one("kind = 'sftp'\nurl = 'sftp://me_mail.com@[::1]:2051/jma/hsd/%Y%m/%d/%H'\npassword_env = 'P'\n\
         known_hosts = 'known'\npatterns = ['HS_H09_*_B07_*']");
    let Source::Sftp { host, port, user, path, password, known_hosts, .. } = ptree.source else { panic!() };
    assert_eq!((host.as_str(), port, user.as_str()), ("::1", 2051, "me_mail.com"));
    assert_eq!((path.as_str(), password), ("/jma/hsd/%Y%m/%d/%H/", Some(SecretFrom::Env("P".into()))));
    assert_eq!(known_hosts, Some("/site/known".into()));
    let http = one("kind = 'http'\nurl = 'https://h.example/a%20b/%Y/%j'\nbearer_file = 'token'");
    let Source::Http { url, bearer, .. } = http.source else { panic!() };
    assert_eq!(
        (url.as_str(), bearer),
        ("https://h.example/a%20b/%Y/%j/", Some(SecretFrom::File("/site/token".into())))
    );
    let firms = one("kind = 'firms'\nproducts = ['VIIRS_NOAA20_NRT']\nkey_env = 'MAP_KEY'");
    let Source::Firms { url, products, .. } = firms.source else { panic!() };
    assert_eq!((url.as_str(), products.len(), firms.poll_s), ("https://firms.modaps.eosdis.nasa.gov", 1, 300.0));
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    let table = "kind = 'folder'\npath = 'in'\n";
    for (toml, key, word) in [
        (format!("{table}pattern = ['a']"), "station.inboxes[0].pattern", "unknown key"),
        (format!("{table}patterns = ['a/b']"), "patterns[0]", "a/b"),
        (format!("{table}needs = ['ok', '[']"), "needs[1]", "["),
        (format!("{table}url = 'https://a.example/'"), "url", "kind folder does not have"),
        (format!("{table}satellites = ['NOAA-20', 'Himawari 9']"), "satellites[1]", "Himawari-9, FY-4A"),
        (format!("{table}poll_s = 0"), "poll_s", "0.1"),
        (format!("{table}look_back_hours = 1000"), "look_back_hours", "744"),
        ("kind = 'ftp'".to_string(), "kind", "sftp"),
        ("kind = 'folder'".to_string(), "path", "nothing"),
        ("kind = 's3'\nurl = 'https://bucket/'".to_string(), "url", "s3://bucket"),
        ("kind = 's3'\nurl = 's3://b/a//c'".to_string(), "url", "empty part"),
        ("kind = 's3'\nurl = 's3://b/%y/'".to_string(), "url", "%y"),
        ("kind = 's3'\nurl = 's3://b/'\naccess_key_id = 'x'".to_string(), "secret_env", "nothing"),
        ("kind = 's3'\nurl = 's3://b/'\nsecret_env = 'X'".to_string(), "access_key_id", "nothing"),
        ("kind = 's3'\nurl = 's3://b/'\nendpoint = 'http://h'".to_string(), "endpoint", "allow_http"),
        ("kind = 'http'\nurl = 'ftp://h/'".to_string(), "url", "scheme"),
        ("kind = 'http'\nurl = 'https://h/%y/'".to_string(), "url", "%y"),
        ("kind = 'http'\nurl = 'https://h/'\nuser = 'u'".to_string(), "password_env", "nothing"),
        ("kind = 'http'\nurl = 'http://h/'\nbearer_env = 'B'".to_string(), "url", "allow_http"),
        ("kind = 'sftp'\nurl = 'sftp://h/'\npassword_env = 'P'".to_string(), "url", "no user"),
        ("kind = 'sftp'\nurl = 'sftp://u@h:0/'\npassword_env = 'P'".to_string(), "url", "port"),
        ("kind = 'sftp'\nurl = 'sftp://u@h/a/../b'\npassword_env = 'P'".to_string(), "url", ".."),
        ("kind = 'sftp'\nurl = 'sftp://u@h/'".to_string(), "password_env", "identity"),
        (
            "kind = 'sftp'\nurl = 'sftp://u@h/'\npassword_env = 'P'\nhost_key = 'MD5:1'".to_string(),
            "host_key",
            "SHA256",
        ),
        ("kind = 'firms'\nproducts = ['A']".to_string(), "key_env", "MAP_KEY"),
        ("kind = 'firms'\nproducts = ['a/b']\nkey_env = 'K'".to_string(), "products", "VIIRS_NOAA20_NRT"),
    ] {
        let error = refused(&toml);
        assert!(error.contains(key) && error.contains(word) && error.contains("station.inboxes[0]"), "{toml}: {error}");
    }
    let bad = inboxes("name = 'A b'\nkind = 'folder'\npath = 'in'").expect_err("refused").to_string();
    assert!(bad.contains("a-z"), "{bad}");
    let twice = "name = 'a'\nkind = 'folder'\npath = 'in'";
    let error = inboxes(&format!("{twice}---{twice}")).expect_err("refused").to_string();
    assert!(error.contains("station.inboxes[1].name"), "{error}");
}

/// What somebody wrote into an address by mistake is refused, and not repeated in the message.
#[test]
fn a_secret_in_an_address_is_refused_and_not_repeated() {
    for toml in [
        "kind = 's3'\nurl = 's3://id:geheim@bucket/'",
        "kind = 's3'\nurl = 's3://b/'\nendpoint = 'https://id:geheim@h/'",
        "kind = 'http'\nurl = 'https://user:geheim@h/'",
        "kind = 'http'\nurl = 'https://geheim@h/'",
        "kind = 'http'\nurl = 'https://h/?token=geheim'",
        "kind = 'sftp'\nurl = 'sftp://user:geheim@h/'\npassword_env = 'P'",
        "kind = 'firms'\nproducts = ['A']\nkey_env = 'K'\nurl = 'https://h/api/area/csv/geheim/'",
    ] {
        let error = refused(toml);
        assert!(error.contains("station.inboxes[0].") && !error.contains("geheim"), "{toml}: {error}");
    }
}

/// What the shipped pack shows as an example can be taken as it stands, but for the fingerprint.
#[test]
fn the_examples_of_the_shipped_pack_are_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong/site.toml");
    let text = std::fs::read_to_string(&file).expect("the shipped pack");
    let (_, examples) = text.split_once("\n# [[station.inboxes]]").expect("examples");
    let examples =
        format!("# [[station.inboxes]]{examples}").replace("SHA256:...", &format!("SHA256:{}", "a".repeat(43)));
    let toml: String = examples.lines().map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(""))).collect();
    let inboxes = Settings::parse(&file, &toml).expect("TOML").inboxes().unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = inboxes.iter().map(|inbox| inbox.name.as_str()).collect();
    assert_eq!(names, ["dish", "noaa", "ptree", "province", "firms"]);
}
