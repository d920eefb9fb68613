//! Radiance and temperature of the VIIRS thermal bands: band-averaged Planck laws, L = B(wavelength, a T + b), fitted
//! by us [O] to the radiance tables of real products (VGAC of Suomi-NPP and JPSS-1; c1 1.191042e8 W m-2 sr-1 um4,
//! c2 1.4387752e4 um K).

use crate::units::PlanckLaw;

/// Band, wavelength (um), a, b (K).
const LAWS: [(&str, f64, f64, f64); 8] = [
    ("I04", 3.74055, 0.997090, 1.7873),
    ("I05", 11.37517, 0.991294, 1.8682),
    ("M12", 3.69616, 0.99907, 0.6088),
    ("M13", 4.06750, 0.99947, 0.3131),
    ("M14", 8.57965, 0.99951, 0.1397),
    ("M15", 10.68137, 0.99678, 0.7361),
    ("M16", 11.84070, 0.99746, 0.5280),
    // between M15 and M16, for bands that are not named here
    ("", 11.0, 1.0, 0.0),
];
const C1: f64 = 1.191_042e8;
const C2: f64 = 1.438_775_2e4;

/// The law of a band.
pub(crate) fn law(band: &str) -> PlanckLaw {
    let (_, wavelength, a, b) = LAWS.iter().find(|row| row.0 == band).unwrap_or(&LAWS[LAWS.len() - 1]);
    PlanckLaw {
        first: C1 / wavelength.powi(5),
        second: C2 / wavelength,
        from_brightness: [*b, *a, 0.0],
        to_brightness: [-b / a, 1.0 / a, 0.0],
    }
}
