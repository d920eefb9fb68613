//! `strawfire-sim ami`: GK-2A AMI Level 1B files of an invented day over Haidong.

use super::ami_file::{self, CHANNELS, Channel};
use super::slot::SlotArgs;
use super::view::View;
use crate::error::Result;
use crate::navigation::{self, DiskGrid};

/// Cells along a 2 km pixel.
const CELLS: usize = 8;
/// 2 km pixels round the site: more than any background window reaches.
const MARGIN: usize = 40;
const SLOT_MINUTES: i64 = 10;

/// Write simulated GK-2A AMI Level 1B files (netCDF) and the truth about them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    slot: SlotArgs,
    /// Bands to write.
    #[arg(long, value_delimiter = ',', default_value = "vi006,vi008,nr016,sw038,ir105,ir112,ir123",
          value_parser = ["vi006", "vi008", "nr016", "sw038", "ir087", "ir105", "ir112", "ir123"])]
    bands: Vec<String>,
}

/// The longitude below GK-2A as the files give it, radians: 128.2 degrees.
pub const SUB_LON_RAD: f64 = 2.237_512_101_056_73;
/// The factor of the 2 km grid as the files give it.
pub const FACTOR: f64 = 20_425_338.903_339_352;

/// The 2 km grid of a full disk of 5500 pixels.
pub fn grid() -> DiskGrid {
    DiskGrid { view: navigation::View::normalised(SUB_LON_RAD.to_degrees()), factor: FACTOR, offset: 2750.5 }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let slot = args.slot.slot(SLOT_MINUTES, &grid())?;
    let view = View::new(&slot, grid(), CELLS, MARGIN);
    let wanted = |channel: &&Channel| args.bands.iter().any(|name| name == channel.name);
    let mut names = Vec::new();
    for channel in CHANNELS.iter().filter(wanted) {
        names.push(ami_file::write(&args.slot.out, channel, slot.start, &view)?);
    }
    args.slot.write_truth(&slot, "GK-2A", &grid(), &names)
}
