//! The metadata of a Sentinel-2 Level-1C product, named as in the real ones; see `safe_tile` for those of its tile.

use super::grid::Grid;
use super::light::Light;
use super::sensor::MSI;

/// Reflectance is (count + offset) / this.
pub const QUANTIFICATION: f64 = 10_000.0;
/// Solar irradiances of the thirteen bands by number, W m-2 um-1, as a real product of Sentinel-2A has them.
const SUN: [f64; 13] =
    [1884.69, 1959.66, 1823.24, 1512.06, 1424.64, 1287.61, 1162.08, 1041.63, 955.32, 812.92, 367.15, 245.59, 85.25];
/// What a product is.
pub struct Product<'a> {
    /// Name of the folder, with `.SAFE`.
    pub name: &'a str,
    /// A, B or C.
    pub unit: char,
    /// As `05.10`.
    pub baseline: &'a str,
    /// Added to a count, -1000 or 0.
    pub offset: i32,
    /// As `T48STF`.
    pub tile: &'a str,
    pub zone: u8,
    /// Folder of the granule below GRANULE.
    pub granule: &'a str,
    /// Names of the images below IMG_DATA without their ends.
    pub images: &'a [String],
    pub time: jiff::Timestamp,
    pub light: Light,
    /// Pixels of 10 m.
    pub grid: Grid,
    /// Longitude and latitude of the corners, from the north-west clockwise.
    pub corners: [(f64, f64); 4],
    /// Mean opacity of the clouds.
    pub cloud: f64,
    /// The masks of clouds are a raster.
    pub classified: bool,
}

impl Product<'_> {
    /// MTD_MSIL1C.xml.
    pub fn product_xml(&self) -> String {
        let (time, unit, orbit) = (self.instant(), self.unit, "061");
        let images: String = self
            .images
            .iter()
            .map(|name| format!("          <IMAGE_FILE>GRANULE/{}/IMG_DATA/{name}</IMAGE_FILE>\n", self.granule))
            .collect();
        let suns = list(|i| {
            format!("<SOLAR_IRRADIANCE bandId=\"{i}\" unit=\"W/m\u{b2}/\u{b5}m\">{}</SOLAR_IRRADIANCE>", SUN[i])
        });
        let offsets = match self.offset {
            0 => String::new(),
            offset => format!(
                "      <Radiometric_Offset_List>\n{}      </Radiometric_Offset_List>\n",
                list(|i| format!("<RADIO_ADD_OFFSET band_id=\"{i}\">{offset}</RADIO_ADD_OFFSET>"))
            ),
        };
        let corners = self.corners.iter().chain(self.corners.first());
        let footprint: String = corners.map(|(lon, lat)| format!("{lat:.10} {lon:.10} ")).collect();
        format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- SIMULATED by strawfire-sim: no image of the earth -->
<n1:Level-1C_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-1C.xsd">
  <n1:General_Info>
    <Product_Info>
      <PRODUCT_START_TIME>{time}</PRODUCT_START_TIME>
      <PRODUCT_STOP_TIME>{time}</PRODUCT_STOP_TIME>
      <PRODUCT_URI>{name}</PRODUCT_URI>
      <PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL>
      <PRODUCT_TYPE>S2MSI1C</PRODUCT_TYPE>
      <PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
      <PROCESSING_CENTER>SIM_</PROCESSING_CENTER>
      <SIMULATED>YES</SIMULATED>
      <GENERATION_TIME>{time}</GENERATION_TIME>
      <PREVIEW_IMAGE_URL>Not applicable</PREVIEW_IMAGE_URL>
      <PREVIEW_GEO_INFO>Not applicable</PREVIEW_GEO_INFO>
      <Datatake datatakeIdentifier="GS2{unit}_{stamp}_040000_N{baseline}">
        <SPACECRAFT_NAME>Sentinel-2{unit}</SPACECRAFT_NAME>
        <DATATAKE_TYPE>INS-NOBS</DATATAKE_TYPE>
        <DATATAKE_SENSING_START>{time}</DATATAKE_SENSING_START>
        <SENSING_ORBIT_NUMBER>{orbit}</SENSING_ORBIT_NUMBER>
        <SENSING_ORBIT_DIRECTION>DESCENDING</SENSING_ORBIT_DIRECTION>
      </Datatake>
      <Query_Options completeSingleTile="true">
        <PRODUCT_FORMAT>SAFE_COMPACT</PRODUCT_FORMAT>
      </Query_Options>
      <Product_Organisation>
        <Granule_List>
          <Granule datastripIdentifier="S2{unit}_OPER_MSI_L1C_DS_SIM__{stamp}_S{stamp}_N{baseline}" granuleIdentifier="{tile_id}" imageFormat="JPEG2000">
{images}          </Granule>
        </Granule_List>
      </Product_Organisation>
    </Product_Info>
    <Product_Image_Characteristics>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT>
        <SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX>
      </Special_Values>
      <Special_Values>
        <SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT>
        <SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX>
      </Special_Values>
      <QUANTIFICATION_VALUE unit="none">{QUANTIFICATION}</QUANTIFICATION_VALUE>
{offsets}      <Reflectance_Conversion>
        <U>{u}</U>
        <Solar_Irradiance_List>
{suns}        </Solar_Irradiance_List>
      </Reflectance_Conversion>
    </Product_Image_Characteristics>
  </n1:General_Info>
  <n1:Geometric_Info>
    <Product_Footprint>
      <Product_Footprint>
        <Global_Footprint>
          <EXT_POS_LIST>{footprint}</EXT_POS_LIST>
        </Global_Footprint>
      </Product_Footprint>
    </Product_Footprint>
    <Coordinate_Reference_System>
      <GEO_TABLES version="1">EPSG</GEO_TABLES>
      <HORIZONTAL_CS_TYPE>GEOGRAPHIC</HORIZONTAL_CS_TYPE>
    </Coordinate_Reference_System>
  </n1:Geometric_Info>
  <n1:Quality_Indicators_Info>
    <Cloud_Coverage_Assessment>{cloud:.4}</Cloud_Coverage_Assessment>
  </n1:Quality_Indicators_Info>
</n1:Level-1C_User_Product>
"#,
            name = self.name,
            baseline = self.baseline,
            stamp = self.stamp(),
            tile_id = self.tile_id(),
            u = self.light.distance_au.powi(-2),
            cloud = 100.0 * self.cloud,
        )
    }

    pub(super) fn tile_id(&self) -> String {
        format!("S2{}_OPER_MSI_L1C_TL_SIM__{}_A040000_{}_N{}", self.unit, self.stamp(), self.tile, self.baseline)
    }

    pub(super) fn stamp(&self) -> String {
        self.time.strftime("%Y%m%dT%H%M%S").to_string()
    }

    pub(super) fn instant(&self) -> String {
        self.time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
    }
}

