//! HDF4 files (MODIS) through GDAL's multidimensional interface: arrays by name wherever they lie, whole or in part.

mod sealed;

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
        crate::layers::raster::quiet_gdal();
        let length = std::fs::metadata(path).map_err(|source| Error::read(path, source))?.len();
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER,
            allowed_drivers: Some(&["HDF4"]),
            open_options: Some(&["LIST_SDS=YES"]),
            ..Default::default()
        };
        let unopened = |why: &str| {
            let found = format!("{length} bytes that do not open as HDF4{why}");
            Error::input(path, found, kind, "fetch the file again; it may be cut short or of another format")
        };
        sealed::check_structure(path).map_err(|why| unopened(&format!(" ({why})")))?;
        let dataset = Dataset::open_ex(path, options).map_err(|_| unopened(""))?;
        Ok(Hdf4File { path: path.to_path_buf(), dataset })
    }

    /// Tests the checksums of all deflated arrays, which reading them does not.
    ///
    /// # Errors
    /// When one is damaged.
    pub(crate) fn verify(&self) -> Result<()> {
        sealed::check(&self.path).map_err(|found| self.error(found, "arrays as they were written".to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::shared_data;

    /// Values that pyhdf 0.11.7 reads.
    #[test]
    fn real_grids_are_read() {
        let Some(folder) = shared_data("formats/modis-hdf4") else { return };
        let open = |name: &str| Hdf4File::open(&folder.join(name), "MODIS").expect("opens");
        let file = open("MOD09A1.A2017193.h18v04.006.2017202035302.hdf");
        assert_eq!(file.shape("sur_refl_b01").expect("a shape"), [73, 66]);
        let values: Array2<i16> = file.window("sur_refl_b01", None, &(10..12), &(10..14)).expect("read");
        assert_eq!(values, ndarray::arr2(&[[154, 119, 117, 142], [100, 91, 120, 195]]));
        let file = open("MOD11B2.A2017001.h14v04.006.2017013155631.hdf");
        assert_eq!(file.shape("LST_Day_6km").expect("a shape"), [200, 200]);
        let file = open("MOD09GA.A2008296.h14v17.006.2015181011753.hdf");
        let values: Array2<u16> = file.window("state_1km_1", None, &(500..502), &(500..504)).expect("read");
        assert!(values.iter().all(|value| *value == 65_535), "{values}");
        assert!(file.window::<u16>("state_1km_1", None, &(1199..1201), &(0..4)).is_err());
        assert!(file.shape("no such array").is_err());
    }

    /// A product of a granule without a fire: its lists of fires have no row, its mask is whole.
    #[test]
    fn a_product_without_fires_is_read() {
        let Some(folder) = shared_data("formats/mod14-mexico-20170101") else { return };
        let file = Hdf4File::open(&folder.join("MOD14.A2017001.1655.006.2017004111822.hdf"), "MOD14").expect("opens");
        assert_eq!(file.number("FirePix"), Some(0.0));
        let mask: Array2<u8> = file.window("fire mask", None, &(0..2030), &(0..1354)).expect("read");
        assert_eq!((mask.iter().max(), mask.iter().min()), (Some(&5), Some(&0)));
        assert_eq!(mask.iter().filter(|class| **class == 5).count(), 558_989);
        println!("FP_line: {:?}", file.shape("FP_line"));
    }
}
