//! Alarms of other people's platforms: read, placed and judged as what the site's own cameras see, and kept once by the name that their sender
//! gave them.

mod alarm;
mod form;
mod picture;

use super::keep::{Keeper, PlatformAlarm, Seen};
use super::{Settings, place_and_screen, screen_by_place};
use crate::deliver::atomic;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::unplaced::unplaced;
use crate::error::{Error, Result};
use crate::fire::{FirePixel, Verdict};
use crate::place::{LonLat, Spread};
use crate::sighting::{Ground, OF_EVENT, Sighting};
use crate::site::IntakeSource;
use crate::store::Call;
use crate::time::Utc;
pub use alarm::{Alarm, read};
pub use form::Wrong;
pub use picture::Picture;
use std::path::Path;

/// Why an alarm was not taken.
#[derive(Debug)]
pub enum Refused {
    /// It is not what it should be: it will not be the next time either.
    Wrong(Wrong),
    /// It could not be kept: it may come again.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Failed(error)
    }
}

/// What became of an alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The sighting.
    pub sighting: String,
    /// The event that it belongs to, where it does.
    pub event: Option<String>,
    /// What it is now.
    pub became: Became,
    /// Whether it brought a picture that could not be kept.
    pub lost_picture: bool,
}

/// What an alarm is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It was taken before, and nothing changed.
    Before,
    /// Part of an event.
    Event,
    /// Kept, without an event: a rule leaves it out.
    Dropped(&'static str),
    /// Kept, without an event: a direction is no place.
    Line,
    /// Kept, without an event: nobody said where it is.
    Nowhere,
    /// Kept, without an event: it was seen too long ago to be anybody's task.
    Old,
}

/// What was seen longer ago is kept as a record and is no event, days \[D\]: nobody drives to it, and of most of it the sender's clock is wrong. As
/// long as looks of satellites are taken in late.
const OLD_DAYS: f64 = 7.0;

impl Became {
    /// For the log.
    pub fn said(self) -> String {
        match self {
            Became::Before => "taken before, nothing changed".to_string(),
            Became::Event => "taken".to_string(),
            Became::Dropped(reason) => format!("kept without an event ({reason})"),
            Became::Line => "kept without an event (a direction and no place)".to_string(),
            Became::Nowhere => "kept without an event (no place)".to_string(),
            Became::Old => format!("kept without an event (seen more than {OLD_DAYS:.0} days ago)"),
        }
    }

    /// For a desk, which wrote down when it was and has no clock to be set.
    pub fn spoken_to_desk(self) -> String {
        match self {
            Became::Old => {
                format!("已留存，不生成疑似火点：所记看到的时间在 {OLD_DAYS:.0} 天以前；如时间有误，请更正后重新录入")
            }
            other => other.spoken(),
        }
    }

    /// For people.
    pub fn spoken(self) -> String {
        match self {
            Became::Before => "此告警已接收过，未重复记录".to_string(),
            Became::Event => "已接收，并入疑似火点".to_string(),
            Became::Dropped(reason) => format!("已接收并留存，不生成疑似火点：{}", spoken_reason(reason)),
            Became::Line => "已接收并留存，不生成疑似火点：只有方位，没有位置".to_string(),
            Became::Nowhere => "已接收并留存，尚无位置，已列入待定位清单".to_string(),
            Became::Old => {
                format!("已接收并留存，不生成疑似火点：发现时间在 {OLD_DAYS:.0} 天以前，请核对时间、校准发送方时钟")
            }
        }
    }
}

/// Bytes of an alarm at most: base64 makes four of three, and so 6.7 MiB of the largest picture.
pub const MOST_BYTES: usize = 8 << 20;

/// The text of an alarm out of a file.
///
/// # Errors
/// [`Error::Read`], or [`Error::Input`] where it is longer than an alarm may be.
pub fn read_file(path: &Path) -> Result<String> {
    let opened = std::fs::File::open(path).map_err(|error| Error::read(path, error))?;
    let mut text = String::new();
    let mut bounded = std::io::Read::take(opened, MOST_BYTES as u64 + 1);
    std::io::Read::read_to_string(&mut bounded, &mut text).map_err(|error| Error::read(path, error))?;
    if text.len() > MOST_BYTES {
        let expected = format!("an alarm of {} MiB at most", MOST_BYTES >> 20);
        return Err(Error::input(path, "a longer file", expected, "one alarm a file, with a smaller picture"));
    }
    Ok(text)
}

/// Takes an alarm into the store, its picture into the folder `pictures`: with the event that it makes or belongs to when this returns. One that
/// was taken before is not taken again, whatever it says now.
///
/// # Errors
/// [`Refused`]; then nothing of it is in the store.
pub fn take(
    text: &str,
    source: &IntakeSource,
    keeper: &Keeper<'_>,
    pictures: Option<&Path>,
    now: Utc,
) -> std::result::Result<Taken, Refused> {
    take_at((text, Told::default()), source, keeper, pictures, now)
}

/// Whom somebody told it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// Of the desk of a county its code: what has no place is that county's.
    pub county: Option<&'a str>,
    /// The line in the log of calls, which is there with the alarm or not at all.
    pub call: Option<&'a Call>,
}

