//! Who answers for a place: posts with shifts and deputies, from a list that the site keeps. Posts, not persons.

use crate::error::Result;
use crate::site::areas;
use crate::time::Utc;
use std::path::Path;

/// A post that answers for an area in some hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Code or name of a county or township, or code of a cell.
    pub area: String,
    /// The post.
    pub post: String,
    /// Minutes of the day in Beijing time from and to; `None`: always. From after to goes over midnight.
    pub shift: Option<(u32, u32)>,
    /// The post that stands in for it.
    pub deputy: Option<String>,
}

const KEY: &str = "layers.officers";
const GOOD_FILE: &str = "a CSV with the columns area (code or name of a cell, township or county) and post, and where needed shift (as 08:00-20:00, Beijing time) and deputy";

/// Reads the list.
///
/// # Errors
/// Where it is no CSV with these columns, or a row has no area, no post or no sensible shift.
pub fn read(path: &Path) -> Result<Vec<Post>> {
    let refuse = |found: String| areas::refuse(path, found, GOOD_FILE, KEY);
    let text = areas::csv_text(path, GOOD_FILE, KEY)?;
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = rows.headers().map_err(|e| refuse(e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|head| head.trim().trim_start_matches('\u{feff}') == name);
    let (Some(area), Some(post)) = (column("area"), column("post")) else {
        return Err(refuse(format!("the columns {}", header.iter().collect::<Vec<_>>().join(", "))));
    };
    let (shift, deputy) = (column("shift"), column("deputy"));
    let mut posts = Vec::new();
    for (line, row) in (2_u64..).zip(rows.records()) {
        let row = row.map_err(|e| refuse(e.to_string()))?;
        let text = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", str::trim);
        let (area, post, hours) = (text(Some(area)), text(Some(post)), text(shift));
        if area.is_empty() || post.is_empty() {
            return Err(refuse(format!("no area or no post in line {line}")));
        }
        let shift = match hours {
            "" => None,
            hours => Some(interval(hours).ok_or_else(|| refuse(format!("the shift {hours:?} in line {line}")))?),
        };
        let deputy = Some(text(deputy)).filter(|text| !text.is_empty()).map(str::to_string);
        posts.push(Post { area: area.to_string(), post: post.to_string(), shift, deputy });
    }
    Ok(posts)
}

/// `08:00-20:00` in minutes of the day.
pub fn interval(text: &str) -> Option<(u32, u32)> {
    let minutes = |clock: &str| {
        let (hour, minute) = clock.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour <= 24 && minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
    };
    let (from, to) = text.split_once('-')?;
    Some((minutes(from)?, minutes(to)?))
}

impl Post {
    fn is_on_duty(&self, minute: u32) -> bool {
        match self.shift {
            None => true,
            Some((from, to)) if from < to => (from..to).contains(&minute),
            Some((from, to)) => minute >= from || minute < to,
        }
    }

    /// As an event has it: the post, and its deputy in brackets.
    fn spoken(&self) -> String {
        match &self.deputy {
            Some(deputy) => format!("{}(副岗: {deputy})", self.post),
            None => self.post.clone(),
        }
    }
}

/// The post on duty for the first of the areas that has one, at a time.
pub fn on_duty(posts: &[Post], areas: &[&str], time: Utc) -> Option<String> {
    let clock = time.beijing();
    let minute = clock.get(11..).and_then(interval_start).unwrap_or(0);
    areas
        .iter()
        .find_map(|area| posts.iter().find(|post| post.area == *area && post.is_on_duty(minute)).map(Post::spoken))
}

fn interval_start(clock: &str) -> Option<u32> {
    let (hour, minute) = clock.split_once(':')?;
    Some(hour.parse::<u32>().ok()? * 60 + minute.parse::<u32>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts(rows: &str) -> Result<Vec<Post>> {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("officers.csv");
        std::fs::write(&path, rows).expect("written");
        read(&path)
    }

    /// 02:00 UTC is 10:00 in Beijing, 14:00 UTC is 22:00; the night shift goes over midnight.
    #[test]
    fn the_post_on_duty_is_that_of_the_hour_and_of_the_nearest_area() {
        let posts = posts(
            "area,post,shift,deputy,phone\n630223-4041-0508,七塔尔村网格,,,1\n台子乡,台子乡值班岗,08:00-20:00,台子乡副岗,2\n\
             台子乡,台子乡夜班岗,20:00-08:00,,3\n630223,互助县值班室,,,4\n",
        )
        .expect("read");
        let at = |hour| Utc::from_parts(2025, 10, 20, hour, 0, 0).expect("a time");
        let on = |areas: &[&str], hour| on_duty(&posts, areas, at(hour));
        assert_eq!(on(&["630223-4041-0508", "台子乡", "630223"], 2).as_deref(), Some("七塔尔村网格"));
        assert_eq!(on(&["630223-1-1", "台子乡", "630223"], 2).as_deref(), Some("台子乡值班岗(副岗: 台子乡副岗)"));
        assert_eq!(on(&["630223-1-1", "台子乡", "630223"], 14).as_deref(), Some("台子乡夜班岗"));
        assert_eq!(on(&["630223"], 20).as_deref(), Some("互助县值班室"));
        assert_eq!(on(&["630202"], 2), None);
    }

    #[test]
    fn a_bad_row_is_named() {
        for (rows, word) in [
            ("area,name\na,b\n", "area, name"),
            ("area,post\na,b\n,c\n", "line 3"),
            ("area,post,shift\na,b,8-20\n", "8-20"),
            ("area,post,shift\na,b,08:00-25:00\n", "25:00"),
        ] {
            let error = posts(rows).expect_err("refused").to_string();
            assert!(error.contains(word) && error.contains("layers.officers"), "{error}");
        }
    }
}
