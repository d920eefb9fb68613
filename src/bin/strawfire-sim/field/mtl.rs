//! The metadata of a Landsat product: groups of keys, written as text and as JSON.

use super::grid::Grid;
use super::light::Light;
use super::sensor::{OLI, SWIR22};
use serde_json::{Map, Value};

/// What a count of a product means without the cosine: reflectance is 0.00002 times it less 0.1, in every band.
pub const MULT: f64 = 2e-5;
pub const ADD: f64 = -0.1;

/// The keys of one product, in their groups.
pub struct Mtl {
    groups: Vec<(&'static str, Vec<(String, Word)>)>,
}

/// A value: with or without quotation marks in the text.
enum Word {
    Text(String),
    Bare(String),
}

/// What a product is.
pub struct Product<'a> {
    pub id: &'a str,
    pub satellite: u8,
    pub path: u16,
    pub row: u16,
    pub time: jiff::Timestamp,
    pub light: Light,
    pub zone: u8,
    pub grid: Grid,
    /// Longitude and latitude of the middles of the corner pixels, from the north-west clockwise.
    pub corners: [(f64, f64); 4],
    /// Mean opacity of the clouds.
    pub cloud: f64,
    /// Which bands have saturated pixels.
    pub saturated: u16,
}

/// Corners in the order of `Grid::corners`, as keys name them.
const CORNERS: [&str; 4] = ["UL", "UR", "LR", "LL"];
const ORIGIN: &str = "Simulated by strawfire-sim; not an image of the U.S. Geological Survey";

impl Mtl {
    /// The keys of a product.
    pub fn of(product: &Product) -> Mtl {
        let mut groups = vec![
            ("PRODUCT_CONTENTS", contents(product)),
            ("IMAGE_ATTRIBUTES", image(product)),
            ("PROJECTION_ATTRIBUTES", projection(product)),
            ("LEVEL1_PROCESSING_RECORD", record(product)),
            ("LEVEL1_RADIOMETRIC_RESCALING", rescaling(product)),
        ];
        let ranges = OLI.bands.iter().enumerate().flat_map(|(i, _)| {
            let name = |end: &str| format!("QUANTIZE_CAL_{end}_BAND_{}", i + 1);
            [bare(&name("MAX"), "65535"), bare(&name("MIN"), "1")]
        });
        groups.push(("LEVEL1_MIN_MAX_PIXEL_VALUE", ranges.collect()));
        Mtl { groups }
    }

    /// As `_MTL.txt` has them.
    pub fn text(&self) -> String {
        let mut text = String::from("GROUP = LANDSAT_METADATA_FILE\n");
        for (group, words) in &self.groups {
            text += &format!("  GROUP = {group}\n");
            for (key, word) in words {
                text += &match word {
                    Word::Text(value) => format!("    {key} = \"{value}\"\n"),
                    Word::Bare(value) => format!("    {key} = {value}\n"),
                };
            }
            text += &format!("  END_GROUP = {group}\n");
        }
        text + "END_GROUP = LANDSAT_METADATA_FILE\nEND\n"
    }

    /// As `_MTL.json` has them: every value is a string.
    pub fn json(&self) -> Value {
        let group = |words: &[(String, Word)]| {
            let words = words
                .iter()
                .map(|(key, Word::Text(value) | Word::Bare(value))| (key.clone(), Value::from(value.clone())));
            Value::Object(words.collect())
        };
        let groups: Map<String, Value> =
            self.groups.iter().map(|(name, words)| (name.to_string(), group(words))).collect();
        serde_json::json!({ "LANDSAT_METADATA_FILE": groups })
    }
}

fn contents(product: &Product) -> Vec<(String, Word)> {
    let id = product.id;
    let mut words = vec![
        text("ORIGIN", ORIGIN),
        text("SIMULATED", "YES"),
        text("LANDSAT_PRODUCT_ID", id),
        text("PROCESSING_LEVEL", level(id)),
        bare("COLLECTION_NUMBER", "02"),
        text("COLLECTION_CATEGORY", id.rsplit('_').next().unwrap_or_default()),
        text("OUTPUT_FORMAT", "GEOTIFF"),
    ];
    words.extend(files(id));
    words
}

