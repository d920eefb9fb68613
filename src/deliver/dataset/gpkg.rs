//! `season.gpkg`: fires, events, coverage and counties as layers of one file, for maps.

use super::Head;
use super::column::{Record, Value};
use super::ground::{self, Areas};
use super::sorted::Sorted;
use crate::layers::raster::quiet_gdal;
use crate::site::Site;
use crate::time::Utc;
use gdal::config::{clear_thread_local_config_option, set_thread_local_config_option};
use gdal::errors::Result;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::sql::Dialect;
use gdal::vector::{Defn, Feature, FieldValue, Geometry, Layer, LayerAccess, LayerOptions, OGRwkbGeometryType};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};
use std::path::Path;

/// The layer of the counties' areas, and its columns.
const COUNTIES: &str = "counties";
const COUNTY_COLUMNS: [(&str, &str); 2] = [("adcode", "TEXT"), ("county", "TEXT")];

/// A file that is being made, in steps: its layers, their columns, their features in one transaction, their indexes.
pub(super) struct Gpkg<'a> {
    path: &'a Path,
    areas: &'a Areas,
    data: Dataset,
    /// In the order in which they are filled.
    layers: Vec<&'static str>,
    /// They end with the file.
    _settings: Settings,
}

impl<'a> Gpkg<'a> {
    /// A new file. `last`: the moment of the last record, which stands for that of writing: the same records give the
    /// same bytes.
    pub(super) fn create(path: &'a Path, areas: &'a Areas, last: Utc) -> Result<Self> {
        quiet_gdal();
        let settings = Settings::set(last)?;
        let data = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(path)?;
        Ok(Gpkg { path, areas, data, layers: Vec::new(), _settings: settings })
    }

    /// The empty layer of a table.
    pub(super) fn add<R: Record>(&mut self, head: &Head) -> Result<()> {
        let marked =
            if head.simulated { format!("{} (含模拟数据 SIMULATED)", R::TITLE) } else { R::TITLE.to_string() };
        let columns: Vec<_> = R::COLUMNS.iter().map(|column| (column.name, column.read.sql())).collect();
        self.layer(R::NAME, &marked, OGRwkbGeometryType::wkbPoint, &columns)
    }

    /// The empty layer of the counties.
    pub(super) fn add_counties(&mut self, head: &Head) -> Result<()> {
        let title = format!("Counties of {}", head.site);
        self.layer(COUNTIES, &title, OGRwkbGeometryType::wkbMultiPolygon, &COUNTY_COLUMNS)
    }

    /// Columns are added by SQL, in the words of the format: the library's own way knows no booleans.
    fn layer(
        &mut self,
        name: &'static str,
        title: &str,
        kind: OGRwkbGeometryType::Type,
        columns: &[(&str, &str)],
    ) -> Result<()> {
        let mut system = SpatialRef::from_epsg(4326)?;
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let title = format!("DESCRIPTION={title}");
        // an index that grows with each feature is slower than one that is made of all
        let options = ["SPATIAL_INDEX=NO", title.as_str()];
        self.data.create_layer(LayerOptions { name, srs: Some(&system), ty: kind, options: Some(&options) })?;
        for (column, kind) in columns {
            sql(&self.data, &format!("ALTER TABLE \"{name}\" ADD COLUMN \"{column}\" {kind}"))?;
        }
        self.layers.push(name);
        Ok(())
    }

