//! An inbox that is a folder. The system says when a file was closed or renamed into it; where it cannot (a mounted disk of another
//! machine) the folder is looked through, and a file counts when nothing has changed of it for a while. Names of files under way are left
//! alone.

use super::arrive::Arrival;
use crate::ingest::granule::parts;
use crate::place::LonLatBox;
use crate::time::Clock;
use glob::Pattern;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

/// What a folder is looked through with.
pub struct Folder {
    /// Name of the inbox.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// Globs on file names; none: every product that is known.
    pub patterns: Vec<Pattern>,
    /// Pause between two looks through it.
    pub poll: Duration,
    /// The site's area.
    pub area: LonLatBox,
    /// Pixels around it that are read.
    pub halo: usize,
    /// What time it is.
    pub clock: Clock,
}

/// What is told of the folder.
pub enum Told {
    /// Files that are whole, by all that can be seen.
    Files(Vec<Arrival>),
    /// It was looked through, and nothing is held back but what is being written.
    LookedThrough,
    /// It cannot be looked into, in words.
    OutOfReach(String),
}

/// A file of which nothing was said that it is closed counts when nothing changed for so long; one that was old when it was first seen at
/// once; one that is known to be open only when it was forgotten.
const QUIET: Duration = Duration::from_secs(3);
const OLD: Duration = Duration::from_secs(60);
const FORGOTTEN: Duration = Duration::from_secs(900);
/// Folders in folders that are looked into.
const DEPTH: usize = 5;
/// Files that are told at once.
const BATCH: usize = 256;
/// Whether it is over is asked so often.
const PATIENCE: Duration = Duration::from_millis(300);
/// Pause after a file was closed, for others that come with it.
const GATHER: Duration = Duration::from_millis(30);

/// What is known of a file in the folder.
struct Known {
    version: String,
    since: Instant,
    /// The version that was told.
    told: Option<String>,
    /// Known to be open for writing.
    open: bool,
}

/// Watches the folder until it is over, or `tell` says that nobody listens any more.
pub fn watch(folder: &Folder, is_over: &dyn Fn() -> bool, mut tell: impl FnMut(Told) -> bool) {
    let (sender, events) = channel();
    let mut watching = Watching { folder, known: HashMap::new(), watcher: None, whole: HashSet::new() };
    loop {
        watching.look_after_watcher(&sender);
        let began = Instant::now();
        let more = match watching.look_through() {
            Ok(files) => tell_all(files, &mut tell) && tell(Told::LookedThrough),
            Err(said) => {
                // a folder that is made again is another one to the system
                watching.watcher = None;
                tell(Told::OutOfReach(said))
            }
        };
        if !more || !watching.listen(&events, began, is_over, &mut tell) {
            return;
        }
    }
}

fn tell_all(files: Vec<Arrival>, tell: &mut impl FnMut(Told) -> bool) -> bool {
    files.chunks(BATCH).all(|part| tell(Told::Files(part.to_vec())))
}

struct Watching<'a> {
    folder: &'a Folder,
    known: HashMap<PathBuf, Known>,
    watcher: Option<RecommendedWatcher>,
    /// Files that the system said are closed, or were renamed, since they were told.
    whole: HashSet<PathBuf>,
}

type Sender = std::sync::mpsc::Sender<notify::Result<Event>>;

