//! What a photo says of itself beside what is known of the case: where it was taken, and when. Hints for who reviews, never a lock: a phone may
//! have had neither signal nor a fix.

use crate::cases::{Finding, PhotoKind, Verification};
use crate::place::LonLat;
use crate::store::{Photo, Step};
use crate::time::Utc;

/// A phone's clock may be so far off without being said to lie, seconds \[P\].
const CLOCK_S: f64 = 60.0;

/// A photo beside its case.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Judged {
    /// From its place, by the phone, to that of the event, metres.
    pub distance_m: Option<f64>,
    /// From the dispatch to when it was taken, by the phone, seconds; below zero: before.
    pub after_dispatch_s: Option<f64>,
}

impl Judged {
    /// Whether it was taken before the case was given.
    pub fn is_before_dispatch(&self) -> bool {
        self.after_dispatch_s.is_some_and(|seconds| seconds < -CLOCK_S)
    }

    /// `距火点 1.2 km`.
    pub fn distance_words(&self) -> Option<String> {
        let metres = self.distance_m?;
        Some(if metres < 1000.0 {
            format!("距火点 {metres:.0} m")
        } else {
            format!("距火点 {:.1} km", metres / 1000.0)
        })
    }

    /// `派单后 25 分钟`, `早于派单 10 分钟`.
    pub fn dispatch_words(&self) -> Option<String> {
        let seconds = self.after_dispatch_s?;
        let seconds = if self.is_before_dispatch() { seconds } else { seconds.max(0.0) };
        let minutes = (seconds.abs() / 60.0).round() as i64;
        let lasting = match (minutes / 60, minutes % 60) {
            (0, minutes) => format!("{minutes} 分钟"),
            (hours, 0) => format!("{hours} 小时"),
            (hours, minutes) => format!("{hours} 小时 {minutes} 分钟"),
        };
        Some(if seconds < 0.0 { format!("早于派单 {lasting}") } else { format!("派单后 {lasting}") })
    }
}

/// When the case was given to the post that has it: a report that was refused does not begin it anew.
pub fn dispatched(steps: &[Step]) -> Option<Utc> {
    steps.iter().rev().find(|step| step.action == "dispatch").map(|step| step.at)
}

/// A photo beside the place of its event and when the case was given.
pub fn judged(photo: &Photo, place: LonLat, dispatched: Option<Utc>) -> Judged {
    Judged {
        distance_m: photo.place.map(|taken| taken.distance_m(place)),
        after_dispatch_s: dispatched.map(|at| photo.taken.seconds_since(at)),
    }
}

/// The kinds that a finding should be shown by.
fn wanted(finding: Finding) -> &'static [PhotoKind] {
    match finding {
        Finding::Burning | Finding::NoTrace => &[PhotoKind::Far, PhotoKind::Near],
        Finding::OutWithTraces => &[PhotoKind::Far, PhotoKind::Near, PhotoKind::Traces],
        Finding::NotReached => &[PhotoKind::Far],
    }
}

/// What who reviews should know of the photos of a report.
pub fn hints(verification: &Verification, photos: &[Photo], dispatched: Option<Utc>) -> Vec<String> {
    let own: Vec<&Photo> = photos.iter().filter(|photo| verification.photos.contains(&photo.id)).collect();
    if own.is_empty() {
        return vec!["反馈没有照片".to_string()];
    }
    let mut said = Vec::new();
    let missing: Vec<&str> = wanted(verification.finding)
        .iter()
        .filter(|kind| own.iter().all(|photo| photo.kind != Some(**kind)))
        .map(|kind| kind.name())
        .collect();
    let unsaid = own.iter().filter(|photo| photo.kind.is_none()).count();
    if !missing.is_empty() {
        let or = if unsaid > 0 { format!("（{unsaid} 张未注明类别）") } else { String::new() };
        said.push(format!("缺{}照片{or}", missing.join("、")));
    }
    let count = |is: &dyn Fn(&Photo) -> bool| own.iter().filter(|photo| is(photo)).count();
    let early = count(&|photo| judged(photo, LonLat::ZERO, dispatched).is_before_dispatch());
    for (count, what) in [
        (early, "张照片早于派单"),
        (count(&|photo| photo.place.is_none()), "张照片没有位置"),
        (count(&|photo| !photo.complete), "张原图未到"),
    ] {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: f64) -> Utc {
        let start = Utc::parse("2025-10-20T05:00:00Z").expect("a time");
        start.plus_seconds(60.0 * minutes).expect("a time")
    }

    fn photo(id: &str, kind: Option<PhotoKind>, minutes: f64) -> Photo {
        Photo {
            id: id.into(),
            event: "e".into(),
            who: "HZ-01".into(),
            kind,
            mime: "image/jpeg".into(),
            size: 1,
            sha256: String::new(),
            taken: at(minutes),
            place: LonLat::new(102.0, 36.5),
            accuracy_m: None,
            received: 1,
            complete: true,
            small: true,
            made: at(minutes),
        }
    }

    fn found(finding: Finding, photos: &[&str]) -> Verification {
        let photos = photos.iter().map(|id| (*id).to_string()).collect();
        Verification {
            finding,
            cause: None,
            note: String::new(),
            post: None,
            by: None,
            time: at(60.0),
            photos,
            approved: false,
        }
    }

    #[test]
    fn what_is_missing_is_said_and_what_is_not_needed_is_not() {
        let photos = [photo("a", Some(PhotoKind::Far), 20.0), photo("b", Some(PhotoKind::Near), -3.0)];
        let said = |finding, ids: &[&str]| hints(&found(finding, ids), &photos, Some(at(0.0)));
        assert_eq!(said(Finding::OutWithTraces, &["a", "b"]), ["缺痕迹照片", "1 张照片早于派单"]);
        assert_eq!(said(Finding::NoTrace, &["a"]), ["缺近景照片"]);
        assert_eq!(said(Finding::NotReached, &["a"]), Vec::<String>::new());
        assert_eq!(said(Finding::Burning, &[]), ["反馈没有照片"]);
        let old = [photo("a", None, 20.0)];
        assert_eq!(
            hints(&found(Finding::Burning, &["a"]), &old, None),
            ["缺远景、近景照片（1 张未注明类别）"],
            "phones of before did not ask"
        );
    }

    /// By hand: 0.01 degree of latitude is 1112 m on a sphere of 6371 km.
    #[test]
    fn a_photo_stands_beside_its_case() {
        let judged = judged(&photo("a", None, -10.0), LonLat::new(102.0, 36.51).expect("a place"), Some(at(0.0)));
        assert_eq!(judged.distance_words().as_deref(), Some("距火点 1.1 km"));
        assert_eq!(judged.dispatch_words().as_deref(), Some("早于派单 10 分钟"));
        assert!(judged.is_before_dispatch() && !Judged::default().is_before_dispatch());
        assert_eq!(
            Judged { after_dispatch_s: Some(5400.0), ..judged }.dispatch_words().as_deref(),
            Some("派单后 1 小时 30 分钟")
        );
    }
}
