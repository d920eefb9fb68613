//! One place from the lines of several cameras: weighted least squares with geodesic azimuths.

use super::earth::{azimuth_and_range, place_at, turn_deg};
use super::locate::Located;
use crate::place::{LonLat, Spread};

/// A line of sight over the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Where the camera stands.
    pub from: LonLat,
    /// Azimuth, degrees.
    pub azimuth_deg: f64,
    /// Its standard error, degrees.
    pub azimuth_error_deg: f64,
    /// Distance with its standard error, metres, where the ground tells it.
    pub range_m: Option<(f64, f64)>,
    /// Nearest and farthest distance that is possible, metres.
    pub bounds_m: (f64, f64),
}

/// Standard errors within which a distance is possible.
const BOUND_ERRORS: f64 = 3.0;

impl Line {
    /// From what a camera says.
    pub fn of(from: LonLat, located: &Located) -> Line {
        let azimuth_deg = located.sight().azimuth_deg;
        match located {
            Located::Spot(spot) => {
                let wide = BOUND_ERRORS * spot.range_error_m;
                Line {
                    from,
                    azimuth_deg,
                    azimuth_error_deg: spot.azimuth_error_deg,
                    range_m: Some((spot.range_m, spot.range_error_m)),
                    bounds_m: ((spot.range_m - wide).max(0.0), spot.range_m + wide),
                }
            }
            Located::Sector(sector) => Line {
                from,
                azimuth_deg,
                azimuth_error_deg: sector.azimuth_error_deg,
                range_m: None,
                bounds_m: (sector.range_m[0], sector.range_m[1]),
            },
        }
    }

    fn is_sound(&self) -> bool {
        let range = self.range_m.is_none_or(|(range, error)| range.is_finite() && error > 0.0 && error.is_finite());
        self.azimuth_deg.is_finite() && self.azimuth_error_deg > 0.0 && self.azimuth_error_deg < 90.0 && range
    }
}

/// Where lines meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// The place.
    pub place: LonLat,
    /// Covariance of its error; wider by the misfit where that is greater than 1.
    pub spread: Spread,
    /// Positions of the lines that it is of.
    pub used: Vec<usize>,
    /// Positions of those that miss it.
    pub outliers: Vec<usize>,
    /// Sum of squared residuals in standard errors over their number less two; 0 where nothing is left over.
    pub misfit: f64,
}

/// Residuals of a sound fit: chance of more is 0.3 % (Wilson and Hilferty's root of the chi-squared distribution).
fn most(freedom: usize) -> f64 {
    let n = freedom as f64;
    if freedom == 0 { 1e-6 } else { n * (1.0 - 2.0 / (9.0 * n) + 2.75 * (2.0 / (9.0 * n)).sqrt()).powi(3) }
}

/// A residual above so many standard errors is an outlier's.
const OUTLIER: f64 = 3.0;
/// A pair of lines is preferred to another by so much less of squared residuals only: two standard errors.
const CLEARLY: f64 = 4.0;

/// The place of two or more lines. Lines that miss it are left out where it is clear which ones: more of the others agree than of any
/// other choice, or their distances do. `None` where lines are fewer, not sound, parallel, or meet behind a camera.
pub fn triangulate(lines: &[Line]) -> Option<Crossing> {
    if lines.len() < 2 || !lines.iter().all(Line::is_sound) {
        return None;
    }
    let all: Vec<usize> = (0..lines.len()).collect();
    let whole = start(lines, &all).and_then(|start| fit(lines, &all, start));
    if let Some(fit) = whole.as_ref().filter(|fit| fit.squares <= most(fit.freedom)) {
        return Some(fit.crossing(all, Vec::new()));
    }
    if let Some((fit, used)) = agreed(lines) {
        let outliers = all.into_iter().filter(|at| !used.contains(at)).collect();
        return Some(fit.crossing(used, outliers));
    }
    whole.map(|fit| fit.crossing(all, Vec::new()))
}

/// The largest set of lines that agree, and it clearly.
fn agreed(lines: &[Line]) -> Option<(Fit, Vec<usize>)> {
    let mut sets: Vec<(Fit, Vec<usize>)> = Vec::new();
    for i in 0..lines.len() {
        for j in i + 1..lines.len() {
            let Some(pair) = start(lines, &[i, j]).and_then(|start| fit(lines, &[i, j], start)) else { continue };
            let used: Vec<usize> = (0..lines.len()).filter(|&at| pair.misses(&lines[at]) < OUTLIER).collect();
            if used.len() < 2 || sets.iter().any(|(_, known)| *known == used) {
                continue;
            }
            let fitted = fit(lines, &used, pair.place).filter(|fit| fit.squares <= most(fit.freedom));
            sets.extend(fitted.map(|fit| (fit, used)));
        }
    }
    sets.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.squares.total_cmp(&b.0.squares)));
    let is_clear = match sets.as_slice() {
        [] => false,
        [_] => true,
        [best, next, ..] => best.1.len() > next.1.len() || best.0.squares + CLEARLY < next.0.squares,
    };
    if is_clear { sets.into_iter().next() } else { None }
}

