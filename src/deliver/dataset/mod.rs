//! The data set of a season: fires, events and coverage as partitioned GeoParquet, as GeoPackage and as CSV, all from one table of
//! columns a kind of record (docs/dataset.md).

mod column;
mod coverage;
mod events;
mod fires;
mod geoparquet;
mod gpkg;
mod ground;
mod publish;
mod sorted;
mod table_csv;

use super::coverage::CoverageRow;
use super::folder::Stage;
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel};
use crate::site::Site;
use crate::time::Utc;
use column::Record;
use coverage::Coverage;
use events::Events;
use fires::Fires;
use ground::Areas;
use sorted::Sorted;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use table_csv::TableCsv;

/// The GeoPackage. It is the last to be put in its place: where it is absent, the other files may be of two seasons.
pub const GPKG: &str = "season.gpkg";

/// What is written.
pub struct Dataset<'a> {
    /// The site: its name, and its counties' areas.
    pub site: &'a Site,
    /// All fires, kept and dropped.
    pub fires: &'a [FirePixel],
    /// Their events.
    pub events: &'a [FireEvent],
    /// What was seen of each county by each look.
    pub coverage: &'a [CoverageRow],
    /// Whether anything of it was simulated, though it gave no record.
    pub simulated: bool,
}

/// What all files say of themselves.
struct Head {
    site: String,
    simulated: bool,
}

/// The records, sorted, and what is made once for all.
struct Tables<'a> {
    fires: Sorted<'a, Fires>,
    events: Sorted<'a, Events>,
    coverage: Sorted<'a, Coverage>,
    areas: Areas,
    head: Head,
}

impl Dataset<'_> {
    /// Writes `fires/`, `events/` and `coverage/` with a folder a month (`month=2025-10/part-0.parquet`, Beijing time), a CSV each and
    /// [`GPKG`], and gives their paths. All is written beside and then put in its place, each folder and file at once; months
    /// of an earlier data set go with it. Nobody else may write into `out` (see [`super::folder::alone_in`]).
    ///
    /// # Errors
    /// [`Error::Output`] where a file cannot be written or moved; an older data set is as it was where it could not be written.
    pub fn write(&self, out: &Path) -> Result<Vec<PathBuf>> {
        std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
        let (stage, tables) = (Stage::within(out)?, self.tables());
        let mut files = Vec::new();
        files.extend(tables.write(&tables.fires, &stage)?);
        files.extend(tables.write(&tables.events, &stage)?);
        files.extend(tables.write(&tables.coverage, &stage)?);
        tables.write_gpkg(&stage.path(GPKG), self.site)?;
        files.push(GPKG.to_string());
        publish::publish(&stage, out, &[Fires::NAME, Events::NAME, Coverage::NAME], GPKG)?;
        Ok(files.into_iter().map(|file| out.join(file)).collect())
    }

    fn tables(&self) -> Tables<'_> {
        let (fires, events) = (Sorted::<Fires>::of(self.fires), Sorted::<Events>::of(self.events));
        let coverage = Sorted::<Coverage>::of(self.coverage);
        let made = fires.is_simulated() || events.is_simulated() || coverage.is_simulated();
        let head = Head { site: self.site.name.clone(), simulated: self.simulated || made };
        Tables { fires, events, coverage, areas: Areas::of(self.site), head }
    }
}

impl Tables<'_> {
    /// The CSV and the partitions of a table; gives their names.
    fn write<R: Record>(&self, sorted: &Sorted<'_, R>, stage: &Stage) -> Result<Vec<String>> {
        let name = publish::csv_name(R::NAME);
        let path = stage.path(&name);
        let csv_error = |error| Error::output(&path, error);
        let mut csv = publish::create(&path).and_then(TableCsv::begin::<R>).map_err(csv_error)?;
        let mut files = vec![name.clone()];
        for month in sorted.months() {
            let rows: Vec<_> = month.items.iter().map(|item| R::row(item, &self.areas)).collect();
            let part = format!("{}/month={}/part-0.parquet", R::NAME, month.name);
            self.write_part::<R>(&stage.path(&part), &rows)?;
            csv.rows::<R>(&rows).map_err(csv_error)?;
            files.push(part);
        }
        csv.end().and_then(publish::end).map_err(csv_error)?;
        Ok(files)
    }

    fn write_part<R: Record>(&self, path: &Path, rows: &[R::Row<'_>]) -> Result<()> {
        let mut out = publish::create(path).map_err(|error| Error::output(path, error))?;
        geoparquet::write::<R>(&mut out, rows, &self.head).map_err(|error| Error::output(path, error))?;
        publish::end(out).map_err(|error| Error::output(path, error))
    }

    fn write_gpkg(&self, path: &Path, site: &Site) -> Result<()> {
        match self.gpkg(path, site) {
            Ok(None) => publish::sync(path).map_err(|error| Error::output(path, error)),
            Ok(Some(wrong)) => Err(Error::output(path, wrong)),
            Err(error) => Err(Error::output(path, error)),
        }
    }

    fn gpkg(&self, path: &Path, site: &Site) -> gdal::errors::Result<Option<String>> {
        let last = self.fires.last().max(self.events.last()).max(self.coverage.last());
        let mut gpkg = gpkg::Gpkg::create(path, &self.areas, last.unwrap_or(Utc::UNIX_EPOCH))?;
        gpkg.add::<Fires>(&self.head)?;
        gpkg.add::<Events>(&self.head)?;
        gpkg.add::<Coverage>(&self.head)?;
        gpkg.add_counties(&self.head)?;
        gpkg.fill(|layers| {
            let records = [layers.table(&self.fires)?, layers.table(&self.events)?, layers.table(&self.coverage)?];
            Ok([&records[..], &[layers.counties(site)?]].concat())
        })
    }
}

/// The tables of columns as Markdown, for docs/dataset.md.
pub fn columns_page() -> String {
    [columns_of::<Fires>(), columns_of::<Events>(), columns_of::<Coverage>()].join("\n")
}

fn columns_of<R: Record>() -> String {
    let mut page = format!(
        "### {}: {}\n\n| column | kind | unit or values | what it is |\n|---|---|---|---|\n",
        R::NAME,
        R::TITLE
    );
    for column in R::COLUMNS {
        // writing to a text cannot fail
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", column.name, column.read.kind(), column.unit, column.meaning);
    }
    page
}
