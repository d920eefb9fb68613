//! Landsat-8 and 9 OLI, Level 1 of Collection 1 and 2: a GeoTIFF a band, files of marks, and an MTL that says what they
//! are.
//!
//! Keys and files: Landsat 8-9 OLI/TIRS Level 1 Data Format Control Book (LSDS-1822) for Collection 2, LSDS-809 for
//! Collection 1.

use super::files::{Files, name_of, text_of};
use super::mtl::Mtl;
use super::{BandFile, Draft, Drawn, Layout, MarkFile, plausible, sun};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::granule::Granule;
use crate::ingest::granule::names::{kind, landsat_part};
use crate::scene::BandRole;
use crate::scene::map::{MapBand, MapInstrument, Scale};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bands of OLI by their numbers.
pub(super) const BANDS: [(u8, BandRole); 7] = [
    (1, BandRole::Coastal),
    (2, BandRole::Blue),
    (3, BandRole::Green),
    (4, BandRole::Red),
    (5, BandRole::Nir),
    (6, BandRole::Swir16),
    (7, BandRole::Swir22),
];

/// Reflectance of a count of OLI where the MTL has none, as of scenes of the night: the same in every product
/// (LSDS-1822).
const USUAL: Scale = Scale { mult: 2.0e-5, add: -0.1 };

/// `QUANTIZE_CAL_MAX`: what is as bright or brighter has this count.
const BRIGHTEST: u16 = u16::MAX;

/// The delivered files by kind.
type Kinds = BTreeMap<u8, PathBuf>;

/// When the scene was seen by its MTL, where that can be read without unpacking a product: names give the day alone.
pub(in crate::ingest) fn time_of(granule: &Granule) -> Option<Utc> {
    let is_packed = |path: &Path| {
        let name = name_of(path).to_ascii_lowercase();
        name.ends_with(".gz") || name.ends_with(".tgz") || super::files::is_virtual(path)
    };
    if granule.files.iter().any(|file| is_packed(&file.path)) {
        return None;
    }
    let kinds = kinds_of(granule).ok()?;
    let path = [kind::MTL_TEXT, kind::MTL_JSON, kind::MTL_XML].iter().find_map(|kind| kinds.get(kind))?;
    Mtl::parse(path, &text_of(path).ok()?).ok()?.time().ok()
}

/// Files named one by one come before those of a folder or an archive.
fn kinds_of(granule: &Granule) -> Result<Kinds> {
    let (products, single): (Vec<_>, Vec<_>) = granule.files.iter().partition(|file| file.band == kind::PRODUCT);
    let mut kinds: Kinds = single.iter().map(|file| (file.band, file.path.clone())).collect();
    for product in products {
        for path in Files::of(&product.path)?.iter() {
            if let Some((_, kind)) = landsat_part(name_of(path)).filter(|(product, _)| *product == granule.name) {
                kinds.entry(kind).or_insert_with(|| path.clone());
            }
        }
    }
    Ok(kinds)
}

pub(super) fn draw(granule: &Granule) -> Result<Drawn> {
    let path = granule.files.first().map(|file| file.path.clone()).unwrap_or_default();
    let kinds = kinds_of(granule)?;
    let (mtl, problems) = mtl_of(granule, &kinds, &path)?;
    let sun_elevation_deg = sun::checked(&mtl.path, mtl.number("SUN_ELEVATION")?)?;
    let mut notes = Vec::new();
    let mut bands = Vec::new();
    for (number, role) in BANDS {
        match kinds.get(&number) {
            Some(path) => {
                let file = BandFile { path: path.clone(), number: 1 };
                bands.push((role, file, band_of(&mtl, number, sun_elevation_deg)?));
            }
            None if super::NEEDED.contains(&role) => {}
            None => notes.push(Note::absent(
                &format!("B{number}"),
                "beside the other bands",
                ("tests that need it are left out", "缺少该波段的判别已略去"),
            )),
        }
    }
    Ok(Drawn {
        draft: Draft {
            granule: granule.name.clone(),
            satellite: satellite_of(&mtl)?,
            path,
            instrument: MapInstrument::Oli,
            time: mtl.time()?,
            simulated: mtl.simulated(),
            bands,
            marks: marks_of(&mtl, &kinds, &mut notes),
            sun_corrected: false,
            sun_elevation_deg,
            sun_zenith: kinds.get(&kind::SUN_ZENITH).map(|path| BandFile { path: path.clone(), number: 1 }),
            sun_zenith_grid: None,
            saturated_count: Some(BRIGHTEST),
        },
        problems,
        notes,
    })
}

