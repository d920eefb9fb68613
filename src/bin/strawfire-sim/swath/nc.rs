//! Writing netCDF-4 files: variables in groups, chunks, attributes; a file gets its name when it is whole.

use crate::error::{Result, SimError, file};
use crate::output;
use netcdf::{AttributeValue, FileMut, NcTypeDescriptor};
use std::path::{Path, PathBuf};

/// Attributes in the order they are written.
pub type Words = Vec<(&'static str, AttributeValue)>;

/// A netCDF file under construction.
pub struct Draft {
    nc: FileMut,
    partial: PathBuf,
    target: PathBuf,
}

/// How a variable is stored.
#[derive(Clone, Debug)]
pub struct Shape {
    pub dimensions: &'static [&'static str],
    /// Sizes of a chunk; empty for contiguous storage.
    pub chunk: Vec<usize>,
    /// Level of the deflate filter, with shuffle; 0 for none.
    pub deflate: i32,
}

impl Draft {
    pub fn create(target: &Path) -> Result<Draft> {
        let partial = output::partial_name(target);
        let nc = netcdf::create(&partial).map_err(|e| wrong(&partial, "", e))?;
        Ok(Draft { nc, partial, target: target.to_path_buf() })
    }

    pub fn dimension(&mut self, name: &str, length: usize) -> Result<()> {
        self.nc.add_dimension(name, length).map(drop).map_err(|e| wrong(&self.partial, name, e))
    }

    pub fn group(&mut self, name: &str) -> Result<()> {
        self.nc.add_group(name).map(drop).map_err(|e| wrong(&self.partial, name, e))
    }

    pub fn words(&mut self, words: Words) -> Result<()> {
        for (name, value) in words {
            self.nc.add_attribute(name, value).map_err(|e| wrong(&self.partial, name, e))?;
        }
        Ok(())
    }

    /// Adds a variable (its name may hold groups) with its fill value and attributes.
    pub fn variable<T: NcTypeDescriptor>(
        &mut self,
        name: &str,
        shape: &Shape,
        fill: Option<T>,
        words: Words,
    ) -> Result<()> {
        let partial = &self.partial;
        let fail = |e| wrong(partial, name, e);
        let mut variable = self.nc.add_variable::<T>(name, shape.dimensions).map_err(fail)?;
        if let Some(fill) = fill {
            variable.set_fill_value(fill).map_err(fail)?;
        }
        if !shape.chunk.is_empty() {
            variable.set_chunking(&shape.chunk).map_err(fail)?;
        }
        if shape.deflate > 0 {
            variable.set_compression(shape.deflate, true).map_err(fail)?;
        }
        for (word, value) in words {
            variable.put_attribute(word, value).map_err(fail)?;
        }
        Ok(())
    }

    /// Writes all values of a variable.
    pub fn put<T: NcTypeDescriptor>(&mut self, name: &str, values: &[T]) -> Result<()> {
        self.put_at(name, values, ..)
    }

    /// Writes some lines of a two-dimensional variable.
    pub fn put_lines<T: NcTypeDescriptor>(
        &mut self,
        name: &str,
        first: usize,
        columns: usize,
        values: &[T],
    ) -> Result<()> {
        let lines = values.len() / columns;
        self.put_at(name, values, [first..first + lines, 0..columns])
    }

    /// Writes a rectangle of a two-dimensional variable.
    pub fn put_window<T: NcTypeDescriptor>(
        &mut self,
        name: &str,
        window: [std::ops::Range<usize>; 2],
        values: &[T],
    ) -> Result<()> {
        self.put_at(name, values, window)
    }

    fn put_at<T: NcTypeDescriptor, E>(&mut self, name: &str, values: &[T], extent: E) -> Result<()>
    where
        E: TryInto<netcdf::Extents>,
        E::Error: Into<netcdf::Error>,
    {
        let partial = &self.partial;
        let mut variable = self
            .nc
            .variable_mut(name)
            .ok_or_else(|| wrong(partial, name, netcdf::Error::Str("no such variable".to_string())))?;
        variable.put_values(values, extent).map_err(|e| wrong(partial, name, e))
    }

    /// Closes the file and gives it its name.
    pub fn publish(self) -> Result<()> {
        self.nc.close().map_err(|e| wrong(&self.partial, "", e))?;
        output::publish(&self.partial, &self.target)
    }
}

fn wrong(path: &Path, name: &str, error: netcdf::Error) -> SimError {
    file(
        path,
        format!("{name}: {error}"),
        "a netCDF file that can be written",
        "check free space and permissions of --out",
    )
}
