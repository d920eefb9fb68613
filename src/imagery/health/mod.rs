//! What ails a camera, from its last pictures and the time: pure, and told once when it begins and once when it ends.
//!
//! The numbers were measured on the shared clips of towers (HPWREN, every 60 s; one every 0.04 s) and on the same pictures held still and
//! coded again by x264: see [`HealthThresholds`].

mod look;
mod pose;

pub use look::Look;
pub use pose::{Pose, Reference};

use crate::thresholds::HealthThresholds;
use crate::time::Utc;
use std::collections::BTreeMap;

/// What is wrong with a camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ailment {
    /// No picture since then.
    Silent {
        /// The last picture, or the beginning of the watch.
        since: Utc,
    },
    /// The same picture since then.
    Frozen {
        /// The first of the equal ones.
        since: Utc,
    },
    /// Black by day.
    Black,
    /// One colour by day: no signal, or something before the lens.
    Flat,
    /// Less detail than its reference has.
    Blurred {
        /// Share of the detail that is left.
        left: f32,
    },
    /// It looks elsewhere than its reference: no azimuth may be given.
    Moved {
        /// How far what it sees has moved in the picture, pixels to the right and down; none where nothing of the reference is found.
        by: Option<(f32, f32)>,
    },
}

impl Ailment {
    /// Its word in lists.
    pub fn name(&self) -> &'static str {
        match self {
            Ailment::Silent { .. } => "silent",
            Ailment::Frozen { .. } => "frozen",
            Ailment::Black => "black",
            Ailment::Flat => "flat",
            Ailment::Blurred { .. } => "blurred",
            Ailment::Moved { .. } => "moved",
        }
    }

    /// What the desk is told of a camera.
    pub fn text(&self, camera: &str) -> String {
        match self {
            Ailment::Silent { since } => {
                format!("摄像机 {camera} 无画面: {} 起未收到图像, 请检查供电和网络", since.beijing())
            }
            Ailment::Frozen { since } => format!("摄像机 {camera} 画面静止: {} 起图像不变, 请重启", since.beijing()),
            Ailment::Black => format!("摄像机 {camera} 白天画面全黑, 请检查镜头和曝光"),
            Ailment::Flat => format!("摄像机 {camera} 画面无内容: 无信号或镜头被遮挡"),
            Ailment::Blurred { left } => {
                format!("摄像机 {camera} 画面模糊: 细节仅为参考的 {:.0}%, 雾雨、镜头脏污或失焦", 100.0 * left)
            }
            Ailment::Moved { by: Some((right, down)) } => {
                format!(
                    "摄像机 {camera} 指向已变: 画面偏移 右 {right:.0} 下 {down:.0} 像素, 暂不给出方位, 请复位或重新标定"
                )
            }
            Ailment::Moved { by: None } => {
                format!("摄像机 {camera} 指向已变: 画面与参考图不符, 暂不给出方位, 请复位或重新标定")
            }
        }
    }
}

/// An ailment that begins or ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When.
    pub time: Utc,
    /// What.
    pub ailment: Ailment,
    /// Whether it begins.
    pub begins: bool,
}

/// What is known of one ailment.
#[derive(Debug, Clone, Copy, Default)]
struct Course {
    /// Looks in a row that show it, or do not.
    bad: u32,
    good: u32,
    begun: Option<Ailment>,
}

/// Pictures that are like the first of them.
#[derive(Debug, Clone, Default)]
struct Run(Option<(Look, u32)>);

impl Run {
    /// With one more, or anew from it: how many they are, and since when.
    fn lengthen(&mut self, look: &Look, is_like: impl Fn(&Look) -> bool) -> Option<(u32, Utc)> {
        match &mut self.0 {
            Some((first, count)) if is_like(first) => *count = count.saturating_add(1),
            run => *run = Some((look.clone(), 1)),
        }
        self.0.as_ref().map(|(first, count)| (*count, first.time))
    }
}

