//! Damaged, missing and mixed-up granules of polar orbiters through the built program: each is named with what was found
//! and what to do, what was readable is used, and what was not seen is never called free of fire.

use crate::common::{Ran, python_with, scan};
use crate::swath_common::{
    FIRES, MERSI, MODIS, Order, SLSTR, files, link_into, linked, made, name_of, own, patched, pixels, well, with_fires,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A small granule with the four fires.
const VIIRS: Order = Order { name: "viirs-small", words: &["viirs", "--lines", "448", "--cloud", "0"] };
const SMALL_SDR: Order = Order {
    name: "sdr-small",
    words: &["viirs", "--format", "sdr", "--bands", "img", "--lines", "448", "--cloud", "0"],
};

const WHOLE_SDR: Order =
    Order { name: "sdr-both", words: &["viirs", "--format", "sdr", "--lines", "448", "--cloud", "0"] };

/// A folder of links to a small granule's files with these parts in their names.
fn viirs(parts: &[&str]) -> tempfile::TempDir {
    let folder = with_fires(VIIRS).expect("simulated");
    linked(&folder, |name| parts.iter().any(|part| name.contains(part)))
}

fn fires(done: &Ran) -> Vec<Value> {
    done.features("fires.geojson")
}

fn algorithm(done: &Ran) -> String {
    done.json("scan.json")["granules"][0]["algorithm"].as_str().expect("a name").to_string()
}

#[test]
fn measurements_without_geolocation_and_the_other_way_round() {
    scan(viirs(&["02IMG", "02MOD"]).path(), &[])
        .expect(4, &["VNP02IMG", "only", "03IMG", "name the missing file"])
        .nothing_was_observed();
    scan(viirs(&["03IMG"]).path(), &[]).expect(4, &["VNP03IMG"]).nothing_was_observed();
    // the M bands are whole: they are searched, and what is missing is said
    let done = scan(viirs(&["02IMG", "02MOD", "03MOD"]).path(), &[]);
    done.expect(0, &["no 03IMG", "M bands"]);
    assert_eq!(algorithm(&done), "viirs-750m");
    assert!(fires(&done).len() >= 4);
}

#[test]
fn without_m13_the_power_comes_from_i4_or_is_unknown() {
    let whole = well(viirs(&["IMG", "MOD"]).path(), &[]);
    let absent = scan(viirs(&["IMG"]).path(), &[]);
    absent.expect(0, &["M13"]);
    let notes = |done: &Ran| done.json("scan.json")["granules"][0]["notes"].clone();
    assert_eq!(notes(&absent).as_array().map(Vec::len), Some(1));
    assert!(notes(&absent)[0].as_str().is_some_and(|note| note.contains("no 02MOD") && note.contains("I04")));
    assert_eq!(notes(&whole).as_array().map(Vec::len), Some(0));
    let damaged = viirs(&["IMG", "MOD"]);
    let file = own(damaged.path(), "02MOD");
    let bytes = std::fs::read(&file).expect("read");
    std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut");
    let cut = scan(damaged.path(), &[]);
    cut.expect(3, &["VNP02MOD", "fetch"]).listed(&["VNP02MOD"]);
    let power = |fire: &Value| fire["properties"]["frp_mw"].as_f64();
    for done in [&absent, &cut] {
        assert_eq!(pixels(done), pixels(&whole));
        for fire in fires(done) {
            let in_scale = fire["properties"]["bt_mir_k"].as_f64().expect("a temperature") < 360.0;
            assert_eq!(power(&fire).is_some(), in_scale, "saturated I4 has no power, never zero: {fire}");
        }
    }
    assert!(fires(&whole).iter().all(|fire| power(fire).is_some_and(|mw| mw > 0.0)));
}

#[test]
fn bands_that_are_not_in_the_file() {
    let folder = viirs(&["IMG"]);
    let file = own(folder.path(), "02IMG");
    if patched(&file, "del f['observation_data/I01']").is_none() {
        return;
    }
    let whole = well(viirs(&["IMG"]).path(), &[]);
    let done = scan(folder.path(), &[]);
    done.expect(3, &["I01", "daytime cloud"]).listed(&["I01"]);
    let strong = |done: &Ran| pixels(done).iter().filter(|pixel| pixel.2 > 330.0).count();
    assert_eq!(strong(&done), strong(&whole));
    for band in ["I05", "I04"] {
        patched(&file, &format!("del f['observation_data/{band}']")).expect("done before");
        scan(folder.path(), &[]).expect(4, &["VNP02IMG", band, "fetch"]).nothing_was_observed();
    }
    // with the M bands there, they are searched instead
    let source = with_fires(VIIRS).expect("simulated");
    link_into(folder.path(), &source, &|name: &str| name.contains("MOD"));
    let done = scan(folder.path(), &[]);
    done.expect(3, &["I04", "M bands"]);
    assert!(fires(&done).len() >= 4);
}

#[test]
fn geolocation_of_another_granule_is_refused() {
    let later = ["viirs", "--lines", "448", "--cloud", "0", "--time", "2025-10-20T05:36:00Z", "--bands", "img"];
    let Some(later) = made("viirs-later", &later) else { return };
    let folder = viirs(&["02IMG"]);
    let other = files(&later).into_iter().find(|path| name_of(path).contains("03IMG")).expect("geolocation");
    let renamed = folder.path().join(name_of(&other).replace(".0536.", ".0530."));
    std::fs::copy(&other, &renamed).expect("copied");
    scan(folder.path(), &[])
        .expect(4, &["VNP03IMG", "time_coverage_start", "2025-10-20T05:36:00Z", "same granule"])
        .nothing_was_observed();
    // with its attribute forged too: the sun stands elsewhere, if only by a degree and a half
    let forged = "f.attrs['time_coverage_start'] = np.bytes_('2025-10-20T05:30:00.000Z')";
    if patched(&renamed, forged).is_some() {
        scan(folder.path(), &[]).expect(4, &["the sun at"]).nothing_was_observed();
    }
}

/// An hour of orbit time is 15 degrees of sun: names and attributes agree, the places are somewhere else.
#[test]
fn wrong_orbit_times_are_refused() {
    // before and after: at noon the sun stands as high an hour and a half later as it did
    for (hour, name) in [("06", ".0630."), ("04", ".0430.")] {
        let folder = viirs(&["IMG"]);
        for part in ["02IMG", "03IMG"] {
            let shifted = format!("f.attrs['time_coverage_start'] = np.bytes_('2025-10-20T{hour}:30:00.000Z')");
            if patched(&own(folder.path(), part), &shifted).is_none() {
                return;
            }
        }
        // names and attributes do not agree yet
        scan(folder.path(), &[])
            .expect(4, &["time_coverage_start", &format!("2025-10-20T{hour}:30:00Z")])
            .nothing_was_observed();
        for file in files(folder.path()) {
            std::fs::rename(&file, folder.path().join(name_of(&file).replace(".0530.", name))).expect("renamed");
        }
        scan(folder.path(), &[]).expect(4, &["the sun at", "times or its geolocation"]).nothing_was_observed();
    }
}

/// I4 opens, and one of its chunks is damaged: the M bands are searched.
#[test]
fn damaged_chunks_of_i4_are_replaced_by_the_m_bands() {
    for (order, part, array) in [
        (VIIRS, "02IMG", "observation_data/I04"),
        (WHOLE_SDR, "SVI04", "All_Data/VIIRS-I4-SDR_All/BrightnessTemperature"),
    ] {
        let Some(source) = with_fires(order) else { return };
        let folder = linked(&source, |name| name != "truth.json");
        let file = own(folder.path(), part);
        let Some((at, size)) = middle_chunk(&file, array) else { return };
        let mut bytes = std::fs::read(&file).expect("read");
        bytes[at + size / 2] ^= 0x55;
        std::fs::write(&file, &bytes).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(3, &[part, "M bands"]).listed(&[part, "does not inflate"]);
        assert_eq!(algorithm(&done), "viirs-750m");
        assert!(fires(&done).len() >= 4);
    }
}

#[test]
fn an_sdr_without_svi04_says_that_the_m_bands_are_searched() {
    let Some(source) = with_fires(WHOLE_SDR) else { return };
    let folder = linked(&source, |name| !name.starts_with("SVI04"));
    let done = scan(folder.path(), &[]);
    done.expect(0, &["no SVI04", "750 m"]);
    assert_eq!(algorithm(&done), "viirs-750m");
    let notes = done.json("scan.json")["granules"][0]["notes"].clone();
    assert!(notes[0].as_str().is_some_and(|note| note.contains("no SVI04")), "{notes}");
}

/// What the product itself calls no measurement gives no power; what is saturated is none either.
#[test]
fn m13_of_bad_quality_is_absent() {
    let absent = scan(viirs(&["IMG"]).path(), &[]);
    let powers = |done: &Ran| -> Vec<Option<f64>> {
        fires(done).iter().map(|fire| fire["properties"]["frp_mw"].as_f64()).collect()
    };
    let whole = powers(&well(viirs(&["IMG", "MOD"]).path(), &[]));
    // dead detector, saturated, and what says nothing against the value: low gain
    for (flags, used) in [(2048, false), (4, false), (16, true)] {
        let folder = viirs(&["IMG", "MOD"]);
        let statement = format!("f['observation_data/M13_quality_flags'][...] = {flags}");
        if patched(&own(folder.path(), "02MOD"), &statement).is_none() {
            return;
        }
        let done = well(folder.path(), &[]);
        let expected = if used { whole.clone() } else { powers(&absent) };
        assert_eq!(powers(&done), expected, "quality {flags}");
    }
    let Some(source) = with_fires(WHOLE_SDR) else { return };
    let power = |take: &dyn Fn(&str) -> bool| powers(&well(linked(&source, take).path(), &[]));
    let (whole, absent) = (power(&|_| true), power(&|name| !name.starts_with("SVM13")));
    assert_ne!(whole, absent);
    // QF1: no calibration, all saturated, poor
    for (quality, used) in [(2, false), (1 | 2 << 2, false), (1, true)] {
        let folder = linked(&source, |_| true);
        let statement = format!("f['All_Data/VIIRS-M13-SDR_All/QF1_VIIRSMBANDSDR'][...] = {quality}");
        patched(&own(folder.path(), "SVM13"), &statement).expect("done before");
        assert_eq!(powers(&well(folder.path(), &[])), if used { &whole } else { &absent }.clone(), "QF1 {quality}");
    }
}

/// As h5py, the library itself, writes it: an array that is not deflated has no other checksum.
#[test]
fn a_changed_byte_under_fletcher32_is_refused() {
    let folder = viirs(&["IMG"]);
    let file = own(folder.path(), "02IMG");
    let rewritten = "d = f['observation_data/I04']; v = d[...]; a = dict(d.attrs.items()); del f['observation_data/I04']\n\
                     n = f.create_dataset('observation_data/I04', data=v, chunks=(32, 6400), fletcher32=True)\n\
                     [n.attrs.create(k, a[k]) for k in a if k not in ('DIMENSION_LIST', '_Netcdf4Dimid', '_Netcdf4Coordinates')]";
    if patched(&file, rewritten).is_none() {
        return;
    }
    let whole = well(viirs(&["IMG"]).path(), &[]);
    assert_eq!(pixels(&well(folder.path(), &[])), pixels(&whole));
    let (at, size) = middle_chunk(&file, "observation_data/I04").expect("done before");
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[at + size / 2] ^= 1;
    std::fs::write(&file, &bytes).expect("written");
    scan(folder.path(), &[]).expect(4, &["02IMG", "I04", "checksum"]).nothing_was_observed();
}

/// A file under the name of another satellite would give that one its fires.
#[test]
fn granules_renamed_to_another_satellite_are_refused() {
    let renamed = |order: Order, take: &dyn Fn(&str) -> bool, (from, to): (&str, &str)| {
        let folder = linked(&with_fires(order)?, take);
        for file in files(folder.path()) {
            std::fs::rename(&file, folder.path().join(name_of(&file).replace(from, to))).expect("renamed");
        }
        Some(folder)
    };
    let imagery = |name: &str| name.contains("IMG");
    let all = |_: &str| true;
    for (order, take, words, said) in [
        (VIIRS, &imagery as &dyn Fn(&str) -> bool, ("VNP", "VJ1"), ["VJ102IMG", "Suomi-NPP", "NOAA-20 as in its name"]),
        (SMALL_SDR, &all, ("_npp_", "_j02_"), ["_j02_", "NPP", "NOAA-21 as in its name"]),
        (MODIS, &all, ("MYD", "MOD"), ["MOD0", "Aqua", "Terra as in its name"]),
        (SLSTR, &all, ("S3A", "S3B"), ["geodetic_in.nc", "S3A", "Sentinel-3B as in its name"]),
    ] {
        let Some(folder) = renamed(order, take, words) else { continue };
        scan(folder.path(), &[]).expect(4, &said).listed(&["renamed"]).nothing_was_observed();
    }
    // a satellite that is not known, and none at all, pass
    for statement in ["f.attrs['platform'] = np.bytes_('JPSS-9')", "del f.attrs['platform']"] {
        let folder = viirs(&["IMG"]);
        if patched(&own(folder.path(), "02IMG"), statement).is_none() {
            return;
        }
        well(folder.path(), &[]);
    }
    let Some(folder) = with_fires(MERSI) else { return };
    let folder = linked(&folder, |_| true);
    patched(&own(folder.path(), "GEO1K"), "f.attrs['Satellite Name'] = np.bytes_('FY-3C')").expect("done before");
    scan(folder.path(), &[]).expect(4, &["GEO1K", "FY-3C", "FY-3D as in its name"]).nothing_was_observed();
}

#[test]
fn nothing_but_fill_is_not_no_fire() {
    for (part, statement) in [
        ("02IMG", "f['observation_data/I04'][...] = 65532"),
        ("02IMG", "f['observation_data/I05'][...] = 65535"),
        ("02IMG", "f['observation_data/I04_brightness_temperature_lut'][...] = np.nan"),
        ("02IMG", "f['observation_data/I04_quality_flags'][...] = 512"),
        ("03IMG", "f['geolocation_data/latitude'][...] = -999.9"),
        ("03IMG", "f['geolocation_data/longitude'][...] = -999.9"),
    ] {
        let folder = viirs(&["IMG"]);
        if patched(&own(folder.path(), part), statement).is_none() {
            return;
        }
        let done = scan(folder.path(), &[]);
        let said = match (part, statement) {
            ("03IMG", _) => "no valid place in it",
            (_, statement) if statement.contains("I05") => "I05 is all fill over the site",
            (_, statement) if statement.contains("512") => "no pixel over the site is usable in I04",
            _ => "I04 is all fill over the site",
        };
        done.expect(4, &[part, said]).nothing_was_observed();
        // with the M bands there, they are searched instead
        link_into(folder.path(), &with_fires(VIIRS).expect("simulated"), &|name: &str| name.contains("MOD"));
        let done = scan(folder.path(), &[]);
        done.expect(3, &[said, "the M bands are searched"]).listed(&[part, said]);
        assert_eq!((algorithm(&done).as_str(), fires(&done).len() >= 4), ("viirs-750m", true), "{statement}");
    }
}

#[test]
fn nothing_but_fill_by_night_and_in_other_formats() {
    let night = Order {
        name: "viirs-small-night",
        words: &["viirs", "--lines", "448", "--cloud", "0", "--time", "2025-07-20T18:30:00Z"],
    };
    let sdr = "f['All_Data/VIIRS-I4-SDR_All/BrightnessTemperature'][...] = 65535";
    let l1b = "f['observation_data/I04'][...] = 65535";
    let emissive = "f['Data/EV_1KM_Emissive'][1] = 65535";
    let fill = |name: &str| format!("f['{name}'][...] = -999.9");
    let cases = [
        (night, "02IMG", l1b.to_string(), "I04 is all fill over the site", 3),
        (WHOLE_SDR, "SVI04", sdr.to_string(), "I04 is all fill over the site", 3),
        (SMALL_SDR, "SVI04", sdr.to_string(), "I04 is all fill over the site", 4),
        (SMALL_SDR, "GITCO", fill("All_Data/VIIRS-IMG-GEO-TC_All/Latitude"), "no valid place in it", 4),
        (WHOLE_SDR, "GITCO", fill("All_Data/VIIRS-IMG-GEO-TC_All/Longitude"), "no valid place in it", 3),
        (MERSI, "1000M", emissive.to_string(), "B21 is all fill", 4),
        (MERSI, "GEO1K", fill("Geolocation/Latitude"), "no valid place in it", 4),
        (
            SLSTR,
            "S7_BT_in",
            "f['S7_BT_in'][...] = -32768; f['S7_exception_in'][...] = 0".into(),
            "S7/F1 is all fill",
            4,
        ),
        (SLSTR, "geodetic_in", "f['latitude_in'][...] = -2147483648".into(), "no valid place in it", 4),
    ];
    for (order, part, statement, said, code) in cases {
        let Some(source) = with_fires(order) else { continue };
        let folder = linked(&source, |name| name != "truth.json");
        let inner = files(folder.path()).into_iter().find(|path| path.is_dir());
        if patched(&own(inner.as_deref().unwrap_or(folder.path()), part), &statement).is_none() {
            return;
        }
        let done = scan(folder.path(), &[]);
        done.expect(code, &[said]).listed(&[part, said]);
        if code == 4 {
            done.nothing_was_observed();
        } else {
            assert_eq!((algorithm(&done).as_str(), fires(&done).len() >= 4), ("viirs-750m", true), "{part}");
        }
    }
}

/// What was not delivered is a note, once; by night no reflective band is missed.
#[test]
fn bands_of_an_sdr_that_were_not_delivered() {
    let Some(source) = with_fires(WHOLE_SDR) else { return };
    let notes = |done: &Ran| done.json("scan.json")["granules"][0]["notes"].as_array().expect("notes").clone();
    for (missing, said) in [
        ("SVI01", "daytime cloud"),
        ("SVI02", "daytime cloud"),
        ("SVI03", "daytime water"),
        ("SVM13", "power comes from I04"),
        ("SVI05", "M bands at 750 m"),
        ("GITCO", "M bands at 750 m"),
    ] {
        let done = scan(linked(&source, |name| !name.starts_with(missing)).path(), &[]);
        done.expect(0, &[&format!("no {missing}"), said]);
        assert_eq!(notes(&done).len(), 1, "{:?}", notes(&done));
        assert!(fires(&done).len() >= 3, "{missing}");
    }
    let imagery = |name: &str| !name.starts_with("SVI05") && !name.starts_with("SVM") && !name.starts_with("GMTCO");
    let done = scan(linked(&source, imagery).path(), &[]);
    done.expect(4, &["SVI04", "no SVI05", "not searched without it"]).nothing_was_observed();
    assert!(!done.log.contains("in its place"), "{}", done.log);
}

#[test]
fn slstr_files_that_were_not_delivered_by_night() {
    let order = Order {
        name: "slstr-night",
        words: &["slstr", "--lines", "300", "--cloud", "0", "--time", "2025-07-20T15:30:00Z"],
    };
    let Some(source) = with_fires(order) else { return };
    let whole = well(&source, &[]);
    for fire in fires(&whole) {
        assert!(fire["properties"]["frp_mw"].is_number(), "{fire}");
    }
    let done = scan(linked(&source, |name| name != "F1_BT_fn.nc").path(), &[]);
    done.expect(0, &["no F1_BT_fn.nc", "hotter than 311 K"]);
    assert_eq!(done.json("scan.json")["granules"][0]["notes"].as_array().map(Vec::len), Some(1));
    assert!(fires(&done).len() >= 3);
}

#[test]
fn a_misnamed_granule_in_a_folder_is_named() {
    let folder = viirs(&["IMG", "MOD"]);
    std::fs::write(folder.path().join("VJ102IMG.A9999999.9999.002.2025293203057.nc"), b"x").expect("written");
    let done = scan(folder.path(), &[]);
    done.expect(3, &["VJ102IMG.A9999999", "an unknown file name"]).listed(&["VJ102IMG.A9999999"]);
    assert_eq!(pixels(&done), pixels(&well(viirs(&["IMG", "MOD"]).path(), &[])));
}

#[test]
fn absurd_numbers_are_named() {
    for (part, statement, said) in [
        ("02IMG", "f['observation_data/I01'].attrs['scale_factor'] = np.float32(0)", "I01"),
        ("02IMG", "f['observation_data/I02'].attrs['scale_factor'] = np.float32('nan')", "I02"),
        (
            "02MOD",
            "f['observation_data/M13'].attrs['scale_factor'] = np.float32(0); f['observation_data/M13'].attrs['radiance_scale_factor'] = np.float32(-1)",
            "M13",
        ),
    ] {
        let folder = viirs(&["IMG", "MOD"]);
        if patched(&own(folder.path(), part), statement).is_none() {
            return;
        }
        let done = scan(folder.path(), &[]);
        done.expect(3, &[said, "a scale above zero"]).listed(&[said]);
        assert!(fires(&done).len() >= 4, "{statement}");
    }
    for (part, statement) in [
        ("02IMG", "del f['observation_data/I05']; f['observation_data/I05'] = np.zeros((448, 6399), 'u2')"),
        ("02IMG", "del f['observation_data/I04']; f['observation_data/I04'] = np.zeros((447, 6400), 'u2')"),
        ("03IMG", "del f['geolocation_data/latitude']; f['geolocation_data/latitude'] = np.zeros((448,), 'f4')"),
        ("03IMG", "del f['geolocation_data/longitude']; f['geolocation_data/longitude'] = np.zeros((9, 9), 'f4')"),
        ("02IMG", "del f['observation_data/I04_brightness_temperature_lut']"),
        ("02IMG", "del f['observation_data/I04_quality_flags']"),
        ("03IMG", "del f['geolocation_data/solar_zenith']"),
    ] {
        let folder = viirs(&["IMG"]);
        if patched(&own(folder.path(), part), statement).is_none() {
            return;
        }
        scan(folder.path(), &[]).expect(4, &[part, "found"]).nothing_was_observed();
    }
}

#[test]
fn absurd_numbers_of_the_other_scanners() {
    let mersi = [
        "f['Data/EV_1KM_Emissive'].attrs['Slope'] = np.zeros(4, 'f4')",
        "f['Data/EV_1KM_Emissive'].attrs['Slope'] = np.full(4, np.nan, 'f4')",
        "f['Data/EV_1KM_Emissive'].attrs['Slope'] = np.full(4, 1e9, 'f4')",
        "f.attrs['TBB_Trans_Coefficient_A'] = np.zeros(6, 'f4')",
        "f['Data/EV_1KM_Emissive'][...] = 65535",
    ];
    for statement in mersi {
        let Some(folder) = with_fires(MERSI) else { return };
        let folder = linked(&folder, |_| true);
        if patched(&own(folder.path(), "1000M"), statement).is_none() {
            return;
        }
        let done = scan(folder.path(), &[]);
        assert!([0, 4].contains(&done.code), "{statement}: {}", done.log);
        done.nothing_was_observed();
    }
    let slstr = [
        ("S7_BT_in.nc", "f['S7_BT_in'].attrs['scale_factor'] = 0.0"),
        ("S8_BT_in.nc", "f['S8_BT_in'].attrs['scale_factor'] = float('nan')"),
        ("S7_BT_in.nc", "f['S7_BT_in'].attrs['add_offset'] = 1e6"),
        ("geodetic_in.nc", "f['latitude_in'].attrs['scale_factor'] = 0.0"),
    ];
    for (name, statement) in slstr {
        let Some(folder) = with_fires(SLSTR) else { return };
        let folder = linked(&folder, |_| true);
        let inner = files(folder.path()).into_iter().find(|path| path.is_dir()).expect("a product");
        patched(&own(&inner, name), statement).expect("done before");
        let done = scan(folder.path(), &[]);
        assert!([0, 4].contains(&done.code), "{statement}: {}", done.log);
        done.nothing_was_observed();
    }
}

#[test]
fn files_that_are_none() {
    for bytes in [&b""[..], b"this is no satellite file\n", b"\x89HDF\r\n\x1a\n", &[0; 4096]] {
        for (order, part) in
            [(VIIRS, "02IMG"), (VIIRS, "03IMG"), (MERSI, "GEO1K"), (MODIS, "MYD021KM"), (MODIS, "MYD03")]
        {
            let Some(folder) = with_fires(order) else { continue };
            let folder = linked(&folder, |name| !name.contains("2MOD.") && !name.contains("3MOD."));
            let file = own(folder.path(), part);
            std::fs::write(&file, bytes).expect("written");
            scan(folder.path(), &[]).expect(4, &[&name_of(&file), "fetch"]).listed(&[part]).nothing_was_observed();
        }
    }
}

#[test]
fn unrelated_files_are_passed_over() {
    let folder = viirs(&["IMG", "MOD"]);
    for i in 0..400 {
        std::fs::write(folder.path().join(format!("notes-{i}.{}", ["txt", "nc", "hdf", "h5"][i % 4])), b"x")
            .expect("written");
    }
    std::fs::create_dir(folder.path().join("VNP02IMG.old")).expect("a folder");
    let done = well(folder.path(), &[]);
    assert_eq!(pixels(&done), pixels(&well(viirs(&["IMG", "MOD"]).path(), &[])));
}

/// The time of processing ends the name; the later file replaces the earlier one, which serves where the later is bad.
#[test]
fn of_two_copies_the_later_is_used() {
    let whole = well(viirs(&["IMG", "MOD"]).path(), &[]);
    for (early_is_bad, code) in [(true, 0), (false, 3)] {
        let folder = viirs(&["IMG", "MOD"]);
        let file = own(folder.path(), "02IMG");
        let name = name_of(&file);
        let (stem, _) = name.split_at(name.len() - "2025293073035.nc".len());
        let early = folder.path().join(format!("{stem}2025293060000.nc"));
        let bytes = std::fs::read(&file).expect("read");
        let bad = &bytes[..bytes.len() / 3];
        std::fs::write(&early, if early_is_bad { bad } else { &bytes }).expect("written");
        std::fs::write(&file, if early_is_bad { &bytes } else { bad }).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(code, &[]);
        assert_eq!(pixels(&done), pixels(&whole), "early bad: {early_is_bad}");
    }
}

#[test]
fn a_product_folder_with_a_file_missing() {
    let Some(source) = with_fires(SLSTR) else { return };
    let whole = pixels(&well(&source, &[])).len();
    for (missing, code) in [
        ("geodetic_in.nc", 4),
        ("S7_BT_in.nc", 4),
        ("S8_BT_in.nc", 4),
        ("S9_BT_in.nc", 0),
        // S7 is saturated where it burns: without F1 no fire can be told from warm ground by day
        ("F1_BT_fn.nc", 4),
        ("geodetic_fn.nc", 4),
        ("S2_radiance_an.nc", 0),
        ("S3_quality_an.nc", 0),
        ("S6_radiance_an.nc", 0),
        ("flags_in.nc", 4),
        ("cartesian_in.nc", 4),
        ("geometry_tn.nc", 4),
    ] {
        let folder = linked(&source, |name| name != missing);
        let done = scan(folder.path(), &[]);
        done.expect(code, &[]);
        assert!(done.log.contains(missing), "{missing} not named: {}", done.log);
        if code == 4 {
            assert!(done.log.contains("fetch that file too"), "{missing}: {}", done.log);
            done.nothing_was_observed();
        } else {
            let found = pixels(&done).len();
            println!("without {missing}: {found} of {whole} pixels");
            assert!(found >= 3, "{missing}: {found}");
        }
    }
}

/// Where S7 is saturated nowhere, F1 is not read: that it is not there is said all the same.
#[test]
fn a_product_without_f1_says_so() {
    let Some(source) = made("slstr-quiet", &["slstr", "--lines", "300", "--cloud", "0", "--even", "285"]) else {
        return;
    };
    let folder = linked(&source, |name| name != "F1_BT_fn.nc");
    let done = scan(folder.path(), &[]);
    done.expect(0, &["no F1_BT_fn.nc"]);
    let notes = done.json("scan.json")["granules"][0]["notes"].clone();
    assert!(notes[0].as_str().is_some_and(|note| note.contains("311 K")), "{notes}");
    let whole = well(&source, &[]).json("scan.json")["granules"][0]["notes"].clone();
    assert_eq!(whole.as_array().map(Vec::len), Some(0));
}

/// A fire of 60 MW on either side of 180 degrees and another near a pole, whole granules: each is found where it burns.
#[test]
fn the_ends_of_the_map() {
    for (name, command, (lon, lat), time) in [
        ("viirs-antimeridian", "viirs", (179.9_f64, -17.0_f64), "2025-10-20T01:00:00Z"),
        ("viirs-antimeridian-east", "viirs", (-179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("viirs-polar", "viirs", (30.0, 78.0), "2025-07-20T10:00:00Z"),
        ("mersi-antimeridian", "mersi2", (179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("mersi-antimeridian-east", "mersi2", (-179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("modis-antimeridian", "modis", (179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("modis-antimeridian-east", "modis", (-179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("slstr-antimeridian", "slstr", (179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("slstr-antimeridian-east", "slstr", (-179.9, -17.0), "2025-10-20T01:00:00Z"),
        ("slstr-polar", "slstr", (30.0, 78.0), "2025-07-20T10:00:00Z"),
    ] {
        let lines = if command == "viirs" { "192" } else { "100" };
        let place = format!("{lon},{lat}");
        let fire = format!("--fire={lon},{lat},900,2000");
        let over = format!("--over={place}");
        let words = [command, "--lines", lines, "--cloud", "0", "--time", time, &over, &fire];
        let Some(folder) = made(name, &words) else { continue };
        let done = well(&folder, &["--region", "none"]);
        let near = |fire: &Value| {
            let c = |i: usize| fire["geometry"]["coordinates"][i].as_f64().expect("a coordinate");
            let east = (c(0) - lon + 540.0).rem_euclid(360.0) - 180.0;
            (east * lat.to_radians().cos()).hypot(c(1) - lat) < 0.03
        };
        assert!(fires(&done).iter().any(near), "{name}: {:?}", fires(&done));
        // the site is not under it
        well(&folder, &[]).nothing_was_observed();
    }
}

/// What came of a run that had a minute.
struct Tried {
    code: Option<i32>,
    list: String,
    log: String,
    fires: Option<Vec<u8>>,
}

/// Scans with a limit of a minute: a hang is a failure, and so is an end by a signal.
fn tried(input: &Path, what: &str) -> Tried {
    let folder = tempfile::tempdir().expect("a folder");
    let [list, log] = ["list", "log"].map(|name| folder.path().join(name));
    let file = |path: &PathBuf| Stdio::from(std::fs::File::create(path).expect("a file"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .arg("scan")
        .arg(input)
        .current_dir(folder.path())
        .env("STRAWFIRE_SITE", crate::common::project().join("sites/haidong"))
        .stdout(file(&list))
        .stderr(file(&log))
        .spawn()
        .expect("the program starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("waited") {
            break status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("killed");
            panic!("{what}: still running after a minute");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |path: &PathBuf| String::from_utf8_lossy(&std::fs::read(path).expect("read")).into_owned();
    Tried {
        code: status.code(),
        list: text(&list),
        log: text(&log),
        fires: std::fs::read(folder.path().join("out/fires.geojson")).ok(),
    }
}

impl Tried {
    /// Whatever the damage: no panic, an exit code of the interface, and no word of "no fire" where nothing was read.
    fn is_decent(&self, what: &str) {
        assert!(!self.log.contains("panicked"), "{what}: {}", self.log);
        assert!(self.code.is_some_and(|code| [0, 3, 4].contains(&code)), "{what}: {:?} {}", self.code, self.log);
        if self.code == Some(4) {
            assert!(!self.list.contains("未监测到火点"), "{what}: {}", self.list);
            assert!(
                self.log.contains("fetch") || self.log.contains("use the") || self.log.contains("name "),
                "{what}: {}",
                self.log
            );
        }
    }
}

/// Where the middle chunk of an array lies and how long it is; h5py knows.
fn middle_chunk(file: &Path, array: &str) -> Option<(usize, usize)> {
    let python = python_with("h5py")?;
    let script = "import sys, h5py\nd = h5py.File(sys.argv[1])[sys.argv[2]]\nn = d.id.get_num_chunks()\n\
                  c = d.id.get_chunk_info(n // 2)\nprint(c.byte_offset, c.size)";
    let output = Command::new(python).args(["-c", script]).arg(file).arg(array).output().expect("python runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let (at, size) = text.trim().split_once(' ').expect("a chunk");
    Some((at.parse().expect("a number"), size.parse().expect("a number")))
}

/// Where the stored values of an HDF5 file lie, with the checksum of their compression over them: h5py knows.
fn chunks(file: &Path) -> Option<Vec<(u64, u64)>> {
    let python = python_with("h5py")?;
    let script = "import sys, h5py\nf = h5py.File(sys.argv[1])\ndef see(name, d):\n  if isinstance(d, h5py.Dataset) and d.chunks \
                  and d.compression:\n    for i in range(d.id.get_num_chunks()):\n      c = d.id.get_chunk_info(i)\n      \
                  print(c.byte_offset, c.size)\nf.visititems(see)";
    let output = Command::new(python).args(["-c", script]).arg(file).output().expect("python runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Some(pairs.filter_map(|(at, size)| Some((at.parse().ok()?, size.parse().ok()?))).collect())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// Cuts and changed bytes all over the files of a granule whose names hold one of these parts.
fn damage(order: Order, parts: &[&str], cuts: u64, changes: u64) {
    let Some(source) = with_fires(order) else { return };
    let holder = linked(&source, |name| name != "truth.json");
    let inner = files(holder.path()).into_iter().find(|path| path.is_dir());
    let folder = inner.unwrap_or_else(|| holder.path().to_path_buf());
    let whole = tried(holder.path(), "whole").fires;
    let mut dice = Dice(0x5eed_0001_2345_6789);
    let (mut refused, mut same, mut other) = (0, 0, 0);
    for part in parts {
        let file = own(&folder, part);
        let bytes = std::fs::read(&file).expect("read");
        let length = bytes.len() as u64;
        // HDF4: the arrays are nearly all of the file, and deflated
        let sealed = if order.name == MODIS.name { None } else { chunks(&file) };
        for i in 0..cuts {
            // more of them at the start, where the structure is
            let cut = if i % 2 == 0 { dice.below(8192.min(length)) } else { length * i / cuts };
            std::fs::write(&file, &bytes[..cut as usize]).expect("written");
            let what = format!("{part} cut at {cut} of {length}");
            let result = tried(holder.path(), &what);
            result.is_decent(&what);
            if result.code == Some(0) {
                assert!(result.fires == whole, "{what}: other fires, and nothing said");
            }
        }
        for i in 0..changes {
            let at = match i % 3 {
                0 => dice.below(4096.min(length)),
                1 => length - 1 - dice.below(4096.min(length)),
                _ => dice.below(length),
            };
            let mut changed = bytes.clone();
            changed[at as usize] ^= (1 + dice.below(255)) as u8;
            std::fs::write(&file, &changed).expect("written");
            let what = format!("{part} byte {at} of {length}");
            let result = tried(holder.path(), &what);
            result.is_decent(&what);
            let in_chunk = sealed.iter().flatten().any(|(from, size)| (*from..from + size).contains(&at));
            if in_chunk && result.code == Some(0) {
                assert!(result.fires == whole, "{what}: in a chunk with a checksum, and taken");
            }
            match result.code {
                Some(0) if result.fires == whole => same += 1,
                Some(0) => {
                    println!("{what}: other fires");
                    other += 1;
                }
                _ => refused += 1,
            }
        }
        std::fs::write(&file, &bytes).expect("written");
    }
    println!("{}: of the changed bytes {refused} refused, {same} without effect, {other} with other fires", order.name);
}

#[test]
fn viirs_files_cut_and_changed() {
    damage(VIIRS, &["02IMG", "03IMG", "02MOD"], 6, 18);
}

#[test]
fn sdr_files_cut_and_changed() {
    damage(SMALL_SDR, &["SVI04", "GITCO"], 6, 18);
}

#[test]
fn modis_files_cut_and_changed() {
    damage(MODIS, &["MYD021KM", "MYD03"], 8, 27);
}

#[test]
fn mersi_files_cut_and_changed() {
    damage(MERSI, &["1000M", "GEO1K"], 8, 27);
}

#[test]
fn slstr_files_cut_and_changed() {
    damage(SLSTR, &["S7_BT_in", "S8_BT_in", "geodetic_in", "F1_BT_fn", "cartesian_tx", "flags_in"], 4, 9);
}

/// Everything of the site window is read alike by one thread and by many where a band is damaged half way.
#[test]
fn a_half_read_band_is_the_same_for_all_threads() {
    let folder = viirs(&["IMG", "MOD"]);
    for part in ["02MOD", "02IMG"] {
        let file = own(folder.path(), part);
        let name = if part == "02MOD" { "M13" } else { "I01" };
        let Some((at, size)) = middle_chunk(&file, &format!("observation_data/{name}")) else { return };
        let mut bytes = std::fs::read(&file).expect("read");
        bytes[at + size / 2] ^= 0x55;
        std::fs::write(&file, bytes).expect("written");
    }
    let runs: Vec<Ran> = ["1", "2", "5"].iter().map(|n| scan(folder.path(), &["--threads", n])).collect();
    for run in &runs {
        run.expect(3, &["M13", "I01"]);
        crate::swath_common::same_lists(&runs[0], run);
    }
    assert!(fires(&runs[0]).len() >= FIRES.len());
}
