//! Fires are put into products that the simulator itself wrote, and are looked for in the counts.

use super::super::{landsat, sentinel2};
use super::*;
use clap::Parser;

#[derive(Parser)]
enum Line {
    Landsat(landsat::Args),
    Sentinel2(sentinel2::Args),
    Insert(Args),
}

fn ran(words: &[&str]) -> Result<()> {
    match Line::parse_from(["sim"].into_iter().chain(words.iter().copied())) {
        Line::Landsat(args) => landsat::run(&args),
        Line::Sentinel2(args) => sentinel2::run(&args),
        Line::Insert(args) => run(&args),
    }
}

fn counts(path: &Path) -> Vec<u16> {
    let data = open(path).expect("a raster");
    data.rasterband(1).expect("a band").read_band_as::<u16>().expect("read").data().to_vec()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Line and column of the only fire of a truth file.
fn place(folder: &Path) -> (usize, usize) {
    let table = fs::read_to_string(folder.join("truth.csv")).expect("truth");
    let row = table.lines().nth(1).expect("a fire").split(',').collect::<Vec<_>>();
    let number = |text: &str| text.parse::<f64>().expect("a number").round() as usize;
    (number(row[3]), number(row[4]))
}

/// A fire in a written product adds the counts that the same fire drawn into the scene adds.
#[test]
fn landsat_fires_added_later_are_those_drawn_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bare, drawn, added) = (folder.path().join("bare"), folder.path().join("drawn"), folder.path().join("added"));
    let id = "LC09_L1TP_132035_20251020_20251020_02_T1";
    let scene = ["--lines", "80", "--columns", "90", "--tilt", "0", "--cloud", "0"];
    let fire = ["--fire", "102.4001,36.4801,900,3"];
    let make = |out: &Path, more: &[&str]| {
        let words: Vec<String> = vec!["landsat".into(), "--out".into(), text(out)];
        let words: Vec<&str> = words.iter().map(String::as_str).chain(scene).chain(more.iter().copied()).collect();
        ran(&words).expect("made");
    };
    make(&bare, &[]);
    make(&drawn, &fire);
    let product = text(&bare.join(id));
    ran(&["insert", "--product", &product, "--out", &text(&added), fire[0], fire[1]]).expect("inserted");
    assert_eq!(fs::read_to_string(drawn.join("truth.csv")).ok(), fs::read_to_string(added.join("truth.csv")).ok());
    for band in ["B4", "B6", "B7"] {
        let of = |folder: &Path| counts(&folder.join(id).join(format!("{id}_{band}.TIF")));
        let (bare, drawn, added) = (of(&bare), of(&drawn), of(&added));
        // five digits of RADIANCE_MULT, rounded twice
        assert!(drawn.iter().zip(&added).all(|(a, b)| a.abs_diff(*b) <= 3), "{band}");
        let changed = bare.iter().zip(&added).filter(|(a, b)| a != b).count();
        assert!(changed < 60 && (band == "B4" || changed > 4), "{band}: {changed}");
    }
    assert!(added.join(id).join(format!("{id}_QA_PIXEL.TIF")).exists());
}

#[test]
fn a_large_fire_saturates_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bare, added) = (folder.path().join("bare"), folder.path().join("added"));
    let scene = ["landsat", "--lines", "60", "--columns", "60", "--tilt", "0", "--cloud", "0", "--out"];
    ran(&scene.into_iter().chain([text(&bare).as_str()]).collect::<Vec<_>>()).expect("made");
    let id = "LC09_L1TP_132035_20251020_20251020_02_T1";
    let product = text(&bare.join(id));
    let fire = "102.4,36.48,1000,100";
    ran(&["insert", "--product", &product, "--out", &text(&added), "--fire", fire, "--fold"]).expect("inserted");
    let (line, column) = place(&added);
    let at = |name: &str| counts(&added.join(id).join(format!("{id}_{name}.TIF")))[line * 60 + column];
    // 100 m2 at 1000 K are some 150 W m-2 sr-1 um-1 in the pixel: five times what the band can hold, and 60 at 1.6 um
    assert_eq!(at("QA_RADSAT") & (1 << SWIR22), 1 << SWIR22);
    assert!(at("B7") < 8500, "{}", at("B7"));
    assert!(at("B6") > 30_000, "{}", at("B6"));
    assert!(ran(&["insert", "--product", &product, "--out", &text(&bare), "--fire", fire]).is_err());
}

