//! One GeoParquet file (version 1.1) of a table: a column after the other, for only one column of one month is in memory twice.

use super::Head;
use super::column::{Column, Read, Record};
use super::ground;
use crate::deliver::{PROGRAM, PROGRAM_VERSION};
use crate::place::LonLatBox;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

/// Name of the geometry's column.
const GEOMETRY: &str = "geometry";
/// Name of the column of boxes, by which readers skip what lies elsewhere.
const BBOX: &str = "bbox";
/// Name and value of an edge of a box.
type Edge = (&'static str, fn(&LonLatBox) -> f64);
const EDGES: [Edge; 4] = [("xmin", |b| b.west), ("ymin", |b| b.south), ("xmax", |b| b.east), ("ymax", |b| b.north)];
/// Rows read at once by a reader: enough for good compression, and a month of one satellite or two.
const ROWS_OF_A_GROUP: usize = 100_000;

/// Writes rows as a file that is the same for the same rows.
pub(super) fn write<R: Record>(out: impl Write + Send, rows: &[R::Row<'_>], head: &Head) -> Result<()> {
    let mut file = SerializedFileWriter::new(out, schema::<R>()?, Arc::new(properties::<R>(rows, head)))?;
    for rows in rows.chunks(ROWS_OF_A_GROUP) {
        let mut group = file.next_row_group()?;
        for column in R::COLUMNS {
            put_column(&mut group, column, rows)?;
        }
        put_ground::<R>(&mut group, rows)?;
        group.close()?;
    }
    file.close().map(drop)
}

fn schema<R: Record>() -> Result<TypePtr> {
    let mut fields = R::COLUMNS.iter().map(field).collect::<Result<Vec<_>>>()?;
    fields.push(leaf(GEOMETRY, Physical::BYTE_ARRAY, None, Repetition::OPTIONAL)?);
    let edges = EDGES.iter().map(|(name, _)| leaf(name, Physical::DOUBLE, None, Repetition::REQUIRED));
    let bbox = Type::group_type_builder(BBOX).with_repetition(Repetition::OPTIONAL);
    fields.push(Arc::new(bbox.with_fields(edges.collect::<Result<_>>()?).build()?));
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn field<R: Record>(column: &Column<R>) -> Result<TypePtr> {
    let moment = LogicalType::timestamp(true, TimeUnit::MICROS);
    let (physical, logical) = match column.read {
        Read::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Read::Float(_) => (Physical::DOUBLE, None),
        Read::Whole(_) => (Physical::INT64, None),
        Read::Flag(_) => (Physical::BOOLEAN, None),
        Read::Time(_) => (Physical::INT64, Some(moment)),
        Read::List(_) => return list(column.name),
    };
    leaf(column.name, physical, logical, Repetition::OPTIONAL)
}

fn leaf(name: &str, physical: Physical, logical: Option<LogicalType>, repetition: Repetition) -> Result<TypePtr> {
    let of = Type::primitive_type_builder(name, physical).with_logical_type(logical).with_repetition(repetition);
    Ok(Arc::new(of.build()?))
}

/// A list in the three levels of the format's page of logical types; neither it nor a text in it is ever missing.
fn list(name: &str) -> Result<TypePtr> {
    let element = leaf("element", Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED)?;
    let items = Type::group_type_builder("list").with_repetition(Repetition::REPEATED).with_fields(vec![element]);
    let list = Type::group_type_builder(name).with_repetition(Repetition::REQUIRED);
    let list = list.with_logical_type(Some(LogicalType::List)).with_fields(vec![Arc::new(items.build()?)]);
    Ok(Arc::new(list.build()?))
}

fn properties<R: Record>(rows: &[R::Row<'_>], head: &Head) -> WriterProperties {
    let said = [
        ("geo", geo::<R>(rows).to_string()),
        ("program", PROGRAM.to_string()),
        ("program_version", PROGRAM_VERSION.to_string()),
        ("site", head.site.clone()),
        ("simulated", head.simulated.to_string()),
    ];
    let geometry = ColumnPath::from(GEOMETRY);
    WriterProperties::builder()
        .set_created_by(format!("{PROGRAM} version {PROGRAM_VERSION}"))
        .set_compression(Compression::SNAPPY)
        // the least of some points as bytes helps nobody
        .set_column_statistics_enabled(geometry, EnabledStatistics::None)
        .set_key_value_metadata(Some(said.map(|(key, value)| KeyValue::new(key.to_string(), value)).to_vec()))
        .build()
}

/// The `geo` entry. Without `crs` a file is in OGC:CRS84: longitude, latitude on WGS84.
fn geo<R: Record>(rows: &[R::Row<'_>]) -> Value {
    let bbox = rows.iter().filter_map(|row| R::at(row).map(around)).reduce(|a, b| LonLatBox {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    });
    let edge = |(name, _): &Edge| (name.to_string(), json!([BBOX, name]));
    let edges: serde_json::Map<String, Value> = EDGES.iter().map(edge).collect();
    let mut column = json!({
        "encoding": "WKB",
        "geometry_types": bbox.iter().map(|_| R::GEOMETRY).collect::<Vec<_>>(),
        "covering": { BBOX: edges },
    });
    if let Some(bbox) = bbox {
        column["bbox"] = json!(EDGES.map(|(_, edge)| edge(&bbox)));
    }
    json!({ "version": "1.1.0", "primary_column": GEOMETRY, "columns": { GEOMETRY: column } })
}

fn put_column<W: Write + Send, R: Record>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column<R>,
    rows: &[R::Row<'_>],
) -> Result<()> {
    match column.read {
        Read::Text(read) => put::<_, ByteArrayType>(group, rows.iter().map(|row| read(row).map(|of| bytes(&of)))),
        Read::Float(read) => put::<_, DoubleType>(group, rows.iter().map(read)),
        Read::Whole(read) => put::<_, Int64Type>(group, rows.iter().map(read)),
        Read::Flag(read) => put::<_, BoolType>(group, rows.iter().map(read)),
        Read::Time(read) => put::<_, Int64Type>(group, rows.iter().map(|row| read(row).map(|at| at.micros()))),
        Read::List(read) => put_lists(group, rows.iter().map(read)),
    }
}

fn put_ground<R: Record>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    rows: &[R::Row<'_>],
) -> Result<()> {
    put::<_, ByteArrayType>(group, rows.iter().map(|row| R::at(row).map(|at| ground::point(at).into())))?;
    for (_, edge) in EDGES {
        put::<_, DoubleType>(group, rows.iter().map(|row| R::at(row).map(|at| edge(&around(at)))))?;
    }
    Ok(())
}

/// The box of a point.
fn around([lon, lat]: [f64; 2]) -> LonLatBox {
    LonLatBox { west: lon, south: lat, east: lon, north: lat }
}

/// The next column, of values that may be missing: level 1 is there, 0 is not.
fn put<W: Write + Send, D: DataType>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: impl Iterator<Item = Option<D::T>>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let mut column = next(group)?;
    column.typed::<D>().write_batch(&values, Some(&levels), None)?;
    column.close()
}

/// The next column, of lists: an empty one has no value, and all but the first text of a row repeat it.
fn put_lists<'r, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: impl Iterator<Item = &'r [String]>,
) -> Result<()> {
    let (mut values, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        let slots = cell.len().max(1);
        levels.extend(std::iter::repeat_n(i16::from(!cell.is_empty()), slots));
        repeats.extend((0..slots).map(|at| i16::from(at > 0)));
        values.extend(cell.iter().map(|text| bytes(text)));
    }
    let mut column = next(group)?;
    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&repeats))?;
    column.close()
}

fn next<'w, W: Write + Send>(group: &'w mut SerializedRowGroupWriter<'_, W>) -> Result<SerializedColumnWriter<'w>> {
    group.next_column()?.ok_or_else(|| ParquetError::General("more columns than the schema has".to_string()))
}

fn bytes(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}
