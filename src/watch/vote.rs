//! Does it stay? What the model marks in one picture is a guess; what it marks again at the same place, with its base where it
//! was, is smoke or flame.

use super::boxes::Mark;
use crate::thresholds::WatchThresholds;
use crate::time::Utc;
use std::collections::VecDeque;

/// Things that one view of one camera shows, from frame to frame.
#[derive(Debug, Clone)]
pub struct Vote {
    t: WatchThresholds,
    things: Vec<Thing>,
    next: u64,
    frame: u64,
}

/// One thing, while it is marked.
#[derive(Debug, Clone)]
struct Thing {
    number: u64,
    first: Utc,
    /// Its marks of the last frames.
    marks: VecDeque<Cast>,
    told: Option<Utc>,
}

/// What the model marks in a frame, with what else is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ballot {
    /// The mark.
    pub mark: Mark,
    /// Whether something changed there in the last minutes, where that is known.
    pub changed: Option<bool>,
    /// The light of flame by night, of any unit: a lamp's is the same from frame to frame.
    pub light: Option<f32>,
}

impl Ballot {
    /// A mark of which nothing else is known.
    pub fn bare(mark: Mark) -> Ballot {
        Ballot { mark, changed: None, light: None }
    }
}

/// A mark of a thing in one frame.
#[derive(Debug, Clone, Copy)]
struct Cast {
    frame: u64,
    time: Utc,
    mark: Mark,
    counts: f32,
    light: Option<f32>,
}

/// A thing that stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Number of the thing: the same while it goes on.
    pub thing: u64,
    /// Its last mark.
    pub mark: Mark,
    /// When it was marked first.
    pub first: Utc,
    /// Mean of what its marks in the window count, 0 to 1.
    pub score: f32,
    /// Whether it was told before.
    pub is_again: bool,
}

impl Vote {
    /// Nothing was seen yet.
    pub fn new(t: &WatchThresholds) -> Self {
        Vote { t: t.clone(), things: Vec::new(), next: 1, frame: 0 }
    }

    /// Forgets all things: after a camera turned.
    pub fn forget(&mut self) {
        self.things.clear();
    }

    /// Takes the marks of a frame that the model looked at, and
    /// gives what stays and is new, or was told long enough ago: what its marks in the window count has to sum to `least`. Frames come in the
    /// order of time.
    pub fn take(&mut self, time: Utc, marks: &[Ballot], least: f32) -> Vec<Standing> {
        self.frame += 1;
        let (frame, t) = (self.frame, self.t.clone());
        let mut marks: Vec<&Ballot> = marks.iter().collect();
        marks.sort_by(|a, b| b.mark.score.total_cmp(&a.mark.score));
        for Ballot { mark, changed, light } in marks {
            let counts = if *changed == Some(false) { t.unchanged * mark.score } else { mark.score };
            let same = self.things.iter_mut().filter(|thing| thing.is_at(mark, frame, &t)).max_by(|a, b| {
                let shared = |thing: &Thing| thing.last().map_or(0.0, |last| last.nested(mark));
                shared(a).total_cmp(&shared(b)).then(b.number.cmp(&a.number))
            });
            let cast = Cast { frame, time, mark: *mark, counts, light: *light };
            match same {
                Some(thing) => thing.marks.push_back(cast),
                None => {
                    self.things.push(Thing { number: self.next, first: time, marks: [cast].into(), told: None });
                    self.next += 1;
                }
            }
        }
        self.things.retain(|thing| !thing.has_ended(time, frame, &t));
        self.things.iter_mut().filter_map(|thing| thing.standing(time, frame, least, &t)).collect()
    }
}

impl Thing {
    fn last(&self) -> Option<&Mark> {
        self.marks.back().map(|cast| &cast.mark)
    }

    /// Whether a mark of another frame is this thing.
    fn is_at(&self, mark: &Mark, frame: u64, t: &WatchThresholds) -> bool {
        let is_one =
            |cast: &Cast| cast.frame < frame && cast.mark.kind == mark.kind && cast.mark.nested(mark) >= t.overlap;
        self.marks.back().is_some_and(is_one)
    }

    fn has_ended(&self, now: Utc, frame: u64, t: &WatchThresholds) -> bool {
        let Some(last) = self.marks.back() else { return true };
        frame - last.frame >= t.window as u64 && now.seconds_since(last.time) > f64::from(t.lost_s)
    }

    /// The thing where it stays and is to be told. Marks before the window are let go.
    fn standing(&mut self, now: Utc, frame: u64, least: f32, t: &WatchThresholds) -> Option<Standing> {
        let begins = (frame + 1).saturating_sub(t.window as u64);
        while self.marks.len() > 1 && self.marks.front().is_some_and(|cast| cast.frame < begins) {
            self.marks.pop_front();
        }
        let last = *self.marks.back()?;
        let in_window = || self.marks.iter().filter(|cast| cast.frame >= begins);
        let (hits, sum) = in_window().fold((0, 0.0), |(hits, sum), cast| (hits + 1, sum + cast.counts));
        let stays = hits >= t.hits as usize && sum >= least && now.seconds_since(self.first) >= f64::from(t.stands_s);
        let is_due = self.told.is_none_or(|told| now.seconds_since(told) >= f64::from(t.again_s));
        (last.frame == frame && stays && is_due && self.stands_still(t) && self.flickers(t)).then(|| {
            let is_again = self.told.replace(now).is_some();
            Standing { thing: self.number, mark: last.mark, first: self.first, score: sum / hits as f32, is_again }
        })
    }

