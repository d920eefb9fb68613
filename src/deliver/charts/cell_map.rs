//! A map of numbered cells: borders of counties, seats of townships, and each cell with its number beside it.

use super::map::{Projection, halo, path, scale_bar};
use super::{Drawing, WIDE, n};
use crate::deliver::coverage::point_in;
use crate::place::{LonLat, LonLatBox, METRES_A_DEGREE};
use crate::site::County;

/// A cell with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberedCell {
    /// Its number.
    pub number: usize,
    /// Its middle.
    pub place: LonLat,
    /// Its borders.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// A map.
#[derive(Debug, Clone, Copy)]
pub struct CellMap<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// Areas with their names.
    pub counties: &'a [County],
    /// Seats of townships.
    pub seats: &'a [(String, LonLat)],
    /// The cells.
    pub cells: &'a [NumberedCell],
    /// Around the cells alone; else around the counties.
    pub near: bool,
}

/// Below the map: its scale.
const FOOT: f64 = 34.0;
/// Letters of numbers and of seats.
const NUMBER: f64 = 11.0;
const SEAT: f64 = 10.0;
/// Ground around the cells, metres, and the least that is shown.
const AROUND_M: f64 = 5000.0;
const LEAST_M: f64 = 20_000.0;
/// Two maps of counties fit on a page of A4.
const NEAR_TALLEST: f64 = 390.0;
/// Half of the room that the name of a county takes, in two lines.
const NAME: [f64; 2] = [34.0, 15.0];
/// A cell is drawn no smaller than this, units of the drawing.
const SMALLEST: f64 = 3.0;
/// Distances of a number from its cell that are tried one after the other, and directions.
const AWAY: [f64; 7] = [9.0, 16.0, 24.0, 33.0, 44.0, 58.0, 76.0];
const DIRECTIONS: usize = 12;

impl CellMap<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let area = self.area();
        let to = if self.near { Projection::within(area, NEAR_TALLEST) } else { Projection::of(area) };
        let bottom = to.tall();
        let mut drawing = Drawing::new(self.title);
        let clip = format!("c{}", &crate::sealed::sha256(self.title.as_bytes())[..8]);
        drawing.raw(&format!(
            "<clipPath id=\"{clip}\"><rect x=\"0\" y=\"0\" width=\"{WIDE}\" height=\"{}\"/></clipPath><g clip-path=\"url(#{clip})\">",
            n(bottom)
        ));
        for county in self.counties {
            let path = path(county, &to);
            drawing.raw(&format!("<path d=\"{path}\" fill=\"#f6f5f0\" stroke=\"#777\" stroke-width=\"0.9\"/>"));
        }
        let mut taken: Vec<[f64; 4]> = Vec::new();
        for county in self.counties.iter().filter(|_| !self.near) {
            if let Some((x, y)) = point_in(county).map(|place| to.of_place(place)) {
                halo(&mut drawing, x, y, &county.name.name);
                taken.push([x - NAME[0], y - NAME[1], x + NAME[0], y + NAME[1]]);
            }
        }
        self.cells.iter().for_each(|cell| drawing.raw(&drawn(cell, &to)));
        self.numbers(&mut drawing, &to, bottom, &mut taken);
        self.seats(&mut drawing, &to, &area, &mut taken);
        drawing.raw("</g>");
        scale_bar(&mut drawing, &to, bottom + 16.0);
        drawing.raw(&format!(
            "<path d=\"M {x} {tip} l 6 15 l -6 -4 l -6 4 z\" fill=\"#333\"/><text x=\"{left}\" y=\"{y}\" text-anchor=\"end\">北</text>",
            x = n(WIDE - 24.0),
            tip = n(bottom + 4.0),
            left = n(WIDE - 36.0),
            y = n(bottom + 20.0)
        ));
        drawing.done(bottom + FOOT)
    }

    fn area(&self) -> LonLatBox {
        let of = |at: LonLat| LonLatBox { west: at.lon(), south: at.lat(), east: at.lon(), north: at.lat() };
        let both = |a: LonLatBox, b: LonLatBox| LonLatBox {
            west: a.west.min(b.west),
            south: a.south.min(b.south),
            east: a.east.max(b.east),
            north: a.north.max(b.north),
        };
        let cells = self.cells.iter().map(|cell| of(cell.place)).reduce(both).filter(|_| self.near);
        let counties = || self.counties.iter().map(|county| county.bbox).reduce(both);
        let Some(area) = cells.or_else(counties) else {
            return LonLatBox { west: 0.0, south: 0.0, east: 1.0, north: 1.0 };
        };
        if !self.near {
            return area;
        }
        let least = LEAST_M / METRES_A_DEGREE;
        let (tall, around) = (area.north - area.south, AROUND_M / METRES_A_DEGREE);
        area.widened(around.max((least - tall) / 2.0))
    }

    /// Numbers beside their cells where nothing else stands, with a line to the cell where that is far.
    fn numbers(&self, drawing: &mut Drawing, to: &Projection, bottom: f64, taken: &mut Vec<[f64; 4]>) {
        for cell in self.cells {
            let (x, y) = to.of_place(cell.place);
            taken.push([x - SMALLEST, y - SMALLEST, x + SMALLEST, y + SMALLEST]);
        }
        for cell in self.cells {
            let (x, y) = to.of_place(cell.place);
            let words = cell.number.to_string();
            let (wide, tall) = (0.62 * NUMBER * words.len() as f64 + 2.0, NUMBER);
            let (cx, cy) = free((x, y), (wide, tall), bottom, taken);
            taken.push(around((cx, cy), (wide, tall)));
            if (cx - x).hypot(cy - y) > AWAY[0] + 4.0 {
                drawing.line([x, y, cx, cy], "#a33", 0.5);
            }
            drawing.raw(&format!(
                "<text x=\"{}\" y=\"{}\" font-size=\"{NUMBER}\" font-weight=\"bold\" text-anchor=\"middle\" fill=\"#7a1010\" \
                 stroke=\"#fff\" stroke-width=\"2.2\" paint-order=\"stroke\">{words}</text>",
                n(cx),
                n(cy + NUMBER * 0.36)
            ));
        }
    }

    /// Seats of townships, as many as have room.
    fn seats(&self, drawing: &mut Drawing, to: &Projection, area: &LonLatBox, taken: &mut Vec<[f64; 4]>) {
        for (name, place) in self.seats.iter().filter(|(_, place)| area.contains(*place)) {
            let (x, y) = to.of_place(*place);
            let wide = SEAT * name.chars().count() as f64;
            let own = [x - 3.0, y - SEAT / 2.0, x + 6.0 + wide, y + SEAT / 2.0];
            if own[2] > WIDE || taken.iter().any(|other| overlap(other, &own)) {
                drawing.raw(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"1.3\" fill=\"#555\"/>", n(x), n(y)));
                continue;
            }
            taken.push(own);
            drawing.raw(&format!(
                "<circle cx=\"{x0}\" cy=\"{y0}\" r=\"1.8\" fill=\"#333\"/><text x=\"{x1}\" y=\"{y1}\" font-size=\"{SEAT}\" fill=\"#333\" \
                 stroke=\"#fff\" stroke-width=\"2\" paint-order=\"stroke\">{name}</text>",
                x0 = n(x),
                y0 = n(y),
                x1 = n(x + 4.0),
                y1 = n(y + SEAT * 0.36),
                name = super::escaped(name)
            ));
        }
    }
}

