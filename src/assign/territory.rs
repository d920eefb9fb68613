//! The site's areas below the county, as far as it has them, and who answers for a place in them.

use super::posts::{self, Post};
use crate::error::Result;
use crate::fire::{CountyName, FireEvent, FirePixel, Verdict};
use crate::layers::named_areas::{self, NamedAreas, Seat};
use crate::place::{LonLat, Spread};
use crate::site::Site;
use std::path::Path;

/// Townships, cells and posts of a site.
#[derive(Debug, Default)]
pub struct Territory {
    grid: Option<NamedAreas>,
    townships: Townships,
    posts: Vec<Post>,
    /// Entries of the list of posts to whose area no fire can be assigned, to be said aloud.
    pub unknown_areas: Vec<String>,
    /// What is to be said of seats that no fire of the site can be near.
    pub seats_in_vain: Option<String>,
}

/// What is known of townships.
#[derive(Debug, Default)]
enum Townships {
    #[default]
    Unknown,
    Areas(NamedAreas),
    Seats(Vec<Seat>),
}

impl Territory {
    /// Reads what the site names: `layers.townships`, `layers.grid`, `layers.officers`.
    ///
    /// # Errors
    /// Where one of the files is not what it should be, or none of its areas lies in a county.
    pub fn load(site: &Site) -> Result<Self> {
        let grid = site.layers.grid.as_deref().map(|path| areas(site, path, "layers.grid")).transpose()?;
        let townships =
            site.layers.townships.as_deref().map_or(Ok(Townships::Unknown), |path| townships(site, path))?;
        let posts = site.layers.officers.as_deref().map_or(Ok(Vec::new()), posts::read)?;
        let seats_in_vain = if let Townships::Seats(seats) = &townships { in_vain(site, seats) } else { None };
        let mut territory = Territory { grid, townships, posts, unknown_areas: Vec::new(), seats_in_vain };
        territory.unknown_areas = territory.unknown(site);
        Ok(territory)
    }

    fn unknown(&self, site: &Site) -> Vec<String> {
        let mut known: std::collections::HashSet<&str> =
            site.counties.iter().flat_map(|county| [county.name.adcode.as_str(), county.name.name.as_str()]).collect();
        known.extend(self.grid.iter().flat_map(NamedAreas::names).map(|cell| cell.code.as_str()));
        if let Townships::Areas(areas) = &self.townships {
            known.extend(areas.names().iter().flat_map(|named| [named.code.as_str(), named.name.as_str()]));
        }
        let unknown = self.posts.iter().filter(|post| !known.contains(post.area.as_str()));
        unknown.map(|post| format!("{} ({})", post.area, post.post)).collect()
    }

