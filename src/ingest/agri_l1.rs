//! FY-4A and FY-4B AGRI Level 1 (HDF5): the 4000M file has every channel at 4 km, the 2000M file of the same slot the
//! mid infrared at 2 km and no thermal infrared. Names, codes and constants are those that public readers of real files
//! use (ALGORITHMS 7.2 and 8.2); no file is documented by its maker in a form that could be read.

mod file;

use super::granule::names::kind;
use super::granule::{Granule, GranuleFile};
use super::{Extent, Reading, require_window_band};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::note::Consequence;
use crate::scene::{BandRaster, BandRole, Look, PixelState, Scene, WINDOW_BANDS, Window};
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use file::AgriFile;
use ndarray::Array2;
use std::collections::BTreeMap;

/// A thermal channel: number on FY-4A and on FY-4B (which has one water vapour channel more), and its law.
struct Thermal {
    role: BandRole,
    numbers: [u8; 2],
    wavelength_um: f64,
    to_brightness: [f64; 3],
    from_brightness: [f64; 3],
}

/// The files give brightness temperatures alone. The law that makes radiances of them is the mean over the band's
/// published edges (3.50-4.00, 8.0-9.0, 10.3-11.3, 11.5-12.5, 13.2-13.8 um), written as Planck at the middle and a
/// quadratic between the two temperatures, fitted over 200-405 K: within 0.005 K there and 0.2 per cent at 800 K \[O\].
const THERMAL: [Thermal; 5] = [
    Thermal {
        role: BandRole::Mir,
        numbers: [7, 7],
        wavelength_um: 3.75,
        to_brightness: [-2.649_755_92, 1.007_856_60, -4.403_243_09e-6],
        from_brightness: [2.630_101_15, 0.992_217_342, 4.335_443_19e-6],
    },
    Thermal {
        role: BandRole::Tir11,
        numbers: [12, 13],
        wavelength_um: 10.8,
        to_brightness: [-0.418_816_031, 1.003_842_64, -7.229_087_75e-6],
        from_brightness: [0.419_898_861, 0.996_150_152, 7.240_605_82e-6],
    },
    Thermal {
        role: BandRole::Tir12,
        numbers: [13, 14],
        wavelength_um: 12.0,
        to_brightness: [-0.272_482_101, 1.002_872_60, -6.078_847_18e-6],
        from_brightness: [0.273_604_675, 0.997_119_134, 6.093_554_14e-6],
    },
    Thermal {
        role: BandRole::Tir86,
        numbers: [11, 12],
        wavelength_um: 8.5,
        to_brightness: [-0.960_068_571, 1.006_814_55, -1.008_929_49e-5],
        from_brightness: [0.958_765_916, 0.993_196_692, 1.006_775_67e-5],
    },
    Thermal {
        role: BandRole::Tir13,
        numbers: [14, 15],
        wavelength_um: 13.5,
        to_brightness: [-0.055_363_811_6, 1.000_718_02, -1.768_664_05e-6],
        from_brightness: [0.055_485_306_6, 0.999_281_016, 1.770_533_47e-6],
    },
];
/// The reflective channels, the same on both satellites.
const REFLECTIVE: [(BandRole, u8); 4] =
    [(BandRole::Red, 2), (BandRole::Nir, 3), (BandRole::Swir16, 5), (BandRole::Swir22, 6)];
/// Both channels of the mid infrared have the same edges: 7 reads up to some 400 K, 8 (less noise) up to some 340 K.
const MIR: [u8; 2] = [7, 8];

impl Thermal {
    fn law(&self) -> PlanckLaw {
        PlanckLaw {
            to_brightness: self.to_brightness,
            from_brightness: self.from_brightness,
            ..PlanckLaw::at_wavelength(self.wavelength_um, PLANCK_H, LIGHT_C, BOLTZMANN_K)
        }
    }
}

/// Reads the wanted part of an AGRI slot.
///
/// # Errors
/// When the 4000M file is absent or unreadable, or holds no mid or no thermal infrared.
pub(super) fn read(granule: &Granule, extent: &Extent) -> Result<Reading> {
    let delivered = |band: u8| granule.files.iter().find(|file| file.band == band);
    let mut problems = Vec::new();
    let Some(coarse) = delivered(kind::AGRI_4KM) else {
        let path = granule.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let expected = "its 4000M file too: a 2000M file has no thermal infrared, without which no fire can be judged";
        return Err(Error::input(path, "only the 2000M file of the slot", expected, "add the ..._4000M_....HDF file"));
    };
    let coarse = open(granule, coarse, &mut problems)?;
    let fine = match delivered(kind::AGRI_2KM).map(|file| open(granule, file, &mut problems)).transpose() {
        Ok(fine) => fine.filter(|fine| fits(fine, &coarse, &mut problems)),
        Err(error) => {
            problems.push(error.advise(WITHOUT_2KM));
            None
        }
    };
    let Some((mut scene, from)) = mid_infrared(granule, [fine.as_ref(), Some(&coarse)], extent, &mut problems)? else {
        return Ok(Reading { look: None, counts: None, problems, notes: Vec::new() });
    };
    add_window_bands(&mut scene, &coarse, &mut problems);
    for (role, number) in REFLECTIVE {
        match from.reflectance(number, &scene).map(|values| raster(number, values, None)) {
            Ok(band) if !band.has_values() => {} // night
            Ok(band) => drop(scene.bands.insert(role, band)),
            Err(error) => problems.push(error),
        }
    }
    if scene.tir().is_none() {
        let none = || {
            let expected = "channel 12 (FY-4A) or 13 (FY-4B) at 10.8 um, or another window channel";
            Error::input(coarse.path(), "no thermal infrared", expected, "fetch the 4000M file again")
        };
        return Err(super::all_in_one(problems).unwrap_or_else(none));
    }
    require_window_band(&mut scene);
    let notes = delivered(kind::AGRI_2KM).is_none().then(|| Note::new(NO_2KM.0, NO_2KM.1)).into_iter().collect();
    Ok(Reading { look: Some(Look::Fixed(Box::new(scene))), counts: None, problems, notes })
}

