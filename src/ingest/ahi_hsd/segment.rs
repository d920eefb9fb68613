//! One segment file: its lines inside a window, calibrated.

use super::header::{self, Calibration, FIRST_INFRARED_BAND, Header};
use crate::error::{Error, Result};
use crate::scene::PixelState;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};
use bzip2::bufread::MultiBzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

/// A segment opened at its first line.
pub struct Segment {
    /// Its header.
    pub header: Header,
    input: Input,
}

/// The bytes of a segment.
enum Input {
    Plain(BufReader<File>),
    Compressed(MultiBzDecoder<Counted>),
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Input::Plain(input) => input.read(buffer),
            Input::Compressed(input) => input.read(buffer),
        }
    }
}

impl Input {
    /// Reads on until the checksum of what was read last has been held against it. A bzip2 block gives its bytes
    /// first and is checked at its end; only then does the decoder take more of the file.
    fn check(&mut self) -> std::io::Result<()> {
        let Input::Compressed(input) = self else { return Ok(()) };
        let taken = input.get_ref().taken;
        let mut buffer = [0; 1 << 16];
        while input.get_ref().taken == taken && input.read(&mut buffer)? > 0 {}
        Ok(())
    }
}

/// A file that counts the bytes taken from it.
struct Counted {
    inner: BufReader<File>,
    taken: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken += count as u64;
        Ok(count)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.taken += count as u64;
        self.inner.consume(count);
    }
}

/// How the lines of a segment ended too early.
#[derive(Debug)]
pub enum Broken {
    /// The file ends: the lines before are sound.
    Cut(Error),
    /// The file is damaged: a compressed block is checked only after its bytes were given, so none can be trusted.
    Damaged(Error),
}

/// Opens a segment, decompressing on the way when the name ends in `.bz2`, and reads its header.
///
/// # Errors
/// `Error::Read` when the file cannot be opened, `Error::Input` when it is not a sound Himawari segment.
pub fn open(path: &Path) -> Result<Segment> {
    let file = File::open(path).map_err(|source| Error::read(path, source))?;
    let bytes = file.metadata().map_err(|source| Error::read(path, source))?.len();
    if bytes == 0 {
        return Err(Error::input(path, "an empty file (0 bytes)", "a Himawari segment", "fetch the file again"));
    }
    let compressed = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bz2"));
    let buffered = BufReader::with_capacity(1 << 17, file);
    let mut input = if compressed {
        Input::Compressed(MultiBzDecoder::new(Counted { inner: buffered, taken: 0 }))
    } else {
        Input::Plain(buffered)
    };
    let header = header::read(&mut input, path)?;
    check(&header, path)?;
    Ok(Segment { header, input })
}

/// The finest grid of a full disk, 0.5 km: a header that claims more is damaged and must not make us allocate.
const LARGEST_SIDE: usize = 22_000;

/// What a usable segment must be, whatever band it is. The format has no checksum: a number that no Himawari can
/// have is the only sign of damage before it becomes a wrong place or a wrong temperature.
fn check(header: &Header, path: &Path) -> Result<()> {
    let sound = check_shape(header)
        .and_then(|()| check_projection(header))
        .and_then(|()| check_calibration(&header.calibration));
    sound.map_err(|(found, expected)| {
        Error::input(path, found, expected, "fetch the file again; if it comes so again, report it")
    })
}

