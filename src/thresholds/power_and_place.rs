//! Radiative power, errors of places, and when two fires are one.

use super::{Row, Standing};

thresholds! {
    /// Fire radiative power from MIR radiance (Wooster 2003, 2005).
    FrpThresholds {
        a_modis = 3.0e-9, "W m-2 sr-1 um-1 K-4", "Coefficient of L = a T^4 at 3.96 um.", "Wooster, ALGORITHMS 6.1", SecondHand;
        a_abi = 3.08e-9, "W m-2 sr-1 um-1 K-4", "The same at 3.90 um.", "GOES-R, ALGORITHMS 6.1", SecondHand;
        a_viirs_m13 = 2.88e-9, "W m-2 sr-1 um-1 K-4", "The same at 4.05 um.", "ALGORITHMS 2.8 and 6.1", SecondHand;
        a_viirs_i4 = 3.24e-9, "W m-2 sr-1 um-1 K-4", "The same at 3.74 um: least squares over 650-1350 K.", "ALGORITHMS 6.1", OwnCalculation;
        a_mersi_b21 = 2.81e-9, "W m-2 sr-1 um-1 K-4", "The same at 4.05 um.", "ALGORITHMS 6.1", OwnCalculation;
        a_slstr = 3.24e-9, "W m-2 sr-1 um-1 K-4", "The same at 3.74 um.", "ALGORITHMS 6.1", OwnCalculation;
        a_ahi = 3.08e-9, "W m-2 sr-1 um-1 K-4", "The same at 3.85 um: least squares over 650-1350 K.", "ALGORITHMS 6.1", OwnCalculation;
        a_agri = 3.23e-9, "W m-2 sr-1 um-1 K-4", "The same for 3.50-4.00 um.", "ALGORITHMS 6.1", OwnCalculation;
        a_ami = 3.12e-9, "W m-2 sr-1 um-1 K-4", "The same at 3.83 um.", "least squares over 650-1350 K, form of ALGORITHMS 6.1", OwnCalculation;
    }
}

thresholds! {
    /// What the place of a fire may be wrong by, and when two are one.
    PlaceThresholds {
        unknown_height_m = 2500.0, "m", "Height of the ground that is not known without a DEM; fields of Haidong lie at 1700-3000 m.", "ours, ALGORITHMS 8.3", OwnChoice;
        navigation_m = 1000.0, "m", "Navigation of a geostationary imager.", "AHI less than 1 km, Okuyama 2018, ALGORITHMS 4.0", Confirmed;
        viirs_navigation_m = 75.0, "m", "Geolocation of VIIRS, terrain-corrected.", "VNP03 user guide, one standard error at nadir", FromMemory;
        modis_navigation_m = 50.0, "m", "Geolocation of MODIS, terrain-corrected.", "MOD03, Wolfe 2002", FromMemory;
        mersi_navigation_m = 500.0, "m", "Geolocation of MERSI-II: half a pixel.", "ours", OwnChoice;
        slstr_navigation_m = 100.0, "m", "Geolocation of SLSTR.", "S3 mission performance reports", FromMemory;
        viirs_duplicate_pixels = 0.5, "pixels", "Fires of two scans nearer than this are one.", "ALGORITHMS 2.1", OwnChoice;
        duplicate_pixels = 0.6, "pixels", "The same for the other scanners.", "ALGORITHMS 8.5", OwnChoice;
    }
}
