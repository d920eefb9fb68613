//! Sentinel-2 MSI Level 1C: a SAFE folder or its zip, with a JPEG2000 a band and metadata of product and tile.
//!
//! Elements: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD) 14.9 and 15.0, Level-1C.

use super::files::{Files, name_of, text_of};
use super::sun::{self, ZenithGrid};
use super::xml::{self, Leaf};
use super::{BandFile, Draft, Drawn, Layout, MarkFile, plausible};
use crate::error::{Error, Result};
use crate::ingest::Note;
use crate::ingest::granule::Granule;
use crate::scene::BandRole;
use crate::scene::map::{MapBand, MapInstrument, Scale};
use crate::time::Utc;
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// Bands by name and by the number that metadata have.
pub(super) const BANDS: [(BandRole, &str, &str); 7] = [
    (BandRole::Coastal, "B01", "0"),
    (BandRole::Blue, "B02", "1"),
    (BandRole::Green, "B03", "2"),
    (BandRole::Red, "B04", "3"),
    (BandRole::Nir, "B8A", "8"),
    (BandRole::Swir16, "B11", "11"),
    (BandRole::Swir22, "B12", "12"),
];

/// From this baseline on counts have an offset, and the metadata say it (25 January 2022).
const OFFSET_SINCE: f64 = 4.0;

const FETCH: &str = "fetch the product again";

/// A file of metadata.
struct Metadata {
    path: PathBuf,
    leaves: Vec<Leaf>,
}

impl Metadata {
    fn read(path: &Path) -> Result<Metadata> {
        let leaves = xml::leaves(&text_of(path)?).map_err(|said| {
            Error::input(path, format!("metadata that cannot be read ({said})"), "XML as ESA writes it", FETCH)
        })?;
        Ok(Metadata { path: path.to_path_buf(), leaves })
    }

    fn all<'a>(&'a self, names: &'a str) -> impl Iterator<Item = &'a Leaf> {
        self.leaves.iter().filter(move |leaf| leaf.is(names))
    }

    fn text_if<'a>(&'a self, names: &'a str) -> Option<&'a str> {
        self.all(names).next().map(|leaf| leaf.text.as_str())
    }

    fn text<'a>(&'a self, names: &'a str) -> Result<&'a str> {
        self.text_if(names)
            .ok_or_else(|| Error::input(&self.path, format!("no {names}"), format!("{names} with its value"), FETCH))
    }

    fn number(&self, names: &str) -> Result<f64> {
        self.text(names)?.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| self.wrong(names, "a number"))
    }

    /// The number of a band; `None` where there is none for it.
    fn of_band(&self, names: &str, band: &str) -> Option<f64> {
        self.all(names).find(|leaf| leaf.band == band)?.text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn wrong(&self, names: &str, expected: &str) -> Error {
        let found = format!("{names} {}", self.text_if(names).unwrap_or_default());
        Error::input(&self.path, found, expected, FETCH)
    }
}

pub(super) fn draw(granule: &Granule) -> Result<Drawn> {
    let path = granule.files.first().map(|file| file.path.clone()).unwrap_or_default();
    let files = Files::of(&path)?;
    if !files.ending("MTD_MSIL2A.xml").is_empty() {
        return Err(surface_reflectance(&path));
    }
    let product = Metadata::read(one(&files, "MTD_MSIL1C.xml", &path)?)?;
    let tile = Metadata::read(one(&files, "MTD_TL.xml", &path)?)?;
    check(&product, &tile, &granule.name)?;
    let zenith_deg = tile.number("Mean_Sun_Angle/ZENITH_ANGLE")?;
    let sun_elevation_deg = sun::checked(&tile.path, 90.0 - zenith_deg)?;
    let mut notes = Vec::new();
    let mut bands = Vec::new();
    for (role, name, id) in BANDS {
        match image(&files, name) {
            Some(path) => {
                let band = band_of(&product, name, id, zenith_deg)?;
                bands.push((role, BandFile { path: path.clone(), number: 1 }, band));
            }
            None if super::NEEDED.contains(&role) => {}
            None => notes.push(Note::absent(
                name,
                "beside the other bands",
                ("tests that need it are left out", "缺少该波段的判别已略去"),
            )),
        }
    }
    Ok(Drawn {
        draft: Draft {
            granule: granule.name.clone(),
            path,
            satellite: product.text("SPACECRAFT_NAME")?.to_string(),
            instrument: MapInstrument::Msi,
            time: time_of(&product, &tile)?,
            simulated: product.text_if("SIMULATED").is_some_and(|said| said != "0"),
            bands,
            marks: marks_of(&files, &mut notes),
            sun_corrected: true,
            sun_elevation_deg,
            sun_zenith: None,
            sun_zenith_grid: grid_of(&tile, zenith_deg),
            saturated_count: special(&product, "SATURATED")?,
        },
        problems: Vec::new(),
        notes,
    })
}