    /// Writes township and cell into the kept fires of the counties.
    pub fn place(&self, fires: &mut [FirePixel]) {
        for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept && fire.county.is_some()) {
            fire.township = self.township(fire.place).map(|(_, name)| name);
            fire.grid_cell = self.cell(fire.place);
        }
    }

    /// Writes township, cell and post into an event of the counties. Where townships have no areas their seats near the
    /// place are named, and the county's desk answers.
    pub fn assign(&self, event: &mut FireEvent) {
        let Some(county) = event.county.clone() else { return };
        let township = self.township(event.place);
        event.grid_cell = self.cell(event.place);
        let mut areas: Vec<&str> = event.grid_cell.as_deref().into_iter().collect();
        if let Some((code, name)) = &township {
            areas.extend([code.as_str(), name.as_str()]);
        }
        areas.extend([county.adcode.as_str(), county.name.as_str()]);
        let post = posts::on_duty(&self.posts, &areas, event.last_seen);
        event.responsible = Some(post.unwrap_or_else(|| desk(&county)));
        event.candidates = if township.is_none() { self.candidates(event) } else { Vec::new() };
        event.township = township.map(|(_, name)| name);
    }

    /// Key of each layer of areas, and the share of each county that it covers.
    pub fn county_shares(&self, site: &Site) -> Vec<(&'static str, Vec<(String, f64)>)> {
        let townships = if let Townships::Areas(areas) = &self.townships { Some(areas) } else { None };
        let layers = [(TOWNSHIPS, townships), ("layers.grid", self.grid.as_ref())];
        layers.into_iter().filter_map(|(key, areas)| Some((key, areas?.county_shares(site)))).collect()
    }

    /// Whether townships are known by their seats only.
    pub fn lacks_borders(&self) -> bool {
        matches!(self.townships, Townships::Seats(_))
    }

    fn cell(&self, place: LonLat) -> Option<String> {
        self.grid.as_ref()?.at(place).map(|cell| cell.code.clone())
    }

    fn township(&self, place: LonLat) -> Option<(String, String)> {
        let Townships::Areas(areas) = &self.townships else { return None };
        areas.at(place).map(|named| (named.code.clone(), named.name.clone()))
    }

    /// Seats that lie in the error ellipse (95 per cent), then the nearest others, a few in all; each as one would say on the
    /// telephone where the fire is from it: 威远镇西北方向约 8.1 km 处.
    fn candidates(&self, event: &FireEvent) -> Vec<String> {
        let Townships::Seats(seats) = &self.townships else { return Vec::new() };
        let spread = event.place_spread.unwrap_or_else(|| Spread::around(event.position_error_m.unwrap_or(0.0)));
        let mut near: Vec<(bool, f64, &Seat, (f64, f64))> = seats
            .iter()
            .filter_map(|seat| {
                let from = event.place.offset_m(seat.place?);
                let inside = spread.squared_errors(from).is_some_and(|squared| squared <= WITHIN);
                Some((!inside, from.0.hypot(from.1), seat, from))
            })
            .filter(|(outside, metres, seat, _)| {
                let ours = seat.county.is_empty() || event.counties.contains(&seat.county);
                !outside || (ours && *metres <= FAR_M)
            })
            .collect();
        near.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.named.code.cmp(&b.2.named.code)));
        let said =
            |(_, metres, seat, from): &(bool, f64, &Seat, (f64, f64))| from_seat(&seat.named.name, *metres, *from);
        near.iter().take(NAMED).map(said).collect()
    }
}

/// 95 per cent of chi square with two degrees of freedom.
const WITHIN: f64 = 5.99;
/// Seats further than this are no hint: townships here are some 10 km across.
const FAR_M: f64 = 15_000.0;
/// More names than this nobody reads.
const NAMED: usize = 4;

/// Where a fire is, from a seat: 威远镇(西北 8.1 km) was read as if the town lay north-west of the fire.
fn from_seat(seat: &str, metres: f64, from: (f64, f64)) -> String {
    // nearer than the distance is said to, a direction says nothing
    if metres < 50.0 {
        return format!("{seat}所在地");
    }
    format!("{seat}{}方向约 {:.1} km 处", direction(from), metres / 1000.0)
}

/// The desk of a county: where nobody nearer is known.
fn desk(county: &CountyName) -> String {
    format!("{}值班室", county.name)
}

/// Direction of an offset (metres east and north), one of eight.
pub fn direction((east, north): (f64, f64)) -> &'static str {
    const NAMES: [&str; 8] = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"];
    let eighth = (east.atan2(north).to_degrees().rem_euclid(360.0) / 45.0).round() as usize;
    NAMES[eighth % 8]
}

const TOWNSHIPS: &str = "layers.townships";

fn areas(site: &Site, path: &Path, key: &str) -> Result<NamedAreas> {
    let areas = NamedAreas::read(path, key)?;
    areas.must_lie_in(site, path, key)?;
    Ok(areas)
}

/// Seats are hints: where all of them lie elsewhere it is said, and the fire still goes to the county's desk.
fn in_vain(site: &Site, seats: &[Seat]) -> Option<String> {
    let near = site.neighbourhood();
    let places: Vec<LonLat> = seats.iter().filter_map(|seat| seat.place).collect();
    if places.iter().any(|place| near.contains(*place)) {
        return None;
    }
    let why = match places.first() {
        None => "none of the seats has a place".to_string(),
        Some(first) => format!(
            "none of the {} seats with a place lies in the counties or near them (the first: lon {}, lat {})",
            places.len(),
            first.lon(),
            first.lat()
        ),
    };
    Some(format!("{why}: no event names a township"))
}