/// The MTL of the scene, text before JSON before XML; what cannot be used of the others is a problem.
fn mtl_of(granule: &Granule, kinds: &Kinds, product: &Path) -> Result<(Mtl, Vec<Error>)> {
    let (mut good, mut problems) = (None::<Mtl>, Vec::new());
    for kind in [kind::MTL_TEXT, kind::MTL_JSON, kind::MTL_XML] {
        let Some(path) = kinds.get(&kind) else { continue };
        match text_of(path).and_then(|text| Mtl::parse(path, &text)).and_then(|mtl| of_scene(mtl, &granule.name)) {
            Ok(mtl) => good = good.or(Some(mtl)),
            Err(error) => problems.push(error),
        }
    }
    match good {
        Some(mtl) => Ok((mtl, problems)),
        None => Err(problems.into_iter().next().unwrap_or_else(|| {
            let expected = format!("{}_MTL.txt, _MTL.json or _MTL.xml", granule.name);
            Error::input(product, "bands without metadata", expected, "put the MTL beside the bands")
        })),
    }
}

/// An MTL when it is that of the scene, of Level 1 and of OLI.
fn of_scene(mtl: Mtl, product: &str) -> Result<Mtl> {
    let id = mtl.text("LANDSAT_PRODUCT_ID")?;
    if id != product {
        return Err(mtl.wrong("LANDSAT_PRODUCT_ID", &format!("the metadata of {product}")));
    }
    // LXSS_LLLL_PPPRRR_YYYYMMDD_...: a wrong day would be the sun and the store of another day
    let day = product.split('_').nth(3).unwrap_or_default();
    if mtl.text("DATE_ACQUIRED")?.replace('-', "") != day {
        return Err(mtl.wrong("DATE_ACQUIRED", &format!("the day in the name of {product}")));
    }
    // Collection 1 has the level in DATA_TYPE
    let level = if mtl.text_if("PROCESSING_LEVEL").is_some() { "PROCESSING_LEVEL" } else { "DATA_TYPE" };
    if !mtl.text(level)?.starts_with("L1") {
        return Err(mtl.wrong(level, "Level 1: what was seen at the top of the atmosphere"));
    }
    if !mtl.text("SENSOR_ID")?.starts_with("OLI") {
        return Err(mtl.wrong("SENSOR_ID", "OLI_TIRS or OLI"));
    }
    Ok(mtl)
}

fn satellite_of(mtl: &Mtl) -> Result<String> {
    match mtl.text("SPACECRAFT_ID")? {
        "LANDSAT_8" => Ok("Landsat-8".to_string()),
        "LANDSAT_9" => Ok("Landsat-9".to_string()),
        _ => Err(mtl.wrong("SPACECRAFT_ID", "LANDSAT_8 or LANDSAT_9")),
    }
}

