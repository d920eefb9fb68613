//! What was seen and the store has not taken yet, a file each: a program that is killed while the store is away loses nothing.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::sighting::Sighting;
use std::collections::VecDeque;
use std::path::PathBuf;

/// The folder of what waits.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// A folder, which need not be there yet.
    pub fn at(folder: PathBuf) -> Spool {
        Spool { folder }
    }

    /// What waits from before, the oldest first.
    pub fn waiting(&self) -> VecDeque<Sighting> {
        let mut waiting = Vec::new();
        for path in std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
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
        waiting.into()
    }

    /// Puts one; what waited under its id is replaced.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn put(&self, sighting: &Sighting) -> Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::output(&self.folder, error))?;
        let path = self.path(sighting);
        let text = serde_json::to_vec(sighting).map_err(|error| Error::output(&path, error))?;
        atomic::write_bytes(&path, &text)
    }

    /// The store has it. What waits under its id with another place stays.
    pub fn taken(&self, sighting: &Sighting) {
        let path = self.path(sighting);
        // a number that went through the text may differ in its last bit
        let is_this = |text: Vec<u8>| {
            serde_json::to_vec(sighting).is_ok_and(|own| own == text)
                || serde_json::from_slice::<Sighting>(&text).is_ok_and(|other| other == *sighting)
        };
        if std::fs::read(&path).is_ok_and(is_this) {
            let _ = std::fs::remove_file(path);
        }
    }

    fn path(&self, sighting: &Sighting) -> PathBuf {
        self.folder.join(format!("{}.json", sighting.id))
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
        let spool = Spool::at(folder.path().join("spool"));
        assert!(spool.waiting().is_empty());
        spool.put(&sighting("late", 9.0)).expect("put");
        spool.put(&sighting("early", 1.0)).expect("put");
        spool.put(&sighting("late", 9.0)).expect("put again");
        std::fs::write(folder.path().join("spool/torn.json"), "{").expect("written");
        let waiting = Spool::at(folder.path().join("spool")).waiting();
        assert_eq!(waiting.iter().map(|sighting| sighting.id.as_str()).collect::<Vec<_>>(), ["early", "late"]);
        spool.taken(&Sighting { score: 0.9, ..waiting[0].clone() });
        assert_eq!(spool.waiting().len(), 2, "another version of it waits");
        waiting.iter().for_each(|sighting| spool.taken(sighting));
        assert!(spool.waiting().is_empty());
    }
}
