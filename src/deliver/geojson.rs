//! Fires and events as GeoJSON (RFC 7946): property names and their order are a contract with programs outside.
//!
//! Features are written one by one from borrowed structs, so that a million of them need no tree in memory.

use super::{PROGRAM_VERSION, atomic, rounded};
use crate::assign::neighbours::Neighbour;
use crate::error::{Error, Result};
use crate::fire::{Class, Cluster, Confidence, Confirmation, DayNight, FireEvent, FirePixel, Happening, InTime};
use crate::place::{LonLat, Spread};
use crate::time::Utc;
use serde::{Serialize, Serializer};
use std::path::Path;

/// Writes `fires.geojson`: one Point a pixel, by time and id. `simulated`: whether anything of the run was, though it gave none.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_fires(path: &Path, pixels: &[FirePixel], simulated: bool) -> Result<()> {
    let mut order: Vec<&FirePixel> = pixels.iter().collect();
    order.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let simulated = simulated || pixels.iter().any(|pixel| pixel.simulated);
    write(path, &Collection::new(simulated, Features(&order, |pixel| fire(pixel))))
}

/// Writes `events.geojson`: one Point an event, by first detection and id; `simulated` as for fires.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_events(path: &Path, events: &[FireEvent], simulated: bool) -> Result<()> {
    let mut order: Vec<&FireEvent> = events.iter().collect();
    order.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
    let simulated = simulated || events.iter().any(|event| event.simulated);
    write(path, &Collection::new(simulated, Features(&order, |event| self::event(event))))
}

/// The Feature of one event, as `events.geojson` has it.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub fn event_feature(event: &FireEvent) -> Result<serde_json::Value> {
    serde_json::to_value(self::event(event)).map_err(|error| Error::output(&event.id, error))
}

/// The Feature of one detection, as `fires.geojson` has it.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub fn fire_feature(pixel: &FirePixel) -> Result<serde_json::Value> {
    serde_json::to_value(self::fire(pixel)).map_err(|error| Error::output(&pixel.id, error))
}

/// Writes `neighbours.geojson`: fires near the border that are not ours, one Point an event, in the order given; `simulated` as
/// for fires.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_neighbours(path: &Path, neighbours: &[Neighbour], simulated: bool) -> Result<()> {
    let order: Vec<&Neighbour> = neighbours.iter().collect();
    let simulated = simulated || neighbours.iter().any(|neighbour| neighbour.event.simulated);
    write(path, &Collection::new(simulated, Features(&order, |neighbour| beyond(neighbour))))
}

/// Writes a collection.
pub(super) fn write(path: &Path, collection: &impl Serialize) -> Result<()> {
    atomic::write(path, |out| {
        serde_json::to_writer(&mut *out, collection)?;
        out.write_all(b"\n")
    })
}

/// A FeatureCollection.
#[derive(Serialize)]
pub(super) struct Collection<F> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Foreign members (RFC 7946, 6.1): whether any feature is made by the simulator, and what wrote the file.
    simulated: bool,
    program_version: &'static str,
    features: F,
}

impl<F> Collection<F> {
    pub(super) fn new(simulated: bool, features: F) -> Self {
        Collection { kind: "FeatureCollection", simulated, program_version: PROGRAM_VERSION, features }
    }
}

/// Items that become features while they are written.
pub(super) struct Features<'a, T, M>(pub(super) &'a [&'a T], pub(super) M);

impl<'a, T, F: Serialize, M: Fn(&'a T) -> F> Serialize for Features<'a, T, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|item| self.1(item)))
    }
}

/// One Point with its properties.
#[derive(Serialize)]
pub(super) struct Feature<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    geometry: PointGeometry,
    /// The ground that a pixel covers: a foreign member (RFC 7946, 6.1), for the properties are a contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    footprint: Option<Ground>,
    /// What the days before say, a foreign member too.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a InTime>,
    /// Why it is of its class or was dropped, a foreign member.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    reasons: &'a [String],
    /// How a fire beyond the border lies to the site, a foreign member.
    #[serde(skip_serializing_if = "Option::is_none")]
    neighbour: Option<Beyond<'a>>,
    /// How an event was followed, foreign members.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    followed: Option<Followed<'a>>,
    /// Whether an event was seen again: a pixel has it among its properties, an event's properties do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation>,
    properties: P,
}

impl<'a, P> Feature<'a, P> {
    pub(super) fn new(id: &'a str, place: LonLat, properties: P) -> Self {
        let geometry = PointGeometry { kind: "Point", coordinates: coordinates(place) };
        Feature {
            kind: "Feature",
            id,
            geometry,
            footprint: None,
            baseline: None,
            reasons: &[],
            neighbour: None,
            followed: None,
            confirmation: None,
            properties,
        }
    }
}

