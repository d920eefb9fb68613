//! Counts without a product around them: `X.tif` with a band after the other, or single files, and `X.toml` that says
//! what they are.

use super::band::dataset;
use super::files::text_of;
use super::{BandFile, Draft, Drawn, Layout, MarkFile, landsat, plausible, sentinel2, sun};
use crate::error::{Error, Result};
use crate::ingest::granule::Granule;
use crate::scene::BandRole;
use crate::scene::map::{MapBand, MapInstrument, Scale};
use crate::time::Utc;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Keys of `X.toml`; the first seven must be there.
const KEYS: [&str; 17] = [
    "sensor",
    "satellite",
    "time",
    "bands",
    "reflectance_mult",
    "reflectance_add",
    "sun_elevation_deg",
    "name",
    "files",
    "simulated",
    "SIMULATED",
    "sun_corrected",
    "radiance_mult",
    "radiance_add",
    "saturated_count",
    "quality.file",
    "quality.layout",
];

/// What must be written, for who has not.
pub(in crate::ingest) const NEEDED_KEYS: &str = "sensor = \"OLI\" (or \"MSI\"), satellite = \"...\", time = \"2025-10-20T03:55:10Z\", \
     bands = [\"B2\", ...] in their order, reflectance_mult and reflectance_add (one number or one a band), sun_elevation_deg";

/// Layouts of `quality.file` by name.
const LAYOUTS: [(&str, Layout); 4] = [
    ("qa_pixel", Layout::QaPixel),
    ("qa_radsat", Layout::QaRadsat),
    ("bqa", Layout::Bqa1),
    ("bqa_pre", Layout::BqaPre),
];

/// Endings of an image beside its TOML.
const IMAGES: [&str; 4] = ["tif", "TIF", "tiff", "TIFF"];

/// Whether a file belongs to a stack: its name, and its time where the TOML says one. A TOML alone is one when it names
/// its files.
pub(in crate::ingest) fn glance(path: &Path) -> Option<(String, Option<Utc>)> {
    let end = path.extension()?.to_str()?;
    let is_toml = end == "toml";
    if !is_toml && !IMAGES.contains(&end) {
        return None;
    }
    let toml = path.with_extension("toml");
    if !toml.is_file() {
        return None;
    }
    let has_image = !is_toml || image_beside(&toml).is_some();
    let table = text_of(&toml).ok()?.parse::<Table>().ok();
    let names_files = table.as_ref().is_some_and(|table| table.contains_key("bands") && table.contains_key("files"));
    if !has_image && !names_files {
        return None;
    }
    let stem = toml.file_stem()?.to_str()?.to_string();
    let name = table.as_ref().and_then(|table| table.get("name")?.as_str().map(str::to_string));
    // one that is none is refused when the stack is read
    Some((name.filter(|name| is_plain(name)).unwrap_or(stem), table.as_ref().and_then(time_in)))
}

/// Whether a text can name a file beside another: files are written under the name of a stack.
fn is_plain(name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    !name.is_empty() && name.len() <= 120 && !name.starts_with('.') && name.chars().all(is_letter)
}

fn image_beside(toml: &Path) -> Option<PathBuf> {
    IMAGES.iter().map(|end| toml.with_extension(end)).find(|image| image.is_file())
}

fn time_in(table: &Table) -> Option<Utc> {
    match table.get("time")? {
        Value::String(text) => Utc::parse(text),
        Value::Datetime(moment) => Utc::parse(&moment.to_string()),
        _ => None,
    }
}

/// The TOML of a stack.
struct Stack {
    path: PathBuf,
    table: Table,
}

impl Stack {
    fn read(path: PathBuf) -> Result<Stack> {
        let text = text_of(&path)?;
        let table = text.parse::<Table>().map_err(|error| {
            Error::input(&path, format!("no TOML ({})", error.message()), NEEDED_KEYS, "correct the file")
        })?;
        let stack = Stack { path, table };
        stack.refuse_others()?;
        Ok(stack)
    }

    fn refuse_others(&self) -> Result<()> {
        let within = |key: &str, value: &Value| -> Vec<String> {
            match value {
                Value::Table(table) => table.keys().map(|inner| format!("{key}.{inner}")).collect(),
                _ => vec![key.to_string()],
            }
        };
        let mut keys = self.table.iter().flat_map(|(key, value)| within(key, value));
        match keys.find(|key| !KEYS.contains(&key.as_str())) {
            Some(key) => {
                let found = format!("the unknown key {key}");
                Err(Error::input(&self.path, found, KEYS.join(", "), "correct the key or take it out"))
            }
            None => Ok(()),
        }
    }

