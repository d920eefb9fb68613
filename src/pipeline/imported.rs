//! Lists of other people's detections on their way into the store.

use crate::deliver::scan_report::GranuleReport;
use crate::fire::FirePixel;
use std::collections::BTreeMap;

/// What each list gave, by its name: counts, and drops by reason. A list says nothing of what was seen.
pub fn accounts(fires: &[FirePixel]) -> Vec<GranuleReport> {
    let mut lists: BTreeMap<&str, GranuleReport> = BTreeMap::new();
    for fire in fires {
        let list = lists.entry(&fire.granule).or_insert_with(|| GranuleReport {
            satellite: fire.satellite.clone(),
            sensor: fire.sensor.clone(),
            profile: fire.profile.clone(),
            algorithm: fire.algorithm.clone(),
            ..GranuleReport::bare(&fire.granule, fire.time)
        });
        list.time = list.time.min(fire.time);
        list.simulated |= fire.simulated;
        *list.pixels.entry("detections".to_string()).or_default() += 1;
        match fire.verdict.reason() {
            Some(reason) => *list.fires_dropped.entry(reason.to_string()).or_default() += 1,
            None => list.fires_kept += 1,
        }
    }
    lists.into_values().collect()
}