/// How one camera is.
#[derive(Debug, Clone)]
pub struct Health {
    t: HealthThresholds,
    every_s: f64,
    last: Utc,
    /// Pictures that are nearly the same, and such that are so to the last bit.
    nearly: Run,
    exactly: Run,
    courses: BTreeMap<&'static str, Course>,
    pose: Option<bool>,
}

impl Health {
    /// A camera that is watched from `now` on, a picture every `every_s` seconds.
    pub fn new(t: &HealthThresholds, every_s: f64, now: Utc) -> Self {
        Health {
            t: t.clone(),
            every_s,
            last: now,
            nearly: Run::default(),
            exactly: Run::default(),
            courses: BTreeMap::new(),
            pose: None,
        }
    }

    /// What ails it now.
    pub fn ailments(&self) -> Vec<Ailment> {
        self.courses.values().filter_map(|course| course.begun).collect()
    }

    /// Whether it looks where its reference does; `None` before the first clear check. Where it does not, no azimuth may be given.
    pub fn pose_holds(&self) -> Option<bool> {
        self.pose
    }

    /// A picture came. `sun_deg` is the sun's elevation there, `reference` the camera's own picture.
    pub fn see(&mut self, look: Look, sun_deg: f64, reference: Option<&Reference>) -> Vec<Change> {
        let (t, now) = (self.t.clone(), look.time);
        let is_day = sun_deg > f64::from(t.day_deg);
        self.last = now;
        let mut changes = Vec::new();
        self.follow(now, "silent", None, 1, 1, &mut changes);
        let is_black = look.mean < t.black;
        let is_flat = !is_black && look.spread < t.flat;
        let left = reference.map(|reference| look.detail / reference.detail().max(1.0));
        let is_blurred = left.is_some_and(|left| left < t.blurred) && !is_black && !is_flat;
        if is_day {
            let bad = |is: bool, ailment: Ailment| is.then_some(ailment);
            let (most, least) = (t.bad_pictures as u32, t.good_pictures as u32);
            self.follow(now, "black", bad(is_black, Ailment::Black), most, least, &mut changes);
            self.follow(now, "flat", bad(is_flat, Ailment::Flat), most, least, &mut changes);
            self.follow(
                now,
                "blurred",
                bad(is_blurred, Ailment::Blurred { left: left.unwrap_or(1.0) }),
                most,
                least,
                &mut changes,
            );
        }
        // without light or structure there is nothing that could change
        if !is_black && look.spread >= t.flat {
            let frozen = self.frozen(look).map(|since| Ailment::Frozen { since });
            self.follow(now, "frozen", frozen, 1, t.good_pictures as u32, &mut changes);
        }
        changes
    }

    /// Since when the picture is the same, if it is.
    fn frozen(&mut self, look: Look) -> Option<Utc> {
        let t = &self.t;
        let exactly = self.exactly.lengthen(&look, |first| first.is_equal_to(&look));
        let nearly = self.nearly.lengthen(&look, |first| first.differs_by(&look).is_some_and(|by| by < t.same));
        // what was frozen is so as long as it stays nearly the same
        let is_frozen = self.courses.get("frozen").is_some_and(|course| course.begun.is_some());
        let is_long = |(pictures, since): &(u32, Utc), least: f32, least_s: f32| {
            *pictures >= least as u32 && look.time.seconds_since(*since) >= f64::from(least_s)
        };
        let found = [
            exactly.filter(|run| is_long(run, t.same_pictures, t.same_s)),
            nearly.filter(|run| is_long(run, t.nearly_same_pictures, t.nearly_same_s) || (is_frozen && run.0 > 1)),
        ];
        found.into_iter().flatten().map(|(_, since)| since).min()
    }

