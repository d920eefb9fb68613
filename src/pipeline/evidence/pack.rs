//! The zip: each file is read, checked and written in turn, so that no more than one is in memory.

use super::chips::{self, word};
use super::document::{self, Pictured};
use super::imagery::kept_chips;
use super::mask::Mask;
use super::material::Material;
use super::pictures::{for_document, masked};
use super::timeline::{self, Teller, exact, received};
use super::{folder, readme};
use crate::cases::PhotoKind;
use crate::error::{Error, Result};
use crate::layers::named_areas::NamedAreas;
use crate::pipeline::housekeeping::{original_photo, photo_file};
use crate::sealed::sha256;
use crate::site::Site;
use crate::store::Photo;
use crate::time::Utc;
use geo::MultiPolygon;
use std::collections::BTreeMap;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Photos in the document; all are in the zip.
const IN_DOCUMENT: usize = 12;
/// Looks in the document; all are in the zip.
const LOOKS_IN_DOCUMENT: usize = 4;
/// Pieces of imagery in the document; all are in the zip.
const IMAGERY_IN_DOCUMENT: usize = 4;

/// Where files of a case lie.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// Photos of officers.
    pub photos: Option<PathBuf>,
    /// Pictures and clips of cameras, and pieces of imagery.
    pub pictures: Option<PathBuf>,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Files of the zip.
    pub files: usize,
    /// What should be in it and is not, with the reason.
    pub missing: Vec<String>,
}

/// A line of manifest.csv.
struct Listed {
    name: String,
    bytes: String,
    sha256: String,
    source: String,
    time: String,
    state: &'static str,
}

/// The zip under way.
struct Packing<'a, W: Write + Seek> {
    zip: ZipWriter<W>,
    /// What stands before the names of files of a simulated case.
    mark: &'static str,
    material: &'a Material,
    site: &'a Site,
    folders: &'a Folders,
    mask: Option<Mask>,
    listed: Vec<Listed>,
    missing: Vec<String>,
    pictures: BTreeMap<String, Vec<u8>>,
}

/// `evidence-ID.zip`, `evidence-ID-masked.zip`; one of a simulated case says so.
pub fn file_name(material: &Material, is_masked: bool) -> String {
    let simulated = if material.is_simulated() { "-SIMULATED" } else { "" };
    let masked = if is_masked { "-masked" } else { "" };
    format!("evidence-{}{masked}{simulated}.zip", word(&material.shown.stored.event.id))
}

/// Writes the zip of a case; `is_masked`: a copy for publishing.
///
/// # Errors
/// [`Error::Output`] where it cannot be written; [`Error::Config`] where the site's template cannot be filled.
pub fn pack<W: Write + Seek>(
    material: &Material,
    site: &Site,
    folders: &Folders,
    is_masked: bool,
    now: Utc,
    out: W,
) -> Result<(W, Packed)> {
    let mut packing = Packing {
        zip: ZipWriter::new(out),
        mark: if material.is_simulated() { "模拟-" } else { "" },
        material,
        site,
        folders,
        mask: is_masked.then(|| Mask::of(&material.persons)),
        listed: Vec::new(),
        missing: Vec::new(),
        pictures: BTreeMap::new(),
    };
    let mut looks = packing.looks()?;
    looks.extend(packing.imagery()?);
    let photos = packing.photos()?;
    packing.cameras()?;
    packing.sightings()?;
    let entries = Teller { material, mask: packing.mask.as_ref() }.entries();
    packing.put("timeline.csv", &timeline::table(&entries)?, "数据库", now, "处置时间线")?;
    packing.audit(now)?;
    let teller = Teller { material, mask: packing.mask.as_ref() };
    let docx = document::docx(site, &teller, &entries, &photos, &looks, &packing.missing, &packing.pictures, now)?;
    packing.put("case.docx", &docx, "模板 case.docx", now, "案件报告")?;
    let text = readme::text(material, site, is_masked, &packing.missing, now);
    packing.put("README.txt", text.as_bytes(), "本系统", now, "说明")?;
    packing.finish()
}

fn failed(error: zip::result::ZipError) -> Error {
    Error::output("evidence.zip", error)
}

