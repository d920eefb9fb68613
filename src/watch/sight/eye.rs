//! A camera of the site over the ground, ready to be asked where something is.

use super::earth::Track;
use super::lens::Lens;
use super::locate::{self, Located};
use super::meet::{Met, meet_ground};
use super::pose::{Pose, Sight};
use crate::error::{Error, Result};
use crate::layers::dem::Dem;
use crate::place::{LonLat, LonLatBox, METRES_A_DEGREE};
use crate::site::{Camera, Optics, PoseErrors, Site, View};

/// A camera at one of its directions, with pictures of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Eye {
    /// How it stands.
    pub pose: Pose,
    /// Its lens.
    pub lens: Lens,
    /// Standard errors; that of the pixel in px of its pictures.
    pub errors: PoseErrors,
    /// Standard error of the lens's height above the ellipsoid, metres.
    pub height_error_m: f64,
    /// Nothing is placed farther away, metres.
    pub max_range_m: f64,
}

/// Standard error of a height that a person wrote, metres \[P\].
const WRITTEN_HEIGHT_ERROR_M: f64 = 3.0;
/// A lens this many standard errors below the model's ground is not where it is said to be.
const BELOW_ERRORS: f64 = 3.0;
/// Shapes of pictures that differ by more are not the same picture made smaller.
const SAME_SHAPE: f64 = 0.01;

impl Eye {
    /// A camera at a preset, or by itself, with pictures of a width and height (px); without these of those that it is said to have.
    ///
    /// # Errors
    /// [`Error::Config`] where there is no such preset, it stands outside the elevation model or below its ground, or the size of
    /// pictures is not known or of another shape than it is said to have.
    pub fn of(camera: &Camera, preset: Option<&str>, picture: Option<(u32, u32)>, dem: &Dem) -> Result<Eye> {
        let view = camera.view(preset)?;
        let (height_m, height_error_m) = standing(camera, dem)?;
        let pose = Pose {
            place: camera.place,
            height_m,
            azimuth_deg: view.azimuth_deg,
            tilt_deg: view.tilt_deg,
            roll_deg: view.roll_deg,
        };
        let wrong = |found: String, expected: &str| {
            Error::config(&camera.written, found, expected, "correct width, height and the lens of the camera")
        };
        let size = camera.size_px.or(picture);
        let size = size.ok_or_else(|| wrong("no width and height".into(), "the size of its pictures"))?;
        let lens = Eye::lens(camera, view, size)
            .ok_or_else(|| wrong(format!("{} degrees", view.hfov_deg), "an angle of view below 179"))?;
        let size = (f64::from(size.0), f64::from(size.1));
        let asked = picture.map_or(size, |(width, height)| (f64::from(width), f64::from(height)));
        let is_same = ((asked.0 / asked.1) / (size.0 / size.1) - 1.0).abs() < SAME_SHAPE;
        if !is_same {
            let found = format!("a picture of {} x {} px", asked.0, asked.1);
            return Err(wrong(found, &format!("one shaped as {} x {} px", size.0, size.1)));
        }
        let part = asked.0 / size.0;
        let errors = PoseErrors { pixel: camera.errors.pixel * part, ..camera.errors };
        let max_range_m = camera.max_range_m;
        Ok(Eye { pose, lens: lens.scaled(asked, part), errors, height_error_m, max_range_m })
    }

    /// The lens of a camera with pictures of the size (px) that it is described by; `None` for what is no lens.
    pub fn lens(camera: &Camera, view: View, size: (u32, u32)) -> Option<Lens> {
        let ideal = Lens::new((f64::from(size.0), f64::from(size.1)), view.hfov_deg)?;
        let Optics { k1, k2, cx, cy } = camera.optics;
        let centre_px = (cx.unwrap_or(ideal.centre_px.0), cy.unwrap_or(ideal.centre_px.1));
        Some(Lens { centre_px, k1, k2, ..ideal })
    }

    /// Direction of a pixel; `None` outside the picture.
    pub fn sight_line(&self, pixel: (f64, f64)) -> Option<Sight> {
        self.pose.sight_line(&self.lens, pixel)
    }