    /// A key, or one of a table by its dotted path.
    fn value(&self, key: &str) -> Option<&Value> {
        match key.split_once('.') {
            Some((table, inner)) => self.table.get(table)?.as_table()?.get(inner),
            None => self.table.get(key),
        }
    }

    fn wrong(&self, key: &str, expected: &str) -> Error {
        let found = self.value(key).map_or_else(|| format!("no {key}"), |value| format!("{key} = {value}"));
        Error::input(&self.path, found, expected, "correct the key")
    }

    fn text(&self, key: &str) -> Result<&str> {
        self.value(key).and_then(Value::as_str).ok_or_else(|| self.wrong(key, "a text"))
    }

    fn texts(&self, key: &str) -> Result<Vec<&str>> {
        let texts =
            self.value(key).and_then(Value::as_array).and_then(|array| array.iter().map(Value::as_str).collect());
        texts.ok_or_else(|| self.wrong(key, "a list of texts"))
    }

    /// One number for every band, or one a band.
    fn numbers(&self, key: &str, bands: usize) -> Result<Vec<f64>> {
        let numbers = match self.value(key) {
            Some(Value::Array(array)) => array.iter().map(number).collect::<Option<Vec<f64>>>(),
            Some(value) => number(value).map(|number| vec![number; bands]),
            None => None,
        };
        let expected = format!("a number, or {bands}: one a band");
        numbers.filter(|numbers| numbers.len() == bands).ok_or_else(|| self.wrong(key, &expected))
    }

    fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(*flag)),
            Some(Value::Integer(number @ (0 | 1))) => Ok(Some(*number == 1)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A file in the folder of the TOML, and nowhere else.
    fn beside(&self, key: &str, name: &str) -> Result<PathBuf> {
        if is_plain(name) {
            Ok(self.path.with_file_name(name))
        } else {
            Err(self.wrong(key, "names of files beside it"))
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|n| n as f64)).filter(|n| n.is_finite())
}

pub(super) fn draw(granule: &Granule) -> Result<Drawn> {
    let path = granule.files.first().map(|file| file.path.with_extension("toml")).unwrap_or_default();
    let stack = Stack::read(path)?;
    let sensor = stack.text("sensor")?;
    let instrument = match sensor.to_ascii_uppercase().as_str() {
        "OLI" | "OLI_TIRS" => MapInstrument::Oli,
        "MSI" => MapInstrument::Msi,
        _ => return Err(stack.wrong("sensor", "OLI or MSI")),
    };
    if stack.value("name").is_some() && !stack.text("name").is_ok_and(is_plain) {
        return Err(stack.wrong("name", "letters, digits, spaces, and - _ ."));
    }
    let names = stack.texts("bands")?;
    let files = files_of(&stack, names.len())?;
    let elevation = stack.value("sun_elevation_deg").and_then(number);
    let elevation = elevation.ok_or_else(|| stack.wrong("sun_elevation_deg", "a number of degrees"))?;
    let simulated = stack.flag("simulated")?.or(stack.flag("SIMULATED")?).unwrap_or(false);
    let draft = Draft {
        granule: granule.name.clone(),
        satellite: satellite_of(&stack)?,
        instrument,
        time: time_in(&stack.table)
            .ok_or_else(|| stack.wrong("time", "a time with its offset, 2025-10-20T03:55:10Z"))?,
        simulated,
        bands: bands_of(&stack, instrument, &names, files)?,
        marks: marks_of(&stack)?,
        sun_corrected: stack.flag("sun_corrected")?.unwrap_or(instrument == MapInstrument::Msi),
        sun_elevation_deg: sun::checked(&stack.path, elevation)?,
        sun_zenith: None,
        sun_zenith_grid: None,
        saturated_count: saturated(&stack)?,
        path: stack.path.clone(),
    };
    Ok(Drawn { draft, problems: Vec::new(), notes: Vec::new() })
}

/// A name that lists and pages can print as it is.
fn satellite_of(stack: &Stack) -> Result<String> {
    let name = stack.text("satellite")?;
    let is_sound = |c: char| !c.is_control() && !"<>".contains(c);
    if name.trim().is_empty() || name.len() > 120 || !name.chars().all(is_sound) {
        return Err(stack.wrong("satellite", "a name without control characters, < and >"));
    }
    Ok(name.to_string())
}

fn saturated(stack: &Stack) -> Result<Option<u16>> {
    match stack.value("saturated_count") {
        None => Ok(Some(u16::MAX)),
        Some(value) => {
            let count = value.as_integer().and_then(|count| u16::try_from(count).ok());
            count.map(Some).ok_or_else(|| stack.wrong("saturated_count", "a count, from 0 to 65535"))
        }
    }
}

