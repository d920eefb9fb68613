//! What 30 m and 20 m imagery takes for fire and is none: bright roofs, panels, kilns (ALGORITHMS 3.5).

use crate::fire::{Class, DayNight, DropReason, FirePixel, Verdict};
use crate::history::field::FieldLook;
use crate::ingest::geometry::sun::glint_angle_deg;
use crate::layers::area_index::distance_km;
use crate::place::Sun;
use crate::site::SolarPark;
use crate::thresholds::{FieldThresholds, PanelThresholds};

/// Drops what the last look that saw its ground found too, as strong as now: straw does not burn at one place on two dates. Looks
/// are given newest first, without those of the same days.
pub fn found_before(fires: &mut [FirePixel], looks: &[FieldLook], t: &FieldThresholds) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        let is_day = fire.daynight == Some(DayNight::D);
        let Some(last) = looks.iter().find(|look| look.is_day == is_day && look.saw(fire.place)) else { continue };
        let reach_m = f64::from(t.static_pixels) * last.pixel_m;
        let Some(before) = last.found_at(fire.place, reach_m) else { continue };
        // a fire beside the roof is stronger than the roof was
        if strength(fire).is_some_and(|now| now <= f64::from(t.static_stronger) * before.strength) {
            fire.verdict = Verdict::Dropped(DropReason::StaticBright);
            let (year, month, day) = last.time.beijing_date();
            fire.reasons.push(format!("上一次看清此处时（{year}-{month:02}-{day:02}，{}）同样出现", last.granule));
        }
    }
}

/// How far the pixels of a fire reach from its middle, m.
pub fn reach_m(fire: &FirePixel) -> f64 {
    fire.footprint.iter().flatten().map(|corner| corner.distance_m(fire.place)).fold(0.0, f64::max)
}

/// What a fire has over the ground around at 2.2 um, times the ground of a pixel; `None` where it has no pixels of its own.
pub fn strength(fire: &FirePixel) -> Option<f64> {
    let cluster = fire.cluster.as_ref().filter(|cluster| cluster.pixels > 0)?;
    Some(cluster.sum_swir22 * cluster.area_m2 / f64::from(cluster.pixels))
}

/// Drops the fires in or beside solar parks whose panels can mirror the sun straight up, where these imagers look from.
pub fn panels_from_above(fires: &mut [FirePixel], parks: &[SolarPark], t: &PanelThresholds) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        let reach_km = f64::from(t.reach_pixels) * f64::from(fire.scan_km.unwrap_or(0.03)) + reach_m(fire) / 1000.0;
        let glints = |park: &SolarPark| distance_km(&park.shape, fire.place) <= reach_km && mirrors_up(fire, park, t);
        if parks.iter().any(glints) {
            fire.verdict = Verdict::Dropped(DropReason::SolarGlint);
            fire.class = Class::Solar;
        }
    }
}

/// With the park's own tilt, or with any that is usual where it is not known.
fn mirrors_up(fire: &FirePixel, park: &SolarPark, t: &PanelThresholds) -> bool {
    let (zenith, azimuth) = Sun::at(fire.time).zenith_azimuth_deg(fire.place);
    let direction = |zenith: f64, azimuth: f64| {
        let ((sin_z, cos_z), (sin_a, cos_a)) = (zenith.to_radians().sin_cos(), azimuth.to_radians().sin_cos());
        [sin_z * sin_a, sin_z * cos_a, cos_z]
    };
    let within = |tilt: f64| {
        let angle = glint_angle_deg(direction(tilt, park.azimuth_deg), direction(zenith, azimuth), [0.0, 0.0, 1.0]);
        zenith < 90.0 && angle < f64::from(t.mirror_deg)
    };
    match park.tilt_deg {
        Some(tilt_deg) => within(tilt_deg),
        None => (t.least_tilt_deg as u32..=t.greatest_tilt_deg as u32).any(|tilt| within(f64::from(tilt))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// ALGORITHMS 8.1: at 36.5 N 102.1 E on 2025-10-20 05:30 UTC the sun stands 47.593 degrees from the zenith at 191.226. A panel that is
    /// tilted by half of that towards it mirrors it straight up; one of 40 degrees misses by 2 x (40 - 23.8) = 32.
    #[test]
    fn a_panel_that_faces_half_way_to_the_sun_mirrors_it_up() {
        let place = LonLat::new(102.1, 36.5).expect("on earth");
        let corner = |lon: f64, lat: f64| geo::Coord { x: lon, y: lat };
        let ring = vec![corner(102.09, 36.49), corner(102.11, 36.49), corner(102.11, 36.51), corner(102.09, 36.51)];
        let shape = geo::MultiPolygon(vec![geo::Polygon::new(ring.into(), Vec::new())]);
        let verdict = |tilt_deg: f64, azimuth_deg: f64, time: &str| {
            let park = SolarPark { name: None, shape: shape.clone(), tilt_deg: Some(tilt_deg), azimuth_deg };
            let mut fires = [FirePixel::bare("a", Utc::parse(time).expect("a time"), place)];
            panels_from_above(&mut fires, &[park], &PanelThresholds::default());
            fires[0].verdict
        };
        let noon = "2025-10-20T05:30:00Z";
        assert_eq!(verdict(23.8, 191.2, noon), Verdict::Dropped(DropReason::SolarGlint));
        assert_eq!(verdict(40.0, 191.2, noon), Verdict::Kept);
        assert_eq!(verdict(23.8, 191.2, "2025-10-20T18:30:00Z"), Verdict::Kept);
    }
}
