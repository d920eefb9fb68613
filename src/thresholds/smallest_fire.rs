//! Which fire a clear look would have shown: the first power of the tables of docs/skill-studies.md of which nine in ten are found.
//! They are simulated fires over simulated ground. What is no row of a table is a default, and coverage says so.

use super::{Row, Standing};

thresholds! {
    /// Power of the smallest fire found in nine of ten clear looks.
    SmallestFires {
        viirs_375m_day = 2.0, "MW", "VIIRS 375 m by day, sensitive and plateau.", "docs/skill-studies.md: 1.00", OwnCalculation;
        viirs_375m_day_reference = 5.0, "MW", "VIIRS 375 m by day, reference.", "docs/skill-studies.md: 1.00", OwnCalculation;
        viirs_375m_night = 2.0, "MW", "VIIRS 375 m by night, reference and sensitive.", "docs/skill-studies.md: .92", OwnCalculation;
        viirs_375m_night_plateau = 1.0, "MW", "VIIRS 375 m by night, plateau.", "docs/skill-studies.md: 1.00", OwnCalculation;
        viirs_750m_day = 5.0, "MW", "VIIRS 750 m by day, sensitive and plateau.", "docs/skill-studies.md: .96", OwnCalculation;
        viirs_750m_day_reference = 10.0, "MW", "VIIRS 750 m by day, reference.", "docs/skill-studies.md: .90", OwnCalculation;
        viirs_750m_night = 40.0, "MW", "VIIRS 750 m by night, reference and sensitive.", "twice the greatest power of its table (20 MW: .86)", OwnChoice;
        viirs_750m_night_plateau = 20.0, "MW", "VIIRS 750 m by night, plateau.", "docs/skill-studies.md: .99", OwnCalculation;
        modis_day = 10.0, "MW", "MODIS by day, sensitive and plateau.", "docs/skill-studies.md: .98", OwnCalculation;
        modis_day_reference = 20.0, "MW", "MODIS by day, reference.", "docs/skill-studies.md: .96", OwnCalculation;
        modis_night = 40.0, "MW", "MODIS by night.", "twice the greatest power of its table (20 MW: .40 to .56)", OwnChoice;
        kilometre = 40.0, "MW", "A scanner of 1 km without a table (MERSI-II, SLSTR).", "that of MODIS by night, ours", OwnChoice;
        himawari_day = 160.0, "MW", "Himawari by day, one slot alone.", "twice the greatest power of its table (80 MW: .30)", OwnChoice;
        himawari_night = 20.0, "MW", "Himawari by night, one slot alone.", "docs/skill-studies.md, series sealed 1, space: 1.00", OwnCalculation;
        himawari_day_baseline = 80.0, "MW", "Himawari by day with the time baseline.", "docs/skill-studies.md, series sealed 1, both: 1.00", OwnCalculation;
        himawari_night_baseline = 20.0, "MW", "Himawari by night with the time baseline.", "docs/skill-studies.md, series sealed 1, both: 1.00", OwnCalculation;
        goes_day = 100.0, "MW", "GOES-R ABI by day.", "docs/skill-studies.md, injected into a real scene: .994", OwnCalculation;
        goes_night = 20.0, "MW", "GOES-R ABI by night.", "docs/skill-studies.md, injected into a real scene: .983", OwnCalculation;
        geostationary_day = 160.0, "MW", "A geostationary imager without a table (AGRI, AMI) by day.", "that of one slot of Himawari, ours", OwnChoice;
        geostationary_night = 40.0, "MW", "The same by night.", "twice that of Himawari, ours", OwnChoice;
        geostationary_reference = 400.0, "MW", "Profile reference (FTA) of any geostationary imager.", "twice the greatest power of its table (GOES by day, 200 MW: .406), ours", OwnChoice;
        low_sun_from_deg = -4.0, "deg", "From this height of the sun on it is neither day nor night: the greater of both powers counts.", "the twilight of the tables in docs/skill-studies.md", OwnChoice;
        low_sun_to_deg = 10.0, "deg", "Up to this height.", "the twilight of the tables in docs/skill-studies.md", OwnChoice;
    }
}
