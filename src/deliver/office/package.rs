//! The zip that an office document is: its parts by name, none of them larger than it may be.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Parts of a document at most: an office program writes some dozens.
const MOST_PARTS: usize = 10_000;

/// A document as it came.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Bytes of one part at most, unpacked.
    most: u64,
}

/// Parts that are written anew, or taken away (`None`).
pub type Changes = BTreeMap<String, Option<Vec<u8>>>;

impl<'a> Package<'a> {
    /// Opens a document whose parts have at most so many bytes, unpacked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(bytes: &'a [u8], most: u64) -> Result<Package<'a>, String> {
        // what a password makes of it, and what Word and Excel wrote before 2007
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err("a file with a password, or of Office 97".to_string());
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("no zip ({error})"))?;
        if archive.len() > MOST_PARTS {
            return Err(format!("{} parts", archive.len()));
        }
        Ok(Package { archive, most })
    }

    /// Names of its parts.
    pub fn names(&self) -> Vec<String> {
        self.archive.file_names().map(str::to_string).collect()
    }

    /// The bytes of a part.
    ///
    /// # Errors
    /// Where it is not there, damaged or too large.
    pub fn part(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let part = self.archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        let mut bytes = Vec::new();
        part.take(self.most + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
        if bytes.len() as u64 > self.most {
            return Err(format!("{name}: more than {} MiB unpacked", self.most >> 20));
        }
        Ok(bytes)
    }

    /// A part as text.
    ///
    /// # Errors
    /// As [`Package::part`], and where it is not UTF-8.
    pub fn text(&mut self, name: &str) -> Result<String, String> {
        String::from_utf8(self.part(name)?).map_err(|_| format!("{name}: not UTF-8"))
    }

    /// The document with these parts in the place of its own; all others are copied as they are.
    ///
    /// # Errors
    /// Where a part cannot be copied.
    pub fn with(mut self, changes: &Changes) -> Result<Vec<u8>, String> {
        let told = |error: zip::result::ZipError| error.to_string();
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let add = |out: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, bytes: &[u8]| {
            out.start_file(name, packed).map_err(told)?;
            out.write_all(bytes).map_err(|error| error.to_string())
        };
        let mut there = Vec::new();
        for at in 0..self.archive.len() {
            let name = self.archive.name_for_index(at).unwrap_or_default().to_string();
            match changes.get(&name) {
                Some(Some(bytes)) => add(&mut out, &name, bytes)?,
                Some(None) => {}
                None => out.raw_copy_file(self.archive.by_index_raw(at).map_err(told)?).map_err(told)?,
            }
            there.push(name);
        }
        for (name, bytes) in changes.iter().filter(|(name, _)| !there.contains(name)) {
            if let Some(bytes) = bytes {
                add(&mut out, name, bytes)?;
            }
        }
        out.finish().map(Cursor::into_inner).map_err(told)
    }

    /// Parts of the sheets of a workbook in their order, with the names that people see.
    ///
    /// # Errors
    /// Where it is no workbook.
    pub fn sheets(&mut self) -> Result<Vec<(String, String)>, String> {
        let links = attributes_of(&self.part("xl/_rels/workbook.xml.rels")?, b"Relationship")?;
        let target = |id: &str| {
            let link = links.iter().find(|link| link.get("Id").is_some_and(|own| own == id))?;
            let target = link.get("Target")?;
            Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_string))
        };
        let sheets = attributes_of(&self.part("xl/workbook.xml")?, b"sheet")?;
        let named = |sheet: &BTreeMap<String, String>| Some((sheet.get("name")?.clone(), target(sheet.get("id")?)?));
        Ok(sheets.iter().filter_map(named).collect())
    }
}

/// Attributes of all elements of a name, each without the prefix of its name.
///
/// # Errors
/// Where it is no XML.
pub fn attributes_of(xml: &[u8], element: &[u8]) -> Result<Vec<BTreeMap<String, String>>, String> {
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