/// The error of a product that is not of Level 1.
pub(in crate::ingest) fn surface_reflectance(path: &Path) -> Error {
    let found = "a Level-2A product: reflectance of the ground, with the air taken out of it";
    Error::input(
        path,
        found,
        "Level 1C: what was seen at the top of the atmosphere",
        "fetch S2x_MSIL1C_... of the same time and tile",
    )
}

/// The one file of a name. Products of before December 2016 hold many tiles, and are not read.
fn one<'a>(files: &'a Files, name: &str, product: &Path) -> Result<&'a PathBuf> {
    match files.ending(name)[..] {
        [one] => Ok(one),
        ref several => {
            let found = if several.is_empty() { format!("no {name}") } else { format!("{} of {name}", several.len()) };
            Err(Error::input(product, found, format!("one {name}: one tile a product"), FETCH))
        }
    }
}

/// Of a band: masks of newer products end like it too, in another folder.
fn image<'a>(files: &'a Files, band: &str) -> Option<&'a PathBuf> {
    let end = format!("_{band}.jp2");
    let is_image = |path: &Path| path.parent().is_some_and(|folder| name_of(folder) == "IMG_DATA");
    files.ending(&end).into_iter().find(|path| is_image(path))
}

/// Whether the metadata are those of the product, and of a kind whose counts are understood.
fn check(product: &Metadata, tile: &Metadata, name: &str) -> Result<()> {
    if product.text_if("PRODUCT_URI").is_some_and(|uri| uri.trim_end_matches(".SAFE") != name) {
        return Err(product.wrong("PRODUCT_URI", &format!("the metadata of {name}")));
    }
    if product.text("PROCESSING_LEVEL")? != "Level-1C" {
        return Err(product.wrong("PROCESSING_LEVEL", "Level-1C"));
    }
    let code = name.split('_').nth(5).unwrap_or_default();
    if !tile.text("TILE_ID")?.split('_').any(|part| part == code) {
        return Err(tile.wrong("TILE_ID", &format!("the metadata of tile {code}")));
    }
    if special(product, "NODATA")?.is_some_and(|count| count != 0) {
        return Err(product.wrong("SPECIAL_VALUE_INDEX", "NODATA 0"));
    }
    Ok(())
}

fn time_of(product: &Metadata, tile: &Metadata) -> Result<Utc> {
    match tile.text_if("SENSING_TIME") {
        Some(text) => Utc::parse(text).ok_or_else(|| tile.wrong("SENSING_TIME", "a time")),
        None => {
            Utc::parse(product.text("PRODUCT_START_TIME")?).ok_or_else(|| product.wrong("PRODUCT_START_TIME", "a time"))
        }
    }
}

/// A count with a meaning of its own.
fn special(product: &Metadata, name: &str) -> Result<Option<u16>> {
    let names = product.all("Special_Values/SPECIAL_VALUE_TEXT");
    let mut pairs = names.zip(product.all("Special_Values/SPECIAL_VALUE_INDEX"));
    let Some((_, count)) = pairs.find(|(leaf, _)| leaf.text == name) else { return Ok(None) };
    let wrong = || product.wrong("SPECIAL_VALUE_INDEX", &format!("the count of {name}, from 0 to 65535"));
    count.text.parse().map(Some).map_err(|_| wrong())
}