impl<W: Write + Seek> Packing<'_, W> {
    fn is_masked(&self) -> bool {
        self.mask.is_some()
    }

    /// A name in the zip, marked where the case is simulated.
    fn named(&self, name: &str) -> String {
        match name.rsplit_once('/') {
            Some((folder, file)) => format!("{folder}/{}{file}", self.mark),
            None => format!("{}{name}", self.mark),
        }
    }

    fn put(&mut self, name: &str, bytes: &[u8], source: &str, time: Utc, what: &'static str) -> Result<()> {
        let name = self.named(name);
        self.write(&name, bytes)?;
        self.listed.push(Listed {
            name,
            bytes: bytes.len().to_string(),
            sha256: sha256(bytes),
            source: source.to_string(),
            time: exact(time),
            state: what,
        });
        Ok(())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let is_packed = ["jpg", "png", "webp", "heic", "mp4", "docx"].iter().any(|ending| name.ends_with(ending));
        let method = if is_packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        self.zip.start_file(name, SimpleFileOptions::default().compression_method(method)).map_err(failed)?;
        self.zip.write_all(bytes).map_err(|error| Error::output("evidence.zip", error))
    }

    /// Names what should be there and is not.
    fn lack(&mut self, name: &str, sha256: &str, source: &str, time: Utc, why: &str) {
        let name = self.named(name);
        self.missing.push(format!("{name}：{why}"));
        let (sha256, source, time) = (sha256.to_string(), source.to_string(), exact(time));
        self.listed.push(Listed { name, bytes: String::new(), sha256, source, time, state: "缺失" });
    }

    /// The line below each picture of a masked copy: no place finer than the township.
    fn line(&self, taken: Utc) -> (String, String) {
        let event = &self.material.shown.stored.event;
        let day = taken.beijing_as("%Y-%m-%d").unwrap_or_default();
        let (chinese, ascii) = if self.mark.is_empty() { ("", "") } else { ("模拟数据 ", "SIMULATED ") };
        let county = event.county.as_ref().map(|county| county.adcode.clone()).unwrap_or_default();
        let place = document::place(self.site, event, true);
        (format!("{chinese}{place} {day} 脱敏副本"), format!("{ascii}{county} {day} MASKED COPY"))
    }

    /// Pictures of the looks of satellites.
    fn looks(&mut self) -> Result<Vec<Pictured>> {
        let cells = cells(self.site);
        let (drawn, left_out) = chips::drawn(self.material, self.site, &cells, self.is_masked());
        let mut shown = Vec::new();
        for look in drawn {
            self.put(&format!("satellite/{}.png", look.name), &look.png, "按探测记录绘制", look.time, "卫星示意图")?;
            if shown.len() < LOOKS_IN_DOCUMENT {
                shown.push(Pictured {
                    key: look.name.clone(),
                    caption: look.caption,
                    has_picture: true,
                    width_mm: 150,
                });
                self.pictures.insert(look.name, look.png);
            }
        }
        if left_out > 0 {
            self.missing.push(format!("satellite/：另有 {left_out} 次观测未绘制，见 timeline.csv"));
        }
        Ok(shown)
    }

    /// Pieces of 30 m and 20 m imagery that were cut of it. They show the place, so that a masked copy has none.
    fn imagery(&mut self) -> Result<Vec<Pictured>> {
        let event = &self.material.shown.stored.event.id;
        let kept = self.folders.pictures.as_deref().map(|folder| kept_chips(folder, event)).unwrap_or_default();
        let mut shown = Vec::new();
        for (number, chip) in (1..).zip(kept) {
            let key = format!("imagery{number:02}");
            let name = format!("卫星影像/{number:02}-{}.png", word(&chip.granule));
            let source = format!("产品 {}", chip.granule);
            let read = |folder: &Path| folder::read(folder, &folder.join(&chip.image)).ok().flatten();
            let why = if self.is_masked() {
                "卫星影像显示确切位置，不列入脱敏副本"
            } else {
                "影像已不能读取"
            };
            let png = self.folders.pictures.as_deref().filter(|_| !self.is_masked()).and_then(read);
            let Some(png) = png else {
                self.lack(&name, "", &source, chip.time, why);
                continue;
            };
            self.put(&name, &png, &source, chip.time, "卫星影像切片，波段与拉伸见图内说明")?;
            if shown.len() < IMAGERY_IN_DOCUMENT {
                let caption = format!(
                    "卫星影像切片（不是示意图）：{}（北京时间），产品 {}，SHA-256 {}",
                    exact(chip.time),
                    chip.granule,
                    sha256(&png)
                );
                shown.push(Pictured { key: key.clone(), caption, has_picture: true, width_mm: 130 });
                self.pictures.insert(key, png);
            }
        }
        Ok(shown)
    }

    fn photos(&mut self) -> Result<Vec<Pictured>> {
        let mut shown = Vec::new();
        for (number, photo) in (1..).zip(&self.material.photos) {
            let kind = photo.kind.map_or("other", PhotoKind::code);
            let stem = format!("photos/{number:02}-{kind}");
            let picture =
                if self.is_masked() { self.masked_photo(&stem, photo)? } else { self.original(&stem, photo)? };
            let key = format!("photo{number:02}");
            let teller = Teller { material: self.material, mask: self.mask.as_ref() };
            let caption = document::of_photo(&teller, number, photo, received(self.material, photo));
            let has_picture = shown.len() < IN_DOCUMENT && picture.is_some();
            if let Some(picture) = picture.filter(|_| has_picture) {
                self.pictures.insert(key.clone(), picture);
            }
            let width_mm = self.pictures.get(&key).map_or(0, |picture| width_mm(picture));
            shown.push(Pictured { key, caption, has_picture, width_mm });
        }
        Ok(shown)
    }

    /// The original as the phone had it, checked; gives a small one for the document.
    fn original(&mut self, stem: &str, photo: &Photo) -> Result<Option<Vec<u8>>> {
        let (name, source) =
            (format!("{stem}.{}", ending(&photo.mime)), format!("{} 的手机，照片 {}", photo.who, photo.id));
        let bytes = self.photo_bytes(photo);
        let found = bytes.as_ref().map(|bytes| sha256(bytes));
        let why = match found.as_deref() {
            Some(found) if found == photo.sha256 => None,
            Some(found) => Some(format!("原图与手机登记的 SHA-256 不符（登记 {}，现为 {found}）", photo.sha256)),
            None if photo.complete => Some("原图已收到，现不在本系统的照片目录".to_string()),
            None => Some(format!("原图未到（已收 {} / {} 字节）", photo.received, photo.size)),
        };
        match (why, bytes) {
            (None, Some(bytes)) => {
                self.put(&name, &bytes, &source, photo.taken, "原图，SHA-256 与手机登记的一致")?;
                let small = for_document(&bytes).or_else(|| self.small(photo));
                Ok(small)
            }
            (why, _) => {
                self.lack(&name, &photo.sha256, &source, photo.taken, &why.unwrap_or_default());
                // the small one is no original, and better than nothing
                let small = self.small(photo);
                if let Some(small) = &small {
                    self.put(&format!("{stem}-small.jpg"), small, &source, photo.taken, "手机缩小的图，不是原图")?;
                }
                Ok(small)
            }
        }
    }

    /// A copy for publishing: of the original where it is whole and can be read, else of the small one.
    fn masked_photo(&mut self, stem: &str, photo: &Photo) -> Result<Option<Vec<u8>>> {
        let name = format!("{stem}-check.jpg");
        let (chinese, ascii) = self.line(photo.taken);
        let whole = self.photo_bytes(photo).filter(|bytes| sha256(bytes) == photo.sha256);
        let of_whole = whole.and_then(|bytes| masked(&bytes, (&chinese, &ascii)).ok());
        if of_whole.is_none() {
            self.missing.push(format!("{}：原图未到、与登记不符或无法读取", self.named(&name)));
        }
        let of_small = || masked(&self.small(photo)?, (&chinese, &ascii)).ok();
        let copy = of_whole.or_else(of_small);
        match &copy {
            Some(copy) => self.put(&name, copy, "现场照片", photo.taken, "脱敏副本，发布前须人工核看人脸、车牌")?,
            None => self.lack(&name, "", "现场照片", photo.taken, "手机缩小的图也不在，未制作副本"),
        }
        Ok(copy)
    }

    fn photo_bytes(&self, photo: &Photo) -> Option<Vec<u8>> {
        let folder = self.folders.photos.as_deref().filter(|_| photo.complete)?;
        folder::read(folder, &original_photo(folder, photo)).ok().flatten()
    }

    fn small(&self, photo: &Photo) -> Option<Vec<u8>> {
        let folder = self.folders.photos.as_deref().filter(|_| photo.small)?;
        folder::read(folder, &photo_file(folder, photo, ".small.jpg")).ok().flatten()
    }

    /// What cameras showed that were asked to look.
    fn cameras(&mut self) -> Result<()> {
        for look in &self.material.looks {
            let stem = format!("cameras/{}-{}", look.time.compact(), word(&look.camera));
            if let Some(image) = &look.image {
                self.kept(&stem, image, &look.camera, look.time)?;
            }
        }
        Ok(())
    }

    /// Pictures and clips of sightings.
    fn sightings(&mut self) -> Result<()> {
        for sighting in &self.material.sightings {
            let who = sighting.camera.as_deref().unwrap_or(sighting.origin.spoken());
            let stem = format!("sightings/{}-{}", sighting.time.compact(), word(&sighting.id));
            if let Some(image) = &sighting.image {
                self.kept(&stem, image, who, sighting.time)?;
            }
        }
        Ok(())
    }

    /// A picture of the folder of pictures, and the clip beside it.
    fn kept(&mut self, stem: &str, image: &str, source: &str, time: Utc) -> Result<()> {
        let ending = Path::new(image).extension().and_then(|ending| ending.to_str()).unwrap_or("jpg").to_lowercase();
        let ending = if self.is_masked() { "jpg".to_string() } else { word(&ending) };
        let name = format!("{stem}.{ending}");
        if image.starts_with("http://") || image.starts_with("https://") {
            let why = if self.is_masked() {
                "图片在对方平台上".to_string()
            } else {
                format!("图片在对方平台上：{image}")
            };
            self.lack(&name, "", source, time, &why);
            return Ok(());
        }
        let at = |ending: Option<&str>| {
            let folder = self.folders.pictures.as_deref()?;
            let path = folder::within(folder, image)?;
            let path = ending.map_or(path.clone(), |ending| path.with_extension(ending));
            folder::read(folder, &path).ok().flatten()
        };
        let (picture, clip) = (at(None), at(Some("mp4")));
        let (chinese, ascii) = self.line(time);
        let picture = match self.is_masked() {
            true => picture.and_then(|bytes| masked(&bytes, (&chinese, &ascii)).ok()),
            false => picture,
        };
        match (&picture, self.is_masked()) {
            (Some(bytes), false) => self.put(&name, bytes, source, time, "图片原件")?,
            (Some(bytes), true) => self.put(&name, bytes, source, time, "脱敏副本，发布前须人工核看人脸、车牌")?,
            (None, _) => self.lack(&name, "", source, time, "图片已不在，或不在本系统的图片目录内"),
        }
        match (clip, self.is_masked()) {
            (Some(bytes), false) => self.put(&format!("{stem}.mp4"), &bytes, source, time, "视频片段原件"),
            (Some(_), true) => {
                self.lack(&format!("{stem}.mp4"), "", source, time, "视频片段不列入脱敏副本");
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    /// The lines of the audit that concern the case.
    fn audit(&mut self, now: Utc) -> Result<()> {
        let lines = self.material.audit.iter();
        let bytes = match self.is_masked() {
            false => timeline::csv(
                &["seq", "at_us", "at", "who", "origin", "action", "record", "detail", "previous", "hash"],
                lines.map(|chained| {
                    let line = &chained.line;
                    let first = [line.seq.to_string(), line.at.micros().to_string(), line.at.rfc3339()];
                    let rest = [
                        &line.who,
                        &line.origin,
                        &line.action,
                        &line.record,
                        &line.detail,
                        &chained.previous,
                        &chained.hash,
                    ];
                    first.into_iter().chain(rest.map(String::clone)).collect()
                }),
            ),
            // who, from where and with what values is not published; number and hash say which line it is
            true => timeline::csv(
                &["seq", "at", "action", "hash"],
                lines.map(|chained| {
                    let line = &chained.line;
                    vec![line.seq.to_string(), line.at.rfc3339(), line.action.clone(), chained.hash.clone()]
                }),
            ),
        }?;
        self.put("audit.csv", &bytes, "审计日志", now, "审计摘录")
    }

    fn finish(mut self) -> Result<(W, Packed)> {
        let rows = self.listed.iter().map(|listed| {
            let Listed { name, bytes, sha256, source, time, state } = listed;
            vec![name.clone(), bytes.clone(), sha256.clone(), source.clone(), time.clone(), (*state).to_string()]
        });
        let heads = ["文件", "字节", "SHA-256", "来源", "时间（北京时间）", "状态"];
        let table = timeline::csv(&heads, rows)?;
        let name = self.named("manifest.csv");
        self.write(&name, &table)?;
        let files = self.listed.iter().filter(|listed| !listed.bytes.is_empty()).count() + 1;
        let out = self.zip.finish().map_err(failed)?;
        Ok((out, Packed { files, missing: self.missing }))
    }
}

/// One that is upright is narrower, so that two of them fit on a page, mm.
fn width_mm(picture: &[u8]) -> u32 {
    let reader = image::ImageReader::new(std::io::Cursor::new(picture)).with_guessed_format().ok();
    let size = reader.and_then(|reader| reader.into_dimensions().ok());
    if size.is_some_and(|(wide, high)| high > wide) { 75 } else { 120 }
}

/// The cells of the patrol grid, where the site has one that can be read.
fn cells(site: &Site) -> Vec<MultiPolygon<f64>> {
    let areas = site.layers.grid.as_deref().and_then(|path| NamedAreas::read(path, "layers.grid").ok());
    areas.map(|areas| areas.iter().map(|(_, shape)| shape.clone()).collect()).unwrap_or_default()
}

fn ending(mime: &str) -> &'static str {
    match mime {
        "image/png" => "png",
        "image/heic" | "image/heif" => "heic",
        "image/webp" => "webp",
        _ => "jpg",
    }
}
