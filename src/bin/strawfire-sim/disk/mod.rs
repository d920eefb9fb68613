//! Geostationary imagers beside Himawari: one slot over the site, in the files of their makers.

mod agri;
mod agri_bands;
mod agri_file;
mod ami;
mod ami_file;
mod slot;
mod view;

pub use agri::{Args as AgriArgs, run as agri};
pub use ami::{Args as AmiArgs, run as ami};
