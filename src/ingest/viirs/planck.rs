//! Radiance and temperature of the VIIRS thermal bands: band-averaged Planck laws, L = B(wavelength, a T + b), fitted
//! by us [O] to the radiance tables of real products (VGAC of Suomi-NPP and JPSS-1; c1 1.191042e8 W m-2 sr-1 um4,
//! c2 1.4387752e4 um K).

use crate::units::PlanckLaw;

/// A band-averaged law: wavelength (um), a, b (K).
#[derive(Debug, Clone, Copy)]
pub(crate) struct BandLaw(f64, f64, f64);

pub(crate) const I04: BandLaw = BandLaw(3.74055, 0.997090, 1.7873);
pub(crate) const I05: BandLaw = BandLaw(11.37517, 0.991294, 1.8682);
pub(crate) const M13: BandLaw = BandLaw(4.06750, 0.99947, 0.3131);
pub(crate) const M15: BandLaw = BandLaw(10.68137, 0.99678, 0.7361);
pub(crate) const M16: BandLaw = BandLaw(11.84070, 0.99746, 0.5280);
const C1: f64 = 1.191_042e8;
const C2: f64 = 1.438_775_2e4;

impl BandLaw {
    /// As the law of a scene's band.
    pub(crate) fn planck(self) -> PlanckLaw {
        let BandLaw(wavelength, a, b) = self;
        PlanckLaw {
            first: C1 / wavelength.powi(5),
            second: C2 / wavelength,
            from_brightness: [b, a, 0.0],
            to_brightness: [-b / a, 1.0 / a, 0.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::hdf5::Hdf5File;
    use crate::ingest::shared_data;

    /// Band, its law, and the clean range of its table, K: above lie plateaus, below
    /// the steps of the counts.
    const CLEAN: [(&str, BandLaw, f64, f64); 3] =
        [("M13", M13, 262.0, 665.0), ("M15", M15, 150.0, 374.0), ("M16", M16, 150.0, 376.0)];

    /// Tables of Suomi-NPP and JPSS-1 (VGAC, NOAA): temperature by count, count times scale being radiance.
    #[test]
    fn laws_are_the_tables_of_real_products() {
        let Some(folder) = shared_data("formats/viirs-vgac") else { return };
        let files = ["VGAC_VNPP02MOD_A2012365_2304_n06095_K005.nc", "VGAC_VJ102MOD_A2018305_1042_n004946_K005.nc"];
        for name in files {
            let file = Hdf5File::open(&folder.join(name), "VGAC").expect("opens");
            for (band, law, low, high) in CLEAN {
                let scale = file.attributes_of(band).expect("attributes").number("scale_factor").expect("a scale");
                let table = file.table(&format!("{band}_LUT")).expect("a table");
                let clean =
                    table.iter().enumerate().filter(|(count, kelvin)| *count > 0 && (low..=high).contains(*kelvin));
                let off =
                    |(count, kelvin): (usize, &f64)| (law.planck().temperature_k(count as f64 * scale) - kelvin).abs();
                let (count, worst) = clean.map(off).fold((0, 0.0_f64), |(n, worst), off| (n + 1, worst.max(off)));
                println!("{name} {band}: {count} temperatures, worst {worst:.4} K");
                assert!(count > 1000 && worst <= 0.05, "{name} {band}: {count} {worst}");
            }
        }
    }
}
