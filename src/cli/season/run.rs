//! `strawfire season run`.

use super::Bench;
use crate::cli::{Outcome, SiteFolder, progress, say};
use crate::error::{Error, Result};
use crate::season::run::{Job, Part, Ran, run};
use crate::season::slurm::Slurm;
use crate::season::{Pass, Season};
use clap::{Args, ValueEnum};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Which part of a season is done, and how.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    site: SiteFolder,
    /// Threads to work on [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
    /// Every n-th task alone, from the i-th on: 0/8, or auto/8 for the index that Kubernetes, AWS Batch or Slurm gives.
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// One pass alone: baseline or detection.
    #[arg(long, value_name = "PASS")]
    pass: Option<String>,
    /// One task alone.
    #[arg(long, value_name = "NUMBER", conflicts_with = "shard")]
    task: Option<usize>,
    /// Where the tasks are done: on this machine, or as job arrays of the Slurm cluster that this machine is part of.
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    engine: Engine,
    /// Batch script for Slurm [default: templates/season.sbatch of the site].
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// How often Slurm is given a task at most.
    #[arg(long, default_value_t = 3)]
    tries: usize,
    /// Tasks that Slurm runs at once at most [default: as many as it will].
    #[arg(long, value_name = "NUMBER")]
    at_once: Option<usize>,
    /// Seconds between two looks at Slurm's queue.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    poll: u64,
    /// Folder of the season.
    season: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Local,
    Slurm,
}

/// Variables that say which of several equal jobs this is: Kubernetes (indexed jobs), AWS Batch (arrays), Slurm (arrays).
const INDICES: [&str; 3] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID"];

impl Run {
    pub(super) fn run(&self) -> Result<Outcome> {
        let season = Season::open(&self.season)?;
        let part = Part { pass: self.pass()?, shard: self.shard()?, task: self.task(&season)? };
        if self.engine == Engine::Slurm {
            return self.with_slurm(&season, &part);
        }
        let bench = Bench::of(&self.site, Some(&season.plan.profile))?;
        let all = part.jobs(&season).len();
        let (bar, ended) = (progress(all), AtomicUsize::new(0));
        let told = |(pass, id): Job, of: usize| {
            bar.inc(1);
            let ended = 1 + ended.fetch_add(1, Ordering::Relaxed);
            // on a terminal the bar says it
            if bar.is_hidden() {
                tracing::info!("task {id} ({}): {ended} of {of} missing passes of tasks done", pass.name());
            }
        };
        let ran = run(&season, &bench.settings(), &part, self.threads()?, &told)?;
        bar.finish_and_clear();
        say(&said(&ran))?;
        Ok(outcome(&ran))
    }

    fn with_slurm(&self, season: &Season, part: &Part) -> Result<Outcome> {
        let site = self.site.load()?;
        season.plan.check(&site)?;
        let usual = || site.dir.join("templates/season.sbatch");
        let slurm = Slurm {
            season,
            site: &site.dir,
            template: &self.template.clone().unwrap_or_else(usual),
            tries: self.tries.max(1),
            at_once: self.at_once,
            every: Duration::from_secs(self.poll.max(1)),
        };
        let last = Cell::new(None);
        let told = |pass: Pass, done: usize, of: usize| {
            if last.replace(Some((pass, done))) != Some((pass, done)) {
                tracing::info!("{}: {done} of {of} tasks done", pass.name());
            }
        };
        let done = slurm.run(part, &told)?;
        let mut text =
            format!("{} passes of tasks done now, {} before; {} submitted\n", done.done, done.already, done.submitted);
        if !done.missing.is_empty() {
            let missing: Vec<String> =
                done.missing.iter().map(|(pass, id)| format!("{id} ({})", pass.name())).collect();
            let logs = self.season.join("slurm");
            text += &format!("not done after {} tries: {}; see {}\n", self.tries, missing.join(", "), logs.display());
        }
        say(&text)?;
        Ok(Outcome::of(done.done + done.already, done.missing.len()))
    }

    fn threads(&self) -> Result<usize> {
        match self.threads {
            Some(0) => Err(Error::config("--threads", "0", "a number from 1", "leave it out for one a core")),
            Some(threads) => Ok(threads),
            None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }

    fn pass(&self) -> Result<Option<Pass>> {
        let named = |name: &String| {
            Pass::named(name).ok_or_else(|| Error::config("--pass", name, "baseline or detection", "correct the name"))
        };
        self.pass.as_ref().map(named).transpose()
    }

    fn task(&self, season: &Season) -> Result<Option<usize>> {
        let tasks = season.plan.tasks.len();
        match self.task {
            Some(task) if task >= tasks => {
                let expected = format!("a number below {tasks}");
                Err(Error::config(
                    "--task",
                    task.to_string(),
                    expected,
                    "strawfire season status says which are missing",
                ))
            }
            task => Ok(task),
        }
    }

    fn shard(&self) -> Result<Option<(usize, usize)>> {
        self.shard.as_deref().map(|text| shard_of(text, |name| std::env::var(name).ok())).transpose()
    }
}

/// `3/8`, or `auto/8` with the index from the surroundings.
fn shard_of(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<(usize, usize)> {
    let wrong = |found: &str, advice: &str| Error::config("--shard", found, "I/N with I from 0 and below N", advice);
    let (own, all) = text.split_once('/').ok_or_else(|| wrong(text, "write it as 0/8"))?;
    let given = match own {
        "auto" => INDICES.iter().find_map(|name| variable(name)).ok_or_else(|| {
            wrong("auto, and none of the variables", &format!("set one of {}, or name the number", INDICES.join(", ")))
        })?,
        own => own.to_string(),
    };
    match (given.trim().parse(), all.trim().parse()) {
        (Ok(own), Ok(all)) if own < all => Ok((own, all)),
        _ => Err(wrong(&format!("{given}/{all}"), "correct it")),
    }
}

fn said(ran: &Ran) -> String {
    let mut text = format!("{} passes of tasks done now, {} before", ran.done, ran.already);
    if !ran.failed.is_empty() {
        let failed: Vec<String> = ran.failed.keys().map(|(pass, id)| format!("{id} ({})", pass.name())).collect();
        text += &format!("; not done: {}", failed.join(", "));
    }
    text + "\n"
}

/// What keeps a task from being done is the machine or its files; the first reason decides.
fn outcome(ran: &Ran) -> Outcome {
    match ran.failed.values().next() {
        None => Outcome::Done,
        Some(Error::Output { .. } | Error::Store { .. }) => Outcome::OutOfReach,
        Some(_) if ran.done + ran.already == 0 => Outcome::AllUnreadable,
        Some(_) => Outcome::SomeUnreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_named_or_given_by_the_surroundings() {
        let none = |_: &str| None;
        assert_eq!(shard_of("0/8", none).expect("a shard"), (0, 8));
        for wrong in ["8/8", "1", "a/8", "1/0", "-1/4", "auto/8", ""] {
            assert!(shard_of(wrong, none).is_err(), "{wrong}");
        }
        for name in INDICES {
            let given = |asked: &str| (asked == name).then(|| "5".to_string());
            assert_eq!(shard_of("auto/8", given).expect("a shard"), (5, 8));
            assert!(shard_of("auto/5", given).expect_err("too few").to_string().contains("5/5"));
        }
    }
}
