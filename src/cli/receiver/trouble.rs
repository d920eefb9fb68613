//! The trouble that a receiver is told to make: a share of requests each, by a seed, so that a run can be had again.

use crate::error::{Error, Result};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Shares of requests, from 0 to 1.
#[derive(Debug, Clone, Args)]
pub(super) struct Troubles {
    /// Share answered 500.
    #[arg(long, default_value_t = 0.0)]
    fail_share: f64,
    /// Share answered only after --stall-s.
    #[arg(long, default_value_t = 0.0)]
    stall_share: f64,
    /// Seconds of a stall.
    #[arg(long, default_value_t = 30.0)]
    stall_s: f64,
    /// Share answered 429 with Retry-After: 1.
    #[arg(long, default_value_t = 0.0)]
    busy_share: f64,
    /// Share whose connection is dropped, and nothing kept.
    #[arg(long, default_value_t = 0.0)]
    drop_share: f64,
    /// Share that is kept, and the connection then dropped: the sender must send it again.
    #[arg(long, default_value_t = 0.0)]
    twice_share: f64,
    /// While this file is there, all are answered 503.
    #[arg(long)]
    down_file: Option<PathBuf>,
    /// Which requests meet trouble.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(skip)]
    counter: Arc<AtomicU64>,
}

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trouble {
    None,
    Down,
    Drop,
    Fail,
    Busy,
    Stall(Duration),
    Twice,
}

impl Trouble {
    /// The word in the statistics.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Trouble::None => None,
            Trouble::Down => Some("down"),
            Trouble::Drop => Some("drop"),
            Trouble::Fail => Some("fail"),
            Trouble::Busy => Some("busy"),
            Trouble::Stall(_) => Some("stall"),
            Trouble::Twice => Some("twice"),
        }
    }
}

impl Troubles {
    fn shares(&self) -> [(&'static str, f64, Trouble); 5] {
        let stall = Trouble::Stall(Duration::try_from_secs_f64(self.stall_s).unwrap_or_default());
        [
            ("--drop-share", self.drop_share, Trouble::Drop),
            ("--fail-share", self.fail_share, Trouble::Fail),
            ("--busy-share", self.busy_share, Trouble::Busy),
            ("--stall-share", self.stall_share, stall),
            ("--twice-share", self.twice_share, Trouble::Twice),
        ]
    }

    /// # Errors
    /// [`Error::Config`] where a share is none, or they are more than all together.
    pub(super) fn check(&self) -> Result<()> {
        for (name, share, _) in self.shares() {
            if !(0.0..=1.0).contains(&share) {
                return Err(Error::config(name, share.to_string(), "a share from 0 to 1", "correct it"));
            }
        }
        let sum: f64 = self.shares().iter().map(|(_, share, _)| share).sum();
        if sum > 1.0 + 1e-9 {
            return Err(Error::config("shares", sum.to_string(), "1 in all at most", "lower one"));
        }
        Ok(())
    }

    /// Of the next request.
    pub(super) fn next(&self) -> Trouble {
        if self.down_file.as_ref().is_some_and(|path| path.exists()) {
            return Trouble::Down;
        }
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut at = unit(self.seed, number);
        for (_, share, trouble) in self.shares() {
            if at < share {
                return trouble;
            }
            at -= share;
        }
        Trouble::None
    }
}

/// A number from 0 to below 1 of a seed and a count (SplitMix64, Steele et al. 2014).
fn unit(seed: u64, count: u64) -> f64 {
    let mut z = seed.wrapping_add(count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_met_and_a_seed_gives_the_same_run() {
        let troubles = |seed| Troubles {
            fail_share: 0.1,
            stall_share: 0.0,
            stall_s: 1.0,
            busy_share: 0.2,
            drop_share: 0.05,
            twice_share: 0.0,
            down_file: None,
            seed,
            counter: Arc::default(),
        };
        let run = |seed| {
            (0..10_000)
                .map({
                    let t = troubles(seed);
                    move |_| t.next()
                })
                .collect::<Vec<_>>()
        };
        let first = run(7);
        let share = |of: Trouble| first.iter().filter(|trouble| **trouble == of).count();
        assert!((800..1200).contains(&share(Trouble::Fail)) && (1800..2200).contains(&share(Trouble::Busy)));
        assert!((400..600).contains(&share(Trouble::Drop)) && share(Trouble::Twice) == 0);
        assert!(first == run(7) && first != run(8));
        assert!(Troubles { fail_share: 0.9, ..troubles(1) }.check().is_err());
        assert!(Troubles { fail_share: -0.1, ..troubles(1) }.check().is_err());
    }
}