/// Where to begin: lines of known distance at their ends, else the crossing on a plane of the pair that meets most steeply.
fn start(lines: &[Line], of: &[usize]) -> Option<LonLat> {
    let pairs = of.iter().enumerate().flat_map(|(n, &i)| of[n + 1..].iter().map(move |&j| (i, j)));
    let steep =
        |&(i, j): &(usize, usize)| turn_deg(lines[i].azimuth_deg, lines[j].azimuth_deg).to_radians().sin().abs();
    let (i, j) = pairs.max_by(|a, b| steep(a).total_cmp(&steep(b)))?;
    let (a, b) = (&lines[i], &lines[j]);
    let (east, north) = b.from.offset_m(a.from);
    let ((sin_a, cos_a), (sin_b, cos_b)) = (a.azimuth_deg.to_radians().sin_cos(), b.azimuth_deg.to_radians().sin_cos());
    let across = sin_a * cos_b - cos_a * sin_b;
    let along = (east * cos_b - north * sin_b) / across;
    if across.abs() > 1e-3 && along > 0.0 && along < 1e6 {
        return place_at(a.from, a.azimuth_deg, along);
    }
    of.iter().find_map(|&at| place_at(lines[at].from, lines[at].azimuth_deg, lines[at].range_m?.0))
}

/// A least-squares place.
#[derive(Clone)]
struct Fit {
    place: LonLat,
    spread: Spread,
    squares: f64,
    freedom: usize,
}

/// Rounds until a place moves by less than a centimetre.
const ROUNDS: usize = 20;
const STILL_M: f64 = 0.01;

fn fit(lines: &[Line], of: &[usize], start: LonLat) -> Option<Fit> {
    let mut place = start;
    for _ in 0..ROUNDS {
        let mut weight = [0.0; 3];
        let mut pull = [0.0; 2];
        let mut squares = 0.0;
        let mut count = 0;
        for row in of.iter().flat_map(|&at| rows(&lines[at], place)) {
            let Row { east, north, miss } = row?;
            weight = [weight[0] + east * east, weight[1] + east * north, weight[2] + north * north];
            pull = [pull[0] + east * miss, pull[1] + north * miss];
            squares += miss * miss;
            count += 1;
        }
        let determinant = weight[0] * weight[2] - weight[1] * weight[1];
        let is_wide = determinant > 1e-12 * (weight[0] + weight[2]).powi(2);
        if !is_wide {
            return None;
        }
        let [a, b, c] = [weight[2], -weight[1], weight[0]].map(|w| w / determinant);
        let (east, north) = (a * pull[0] + b * pull[1], b * pull[0] + c * pull[1]);
        place = place.moved_m(east, north).filter(|moved| moved.distance_m(start) < 1e6)?;
        if east.hypot(north) < STILL_M {
            let spread = Spread { east_m2: a, cross_m2: b, north_m2: c };
            let sound = of.iter().all(|&at| is_possible(&lines[at], place, spread));
            return sound.then_some(Fit { place, spread, squares, freedom: count - 2 });
        }
    }
    None
}

/// Whether a place lies before the camera and may be so far along its line.
fn is_possible(line: &Line, place: LonLat, spread: Spread) -> bool {
    let (azimuth, range) = azimuth_and_range(line.from, place);
    let wide = BOUND_ERRORS * spread.distance_m();
    turn_deg(azimuth, line.azimuth_deg).abs() < 90.0
        && (line.bounds_m.0 - wide..=line.bounds_m.1 + wide).contains(&range)
}

/// One observation: its change a metre to the east and to the north, and its residual, in standard errors.
struct Row {
    east: f64,
    north: f64,
    miss: f64,
}

/// Azimuth and, where it is known, distance; a `None` where the place is the camera's own.
fn rows(line: &Line, place: LonLat) -> impl Iterator<Item = Option<Row>> {
    let (azimuth, range) = azimuth_and_range(line.from, place);
    // the direction of the line where it arrives: meridians converge (to 0.001 degrees at 30 km, enough for a derivative)
    let middle = line.from.lat().midpoint(place.lat()).to_radians();
    let converged = turn_deg(place.lon(), line.from.lon()) * middle.sin();
    let (sin_a, cos_a) = (azimuth + converged).to_radians().sin_cos();
    let error = line.azimuth_error_deg.to_radians();
    let turn = turn_deg(line.azimuth_deg, azimuth).to_radians() / error;
    let across = (range > 0.1).then(|| Row { east: cos_a / range / error, north: -sin_a / range / error, miss: turn });
    let along = line.range_m.map(|(measured, error)| {
        Some(Row { east: sin_a / error, north: cos_a / error, miss: (measured - range) / error })
    });
    std::iter::once(across).chain(along)
}