/// Number of a band that is drawn in the lists of thirteen: B8A stands after B08.
pub fn band_id(name: &str) -> Option<usize> {
    match name.strip_prefix('B')? {
        "8A" => Some(8),
        number => number
            .parse::<usize>()
            .ok()
            .and_then(|number| if number > 8 { Some(number) } else { number.checked_sub(1) }),
    }
}

/// Thirteen lines, one a band.
fn list(line: impl Fn(usize) -> String) -> String {
    (0..SUN.len()).map(|i| format!("          {}\n", line(i))).collect()
}

/// manifest.safe: enough of it that a product is known for one.
pub fn manifest() -> String {
    let bands: Vec<&str> = MSI.bands.iter().map(|band| band.name).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- SIMULATED by strawfire-sim: bands {} alone -->
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" version="esa/safe/sentinel/1.1/sentinel-2/msi/archive_l1c_user_product"/>
"#,
        bands.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(offset: i32) -> (String, String) {
        let images = ["T48STF_20251020T035000_B12".to_string()];
        let product = Product {
            name: "S2B_MSIL1C_20251020T035000_N0510_R061_T48STF_20251020T035000.SAFE",
            unit: 'B',
            baseline: "05.10",
            offset,
            tile: "T48STF",
            zone: 48,
            granule: "L1C_T48STF_A040000_20251020T035000",
            images: &images,
            time: "2025-10-20T03:50:00Z".parse().expect("a time"),
            light: Light { elevation_deg: 40.0, azimuth_deg: 158.0, distance_au: 1.0 },
            grid: Grid { west_m: 199_980.0, north_m: 4_100_040.0, pixel_m: 10.0, lines: 10_980, columns: 10_980 },
            corners: [(101.6, 37.0), (102.9, 37.0), (102.9, 36.0), (101.6, 36.0)],
            cloud: 0.1,
            classified: offset != 0,
        };
        (product.product_xml(), product.tile_xml())
    }

    #[test]
    fn readers_find_what_they_look_for() {
        let (product, tile) = product(-1000);
        for words in [
            "<PROCESSING_BASELINE>05.10</PROCESSING_BASELINE>",
            "<QUANTIFICATION_VALUE unit=\"none\">10000</QUANTIFICATION_VALUE>",
            "<RADIO_ADD_OFFSET band_id=\"12\">-1000</RADIO_ADD_OFFSET>",
            "<SOLAR_IRRADIANCE bandId=\"12\" unit=\"W/m\u{b2}/\u{b5}m\">85.25</SOLAR_IRRADIANCE>",
            "<IMAGE_FILE>GRANULE/L1C_T48STF_A040000_20251020T035000/IMG_DATA/T48STF_20251020T035000_B12</IMAGE_FILE>",
            "<DATATAKE_SENSING_START>2025-10-20T03:50:00.000Z</DATATAKE_SENSING_START>",
            "<SIMULATED>YES</SIMULATED>",
            "<U>1</U>",
        ] {
            assert!(product.contains(words), "{words}{product}");
        }
        for words in [
            "<Size resolution=\"20\">\n        <NROWS>5490</NROWS>",
            "<ULX>199980</ULX>\n        <ULY>4100040</ULY>\n        <XDIM>60</XDIM>\n        <YDIM>-60</YDIM>",
            "<ZENITH_ANGLE unit=\"deg\">50</ZENITH_ANGLE>",
            "<HORIZONTAL_CS_CODE>EPSG:32648</HORIZONTAL_CS_CODE>",
            "MSK_CLASSI_B00.jp2",
        ] {
            assert!(tile.contains(words), "{words}{tile}");
        }
        assert_eq!(tile.matches("<VALUES>").count(), 46);
    }

    #[test]
    fn old_products_have_no_offsets_and_no_raster_of_clouds() {
        let (product, tile) = product(0);
        assert!(!product.contains("RADIO_ADD_OFFSET") && !tile.contains("MSK_CLASSI"));
    }

    #[test]
    fn bands_have_the_numbers_of_the_lists() {
        let ids: Vec<Option<usize>> = MSI.bands.iter().map(|band| band_id(band.name)).collect();
        assert_eq!(ids, [0, 1, 2, 3, 8, 11, 12].map(Some));
        for band in &MSI.bands {
            assert_eq!(band_id(band.name).map(|i| SUN[i]), Some(band.sun));
        }
    }
}
