//! Pairs of two kinds with the least sum of costs, each in one pair at most: shortest augmenting paths (Jonker and Volgenant 1987) over
//! the pairs that are possible, in whole numbers, so that the order of adding changes nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The column of each row, or `None` where none is cheaper than `alone`, which is what a row without a column costs. `edges`: for each
/// row the columns that are possible, with costs from 0 to `alone`.
pub fn assign(edges: &[Vec<(usize, i64)>], columns: usize, alone: i64) -> Vec<Option<usize>> {
    let all = columns + edges.len();
    let mut state = State {
        edges,
        columns,
        alone,
        row_of: vec![None; all],
        column_of: vec![None; edges.len()],
        u: vec![0; edges.len()],
        v: vec![0; all],
    };
    for row in 0..edges.len() {
        state.add(row);
    }
    state.column_of.into_iter().map(|column| column.filter(|column| *column < columns)).collect()
}

struct State<'a> {
    edges: &'a [Vec<(usize, i64)>],
    columns: usize,
    alone: i64,
    row_of: Vec<Option<usize>>,
    column_of: Vec<Option<usize>>,
    /// Prices of rows and columns.
    u: Vec<i64>,
    v: Vec<i64>,
}

impl State<'_> {
    /// Columns of a row; behind the real ones each row has one of its own, which stands for none.
    fn of(&self, row: usize) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.edges[row].iter().copied().chain([(self.columns + row, self.alone)])
    }

    /// Gives a row a column on the cheapest path of changes.
    fn add(&mut self, start: usize) {
        let mut reached: BTreeMap<usize, (i64, usize)> = BTreeMap::new();
        let mut settled: BTreeMap<usize, i64> = BTreeMap::new();
        let mut next = BinaryHeap::new();
        let (mut row, mut least) = (start, 0);
        let end = loop {
            for (column, cost) in self.of(row) {
                let length = least + cost - self.u[row] - self.v[column];
                let is_shorter = reached.get(&column).is_none_or(|(known, _)| length < *known);
                if is_shorter && !settled.contains_key(&column) {
                    reached.insert(column, (length, row));
                    next.push(Reverse((length, column)));
                }
            }
            // its own column is always there and free
            let Some(Reverse((length, column))) = next.pop() else { return };
            if settled.contains_key(&column) {
                continue;
            }
            least = length;
            settled.insert(column, length);
            match self.row_of[column] {
                Some(holder) => row = holder,
                None => break column,
            }
        };
        self.u[start] += least;
        for (column, length) in &settled {
            if let Some(holder) = self.row_of[*column] {
                self.u[holder] += least - length;
                self.v[*column] -= least - length;
            }
        }
        self.turn(start, end, &reached);
    }

    /// Changes the pairs along the path that ends at a free column.
    fn turn(&mut self, start: usize, end: usize, reached: &BTreeMap<usize, (i64, usize)>) {
        let mut column = end;
        while let Some((_, row)) = reached.get(&column) {
            let before = self.column_of[*row].replace(column);
            self.row_of[column] = Some(*row);
            match before {
                Some(before) if *row != start => column = before,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All ways to pair, each tried: the least sum.
    fn least(edges: &[Vec<(usize, i64)>], used: &mut Vec<bool>, alone: i64) -> i64 {
        let Some((first, rest)) = edges.split_first() else { return 0 };
        let mut best = alone + least(rest, used, alone);
        for (column, cost) in first {
            if !used[*column] {
                used[*column] = true;
                best = best.min(cost + least(rest, used, alone));
                used[*column] = false;
            }
        }
        best
    }

    /// By hand: the greedy choice in order, 0 to 0 and 1 to none, costs 1 + 10; 0 to 1 and 1 to 0 costs 4.
    #[test]
    fn the_first_row_gives_way_where_that_is_cheaper() {
        let edges = vec![vec![(0, 1), (1, 2)], vec![(0, 2)]];
        assert_eq!(assign(&edges, 2, 10), [Some(1), Some(0)]);
        assert_eq!(assign(&[vec![], vec![(0, 10)]], 1, 10), [None, Some(0)], "as cheap as none: the pair counts");
        assert!(assign(&[], 0, 10).is_empty());
    }

    proptest! {
        #[test]
        fn no_other_choice_is_cheaper(table in prop::collection::vec(prop::collection::vec(0_i64..30, 5), 0..6)) {
            // costs above that of being alone are no pairs
            let edge = |row: &Vec<i64>| row.iter().copied().enumerate().filter(|(_, cost)| *cost <= 20).collect::<Vec<_>>();
            let edges: Vec<Vec<(usize, i64)>> = table.iter().map(edge).collect();
            let found = assign(&edges, 5, 20);
            let mut columns: Vec<usize> = found.iter().flatten().copied().collect();
            columns.sort_unstable();
            let count = columns.len();
            columns.dedup();
            prop_assert_eq!(columns.len(), count, "a column twice");
            let cost = |(row, column): (usize, &Option<usize>)| match column {
                Some(column) => edges[row].iter().find(|(of, _)| of == column).map(|(_, cost)| *cost).expect("a possible pair"),
                None => 20,
            };
            prop_assert_eq!(found.iter().enumerate().map(cost).sum::<i64>(), least(&edges, &mut vec![false; 5], 20));
        }
    }
}
