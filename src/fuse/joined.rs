//! What is one with what.

/// Which things were joined: each points towards the first of those that it is one with.
#[derive(Default)]
pub(super) struct Joined(Vec<usize>);

impl Joined {
    /// Another thing, by itself: its number.
    pub fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The first of those that it is one with.
    pub fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// Makes two one.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