/// A file and number for each band.
fn files_of(stack: &Stack, bands: usize) -> Result<Vec<BandFile>> {
    if stack.value("files").is_some() {
        let files = stack.texts("files")?;
        if files.len() != bands {
            return Err(stack.wrong("files", &format!("{bands} files: one a band")));
        }
        let file = |name: &&str| Ok(BandFile { path: stack.beside("files", name)?, number: 1 });
        return files.iter().map(file).collect();
    }
    let Some(path) = image_beside(&stack.path) else {
        let found = "no image of its name beside it";
        return Err(Error::input(&stack.path, found, "X.tif beside X.toml, or files = [...]", "put the image there"));
    };
    let count = dataset(&path)?.raster_count();
    if count != bands {
        let expected = format!("the {bands} bands that {} names", stack.path.display());
        return Err(Error::input(
            path,
            format!("{count} bands"),
            expected,
            "name every band, in the order of the image",
        ));
    }
    Ok((1..=bands).map(|number| BandFile { path: path.clone(), number }).collect())
}

fn bands_of(
    stack: &Stack,
    instrument: MapInstrument,
    names: &[&str],
    files: Vec<BandFile>,
) -> Result<Vec<(BandRole, BandFile, MapBand)>> {
    let count = names.len();
    let (mult, add) = (stack.numbers("reflectance_mult", count)?, stack.numbers("reflectance_add", count)?);
    let has_radiance = ["radiance_mult", "radiance_add"].iter().any(|key| stack.value(key).is_some());
    let radiance = if has_radiance {
        Some((stack.numbers("radiance_mult", count)?, stack.numbers("radiance_add", count)?))
    } else {
        None
    };
    let mut bands = Vec::new();
    for (i, (name, file)) in names.iter().zip(files).enumerate() {
        if names[..i].contains(name) || !is_band(instrument, name) {
            let known = if instrument == MapInstrument::Oli { "B1 to B11" } else { "B01 to B12 and B8A" };
            return Err(stack.wrong("bands", &format!("bands of {}, {known}, each once", instrument.sensor())));
        }
        let Some(role) = role_of(instrument, name) else { continue };
        let band = MapBand {
            channel: (*name).to_string(),
            reflectance: plausible::reflectance(&stack.path, name, Scale { mult: mult[i], add: add[i] })?,
            radiance: of_radiance(stack, name, radiance.as_ref().map(|(mult, add)| (mult[i], add[i])))?,
        };
        bands.push((role, file, band));
    }
    Ok(bands)
}

fn of_radiance(stack: &Stack, name: &str, factors: Option<(f64, f64)>) -> Result<Option<Scale>> {
    factors.map(|(mult, add)| plausible::radiance(&stack.path, name, Scale { mult, add })).transpose()
}

/// Whether an instrument has a band of this name; the search makes use of some.
fn is_band(instrument: MapInstrument, name: &str) -> bool {
    match instrument {
        MapInstrument::Oli => (1..=11).any(|number| name == format!("B{number}")),
        MapInstrument::Msi => name == "B8A" || (1..=12).any(|number| name == format!("B{number:02}")),
    }
}

fn role_of(instrument: MapInstrument, name: &str) -> Option<BandRole> {
    match instrument {
        MapInstrument::Oli => {
            let found = landsat::BANDS.iter().find(|(number, _)| name == format!("B{number}"));
            found.map(|(_, role)| *role)
        }
        MapInstrument::Msi => sentinel2::BANDS.iter().find(|(_, known, _)| *known == name).map(|(role, _, _)| *role),
    }
}

