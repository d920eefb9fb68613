//! What lies around and above a fire (ALGORITHMS 10.2): ground that it has burnt, and smoke.

use crate::error::{Result, usage};
use crate::fires::Fire;
use crate::ground::{Cell, Setting};
use crate::optics::Optics;
use crate::smoke::Plumes;
use crate::terrain::detail_weight;
use serde_json::{Value, json};

/// Area of fresh char in areas of its fire.
const CHAR_AREAS: f64 = 10.0;

/// What all fires of a scene have around and above them.
#[derive(Debug, clap::Args)]
pub struct AroundArgs {
    /// Around each fire ten times its area is fresh char, so much warmer than the ground was (5 to 20 K is usual), 0.4 times
    /// as bright to the Sun and of emissivity 0.96.
    #[arg(long = "char", value_name = "KELVIN")]
    char_k: Option<f64>,
    /// Above each fire a plume of smoke drifts 2 km to the east and fades: so opaque to visible light over the fire, 0 to 0.5,
    /// a fifth of that at 3.9 um and clear in the thermal infrared.
    #[arg(long, value_name = "OPACITY")]
    smoke: Option<f64>,
}

/// The same, ready.
#[derive(Debug, Default)]
pub struct Around {
    pub plumes: Plumes,
    pub scorches: Vec<Scorch>,
}

/// Fresh char around one fire.
#[derive(Clone, Copy, Debug)]
pub struct Scorch {
    pub lon: f64,
    pub lat: f64,
    pub area_m2: f64,
    warmer_k: f64,
    /// The ground there as it was.
    cell: Cell,
}

impl AroundArgs {
    pub fn is_empty(&self) -> bool {
        self.char_k.is_none() && self.smoke.is_none()
    }

    #[cfg(test)]
    pub fn of_char(kelvin: f64) -> AroundArgs {
        AroundArgs { char_k: Some(kelvin), smoke: None }
    }

    /// What is around and above these fires.
    pub fn of(&self, fires: &[Fire], setting: &Setting) -> Result<Around> {
        if let Some(kelvin) = self.char_k.filter(|kelvin| !(0.0..=50.0).contains(kelvin)) {
            return Err(usage(format!("--char {kelvin}"), "0 to 50 K", "write it like --char 10"));
        }
        if let Some(opacity) = self.smoke.filter(|opacity| !(0.0..=0.5).contains(opacity)) {
            return Err(usage(format!("--smoke {opacity}"), "an opacity of 0 to 0.5", "write it like --smoke 0.3"));
        }
        let plumes = self.smoke.map(|opacity| Plumes::above(fires, opacity)).unwrap_or_default();
        let scorches: Vec<Scorch> = match self.char_k {
            Some(warmer_k) => fires.iter().map(|fire| Scorch::of(fire, warmer_k, setting, &plumes)).collect(),
            None => Vec::new(),
        };
        Ok(Around { plumes, scorches })
    }

    /// The truth of a scene with what was asked for; without that it is what it was.
    pub fn told(&self, mut truth: Value) -> Value {
        if let Some(kelvin) = self.char_k {
            truth["char_k"] = json!(kelvin);
            truth["char_areas"] = json!(CHAR_AREAS);
        }
        if let Some(opacity) = self.smoke {
            truth["smoke_opacity"] = json!(opacity);
        }
        truth
    }
}

impl Scorch {
    fn of(fire: &Fire, warmer_k: f64, setting: &Setting, plumes: &Plumes) -> Scorch {
        let (lon, lat) = (fire.lon, fire.lat);
        let ground =
            if detail_weight(lon, lat) > 0.0 { setting.site_cell(lon, lat) } else { setting.plain_cell(lon, lat) };
        let cell = Cell { smoke: plumes.opacity(lon, lat) as f32, ..ground };
        Scorch { lon, lat, area_m2: CHAR_AREAS * fire.area_m2(), warmer_k, cell }
    }

    /// Radiance of a pixel full of it, with the air, smoke and cloud above.
    pub fn radiance(&self, optics: &Optics) -> f64 {
        optics.charred(&self.cell, self.warmer_k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn char_is_ten_times_its_fire() {
        let setting = Setting::new(3, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let fires = [Fire::parse("102.4,36.4,800,150").expect("a fire")];
        let args = AroundArgs { char_k: Some(10.0), smoke: Some(0.3) };
        let around = args.of(&fires, &setting).expect("sound");
        assert_eq!((around.scorches.len(), around.scorches[0].area_m2), (1, 1500.0));
        assert!((f64::from(around.scorches[0].cell.smoke) - 0.3).abs() < 1e-6);
        assert_eq!(args.told(json!({}))["char_k"], json!(10.0));
    }

    #[test]
    fn nothing_is_around_a_fire_unasked() {
        let setting = Setting::new(3, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let fires = [Fire::parse("102.4,36.4,800,150").expect("a fire")];
        let none = AroundArgs { char_k: None, smoke: None };
        let around = none.of(&fires, &setting).expect("sound");
        assert!(none.is_empty() && around.scorches.is_empty() && around.plumes.is_empty());
        assert_eq!(none.told(json!({"simulated": true})), json!({"simulated": true}));
        for (char_k, smoke) in [(Some(-1.0), None), (Some(f64::NAN), None), (None, Some(0.6))] {
            assert!(AroundArgs { char_k, smoke }.of(&fires, &setting).is_err());
        }
    }
}