    /// A picture was compared with the reference ([`Reference::pose_of`]).
    pub fn check_pose(&mut self, now: Utc, pose: Pose) -> Vec<Change> {
        let mut changes = Vec::new();
        let moved = match pose {
            Pose::Unclear => return changes,
            Pose::Elsewhere => Some(Ailment::Moved { by: None }),
            Pose::Shifted { right_px, down_px, width } => {
                let is_far = right_px.hypot(down_px) > self.t.moved * width as f32;
                is_far.then_some(Ailment::Moved { by: Some((right_px, down_px)) })
            }
        };
        // at once: an azimuth that is wrong sends people to a wrong place
        self.pose = Some(moved.is_none());
        self.follow(now, "moved", moved, self.t.moved_checks as u32, 1, &mut changes);
        changes
    }

    /// It was moved when it was watched last: until a comparison says otherwise it is.
    pub fn was_moved(&mut self) {
        self.pose = Some(false);
        self.courses.entry("moved").or_default().begun = Some(Ailment::Moved { by: None });
    }

    /// Nothing came; to be asked every few seconds.
    pub fn wait(&mut self, now: Utc) -> Vec<Change> {
        let mut changes = Vec::new();
        let most = (f64::from(self.t.silent_paces) * self.every_s).max(f64::from(self.t.silent_s));
        if now.seconds_since(self.last) > most {
            self.follow(now, "silent", Some(Ailment::Silent { since: self.last }), 1, 1, &mut changes);
        }
        changes
    }

