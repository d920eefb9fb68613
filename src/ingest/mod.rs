//! Readers: bytes of others to our nouns, one file a format.

pub mod feeds;
