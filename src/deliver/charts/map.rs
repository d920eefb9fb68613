//! A map of the counties with marks on it, in the equirectangular projection of their middle latitude.

use super::{Anchor, Drawing, LETTER, WIDE, colour, n};
use crate::deliver::coverage::point_in;
use crate::place::{LonLat, LonLatBox, METRES_A_DEGREE};
use crate::site::County;
use std::fmt::Write as _;

/// How a kind of mark is drawn: told apart without colours too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A full disc.
    Disc,
    /// An upright cross, turned by 45 degrees.
    Cross,
    /// An empty triangle, with a line from where it was.
    Triangle,
    /// An empty square.
    Square,
}

/// A kind of mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
}

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Its kind, by place in the list of kinds.
    pub kind: usize,
    /// Where it is.
    pub place: LonLat,
    /// Where it was before.
    pub from: Option<LonLat>,
}

/// A map.
#[derive(Debug, Clone, Copy)]
pub struct Map<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// Areas with their names.
    pub counties: &'a [County],
    /// Kinds of marks.
    pub kinds: &'a [Kind],
    /// The marks.
    pub marks: &'a [Mark],
}

/// Edge around the counties.
const EDGE: f64 = 14.0;
/// A map is no taller than this.
const TALLEST: f64 = 500.0;
/// Below the map: legend and scale.
const FOOT: f64 = 56.0;
/// Letters of a name on a map.
const LONGEST: usize = 16;
/// Points of a border nearer to the last one than this are left out.
const FINE: f64 = 0.7;

/// From places to the drawing.
pub(super) struct Projection {
    area: LonLatBox,
    /// Units of the drawing of a degree of longitude and of latitude.
    per_degree: (f64, f64),
    left: f64,
}

impl Projection {
    pub(super) fn of(area: LonLatBox) -> Projection {
        Projection::within(area, TALLEST)
    }

    /// Of a map no taller than this.
    pub(super) fn within(area: LonLatBox, tallest: f64) -> Projection {
        let across = area.south.midpoint(area.north).to_radians().cos().max(0.01);
        let (wide, tall) = ((area.east - area.west).max(1e-6) * across, (area.north - area.south).max(1e-6));
        let scale = ((WIDE - 2.0 * EDGE) / wide).min((tallest - 2.0 * EDGE) / tall);
        Projection { area, per_degree: (scale * across, scale), left: (WIDE - scale * wide) / 2.0 }
    }

    pub(super) fn of_degrees(&self, lon: f64, lat: f64) -> (f64, f64) {
        (self.left + (lon - self.area.west) * self.per_degree.0, EDGE + (self.area.north - lat) * self.per_degree.1)
    }

    pub(super) fn of_place(&self, place: LonLat) -> (f64, f64) {
        self.of_degrees(place.lon(), place.lat())
    }

    pub(super) fn tall(&self) -> f64 {
        2.0 * EDGE + (self.area.north - self.area.south) * self.per_degree.1
    }
}