fn marks_of(stack: &Stack) -> Result<Vec<MarkFile>> {
    if stack.value("quality").is_none() {
        return Ok(Vec::new());
    }
    let layout = stack.text("quality.layout")?;
    let Some((_, layout)) = LAYOUTS.iter().find(|(name, _)| *name == layout) else {
        let names: Vec<&str> = LAYOUTS.iter().map(|(name, _)| *name).collect();
        return Err(stack.wrong("quality.layout", &names.join(", ")));
    };
    let file = BandFile { path: stack.beside("quality.file", stack.text("quality.file")?)?, number: 1 };
    Ok(vec![MarkFile { file, layout: *layout }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::granule;

    const GOOD: &str = "sensor = 'OLI'\nsatellite = 'Landsat-8'\ntime = '2025-10-20T03:55:10Z'\nbands = ['B5', 'B6', 'B7', 'B9']\n\
        files = ['a.tif', 'b.tif', 'c.tif', 'd.tif']\nreflectance_mult = 2e-5\nreflectance_add = [-0.1, -0.1, -0.1, 0]\n\
        sun_elevation_deg = 40\n[quality]\nfile = 'q.tif'\nlayout = 'bqa_pre'\n";

    fn stack(text: &str) -> (tempfile::TempDir, Vec<Granule>, Vec<Error>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("field.toml");
        std::fs::write(&path, text).expect("written");
        let (granules, errors) = granule::collect(&[path]);
        (folder, granules, errors)
    }

    #[test]
    fn files_of_single_bands_are_a_stack() {
        let (folder, granules, errors) = stack(GOOD);
        assert!(errors.is_empty() && granules.len() == 1, "{errors:?}");
        assert_eq!((granules[0].name.as_str(), granules[0].time.rfc3339().as_str()), ("field", "2025-10-20T03:55:10Z"));
        let draft = draw(&granules[0]).expect("drawn").draft;
        let channels: Vec<&str> = draft.bands.iter().map(|(_, _, band)| band.channel.as_str()).collect();
        assert_eq!(channels, ["B5", "B6", "B7"], "no test needs B9");
        assert_eq!(draft.bands[1].1, BandFile { path: folder.path().join("b.tif"), number: 1 });
        assert_eq!(draft.bands[2].2.reflectance, Scale { mult: 2e-5, add: -0.1 });
        assert_eq!((draft.marks[0].layout, draft.sun_corrected, draft.simulated), (Layout::BqaPre, false, false));
        let moment = GOOD.replace("'2025-10-20T03:55:10Z'", "2025-10-20T11:55:10+08:00");
        let (_folder, granules, _) = stack(&moment.replace("sensor", "SIMULATED = 1\nsensor"));
        let draft = draw(&granules[0]).expect("drawn").draft;
        assert!(draft.simulated && draft.time.rfc3339() == "2025-10-20T03:55:10Z");
    }

    #[test]
    fn a_key_that_cannot_be_is_named() {
        for (text, said) in [
            (GOOD.replace("layout", "lay"), "quality.lay"),
            (GOOD.replace("sensor = 'OLI'", "sensor = 'ETM'"), "OLI or MSI"),
            (GOOD.replace("sun_elevation_deg = 40", ""), "no sun_elevation_deg"),
            (GOOD.replace("= 40", "= 140"), "140 degrees"),
            (GOOD.replace("T03:55:10Z", ""), "a time with its offset"),
            (GOOD.replace("'B9'", "'B12'"), "B1 to B11"),
            (GOOD.replace("'B9'", "'B7'"), "each once"),
            (GOOD.replace("2e-5", "0"), "reflectance 0 * count"),
            (GOOD.replace("2e-5", "1e30"), "1e-6 to 1e-3"),
            (GOOD.replace("'Landsat-8'", "'<b>x</b>'"), "a name without control characters"),
            (GOOD.replace("2e-5", "[2e-5]"), "a number, or 4"),
            (GOOD.replace(", 'd.tif'", ""), "4 files: one a band"),
            (GOOD.replace("'d.tif'", "'../d.tif'"), "files beside it"),
            (GOOD.replace("'q.tif'", "'/vsicurl/http://127.0.0.1/q.tif'"), "files beside it"),
            (format!("name = '../x'\n{GOOD}"), "letters, digits"),
            (GOOD.replace("bqa_pre", "x"), "qa_pixel, qa_radsat, bqa, bqa_pre"),
            (format!("simulated = 'yes'\n{GOOD}"), "true or false"),
        ] {
            let (_folder, granules, _) = stack(&text);
            let error = draw(&granules[0]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said) && error.contains("field.toml"), "{said}: {error}");
        }
    }

    /// An image alone says what must be written; another TOML is none of ours; an image and its TOML are one granule.
    #[test]
    fn an_image_needs_its_toml() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for (name, text) in
            [("alone.tif", ""), ("site.toml", "name = 'a'"), ("pair.tif", ""), ("pair.toml", "name = 'two'")]
        {
            std::fs::write(path(name), text).expect("written");
        }
        let (granules, errors) = granule::collect(&[path("alone.tif")]);
        let said = errors.iter().map(Error::to_string).collect::<String>();
        assert!(granules.is_empty() && said.contains("alone.toml") && said.contains("sun_elevation_deg"), "{said}");
        let (granules, errors) = granule::collect(&[folder.path().to_path_buf()]);
        assert_eq!((granules.len(), errors.len()), (1, 0), "{granules:?} {errors:?}");
        assert_eq!((granules[0].name.as_str(), granules[0].files.len()), ("two", 2));
        let (granules, _) = granule::collect(&[path("pair.tif")]);
        let error = draw(&granules[0]).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("no sensor"), "{error}");
    }
}
