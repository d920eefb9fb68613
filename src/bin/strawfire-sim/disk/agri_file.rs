//! The HDF5 files of AGRI Level 1.
//!
//! Names, types, groups, codes and attributes as public readers of real files use them; which parts of a disk a file
//! holds follows `Begin Line Number` and its companions. FY-4A keeps everything at the root, FY-4B in groups. Assumed:
//! chunks, the slope of the look-up tables (straight in temperature; rising on FY-4A, falling on FY-4B as seen there).

use super::agri::Satellite;
use super::agri_bands::AgriBand;
use super::view::View;
use crate::bands::{Band, Kind};
use crate::error::Result;
use crate::optics::Optics;
use crate::swath::clock;
use crate::swath::h5::{self, Array, Order, Words, text};
use crate::swath::inverse::Inverse;
use hdf5_pure::{AttrValue, FileBuilder};
use std::path::Path;

/// Count without a measurement.
pub const FILL: u16 = 65_535;
/// Reflectance = scale * count + offset.
const REFLECTIVE: (f64, f64) = (2.84e-4, -0.0215);
const LOWEST_K: f64 = 180.0;
/// A China scan takes 4 min 17 s, a full disk a slot.
const REGION_SECONDS: f64 = 257.0;
const DISK_SECONDS: f64 = 899.0;
const CHUNK: usize = 100;
const DEFLATE: u32 = 1;

/// What a file is of.
pub struct File<'a> {
    pub satellite: Satellite,
    pub sector: &'a str,
    pub sub_lon: f64,
    pub start: jiff::Timestamp,
    /// 1 for 4 km, 2 for 2 km.
    pub fineness: usize,
}

impl File<'_> {
    fn end(&self) -> jiff::Timestamp {
        clock::after(self.start, if self.sector == "DISK" { DISK_SECONDS } else { REGION_SECONDS })
    }

    /// The name by which the file is delivered.
    pub fn name(&self) -> String {
        format!(
            "{}-_AGRI--_N_{}_{:04.0}E_L1-_FDI-_MULT_NOM_{}_{}_{}M_V0001.HDF",
            self.satellite.name().replace('-', ""),
            self.sector,
            self.sub_lon * 10.0,
            clock::text(self.start, "%Y%m%d%H%M%S"),
            clock::text(self.end(), "%Y%m%d%H%M%S"),
            4000 / self.fineness,
        )
    }

    fn is_new(&self) -> bool {
        self.satellite == Satellite::Fy4b
    }
}

/// Writes a file with some channels.
pub fn write(out: &Path, file: &File, bands: &[&AgriBand], view: &View) -> Result<()> {
    let mut builder = FileBuilder::new();
    let (mut data, mut calibration) = (builder.create_group("Data"), builder.create_group("Calibration"));
    for agri in bands {
        let number = agri.numbers[usize::from(file.is_new())];
        let band = Band { fineness: file.fineness, ..agri.band };
        let counter = Counter::of(band, number, file.satellite);
        let extent = view.extent.finer(file.fineness);
        let tag = 0xA6_0000 + u64::from(number) * 8 + file.fineness as u64;
        let counts = view.radiances(band, tag).into_iter().map(|radiance| counter.encode(radiance));
        let shape = [extent.lines, extent.cols];
        let counts = Array::with(Order::Little, &shape, counts)
            .chunked(&shape.map(|side| CHUNK.min(side)), DEFLATE)
            .say(counter.words(agri, number));
        let (count_name, table_name) = (format!("NOMChannel{number:02}"), format!("CALChannel{number:02}"));
        if file.is_new() {
            counts.add_to(&mut data, &count_name);
            counter.table().add_to(&mut calibration, &table_name);
        } else {
            counts.add_to_root(&mut builder, &count_name);
            counter.table().add_to_root(&mut builder, &table_name);
        }
    }
    let coefficients = coefficients(file);
    const COEFFICIENTS: &str = "CALIBRATION_COEF(SCALE+OFFSET)";
    if file.is_new() {
        coefficients.add_to(&mut calibration, COEFFICIENTS);
        builder.add_group(data.finish());
        builder.add_group(calibration.finish());
    } else {
        coefficients.add_to_root(&mut builder, COEFFICIENTS);
    }
    for (word, value) in root_words(file, view) {
        builder.set_attr(word, value);
    }
    h5::publish(builder, &out.join(file.name()))
}

/// Rows of scale and offset, one a channel; of the infrared ones nobody may use them: they are straight in the count.
fn coefficients(file: &File) -> Array {
    let channels = match (file.is_new(), file.fineness) {
        (false, 2) => 7,
        (false, _) => 14,
        (true, 2) => 8,
        (true, _) => 15,
    };
    let row = |number: usize| match number {
        1..=6 => [REFLECTIVE.0 as f32, REFLECTIVE.1 as f32],
        _ => [-0.01, 40.0],
    };
    Array::with(Order::Little, &[channels, 2], (1..=channels).flat_map(row)).say(vec![
        ("band_names", text("channels in order")),
        ("long_name", text("scale and offset of the counts")),
        ("units", text("NUL")),
    ])
}

/// Turns radiances of one channel into counts.
struct Counter {
    kind: Kind,
    inverse: Inverse,
    white: f64,
    /// Brightness temperature (K), or reflectance, of every count.
    values: Vec<f32>,
    top: u16,
}

