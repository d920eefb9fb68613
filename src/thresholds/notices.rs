//! When officers are told again, and when it is too late for an alarm.

use super::{Row, Standing};

thresholds! {
    /// Notices of events.
    NoticeThresholds {
        grown_by = 1.5, "1", "An event of this many times the power that was told is told again.", "ours", OwnChoice;
        moved_m = 1000.0, "m", "An event that moved further than its place error and this is told again.", "a cell of the patrol grid, ours", OwnChoice;
        woods_m = 500.0, "m", "A fire with woods so near burns at the edge of a forest.", "ours", OwnChoice;
        woods_share = 0.05, "1", "Share of woods within that distance, at least.", "a row of trees along a ditch is no forest, ours", OwnChoice;
        rule_h = 6.0, "h", "An event that was seen last longer ago when a rule of the site would give it to a post is the desk's: what the rule says of the hour was meant for a fire that burns now.", "twice the time after which a fire is a late supplement; ours", OwnChoice;
        body_h = 24.0, "h", "The text of a notice that was delivered is kept so long at least: the next retain takes it. Its hash, its receiver and its time stay.", "a shift and the next one can still see what was said; ours", OwnChoice;
        late_h = 3.0, "h", "An event that was last seen longer ago is a late supplement (补发): officers look for traces, nobody is woken up.", "straw burns 10 to 60 minutes, passes arrive within 3 h; ours", OwnChoice;
    }
}
