//! Real and simulated data are never counted together: where anything real is there, what a drill made is left out and said by its number; where all
//! is of a drill, all that is made of it is marked.

/// Behind a sentence that is of a drill.
pub const MARK: &str = "（模拟数据，非真实火点）";

/// Whether all there is is of a drill; of nothing it is not.
pub fn is_drill(are_simulated: impl IntoIterator<Item = bool>) -> bool {
    let mut are = are_simulated.into_iter().peekable();
    are.peek().is_some() && are.all(|simulated| simulated)
}

/// What was chosen, and how much of a drill was left out for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Apart {
    /// Of a drill alone: nothing real was there.
    pub simulated: bool,
    /// Looks that are left out.
    pub looks: usize,
    /// Events that are left out.
    pub events: usize,
}

impl Apart {
    /// What stands behind a sentence.
    pub fn mark(&self) -> &'static str {
        if self.simulated { MARK } else { "" }
    }

    /// How much was left out; nothing where nothing was.
    pub fn left_out(&self) -> Option<String> {
        let parts = [(self.looks, "模拟观测", "次"), (self.events, "模拟疑似火点", "处")];
        let said =
            parts.iter().filter(|(count, ..)| *count > 0).map(|(count, what, unit)| format!("{what} {count} {unit}"));
        let said: Vec<String> = said.collect();
        (!said.is_empty()).then(|| format!("另有{}, 不计入: 模拟(演练)数据与真实数据不合并计数", said.join("、")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_drill_and_one_real_look_makes_it_none() {
        assert!(!is_drill([]) && is_drill([true, true]) && !is_drill([true, false]));
        let apart = Apart { simulated: false, looks: 3, events: 1 };
        let said = apart.left_out().expect("said");
        assert!(said.starts_with("另有模拟观测 3 次、模拟疑似火点 1 处, 不计入"), "{said}");
        assert_eq!((Apart::default().left_out(), apart.mark()), (None, ""));
    }
}
