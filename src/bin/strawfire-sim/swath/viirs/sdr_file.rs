//! One HDF5 file of the SDR: All_Data, Data_Products, the user block, and the words that readers look for.

use super::{Granule, Satellite};
use crate::error::Result;
use crate::swath::clock;
use crate::swath::h5::{self, Array, Order};
use hdf5_pure::{AttrValue, FileBuilder, GroupBuilder};
use jiff::Timestamp;
use std::path::Path;

/// Scans of a granule: 85.75 s [C].
pub const SCANS: usize = 48;
/// Level of the deflate filter.
pub const DEFLATE: u32 = 1;
/// Size of the user block [C].
const USER_BLOCK: u64 = 1024;

/// A product of the SDR: the start of its name and its collection.
pub struct Product {
    pub prefix: String,
    pub collection: String,
    pub tag: &'static str,
}

impl Product {
    /// SVI04 and VIIRS-I4-SDR of the band I04.
    pub fn of_band(name: &str) -> Product {
        let short = format!("{}{}", &name[..1], name[1..].trim_start_matches('0'));
        Product { prefix: format!("SV{name}"), collection: format!("VIIRS-{short}-SDR"), tag: "SDR" }
    }
}

/// The name of a file. The time of creation is two hours after its end, so that a seed always gives the same bytes.
pub fn name(prefix: &str, file: &Granule) -> String {
    let tenths = |t: Timestamp| format!("{}{}", clock::text(t, "%H%M%S"), t.subsec_millisecond().max(0) / 100);
    format!(
        "{prefix}_{}_d{}_t{}_e{}_b{:05}_c{}000000_sims_dev.h5",
        short_name(file.satellite),
        clock::text(file.start, "%Y%m%d"),
        tenths(file.start),
        tenths(file.end),
        file.orbit_number,
        clock::text(created(file), "%Y%m%d%H%M%S"),
    )
}

fn created(file: &Granule) -> Timestamp {
    clock::after(file.end, 7200.0)
}

fn short_name(satellite: Satellite) -> &'static str {
    match satellite {
        Satellite::Npp => "npp",
        Satellite::J01 => "j01",
        Satellite::J02 => "j02",
    }
}

/// Writes a file with its arrays.
pub fn write(
    path: &Path,
    product: &Product,
    file: &Granule,
    granules: &[Granule],
    geo: &str,
    arrays: Vec<(String, Array)>,
) -> Result<()> {
    let mut builder = FileBuilder::new();
    builder.with_userblock(USER_BLOCK);
    builder.with_userblock_content(&user_block(product, file));
    for (word, value) in root_words(file, geo) {
        builder.set_attr(word, value);
    }
    let group_name = format!("{}_All", product.collection);
    let mut all = builder.create_group("All_Data");
    let mut data = all.create_group(&group_name);
    let paths: Vec<String> = arrays.iter().map(|(name, _)| format!("/All_Data/{group_name}/{name}")).collect();
    for (name, array) in arrays {
        array.add_to(&mut data, &name);
    }
    let scans: Vec<i32> = granules.iter().map(|g| g.scans as i32).collect();
    Array::with(Order::Big, &[scans.len()], scans).add_to(&mut data, "NumberOfScans");
    all.add_group(data.finish());
    builder.add_group(all.finish());
    let mut products = builder.create_group("Data_Products");
    let group = products.create_group(&product.collection);
    products.add_group(describe(group, product, file, granules, &paths));
    builder.add_group(products.finish());
    h5::publish(builder, path)
}

fn root_words(file: &Granule, geo: &str) -> Vec<(&'static str, AttrValue)> {
    let platform = short_name(file.satellite).to_uppercase();
    vec![
        ("simulated", AttrValue::I32(1)),
        ("Distributor", one("sims")),
        ("Mission_Name", one("S-NPP/JPSS")),
        ("N_Dataset_Source", one("sims")),
        ("N_GEO_Ref", one(geo)),
        ("N_HDF_Creation_Date", one(clock::text(created(file), "%Y%m%d"))),
        ("N_HDF_Creation_Time", one(time_of_day(created(file)))),
        ("Platform_Short_Name", one(platform)),
    ]
}

/// The group of a product: an aggregate, and the granules in it.
fn describe(
    mut group: GroupBuilder,
    product: &Product,
    file: &Granule,
    granules: &[Granule],
    paths: &[String],
) -> hdf5_pure::FinishedGroup {
    group.set_attr("Instrument_Short_Name", one("VIIRS"));
    group.set_attr("N_Anc_Type_Tasked", one("Official"));
    group.set_attr("N_Collection_Short_Name", one(product.collection.clone()));
    group.set_attr("N_Dataset_Type_Tag", one(product.tag));
    group.set_attr("N_Processing_Domain", one("simulated"));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let aggregate = group.create_dataset(&format!("{}_Aggr", product.collection));
    aggregate.with_path_references(&paths);
    for (word, value) in aggregate_words(file, granules) {
        aggregate.set_attr(word, value);
    }
    for (number, granule) in granules.iter().enumerate() {
        let dataset = group.create_dataset(&format!("{}_Gran_{number}", product.collection));
        dataset.with_path_references(&paths);
        for (word, value) in granule_words(granule) {
            dataset.set_attr(word, value);
        }
    }
    group.finish()
}

