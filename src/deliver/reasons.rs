//! Reasons of scan.json in the words of a desk.

use crate::fire::DropReason;

/// A reason of scan.json as a desk reads it; also those that are no judgement of the heat.
pub fn spoken_reason(name: &str) -> &str {
    use DropReason::{
        CloudEdge, DeliveredTwice, OutsideCounties, SnowEdge, SolarGlint, StaticSource, StrayLight, Twilight, UsualHeat,
    };
    let judged = [UsualHeat, CloudEdge, SnowEdge, Twilight, StrayLight, SolarGlint, StaticSource];
    match judged.iter().find(|reason| reason.name() == name).and_then(|reason| reason.spoken()) {
        Some(spoken) => spoken,
        None if name == OutsideCounties.name() => "县界以外",
        None if name == DeliveredTwice.name() => "重复资料",
        None => name,
    }
}