/// The same of what somebody told a desk.
///
/// # Errors
/// As [`take`].
pub fn take_at(
    (text, Told { county, call }): (&str, Told<'_>),
    source: &IntakeSource,
    keeper: &Keeper<'_>,
    pictures: Option<&Path>,
    now: Utc,
) -> std::result::Result<Taken, Refused> {
    let Alarm { vendor_id, mut sighting, picture, body, of_event } = read(text, source, now).map_err(Refused::Wrong)?;
    if let Some(before) = keeper.alarm_taken(&source.name, &vendor_id)? {
        return Ok(repeated(before, keeper)?);
    }
    // killed behind this, it is written over when the alarm comes again: the name is made of the sender's
    let lost_picture = picture.is_some_and(|picture| !keep_picture(&mut sighting, &picture, pictures));
    let is_old = is_old(&sighting, now);
    let mut fires = if is_old { Vec::new() } else { judged(&sighting, &source.name, keeper.settings()) };
    if of_event {
        fires.iter_mut().for_each(|fire| fire.algorithm = OF_EVENT.to_string());
    }
    let alarm = PlatformAlarm {
        source: &source.name,
        vendor_id: &vendor_id,
        sighting: &sighting.id,
        body: &body,
        county,
        call,
    };
    let told = if fires.is_empty() { unplaced(keeper.settings().site, &sighting, now) } else { Vec::new() };
    let seen = Seen {
        sightings: std::slice::from_ref(&sighting),
        fires: &fires,
        alarm: Some(&alarm),
        told: &told,
        ..Seen::default()
    };
    let taken = keeper.take_sightings(&seen, now);
    match taken {
        Ok(None) => {}
        Ok(Some(before)) => return Ok(repeated(before, keeper)?),
        // of two that come to two processes at once the second one finds the first
        Err(error) => match keeper.alarm_taken(&source.name, &vendor_id) {
            Ok(Some(before)) => return Ok(repeated(before, keeper)?),
            _ => return Err(error.into()),
        },
    }
    let became = match fires.first().map(|fire| fire.verdict) {
        None if is_old => Became::Old,
        None if sighting.ground.is_none() => Became::Nowhere,
        None => Became::Line,
        Some(Verdict::Dropped(reason)) => Became::Dropped(reason.name()),
        Some(Verdict::Kept) => Became::Event,
    };
    let event = event_of(&sighting.id, keeper)?;
    Ok(Taken { sighting: sighting.id, event, became, lost_picture })
}

/// Gives a place to what was kept without one: it is judged then, and fused as if it had come with it. [`Became::Before`] where it has one
/// meanwhile: then nothing changes.
///
/// # Errors
/// [`Error::Store`].
pub fn settle(sighting: &Sighting, place: LonLat, error_m: f64, keeper: &Keeper<'_>, now: Utc) -> Result<Taken> {
    let ground = Some(Ground::Point { place, spread: Spread::around(error_m) });
    let sighting = Sighting { ground, ..sighting.clone() };
    // of last week it is no event, but its place is given, by whom and once, and what was to be done is done, as of any other
    let is_old = is_old(&sighting, now);
    let fires = if is_old { Vec::new() } else { judged(&sighting, "settled", keeper.settings()) };
    let seen = Seen { sightings: std::slice::from_ref(&sighting), fires: &fires, settles: true, ..Seen::default() };
    if let Some(before) = keeper.take_sightings(&seen, now)? {
        return repeated(before, keeper);
    }
    let event = event_of(&sighting.id, keeper)?;
    let became = match fires.first().map(|fire| fire.verdict) {
        _ if is_old => Became::Old,
        Some(Verdict::Dropped(reason)) => Became::Dropped(reason.name()),
        _ => Became::Event,
    };
    Ok(Taken { sighting: sighting.id, event, became, lost_picture: false })
}

fn is_old(sighting: &Sighting, now: Utc) -> bool {
    now.seconds_since(sighting.time) > 86_400.0 * OLD_DAYS
}

fn repeated(sighting: String, keeper: &Keeper<'_>) -> Result<Taken> {
    let event = event_of(&sighting, keeper)?;
    Ok(Taken { sighting, event, became: Became::Before, lost_picture: false })
}

fn event_of(sighting: &str, keeper: &Keeper<'_>) -> Result<Option<String>> {
    let events = keeper.events_with(&[sighting.to_string()])?;
    Ok(events.into_iter().next().map(|event| event.id))
}

/// Its detection, placed and kept or dropped; none without a place. Each alarm is a look of its own.
fn judged(sighting: &Sighting, source: &str, settings: &Settings) -> Vec<FirePixel> {
    let mut fires: Vec<FirePixel> = sighting.as_detection().into_iter().collect();
    fires.iter_mut().for_each(|fire| fire.granule = format!("{source}_{}", sighting.id));
    place_and_screen(&mut fires, settings);
    if let Err(error) = screen_by_place(&mut fires, settings) {
        tracing::error!("{error}");
    }
    fires
}

/// A picture that cannot be written costs no alarm. `false` where it could not.
fn keep_picture(sighting: &mut Sighting, picture: &Picture, folder: Option<&Path>) -> bool {
    let name = format!("intake/{}.{}", sighting.id, picture.ending);
    let kept = folder.map(|folder| atomic::write_bytes(&folder.join(&name), &picture.bytes));
    match kept {
        Some(Ok(())) => {
            sighting.image = Some(name);
            true
        }
        Some(Err(error)) => {
            tracing::error!("{error}; the alarm is taken without its picture");
            false
        }
        None => {
            tracing::error!("{}: no station.dir: the alarm is taken without its picture", sighting.id);
            false
        }
    }
}
