//! How much of each county some areas cover: areas that lie elsewhere must not be taken in silence.

use super::area_index::AreaIndex;
use crate::place::LonLat;
use crate::site::Site;
use geo::MultiPolygon;

/// Distance of the points that are asked, degrees.
const STEP_DEG: f64 = 0.005;

/// Name of each county and the share of its ground that lies in an area, by points 0.005 degrees apart.
pub fn county_shares<'a>(site: &Site, areas: impl IntoIterator<Item = &'a MultiPolygon<f64>>) -> Vec<(String, f64)> {
    let index = AreaIndex::new(areas);
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let mut counts = vec![(0_usize, 0_usize); site.counties.len()];
    let b = site.bbox();
    let steps = |from: f64, to: f64| {
        (0..((to - from) / STEP_DEG).ceil() as usize).map(move |i| from + (i as f64 + 0.5) * STEP_DEG)
    };
    for place in
        steps(b.south, b.north).flat_map(|lat| steps(b.west, b.east).filter_map(move |lon| LonLat::new(lon, lat)))
    {
        if let Some(county) = counties.find(place) {
            counts[county].0 += 1;
            counts[county].1 += usize::from(index.find(place).is_some());
        }
    }
    let share = |(all, inside): (usize, usize)| if all == 0 { 0.0 } else { inside as f64 / all as f64 };
    site.counties.iter().zip(counts).map(|(county, count)| (county.name.name.clone(), share(count))).collect()
}

/// Whether some ground of the areas lies in a county: a corner of theirs does, or a point of [`county_shares`] lies in one.
pub fn lie_in_counties<'a>(
    site: &Site,
    areas: impl IntoIterator<Item = &'a MultiPolygon<f64>, IntoIter: Clone>,
) -> bool {
    let areas = areas.into_iter();
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let mut corners = areas.clone().flatten().flat_map(|part| part.exterior().coords());
    let is_inside = |at: &geo::Coord<f64>| LonLat::new(at.x, at.y).is_some_and(|place| counties.find(place).is_some());
    corners.any(is_inside) || county_shares(site, areas).iter().any(|(_, share)| *share > 0.0)
}

/// A share in per cent, rounded down: 100 % is all of it.
pub fn percent(share: f64) -> f64 {
    (1000.0 * share).floor() / 10.0
}
