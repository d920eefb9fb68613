//! The store against slips of the hand and the wrong file: nothing is made that was not asked for, nothing that is good is written over, and
//! what was changed behind the program's back is said.

use crate::common::have;
use crate::databases::{both, postgres, sqlite};
use crate::delivery::{Desk, Ended, desk, http, list, run};
use crate::sinks_receiver::{received, receiver};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::store::Store;
use strawfire::time::Utc;

/// Puts other words into the site.
pub fn change_site(desk: &Desk, from: &str, to: &str) {
    let path = desk.path("site.toml");
    let text = std::fs::read_to_string(&path).expect("site.toml");
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replace(from, to)).expect("written");
}

/// Runs SQL past the program.
pub fn sql(url: &str, statements: &[&str]) {
    sqlx::any::install_default_drivers();
    run(async {
        let pool = sqlx::AnyPool::connect(url).await.expect("connects");
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe((*statement).to_string())).execute(&pool).await.expect(statement);
        }
        pool.close().await;
    });
}

fn file_of(url: &str) -> PathBuf {
    url.strip_prefix("sqlite://").expect("a file").into()
}

fn quiet_desk(url: &str) -> Desk {
    desk(url, &http("patrol", "http://127.0.0.1:9", ""))
}

fn import(desk: &Desk) -> Ended {
    let list = list(desk, 3);
    desk.strawfire(&["import", "--format", "firms", "--out", "out", &list])
}

const ASKING: [&[&str]; 9] = [
    &["audit", "verify"],
    &["audit", "show"],
    &["backup", "b.jsonl"],
    &["retain"],
    &["deliver", "list"],
    &["deliver", "resend", "--all"],
    &["deliver", "resend", "1"],
    &["deliver", "drop", "--reason", "x", "1"],
    &["deliver", "acknowledge", "x"],
];

#[test]
fn only_what_has_something_to_keep_makes_a_store() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    let file = file_of(&database.url);
    for found in ["no such file", "an empty file"] {
        if found == "an empty file" {
            std::fs::write(&file, "").expect("written");
        }
        for command in ASKING {
            desk.strawfire(command).expect(5, &[found, "there is no store", "strawfire.db", "only scan, import"]);
            assert_eq!(std::fs::metadata(&file).map_or(0, |file| file.len()), 0, "{command:?}");
        }
        assert!(!desk.path("b.jsonl").exists());
    }
    import(&desk).expect(0, &[]);
    desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
    // a deliverer may be started before the first scan
    let fresh = sqlite();
    quiet_desk(&fresh.url).strawfire(&["deliver", "--once"]).expect(0, &[]);
    assert!(file_of(&fresh.url).exists());
    let Some(empty) = postgres() else { return };
    let desk = quiet_desk(&empty.url);
    for command in ASKING {
        desk.strawfire(command).expect(5, &["without tables of ours", "there is no store"]);
    }
    import(&desk).expect(0, &[]);
}

#[test]
fn the_file_of_another_program_is_left_as_it_is() {
    for make in
        ["CREATE TABLE customers (name TEXT)", "PRAGMA application_id = 1196444487", "CREATE TABLE schemas (x TEXT)"]
    {
        let database = sqlite();
        let file = file_of(&database.url);
        sql(&format!("{}?mode=rwc", database.url), &[make]);
        let before = std::fs::read(&file).expect("read");
        let desk = quiet_desk(&database.url);
        import(&desk).expect(5, &["another program's database", "a file of its own"]);
        for command in [&["deliver", "--once"][..], &["audit", "verify"], &["deliver", "list"]] {
            desk.strawfire(command).expect(5, &["another program's database"]);
        }
        assert!(std::fs::read(&file).expect("read") == before, "{make}");
    }
    // SQLite's file format, 1.3.17: bytes 68 to 71 say whose it is
    let database = sqlite();
    import(&quiet_desk(&database.url)).expect(0, &[]);
    run(async { Store::open(&database.url).await.expect("opens").close().await });
    assert_eq!(&std::fs::read(file_of(&database.url)).expect("read")[68..72], b"strf");
}

