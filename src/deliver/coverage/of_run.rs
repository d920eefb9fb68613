//! What one run saw of each county, reckoned as `strawfire coverage` does: 有效观测 means one thing wherever it is printed.

use super::CoverageRow;
use super::period::Period;
use super::read::Run;
use super::sums::observed;
use crate::deliver::scan_report::{CountyShare, ScanReport};
use crate::site::Site;

/// Share of each county that a run saw, from its rows, in the order of the site.
pub fn shares(report: &ScanReport, rows: &[CoverageRow], site: &Site) -> Vec<CountyShare> {
    let period = Period::of(vec![Run { rows: rows.to_vec(), ..Run::default() }], site);
    let of_county = |adcode: &str, name: &str| {
        let counted = || report.granules.iter().flat_map(|granule| &granule.counties).filter(|c| c.adcode == adcode);
        let seen = observed(period.rows.iter().filter(|row| row.adcode == adcode));
        let (covered, parts) = (seen.hours > 0, seen.shares);
        // no look reaches it
        let not_covered_fraction = if covered { parts.not_covered } else { 1.0 };
        CountyShare {
            pixels: counted().map(|share| share.pixels).max().unwrap_or(0),
            observed_fraction: parts.clear,
            cloud_fraction: parts.cloud,
            missing_fraction: if covered { parts.missing + parts.not_covered + parts.planned_gap } else { 1.0 },
            not_covered_fraction,
            screened: counted().map(|share| share.screened).sum(),
            ..CountyShare::of_nothing(adcode, name)
        }
    };
    site.counties.iter().map(|county| of_county(&county.name.adcode, &county.name.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::coverage;
    use crate::deliver::scan_report::{GranuleReport, Looked};
    use crate::thresholds::SmallestFires;
    use crate::time::Utc;

    fn granule(site: &Site, time: &str, observed: f64) -> GranuleReport {
        let share = |county: &crate::site::County| CountyShare {
            pixels: 280,
            observed_fraction: observed,
            cloud_fraction: 1.0 - observed,
            screened: 1,
            ..CountyShare::of_nothing(&county.name.adcode, &county.name.name)
        };
        GranuleReport {
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            counties: site.counties.iter().map(share).collect(),
            ..GranuleReport::bare(format!("g{time}"), Utc::parse(time).expect("a time"))
        }
    }

    fn of(granules: Vec<GranuleReport>, site: &Site) -> CountyShare {
        let mut report = ScanReport::new(Vec::new());
        report.granules = granules;
        report.complete(&[]);
        let rows = coverage::rows(&report, site, &SmallestFires::default());
        shares(&report, &rows, site).remove(0)
    }

    /// By hand: two looks at 05:30 saw 80 and 0 per cent, one at 05:50 saw 40, and 05:40 is not there: (80 + 0 + 40)/3 = 40 of
    /// that hour. At 06:00 all was seen: (40 + 100)/2 = 70. Cloud: (20 + 0 + 60)/3 and 0 give 13.3; the rest is missing.
    #[test]
    fn absent_slots_are_not_seen_and_a_useless_look_takes_nothing_away() {
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let at = |minute: &str, seen| granule(&site, &format!("2025-10-20T{minute}:00Z"), seen);
        let again = GranuleReport { granule: "again".into(), ..at("05:30", 0.0) };
        let share = of(vec![at("05:30", 0.8), again, at("05:50", 0.4), at("06:00", 1.0)], &site);
        assert!((share.observed_fraction - 0.7).abs() < 1e-9, "{share:?}");
        assert!((share.cloud_fraction - 0.8 / 6.0).abs() < 1e-9 && (share.missing_fraction - 1.0 / 6.0).abs() < 1e-9);
        assert_eq!((share.pixels, share.screened, share.not_covered_fraction), (280, 4, 0.0));
    }

    #[test]
    fn a_granule_over_another_country_is_no_look() {
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let look = granule(&site, "2025-10-20T05:30:00Z", 0.8);
        let elsewhere = GranuleReport { look: Looked::NotOverSite, ..granule(&site, "2025-10-20T05:42:00Z", 0.0) };
        assert!((of(vec![look, elsewhere.clone()], &site).observed_fraction - 0.8).abs() < 1e-9);
        let nothing = of(vec![elsewhere], &site);
        assert_eq!(
            (nothing.sentence(0).as_str(), nothing.missing_fraction),
            ("未有效观测; 另有 1 个热异常像元判为非火点", 1.0)
        );
    }
}
