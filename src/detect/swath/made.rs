//! Made swaths for tests: even ground with exact values, into which a test puts what it is about.

use crate::place::LonLat;
use crate::scene::swath::{Flags, Instrument, Nodes, Piece, PowerBand, Reflectance, SwathPlaces, SwathScene};
use crate::scene::{BandRaster, BandRole, Window};
use crate::time::Utc;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use ndarray::Array2;
use std::collections::BTreeMap;

/// Even ground of so many lines and columns: MIR and window band 295 K and 290 K by day, 285 K both by night; dull
/// reflectances; pixels 400 m apart around 36.5 N 102.1 E.
pub fn even(instrument: Instrument, day: bool, shape: (usize, usize)) -> SwathScene {
    let (mir, tir) = if day { (295.0, 290.0) } else { (285.0, 285.0) };
    let law = |um| Some(PlanckLaw::at_wavelength(um, PLANCK_H, LIGHT_C, BOLTZMANN_K));
    let raster = |channel: &str, value: f32, um: f64| BandRaster {
        channel: channel.to_string(),
        values: Array2::from_elem(shape, value),
        planck: law(um),
    };
    let mut thermal = BTreeMap::from([
        (BandRole::Mir, raster("MIR", mir, if instrument == Instrument::ViirsI { 3.74 } else { 3.96 })),
        (BandRole::Tir11, raster("TIR11", tir, 11.0)),
    ]);
    if instrument != Instrument::ViirsI {
        thermal.insert(BandRole::Tir12, raster("TIR12", tir - 1.0, 12.0));
    }
    let mut reflective = BTreeMap::new();
    if day {
        for (role, value) in
            [(BandRole::Red, 0.10), (BandRole::Nir, 0.20), (BandRole::Swir16, 0.25), (BandRole::Swir22, 0.15)]
        {
            reflective.insert(role, Array2::from_elem(shape, Reflectance::of(value)));
        }
    }
    let time = Utc::from_parts(2025, 10, 20, if day { 5 } else { 18 }, 30, 0).expect("a time");
    let (lines, columns) = shape;
    let degrees = 400.0 / 111_195.0;
    SwathScene {
        granule: "MADE".into(),
        satellite: "NOAA-20".into(),
        instrument,
        time,
        simulated: true,
        pieces: vec![Piece { name: "MADE.1".into(), first_line: 0, lines: 100_000, time, scan_seconds: 1.786 }],
        window: Window { line0: 0, column0: instrument.columns() / 2, lines, columns },
        places: SwathPlaces {
            lon: Array2::from_shape_fn(shape, |(_, c)| (102.1 + c as f64 * degrees / 0.8) as f32),
            lat: Array2::from_shape_fn(shape, |(l, _)| (36.5 - l as f64 * degrees) as f32),
            sun_zenith_deg: Nodes::constant(if day { 50.0 } else { 120.0 }, shape),
            view_zenith_deg: Nodes::constant(10.0, shape),
            glint_deg: Nodes::constant(60.0, shape),
        },
        thermal,
        reflective,
        flags: Array2::from_elem(shape, Flags::default()),
        power: None,
    }
}

/// A made swath in one's hand.
pub trait Made {
    /// Puts a value at a pixel: kelvin or reflectance.
    fn put(&mut self, role: BandRole, at: (usize, usize), value: f32) -> &mut Self;
    /// The same at all pixels of a list.
    fn put_all(&mut self, role: BandRole, pixels: &[(usize, usize)], value: f32) -> &mut Self;
    /// The same everywhere.
    fn fill(&mut self, role: BandRole, value: f32) -> &mut Self;
    /// Sets marks at a pixel.
    fn mark(&mut self, at: (usize, usize), marks: Flags) -> &mut Self;
    /// A power band of one radiance.
    fn power(&mut self, radiance: f32) -> &mut Self;
    /// The pixel in the middle.
    fn middle(&self) -> (usize, usize);
    /// The place of a pixel.
    fn place_of(&self, at: (usize, usize)) -> LonLat;
}

impl Made for SwathScene {
    fn put(&mut self, role: BandRole, at: (usize, usize), value: f32) -> &mut Self {
        self.put_all(role, &[at], value)
    }

    fn put_all(&mut self, role: BandRole, pixels: &[(usize, usize)], value: f32) -> &mut Self {
        for at in pixels {
            if role.is_thermal() {
                self.thermal.get_mut(&role).expect("a band").values[*at] = value;
            } else {
                self.reflective.get_mut(&role).expect("a band")[*at] = Reflectance::of(value);
            }
        }
        self
    }

    fn fill(&mut self, role: BandRole, value: f32) -> &mut Self {
        if role.is_thermal() {
            self.thermal.get_mut(&role).expect("a band").values.fill(value);
        } else {
            self.reflective.get_mut(&role).expect("a band").fill(Reflectance::of(value));
        }
        self
    }

    fn mark(&mut self, at: (usize, usize), marks: Flags) -> &mut Self {
        self.flags[at] = self.flags[at].with(marks);
        self
    }

    fn power(&mut self, radiance: f32) -> &mut Self {
        let (lines, columns) = self.shape();
        let shape = (lines.div_ceil(2) + 1, columns.div_ceil(2) + 1);
        self.power = Some(PowerBand {
            channel: "M13".into(),
            radiance: Array2::from_elem(shape, radiance),
            ratio: 2,
            offset: (0, 0),
        });
        self
    }

    fn middle(&self) -> (usize, usize) {
        let (lines, columns) = self.shape();
        (lines / 2, columns / 2)
    }

    fn place_of(&self, at: (usize, usize)) -> LonLat {
        self.place(at).expect("on earth")
    }
}

/// MIR and window band (K) of the middle pixel.
pub fn hot(scene: &mut SwathScene, mir: f32, tir: f32) {
    let at = scene.middle();
    scene.put(BandRole::Mir, at, mir).put(BandRole::Tir11, at, tir);
}

/// MIR and window band (K) everywhere.
pub fn ground(scene: &mut SwathScene, mir: f32, tir: f32) {
    scene.fill(BandRole::Mir, mir).fill(BandRole::Tir11, tir);
}

/// A band alternately warmer and colder.
pub fn checker(scene: &mut SwathScene, role: BandRole, mean: f32, by: f32) {
    let (lines, columns) = scene.shape();
    for at in (0..lines).flat_map(|l| (0..columns).map(move |c| (l, c))) {
        scene.put(role, at, if (at.0 + at.1) % 2 == 0 { mean + by } else { mean - by });
    }
}

/// Rows or columns between two pixels, whichever are more.
pub fn apart(a: (usize, usize), b: (usize, usize)) -> usize {
    a.0.abs_diff(b.0).max(a.1.abs_diff(b.1))
}

/// All pixels of a square window, in line order.
pub fn window(centre: (usize, usize), half: usize) -> impl Iterator<Item = (usize, usize)> {
    (centre.0 - half..=centre.0 + half).flat_map(move |l| (centre.1 - half..=centre.1 + half).map(move |c| (l, c)))
}
