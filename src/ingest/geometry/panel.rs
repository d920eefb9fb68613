//! Sunlight that a panel mirrors to a satellite (ALGORITHMS 8.4).

use super::fixed_grid::{self, Vector};
use super::sun::{Sun, glint_angle_deg};
use crate::place::LonLat;
use crate::scene::FixedGrid;
use crate::time::Utc;

/// Angle between the direction to the satellite and the sun's mirror image in a panel, degrees. The panel is tilted by so
/// many degrees from level and faces an azimuth (clockwise from north). `None` where it does not see the sun and the
/// satellite both.
pub fn mirror_angle_deg(
    grid: &FixedGrid,
    place: LonLat,
    time: Utc,
    (tilt_deg, azimuth_deg): (f64, f64),
) -> Option<f64> {
    let point = fixed_grid::ground_point(grid, place);
    let up = fixed_grid::normal(grid, point);
    let panel = tilted(up, tilt_deg, azimuth_deg);
    let sun = Sun::at(time).direction(grid.sub_lon_deg);
    let satellite = fixed_grid::to_satellite(grid, point);
    let seen = |direction| fixed_grid::dot(up, direction) > 0.0 && fixed_grid::dot(panel, direction) > 0.0;
    (seen(sun) && seen(satellite)).then(|| glint_angle_deg(panel, sun, satellite))
}

/// Normal of a panel; `up` is the ground's.
fn tilted(up: Vector, tilt_deg: f64, azimuth_deg: f64) -> Vector {
    let flat = up[0].hypot(up[1]);
    let east = [-up[1] / flat, up[0] / flat, 0.0];
    let north = [-up[2] * east[1], up[2] * east[0], up[0] * east[1] - up[1] * east[0]];
    let (sin_tilt, cos_tilt) = tilt_deg.to_radians().sin_cos();
    let (sin_azimuth, cos_azimuth) = azimuth_deg.to_radians().sin_cos();
    std::array::from_fn(|i| cos_tilt * up[i] + sin_tilt * (sin_azimuth * east[i] + cos_azimuth * north[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days and minutes of 2025 at which a panel of 36 degrees to the south shines within 6 degrees.
    fn shines(sub_lon_deg: f64) -> Vec<(u32, u32)> {
        let (grid, place) =
            (FixedGrid { sub_lon_deg, ..fixed_grid::himawari() }, LonLat::new(102.1, 36.5).expect("on earth"));
        let start = Utc::from_parts(2025, 1, 1, 0, 0, 0).expect("a time");
        let times = (0..365).flat_map(|day| (0..144).map(move |slot| (day, slot * 10)));
        times
            .filter(|(day, minute)| {
                let time = start.plus_seconds(86_400.0 * f64::from(*day) + 60.0 * f64::from(*minute)).expect("a time");
                mirror_angle_deg(&grid, place, time, (36.0, 180.0)).is_some_and(|angle| angle < 6.0)
            })
            .collect()
    }

    /// Calendars of ALGORITHMS 8.4: first and last days of spring and autumn and first and last minutes.
    #[test]
    fn panels_shine_in_the_published_weeks_and_hours() {
        // days of the year from 0: 22 March is 80, 21 April 110, 24 August 235, 18 September 260, 27 March 85, 19 August 230
        for (sub_lon_deg, spring, autumn, minutes) in [
            (140.7, (80, 110), (235, 260), (460, 510)),
            (104.7, (85, 110), (230, 260), (300, 350)),
            (133.0, (80, 110), (235, 260), (430, 480)),
        ] {
            let shines = shines(sub_lon_deg);
            let days = |from: u32, to: u32| {
                let of = shines.iter().map(|(day, _)| *day).filter(|day| (from..to).contains(day));
                (of.clone().min().expect("shines"), of.max().expect("shines"))
            };
            let near = |(a, b): (u32, u32), (c, d): (u32, u32), by: u32| a.abs_diff(c) <= by && b.abs_diff(d) <= by;
            assert!(near(days(0, 180), spring, 6), "{sub_lon_deg}: {:?}", days(0, 180));
            assert!(near(days(180, 365), autumn, 6), "{sub_lon_deg}: {:?}", days(180, 365));
            let minute = |pick: fn(u32, u32) -> u32| shines.iter().map(|(_, m)| *m).reduce(pick).expect("shines");
            assert!(near((minute(u32::min), minute(u32::max)), minutes, 10), "{sub_lon_deg}: {shines:?}");
        }
    }
}
