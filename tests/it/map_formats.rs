//! Landsat and Sentinel-2 as their makers deliver them, in every wrapping that is read. Counts are those that
//! `gdallocationinfo` shows at the same pixels; times, angles and factors are read from the metadata by eye, and what
//! follows is reckoned by hand.

use crate::common::{have, project, shared};
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::ingest::Extent;
use strawfire::ingest::granule::{self, Format, Granule};
use strawfire::ingest::map::{self, MapSource, Opening};
use strawfire::place::LonLatBox;
use strawfire::scene::map::{MapInstrument, MapMarks};
use strawfire::scene::{BandRole, Window};

const HAIDONG: LonLatBox = LonLatBox { west: 101.66, south: 35.45, east: 103.07, north: 37.15 };

fn only_granule(input: &Path) -> Granule {
    let (mut granules, errors) = granule::collect(&[input.to_path_buf()]);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(granules.len(), 1, "{granules:?}");
    granules.remove(0)
}

fn opened(granule: &Granule) -> Opening {
    map::open(granule, &Extent::Full).expect("opened")
}

fn refused(granule: &Granule) -> String {
    map::open(granule, &Extent::Full).expect_err("refused").to_string()
}

fn whole(opening: Opening) -> MapSource {
    opening.source.expect("everywhere is in the window")
}

fn count(source: &MapSource, role: BandRole, (line, column): (usize, usize)) -> u16 {
    let part = Window { line0: line, column0: column, lines: 1, columns: 1 };
    let mut counts = [0];
    source.counts(role, &part, &mut counts).expect("read");
    counts[0]
}

fn mark(source: &MapSource, (line, column): (usize, usize)) -> MapMarks {
    let part = Window { line0: line, column0: column, lines: 1, columns: 1 };
    let mut marks = [MapMarks::default()];
    source.marks(&part, &mut marks).expect("read");
    marks[0]
}

fn near(value: f64, expected: f64, within: f64) {
    assert!((value - expected).abs() < within, "{value}, not {expected}");
}

/// Copies the plain files of a folder, those that `keep` takes.
fn copied(from: &Path, keep: impl Fn(&str) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(from).expect("listed") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_string();
        if path.is_file() && keep(&name) {
            std::fs::copy(&path, folder.path().join(name)).expect("copied");
        }
    }
    folder
}

const C1: &str = "LC08_L1TP_195025_20130707_20170503_01_T1";
const OF_C1: [(BandRole, u16, u16); 7] = [
    (BandRole::Coastal, 10_735, 9888),
    (BandRole::Blue, 9892, 8822),
    (BandRole::Green, 8866, 7978),
    (BandRole::Red, 8512, 6762),
    (BandRole::Nir, 11_758, 23_423),
    (BandRole::Swir16, 11_002, 12_140),
    (BandRole::Swir22, 9698, 7742),
];

fn is_collection_1(granule: &Granule) {
    assert_eq!((granule.format, granule.name.as_str()), (Format::LandsatL1, C1));
    let opening = opened(granule);
    assert!(opening.problems.is_empty() && opening.notes.is_empty(), "{:?} {:?}", opening.problems, opening.notes);
    let source = whole(opening);
    let scene = &source.scene;
    assert_eq!((scene.instrument, scene.satellite.as_str()), (MapInstrument::Oli, "Landsat-8"));
    assert_eq!((scene.grid.lines, scene.grid.columns, scene.bands.len()), (41, 41, 7));
    assert_eq!(scene.time.rfc3339(), "2013-07-07T10:17:42Z");
    assert!(!scene.sun_corrected && scene.has_cloud_marks && !scene.simulated);
    near(f64::from(scene.middle_sun_deg()), 58.996_751_8, 1e-4);
    for (role, middle, corner) in OF_C1 {
        assert_eq!((count(&source, role, (10, 20)), count(&source, role, (40, 40))), (middle, corner), "{role:?}");
    }
    // 9698 * 2e-5 - 0.1; 9698 * 4.9578e-4 - 2.4789
    let band = &scene.bands[&BandRole::Swir22];
    near(band.reflectance.of(9698), 0.093_96, 1e-9);
    near(band.radiance.expect("radiance").of(9698), 2.329_174_4, 1e-6);
    // BQA 2720 everywhere: clear
    assert_eq!(mark(&source, (10, 20)), MapMarks::default());
}

