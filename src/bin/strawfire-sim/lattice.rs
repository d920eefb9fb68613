//! Places for fires that must not be near each other, nor in any order.

use crate::seeds::Rng;

/// Draws of a place within one cell of the lattice before the cell is given up.
const TRIES: usize = 16;

/// Up to `count` places on a lattice of so many cells down and across, in random order, each where `fits` says so. They are
/// counted in cells (down, across) from the corner, and lie in the middle half of their cell either way: neighbours keep
/// half the spacing. Fewer are given where there is no room for more.
pub fn scatter(
    count: usize,
    (down, across): (usize, usize),
    rng: &mut Rng,
    fits: impl Fn(f64, f64) -> bool,
) -> Vec<(f64, f64)> {
    let mut cells: Vec<usize> = (0..down * across).collect();
    for last in (1..cells.len()).rev() {
        cells.swap(last, rng.below(last + 1));
    }
    let mut places = Vec::new();
    for cell in cells {
        if places.len() == count {
            break;
        }
        let mut within = |at: usize| at as f64 + rng.between(0.25, 0.75);
        let place = (0..TRIES).map(|_| (within(cell / across), within(cell % across))).find(|at| fits(at.0, at.1));
        places.extend(place);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_their_distance_and_lie_where_they_may() {
        let scattered = |count| scatter(count, (12, 8), &mut Rng::new(9, 1), |down, _| down > 4.0);
        let places = scattered(40);
        assert_eq!(places.len(), 40);
        for (i, a) in places.iter().enumerate() {
            assert!(a.0 > 4.0 && a.0 < 12.0 && a.1 > 0.0 && a.1 < 8.0);
            assert!(places[..i].iter().all(|b| (a.0 - b.0).hypot(a.1 - b.1) >= 0.5));
        }
        assert_eq!(places, scattered(40));
        // eight rows of eight cells lie beyond the fourth
        assert_eq!(scattered(100).len(), 64);
        assert!(scatter(5, (0, 0), &mut Rng::new(9, 1), |_, _| true).is_empty());
    }
}
