//! The ABI bands that a fire can be seen in, with the simulator's own edges.

use crate::planck::Response;

/// Half-power edges (um) of bands 5 to 16, from the published band table [M].
const EDGES_UM: [(f64, f64); 12] = [
    (1.580, 1.640),
    (2.225, 2.275),
    (3.800, 4.000),
    (5.770, 6.600),
    (6.750, 7.150),
    (7.240, 7.440),
    (8.300, 8.700),
    (9.420, 9.800),
    (10.100, 10.600),
    (10.800, 11.600),
    (11.800, 12.800),
    (13.000, 13.600),
];

/// Spectral response of a band from 5 to 16.
pub fn response(band: u8) -> Option<Response> {
    let (low, high) = *EDGES_UM.get(usize::from(band).checked_sub(5)?)?;
    Some(Response::soft_edged(low, high))
}

/// Whether a fire is put into a band: the water-vapour bands 8 to 10 do not see the ground.
pub fn shows_fire(band: u8) -> bool {
    matches!(band, 5..=7 | 11..=16)
}

/// Whether a band holds brightness temperatures.
pub fn is_emissive(band: u8) -> bool {
    (7..=16).contains(&band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fire_radiance_rises_with_temperature_in_every_band() {
        for band in (5..=16).filter(|b| shows_fire(*b)) {
            let response = response(band).expect("a response");
            let mut last = (0.0, 0.0);
            for t in (300..1400).step_by(50) {
                let t = f64::from(t);
                let now = (response.radiance(t), response.radiance_wavenumber(t));
                assert!(now.0 > last.0 && now.1 > last.1);
                last = now;
            }
        }
        assert!(response(4).is_none() && response(17).is_none());
    }

    /// fk1, fk2, bc1, bc2 as the GOES-17 files of 2019-10-27T20:00Z hold them: NOAA's own fit to the real response.
    /// Straight edges are not that response: 3 % at 280 K in band 7, under 1 % for a fire.
    #[test]
    fn infrared_bands_agree_with_the_files_own_words() {
        for (band, [fk1, fk2, bc1, bc2], tolerance) in [
            (7, [203_135.0, 3703.5, 0.445_54, 0.999_38], 0.035),
            (11, [19_712.5, 1701.89, 0.193_96, 0.999_46], 0.02),
            (13, [10_835.6, 1394.12, 0.077_86, 0.999_74], 0.02),
            (14, [8495.35, 1285.52, 0.217_81, 0.999_22], 0.02),
            (15, [6439.94, 1172.14, 0.220_19, 0.999_14], 0.02),
        ] {
            let response = response(band).expect("a response");
            for t in [280.0, 300.0, 340.0, 800.0] {
                let noaa = fk1 / f64::exp_m1(fk2 / (bc1 + bc2 * t));
                let own = response.radiance_wavenumber(t);
                assert!((own / noaa - 1.0).abs() < tolerance, "{band} {t}: {own} {noaa}");
            }
        }
    }
}