/// Longitude and latitude as a Point has them: six decimals are 0.1 m.
pub(super) fn coordinates(place: LonLat) -> [f64; 2] {
    [rounded(place.lon(), 6), rounded(place.lat(), 6)]
}

#[derive(Serialize)]
struct PointGeometry {
    #[serde(rename = "type")]
    kind: &'static str,
    coordinates: [f64; 2],
}

/// A value that no part of this version knows yet.
type Unknown = Option<()>;

#[derive(Serialize)]
pub(super) struct FireProperties<'a> {
    pub(super) id: &'a str,
    pub(super) time: Utc,
    pub(super) satellite: &'a str,
    pub(super) sensor: &'a str,
    pub(super) algorithm: &'a str,
    pub(super) profile: &'a str,
    pub(super) program_version: &'static str,
    pub(super) granule: &'a str,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
    pub(super) daynight: Option<DayNight>,
    pub(super) tir_band: Option<&'a str>,
    pub(super) bt_mir_k: Option<f64>,
    pub(super) bt_tir_k: Option<f64>,
    pub(super) bt_mir_bg_k: Option<f64>,
    pub(super) bt_tir_bg_k: Option<f64>,
    pub(super) frp_mw: Option<f64>,
    pub(super) frp_surface_mw: Option<f64>,
    pub(super) pixel_area_km2: Option<f64>,
    pub(super) confirmation: Confirmation,
    pub(super) simulated: bool,
    pub(super) confidence: Confidence,
    pub(super) confidence_pct: Option<f64>,
    pub(super) adcode: Option<&'a str>,
    pub(super) county: Option<&'a str>,
    pub(super) township: Option<&'a str>,
    pub(super) grid_cell: Option<&'a str>,
    pub(super) position_error_m: Option<f64>,
    pub(super) terrain_corrected: Option<bool>,
    pub(super) verdict: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) class: Class,
    pub(super) cropland_fraction: Option<f64>,
    /// A fire of many pixels of tens of metres alone has these.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterProperties>,
}

/// What a fire of many pixels has beside what a pixel has.
#[derive(Serialize)]
struct ClusterProperties {
    pixel_count: u32,
    area_m2: f64,
    /// Reflectance at 2.2 um by day, radiance (W m-2 sr-1 um-1) by night.
    max_swir22: f64,
    sum_swir22: f64,
}

impl ClusterProperties {
    fn of(cluster: &Cluster) -> Self {
        ClusterProperties {
            pixel_count: cluster.pixels,
            area_m2: rounded(cluster.area_m2, 0),
            max_swir22: rounded(cluster.max_swir22, 4),
            sum_swir22: rounded(cluster.sum_swir22, 4),
        }
    }
}

fn fire(pixel: &FirePixel) -> Feature<'_, FireProperties<'_>> {
    let properties = fire_properties(pixel);
    let edges = pixel.cluster.as_ref().map(|cluster| Ground::within(&cluster.outline));
    let (footprint, baseline) = (edges.or_else(|| pixel.footprint.map(Ground::of)), pixel.in_time.as_ref());
    Feature { footprint, baseline, reasons: &pixel.reasons, ..Feature::new(&pixel.id, pixel.place, properties) }
}

/// What a list says of a detection: rounded, and `None` where it does not exist.
pub(super) fn fire_properties(pixel: &FirePixel) -> FireProperties<'_> {
    FireProperties {
        id: &pixel.id,
        time: pixel.time,
        satellite: &pixel.satellite,
        sensor: &pixel.sensor,
        algorithm: &pixel.algorithm,
        profile: &pixel.profile,
        program_version: PROGRAM_VERSION,
        granule: &pixel.granule,
        line: pixel.line,
        column: pixel.column,
        daynight: pixel.daynight,
        tir_band: pixel.tir_band.as_deref(),
        bt_mir_k: known(pixel.bt_mir_k, 2),
        bt_tir_k: known(pixel.bt_tir_k, 2),
        bt_mir_bg_k: known(pixel.bt_mir_bg_k, 2),
        bt_tir_bg_k: known(pixel.bt_tir_bg_k, 2),
        frp_mw: known(pixel.frp_mw, 3),
        frp_surface_mw: known(pixel.frp_surface_mw, 3),
        pixel_area_km2: known(pixel.pixel_area_km2, 4),
        confirmation: pixel.confirmation,
        simulated: pixel.simulated,
        confidence: pixel.confidence,
        confidence_pct: known(pixel.confidence_pct, 1),
        adcode: pixel.county.as_ref().map(|county| county.adcode.as_str()),
        county: pixel.county.as_ref().map(|county| county.name.as_str()),
        township: pixel.township.as_deref(),
        grid_cell: pixel.grid_cell.as_deref(),
        position_error_m: known(pixel.position_error_m, 0),
        terrain_corrected: pixel.terrain_corrected,
        verdict: pixel.verdict.name(),
        reason: pixel.verdict.reason(),
        class: pixel.class,
        cropland_fraction: known(pixel.cropland_fraction, 3),
        cluster: pixel.cluster.as_ref().map(ClusterProperties::of),
    }
}

