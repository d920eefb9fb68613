//! Land cover of the site: which of a few groups of cover lies at a place, from any raster of a known table of classes.

use super::raster::{CodeRaster, CodeWindow};
use crate::error::{Error, Result};
use crate::place::METRES_A_DEGREE;
use crate::place::{LonLat, LonLatBox};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Groups of cover that make a difference to a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// Fields.
    Cropland,
    /// Trees, shrubs, grass, moss.
    Vegetation,
    /// Built-up.
    Built,
    /// Bare or nearly so.
    Bare,
    /// Water.
    Water,
    /// Snow and ice.
    Snow,
    /// Wetland.
    Wetland,
}

impl Cover {
    /// All of them, in the order of their numbers.
    pub const ALL: [Cover; 7] =
        [Self::Cropland, Self::Vegetation, Self::Built, Self::Bare, Self::Water, Self::Snow, Self::Wetland];
}

/// A table of class codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassTable {
    /// ESA WorldCover 2020 v100 and 2021 v200, 10 m (codes \[C2\]: value table of a US EPA tool for it).
    WorldCover,
    /// CLCD, annual China land cover of Yang and Huang, 30 m (codes \[M\]).
    Clcd,
    /// GLC_FCS30 and GLC_FCS30D, 30 m (codes \[M\]).
    GlcFcs30,
}

impl ClassTable {
    /// Names as `layers.landcover_classes` takes them.
    pub const NAMES: &'static [&'static str] = &["worldcover", "clcd", "glc_fcs30"];
    const ALL: [ClassTable; 3] = [Self::WorldCover, Self::Clcd, Self::GlcFcs30];

    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|at| Self::ALL[at])
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The group of a code; `None` for one that is not of the table. 0 is no value in all three.
    pub fn cover(self, code: i32) -> Option<Cover> {
        use Cover::{Bare, Built, Cropland, Snow, Vegetation, Water, Wetland};
        match self {
            Self::WorldCover => match code {
                40 => Some(Cropland),
                10 | 20 | 30 | 100 => Some(Vegetation),
                50 => Some(Built),
                60 => Some(Bare),
                70 => Some(Snow),
                80 => Some(Water),
                90 | 95 => Some(Wetland),
                _ => None,
            },
            Self::Clcd => match code {
                1 => Some(Cropland),
                2..=4 => Some(Vegetation),
                5 => Some(Water),
                6 => Some(Snow),
                7 => Some(Bare),
                8 => Some(Built),
                9 => Some(Wetland),
                _ => None,
            },
            // 11 and 12 are fields with herbs or with trees and shrubs (orchards); sparse vegetation counts as bare
            Self::GlcFcs30 => match code {
                10..=12 | 20 => Some(Cropland),
                51 | 52 | 61 | 62 | 71 | 72 | 81 | 82 | 91 | 92 | 120..=122 | 130 | 140 => Some(Vegetation),
                150 | 152 | 153 | 200..=202 => Some(Bare),
                180..=187 => Some(Wetland),
                190 => Some(Built),
                210 => Some(Water),
                220 => Some(Snow),
                _ => None,
            },
        }
    }
}

impl ClassTable {
    /// Whether a code is of woods: trees, and not the shrubs and grass that are vegetation as well.
    fn is_wooded(self, code: i32) -> bool {
        match self {
            Self::WorldCover => [10, 95].contains(&code),
            Self::Clcd => code == 2,
            Self::GlcFcs30 => [51, 52, 61, 62, 71, 72, 81, 82, 91, 92, 185].contains(&code),
        }
    }
}

/// Codes without meaning in all tables: no value, and the fill of GLC_FCS30.
const FILL: [i32; 3] = [0, 250, 255];

/// A land cover raster with its table; opened anew for each use, for a raster belongs to one thread.
#[derive(Debug, Clone)]
pub struct LandCover {
    path: PathBuf,
    area: LonLatBox,
    table: ClassTable,
}

/// Of a large area cells finer than this are sampled, metres: a field's edge matters, a path through it does not.
const FINEST_M: f64 = 30.0;
/// Points from a place to each side at which woods are looked for.
const WOODS_STEPS: i32 = 16;
/// Of an area of so many cells on a side all are read.
const CELLS: f64 = 500.0;
/// Windows on a side of the area by whose codes a table is recognised, and their size, degrees.
const SAMPLES: usize = 8;
const SAMPLE_DEG: f64 = 0.01;
/// So many different codes tell a table; masks have one or two.
const LEAST_CODES: usize = 3;

impl LandCover {
    /// A raster over an area, by its named table or by the one that its codes are of.
    ///
    /// # Errors
    /// [`Error::Input`] where it cannot be read, has no code over the area, or its codes are not of the table; without a named table
    /// also where its numbers are fractions, or its codes are few, of no table or of more than one.
    pub fn load(path: &Path, area: &LonLatBox, named: Option<ClassTable>) -> Result<LandCover> {
        let raster = CodeRaster::open(path, area)?;
        let fractions = named.is_none() && raster.holds_fractions()?;
        let codes = sampled(&raster, area)?;
        let fits = |table: &ClassTable| codes.iter().all(|code| table.cover(*code).is_some());
        let fitting: Vec<ClassTable> = named.map_or(ClassTable::ALL.to_vec(), |table| vec![table]);
        let fitting: Vec<ClassTable> = fitting.into_iter().filter(fits).collect();
        let spoken = codes.iter().take(30).map(i32::to_string).collect::<Vec<_>>().join(", ");
        let refuse = |found: String| {
            let mend = "set layers.landcover_classes to its table, or name another raster";
            Error::input(path, found, format!("codes of one of {}", ClassTable::NAMES.join(", ")), mend)
        };
        match fitting.as_slice() {
            _ if codes.is_empty() => Err(refuse("no code over the counties of the site".to_string())),
            _ if fractions => {
                Err(refuse(format!("floating numbers, as fractions have (rounded: {spoken}), no class codes")))
            }
            // a mask of 0 and 1 is no map of fields, though 1 is the field of a table
            [table] if named.is_none() && codes.len() < LEAST_CODES => {
                Err(refuse(format!("codes {spoken}, too few to tell that they are of {}", table.name())))
            }
            [table] => Ok(LandCover { path: path.to_path_buf(), area: *area, table: *table }),
            [] => Err(refuse(match named {
                Some(table) => format!("codes {spoken}, not all of them of {}", table.name()),
                None => format!("codes {spoken}, of no table that is known"),
            })),
            several => {
                let names = several.iter().map(|table| table.name()).collect::<Vec<_>>().join(" or ");
                Err(refuse(format!("codes {spoken}, which may be {names}")))
            }
        }
    }

