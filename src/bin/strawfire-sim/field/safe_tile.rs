//! MTD_TL.xml, the metadata of a tile of Sentinel-2: where its pixels lie, and where the sun stands.

use super::safe::Product;
use std::fmt::Write;

/// Sides of pixels, m.
const RESOLUTIONS: [f64; 3] = [10.0, 20.0, 60.0];
/// Nodes a side of the grids of angles, and metres between them.
const NODES: usize = 23;
const NODE_M: usize = 5000;

impl Product<'_> {
    /// GRANULE/*/MTD_TL.xml. The sun is the same over the whole tile.
    pub fn tile_xml(&self) -> String {
        let zenith = 90.0 - self.light.elevation_deg;
        let grids = angles("Zenith", zenith) + &angles("Azimuth", self.light.azimuth_deg);
        let (mut sizes, mut positions) = (String::new(), String::new());
        for resolution in RESOLUTIONS {
            let grid = self.grid.with_pixels(resolution);
            // writing to a string cannot fail
            let _ = write!(
                sizes,
                "      <Size resolution=\"{resolution}\">\n        <NROWS>{}</NROWS>\n        <NCOLS>{}</NCOLS>\n      </Size>\n",
                grid.lines, grid.columns
            );
            let _ = write!(
                positions,
                "      <Geoposition resolution=\"{resolution}\">\n        <ULX>{}</ULX>\n        <ULY>{}</ULY>\n        \
                 <XDIM>{resolution}</XDIM>\n        <YDIM>-{resolution}</YDIM>\n      </Geoposition>\n",
                grid.west_m, grid.north_m
            );
        }
        let mask = if self.classified { self.mask() } else { String::new() };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- SIMULATED by strawfire-sim: no image of the earth -->
<n1:Level-1C_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-1C_Tile_Metadata.xsd">
  <n1:General_Info>
    <TILE_ID metadataLevel="Brief">{tile_id}</TILE_ID>
    <DATASTRIP_ID metadataLevel="Standard">S2{unit}_OPER_MSI_L1C_DS_SIM__{stamp}_S{stamp}_N{baseline}</DATASTRIP_ID>
    <DOWNLINK_PRIORITY metadataLevel="Standard">NOMINAL</DOWNLINK_PRIORITY>
    <SENSING_TIME metadataLevel="Standard">{time}</SENSING_TIME>
    <Archiving_Info metadataLevel="Expertise">
      <ARCHIVING_CENTRE>SIM_</ARCHIVING_CENTRE>
      <ARCHIVING_TIME>{time}</ARCHIVING_TIME>
    </Archiving_Info>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Tile_Geocoding metadataLevel="Brief">
      <HORIZONTAL_CS_NAME>WGS84 / UTM zone {zone}N</HORIZONTAL_CS_NAME>
      <HORIZONTAL_CS_CODE>EPSG:{code}</HORIZONTAL_CS_CODE>
{sizes}{positions}    </Tile_Geocoding>
    <Tile_Angles metadataLevel="Standard">
      <Sun_Angles_Grid>
{grids}      </Sun_Angles_Grid>
      <Mean_Sun_Angle>
        <ZENITH_ANGLE unit="deg">{zenith}</ZENITH_ANGLE>
        <AZIMUTH_ANGLE unit="deg">{azimuth}</AZIMUTH_ANGLE>
      </Mean_Sun_Angle>
    </Tile_Angles>
  </n1:Geometric_Info>
  <n1:Quality_Indicators_Info metadataLevel="Standard">
    <Image_Content_QI>
      <CLOUDY_PIXEL_PERCENTAGE>{cloud:.4}</CLOUDY_PIXEL_PERCENTAGE>
    </Image_Content_QI>
    <Pixel_Level_QI geometry="FULL_RESOLUTION">
{mask}    </Pixel_Level_QI>
  </n1:Quality_Indicators_Info>
</n1:Level-1C_Tile_ID>
"#,
            tile_id = self.tile_id(),
            unit = self.unit,
            stamp = self.stamp(),
            baseline = self.baseline,
            time = self.instant(),
            zone = self.zone,
            code = 32_600 + u32::from(self.zone),
            azimuth = self.light.azimuth_deg,
            cloud = 100.0 * self.cloud,
        )
    }

    fn mask(&self) -> String {
        let path = format!("GRANULE/{}/QI_DATA/MSK_CLASSI_B00.jp2", self.granule);
        format!("      <MASK_FILENAME type=\"MSK_CLASSI\">{path}</MASK_FILENAME>\n")
    }
}

/// A grid of the same angle everywhere.
fn angles(name: &str, degrees: f64) -> String {
    let row = vec![format!("{degrees:.6}"); NODES].join(" ");
    let rows = format!("            <VALUES>{row}</VALUES>\n").repeat(NODES);
    format!(
        "        <{name}>\n          <COL_STEP unit=\"m\">{NODE_M}</COL_STEP>\n          \
         <ROW_STEP unit=\"m\">{NODE_M}</ROW_STEP>\n          <Values_List>\n{rows}          </Values_List>\n        </{name}>\n"
    )
}