#[test]
fn collection_1_is_read_from_files_and_from_archives() {
    let Some(folder) = shared("formats/landsat8-l1-mtl-cran-satellite") else { return };
    let loose = only_granule(&folder);
    assert_eq!(loose.time.rfc3339(), "2013-07-07T10:17:42Z", "of its metadata");
    is_collection_1(&loose);
    let files = copied(&folder, |name| name.starts_with(C1));
    let product = tempfile::tempdir().expect("a folder");
    let named = product.path().join(C1);
    std::fs::rename(files.path(), &named).expect("renamed");
    is_collection_1(&only_granule(&named));
    is_collection_1(&only_granule(product.path()));
    if !have("tar") {
        return;
    }
    for (end, how) in [("tar", "-cf"), ("tar.gz", "-czf")] {
        let archive = product.path().join(format!("{C1}.{end}"));
        let packed = Command::new("tar").current_dir(&named).arg(how).arg(&archive).arg(".").status();
        assert!(packed.expect("tar runs").success());
        is_collection_1(&only_granule(&archive));
        is_collection_1(&only_granule(&PathBuf::from(format!("/vsitar/{}", archive.display()))));
    }
}

/// The sample's bands are thinned out to 3200 m on another grid than its QA_RADSAT, and its QA_PIXEL was left out.
#[test]
fn collection_2_is_read_and_what_does_not_fit_is_said() {
    let Some(folder) = shared("formats/landsat8-c2-wagl") else { return };
    let opening = opened(&only_granule(&folder));
    let problems: Vec<String> = opening.problems.iter().map(ToString::to_string).collect();
    let notes: Vec<String> = opening.notes.iter().map(ToString::to_string).collect();
    assert!(problems.len() == 1 && problems[0].contains("QA_RADSAT.TIF"), "{problems:?}");
    assert!(notes.len() == 1 && notes[0].contains("QA_PIXEL"), "{notes:?}");
    let source = whole(opening);
    let scene = &source.scene;
    assert_eq!((scene.grid.lines, scene.grid.columns, scene.bands.len()), (75, 74, 7));
    assert_eq!(scene.time.rfc3339(), "2020-10-29T00:02:59Z");
    assert!(!scene.has_cloud_marks);
    near(f64::from(scene.middle_sun_deg()), 56.778_071_2, 1e-4);
    let expected = [9533, 9015, 9091, 8895, 19_313, 18_095, 12_203];
    let roles = OF_C1.map(|(role, ..)| role);
    assert_eq!(roles.map(|role| count(&source, role, (30, 40))), expected);
    // 12203 * 5.1944e-4 - 2.59718
    near(scene.bands[&BandRole::Swir22].radiance.expect("radiance").of(12_203), 3.741_546_3, 1e-6);
}

/// XML alone says what the text says.
#[test]
fn the_forms_of_the_metadata_agree() {
    let Some(folder) = shared("formats/landsat8-c2-wagl") else { return };
    let scene = |without: &str| {
        let files = copied(&folder, |name| !name.ends_with(without) && !name.contains("QA_RADSAT"));
        whole(opened(&only_granule(files.path()))).scene
    };
    let (text, xml) = (scene("MTL.xml"), scene("MTL.txt"));
    assert_eq!((text.time, &text.bands, &text.sun_elevation_deg), (xml.time, &xml.bands, &xml.sun_elevation_deg));
}

#[test]
fn landsat_products_that_are_not_whole_are_refused_by_name() {
    let Some(folder) = shared("formats/landsat8-l1-mtl-cran-satellite") else { return };
    let files = copied(&folder, |name| !name.ends_with("_B7.TIF"));
    let said = refused(&only_granule(files.path()));
    assert!(said.contains("2.2 um") && said.contains("B6"), "{said}");
    let files = copied(&folder, |name| !name.contains("MTL"));
    let said = refused(&only_granule(files.path()));
    assert!(said.contains(&format!("{C1}_MTL.txt")), "{said}");
    // the metadata of another scene
    let files = copied(&folder, |name| name.ends_with(".TIF"));
    let text = std::fs::read_to_string(folder.join(format!("{C1}_MTL.txt"))).expect("the MTL");
    std::fs::write(files.path().join(format!("{C1}_MTL.txt")), text.replace("195025", "195026")).expect("written");
    let said = refused(&only_granule(files.path()));
    assert!(said.contains("LANDSAT_PRODUCT_ID = LC08_L1TP_195026") && said.contains(C1), "{said}");
    // a band of another size
    let Some(other) = shared("formats/landsat8-c2-wagl/LC08_L1TP_092084_20201029_20201106_02_T1_B6.TIF") else {
        return;
    };
    let files = copied(&folder, |_| true);
    std::fs::copy(other, files.path().join(format!("{C1}_B6.TIF"))).expect("copied");
    let said = refused(&only_granule(files.path()));
    assert!(said.contains("B6.TIF") && said.contains("the grid of the 2.2 um band"), "{said}");
}

