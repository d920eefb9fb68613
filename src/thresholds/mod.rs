//! The numbers that decide about a fire, with the paper, table or equation each comes from and how sure that is.
//!
//! What shapes an algorithm (window sides, kernels, passes, cells) stands beside it as a constant with the same marks.
//! `docs/THRESHOLDS.md` is printed from these tables.

/// How sure the origin of a number is (the marks of the algorithm pages).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// \[C\] read in the source.
    Confirmed,
    /// \[C2\] read in a re-implementation or summary only.
    SecondHand,
    /// \[M\] known from the literature, not checked.
    FromMemory,
    /// \[D\] sources disagree.
    Disputed,
    /// \[O\] our own calculation.
    OwnCalculation,
    /// \[P\] our own choice.
    OwnChoice,
}

impl Standing {
    /// The mark in brackets.
    pub fn mark(self) -> &'static str {
        match self {
            Standing::Confirmed => "C",
            Standing::SecondHand => "C2",
            Standing::FromMemory => "M",
            Standing::Disputed => "D",
            Standing::OwnCalculation => "O",
            Standing::OwnChoice => "P",
        }
    }
}

/// One row of a threshold table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Name, as in the code.
    pub name: &'static str,
    /// Default value.
    pub value: f32,
    /// Unit.
    pub unit: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// How sure that is.
    pub standing: Standing,
}

