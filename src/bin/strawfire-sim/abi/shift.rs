//! `strawfire-sim shift`: the same real scene, warmer or colder by so many kelvin.

use super::{bands, granule::Granule, read_scene};
use crate::error::{Result, file, usage};
use crate::output;
use serde_json::json;
use std::path::PathBuf;

/// Write copies of ABI L1b files whose brightness temperatures are changed by some kelvin.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kelvin to add in every emissive band (7 to 16); negative makes it colder.
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    kelvin: f64,
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// GOES ABI L1b files of one scene.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    if !(-100.0..=100.0).contains(&args.kelvin) {
        return Err(usage(
            format!("--kelvin {}", args.kelvin),
            "a change from -100 to 100 K",
            "write it like --kelvin -20",
        ));
    }
    output::make_folder(&args.out)?;
    let mut cut = 0;
    let mut names = Vec::new();
    for mut granule in read_scene(&args.inputs, &args.out)? {
        if bands::is_emissive(granule.band) {
            cut += shift(&mut granule, args.kelvin)?;
        }
        let target = granule.write_copy(&args.out)?;
        names.push(target.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }
    let truth = json!({
        "simulated": true,
        "kelvin": args.kelvin,
        "files": names,
        "pixels_cut_to_the_valid_range": cut,
        "notes": [
            "bands 7 to 16 are changed through the files' own planck words; the others are copies",
            "quality flags are kept; the statistics variables of the files are not recomputed",
        ],
    });
    output::write_json(&args.out.join("truth.json"), &truth)?;
    println!(
        "{} files and truth.json written to {}: {:+} K, {cut} pixels cut to the valid range",
        names.len(),
        args.out.display(),
        args.kelvin
    );
    Ok(())
}

/// Shifts every pixel that has a temperature; returns how many did not fit the scale.
fn shift(granule: &mut Granule, kelvin: f64) -> Result<usize> {
    let Some([fk1, fk2, bc1, bc2]) = granule.planck else {
        return Err(file(
            &granule.path,
            "no planck_fk1, fk2, bc1, bc2",
            "the calibration words of an emissive band",
            "fetch the file again",
        ));
    };
    let mut cut = 0;
    for index in 0..granule.pixels() {
        if let Some(brightness) = granule.brightness_k(index) {
            let effective = bc1 + bc2 * (brightness + kelvin).max(1.0);
            let radiance = fk1 / (fk2 / effective).exp_m1();
            cut += usize::from(granule.set_radiance(index, radiance));
        }
    }
    Ok(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::fixture;

    #[test]
    fn temperatures_move_by_the_kelvin_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        for band in [7, 14] {
            let path = fixture::write(folder.path(), band, 290.0);
            for kelvin in [-20.0, 15.0] {
                let mut granule = Granule::read(&path).expect("read");
                let before = granule.brightness_k(100).expect("a temperature");
                assert_eq!(shift(&mut granule, kelvin).expect("shifted"), 0);
                let after = granule.brightness_k(100).expect("a temperature");
                // Half a count is up to 0.06 K here.
                assert!((after - before - kelvin).abs() < 0.07, "{band}: {before} {after}");
            }
        }
    }

    #[test]
    fn the_copy_must_not_land_on_the_original() {
        let folder = tempfile::tempdir().expect("a folder");
        let args = Args {
            kelvin: 1.0,
            out: folder.path().to_path_buf(),
            inputs: vec![fixture::write(folder.path(), 7, 290.0)],
        };
        assert_eq!(run(&args).expect_err("refused").exit_code(), 2);
    }
}
