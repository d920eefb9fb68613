//! One black-box test binary: it drives the built programs and the public library against outside truth.

mod common;
mod deliver;
mod floors;
mod hsd_bytes;
mod import;
mod kincade;
mod navigation;
