//! Tasks done side by side on this machine, in an order in which none waits for long.

use super::pass::{self, Pass};
use super::{Season, sums};
use crate::error::{Error, Result};
use crate::history;
use crate::pipeline::Settings;
use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A pass of a task.
pub type Job = (Pass, usize);

/// Which part of a season is done here.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// One pass alone.
    pub pass: Option<Pass>,
    /// Every n-th task from the i-th on: `(i, n)`.
    pub shard: Option<(usize, usize)>,
    /// One task alone.
    pub task: Option<usize>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Ran {
    /// Passes of tasks that were done now.
    pub done: usize,
    /// Those that were done before.
    pub already: usize,
    /// Those that could not be done, and why.
    pub failed: BTreeMap<Job, Error>,
}

impl Part {
    /// The jobs of this part, those that others wait for first.
    pub fn jobs(&self, season: &Season) -> Vec<Job> {
        let tasks = || season.plan.tasks.iter().enumerate();
        let is_mine =
            |id: usize| self.task.is_none_or(|task| task == id) && self.shard.is_none_or(|(own, all)| id % all == own);
        let of = |pass: Pass| {
            tasks().filter(move |(_, task)| pass == Pass::Detection || task.has_baseline).map(move |(id, _)| (pass, id))
        };
        let passes = Pass::ALL.into_iter().filter(|pass| self.pass.is_none_or(|wanted| wanted == *pass));
        passes.flat_map(of).filter(|(_, id)| is_mine(*id)).collect()
    }
}

/// Jobs whose results are not there.
pub fn missing(season: &Season, jobs: &[Job]) -> Vec<Job> {
    jobs.iter().copied().filter(|(pass, id)| !pass::is_done(season, *pass, *id)).collect()
}

/// The first passes that the second one of a task needs: of its own stream, from ten days before it on, and before the looks that its first
/// ones are confirmed by.
pub fn needs(season: &Season, id: usize) -> Vec<usize> {
    let tasks = &season.plan.tasks;
    let Some(task) = tasks.get(id).filter(|task| task.has_baseline) else { return Vec::new() };
    let reach = 86_400.0 * f64::from(history::DAYS) + history::NEAR_SECONDS + history::BEFORE_SECONDS;
    let is_needed = |other: &super::plan::Summary| {
        other.has_baseline
            && other.stream == task.stream
            && other.first <= task.last
            && task.first.seconds_since(other.last) <= reach
    };
    tasks.iter().enumerate().filter(|(_, other)| is_needed(other)).map(|(id, _)| id).collect()
}

/// What the workers share.
struct Desk<'a> {
    season: &'a Season,
    settings: &'a Settings<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: VecDeque<Job>,
    /// First passes that somebody here does now or will do.
    open: Vec<usize>,
    ran: Ran,
}

/// Does what is missing of a part with so many threads; `told` hears of each job that is done, and how many there were to do. A task that fails does not keep others from being
/// done.
///
/// # Errors
/// [`Error::Config`] where the season is not to go on with this program or site.
pub fn run(
    season: &Season,
    settings: &Settings,
    part: &Part,
    threads: usize,
    told: &(dyn Fn(Job, usize) + Sync),
) -> Result<Ran> {
    season.plan.check(settings.site)?;
    if part.task.is_none() {
        sums::remove_left_over(&season.dir);
    }
    let jobs = part.jobs(season);
    let missing = missing(season, &jobs);
    let open = missing.iter().filter(|(pass, _)| *pass == Pass::Baseline).map(|(_, id)| *id).collect();
    let to_do = missing.len();
    let ran = Ran { already: jobs.len() - missing.len(), ..Ran::default() };
    let desk = Desk {
        season,
        settings,
        state: Mutex::new(State { queue: missing.into(), open, ran }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| desk.work(&|job| told(job, to_do)));
        }
    });
    Ok(desk.state.into_inner().unwrap_or_else(PoisonError::into_inner).ran)
}

