//! What stays in view becomes a sighting: with its direction and place, where the camera's pose is known.

use super::sight::triangulate::Line;
use super::sight::{Eye, Located};
use super::vote::Standing;
use crate::error::Result;
use crate::frame::Frame;
use crate::layers::dem::Dem;
use crate::sealed::sha256;
use crate::sighting::{Direction, Ground, Kind, Origin, Sighting};
use crate::site::Camera;

/// A camera that is known, at a preset, over the ground.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// The camera.
    pub camera: &'a Camera,
    /// The direction that it is in.
    pub preset: Option<&'a str>,
    /// The ground around it; `None` where it must not be placed: heights are not known, or it does not look where it should.
    pub dem: Option<&'a Dem>,
}

/// What stays in view, as a sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The sighting.
    pub sighting: Sighting,
    /// Its line of sight with the errors, for cameras that saw the same; where it has a direction.
    pub line: Option<Line>,
}

impl Watched<'_> {
    /// What lists call it: the camera alone, wherever it looks.
    fn id(&self) -> &str {
        &self.camera.id
    }
}

/// The sighting of what stays in a frame, and why it has no direction where the camera cannot say: a picture of another shape than its lens is
/// known for, or a lens below the ground. Its id is made of the camera (or source), the time, the kind and the pixels: the same frame gives
/// the same id.
pub fn sighting(frame: &Frame, standing: &Standing, watched: Option<&Watched>) -> (Seen, Result<()>) {
    let mark = &standing.mark;
    let edges = [mark.left, mark.top, mark.right, mark.bottom].map(|edge| edge.round() as i64);
    let of = watched.map_or(frame.source.as_str(), Watched::id);
    let name = sha256(format!("{of} {} {} {edges:?}", frame.time.micros(), mark.kind.name()).as_bytes());
    let mut sighting = Sighting {
        id: format!("S{}", name.get(..16).unwrap_or(&name)),
        origin: Origin::Camera,
        time: frame.time,
        camera: watched.map(|watched| watched.id().to_string()),
        kind: mark.kind,
        score: standing.score,
        from: watched.map(|watched| watched.camera.place),
        direction: None,
        range_m: None,
        ground: None,
        image: None,
        vendor_id: None,
        simulated: false,
    };
    let placed = watched.map_or(Ok(None), |watched| place(&mut sighting, frame, standing, watched));
    let (line, placed) = match placed {
        Ok(line) => (line, Ok(())),
        Err(error) => (None, Err(error)),
    };
    (Seen { sighting, line }, placed)
}

fn place(sighting: &mut Sighting, frame: &Frame, standing: &Standing, watched: &Watched) -> Result<Option<Line>> {
    let Watched { camera, preset, dem: Some(dem) } = watched else { return Ok(None) };
    let (eye, mark) = (Eye::of(camera, *preset, Some(frame.image.dimensions()), dem)?, &standing.mark);
    let (u, v) = mark.base();
    // the lowest line of pixels within the mark; pixel numbers count from the middle of the first
    let pixel = (f64::from(u) - 0.5, (f64::from(v) - 1.0).max(0.0));
    let Some(located) = eye.locate(pixel, dem) else { return Ok(None) };
    let sight = located.sight();
    sighting.direction = Some(Direction { azimuth_deg: sight.azimuth_deg, elevation_deg: sight.elevation_deg });
    match located {
        Located::Spot(spot) => {
            sighting.range_m = Some(spot.range_m);
            sighting.ground = Some(Ground::Point { place: spot.place, spread: spot.spread });
        }
        Located::Sector(sector) => sighting.ground = Some(Ground::Along { near: sector.ends[0], far: sector.ends[1] }),
    }
    Ok(Some(Line::of(camera.place, &located)))
}

/// A sighting as a line of the log; `county` where its place is in one.
pub fn said(sighting: &Sighting, county: Option<&str>) -> String {
    let what = match sighting.kind {
        Kind::Smoke => "smoke",
        Kind::Flame => "flame",
        Kind::Hot => "heat",
    };
    let place = match (&sighting.ground, sighting.direction) {
        (Some(Ground::Point { place, spread }), _) => {
            let county = county.filter(|county| !county.is_empty()).unwrap_or("outside the counties");
            format!("at {:.5}, {:.5} within {:.0} m, {county}", place.lon(), place.lat(), spread.distance_m())
        }
        (Some(Ground::Along { .. }), Some(direction)) => {
            format!("behind a ridge at {:.1} degrees: no place", direction.azimuth_deg)
        }
        (_, Some(direction)) => format!("at {:.1} degrees: no place", direction.azimuth_deg),
        _ if sighting.camera.is_some() => "no place: where the camera looks is not known".to_string(),
        _ => "no place: no camera was named".to_string(),
    };
    let camera = sighting.camera.as_deref().map_or(String::new(), |camera| format!("{camera}: "));
    format!("{camera}{what} at {} (score {:.2}), {place}", sighting.time.beijing(), sighting.score)
}
