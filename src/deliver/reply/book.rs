//! Columns behind those of a workbook: only the sheets concerned are written anew, every other part is copied as it is.

use super::{Columns, sheet_xml};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Bytes of one part at most, unpacked.
const MOST_PART: u64 = 512 << 20;

/// The workbook with the columns; the text says what of it cannot be understood.
///
/// # Errors
/// Where it is no workbook, or lacks one of the sheets.
pub fn with_columns(bytes: &[u8], sheets: &[Columns<'_>]) -> Result<Vec<u8>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let parts = parts_of_sheets(&mut archive)?;
    let mut changed: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for columns in sheets {
        let part = parts.get(columns.sheet).ok_or_else(|| format!("no part of the sheet {}", columns.sheet))?;
        let xml = part_of(&mut archive, part)?;
        changed.insert(part.clone(), sheet_xml::with_columns(&xml, columns)?);
    }
    let mut out = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() * 2)));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for at in 0..archive.len() {
        let name = archive.name_for_index(at).unwrap_or_default().to_string();
        match changed.get(&name) {
            Some(xml) => {
                out.start_file(name, packed).map_err(|error| error.to_string())?;
                out.write_all(xml).map_err(|error| error.to_string())?;
            }
            None => {
                let part = archive.by_index_raw(at).map_err(|error| error.to_string())?;
                out.raw_copy_file(part).map_err(|error| error.to_string())?;
            }
        }
    }
    out.finish().map(Cursor::into_inner).map_err(|error| error.to_string())
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn part_of(archive: &mut Archive<'_>, name: &str) -> Result<Vec<u8>, String> {
    let part = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
    let mut bytes = Vec::new();
    part.take(MOST_PART).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    Ok(bytes)
}

/// Parts of the sheets, by the names that people see.
fn parts_of_sheets(archive: &mut Archive<'_>) -> Result<BTreeMap<String, String>, String> {
    let links = attributes_of(&part_of(archive, "xl/_rels/workbook.xml.rels")?, b"Relationship")?;
    let target = |id: &str| {
        let link = links.iter().find(|link| link.get("Id").is_some_and(|own| own == id))?;
        let target = link.get("Target")?;
        Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_string))
    };
    let sheets = attributes_of(&part_of(archive, "xl/workbook.xml")?, b"sheet")?;
    let named = |sheet: &BTreeMap<String, String>| Some((sheet.get("name")?.clone(), target(sheet.get("id")?)?));
    Ok(sheets.iter().filter_map(named).collect())
}

/// Attributes of all elements of a name, each without the prefix of its name.
fn attributes_of(xml: &[u8], element: &[u8]) -> Result<Vec<BTreeMap<String, String>>, String> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut found) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == element => {
                found.push(attributes(&start)?);
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
        buffer.clear();
    }
}

fn attributes(start: &BytesStart<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        let raw = std::str::from_utf8(&attribute.value).map_err(|error| error.to_string())?;
        all.insert(name, unescape(raw).map_err(|error| error.to_string())?.into_owned());
    }
    Ok(all)
}