    /// Counts looks that show an ailment or do not; it begins after `most` that do and ends after `least` that do not.
    fn follow(
        &mut self,
        now: Utc,
        name: &'static str,
        ailment: Option<Ailment>,
        most: u32,
        least: u32,
        changes: &mut Vec<Change>,
    ) {
        let course = self.courses.entry(name).or_default();
        match ailment {
            Some(ailment) => {
                (course.bad, course.good) = (course.bad.saturating_add(1), 0);
                if course.bad >= most && course.begun.is_none() {
                    course.begun = Some(ailment);
                    changes.push(Change { time: now, ailment, begins: true });
                }
            }
            None => {
                (course.bad, course.good) = (0, course.good.saturating_add(1));
                if course.good >= least
                    && let Some(ailment) = course.begun.take()
                {
                    changes.push(Change { time: now, ailment, begins: false });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    fn at(second: f64) -> Utc {
        Utc::UNIX_EPOCH.plus_seconds(second).expect("a time")
    }

    /// A hill with trees, a sky above it, and noise that `seed` makes.
    fn picture(seed: u32, light: f32) -> RgbImage {
        RgbImage::from_fn(640, 360, |x, y| {
            let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ seed.wrapping_mul(2_654_435_761))
                .wrapping_mul(2_246_822_519)
                >> 28;
            let trees = if y > 180 { (x / 6).wrapping_mul(40_503) ^ (y / 6).wrapping_mul(30_011) } else { 0 };
            let value = (100 + trees % 64) as f32 * light + noise as f32 / 4.0;
            image::Rgb([value as u8; 3])
        })
    }

    fn run(
        health: &mut Health,
        from: u32,
        count: u32,
        picture: impl Fn(u32) -> RgbImage,
    ) -> Vec<(u32, &'static str, bool)> {
        let mut list = Vec::new();
        for n in from..from + count {
            let look = Look::at(&picture(n), at(5.0 * f64::from(n)));
            list.extend(health.see(look, 30.0, None).iter().map(|change| (n, change.ailment.name(), change.begins)));
        }
        list
    }

    #[test]
    fn a_well_camera_has_nothing() {
        let mut health = Health::new(&HealthThresholds::default(), 5.0, at(0.0));
        let light = |n: u32| 1.0 + 0.02 * (n as f32 / 3.0).sin();
        assert!(run(&mut health, 0, 60, |n| picture(n, light(n))).is_empty());
        assert!(health.wait(at(300.0)).is_empty() && health.ailments().is_empty());
    }

    #[test]
    fn a_frozen_one_is_told_once_and_well_again_once() {
        let mut health = Health::new(&HealthThresholds::default(), 5.0, at(0.0));
        assert_eq!(run(&mut health, 0, 40, |_| picture(1, 1.0)), [(5, "frozen", true)]);
        let light = |n: u32| 1.0 + 0.02 * (n as f32).sin();
        assert_eq!(run(&mut health, 40, 20, |n| picture(n, light(n))), [(42, "frozen", false)]);
        // coded again: noise, and nothing else
        assert_eq!(run(&mut health, 60, 40, |n| picture(n, 1.0)), [(83, "frozen", true)]);
    }

    #[test]
    fn black_and_flat_count_by_day_alone() {
        let mut health = Health::new(&HealthThresholds::default(), 5.0, at(0.0));
        for n in 0..20 {
            assert!(health.see(Look::at(&RgbImage::new(64, 64), at(f64::from(n))), -20.0, None).is_empty(), "by night");
        }
        assert_eq!(run(&mut health, 20, 10, |_| RgbImage::new(64, 64)), [(25, "black", true)]);
        let blue = |_| RgbImage::from_pixel(64, 64, image::Rgb([0, 0, 200]));
        assert_eq!(run(&mut health, 30, 10, blue), [(32, "black", false), (35, "flat", true)]);
    }

    #[test]
    fn silence_begins_after_its_time_and_ends_with_a_picture() {
        let mut health = Health::new(&HealthThresholds::default(), 30.0, at(0.0));
        assert!(health.wait(at(120.0)).is_empty());
        let begun = health.wait(at(121.0));
        assert_eq!(begun.len(), 1);
        assert_eq!(begun[0].ailment, Ailment::Silent { since: at(0.0) });
        assert!(health.wait(at(500.0)).is_empty());
        let ended = health.see(Look::at(&picture(1, 1.0), at(501.0)), 30.0, None);
        assert!(ended.len() == 1 && !ended[0].begins && ended[0].ailment.name() == "silent");
    }

    #[test]
    fn a_blurred_one_is_compared_with_its_own_reference() {
        let mut health = Health::new(&HealthThresholds::default(), 5.0, at(0.0));
        let reference = Reference::of(&picture(0, 1.0)).expect("a reference");
        let mut begun = Vec::new();
        for n in 0..12 {
            let blurred = image::imageops::blur(&picture(n, 1.0 + 0.02 * (n as f32).sin()), 2.0);
            begun.extend(health.see(Look::at(&blurred, at(f64::from(n))), 30.0, Some(&reference)));
        }
        assert!(begun.len() == 1 && begun[0].ailment.name() == "blurred", "{begun:?}");
        assert!(begun[0].ailment.text("东山").contains("画面模糊"));
    }

    #[test]
    fn a_pose_that_does_not_hold_is_known_at_once_and_told_after_three() {
        let mut health = Health::new(&HealthThresholds::default(), 5.0, at(0.0));
        let shifted = |right_px: f32| Pose::Shifted { right_px, down_px: 0.0, width: 1280 };
        assert!(health.check_pose(at(0.0), Pose::Unclear).is_empty() && health.pose_holds().is_none());
        assert!(health.check_pose(at(1.0), shifted(2.0)).is_empty() && health.pose_holds() == Some(true));
        assert!(health.check_pose(at(2.0), shifted(40.0)).is_empty() && health.pose_holds() == Some(false));
        assert!(health.check_pose(at(3.0), Pose::Elsewhere).is_empty());
        assert!(health.check_pose(at(4.0), Pose::Unclear).is_empty() && health.pose_holds() == Some(false));
        assert_eq!(health.check_pose(at(5.0), Pose::Elsewhere).len(), 1);
        assert!(!health.check_pose(at(6.0), shifted(0.0))[0].begins && health.pose_holds() == Some(true));
    }
}
