//! One view of one camera, from frame to frame: gate, model, masks and vote in their order.

use super::boxes::Mark;
use super::gate::{Gate, Opening};
use super::model::{Glimpse, Model};
use super::rise::Rise;
use super::vote::{Ballot, Standing, Vote};
use crate::frame::Frame;
use crate::sighting::Kind;
use crate::thresholds::WatchThresholds;
use geo::{Contains, Point, Polygon};
use image::imageops;

/// How what the model marks becomes a sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It stays from frame to frame.
    OverTime,
    /// Each picture says for itself: pictures that do not follow each other.
    Each,
}

/// What a view remembers.
pub struct View {
    t: WatchThresholds,
    gate: Gate,
    vote: Vote,
    rise: Rise,
    /// Whether the last frame was told from what is usual.
    knows_usual: bool,
    judgement: Judgement,
    /// Parts that are not looked at, px.
    masks: Vec<Polygon<f64>>,
    last: Option<Thumbnail>,
}

/// What came of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Whether the model looked.
    pub opened: bool,
    /// Whether this is another view than that of the frame before: the camera turned, or the pictures are of several.
    pub is_another: bool,
    /// What the model marks outside of masks, strongest first, however weakly.
    pub marks: Vec<Mark>,
    /// How far the highest score of smoke or flame rises above what is usual there; `None` as long as that is not known.
    pub risen: Option<f32>,
    /// What is told.
    pub told: Vec<Standing>,
}

/// Marks weaker than this are not kept.
const LEAST: f32 = 0.08;

impl View {
    /// A view that nothing was seen of yet.
    pub fn new(t: &WatchThresholds, judgement: Judgement, masks: Vec<Polygon<f64>>) -> Self {
        View {
            t: t.clone(),
            gate: Gate::new(t),
            vote: Vote::new(t),
            rise: Rise::new(t),
            knows_usual: false,
            judgement,
            masks,
            last: None,
        }
    }

    /// Looks at a frame. Frames come in the order of time.
    ///
    /// # Errors
    /// Where the model cannot be run, in words; the frame then counts as not looked at.
    pub fn look(&mut self, frame: &Frame, model: &Model) -> Result<Looked, String> {
        let now = Thumbnail::of(frame);
        let is_another = self.last.replace(now.clone()).is_some_and(|last| !last.is_like(&now));
        if is_another {
            self.gate.forget();
            self.vote.forget();
            self.rise.forget();
        }
        let opening = self.gate.look(frame);
        let is_each = self.judgement == Judgement::Each;
        if !(opening.is_open || is_each) {
            return Ok(Looked { opened: false, is_another, marks: Vec::new(), risen: None, told: Vec::new() });
        }
        let glimpse = model.look(&frame.image)?;
        let marks = self.unmasked(glimpse.marks(LEAST));
        let (told, risen) = if is_each {
            let is_told = |mark: &&Mark| mark.score >= model.threshold(mark.kind);
            (marks.iter().filter(is_told).map(|mark| alone(frame, mark)).collect(), None)
        } else {
            self.over_time(frame, &glimpse, &marks, &opening)
        };
        Ok(Looked { opened: true, is_another, marks, risen, told })
    }

    /// What stays: of a view with a past what rises above what is usual there, else what is marked strongly.
    fn over_time(
        &mut self,
        frame: &Frame,
        glimpse: &Glimpse,
        marks: &[Mark],
        opening: &Opening,
    ) -> (Vec<Standing>, Option<f32>) {
        let was_known = self.knows_usual;
        let rise = self.rise.look(frame.time, glimpse.heat());
        self.knows_usual = rise.is_some();
        let Some(rise) = rise else {
            let changed =
                |mark: &Mark| opening.is_settled.then(|| opening.changed.iter().any(|area| touches(mark, area)));
            let marks: Vec<Ballot> = marks
                .iter()
                .map(|mark| Ballot { changed: changed(mark), light: self.light_of(frame, mark), ..Ballot::bare(*mark) })
                .collect();
            return (self.vote.take(frame.time, &marks, self.t.sum), None);
        };
        if !was_known {
            // scores and rises do not add up
            self.vote.forget();
        }
        let risen = self.unmasked(glimpse.marks_by(&rise, self.t.rise));
        let marks: Vec<Ballot> =
            risen.into_iter().map(|mark| Ballot { light: self.light_of(frame, &mark), ..Ballot::bare(mark) }).collect();
        let highest = rise.into_iter().fold(f32::MIN, f32::max);
        (self.vote.take(frame.time, &marks, self.t.rise_sum), Some(highest))
    }

