//! An event as a waypoint for the pilot of a drone: KML 2.2 with its place, how surely it is known, the ground's height, and what air-traffic
//! control has to say first.

use super::xml::plain;
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::place::{LonLat, Spread};
use crate::site::Airport;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// What a waypoint is made of.
#[derive(Debug, Clone)]
pub struct Waypoint<'a> {
    /// The event.
    pub event: &'a FireEvent,
    /// Name of the post that has it.
    pub post: Option<&'a str>,
    /// Height of the ground above the sea and its standard error, metres, where an elevation model has it.
    pub ground_m: Option<(f64, f64)>,
    /// Airports near by.
    pub airports: &'a [Airport],
}

/// Suggested height above ground, metres: below the 120 m up to which small drones need no permit outside of controlled airspace, with a pixel of
/// some 13 cm of a 758 px lens \[P\].
const HEIGHT_M: f64 = 100.0;
/// Half axes of the ellipse that holds 95 % of normal errors, in standard errors: the root of 5.991 (chi-squared, two degrees of freedom).
const ELLIPSE: f64 = 2.447_7;
/// Corners of the ellipse.
const CORNERS: usize = 48;

impl Waypoint<'_> {
    /// The file.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn kml(&self) -> Result<Vec<u8>> {
        self.write().map_err(|error| Error::output("waypoint.kml", error))
    }

    fn write(&self) -> std::io::Result<Vec<u8>> {
        let mut xml = Writer::new(Vec::new());
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.create_element("kml").with_attribute(("xmlns", "http://www.opengis.net/kml/2.2")).write_inner_content(
            |xml| {
                xml.create_element("Document").write_inner_content(|xml| {
                    text(xml, "name", &format!("疑似火点航点 {}", self.event.id))?;
                    self.point(xml)?;
                    self.ellipse(xml)
                })?;
                Ok(())
            },
        )?;
        Ok(xml.into_inner())
    }

    fn point(&self, xml: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let fields = self.fields();
        let simulated = if self.event.simulated { "模拟数据 " } else { "" };
        xml.create_element("Placemark").write_inner_content(|xml| {
            text(xml, "name", &format!("{simulated}疑似火点 {}", self.event.id))?;
            text(xml, "description", &self.described())?;
            xml.create_element("ExtendedData").write_inner_content(|xml| {
                for (name, shown, value) in &fields {
                    xml.create_element("Data").with_attribute(("name", *name)).write_inner_content(|xml| {
                        text(xml, "displayName", shown)?;
                        text(xml, "value", value)
                    })?;
                }
                Ok(())
            })?;
            xml.create_element("Point").write_inner_content(|xml| {
                text(xml, "altitudeMode", "relativeToGround")?;
                text(xml, "coordinates", &corner(self.event.place, HEIGHT_M))
            })?;
            Ok(())
        })?;
        Ok(())
    }

    /// Where it lies with 95 %; none where its error is not known.
    fn ellipse(&self, xml: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let Some(spread) = self.spread() else { return Ok(()) };
        let corners: Vec<String> = outline(self.event.place, spread).iter().map(|place| corner(*place, 0.0)).collect();
        xml.create_element("Placemark").write_inner_content(|xml| {
            text(xml, "name", "位置误差范围（95%）")?;
            xml.create_element("Polygon").write_inner_content(|xml| {
                text(xml, "altitudeMode", "clampToGround")?;
                xml.create_element("outerBoundaryIs").write_inner_content(|xml| {
                    xml.create_element("LinearRing")
                        .write_inner_content(|xml| text(xml, "coordinates", &corners.join(" ")))?;
                    Ok(())
                })?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    }

    fn spread(&self) -> Option<Spread> {
        self.event.place_spread.or_else(|| self.event.position_error_m.map(Spread::around))
    }

    fn described(&self) -> String {
        let notes = self.notes();
        let notes = if notes.is_empty() { "起飞前核对空域".to_string() } else { notes.join("；") };
        format!("线索，未经核实。{notes}。空域申请/放行单号：待填。飞行前确认天气、电线与人员。")
    }

    /// Name, name for people, value.
    fn fields(&self) -> Vec<(&'static str, &'static str, String)> {
        let event = self.event;
        let metres = |value: f64| format!("{value:.0}");
        let county = event.county.as_ref().map_or_else(String::new, |county| county.name.clone());
        let ground = self.ground_m.map_or_else(|| "无高程模型".to_string(), |(m, error)| format!("{m:.0}±{error:.0}"));
        let notes = self.notes();
        vec![
            ("event", "事件编号", event.id.clone()),
            ("county", "县区", county),
            ("post", "承办岗位", self.post.unwrap_or_default().to_string()),
            ("first_seen", "首次发现（北京时间）", event.first_seen.beijing()),
            ("last_seen", "最近发现（北京时间）", event.last_seen.beijing()),
            (
                "position_error_m",
                "位置误差（米，均方根）",
                event.position_error_m.map_or_else(|| "未知".to_string(), metres),
            ),
            ("ground_m", "地面海拔（米）", ground),
            ("height_above_ground_m", "建议真高（米，距地面）", metres(HEIGHT_M)),
            ("airspace", "空域提示", if notes.is_empty() { "未登记机场".to_string() } else { notes.join("；") }),
            ("clearance", "空域申请/放行单号", "待填".to_string()),
        ]
    }

    /// What each airport means for the flight. The place may be wrong by its error: it counts as nearer by that.
    fn notes(&self) -> Vec<String> {
        let error_km = self.spread().map_or(0.0, |spread| ELLIPSE * spread.ellipse().a_m / 1000.0);
        let note = |airport: &Airport| {
            let km = self.event.place.distance_m(airport.place) / 1000.0;
            let (name, nearest) = (&airport.name, km - error_km);
            if nearest <= airport.forbidden_km {
                format!("距{name}基准点{km:.1}公里，可能在机场无人机禁飞区内：需先取得空管批准，未批准不得飞行")
            } else if nearest <= airport.protected_km {
                format!(
                    "距{name}基准点{km:.1}公里，在净空保护区域（{:.0}公里）内：需先取得空管批准",
                    airport.protected_km
                )
            } else {
                format!("距{name}基准点{km:.1}公里，在其净空保护区域外")
            }
        };
        self.airports.iter().map(note).collect()
    }
}

/// Corners of the ellipse that holds 95 %, the first again at the end, counter-clockwise as KML wants it.
fn outline(middle: LonLat, spread: Spread) -> Vec<LonLat> {
    let ellipse = spread.ellipse();
    let (sin_b, cos_b) = ellipse.bearing_deg.to_radians().sin_cos();
    let corner = |n: usize| {
        let (sin, cos) = (std::f64::consts::TAU * (n % CORNERS) as f64 / CORNERS as f64).sin_cos();
        let (along, across) = (ELLIPSE * ellipse.a_m * cos, -ELLIPSE * ellipse.b_m * sin);
        middle.moved_m(along * sin_b + across * cos_b, along * cos_b - across * sin_b)
    };
    (0..=CORNERS).filter_map(corner).collect()
}

fn corner(place: LonLat, height_m: f64) -> String {
    format!("{:.7},{:.7},{height_m:.0}", place.lon(), place.lat())
}

fn text(xml: &mut Writer<Vec<u8>>, name: &str, value: &str) -> std::io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&plain(value)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: standard errors of 100 m to the east and 50 m to the north reach 244.8 m and 122.4 m.
    #[test]
    fn the_ellipse_is_closed_and_as_large_as_its_errors() {
        let middle = LonLat::new(102.0, 36.5).expect("valid");
        let spread = Spread { east_m2: 1e4, cross_m2: 0.0, north_m2: 2.5e3 };
        let ring: Vec<(f64, f64)> = outline(middle, spread).iter().map(|place| place.offset_m(middle)).collect();
        let most = |of: fn(&(f64, f64)) -> f64| ring.iter().map(of).fold(f64::MIN, f64::max);
        assert!((most(|p| p.0) - 244.8).abs() < 0.2 && (most(|p| p.1) - 122.4).abs() < 0.2);
        assert_eq!((ring.len(), ring.first()), (CORNERS + 1, ring.last()));
        let twice: f64 = ring.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum();
        assert!(twice > 0.0, "counter-clockwise");
    }
}
