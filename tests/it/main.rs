//! One black-box test binary: it drives the built programs and the public library against outside truth.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails as a test does")]

mod bad_bytes;
mod bad_input;
mod bad_lists;
mod baseline;
mod catalog;
mod cli;
mod common;
mod coverage;
mod deliver;
mod detector;
mod floors;
mod full_disk;
mod fusing;
mod geo_bad;
mod geo_damage;
mod geo_scan;
mod geo_screen;
mod hsd_bytes;
mod import;
mod kincade;
mod landcover;
mod levelled;
mod navigation;
mod real_relief;
mod satpy;
mod satpy_swath;
mod series_score;
mod site;
mod static_learn;
mod swath_bad;
mod swath_common;
mod swath_detect;
mod swath_products;
mod swath_scan;
mod swath_sizes;
mod swath_skill;
mod terrain;
mod threads;
mod week;