impl Fit {
    /// Greatest residual of a line in standard errors, that of the place included.
    fn misses(&self, line: &Line) -> f64 {
        if !is_possible(line, self.place, self.spread) {
            return f64::INFINITY;
        }
        let miss = |row: Option<Row>| -> Option<f64> {
            let Row { east, north, miss } = row?;
            let of_place: f64 = self.spread.east_m2 * east * east
                + 2.0 * self.spread.cross_m2 * east * north
                + self.spread.north_m2 * north * north;
            Some(miss.abs() / (1.0 + of_place).sqrt())
        };
        rows(line, self.place).map(|row| miss(row).unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    }

    fn crossing(&self, used: Vec<usize>, outliers: Vec<usize>) -> Crossing {
        let misfit = if self.freedom == 0 { 0.0 } else { self.squares / self.freedom as f64 };
        Crossing { place: self.place, spread: self.spread.times(misfit.max(1.0)), used, outliers, misfit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(lon: f64, lat: f64, to: LonLat, off_deg: f64) -> Line {
        let from = LonLat::new(lon, lat).expect("valid");
        let azimuth_deg = azimuth_and_range(from, to).0 + off_deg;
        Line { from, azimuth_deg, azimuth_error_deg: 0.3, range_m: None, bounds_m: (0.0, 40_000.0) }
    }

    fn fire() -> LonLat {
        LonLat::new(102.41, 36.48).expect("valid")
    }

    /// Exact azimuths meet at the place; two lines at right angles over 5 km with 0.3 degrees are wrong by 26 m each way, by hand.
    #[test]
    fn exact_lines_meet_at_the_place() {
        let south = fire().moved_m(0.0, -5000.0).expect("valid");
        let west = fire().moved_m(-5000.0, 0.0).expect("valid");
        let lines = [line(south.lon(), south.lat(), fire(), 0.0), line(west.lon(), west.lat(), fire(), 0.0)];
        let crossing = triangulate(&lines).expect("a place");
        assert!(crossing.place.distance_m(fire()) < 0.01, "{crossing:?}");
        let ellipse = crossing.spread.ellipse();
        assert!((ellipse.a_m - 26.2).abs() < 0.3 && (ellipse.b_m - 26.2).abs() < 0.3, "{ellipse:?}");
    }

    #[test]
    fn one_wrong_line_of_four_is_named() {
        let mut lines = [(102.2, 36.4), (102.6, 36.4), (102.45, 36.7), (102.3, 36.62)]
            .map(|(lon, lat)| line(lon, lat, fire(), 0.1));
        lines[2].azimuth_deg += 5.0;
        let crossing = triangulate(&lines).expect("a place");
        assert_eq!((crossing.used, crossing.outliers), (vec![0, 1, 3], vec![2]));
        assert!(crossing.place.distance_m(fire()) < 150.0);
    }

    /// Of three lines any two meet: distances say which one is wrong; without them all count and the error says how little is known.
    #[test]
    fn three_lines_need_distances() {
        let mut lines = [(102.2, 36.4), (102.6, 36.4), (102.45, 36.7)].map(|(lon, lat)| line(lon, lat, fire(), 0.0));
        lines[2].azimuth_deg += 4.0;
        let unclear = triangulate(&lines).expect("a place");
        assert!(unclear.outliers.is_empty() && unclear.misfit > 20.0, "{unclear:?}");
        assert!(unclear.place.distance_m(fire()) < 2.0 * unclear.spread.distance_m());
        for line in &mut lines {
            line.range_m = Some((azimuth_and_range(line.from, fire()).1, 400.0));
        }
        let clear = triangulate(&lines).expect("a place");
        assert_eq!((clear.used, clear.outliers), (vec![0, 1], vec![2]));
        assert!(clear.place.distance_m(fire()) < 1.0);
    }

    #[test]
    fn what_does_not_meet_has_no_place() {
        let one = line(102.2, 36.4, fire(), 0.0);
        let behind = line(102.6, 36.4, fire(), 180.0);
        let unsound = Line { azimuth_deg: f64::NAN, ..one };
        let exact = Line { azimuth_error_deg: 0.0, ..one };
        assert!(triangulate(&[]).is_none() && triangulate(&[one]).is_none() && triangulate(&[one, one]).is_none());
        for other in [behind, unsound, exact] {
            assert!(triangulate(&[one, other]).is_none(), "{other:?}");
        }
    }
}
