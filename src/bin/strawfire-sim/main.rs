//! `strawfire-sim`: writes simulated satellite files that the readers must read, and puts fires into real ones.
//!
//! It imports nothing from the library: its own Planck integral, band constants, navigation and Sun, so that it can be
//! wrong in another way than the detector. Everything it writes is marked as simulated in the bytes.

#![forbid(unsafe_code)]

mod abi;
mod ahi;
mod around;
mod bands;
mod block;
mod calibration;
mod clouds;
mod cover;
mod days;
mod dem;
mod disk;
mod error;
mod field;
mod fires;
mod frame;
mod gridded;
mod ground;
mod heights;
mod hsd;
mod lattice;
mod navigation;
mod optics;
mod output;
mod panels;
mod planck;
mod psf;
mod season;
mod seeds;
mod shape;
mod sight;
mod site;
mod smoke;
mod sun;
mod swath;
mod terrain;
mod texture;
mod traps;
mod wanted;
mod week;

use clap::Parser;
use std::process::ExitCode;

/// Simulated satellite scenes with fires whose truth is known.
#[derive(Debug, Parser)]
#[command(name = "strawfire-sim", version)]
enum Cli {
    Ahi(ahi::Args),
    AhiDays(days::Args),
    Dem(dem::Args),
    Agri(disk::AgriArgs),
    Ami(disk::AmiArgs),
    Inject(abi::InjectArgs),
    Insert(field::InsertArgs),
    Landsat(field::LandsatArgs),
    Sentinel2(field::Sentinel2Args),
    Shift(abi::ShiftArgs),
    Viirs(swath::ViirsArgs),
    Modis(swath::ModisArgs),
    Mersi2(swath::MersiArgs),
    Slstr(swath::SlstrArgs),
    Week(week::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse() {
        Cli::Ahi(args) => ahi::run(&args),
        Cli::AhiDays(args) => days::run(&args),
        Cli::Dem(args) => dem::run(&args),
        Cli::Agri(args) => disk::agri(&args),
        Cli::Ami(args) => disk::ami(&args),
        Cli::Inject(args) => abi::inject(&args),
        Cli::Insert(args) => field::insert(&args),
        Cli::Landsat(args) => field::landsat(&args),
        Cli::Sentinel2(args) => field::sentinel2(&args),
        Cli::Shift(args) => abi::shift(&args),
        Cli::Viirs(args) => swath::viirs(&args),
        Cli::Modis(args) => swath::modis(&args),
        Cli::Mersi2(args) => swath::mersi2(&args),
        Cli::Slstr(args) => swath::slstr(&args),
        Cli::Week(args) => week::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strawfire-sim: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
