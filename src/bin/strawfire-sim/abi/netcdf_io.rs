//! Reading words and grids out of a netCDF file, with errors that name the file and what was looked for.

use crate::error::{Result, file};
use netcdf::{AttributeValue, File, NcTypeDescriptor, Variable};
use std::path::Path;

const REMEDY: &str = "give a GOES ABI L1b radiance file (OR_ABI-L1b-Rad*.nc), or fetch it again";

/// Opens a file to read.
pub fn open(path: &Path) -> Result<File> {
    netcdf::open(path).map_err(|e| file(path, e, "a netCDF-4 file", REMEDY))
}

/// A variable that must be there.
pub fn variable<'f>(nc: &'f File, path: &Path, name: &str) -> Result<Variable<'f>> {
    nc.variable(name).ok_or_else(|| file(path, format!("no variable {name}"), format!("a variable {name}"), REMEDY))
}

/// All values of a variable as they are stored, without scale and offset.
pub fn raw<T: NcTypeDescriptor + Copy>(nc: &File, path: &Path, name: &str) -> Result<Vec<T>> {
    variable(nc, path, name)?.get_values(..).map_err(|e| file(path, format!("{name}: {e}"), "readable values", REMEDY))
}

/// The single number in a variable, or `None` where it is absent.
pub fn scalar(nc: &File, name: &str) -> Option<f64> {
    let values: Vec<f64> = nc.variable(name)?.get_values(..).ok()?;
    values.first().copied().filter(|v| v.is_finite())
}

fn attribute(nc: &File, path: &Path, name: &str, word: &str) -> Result<AttributeValue> {
    let absent = |found: String| file(path, found, format!("{name} with an attribute {word}"), REMEDY);
    variable(nc, path, name)?
        .attribute_value(word)
        .ok_or_else(|| absent(format!("no attribute {name}:{word}")))?
        .map_err(|e| absent(e.to_string()))
}

/// A number from a variable's attribute.
pub fn number(nc: &File, path: &Path, name: &str, word: &str) -> Result<f64> {
    let value = attribute(nc, path, name, word)?;
    f64::try_from(value).map_err(|e| file(path, format!("{name}:{word}: {e}"), "one number", REMEDY))
}

/// A number from a variable's attribute, or what it means when the attribute is absent.
pub fn number_or(nc: &File, path: &Path, name: &str, word: &str, absent: f64) -> Result<f64> {
    if variable(nc, path, name)?.attribute(word).is_none() {
        return Ok(absent);
    }
    number(nc, path, name, word)
}

/// A text from a variable's attribute.
pub fn text(nc: &File, path: &Path, name: &str, word: &str) -> Result<String> {
    match attribute(nc, path, name, word)? {
        AttributeValue::Str(text) => Ok(text),
        other => Err(file(path, format!("{name}:{word} = {other:?}"), "a text", REMEDY)),
    }
}

/// The two ends of `valid_range`, as unsigned counts.
pub fn valid_range(nc: &File, path: &Path, name: &str) -> Result<(u16, u16)> {
    match attribute(nc, path, name, "valid_range")? {
        AttributeValue::Shorts(ends) if ends.len() == 2 => Ok((ends[0] as u16, ends[1] as u16)),
        AttributeValue::Ushorts(ends) if ends.len() == 2 => Ok((ends[0], ends[1])),
        other => Err(file(path, format!("{name}:valid_range = {other:?}"), "two short integers", REMEDY)),
    }
}
