//! What the model marks in a picture.

use crate::sighting::Kind;
use std::cmp::Ordering;

/// A rectangle of a picture in which the model sees smoke or flame. Pixels of the frame, edges between pixels: the whole of
/// a picture is 0, 0, width, height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// What is seen.
    pub kind: Kind,
    /// How sure the model is, 0 to 1: no probability.
    pub score: f32,
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl Mark {
    /// Width, px.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Height, px.
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Area, px2.
    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    /// Middle of the lower edge: where smoke stands on the ground.
    pub fn base(&self) -> (f32, f32) {
        (f32::midpoint(self.left, self.right), self.bottom)
    }

    /// Area of both over area of either, 0 to 1.
    pub fn overlap(&self, other: &Mark) -> f32 {
        let shared = self.shared(other);
        if shared <= 0.0 { 0.0 } else { shared / (self.area() + other.area() - shared) }
    }

    /// Area of both over that of the smaller, 0 to 1: 1 where one lies in the other.
    pub fn nested(&self, other: &Mark) -> f32 {
        let smaller = self.area().min(other.area());
        if smaller <= 0.0 { 0.0 } else { self.shared(other) / smaller }
    }

    fn shared(&self, other: &Mark) -> f32 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }
}

/// Marks strongest first, without those that overlap a stronger one of their kind by more than `overlap`, or lie in it with more of their area
/// than `within`.
pub fn apart(mut marks: Vec<Mark>, overlap: f32, within: f32) -> Vec<Mark> {
    // equal scores by place: the order of input must not matter
    let place = |mark: &Mark| [mark.top, mark.left, mark.bottom, mark.right];
    let by_place = |a: &Mark, b: &Mark| place(a).partial_cmp(&place(b)).unwrap_or(Ordering::Equal);
    marks.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| by_place(a, b)));
    let mut kept: Vec<Mark> = Vec::new();
    for mark in marks {
        let is_of = |other: &Mark| {
            other.kind == mark.kind && (other.overlap(&mark) > overlap || other.shared(&mark) > within * mark.area())
        };
        if !kept.iter().any(is_of) {
            kept.push(mark);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(score: f32, [left, top, right, bottom]: [f32; 4]) -> Mark {
        Mark { kind: Kind::Smoke, score, left, top, right, bottom }
    }

    /// By hand: 10 x 10 and 10 x 10 shifted by 5: 50 of 150.
    #[test]
    fn overlap_is_intersection_over_union() {
        let (a, b) = (mark(0.9, [0.0, 0.0, 10.0, 10.0]), mark(0.8, [5.0, 0.0, 15.0, 10.0]));
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert!((a.nested(&b) - 0.5).abs() < 1e-6);
        assert_eq!(a.overlap(&mark(0.5, [10.0, 0.0, 20.0, 10.0])), 0.0);
        assert_eq!(a.base(), (5.0, 10.0));
    }

    #[test]
    fn the_strongest_of_many_is_kept_and_another_kind_stays() {
        let flame = Mark { kind: Kind::Flame, ..mark(0.3, [0.0, 0.0, 10.0, 10.0]) };
        let far = mark(0.2, [100.0, 0.0, 110.0, 10.0]);
        let marks = vec![mark(0.5, [1.0, 0.0, 11.0, 10.0]), far, mark(0.9, [0.0, 0.0, 10.0, 10.0]), flame];
        let kept = apart(marks, 0.5, 0.8);
        assert_eq!(kept.iter().map(|mark| mark.score).collect::<Vec<_>>(), [0.9, 0.3, 0.2]);
    }

    /// By hand: 10 x 10 within 20 x 20 overlap by a quarter; nine tenths of a box within another are part of it, half are not.
    #[test]
    fn a_part_of_a_stronger_mark_is_not_another() {
        let whole = mark(0.9, [0.0, 0.0, 20.0, 20.0]);
        let (part, out) = (mark(0.5, [-1.0, 0.0, 9.0, 10.0]), mark(0.4, [15.0, 0.0, 25.0, 10.0]));
        assert_eq!(apart(vec![part, out, whole], 0.5, 0.8), [whole, out]);
        let stronger = Mark { score: 0.95, ..part };
        assert_eq!(apart(vec![stronger, whole], 0.5, 0.8), [stronger, whole], "the larger is no part of the smaller");
    }
}