#[test]
fn a_scene_elsewhere_has_no_source() {
    let Some(folder) = shared("formats/landsat8-l1-mtl-cran-satellite") else { return };
    let extent = Extent::Around { area: HAIDONG, halo: 10 };
    let opening = map::open(&only_granule(&folder), &extent).expect("opened");
    assert!(opening.source.is_none() && opening.problems.is_empty());
}

const S2A: &str = "S2A_MSIL1C_20171207T002051_N0206_R116_T55JEJ_20171207T032513";
const S2B: &str = "S2B_MSIL1C_20170719T000219_N0205_R030_T56JKT_20170719T000218";

fn is_s2a(granule: &Granule) {
    assert_eq!((granule.format, granule.name.as_str()), (Format::MsiL1c, S2A));
    let opening = opened(granule);
    let notes: Vec<String> = opening.notes.iter().map(ToString::to_string).collect();
    assert!(opening.problems.is_empty(), "{:?}", opening.problems);
    assert!(notes.len() == 1 && notes[0].contains("MSK_CLOUDS_B00"), "{notes:?}");
    let source = whole(opening);
    let scene = &source.scene;
    assert_eq!((scene.instrument, scene.satellite.as_str()), (MapInstrument::Msi, "Sentinel-2A"));
    // the sample is thinned out to a 64th: 86 x 86 pixels of the 20 m bands
    assert_eq!((scene.grid.lines, scene.grid.columns, scene.bands.len()), (86, 86, 7));
    assert_eq!((scene.time.rfc3339().as_str(), scene.saturated_count), ("2017-12-07T00:22:52Z", Some(65_535)));
    assert!(scene.sun_corrected);
    near(f64::from(scene.middle_sun_deg()), 90.0 - 22.488_052_8, 0.1);
    // zenith 22.9222 and 22.8783 in the north-western corner, half a pixel of 1280 m into steps of 5 km
    near(f64::from(scene.sun_elevation_deg.at((0, 0))), 90.0 - 22.917, 2e-3);
    let counts = [BandRole::Coastal, BandRole::Nir, BandRole::Swir16, BandRole::Swir22];
    assert_eq!(counts.map(|role| count(&source, role, (30, 40))), [1152, 3520, 4352, 3456]);
    // four pixels of the finer bands in one, 1433 1390 1166 1243 and 1998 2015 1858 1829, as GDAL thins JPEG2000
    near(f64::from(count(&source, BandRole::Blue, (30, 40))), 1308.0, 40.0);
    near(f64::from(count(&source, BandRole::Red, (30, 40))), 1925.0, 40.0);
    // no offset before baseline 04.00; 0.3456 * 85.25 * 1.02945457689196 * cos 22.4880527964554 / pi
    let band = &scene.bands[&BandRole::Swir22];
    near(band.reflectance.of(3456), 0.3456, 1e-9);
    near(band.radiance.expect("radiance").of(3456), 8.920_275_8, 1e-6);
}

#[test]
fn a_sentinel_2_zip_is_read_as_it_is_and_unpacked() {
    let Some(zip) = shared(&format!("formats/sentinel2-safe-wagl/{S2A}.zip")) else { return };
    is_s2a(&only_granule(&zip));
    is_s2a(&only_granule(&PathBuf::from(format!("/vsizip/{}", zip.display()))));
    is_s2a(&only_granule(&PathBuf::from(format!("/vsizip/{}/{S2A}.SAFE", zip.display()))));
    let folder = unpacked(&zip);
    is_s2a(&only_granule(&folder.path().join(format!("{S2A}.SAFE"))));
    is_s2a(&only_granule(folder.path()));
}

fn unpacked(zip: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let file = std::fs::File::open(zip).expect("opened");
    zip::ZipArchive::new(file).expect("a zip").extract(folder.path()).expect("unpacked");
    folder
}

