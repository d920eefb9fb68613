//! What one slot of every imager is asked for, and the truth about it.

use crate::ahi::parallax_note;
use crate::around::{Around, AroundArgs};
use crate::error::{Result, usage};
use crate::fires::{self, Fire};
use crate::gridded::{self, GridArgs};
use crate::ground::Setting;
use crate::navigation::DiskGrid;
use crate::output;
use crate::seeds::{Family, Rng, key};
use crate::shape::Shape;
use crate::sight;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Stream of the random fires, apart from every field of the scene.
const FIRE_STREAM: u64 = 0xF1;

/// What to simulate.
#[derive(Debug, clap::Args)]
pub struct SlotArgs {
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Start of the slot, UTC.
    #[arg(long, value_name = "TIME", default_value = "2025-10-20T05:30:00Z")]
    time: String,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mean cloud opacity over the site, 0 to 0.95.
    #[arg(long, default_value_t = 0.15)]
    cloud: f64,
    /// A fire of one temperature; may be given many times.
    #[arg(long = "fire", value_name = "LON,LAT,TEMP_K,AREA_M2", allow_hyphen_values = true)]
    fire: Vec<String>,
    #[command(flatten)]
    gridded: GridArgs,
    #[command(flatten)]
    around: AroundArgs,
    /// Random fires of 60 to 400 MW in the valleys (default 4, or 0 with any other fires). Real straw fires are 1 to 11 MW.
    #[arg(long, value_name = "N")]
    fires: Option<usize>,
    /// Shape of the land; `strawfire-sim dem` writes its heights.
    #[arg(long, value_enum, default_value_t = Shape::Haidong)]
    relief: Shape,
    /// Put every place on the ellipsoid, whatever its height.
    #[arg(long)]
    flat: bool,
}

/// One slot, ready.
pub struct Slot {
    pub start: jiff::Timestamp,
    pub setting: Setting,
    pub fires: Vec<Fire>,
    /// What is around and above them.
    pub around: Around,
}

impl SlotArgs {
    /// The slot, which starts at a multiple of so many minutes, as a grid sees it; makes the folder.
    pub fn slot(&self, minutes: i64, grid: &DiskGrid) -> Result<Slot> {
        let start = start(&self.time, minutes)?;
        if !(0.0..=0.95).contains(&self.cloud) {
            return Err(usage(
                format!("--cloud {}", self.cloud),
                "a share from 0 to 0.95",
                "write it like --cloud 0.15",
            ));
        }
        let setting = Setting::new(key(self.family, self.seed), start, self.cloud).over(self.relief, self.flat);
        let fits = |lon: f64, lat: f64| {
            gridded::is_field(&setting, lon, lat) && sight::seen(&setting, grid, lon, lat).is_some()
        };
        let mut fires = self.gridded.fires(&self.fire, &setting, gridded::DISK_SPACING_KM, fits)?;
        let random = self.fires.unwrap_or(if fires.is_empty() { 4 } else { 0 });
        let mut rng = Rng::new(setting.key, FIRE_STREAM);
        fires.extend(fires::random(random, &setting.terrain, &setting.clouds, fires::STRONG_POWER_W, &mut rng));
        let around = self.around.of(&fires, &setting)?;
        output::make_folder(&self.out)?;
        Ok(Slot { start, setting, fires, around })
    }

    /// Writes truth.json: places in the full disk of the grid on which fires are looked for.
    pub fn write_truth(&self, slot: &Slot, satellite: &str, grid: &DiskGrid, names: &[String]) -> Result<()> {
        let truth = self.out.join("truth.json");
        let told = self.around.told(self.gridded.told(self.truth(slot, satellite, grid, names)));
        output::write_json(&truth, &told)?;
        println!(
            "{} files and truth.json written to {}: {} fires, seed {} of family {}",
            names.len(),
            Path::display(&self.out),
            slot.fires.len(),
            self.seed,
            self.family.name()
        );
        Ok(())
    }

    fn truth(&self, slot: &Slot, satellite: &str, grid: &DiskGrid, names: &[String]) -> Value {
        let setting = &slot.setting;
        json!({
            "simulated": true,
            "time": slot.start.to_string(),
            "satellite": satellite,
            "seed": self.seed,
            "family": self.family.name(),
            "relief": self.relief.name(),
            "flat": self.flat,
            "fires": slot.fires.iter().enumerate().map(|(i, f)| f.truth(i + 1, grid, setting)).collect::<Vec<_>>(),
            "cloud_fraction": fires::round(setting.clouds.fraction(), 4),
            "files": names,
            "notes": [
                "line and column: full disk of the finest mid-infrared band, from 0, fractional, at the pixel's centre",
                "temperature_k: the one temperature that gives frp_mw from area_m2; parts: what was really put there",
                "frp_mw is what the fire radiates; the mid infrared passes 0.86 of it to the satellite",
                "the files hold the site and what lies about it; the rest of the disk is not in them, or outside the scan",
                parallax_note(self.flat),
                "the land is invented: relief, rivers, fields and clouds are not those of Haidong",
            ],
        })
    }
}

fn start(text: &str, minutes: i64) -> Result<jiff::Timestamp> {
    let wrong =
        |expected: String| usage(format!("--time {text}"), expected, "write it like --time 2025-10-20T05:30:00Z");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong("an RFC 3339 time with its offset".to_string()))?;
    if time.as_second().rem_euclid(60 * minutes) != 0 || time.subsec_nanosecond() != 0 {
        return Err(wrong(format!("the start of a slot of {minutes} minutes, UTC")));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_begin_where_the_satellite_begins() {
        assert!(start("2025-10-20T05:45:00Z", 15).is_ok());
        for text in ["2025-10-20T05:50:00Z", "yesterday"] {
            assert_eq!(start(text, 15).expect_err("refused").exit_code(), 2);
        }
    }
}