#[test]
fn an_empty_store_does_not_replace_a_backup() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    import(&desk).expect(0, &[]);
    desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
    let good = std::fs::read(desk.path("b.jsonl")).expect("read");
    let other = sqlite();
    change_site(&desk, &database.url, &other.url);
    run(async { Store::open(&other.url).await.expect("made").close().await });
    desk.strawfire(&["backup", "empty.jsonl"]).expect(0, &["rows written"]);
    desk.strawfire(&["backup", "empty.jsonl"]).expect(0, &["rows written"]);
    std::fs::write(desk.path("notes"), "no backup\n").expect("written");
    for name in ["b.jsonl", "notes"] {
        desk.strawfire(&["backup", name]).expect(5, &["the store is empty", name, "remove the file first"]);
    }
    assert!(std::fs::read(desk.path("b.jsonl")).expect("read") == good);
    assert!(!desk.path(".b.jsonl.part").exists());
}

/// A device with the numbers of /dev/null is made in the folder: the real one is not tried with.
#[test]
fn a_backup_goes_into_a_plain_file_of_its_own() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    change_site(&desk, "[store]\n", "[store]\naudit_heads = 'heads'\n");
    import(&desk).expect(0, &[]);
    desk.strawfire(&["deliver", "--once"]).expect(5, &["no connection"]);
    let file = file_of(&database.url);
    let at = |name: &str| desk.path(name).display().to_string();
    let own = |ending: &str| format!("{}{ending}", file.display());
    std::fs::hard_link(&file, at("hard")).expect("linked");
    for (name, to) in [("soft", own("")), ("wal", own("-wal")), ("nothing", at("gone"))] {
        std::os::unix::fs::symlink(to, at(name)).expect("linked");
    }
    let made = |command: &str, arguments: &[&str]| {
        Command::new(command).args(arguments).status().is_ok_and(|status| status.success())
    };
    let mut refused: Vec<String> = ["", "-wal", "-shm", "-journal", "-deliver"].map(own).to_vec();
    refused.extend(["hard", "soft", "wal", "nothing", "heads"].map(at));
    refused.push(desk.path("").display().to_string());
    for (name, is_made) in
        [("fifo", made("mkfifo", &[&at("fifo")])), ("device", made("mknod", &[&at("device"), "c", "1", "3"]))]
    {
        if is_made {
            refused.push(at(name));
        }
    }
    for name in &refused {
        desk.strawfire(&["backup", name]).expect(2, &["a file of its own", "name another file"]);
    }
    desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
    assert!(desk.path("").is_dir() && !std::fs::metadata(at("heads")).expect("there").is_dir());
    // a link to a plain file stays a link
    std::fs::write(at("kept"), "").expect("written");
    std::os::unix::fs::symlink(at("kept"), at("latest")).expect("linked");
    desk.strawfire(&["backup", "latest"]).expect(0, &["rows written"]);
    assert!(std::fs::symlink_metadata(at("latest")).expect("there").is_symlink());
    assert!(std::fs::read_to_string(at("kept")).expect("read").contains("strawfire backup"));
}

#[test]
fn what_a_killed_backup_left_is_removed_by_the_next() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    import(&desk).expect(0, &[]);
    let begun = "{\"kind\":\"strawfire backup\",\"schema\":2,\"program_version\":\"0.1.0\"}\n{\"table\":\"lo";
    for name in [".monday.jsonl.part", ".held.jsonl.part"] {
        std::fs::write(desk.path(name), begun).expect("written");
    }
    std::fs::write(desk.path(".other.part"), "of another program, and long enough to be one of ours").expect("written");
    let held = std::fs::File::open(desk.path(".held.jsonl.part")).expect("opened");
    held.lock().expect("locked");
    desk.strawfire(&["backup", "tuesday.jsonl"]).expect(0, &[]);
    let there = |name: &str| desk.path(name).exists();
    assert_eq!([".monday.jsonl.part", ".held.jsonl.part", ".other.part"].map(there), [false, true, true]);
}

