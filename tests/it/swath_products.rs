//! What the makers' own products print of their fires, from the west of the United States on 8 November 2018: power,
//! tests and confidence recomputed from the printed temperatures, means and deviations.

use crate::common::shared;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use strawfire::detect::frp::power_mw;
use strawfire::detect::modis::confidence::{Evidence, percent};
use strawfire::detect::modis::context::{Passed, Temperatures};
use strawfire::detect::swath::background::{Spread, Statistics};
use strawfire::ingest::geometry::swath::pixel_size_km;
use strawfire::scene::swath::Instrument;
use strawfire::thresholds::{FrpThresholds, ModisThresholds};
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

/// Fires of a product by column name.
struct Product {
    file: Dataset,
    /// Folder of the columns in the file.
    group: Option<&'static str>,
    /// Names of the two bands in the columns.
    bands: [&'static str; 2],
}

impl Product {
    fn open(name: &str, group: Option<&'static str>, bands: [&'static str; 2]) -> Option<Self> {
        let path = shared("official-products-20181108")?.join(name);
        let options =
            DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER, ..DatasetOptions::default() };
        Some(Product { file: Dataset::open_ex(path, options).expect("a product"), group, bands })
    }

    /// Terra, Collection 6.1.
    fn mod14() -> Option<Self> {
        let name = "MOD14.A2018312.1950.061.2021344091856.hdf";
        Product::open(name, Some("scientific_datasets"), ["T21", "T31"])
    }

    /// NOAA-20, VIIRS 750 m, Collection 2.
    fn vj114() -> Option<Self> {
        Product::open("VJ114.A2018312.2036.002.2022294181925.nc", None, ["T13", "T15"])
    }

    fn column(&self, name: &str) -> Vec<f64> {
        let root = self.file.root_group().expect("a root");
        let read = |group: &gdal::raster::Group| {
            let array = group.open_md_array(&format!("FP_{name}"), Default::default()).expect(name);
            let count = array.num_elements() as usize;
            array.read_as::<f64>(vec![0], vec![count]).expect("numbers")
        };
        match self.group {
            Some(folder) => read(&root.open_group(folder, Default::default()).expect("data sets")),
            None => read(&root),
        }
    }

    fn spread(&self, of: &str) -> Vec<Spread> {
        let pairs = self.column(&format!("Mean{of}")).into_iter().zip(self.column(&format!("MAD_{of}")));
        pairs.map(|(mean, deviation)| Spread { mean, deviation }).collect()
    }

    /// Temperatures and backgrounds; that of the background fires is not printed and taken for none.
    fn fires(&self) -> Vec<(Temperatures, Statistics)> {
        let [mir, tir] = self.bands.map(|band| self.column(band));
        let ([mirs, tirs], differences) = (self.bands.map(|band| self.spread(band)), self.spread("DT"));
        let of = |i: usize| {
            let statistics =
                Statistics { mir: mirs[i], tir: tirs[i], difference: differences[i], ..Statistics::default() };
            (Temperatures { mir_k: mir[i] as f32, tir_k: tir[i] as f32 }, statistics)
        };
        (0..mir.len()).map(of).collect()
    }

    /// Our power over the printed one, in order.
    fn powers(&self, instrument: Instrument, law: PlanckLaw, a: f32) -> Vec<f64> {
        let (sample, power) = (self.column("sample"), self.column("power"));
        let of = |(i, (fire, around)): (usize, (Temperatures, Statistics))| {
            let (track, scan) = pixel_size_km(instrument, sample[i] as usize);
            let excess = law.radiance(f64::from(fire.mir_k)) - law.radiance(around.mir.mean);
            power_mw(excess, track * scan, f64::from(a)) / power[i]
        };
        let mut ratios: Vec<f64> = self.fires().into_iter().enumerate().map(of).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// What our tests say of the fires by day that they refuse.
    fn refused(&self, t: &ModisThresholds) -> Vec<Passed> {
        let fires = self.fires().into_iter().filter(|(fire, _)| fire.mir_k <= t.absolute_day_k);
        fires.map(|(fire, around)| Passed::of(fire, &around, t)).filter(|passed| !passed.is_fire(true)).collect()
    }

    /// Our confidence, whole per cent cut as the product cuts it, less the printed one, for fires so far from warm
    /// ground that the limit of potential fires is at its least.
    fn confidences(&self, t: &ModisThresholds, warmest_k: f64) -> Vec<f64> {
        let [clouds, waters, printed] = ["AdjCloud", "AdjWater", "confidence"].map(|name| self.column(name));
        let fires = self.fires().into_iter().enumerate().filter(|(_, (_, around))| around.mir.mean < warmest_k);
        let of = |(i, (fire, around)): (usize, (Temperatures, Statistics))| {
            let evidence = Evidence {
                day: true,
                mir_k: fire.mir_k,
                tir_k: fire.tir_k,
                mir_limit_k: t.confidence_day_low_k,
                background: Some(&around),
                clouds: clouds[i] as usize,
                waters: waters[i] as usize,
            };
            f64::from(percent(&evidence, t)).floor() - printed[i]
        };
        fires.map(of).collect()
    }
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn check_powers(name: &str, ratios: &[f64], count: usize) {
    let [low, median, high] = [0.05, 0.5, 0.95].map(|share| quantile(ratios, share));
    println!("{name}: {} fires, our power over theirs {low:.3} {median:.3} {high:.3} (5, 50, 95 %)", ratios.len());
    assert_eq!(ratios.len(), count);
    assert!((0.98..=1.03).contains(&median), "median {median}");
    assert!(low >= 0.95 && high <= 1.06, "{low} to {high}");
}

#[test]
fn powers_are_those_that_mod14_prints() {
    let Some(product) = Product::mod14() else { return };
    let law = PlanckLaw::at_wavelength(3.96, PLANCK_H, LIGHT_C, BOLTZMANN_K);
    check_powers("MOD14", &product.powers(Instrument::Modis, law, FrpThresholds::default().a_modis), 53);
}

/// With the band law of M13 that the reader has. What is left above 1: the product subtracts the mean radiance of the
/// background and prints its mean temperature, and uneven ground shines more than its mean temperature does.
#[test]
fn powers_are_those_that_vj114_prints() {
    let Some(product) = Product::vj114() else { return };
    let (a, b) = (0.999_47, 0.3131);
    let law = PlanckLaw {
        from_brightness: [b, a, 0.0],
        to_brightness: [-b / a, 1.0 / a, 0.0],
        ..PlanckLaw::at_wavelength(4.0675, PLANCK_H, LIGHT_C, BOLTZMANN_K)
    };
    check_powers("VJ114", &product.powers(Instrument::ViirsM, law, FrpThresholds::default().a_viirs_m13), 269);
}

/// Those refused fail test (5) alone: they are colder than their background in the window band, and what would let them
/// pass, test (6) over the background fires, is not printed.
#[test]
fn their_fires_pass_our_tests() {
    let sets = [(Product::mod14(), ModisThresholds::modis(), 3), (Product::vj114(), ModisThresholds::viirs_m(), 13)];
    for (product, t, allowed) in sets {
        let Some(product) = product else { return };
        let refused = product.refused(&t);
        println!("{} of {} fires refused", refused.len(), product.fires().len());
        assert!(refused.len() <= allowed);
        let by_test_5_alone =
            Passed { difference_sigma: true, difference_k: true, mir_sigma: true, tir: false, fires: false };
        assert!(refused.iter().all(|passed| *passed == by_test_5_alone), "{refused:?}");
    }
}

/// With the limit of potential fires at 300 K, its least, all of MOD14's confidences come out to the last per cent, and
/// those of VJ114 where the surroundings are colder than 294 K (elsewhere its limit is higher and is not printed).
#[test]
fn confidences_are_those_that_the_products_print() {
    let sets = [
        (Product::mod14(), ModisThresholds::modis(), f64::MAX, 53),
        (Product::vj114(), ModisThresholds::viirs_m(), 294.0, 152),
    ];
    for (product, t, warmest_k, count) in sets {
        let Some(product) = product else { return };
        let differences = product.confidences(&t, warmest_k);
        let same = differences.iter().filter(|by| **by == 0.0).count();
        println!("{same} of {} confidences as printed", differences.len());
        assert!(same == count && differences.len() == count, "{differences:?}");
    }
}
