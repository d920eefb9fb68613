//! VIIRS SDR of NOAA (HDF5).

use crate::error::{Error, Result};
use crate::ingest::granule::GranuleFile;
use crate::ingest::swath::SwathReader;

pub(crate) fn open(files: &[GranuleFile]) -> Result<(Box<dyn SwathReader>, Vec<Error>)> {
    let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
    Err(Error::input(path, "SDR", "L1B", "wait"))
}
