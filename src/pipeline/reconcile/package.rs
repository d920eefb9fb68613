//! The package of a request to take points off (火点核减): the table, and of each row the photos of the ground with their hashes.

use super::{Reconciled, reply};
use crate::deliver::atomic;
use crate::error::Result;
use crate::pipeline::housekeeping::{original_photo, photos_of};
use crate::site::Site;
use crate::store::{Photo, Store};
use crate::tokens::hex;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Photos of the events of a list, with where their originals lie.
#[derive(Default)]
pub struct Photos(BTreeMap<String, Vec<(Photo, PathBuf)>>);

impl Photos {
    /// Of the events that a request is made for.
    pub(super) async fn of(store: &Store, site: &Site, reconciled: &Reconciled) -> Result<Photos> {
        let Some(folder) = photos_of(site) else { return Ok(Photos::default()) };
        let mut all = BTreeMap::new();
        for ours in reconciled.answers.iter().filter_map(|answer| answer.state.ours()) {
            let is_asked_for = ours.case.as_ref().and_then(reply::ground).is_some();
            if is_asked_for && !all.contains_key(&ours.event.id) {
                let photos = store.photos_of(&ours.event.id).await?;
                let with_path = photos.into_iter().map(|photo| (original_photo(&folder, &photo), photo));
                all.insert(ours.event.id.clone(), with_path.map(|(path, photo)| (photo, path)).collect());
            }
        }
        Ok(Photos(all))
    }

    fn of_event(&self, event: &str) -> &[(Photo, PathBuf)] {
        self.0.get(event).map_or(&[], Vec::as_slice)
    }
}

const LIST_HEAD: &str = "文件,事件,拍摄时间(北京时间),经度,纬度,位置误差(米),拍摄岗位,字节,SHA-256,原图\r\n";

/// Writes the package: `table` and a folder for each event. A photo that is not here yet, or is not what its phone said, is named and not packed.
/// One photo after the other goes from its file into the package: memory does not grow with them.
///
/// # Errors
/// [`crate::error::Error::Output`].
pub(super) fn write(path: &Path, table: &[u8], events: &[String], photos: &Photos) -> Result<()> {
    atomic::write_in_place(path, |out| {
        let mut zip = ZipWriter::new(out);
        let deflated = SimpleFileOptions::default();
        let stored = deflated.compression_method(zip::CompressionMethod::Stored).large_file(true);
        zip.start_file("核减申请.xlsx", deflated)?;
        zip.write_all(table)?;
        let mut list = format!("\u{FEFF}{LIST_HEAD}");
        for event in events {
            for (number, (photo, file)) in (1..).zip(photos.of_event(event)) {
                let name = format!("照片/{event}/{number:02}.{}", ending(&photo.mime));
                let whole = if photo.complete { whole(file, &photo.sha256) } else { None };
                list += &line(&name, photo, if whole.is_some() { "在包内" } else { "未到或与登记的哈希不符" });
                if let Some(mut file) = whole {
                    zip.start_file(&name, stored)?;
                    std::io::copy(&mut file, &mut zip)?;
                }
            }
        }
        zip.start_file("照片清单.csv", deflated)?;
        zip.write_all(list.as_bytes())?;
        zip.finish()?;
        Ok(())
    })
}

/// A file that has the hash, at its begin. Photos are written once and never changed.
fn whole(path: &Path, sha256: &str) -> Option<File> {
    let mut file = File::open(path).ok()?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).ok()?;
    let is_whole = hex(&hash.finalize()) == sha256;
    file.rewind().ok().filter(|()| is_whole)?;
    Some(file)
}

fn line(name: &str, photo: &Photo, state: &str) -> String {
    let number = |value: Option<f64>, digits: usize| value.map(|value| format!("{value:.digits$}")).unwrap_or_default();
    let (lon, lat) = (photo.place.map(|place| place.lon()), photo.place.map(|place| place.lat()));
    format!(
        "{name},{},{}{},{},{},{},{},{},{},{state}\r\n",
        photo.event,
        photo.taken.beijing(),
        if photo.is_by_phone() { "" } else { "（服务器收到时间）" },
        number(lon, 6),
        number(lat, 6),
        number(photo.accuracy_m, 0),
        photo.who.replace([',', '"', '\r', '\n'], " "),
        photo.size,
        photo.sha256
    )
}

fn ending(mime: &str) -> &'static str {
    match mime {
        "image/png" => "png",
        "image/heic" | "image/heif" => "heic",
        "image/webp" => "webp",
        _ => "jpg",
    }
}
