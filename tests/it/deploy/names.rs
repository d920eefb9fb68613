//! Which metrics and labels an expression of PromQL, or a page of /metrics, names.

use std::collections::{BTreeMap, BTreeSet};

/// Metrics with their labels.
pub type Names = BTreeMap<String, BTreeSet<String>>;

/// Names of lines like /metrics has them: `name{label="value"} 1`; a value is not needed.
pub fn exposed(text: &str) -> Names {
    let mut names = Names::new();
    for series in text.lines().filter(|line| !line.starts_with('#')) {
        for (name, labels) in used(series) {
            names.entry(name).or_default().extend(labels);
        }
    }
    names
}

/// Words and signs of PromQL; texts, numbers and ranges are left out.
fn tokens(expression: &str) -> Vec<String> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').expect("the end of a text") + 2,
            '[' => rest.find(']').expect("the end of a range") + 1,
            c if is_of_word(c) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let token = &rest[..length];
        if !token.starts_with(|c: char| c.is_whitespace() || c.is_ascii_digit() || "\"[".contains(c)) {
            tokens.push(token.to_string());
        }
        rest = &rest[length..];
    }
    tokens
}

const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// Metrics of an expression with the labels that it asks of them; those of `by` and `on` stand under an empty name.
pub fn used(expression: &str) -> Names {
    let tokens = tokens(expression);
    let mut names = Names::new();
    let mut metric = String::new();
    // whose labels are being read, and the sign that ends them
    let mut owner: Option<(String, &str)> = None;
    for (at, token) in tokens.iter().map(String::as_str).enumerate() {
        let before = at.checked_sub(1).map_or("", |at| tokens[at].as_str());
        let next = tokens.get(at + 1).map_or("", String::as_str);
        let is_word = token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        match &owner {
            Some((name, _)) if is_word => _ = names.entry(name.clone()).or_default().insert(token.to_string()),
            Some((_, end)) if token == *end => owner = None,
            Some(_) => {}
            None if token == "{" => owner = Some((metric.clone(), "}")),
            None if token == "(" && GROUPING.contains(&before) => owner = Some((String::new(), ")")),
            // a word before a bracket or a grouping is a function or an aggregate
            None if !is_word || next == "(" || GROUPING.contains(&next) => {}
            None if GROUPING.contains(&token) || OPERATORS.contains(&token) => {}
            None => {
                metric = token.to_string();
                names.entry(metric.clone()).or_default();
            }
        }
    }
    names
}

/// The reader of expressions, on forms of PromQL's own documentation.
#[test]
fn names_are_found_in_expressions() {
    let show = |expression: &str| {
        let one =
            |(name, labels): (String, BTreeSet<String>)| format!("{name}{{{}}}", Vec::from_iter(labels).join(","));
        used(expression).into_iter().map(one).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        show(r#"rate(http_requests_total{job="api", group!~"can{ary"}[5m]) * 60"#),
        "http_requests_total{group,job}"
    );
    assert_eq!(show("sum by (app, proc) (a - b) / 1024 > 2e9"), "{app,proc} a{} b{}");
    assert_eq!(
        show("method:errors{code=\"500\"} / on (method) group_left total"),
        "{method} method:errors{code} total{}"
    );
    assert_eq!(show("topk(3, sum without (instance) (x)) unless absent(y offset 1h)"), "{instance} x{} y{}");
}
