//! Damaged, missing and mixed-up files of AGRI and AMI through the built program: each is named with what was found and
//! what to do, and what was not seen is never called free of fire.

use crate::common::scan;
use crate::geo_scan::{FY4A, FY4B, GK2A};
use crate::swath_common::{files, linked, name_of, own, patched, pixels, well};
use std::path::Path;

fn hdf(folder: &Path) -> tempfile::TempDir {
    linked(folder, |name| name.ends_with(".HDF"))
}

fn rename(folder: &Path, from: &str, to: &str) {
    for path in files(folder) {
        std::fs::rename(&path, folder.join(name_of(&path).replace(from, to))).expect("renamed");
    }
}

#[test]
fn the_2_km_file_alone_has_no_thermal_infrared() {
    let folder = linked(&FY4B.slot(true), |name| name.contains("2000M"));
    scan(folder.path(), &[])
        .expect(4, &["only the 2000M file", "4000M file too", "add the ..._4000M_....HDF file"])
        .nothing_was_observed();
}

#[test]
fn a_file_under_another_name_is_refused() {
    let agri = hdf(&FY4A.slot(true));
    rename(agri.path(), "FY4A", "FY4B");
    scan(agri.path(), &[]).expect(4, &["Satellite Name", "FY4B as in its name"]).nothing_was_observed();
    let agri = hdf(&FY4B.slot(true));
    rename(agri.path(), "NOM_20251020183000", "NOM_20251020184500");
    scan(agri.path(), &[]).expect(4, &["Observing Beginning", "18:45"]).nothing_was_observed();
    let agri = hdf(&FY4B.slot(true));
    rename(agri.path(), "FY4B", "FY4C");
    scan(agri.path(), &[]).expect(4, &["satellite FY4C"]).nothing_was_observed();
    let ami = linked(&GK2A.slot(true), |name| name.ends_with(".nc"));
    rename(ami.path(), "202510201830", "202510200630");
    scan(ami.path(), &[]).expect(4, &["18:30:31", "06:30"]).nothing_was_observed();
    let ami = linked(&GK2A.slot(true), |name| name.contains("ir105") || name.contains("ir112"));
    rename(ami.path(), "ir105", "sw038");
    scan(ami.path(), &[]).expect(4, &["channel_name", "sw038 as in its name"]).nothing_was_observed();
}

#[test]
fn files_of_the_lambert_projection_are_refused() {
    let ami = linked(&GK2A.slot(true), |name| name.ends_with(".nc"));
    rename(ami.path(), "_fd020ge_", "_ko020lc_");
    scan(ami.path(), &[]).expect(4, &["Lambert", "without calibration", "full-disk files"]).nothing_was_observed();
}

/// Wherever a file is cut: an error or the whole look, never a look without fires.
#[test]
fn cut_files_are_errors() {
    for (slot, part) in [(FY4B.slot(true), "4000M"), (FY4A.slot(true), "4000M"), (GK2A.slot(true), "sw038")] {
        let whole = files(&slot).into_iter().find(|path| name_of(path).contains(part)).expect(part);
        let bytes = std::fs::read(&whole).expect("bytes");
        for share in [0.0, 0.01, 0.3, 0.7, 0.99] {
            let folder = linked(&slot, |name| !name.ends_with(".json") && !name.contains(part));
            let cut = (bytes.len() as f64 * share) as usize;
            std::fs::write(folder.path().join(name_of(&whole)), &bytes[..cut]).expect("written");
            let done = scan(folder.path(), &[]);
            if done.code == 0 {
                // what was cut off was not needed
                assert_eq!(pixels(&done), pixels(&well(&slot, &[])), "{part} cut to {share}");
                continue;
            }
            assert!([3, 4].contains(&done.code), "{part} cut to {share}: {} {}", done.code, done.log);
            done.listed(&[part]);
            if done.features("fires.geojson").is_empty() {
                done.nothing_was_observed();
            }
        }
    }
}

/// A 2 km file that is damaged costs its resolution, not the slot.
#[test]
fn a_damaged_2_km_file_leaves_the_slot_at_4_km() {
    let folder = hdf(&FY4B.slot(true));
    let path = own(folder.path(), "2000M");
    let bytes = std::fs::read(&path).expect("bytes");
    std::fs::write(&path, &bytes[..2000]).expect("written");
    let done = scan(folder.path(), &[]);
    done.expect(3, &["2000M"]).listed(&["2000M"]);
    assert!(!done.features("fires.geojson").is_empty());
}

/// 65534 lies past the earth, 65535 is fill; on FY-4A the table of channel 7 has entries for both. A slot of either is not
/// observed.
#[test]
fn codes_are_no_temperatures() {
    for (imager, group) in [(FY4A, ""), (FY4B, "Data/")] {
        for code in ["65535", "65534"] {
            let folder = hdf(&imager.slot(true));
            for part in ["2000M", "4000M"] {
                let path = own(folder.path(), part);
                let statement =
                    format!("for c in (7, 8):\n  n = '{group}NOMChannel%02d' % c\n  if n in f: f[n][...] = {code}");
                if patched(&path, &statement).is_none() {
                    return;
                }
            }
            scan(folder.path(), &[]).expect(0, &[]).nothing_was_observed();
        }
    }
    let folder = linked(&GK2A.slot(true), |name| name.ends_with(".nc"));
    let path = own(folder.path(), "sw038");
    // error flag over the hottest count
    if patched(&path, "f['image_pixel_values'][800:1200, 1500:1900] = 0xC000").is_some() {
        scan(folder.path(), &[]).expect(0, &[]).nothing_was_observed();
    }
}