/// What was found, and what was expected.
type Unsound = (String, &'static str);

fn check_shape(header: &Header) -> std::result::Result<(), Unsound> {
    let (columns, lines) = (header.columns, header.lines);
    if header.bits != 16 || header.compression != 0 {
        let found = format!("{} bits a pixel, compression {}", header.bits, header.compression);
        return Err((found, "16 bits, compression 0"));
    }
    if columns == 0 || lines == 0 || u64::from(header.data_bytes) != u64::from(columns) * u64::from(lines) * 2 {
        let found = format!("{} bytes of data for {lines} lines of {columns} columns", header.data_bytes);
        return Err((found, "two bytes a pixel"));
    }
    let (total, number, first_line) = header.segment;
    if number == 0 || number > total || first_line == 0 {
        return Err((format!("segment {number} of {total} from line {first_line}"), "numbers that count from 1"));
    }
    let all_lines = usize::from(lines) * usize::from(total);
    if usize::from(columns) > LARGEST_SIDE || all_lines > LARGEST_SIDE {
        let found = format!("{total} segments of {lines} lines of {columns} columns");
        return Err((found, "22,000 lines and columns at most"));
    }
    Ok(())
}

fn check_projection(header: &Header) -> std::result::Result<(), Unsound> {
    let p = &header.projection;
    let sound = (130.0..=150.0).contains(&p.sub_lon_deg)
        && (40_000.0..=45_000.0).contains(&p.distance_km)
        && p.radii_km.iter().all(|radius| (6_300.0..=6_400.0).contains(radius))
        && p.factors.iter().all(|factor| (10_000_000..=100_000_000).contains(factor))
        && p.offsets.iter().all(|offset| offset.abs() <= 30_000.0);
    if sound {
        return Ok(());
    }
    Err((
        format!("projection {p:?}"),
        "a satellite near 140.7 E at 42,164 km, the earth's radii and the factors of a 0.5 to 2 km grid",
    ))
}

/// Central wavelengths of bands 1 to 16, um, rounded (Himawari user's guide).
const WAVELENGTHS_UM: [f64; 16] =
    [0.47, 0.51, 0.64, 0.86, 1.6, 2.3, 3.9, 6.2, 6.9, 7.3, 8.6, 9.6, 10.4, 11.2, 12.4, 13.3];

fn check_calibration(c: &Calibration) -> std::result::Result<(), Unsound> {
    let numbers_are_usable = c.gain.is_finite() && c.offset.is_finite() && c.gain != 0.0;
    if !numbers_are_usable || !(1..=16).contains(&c.valid_bits) {
        return Err((
            format!("gain {}, offset {}, {} valid bits", c.gain, c.offset, c.valid_bits),
            "a usable calibration",
        ));
    }
    let nominal = usize::from(c.band).checked_sub(1).and_then(|at| WAVELENGTHS_UM.get(at));
    if !nominal.is_some_and(|nominal| (0.95..=1.05).contains(&(c.wavelength_um / nominal))) {
        let found = format!("band {} at {} um", c.band, c.wavelength_um);
        return Err((found, "a band from 1 to 16 at its wavelength"));
    }
    let Some(law) = planck_law(c) else { return Ok(()) };
    let [c0, c1, c2, .., light, planck, boltzmann] = c.coefficients;
    let constants = [(light, LIGHT_C), (planck, PLANCK_H), (boltzmann, BOLTZMANN_K)];
    let sound = constants.iter().all(|(found, true_one)| (0.999..=1.001).contains(&(found / true_one)))
        && (-5.0..=5.0).contains(&c0)
        && (0.9..=1.1).contains(&c1)
        && (-1e-3..=1e-3).contains(&c2);
    if !sound {
        let found = format!("conversion coefficients {:?}", c.coefficients);
        return Err((found, "c0, c1, c2 near 0, 1, 0 and c, h, k of physics"));
    }
    let top = f64::from((1u32 << c.valid_bits) - 1);
    let ends = [c.offset, c.gain * top + c.offset];
    // as `value` has it: nothing is colder than half a count
    let coldest_k = law.temperature_k(ends[0].min(ends[1]).max(c.gain.abs() / 2.0));
    let hottest_k = law.temperature_k(ends[0].max(ends[1]));
    if (1.0..=260.0).contains(&coldest_k) && (260.0..=800.0).contains(&hottest_k) {
        return Ok(());
    }
    Err((
        format!("gain {} and offset {}: from {coldest_k:.0} K to {hottest_k:.0} K", c.gain, c.offset),
        "a band that measures from below 260 K to some 260 to 800 K",
    ))
}

/// Calibrated value and state of every possible count: one look-up a pixel afterwards.
pub struct CountTable {
    values: Vec<f32>,
    states: Vec<PixelState>,
}

impl CountTable {
    /// The table of a band: kelvin for bands from 7 on, reflectance (not divided by the cosine of the sun's zenith
    /// angle) below.
    pub fn of(calibration: &Calibration) -> Self {
        let law = planck_law(calibration);
        let top = ((1u32 << calibration.valid_bits) - 1) as u16;
        let hottest = if calibration.gain < 0.0 { 0 } else { top };
        let mut table = CountTable { values: Vec::with_capacity(1 << 16), states: Vec::with_capacity(1 << 16) };
        for count in 0..=u16::MAX {
            let state = if count == calibration.outside_count {
                PixelState::OffEarth
            } else if count == calibration.error_count || count > top {
                PixelState::Fill
            } else if count == hottest {
                PixelState::Saturated
            } else {
                PixelState::Valid
            };
            let value = if state.is_usable() { value(calibration, law.as_ref(), count) } else { f32::NAN };
            table.values.push(value);
            table.states.push(state);
        }
        table
    }

    /// Value of a count, NaN where it has none.
    pub fn value(&self, count: u16) -> f32 {
        self.values[usize::from(count)]
    }

    /// State of a count.
    pub fn state(&self, count: u16) -> PixelState {
        self.states[usize::from(count)]
    }
}

/// Kelvin or reflectance of a count. A radiance at or below zero is noise over a target colder than the band can
/// tell: it is given half a count's radiance and so stays a very cold measurement instead of a hole.
fn value(calibration: &Calibration, law: Option<&PlanckLaw>, count: u16) -> f32 {
    let radiance = calibration.gain * f64::from(count) + calibration.offset;
    match law {
        Some(law) => law.temperature_k(radiance.max(calibration.gain.abs() / 2.0)) as f32,
        None => (calibration.coefficients[0] * radiance) as f32,
    }
}

/// The radiance law of an infrared band with the header's own constants; `None` for a reflective band.
pub fn planck_law(calibration: &Calibration) -> Option<PlanckLaw> {
    if calibration.band < FIRST_INFRARED_BAND {
        return None;
    }
    let [a0, a1, a2, b0, b1, b2, c, h, k] = calibration.coefficients;
    Some(PlanckLaw {
        to_brightness: [a0, a1, a2],
        from_brightness: [b0, b1, b2],
        ..PlanckLaw::at_wavelength(calibration.wavelength_um, h, c, k)
    })
}

impl Segment {
    /// Hands each line of `lines` (from 0 within the segment) to `use_line` as raw counts of `columns`, in order;
    /// reads nothing behind the last but what its checksum needs.
    ///
    /// # Errors
    /// When the data end or break before the last line wanted is known to be sound.
    pub fn for_each_line(
        mut self,
        path: &Path,
        lines: Range<usize>,
        columns: Range<usize>,
        mut use_line: impl FnMut(usize, &[u16]),
    ) -> std::result::Result<(), Broken> {
        let mut row = vec![0u8; usize::from(self.header.columns) * 2];
        let mut counts = vec![0u16; columns.len()];
        for line in 0..lines.end {
            self.input.read_exact(&mut row).map_err(|error| self.broken(path, line, &error))?;
            if line < lines.start {
                continue;
            }
            let bytes = &row[columns.start * 2..columns.end * 2];
            for (count, pair) in counts.iter_mut().zip(bytes.chunks_exact(2)) {
                let pair = [pair[0], pair[1]];
                *count = if self.header.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
            }
            use_line(line, &counts);
        }
        match self.input.check() {
            // all lines wanted came out of complete blocks before the cut
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(self.broken(path, lines.end, &error)),
            Ok(()) => Ok(()),
        }
    }

    fn broken(&self, path: &Path, line: usize, error: &std::io::Error) -> Broken {
        let of = self.header.lines;
        let input = |found: String, advice: &str| Error::input(path, found, "all lines of the segment", advice);
        if error.kind() == ErrorKind::UnexpectedEof {
            let advice = "fetch the file again; the lines from there on are not observed";
            return Broken::Cut(input(format!("the end at line {line} of {of} ({error})"), advice));
        }
        let advice = "fetch the file again; none of its lines is used";
        Broken::Damaged(input(format!("damage at or before line {line} of {of} ({error})"), advice))
    }
}
