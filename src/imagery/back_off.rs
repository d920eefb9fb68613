//! How long to wait before a camera is asked again: 1, 2, 4 to 60 s, each a little more or less, so that fifty cameras behind one
//! switch do not all come back in the same second.

use std::time::Duration;

/// The longest wait, s.
const LONGEST_S: f64 = 60.0;
/// After a wrong password, s. Cameras lock an account after some five wrong ones in half an hour.
pub(super) const REFUSED_S: f64 = 600.0;

/// The waits of one camera.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    tries: u32,
}

impl BackOff {
    /// It is well again.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next wait; `chance` in 0..1 makes it up to a quarter shorter or longer.
    pub(super) fn next(&mut self, refused: bool, chance: f64) -> Duration {
        let plain = if refused { REFUSED_S } else { 2f64.powi(self.tries.min(10) as i32).min(LONGEST_S) };
        self.tries = self.tries.saturating_add(1);
        Duration::from_secs_f64(plain * (0.75 + 0.5 * chance.clamp(0.0, 1.0)))
    }
}

/// A number in 0..1 by chance; 0.5 where the system has none.
pub(super) fn chance() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / 4_294_967_296.0,
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_begin_anew() {
        let mut waits = BackOff::default();
        let list: Vec<f64> = (0..8).map(|_| waits.next(false, 0.5).as_secs_f64()).collect();
        assert_eq!(list, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        waits.reset();
        assert_eq!(waits.next(false, 0.0).as_secs_f64(), 0.75);
        assert_eq!(waits.next(false, 1.0).as_secs_f64(), 2.5);
        assert_eq!(waits.next(true, 0.5).as_secs_f64(), REFUSED_S);
        assert!((0.0..1.0).contains(&chance()));
    }
}
