//! Sunlight from the panels of solar parks: by place, geometry and time of the year (ALGORITHMS 8.4).

use crate::fire::{Class, DropReason, FirePixel, Verdict};
use crate::ingest::geometry::panel::mirror_angle_deg;
use crate::layers::area_index::distance_km;
use crate::scene::FixedGrid;
use crate::site::SolarPark;
use crate::thresholds::PanelThresholds;

/// Drops the fires beside parks whose panels can mirror the sun to the satellite at that time; they are of class solar. What is
/// warm in the window band too is a fire, and so is all that touches it.
pub fn solar_glint(fires: &mut [FirePixel], grid: &FixedGrid, parks: &[SolarPark], t: &PanelThresholds) {
    let burns: Vec<(u32, u32)> = fires.iter().filter(|fire| is_warm(fire, t)).filter_map(pixel).collect();
    let touches = |fire: &FirePixel| {
        let near = |(line, column): (u32, u32), other: &(u32, u32)| {
            line.abs_diff(other.0) <= TOUCHING && column.abs_diff(other.1) <= TOUCHING
        };
        pixel(fire).is_some_and(|at| burns.iter().any(|other| near(at, other)))
    };
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        let reach_km = f64::from(t.reach_pixels) * fire.pixel_area_km2.unwrap_or(4.0).sqrt();
        let glints =
            |park: &SolarPark| distance_km(&park.shape, fire.place) <= reach_km && can_mirror(grid, fire, park, t);
        if parks.iter().any(glints) && !touches(fire) {
            fire.verdict = Verdict::Dropped(DropReason::SolarGlint);
            fire.class = Class::Solar;
        }
    }
}

/// Lines and columns that the light of one fire reaches.
const TOUCHING: u32 = 2;

fn pixel(fire: &FirePixel) -> Option<(u32, u32)> {
    fire.line.zip(fire.column)
}

/// A mirror adds nothing at 11 um.
fn is_warm(fire: &FirePixel, t: &PanelThresholds) -> bool {
    fire.bt_tir_k.zip(fire.bt_tir_bg_k).is_some_and(|(own, around)| own - around > t.warmer_kelvin)
}

/// With the park's own tilt, or with any that is usual where it is not known.
fn can_mirror(grid: &FixedGrid, fire: &FirePixel, park: &SolarPark, t: &PanelThresholds) -> bool {
    let within = |tilt_deg: f64| {
        let angle = mirror_angle_deg(grid, fire.place, fire.time, (tilt_deg, park.azimuth_deg));
        angle.is_some_and(|angle| angle < f64::from(t.mirror_deg))
    };
    match park.tilt_deg {
        Some(tilt_deg) => within(tilt_deg),
        None => (t.least_tilt_deg as u32..=t.greatest_tilt_deg as u32).any(|tilt| within(f64::from(tilt))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::geometry::fixed_grid::himawari as ahi;
    use crate::place::LonLat;
    use crate::time::Utc;
    use geo::{MultiPolygon, polygon};

    fn park(tilt_deg: Option<f64>) -> SolarPark {
        let square = polygon![(x: 102.1, y: 36.5), (x: 102.12, y: 36.5), (x: 102.12, y: 36.52), (x: 102.1, y: 36.52)];
        SolarPark { name: None, shape: MultiPolygon::new(vec![square]), tilt_deg, azimuth_deg: 180.0 }
    }

    /// Weeks and hours of ALGORITHMS 8.4 for panels of 36 degrees: 24 Aug to 18 Sep, 07:40 to 08:30 UTC. A pixel of 9 km2 reaches
    /// 4.5 km: 0.040 degrees of latitude are 4.45 km, 0.041 are 4.56.
    #[test]
    fn a_park_explains_what_shines_beside_it_when_it_can() {
        let cases = [
            ((9, 5, 8, 0), 36.56, Some(36.0), true),
            ((9, 5, 8, 0), 36.561, Some(36.0), false),
            ((9, 5, 6, 0), 36.51, Some(36.0), false),
            ((10, 20, 8, 0), 36.51, Some(36.0), false),
            ((9, 5, 8, 0), 36.51, Some(0.0), false),
            // panels of an unknown tilt shine at some time between March and October
            ((9, 5, 8, 0), 36.51, None, true),
            ((12, 20, 8, 0), 36.51, None, false),
            ((9, 5, 20, 0), 36.51, None, false),
        ];
        for ((month, day, hour, minute), lat, tilt_deg, expected) in cases {
            let time = Utc::from_parts(2025, month, day, hour, minute, 0).expect("a time");
            let mut fire = FirePixel::bare("a", time, LonLat::new(102.11, lat).expect("valid"));
            fire.pixel_area_km2 = Some(9.0);
            let mut fires = [fire];
            solar_glint(&mut fires, &ahi(), &[park(tilt_deg)], &PanelThresholds::default());
            let dropped = (fires[0].verdict.reason(), fires[0].class) == (Some("solar_glint"), Class::Solar);
            assert_eq!(dropped, expected, "{month}-{day} {hour}:{minute} {lat} {tilt_deg:?}");
        }
    }

    /// Beside the park as it shines: a pixel 3.1 K warmer at 11 um burns, and so do those within two pixels of it.
    #[test]
    fn what_is_warm_at_eleven_micrometres_is_no_mirror() {
        let time = Utc::from_parts(2025, 9, 5, 8, 0, 0).expect("a time");
        let at = |column: u32, tir_k: f32| FirePixel {
            line: Some(1000),
            column: Some(column),
            pixel_area_km2: Some(9.0),
            bt_tir_k: Some(tir_k),
            bt_tir_bg_k: Some(290.0),
            ..FirePixel::bare("a", time, LonLat::new(102.11, 36.51).expect("valid"))
        };
        let said = |mut fires: [FirePixel; 3]| {
            solar_glint(&mut fires, &ahi(), &[park(Some(36.0))], &PanelThresholds::default());
            fires.map(|fire| fire.verdict == Verdict::Kept)
        };
        assert_eq!(said([at(1250, 293.1), at(1252, 290.0), at(1253, 290.0)]), [true, true, false]);
        assert_eq!(said([at(1250, 292.9), at(1252, 290.0), at(1253, 290.0)]), [false; 3]);
    }
}