    /// Whether its light is another one from frame to frame, as far as it is flame by night.
    fn flickers(&self, t: &WatchThresholds) -> bool {
        let lights = self.marks.iter().filter_map(|cast| cast.light);
        let range = lights.map(|light| (light, light)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        range.is_none_or(|(least, most)| most - least >= t.flicker * most)
    }

    /// Whether the base of the last mark is near that of the first in the window; a plume that leans grows out of its base.
    fn stands_still(&self, t: &WatchThresholds) -> bool {
        let (Some(first), Some(last)) = (self.marks.front().map(|cast| &cast.mark), self.last()) else { return false };
        let (a, b) = (first.base(), last.base());
        let wide = first.width().max(last.width());
        let high = first.height().max(last.height()).max(wide);
        (a.0 - b.0).abs() <= t.drift * wide && (a.1 - b.1).abs() <= t.drift * high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Kind;

    fn at(second: f64) -> Utc {
        Utc::from_parts(2026, 10, 1, 4, 0, 0).and_then(|start| start.plus_seconds(second)).expect("a time")
    }

    fn smoke(score: f32, left: f32) -> Ballot {
        Ballot::bare(Mark { kind: Kind::Smoke, score, left, top: 100.0, right: left + 40.0, bottom: 140.0 })
    }

    /// Frames a minute apart; the frames (from 0) at which something is told.
    fn told(frames: &[Vec<Ballot>]) -> Vec<usize> {
        let mut vote = Vote::new(&WatchThresholds::default());
        let tells =
            |(i, marks): (usize, &Vec<_>)| (!vote.take(at(60.0 * i as f64), marks, 1.0).is_empty()).then_some(i);
        frames.iter().enumerate().filter_map(tells).collect()
    }

    #[test]
    fn what_stays_is_told_once_and_again_after_five_minutes() {
        let frames = vec![vec![smoke(0.6, 200.0)]; 8];
        assert_eq!(told(&frames), [1, 6]);
    }

    #[test]
    fn one_frame_alone_is_never_told() {
        assert_eq!(told(&[vec![smoke(0.99, 200.0)], vec![], vec![], vec![], vec![smoke(0.99, 200.0)], vec![]]), [0; 0]);
    }

    #[test]
    fn weak_marks_need_more_frames_than_strong_ones() {
        assert_eq!(told(&vec![vec![smoke(0.34, 200.0)]; 4]), [2]);
        assert_eq!(told(&vec![vec![smoke(0.2, 200.0)]; 9]), [0; 0]);
    }

    /// A car's dust moves its width a frame; a plume leans and stays.
    #[test]
    fn what_moves_on_is_not_told() {
        let moving: Vec<_> = (0..8).map(|i| vec![smoke(0.8, 200.0 + 24.0 * i as f32)]).collect();
        assert_eq!(told(&moving), [1], "two frames within three quarters of its width");
        let faster: Vec<_> = (0..8).map(|i| vec![smoke(0.8, 200.0 + 36.0 * i as f32)]).collect();
        assert_eq!(told(&faster), [0; 0]);
    }

    #[test]
    fn where_nothing_changed_a_mark_counts_half() {
        let unchanged = |_| vec![Ballot { changed: Some(false), ..smoke(0.48, 200.0) }];
        assert_eq!(told(&(0..9).map(unchanged).collect::<Vec<_>>()), [0; 0], "four times 0.24");
    }

    #[test]
    fn two_things_are_two_and_each_keeps_its_number() {
        let mut vote = Vote::new(&WatchThresholds::default());
        let both = [smoke(0.7, 100.0), smoke(0.9, 400.0)];
        assert!(vote.take(at(0.0), &both, 1.0).is_empty());
        let standing = vote.take(at(60.0), &both, 1.0);
        assert_eq!(
            standing.iter().map(|s| (s.thing, s.mark.left, s.is_again)).collect::<Vec<_>>(),
            [(1, 400.0, false), (2, 100.0, false)]
        );
        let again = vote.take(at(400.0), &both, 1.0);
        assert_eq!(again.iter().map(|s| (s.thing, s.is_again)).collect::<Vec<_>>(), [(1, true), (2, true)]);
    }

    #[test]
    fn a_lamp_burns_evenly_and_flame_does_not() {
        let lit = |light: f32| vec![Ballot { light: Some(light), ..smoke(0.8, 200.0) }];
        assert_eq!(told(&[lit(900.0), lit(910.0), lit(905.0), lit(915.0), lit(900.0)]), [0; 0]);
        assert_eq!(told(&[lit(900.0), lit(700.0)]), [1]);
    }

    /// Five seconds apart: two frames are five seconds, three are ten.
    #[test]
    fn it_stands_for_ten_seconds_at_least() {
        let mut vote = Vote::new(&WatchThresholds::default());
        let told: Vec<bool> =
            (0..4).map(|i| !vote.take(at(5.0 * f64::from(i)), &[smoke(0.9, 200.0)], 1.0).is_empty()).collect();
        assert_eq!(told, [false, false, true, false]);
    }
}
