//! What belongs to a product, wherever it lies: in a folder, an archive or a bucket. GDAL lists all of these and opens
//! the rasters in them; texts are read here.

use crate::error::{Error, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes of the longest text: the metadata of a Sentinel-2 tile have half a megabyte.
const LONGEST_TEXT: u64 = 32 << 20;

/// Whether GDAL has a handler of its own for a path, so that the system knows nothing of it.
pub(in crate::ingest) fn is_virtual(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with("/vsi"))
}

/// Names right under a virtual folder.
///
/// # Errors
/// When GDAL cannot list it.
pub(in crate::ingest) fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    crate::layers::raster::quiet_gdal();
    gdal::vsi::read_dir(folder, false).map_err(|error| unlisted(folder, &error.to_string()))
}

const BUCKET: &str =
    "check the spelling; of a bucket set AWS_REGION and the login in AWS_*, or AWS_NO_SIGN_REQUEST=YES";

/// Whether a path is that of an archive.
pub(super) fn is_archive(path: &Path) -> bool {
    let name = name_of(path).to_ascii_lowercase();
    name.ends_with(".zip") || is_tar(&name)
}

fn unlisted(path: &Path, said: &str) -> Error {
    let advice =
        if is_archive(path) && path.is_file() { "fetch the archive again: it is cut off or damaged" } else { BUCKET };
    Error::input(
        path,
        format!("nothing that GDAL lists ({said})"),
        "a folder, an archive or a bucket with a prefix",
        advice,
    )
}

/// All files of a product.
#[derive(Debug)]
pub(super) struct Files(Vec<PathBuf>);