fn band_of(product: &Metadata, name: &str, id: &str, zenith_deg: f64) -> Result<MapBand> {
    let counts_a_one = product.number("QUANTIFICATION_VALUE")?;
    if !plausible::QUANTIFICATION.contains(&counts_a_one) {
        return Err(product.wrong("QUANTIFICATION_VALUE", "a number from 1000 to 100000 (10000 as ESA writes it)"));
    }
    let reflectance = Scale { mult: 1.0 / counts_a_one, add: offset_of(product, name, id)? / counts_a_one };
    let reflectance = plausible::reflectance(&product.path, name, reflectance)?;
    let irradiance = product.of_band("Solar_Irradiance_List/SOLAR_IRRADIANCE", id);
    let nearer = product.number("Reflectance_Conversion/U").ok();
    let cosine = zenith_deg.to_radians().cos();
    // rho = pi L / (E0 U cos z), PSD 15.0 Level-1C radiometric model; without sun nothing was divided
    let radiance = irradiance.zip(nearer).filter(|_| cosine > 0.0).map(|(irradiance, nearer)| {
        let factor = irradiance * nearer * cosine / std::f64::consts::PI;
        Scale { mult: reflectance.mult * factor, add: reflectance.add * factor }
    });
    Ok(MapBand { channel: name.to_string(), reflectance, radiance })
}

/// What is added to counts. It is never guessed: a thousand counts are a tenth of reflectance.
fn offset_of(product: &Metadata, name: &str, id: &str) -> Result<f64> {
    let text = product.text("PROCESSING_BASELINE")?;
    let is_baseline =
        text.len() == 5 && text.bytes().enumerate().all(|(i, b)| if i == 2 { b == b'.' } else { b.is_ascii_digit() });
    let baseline = text.parse::<f64>().ok().filter(|_| is_baseline);
    let Some(baseline) = baseline else {
        return Err(product.wrong("PROCESSING_BASELINE", "a baseline, nn.nn"));
    };
    let has_offsets = product.all("RADIO_ADD_OFFSET").next().is_some();
    match product.of_band("RADIO_ADD_OFFSET", id) {
        Some(offset) => Ok(offset),
        None if !has_offsets && baseline < OFFSET_SINCE => Ok(0.0),
        None => {
            let expected = format!("RADIO_ADD_OFFSET of band_id {id} ({name}), as every baseline from 04.00 on has it");
            Err(product.wrong("PROCESSING_BASELINE", &expected))
        }
    }
}

/// The angles of the sun every 5 km; what is no number, or far from the mean, is taken from the mean.
fn grid_of(tile: &Metadata, mean_deg: f64) -> Option<ZenithGrid> {
    let step = |name: &str| tile.number(name).ok().filter(|step| *step > 0.0);
    let step_m = (step("Sun_Angles_Grid/Zenith/ROW_STEP")?, step("Sun_Angles_Grid/Zenith/COL_STEP")?);
    let angle =
        |text: &str| text.parse().ok().filter(|angle: &f32| sun::is_near(*angle, mean_deg)).unwrap_or(mean_deg as f32);
    let rows: Vec<Vec<f32>> = tile
        .all("Sun_Angles_Grid/Zenith/Values_List/VALUES")
        .map(|leaf| leaf.text.split_ascii_whitespace().map(angle).collect())
        .collect();
    let columns = rows.first()?.len();
    let zenith_deg = Array2::from_shape_vec((rows.len(), columns), rows.concat()).ok()?;
    Some(ZenithGrid { step_m, zenith_deg })
}

