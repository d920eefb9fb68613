use super::*;
use crate::cover::Cover;
use crate::ground::{Cell, Setting};
use crate::terrain::{KM_PER_LAT, KM_PER_LON, River};

fn setting(time: &str, traps: &[Trap]) -> Setting {
    Setting::new(7, time.parse().expect("a time"), 0.0).trapped(traps)
}

const NOON: &str = "2025-06-15T05:30:00Z";
const NIGHT: &str = "2025-06-15T18:30:00Z";

/// Places on dry floors of both valleys.
fn floors() -> Vec<(f64, f64)> {
    let beside = |river: River, i: usize| {
        let lon = 101.9 + 0.01 * i as f64;
        (lon, river.latitude(lon) + 0.012)
    };
    (0..100).flat_map(|i| [beside(River::Huangshui, i), beside(River::Yellow, i)]).collect()
}

fn cells(setting: &Setting, places: &[(f64, f64)]) -> Vec<Cell> {
    places.iter().map(|(lon, lat)| setting.site_cell(*lon, *lat)).collect()
}

fn plots(cells: &[Cell]) -> Vec<Plot> {
    cells.iter().flat_map(|cell| cell.plots).collect()
}

#[test]
fn every_trap_has_a_bit_of_its_own() {
    let all = <Trap as clap::ValueEnum>::value_variants();
    let terrain = Terrain::new(1);
    for trap in all {
        let alone = Traps::of(&[*trap], &terrain, 1);
        assert!(all.iter().all(|other| alone.has(*other) == (other == trap)), "{trap:?}");
    }
    assert!(Traps::of(&[], &terrain, 1).is_empty());
}

/// ALGORITHMS 10.5: 320 to 335 K, heavy tailed; 10.2: up to 0.25 bright at 3.9 um. The floors lie at 1650 to 2350 m, 6.5 K a km.
#[test]
fn bare_soil_is_hot_by_day_and_little_warmer_by_night() {
    let places = floors();
    let (with, without) = (cells(&setting(NOON, &[Trap::Bare]), &places), cells(&setting(NOON, &[]), &places));
    let bare: Vec<Plot> = plots(&with).into_iter().filter(|plot| plot.cover == Cover::Bare).collect();
    assert!(bare.len() > 600, "{}", bare.len());
    let mean = bare.iter().map(|plot| f64::from(plot.temperature_k)).sum::<f64>() / bare.len() as f64;
    assert!((322.0..333.0).contains(&mean), "{mean}");
    assert!(bare.iter().all(|plot| (311.0..344.0).contains(&plot.temperature_k)));
    let bright = |plot: &Plot| Cover::Bare.reflectance(7) * f64::from(plot.tone) * f64::from(plot.mir);
    assert!(bare.iter().all(|plot| (0.1199..0.2501).contains(&bright(plot))));
    assert!(bare.iter().any(|plot| bright(plot) > 0.24) && bare.iter().any(|plot| bright(plot) < 0.125));
    let middle = |cells: &[Cell]| {
        let all = plots(cells);
        all.iter().map(|plot| f64::from(plot.temperature_k)).sum::<f64>() / all.len() as f64
    };
    assert!(middle(&with) > middle(&without) + 5.0);
    let (with, without) = (cells(&setting(NIGHT, &[Trap::Bare]), &places), cells(&setting(NIGHT, &[]), &places));
    assert!((middle(&with) - middle(&without) - 3.0).abs() < 0.5);
}

#[test]
fn snow_and_its_cloud_end_at_the_line() {
    let spring = setting("2025-04-05T05:30:00Z", &[Trap::Snow]);
    let (mut high, mut snowed, mut cloudy) = (0, 0, 0);
    let places = (0..120).flat_map(|i| (0..60).map(move |j| (101.7 + 0.01 * f64::from(i), 35.6 + 0.02 * f64::from(j))));
    for (lon, lat) in places {
        let metres = spring.terrain.elevation_m(lon, lat);
        let cell = spring.site_cell(lon, lat);
        let snow = cell.plots.iter().filter(|plot| plot.cover == Cover::Snow).count();
        // 2600 m less the patches and the drift; 120 m for the cloud
        assert!(metres > 2370.0 || snow == 0, "{metres}");
        assert!(metres > 2480.0 || cell.cloud == 0.0, "{metres}");
        if metres > 3400.0 {
            high += PLOTS;
            snowed += snow;
            cloudy += usize::from(cell.cloud > 0.5);
        }
        assert!(cell.plots.iter().all(|plot| plot.cover != Cover::Snow || plot.temperature_k <= 273.15));
    }
    assert!(high > 400 && snowed as f64 > 0.99 * high as f64, "{snowed} of {high}");
    let share = cloudy as f64 * PLOTS as f64 / high as f64;
    assert!((0.2..0.7).contains(&share), "{share}");
}

/// The trap: half of 300 to 900 m of water to either side of the course.
#[test]
fn rivers_are_in_flood() {
    let summer = setting(NOON, &[Trap::Glint]);
    let wet = |km: f64| {
        let of = |i: usize| {
            let lon = 101.9 + 0.01 * i as f64;
            let lat = River::Huangshui.latitude(lon) + km / KM_PER_LAT;
            summer.site_cell(lon, lat).plots.iter().all(|plot| plot.cover == Cover::Water)
        };
        (0..100).filter(|i| of(*i)).count()
    };
    assert_eq!((wet(0.14), wet(0.46)), (100, 0));
    assert!((20..80).contains(&wet(0.30)), "{}", wet(0.30));
}

