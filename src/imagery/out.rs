//! Where what a file shows goes: nothing of it is dropped.

use super::Seen;
use super::queue::Queue;
use crate::frame::Frame;
use crate::time::Clock;
use std::sync::Arc;

/// Where what a file shows goes.
pub(super) struct Out {
    pub queue: Arc<Queue>,
    pub clock: Clock,
}

impl Out {
    pub(super) async fn frame(&self, frame: Frame) {
        self.queue.push_all(Seen::Frame(frame)).await;
    }

    pub(super) async fn trouble(&self, what: String) {
        self.queue.push_all(Seen::Trouble { time: self.clock.now(), what }).await;
    }
}