    /// The light of flame by night: what is brighter than the dark around it. The mark is taken wider, for its edges waver.
    fn light_of(&self, frame: &Frame, mark: &Mark) -> Option<f32> {
        let is_night = self.last.as_ref().is_some_and(|last| last.mean() < self.t.night);
        if mark.kind != Kind::Flame || !is_night {
            return None;
        }
        let (wide, high) = (frame.image.width(), frame.image.height());
        let (x0, x1) = (wider(mark.left, -mark.width(), wide), wider(mark.right, mark.width(), wide));
        let (y0, y1) = (wider(mark.top, -mark.height(), high), wider(mark.bottom, mark.height(), high));
        let pixels = (y0..y1).flat_map(|y| (x0..x1).map(move |x| frame.image.get_pixel(x, y).0));
        Some(pixels.map(|pixel| (grey(pixel) - self.t.night).max(0.0)).sum())
    }

    fn unmasked(&self, mut marks: Vec<Mark>) -> Vec<Mark> {
        marks.retain(|mark| !self.is_masked(mark));
        marks
    }

    /// A mark whose base lies in a mask.
    fn is_masked(&self, mark: &Mark) -> bool {
        let (x, y) = mark.base();
        let base = Point::new(f64::from(x), f64::from(y) - 0.5);
        self.masks.iter().any(|mask| mask.contains(&base))
    }
}

/// An edge of a mark, half of the mark's side further out, within the picture.
fn wider(edge: f32, side: f32, most: u32) -> u32 {
    (edge + side / 2.0).round().clamp(0.0, most as f32) as u32
}

fn grey(pixel: [u8; 3]) -> f32 {
    pixel.iter().map(|channel| f32::from(*channel)).sum::<f32>() / 3.0
}

fn alone(frame: &Frame, mark: &Mark) -> Standing {
    Standing { thing: 0, mark: *mark, first: frame.time, score: mark.score, is_again: false }
}

fn touches(mark: &Mark, [left, top, right, bottom]: &[f32; 4]) -> bool {
    mark.left < *right && mark.right > *left && mark.top < *bottom && mark.bottom > *top
}

/// A picture of 32 x 24 grey values: enough to tell one view from another.
#[derive(Debug, Clone)]
struct Thumbnail(Vec<f32>);

const SIDES: (u32, u32) = (32, 24);
/// Views that correlate less are not one; the same view through a day stays above, others mostly below \[P\].
const LIKE: f32 = 0.5;

impl Thumbnail {
    fn of(frame: &Frame) -> Thumbnail {
        let image = &frame.image;
        if image.width() == 0 || image.height() == 0 {
            return Thumbnail(vec![0.0; (SIDES.0 * SIDES.1) as usize]);
        }
        let small = imageops::thumbnail(image, SIDES.0, SIDES.1);
        Thumbnail(small.pixels().map(|pixel| pixel.0.iter().map(|channel| f32::from(*channel)).sum()).collect())
    }

    /// Mean grey value, of 255.
    fn mean(&self) -> f32 {
        self.0.iter().sum::<f32>() / (3.0 * self.0.len().max(1) as f32)
    }

    fn is_like(&self, other: &Thumbnail) -> bool {
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
        let (a, b) = (mean(&self.0), mean(&other.0));
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (x, y) in self.0.iter().zip(&other.0) {
            ab += (x - a) * (y - b);
            aa += (x - a) * (x - a);
            bb += (y - b) * (y - b);
        }
        // without any contrast (dark, fog) nothing says that it is another
        aa * bb <= 1e-3 || ab / (aa * bb).sqrt() >= LIKE
    }
}
