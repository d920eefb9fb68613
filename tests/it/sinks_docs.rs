//! docs/integrate.md and docs/push.openapi.json: what is printed there is run here.

use crate::common::{project, python_with};
use crate::sinks::{Server, event, letter_of, open};
use std::path::Path;
use std::process::Command;
use strawfire::deliver::sinks::Kind;
use strawfire::fire::FireEvent;

/// The block of code after `<!-- example NAME -->`.
fn example(name: &str) -> String {
    let page = std::fs::read_to_string(project().join("docs/integrate.md")).expect("the page");
    let (_, after) = page.split_once(&format!("<!-- example {name} -->\n```")).expect("an example");
    let (_, code) = after.split_once('\n').expect("a line");
    code.split_once("\n```").expect("an end").0.to_string()
}

fn run(command: &mut Command, folder: &Path, address: &str) -> String {
    let output = command.current_dir(folder).env("RECEIVER", address).env("PATROL_SECRET", "example-secret").output();
    let output = output.expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_examples_of_the_page_are_accepted_by_a_receiver() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("notice.json"), example("notice.json")).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    command.args(["receiver", "--listen", "127.0.0.1:0", "--secret-env", "PATROL_SECRET", "--out"]);
    let server = Server::start(command.arg(folder.path().join("received")).env("PATROL_SECRET", "example-secret"));
    let mut word = "accepted";
    if crate::common::have("curl") {
        let said = run(Command::new("sh").args(["-ec", &example("curl")]), folder.path(), &server.address);
        assert!(said.contains(word), "{said}");
        word = "duplicate";
    }
    let Some(python) = python_with("hmac") else { return };
    let said = run(Command::new(python).args(["-c", &example("python")]), folder.path(), &server.address);
    assert!(said.contains(word), "{said}");
}

/// openapi-spec-validator knows OpenAPI 3.1; jsonschema judges what is really pushed by its schemas.
#[test]
fn the_openapi_is_valid_and_true() {
    let Some(python) = python_with("openapi_spec_validator") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let sink = open("kind = 'http'\nurl = 'https://a.example/'\nSECRET", false).expect("opened");
    let bare = FireEvent::bare("b", event(1).first_seen, event(1).place);
    let merged = FireEvent { merged_into: Some("a".into()), ..event(2) };
    let notices = [(event(1), Kind::New), (bare, Kind::Escalated), (merged, Kind::Closed)];
    for (n, (event, kind)) in notices.iter().enumerate() {
        let body = letter_of(&sink.config, event, *kind, 1, false).body;
        std::fs::write(folder.path().join(format!("{n}.json")), body).expect("written");
    }
    std::fs::write(folder.path().join("3.json"), example("notice.json")).expect("written");
    let script = "
import json, sys, jsonschema, openapi_spec_validator
spec = json.load(open(sys.argv[1], encoding='utf-8'))
openapi_spec_validator.validate(spec)
schema = {'$ref': '#/components/schemas/Notice', 'components': spec['components']}
judge = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    body = json.load(open(path, encoding='utf-8'))
    judge.validate(body)
    for name in ('id', 'revision', 'data'):
        assert not judge.is_valid({key: value for key, value in body.items() if key != name})
print('judged', len(sys.argv) - 2)
";
    let mut command = Command::new(python);
    command.args(["-c", script]).arg(project().join("docs/push.openapi.json"));
    (0..4).for_each(|n| _ = command.arg(folder.path().join(format!("{n}.json"))));
    assert_eq!(run(&mut command, folder.path(), "").trim(), "judged 4");
}

/// What the examples ask of the environment is set by a line of the page.
#[test]
fn the_examples_have_what_they_need() {
    let page = std::fs::read_to_string(project().join("docs/integrate.md")).expect("the page");
    let set: Vec<&str> = page.lines().filter(|line| line.starts_with("    export ")).collect();
    let has = |name: &str| set.iter().any(|line| line.contains(&format!(" {name}=")));
    assert!(has("RECEIVER") && has("PATROL_SECRET"), "{set:?}");
    assert!(!page.contains("up to an hour"));
}