impl Map<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let area = self.area();
        let to = Projection::of(area);
        let mut drawing = Drawing::new(self.title);
        for county in self.counties {
            let path = path(county, &to);
            drawing.raw(&format!("<path d=\"{path}\" fill=\"#f6f5f0\" stroke=\"#888\" stroke-width=\"0.8\"/>"));
        }
        for mark in self.marks {
            self.mark(&mut drawing, to.of_place(mark.place), mark.from.map(|from| to.of_place(from)), mark.kind);
        }
        for county in self.counties {
            if let Some((x, y)) = point_in(county).map(|place| to.of_place(place)) {
                halo(&mut drawing, x, y, &county.name.name);
            }
        }
        let bottom = to.tall();
        self.legend(&mut drawing, bottom + 10.0);
        scale_bar(&mut drawing, &to, bottom + 36.0);
        drawing.raw(&format!(
            "<path d=\"M {x} {tip} l 7 18 l -7 -5 l -7 5 z\" fill=\"#333\"/>",
            x = n(WIDE - 30.0),
            tip = n(bottom + 4.0)
        ));
        drawing.words(WIDE - 30.0, bottom + 38.0, Anchor::Middle, "北");
        drawing.done(bottom + FOOT)
    }

    /// Around counties and marks.
    fn area(&self) -> LonLatBox {
        let marks = self.marks.iter().flat_map(|mark| std::iter::once(mark.place).chain(mark.from));
        let marks = marks.map(|at| LonLatBox { west: at.lon(), south: at.lat(), east: at.lon(), north: at.lat() });
        let both = |a: LonLatBox, b: LonLatBox| LonLatBox {
            west: a.west.min(b.west),
            south: a.south.min(b.south),
            east: a.east.max(b.east),
            north: a.north.max(b.north),
        };
        let all = self.counties.iter().map(|county| county.bbox).chain(marks).reduce(both);
        all.unwrap_or(LonLatBox { west: 0.0, south: 0.0, east: 1.0, north: 1.0 })
    }

    fn mark(&self, drawing: &mut Drawing, (x, y): (f64, f64), from: Option<(f64, f64)>, kind: usize) {
        let Some(shape) = self.kinds.get(kind).map(|kind| kind.shape) else { return };
        let colour = colour_of(kind, self.kinds.len());
        if let Some((x0, y0)) = from {
            drawing.line([x0, y0, x, y], &colour, 1.2);
        }
        drawing.raw(&drawn(shape, x, y, &colour));
    }

    fn legend(&self, drawing: &mut Drawing, y: f64) {
        let mut x = EDGE + 6.0;
        for (i, kind) in self.kinds.iter().enumerate() {
            let count = self.marks.iter().filter(|mark| mark.kind == i).count();
            let words = format!("{} {count}", kind.name);
            drawing.raw(&drawn(kind.shape, x, y, &colour_of(i, self.kinds.len())));
            drawing.words(x + 9.0, y + 4.0, Anchor::Start, &words);
            x += super::width(&words) + 32.0;
        }
    }
}

/// The lightest of the colours is hard to see on paper.
fn colour_of(kind: usize, of: usize) -> String {
    colour(kind, of + 1)
}

fn drawn(shape: Shape, x: f64, y: f64, colour: &str) -> String {
    let (x0, x1, y0, y1) = (n(x - 4.0), n(x + 4.0), n(y - 4.0), n(y + 4.0));
    let (x, y) = (n(x), n(y));
    match shape {
        Shape::Disc => {
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"3.6\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.6\"/>")
        }
        Shape::Cross => {
            format!(
                "<path d=\"M {x0} {y0} L {x1} {y1} M {x0} {y1} L {x1} {y0}\" stroke=\"{colour}\" stroke-width=\"1.8\"/>"
            )
        }
        Shape::Triangle => {
            format!(
                "<path d=\"M {x} {y0} L {x1} {y1} L {x0} {y1} Z\" fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"1.4\"/>"
            )
        }
        Shape::Square => {
            format!(
                "<path d=\"M {x0} {y0} H {x1} V {y1} H {x0} Z\" fill=\"#fff\" stroke=\"{colour}\" stroke-width=\"1.4\"/>"
            )
        }
    }
}

/// Words that can be read on lines.
pub(super) fn halo(drawing: &mut Drawing, x: f64, y: f64, words: &str) {
    let lines = broken(words);
    let top = y - LETTER * 0.55 * (lines.len() as f64 - 1.0);
    for (line, words) in lines.iter().enumerate() {
        one_line(drawing, x, top + LETTER * 1.1 * line as f64, words);
    }
}

/// A name in one line or two; a very long one is cut.
fn broken(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let cut = |part: &[char]| part.iter().collect::<String>();
    match letters.len() {
        0..=5 => vec![name.to_string()],
        6..=LONGEST => letters.chunks(letters.len().div_ceil(2)).map(cut).collect(),
        _ => vec![cut(&letters[..LONGEST / 2]), format!("{}…", cut(&letters[LONGEST / 2..LONGEST - 1]))],
    }
}

