//! `quicklook.png` of a run: the scene with the most kept fires, of equals the last.

use crate::deliver::quicklook::{self, Look, Quicklook};
use crate::error::Result;
use crate::fire::FirePixel;
use crate::ingest::geometry::fixed_grid;
use crate::pipeline::{Region, Settings};
use crate::scene::{PixelClass, Scene};
use ndarray::Array2;
use std::path::Path;

/// Pixels around the counties on the picture.
const MARGIN: usize = 8;

/// Draws a scene: the site with a margin, or all of it where fires are kept everywhere.
pub fn draw(
    path: &Path,
    whole: &Scene,
    classes: &Array2<PixelClass>,
    fires: &[FirePixel],
    settings: &Settings,
) -> Result<()> {
    let around_site = match settings.region {
        Region::Counties => fixed_grid::window_of(&whole.grid, &settings.site.bbox(), MARGIN),
        Region::Everywhere => None,
    };
    let cut = around_site.and_then(|window| whole.cut(&window));
    let scene = cut.as_ref().unwrap_or(whole);
    let (line0, column0) = (scene.window.line0 - whole.window.line0, scene.window.column0 - whole.window.column0);
    quicklook::write(
        path,
        &Quicklook {
            scene,
            counties: &settings.site.counties,
            fires,
            project: &|place| fixed_grid::to_grid(&scene.grid, place),
            look: &|line, column| look(classes[(line + line0, column + column0)]),
        },
    )
}

fn look(class: PixelClass) -> Look {
    match class {
        PixelClass::Clear | PixelClass::Fire => Look::Clear,
        PixelClass::Cloud => Look::Cloud,
        PixelClass::Water => Look::Water,
        _ => Look::Missing,
    }
}