#[test]
fn parks_are_dark_and_warm() {
    let (with, without) = (setting(NOON, &[Trap::Parks]), setting(NOON, &[]));
    let mut sizes = Vec::new();
    for (i, park) in with.traps.parks.iter().enumerate() {
        let truth = park.truth(i + 1);
        let number = |word: &str| truth[word].as_f64().expect("a number");
        sizes.push(number("area_km2"));
        let (lon, lat, warmer) = (number("lon"), number("lat"), number("warmer_k"));
        let (a, b) = (with.site_cell(lon, lat), without.site_cell(lon, lat));
        assert_eq!(a.plots.iter().filter(|plot| plot.cover == Cover::Panel).count(), PLOTS / 2);
        // the air takes half of the ground's temperature, which is that of the place and not of its panels
        assert_eq!(a.air_k, b.air_k);
        assert!((5.0..=15.0).contains(&warmer));
        let corner = |k: usize, axis: usize| truth["ring"][k][axis].as_f64().expect("a number");
        let area = (corner(1, 0) - corner(0, 0)) * KM_PER_LON * (corner(2, 1) - corner(1, 1)) * KM_PER_LAT;
        assert!((area - number("area_km2")).abs() < 0.01, "{area}");
        let outside = with.site_cell(corner(1, 0) + 0.001, lat);
        assert!(outside.plots.iter().all(|plot| plot.cover != Cover::Panel));
    }
    assert!(sizes.len() == 12 && sizes.iter().all(|km2| (0.499..4.001).contains(km2)), "{sizes:?}");
    assert_ne!(
        sizes,
        Traps::of(&[Trap::Parks], &with.terrain, 8).parks.map(|p| p.truth(1)["area_km2"].as_f64().expect("km2"))
    );
}

#[test]
fn works_burn_day_and_night() {
    let (day, night) = (setting(NOON, &[Trap::Kilns]), setting(NIGHT, &[Trap::Kilns]));
    let truths = |setting: &Setting| -> Vec<serde_json::Value> {
        let works = kilns::of(setting);
        works.iter().enumerate().map(|(i, one)| one.truth(i + 1, setting, None)).collect()
    };
    assert_eq!(truths(&day), truths(&night));
    assert_eq!(truths(&day).len(), 10);
    for one in truths(&day) {
        let number = |word: &str| one[word].as_f64().expect("a number");
        assert!((5.0..20.0).contains(&number("frp_mw")) && (900.0..1400.0).contains(&number("temperature_k")), "{one}");
    }
    assert!(kilns::of(&setting(NOON, &[Trap::Parks])).is_empty());
}

/// The trap: 15 to 25 K between lit and shaded slopes over a kilometre. Four cells in five of the hills lie between these two.
#[test]
fn shadows_are_cold_over_a_kilometre() {
    let morning = setting("2025-04-15T00:30:00Z", &[Trap::Shadow]);
    let mean_of = |lon: f64, lat: f64| {
        let cells = (0..9).map(|i| (lon + f64::from(i % 3) * 0.0037, lat + f64::from(i / 3) * 0.003));
        let differences = cells.map(|(lon, lat)| {
            let relief = morning.terrain.relief(lon, lat);
            let sun = crate::sun::position(morning.moment.days_j2000, lon, lat);
            shadow::light(&morning.terrain, lon, lat, &relief, &sun).1
        });
        differences.sum::<f64>() / 9.0
    };
    let places = (0..30).flat_map(|i| (0..30).map(move |j| (101.8 + 0.04 * f64::from(i), 35.5 + 0.05 * f64::from(j))));
    let hills = places.filter(|(lon, lat)| morning.terrain.height(*lon, *lat).1 > 6.0);
    let mut kelvins: Vec<f64> = hills.map(|(lon, lat)| mean_of(lon, lat)).collect();
    kelvins.sort_by(f64::total_cmp);
    let at = |share: f64| kelvins[(share * kelvins.len() as f64) as usize];
    let (wide, wider) = (at(0.9) - at(0.1), at(0.98) - at(0.02));
    assert!((14.0..20.0).contains(&wide) && (19.0..28.0).contains(&wider), "{wide} {wider}");
}

#[test]
fn the_truth_tells_of_traps_and_is_what_it_was_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = serde_json::json!({ "simulated": true });
    let told_of = |traps: &[Trap]| told(before.clone(), folder.path(), &setting(NOON, traps), None).expect("told");
    assert_eq!(told_of(&[]), before);
    assert_eq!(told_of(&[Trap::Snow, Trap::Bare])["traps"], serde_json::json!(["bare", "snow"]));
    assert!(!folder.path().join("parks.geojson").exists());
    let both = told_of(&[Trap::Kilns, Trap::Parks]);
    assert_eq!((both["works"].as_array().map(Vec::len), both["parks"].as_array().map(Vec::len)), (Some(10), Some(12)));
    let text = std::fs::read_to_string(folder.path().join("parks.geojson")).expect("written");
    let parks: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(parks["features"].as_array().map(Vec::len), Some(12));
    assert_eq!(parks["features"][3]["geometry"]["coordinates"][0], both["parks"][3]["ring"]);
}
