//! The texts that make an HDF file an HDF-EOS2 swath, and the ECS inventory (object description language).

use super::Granule;
use crate::swath::clock;
use std::fmt::Write;

/// A field of a swath: name, type and dimensions.
pub type Field = (&'static str, &'static str, &'static [&'static str]);

/// The structure of a swath.
pub struct Swath {
    pub name: &'static str,
    pub dimensions: Vec<(&'static str, usize)>,
    /// (geolocation dimension, data dimension, offset, increment).
    pub maps: &'static [(&'static str, &'static str, usize, usize)],
    pub places: &'static [Field],
    pub data: Vec<Field>,
}

impl Swath {
    /// The text of `StructMetadata.0`.
    pub fn text(&self) -> String {
        let mut t = String::from("GROUP=SwathStructure\n\tGROUP=SWATH_1\n");
        let _ = writeln!(t, "\t\tSwathName=\"{}\"", self.name);
        t.push_str("\t\tGROUP=Dimension\n");
        for (i, (name, size)) in self.dimensions.iter().enumerate() {
            object(&mut t, "Dimension", i, &[format!("DimensionName=\"{name}\""), format!("Size={size}")]);
        }
        t.push_str("\t\tEND_GROUP=Dimension\n\t\tGROUP=DimensionMap\n");
        for (i, (geo, data, offset, step)) in self.maps.iter().enumerate() {
            let lines = [
                format!("GeoDimension=\"{geo}\""),
                format!("DataDimension=\"{data}\""),
                format!("Offset={offset}"),
                format!("Increment={step}"),
            ];
            object(&mut t, "DimensionMap", i, &lines);
        }
        t.push_str("\t\tEND_GROUP=DimensionMap\n\t\tGROUP=IndexDimensionMap\n\t\tEND_GROUP=IndexDimensionMap\n");
        fields(&mut t, "GeoField", self.places);
        fields(&mut t, "DataField", &self.data);
        t.push_str("\t\tGROUP=MergedFields\n\t\tEND_GROUP=MergedFields\n\tEND_GROUP=SWATH_1\n");
        t.push_str("END_GROUP=SwathStructure\nGROUP=GridStructure\nEND_GROUP=GridStructure\n");
        t.push_str("GROUP=PointStructure\nEND_GROUP=PointStructure\nEND\n");
        t
    }
}

fn fields(t: &mut String, kind: &str, fields: &[Field]) {
    let _ = writeln!(t, "\t\tGROUP={kind}");
    for (i, (name, number, dimensions)) in fields.iter().enumerate() {
        let list = dimensions.iter().map(|d| format!("\"{d}\"")).collect::<Vec<_>>().join(",");
        let lines = [format!("{kind}Name=\"{name}\""), format!("DataType=DFNT_{number}"), format!("DimList=({list})")];
        object(t, kind, i, &lines);
    }
    let _ = writeln!(t, "\t\tEND_GROUP={kind}");
}

fn object(t: &mut String, kind: &str, index: usize, lines: &[String]) {
    let _ = writeln!(t, "\t\t\tOBJECT={kind}_{}", index + 1);
    for line in lines {
        let _ = writeln!(t, "\t\t\t\t{line}");
    }
    let _ = writeln!(t, "\t\t\tEND_OBJECT={kind}_{}", index + 1);
}

/// The text of `CoreMetadata.0`: as much of the inventory as readers use.
pub fn inventory(short_name: &str, file_name: &str, granule: &Granule) -> String {
    let date = |t| quoted(&clock::text(t, "%Y-%m-%d"));
    let time = |t| quoted(&clock::text(t, "%H:%M:%S.%6f"));
    let ring = |pick: fn(&(f64, f64)) -> f64| {
        let all: Vec<String> = granule.ring.iter().map(|c| format!("{:.6}", pick(c))).collect();
        format!("({})", all.join(", "))
    };
    let mut t = String::from("\nGROUP                  = INVENTORYMETADATA\n  GROUPTYPE            = MASTERGROUP\n");
    group(
        &mut t,
        "ECSDATAGRANULE",
        &[
            ("LOCALGRANULEID", quoted(file_name)),
            ("DAYNIGHTFLAG", quoted(granule.day_night())),
            ("PRODUCTIONDATETIME", quoted(&clock::text(granule.end, "%Y-%m-%dT%H:%M:%S.000Z"))),
            ("SIMULATED", quoted("1")),
        ],
    );
    group(&mut t, "COLLECTIONDESCRIPTIONCLASS", &[("VERSIONID", "61".to_string()), ("SHORTNAME", quoted(short_name))]);
    group(
        &mut t,
        "RANGEDATETIME",
        &[
            ("RANGEBEGINNINGDATE", date(granule.start)),
            ("RANGEBEGINNINGTIME", time(granule.start)),
            ("RANGEENDINGDATE", date(granule.end)),
            ("RANGEENDINGTIME", time(granule.end)),
        ],
    );
    container(&mut t, "ORBITCALCULATEDSPATIALDOMAIN", &[("ORBITNUMBER", granule.orbit_number.to_string())]);
    container(
        &mut t,
        "GPOLYGON",
        &[
            ("GRINGPOINTLONGITUDE", ring(|c| c.0)),
            ("GRINGPOINTLATITUDE", ring(|c| c.1)),
            ("GRINGPOINTSEQUENCENO", "(1, 2, 3, 4)".to_string()),
        ],
    );
    container(
        &mut t,
        "ASSOCIATEDPLATFORMINSTRUMENTSENSOR",
        &[
            ("ASSOCIATEDPLATFORMSHORTNAME", quoted(granule.satellite.platform())),
            ("ASSOCIATEDINSTRUMENTSHORTNAME", quoted("MODIS")),
            ("ASSOCIATEDSENSORSHORTNAME", quoted("MODIS")),
        ],
    );
    t.push_str("END_GROUP              = INVENTORYMETADATA\nEND\n");
    t
}

fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}

fn group(t: &mut String, name: &str, objects: &[(&str, String)]) {
    let _ = writeln!(t, "  GROUP                = {name}");
    for (object, value) in objects {
        entry(t, object, value, None);
    }
    let _ = writeln!(t, "  END_GROUP            = {name}");
}

/// A group whose objects lie in a numbered container.
fn container(t: &mut String, name: &str, objects: &[(&str, String)]) {
    let _ = writeln!(t, "  GROUP                = {name}");
    let _ = writeln!(t, "    OBJECT             = {name}CONTAINER\n      CLASS            = \"1\"");
    for (object, value) in objects {
        entry(t, object, value, Some("1"));
    }
    let _ = writeln!(t, "    END_OBJECT         = {name}CONTAINER\n  END_GROUP            = {name}");
}

fn entry(t: &mut String, object: &str, value: &str, class: Option<&str>) {
    let _ = writeln!(t, "      OBJECT           = {object}");
    if let Some(class) = class {
        let _ = writeln!(t, "        CLASS          = \"{class}\"");
    }
    let count = if value.starts_with('(') { 4 } else { 1 };
    let _ = writeln!(t, "        NUM_VAL        = {count}\n        VALUE          = {value}");
    let _ = writeln!(t, "      END_OBJECT       = {object}");
}