fn band_of(mtl: &Mtl, number: u8, sun_elevation_deg: f64) -> Result<MapBand> {
    let keys = |what: &str| [format!("{what}_MULT_BAND_{number}"), format!("{what}_ADD_BAND_{number}")];
    let scale =
        |[mult, add]: &[String; 2]| -> Result<Scale> { Ok(Scale { mult: mtl.number(mult)?, add: mtl.number(add)? }) };
    let has = |keys: &[String; 2]| keys.iter().any(|key| mtl.text_if(key).is_some());
    let (reflectance, radiance) = (keys("REFLECTANCE"), keys("RADIANCE"));
    let is_night = sun_elevation_deg < 0.0 && !has(&reflectance);
    // by night a fire is known by its radiance alone
    let radiance = if is_night || has(&radiance) { Some(scale(&radiance)?) } else { None };
    let reflectance = if is_night { USUAL } else { scale(&reflectance)? };
    let channel = format!("B{number}");
    let reflectance = plausible::reflectance(&mtl.path, &channel, reflectance)?;
    let radiance = radiance.map(|scale| plausible::radiance(&mtl.path, &channel, scale)).transpose()?;
    Ok(MapBand { channel, reflectance, radiance })
}

fn marks_of(mtl: &Mtl, kinds: &Kinds, notes: &mut Vec<Note>) -> Vec<MarkFile> {
    let file = |kind: u8, layout: Layout| {
        kinds.get(&kind).map(|path| MarkFile { file: BandFile { path: path.clone(), number: 1 }, layout })
    };
    // a BQA before the collections has other bits
    let bqa = if mtl.text_if("COLLECTION_NUMBER").is_some() { Layout::Bqa1 } else { Layout::BqaPre };
    let quality = file(kind::QA_PIXEL, Layout::QaPixel).or_else(|| file(kind::BQA, bqa));
    let is_bqa = quality.as_ref().is_some_and(|file| file.layout == bqa);
    // Collection 1 has none
    let saturation = file(kind::QA_RADSAT, Layout::QaRadsat);
    if quality.is_none() {
        let follows = ("cloud is told from the bands alone", "云只按各波段判断");
        notes.push(Note::absent("QA_PIXEL", "beside the bands", follows));
    }
    if saturation.is_none() && !is_bqa {
        let follows = ("saturation is told from the counts alone", "饱和只按计数判断");
        notes.push(Note::absent("QA_RADSAT", "beside the bands", follows));
    }
    quality.into_iter().chain(saturation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::granule;

    const ID: &str = "LC08_L1TP_131035_20250312_20250320_02_T1";

    fn metadata(change: impl Fn(&str) -> String) -> String {
        let mut text = format!(
            "GROUP = LANDSAT_METADATA_FILE\nLANDSAT_PRODUCT_ID = \"{ID}\"\nPROCESSING_LEVEL = \"L1TP\"\nCOLLECTION_NUMBER = 02\n\
             SPACECRAFT_ID = \"LANDSAT_8\"\nSENSOR_ID = \"OLI_TIRS\"\nDATE_ACQUIRED = 2025-03-12\n\
             SCENE_CENTER_TIME = \"03:55:10.5000000Z\"\nSUN_ELEVATION = 43.5\n"
        );
        for band in 1..=7 {
            text += &format!("RADIANCE_MULT_BAND_{band} = 1.0E-03\nRADIANCE_ADD_BAND_{band} = -5.0\n");
            text += &format!("REFLECTANCE_MULT_BAND_{band} = 2.0E-05\nREFLECTANCE_ADD_BAND_{band} = -0.1\n");
        }
        text.lines().map(|line| change(line) + "\n").collect::<String>() + "END\n"
    }

    /// A folder with empty bands and this MTL, as one granule.
    fn scene(mtl: &str, bands: &[&str]) -> (tempfile::TempDir, Granule) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(format!("{ID}_MTL.txt")), mtl).expect("written");
        for band in bands {
            std::fs::write(folder.path().join(format!("{ID}_{band}.TIF")), "").expect("written");
        }
        let (mut granules, errors) = granule::collect(&[folder.path().to_path_buf()]);
        assert!(errors.is_empty() && granules.len() == 1, "{errors:?}");
        (folder, granules.remove(0))
    }

    const ALL: [&str; 9] = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "QA_PIXEL", "QA_RADSAT"];

    #[test]
    fn a_whole_product_is_drawn() {
        let (_folder, granule) = scene(&metadata(str::to_string), &ALL);
        assert_eq!((granule.name.as_str(), granule.time.rfc3339().as_str()), (ID, "2025-03-12T03:55:10Z"));
        let drawn = draw(&granule).expect("drawn");
        assert!(drawn.problems.is_empty() && drawn.notes.is_empty(), "{:?} {:?}", drawn.problems, drawn.notes);
        let draft = drawn.draft;
        assert_eq!((draft.satellite.as_str(), draft.bands.len(), draft.marks.len()), ("Landsat-8", 7, 2));
        assert!(!draft.simulated && !draft.sun_corrected && (draft.sun_elevation_deg - 43.5).abs() < 1e-9);
        let (role, file, band) = &draft.bands[6];
        assert_eq!((*role, band.channel.as_str(), file.number), (BandRole::Swir22, "B7", 1));
        assert_eq!((band.reflectance, band.radiance), (USUAL, Some(Scale { mult: 1e-3, add: -5.0 })));
    }

    #[test]
    fn what_is_lacking_is_said() {
        let (_folder, granule) = scene(&metadata(str::to_string), &["B5", "B6", "B7"]);
        let drawn = draw(&granule).expect("drawn");
        let said: Vec<String> = drawn.notes.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 6, "{said:?}");
        assert!(said[0].contains("B1") && said[4].contains("QA_PIXEL") && said[5].contains("QA_RADSAT"), "{said:?}");
    }

    #[test]
    fn metadata_that_cannot_be_are_refused_with_their_key() {
        let without =
            |key: &'static str| metadata(move |line| if line.starts_with(key) { "".into() } else { line.into() });
        let with = |old: &'static str, new: &'static str| metadata(move |line| line.replace(old, new));
        for (mtl, said) in [
            (with("20250312_2", "20250328_2"), "the metadata of LC08_L1TP_131035_20250312"),
            (with("\"L1TP\"", "\"L2SP\""), "PROCESSING_LEVEL = L2SP"),
            (with("LANDSAT_8", "LANDSAT_7"), "LANDSAT_8 or LANDSAT_9"),
            (with("= 43.5", "= 93.5"), "93.5 degrees"),
            (with("2025-03-12", "2025-03-13"), "DATE_ACQUIRED = 2025-03-13"),
            (with("BAND_7 = 2.0E-05", "BAND_7 = 0"), "reflectance 0 * count"),
            (with("BAND_7 = 2.0E-05", "BAND_7 = -2.0E-05"), "of B7"),
            (with("BAND_7 = 1.0E-03", "BAND_7 = 1.0E+30"), "of B7"),
            (without("SCENE_CENTER_TIME"), "no SCENE_CENTER_TIME"),
            (without("SUN_ELEVATION"), "no SUN_ELEVATION"),
            (without("REFLECTANCE_MULT_BAND_7"), "no REFLECTANCE_MULT_BAND_7"),
            ("nothing".to_string(), "metadata that cannot be read"),
        ] {
            let (_folder, granule) = scene(&mtl, &ALL);
            let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said) && error.contains("_MTL.txt"), "{said}: {error}");
        }
    }

    /// By night there is no reflectance, and radiance is needed.
    #[test]
    fn a_scene_of_the_night_has_radiances() {
        let night = |line: &str| {
            if line.starts_with("REFLECTANCE") { String::new() } else { line.replace("= 43.5", "= -38.2") }
        };
        let (_folder, granule) = scene(&metadata(night), &ALL);
        let drawn = draw(&granule).expect("drawn");
        assert!(drawn.draft.bands.iter().all(|(_, _, band)| band.reflectance == USUAL && band.radiance.is_some()));
        let dark = |line: &str| if line.starts_with("RADIANCE_ADD_BAND_7") { String::new() } else { night(line) };
        let (_folder, granule) = scene(&metadata(dark), &ALL);
        let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("no RADIANCE_ADD_BAND_7"), "{error}");
    }
}