/// Defines a set of thresholds once: the struct, its defaults, its table, and access by name.
macro_rules! thresholds {
    ($(#[$doc:meta])* $set:ident { $($name:ident = $value:expr, $unit:literal, $meaning:literal, $source:literal, $standing:ident;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $set { $(#[doc = $meaning] #[doc = ""] #[doc = concat!("Unit: ", $unit, ". Source: ", $source, ".")] pub $name: f32,)* }

        impl Default for $set {
            fn default() -> Self { $set { $($name: $value,)* } }
        }

        impl $set {
            /// The table of all numbers with their sources.
            pub const TABLE: &[Row] = &[$(Row {
                name: stringify!($name), value: $value, unit: $unit, meaning: $meaning, source: $source,
                standing: Standing::$standing,
            },)*];

            /// A number by its name.
            pub fn get(&self, name: &str) -> Option<f32> {
                match name { $(stringify!($name) => Some(self.$name),)* _ => None }
            }

            /// Changes a number by its name; `false` where there is none.
            pub fn set(&mut self, name: &str, value: f32) -> bool {
                match name { $(stringify!($name) => self.$name = value,)* _ => return false }
                true
            }
        }
    };
}

/// Unit of a choice between two readings: 1 yes, 0 no.
pub const CHOICE: &str = "0/1";

/// Whether a choice of unit `CHOICE` is yes.
pub fn chosen(choice: f32) -> bool {
    choice >= 0.5
}

mod drones;
mod field;
mod fusing;
mod geostationary;
mod health;
mod modis;
mod notices;
mod patrol;
mod power_and_place;
mod reconciling;
mod screening;
mod smallest_fire;
mod triage;
mod viirs_i;
mod watching;

pub use drones::DroneThresholds;
pub use field::{
    AfdThresholds, FieldThresholds, KumarRoyThresholds, MurphyThresholds, SchroederThresholds, TaiThresholds,
};
pub use fusing::FuseThresholds;
pub use geostationary::{BaselineThresholds, FtaThresholds, MaskThresholds, RegressionThresholds};
pub use health::HealthThresholds;
pub use modis::{ModisThresholds, SensorRows};
pub use notices::NoticeThresholds;
pub use patrol::PatrolThresholds;
pub use power_and_place::{FrpThresholds, PlaceThresholds};
pub use reconciling::ReconcileThresholds;
pub use screening::{ClassThresholds, PanelThresholds, StaticProfile, StaticThresholds};
pub use smallest_fire::SmallestFires;
pub use triage::TriageThresholds;
pub use viirs_i::ViirsThresholds;
pub use watching::WatchThresholds;

/// All sets by name: the struct, its defaults, and access to every number as `set.number`.
macro_rules! collection {
    ($($(#[$doc:meta])* $name:ident: $set:ident = $default:expr, $printed:expr;)*) => {
        /// All numbers of all detectors.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Thresholds { $($(#[$doc])* pub $name: $set,)* }

        impl Default for Thresholds {
            fn default() -> Self { Thresholds { $($name: $default,)* } }
        }

        impl Thresholds {
            /// The tables with their names.
            pub const TABLES: &[(&'static str, &'static [Row])] = &[$((stringify!($name), $printed),)*];

            /// Names of all numbers, as `set.number`, with their rows.
            pub fn names() -> Vec<(String, &'static Row)> {
                let mut names = Vec::new();
                $(names.extend($set::TABLE.iter().map(|row| (format!("{}.{}", stringify!($name), row.name), row)));)*
                names
            }

            /// A number by its name, e.g. `viirs_i.glint_near_deg`.
            pub fn get(&self, name: &str) -> Option<f32> {
                let (set, number) = name.split_once('.')?;
                match set { $(stringify!($name) => self.$name.get(number),)* _ => None }
            }

            /// Changes a number by its name; `false` where there is none.
            pub fn set(&mut self, name: &str, value: f32) -> bool {
                let Some((set, number)) = name.split_once('.') else { return false };
                match set { $(stringify!($name) => self.$name.set(number, value),)* _ => false }
            }
        }
    };
}

collection! {
    /// Masks.
    mask: MaskThresholds = MaskThresholds::default(), MaskThresholds::TABLE;
    /// Local regression.
    regression: RegressionThresholds = RegressionThresholds::default(), RegressionThresholds::TABLE;
    /// FTA.
    fta: FtaThresholds = FtaThresholds::default(), FtaThresholds::TABLE;
    /// Time baseline of geostationary sensors.
    baseline: BaselineThresholds = BaselineThresholds::default(), BaselineThresholds::TABLE;
    /// VIIRS 375 m.
    viirs_i: ViirsThresholds = ViirsThresholds::default(), ViirsThresholds::TABLE;
    /// MODIS.
    modis: ModisThresholds = ModisThresholds::default(), ModisThresholds::TABLE;
    /// VIIRS 750 m: the MODIS form; the table has only what is its own.
    viirs_m: ModisThresholds = ModisThresholds::of(modis::VIIRS_M), modis::VIIRS_M;
    /// MERSI-II: the MODIS form; the table has only what is its own.
    mersi2: ModisThresholds = ModisThresholds::of(modis::MERSI2), modis::MERSI2;
    /// SLSTR: the MODIS form; the table has only what is its own.
    slstr: ModisThresholds = ModisThresholds::of(modis::SLSTR), modis::SLSTR;
    /// Schroeder 2016 at 30 m.
    schroeder: SchroederThresholds = SchroederThresholds::default(), SchroederThresholds::TABLE;
    /// Kumar and Roy 2018 at 30 m.
    kumar_roy: KumarRoyThresholds = KumarRoyThresholds::default(), KumarRoyThresholds::TABLE;
    /// Murphy 2016 at 30 m.
    murphy: MurphyThresholds = MurphyThresholds::default(), MurphyThresholds::TABLE;
    /// TAI of Sentinel-2.
    tai: TaiThresholds = TaiThresholds::default(), TaiThresholds::TABLE;
    /// AFD-S2.
    afd_s2: AfdThresholds = AfdThresholds::default(), AfdThresholds::TABLE;
    /// 30 m and 20 m imagery.
    field: FieldThresholds = FieldThresholds::default(), FieldThresholds::TABLE;
    /// Sunlight from solar panels.
    panel: PanelThresholds = PanelThresholds::default(), PanelThresholds::TABLE;
    /// Detections to events.
    fuse: FuseThresholds = FuseThresholds::default(), FuseThresholds::TABLE;
    /// Notices of events to officers.
    notice: NoticeThresholds = NoticeThresholds::default(), NoticeThresholds::TABLE;
    /// Other people's lists.
    reconcile: ReconcileThresholds = ReconcileThresholds::default(), ReconcileThresholds::TABLE;
    /// What the desk is shown beside an event.
    triage: TriageThresholds = TriageThresholds::default(), TriageThresholds::TABLE;
    /// Special patrols.
    patrol: PatrolThresholds = PatrolThresholds::default(), PatrolThresholds::TABLE;
    /// Static sources of heat.
    static_heat: StaticThresholds = StaticThresholds::default(), StaticThresholds::TABLE;
    /// Class by land cover and season.
    class: ClassThresholds = ClassThresholds::default(), ClassThresholds::TABLE;
    /// Smallest fire that a clear look would have shown.
    smallest_fire: SmallestFires = SmallestFires::default(), SmallestFires::TABLE;
    /// Radiative power.
    frp: FrpThresholds = FrpThresholds::default(), FrpThresholds::TABLE;
    /// Errors of the place.
    place: PlaceThresholds = PlaceThresholds::default(), PlaceThresholds::TABLE;
    /// Cameras.
    watch: WatchThresholds = WatchThresholds::default(), WatchThresholds::TABLE;
    /// What ails a camera.
    camera: HealthThresholds = HealthThresholds::default(), HealthThresholds::TABLE;
    /// Hot areas and poses of drones.
    drone: DroneThresholds = DroneThresholds::default(), DroneThresholds::TABLE;
}

/// A named choice of algorithm and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The published form as it stands: FTA, VNP14IMG with both candidate tests, MOD14 with fixed potential fires.
    Reference,
    /// What our measurements favour: local regression for geostationary sensors, either candidate test for VIIRS,
    /// potential fires relative to the surroundings for the MODIS form.
    Sensitive,
    /// `sensitive` for cold plateaus: what is cold for its surroundings is cloud, not what is cold. For geostationary
    /// sensors the same as `sensitive`, whose masks are relative to the local clear sky already.
    Plateau,
}

impl Profile {
    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "reference" => Some(Profile::Reference),
            "sensitive" => Some(Profile::Sensitive),
            "plateau" => Some(Profile::Plateau),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Reference => "reference",
            Profile::Sensitive => "sensitive",
            Profile::Plateau => "plateau",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_reached_by_its_name() {
        let mut t = Thresholds::default();
        for (name, _) in Thresholds::names() {
            let value = t.get(&name).expect("a number");
            assert!(t.set(&name, value + 1.0), "{name}");
            assert_eq!(t.get(&name), Some(value + 1.0), "{name}");
        }
        assert!(!t.set("viirs_i.no_such_number", 1.0) && t.get("nothing").is_none());
    }

    /// A row that is named wrongly would change nothing.
    #[test]
    fn rows_of_the_modis_form_name_its_numbers() {
        for rows in [modis::REIMPLEMENTED_CONFIDENCE, modis::VIIRS_M, modis::MERSI2, modis::SLSTR] {
            let t = ModisThresholds::of(rows);
            assert!(rows.iter().all(|row| t.get(row.name) == Some(row.value)));
        }
    }
}
