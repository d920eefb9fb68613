//! What rises above what the model usually sees there. A tree that looks like smoke does so all day; smoke was not there before.

use crate::thresholds::WatchThresholds;
use crate::time::Utc;
use std::collections::VecDeque;

/// Maps that are kept, at most.
const MOST: usize = 16;

/// What the model said of a view before.
#[derive(Debug, Clone)]
pub struct Rise {
    t: WatchThresholds,
    /// Maps of scores in 255 parts, the oldest first, with their times.
    past: VecDeque<(Utc, Vec<u8>)>,
}

impl Rise {
    /// Nothing was seen yet.
    pub fn new(t: &WatchThresholds) -> Self {
        Rise { t: t.clone(), past: VecDeque::new() }
    }

    /// Forgets what the view was like: after a camera turned.
    pub fn forget(&mut self) {
        self.past.clear();
    }

    /// How far each score lies above the median of those before, where the past has enough of them; then it is part of the past itself, at
    /// most every so many seconds: a plume must not become usual within a minute.
    pub fn look(&mut self, time: Utc, heat: &[f32]) -> Option<Vec<f32>> {
        if self.past.back().is_some_and(|(_, map)| map.len() != heat.len()) {
            self.past.clear();
        }
        let is_enough = self.past.len() >= self.t.usual_least as usize;
        let rise = is_enough.then(|| heat.iter().enumerate().map(|(at, score)| score - self.usual(at)).collect());
        let every = f64::from(self.t.usual_every_s);
        if self.past.back().is_none_or(|(last, _)| time.seconds_since(*last) >= every) {
            let map = heat.iter().map(|score| (255.0 * score.clamp(0.0, 1.0)).round() as u8).collect();
            self.past.push_back((time, map));
            while self.past.len() > (self.t.usual_maps as usize).clamp(1, MOST) {
                self.past.pop_front();
            }
        }
        rise
    }

    /// Median of a score over the past.
    fn usual(&self, at: usize) -> f32 {
        let mut values = [0; MOST];
        let many = self.past.len().min(MOST);
        values.iter_mut().zip(&self.past).for_each(|(value, (_, map))| *value = map[at]);
        let values = &mut values[..many];
        values.sort_unstable();
        // the lower and the upper middle are one where their number is odd
        let [lower, upper] = [many.saturating_sub(1) / 2, many / 2].map(|n| f32::from(values[n]));
        f32::midpoint(lower, upper) / 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i8) -> Utc {
        Utc::from_parts(2026, 10, 1, 4, minute, 0).expect("a time")
    }

    /// By hand: of .1, .2, .3, .4, .5 the median is .3; six minutes later of .1 to .6 it is .35. In 255 parts to .002.
    #[test]
    fn a_score_is_told_from_the_median_before() {
        let mut rise = Rise::new(&WatchThresholds::default());
        for minute in 0..5 {
            assert_eq!(rise.look(at(minute), &[0.1 * f32::from(minute) + 0.1]), None, "the past is too short");
        }
        let near = |found: Option<Vec<f32>>, expected: f32| {
            let found = found.expect("a past")[0];
            assert!((found - expected).abs() < 0.005, "{found} {expected}");
        };
        near(rise.look(at(5), &[0.6]), 0.3);
        near(rise.look(at(6), &[0.35]), 0.0);
    }

    #[test]
    fn what_comes_faster_than_a_minute_does_not_become_usual() {
        let mut rise = Rise::new(&WatchThresholds::default());
        (0..5).for_each(|minute| drop(rise.look(at(minute), &[0.0])));
        let later = |second: f64| at(5).plus_seconds(second).expect("a time");
        let rises: Vec<f32> =
            (0..11).filter_map(|i| rise.look(later(5.0 * f64::from(i)), &[0.9])).map(|map| map[0]).collect();
        assert_eq!(rises.len(), 11);
        assert!(rises.iter().all(|rise| *rise > 0.85), "{rises:?}");
    }

    #[test]
    fn another_size_begins_anew() {
        let mut rise = Rise::new(&WatchThresholds::default());
        (0..6).for_each(|minute| drop(rise.look(at(minute), &[0.0])));
        assert_eq!(rise.look(at(6), &[0.0, 0.0]), None);
        rise.forget();
        assert_eq!(rise.look(at(7), &[0.0, 0.0]), None);
    }
}