/// Most of this tile lies beside the swath.
#[test]
fn the_edge_of_a_swath_is_no_measurement() {
    let Some(zip) = shared(&format!("formats/sentinel2-safe-wagl/{S2B}.zip")) else { return };
    let source = whole(opened(&only_granule(&zip)));
    assert_eq!(source.scene.time.rfc3339(), "2017-07-19T00:02:18Z");
    near(f64::from(source.scene.middle_sun_deg()), 90.0 - 54.269, 0.3);
    let whole = Window { line0: 0, column0: 0, lines: 86, columns: 86 };
    let mut counts = vec![0; 86 * 86];
    source.counts(BandRole::Swir22, &whole, &mut counts).expect("read");
    assert_eq!((counts.iter().filter(|count| **count > 0).count(), counts[44 * 86 + 85]), (234, 1506));
}

fn image_of(folder: &Path, band: &str) -> PathBuf {
    let pattern = format!("{}/{S2A}.SAFE/GRANULE/*/IMG_DATA/*_{band}.jp2", folder.display());
    glob::glob(&pattern).expect("a pattern").flatten().next().expect("an image")
}

#[test]
fn damaged_and_missing_images_are_named() {
    let Some(zip) = shared(&format!("formats/sentinel2-safe-wagl/{S2A}.zip")) else { return };
    let folder = unpacked(&zip);
    let granule = only_granule(folder.path());
    let path = image_of(folder.path(), "B12");
    let bytes = std::fs::read(&path).expect("read");
    for share in [0.5, 0.9, 0.99] {
        std::fs::write(&path, &bytes[..(bytes.len() as f64 * share) as usize]).expect("cut");
        let all = Window { line0: 0, column0: 0, lines: 86, columns: 86 };
        let mut counts = vec![0; 86 * 86];
        let read = whole(opened(&granule)).counts(BandRole::Swir22, &all, &mut counts);
        let error = read.err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|said| said.contains("_B12.jp2")), "{share}: {error:?}");
    }
    std::fs::write(&path, &bytes[..20]).expect("cut");
    assert!(refused(&granule).contains("_B12.jp2"));
    std::fs::remove_file(&path).expect("removed");
    let said = refused(&granule);
    assert!(said.contains("2.2 um") && said.contains("B11"), "{said}");
    std::fs::write(&path, &bytes).expect("written");
    std::fs::remove_file(image_of(folder.path(), "B04")).expect("removed");
    let opening = opened(&granule);
    assert!(opening.notes.iter().any(|note| note.to_string().contains("B04")), "{:?}", opening.notes);
}

/// Real metadata without images: the level and the offset are understood before an image is asked for.
#[test]
fn metadata_without_images_and_of_the_ground_are_refused() {
    let Some(folder) = shared("formats/sentinel2-safe-xml") else { return };
    let safe = folder.join("S2A_MSIL1C_20210908T042701_N0301_R133_T46RER_20210908T070248.SAFE");
    let said = refused(&only_granule(&safe));
    assert!(said.contains("no band") && said.contains("0.86 um"), "{said}");
    let ground = folder.join("S2A_MSIL2A_20230625T234621_N0509_R073_T01WCS_20230626T022157.SAFE");
    let (granules, errors) = granule::collect(&[ground]);
    let said = errors.iter().map(ToString::to_string).collect::<String>();
    assert!(granules.is_empty() && said.contains("Level-2A") && said.contains("S2x_MSIL1C"), "{said}");
}

#[test]
fn files_without_metadata_are_read_with_a_toml() {
    let opening = opened(&only_granule(&project().join("testdata/landsat8")));
    assert!(opening.problems.is_empty() && opening.notes.is_empty(), "{:?} {:?}", opening.problems, opening.notes);
    let source = whole(opening);
    assert_eq!((source.scene.grid.lines, source.scene.bands.len()), (400, 7));
    let roles = [BandRole::Nir, BandRole::Swir16, BandRole::Swir22];
    assert_eq!(roles.map(|role| count(&source, role, (200, 300))), [14_493, 10_930, 8567]);
    // 20480: neither cloud nor cirrus for sure
    assert!(source.scene.has_cloud_marks && mark(&source, (200, 300)) == MapMarks::default());
    // GeoTIFF by another name
    let source = whole(opened(&only_granule(&project().join("testdata/sentinel2/s2.toml"))));
    assert_eq!((source.scene.satellite.as_str(), source.scene.grid.lines), ("Sentinel-2A", 480));
    assert_eq!(roles.map(|role| count(&source, role, (200, 300))), [1004, 985, 634]);
}
