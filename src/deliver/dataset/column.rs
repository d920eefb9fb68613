//! What a table of the data set is: its columns, each with one way to read it, from which every format is written.

use super::ground::Areas;
use crate::time::Utc;
use std::borrow::Cow;

/// A kind of record.
pub(super) trait Record: Sized + 'static {
    /// What is recorded.
    type Item;
    /// The record as its columns read it.
    type Row<'a>;
    /// Name of the folder, the layer and the CSV.
    const NAME: &'static str;
    /// What it is, in words.
    const TITLE: &'static str;
    /// Type of its geometries in GeoParquet.
    const GEOMETRY: &'static str;
    /// Its columns, in the order of the file.
    const COLUMNS: &'static [Column<Self>];

    /// What records are sorted by; the month of the time is that of the partition.
    fn order(item: &Self::Item) -> (Utc, Cow<'_, str>);

    /// Whether the simulator made it.
    fn is_simulated(item: &Self::Item) -> bool;

    /// The row of a record.
    fn row<'a>(item: &'a Self::Item, areas: &'a Areas) -> Self::Row<'a>;

    /// Where it lies; `None` for a county that the site does not have.
    fn at(row: &Self::Row<'_>) -> Option<[f64; 2]>;
}

/// A column.
pub(super) struct Column<R: Record> {
    /// Its name in all formats.
    pub name: &'static str,
    /// Unit, or the values that it may have; empty where its meaning says all.
    pub unit: &'static str,
    /// What it is, and where it is null.
    pub meaning: &'static str,
    /// How a cell is read; its kind is the kind of the column.
    pub read: Read<R>,
}

/// A way to read a cell; `None` is a missing value.
type Cell<R, T> = for<'r, 'a> fn(&'r <R as Record>::Row<'a>) -> Option<T>;
/// The same of a text.
type TextCell<R> = for<'r, 'a> fn(&'r <R as Record>::Row<'a>) -> Option<Cow<'r, str>>;
/// The same of a list, which may be empty and is never missing.
type ListCell<R> = for<'r, 'a> fn(&'r <R as Record>::Row<'a>) -> &'r [String];

/// How a cell is read, by kind.
pub(super) enum Read<R: Record> {
    /// A text.
    Text(TextCell<R>),
    /// A number with a fraction.
    Float(Cell<R, f64>),
    /// A whole number.
    Whole(Cell<R, i64>),
    /// Yes or no.
    Flag(Cell<R, bool>),
    /// A moment.
    Time(Cell<R, Utc>),
    /// Texts.
    List(ListCell<R>),
}

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'r> {
    /// Nothing.
    Missing,
    /// A text, or a list as JSON.
    Text(Cow<'r, str>),
    /// A number with a fraction.
    Float(f64),
    /// A whole number.
    Whole(i64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(Utc),
}

impl<R: Record> Column<R> {
    /// A row of a table of columns.
    pub(super) const fn new(name: &'static str, unit: &'static str, meaning: &'static str, read: Read<R>) -> Self {
        Column { name, unit, meaning, read }
    }

    /// The cell of a row, for formats without lists.
    pub(super) fn value<'r>(&self, row: &'r R::Row<'_>) -> Value<'r> {
        match self.read {
            Read::Text(read) => read(row).map_or(Value::Missing, Value::Text),
            Read::Float(read) => read(row).map_or(Value::Missing, Value::Float),
            Read::Whole(read) => read(row).map_or(Value::Missing, Value::Whole),
            Read::Flag(read) => read(row).map_or(Value::Missing, Value::Flag),
            Read::Time(read) => read(row).map_or(Value::Missing, Value::Time),
            Read::List(read) => json(read(row)).map_or(Value::Missing, Value::Text),
        }
    }
}

impl<R: Record> Read<R> {
    /// Type in GeoPackage, in its own words.
    pub(super) fn sql(&self) -> &'static str {
        match self {
            Read::Text(_) | Read::List(_) => "TEXT",
            Read::Float(_) => "REAL",
            Read::Whole(_) => "INTEGER",
            Read::Flag(_) => "BOOLEAN",
            Read::Time(_) => "DATETIME",
        }
    }

    /// The kind, for the page of columns.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Read::Text(_) => "text",
            Read::Float(_) => "f64",
            Read::Whole(_) => "i64",
            Read::Flag(_) => "bool",
            Read::Time(_) => "timestamp",
            Read::List(_) => "list of text",
        }
    }
}

