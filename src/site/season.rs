//! When a site burns by custom: spans of the calendar, in Beijing time. A prior that a person sets, not a fact.

/// A span of days with its name, both ends within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// As it is written, `07-01/09-30`.
    pub text: String,
    /// What burns or is kept then.
    pub name: String,
    from: Day,
    to: Day,
}

/// A day of every year, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    year: Option<i16>,
    month: i8,
    day: i8,
}

/// Calendars of a site; without spans they say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seasons {
    /// When residues are burned.
    pub burning: Vec<Span>,
    /// Days on which other fires are lit by custom.
    pub customs: Vec<Span>,
}

impl Span {
    /// `07-01/09-30 小麦、油菜`, or with years `2025-11-20/2025-11-21 寒衣节`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Span> {
        let text = text.trim();
        let (span, name) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let (from, to) = span.split_once('/')?;
        let (from, to) = (Day::parse(from)?, Day::parse(to)?);
        let backwards = from.year.is_some() && from.key() > to.key();
        if from.year.is_some() != to.year.is_some() || backwards {
            return None;
        }
        Some(Span { text: span.to_string(), name: name.trim().to_string(), from, to })
    }

    /// The year in which it ends; `None` where it comes back every year.
    pub fn last_year(&self) -> Option<i16> {
        self.to.year
    }

    /// Whether a date lies in it; without years it may run over the end of the year.
    pub fn contains(&self, (year, month, day): (i16, i8, i8)) -> bool {
        let date = Day { year: self.from.year.map(|_| year), month, day }.key();
        let (from, to) = (self.from.key(), self.to.key());
        if from <= to { (from..=to).contains(&date) } else { date >= from || date <= to }
    }

    /// The year in which the span that holds a date began: each year has a span of its own. `None` where none holds it.
    pub fn began(&self, (year, month, day): (i16, i8, i8)) -> Option<i16> {
        if !self.contains((year, month, day)) {
            return None;
        }
        // past the end of the year it is still the one of the year before
        let is_over_the_year = (month, day) < (self.from.month, self.from.day) && self.from.year.is_none();
        Some(if is_over_the_year { year - 1 } else { self.from.year.unwrap_or(year) })
    }
}

impl Day {
    fn parse(text: &str) -> Option<Day> {
        // the calendar says whether a day exists; a leap year has them all
        let whole = if text.len() == 5 { format!("2024-{text}") } else { text.to_string() };
        let date: jiff::civil::Date = Some(whole).filter(|text| text.len() == 10)?.parse().ok()?;
        let year = (text.len() == 10).then(|| date.year());
        Some(Day { year, month: date.month(), day: date.day() })
    }

    fn key(self) -> (Option<i16>, i8, i8) {
        (self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_every_year_and_of_one() {
        let within = |text: &str, date| Span::parse(text).expect(text).contains(date);
        for (text, date, expected) in [
            ("07-01/09-30 小麦", (2025, 7, 1), true),
            ("07-01/09-30 小麦", (2031, 9, 30), true),
            ("07-01/09-30 小麦", (2025, 10, 1), false),
            ("11-15/02-15", (2025, 12, 31), true),
            ("11-15/02-15", (2025, 2, 15), true),
            ("11-15/02-15", (2025, 2, 16), false),
            ("2025-11-20/2025-11-21 寒衣节", (2025, 11, 21), true),
            ("2025-11-20/2025-11-21 寒衣节", (2026, 11, 21), false),
        ] {
            assert_eq!(within(text, date), expected, "{text} {date:?}");
        }
        let began = |text: &str, date| Span::parse(text).expect(text).began(date);
        assert_eq!(began("11-15/02-15", (2025, 12, 31)), Some(2025));
        assert_eq!(began("11-15/02-15", (2026, 2, 1)), Some(2025), "one winter");
        assert_eq!((began("07-01/09-30", (2025, 8, 1)), began("07-01/09-30", (2025, 10, 1))), (Some(2025), None));
        assert_eq!(began("2025-12-20/2026-01-05 煨桑", (2026, 1, 2)), Some(2025));
        let span = Span::parse("07-01/09-30  小麦、油菜 ").expect("a span");
        assert_eq!((span.text.as_str(), span.name.as_str()), ("07-01/09-30", "小麦、油菜"));
    }

    #[test]
    fn what_is_no_span() {
        for text in [
            "",
            "07-01",
            "07-01/",
            "7-1/9-30",
            "02-30/03-01",
            "13-01/14-01",
            "2025-01-01/02-01",
            "2025-02-01/2025-01-01",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        assert!(Span::parse("02-29/03-01").is_some());
    }
}
