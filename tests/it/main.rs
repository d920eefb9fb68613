//! One black-box test binary: it drives the built programs and the public library against outside truth.

#![expect(clippy::expect_used, reason = "a test stops with its message")]

mod common;
mod deliver;
mod detector;
mod floors;
mod hsd_bytes;
mod import;
mod kincade;
mod navigation;