/// A text; an empty one is missing.
pub(super) fn word(text: &str) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(Cow::Borrowed(text))
}

/// The same of a text that may be missing.
pub(super) fn words(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.and_then(word)
}

/// JSON of what has no columns of its own.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Option<Cow<'static, str>> {
    serde_json::to_string(value).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::super::{coverage::Coverage, events::Events, fires::Fires};
    use super::*;
    use crate::deliver::coverage::{CoverageRow, Kind};
    use crate::deliver::geojson::{event_feature, fire_feature};
    use crate::fire::{FireEvent, FirePixel};
    use crate::place::{LonLat, Spread};
    use crate::site::Site;
    use serde_json::{Map, json};

    /// Cells of a row as JSON; times as lists print them.
    fn cells<R: Record>(item: &R::Item) -> Map<String, serde_json::Value> {
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let areas = Areas::of(&site);
        let row = R::row(item, &areas);
        let cell = |column: &Column<R>| match (column.value(&row), &column.read) {
            (Value::Missing, _) => json!(null),
            (Value::Text(text), Read::List(_)) => serde_json::from_str(&text).expect("JSON"),
            (Value::Text(text), _) => json!(text),
            (Value::Float(number), _) => json!(number),
            (Value::Whole(number), _) => json!(number),
            (Value::Flag(is), _) => json!(is),
            (Value::Time(at), _) => json!(at),
        };
        let cells: Map<_, _> = R::COLUMNS.iter().map(|column| (column.name.to_string(), cell(column))).collect();
        assert_eq!(cells.len(), R::COLUMNS.len(), "a name twice");
        cells
    }

    /// Every property of a Feature is a column with the same value, but that a text that is empty is missing.
    fn same(cells: &Map<String, serde_json::Value>, properties: &serde_json::Value) {
        for (name, value) in properties.as_object().expect("properties") {
            let expected = if value == "" { &json!(null) } else { value };
            if let Some(nested) = value.as_object() {
                nested.iter().for_each(|(part, value)| assert_eq!(&cells[&format!("{name}_{part}")], value, "{part}"));
            } else if name != "error_ellipse" {
                assert_eq!(cells.get(name), Some(expected), "{name}");
            }
        }
    }

    fn time() -> Utc {
        Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("a time")
    }

    #[test]
    fn columns_are_the_properties_of_features() {
        let mut fire = FirePixel::bare("a", time(), LonLat::ZERO);
        (fire.line, fire.frp_mw, fire.granule) = (Some(7), Some(1.234_56), "g".into());
        same(&cells::<Fires>(&fire), &fire_feature(&fire).expect("a feature")["properties"]);
        let mut event = FireEvent::bare("e", time(), LonLat::ZERO);
        (event.sources, event.first_discoverer) = (vec!["A".into()], "A".into());
        event.place_spread = Some(Spread { east_m2: 4e6, cross_m2: 0.0, north_m2: 1e6 });
        let feature = event_feature(&event).expect("a feature");
        same(&cells::<Events>(&event), &feature["properties"]);
        let foreign = ["confirmation", "looks", "members"].map(|name| (name.to_string(), feature[name].clone()));
        same(&cells::<Events>(&event), &json!(Map::from_iter(foreign)));
        let site = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let row = CoverageRow::not_looked(&site.counties[0], time(), Kind::Absent);
        same(&cells::<Coverage>(&row), &json!(row));
    }
}
