//! What of a stream must be decoded for one picture every so many seconds: no more than that.
//!
//! Coded pictures are kept, not decoded, from one key picture to the next. When a picture is due, the next key picture alone is decoded if
//! it comes soon, as with most cameras (one every 1 to 4 s, and a pace of 5 s): one picture of 125. Where key pictures are further apart
//! than that, all since the last one are decoded up to the newest, each once.

use super::ffmpeg;
use super::h264::Decoder;
use super::picture::{room, room_for_child};
use image::RgbImage;
use std::time::Duration;

/// So many bytes of coded pictures are kept at most: twenty seconds at 3 Mbit/s.
const MOST_KEPT: usize = 8 << 20;
/// So many coded pictures are kept at most.
const MOST_UNITS: usize = 3000;
/// Key pictures come not quite evenly: so much later one is still waited for, and so much before it is due one is taken, s.
const LATE_S: f64 = 0.5;
/// But no earlier than this share of a pace.
const EARLY: f64 = 0.1;

/// How pictures of a stream are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    /// H.264 (AVC), decoded here.
    H264,
    /// H.264 of a kind that is not decoded here, given to ffmpeg.
    OddH264,
    /// H.265 (HEVC), given to ffmpeg.
    H265,
}

/// A coded picture, with start codes; a key picture has its parameter sets before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub data: Vec<u8>,
    /// Needs no other picture.
    pub key: bool,
    /// No other picture needs it.
    pub disposable: bool,
    /// Something before it or of it was lost on the way.
    pub broken: bool,
}

/// The coded pictures since the last key picture.
#[derive(Debug)]
pub(super) struct Gop {
    codec: Codec,
    every_s: f64,
    due_s: f64,
    units: Vec<Unit>,
    bytes: usize,
    decoder: Option<Decoder>,
    key_s: Option<f64>,
    gap_s: Option<f64>,
    /// Nothing can be decoded before the next key picture.
    is_lost: bool,
    /// Counts the key pictures.
    epoch: u64,
    is_busy: bool,
    failures: u32,
}

/// What is to be decoded now.
#[derive(Debug)]
pub(super) struct Work {
    codec: Codec,
    epoch: u64,
    decoder: Option<Decoder>,
    units: Vec<Vec<u8>>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Done {
    pub picture: Result<RgbImage, String>,
    epoch: u64,
    decoder: Option<Decoder>,
}

impl Gop {
    /// The first picture is due at once.
    pub(super) fn new(codec: Codec, every_s: f64) -> Self {
        Gop {
            codec,
            every_s,
            due_s: f64::NEG_INFINITY,
            units: Vec::new(),
            bytes: 0,
            decoder: None,
            key_s: None,
            gap_s: None,
            is_lost: true,
            epoch: 0,
            is_busy: false,
            failures: 0,
        }
    }

    /// Takes a coded picture that came `at_s` seconds after some beginning, and says what is to be decoded now.
    pub(super) fn add(&mut self, unit: Unit, at_s: f64) -> Option<Work> {
        match unit.key && !unit.broken {
            true => self.begin(at_s),
            // what follows would be decoded from a picture that is not there
            false => self.is_lost |= unit.broken,
        }
        if self.is_lost {
            self.clear();
            return None;
        }
        if self.units.last().is_some_and(|last| last.disposable) {
            self.bytes -= self.units.pop().map_or(0, |last| last.data.len());
        }
        let is_key = unit.key;
        self.bytes += unit.data.len();
        self.units.push(unit);
        let is_full = self.bytes > MOST_KEPT || self.units.len() > MOST_UNITS;
        if self.is_busy {
            self.is_lost = is_full;
            return None;
        }
        let early_s = LATE_S.min(EARLY * self.every_s);
        let is_due = match is_key {
            true => at_s >= self.due_s - early_s,
            false => at_s >= self.due_s && !self.key_comes_soon(at_s),
        };
        let is_due = is_due || is_full;
        is_due.then(|| self.work(at_s, is_full))
    }

    fn begin(&mut self, at_s: f64) {
        self.gap_s = self.key_s.map(|before| at_s - before);
        self.key_s = Some(at_s);
        self.epoch += 1;
        self.is_lost = false;
        self.decoder = None;
        self.clear();
    }

    fn clear(&mut self) {
        self.units.clear();
        self.bytes = 0;
    }

    /// Whether the next key picture comes within half a pace of when a picture was due.
    fn key_comes_soon(&self, at_s: f64) -> bool {
        let next_s = self.key_s.zip(self.gap_s).map(|(key, gap)| key + gap);
        next_s.is_some_and(|next| next <= self.due_s.max(0.0) + 0.5 * self.every_s && at_s <= next + LATE_S)
    }

    fn work(&mut self, at_s: f64, is_full: bool) -> Work {
        // on a grid of paces, so that waiting for a key picture does not make the pace longer
        let next = self.due_s + self.every_s;
        self.due_s = if next > at_s { next } else { at_s + self.every_s };
        self.is_busy = true;
        let is_own = self.codec == Codec::H264;
        let units = match is_own {
            true => std::mem::take(&mut self.units).into_iter().map(|unit| unit.data).collect(),
            // a child begins anew with each picture
            false => self.units.iter().map(|unit| unit.data.clone()).collect(),
        };
        match is_own {
            true => self.clear(),
            false => self.is_lost = is_full,
        }
        Work { codec: self.codec, epoch: self.epoch, decoder: self.decoder.take(), units }
    }

