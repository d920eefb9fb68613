//! Tasks on an existing Slurm cluster: each pass as job arrays, and what is missing afterwards submitted again, up to a limit.
//!
//! Nothing is remembered here: what is done lies in the season's folder, and what is under way is in Slurm's queue under the name of the season.
//! A program that was killed is started again and goes on.

use super::Season;
use super::pass::{Pass, is_marked};
use super::run::{Job, Part, missing};
use crate::error::{Error, Result};
use crate::sealed::sha256;
use minijinja::{Environment, context};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How a season is given to Slurm.
pub struct Slurm<'a> {
    /// The season.
    pub season: &'a Season,
    /// The site's folder.
    pub site: &'a Path,
    /// The batch script, with names in braces.
    pub template: &'a Path,
    /// How often a task is submitted at most.
    pub tries: usize,
    /// Tasks that run at once at most; as many as the cluster lets where `None`.
    pub at_once: Option<usize>,
    /// Between two looks at the queue.
    pub every: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Submitted {
    /// Passes of tasks that are done now and were not before.
    pub done: usize,
    /// Those that were done before.
    pub already: usize,
    /// Those that are still missing.
    pub missing: Vec<Job>,
    /// How many tasks were submitted, repeats too.
    pub submitted: usize,
}

/// Slurm may be out of reach for so long.
const PATIENCE: Duration = Duration::from_secs(600);

