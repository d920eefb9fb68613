//! The site's part of a geostationary look as a file: decoded once, whatever is done with it afterwards.
//!
//! Little-endian: `SFLOOK1\n`, length of the head, the head as JSON, then the values of each band of the head and the states of the
//! pixels, each deflated behind its length, and the SHA-256 of all before. What is read is what was written, to the last bit.

use super::task::Planned;
use crate::deliver::{PROGRAM_VERSION, atomic};
use crate::error::{Error, Result};
use crate::ingest::{Note, Reading};
use crate::place::LonLatBox;
use crate::scene::{BandRaster, BandRole, FixedGrid, Look, PixelState, Scene, Window};
use crate::sealed;
use crate::time::Utc;
use crate::units::PlanckLaw;
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SFLOOK1\n";

#[derive(Serialize, Deserialize)]
struct Head {
    /// What it was named by.
    key: String,
    granule: String,
    satellite: String,
    sensor: String,
    #[serde(with = "crate::time::exact")]
    time: Utc,
    simulated: bool,
    grid: FixedGrid,
    window: Window,
    bands: Vec<(BandRole, String, Option<PlanckLaw>)>,
    notes: Vec<serde_json::Value>,
}

/// Where the look of these files is kept: named by the files, what is read of them, and the version that read them.
pub fn path_of(folder: &Path, planned: &Planned, area: &LonLatBox) -> PathBuf {
    let mut text = format!("{PROGRAM_VERSION} {area:?} {}\n", crate::detect::HALO);
    for sum in &planned.sums {
        text += &format!("{}  {}\n", sum.sha256, sum.path.file_name().unwrap_or_default().to_string_lossy());
    }
    let key = sealed::sha256(text.as_bytes());
    folder.join(&key[..2]).join(format!("{key}.look"))
}

fn key_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Keeps what was read, where it is a fixed grid and all of it could be read.
///
/// # Errors
/// [`Error::Output`].
pub fn keep(path: &Path, reading: &Reading) -> Result<()> {
    match &reading.look {
        Some(Look::Fixed(scene)) if reading.problems.is_empty() => {
            let bytes = to_bytes(&key_of(path), scene, &reading.notes).map_err(|error| Error::output(path, error))?;
            atomic::write_bytes(path, &bytes)
        }
        _ => Ok(()),
    }
}

/// What was kept; `None` where nothing was, or it is not whole: then it is decoded anew.
pub fn kept(path: &Path) -> Option<Reading> {
    let bytes = std::fs::read(path).ok()?;
    let (body, _) = sealed::open(&bytes, MAGIC).ok()?;
    let (scene, notes) = parse(&key_of(path), body)?;
    Some(Reading { look: Some(Look::Fixed(Box::new(scene))), counts: None, problems: Vec::new(), notes })
}

fn to_bytes(key: &str, scene: &Scene, notes: &[Note]) -> std::io::Result<Vec<u8>> {
    let head = Head {
        key: key.to_string(),
        granule: scene.granule.clone(),
        satellite: scene.satellite.clone(),
        sensor: scene.sensor.clone(),
        time: scene.time,
        simulated: scene.simulated,
        grid: scene.grid,
        window: scene.window,
        bands: scene.bands.iter().map(|(role, band)| (*role, band.channel.clone(), band.planck)).collect(),
        notes: notes.iter().map(Note::record).collect(),
    };
    let head = serde_json::to_vec(&head)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((head.len() as u32).to_le_bytes());
    bytes.extend(head);
    // the fastest: what is small at the end is that most bytes of a float repeat
    let mut compressor = Compressor::new(CompressionLvl::new(1).unwrap_or_default());
    for band in scene.bands.values() {
        put(&mut bytes, &mut compressor, &planes(&band.values))?;
    }
    let states: Vec<u8> = scene.state.iter().map(|state| *state as u8).collect();
    put(&mut bytes, &mut compressor, &states)?;
    Ok(sealed::seal(bytes))
}

/// First bytes of all values, then second ones, and so on: neighbours are alike.
fn planes(values: &Array2<f32>) -> Vec<u8> {
    let count = values.len();
    let mut planes = vec![0; 4 * count];
    for (i, value) in values.iter().enumerate() {
        for (plane, byte) in value.to_le_bytes().into_iter().enumerate() {
            planes[plane * count + i] = byte;
        }
    }
    planes
}

fn put(bytes: &mut Vec<u8>, compressor: &mut Compressor, raw: &[u8]) -> std::io::Result<()> {
    let mut packed = vec![0; compressor.deflate_compress_bound(raw.len())];
    let length = compressor.deflate_compress(raw, &mut packed).map_err(std::io::Error::other)?;
    bytes.extend((length as u32).to_le_bytes());
    bytes.extend(&packed[..length]);
    Ok(())
}

/// Takes the next part, of so many bytes when it is inflated.
fn take(rest: &mut &[u8], decompressor: &mut Decompressor, count: usize) -> Option<Vec<u8>> {
    let packed = take_part(rest)?;
    let mut raw = vec![0; count];
    let length = decompressor.deflate_decompress(packed, &mut raw).ok()?;
    (length == count).then_some(raw)
}