    /// Takes back what was decoded. What cannot be decoded here twice is given to ffmpeg from then on.
    pub(super) fn done(&mut self, done: &mut Done) {
        self.is_busy = false;
        match done.picture {
            Ok(_) => self.failures = 0,
            Err(_) => self.failures += 1,
        }
        if self.codec == Codec::H264 && self.failures >= 2 {
            (self.codec, self.is_lost, self.failures) = (Codec::OddH264, true, 0);
        }
        if done.epoch != self.epoch {
            return;
        }
        match (done.decoder.take(), &done.picture) {
            // with frequent key pictures it would hold 20 MB for nothing
            (Some(decoder), Ok(_)) if self.gap_s.is_none_or(|gap| gap > self.every_s) => self.decoder = Some(decoder),
            _ if self.codec == Codec::H264 => self.is_lost = true,
            _ => {}
        }
    }
}

impl Work {
    /// Decodes up to the newest picture.
    pub(super) async fn run(self) -> Done {
        let epoch = self.epoch;
        match self.codec {
            Codec::H264 => {
                let _room = room().await;
                let done = tokio::task::spawn_blocking(move || self.decode()).await;
                done.unwrap_or_else(|_| Done { picture: Err("the decoder broke".to_string()), epoch, decoder: None })
            }
            Codec::OddH264 | Codec::H265 => {
                let format = if self.codec == Codec::H265 { "hevc" } else { "h264" };
                let _room = room_for_child().await;
                let picture = ffmpeg::newest(format, &self.units, Duration::from_secs(15)).await;
                Done { picture, epoch, decoder: None }
            }
        }
    }

    fn decode(self) -> Done {
        let mut kept = None;
        let picture = match self.decoder.map_or_else(Decoder::new, Ok) {
            Ok(mut decoder) => {
                let picture = decoder.newest(&self.units);
                kept = Some(decoder);
                picture
            }
            Err(error) => Err(error),
        };
        Done { picture, epoch: self.epoch, decoder: kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(key: bool) -> Unit {
        Unit { data: vec![0; 1000], key, disposable: false, broken: false }
    }

    /// Times of decoding and how many pictures each, for a stream of 10 pictures a second with a key picture every `gap` pictures.
    fn decoded(codec: Codec, gap: usize, every_s: f64, pictures: usize) -> Vec<(f64, usize)> {
        let mut gop = Gop::new(codec, every_s);
        let mut list = Vec::new();
        for n in 0..pictures {
            let at_s = n as f64 / 10.0;
            if let Some(work) = gop.add(unit(n % gap == 0), at_s) {
                list.push((at_s, work.units.len()));
                let decoder = if codec == Codec::H264 { Decoder::new().ok() } else { None };
                gop.done(&mut Done { picture: Ok(RgbImage::new(1, 1)), epoch: work.epoch, decoder });
            }
        }
        list
    }

    #[test]
    fn key_pictures_alone_where_they_come_often() {
        let times = decoded(Codec::H264, 20, 5.0, 301);
        assert!(times.iter().all(|(_, units)| *units == 1), "{times:?}");
        let times: Vec<f64> = times.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0.0, 6.0, 10.0, 16.0, 20.0, 26.0, 30.0]);
    }

    #[test]
    fn all_since_the_key_picture_where_they_are_rare_each_once() {
        let times = decoded(Codec::H264, 300, 5.0, 601);
        assert_eq!(times.len(), 13, "{times:?}");
        assert_eq!(times[..3], [(0.0, 1), (5.0, 50), (10.0, 50)]);
        assert_eq!(decoded(Codec::H265, 300, 5.0, 201)[..3], [(0.0, 1), (5.0, 51), (10.0, 101)]);
    }

    #[test]
    fn nothing_before_a_key_picture_and_nothing_after_a_loss() {
        let mut gop = Gop::new(Codec::H264, 0.0);
        assert!(gop.add(unit(false), 0.0).is_none());
        assert!(gop.add(unit(true), 1.0).is_some());
        gop.is_busy = false;
        assert!(gop.add(Unit { broken: true, ..unit(false) }, 2.0).is_none());
        assert!(gop.add(unit(false), 3.0).is_none());
        assert!(gop.add(Unit { broken: true, ..unit(true) }, 4.0).is_none());
        assert!(gop.add(unit(true), 5.0).is_some());
    }

    #[test]
    fn what_is_kept_is_bounded_while_nothing_is_taken() {
        let mut gop = Gop::new(Codec::H265, 1e6);
        gop.add(unit(true), 0.0).expect("the first");
        for n in 0..20_000 {
            gop.add(unit(false), 1.0 + f64::from(n));
            assert!(gop.units.len() <= MOST_UNITS + 1 && gop.bytes <= MOST_KEPT + 1000);
        }
    }

    #[test]
    fn of_pictures_that_nobody_needs_only_the_newest_is_kept() {
        let mut gop = Gop::new(Codec::H264, 1.0);
        gop.add(unit(true), 0.0);
        gop.is_busy = false;
        for n in 1..9 {
            gop.add(Unit { disposable: true, ..unit(false) }, f64::from(n) / 10.0);
        }
        assert_eq!((gop.units.len(), gop.bytes), (1, 1000));
    }

    #[test]
    fn what_fails_twice_is_given_to_ffmpeg() {
        let mut gop = Gop::new(Codec::H264, 1.0);
        for n in 0..2 {
            let work = gop.add(unit(true), f64::from(n) * 2.0).expect("due");
            let mut done = work.decode();
            assert!(done.picture.is_err());
            gop.done(&mut done);
        }
        assert_eq!(gop.codec, Codec::OddH264);
    }
}
