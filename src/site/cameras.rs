//! `cameras.toml`: where the cameras of a site stand, how they look, and how their pictures are got. A site without the file has none.

mod read;
#[cfg(test)]
mod tests;

pub(super) use read::{is_points, read};

use super::secret::SecretFrom;
use crate::error::{Error, Result};
use crate::place::LonLat;
use std::path::{Path, PathBuf};

/// How a camera looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Direction of the optical axis, degrees clockwise from true north, 0 to below 360.
    pub azimuth_deg: f64,
    /// Angle of the optical axis above the horizon, degrees; looking down is negative.
    pub tilt_deg: f64,
    /// Turn about the optical axis, degrees; positive where the camera is turned clockwise as seen from behind it.
    pub roll_deg: f64,
    /// Angle that the width of a picture spans, degrees, of the lens without its distortion: it sets the focal length.
    pub hfov_deg: f64,
}

/// The lens beside its angle. Without any of it: no distortion, and the axis in the middle of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Optics {
    /// First radial coefficient of Brown's model.
    pub k1: f64,
    /// Second radial coefficient.
    pub k2: f64,
    /// Column of the optical axis, px; 0 is the middle of the first pixel.
    pub cx: Option<f64>,
    /// Line of the optical axis, px.
    pub cy: Option<f64>,
}

/// Standard errors of how a camera stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoseErrors {
    /// Of the azimuth, degrees.
    pub azimuth_deg: f64,
    /// Of tilt and of roll, degrees.
    pub tilt_deg: f64,
    /// Of where in the picture the base of smoke is, px in each direction.
    pub pixel: f64,
}

impl Default for PoseErrors {
    /// \[P\] A compass on a mast and a bubble level; the lower edge of a box that a model draws.
    fn default() -> Self {
        PoseErrors { azimuth_deg: 0.5, tilt_deg: 0.2, pixel: 3.0 }
    }
}

/// A part of the picture that is not looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// What it hides.
    pub name: String,
    /// Corners, px.
    pub polygon: Vec<[f64; 2]>,
}

/// A direction that a turning camera goes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Name within the camera.
    pub id: String,
    /// How the camera looks there.
    pub view: View,
    /// A picture of it by day and clear, by which it is told whether the camera looks there; where set.
    pub reference: Option<PathBuf>,
    /// Masks of its pictures.
    pub masks: Vec<Mask>,
}

/// How a camera is turned.
#[derive(Debug, Clone, PartialEq)]
pub struct Turning {
    /// Address that sends it to a preset, with `{preset}` in it.
    pub url: String,
    /// `GET` or `POST`.
    pub method: String,
    /// A patrol stays so long at a preset, seconds, settling apart.
    pub dwell_s: f64,
    /// So long after it was asked for pictures are of the way there, seconds.
    pub settle_s: f64,
}

/// A camera of the site.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Where it is written, for messages: file and dotted key.
    pub written: String,
    /// Name within the site: letters, digits, `_`, `.` and `-`.
    pub id: String,
    /// Name for people, where set.
    pub name: Option<String>,
    /// Where it stands.
    pub place: LonLat,
    /// Height of the lens above the ground, metres.
    pub height_m: f64,
    /// Height of the ground there above the sea, metres, where set; else the elevation model knows it.
    pub elevation_m: Option<f64>,
    /// How it looks; `None` for one that has presets alone.
    pub view: Option<View>,
    /// Directions that it goes to.
    pub presets: Vec<Preset>,
    /// Width and height of the pictures that pixel numbers belong to, px, where set.
    pub size_px: Option<(u32, u32)>,
    /// The lens.
    pub optics: Optics,
    /// Standard errors.
    pub errors: PoseErrors,
    /// Nothing is placed farther away, metres.
    pub max_range_m: f64,
    /// Where its pictures come from, where set.
    pub source: Option<String>,
    /// How it is turned, where it can be.
    pub hook: Option<Turning>,
    /// A picture of its own direction by day and clear, where set.
    pub reference: Option<PathBuf>,
    /// Seconds between two pictures that are looked at, where set.
    pub every_s: Option<f64>,
    /// Parts of the picture that are not looked at.
    pub masks: Vec<Mask>,
    /// User of a login.
    pub user: Option<String>,
    /// Password of `user`.
    pub password: Option<SecretFrom>,
}

impl Camera {
    /// What lists call it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// How it looks at a preset, or by itself.
    ///
    /// # Errors
    /// [`Error::Config`] where there is no such preset, or none is named and it has presets alone.
    pub fn view(&self, preset: Option<&str>) -> Result<View> {
        let own = |id: &str| self.presets.iter().find(|own| own.id == id).map(|own| own.view);
        preset.map_or(self.view, own).ok_or_else(|| {
            let found = preset.map_or("no preset".to_string(), |id| format!("the preset {id:?}"));
            let ids: Vec<&str> = self.presets.iter().map(|preset| preset.id.as_str()).collect();
            let expected = if ids.is_empty() { "none: it has no presets".to_string() } else { ids.join(", ") };
            Error::config(&self.written, found, expected, "name it as --camera ID/PRESET")
        })
    }

    /// The picture by which it is told whether it looks where it should, at a preset or by itself.
    pub fn reference(&self, preset: Option<&str>) -> Option<&Path> {
        let own = |id: &str| self.presets.iter().find(|own| own.id == id).and_then(|own| own.reference.as_deref());
        preset.map_or(self.reference.as_deref(), own)
    }

    /// Masks of the pictures at a preset, or of all.
    pub fn masks(&self, preset: Option<&str>) -> impl Iterator<Item = &Mask> {
        let of_preset = self.presets.iter().filter(move |own| Some(own.id.as_str()) == preset);
        self.masks.iter().chain(of_preset.flat_map(|own| &own.masks))
    }
}

/// Why cameras.toml cannot be used: that costs the cameras and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CamerasUnread {
    place: String,
    found: String,
    expected: String,
    advice: String,
}

impl CamerasUnread {
    /// As an error, for what needs cameras.
    pub fn error(&self) -> Error {
        Error::config(&self.place, &self.found, &self.expected, &self.advice)
    }

    /// Cameras, or why there are none.
    pub(super) fn or_cameras(read: Result<Vec<Camera>>) -> Result<(Vec<Camera>, Option<CamerasUnread>)> {
        match read {
            Ok(cameras) => Ok((cameras, None)),
            Err(Error::Config { place, found, expected, advice }) => {
                Ok((Vec::new(), Some(CamerasUnread { place, found, expected, advice })))
            }
            Err(other) => Err(other),
        }
    }
}

/// The camera and preset that a text `ID` or `ID/PRESET` names.
///
/// # Errors
/// [`Error::Config`] where there is none of that name.
pub fn named<'a>(cameras: &'a [Camera], text: &'a str) -> Result<(&'a Camera, Option<&'a str>)> {
    let (id, preset) = text.split_once('/').map_or((text, None), |(id, preset)| (id, Some(preset)));
    let Some(camera) = cameras.iter().find(|camera| camera.id == id) else {
        let ids: Vec<&str> = cameras.iter().map(|camera| camera.id.as_str()).collect();
        let expected = if ids.is_empty() {
            "a camera of cameras.toml, which the site does not have".into()
        } else {
            ids.join(", ")
        };
        return Err(Error::config("--camera", format!("{id:?}"), expected, "name a camera of the site's cameras.toml"));
    };
    camera.view(preset)?;
    Ok((camera, preset))
}
