//! The record of a swath's fire: its place, temperatures, power and errors.

use super::found::{SwathBackground, SwathFire};
use super::merge::Seen;
use super::power::{Powers, Source};
use crate::detect::frp;
use crate::fire::{DayNight, FirePixel};
use crate::ingest::geometry::footprint::Footprint;
use crate::ingest::geometry::swath::pixel_size_km;
use crate::place::Spread;
use crate::scene::BandRole;
use crate::scene::swath::{Flags, Instrument, SwathScene};
use crate::thresholds::{PlaceThresholds, Profile, Thresholds};

/// What all records of a scene share.
pub(super) struct Recorder<'a> {
    pub scene: &'a SwathScene,
    pub powers: Powers<'a>,
    pub algorithm: &'static str,
    pub profile: Profile,
    pub thresholds: &'a Thresholds,
}

impl Recorder<'_> {
    /// The record; `None` where the file gives no place.
    pub fn record(&self, found: &SwathFire) -> Option<Seen> {
        let (scene, at) = (self.scene, found.at);
        let place = scene.place(at)?;
        let (mir, tir) = (scene.thermal.get(&BandRole::Mir)?, scene.thermal.get(&BandRole::Tir11)?);
        let column = scene.window.column0 + at.1;
        let (piece, line) = scene.piece_of(at.0).map_or((scene.granule.as_str(), at.0), |(p, line)| (&p.name, line));
        let (track, scan) = pixel_size_km(scene.instrument, column);
        let time = scene.time_of(at.0);
        let sensor = scene.instrument.sensor();
        let id = format!(
            "{piece}-{}-{}-{line:05}-{column:05}-{}",
            time.compact(),
            sensor.to_lowercase(),
            self.profile.name()
        );
        let (excess, frp_mw) = self.power(found, track * scan);
        let corners = Footprint::of(scene, at, (track, scan)).and_then(|ground| ground.corners());
        let navigation_m = navigation_m(scene.instrument, &self.thresholds.place);
        let fire = FirePixel {
            satellite: scene.satellite.clone(),
            sensor: sensor.to_string(),
            algorithm: self.algorithm.to_string(),
            profile: self.profile.name().to_string(),
            granule: piece.to_string(),
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
            daynight: Some(if found.day { DayNight::D } else { DayNight::N }),
            tir_band: Some(tir.channel.clone()),
            bt_mir_k: Some(mir.values[at]),
            bt_tir_k: Some(tir.values[at]),
            bt_mir_bg_k: found.background.map(|b| b.mir_k),
            bt_tir_bg_k: found.background.map(|b| b.tir_k),
            excess_radiance: excess.map(|excess| excess as f32),
            frp_mw,
            pixel_area_km2: Some(track * scan),
            scan_km: Some(scan as f32),
            track_km: Some(track as f32),
            simulated: scene.simulated,
            saturated: scene.flags[at].any(Flags::MIR_SATURATED),
            confidence: found.confidence,
            confidence_pct: found.confidence_pct,
            position_error_m: Some(position_error_m(track, scan, navigation_m)),
            place_spread: corners.map(|corners| Spread::in_pixel(&corners).and(Spread::around(navigation_m))),
            footprint: corners,
            terrain_corrected: Some(true),
            ..FirePixel::bare(id, time, place)
        };
        Some(Seen { at, scan: self.scan_of(at.0), side_m: 1000.0 * track.min(scan), fire })
    }

    /// Excess radiance (W m-2 sr-1 um-1) and power (MW) of a fire. Fires in one pixel of the power band share its power.
    fn power(&self, found: &SwathFire, area_km2: f64) -> (Option<f64>, Option<f64>) {
        let background = found.background.and_then(|b: SwathBackground| b.power_radiance);
        let Some(((radiance, source), background)) = self.powers.radiance(found.at).zip(background) else {
            return (None, None);
        };
        let excess = radiance - background;
        let a = frp::swath_coefficient(self.scene, source, &self.thresholds.frp);
        let mw = match source {
            Source::Mir => frp::power_mw(excess, area_km2, a),
            Source::PowerBand { sharers } => {
                let ratio = self.scene.power.as_ref().map_or(1, |band| band.ratio) as f64;
                frp::power_mw(excess, area_km2 * ratio * ratio, a) / sharers as f64
            }
        };
        // F1 shows nothing in the cell of a pixel whose S7 is saturated: the fire's power is in the cell of a neighbour
        let beside = source != Source::Mir
            && self.scene.instrument == Instrument::Slstr
            && self.scene.flags[found.at].any(Flags::MIR_SATURATED);
        let mw = if beside { mw.max(0.0) } else { mw };
        (Some(excess), Some(mw).filter(|mw| *mw > 0.0 || beside && *mw == 0.0))
    }

    /// Granule and scan of a line.
    fn scan_of(&self, line: usize) -> (usize, usize) {
        let lines = self.scene.instrument.scan_lines();
        match self.scene.piece_of(line) {
            Some((piece, line)) => (piece.first_line, line / lines),
            None => (0, line / lines),
        }
    }
}