fn drawn(cell: &NumberedCell, to: &Projection) -> String {
    let ring = |ring: &Vec<[f64; 2]>| {
        let places: Vec<String> =
            ring.iter().map(|at| to.of_degrees(at[0], at[1])).map(|(x, y)| format!("{} {}", n(x), n(y))).collect();
        format!("M{} Z", places.join(" L"))
    };
    let path: String = cell.rings.iter().filter(|ring| !ring.is_empty()).map(ring).collect();
    let (x, y) = to.of_place(cell.place);
    format!(
        "<path d=\"{path}\" fill=\"#d9642c\" fill-opacity=\"0.45\" stroke=\"#7a1010\" stroke-width=\"0.8\"/>\
         <circle cx=\"{}\" cy=\"{}\" r=\"1\" fill=\"#7a1010\"/>",
        n(x),
        n(y)
    )
}

fn around((x, y): (f64, f64), (wide, tall): (f64, f64)) -> [f64; 4] {
    [x - wide / 2.0, y - tall / 2.0, x + wide / 2.0, y + tall / 2.0]
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// The nearest free place for a number; beside its cell where there is none.
fn free((x, y): (f64, f64), size: (f64, f64), bottom: f64, taken: &[[f64; 4]]) -> (f64, f64) {
    let turned = |away: f64, at: usize| {
        let angle = std::f64::consts::TAU * at as f64 / DIRECTIONS as f64;
        (x + away * angle.sin(), y - away * angle.cos())
    };
    let tried = AWAY.iter().flat_map(|away| (0..DIRECTIONS).map(move |at| (*away, at)));
    let is_free = |at: &(f64, f64)| {
        let own = around(*at, size);
        let inside = own[0] >= 0.0 && own[1] >= 0.0 && own[2] <= WIDE && own[3] <= bottom;
        inside && !taken.iter().any(|other| overlap(other, &own))
    };
    tried.map(|(away, at)| turned(away, at)).find(is_free).unwrap_or_else(|| turned(AWAY[0], 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of cells that lie on each other do not.
    #[test]
    fn numbers_stand_apart() {
        let at = |step: f64| LonLat::new(102.0 + 0.01 * step, 36.5).expect("a place");
        let cell = |number: usize| NumberedCell { number, place: at(number as f64), rings: Vec::new() };
        let cells: Vec<NumberedCell> = (1..=30).map(cell).collect();
        let seats = [("<镇>".to_string(), at(15.5).moved_m(0.0, 3000.0).expect("a place"))];
        let svg = CellMap { title: "图", counties: &[], seats: &seats, cells: &cells, near: true }.svg();
        assert!((1..=30).all(|number| svg.contains(&format!(">{number}</text>"))), "{svg}");
        assert!(svg.contains("&lt;镇&gt;") && svg.contains("公里") && !svg.contains("NaN"));
        let mut taken = Vec::new();
        for _ in 0..20 {
            let (x, y) = free((300.0, 200.0), (14.0, 11.0), 500.0, &taken);
            let own = around((x, y), (14.0, 11.0));
            assert!(!taken.iter().any(|other| overlap(other, &own)));
            taken.push(own);
        }
    }
}
