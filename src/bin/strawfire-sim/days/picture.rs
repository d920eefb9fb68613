//! One slot of a series as files.

use super::land::{CELLS, Land};
use super::park::Park;
use super::stray::{self, Glow, StrayLight};
use super::{Slot, shows};
use crate::ahi::compress;
use crate::around::Around;
use crate::bands::Band;
use crate::calibration::{Calibration, ERROR_COUNT};
use crate::error::Result;
use crate::fires::Fire;
use crate::frame::{Spark, sparks};
use crate::ground::{Cell, Setting};
use crate::hsd::Segment;
use crate::navigation::DiskGrid;
use crate::optics::Optics;
use crate::output;
use crate::psf::{FWHM_PX, Kernel, shares};
use crate::seeds::{mix, normal};
use crate::sight;
use crate::site::{MARGIN, convolve};
use crate::sun;
use std::collections::BTreeMap;
use std::path::Path;

/// The segment that holds the whole site.
const SITE_SEGMENT: u8 = 2;

/// What all slots share.
pub struct Studio {
    land: Land,
    channels: Vec<Channel>,
    satellite: u8,
    pub stray: Option<StrayLight>,
}

/// One band, ready, with the part of its picture that is drawn.
struct Channel {
    optics: Optics,
    calibration: Calibration,
    grid: DiskGrid,
    kernel: Kernel,
    /// 0-based first column and line, and size, in the band's own pixels.
    col: usize,
    line: usize,
    cols: usize,
    lines: usize,
    /// The lines before and after the site, compressed: the same in every slot, and most of the work of a file.
    blank: [Vec<u8>; 2],
}

impl Studio {
    pub fn new(land: Land, bands: Vec<Band>, satellite: u8, stray: Option<StrayLight>) -> Result<Self> {
        let channels = bands.into_iter().map(|band| Channel::new(band, &land)).collect::<Result<_>>()?;
        Ok(Studio { land, channels, satellite, stray })
    }
}

/// Writes the files of a slot, with what burns then and a solar park, and gives their names; none in a gap.
pub fn write(out: &Path, studio: &Studio, slot: &Slot, fires: &[Fire], park: Option<Park>) -> Result<Vec<String>> {
    if slot.gap {
        return Ok(Vec::new());
    }
    let day = slot.time.strftime("%Y%m%d").to_string();
    output::make_folder(&out.join(&day))?;
    let cells = studio.land.cells(&slot.setting, slot.snow_line_m);
    let glow = studio.stray.as_ref().map(|light| light.at(&slot.setting.moment));
    let mut names = Vec::new();
    for channel in studio.channels.iter().filter(|channel| shows(&channel.optics.band, &slot.setting)) {
        let band = channel.optics.band;
        let segment = Segment { band, number: SITE_SEGMENT, satellite: studio.satellite, slot: slot.time };
        let name = format!("{day}/{}.bz2", segment.file_name());
        let glow = glow.filter(|_| band.number == stray::BAND);
        let light = Light { fires, park, glow };
        let rows = channel.rows(studio, &slot.setting, &cells, &light);
        let target = out.join(&name);
        output::write_whole(&target, &channel.file(&target, &segment, &rows)?)?;
        names.push(name);
    }
    Ok(names)
}

/// What shines in a slot beside the land.
struct Light<'a> {
    fires: &'a [Fire],
    park: Option<Park>,
    glow: Option<Glow>,
}

impl Channel {
    fn new(band: Band, land: &Land) -> Result<Self> {
        let fineness = band.fineness;
        let line = (land.line + MARGIN) * fineness;
        let lines = (land.lines - 2 * MARGIN) * fineness;
        let before = line - usize::from(SITE_SEGMENT - 1) * band.segment_lines();
        let after = band.segment_lines() - before - lines;
        let blank = |lines: usize| {
            let bytes = ERROR_COUNT.to_le_bytes().repeat(lines * band.columns());
            compress(Path::new("the lines about the site"), &bytes)
        };
        Ok(Channel {
            blank: [blank(before)?, blank(after)?],
            calibration: Calibration::of(&band),
            grid: DiskGrid::himawari(fineness),
            kernel: Kernel::new(CELLS / fineness),
            col: (land.col + MARGIN) * fineness,
            line,
            cols: (land.cols - 2 * MARGIN) * fineness,
            lines,
            optics: Optics::new(band),
        })
    }