    /// The pixel of a place, so many metres above the ground there; `None` outside the picture.
    pub fn pixel_of(&self, place: LonLat, above_m: f64, dem: &Dem) -> Option<(f64, f64)> {
        let pixel = self.pose.pixel_of(&self.lens, place, dem.height_m(place)? + above_m)?;
        self.lens.holds(pixel).then_some(pixel)
    }

    /// The ground that a pixel sees, without errors; `None` outside the picture.
    pub fn meet_ground(&self, pixel: (f64, f64), dem: &Dem) -> Option<Met> {
        let sight = self.sight_line(pixel)?;
        Some(meet_ground(&self.track(sight.azimuth_deg)?, sight.elevation_deg, dem))
    }

    /// Where on the ground a pixel is, with its error; `None` outside the picture.
    pub fn locate(&self, pixel: (f64, f64), dem: &Dem) -> Option<Located> {
        locate::locate(self, pixel, dem)
    }

    /// The way under all lines of sight of an azimuth.
    pub fn track(&self, azimuth_deg: f64) -> Option<Track> {
        Track::new(self.pose.place, self.pose.height_m, azimuth_deg, self.max_range_m)
    }
}

/// Height of a camera's lens above the ellipsoid and its standard error, metres.
///
/// # Errors
/// [`Error::Config`] where it stands outside the elevation model or below its ground.
pub fn standing(camera: &Camera, dem: &Dem) -> Result<(f64, f64)> {
    let Some(ground_m) = dem.height_m(camera.place) else {
        let found = format!("a camera at {}, {}", camera.place.lon(), camera.place.lat());
        let expected = "one on ground that the elevation model (layers.dem) knows";
        return Err(Error::config(&camera.written, found, expected, "correct lon and lat, or name a larger raster"));
    };
    let written = camera.elevation_m.map(|elevation_m| dem.above_ellipsoid_m(elevation_m));
    let error_m = if written.is_some() { WRITTEN_HEIGHT_ERROR_M } else { dem.error_m() };
    let height_m = written.unwrap_or(ground_m) + camera.height_m;
    let below_m = ground_m - height_m;
    if below_m > BELOW_ERRORS * error_m.hypot(dem.error_m()) {
        let found = format!("a lens {below_m:.0} m below the ground of the elevation model");
        let expected = "one above it; elevation_m counts from the sea, height_m from the ground";
        return Err(Error::config(&camera.written, found, expected, "correct lon, lat, elevation_m or the raster"));
    }
    Ok((height_m, error_m))
}

/// The elevation model around a camera, as far as it sees.
///
/// # Errors
/// [`Error::Config`] where the site has none, or none there.
pub fn dem_around(site: &Site, camera: &Camera) -> Result<Dem> {
    dem_of(site, &around(camera.place, camera.max_range_m), &format!("the camera {}", camera.id))
}

/// The elevation model around all cameras of a site; `None` where there are none.
///
/// # Errors
/// As [`dem_around`].
pub fn dem_around_all(site: &Site) -> Result<Option<Dem>> {
    let areas = site.cameras.iter().map(|camera| around(camera.place, camera.max_range_m));
    let all = areas.reduce(|a, b| LonLatBox {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    });
    all.map(|area| dem_of(site, &area, "the cameras")).transpose()
}

fn dem_of(site: &Site, area: &LonLatBox, what: &str) -> Result<Dem> {
    let place = || format!("{}: layers.dem", site.dir.join("site.toml").display());
    let Some(path) = &site.layers.dem else {
        let advice = "set it; without heights of the ground nothing that a camera sees has a place";
        return Err(Error::config(place(), "nothing", "an elevation raster", advice));
    };
    Dem::read_fine(path, area, site.layers.dem_offset_m, site.layers.dem_error_m).map_err(|error| {
        let expected = format!("an elevation raster around {what}");
        Error::config(place(), error.to_string(), expected, "correct the path, or where the cameras stand")
    })
}

/// A box that holds all within so many metres of a place, and a little more.
pub(super) fn around(place: LonLat, range_m: f64) -> LonLatBox {
    let north = range_m / METRES_A_DEGREE + 0.01;
    let east = north / (place.lat().abs() + north).min(89.0).to_radians().cos();
    LonLatBox {
        west: place.lon() - east,
        south: place.lat() - north,
        east: place.lon() + east,
        north: place.lat() + north,
    }
}