/// Attributes without which counts are no temperatures and pixels no places: each is asked for by name.
#[test]
fn missing_or_senseless_attributes_are_named() {
    for (statement, said) in [
        ("del f.attrs['NOMCenterLon']", "NOMCenterLon"),
        ("del f.attrs['NOMSatHeight']", "NOMSatHeight"),
        ("f.attrs['NOMSatHeight'] = np.float32(1000)", "42,164 km"),
        ("f.attrs['End Line Number'] = np.uint16(60000)", "End Line Number"),
        ("f.attrs['Begin Line Number'] = np.uint16(0)", "as its attributes say"),
        (
            "f['Calibration/CALChannel13'][...] = 65535\nf['Calibration/CALChannel14'][...] = 0\nf['Calibration/CALChannel12'][...] = 0\nf['Calibration/CALChannel15'][...] = np.nan",
            "without temperatures",
        ),
    ] {
        let folder = linked(&FY4B.slot(true), |name| name.contains("4000M"));
        let path = own(folder.path(), "4000M");
        if patched(&path, statement).is_none() {
            return;
        }
        scan(folder.path(), &[]).expect(4, &["4000M", said]).nothing_was_observed();
    }
    for (statement, said) in [
        ("del f['image_pixel_values'].attrs['number_of_valid_bits_per_pixel']", "valid bits"),
        ("del f.attrs['cfac']", "cfac"),
        ("f.attrs['coff'] = 2700.5", "image_upperleft_x"),
        ("f.attrs['lfac'] = 20425338.9", "y falling to the south"),
        ("f.attrs['Teff_to_Tbb_c1'] = 0.0", "Teff_to_Tbb"),
        ("f.attrs['DN_to_Radiance_Gain'] = 0.0", "DN_to_Radiance_Gain"),
        ("f.attrs['projection_type'] = 'LCC'", "Lambert"),
    ] {
        let folder = linked(&GK2A.slot(true), |name| name.ends_with(".nc"));
        let path = own(folder.path(), "sw038");
        if patched(&path, statement).is_none() {
            return;
        }
        scan(folder.path(), &[]).expect(4, &["sw038", said]).nothing_was_observed();
    }
}

/// Cuts lines 850 to 1250 and columns 1350 to 1950 (in pixels of 2 km) out of a full-disk file, as the local areas are
/// delivered: the offsets then count from the sector's first pixel.
const SECTOR: &str = "
cfac = float(np.ravel(f.attrs['cfac'])[0])
k = round(cfac / 20425338.9)
l0, l1, c0, c1 = 850 * k, 1250 * k, 1350 * k, 1950 * k
d = f['image_pixel_values']
part, words = d[l0:l1, c0:c1], {n: d.attrs[n] for n in d.attrs if n not in ('DIMENSION_LIST', 'CLASS', 'NAME', '_FillValue')}
del f['image_pixel_values']
d = f.create_dataset('image_pixel_values', data=part, chunks=(100, 100), compression='gzip')
for n, v in words.items(): d.attrs[n] = v
step = np.radians(65536 / cfac)
f.attrs['number_of_lines'], f.attrs['number_of_columns'] = np.int32(l1 - l0), np.int32(c1 - c0)
";

/// A folder with the night slot of GK-2A as an extended local area; `None`, said, without Python.
fn local_area(offsets: &str) -> Option<tempfile::TempDir> {
    let folder = linked(&GK2A.slot(true), |name| name.contains("sw038") || name.contains("ir112"));
    for part in ["sw038", "ir112"] {
        patched(&own(folder.path(), part), &format!("{SECTOR}{offsets}"))?;
    }
    rename(folder.path(), "_fd020ge_", "_ela020ge_");
    Some(folder)
}

#[test]
fn a_local_area_is_read_where_its_offsets_place_it() {
    let placed = "f.attrs['coff'] -= c0\nf.attrs['loff'] -= l0\n\
                  f.attrs['image_upperleft_x'] += c0 * step\nf.attrs['image_upperleft_y'] -= l0 * step";
    let Some(folder) = local_area(placed) else { return };
    let (done, whole) =
        (well(folder.path(), &[]), linked(&GK2A.slot(true), |name| name.contains("sw038") || name.contains("ir112")));
    let whole = well(whole.path(), &[]);
    let fires = |done: &crate::common::Ran| -> Vec<(String, u64, u64)> {
        let all = done.features("fires.geojson");
        let number = |fire: &serde_json::Value, key: &str| fire["properties"][key].as_u64().expect(key);
        let place = |fire: &serde_json::Value| fire["geometry"]["coordinates"].to_string();
        all.iter().map(|fire| (place(fire), number(fire, "line"), number(fire, "column"))).collect()
    };
    assert!(!fires(&whole).is_empty());
    let moved: Vec<_> = fires(&done).into_iter().map(|(place, l, c)| (place, l + 850, c + 1350)).collect();
    assert_eq!(moved, fires(&whole));
    let granule = &done.json("scan.json")["granules"][0]["granule"];
    assert_eq!(granule, "AMI-L1B_GK2A_ELA-GE_202510201830");
}

/// Offsets of the whole disk in a sector would put the pixels of Haidong into the far north-west.
#[test]
fn a_local_area_that_cannot_be_placed_is_refused() {
    let Some(folder) = local_area("") else { return };
    scan(folder.path(), &[]).expect(4, &["sw038", "image_upperleft_x"]).nothing_was_observed();
    let Some(folder) = local_area("del f.attrs['image_upperleft_x'], f.attrs['image_upperleft_y']") else { return };
    scan(folder.path(), &[])
        .expect(4, &["sw038", "400 lines and 600 columns", "full-disk files"])
        .nothing_was_observed();
}