    /// The lines of the segment that hold the site, as bytes.
    fn rows(&self, studio: &Studio, setting: &Setting, cells: &[Cell], light: &Light) -> Vec<u8> {
        let radiance: Vec<f32> = cells.iter().map(|cell| self.optics.radiance(cell) as f32).collect();
        let mut marks = sparks(light.fires, &Around::default(), setting, &self.optics, &self.grid);
        if let Some(park) = light.park {
            self.add_shine(setting, &park, &mut marks);
        }
        let noise_key = mix(setting.noise_key ^ (0xA0 + u64::from(self.optics.band.number)));
        let width = studio.land.cols * CELLS;
        let per_pixel = CELLS / self.optics.band.fineness;
        let noise = self.optics.noise();
        let mut bytes = Vec::with_capacity(self.lines * self.optics.band.columns() * 2);
        for j in 0..self.lines {
            let key = mix(noise_key ^ (self.line + j) as u64);
            bytes.extend(std::iter::repeat_n(ERROR_COUNT.to_le_bytes(), self.col).flatten());
            for i in 0..self.cols {
                let first = |k: usize| (MARGIN * CELLS + k * per_pixel) as i64 + self.kernel.first;
                let clean = f64::from(convolve(&radiance, width, first(i), first(j), &self.kernel.weights) as f32);
                let spark = marks.get(&(self.line + j, self.col + i)).copied().unwrap_or_default();
                let draw = normal(mix(key.wrapping_add((self.col + i) as u64)));
                let stray = light.glow.map_or(0.0, |glow| glow.on(self.col + i, self.line + j));
                let lit = clean * (1.0 - spark.share) + spark.added + stray;
                let count = self.calibration.encode(lit + noise * draw);
                bytes.extend(count.to_le_bytes());
            }
            let after = self.optics.band.columns() - self.col - self.cols;
            bytes.extend(std::iter::repeat_n(ERROR_COUNT.to_le_bytes(), after).flatten());
        }
        bytes
    }

    /// Sunlight from a solar park, under the cloud above it.
    fn add_shine(&self, setting: &Setting, park: &Park, marks: &mut BTreeMap<(usize, usize), Spark>) {
        let (lon, lat) = (park.lon, park.lat);
        let albedo = park.shine_albedo(setting.moment.days_j2000) * (1.0 - setting.clouds.opacity(lon, lat));
        let band = &self.optics.band;
        let cos = sun::position(setting.moment.days_j2000, lon, lat).cos_zenith.max(0.0);
        let Some((col, line)) = sight::seen(setting, &self.grid, lon, lat) else {
            return;
        };
        // The same light falls into a smaller pixel where the band is finer.
        let pixels = (band.fineness * band.fineness) as f64;
        let added = albedo * cos * self.optics.white() * band.transmittance * pixels;
        // Panels are mirrors to sunlight and next to nothing in the thermal infrared.
        if band.number > 7 || added <= 0.0 {
            return;
        }
        for place in shares(col, line, FWHM_PX) {
            if let (Ok(l), Ok(c)) = (usize::try_from(place.line), usize::try_from(place.col)) {
                marks.entry((l, c)).or_default().added += added * place.weight;
            }
        }
    }

    /// The file: header, lines before the site, the site, lines after it, one bzip2 stream each.
    fn file(&self, target: &Path, segment: &Segment, rows: &[u8]) -> Result<Vec<u8>> {
        let header = compress(target, &segment.header(&self.calibration))?;
        let [before, after] = &self.blank;
        Ok([&header[..], before, &compress(target, rows)?, after].concat())
    }
}
