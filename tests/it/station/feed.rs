//! What delivers: simulated slots put into the inbox at their times, each in a way of its own.

use crate::common::simulator;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use strawfire::store::SlotState;
use strawfire::time::Utc;

/// A time that is read from text.
#[derive(Debug, Clone, Copy)]
pub struct At(pub Utc);

impl FromStr for At {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Utc::parse(text).map(At).ok_or(())
    }
}

/// The clock of a rehearsal, as the test has it.
#[derive(Debug, Clone, Copy)]
pub struct Clocked {
    pub start: At,
    pub began: Instant,
    pub speed: f64,
}

impl Clocked {
    pub fn now(&self) -> Utc {
        self.start.0.plus_seconds(self.began.elapsed().as_secs_f64() * self.speed).expect("a time")
    }

    pub fn wait_until(&self, time: Utc) {
        let left = time.seconds_since(self.now()) / self.speed;
        if left > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(left));
        }
    }
}

/// How the files of a slot come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Written and closed.
    Whole,
    /// Under a name of rsync, then renamed.
    Renamed,
    /// The same again later.
    Twice,
    /// In pieces, closed after each.
    InPieces,
    /// An hour late.
    Late,
    /// Damaged, and for good.
    Broken,
    /// Damaged, and sound a quarter of an hour later.
    BrokenThenWhole,
    /// Not at all.
    Never,
}

impl How {
    /// How the catalogue has it in the end.
    pub fn ends_as(self) -> SlotState {
        match self {
            How::Broken => SlotState::Failed,
            How::Never => SlotState::Missing,
            _ => SlotState::Scanned,
        }
    }
}

/// Files of slots of one UTC day, by the simulator: the site's segment, two bands.
pub fn slots(day: &str, numbers: std::ops::Range<u32>) -> PathBuf {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let (range, out) = (format!("{}:{}", numbers.start, numbers.end), format!("{day}-{}", numbers.start));
    let target = folder.path().join(&out);
    if !target.exists() {
        let made = [
            "ahi-days", "--out", &out, "--start", day, "--days", "1", "--slots", &range, "--bands", "7,14", "--cloud",
            "0.1",
        ];
        let done =
            simulator(folder.path(), &[&made[..], &["--fires-per-day", "120", "--powers", "100,200,400"]].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    target
}

/// Slots with the way that each comes.
pub struct Feed {
    inbox: PathBuf,
    plan: Vec<(Utc, How)>,
    files: Vec<Vec<PathBuf>>,
    /// When the last file of each slot was closed, by our clock.
    closed: RefCell<BTreeMap<Utc, Utc>>,
}

/// Something that is done at a time.
struct Deed {
    at: Utc,
    slot: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Write,
    Rename,
    Pieces,
    Damage,
}

impl Feed {
    /// The slots below a folder, the ways taken in turn.
    pub fn new(inputs: &Path, inbox: &Path, ways: &[How]) -> Feed {
        let mut found: BTreeMap<Utc, Vec<PathBuf>> = BTreeMap::new();
        for path in glob::glob(&format!("{}/**/HS_H09_*", inputs.display())).expect("a pattern").flatten() {
            let name = path.file_name().expect("named").to_string_lossy().into_owned();
            let (day, clock) = (&name[7..15], &name[16..20]);
            let time = format!("{}-{}-{}T{}:{}:00Z", &day[..4], &day[4..6], &day[6..], &clock[..2], &clock[2..]);
            found.entry(Utc::parse(&time).expect("a time")).or_default().push(path);
        }
        let (times, files): (Vec<Utc>, Vec<Vec<PathBuf>>) = found.into_iter().unzip();
        let plan = times.into_iter().enumerate().map(|(n, time)| (time, ways[n % ways.len()])).collect();
        Feed { inbox: inbox.to_path_buf(), plan, files, closed: RefCell::default() }
    }

    pub fn plan(&self) -> &[(Utc, How)] {
        &self.plan
    }

    /// Delivers all in the order of time; `between` is called before each deed with its number.
    pub fn deliver(&self, clock: &Clocked, mut between: impl FnMut(usize)) {
        let mut deeds: Vec<Deed> = (0..self.plan.len()).flat_map(|slot| self.deeds(slot)).collect();
        deeds.sort_by_key(|deed| deed.at);
        for (number, deed) in deeds.iter().enumerate() {
            clock.wait_until(deed.at);
            between(number);
            for path in &self.files[deed.slot] {
                self.act(path, deed.what);
            }
            self.closed.borrow_mut().entry(self.plan[deed.slot].0).or_insert_with(Utc::now);
        }
    }

    /// When the last file of each slot was closed first, by our clock.
    pub fn closed(&self) -> BTreeMap<Utc, Utc> {
        self.closed.borrow().clone()
    }

    fn deeds(&self, slot: usize) -> Vec<Deed> {
        let (time, how) = self.plan[slot];
        let deed =
            |minutes: f64, what: What| Deed { at: time.plus_seconds(60.0 * minutes).expect("a time"), slot, what };
        match how {
            How::Whole => vec![deed(8.0, What::Write)],
            How::Renamed => vec![deed(8.0, What::Rename)],
            How::Twice => vec![deed(8.0, What::Write), deed(13.0, What::Write)],
            How::InPieces => vec![deed(8.0, What::Pieces)],
            How::Late => vec![deed(60.0, What::Write)],
            How::Broken => vec![deed(8.0, What::Damage)],
            How::BrokenThenWhole => vec![deed(8.0, What::Damage), deed(23.0, What::Write)],
            How::Never => Vec::new(),
        }
    }

    fn act(&self, path: &Path, what: What) {
        let name = path.file_name().expect("named").to_string_lossy().into_owned();
        let target = self.inbox.join(&name);
        let bytes = std::fs::read(path).expect("read");
        match what {
            What::Write => std::fs::write(&target, bytes).expect("written"),
            What::Rename => {
                let hidden = self.inbox.join(format!(".{name}.Xq2a7b"));
                std::fs::write(&hidden, bytes).expect("written");
                std::thread::sleep(Duration::from_millis(300));
                std::fs::rename(&hidden, &target).expect("renamed");
            }
            What::Pieces => {
                let parts = bytes.chunks(bytes.len() / 3 + 1);
                for part in parts {
                    let mut file = std::fs::File::options().create(true).append(true).open(&target).expect("opened");
                    std::io::Write::write_all(&mut file, part).expect("written");
                    drop(file);
                    std::thread::sleep(Duration::from_millis(250));
                }
            }
            What::Damage => {
                let mut bytes = bytes;
                let half = bytes.len() / 2;
                bytes[half..half + 64].fill(0xa5);
                std::fs::write(&target, bytes).expect("written");
            }
        }
    }
}