fn aggregate_words(file: &Granule, granules: &[Granule]) -> Vec<(&'static str, AttrValue)> {
    let id = |granule: Option<&Granule>| one(granule.map(granule_id).unwrap_or_default());
    vec![
        ("AggregateBeginningDate", one(clock::text(file.start, "%Y%m%d"))),
        ("AggregateBeginningGranuleID", id(granules.first())),
        ("AggregateBeginningOrbitNumber", AttrValue::I32Array(vec![file.orbit_number])),
        ("AggregateBeginningTime", one(time_of_day(file.start))),
        ("AggregateEndingDate", one(clock::text(file.end, "%Y%m%d"))),
        ("AggregateEndingGranuleID", id(granules.last())),
        ("AggregateEndingOrbitNumber", AttrValue::I32Array(vec![file.orbit_number])),
        ("AggregateEndingTime", one(time_of_day(file.end))),
        ("AggregateNumberGranules", AttrValue::U64Array(vec![granules.len() as u64])),
    ]
}

fn granule_words(granule: &Granule) -> Vec<(&'static str, AttrValue)> {
    let [west, east, south, north] = granule.bounds.map(|b| AttrValue::F32Array(vec![b as f32]));
    let ring =
        |pick: fn(&(f64, f64)) -> f64| AttrValue::F32Array(granule.ring8.iter().map(|c| pick(c) as f32).collect());
    let iet = |t: Timestamp| AttrValue::I64Array(vec![clock::iet(t.as_millisecond() as f64 / 1e3)]);
    vec![
        ("Ascending/Descending_Indicator", AttrValue::U8Array(vec![u8::from(!granule.ascending.0)])),
        ("Beginning_Date", one(clock::text(granule.start, "%Y%m%d"))),
        ("Beginning_Time", one(time_of_day(granule.start))),
        ("Ending_Date", one(clock::text(granule.end, "%Y%m%d"))),
        ("Ending_Time", one(time_of_day(granule.end))),
        ("G-Ring_Latitude", ring(|c| c.1)),
        ("G-Ring_Longitude", ring(|c| c.0)),
        ("West_Bounding_Coordinate", west),
        ("East_Bounding_Coordinate", east),
        ("South_Bounding_Coordinate", south),
        ("North_Bounding_Coordinate", north),
        ("N_Beginning_Orbit_Number", AttrValue::I32Array(vec![granule.orbit_number])),
        ("N_Beginning_Time_IET", iet(granule.start)),
        ("N_Ending_Time_IET", iet(granule.end)),
        ("N_Day_Night_Flag", one(granule.day_night())),
        ("N_Granule_ID", one(granule_id(granule))),
        ("N_Granule_Status", one("N/A")),
        ("N_Granule_Version", one("A1")),
        ("N_Number_Of_Scans", AttrValue::I32Array(vec![granule.scans as i32])),
    ]
}

/// The satellite and the tenths of seconds since its launch.
fn granule_id(granule: &Granule) -> String {
    let tenths = (granule.start.as_millisecond() / 100).rem_euclid(1_000_000_000_000);
    format!("{}{tenths:012}", short_name(granule.satellite).to_uppercase())
}

fn time_of_day(time: Timestamp) -> String {
    clock::text(time, "%H%M%S.%6fZ")
}

/// A text as an array of one, as the real files have it (there one by one).
fn one(value: impl Into<String>) -> AttrValue {
    AttrValue::AsciiStringArray(vec![value.into()])
}

fn user_block(product: &Product, file: &Granule) -> Vec<u8> {
    let platform = file.satellite.platform();
    let block = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<HDF_UserBlock>\n<Simulated>1</Simulated>\n\
         <Mission_Name>S-NPP/JPSS</Mission_Name>\n<Platform_Short_Name>{platform}</Platform_Short_Name>\n\
         <Collection>{}</Collection>\n</HDF_UserBlock>\n",
        product.collection
    );
    block.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_named_as_the_ground_segment_names_them() {
        let product = Product::of_band("I04");
        assert_eq!((product.prefix.as_str(), product.collection.as_str()), ("SVI04", "VIIRS-I4-SDR"));
        assert_eq!(Product::of_band("M13").collection, "VIIRS-M13-SDR");
    }
}