/// The ground of a pixel as a geometry of its own, beside the Point that is the Feature's.
#[derive(Serialize)]
#[serde(tag = "type", content = "coordinates")]
enum Ground {
    /// The corners of one pixel.
    Polygon([[[f64; 2]; 5]; 1]),
    /// The edges of pixels that touch.
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
}

impl Ground {
    fn of(corners: [LonLat; 4]) -> Self {
        // five decimals are a metre; a ring ends where it begins
        let ring = [0, 1, 2, 3, 0].map(|i: usize| [rounded(corners[i].lon(), 5), rounded(corners[i].lat(), 5)]);
        Ground::Polygon([ring])
    }

    fn within(outline: &[Vec<Vec<LonLat>>]) -> Self {
        let ring = |ring: &Vec<LonLat>| ring.iter().map(|place| coordinates(*place)).collect();
        Ground::MultiPolygon(outline.iter().map(|part| part.iter().map(ring).collect()).collect())
    }
}

/// The ellipse of one standard error along each axis; `position_error_m` is the root of the sum of both squared.
#[derive(Serialize)]
pub(super) struct ErrorEllipse {
    pub(super) a_km: f64,
    pub(super) b_km: f64,
    /// Of the longer half axis `a`, degrees clockwise from north, 0 to below 180.
    pub(super) bearing_deg: f64,
}

impl ErrorEllipse {
    fn of(spread: Spread) -> Self {
        let ellipse = spread.ellipse();
        // what is rounded up to 180 is 0
        let bearing_deg = rounded(ellipse.bearing_deg, 1) % 180.0;
        ErrorEllipse { a_km: rounded(ellipse.a_m / 1000.0, 3), b_km: rounded(ellipse.b_m / 1000.0, 3), bearing_deg }
    }
}

#[derive(Serialize)]
struct Beyond<'a> {
    /// From the border.
    distance_km: f64,
    nearest_county: &'a str,
    /// Whom to tell, how far it is from there and in which direction; null where the site names no contacts.
    contact: Option<&'a str>,
    contact_km: Option<f64>,
    contact_direction: Option<&'a str>,
}

impl<'a> Beyond<'a> {
    fn of(neighbour: &'a Neighbour) -> Self {
        let contact = neighbour.contact.as_ref();
        Beyond {
            distance_km: rounded(neighbour.border_km, 1),
            nearest_county: &neighbour.nearest_county,
            contact: contact.map(|(name, ..)| name.as_str()),
            contact_km: contact.map(|(_, km, _)| rounded(*km, 1)),
            contact_direction: contact.map(|(.., direction)| *direction),
        }
    }
}

fn beyond(neighbour: &Neighbour) -> Feature<'_, EventProperties<'_>> {
    Feature { neighbour: Some(Beyond::of(neighbour)), ..event(&neighbour.event) }
}

/// What an event's properties have no names for: they are a contract.
#[derive(Serialize)]
pub(super) struct Followed<'a> {
    /// Looks that saw it.
    pub(super) looks: usize,
    /// Ids of its detections, and of coarse ones that it shares with other events and that count there.
    pub(super) members: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) shared: &'a [String],
    /// Time and MW of each look of a geostationary satellite.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) frp_curve: Vec<(Utc, f64)>,
    /// Townships and villages that it may lie in.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) candidates: &'a [String],
    /// Splits and mergers.
    #[serde(skip_serializing_if = "<[Happening]>::is_empty")]
    pub(super) history: &'a [Happening],
}

impl<'a> Followed<'a> {
    pub(super) fn of(event: &'a FireEvent) -> Self {
        Followed {
            looks: event.looks,
            members: &event.members,
            shared: &event.shared,
            frp_curve: event.frp_curve.iter().map(|(time, mw)| (*time, rounded(*mw, 3))).collect(),
            candidates: &event.candidates,
            history: &event.history,
        }
    }
}

