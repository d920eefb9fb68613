//! The mixing of fires into one band: L' = L + w f (B(Tf) - L).

use super::bands;
use super::granule::{FixedGrid, Granule};
use crate::fires::round;
use crate::psf::{FWHM_PX, shares};
use serde_json::{Value, json};

/// A fire in the scene: scan angles and its 2 km pixel.
pub struct Site {
    pub pixel: (usize, usize),
    /// Sub-pixel place, -0.5 to 0.5 in columns and lines.
    pub within: (f64, f64),
    pub x: f64,
    pub y: f64,
}

impl Site {
    /// What the truth file says of it.
    pub fn truth(&self, id: usize, power_mw: f64, grid: &FixedGrid) -> Value {
        let (col, line) = (grid.x.place(self.x), grid.y.place(self.y));
        let place = grid.lon_lat(col, line);
        json!({
            "id": format!("S{id:04}"),
            "line": round(line, 4),
            "column": round(col, 4),
            "pixel_line": self.pixel.1,
            "pixel_column": self.pixel.0,
            "offset_line": round(self.within.1, 4),
            "offset_column": round(self.within.0, 4),
            "lon": place.map(|p| round(p.0, 6)),
            "lat": place.map(|p| round(p.1, 6)),
            "pixel_area_km2": grid.pixel_area_m2(col, line).map(|a| round(a / 1e6, 4)),
            "power_mw": power_mw,
        })
    }
}

/// Puts the fires into one band; returns how many pixels left the valid range.
pub fn burn(granule: &mut Granule, reference: &FixedGrid, sites: &[Site], temperature_k: f64, area_m2: f64) -> usize {
    let Some(response) = bands::response(granule.band).filter(|_| bands::shows_fire(granule.band)) else {
        return 0;
    };
    let flame = if granule.per_wavenumber {
        response.radiance_wavenumber(temperature_k)
    } else {
        response.radiance(temperature_k)
    };
    let grid = granule.grid;
    // The spread is that of a 2 km pixel in every band, so a finer grid shares it among more pixels.
    let finer = (reference.x.step / grid.x.step).abs();
    let mut cut = 0;
    for site in sites {
        let (col, line) = (grid.x.place(site.x), grid.y.place(site.y));
        let Some(pixel_m2) = grid.pixel_area_m2(col, line) else {
            continue;
        };
        for share in shares(col, line, FWHM_PX * finer) {
            let burning = (share.weight * area_m2 / pixel_m2).min(1.0);
            cut += usize::from(add_fire(granule, share.col, share.line, burning, flame));
        }
    }
    cut
}

/// Mixes fire into one pixel; true if the result left the valid range.
fn add_fire(granule: &mut Granule, col: i64, line: i64, burning: f64, flame: f64) -> bool {
    let (Ok(c), Ok(l)) = (usize::try_from(col), usize::try_from(line)) else {
        return false;
    };
    if c >= granule.grid.cols || l >= granule.grid.lines {
        return false;
    }
    let index = l * granule.grid.cols + c;
    let Some(before) = granule.radiance(index) else {
        return false;
    };
    let cut = granule.set_radiance(index, before + burning * (flame - before));
    if cut {
        granule.flag_out_of_range(index);
    }
    cut
}