impl Watching<'_> {
    /// Where the system can say what happens in the folder it is asked to; a folder that is made later is asked for again.
    fn look_after_watcher(&mut self, sender: &Sender) {
        if self.watcher.is_some() || !self.folder.path.is_dir() {
            return;
        }
        let watcher = notify::recommended_watcher(sender.clone()).and_then(|mut watcher| {
            watcher.watch(&self.folder.path, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        match watcher {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => tracing::debug!(
                "{}: the system does not say what happens in it ({error}): it is looked through every {:.0} s",
                self.folder.path.display(),
                self.folder.poll.as_secs_f64()
            ),
        }
    }

    /// Takes what the system says until the next look through the folder; whether anybody listens still.
    fn listen(
        &mut self,
        events: &Receiver<notify::Result<Event>>,
        began: Instant,
        is_over: &dyn Fn() -> bool,
        tell: &mut impl FnMut(Told) -> bool,
    ) -> bool {
        loop {
            let rest = self.folder.poll.saturating_sub(began.elapsed());
            if is_over() {
                return false;
            }
            match events.recv_timeout(rest.min(PATIENCE)) {
                Ok(event) => self.heard(event),
                Err(RecvTimeoutError::Timeout) if rest > PATIENCE => continue,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return true,
            }
            let gathering = Instant::now();
            while let Ok(event) = events.recv_timeout(GATHER.saturating_sub(gathering.elapsed())) {
                self.heard(event);
            }
            let paths: Vec<PathBuf> = self.whole.iter().cloned().collect();
            let files: Vec<Arrival> = paths.iter().filter_map(|path| self.look_at(path)).collect();
            if !files.is_empty() && !tell_all(files, tell) {
                return false;
            }
        }
    }

    fn heard(&mut self, event: notify::Result<Event>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!("{}: {error}; it is looked through instead", self.folder.path.display());
                self.watcher = None;
                return;
            }
        };
        let is_whole = matches!(
            event.kind,
            EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
        );
        let is_open = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(ModifyKind::Data(_)));
        for path in event.paths {
            if is_whole {
                if let Some(known) = self.known.get_mut(&path) {
                    known.open = false;
                }
                self.whole.insert(path);
            } else if is_open {
                self.whole.remove(&path);
                self.seen(&path, true);
            }
        }
    }

    /// Notes how a file is now; whether it is wanted at all.
    fn seen(&mut self, path: &Path, open: bool) -> bool {
        let Some(version) = wanted(self.folder, path).then(|| version_of(path)).flatten() else { return false };
        let known = self.known.entry(path.to_path_buf()).or_insert_with(|| Known {
            version: String::new(),
            since: Instant::now(),
            told: None,
            open: false,
        });
        if known.version != version {
            (known.version, known.since) = (version, Instant::now());
        }
        known.open |= open;
        true
    }

    /// A file that the system says is whole.
    fn look_at(&mut self, path: &Path) -> Option<Arrival> {
        self.whole.remove(path);
        if !path.is_file() {
            return None;
        }
        self.seen(path, false).then(|| self.told(path)).flatten()
    }

    /// All files that are whole and were not told yet.
    fn look_through(&mut self) -> Result<Vec<Arrival>, String> {
        let mut found = Vec::new();
        list(&self.folder.path, DEPTH, &mut HashSet::new(), &mut found)
            .map_err(|error| format!("{}: {error}", self.folder.path.display()))?;
        let there: HashSet<&PathBuf> = found.iter().collect();
        self.known.retain(|path, _| there.contains(path));
        self.whole.retain(|path| there.contains(path));
        found.sort();
        let wanted: Vec<PathBuf> = found.into_iter().filter(|path| self.seen(path, false)).collect();
        let whole: Vec<PathBuf> = wanted.into_iter().filter(|path| self.is_whole(path)).collect();
        Ok(whole.iter().filter_map(|path| self.told(path)).collect())
    }

    fn is_whole(&self, path: &Path) -> bool {
        let Some(known) = self.known.get(path) else { return false };
        if known.told.as_ref() == Some(&known.version) {
            return false;
        }
        let quiet = known.since.elapsed();
        match known.open {
            true => quiet >= FORGOTTEN,
            false => quiet >= QUIET || age_of(path).is_some_and(|age| age >= OLD),
        }
    }

    fn told(&mut self, path: &Path) -> Option<Arrival> {
        let known = self.known.get_mut(path)?;
        if known.told.as_ref() == Some(&known.version) {
            return None;
        }
        known.told = Some(known.version.clone());
        let size = path.metadata().ok().and_then(|file| i64::try_from(file.len()).ok());
        Some(Arrival {
            inbox: self.folder.name.clone(),
            name: path.file_name()?.to_str()?.to_string(),
            place: path.display().to_string(),
            version: known.version.clone(),
            size,
            path: Some(path.to_path_buf()),
            closed: self.folder.clock.now(),
        })
    }
}

/// Files below a folder; a folder that is a product is one of them.
fn list(
    folder: &Path,
    depth: usize,
    entered: &mut HashSet<(u64, u64)>,
    found: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    // a link may lead back: each folder is entered once
    let own = folder.metadata()?;
    if !entered.insert((own.dev(), own.ino())) {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_under_way(&path) {
            continue;
        }
        // what is read from a pipe or a device would never end
        if path.is_file() || (path.is_dir() && parts::named(&path).is_some()) {
            found.push(path);
        } else if depth > 0 && path.is_dir() {
            // what is taken away meanwhile, or may not be read, hides nothing of the rest
            let _ = list(&path, depth - 1, entered, found);
        }
    }
    Ok(())
}

