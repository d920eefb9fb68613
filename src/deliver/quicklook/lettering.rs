//! Letters: a font of the system that has Chinese, else digits and capitals of our own.

use super::canvas::{Canvas, Rgb};
use super::font;
use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use std::sync::OnceLock;

/// Where Debian and its kin keep a font with Chinese, and which face of the file is simplified Chinese.
const FONTS: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
];

/// How text is written.
pub(super) struct Lettering {
    font: Option<&'static FontVec>,
}

impl Lettering {
    /// With the first font that the system has; it is read once.
    pub(super) fn of_system() -> Self {
        static FONT: OnceLock<Option<FontVec>> = OnceLock::new();
        Lettering { font: FONT.get_or_init(|| FONTS.iter().find_map(|(path, face)| load(path, *face))).as_ref() }
    }

    /// Without a font, as on a bare machine.
    #[cfg(test)]
    pub(super) fn bare() -> Self {
        Lettering { font: None }
    }

    /// The Chinese text where it can be written.
    pub(super) fn pick<'a>(&self, chinese: &'a str, ascii: &'a str) -> &'a str {
        if self.font.is_some() { chinese } else { ascii }
    }

    /// [`Lettering::pick`] of texts made on the spot.
    pub(super) fn pick_owned(&self, chinese: String, ascii: String) -> String {
        if self.font.is_some() { chinese } else { ascii }
    }

    /// Width of a text of this height, screen pixels.
    pub(super) fn width(&self, text: &str, height: f64) -> f64 {
        match self.font {
            Some(face) => text.chars().map(|letter| advance(face, letter, height)).sum(),
            None => text.chars().count() as f64 * font::advance(height),
        }
    }

    /// Writes from the upper left corner; the width written.
    pub(super) fn write(&self, canvas: &mut Canvas, at: (f64, f64), height: f64, text: &str, colour: Rgb) -> f64 {
        let mut x = at.0;
        for letter in text.chars() {
            x += match self.font {
                Some(face) => outline(canvas, face, letter, (x, at.1), height, colour),
                None => font::draw(canvas, letter, (x, at.1), height, colour),
            };
        }
        x - at.0
    }

    /// [`Lettering::write`] with a dark rim, to be read on any ground.
    pub(super) fn write_haloed(
        &self,
        canvas: &mut Canvas,
        at: (f64, f64),
        height: f64,
        text: &str,
        colour: Rgb,
        rim: Rgb,
    ) {
        for (dx, dy) in
            [(-1.5, 0.0), (1.5, 0.0), (0.0, -1.5), (0.0, 1.5), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)]
        {
            self.write(canvas, (at.0 + dx, at.1 + dy), height, text, rim);
        }
        self.write(canvas, at, height, text, colour);
    }
}

fn load(path: &str, face: u32) -> Option<FontVec> {
    FontVec::try_from_vec_and_index(std::fs::read(path).ok()?, face).ok()
}

fn advance(font: &FontVec, letter: char, height: f64) -> f64 {
    let scaled = font.as_scaled(PxScale::from(em(height)));
    f64::from(scaled.h_advance(font.glyph_id(letter)))
}

/// Fonts state their size with the space between lines; texts here are sized by their letters.
fn em(height: f64) -> f32 {
    (height * 1.35) as f32
}

fn outline(canvas: &mut Canvas, font: &FontVec, letter: char, at: (f64, f64), height: f64, colour: Rgb) -> f64 {
    let scale = PxScale::from(em(height));
    let baseline = at.1 + height * 0.98;
    let position = ab_glyph::point(at.0 as f32, baseline as f32);
    let glyph = font.glyph_id(letter).with_scale_and_position(scale, position);
    if let Some(outline) = font.outline_glyph(glyph) {
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, cover| {
            let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
            canvas.blend(x, y, colour, f64::from(cover));
        });
    }
    advance(font, letter, height)
}