/// The head that is printed is that of the file, whatever is written meanwhile.
#[test]
fn a_backup_says_what_it_ends_with() {
    for database in both() {
        let desk = quiet_desk(&database.url);
        import(&desk).expect(0, &[]);
        let mut text = Vec::new();
        let backed = run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let keep = |line: &str| {
                text.push(line.to_string());
                Ok(())
            };
            store.backup(keep).await.expect("written")
        });
        let lines: Vec<Value> = text.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let last = lines.iter().rfind(|line| line["table"] == "audit").expect("one");
        assert_eq!(
            (json!(backed.head.0), json!(backed.head.1)),
            (last["row"]["seq"].clone(), last["row"]["hash"].clone())
        );
        let records = lines.iter().filter(|line| line["table"].is_string() && line["table"] != "counters").count();
        assert_eq!((backed.records, backed.rows), (records as u64, lines.len() as u64 - 2));
        desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[&format!("{}:{}", backed.head.0, backed.head.1)]);
    }
}

/// The chain as the README has it, reckoned here.
fn hash(previous: &str, line: &Value) -> String {
    let of = |name: &str| line[name].clone();
    let all =
        json!([previous, of("seq"), of("at_us"), of("who"), of("origin"), of("action"), of("record"), of("detail")]);
    Sha256::digest(all.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who writes the whole audit anew, with all hashes: statements for it, out of a backup.
fn forged(backup: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(backup).expect("read");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut previous = String::new();
    let mut statements = Vec::new();
    for line in lines.filter(|line| line["table"] == "audit") {
        let mut row = line["row"].clone();
        row["who"] = "nobody".into();
        let own = hash(&previous, &row);
        statements.push(format!(
            "UPDATE audit SET who = 'nobody', previous = '{previous}', hash = '{own}' WHERE seq = {}",
            row["seq"]
        ));
        previous = own;
    }
    statements
}

#[test]
fn an_audit_that_is_gone_or_damaged_is_broken() {
    for database in both() {
        let desk = quiet_desk(&database.url);
        import(&desk).expect(0, &[]);
        sql(&database.url, &["DELETE FROM audit"]);
        desk.strawfire(&["audit", "verify"]).expect(4, &["audit, line 1", "no line at all", "all of it is gone"]);
    }
    // SQLite keeps whatever kind it is given
    for (change, line) in [
        ("UPDATE audit SET detail = x'00ff' WHERE seq = 2", "line 2"),
        ("UPDATE audit SET at_us = 'then' WHERE seq = 3", "line 3"),
        ("UPDATE audit SET seq = 'four' WHERE seq = 4", "line 4"),
        ("UPDATE audit SET seq = 0.5 WHERE seq = 1", "line 1"),
    ] {
        let database = sqlite();
        let desk = quiet_desk(&database.url);
        import(&desk).expect(0, &[]);
        sql(&database.url, &[change]);
        let ended = desk.strawfire(&["audit", "verify"]);
        ended.expect(4, &["audit, ", line, "somebody changed the audit"]);
        assert!(!ended.log.contains("database is up"), "{}", ended.log);
    }
}

#[test]
fn an_audit_written_anew_is_found_by_what_was_noted_outside() {
    for database in both() {
        let desk = quiet_desk(&database.url);
        let outside = tempfile::tempdir().expect("a folder");
        let heads = outside.path().join("heads");
        desk.strawfire(&["site", "check"]).expect(0, &["store.audit_heads: not set"]);
        change_site(&desk, "[store]\n", &format!("[store]\naudit_heads = '{}'\n", heads.display()));
        import(&desk).expect(0, &[]);
        desk.strawfire(&["deliver", "--once"]).expect(5, &["no connection"]);
        let text = std::fs::read_to_string(&heads).expect("noted");
        let ended = desk.strawfire(&["audit", "verify"]);
        ended.expect(0, &["heads of"]);
        let (seq, own) = ended.said.trim().rsplit_once(' ').and_then(|(_, head)| head.split_once(':')).expect("a head");
        let last: Vec<&str> = text.lines().last().expect("a line").split(' ').collect();
        assert!(last[..2] == [seq, own] && Utc::parse(last[2]).is_some() && last.len() == 3, "{text}");
        for (noted, code) in [
            (format!("{seq}:{}", own.to_uppercase()), 0),
            (format!("{seq}:{}", own.replace(|_: char| true, "0")), 4),
            (format!("0:{own}"), 2),
            (format!("-1:{own}"), 2),
            (format!("{seq}:abc"), 2),
            (format!("{seq} {own}"), 2),
        ] {
            desk.strawfire(&["audit", "verify", &format!("--noted={noted}")]).expect(code, &[]);
        }
        desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
        // cut off the end, with a new line after it
        sql(&database.url, &["CREATE TABLE saved AS SELECT * FROM audit", "DELETE FROM audit WHERE seq > 2"]);
        desk.strawfire(&["retain"]).expect(0, &[]);
        desk.strawfire(&["audit", "verify"]).expect(4, &["audit, line"]);
        sql(&database.url, &["DELETE FROM audit", "INSERT INTO audit SELECT * FROM saved", "DROP TABLE saved"]);
        desk.strawfire(&["audit", "verify"]).expect(0, &[]);
        // all of it written anew: the chain alone does not show it
        let statements = forged(&desk.path("b.jsonl"));
        sql(&database.url, &statements.iter().map(String::as_str).collect::<Vec<_>>());
        desk.strawfire(&["audit", "verify"]).expect(4, &["not the line that was noted"]);
        std::fs::rename(&heads, outside.path().join("moved")).expect("moved");
        desk.strawfire(&["audit", "verify"]).expect(0, &["somebody took it away"]);
        // where it cannot be written, a warning is all
        std::fs::create_dir(&heads).expect("a folder");
        std::fs::create_dir(outside.path().join("not")).expect("a folder");
        change_site(&desk, "/heads'", "/no/such/folder/heads'");
        import(&desk).expect(0, &["is not noted"]);
    }
}

/// A backup whose lines were changed, with a foot that agrees.
fn resealed(lines: &[String]) -> String {
    let mut hash = Sha256::new();
    let mut text = String::new();
    for line in lines {
        hash.update(format!("{line}\n"));
        text += &format!("{line}\n");
    }
    let sha256: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    text + &format!("{}\n", json!({ "rows": lines.len() - 1, "sha256": sha256 }))
}

fn restoring(desk: &Desk, from: &str, file: &str) -> (String, Ended) {
    let other = if from.starts_with("sqlite") { sqlite() } else { postgres().expect("again") };
    change_site(desk, from, &other.url);
    let ended = desk.strawfire(&["restore", file]);
    let exists = other.url.strip_prefix("sqlite://").is_none_or(|file| Path::new(file).exists());
    change_site(desk, &other.url, from);
    (if exists { other.url.clone() } else { String::new() }, ended)
}

#[test]
fn what_is_no_whole_backup_makes_no_store() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    import(&desk).expect(0, &[]);
    desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
    let text = std::fs::read_to_string(desk.path("b.jsonl")).expect("read");
    let lines: Vec<String> = text.lines().map(str::to_string).collect();
    let lines = &lines[..lines.len() - 1];
    let without = |word: &str| lines.iter().filter(|line| !line.contains(word)).cloned().collect::<Vec<_>>();
    let mut odd = lines.to_vec();
    odd[4] = "no JSON".to_string();
    let low: Vec<String> = lines
        .iter()
        .map(|line| line.replace("\"name\":\"outbox\",\"value\":3", "\"name\":\"outbox\",\"value\":2"))
        .collect();
    assert_ne!(low, lines);
    let cases = [
        (resealed(&odd), "a line 5 that is no row"),
        (resealed(&without("\"name\":\"calls\"")), "no counter calls"),
        (resealed(&without("\"table\":\"counters\"")), "no counter"),
        (resealed(&low), "the counter outbox at 2"),
        (text.clone() + "more\n", "after the foot"),
        (text.replacen("strawfire backup", "other", 1), "no head"),
        (text[..text.len() / 2].to_string(), "that is no row"),
    ];
    for (changed, said) in cases {
        std::fs::write(desk.path("c.jsonl"), changed).expect("written");
        let (_, ended) = restoring(&desk, &database.url, "c.jsonl");
        ended.expect(4, &[said, "c.jsonl", "nothing was restored"]);
    }
    std::fs::write(
        desk.path("c.jsonl"),
        b"{\"kind\":\"strawfire backup\",\"schema\":2,\"program_version\":\"\"}\n\xff\n",
    )
    .expect("written");
    restoring(&desk, &database.url, "c.jsonl").1.expect(4, &["a line 2 that is no text"]);
    let (url, ended) = restoring(&desk, &database.url, ".");
    ended.expect(4, &["a folder", "write it into a file first"]);
    assert_eq!(url, "", "nothing was made");
    if have("mkfifo") {
        assert!(Command::new("mkfifo").arg(desk.path("fifo")).status().expect("runs").success());
        restoring(&desk, &database.url, "fifo").1.expect(4, &["a pipe or a device", "write it into a file first"]);
    }
    // as `restore <(zcat b.gz)` has it
    let other = sqlite();
    change_site(&desk, &database.url, &other.url);
    let mut cat = Command::new("cat").arg(desk.path("b.jsonl")).stdout(Stdio::piped()).spawn().expect("starts");
    let mut command = desk.command(&["restore", "/dev/stdin"]);
    let ended = Ended::of(command.stdin(cat.stdout.take().expect("piped")).output().expect("starts"));
    ended.expect(4, &["a pipe or a device"]);
    cat.wait().expect("ended");
    assert!(!file_of(&other.url).exists());
    desk.strawfire(&["restore", "b.jsonl"]).expect(0, &["rows restored"]);
    desk.strawfire(&["audit", "show", "--lines", "1"]).expect(0, &[" restore store ", "b.jsonl"]);
}

#[test]
fn a_broken_audit_is_restored_and_said() {
    for database in both() {
        let desk = quiet_desk(&database.url);
        import(&desk).expect(0, &[]);
        sql(&database.url, &["UPDATE audit SET who = 'x' WHERE seq = 2"]);
        desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
        restoring(&desk, &database.url, "b.jsonl")
            .1
            .expect(3, &["rows restored", "audit, line 2", "not as it was written"]);
    }
}

/// The backup that a version with the first schema would have written.
fn of_schema_1(text: &str) -> String {
    const NEW: [&str; 12] = [
        "reach", "cases", "steps", "accounts", "tasks", "photos", "posts", "slots", "granules", "jobs", "alarms",
        "station",
    ];
    const COLUMNS: [&str; 10] = ["lon", "lat", "kept", "class", "confidence", "triaged", "seq", "made_us", "x", "y"];
    let mut lines = vec!["{\"kind\":\"strawfire backup\",\"schema\":1,\"program_version\":\"0.1.0\"}".to_string()];
    for line in text.lines().skip(1) {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let table = line["table"].as_str().unwrap_or("foot").to_string();
        let is_new =
            table == "counters" && ["changes", "steps", "slots"].iter().any(|name| line["row"]["name"] == *name);
        if table == "foot" || is_new || NEW.contains(&table.as_str()) {
            continue;
        }
        if ["fires", "events"].contains(&table.as_str()) {
            line["row"].as_object_mut().expect("a row").retain(|column, _| !COLUMNS.contains(&column.as_str()));
        }
        if table == "outbox" {
            line["row"].as_object_mut().expect("a row").remove("body_sha256");
        }
        lines.push(line.to_string());
    }
    resealed(&lines)
}

/// Killed at random moments: what is left is an empty store, and the same command finishes.
#[test]
fn a_restore_that_is_killed_is_finished_by_the_same_command() {
    let source = sqlite();
    let desk = quiet_desk(&source.url);
    let list = list(&desk, 1000);
    desk.strawfire(&["import", "--format", "firms", "--out", "out", &list]).expect(0, &[]);
    desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
    let whole = std::fs::read_to_string(desk.path("b.jsonl")).expect("read");
    std::fs::write(desk.path("old.jsonl"), of_schema_1(&whole)).expect("written");
    let of = |text: &str, table: &str| text.matches(&format!("{{\"table\":\"{table}\"")).count();
    let mut url = source.url.clone();
    for database in both() {
        change_site(&desk, &url, &database.url);
        url = database.url.clone();
        let other = if database.kind == "SQLite" { sqlite() } else { postgres().expect("again") };
        change_site(&desk, &database.url, &other.url);
        let began = Instant::now();
        desk.strawfire(&["restore", "old.jsonl"]).expect(0, &[]);
        let whole_run = began.elapsed();
        change_site(&desk, &other.url, &database.url);
        let mut state = u64::from(std::process::id());
        let (mut killed, mut is_done) = (0, false);
        while killed < 12 && !is_done {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let wait = whole_run.mul_f64((state >> 33) as f64 / f64::from(1_u32 << 31) * 0.7);
            let mut command = desk.command(&["restore", "old.jsonl"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
            std::thread::sleep(wait);
            is_done = child.try_wait().expect("asked").is_some();
            child.kill().expect("killed");
            child.wait().expect("ended");
            killed += usize::from(!is_done);
        }
        let last = desk.strawfire(&["restore", "old.jsonl"]);
        println!("{}: {killed} killed within {whole_run:?}, then {:?}", database.kind, last.code);
        // all or nothing: the last that was killed may have done it all the moment before
        let was_done = last.code == Some(2) && last.log.contains("expected a new store");
        assert!(killed > 0 && (last.code == Some(0) || was_done), "{last:?}");
        desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written"]);
        desk.strawfire(&["backup", "again.jsonl"]).expect(0, &[]);
        let again = std::fs::read_to_string(desk.path("again.jsonl")).expect("read");
        for table in ["looks", "fires", "events", "members", "outbox", "reach"] {
            assert_eq!(of(&again, table), of(&whole, table), "{}: {table}", database.kind);
        }
        assert_eq!(of(&again, "audit"), of(&whole, "audit") + 1);
    }
}

/// Rows of a FIRMS list: place and minutes ago.
fn rows(desk: &Desk, name: &str, satellite: &str, fires: &[(f64, f64, f64)]) -> Ended {
    let mut text =
        "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,frp,daynight\n".to_string();
    for (lon, lat, minutes) in fires {
        let seen = Utc::now().plus_seconds(-60.0 * minutes).expect("a time");
        text += &format!("{lat:.4},{lon:.4},340,0.4,0.4,{},{},{satellite},n,12.0,D\n", seen.date(), seen.hhmm());
    }
    std::fs::write(desk.path(name), text).expect("written");
    desk.strawfire(&["import", "--format", "firms", "--out", "out", name])
}

/// Told, backed up, told more, the older backup restored: what changes then is new to the receiver, not another body under a key that it has.
#[test]
fn a_restored_store_uses_no_number_again() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        let heads = desk.path("heads");
        change_site(&desk, "[store]\n", &format!("[store]\naudit_heads = '{}'\n", heads.display()));
        let deliver = || {
            desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
            let kept = received(out.path());
            kept.iter().map(|line| line["key"].as_str().expect("a key").to_string()).collect::<Vec<_>>()
        };
        rows(&desk, "a.csv", "N20", &[(102.3, 36.42, 50.0)]).expect(0, &[]);
        assert_eq!(deliver().len(), 1);
        rows(&desk, "b.csv", "N20", &[(102.5, 36.42, 48.0)]).expect(0, &[]);
        desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
        let waiting = deliver();
        assert_eq!(waiting.len(), 2, "the one that waited in the backup");
        rows(&desk, "c.csv", "N21", &[(102.3005, 36.4205, 40.0), (102.7, 36.42, 40.0)]).expect(0, &[]);
        let before = deliver();
        assert_eq!(before.len(), 4, "a change and a third event: {before:?}");
        let other = if database.kind == "SQLite" { sqlite() } else { postgres().expect("again") };
        change_site(&desk, &database.url, &other.url);
        desk.strawfire(&["restore", "b.jsonl"]).expect(0, &["rows restored"]);
        assert_eq!(deliver(), before, "the one that waits has the number and the body that it had");
        rows(&desk, "d.csv", "N", &[(102.3007, 36.4207, 30.0), (102.7, 36.42, 40.0)]).expect(0, &[]);
        let after = deliver();
        assert_eq!(after.len(), 6, "{}: {after:?}", database.kind);
        assert_eq!(after.iter().collect::<BTreeSet<_>>().len(), 6, "{after:?}");
        let list = desk.strawfire(&["deliver", "list"]);
        assert!(list.code == Some(0) && !list.said.contains("dead 1") && !list.said.contains("409"), "{list:?}");
        // of one event the numbers still grow
        let first = before[0].rsplit_once(':').expect("two parts").0;
        let of_first: Vec<u64> = after
            .iter()
            .filter_map(|key| key.rsplit_once(':').filter(|(event, _)| *event == first))
            .map(|(_, number)| number.parse().expect("a number"))
            .collect();
        assert!(of_first.len() == 3 && of_first.is_sorted() && of_first[2] > 1_000_000, "{of_first:?}");
        // what was noted of the past that is gone is not asked for, and said
        desk.strawfire(&["audit", "verify"]).expect(0, &["as they were written", "a backup was restored"]);
    }
}

#[test]
fn what_was_done_before_is_said_so() {
    for database in both() {
        let out = tempfile::tempdir().expect("a folder");
        let receiver = receiver(out.path(), &[]);
        let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
        import(&desk).expect(0, &[]);
        desk.strawfire(&["deliver", "drop", "--reason", "x", "1", "1"]).expect(0, &["1 notices written off"]);
        desk.strawfire(&["deliver", "drop", "--reason", "x", "1"]).expect(2, &["was written off already"]);
        desk.strawfire(&["deliver", "drop", "--reason", "x", "99"]).expect(2, &["99, which no notice has"]);
        desk.strawfire(&["deliver", "resend", "2"]).expect(2, &["2, which waits to be sent"]);
        desk.strawfire(&["deliver", "--once"]).expect(0, &[]);
        for command in [&["deliver", "drop", "--reason", "x", "2"][..], &["deliver", "resend", "2"]] {
            desk.strawfire(command).expect(2, &["2, which was sent already", "nothing was changed"]);
        }
        let event = received(out.path())[0]["event"].as_str().expect("an id").to_string();
        for by in ["a\nb", "\u{1b}[2Jx", "a\u{202e}b", " "] {
            desk.strawfire(&["deliver", "acknowledge", "--by", by, &event]).expect(2, &["--by", "in one line"]);
        }
        let mut command = desk.command(&["deliver", "acknowledge", "--by", "王队", &event]);
        Ended::of(command.env("USER", "li\u{1b}[2J\nming").env_remove("STRAWFIRE_USER").output().expect("starts"))
            .expect(0, &["1 events acknowledged"]);
        desk.strawfire(&["deliver", "acknowledge", &event])
            .expect(0, &["0 events acknowledged", "was acknowledged before"]);
        let shown = desk.strawfire(&["audit", "show", "--lines", "1"]);
        shown.expect(0, &["王队 (entered by li\\u{1b}[2J\\u{a}ming)", "(uid ", " acknowledge "]);
        let number = shown.said.split(' ').next().expect("a word").parse::<i64>();
        assert!(number.is_ok_and(|number| number > 3) && shown.said.lines().count() == 1, "{}", shown.said);
        desk.strawfire(&["audit", "verify"]).expect(0, &[]);
    }
}

/// A NUL in a name: one database would keep it, the other refuse the whole look.
#[test]
fn a_nul_in_a_name_is_the_same_in_both_databases() {
    let kept: Vec<String> = both()
        .iter()
        .map(|database| {
            let desk = quiet_desk(&database.url);
            rows(&desk, "a.csv", "N\u{0}2\u{1b}[2J", &[(102.3, 36.42, 20.0)]).expect(0, &[]);
            desk.strawfire(&["backup", "b.jsonl"]).expect(0, &[]);
            let text = std::fs::read_to_string(desk.path("b.jsonl")).expect("read");
            let line = text.lines().find(|line| line.starts_with("{\"table\":\"fires\"")).expect("a fire").to_string();
            let line: Value = serde_json::from_str(&line).expect("JSON");
            let record: Value = serde_json::from_str(line["row"]["record"].as_str().expect("a text")).expect("JSON");
            record["satellite"].as_str().expect("a name").to_string()
        })
        .collect();
    assert!(kept.iter().all(|name| name == "N\u{fffd}2\u{fffd}[2J"), "{kept:?}");
}

/// `restore`'s advice is to move the old file away: a deliverer that goes on meanwhile sees that, and serves the new one.
#[test]
fn a_deliverer_whose_store_was_moved_away_serves_the_new_one() {
    let database = sqlite();
    let out = tempfile::tempdir().expect("a folder");
    let receiver = receiver(out.path(), &[]);
    let desk = desk(&database.url, &http("patrol", &receiver.address, ""));
    let file = file_of(&database.url);
    let log = std::fs::File::create(desk.path("log")).expect("made");
    let mut child = desk.command(&["deliver"]).stderr(log).spawn().expect("starts");
    let until = |is_so: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is_so() {
            let log = std::fs::read_to_string(desk.path("log")).expect("read");
            assert!(began.elapsed() < Duration::from_secs(40), "{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    until(&|| file.with_file_name("strawfire.db-deliver").exists());
    import(&desk).expect(0, &[]);
    until(&|| received(out.path()).len() == 3);
    for ending in ["", "-wal", "-shm"] {
        let from = format!("{}{ending}", file.display());
        let _ = std::fs::rename(&from, format!("{from}.old"));
    }
    let says = |word: &str| std::fs::read_to_string(desk.path("log")).expect("read").contains(word);
    until(&|| says("was moved away") && says("there is no store"));
    assert!(!file.exists(), "it makes none in the place of the one that it knew");
    rows(&desk, "more.csv", "N20", &[(102.3, 36.2, 20.0)]).expect(0, &[]);
    until(&|| received(out.path()).len() == 4);
    // the lock is removed: it is taken again, and held against others
    std::fs::remove_file(file.with_file_name("strawfire.db-deliver")).expect("removed");
    until(&|| file.with_file_name("strawfire.db-deliver").exists());
    std::thread::sleep(Duration::from_millis(300));
    desk.strawfire(&["deliver"]).expect(5, &["another strawfire delivers"]);
    crate::delivery_trouble::terminate(&mut child, Duration::from_secs(8));
}

#[test]
fn a_link_to_a_store_is_the_same_store() {
    let database = sqlite();
    let desk = quiet_desk(&database.url);
    import(&desk).expect(0, &[]);
    let link = desk.path("alias.db");
    std::os::unix::fs::symlink(file_of(&database.url), &link).expect("linked");
    let mut first = desk.command(&["deliver"]).stderr(Stdio::null()).spawn().expect("starts");
    let lock = file_of(&database.url).with_file_name("strawfire.db-deliver");
    let began = Instant::now();
    while !lock.exists() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    change_site(&desk, &database.url, &format!("sqlite://{}", link.display()));
    desk.strawfire(&["deliver"]).expect(5, &["another strawfire delivers"]);
    crate::delivery_trouble::terminate(&mut first, Duration::from_secs(8));
}

/// All processes of the server are stopped in the midst of it: its kernel still takes connections, and nobody answers.
#[test]
fn a_server_that_hangs_ends_what_waits_for_it() {
    let Some(database) = postgres() else { return };
    let desk = quiet_desk(&database.url);
    import(&desk).expect(0, &[]);
    let mut daemon = desk.command(&["deliver"]).stderr(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    // one that is in the midst of its work: it waits for its turn when the server falls silent
    let holder = std::thread::spawn({
        let url = database.url.clone();
        move || {
            run(async {
                let store = Store::open(&url).await.expect("opens");
                let _turn = store.write().await.expect("a turn");
                tokio::time::sleep(Duration::from_secs(4)).await;
            });
        }
    });
    std::thread::sleep(Duration::from_millis(500));
    let midst = list(&desk, 5);
    let midst = desk
        .command(&["import", "--format", "firms", "--out", "midst", &midst])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let midst = midst.expect("starts");
    std::thread::sleep(Duration::from_millis(2000));
    let frozen = database.freeze();
    let began = Instant::now();
    let mut verify = desk.command(&["audit", "verify"]);
    let verify = verify.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut starting = desk.command(&["deliver"]).stderr(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    // told to end while it opens the store, and while it serves one
    crate::delivery_trouble::terminate(&mut starting, Duration::from_secs(2));
    crate::delivery_trouble::terminate(&mut daemon, Duration::from_secs(15));
    import(&desk).expect(5, &["has not answered for 20 s", "listed, but not kept", "共 3 处"]);
    assert!(desk.path("out/events.geojson").exists());
    let verify = Ended::of(verify.wait_with_output().expect("ended"));
    verify.expect(5, &["has not answered for 20 s"]);
    Ended::of(midst.wait_with_output().expect("ended")).expect(5, &["listed, but not kept", "共 5 处"]);
    assert!(desk.path("midst/events.geojson").exists());
    println!("all ended {:.1} s after it fell silent", began.elapsed().as_secs_f64());
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    drop(frozen);
    let _ = holder.join();
    import(&desk).expect(0, &[]);
}