impl Files {
    /// Of a folder or an archive, at any depth.
    ///
    /// # Errors
    /// When GDAL cannot list it.
    pub fn of(product: &Path) -> Result<Files> {
        crate::layers::raster::quiet_gdal();
        let folder = as_folder(product);
        let found = gdal::vsi::read_dir(&folder, true).map_err(|error| unlisted(product, &error.to_string()))?;
        let is_folder = |path: &Path| path.to_str().is_some_and(|path| path.ends_with('/'));
        Ok(Files(found.into_iter().filter(|path| !is_folder(path)).map(|path| folder.join(path)).collect()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.iter()
    }

    /// Those whose names end so.
    pub fn ending(&self, end: &str) -> Vec<&PathBuf> {
        self.0.iter().filter(|path| name_of(path).ends_with(end)).collect()
    }
}

/// Name of a file; empty where it is none that can be read.
pub(super) fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// A path as GDAL enters it: an archive by its handler.
fn as_folder(path: &Path) -> PathBuf {
    let name = name_of(path).to_ascii_lowercase();
    let handler = if name.ends_with(".zip") {
        "/vsizip/"
    } else if is_tar(&name) {
        "/vsitar/"
    } else {
        return path.to_path_buf();
    };
    if path.to_str().is_some_and(|path| path.starts_with(handler)) {
        return path.to_path_buf();
    }
    let mut whole = OsString::from(handler);
    whole.push(path);
    PathBuf::from(whole)
}

fn is_tar(name: &str) -> bool {
    [".tar", ".tar.gz", ".tgz"].iter().any(|end| name.ends_with(end))
}

/// The text of a file as [`Files`] names it.
///
/// # Errors
/// When it cannot be read or is no text.
pub(super) fn text_of(path: &Path) -> Result<String> {
    let bytes = bytes_of(path)?;
    String::from_utf8(bytes).map_err(|_| Error::input(path, "bytes that are no text", "metadata in UTF-8", FETCH))
}

const FETCH: &str = "fetch the file again";

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let Some(inside) = path.to_str().filter(|path| path.starts_with("/vsi")) else {
        return of_disk(path);
    };
    if let Some(key) = inside.strip_prefix("/vsis3/") {
        let (bucket, key) = key.split_once('/').unwrap_or((key, ""));
        return crate::ingest::remote::read_object(bucket, key);
    }
    let wrong = |found: String| Error::input(path, found, "a member of a sound archive", FETCH);
    if let Some((archive, member)) = inside.strip_prefix("/vsizip/").and_then(split) {
        return of_zip(&archive, &member).map_err(|said| wrong(format!("a zip that cannot be read ({said})")));
    }
    if let Some((archive, member)) = inside.strip_prefix("/vsitar/").and_then(split) {
        return of_tar(&archive, &member).map_err(|said| wrong(format!("a tar that cannot be read ({said})")));
    }
    let advice = "fetch the product first and name the file on this machine";
    Err(Error::input(
        path,
        "metadata in a place that is not read",
        "/vsizip/, /vsitar/ of files here, or /vsis3/",
        advice,
    ))
}

/// A plain file: a pipe would be waited for, and a device read without end.
fn of_disk(path: &Path) -> Result<Vec<u8>> {
    regular(path)?;
    let file = File::open(path).map_err(|error| Error::read(path, error))?;
    bounded(file).map_err(|error| Error::read(path, error))
}

/// Refuses what is no plain file, nor a link to one.
///
/// # Errors
/// When it is none or cannot be found.
pub(super) fn regular(path: &Path) -> Result<()> {
    let is_file = std::fs::metadata(path).map_err(|error| Error::read(path, error))?.is_file();
    if is_file {
        return Ok(());
    }
    Err(Error::input(path, "a folder, a pipe or a device", "a plain file or a link to one", FETCH))
}

/// An archive on this machine and what follows it.
fn split(path: &str) -> Option<(PathBuf, String)> {
    let archive = Path::new(path).ancestors().find(|ancestor| ancestor.is_file())?;
    let member = Path::new(path).strip_prefix(archive).ok()?;
    Some((archive.to_path_buf(), member.to_str()?.to_string()))
}

fn of_zip(archive: &Path, member: &str) -> std::result::Result<Vec<u8>, String> {
    let file = File::open(archive).map_err(|error| error.to_string())?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    let inside = archive.by_name(member).map_err(|error| error.to_string())?;
    bounded(inside).map_err(|error| error.to_string())
}

fn of_tar(archive: &Path, member: &str) -> std::result::Result<Vec<u8>, String> {
    let said = |error: io::Error| error.to_string();
    let mut file = File::open(archive).map_err(said)?;
    let is_plain = archive.extension().is_some_and(|end| end.eq_ignore_ascii_case("tar"));
    let found = if is_plain {
        in_tar(&mut file, member, |file, bytes| file.seek(SeekFrom::Current(bytes as i64)).map(|_| ())).map_err(said)?
    } else {
        let mut unpacked = flate2::read::MultiGzDecoder::new(io::BufReader::new(file));
        in_tar(&mut unpacked, member, |unpacked, bytes| {
            io::copy(&mut unpacked.by_ref().take(bytes), &mut io::sink()).map(|_| ())
        })
        .map_err(said)?
    };
    found.ok_or_else(|| format!("no {member} in it"))
}

/// Bytes of a block of a tar.
const BLOCK: u64 = 512;

/// Bytes of the largest member: a band has some hundred megabytes.
const LARGEST_MEMBER: u64 = 1 << 40;

/// A member of a tar (POSIX ustar: name, size in octal, prefix); `None` where it ends before.
fn in_tar<R: Read>(
    tar: &mut R,
    member: &str,
    skip: impl Fn(&mut R, u64) -> io::Result<()>,
) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0_u8; BLOCK as usize];
    loop {
        tar.read_exact(&mut head)?;
        if head.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let text = |from: usize, to: usize| {
            let field = &head[from..to];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).into_owned()
        };
        let (name, prefix) = (text(0, 100), if &head[257..262] == b"ustar" { text(345, 500) } else { String::new() });
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        // a scene of several gigabytes has its size in binary
        let size = if head[124] & 0x80 != 0 {
            let size = head[128..136].iter().fold(0, |size: u64, byte| (size << 8) | u64::from(*byte));
            // beyond what a file can have a seek would go backwards, and this never end
            if size > LARGEST_MEMBER {
                return Err(io::Error::other("a member larger than a file can be"));
            }
            size
        } else {
            u64::from_str_radix(text(124, 136).trim(), 8)
                .map_err(|_| io::Error::other("a head without the size of its member"))?
        };
        let is_file = matches!(head[156], 0 | b'0');
        if is_file && name.trim_start_matches("./") == member {
            let bytes = bounded(tar.by_ref().take(size))?;
            return if bytes.len() as u64 == size { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        skip(tar, size.div_ceil(BLOCK) * BLOCK)?;
    }
}

fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LONGEST_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_TEXT {
        return Err(io::Error::other(format!("more than {LONGEST_TEXT} bytes of metadata")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn archives_are_entered_by_their_handlers() {
        for (path, entered) in [
            ("/data/a.SAFE", "/data/a.SAFE"),
            ("/data/a.SAFE.zip", "/vsizip//data/a.SAFE.zip"),
            ("a.tar.gz", "/vsitar/a.tar.gz"),
            ("/vsitar//data/a.tar", "/vsitar//data/a.tar"),
            ("/vsis3/bucket/a.tar", "/vsitar//vsis3/bucket/a.tar"),
            ("/vsis3/bucket/a", "/vsis3/bucket/a"),
        ] {
            assert_eq!(as_folder(Path::new(path)).to_str(), Some(entered));
        }
        assert!(is_virtual(Path::new("/vsis3/bucket/a")) && !is_virtual(Path::new("vsis3/a")));
    }

    /// A tar as the standard lays it out: heads of 512 bytes, contents filled up to as many.
    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, content) in members {
            let mut head = [0_u8; 512];
            head[..name.len()].copy_from_slice(name.as_bytes());
            head[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            head[156] = b'0';
            head[257..262].copy_from_slice(b"ustar");
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(content);
            bytes.resize(bytes.len().div_ceil(512) * 512, 0);
        }
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    #[test]
    fn a_member_of_a_tar_is_found_whatever_lies_before_it() {
        let bytes = tar(&[("a_B1.TIF", &[7; 700]), ("./a_MTL.txt", b"GROUP = X")]);
        let skip = |tar: &mut Cursor<Vec<u8>>, bytes: u64| tar.seek(SeekFrom::Current(bytes as i64)).map(|_| ());
        let find = |bytes: Vec<u8>, name: &str| in_tar(&mut Cursor::new(bytes), name, skip);
        assert_eq!(find(bytes.clone(), "a_MTL.txt").expect("a tar"), Some(b"GROUP = X".to_vec()));
        assert_eq!(find(bytes.clone(), "b_MTL.txt").expect("a tar"), None);
        // a size in binary that a seek would take as one backwards
        let mut huge = bytes.clone();
        huge[124..136].fill(0xff);
        assert!(find(huge, "a_MTL.txt").expect_err("too large").to_string().contains("larger than"));
        assert!(find(bytes[..1300].to_vec(), "b_MTL.txt").is_err(), "cut off");
    }

    #[test]
    fn an_archive_that_is_cut_off_has_nothing_to_do_with_buckets() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("a.SAFE.zip");
        std::fs::write(&archive, b"PK\x03\x04").expect("written");
        let said = unlisted(&archive, "nothing").to_string();
        assert!(said.contains("cut off") && !said.contains("AWS"), "{said}");
        assert!(unlisted(Path::new("/vsis3/bucket/x"), "nothing").to_string().contains("AWS_REGION"));
    }

    #[test]
    fn a_device_is_no_metadata() {
        let said = text_of(Path::new("/dev/zero")).expect_err("refused").to_string();
        assert!(said.contains("/dev/zero") && said.contains("plain file"), "{said}");
    }
}
