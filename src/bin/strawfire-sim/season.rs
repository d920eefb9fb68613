//! Surface temperature through the year and the day at 2000 m in Haidong, before terrain and land cover.
//!
//! Shaped after the estimates of ALGORITHMS 10.2: valley October 13:30 local 290-300 K, 01:30 272-280 K; January night
//! at 3 km 250-262 K; June 13:30 bare 305-325 K.

/// Lapse rate, K per m.
pub const LAPSE_K_PER_M: f64 = 0.0065;
/// Height that the seasonal curve is for, m.
pub const REFERENCE_M: f64 = 2000.0;

/// The moment of a scene.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Day of the year, fractional.
    pub day_of_year: f64,
    /// Hour of the day, UTC, fractional.
    pub utc_hour: f64,
    /// Days since J2000, for the Sun.
    pub days_j2000: f64,
}

impl Moment {
    pub fn of(time: jiff::Timestamp) -> Self {
        let days = crate::sun::days_j2000(time.as_second() as f64);
        let civil = time.to_zoned(jiff::tz::TimeZone::UTC);
        let utc_hour = (days + 0.5).rem_euclid(1.0) * 24.0;
        Moment { day_of_year: f64::from(civil.day_of_year()) + utc_hour / 24.0, utc_hour, days_j2000: days }
    }

    /// Number of the UTC day, for what changes from day to day.
    pub fn day(&self) -> i64 {
        (self.days_j2000 + 0.5).floor() as i64
    }

    /// 1 at midsummer of the ground (mid July), -1 at midwinter.
    pub fn summer(&self) -> f64 {
        (std::f64::consts::TAU * (self.day_of_year - 196.0) / 365.25).cos()
    }

    /// Skin temperature (K) of dry bare ground at 2000 m, 36.3 N, at a longitude.
    pub fn ground_k(&self, lon_deg: f64) -> f64 {
        self.mean_k() + self.swing_k(lon_deg)
    }

    /// The middle of the day's range of that temperature, K.
    pub fn mean_k(&self) -> f64 {
        286.0 + 15.0 * self.summer()
    }

    /// How far it is from its middle at this hour, K.
    pub fn swing_k(&self, lon_deg: f64) -> f64 {
        let solar_hour = self.utc_hour + lon_deg / 15.0;
        let wave = (std::f64::consts::TAU * (solar_hour - 13.0) / 24.0).cos();
        // The night half is flatter than the day half: the ground cools ever more slowly.
        let wave = if wave < 0.0 { 0.75 * wave } else { wave };
        (13.0 + 4.0 * self.summer()) * wave
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(time: &str) -> f64 {
        Moment::of(time.parse().expect("a time")).ground_k(102.1)
    }

    #[test]
    fn within_the_ranges_of_the_forward_model() {
        assert!((290.0..300.0).contains(&ground("2025-10-20T05:30:00Z")));
        assert!((272.0..280.0).contains(&ground("2025-10-20T17:30:00Z")));
        assert!((305.0..325.0).contains(&ground("2025-06-20T05:30:00Z")));
        let january_at_3_km = ground("2025-01-15T18:30:00Z") - 1000.0 * LAPSE_K_PER_M;
        assert!((250.0..262.0).contains(&january_at_3_km), "{january_at_3_km}");
    }
}