const NO_2KM: Consequence = (
    "no 2000M file was delivered; the slot is read at 4 km, where fires must be stronger to be seen",
    "未收到 2000M 文件: 按 4 km 判读, 火点须更强才能发现",
);
const WITHOUT_2KM: &str = "the slot is read at 4 km without it";

/// Opens a file, or the other copy of it where the first is damaged.
fn open(granule: &Granule, file: &GranuleFile, problems: &mut Vec<Error>) -> Result<AgriFile> {
    match (AgriFile::open(granule, file, &file.path), &file.twin) {
        (Err(error), Some(twin)) => {
            problems.push(error);
            AgriFile::open(granule, file, twin)
        }
        (opened, _) => opened,
    }
}

/// Whether the 2 km file looks from where the 4 km file looks; says so where not.
fn fits(fine: &AgriFile, coarse: &AgriFile, problems: &mut Vec<Error>) -> bool {
    let apart = (fine.grid().sub_lon_deg - coarse.grid().sub_lon_deg).abs();
    if apart < 1e-3 {
        return true;
    }
    let found = format!("NOMCenterLon {}", fine.grid().sub_lon_deg);
    let expected = format!("{} as in the 4000M file", coarse.grid().sub_lon_deg);
    problems.push(Error::input(fine.path(), found, expected, WITHOUT_2KM));
    false
}

/// The scene with its mid infrared, and the file that it is from: the finest that has values over the window. `None`
/// where the satellite, or the sector, does not see the area.
fn mid_infrared<'a>(
    granule: &Granule,
    files: [Option<&'a AgriFile>; 2],
    extent: &Extent,
    problems: &mut Vec<Error>,
) -> Result<Option<(Scene, &'a AgriFile)>> {
    let mut empty = None;
    let mut seen = false;
    let mut failed = Vec::new();
    for (file, number) in files.into_iter().flatten().flat_map(|file| MIR.map(|number| (file, number))) {
        let Some(window) = held(extent, file) else { continue };
        seen = true;
        if !file.has(number) {
            continue;
        }
        let mut scene = empty_scene(granule, file, window);
        let (values, states) = match file.temperatures(number, &scene) {
            Ok(read) => read,
            Err(error) => {
                failed.push(error);
                continue;
            }
        };
        scene.state = states;
        let band = raster(number, values, Some(THERMAL[0].law()));
        let has_values = band.has_values();
        scene.bands.insert(BandRole::Mir, band);
        if has_values {
            problems.extend(failed);
            return Ok(Some((scene, file)));
        }
        empty = empty.or(Some((scene, file)));
    }
    if empty.is_some() || !seen {
        problems.extend(failed);
        return Ok(empty);
    }
    Err(super::all_in_one(failed).unwrap_or_else(|| {
        let path = files.into_iter().flatten().last().map(|file| file.path().to_path_buf()).unwrap_or_default();
        let expected = "channel 7 or 8 (3.75 um, MIR), without which no fire can be seen";
        Error::input(path, "no mid infrared", expected, "fetch the file again")
    }))
}

/// The window of the file's grid, where the file holds any of the area itself.
fn held(extent: &Extent, file: &AgriFile) -> Option<Window> {
    let area = match *extent {
        Extent::Full => Extent::Full,
        Extent::Around { area, .. } => Extent::Around { area, halo: 0 },
    };
    area.window(file.grid())?.shared_with(file.held())?;
    match extent {
        Extent::Full => Some(*file.held()),
        Extent::Around { .. } => extent.window(file.grid()),
    }
}

fn empty_scene(granule: &Granule, file: &AgriFile, window: Window) -> Scene {
    Scene {
        granule: granule.name.clone(),
        satellite: file.satellite().to_string(),
        sensor: "AGRI".to_string(),
        time: granule.time,
        simulated: file.is_simulated(),
        grid: *file.grid(),
        window,
        bands: BTreeMap::new(),
        state: Array2::from_elem((window.lines, window.columns), PixelState::Missing),
        height_m: None,
    }
}

fn raster(number: u8, values: Array2<f32>, planck: Option<PlanckLaw>) -> BandRaster {
    BandRaster { channel: format!("C{number:02}"), values, planck }
}

/// The best window band with values, and 12.0 um beside it; one that is empty everywhere serves where no other is there.
fn add_window_bands(scene: &mut Scene, file: &AgriFile, problems: &mut Vec<Error>) {
    let mut empty = None;
    for role in WINDOW_BANDS {
        let Some(band) = THERMAL.iter().find(|band| band.role == role) else { continue };
        if role != BandRole::Tir12 && scene.tir().is_some() {
            continue; // a better one is there
        }
        let number = band.numbers[usize::from(file.is_fy4b())];
        match file.temperatures(number, scene).map(|(values, _)| raster(number, values, Some(band.law()))) {
            Ok(raster) if !raster.has_values() => empty = empty.or(Some((role, raster))),
            Ok(raster) => drop(scene.bands.insert(role, raster)),
            Err(error) => problems.push(error),
        }
    }
    if let (None, Some((role, raster))) = (scene.tir(), empty) {
        scene.bands.insert(role, raster);
    }
    scene.simulated |= file.is_simulated();
}
