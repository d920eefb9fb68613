//! Files of marks: what the bits of each layout mean.

use super::band::{BandFile, Opened as Band};
use crate::error::Result;
use crate::scene::Window;
use crate::scene::map::{MapGrid, MapMarks};

/// What a file of marks holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Landsat Collection 2 `QA_PIXEL`.
    QaPixel,
    /// Landsat Collection 2 `QA_RADSAT`: a bit a saturated band.
    QaRadsat,
    /// Landsat Collection 1 `BQA`.
    Bqa1,
    /// Landsat `BQA` before the collections.
    BqaPre,
    /// Sentinel-2 `MSK_CLASSI`, one of its bands: 1 opaque cloud, 2 cirrus, 3 snow.
    MsiCloud,
    /// See `MsiCloud`.
    MsiSnow,
}

/// A file of marks.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkFile {
    /// Where it is.
    pub file: BandFile,
    /// What it holds.
    pub layout: Layout,
}

/// One whose grid is known.
#[derive(Debug)]
pub(super) struct Opened {
    band: Band,
    layout: Layout,
}

impl Opened {
    /// Reads the head of the file.
    pub fn open(file: MarkFile, grid: &MapGrid) -> Result<Opened> {
        let mut band = Band::open(file.file)?;
        band.align(grid)?;
        Ok(Opened { band, layout: file.layout })
    }

    /// Whether it tells where cloud is.
    pub fn tells_cloud(&self) -> bool {
        self.layout != Layout::QaRadsat && self.layout != Layout::MsiSnow
    }

    /// Adds its marks to those of a part of the grid.
    pub fn add(&self, part: &Window, marks: &mut [MapMarks]) -> Result<()> {
        let mut words = vec![0; part.lines * part.columns];
        self.band.read(part, &mut words)?;
        for (mark, word) in marks.iter_mut().zip(words) {
            *mark = mark.with(meaning(self.layout, word));
        }
        Ok(())
    }
}

/// The marks of one word of a file.
fn meaning(layout: Layout, word: u16) -> MapMarks {
    let bit = |n: u16| word >> n & 1 == 1;
    // two bits: 0 not determined, 1 low, 2 medium, 3 high
    let sure = |n: u16| word >> n & 3 == 3;
    let mut marks = MapMarks::default();
    let mut mark = |is_so: bool, what: MapMarks| {
        if is_so {
            marks = marks.with(what);
        }
    };
    match layout {
        // Landsat 8-9 OLI/TIRS Collection 2 Level 1 Data Format Control Book (LSDS-1822), pixel quality assessment:
        // bits 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 cloud shadow, 5 snow, 6 clear, 7 water, 8-15 how sure
        Layout::QaPixel => {
            mark(bit(0), MapMarks::FILL);
            mark(bit(1) || bit(2) || bit(3), MapMarks::CLOUD);
            mark(bit(4), MapMarks::SHADOW);
            mark(bit(5), MapMarks::SNOW);
            mark(bit(7), MapMarks::WATER);
        }
        // the same book, radiometric saturation: bit n - 1 for band n, 11 terrain occlusion
        Layout::QaRadsat => {
            mark(bit(5), MapMarks::SATURATED_16);
            mark(bit(6), MapMarks::SATURATED_22);
        }
        // Landsat 8 OLI/TIRS Collection 1 Level 1 Data Format Control Book (LSDS-809): bits 0 fill, 1 terrain
        // occlusion, 2-3 saturated bands (0, 1-2, 3-4, 5 and more), 4 cloud, 5-6 cloud confidence, 7-8 shadow, 9-10
        // snow, 11-12 cirrus. Which bands are saturated it does not say: white cloud is so in the blue. The counts do
        Layout::Bqa1 => {
            mark(bit(0), MapMarks::FILL);
            mark(bit(4) || sure(11), MapMarks::CLOUD);
            mark(sure(7), MapMarks::SHADOW);
            mark(sure(9), MapMarks::SNOW);
        }
        // LDCM Level 1 data format of before 2017: bits 0 fill, 1 dropped frame, 2 terrain occlusion, 4-5 water, 8-9
        // vegetation, 10-11 snow, 12-13 cirrus, 14-15 cloud
        Layout::BqaPre => {
            mark(bit(0) || bit(1), MapMarks::FILL);
            mark(sure(14) || sure(12), MapMarks::CLOUD);
            mark(sure(10), MapMarks::SNOW);
            mark(sure(4), MapMarks::WATER);
        }
        Layout::MsiCloud => mark(word > 0, MapMarks::CLOUD),
        Layout::MsiSnow => mark(word > 0, MapMarks::SNOW),
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words as the books give them for examples, and those of real files.
    #[test]
    fn words_mean_what_the_books_say() {
        let none = MapMarks::default();
        for (layout, word, expected) in [
            // 21824: clear, all confidences low; 22280: cloud of high confidence; 23888: shadow; 30048: snow; 21952:
            // clear over water
            (Layout::QaPixel, 1, MapMarks::FILL),
            (Layout::QaPixel, 21_824, none),
            (Layout::QaPixel, 22_280, MapMarks::CLOUD),
            (Layout::QaPixel, 23_888, MapMarks::SHADOW),
            (Layout::QaPixel, 30_048, MapMarks::SNOW),
            (Layout::QaPixel, 21_952, MapMarks::WATER),
            (Layout::QaRadsat, 0b0110_0000, MapMarks::SATURATED_16.with(MapMarks::SATURATED_22)),
            (Layout::QaRadsat, 1 << 11, none),
            // 2720: clear; 2800: cloud; 2976: shadow; 3744: snow; 6816: cirrus; 2724: clear with one or two bands
            // saturated
            (Layout::Bqa1, 1, MapMarks::FILL),
            (Layout::Bqa1, 2720, none),
            (Layout::Bqa1, 2724, none),
            (Layout::Bqa1, 2800, MapMarks::CLOUD),
            (Layout::Bqa1, 2976, MapMarks::SHADOW),
            (Layout::Bqa1, 3744, MapMarks::SNOW),
            (Layout::Bqa1, 6816, MapMarks::CLOUD),
            (Layout::BqaPre, 20_480, none),
            (Layout::BqaPre, 53_248, MapMarks::CLOUD),
            (Layout::BqaPre, 61_440, MapMarks::CLOUD),
            (Layout::BqaPre, 20_528, MapMarks::WATER),
            (Layout::MsiCloud, 1, MapMarks::CLOUD),
            (Layout::MsiSnow, 0, none),
        ] {
            assert_eq!(meaning(layout, word), expected, "{layout:?} {word}");
        }
    }
}
