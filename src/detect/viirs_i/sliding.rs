//! Counts of colder pixels over large windows, for many pixels of some lines: a histogram for each column over the
//! window's lines, and one over its columns that slides along the line (Perreault and Hebert 2007).

use super::median::{Count, STEPS_PER_K};
use crate::detect::swath::ground::{Ground, Mark};
use crate::detect::window::around;

/// Histograms of valid pixels in steps of 1/64 K between two temperatures; what is colder lies in the first bin, what is
/// warmer in the last.
struct Columns<'a> {
    ground: &'a Ground<'a>,
    marks: &'a [Mark],
    /// Step of the first bin above the colder ones.
    first: i64,
    bins: usize,
    counts: Vec<u16>,
}

impl Columns<'_> {
    fn bin(&self, kelvin: f32) -> usize {
        let step = (kelvin * STEPS_PER_K).floor() as i64 - self.first + 1;
        step.clamp(0, self.bins as i64 - 1) as usize
    }

    /// Adds a line, or takes it out.
    fn change(&mut self, line: usize, by: u16) {
        let width = self.ground.shape.1;
        for column in 0..width {
            let index = line * width + column;
            if self.marks[index].any(Mark::VALID) {
                let bin = self.bin(self.ground.mir[index]);
                let count = &mut self.counts[column * self.bins + bin];
                *count = count.wrapping_add(by);
            }
        }
    }

    fn of(&self, column: usize) -> &[u16] {
        &self.counts[column * self.bins..(column + 1) * self.bins]
    }
}

/// Answers questions of some lines, which come in line order, each a pixel and a temperature: how many pixels of the
/// window around it are valid, and how many of them lie in a lower step than that temperature.
pub(super) fn count_around(
    ground: &Ground,
    marks: &[Mark],
    half: usize,
    (coldest_k, warmest_k): (f32, f32),
    questions: &[((usize, usize), f32)],
) -> Vec<Count> {
    let Some(((first_line, _), _)) = questions.first() else { return Vec::new() };
    let step = |kelvin: f32| (kelvin * STEPS_PER_K).floor() as i64;
    let bins = (step(warmest_k) - step(coldest_k)).max(0) as usize + 3;
    let counts = vec![0; bins * ground.shape.1];
    let mut columns = Columns { ground, marks, first: step(coldest_k), bins, counts };
    let mut held = around((*first_line, 0), half, ground.shape).0;
    held.clone().for_each(|line| columns.change(line, 1));
    let mut answers = Vec::with_capacity(questions.len());
    for of_line in questions.chunk_by(|a, b| a.0.0 == b.0.0) {
        let wanted = around((of_line[0].0.0, 0), half, ground.shape).0;
        (held.end..wanted.end).for_each(|line| columns.change(line, 1));
        // minus one, in numbers that wrap
        (held.start..wanted.start).for_each(|line| columns.change(line, u16::MAX));
        held = wanted;
        along_line(&columns, half, of_line, &mut answers);
    }
    answers
}

fn along_line(columns: &Columns, half: usize, questions: &[((usize, usize), f32)], answers: &mut Vec<Count>) {
    let mut sum = vec![0u32; columns.bins];
    let mut held = 0..0;
    for (at, kelvin) in questions {
        let wanted = around(*at, half, columns.ground.shape).1;
        for column in held.end.max(wanted.start)..wanted.end {
            sum.iter_mut().zip(columns.of(column)).for_each(|(sum, count)| *sum += u32::from(*count));
        }
        for column in held.start..wanted.start.min(held.end) {
            sum.iter_mut().zip(columns.of(column)).for_each(|(sum, count)| *sum -= u32::from(*count));
        }
        held = wanted;
        let colder: u32 = sum[..columns.bin(*kelvin)].iter().sum();
        answers.push(Count { valid: sum.iter().sum::<u32>() as usize, colder: colder as usize });
    }
}
