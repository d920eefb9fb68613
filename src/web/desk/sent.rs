//! Files that are sent from the disk, a part at a time: memory does not grow with them.

use crate::error::Error;
use crate::tokens::random_hex;
use axum::body::{Body, Bytes};
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes that are read from the disk at once.
const PART: usize = 256 << 10;

/// A file that nobody else can open, and that is gone when it is closed.
pub(super) fn unnamed(folder: &Path) -> Result<File, Error> {
    let path = folder.join(format!("strawfire-evidence-{}", random_hex(12)?));
    let failed = |error: std::io::Error| Error::output(&path, error);
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(file)
}

/// The file from where it stands on.
pub(super) fn sent(file: File) -> Body {
    let file = tokio::fs::File::from_std(file);
    Body::from_stream(futures_util::stream::try_unfold(file, async |mut file| {
        let mut part = vec![0; PART];
        let read = tokio::io::AsyncReadExt::read(&mut file, &mut part).await?;
        part.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(part), file)))
    }))
}
