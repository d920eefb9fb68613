//! Records by month of Beijing time, and within by time and id: the same records give the same files.

use super::column::Record;
use crate::time::Utc;
use std::collections::BTreeMap;

/// The partition of a set without a record. A folder there must be: readers of `fires/*/*.parquet` fail where no file matches and
/// find the columns in an empty one. `__HIVE_DEFAULT_PARTITION__` would be null to some and has no type to others (pyarrow).
const NO_MONTH: &str = "none";

/// Records of a month.
pub(super) struct Month<'a, T> {
    /// `2025-10`.
    pub name: String,
    /// By time and id.
    pub items: Vec<&'a T>,
}

/// Records of a kind.
pub(super) struct Sorted<'a, R: Record>(Vec<Month<'a, R::Item>>);

impl<'a, R: Record> Sorted<'a, R> {
    pub(super) fn of(items: &'a [R::Item]) -> Self {
        let mut order: Vec<&R::Item> = items.iter().collect();
        order.sort_by_cached_key(|item| {
            let (time, id) = R::order(item);
            (time, id.into_owned())
        });
        let mut months: BTreeMap<(i16, i8), Vec<&R::Item>> = BTreeMap::new();
        for item in order {
            months.entry(R::order(item).0.beijing_month()).or_default().push(item);
        }
        let named = |((year, month), items)| Month { name: format!("{year:04}-{month:02}"), items };
        let mut months: Vec<_> = months.into_iter().map(named).collect();
        if months.is_empty() {
            months.push(Month { name: NO_MONTH.to_string(), items: Vec::new() });
        }
        Sorted(months)
    }

    /// The months, one after the other; one without a record where there is none.
    pub(super) fn months(&self) -> &[Month<'a, R::Item>] {
        &self.0
    }

    /// Time of the last record.
    pub(super) fn last(&self) -> Option<Utc> {
        self.0.last()?.items.last().map(|item| R::order(item).0)
    }

    /// Whether the simulator made one of them.
    pub(super) fn is_simulated(&self) -> bool {
        self.0.iter().flat_map(|month| &month.items).any(|item| R::is_simulated(item))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fires::Fires;
    use super::*;
    use crate::fire::FirePixel;
    use crate::place::LonLat;

    /// 16:00 UTC is midnight in Beijing.
    #[test]
    fn months_are_those_of_beijing_and_rows_go_by_time_and_id() {
        let fire = |id: &str, time: &str| FirePixel::bare(id, Utc::parse(time).expect("a time"), LonLat::ZERO);
        let fires = [
            fire("c", "2025-12-31T16:00:00Z"),
            fire("b", "2025-12-31T15:59:59Z"),
            fire("a", "2025-12-31T15:59:59Z"),
            fire("d", "2025-12-01T00:00:00Z"),
        ];
        let sorted = Sorted::<Fires>::of(&fires);
        let months: Vec<(&str, Vec<&str>)> = sorted
            .months()
            .iter()
            .map(|month| (month.name.as_str(), month.items.iter().map(|fire| fire.id.as_str()).collect()))
            .collect();
        assert_eq!(months, [("2025-12", vec!["d", "a", "b"]), ("2026-01", vec!["c"])]);
        assert_eq!(sorted.last(), Some(fires[0].time));
        let none = Sorted::<Fires>::of(&[]);
        assert_eq!((none.months().len(), none.months()[0].name.as_str(), none.last()), (1, "none", None));
    }
}
