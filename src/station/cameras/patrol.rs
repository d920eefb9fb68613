//! Where a camera that turns looks: from preset to preset, and at once to one that shows a fire.

use crate::time::Utc;
use std::collections::VecDeque;

/// A camera with nothing else to look at is told again where it should look after so long, seconds \[P\]: somebody may have turned it.
const ALONE_S: f64 = 600.0;

/// The way of one camera. It says what to ask for and hears what came of it; it asks nobody itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Patrol {
    presets: usize,
    dwell_s: f64,
    settle_s: f64,
    next: usize,
    /// What it was asked for and has not answered yet.
    turning: Option<Stay>,
    /// Where it is.
    stay: Option<Stay>,
    /// After a refusal it is left alone until then.
    again: Option<Utc>,
    asked: VecDeque<Stay>,
}

/// A time at a preset.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stay {
    preset: usize,
    /// Seconds that it stays there once it has settled.
    length_s: f64,
    /// Whether a fire asks for it.
    is_asked: bool,
    /// From when on pictures are of it, and until when it stays.
    span: Option<(Utc, Utc)>,
}

impl Patrol {
    /// Of a camera with so many presets, one at least.
    pub fn new(presets: usize, dwell_s: f64, settle_s: f64) -> Patrol {
        let dwell_s = if presets == 1 { dwell_s.max(ALONE_S) } else { dwell_s };
        Patrol { presets, dwell_s, settle_s, next: 0, turning: None, stay: None, again: None, asked: VecDeque::new() }
    }

    /// The preset to ask for now, where there is one: then [`Patrol::answered`] has to be told what came of it.
    pub fn turn(&mut self, now: Utc) -> Option<usize> {
        if self.turning.is_some() || self.again.is_some_and(|again| now < again) {
            return None;
        }
        let stays = self.stay.filter(|stay| stay.span.is_some_and(|(_, until)| now < until));
        match (stays, self.asked.front().copied()) {
            (Some(stay), Some(asked)) if stay.preset == asked.preset => {
                self.asked.pop_front();
                self.stay = Some(Stay { is_asked: true, ..stay }.until_at_least(now, asked.length_s));
                return None;
            }
            // one fire after the other
            (Some(stay), _) if stay.is_asked => return None,
            (Some(_), None) => return None,
            _ => {}
        }
        let stay = self.asked.pop_front().unwrap_or_else(|| {
            let preset = self.next;
            self.next = (self.next + 1) % self.presets.max(1);
            Stay { preset, length_s: self.dwell_s, is_asked: false, span: None }
        });
        (self.turning, self.stay) = (Some(stay), None);
        Some(stay.preset)
    }

    /// The camera said that it turns, or refused.
    pub fn answered(&mut self, is_done: bool, now: Utc) {
        let Some(stay) = self.turning.take() else { return };
        if is_done {
            self.again = None;
            self.stay = now.plus_seconds(self.settle_s).map(|from| {
                let until = from.plus_seconds(stay.length_s).unwrap_or(from);
                Stay { span: Some((from, until)), ..stay }
            });
        } else {
            // nobody knows where it looks
            (self.stay, self.again) = (None, now.plus_seconds(self.dwell_s));
            if stay.is_asked {
                self.asked.push_back(stay);
            }
        }
    }

    /// The preset that a picture of this time shows; `None` while it turns, and where that is not known.
    pub fn looks_at(&self, now: Utc) -> Option<usize> {
        let stay = self.stay?;
        stay.span.filter(|(from, _)| now >= *from).map(|_| stay.preset)
    }

    /// Whether it refused to turn: it looks somewhere, and nobody knows where.
    pub fn is_lost(&self) -> bool {
        self.stay.is_none() && self.turning.is_none() && self.again.is_some()
    }

    /// A fire asks for a preset, for so many seconds.
    pub fn ask(&mut self, preset: usize, length_s: f64) {
        if !self.asked.iter().any(|asked| asked.preset == preset) {
            self.asked.push_back(Stay { preset, length_s, is_asked: true, span: None });
        }
    }
}

impl Stay {
    fn until_at_least(mut self, now: Utc, length_s: f64) -> Stay {
        if let (Some((_, until)), Some(wanted)) = (&mut self.span, now.plus_seconds(length_s)) {
            *until = (*until).max(wanted);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: f64) -> Utc {
        Utc::UNIX_EPOCH.plus_seconds(second).expect("a time")
    }

    #[test]
    fn it_goes_around_and_pictures_count_once_it_has_settled() {
        let mut patrol = Patrol::new(3, 40.0, 8.0);
        assert_eq!((patrol.looks_at(at(0.0)), patrol.turn(at(0.0)), patrol.turn(at(1.0))), (None, Some(0), None));
        patrol.answered(true, at(2.0));
        assert_eq!((patrol.looks_at(at(9.9)), patrol.looks_at(at(10.0))), (None, Some(0)));
        assert_eq!((patrol.turn(at(49.9)), patrol.turn(at(50.0)), patrol.looks_at(at(50.0))), (None, Some(1), None));
        patrol.answered(true, at(50.0));
        assert_eq!(patrol.turn(at(98.0)), Some(2));
        patrol.answered(true, at(98.0));
        assert_eq!(patrol.turn(at(146.0)), Some(0));
    }

    #[test]
    fn a_fire_comes_before_the_patrol_and_a_second_one_after_it() {
        let mut patrol = Patrol::new(3, 40.0, 0.0);
        assert_eq!(patrol.turn(at(0.0)), Some(0));
        patrol.answered(true, at(0.0));
        patrol.ask(2, 120.0);
        patrol.ask(1, 60.0);
        patrol.ask(2, 120.0);
        assert_eq!(patrol.turn(at(5.0)), Some(2));
        patrol.answered(true, at(5.0));
        assert_eq!((patrol.turn(at(124.0)), patrol.turn(at(125.0))), (None, Some(1)));
        patrol.answered(true, at(125.0));
        // asked for what it shows, it stays
        patrol.ask(1, 100.0);
        assert_eq!((patrol.turn(at(130.0)), patrol.turn(at(229.0)), patrol.turn(at(230.0))), (None, None, Some(1)));
    }

    #[test]
    fn after_a_refusal_nobody_knows_where_it_looks_and_the_fire_waits() {
        let mut patrol = Patrol::new(2, 40.0, 0.0);
        patrol.ask(1, 120.0);
        assert_eq!(patrol.turn(at(0.0)), Some(1));
        patrol.answered(false, at(3.0));
        assert_eq!((patrol.looks_at(at(4.0)), patrol.turn(at(42.0)), patrol.turn(at(43.0))), (None, None, Some(1)));
        patrol.answered(true, at(43.0));
        assert_eq!(patrol.looks_at(at(43.0)), Some(1));
    }

    #[test]
    fn one_preset_alone_is_asked_for_now_and_then() {
        let mut patrol = Patrol::new(1, 40.0, 0.0);
        assert_eq!(patrol.turn(at(0.0)), Some(0));
        patrol.answered(true, at(0.0));
        assert_eq!((patrol.turn(at(599.0)), patrol.turn(at(600.0))), (None, Some(0)));
    }
}
