//! What sends a patrol to a cell of the grid, and when a track is one of it. Points are of one scale: a fire in the cell this week and still open is 20.

use super::{Row, Standing};

thresholds! {
    /// Special patrols.
    PatrolThresholds {
        season = 10.0, "points", "On a day of a burning season, by the share of fields; whole where that is not known.", "ours", OwnChoice;
        custom = 6.0, "points", "On a day on which fires are lit by custom.", "ours", OwnChoice;
        cropland = 8.0, "points", "By the share of fields.", "ours", OwnChoice;
        window_days = 7.0, "d", "Days before and after the date of which fires of earlier years are of the same time of the year.", "ours", OwnChoice;
        near_m = 1500.0, "m", "Middle of a cell to a fire of earlier years beside it: its neighbours in a grid of a kilometre.", "root of 2 km, rounded up; ours", OwnChoice;
        past_here = 8.0, "points", "A day of earlier years with a fire in the cell.", "ours", OwnChoice;
        past_near = 4.0, "points", "A day of earlier years with a fire in a cell beside it.", "ours", OwnChoice;
        past_most = 24.0, "points", "Fires of earlier years together at most.", "ours", OwnChoice;
        recent_m = 2000.0, "m", "Middle of a cell to a fire or report of these days near it.", "the task's; ours", OwnChoice;
        week_days = 7.0, "d", "Fires of the last days.", "the task's; ours", OwnChoice;
        month_days = 30.0, "d", "Fires of the last weeks.", "the task's; ours", OwnChoice;
        week_here = 10.0, "points", "A fire of the last days in the cell; half near it.", "ours", OwnChoice;
        week_most = 20.0, "points", "Fires of the last days together at most.", "ours", OwnChoice;
        month_here = 5.0, "points", "A fire of the weeks before in the cell; half near it.", "ours", OwnChoice;
        month_most = 15.0, "points", "Fires of the weeks before together at most.", "ours", OwnChoice;
        open_here = 10.0, "points", "A fire of these weeks in the cell whose case is open; half near it.", "ours", OwnChoice;
        open_most = 20.0, "points", "Open cases together at most.", "ours", OwnChoice;
        repeat = 6.0, "points", "Each further fire of these weeks in the same cell.", "ours", OwnChoice;
        repeat_most = 18.0, "points", "Further fires together at most.", "ours", OwnChoice;
        call_here = 6.0, "points", "A report of people in these weeks in the cell; half near it.", "ours", OwnChoice;
        call_most = 12.0, "points", "Reports of people together at most.", "ours", OwnChoice;
        blind = 12.0, "points", "By the share of the last day that no satellite observed the county.", "ours", OwnChoice;
        blind_share = 0.3, "1", "Less unobserved than this is no reason to go.", "ours", OwnChoice;
        visit_m = 300.0, "m", "A point of a track so near the middle of a cell: the cell was visited.", "the task's; ours", OwnChoice;
        fastest_km_h = 120.0, "km/h", "Faster between two points of a track is no patrol.", "speed limit of motorways; ours", OwnChoice;
        gps_m = 50.0, "m", "Errors of two points of a telephone together: so far a track may leap.", "5 to 20 m in the open, more in valleys; ours", OwnChoice;
    }
}