#[derive(Serialize)]
pub(super) struct EventProperties<'a> {
    pub(super) id: &'a str,
    pub(super) first_seen: Utc,
    pub(super) last_seen: Utc,
    pub(super) sources: &'a [String],
    pub(super) detections: usize,
    pub(super) max_frp_mw: Option<f64>,
    pub(super) fre_mj: Option<f64>,
    pub(super) confidence: Confidence,
    pub(super) class: Class,
    pub(super) adcode: Option<&'a str>,
    pub(super) county: Option<&'a str>,
    pub(super) township: Option<&'a str>,
    pub(super) grid_cell: Option<&'a str>,
    pub(super) responsible: Option<&'a str>,
    pub(super) position_error_m: Option<f64>,
    pub(super) error_ellipse: Option<ErrorEllipse>,
    pub(super) status: &'static str,
    pub(super) first_discoverer: Option<&'a str>,
    pub(super) verification: Unknown,
    pub(super) merged_into: Option<&'a str>,
    pub(super) maps_link: Unknown,
    pub(super) simulated: bool,
}

fn event(event: &FireEvent) -> Feature<'_, EventProperties<'_>> {
    let feature = Feature::new(&event.id, event.place, event_properties(event));
    let followed = Some(Followed::of(event));
    Feature { confirmation: Some(event.confirmation), reasons: &event.reasons, followed, ..feature }
}

/// What a list says of an event, as [`fire_properties`].
pub(super) fn event_properties(event: &FireEvent) -> EventProperties<'_> {
    EventProperties {
        id: &event.id,
        first_seen: event.first_seen,
        last_seen: event.last_seen,
        sources: &event.sources,
        detections: event.detections,
        max_frp_mw: known(event.max_frp_mw, 3),
        fre_mj: known(event.fre_mj, 1),
        confidence: event.confidence,
        class: event.class,
        adcode: event.county.as_ref().map(|county| county.adcode.as_str()),
        county: event.county.as_ref().map(|county| county.name.as_str()),
        township: event.township.as_deref(),
        grid_cell: event.grid_cell.as_deref(),
        responsible: event.responsible.as_deref(),
        position_error_m: known(event.position_error_m, 0),
        error_ellipse: event.place_spread.map(ErrorEllipse::of),
        // every event begins as a lead that somebody has to look at
        status: if event.merged_into.is_some() { "closed" } else { "triage" },
        first_discoverer: Some(event.first_discoverer.as_str()).filter(|name| !name.is_empty()),
        verification: None,
        merged_into: event.merged_into.as_deref(),
        maps_link: None,
        simulated: event.simulated,
    }
}

