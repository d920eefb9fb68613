//! Cases as data: a made scene, and the fire mask value that one of its pixels must get. Each is run as it stands, and
//! again with every threshold moved (`make mutants`): a threshold that moves unnoticed is a threshold nobody tests.

use super::found::SwathFound;
use super::made::Made;
use crate::scene::swath::SwathScene;
use crate::thresholds::{CHOICE, Profile, Row, Thresholds};
use rayon::prelude::*;

/// One case.
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The scene.
    pub scene: SwathScene,
    /// Profile.
    pub profile: Profile,
    /// Numbers that differ from their defaults.
    pub settings: Vec<(&'static str, f32)>,
    /// The pixel looked at.
    pub at: (usize, usize),
    /// Its value in the fire mask: 0 missing, 1 bow-tie, 2 glint, 3 water, 4 cloud, 5 land, 6 no background, 7 to 9 fire
    /// of low, nominal and high confidence.
    pub expected: u8,
}

/// A case of the middle pixel in profile `reference`.
pub fn case(name: &str, mut scene: SwathScene, change: impl FnOnce(&mut SwathScene), expected: u8) -> Case {
    change(&mut scene);
    let at = scene.middle();
    Case { name: name.into(), scene, profile: Profile::Reference, settings: Vec::new(), at, expected }
}

type Find = fn(&SwathScene, Profile, &Thresholds) -> SwathFound;

impl Case {
    fn outcome(&self, find: Find, thresholds: &Thresholds) -> u8 {
        let mut t = thresholds.clone();
        for (name, value) in &self.settings {
            assert!(t.set(name, *value), "{name}");
        }
        let found = find(&self.scene, self.profile, &t);
        let confidence = found.fires.iter().find(|fire| fire.at == self.at).map(|fire| fire.confidence);
        crate::detect::swath::mask_value(found.classes[self.at], confidence)
    }

    fn holds(&self, find: Find, thresholds: &Thresholds) -> bool {
        self.outcome(find, thresholds) == self.expected
    }
}

/// Fails with the names of the cases that do not hold.
pub fn check(find: Find, cases: &[Case]) {
    let t = Thresholds::default();
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, case.outcome(find, &t)))
        .filter(|(case, got)| *got != case.expected)
        .map(|(case, got)| format!("{}: {got} and not {}", case.name, case.expected))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// The values that a number is moved to: 20 per cent up and down, whole pixels at least one, choices to the other, what
/// is zero by 5 K or 0.1.
fn moved(row: &Row, value: f32) -> Vec<f32> {
    if row.unit == CHOICE {
        return vec![1.0 - value];
    }
    let least = match (row.unit, value == 0.0) {
        ("pixels", _) => 1.0,
        ("K", true) => 5.0,
        (_, true) => 0.1,
        _ => 0.0,
    };
    let by = (value.abs() * 0.2).max(least);
    vec![value + by, value - by]
}

/// Moves every number of a set, runs all cases until one notices, and prints how many did; gives killed and all.
pub fn mutate(set: &str, find: Find, cases: &[Case]) -> (usize, usize) {
    let (mut killed, mut all) = (0, 0);
    for (name, row) in Thresholds::names().into_iter().filter(|(name, _)| name.split('.').next() == Some(set)) {
        for value in moved(row, row.value) {
            let mut t = Thresholds::default();
            assert!(t.set(&name, value));
            // a case that sets this very number says nothing about its default
            let witness = cases
                .par_iter()
                .filter(|case| case.settings.iter().all(|(own, _)| *own != name))
                .find_any(|case| !case.holds(find, &t));
            all += 1;
            killed += usize::from(witness.is_some());
            if witness.is_none() {
                println!("survived: {name} {} -> {value}", row.value);
            }
        }
    }
    println!(
        "{set}: {killed} of {all} mutants killed ({:.1} %) by {} cases",
        100.0 * killed as f64 / all as f64,
        cases.len()
    );
    (killed, all)
}
