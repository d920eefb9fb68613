//! `strawfire-sim agri`: FY-4A and FY-4B AGRI Level 1 files of an invented day over Haidong.

use super::agri_bands::BANDS;
use super::agri_file::{self, File};
use super::slot::SlotArgs;
use super::view::View;
use crate::error::{Result, usage};
use crate::navigation::{self, DiskGrid};

/// Cells along a 4 km pixel.
const CELLS: usize = 16;
/// 4 km pixels round the site: more than any background window reaches.
const MARGIN: usize = 24;
/// Minutes between the slots of FY-4B.
const SLOT_MINUTES: i64 = 15;

/// Write simulated FY-4A or FY-4B AGRI Level 1 files (HDF5) and the truth about them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    slot: SlotArgs,
    /// The satellite.
    #[arg(long, value_enum, default_value_t = Satellite::Fy4b)]
    satellite: Satellite,
    /// Longitude below the satellite (default 104.7 for FY-4A, 105 for FY-4B, which stood at 133 until 2024).
    #[arg(long, value_name = "DEG", value_parser = longitude)]
    sub_lon: Option<f64>,
    /// Files to write: 2000 (metres, no thermal infrared in it) and 4000.
    #[arg(long, value_delimiter = ',', default_value = "2000,4000", value_parser = ["2000", "4000"])]
    files: Vec<String>,
    /// The sector that the files claim to be: China or the full disk. They hold the site and its surroundings only.
    #[arg(long, default_value = "REGC", value_parser = ["REGC", "DISK"])]
    sector: String,
}

/// A satellite that carries AGRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Satellite {
    Fy4a,
    Fy4b,
}

fn longitude(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(degrees) if (60.0..=160.0).contains(&degrees) => Ok(degrees),
        _ => Err("a longitude from 60 to 160, from where Haidong is seen".to_string()),
    }
}

/// The 4 km grid: CFAC 10233137, COFF 1373.5 counted from 0 (NSMC, as public readers have it).
pub fn grid(sub_lon_deg: f64) -> DiskGrid {
    DiskGrid { view: navigation::View::normalised(sub_lon_deg), factor: 10_233_137.0, offset: 1374.5 }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let sub_lon = args.sub_lon.unwrap_or(if args.satellite == Satellite::Fy4a { 104.7 } else { 105.0 });
    let grid = grid(sub_lon);
    if grid.locate(102.4, 36.4).is_none() {
        return Err(usage(format!("--sub-lon {sub_lon}"), "a place that sees Haidong", "write it like --sub-lon 105"));
    }
    let slot = args.slot.slot(SLOT_MINUTES, &grid)?;
    let view = View::new(&slot, grid, CELLS, MARGIN);
    let mut names = Vec::new();
    for fineness in [2, 1] {
        let metres = if fineness == 2 { "2000" } else { "4000" };
        if !args.files.iter().any(|wanted| wanted == metres) {
            continue;
        }
        let file = File { satellite: args.satellite, sector: &args.sector, sub_lon, start: slot.start, fineness };
        let bands: Vec<_> = BANDS.iter().filter(|band| band.fine || fineness == 1).collect();
        agri_file::write(&args.slot.out, &file, &bands, &view)?;
        names.push(file.name());
    }
    let finest = if args.files.iter().any(|metres| metres == "2000") { grid.finer(2) } else { grid };
    args.slot.write_truth(&slot, args.satellite.name(), &finest, &names)
}

impl Satellite {
    pub fn name(self) -> &'static str {
        match self {
            Satellite::Fy4a => "FY-4A",
            Satellite::Fy4b => "FY-4B",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ALGORITHMS 8.2: 36.5 N 102.1 E on the 2 km grid, counted from 0.
    #[test]
    fn haidong_is_where_the_published_numbers_put_it() {
        for (sub_lon, col, line) in [(104.7, 2635.003, 931.017), (105.0, 2622.038, 931.088), (133.0, 1500.360, 969.843)]
        {
            let (c, l) = grid(sub_lon).finer(2).locate(102.1, 36.5).expect("visible");
            assert!((c - col).abs() < 1e-3 && (l - line).abs() < 1e-3, "{sub_lon}: {c} {l}");
        }
    }
}
