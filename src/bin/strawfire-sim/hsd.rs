//! The eleven header blocks of a Himawari Standard Data segment (ALGORITHMS 7.1; the Himawari user's guide, version 1.3).
//!
//! Little endian. Each block starts with its number and its length. What is simulated says so: the processing centre
//! is `SIM`.

use crate::bands::Band;
use crate::block::Block;
use crate::calibration::{Calibration, ERROR_COUNT, OUTSIDE_COUNT, Words};
use crate::navigation::DiskGrid;
use crate::planck::{BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S};

/// Segments of a full disk.
pub const SEGMENTS: u8 = 10;
/// Seconds of a full-disk scan.
const SCAN_S: f64 = 570.0;
/// Modified Julian Date of the Unix epoch.
const UNIX_EPOCH_MJD: f64 = 40_587.0;

/// One segment of one band of one time slot.
#[derive(Clone, Debug)]
pub struct Segment {
    pub band: Band,
    /// 1 to 10.
    pub number: u8,
    /// 8 or 9.
    pub satellite: u8,
    /// Nominal start of the full disk.
    pub slot: jiff::Timestamp,
}

impl Segment {
    /// The file name without a compression suffix.
    pub fn file_name(&self) -> String {
        format!(
            "HS_H{:02}_{}_B{:02}_FLDK_R{}_S{:02}{:02}.DAT",
            self.satellite,
            self.slot.strftime("%Y%m%d_%H%M"),
            self.band.number,
            self.band.resolution_code(),
            self.number,
            SEGMENTS
        )
    }

    /// The first line of the segment, counted from 0.
    pub fn first_line0(&self) -> usize {
        usize::from(self.number - 1) * self.band.segment_lines()
    }

    /// Modified Julian Date `share` of the way through this segment's scan.
    fn mjd(&self, share: f64) -> f64 {
        let through = (f64::from(self.number - 1) + share) / f64::from(SEGMENTS);
        UNIX_EPOCH_MJD + (self.slot.as_second() as f64 + through * SCAN_S) / 86_400.0
    }

    /// All eleven blocks.
    pub fn header(&self, calibration: &Calibration) -> Vec<u8> {
        let rest: Vec<u8> = [
            self.data_block(),
            self.projection_block(),
            self.navigation_block(),
            self.calibration_block(calibration),
            gsics_block(),
            self.segment_block(),
            correction_block(),
            self.time_block(),
            Block::wide(10).u16(0).spare(40).close(),
            Block::new(11).spare(256).close(),
        ]
        .concat();
        let mut header = self.basic_block(rest.len());
        header.extend(rest);
        header
    }

    fn basic_block(&self, rest: usize) -> Vec<u8> {
        const LENGTH: usize = 282;
        let pixels = self.band.columns() * self.band.segment_lines();
        let timeline: u16 = self.slot.strftime("%H%M").to_string().parse().unwrap_or(0);
        Block::new(1)
            .u16(11)
            .u8(0)
            .text(&format!("Himawari-{}", self.satellite), 16)
            .text("SIM", 16)
            .text("FLDK", 4)
            .text("RT", 2)
            .u16(timeline)
            .f64s(&[self.mjd(0.0), self.mjd(1.0), self.mjd(1.0)])
            .u32((LENGTH + rest) as u32)
            .u32((pixels * 2) as u32)
            .spare(4)
            .text("1.3", 32)
            .text(&self.file_name(), 128)
            .spare(40)
            .close()
    }

    fn data_block(&self) -> Vec<u8> {
        Block::new(2)
            .u16(16)
            .u16(self.band.columns() as u16)
            .u16(self.band.segment_lines() as u16)
            .u8(0)
            .spare(40)
            .close()
    }

    fn projection_block(&self) -> Vec<u8> {
        let grid = DiskGrid::himawari(self.band.fineness);
        let view = grid.view;
        let (a2, b2) = (view.equatorial_km.powi(2), view.polar_km.powi(2));
        Block::new(3)
            .f64s(&[view.sub_lon_deg])
            .u32(grid.factor as u32)
            .u32(grid.factor as u32)
            .f32(grid.offset)
            .f32(grid.offset)
            .f64s(&[view.distance_km, view.equatorial_km, view.polar_km])
            .f64s(&[(a2 - b2) / a2, b2 / a2, a2 / b2])
            .f64s(&[view.distance_km.powi(2) - a2])
            .u16(0)
            .u16(0)
            .spare(40)
            .close()
    }

    /// Sun and Moon positions are left at zero: nothing here is computed from them.
    fn navigation_block(&self) -> Vec<u8> {
        let view = DiskGrid::himawari(1).view;
        let sub = [view.sub_lon_deg, 0.0];
        Block::new(4).f64s(&[self.mjd(0.0)]).f64s(&sub).f64s(&[view.distance_km]).f64s(&sub).spare(48).spare(40).close()
    }

