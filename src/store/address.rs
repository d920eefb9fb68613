//! The address of a store, and what of it may be said aloud: never a password, however it was written.

/// A secret of fewer letters would be found in any word.
const LEAST: usize = 3;

/// An address that may be said aloud. One that is not written as it should be may hold the password anywhere: then only the scheme is
/// shown, and what follows the last `@`.
pub fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:///") {
        return url.to_string();
    }
    let Some((scheme, rest)) = url.split_once(':') else {
        return if is_path(url) { url.to_string() } else { HIDDEN.to_string() };
    };
    if !is_word(scheme) {
        return HIDDEN.to_string();
    }
    let (colon, rest) = rest.strip_prefix("//").map_or((":", rest), |rest| ("://", rest));
    let (main, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let hidden = format!("{scheme}{colon}{HIDDEN}");
    if query.contains('@') {
        return hidden;
    }
    match main.rsplit_once('@') {
        None if colon == "://" && is_place(main) => format!("{scheme}://{main}"),
        Some((before, place)) if is_place(place) => {
            let user = before.split(':').next().unwrap_or_default();
            if colon == "://" && is_word(user) {
                format!("{scheme}://{user}@{place}")
            } else {
                format!("{hidden}@{place}")
            }
        }
        _ => hidden,
    }
}

/// Whether an address holds what is better kept elsewhere.
pub(super) fn holds_password(url: &str) -> bool {
    !secrets(url).is_empty()
}

/// What a database said of an address, without what is secret in it: an address that is read in another way than it was meant turns a part
/// of the password into a host or the name of a database.
pub(super) fn without_secrets(url: &str, said: &str) -> String {
    secrets(url).into_iter().fold(said.to_string(), |said, secret| said.replace(&secret, HIDDEN))
}

const HIDDEN: &str = "...";

/// The password of an address and its parts, as written and decoded, the longest first.
fn secrets(url: &str) -> Vec<String> {
    if url.starts_with("sqlite:///") {
        return Vec::new();
    }
    let rest = url.split_once(':').map_or(url, |(_, rest)| rest).trim_start_matches('/');
    let of_user = rest.rsplit_once('@').and_then(|(before, _)| before.split_once(':')).map(|(_, password)| password);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let is_password = |pair: &str| pair.to_lowercase().starts_with("password=");
    let of_query = query.split(['&', ' ']).filter(|pair| is_password(pair)).filter_map(|pair| pair.split_once('='));
    let whole: Vec<&str> = of_user.into_iter().chain(of_query.map(|(_, password)| password)).collect();
    let parts = whole.iter().flat_map(|text| text.split(['/', '@', ':', '?', '#', '&']));
    let mut all: Vec<String> =
        whole.iter().copied().chain(parts).flat_map(|text| [text.to_string(), decoded(text)]).collect();
    all.retain(|text| text.chars().count() >= LEAST);
    all.sort_by_key(|text| std::cmp::Reverse(text.len()));
    all.dedup();
    all
}

/// `%41` is A.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let number = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match number.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.%".contains(c))
}

fn is_path(text: &str) -> bool {
    text.split('/').all(|part| part.is_empty() || is_word(part))
}

/// `host`, `host:5432`, `[::1]:5432`, several with commas, and the name of a database.
fn is_place(text: &str) -> bool {
    let (hosts, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let is_host = |host: &str| {
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, port)) if name.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c)) => ("", port),
            Some(_) => return false,
            None => host.split_at(host.find(':').unwrap_or(host.len())),
        };
        let port = port.strip_prefix(':').unwrap_or(port);
        (name.is_empty() || is_word(name)) && port.chars().all(|c| c.is_ascii_digit())
    };
    hosts.split(',').all(is_host) && is_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forms that both a person and sqlx have for one address, and slips of the pen.
    #[test]
    fn a_password_is_never_said() {
        for (url, said) in [
            ("postgres://sf:geheim@db:5432/x?sslmode=require", "postgres://sf@db:5432/x"),
            ("postgres://sf:gehei@m@db/x", "postgres://sf@db/x"),
            ("postgres://db/x?user=sf&password=geheim", "postgres://db/x"),
            ("postgres:///x?host=/run/postgresql&user=sf&password=geheim", "postgres:///x"),
            ("postgres://sf:ge/heim@db/x", "postgres://sf@db/x"),
            ("postgres://sf:12/geheim@db/x", "postgres://sf@db/x"),
            ("postgres://sf:ge?heim@db/x", "postgres://..."),
            ("postgres://sf:ge#heim@db/x", "postgres://..."),
            ("postgres://db/x?user=sf&password=ge@heim", "postgres://..."),
            ("postgres:/sf:geheim@db/x", "postgres:...@db/x"),
            ("postgres:sf:geheim@db", "postgres:...@db"),
            ("sf:geheim@db/x", "sf:...@db/x"),
            ("postgres://sf:geheim", "postgres://..."),
            ("postgres://sf@db:geheim/x", "postgres://..."),
            ("host=db user=sf password=geheim", "..."),
            ("postgres//sf:geheim@db", "..."),
            ("postgres://[::1]:5432/x", "postgres://[::1]:5432/x"),
            ("postgres://a:1,b:2/x", "postgres://a:1,b:2/x"),
            ("postgres://sf@%2Frun%2Fpostgresql/x", "postgres://sf@%2Frun%2Fpostgresql/x"),
            ("sqlite:///var/x.db", "sqlite:///var/x.db"),
            ("sqlite://x.db", "sqlite://x.db"),
            ("/var/x.db", "/var/x.db"),
        ] {
            assert_eq!(without_password(url), said, "{url}");
            assert!(!without_password(url).contains("heim"), "{url}");
        }
    }

    /// What a library makes of an address that is read otherwise than it was meant.
    #[test]
    fn what_a_database_says_holds_no_part_of_a_password() {
        for (url, said, without) in [
            (
                "postgres://sf:12/geheim@db/x",
                "database \"geheim@db/x\" does not exist",
                "database \"...@db/x\" does not exist",
            ),
            ("postgres://sf:ge%68eim@db/x", "no geheim and no ge%68eim", "no ... and no ..."),
            ("postgres://db/x?password=geheim", "geheim: no", "...: no"),
            ("postgres://sf@db/x", "role \"sf\" does not exist", "role \"sf\" does not exist"),
        ] {
            assert_eq!(without_secrets(url, said), without);
            assert_eq!(holds_password(url), said != without);
        }
    }
}
