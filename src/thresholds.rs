//! Every number that decides about a fire, with the paper, table or equation it comes from and how sure that is.
//!
//! Detectors hold no numbers of their own. `docs/THRESHOLDS.md` is printed from these tables.

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

/// Defines a set of thresholds once: the struct, its defaults, its table and setting by name.
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

            /// Changes one number by name; `false` when there is none of that name.
            pub fn set(&mut self, name: &str, value: f32) -> bool {
                match name { $(stringify!($name) => self.$name = value,)* _ => return false }
                true
            }

            /// One number by name.
            pub fn get(&self, name: &str) -> Option<f32> {
                match name { $(stringify!($name) => Some(self.$name),)* _ => None }
            }
        }
    };
}