/// Root mean square of the error of the geolocation, m.
fn navigation_m(instrument: Instrument, t: &PlaceThresholds) -> f64 {
    f64::from(match instrument {
        Instrument::ViirsI | Instrument::ViirsM => t.viirs_navigation_m,
        Instrument::Modis => t.modis_navigation_m,
        Instrument::Mersi2 => t.mersi_navigation_m,
        Instrument::Slstr => t.slstr_navigation_m,
    })
}

/// Root mean square of the distance to the true place, m: somewhere in the pixel (side / sqrt 12 along each axis), and
/// the geolocation.
fn position_error_m(track_km: f64, scan_km: f64, navigation_m: f64) -> f64 {
    let pixel = ((track_km.powi(2) + scan_km.powi(2)) / 12.0).sqrt() * 1000.0;
    pixel.hypot(navigation_m).round()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::swath::detect;
    use crate::detect::swath::made::{Made, even, hot};
    use crate::scene::swath::PowerBand;
    use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw, STEFAN_BOLTZMANN};

    fn fires(scene: &SwathScene) -> Vec<FirePixel> {
        detect(scene, Profile::Reference, &Thresholds::default()).fires
    }

    /// Two fires in one M13 pixel of 1.5 over 0.5 W m-2 sr-1 um-1: A sigma 1.0 / 2.88e-9, half each; A = 4 x 0.3605 x
    /// 0.384 km2 near nadir: 5.45 MW.
    #[test]
    fn fires_in_one_m_pixel_share_its_power() {
        let mut scene = even(Instrument::ViirsI, true, (61, 61));
        for at in [(30, 30), (30, 31)] {
            scene.put(BandRole::Mir, at, 340.0).put(BandRole::Tir11, at, 300.0);
        }
        scene.power(0.5).power.as_mut().expect("M13").radiance[(15, 15)] = 1.5;
        let fires = fires(&scene);
        assert_eq!(fires.len(), 2);
        assert_eq!(fires[1].id, "MADE.1-20251020T053000Z-viirs-00030-03231-reference");
        for fire in &fires {
            let frp = fire.frp_mw.expect("a power");
            assert!((frp - 5.45).abs() < 0.01, "{frp}");
            assert_eq!(
                (fire.granule.as_str(), fire.column),
                ("MADE.1", Some(3200 + fire.id.contains("03231") as u32 + 30))
            );
        }
    }

    /// Cells with a fire are no background: the neighbour's radiance must not count.
    #[test]
    fn a_neighbour_on_fire_is_no_background_of_power() {
        let mut scene = even(Instrument::ViirsI, true, (61, 61));
        for at in [(30, 30), (30, 34)] {
            scene.put(BandRole::Mir, at, 340.0).put(BandRole::Tir11, at, 300.0);
        }
        let band = &mut scene.power(0.5).power.as_mut().expect("M13").radiance;
        (band[(15, 15)], band[(15, 17)]) = (1.5, 9.5);
        let fires = fires(&scene);
        assert!((fires[0].excess_radiance.expect("an excess") - 1.0).abs() < 1e-6);
        assert!((fires[1].excess_radiance.expect("an excess") - 9.0).abs() < 1e-6);
    }

    /// Without M13 the power comes from I4, unless that is saturated.
    #[test]
    fn power_without_m13() {
        let mut scene = even(Instrument::ViirsI, false, (61, 61));
        hot(&mut scene, 320.0, 290.0);
        let law = PlanckLaw::at_wavelength(3.74, PLANCK_H, LIGHT_C, BOLTZMANN_K);
        let fire = &fires(&scene)[0];
        let expected = fire.pixel_area_km2.expect("an area") * STEFAN_BOLTZMANN / 3.24e-9
            * (law.radiance(320.0) - law.radiance(285.0));
        assert!((fire.frp_mw.expect("a power") / expected - 1.0).abs() < 1e-3);
        scene.mark((30, 30), Flags::MIR_SATURATED.with(Flags::MIR_POOR));
        scene.put(BandRole::Mir, (30, 30), 356.0);
        let fire = &self::fires(&scene)[0];
        assert!(fire.saturated && fire.frp_mw.is_none());
    }

    /// S7 is saturated and F1 has a value: that is the power, none being zero and not unknown.
    #[test]
    fn a_saturated_pixel_of_slstr_has_the_power_of_f1() {
        let power = |own: f32| {
            let mut scene = even(Instrument::Slstr, false, (61, 61));
            hot(&mut scene, 311.0, 290.0);
            let at = scene.middle();
            scene.mark(at, Flags::MIR_SATURATED.with(Flags::MIR_POOR));
            let mut radiance = ndarray::Array2::from_elem((61, 61), 0.5);
            radiance[at] = own;
            scene.power = Some(PowerBand { channel: "F1".into(), radiance, ratio: 1, offset: (0, 0) });
            fires(&scene)[0].frp_mw
        };
        assert!(power(1.5).is_some_and(|mw| mw > 0.0));
        assert_eq!(power(0.4), Some(0.0));
        assert_eq!(power(f32::NAN), None);
    }

    #[test]
    fn each_instrument_has_its_algorithm() {
        for (instrument, name) in [
            (Instrument::ViirsI, "viirs-375m"),
            (Instrument::ViirsM, "viirs-750m"),
            (Instrument::Modis, "modis-c6"),
            (Instrument::Mersi2, "mersi2-modis"),
            (Instrument::Slstr, "slstr-modis"),
        ] {
            let mut scene = even(instrument, true, (61, 61));
            hot(&mut scene, 345.0, 300.0);
            let detection = detect(&scene, Profile::Sensitive, &Thresholds::default());
            assert_eq!((detection.algorithm, detection.fires.len()), (name, 1));
            assert!(detection.fires[0].frp_mw.is_some_and(|frp| frp > 0.0));
        }
    }

    /// 0.371 x 0.387 km: sqrt((0.1376 + 0.1498)/12) = 154.8 m; with 75 m 172 m.
    #[test]
    fn the_place_is_as_sure_as_the_pixel_is_small() {
        assert_eq!(position_error_m(0.371, 0.387, 75.0), 172.0);
    }

    /// Two scans that see one fire: line 31 is the last of the first scan, line 33 of the second lies on it.
    #[test]
    fn overlapping_scans_give_one_fire() {
        let mut scene = even(Instrument::ViirsI, false, (61, 61));
        for at in [(31, 30), (33, 30)] {
            scene.put(BandRole::Mir, at, 310.0);
        }
        let (lon, lat) = (scene.places.lon[(31, 30)], scene.places.lat[(31, 30)]);
        (scene.places.lon[(33, 30)], scene.places.lat[(33, 30)]) = (lon, lat);
        let detection = detect(&scene, Profile::Reference, &Thresholds::default());
        assert_eq!((detection.fires.len(), detection.merged), (1, 1));
    }
}