fn files(id: &str) -> Vec<(String, Word)> {
    let bands = OLI.bands.iter().enumerate();
    let mut words: Vec<(String, Word)> =
        bands.map(|(i, band)| text(&format!("FILE_NAME_BAND_{}", i + 1), &format!("{id}_{}.TIF", band.name))).collect();
    words.push(text("FILE_NAME_QUALITY_L1_PIXEL", &format!("{id}_QA_PIXEL.TIF")));
    words.push(text("FILE_NAME_QUALITY_L1_RADIOMETRIC_SATURATION", &format!("{id}_QA_RADSAT.TIF")));
    words.push(text("FILE_NAME_METADATA_ODL", &format!("{id}_MTL.txt")));
    words
}

fn image(product: &Product) -> Vec<(String, Word)> {
    let civil = product.time.to_zoned(jiff::tz::TimeZone::UTC);
    let mut words = vec![
        text("SPACECRAFT_ID", &format!("LANDSAT_{}", product.satellite)),
        text("SENSOR_ID", "OLI_TIRS"),
        bare("WRS_TYPE", "2"),
        bare("WRS_PATH", &product.path.to_string()),
        bare("WRS_ROW", &product.row.to_string()),
        text("NADIR_OFFNADIR", "NADIR"),
        bare("DATE_ACQUIRED", &civil.date().to_string()),
        text("SCENE_CENTER_TIME", &format!("{}.0000000Z", civil.strftime("%H:%M:%S"))),
        text("STATION_ID", "SIM"),
        bare("CLOUD_COVER", &format!("{:.2}", 100.0 * product.cloud)),
    ];
    let saturated = |band: usize| if product.saturated >> band & 1 == 1 { "Y" } else { "N" };
    words.extend((0..OLI.bands.len()).map(|i| text(&format!("SATURATION_BAND_{}", i + 1), saturated(i))));
    words.push(bare("SUN_AZIMUTH", &format!("{:.8}", product.light.azimuth_deg)));
    words.push(bare("SUN_ELEVATION", &format!("{:.8}", product.light.elevation_deg)));
    words.push(bare("EARTH_SUN_DISTANCE", &format!("{:.7}", product.light.distance_au)));
    words
}

fn projection(product: &Product) -> Vec<(String, Word)> {
    let grid = &product.grid;
    let mut words = vec![
        text("MAP_PROJECTION", "UTM"),
        text("DATUM", "WGS84"),
        text("ELLIPSOID", "WGS84"),
        bare("UTM_ZONE", &product.zone.to_string()),
        bare("GRID_CELL_SIZE_REFLECTIVE", &format!("{:.2}", OLI.pixel_m(SWIR22))),
        bare("REFLECTIVE_LINES", &grid.lines.to_string()),
        bare("REFLECTIVE_SAMPLES", &grid.columns.to_string()),
        text("ORIENTATION", "NORTH_UP"),
    ];
    for (name, (lon, lat)) in CORNERS.iter().zip(product.corners) {
        words.push(bare(&format!("CORNER_{name}_LAT_PRODUCT"), &format!("{lat:.5}")));
        words.push(bare(&format!("CORNER_{name}_LON_PRODUCT"), &format!("{lon:.5}")));
    }
    // the middles of the corner pixels, as the files have it
    for (name, (x, y)) in CORNERS.iter().zip(grid.corners(grid.pixel_m / 2.0)) {
        words.push(bare(&format!("CORNER_{name}_PROJECTION_X_PRODUCT"), &format!("{x:.3}")));
        words.push(bare(&format!("CORNER_{name}_PROJECTION_Y_PRODUCT"), &format!("{y:.3}")));
    }
    words
}

fn record(product: &Product) -> Vec<(String, Word)> {
    let day = product.time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let scene = format!(
        "LC{}{:03}{:03}{}{:03}SIM00",
        product.satellite,
        product.path,
        product.row,
        day.year(),
        day.day_of_year()
    );
    let mut words = vec![
        text("ORIGIN", ORIGIN),
        text("LANDSAT_SCENE_ID", &scene),
        text("LANDSAT_PRODUCT_ID", product.id),
        text("PROCESSING_LEVEL", level(product.id)),
        text("OUTPUT_FORMAT", "GEOTIFF"),
        bare("DATE_PRODUCT_GENERATED", &format!("{day}T23:59:59Z")),
        text("PROCESSING_SOFTWARE_VERSION", &format!("strawfire-sim_{}", env!("CARGO_PKG_VERSION"))),
    ];
    words.extend(files(product.id));
    words
}

