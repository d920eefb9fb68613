//! A fire that something else saw, and a camera that can see its place: a picture of it, and whether the camera sees smoke.

use crate::place::LonLat;
use crate::store::CameraLook;
use crate::time::Utc;

/// What a camera was asked to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Errand {
    /// The fire.
    pub event: String,
    /// Where it is.
    pub place: LonLat,
    /// The direction that shows it; `None`: the camera's own.
    pub preset: Option<String>,
    /// When it was asked.
    pub asked: Utc,
    /// The first picture: when it was taken, and its path.
    pub picture: Option<(Utc, Option<String>)>,
    /// Whether smoke or flame was told at that place in the picture since.
    pub saw: bool,
    /// What kept the pictures from being judged, where something did.
    pub hindered: Option<String>,
}

/// A camera looks so long at a place, seconds: the vote over time needs four pictures, and smoke of straw comes and goes.
pub const LOOK_S: f64 = 120.0;
/// An errand of which there is no picture after so long is over, seconds.
const PATIENCE_S: f64 = 600.0;

impl Errand {
    /// Whether there is nothing more to come of it.
    pub fn is_over(&self, now: Utc) -> bool {
        match &self.picture {
            Some((taken, _)) => now.seconds_since(*taken) >= LOOK_S,
            None => now.seconds_since(self.asked) >= PATIENCE_S,
        }
    }

    /// What the desk is told of it.
    pub fn look(&self, camera: &str, now: Utc) -> CameraLook {
        let minutes = LOOK_S / 60.0;
        let said = match (&self.picture, self.is_over(now), self.saw) {
            (None, false, _) => "已请求转向，等待画面".to_string(),
            (None, true, _) => "请求后没有取得该方向的画面".to_string(),
            (Some(_), _, true) => "该处发现烟或火".to_string(),
            (Some(_), false, false) => "已拍照，继续观察".to_string(),
            (Some(_), true, false) => match &self.hindered {
                Some(why) => format!("已拍照，未能识别（{why}），请看图"),
                None => format!("观察 {minutes:.0} 分钟未识别出烟火，不等于无火，请看图"),
            },
        };
        CameraLook {
            event: self.event.clone(),
            camera: camera.to_string(),
            preset: self.preset.clone(),
            time: self.asked,
            said,
            image: self.picture.as_ref().and_then(|(_, path)| path.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_goes_with_what_came() {
        let at = |second: f64| Utc::UNIX_EPOCH.plus_seconds(second).expect("a time");
        let mut errand = Errand {
            event: "E1".into(),
            place: LonLat::new(102.4, 36.4).expect("a place"),
            preset: None,
            asked: at(0.0),
            picture: None,
            saw: false,
            hindered: None,
        };
        assert!(!errand.is_over(at(599.0)) && errand.is_over(at(600.0)));
        assert_eq!(errand.look("a", at(600.0)).said, "请求后没有取得该方向的画面");
        errand.picture = Some((at(20.0), Some("20261001/x.jpg".into())));
        assert!(!errand.is_over(at(139.0)) && errand.is_over(at(140.0)));
        let over = errand.look("a", at(140.0));
        assert!(over.said.contains("不等于无火") && over.image.is_some() && over.time == at(0.0));
        errand.hindered = Some("画面全黑".into());
        let said = errand.look("a", at(140.0)).said;
        assert!(said.contains("未能识别（画面全黑）") && !said.contains("未识别出"), "{said}");
        errand.saw = true;
        assert_eq!(errand.look("a", at(30.0)).said, "该处发现烟或火");
    }
}