fn one_line(drawing: &mut Drawing, x: f64, y: f64, words: &str) {
    drawing.raw(&format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#444\" stroke=\"#fff\" stroke-width=\"2.4\" paint-order=\"stroke\">{}</text>",
        n(x),
        n(y + LETTER / 3.0),
        super::escaped(words)
    ));
}

pub(super) fn path(county: &County, to: &Projection) -> String {
    let mut text = String::new();
    for polygon in &county.shape {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            let mut last: Option<(f64, f64)> = None;
            for point in ring.coords() {
                let (x, y) = to.of_degrees(point.x, point.y);
                if last.is_none_or(|(x0, y0)| (x - x0).hypot(y - y0) >= FINE) {
                    let _ = write!(text, "{}{} {} ", if last.is_none() { "M" } else { "L" }, n(x), n(y));
                    last = Some((x, y));
                }
            }
            text.push('Z');
        }
    }
    text
}

/// 1, 2 or 5 times a power of ten kilometres, a quarter of the map at most.
pub(super) fn scale_bar(drawing: &mut Drawing, to: &Projection, y: f64) {
    let per_km = to.per_degree.1 * 1000.0 / METRES_A_DEGREE;
    let most = WIDE / 4.0 / per_km;
    let power = 10_f64.powf(most.log10().floor());
    let km = [5.0, 2.0, 1.0].map(|times| times * power).into_iter().find(|km| *km <= most).unwrap_or(power);
    let (left, right) = (EDGE, EDGE + km * per_km);
    drawing.line([left, y, right, y], "#333", 1.5);
    drawing.line([left, y - 4.0, left, y + 4.0], "#333", 1.5);
    drawing.line([right, y - 4.0, right, y + 4.0], "#333", 1.5);
    drawing.words(right + 6.0, y + 4.0, Anchor::Start, &format!("{km} 公里"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::CountyName;
    use geo::{MultiPolygon, polygon};

    /// One degree square on the equator: it is as tall as the tallest map, 472 units a degree, and stands in the middle, from (720 - 472) / 2 = 124
    /// on. Its middle is at (360, 250). 100 km are 424 units and 20 are 85, below a quarter of 720; 50 are more.
    #[test]
    fn places_lie_where_they_should() {
        let shape =
            MultiPolygon(vec![polygon![(x: 10.0, y: -0.5), (x: 11.0, y: -0.5), (x: 11.0, y: 0.5), (x: 10.0, y: 0.5)]]);
        let bbox = LonLatBox { west: 10.0, south: -0.5, east: 11.0, north: 0.5 };
        let name = CountyName { adcode: "1".into(), name: "<方>县".into() };
        let county = County { name, shape, bbox };
        let kinds = [Kind { name: "移位".into(), shape: Shape::Disc }];
        let at = |lon: f64| LonLat::new(lon, 0.0).expect("a place");
        let marks = [Mark { kind: 0, place: at(10.5), from: Some(at(10.0)) }];
        let svg = Map { title: "图", counties: &[county], kinds: &kinds, marks: &marks }.svg();
        assert!(svg.contains("M124 486 L596 486 L596 14 L124 14 "), "{svg}");
        assert!(
            svg.contains(r#"<circle cx="360" cy="250" r="3.6""#)
                && svg.contains(r#"<line x1="124" y1="250" x2="360" y2="250""#)
        );
        assert!(
            svg.contains("&lt;方&gt;县") && svg.contains("移位 1") && svg.contains("20 公里") && svg.contains("北")
        );
    }

    #[test]
    fn long_names_are_broken_and_very_long_ones_cut() {
        assert_eq!(broken("乐都区"), ["乐都区"]);
        assert_eq!(broken("民和回族土族自治县"), ["民和回族土", "族自治县"]);
        assert_eq!(broken(&"长".repeat(200)), ["长".repeat(8), format!("{}…", "长".repeat(7))]);
    }

    #[test]
    fn a_map_of_nothing_is_a_map() {
        let svg = Map { title: "", counties: &[], kinds: &[], marks: &[] }.svg();
        assert!(svg.ends_with("</svg>") && !svg.contains("NaN"));
    }
}
