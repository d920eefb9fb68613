//! What all that asks by HTTP here has in common: a client that asks no proxy and tells nobody where it comes from, and words for what went
//! wrong, never with an address in them, for it may hold a key.

use reqwest::{Client, ClientBuilder};

/// A client without what its user has to say: waits, redirects, certificates.
pub fn client() -> ClientBuilder {
    install_ring();
    Client::builder().user_agent(concat!("strawfire/", env!("CARGO_PKG_VERSION"))).no_proxy().referer(false)
}

/// The one provider of cryptography of this program; a second call changes nothing.
pub fn install_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What became of a request to which no whole answer came, without its address.
pub fn no_answer(error: reqwest::Error) -> String {
    let error = error.without_url();
    let what = match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "no connection",
        () => "the connection broke",
    };
    format!("{what} ({})", chain(&error))
}

/// An error with its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words = format!("{words}: {next}");
        }
        cause = error.source();
    }
    words
}

/// The beginning of a text without line ends and control characters: so many characters at most.
pub fn one_line(text: &str, most: usize) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    flat.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_said_is_one_line_of_bounded_length() {
        assert_eq!(one_line("a\r\n\u{1b}[31m b\tc  ", 7), "a [31m ");
        assert_eq!(one_line("火点\n告警", 4), "火点 告");
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_none_twice() {
        let inner = std::io::Error::other("refused");
        let outer = std::io::Error::other(crate::error::Error::read("/a", inner));
        assert_eq!(chain(&outer).matches("refused").count(), 1);
    }
}
