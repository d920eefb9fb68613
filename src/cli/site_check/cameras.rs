//! The part of `strawfire site check` that looks at the cameras: whether each gives pictures, and whether what it sees has a place.

use super::{Line, Mark, PATIENCE};
use crate::imagery::health::Reference;
use crate::imagery::{self, Credentials, Pace, Seen, Source};
use crate::layers::dem::Dem;
use crate::site::{Camera, Secret, Site};
use crate::time::Clock;
use crate::watch::model::Model;
use crate::watch::sight::{Eye, dem_around_all};
use futures_util::future::join_all;
use std::path::Path;

/// All lines about cameras; none where the site has none.
pub async fn lines(site: &Site) -> Vec<Line> {
    if let Err(error) = site.all_cameras() {
        return vec![(Mark::Wrong, format!("{error}; no camera is looked at"))];
    }
    if site.cameras.is_empty() {
        return vec![(Mark::Absent, "cameras.toml: no camera; smoke is not looked for in pictures".to_string())];
    }
    let mut lines = vec![model(site)];
    let dem = match dem_around_all(site) {
        Ok(dem) => dem,
        Err(error) => {
            lines.push((Mark::Broken, format!("cameras: {error}")));
            None
        }
    };
    lines.extend(join_all(site.cameras.iter().map(|camera| of(camera, dem.as_ref()))).await.into_iter().flatten());
    lines
}

fn model(site: &Site) -> Line {
    match crate::cli::model::folder(None, site).and_then(|folder| Model::load(&folder)) {
        Ok(model) => (Mark::Works, format!("camera model: whole, SHA-256 {}", model.about.sha256)),
        Err(error) => (Mark::Broken, format!("camera model: {error}; nothing is seen in the pictures of cameras")),
    }
}

async fn of(camera: &Camera, dem: Option<&Dem>) -> Vec<Line> {
    let name = format!("camera {}", camera.id);
    let mut lines = Vec::new();
    let size = match shown(camera).await {
        None => {
            lines.push((Mark::Absent, format!("{name}: no source; the station does not look at it")));
            camera.size_px
        }
        Some(Ok(size)) => {
            lines.push((Mark::Works, format!("{name}: gives pictures of {} x {} px", size.0, size.1)));
            Some(size)
        }
        Some(Err(what)) => {
            lines.push((Mark::Broken, format!("{name}: {what}")));
            camera.size_px
        }
    };
    if camera.view.is_none() && camera.hook.is_none() {
        let said = "presets and neither a direction of its own nor a hook: where it looks is not known, and nothing that it sees has a place";
        lines.push((Mark::Broken, format!("{name}: {said}")));
    }
    let own = camera.view.is_some().then_some(None);
    for preset in own.into_iter().chain(camera.presets.iter().map(|preset| Some(preset.id.as_str()))) {
        let of = preset.map_or(name.clone(), |preset| format!("{name}/{preset}"));
        if let Some(Err(error)) = dem.map(|dem| Eye::of(camera, preset, size, dem)) {
            lines.push((Mark::Broken, format!("{of}: {error}")));
        }
        match camera.reference(preset) {
            None => lines.push((
                Mark::Absent,
                format!(
                    "{of}: no reference picture; nobody notices when it is turned away (reference in cameras.toml)"
                ),
            )),
            Some(path) => lines.extend(wrong_reference(path).map(|said| (Mark::Broken, format!("{of}: {said}")))),
        }
    }
    lines
}

fn wrong_reference(path: &Path) -> Option<String> {
    let picture = match image::open(path) {
        Ok(picture) => picture.into_rgb8(),
        Err(error) => return Some(format!("{}: {error}", path.display())),
    };
    let is_clear = Reference::of(&picture).is_some();
    (!is_clear).then(|| format!("{}: too little structure; take a clear picture by day", path.display()))
}

/// Width and height of the first picture that its source gives, or why there is none; `None` without a source.
async fn shown(camera: &Camera) -> Option<Result<(u32, u32), String>> {
    let text = camera.source.as_ref()?;
    let asked = Source::parse(text, &camera.written).and_then(|source| {
        let login = match (&camera.user, &camera.password) {
            (Some(user), Some(password)) => {
                Some(Credentials { user: user.clone(), password: Secret::read(password, &camera.written)? })
            }
            _ => None,
        };
        Ok((source, login))
    });
    let (source, login) = match asked {
        Ok(asked) => asked,
        Err(error) => return Some(Err(error.to_string())),
    };
    let frames = imagery::open(&source, login, Pace { every_s: 1.0 }, Clock::MACHINE);
    let first = async {
        let mut said = "gives no picture".to_string();
        loop {
            match frames.next().await {
                Some(Seen::Frame(frame)) => return Ok(frame.image.dimensions()),
                // it may be well the next time it is asked
                Some(Seen::Trouble { what, .. }) => said = what,
                None => return Err(said),
            }
            if said.contains("401") || said.contains("refused") {
                return Err(said);
            }
        }
    };
    let within = tokio::time::timeout(PATIENCE, first).await;
    Some(
        within.unwrap_or_else(|_| Err(format!("{}: found no picture within {} s", source.shown(), PATIENCE.as_secs()))),
    )
}