impl Slurm<'_> {
    /// Does a season, pass by pass; `told` hears how many tasks of a pass are done of how many. A pass with a task that cannot be done is the
    /// last one.
    ///
    /// # Errors
    /// [`Error::Config`] where the template cannot be used or Slurm refuses it, [`Error::Store`] where Slurm is out of reach.
    pub fn run(&self, part: &Part, told: &dyn Fn(Pass, usize, usize)) -> Result<Submitted> {
        // later it is waited for; here it may never have been there
        queued(&self.name(Pass::Baseline))?;
        let all = part.jobs(self.season);
        let already = all.len() - missing(self.season, &all).len();
        let mut submitted = Submitted { already, ..Submitted::default() };
        for pass in Pass::ALL {
            let jobs: Vec<Job> = all.iter().copied().filter(|(of, _)| *of == pass).collect();
            self.pass(pass, &jobs, &mut submitted, told)?;
            let missing = missing(self.season, &jobs);
            if !missing.is_empty() {
                submitted.missing = missing;
                break;
            }
        }
        submitted.done = all.len() - already - super::run::missing(self.season, &all).len();
        Ok(submitted)
    }

    fn pass(
        &self,
        pass: Pass,
        jobs: &[Job],
        submitted: &mut Submitted,
        told: &dyn Fn(Pass, usize, usize),
    ) -> Result<()> {
        let name = self.name(pass);
        for _ in 0..self.tries {
            // what an earlier run of this program submitted
            self.wait(&name, pass, jobs, told)?;
            let missing: Vec<usize> = missing(self.season, jobs).iter().map(|(_, id)| *id).collect();
            if missing.is_empty() {
                break;
            }
            submitted.submitted += missing.len();
            self.submit(&name, pass, &missing)?;
        }
        self.wait(&name, pass, jobs, told)
    }

    /// The name of the season's jobs of a pass: another season has another one.
    fn name(&self, pass: Pass) -> String {
        let folder = std::path::absolute(&self.season.dir).unwrap_or_else(|_| self.season.dir.clone());
        let key = sha256(folder.as_os_str().as_encoded_bytes());
        format!("strawfire-{}-{}", key.get(..8).unwrap_or_default(), pass.name())
    }

    fn submit(&self, name: &str, pass: Pass, tasks: &[usize]) -> Result<()> {
        let logs = absolute(&self.season.dir.join("slurm"));
        std::fs::create_dir_all(&logs).map_err(|error| Error::output(&logs, error))?;
        for (offset, array) in arrays(tasks, most_of_an_array()?) {
            let script = self.script(name, pass, offset, &array)?;
            let id = sbatch(&script, &logs, self.template)?;
            tracing::info!("{name}: {} submitted as job {id}, array {array}", pass.name());
        }
        Ok(())
    }

    fn script(&self, name: &str, pass: Pass, offset: usize, array: &str) -> Result<String> {
        let wrong = |found: String| {
            let place = self.template.display().to_string();
            Error::config(
                place,
                found,
                "a batch script with names in braces",
                "compare it with templates/season.sbatch of sites/haidong",
            )
        };
        let text = std::fs::read_to_string(self.template).map_err(|error| wrong(error.to_string()))?;
        let at_once = self.at_once.map_or(String::new(), |most| format!("%{most}"));
        let program = std::env::current_exe().map_err(|error| wrong(error.to_string()))?;
        let mut templates = Environment::new();
        templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let names = context! {
            name, offset,
            pass => pass.name(),
            array => format!("{array}{at_once}"),
            program => quoted(&program),
            site => quoted(&absolute(self.site)),
            season => quoted(&absolute(&self.season.dir)),
        };
        templates.render_str(&text, names).map_err(|error| wrong(error.to_string()))
    }

    /// Waits until none of these jobs is in the queue.
    fn wait(&self, name: &str, pass: Pass, jobs: &[Job], told: &dyn Fn(Pass, usize, usize)) -> Result<()> {
        let (mut reached, mut reasons) = (Instant::now(), BTreeSet::new());
        loop {
            match queued(name) {
                Ok(waiting) => {
                    reached = Instant::now();
                    let done = jobs.iter().filter(|(pass, id)| is_marked(self.season, *pass, *id)).count();
                    told(pass, done, jobs.len());
                    if waiting.is_empty() {
                        return Ok(());
                    }
                    // a cluster that will never start it says so here
                    for reason in waiting.into_iter().filter(|reason| reasons.insert(reason.clone())) {
                        tracing::info!("{name}: {reason}");
                    }
                }
                Err(error) if reached.elapsed() > PATIENCE => return Err(error),
                Err(error) => tracing::warn!("{error}"),
            }
            std::thread::sleep(self.every);
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// Tasks as arrays: an offset, and indices from there on below what an array may have.
fn arrays(tasks: &[usize], most: usize) -> Vec<(usize, String)> {
    let mut arrays: Vec<(usize, Vec<usize>)> = Vec::new();
    for task in tasks {
        let offset = task / most * most;
        match arrays.last_mut() {
            Some((last, indices)) if *last == offset => indices.push(task - offset),
            _ => arrays.push((offset, vec![task - offset])),
        }
    }
    arrays.into_iter().map(|(offset, indices)| (offset, ranges(&indices))).collect()
}

/// `0-3,7`.
fn ranges(indices: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for index in indices {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let said =
        |(first, last): &(usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(said).collect::<Vec<_>>().join(",")
}

/// Why Slurm cannot be used.
fn out_of_reach(command: &str, reason: impl Into<String>) -> Error {
    Error::Store {
        store: format!("Slurm ({command})"),
        reason: reason.into(),
        advice: "check that this machine is part of the cluster (sinfo), or leave --engine out: then the tasks are done here".to_string(),
    }
}

fn call(command: &mut Command, name: &str) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|error| out_of_reach(name, error.to_string()))
}

/// Jobs of a name in the queue: why each waits, or that it runs.
fn queued(name: &str) -> Result<Vec<String>> {
    let output = call(Command::new("squeue").args(["--noheader", "--name", name, "--format", "%T %r"]), "squeue")?;
    if !output.status.success() {
        return Err(out_of_reach("squeue", said(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim().to_string()).collect())
}

/// How many indices an array may have: `MaxArraySize` of the cluster.
fn most_of_an_array() -> Result<usize> {
    let output = call(Command::new("scontrol").args(["show", "config"]), "scontrol")?;
    if !output.status.success() {
        return Err(out_of_reach("scontrol", said(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let value = text.lines().find_map(|line| line.strip_prefix("MaxArraySize")?.split('=').nth(1)?.trim().parse().ok());
    Ok(value.filter(|most| *most > 1).unwrap_or(USUAL_ARRAY))
}

/// `MaxArraySize` where a cluster does not set it (slurm.conf).
const USUAL_ARRAY: usize = 1001;

fn sbatch(script: &str, logs: &Path, template: &Path) -> Result<String> {
    let failed = |error: std::io::Error| out_of_reach("sbatch", error.to_string());
    let mut child = Command::new("sbatch")
        .arg("--parsable")
        // not in the script: there no name may have a space, and a per cent sign is Slurm's
        .arg(format!("--output={}/%x-%A_%a.log", logs.display().to_string().replace('%', "%%")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // where it does not read to the end, its own words say why
        let _ = stdin.write_all(script.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(said(&output.stdout));
    }
    let refusal = said(&output.stderr);
    if refusal.contains("slurm controller") {
        return Err(out_of_reach("sbatch", refusal));
    }
    Err(Error::config(
        template.display().to_string(),
        format!("a script that Slurm refuses: {refusal}"),
        "one that this cluster takes",
        "correct account, partition and limits in it",
    ))
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: with 1001 indices an array goes from 0 to 1000.
    #[test]
    fn tasks_become_arrays() {
        let tasks = [0, 1, 2, 7, 1000, 1001, 1003, 2002];
        let expected = [(0, "0-2,7,1000"), (1001, "0,2"), (2002, "0")];
        assert_eq!(arrays(&tasks, 1001), expected.map(|(offset, array)| (offset, array.to_string())));
        assert!(arrays(&[], 1001).is_empty());
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
