//! HDF4 files (MODIS) through GDAL's multidimensional interface: arrays by name wherever they lie, whole or in part.

use crate::error::{Error, Result};
use gdal::cpl::CslStringList;
use gdal::raster::{GdalType, Group, MDArray};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// Groups within groups that are looked into; HDF-EOS swaths need three.
const DEEPEST: usize = 5;

/// An open file. One data set belongs to one thread.
pub(crate) struct Hdf4File {
    path: PathBuf,
    dataset: Dataset,
}

impl Hdf4File {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no HDF4 file, empty or damaged; `kind` says what it should be.
    pub(crate) fn open(path: &Path, kind: &str) -> Result<Self> {
        super::quiet_gdal();
        let length = std::fs::metadata(path).map_err(|source| Error::read(path, source))?.len();
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER,
            allowed_drivers: Some(&["HDF4"]),
            open_options: Some(&["LIST_SDS=YES"]),
            ..Default::default()
        };
        let dataset = Dataset::open_ex(path, options).map_err(|_| {
            let found = format!("{length} bytes that do not open as HDF4");
            Error::input(path, found, kind, "fetch the file again; it may be cut short or of another format")
        })?;
        Ok(Hdf4File { path: path.to_path_buf(), dataset })
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A text of the file itself: also the entries of its `CoreMetadata.0`, which GDAL takes apart.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let root = self.dataset.root_group().ok()?;
        let attribute = root.attribute(name).ok()?;
        attribute.datatype().class().is_string().then(|| attribute.read_as_string().trim().to_string())
    }

    /// A number of the file itself.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let root = self.dataset.root_group().ok()?;
        let attribute = root.attribute(name).ok()?;
        attribute.datatype().class().is_numeric().then(|| attribute.read_as_f64())
    }

    /// Sizes of an array along its dimensions.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn shape(&self, name: &str) -> Result<Vec<usize>> {
        self.with(name, |array| Ok(array.dimensions()?.iter().map(gdal::raster::Dimension::size).collect()))
    }

    /// Numbers of an attribute of an array; empty where it has none of that name.
    pub(crate) fn numbers(&self, name: &str, attribute: &str) -> Result<Vec<f64>> {
        self.with(name, |array| {
            let numeric = array.attribute(attribute).ok().filter(|a| a.datatype().class().is_numeric());
            Ok(numeric.map(|a| a.read_as_f64_array()).unwrap_or_default())
        })
    }

    /// A text attribute of an array.
    pub(crate) fn text_of(&self, name: &str, attribute: &str) -> Result<Option<String>> {
        self.with(name, |array| {
            let text = array.attribute(attribute).ok().filter(|a| a.datatype().class().is_string());
            Ok(text.map(|a| a.read_as_string()))
        })
    }

    /// A window of an array of lines and columns, or of one layer of several of them.
    ///
    /// # Errors
    /// When there is none of that name, the window does not lie inside, or it cannot be read.
    pub(crate) fn window<T: Copy + GdalType>(
        &self,
        name: &str,
        layer: Option<usize>,
        lines: &std::ops::Range<usize>,
        columns: &std::ops::Range<usize>,
    ) -> Result<Array2<T>> {
        let shape = self.shape(name)?;
        let fits = match (layer, &shape[..]) {
            (None, [l, c]) => lines.end <= *l && columns.end <= *c,
            (Some(layer), [n, l, c]) => layer < *n && lines.end <= *l && columns.end <= *c,
            _ => false,
        };
        if !fits {
            let expected = format!("{name} with lines to {} and columns to {}", lines.end, columns.end);
            return Err(self.error(format!("{name} of {shape:?}"), expected));
        }
        let mut start = vec![lines.start as u64, columns.start as u64];
        let mut count = vec![lines.len(), columns.len()];
        if let Some(layer) = layer {
            start.insert(0, layer as u64);
            count.insert(0, 1);
        }
        let numbers = self.with(name, |array| array.read_as::<T>(start, count))?;
        Array2::from_shape_vec((lines.len(), columns.len()), numbers)
            .map_err(|error| self.error(format!("{name}: {error}"), "a whole array".to_string()))
    }

    fn with<R>(&self, name: &str, work: impl FnOnce(&MDArray) -> gdal::errors::Result<R>) -> Result<R> {
        let missing = || self.error(format!("no array {name}"), format!("an array {name}"));
        let root = self.dataset.root_group().map_err(|_| missing())?;
        let group = holder(&root, name, DEEPEST).ok_or_else(missing)?;
        let array = group.as_ref().unwrap_or(&root).open_md_array(name, CslStringList::new()).map_err(|_| missing())?;
        work(&array).map_err(|error| self.error(format!("{name}: {error}"), "a readable array".to_string()))
    }

    fn error(&self, found: String, expected: String) -> Error {
        Error::input(&self.path, found, expected, "fetch the file again; it may be cut short or of another version")
    }
}

/// The group that holds an array: `Some(None)` for the one that was given.
fn holder<'a>(group: &Group<'a>, name: &str, depth: usize) -> Option<Option<Group<'a>>> {
    if group.array_names(CslStringList::new()).iter().any(|array| array == name) {
        return Some(None);
    }
    if depth == 0 {
        return None;
    }
    // arrays by themselves before the swaths that refer to them: on a file with damaged swath metadata GDAL 3.6 reads
    // through a null pointer there
    let mut children = group.group_names(CslStringList::new());
    children.sort_by_key(|child| child != "scientific_datasets");
    children.iter().find_map(|child| {
        let child = group.open_group(child, CslStringList::new()).ok()?;
        let found = holder(&child, name, depth - 1)?;
        Some(Some(found.unwrap_or(child)))
    })
}
