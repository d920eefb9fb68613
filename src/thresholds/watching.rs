//! When a camera's picture is looked at, and when what the model marks in it becomes a sighting.

use super::{Row, Standing};

thresholds! {
    /// Change, colour, and the vote over time.
    WatchThresholds {
        cell_share = 0.00625, "1", "Side of a cell of the change gate as a share of the picture's width.", "8 px of 1280, ours", OwnChoice;
        change = 4.0, "1", "A cell has changed where it differs from its past by this many of its usual deviations.", "ours", OwnChoice;
        change_floor = 3.0, "1", "Least difference of a changed cell, grey values of 255.", "noise of compression, ours", OwnChoice;
        changed_cells = 2.0, "1", "Changed cells side by side that open the gate.", "the smallest plume that the model marks is 16 px wide, ours", OwnChoice;
        past_s = 600.0, "s", "Time in which the past of a cell forgets.", "a plume of straw stands for ten minutes and more, ours", OwnChoice;
        every_s = 60.0, "s", "The model looks so often although nothing changed: what grows slowly opens no gate.", "ours", OwnChoice;
        flame_red = 180.0, "1", "Least red of a cell that may be flame, of 255.", "ours", OwnChoice;
        flame_over_blue = 60.0, "1", "Least excess of red over blue of a cell that may be flame, of 255.", "ours", OwnChoice;
        overlap = 0.3, "1", "Marks of one kind that overlap by more are one; marks of one thing in two frames share so much of the smaller.", "ours", OwnChoice;
        window = 4.0, "1", "Frames over which a thing gathers its score.", "ours", OwnChoice;
        hits = 2.0, "1", "Frames of these in which it was marked, at least.", "one frame alone is glare as often as smoke, ours", OwnChoice;
        sum = 1.7, "1", "Sum of its scores in these frames, at least, as long as a view has no past.", "three times the threshold of models/CARD.md, ours", OwnChoice;
        rise = 0.25, "1", "A score counts where it lies so far above its median over the past.", "above all of 30 frames before ignition of the calibration sequence, models/CARD.md", OwnCalculation;
        rise_sum = 0.5, "1", "Sum of these rises in the frames of the window, at least.", "twice rise, ours", OwnChoice;
        usual_maps = 10.0, "1", "Frames of the past that are usual, 16 at most.", "models/CARD.md", OwnCalculation;
        usual_least = 5.0, "1", "Frames from which on a past is one.", "models/CARD.md", OwnCalculation;
        usual_every_s = 60.0, "s", "Frames of the past lie so far apart, at least.", "the sequences of models/CARD.md are a frame a minute", OwnChoice;
        stands_s = 10.0, "s", "Time between its first mark and its last, at least.", "a car is gone by then, ours", OwnChoice;
        drift = 0.75, "1", "Its base stays within this many of its widths.", "clouds and cars move on, smoke stands on its fire, ours", OwnChoice;
        unchanged = 0.5, "1", "A mark counts so much where nothing changed in the last minutes.", "a house was there before, ours", OwnChoice;
        night = 40.0, "1", "A frame is of the night where its mean grey value is below this, of 255.", "towers by day have 81 and more, ours", OwnChoice;
        flicker = 0.1, "1", "Flame by night is told where its light differs by this share of the greatest within the window; a lamp's does not.", "ours, tried on made frames alone", OwnChoice;
        lost_s = 600.0, "s", "A thing not marked for so long has ended, and after at least four frames.", "ours", OwnChoice;
        again_s = 300.0, "s", "What goes on is a sighting again after so long.", "ours", OwnChoice;
    }
}
