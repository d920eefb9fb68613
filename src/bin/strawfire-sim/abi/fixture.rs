//! A small made-up ABI file for the tests of this folder: 60 by 60 pixels of even warm ground.

use std::path::{Path, PathBuf};

/// GOES-17's words for bands 7 and 14: fk1, fk2, bc1, bc2, scale, offset, fill (real files of 2019-10-27).
fn words(band: u8) -> ([f32; 4], f32, f32, i16) {
    match band {
        7 => ([203_135.0, 3703.5, 0.445_54, 0.999_38], 0.001_564_351, -0.0376, 16_383),
        _ => ([8495.35, 1285.52, 0.217_81, 0.999_22], 0.049_492_206, -1.7187, 4095),
    }
}

/// Writes one band whose every pixel has the same temperature (K).
pub fn write(folder: &Path, band: u8, temperature_k: f64) -> PathBuf {
    let path = folder.join(format!("OR_ABI-L1b-RadM1-M6C{band:02}_test.nc"));
    fill(&path, band, temperature_k).expect("a test file");
    path
}

fn fill(path: &Path, band: u8, temperature_k: f64) -> Result<(), netcdf::Error> {
    const SIDE: usize = 60;
    let (planck, scale, offset, fill) = words(band);
    let [fk1, fk2, bc1, bc2] = planck.map(f64::from);
    let radiance = fk1 / (fk2 / (bc1 + bc2 * temperature_k)).exp_m1();
    let count = ((radiance - f64::from(offset)) / f64::from(scale)).round() as i16;
    let mut nc = netcdf::create(path)?;
    nc.add_dimension("y", SIDE)?;
    nc.add_dimension("x", SIDE)?;
    nc.add_dimension("band", 1)?;

    let mut rad = nc.add_variable::<i16>("Rad", &["y", "x"])?;
    rad.put_attribute("_FillValue", fill)?;
    rad.put_attribute("_Unsigned", "true")?;
    rad.put_attribute("valid_range", vec![0_i16, fill - 1])?;
    rad.put_attribute("scale_factor", scale)?;
    rad.put_attribute("add_offset", offset)?;
    rad.put_attribute("units", "mW m-2 sr-1 (cm-1)-1")?;
    rad.put_values(&vec![count; SIDE * SIDE], ..)?;
    nc.add_variable::<i8>("DQF", &["y", "x"])?.put_values(&vec![0_i8; SIDE * SIDE], ..)?;
    for (name, step, start) in [("x", 5.6e-5_f32, 0.024_668_f32), ("y", -5.6e-5, 0.115_332)] {
        let mut axis = nc.add_variable::<i16>(name, &[name])?;
        axis.put_attribute("scale_factor", step)?;
        axis.put_attribute("add_offset", start)?;
        axis.put_values(&(0..SIDE as i16).collect::<Vec<_>>(), ..)?;
    }
    let mut projection = nc.add_variable::<i32>("goes_imager_projection", &[])?;
    projection.put_attribute("perspective_point_height", 35_786_023.0_f64)?;
    projection.put_attribute("semi_major_axis", 6_378_137.0_f64)?;
    projection.put_attribute("semi_minor_axis", 6_356_752.314_14_f64)?;
    projection.put_attribute("longitude_of_projection_origin", -137.0_f64)?;
    projection.put_attribute("sweep_angle_axis", "x")?;
    nc.add_variable::<i8>("band_id", &["band"])?.put_values(&[band as i8], ..)?;
    let names = ["planck_fk1", "planck_fk2", "planck_bc1", "planck_bc2"];
    for (name, value) in names.iter().zip(planck) {
        nc.add_variable::<f32>(name, &[])?.put_value(value, ())?;
    }
    nc.close()
}