/// Takes bytes behind their length.
fn take_part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (part, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(part)
}

/// `None` also for the look of other files under this name.
fn parse(key: &str, mut rest: &[u8]) -> Option<(Scene, Vec<Note>)> {
    let head: Head = serde_json::from_slice(take_part(&mut rest)?).ok().filter(|head: &Head| head.key == key)?;
    let (shape, mut decompressor) = ((head.window.lines, head.window.columns), Decompressor::new());
    let count = shape.0.checked_mul(shape.1)?;
    let mut bands = BTreeMap::new();
    for (role, channel, planck) in head.bands {
        let raw = take(&mut rest, &mut decompressor, count.checked_mul(4)?)?;
        let value = |i: usize| f32::from_le_bytes([raw[i], raw[count + i], raw[2 * count + i], raw[3 * count + i]]);
        let values = Array2::from_shape_vec(shape, (0..count).map(value).collect()).ok()?;
        bands.insert(role, BandRaster { channel, values, planck });
    }
    let raw = take(&mut rest, &mut decompressor, count)?;
    let states: Vec<PixelState> =
        raw.iter().map(|byte| PixelState::ALL.get(usize::from(*byte)).copied()).collect::<Option<_>>()?;
    let scene = Scene {
        granule: head.granule,
        satellite: head.satellite,
        sensor: head.sensor,
        time: head.time,
        simulated: head.simulated,
        grid: head.grid,
        window: head.window,
        bands,
        state: Array2::from_shape_vec(shape, states).ok()?,
        height_m: None,
    };
    let notes = head.notes.into_iter().map(serde_json::from_value).collect::<std::result::Result<_, _>>().ok()?;
    Some((scene, notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Sweep;

    fn scene() -> Scene {
        let law = PlanckLaw::at_wavelength(3.9, 6.6e-34, 3e8, 1.4e-23);
        let value = |(line, column): (usize, usize)| if line == 1 { f32::NAN } else { 0.1 + column as f32 / 3.0 };
        let band = |planck| BandRaster { channel: "B".into(), values: Array2::from_shape_fn((2, 3), value), planck };
        Scene {
            granule: "g".into(),
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            time: Utc::from_micros(1_760_938_200_123_456).expect("a time"),
            simulated: true,
            grid: FixedGrid {
                sub_lon_deg: 140.7,
                distance_km: 42_164.0,
                equatorial_km: 6378.137,
                polar_km: 6_356.752_314_1,
                sweep: Sweep::Y,
                x0: -0.1 / 3.0,
                dx: 1e-5,
                y0: 0.15,
                dy: -5.6e-5,
                lines: 5500,
                columns: 5500,
            },
            window: Window { line0: 7, column0: 9, lines: 2, columns: 3 },
            bands: [(BandRole::Red, band(None)), (BandRole::Mir, band(Some(law)))].into(),
            state: Array2::from_shape_fn((2, 3), |(line, column)| PixelState::ALL[line + column]),
            height_m: None,
        }
    }

    /// Every number to its last bit, NaN too.
    #[test]
    fn what_is_kept_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.look");
        let notes = vec![Note::new("no band 5", "未收到 5 波段")];
        let reading = Reading { look: Some(Look::Fixed(Box::new(scene()))), counts: None, problems: Vec::new(), notes };
        keep(&path, &reading).expect("kept");
        let read = kept(&path).expect("there");
        assert_eq!(read.notes, reading.notes);
        let (read, scene) = (read.look.and_then(Look::fixed).expect("a scene"), scene());
        assert_eq!(
            (&read.granule, read.time, read.grid, read.window, &read.state),
            (&scene.granule, scene.time, scene.grid, scene.window, &scene.state)
        );
        for (role, band) in &scene.bands {
            let bits = |band: &BandRaster| band.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!((bits(&read.bands[role]), read.bands[role].planck), (bits(band), band.planck));
        }
    }

    /// What is not whole is no look: it is decoded again.
    #[test]
    fn what_was_cut_or_changed_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.look");
        let bytes = to_bytes("a", &scene(), &[]).expect("bytes");
        for length in (0..bytes.len()).step_by(7) {
            std::fs::write(&path, &bytes[..length]).expect("written");
            assert!(kept(&path).is_none(), "{length}");
        }
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 4;
        std::fs::write(&path, &changed).expect("written");
        assert!(kept(&path).is_none());
        // whole, and the look of other files
        std::fs::write(&path, &bytes).expect("written");
        assert!(kept(&path).is_some());
        let other = folder.path().join("b.look");
        std::fs::rename(&path, &other).expect("renamed");
        assert!(kept(&other).is_none());
    }

    #[test]
    fn a_look_with_a_damaged_file_is_not_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.look");
        let problems = vec![Error::input("a", "b", "c", "d")];
        let look = Some(Look::Fixed(Box::new(scene())));
        keep(&path, &Reading { look, counts: None, problems, notes: Vec::new() }).expect("done");
        assert!(!path.exists());
    }
}
