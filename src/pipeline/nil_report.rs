//! 零报告: what each county may say at its hour of the time since the hour before, reckoned as the page and the lists do.

use super::observed::{Seen, looks_said, reached, seen, shares};
use crate::error::Result;
use crate::ledger::nil::{Kind, Said};
use crate::site::{NilHours, Site};
use crate::store::{Actor, Asked, NilReport, Scope, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;

/// A report that was missed longer ago is not made up for, seconds: a day.
const MISSED_S: f64 = 86_400.0;

/// The time that a report of an hour is of: since the hour before.
pub fn begins(hours: &NilHours, due: Utc) -> Utc {
    hours.at.previous(due).or_else(|| due.plus_seconds(-MISSED_S)).unwrap_or(due)
}

/// What is to be said of each county of a time, in the order of the site.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn said(
    store: &Store,
    site: &Site,
    thresholds: &Thresholds,
    from: Utc,
    until: Utc,
) -> Result<Vec<(String, Said)>> {
    // what is seen at the hour itself is of the next report
    let last = until.plus_seconds(-1e-6).unwrap_or(until);
    // a drill is never reported with what is real
    let Seen { looks, apart } = seen(store, &Scope::all(), from, last).await?;
    let mut said = Vec::new();
    for share in shares(site, thresholds, &looks, from, until) {
        let of_county = Asked {
            from: Some(from),
            to: Some(last),
            standing: true,
            simulated: Some(apart.simulated),
            county: Some(share.adcode.clone()),
            ..Asked::default()
        };
        let fires = usize::try_from(store.count_events(&Scope::all(), &of_county).await?).unwrap_or(0);
        let words = looks_said(&looks, &share.adcode, from, until);
        // where no look reached it nothing is known of what was seen: that is no share of 0, as in figures and lists
        let is_known = reached(&looks, &share.adcode, until).next().is_some();
        let sentence = match fires {
            n if n > 0 && !is_known => format!("疑似火点 {n} 个(有效观测未知)"),
            _ => share.sentence_of_looks(fires, &words),
        };
        let of = Said {
            kind: Kind::of(fires, !share.is_silent(0)),
            fires,
            // no share is less than nothing, as a sum of nothing may be
            observed: is_known.then_some(share.observed_fraction.max(0.0) + 0.0),
            sentence: sentence + apart.mark(),
            simulated: apart.simulated,
        };
        said.push((share.adcode, of));
    }
    Ok(said)
}

/// Proposes the reports of all counties at every hour after the last that is there and up to now; how many are new.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn propose(store: &Store, site: &Site, thresholds: &Thresholds, now: Utc, actor: &Actor) -> Result<u64> {
    let Some(hours) = &site.desk.nil_report else { return Ok(0) };
    let day_ago = now.plus_seconds(-MISSED_S).unwrap_or(now);
    // where there is none yet, it begins with the last hour that the store has seen: who begins today owes nothing for yesterday
    let after = match store.last_nil_report().await?.filter(|last| *last <= now) {
        Some(last) => last.max(day_ago),
        None => match hours.at.previous(now.plus_seconds(1e-6).unwrap_or(now)) {
            Some(last) if last >= day_ago && store.began().await?.is_some_and(|began| began < last) => {
                last.plus_seconds(-1e-6).unwrap_or(last)
            }
            _ => return Ok(0),
        },
    };
    let mut new = 0;
    for due in hours.at.due(after, now) {
        let from = begins(hours, due);
        let reports: Vec<NilReport> = said(store, site, thresholds, from, due)
            .await?
            .into_iter()
            .map(|(adcode, said)| NilReport {
                adcode,
                due,
                from,
                proposed: serde_json::to_string(&said).unwrap_or_default(),
                proposed_at: now,
                confirmed: None,
            })
            .collect();
        let mut write = store.write().await?;
        new += write.propose_reports(&reports, actor).await?;
        write.commit().await?;
    }
    Ok(new)
}