    /// The table of its codes.
    pub fn table(&self) -> ClassTable {
        self.table
    }

    /// Opens it for lookups.
    ///
    /// # Errors
    /// As [`CodeRaster::open`].
    pub fn open(&self) -> Result<OpenLandCover> {
        Ok(OpenLandCover { raster: CodeRaster::open(&self.path, &self.area)?, table: self.table })
    }
}

/// Codes in small windows spread over the area: the whole raster would be gigabytes.
fn sampled(raster: &CodeRaster, area: &LonLatBox) -> Result<BTreeSet<i32>> {
    let mut codes = BTreeSet::new();
    let part = |from: f64, to: f64, i: usize| from + (to - from) * (i as f64 + 0.5) / SAMPLES as f64;
    for i in 0..SAMPLES * SAMPLES {
        let (lon, lat) = (part(area.west, area.east, i % SAMPLES), part(area.south, area.north, i / SAMPLES));
        let around = LonLatBox { west: lon, east: lon, south: lat, north: lat }.widened(SAMPLE_DEG / 2.0);
        if let Some(window) = raster.window(&around, FINEST_M)? {
            codes.extend(window.codes().filter(|code| !FILL.contains(code)));
        }
    }
    Ok(codes)
}

/// An open land cover raster.
pub struct OpenLandCover {
    raster: CodeRaster,
    table: ClassTable,
}

impl OpenLandCover {
    /// Share of woods around a place up to a distance, among what is known there; `None` where nothing is.
    ///
    /// # Errors
    /// As [`CodeRaster::window`].
    pub fn woods_around(&self, place: LonLat, within_m: f64) -> Result<Option<f64>> {
        let steps = -WOODS_STEPS..=WOODS_STEPS;
        let at = |step: i32| within_m * f64::from(step) / f64::from(WOODS_STEPS);
        let offsets = steps.clone().flat_map(|east| steps.clone().map(move |north| (at(east), at(north))));
        let points: Vec<LonLat> = offsets
            .filter(|(east, north)| east.hypot(*north) <= within_m)
            .filter_map(|(east, north)| place.moved_m(east, north))
            .collect();
        let corners = [place.moved_m(-within_m, -within_m), place.moved_m(within_m, within_m)];
        let [Some(from), Some(to)] = corners else { return Ok(None) };
        let area = LonLatBox { west: from.lon(), east: to.lon(), south: from.lat(), north: to.lat() };
        let Some(window) = self.around(&area)? else { return Ok(None) };
        let known: Vec<bool> = points.iter().filter_map(|point| window.is_wooded(*point)).collect();
        let wooded = known.iter().filter(|wooded| **wooded).count();
        Ok((!known.is_empty()).then(|| wooded as f64 / known.len() as f64))
    }

    /// The cover around a place, to be asked at many places; `None` where the raster has no cell there.
    ///
    /// # Errors
    /// As [`CodeRaster::window`].
    pub fn around(&self, area: &LonLatBox) -> Result<Option<CoverWindow>> {
        let span_m = METRES_A_DEGREE * (area.north - area.south).max(area.east - area.west);
        self.sampled(area, FINEST_M.min(span_m / CELLS))
    }

    /// The cover over an area by cells of about so many metres; `None` where the raster has no cell there.
    ///
    /// # Errors
    /// As [`CodeRaster::window`].
    pub fn sampled(&self, area: &LonLatBox, finest_m: f64) -> Result<Option<CoverWindow>> {
        Ok(self.raster.window(area, finest_m)?.map(|window| CoverWindow { window, table: self.table }))
    }
}

/// The cover within a small area.
pub struct CoverWindow {
    window: CodeWindow,
    table: ClassTable,
}

impl CoverWindow {
    /// Whether woods stand at a place; `None` where the cover is not known.
    pub fn is_wooded(&self, place: LonLat) -> Option<bool> {
        let code = self.window.at(place).filter(|code| self.table.cover(*code).is_some())?;
        Some(self.table.is_wooded(code))
    }

    /// Cover at a place; `None` where it is not known.
    pub fn at(&self, place: LonLat) -> Option<Cover> {
        self.window.at(place).and_then(|code| self.table.cover(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_their_names() {
        for table in ClassTable::ALL {
            assert_eq!(ClassTable::named(table.name()), Some(table));
            assert!(FILL.iter().all(|code| table.cover(*code).is_none()));
        }
        assert_eq!(Cover::ALL.map(|cover| cover as usize), [0, 1, 2, 3, 4, 5, 6]);
    }
}
