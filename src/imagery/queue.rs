//! What was seen and not yet taken: of a live source the newest, of a file all, a few at a time.

use super::Seen;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// So many pictures wait at most.
const MOST_FRAMES: usize = 2;
/// So many words of trouble wait at most.
const MOST_TROUBLES: usize = 16;

/// A short queue with one that fills and one that takes.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Notify,
    taken: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Seen>,
    closed: bool,
}

impl State {
    fn count(&self, frames: bool) -> usize {
        self.waiting.iter().filter(|seen| matches!(seen, Seen::Frame(_)) == frames).count()
    }

    /// Whether there is no room for one more of its kind.
    fn is_full_for(&self, frame: bool) -> bool {
        self.count(frame) >= if frame { MOST_FRAMES } else { MOST_TROUBLES }
    }

    fn drop_oldest(&mut self, frame: bool) {
        if let Some(at) = self.waiting.iter().position(|seen| matches!(seen, Seen::Frame(_)) == frame) {
            self.waiting.remove(at);
        }
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one; the oldest of its kind makes room.
    pub(super) fn push_newest(&self, seen: Seen) {
        let frame = matches!(seen, Seen::Frame(_));
        let mut state = self.state();
        if state.is_full_for(frame) {
            state.drop_oldest(frame);
        }
        state.waiting.push_back(seen);
        self.filled.notify_one();
    }

    /// Adds one as soon as there is room.
    pub(super) async fn push_all(&self, seen: Seen) {
        let frame = matches!(seen, Seen::Frame(_));
        loop {
            {
                let mut state = self.state();
                if !state.is_full_for(frame) {
                    state.waiting.push_back(seen);
                    self.filled.notify_one();
                    return;
                }
            }
            self.taken.notified().await;
        }
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_one();
    }

    /// The oldest; `None` when nothing waits and nothing more comes.
    pub(super) async fn next(&self) -> Option<Seen> {
        loop {
            {
                let mut state = self.state();
                if let Some(seen) = state.waiting.pop_front() {
                    self.taken.notify_one();
                    return Some(seen);
                }
                if state.closed {
                    // for whoever asks again
                    self.filled.notify_one();
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::time::Utc;

    fn frame(number: f64) -> Seen {
        let time = Utc::UNIX_EPOCH.plus_seconds(number).expect("a time");
        Seen::Frame(Frame { time, is_dated: true, source: String::new(), image: image::RgbImage::new(1, 1) })
    }

    fn number(seen: Option<Seen>) -> f64 {
        match seen {
            Some(Seen::Frame(frame)) => frame.time.seconds_since(Utc::UNIX_EPOCH),
            Some(Seen::Trouble { .. }) => -1.0,
            None => -2.0,
        }
    }

    #[tokio::test]
    async fn the_newest_stay_and_words_do_not_push_pictures_out() {
        let queue = Queue::default();
        queue.push_newest(frame(1.0));
        for _ in 0..100 {
            queue.push_newest(Seen::Trouble { time: Utc::UNIX_EPOCH, what: String::new() });
        }
        for n in 2..10 {
            queue.push_newest(frame(f64::from(n)));
        }
        queue.close();
        let mut given = Vec::new();
        for _ in 0..MOST_TROUBLES + 4 {
            given.push(number(queue.next().await));
        }
        assert_eq!(given[MOST_TROUBLES..], [8.0, 9.0, -2.0, -2.0]);
    }

    #[tokio::test]
    async fn of_a_file_none_is_lost() {
        let queue = std::sync::Arc::new(Queue::default());
        let out = queue.clone();
        let fill = tokio::spawn(async move {
            for n in 0..50 {
                out.push_all(frame(f64::from(n))).await;
            }
            out.close();
        });
        for n in 0..50 {
            tokio::task::yield_now().await;
            assert_eq!(number(queue.next().await), f64::from(n));
        }
        assert!(queue.next().await.is_none());
        fill.await.expect("done");
    }
}