/// A finite value, rounded; anything else does not exist.
pub(super) fn known(value: Option<impl Into<f64>>, decimals: i32) -> Option<f64> {
    value.map(Into::into).filter(|value| value.is_finite()).map(|value| rounded(value, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::{CountyName, DropReason, Verdict};
    use crate::fuse::fuse;
    use crate::thresholds::FuseThresholds;
    use serde_json::Value;

    fn pixel(id: &str) -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        FirePixel::bare(id, time, LonLat::new(102.123_456_78, 36.5).expect("valid"))
    }

    fn event() -> FireEvent {
        let mut seen = pixel("a");
        (seen.satellite, seen.frp_mw, seen.confidence) = ("Himawari-9".into(), Some(12.345_678), Confidence::High);
        (seen.position_error_m, seen.place_spread) = (Some(1234.6), None);
        fuse(&[seen], &FuseThresholds::default(), |_| None).remove(0)
    }

    fn written(write: impl Fn(&Path) -> Result<()>) -> Value {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("x.geojson");
        write(&path).expect("written");
        let text = std::fs::read_to_string(&path).expect("there");
        text.parse::<geojson::GeoJson>().expect("GeoJSON by the geojson crate");
        serde_json::from_str(&text).expect("JSON")
    }

    fn names(feature: &Value) -> String {
        let properties = feature["properties"].as_object().expect("object");
        properties.keys().cloned().collect::<Vec<_>>().join(", ")
    }

    /// Names and order: the interface page of the project.
    #[test]
    fn property_names_are_the_contract() {
        let fires = written(|path| write_fires(path, &[pixel("a")], false));
        assert_eq!(
            names(&fires["features"][0]),
            "id, time, satellite, sensor, algorithm, profile, program_version, granule, line, column, daynight, \
             tir_band, bt_mir_k, bt_tir_k, bt_mir_bg_k, bt_tir_bg_k, frp_mw, frp_surface_mw, pixel_area_km2, \
             confirmation, simulated, confidence, confidence_pct, adcode, county, township, grid_cell, \
             position_error_m, terrain_corrected, verdict, reason, class, cropland_fraction"
        );
        let events = written(|path| write_events(path, &[event()], false));
        assert_eq!(
            names(&events["features"][0]),
            "id, first_seen, last_seen, sources, detections, max_frp_mw, fre_mj, confidence, class, adcode, county, \
             township, grid_cell, responsible, position_error_m, error_ellipse, status, first_discoverer, \
             verification, merged_into, maps_link, simulated"
        );
    }

    #[test]
    fn values_are_rounded_and_the_absent_is_null() {
        let mut full = pixel("b");
        full.frp_mw = Some(0.1 + 0.2);
        full.bt_mir_k = Some(331.63);
        full.bt_tir_k = Some(f32::NAN);
        full.county = Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() });
        full.verdict = Verdict::Dropped(DropReason::OutsideCounties);
        full.simulated = true;
        let corner = |lon, lat| LonLat::new(lon, lat).expect("valid");
        full.footprint = Some([corner(102.1, 36.4), corner(102.2, 36.4), corner(102.2, 36.5), corner(102.1, 36.5)]);
        let fires = written(|path| write_fires(path, &[full.clone(), pixel("a")], false));
        assert_eq!((&fires["simulated"], &fires["type"]), (&Value::Bool(true), &"FeatureCollection".into()));
        assert_eq!(fires["program_version"], env!("CARGO_PKG_VERSION"));
        let (a, b) = (&fires["features"][0], &fires["features"][1]);
        assert!(a.get("footprint").is_none());
        let ring = serde_json::json!([[[102.1, 36.4], [102.2, 36.4], [102.2, 36.5], [102.1, 36.5], [102.1, 36.4]]]);
        assert_eq!((&b["footprint"]["type"], &b["footprint"]["coordinates"]), (&"Polygon".into(), &ring));
        assert_eq!((&a["id"], &b["id"]), (&"a".into(), &"b".into()), "by id, whatever the order given");
        assert_eq!(a["geometry"]["coordinates"], serde_json::json!([102.123457, 36.5]));
        assert!(a["properties"]["frp_mw"].is_null() && a["properties"]["county"].is_null());
        let b = &b["properties"];
        assert_eq!((&b["frp_mw"], &b["bt_mir_k"]), (&0.3.into(), &331.63.into()));
        assert!(b["bt_tir_k"].is_null());
        assert_eq!((&b["county"], &b["verdict"]), (&"互助土族自治县".into(), &"dropped".into()));
        assert_eq!((&b["reason"], &b["time"]), (&"outside_counties".into(), &"2025-10-20T05:30:00Z".into()));
    }

    #[test]
    fn no_fire_is_an_empty_collection() {
        for simulated in [false, true] {
            let lists = [
                written(|path| write_fires(path, &[], simulated)),
                written(|path| write_events(path, &[], simulated)),
                written(|path| write_neighbours(path, &[], simulated)),
            ];
            for list in lists {
                assert_eq!((&list["features"], &list["simulated"]), (&serde_json::json!([]), &simulated.into()));
            }
        }
    }

    #[test]
    fn an_event_is_a_lead_to_be_looked_at() {
        let events = written(|path| write_events(path, &[FireEvent { place_spread: None, ..event() }], false));
        let event = &events["features"][0]["properties"];
        assert_eq!((&event["status"], &event["first_discoverer"]), (&"triage".into(), &"Himawari-9".into()));
        assert_eq!((&event["max_frp_mw"], &event["position_error_m"]), (&12.346.into(), &1235.0.into()));
        assert!(event["error_ellipse"].is_null());
    }

    /// By hand: variances of 2.5 and a covariance of -1.5 km2 are 2 km along 135 degrees and 1 km across; a bearing of
    /// 179.98 degrees is 0.0.
    #[test]
    fn an_event_has_the_ellipse_of_its_place() {
        let ellipse = |spread: Spread| {
            let of = FireEvent { place_spread: Some(spread), ..event() };
            written(|path| write_events(path, std::slice::from_ref(&of), false))["features"][0]["properties"]["error_ellipse"]
                .clone()
        };
        let oblique = ellipse(Spread { east_m2: 2.5e6, cross_m2: -1.5e6, north_m2: 2.5e6 });
        assert_eq!(oblique, serde_json::json!({ "a_km": 2.0, "b_km": 1.0, "bearing_deg": 135.0 }));
        let north = ellipse(Spread::along(-0.35, 1000.0).and(Spread::along(500.0, 0.0)));
        assert_eq!(north, serde_json::json!({ "a_km": 1.0, "b_km": 0.5, "bearing_deg": 0.0 }));
    }
}