impl Counter {
    /// Channel 7 of FY-4A has a table of 65536 entries, the last two of which are of the codes and mean nothing.
    fn of(band: Band, number: u8, satellite: Satellite) -> Counter {
        let optics = Optics::new(band);
        let wide = satellite == Satellite::Fy4a && number == 7;
        let top: u16 = if wide { FILL - 2 } else { 4095 };
        let entries = if wide { usize::from(FILL) + 1 } else { usize::from(top) + 1 };
        let value = |count: usize| match band.kind() {
            Kind::Reflective => REFLECTIVE.0 * count as f64 + REFLECTIVE.1,
            Kind::Emissive => {
                let share = (count as f64 / f64::from(top)).min(1.0);
                let share = if satellite == Satellite::Fy4b { 1.0 - share } else { share };
                LOWEST_K + share * (band.saturation - LOWEST_K)
            }
        };
        Counter {
            kind: band.kind(),
            inverse: Inverse::of(&optics),
            white: optics.white(),
            values: (0..entries).map(|count| value(count) as f32).collect(),
            top,
        }
    }

    fn encode(&self, radiance: f64) -> u16 {
        let value = match self.kind {
            Kind::Reflective => radiance / self.white,
            Kind::Emissive => self.inverse.kelvin(radiance.max(1e-9)),
        };
        let (first, last) = (f64::from(self.values[0]), f64::from(self.values[usize::from(self.top)]));
        let share = ((value - first) / (last - first)).clamp(0.0, 1.0);
        (share * f64::from(self.top)).round() as u16
    }

    fn words(&self, agri: &AgriBand, number: u8) -> Words {
        vec![
            ("FillValue", AttrValue::U16Array(vec![FILL])),
            ("valid_range", AttrValue::U16Array(vec![0, self.top])),
            ("Slope", AttrValue::F32Array(vec![1.0])),
            ("Intercept", AttrValue::F32Array(vec![0.0])),
            ("units", text("DN")),
            ("band_names", text(format!("band{number}"))),
            ("center_wavelength", text(format!("{:.2}um", agri.band.central_um))),
            ("long_name", text(format!("counts of channel {number}"))),
        ]
    }

    fn table(&self) -> Array {
        let range = if self.kind == Kind::Emissive { vec![100.0, 500.0] } else { vec![0.0, 1.5] };
        Array::with(Order::Little, &[self.values.len()], self.values.iter().copied()).say(vec![
            ("FillValue", AttrValue::F32Array(vec![f32::from(FILL)])),
            ("valid_range", AttrValue::F32Array(range)),
            ("units", text(if self.kind == Kind::Emissive { "K" } else { "NUL" })),
        ])
    }
}

fn root_words(file: &File, view: &View) -> Words {
    let extent = view.extent.finer(file.fineness);
    let date = |time| text(clock::text(time, "%Y-%m-%d"));
    let moment = |time| text(clock::text(time, "%H:%M:%S.%3f"));
    let whole = |n: usize| AttrValue::U16Array(vec![n as u16]);
    let real = |x: f64| AttrValue::F32Array(vec![x as f32]);
    let step_urad = 65_536.0 / 10_233_137.0 / file.fineness as f64 * std::f64::consts::PI / 180.0 * 1e6;
    let mut words = vec![
        ("simulated", AttrValue::I32(1)),
        ("Satellite Name", text(if file.is_new() { "FY-4B" } else { "FY4A" })),
        ("Sensor Name", text("AGRI")),
        ("Sensor Identification Code", text("AGRI")),
        ("ProductID", text("L1")),
        ("OBIType", text(file.sector)),
        ("File Name", text(file.name())),
        ("Observing Beginning Date", date(file.start)),
        ("Observing Beginning Time", moment(clock::after(file.start, 0.807))),
        ("Observing Ending Date", date(file.end())),
        ("Observing Ending Time", moment(file.end())),
        ("Begin Line Number", whole(extent.line)),
        ("End Line Number", whole(extent.line + extent.lines - 1)),
        ("Begin Pixel Number", whole(extent.col)),
        ("End Pixel Number", whole(extent.col + extent.cols - 1)),
        ("RegLength", real(extent.lines as f64)),
        ("RegWidth", real(extent.cols as f64)),
        ("NOMCenterLat", real(0.0)),
        ("NOMCenterLon", real(file.sub_lon)),
        ("dSamplingAngle", AttrValue::F64Array(vec![step_urad])),
        ("dSteppingAngle", AttrValue::F64Array(vec![step_urad])),
        ("Data Quality", AttrValue::U8Array(vec![0])),
    ];
    if file.is_new() {
        words.extend([
            // above the ground
            ("NOMSatHeight", real(35_786_000.0)),
            ("Semimajor axis of ellipsoid", AttrValue::F64Array(vec![6_378_137.0])),
            ("Semiminor axis of ellipsoid", AttrValue::F64Array(vec![6_356_752.3])),
        ]);
    } else {
        words.extend([
            // from the centre of the Earth
            ("NOMSatHeight", real(42_164_140.0)),
            ("dEA", AttrValue::F64Array(vec![6378.14])),
            ("dObRecFlat", AttrValue::F64Array(vec![298.257_223_563])),
        ]);
    }
    words
}