fn townships(site: &Site, path: &Path) -> Result<Townships> {
    const KEY: &str = TOWNSHIPS;
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("geojson" | "json") => areas(site, path, KEY).map(Townships::Areas),
        Some("csv") => named_areas::read_seats(path, KEY).map(Townships::Seats),
        _ => Err(named_areas::neither(path, KEY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Utc;

    const COUNTY: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"adcode":"630223","name":"互助土族自治县"},
        "geometry":{"type":"Polygon","coordinates":[[[102,36],[103,36],[103,37],[102,37],[102,36]]]}}]}"#;

    fn area(code: &str, name: &str, west: f64) -> String {
        let east = west + 0.1;
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":"{code}","name":"{name}"}},
            "geometry":{{"type":"Polygon","coordinates":[[[{west},36.4],[{east},36.4],[{east},36.6],[{west},36.6],[{west},36.4]]]}}}}]}}"#
        )
    }

    /// An event at 102.15 E 36.5 N known to 300 m, assigned with these files.
    fn assigned(files: &[(&str, &str)], toml: &str) -> (FireEvent, Territory) {
        let dir = tempfile::tempdir().expect("folder");
        for (name, text) in [("counties.geojson", COUNTY), ("site.toml", toml)].iter().chain(files) {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        let territory = Territory::load(&Site::load(dir.path()).expect("a site")).expect("loaded");
        let county = CountyName { adcode: "630223".into(), name: "互助土族自治县".into() };
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("a time");
        let mut fire = FirePixel::bare("a", time, LonLat::new(102.15, 36.5).expect("valid"));
        (fire.county, fire.position_error_m) = (Some(county.clone()), Some(300.0));
        territory.place(std::slice::from_mut(&mut fire));
        let mut event = FireEvent::bare("e", time, fire.place);
        (event.county, event.position_error_m) = (Some(county.clone()), fire.position_error_m);
        event.counties = vec![county.adcode];
        territory.assign(&mut event);
        assert_eq!((&fire.township, &fire.grid_cell), (&event.township, &event.grid_cell));
        (event, territory)
    }

    #[test]
    fn with_areas_the_township_and_its_post_answer() {
        let (townships, grid) = (area("630223200000", "台子乡", 102.1), area("C-7", "", 102.1));
        let officers = "area,post\n630223200000,台子乡值班岗\nC-8,别处\n";
        let files =
            [("t.geojson", townships.as_str()), ("g.json", &grid.replace(r#","name":"""#, "")), ("o.csv", officers)];
        let (event, territory) = assigned(&files, "[layers]\ntownships='t.geojson'\ngrid='g.json'\nofficers='o.csv'\n");
        assert_eq!((event.township.as_deref(), event.grid_cell.as_deref()), (Some("台子乡"), Some("C-7")));
        assert_eq!(event.responsible.as_deref(), Some("台子乡值班岗"));
        assert!(event.candidates.is_empty());
        assert_eq!(territory.unknown_areas, ["C-8 (别处)"]);
        // without borders no fire can be given to a township
        let seats = [("t.csv", "code,name\n1,台子乡\n"), ("o.csv", "area,post\n台子乡,台子乡值班岗\n")];
        let (event, territory) = assigned(&seats, "[layers]\ntownships='t.csv'\nofficers='o.csv'\n");
        assert_eq!(territory.unknown_areas, ["台子乡 (台子乡值班岗)"]);
        assert_eq!(event.responsible.as_deref(), Some("互助土族自治县值班室"));
    }

    /// By hand: 0.004 degrees of latitude are 445 m, within 2.45 times 212 m; 0.05 degrees of longitude at 36.5 N are 4.5 km and
    /// the fire lies east of it; 16 km is too far; another county's seat is one only within the error.
    #[test]
    fn with_seats_the_county_answers_and_the_near_ones_are_named() {
        let seats = "code,name,county_code,lon,lat\n1,远乡,630223,102.33,36.5\n2,近镇,630223,102.10,36.5\n\
                     3,本乡,630223,102.15,36.496\n4,邻县镇,630202,102.15,36.5\n6,邻县乡,630202,102.12,36.5\n5,无处乡,630223,,\n";
        let (event, _) = assigned(&[("t.csv", seats)], "[layers]\ntownships='t.csv'\n");
        assert_eq!(event.candidates, ["邻县镇所在地", "本乡北方向约 0.4 km 处", "近镇东方向约 4.5 km 处"]);
        assert_eq!((event.township, event.responsible.as_deref()), (None, Some("互助土族自治县值班室")));
    }

    #[test]
    fn a_site_without_layers_gives_the_case_to_the_county() {
        let (event, _) = assigned(&[], "");
        assert_eq!((event.township, event.grid_cell, event.candidates.len()), (None, None, 0));
        assert_eq!(event.responsible.as_deref(), Some("互助土族自治县值班室"));
    }
}