#[test]
fn sentinel_products_keep_their_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bare, added) = (folder.path().join("bare"), folder.path().join("added"));
    ran(&["sentinel2", "--size", "600", "--cloud", "0", "--out", &text(&bare)]).expect("made");
    let name = "S2B_MSIL1C_20251020T035500_N0510_R061_T48STF_20251020T035500.SAFE";
    let product = text(&bare.join(name));
    let words = ["insert", "--product", &product, "--grid", "1x1000", "--repeats", "1", "--out"];
    ran(&words.into_iter().chain([text(&added).as_str()]).collect::<Vec<_>>()).expect("inserted");
    let image = Path::new("GRANULE/L1C_T48STF_A040000_20251020T035500/IMG_DATA/T48STF_20251020T035500_B12.jp2");
    let (before, after) = (counts(&bare.join(name).join(image)), counts(&added.join(name).join(image)));
    let (line, column) = place(&added);
    let brightest = (0..after.len()).max_by_key(|i| after[*i].saturating_sub(before[*i])).expect("a pixel");
    assert_eq!((brightest / 300, brightest % 300), (line, column));
    assert!(added.join(name).join("MTD_MSIL1C.xml").exists() && added.join(name).join("manifest.safe").exists());
}

#[test]
fn stacks_keep_their_bands_and_are_marked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    fs::create_dir(&from).expect("a folder");
    let grid = Grid { west_m: 265_005.0, north_m: 4_041_015.0, pixel_m: 30.0, lines: 64, columns: 64 };
    let system = super::super::grid::utm(48).expect("a zone");
    let mut draft = Draft::new::<u16>(&from.join("x.tif"), &system, &grid, 3, Form::Tiff).expect("a draft");
    // reflectances without the cosine of 0.10, 0.16 and 0.13
    for (band, count) in [(1, 10_000), (2, 13_000), (3, 11_500)] {
        draft.write(band, 0, vec![count as u16; 64 * 64]).expect("written");
    }
    draft.finish().expect("finished");
    let words = "sensor = \"OLI\"\nsatellite = \"Landsat-9\"\ntime = \"2025-10-20T03:50:00Z\"\n\
                 bands = [\"B4\", \"B5\", \"B7\"]\n\
                 reflectance_mult = 2e-5\nreflectance_add = -0.1\nsun_elevation_deg = 45.0\n";
    fs::write(from.join("x.toml"), words).expect("written");
    let stack = text(&from.join("x.tif"));
    ran(&["insert", "--stack", &stack, "--grid", "2x800", "--repeats", "3", "--spacing", "20", "--out", &text(&to)])
        .expect("inserted");
    let data = open(&to.join("x.tif")).expect("a raster");
    assert_eq!(data.raster_count(), 3);
    let read =
        |band: usize| data.rasterband(band).expect("a band").read_band_as::<u16>().expect("read").data().to_vec();
    // 2 m2 of 900 m2 no longer reflect the sun: at most 11 of the 5,000 counts that are reflectance
    assert!(read(1).iter().all(|count| (9_988..=10_000).contains(count)));
    // 2 m2 at 800 K are 1.33 W m-2 sr-1 um-1 in 900 m2 and 2574 counts at 2.2 um, three times, less the background
    let sum: f64 = read(3).iter().map(|count| f64::from(*count) - 11_500.0).sum();
    assert!((sum / (3.0 * 2574.0) - 1.0).abs() < 0.05, "{sum}");
    assert!(fs::read_to_string(to.join("x.toml")).expect("words").starts_with("simulated = true\n"));
}
