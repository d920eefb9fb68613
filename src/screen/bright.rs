//! What 30 m and 20 m imagery takes for fire and is none: bright roofs, panels, kilns (ALGORITHMS 3.5).

use crate::fire::{Class, DayNight, DropReason, FirePixel, Verdict};
use crate::history::field::{FieldLook, Spot, Spots};
use crate::ingest::geometry::sun::glint_angle_deg;
use crate::layers::area_index::distance_km;
use crate::place::Sun;
use crate::site::SolarPark;
use crate::thresholds::{FieldThresholds, PanelThresholds};

/// Drops what the last look that saw its ground found at the same pixels too, as strong as now: straw does not burn at one place on two
/// dates. Looks are given newest first, without those of the same days.
pub fn found_before(fires: &mut [FirePixel], spots: &Spots, looks: &[FieldLook], t: &FieldThresholds) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        let is_day = fire.daynight == Some(DayNight::D);
        let is_alike = |look: &FieldLook| look.is_day == is_day && look.algorithm == fire.algorithm;
        let Some(last) = looks.iter().find(|look| is_alike(look) && look.saw(fire.place)) else { continue };
        let apart_m = f64::from(t.static_pixels) * last.pixel_m;
        let before = last.spots_near(fire.place, reach_m(fire) + apart_m);
        if is_same(spots.of(fire), &before, apart_m, t) {
            fire.verdict = Verdict::Dropped(DropReason::StaticBright);
            let (year, month, day) = last.time.beijing_date();
            fire.reasons.push(format!("上一次看清此处时（{year}-{month:02}-{day:02}，{}）同样出现", last.granule));
        }
    }
}

/// Whether most pixels of a fire lie on pixels of before, and its strongest is not much stronger than what shone at its own place: a
/// fire beside the roof is, or has nothing under its strongest pixel at all. What is beyond the scale now and was not before is
/// stronger, by how much nobody knows.
fn is_same(now: &[Spot], before: &[Spot], apart_m: f64, t: &FieldThresholds) -> bool {
    let on = |spot: &Spot| {
        let under = before.iter().filter(|old| old.place.distance_m(spot.place) <= apart_m);
        under.max_by(|a, b| a.strength.total_cmp(&b.strength))
    };
    let Some(strongest) = now.iter().max_by(|a, b| a.strength.total_cmp(&b.strength)) else { return false };
    let Some(shone) = on(strongest) else { return false };
    let met = now.iter().filter(|spot| on(spot).is_some()).count();
    met as f64 > f64::from(t.static_share) * now.len() as f64
        && strongest.strength <= f64::from(t.static_stronger) * shone.strength
        && (shone.saturated || !strongest.saturated)
}

/// How far the pixels of a fire reach from its middle, m.
pub fn reach_m(fire: &FirePixel) -> f64 {
    fire.footprint.iter().flatten().map(|corner| corner.distance_m(fire.place)).fold(0.0, f64::max)
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
    use crate::history::field::{Flagged, Of};
    use crate::place::{LonLat, LonLatBox};
    use crate::time::Utc;

    /// A pixel so many metres east of 102.1 E 36.5 N: a degree of longitude has 89,500 m there.
    fn spot(east_m: f64, strength: f64) -> Spot {
        Spot { place: LonLat::new(102.1 + east_m / 89_500.0, 36.5).expect("on earth"), strength, saturated: false }
    }

    /// What becomes of a fire of these pixels after a look that found those, both by vote but for what is said.
    fn verdict_after(before: &[Spot], now: &[Spot], algorithm: &str) -> Verdict {
        let area = LonLatBox { west: 102.0, east: 102.2, south: 36.4, north: 36.6 };
        let time = |text: &str| Utc::parse(text).expect("a time");
        let of = Of {
            granule: "LC09_x",
            algorithm: "vote",
            time: time("2025-10-04T03:50:00Z"),
            simulated: false,
            is_day: true,
        };
        // as the corners of a long and narrow box reach: far
        let found = vec![Flagged { place: before[0].place, reach_m: 600.0, spots: before.to_vec() }];
        let look = FieldLook::of(of, (30.0, 1000), found, &area, |_| true);
        let fire = FirePixel {
            line: Some(1),
            column: Some(2),
            daynight: Some(DayNight::D),
            algorithm: algorithm.to_string(),
            ..FirePixel::bare("a", time("2025-10-20T03:50:00Z"), now[0].place)
        };
        let spots = Spots([((1, 2), now.to_vec())].into());
        let mut fires = [fire];
        found_before(&mut fires, &spots, &[look], &FieldThresholds::default());
        fires[0].verdict
    }

    const STATIC: Verdict = Verdict::Dropped(DropReason::StaticBright);

    /// 1.5 pixels of 30 m are 45 m; what lies further from every old pixel is another fire, however far the old one reached.
    #[test]
    fn a_fire_near_an_earlier_one_is_no_roof() {
        let before = [spot(0.0, 300.0), spot(30.0, 300.0), spot(60.0, 300.0)];
        assert_eq!(verdict_after(&before, &[spot(20.0, 300.0)], "vote"), STATIC);
        assert_eq!(verdict_after(&before, &[spot(104.0, 300.0)], "vote"), STATIC);
        assert_eq!(verdict_after(&before, &[spot(106.0, 300.0)], "vote"), Verdict::Kept);
        assert_eq!(verdict_after(&before, &[spot(-200.0, 100.0)], "vote"), Verdict::Kept);
        assert_eq!(verdict_after(&before, &[spot(20.0, 300.0)], "murphy"), Verdict::Kept, "another memory");
    }

    /// Pixel against pixel: three old ones of 300 are no one of 900.
    #[test]
    fn what_is_stronger_than_the_old_pixel_stays() {
        let before = [spot(0.0, 300.0), spot(30.0, 300.0), spot(60.0, 300.0)];
        assert_eq!(verdict_after(&before, &[spot(30.0, 600.0)], "vote"), STATIC);
        assert_eq!(verdict_after(&before, &[spot(30.0, 601.0)], "vote"), Verdict::Kept);
        let full = |strength: f64| Spot { saturated: true, ..spot(30.0, strength) };
        assert_eq!(verdict_after(&before, &[full(400.0)], "vote"), Verdict::Kept);
        assert_eq!(verdict_after(&[full(400.0)], &[full(400.0)], "vote"), STATIC);
    }

    /// Two of four pixels on the old one are not most of them; three of four are, unless the strongest is the fourth.
    #[test]
    fn most_pixels_must_lie_on_old_ones() {
        let now = |last: f64| [spot(-30.0, 300.0), spot(0.0, 310.0), spot(30.0, 300.0), spot(60.0, last)];
        assert_eq!(verdict_after(&[spot(0.0, 300.0)], &now(200.0), "vote"), STATIC);
        assert_eq!(verdict_after(&[spot(0.0, 300.0)], &now(320.0), "vote"), Verdict::Kept);
        assert_eq!(verdict_after(&[spot(-30.0, 300.0)], &now(200.0), "vote"), Verdict::Kept);
    }

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
