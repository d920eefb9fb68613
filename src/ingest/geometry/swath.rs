//! How large the pixels of a scanner are, by where in the scan they lie (ALGORITHMS 1.9, 6.3).

use crate::scene::swath::Instrument;

/// The earth of these formulas, a sphere, km.
const EARTH_KM: f64 = 6371.0;
/// Angle of one native sample of VIIRS, degrees: 6304 of them reach 56.063 degrees. With this the zones end at 31.59 and
/// 44.68 degrees; Schroeder 2014 gives 31.72 and 44.86.
const VIIRS_SAMPLE_DEG: f64 = 56.063 / 6304.0;
/// Height (km) and sizes at nadir (km: along the track, along the scan a native sample) of the table of pixel sizes that
/// FIRMS prints from \[O\]: fitted by us to all 98 pairs of scan and track in a list of 3374 NOAA-20 fires, the height
/// by a published polynomial of the table's areas. ALGORITHMS 6.3 (829 km, 0.371, 0.129) misses them by up to 0.056 km.
const VIIRS_HEIGHT_KM: f64 = 824.0;
const VIIRS_TRACK_KM: f64 = 0.3605;
const VIIRS_SAMPLE_KM: f64 = 0.1280;
/// Aggregation zones of half a scan of the I bands, from nadir: columns, native samples a column (ALGORITHMS 2.1).
const VIIRS_ZONES: [(f64, f64); 3] = [(1184.0, 3.0), (736.0, 2.0), (1280.0, 1.0)];

/// Sides (km) of a pixel along the track and along the scan; columns count from 0 in the whole line.
pub fn pixel_size_km(instrument: Instrument, column: usize) -> (f64, f64) {
    match instrument {
        Instrument::ViirsI => viirs_i_size(viirs_scan(column as f64 + 0.5)),
        Instrument::ViirsM => {
            // two I pixels along each side; the zones are the same on the ground
            let (track, scan) = viirs_i_size(viirs_scan(2.0 * column as f64 + 1.0));
            (2.0 * track, 2.0 * scan)
        }
        Instrument::Modis => modis_size(((column as f64 - 676.5) / 705.0).abs()),
        Instrument::Mersi2 => {
            // [M] 836 km high, 2048 columns over +-55.1 degrees, lines of 1 km at nadir. The columns are 0.785 km
            // apart, less than the field of view: power is spread over them, and summed over that step
            let step = 2.0 * 55.1_f64.to_radians() / 2048.0;
            let scan = (column as f64 - 1023.5) * step;
            let (track, along) = whisk_size(scan.abs(), (EARTH_KM + 836.0) / EARTH_KM, 836.0);
            (track, 836.0 * step * along)
        }
        // its image grid is resampled to 1 km
        Instrument::Slstr => (1.0, 1.0),
    }
}

/// Sides of a MODIS pixel at a scan angle (radians): 9 is the earth's radius over the height, 1.111 one more than its
/// inverse, as printed.
fn modis_size(scan: f64) -> (f64, f64) {
    whisk_size(scan, 1.111, EARTH_KM / 9.0)
}

/// Sides of a pixel of 1 km at nadir at a scan angle (radians): Ichoku and Kaufman's form, for a satellite at `ratio`
/// earth radii and `height_km`.
fn whisk_size(scan: f64, ratio: f64, height_km: f64) -> (f64, f64) {
    if scan < 1e-6 {
        return (1.0, 1.0);
    }
    let view = (ratio * scan.sin()).asin();
    let track = EARTH_KM / height_km * (view - scan).sin() / scan.sin();
    (track, track / view.cos())
}

/// Scan angle (degrees, from nadir) and samples a column at a place in an I-band line, in columns.
fn viirs_scan(column: f64) -> (f64, f64) {
    let mut left = (column - 3200.0).abs();
    let mut samples = 0.0;
    for (columns, each) in VIIRS_ZONES {
        if left <= columns {
            return ((samples + left * each) * VIIRS_SAMPLE_DEG, each);
        }
        left -= columns;
        samples += columns * each;
    }
    (samples * VIIRS_SAMPLE_DEG, 1.0)
}

/// Sides of an I pixel.
fn viirs_i_size((scan_deg, samples): (f64, f64)) -> (f64, f64) {
    let scan = scan_deg.to_radians();
    let view = ((EARTH_KM + VIIRS_HEIGHT_KM) / EARTH_KM * scan.sin()).asin();
    let farther = if scan < 1e-6 { 1.0 } else { EARTH_KM * (view - scan).sin() / scan.sin() / VIIRS_HEIGHT_KM };
    (VIIRS_TRACK_KM * farther, samples * VIIRS_SAMPLE_KM * farther / view.cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: (f64, f64), expected: (f64, f64), within: f64) {
        let off = (got.0 - expected.0).abs().max((got.1 - expected.1).abs());
        assert!(off <= within, "{got:?} not {expected:?}");
    }

    /// ALGORITHMS 6.3 gives .371 x .387 km at nadir and .806 x .806 km at the edge, Schroeder 2014 some 375 and 800 m.
    #[test]
    fn viirs_pixels_are_375_m_at_nadir_and_800_m_at_the_edge() {
        near(viirs_i_size((0.0, 3.0)), (0.371, 0.387), 0.011);
        near(viirs_i_size((56.06, 1.0)), (0.806, 0.806), 0.023);
    }

    /// Table of ALGORITHMS 6.3.
    #[test]
    fn modis_pixels_are_those_of_the_table() {
        for (frame, track, along) in
            [(677, 0.999, 0.999), (900, 1.058, 1.128), (1100, 1.244, 1.599), (1353, 2.004, 4.829)]
        {
            near(pixel_size_km(Instrument::Modis, frame), (track, along), 2e-3);
        }
    }

    /// Columns of three, two and one samples: 1184, 736 and 1280 on each side, as the VIIRS geolocation ATBD counts
    /// 2368, 1472 and 2560 of them; the whole scan is 112.56 degrees wide (Schroeder 2014: 56.28 to a side).
    #[test]
    fn columns_of_viirs_end_where_zones_do() {
        for (column, scan) in [(3200.0, 0.0), (4384.0, 31.72), (5120.0, 44.86), (6400.0, 56.28), (0.0, 56.28)] {
            assert!((viirs_scan(column).0 - scan).abs() < 0.22, "{column}");
        }
        assert_eq!(viirs_scan(4383.5).1, 3.0);
        assert_eq!(viirs_scan(4385.0).1, 2.0);
        near(pixel_size_km(Instrument::ViirsI, 0), pixel_size_km(Instrument::ViirsI, 6399), 1e-9);
        let (i, m) = (pixel_size_km(Instrument::ViirsI, 1000), pixel_size_km(Instrument::ViirsM, 500));
        near(m, (2.0 * i.0, 2.0 * i.1), 2e-3);
    }

    #[test]
    fn pixels_grow_to_the_edges_alike() {
        for instrument in [Instrument::Mersi2, Instrument::Modis, Instrument::ViirsM, Instrument::Slstr] {
            let columns = instrument.columns();
            near(pixel_size_km(instrument, 0), pixel_size_km(instrument, columns - 1), 1e-9);
            let (nadir, edge) = (pixel_size_km(instrument, columns / 2), pixel_size_km(instrument, 0));
            assert!(edge.0 >= nadir.0 && edge.1 >= nadir.1);
        }
        // by hand: 836 km x 110.2 degrees in radians / 2048
        near(pixel_size_km(Instrument::Mersi2, 1023), (1.0, 0.785), 1e-3);
    }
}
