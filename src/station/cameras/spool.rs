//! What was seen and the store has not taken yet, a file each: a program that is killed while the store is away loses nothing.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::sighting::Sighting;
use std::collections::VecDeque;
use std::path::PathBuf;

/// What waits, the oldest first.
pub struct Spool {
    folder: PathBuf,
    waiting: VecDeque<Sighting>,
}

impl Spool {
    /// A folder with what waits in it from before.
    pub fn open(folder: PathBuf) -> Spool {
        let mut waiting = Vec::new();
        for path in std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
            match read.and_then(|text| serde_json::from_str::<Sighting>(&text).map_err(|error| error.to_string())) {
                Ok(sighting) => waiting.push(sighting),
                Err(error) => tracing::error!("{}: {error}; it is left where it is", path.display()),
            }
        }
        waiting.sort_by_key(|sighting| sighting.time);
        Spool { folder, waiting: waiting.into() }
    }

    /// Adds one. Where the disk does not take it, it waits in memory alone, and that is told.
    pub fn add(&mut self, sighting: Sighting) {
        if let Err(error) = self.write(&sighting) {
            tracing::error!("{error}; until the store takes it, the sighting {} is in memory alone", sighting.id);
        }
        self.waiting.push_back(sighting);
    }

    fn write(&self, sighting: &Sighting) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::output(&self.folder, error))?;
        let path = self.path(sighting);
        let text = serde_json::to_vec(sighting).map_err(|error| Error::output(&path, error))?;
        atomic::write_bytes(&path, &text)
    }

    fn path(&self, sighting: &Sighting) -> PathBuf {
        self.folder.join(format!("{}.json", sighting.id))
    }

    /// The oldest.
    pub fn first(&self) -> Option<&Sighting> {
        self.waiting.front()
    }

    /// The store has the oldest.
    pub fn taken(&mut self) {
        let Some(sighting) = self.waiting.pop_front() else { return };
        let is_again = self.waiting.iter().any(|other| other.id == sighting.id);
        if !is_again {
            let _ = std::fs::remove_file(self.path(&sighting));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Kind, Origin};
    use crate::time::Utc;

    #[test]
    fn what_waits_is_there_after_a_kill_and_gone_once_it_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let sighting = |id: &str, second: f64| Sighting {
            id: id.into(),
            origin: Origin::Camera,
            time: Utc::UNIX_EPOCH.plus_seconds(second).expect("a time"),
            camera: Some("a".into()),
            kind: Kind::Smoke,
            score: 0.5,
            from: None,
            direction: None,
            range_m: None,
            ground: None,
            image: None,
            vendor_id: None,
            simulated: false,
        };
        let mut spool = Spool::open(folder.path().join("spool"));
        assert!(spool.first().is_none());
        spool.add(sighting("late", 9.0));
        spool.add(sighting("early", 1.0));
        std::fs::write(folder.path().join("spool/torn.json"), "{").expect("written");
        let mut again = Spool::open(folder.path().join("spool"));
        assert_eq!(again.first().map(|sighting| sighting.id.as_str()), Some("early"));
        again.taken();
        again.taken();
        assert!(again.first().is_none());
        assert!(Spool::open(folder.path().join("spool")).first().is_none());
    }
}
