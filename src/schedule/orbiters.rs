//! Polar satellites whose products are read: their number in the catalogue, and how far their sensor sees aside.

/// A satellite and its sensor.
pub(super) struct Orbiter {
    /// As scenes name it.
    pub(super) satellite: &'static str,
    /// Number in the catalogue of the US Space Force (NORAD).
    pub(super) number: u64,
    /// As scenes name it.
    pub(super) sensor: &'static str,
    /// How far it sees from the ground track to the right of the flight, km.
    pub(super) right_km: f64,
    /// To the left, km.
    pub(super) left_km: f64,
    /// Whether the satellite turns with the earth below, so that lines lie across the ground track and not across the orbit.
    pub(super) is_steered: bool,
}

const fn level(satellite: &'static str, number: u64, sensor: &'static str, swath_km: f64) -> Orbiter {
    Orbiter { satellite, number, sensor, right_km: swath_km / 2.0, left_km: swath_km / 2.0, is_steered: false }
}

/// SLSTR sees 1400 km in its nadir view, more of it to the right (ESA, SLSTR user guide, Coverage); the satellite is above column
/// 998 of the 1500 of a product, and 930 and 470 km are filled \[M\]. Sentinel-3 flies yaw-steered (ESA, Sentinel-3 orbit).
const fn slstr(satellite: &'static str, number: u64) -> Orbiter {
    Orbiter { satellite, number, sensor: "SLSTR", right_km: 930.0, left_km: 470.0, is_steered: true }
}

/// Swaths: VIIRS 3060 km (NASA, VIIRS user guide), MODIS 2330 km (NASA, MODIS design), MERSI-II 2900 km (NSMC, FY-3D).
const ORBITERS: [Orbiter; 8] = [
    level("Suomi-NPP", 37_849, "VIIRS", 3060.0),
    level("NOAA-20", 43_013, "VIIRS", 3060.0),
    level("NOAA-21", 54_234, "VIIRS", 3060.0),
    level("Terra", 25_994, "MODIS", 2330.0),
    level("Aqua", 27_424, "MODIS", 2330.0),
    level("FY-3D", 43_010, "MERSI-II", 2900.0),
    slstr("Sentinel-3A", 41_335),
    slstr("Sentinel-3B", 43_437),
];

/// The satellite of a name; `None` for one that is not here.
pub(super) fn orbiter(satellite: &str) -> Option<&'static Orbiter> {
    ORBITERS.iter().find(|orbiter| orbiter.satellite == satellite)
}

/// All that are here.
pub(super) fn satellites() -> impl Iterator<Item = &'static str> {
    ORBITERS.iter().map(|orbiter| orbiter.satellite)
}