/// Names of files under way: hidden ones (rsync, `mv` of some systems), and the endings of programs that fetch.
pub fn is_under_way(path: &Path) -> bool {
    const ENDINGS: [&str; 12] = [
        "tmp",
        "temp",
        "part",
        "partial",
        "filepart",
        "crdownload",
        "download",
        "incomplete",
        "writing",
        "lock",
        "md5",
        "aria2",
    ];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return true };
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    name.starts_with(['.', '~']) || name.ends_with('~') || ENDINGS.contains(&ending.as_str())
}

/// Whether a file is what this inbox is for: by its patterns, or a product of which a look of the site is made, or one with a spoilt name.
fn wanted(folder: &Folder, path: &Path) -> bool {
    if is_under_way(path) {
        return false;
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !folder.patterns.is_empty() && !folder.patterns.iter().any(|pattern| pattern.matches(name)) {
        return false;
    }
    match parts::named(path) {
        Some(named) => parts::is_wanted(&named, &folder.area, folder.halo),
        None => parts::is_misnamed(path),
    }
}

/// Size and time of the last change; of a folder the newest of what is in it.
fn version_of(path: &Path) -> Option<String> {
    let file = path.metadata().ok()?;
    if !file.is_dir() {
        return Some(format!("{}-{}.{:09}", file.len(), file.mtime(), file.mtime_nsec()));
    }
    let inner: Vec<std::fs::Metadata> =
        std::fs::read_dir(path).ok()?.filter_map(|entry| entry.ok()?.metadata().ok()).collect();
    let size: u64 = inner.iter().map(std::fs::Metadata::len).sum();
    let newest = inner.iter().map(|file| (file.mtime(), file.mtime_nsec())).max()?;
    Some(format!("{}x{size}-{}.{:09}", inner.len(), newest.0, newest.1))
}

/// How long ago it was changed last, by the clock of the machine that files are stamped by.
fn age_of(path: &Path) -> Option<Duration> {
    SystemTime::now().duration_since(path.metadata().ok()?.modified().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that the manuals of rsync, curl, lftp, WinSCP and browsers give to what they have not finished.
    #[test]
    fn what_is_under_way_is_left_alone() {
        let name = "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2";
        for unfinished in [
            format!(".{name}.Xa3f9k"),
            format!("{name}.part"),
            format!("{name}.filepart"),
            format!("{name}.TMP"),
            format!("{name}~"),
        ] {
            assert!(is_under_way(Path::new(&unfinished)), "{unfinished}");
        }
        assert!(!is_under_way(Path::new(name)));
    }

    fn folder(path: &Path) -> Folder {
        Folder {
            name: "in".into(),
            path: path.to_path_buf(),
            patterns: Vec::new(),
            poll: Duration::from_millis(200),
            area: LonLatBox { west: 101.66, south: 35.45, east: 103.07, north: 37.15 },
            halo: 0,
            clock: Clock::MACHINE,
        }
    }

    /// Watches for a while and gives what was told, with what is done meanwhile.
    fn told(path: &Path, seconds: f64, meanwhile: impl FnOnce() + Send + 'static) -> Vec<String> {
        let acting = std::thread::spawn(meanwhile);
        let (began, mut names) = (Instant::now(), Vec::new());
        watch(&folder(path), &|| began.elapsed().as_secs_f64() >= seconds, |told| {
            if let Told::Files(files) = told {
                names.extend(files.into_iter().map(|file| file.name));
            }
            true
        });
        acting.join().expect("acted");
        names
    }

    const NAME: &str = "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2";

    #[test]
    fn a_file_is_told_when_it_is_closed_and_not_before() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_path_buf();
        let target = path.join(NAME);
        let names = told(&path, 1.5, move || {
            let mut file = std::fs::File::create(&target).expect("made");
            std::thread::sleep(Duration::from_millis(2500));
            std::io::Write::write_all(&mut file, b"rest").expect("written");
        });
        assert!(names.is_empty(), "open still: {names:?}");
        assert_eq!(told(&path, 4.0, || {}), [NAME], "no longer open, and quiet");
    }

    #[test]
    fn a_file_that_is_renamed_into_place_is_told_at_once_and_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_path_buf();
        let (hidden, target) = (path.join(format!(".{NAME}.x1")), path.join(NAME));
        let names = told(&path, 1.2, move || {
            std::thread::sleep(Duration::from_millis(400));
            std::fs::write(&hidden, b"bytes").expect("written");
            std::fs::rename(&hidden, &target).expect("renamed");
        });
        assert_eq!(names, [NAME]);
    }
}