/// Both scales of the same counts; a night has no reflectance.
fn rescaling(product: &Product) -> Vec<(String, Word)> {
    let mut words = Vec::new();
    for (i, band) in OLI.bands.iter().enumerate() {
        let above = product.light.above(band.sun);
        words.push(bare(&format!("RADIANCE_MULT_BAND_{}", i + 1), &exponent(above * MULT)));
        words.push(bare(&format!("RADIANCE_ADD_BAND_{}", i + 1), &format!("{:.5}", above * ADD)));
        if !product.light.is_night() {
            words.push(bare(&format!("REFLECTANCE_MULT_BAND_{}", i + 1), &exponent(MULT)));
            words.push(bare(&format!("REFLECTANCE_ADD_BAND_{}", i + 1), &format!("{ADD:.6}")));
        }
    }
    words
}

fn level(id: &str) -> &str {
    id.split('_').nth(1).unwrap_or_default()
}

/// A number as `1.2726E-02`.
fn exponent(value: f64) -> String {
    let written = format!("{value:.4E}");
    match written.split_once("E-") {
        Some((number, power)) => format!("{number}E-{power:0>2}"),
        None => written,
    }
}

fn text(key: &str, value: &str) -> (String, Word) {
    (key.to_string(), Word::Text(value.to_string()))
}

fn bare(key: &str, value: &str) -> (String, Word) {
    (key.to_string(), Word::Bare(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mtl(elevation_deg: f64) -> Mtl {
        let grid = Grid { west_m: 152_985.0, north_m: 4_155_615.0, pixel_m: 30.0, lines: 7700, columns: 7600 };
        // the distance of a real product of 2020-10-29
        let light = Light { elevation_deg, azimuth_deg: 57.6, distance_au: 0.993_278_1 };
        Mtl::of(&Product {
            id: "LC09_L1TP_132035_20251020_20251020_02_T1",
            satellite: 9,
            path: 132,
            row: 35,
            time: "2025-10-20T03:50:00Z".parse().expect("a time"),
            light,
            zone: 48,
            grid,
            corners: [(101.0, 37.5), (103.6, 37.5), (103.6, 35.4), (101.0, 35.4)],
            cloud: 0.1,
            saturated: 1 << SWIR22,
        })
    }

    /// RADIANCE_MULT and RADIANCE_ADD of bands 1 and 7 of that real product.
    #[test]
    fn scales_are_those_of_a_real_product_at_the_same_distance() {
        let text = mtl(40.0).text();
        for line in [
            "    RADIANCE_MULT_BAND_1 = 1.272",
            "    RADIANCE_MULT_BAND_7 = 5.194",
            "    RADIANCE_ADD_BAND_7 = -2.597",
            "    REFLECTANCE_MULT_BAND_7 = 2.0000E-05\n",
            "    REFLECTANCE_ADD_BAND_7 = -0.100000\n",
            "    SATURATION_BAND_7 = \"Y\"\n",
            "    SATURATION_BAND_6 = \"N\"\n",
            "    SIMULATED = \"YES\"\n",
            "    SCENE_CENTER_TIME = \"03:50:00.0000000Z\"\n",
            "    DATE_ACQUIRED = 2025-10-20\n",
            "    LANDSAT_SCENE_ID = \"LC91320352025293SIM00\"\n",
            "    CORNER_UL_PROJECTION_X_PRODUCT = 153000.000\n",
            "    CORNER_LR_PROJECTION_Y_PRODUCT = 3924630.000\n",
            "    CORNER_LL_LAT_PRODUCT = 35.40000\n",
            "    FILE_NAME_BAND_7 = \"LC09_L1TP_132035_20251020_20251020_02_T1_B7.TIF\"\n",
            "    COLLECTION_CATEGORY = \"T1\"\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn a_night_has_radiances_alone() {
        let text = mtl(-40.0).text();
        assert!(text.contains("RADIANCE_MULT_BAND_7") && !text.contains("REFLECTANCE_MULT_BAND_7"));
        assert!(text.contains("SUN_ELEVATION = -40.00000000"));
    }

    #[test]
    fn the_json_has_the_same_words() {
        let json = mtl(40.0).json();
        let file = &json["LANDSAT_METADATA_FILE"];
        assert_eq!(file["IMAGE_ATTRIBUTES"]["SPACECRAFT_ID"], "LANDSAT_9");
        assert_eq!(file["LEVEL1_RADIOMETRIC_RESCALING"]["REFLECTANCE_MULT_BAND_7"], "2.0000E-05");
        assert_eq!(file["PRODUCT_CONTENTS"]["SIMULATED"], "YES");
    }
}