    fn calibration_block(&self, calibration: &Calibration) -> Vec<u8> {
        let head = Block::new(5)
            .u16(u16::from(self.band.number))
            .f64s(&[self.band.central_um])
            .u16(self.band.bits)
            .u16(ERROR_COUNT)
            .u16(OUTSIDE_COUNT)
            .f64s(&[calibration.gain, calibration.offset]);
        match &calibration.words {
            Words::Emissive { to_brightness, to_effective } => {
                head.f64s(to_brightness).f64s(to_effective).f64s(&[LIGHT_M_S, PLANCK_J_S, BOLTZMANN_J_K]).spare(40)
            }
            Words::Reflective { albedo_per_radiance } => head
                .f64s(&[*albedo_per_radiance, self.mjd(0.0)])
                .f64s(&[calibration.gain, calibration.offset])
                .spare(80),
        }
        .close()
    }

    fn segment_block(&self) -> Vec<u8> {
        Block::new(7).u8(SEGMENTS).u8(self.number).u16((self.first_line0() + 1) as u16).spare(40).close()
    }

    fn time_block(&self) -> Vec<u8> {
        let first = self.first_line0() as u16 + 1;
        let last = first + self.band.segment_lines() as u16 - 1;
        Block::new(9).u16(2).u16(first).f64s(&[self.mjd(0.0)]).u16(last).f64s(&[self.mjd(1.0)]).spare(40).close()
    }
}

/// No inter-calibration: the real format's "not available" value is -1e10 [M].
fn gsics_block() -> Vec<u8> {
    const ABSENT: f64 = -1e10;
    Block::new(6).f64s(&[ABSENT; 8]).f32(ABSENT).f32(ABSENT).text("", 128).spare(56).close()
}

/// No rotation and no shifts.
fn correction_block() -> Vec<u8> {
    Block::new(8).f32(0.0).f32(0.0).f64s(&[0.0]).u16(0).spare(40).close()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(band: u8) -> Segment {
        Segment {
            band: Band::numbered(band).expect("a band"),
            number: 2,
            satellite: 9,
            slot: "2025-10-20T05:30:00Z".parse().expect("a time"),
        }
    }

    fn u16_at(bytes: &[u8], at: usize) -> u16 {
        u16::from_le_bytes([bytes[at], bytes[at + 1]])
    }

    fn f64_at(bytes: &[u8], at: usize) -> f64 {
        f64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
    }

    #[test]
    fn name_is_the_real_pattern() {
        assert_eq!(segment(7).file_name(), "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT");
    }

    #[test]
    fn blocks_have_the_lengths_of_the_real_format() {
        for band in [3, 7] {
            let segment = segment(band);
            let bytes = segment.header(&Calibration::of(&segment.band));
            let mut at = 0;
            let mut lengths = Vec::new();
            for number in 1..=11_u8 {
                assert_eq!(bytes[at], number);
                let length = if number == 10 {
                    u32::from_le_bytes(bytes[at + 1..at + 5].try_into().expect("four")) as usize
                } else {
                    usize::from(u16_at(&bytes, at + 1))
                };
                lengths.push(length);
                at += length;
            }
            assert_eq!(lengths, [282, 50, 127, 139, 147, 259, 47, 61, 65, 47, 259]);
            assert_eq!(at, bytes.len());
            assert_eq!(u32::from_le_bytes(bytes[70..74].try_into().expect("four")) as usize, at);
        }
    }

    #[test]
    fn fields_stand_where_readers_look() {
        let segment = segment(7);
        let bytes = segment.header(&Calibration::of(&segment.band));
        assert_eq!(bytes[5], 0, "little endian");
        assert_eq!(&bytes[6..16], b"Himawari-9");
        assert_eq!(&bytes[22..26], b"SIM\0");
        assert_eq!(&bytes[38..42], b"FLDK");
        assert_eq!(u16_at(&bytes, 44), 530);
        assert!((f64_at(&bytes, 46) - 60_968.229_826).abs() < 1e-5);
        assert_eq!(&bytes[114..120], b"HS_H09");
        let two = 282;
        assert_eq!((u16_at(&bytes, two + 5), u16_at(&bytes, two + 7)), (5500, 550));
        let three = two + 50;
        assert_eq!(f64_at(&bytes, three + 3), 140.7);
        assert_eq!(bytes[three + 11..three + 15], 20_466_275_u32.to_le_bytes());
        assert_eq!(bytes[three + 19..three + 23], 2750.5_f32.to_le_bytes());
        assert_eq!(f64_at(&bytes, three + 27), 42_164.0);
        let five = three + 127 + 139;
        assert_eq!(u16_at(&bytes, five + 3), 7);
        assert_eq!(f64_at(&bytes, five + 5), 3.8853);
        assert_eq!([u16_at(&bytes, five + 13), u16_at(&bytes, five + 15)], [14, 65_535]);
        assert_eq!(u16_at(&bytes, five + 17), 65_534);
        assert!(f64_at(&bytes, five + 19) < 0.0);
        assert_eq!(f64_at(&bytes, five + 83), LIGHT_M_S);
        let seven = five + 147 + 259;
        assert_eq!((bytes[seven + 3], bytes[seven + 4], u16_at(&bytes, seven + 5)), (10, 2, 551));
    }
}