impl Desk<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One worker: a task at a time, on one thread, so that two of them do twice as much.
    fn work(&self, told: &dyn Fn(Job)) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        while let Some(job) = self.next() {
            let work = || self.work_on(job);
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| match &pool {
                Ok(pool) => pool.install(work),
                Err(_) => work(),
            }));
            let result = result.unwrap_or_else(|_| Err(self.bug(job)));
            let is_done = result.is_ok();
            self.end(job, result);
            if is_done {
                told(job);
            }
        }
    }

    /// The next job that nothing here has to be done before; waits while there is only such.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            let job = *state.queue.front()?;
            let waits = job.0 == Pass::Detection && needs(self.season, job.1).iter().any(|id| state.open.contains(id));
            if !waits {
                return state.queue.pop_front();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work_on(&self, (pass, id): Job) -> Result<()> {
        let lacking = match pass {
            Pass::Baseline => None,
            Pass::Detection => {
                needs(self.season, id).into_iter().find(|id| !pass::is_marked(self.season, Pass::Baseline, *id))
            }
        };
        if let Some(lacking) = lacking {
            return Err(Error::config(
                format!("task {id}"),
                format!("no baseline of task {lacking}"),
                "the baseline of all tasks of ten days before it",
                "strawfire season run does what is missing; with --pass detection the baseline must be done first",
            ));
        }
        let task = self.season.task(id)?;
        pass::run(self.season, pass, &task, self.settings)
    }

    /// A defect in one task must not keep the others waiting for it.
    fn bug(&self, (_, id): Job) -> Error {
        let advice = "report it with the lines above and the files of the task";
        Error::input(self.season.task_path(id), "a bug in strawfire (a panic)", "a task that ends", advice)
    }

    fn end(&self, job: Job, result: Result<()>) {
        let mut state = self.lock();
        state.open.retain(|id| job != (Pass::Baseline, *id));
        match result {
            Ok(()) => state.ran.done += 1,
            Err(error) => {
                tracing::error!("task {} ({}): {error}", job.1, job.0.name());
                state.ran.failed.insert(job, error);
            }
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::season::plan::{FORMAT, Plan, Summary};
    use crate::time::Utc;
    use std::path::PathBuf;

    fn at(text: &str) -> Utc {
        Utc::parse(&format!("2025-{text}:00Z")).expect("a time")
    }

    fn task(stream: &str, first: &str, last: &str) -> Summary {
        Summary {
            stream: stream.into(),
            first: at(first),
            last: at(last),
            looks: 1,
            bytes: 1,
            has_baseline: stream == "a" || stream == "b",
            sha256: String::new(),
        }
    }

    /// By hand: the last task begins at 12:00 on the 20th. Its first look is confirmed by looks from 11:25 on, and these are compared with slots
    /// from 10:55 on the 10th.
    #[test]
    fn a_task_needs_the_baseline_of_ten_days_before_its_look_back() {
        let tasks = vec![
            task("a", "10-10T06:00", "10-10T10:50"),
            task("a", "10-10T10:50", "10-10T11:00"),
            task("b", "10-19T00:00", "10-19T06:00"),
            task("swath", "10-19T00:00", "10-19T06:00"),
            task("a", "10-20T12:00", "10-20T18:00"),
            task("a", "10-20T18:10", "10-21T00:00"),
        ];
        let plan = Plan {
            format: FORMAT,
            program_version: String::new(),
            thresholds: String::new(),
            site: String::new(),
            site_hash: String::new(),
            profile: String::new(),
            baseline: true,
            from: at("10-10T00:00"),
            to: at("10-21T00:00"),
            lead_days: 0,
            sensors: Vec::new(),
            looks: PathBuf::new(),
            errors: Vec::new(),
            tasks,
        };
        let season = Season { dir: PathBuf::new(), plan };
        assert_eq!(needs(&season, 4), [1, 4]);
        assert_eq!(needs(&season, 3), [0; 0]);
        let detection = Part { pass: Some(Pass::Detection), shard: Some((1, 2)), ..Part::default() };
        assert_eq!(detection.jobs(&season), [1, 3, 5].map(|id| (Pass::Detection, id)));
        let baseline = Part { pass: Some(Pass::Baseline), ..Part::default() };
        assert_eq!(baseline.jobs(&season), [0, 1, 2, 4, 5].map(|id| (Pass::Baseline, id)));
    }
}
