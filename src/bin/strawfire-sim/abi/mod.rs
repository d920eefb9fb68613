//! Real GOES ABI L1b files, changed in copies: fires put in, or the whole scene made warmer or colder.

mod bands;
mod burn;
#[cfg(test)]
mod fixture;
mod granule;
mod inject;
mod netcdf_io;
mod shift;
mod sites;

pub use inject::{Args as InjectArgs, run as inject};
pub use shift::{Args as ShiftArgs, run as shift};

use crate::error::{Result, usage};
use granule::Granule;
use std::path::{Path, PathBuf};

/// Reads all the files of one scene; a band given twice would be two scenes.
fn read_scene(inputs: &[PathBuf], out: &Path) -> Result<Vec<Granule>> {
    let mut scene: Vec<Granule> = Vec::new();
    for path in inputs {
        refuse_own_folder(path, out)?;
        let granule = Granule::read(path)?;
        if let Some(other) = scene.iter().find(|g| g.band == granule.band) {
            return Err(usage(
                format!("band {} twice: {} and {}", granule.band, other.path.display(), granule.path.display()),
                "the files of one scene, one a band",
                "give the files of one time only",
            ));
        }
        scene.push(granule);
    }
    Ok(scene)
}

/// The copies keep their names, so they must not land on the originals.
fn refuse_own_folder(input: &Path, out: &Path) -> Result<()> {
    let folder = input.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match (folder.canonicalize(), out.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => Err(usage(
            format!("--out {}, the folder of the input", out.display()),
            "another folder",
            "name an empty folder, so that no original is overwritten",
        )),
        _ => Ok(()),
    }
}
