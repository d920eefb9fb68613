//! `strawfire camera`: how a camera stands, from landmarks; what the cameras of a site see.

use super::{Outcome, SiteFolder, say};
use crate::deliver::atomic;
use crate::deliver::viewshed::viewshed_feature;
use crate::error::{Error, Result};
use crate::site::{Camera, Site, camera_named};
use crate::watch::sight::calibrate::{Calibration, Found, Landmark, calibrate, read};
use crate::watch::sight::eye::standing;
use crate::watch::sight::viewshed::viewshed;
use crate::watch::sight::{Eye, dem_around};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What is asked of the cameras.
#[derive(Debug, Args)]
pub struct CameraCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Azimuth, tilt, roll and angle of view from landmarks: prints how each fits, and the lines for cameras.toml.
    Calibrate {
        #[command(flatten)]
        site: SiteFolder,
        /// The camera of cameras.toml, or ID/PRESET; it needs width and height of its pictures there.
        #[arg(long)]
        camera: String,
        /// CSV with the columns u, v (px; 0, 0 is the middle of the upper left pixel), lon, lat and, where known, height_m (above the
        /// sea; else the elevation model's ground) and name.
        landmarks: PathBuf,
    },
    /// The ground that cameras see, as GeoJSON.
    Viewshed {
        #[command(flatten)]
        site: SiteFolder,
        /// One camera [default: all].
        #[arg(long)]
        camera: Option<String>,
        /// Farthest ground, km [default: max_range_km of the camera].
        #[arg(long, value_parser = range_km)]
        range_km: Option<f64>,
        /// Height of what is to be seen above the ground, m: smoke rises.
        #[arg(long, default_value_t = 0.0, value_parser = target_m)]
        target_m: f64,
        /// File to write [default: standard output].
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

fn range_km(text: &str) -> std::result::Result<f64, String> {
    within(text, 0.1, 100.0)
}

fn target_m(text: &str) -> std::result::Result<f64, String> {
    within(text, 0.0, 10_000.0)
}

fn within(text: &str, least: f64, most: f64) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("a number from {least} to {most} is expected"))
}

impl CameraCommand {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        match &self.what {
            What::Calibrate { site, camera, landmarks } => calibrated(&site.load()?, camera, landmarks),
            What::Viewshed { site, camera, range_km, target_m, out } => {
                seen(&site.load()?, camera.as_deref(), *range_km, *target_m, out.as_deref())
            }
        }
    }
}

fn calibrated(site: &Site, name: &str, file: &Path) -> Result<Outcome> {
    let (camera, preset) = camera_named(site.all_cameras()?, name)?;
    // a landmark farther off than smoke is looked for needs its height written
    let dem = dem_around(site, camera)?;
    let (height_m, _) = standing(camera, &dem)?;
    let size = camera.size_px.ok_or_else(|| {
        let expected = "width and height of the pictures that u and v are counted in";
        Error::config(&camera.written, "no width and height", expected, "add both")
    })?;
    let lens = Eye::lens(camera, camera.view(preset)?, size).ok_or_else(|| {
        Error::config(&camera.written, "an angle of view that no lens has", "hfov_deg below 179", "correct it")
    })?;
    let landmarks = read(file, &dem)?;
    let result = calibrate((camera.place, height_m), &lens, &landmarks);
    let result = result.map_err(|wrong| Error::input(file, wrong.found, wrong.expected, wrong.advice))?;
    say(&table(&landmarks, &result))?;
    say(&lines(camera, preset, &result))?;
    Ok(Outcome::Done)
}

fn table(landmarks: &[Landmark], result: &Calibration) -> String {
    let wide = landmarks.iter().map(|landmark| landmark.name.chars().count()).max().unwrap_or(0).max(8);
    let mut text =
        format!("{:wide$} {:>9} {:>9} {:>8} {:>8} {:>9}\n", "landmark", "u", "v", "du px", "dv px", "degrees");
    for (landmark, residual) in landmarks.iter().zip(&result.residuals) {
        let ((u, v), (du, dv)) = (landmark.pixel, residual.px);
        let note = if residual.is_outlier { "  left out: look at it again" } else { "" };
        let (name, angle) = (&landmark.name, residual.angle_deg);
        // writing to a text cannot fail
        let _ = writeln!(text, "{name:wide$} {u:>9.1} {v:>9.1} {du:>8.1} {dv:>8.1} {angle:>9.3}{note}");
    }
    let used = result.residuals.iter().filter(|residual| !residual.is_outlier).count();
    let _ = writeln!(
        text,
        "{used} of {} landmarks; a coordinate is wrong by {:.1} px\n",
        landmarks.len(),
        result.pixel_error
    );
    text
}

/// Least errors that a result is given \[P\]: wind moves a mast, and light bends otherwise tomorrow.
const LEAST_ERROR_DEG: f64 = 0.05;

fn lines(camera: &Camera, preset: Option<&str>, result: &Calibration) -> String {
    let mut text = match preset {
        Some(preset) => format!("# camera {}, [[camera.preset]] {preset}\n", camera.id),
        None => format!("# camera {}\n", camera.id),
    };
    let mut line = |name: &str, found: Found, digits: usize| {
        let Found { value, error } = found;
        let _ = writeln!(text, "{name} = {value:.digits$}  # +- {error:.digits$}");
    };
    line("azimuth_deg", result.azimuth_deg, 3);
    line("tilt_deg", result.tilt_deg, 3);
    line("roll_deg", result.roll_deg, 3);
    line("hfov_deg", result.hfov_deg, 3);
    if let Some(k1) = result.k1 {
        line("k1", k1, 4);
    }
    let tilt = result.tilt_deg.error.max(result.roll_deg.error).max(LEAST_ERROR_DEG);
    let _ = writeln!(text, "azimuth_error_deg = {:.3}", result.azimuth_deg.error.max(LEAST_ERROR_DEG));
    let _ = writeln!(text, "tilt_error_deg = {tilt:.3}");
    text
}

fn seen(site: &Site, name: Option<&str>, range_km: Option<f64>, target_m: f64, out: Option<&Path>) -> Result<Outcome> {
    let cameras: Vec<&Camera> = match name {
        Some(name) => vec![camera_named(site.all_cameras()?, name)?.0],
        None => site.all_cameras()?.iter().collect(),
    };
    if cameras.is_empty() {
        let file = site.dir.join("cameras.toml").display().to_string();
        return Err(Error::config(file, "no cameras", "a table [[camera]] for each", "write it: docs/camera-place.md"));
    }
    let mut features = Vec::with_capacity(cameras.len());
    for camera in cameras {
        let range_m = range_km.map_or(camera.max_range_m, |km| 1000.0 * km);
        let dem = dem_around(site, &Camera { max_range_m: range_m, ..camera.clone() })?;
        let seen = viewshed(camera, &dem, range_m, target_m)?;
        features.push(viewshed_feature(camera, &seen, &dem, range_m, target_m));
    }
    let collection = json!({ "type": "FeatureCollection", "features": features });
    let text = collection.to_string() + "\n";
    match out {
        Some(path) => {
            atomic::write_bytes(path, text.as_bytes())?;
            say(&format!("{}\n", path.display()))?;
        }
        None => say(&text)?,
    }
    Ok(Outcome::Done)
}