fn marks_of(files: &Files, notes: &mut Vec<Note>) -> Vec<MarkFile> {
    let spectral = ("cloud is told from the bands alone", "云只按各波段判断");
    let classes = files.ending("MSK_CLASSI_B00.jp2");
    let Some(path) = classes.first() else {
        // until baseline 04.00 clouds are polygons: they are rough, and often none where there is cloud
        let note = if files.ending("MSK_CLOUDS_B00.gml").is_empty() {
            Note::absent("MSK_CLASSI_B00", "in the product", spectral)
        } else {
            Note::new(
                format!("the polygons of MSK_CLOUDS_B00 are not read; {}", spectral.0),
                format!("不读取 MSK_CLOUDS_B00 多边形: {}", spectral.1),
            )
        };
        notes.push(note);
        return Vec::new();
    };
    let layouts = [Layout::MsiCloud, Layout::MsiCloud, Layout::MsiSnow];
    let numbered = layouts.into_iter().zip(1..);
    numbered.map(|(layout, number)| MarkFile { file: BandFile { path: path.to_path_buf(), number }, layout }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::granule;

    const NAME: &str = "S2B_MSIL1C_20251020T040719_N0511_R061_T48SUF_20251020T055555";
    const TILE: &str = "GRANULE/L1C_T48SUF_A000001_20251020T040719";

    fn product(baseline: &str, offsets: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><n1:Level-1C_User_Product xmlns:n1=\"x\"><n1:General_Info><Product_Info>\
             <PRODUCT_URI>{NAME}.SAFE</PRODUCT_URI><PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL>\
             <PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>\
             <Datatake><SPACECRAFT_NAME>Sentinel-2B</SPACECRAFT_NAME>\
             </Datatake></Product_Info><Product_Image_Characteristics>\
             <Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT>\
             <SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>\
             <Special_Values><SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT>\
             <SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX></Special_Values>\
             <QUANTIFICATION_VALUE unit=\"none\">10000</QUANTIFICATION_VALUE>{offsets}<Reflectance_Conversion><U>1.0</U>\
             <Solar_Irradiance_List><SOLAR_IRRADIANCE bandId=\"12\">85.25</SOLAR_IRRADIANCE></Solar_Irradiance_List>\
             </Reflectance_Conversion></Product_Image_Characteristics></n1:General_Info></n1:Level-1C_User_Product>"
        )
    }

    fn tile(id: &str, zenith: &str) -> String {
        format!(
            "<n1:Level-1C_Tile_ID xmlns:n1=\"x\"><n1:General_Info>\
             <TILE_ID>S2B_OPER_MSI_L1C_TL_2BPS_A1_{id}_N05.11</TILE_ID>\
             <SENSING_TIME>2025-10-20T04:10:05.127Z</SENSING_TIME></n1:General_Info><n1:Geometric_Info><Tile_Angles>\
             <Sun_Angles_Grid><Zenith><COL_STEP unit=\"m\">5000</COL_STEP>\
             <ROW_STEP unit=\"m\">5000</ROW_STEP><Values_List>\
             <VALUES>50 51 NaN 120</VALUES><VALUES>52 53 54 300</VALUES></Values_List></Zenith></Sun_Angles_Grid>\
             <Mean_Sun_Angle><ZENITH_ANGLE>{zenith}</ZENITH_ANGLE></Mean_Sun_Angle></Tile_Angles>\
             </n1:Geometric_Info></n1:Level-1C_Tile_ID>"
        )
    }

    fn offsets() -> String {
        let one = |id: u8| format!("<RADIO_ADD_OFFSET band_id=\"{id}\">-1000</RADIO_ADD_OFFSET>");
        format!("<Radiometric_Offset_List>{}</Radiometric_Offset_List>", (0..13).map(one).collect::<String>())
    }

    /// A SAFE folder without images but empty ones of three bands.
    fn safe(product: &str, tile: &str) -> (tempfile::TempDir, Granule) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |part: &str| folder.path().join(format!("{NAME}.SAFE/{part}"));
        std::fs::create_dir_all(path(&format!("{TILE}/IMG_DATA"))).expect("made");
        std::fs::create_dir_all(path(&format!("{TILE}/QI_DATA"))).expect("made");
        std::fs::write(path("MTD_MSIL1C.xml"), product).expect("written");
        std::fs::write(path(&format!("{TILE}/MTD_TL.xml")), tile).expect("written");
        for band in ["B8A", "B11", "B12"] {
            std::fs::write(path(&format!("{TILE}/IMG_DATA/T48SUF_20251020T040719_{band}.jp2")), "").expect("written");
            std::fs::write(path(&format!("{TILE}/QI_DATA/MSK_DETFOO_{band}.jp2")), "").expect("written");
        }
        std::fs::write(path(&format!("{TILE}/QI_DATA/MSK_CLASSI_B00.jp2")), "").expect("written");
        let (mut granules, errors) = granule::collect(&[folder.path().to_path_buf()]);
        assert!(errors.is_empty() && granules.len() == 1, "{errors:?}");
        (folder, granules.remove(0))
    }

    #[test]
    fn a_product_is_drawn_with_its_offset() {
        let (_folder, granule) = safe(&product("05.11", &offsets()), &tile("T48SUF", "60.0"));
        assert_eq!((granule.name.as_str(), granule.time.rfc3339().as_str()), (NAME, "2025-10-20T04:07:19Z"));
        let drawn = draw(&granule).expect("drawn");
        let draft = drawn.draft;
        assert_eq!((draft.bands.len(), draft.marks.len(), drawn.notes.len()), (3, 3, 4));
        assert_eq!((draft.time.rfc3339().as_str(), draft.saturated_count), ("2025-10-20T04:10:05Z", Some(65_535)));
        let (role, file, band) = &draft.bands[2];
        assert!(*role == BandRole::Swir22 && file.path.parent().is_some_and(|folder| folder.ends_with("IMG_DATA")));
        // (3000 - 1000) / 10000; 0.2 * 85.25 * cos 60 / pi
        assert!((band.reflectance.of(3000) - 0.2).abs() < 1e-12);
        let radiance = band.radiance.expect("with the irradiance");
        assert!((radiance.of(3000) - 2.713_58).abs() < 1e-4, "{}", radiance.of(3000));
        assert!(draft.bands[1].2.radiance.is_none(), "no irradiance of B11");
        let zenith = draft.sun_zenith_grid.expect("a grid").zenith_deg;
        assert_eq!(zenith, ndarray::array![[50.0, 51.0, 60.0, 60.0], [52.0, 53.0, 54.0, 60.0]]);
    }

    #[test]
    fn an_offset_is_never_guessed() {
        for (baseline, offsets, offset) in
            [("02.06", String::new(), Some(0.0)), ("03.01", offsets(), Some(-0.1)), ("99.99", offsets(), Some(-0.1))]
        {
            let (_folder, granule) = safe(&product(baseline, &offsets), &tile("T48SUF", "60.0"));
            let bands = draw(&granule).expect("drawn").draft.bands;
            assert_eq!(Some(bands[0].2.reflectance.add), offset, "{baseline}");
        }
        for baseline in ["04.00", "05.11", "07.00", "unknown", "5", "+2.06"] {
            let (_folder, granule) = safe(&product(baseline, ""), &tile("T48SUF", "60.0"));
            let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(
                error.contains(&format!("PROCESSING_BASELINE {baseline}")) && error.contains("MTD_MSIL1C.xml"),
                "{error}"
            );
        }
    }

    #[test]
    fn metadata_that_cannot_be_are_refused() {
        let good = product("02.06", "");
        for (product, tile, said) in [
            (good.replace("T48SUF", "T48SUG"), tile("T48SUF", "60.0"), "the metadata of S2B_MSIL1C_20251020T040719"),
            (good.clone(), tile("T48SUG", "60.0"), "the metadata of tile T48SUF"),
            (good.clone(), tile("T48SUF", "200.0"), "-110 degrees"),
            (good.replace("Level-1C</PROC", "Level-2A</PROC"), tile("T48SUF", "60.0"), "PROCESSING_LEVEL Level-2A"),
            (good.replace("10000", "0"), tile("T48SUF", "60.0"), "QUANTIFICATION_VALUE 0"),
            (good.replace("10000", "1e30"), tile("T48SUF", "60.0"), "QUANTIFICATION_VALUE 1e30"),
            (good.replace("10000", "1e-30"), tile("T48SUF", "60.0"), "1000 to 100000"),
            (good.clone(), "<a>".to_string(), "metadata that cannot be read"),
        ] {
            let (_folder, granule) = safe(&product, &tile);
            let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said), "{said}: {error}");
        }
    }

    #[test]
    fn a_product_of_two_tiles_and_one_of_the_ground_are_refused() {
        let (folder, granule) = safe(&product("02.06", ""), &tile("T48SUF", "60.0"));
        let safe = folder.path().join(format!("{NAME}.SAFE"));
        std::fs::create_dir_all(safe.join("GRANULE/other")).expect("made");
        std::fs::write(safe.join("GRANULE/other/MTD_TL.xml"), "").expect("written");
        let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("2 of MTD_TL.xml"), "{error}");
        std::fs::write(safe.join("MTD_MSIL2A.xml"), "").expect("written");
        let error = draw(&granule).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("Level-2A"), "{error}");
    }
}