    /// Fills all layers in one transaction, makes their indexes and ends the file. What is not in it as it should be is said: the
    /// library says nothing when it cannot close one.
    pub(super) fn fill(self, put: impl FnOnce(&Filling<'_>) -> Result<Vec<i64>>) -> Result<Option<String>> {
        let Gpkg { path, areas, data, layers, _settings } = self;
        // opened again, so that the layers know their columns
        data.close()?;
        let mut data = open(path)?;
        let transaction = data.start_transaction()?;
        let counts = put(&Filling { data: &transaction, areas })?;
        transaction.commit()?;
        for name in &layers {
            sql(&data, &format!("SELECT CreateSpatialIndex('{name}', 'geom')"))?;
        }
        data.close()?;
        wrong(&open(path)?, layers.iter().copied().zip(counts))
    }
}

/// A layer that has not all its features, or whose index has not.
fn wrong(data: &Dataset, layers: impl Iterator<Item = (&'static str, i64)>) -> Result<Option<String>> {
    for (name, count) in layers {
        for table in [name.to_string(), format!("rtree_{name}_geom")] {
            let found = count_of(data, &table)?;
            if found != Some(count) {
                return Ok(Some(format!("{table} has {found:?} of {count} features")));
            }
        }
    }
    Ok(None)
}

fn sql(data: &Dataset, sql: &str) -> Result<()> {
    data.execute_sql(sql, None, Dialect::DEFAULT).map(drop)
}

/// The layers while they are filled.
pub(super) struct Filling<'a> {
    data: &'a Dataset,
    areas: &'a Areas,
}

impl Filling<'_> {
    /// All rows of a table; gives their number.
    pub(super) fn table<R: Record>(&self, sorted: &Sorted<'_, R>) -> Result<i64> {
        let layer = self.data.layer_by_name(R::NAME)?;
        let defn = Defn::from_layer(&layer);
        let mut count = 0;
        for item in sorted.months().iter().flat_map(|month| &month.items) {
            put::<R>(&layer, &defn, &R::row(item, self.areas))?;
            count += 1;
        }
        Ok(count)
    }

    /// The counties; gives their number.
    pub(super) fn counties(&self, site: &Site) -> Result<i64> {
        let layer = self.data.layer_by_name(COUNTIES)?;
        let defn = Defn::from_layer(&layer);
        for county in &site.counties {
            let mut feature = Feature::new(&defn)?;
            feature.set_field_string(0, &county.name.adcode)?;
            feature.set_field_string(1, &county.name.name)?;
            if let Some(area) = self.areas.get(&county.name.adcode) {
                feature.set_geometry(Geometry::from_wkb(area.wkb())?)?;
            }
            feature.create(&layer)?;
        }
        Ok(site.counties.len() as i64)
    }
}

/// A field that is not set is null.
fn put<R: Record>(layer: &Layer<'_>, defn: &Defn, row: &R::Row<'_>) -> Result<()> {
    let mut feature = Feature::new(defn)?;
    for (at, column) in R::COLUMNS.iter().enumerate() {
        match column.value(row) {
            Value::Missing => {}
            // the library's texts end at a NUL
            Value::Text(text) => feature.set_field_string(at, &text.replace('\0', " "))?,
            Value::Float(number) => feature.set_field_double(at, number)?,
            Value::Whole(number) => feature.set_field_integer64(at, number)?,
            Value::Flag(is) => feature.set_field_integer(at, i32::from(is))?,
            // with the Z, by which it is read as UTC
            Value::Time(time) => feature.set_field_string(at, &to_the_millisecond(time))?,
        }
    }
    if let Some(at) = R::at(row) {
        feature.set_geometry(Geometry::from_wkb(&ground::point(at))?)?;
    }
    feature.create(layer)
}

/// `2025-10-20T05:30:00.250Z`: what the format has room for.
fn to_the_millisecond(time: Utc) -> String {
    let milliseconds = time.unix_millis().rem_euclid(1000);
    time.rfc3339().replace('Z', &format!(".{milliseconds:03}Z"))
}

fn open(path: &Path) -> Result<Dataset> {
    let open_flags = GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_UPDATE;
    Dataset::open_ex(path, DatasetOptions { open_flags, ..DatasetOptions::default() })
}

fn count_of(data: &Dataset, table: &str) -> Result<Option<i64>> {
    let sql = format!("SELECT count(*) FROM \"{table}\"");
    let Some(mut answer) = data.execute_sql(sql, None, Dialect::DEFAULT)? else { return Ok(None) };
    let count = answer.features().next().map(|row| row.field(0)).transpose()?.flatten();
    Ok(count.and_then(FieldValue::into_int64))
}

/// Settings of the library that hold for this thread while a file is made.
struct Settings;

impl Settings {
    /// What it takes for now, and no waiting for the disk: the file is put to the disk once, when it is whole.
    fn set(last: Utc) -> Result<Self> {
        let settings = Settings;
        set_thread_local_config_option("OGR_CURRENT_DATE", &to_the_millisecond(last))?;
        set_thread_local_config_option("OGR_SQLITE_SYNCHRONOUS", "OFF")?;
        Ok(settings)
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        for key in ["OGR_CURRENT_DATE", "OGR_SQLITE_SYNCHRONOUS"] {
            // a setting that stays is of no harm: each file sets both
            let _ = clear_thread_local_config_option(key);
        }
    }
}
