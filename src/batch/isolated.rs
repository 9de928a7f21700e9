//! Studies in processes of their own, so that one that ends its process is one failed row.
//!
//! Each job has one process at a time, which takes request after request as a line of JSON and answers each with one.

use std::{
    fmt, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
};

use hemastage_image::{error::Result, finding::Finding};
use serde::{Deserialize, Serialize};

use super::{
    error::BatchError,
    results::REPORT_FILE,
    study::{FailedStudy, StagedStudy, StudyReport},
    work::Work,
};

/// What a process is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    Stage,
    Check,
}

/// A task for one study, by its place in the list and, as the list may have changed meanwhile, its name.
#[derive(Debug, Serialize, Deserialize)]
struct Request<'a> {
    task: Task,
    n: usize,
    name: &'a str,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Staged { is_unchanged: bool },
    Checked { findings: Vec<Finding> },
    Failed { reason: String },
}

/// One process of an isolated batch, from its own side; see [`Batch::with_isolation`](super::Batch::with_isolation).
pub struct BatchWorker<'a> {
    pub(super) work: Work<'a>,
}

impl BatchWorker<'_> {
    /// Does what one line asks for, and gives the line to answer with.
    ///
    /// # Errors
    /// `Malformed` when the line is no request, or is about another list of studies.
    pub fn answer(&self, request: &str) -> Result<String> {
        let Request { task, n, name } = serde_json::from_str(request).map_err(|_| BatchError::NotARequest)?;
        if self.work.studies.get(n).is_none_or(|study| study.name != name) {
            return Err(BatchError::OtherStudies.into());
        }
        let reply = match task {
            Task::Stage => {
                self.work.staged(n).map(|study| Reply::Staged { is_unchanged: study.is_unchanged })
            }
            Task::Check => self.work.check(n).1.map(|findings| Reply::Checked { findings }),
        };
        let reply = reply.unwrap_or_else(|failed| Reply::Failed { reason: failed.reason });
        // a record of words always serializes
        Ok(serde_json::to_string(&reply).unwrap_or_default())
    }
}

impl fmt::Debug for BatchWorker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchWorker").field("studies", &self.work.studies.len()).finish_non_exhaustive()
    }
}

/// The processes of a batch, started when they are needed.
pub(super) struct Processes<'a> {
    command: Box<dyn Fn() -> Command + Send + Sync + 'a>,
    idle: Mutex<Vec<Process>>,
}

/// Why a process gave no answer.
pub(super) struct Ended(pub(super) String);

struct Process {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl<'a> Processes<'a> {
    pub(super) fn new(command: impl Fn() -> Command + Send + Sync + 'a) -> Self {
        Self { command: Box::new(command), idle: Mutex::default() }
    }

    /// Has a study staged, and reads its report.
    ///
    /// # Errors
    /// When its process ended.
    pub(super) fn stage(
        &self,
        n: usize,
        name: &str,
        folder: &Path,
    ) -> Result<Result<StagedStudy, FailedStudy>, Ended> {
        let is_unchanged = match self.ask(Task::Stage, n, name)? {
            Reply::Failed { reason } => return Ok(Err(FailedStudy { reason, error: None })),
            Reply::Staged { is_unchanged } => is_unchanged,
            Reply::Checked { .. } => false,
        };
        let report = fs::read(folder.join(REPORT_FILE)).ok();
        let report = report.and_then(|bytes| StudyReport::of_json(&bytes));
        let report =
            report.ok_or_else(|| Ended("its report was removed meanwhile: stage it again".into()))?;
        Ok(Ok(StagedStudy { report, is_unchanged }))
    }

    /// Has a study checked.
    pub(super) fn check(&self, n: usize, name: &str) -> Result<Vec<Finding>, FailedStudy> {
        match self.ask(Task::Check, n, name) {
            Ok(Reply::Failed { reason }) | Err(Ended(reason)) => Err(FailedStudy { reason, error: None }),
            Ok(Reply::Checked { findings }) => Ok(findings),
            Ok(Reply::Staged { .. }) => Ok(Vec::new()),
        }
    }

    fn ask(&self, task: Task, n: usize, name: &str) -> Result<Reply, Ended> {
        let process = self.process();
        let mut process =
            process.map_err(|error| Ended(format!("its process could not be started ({})", error.kind())))?;
        let Some(reply) = process.ask(&Request { task, n, name }) else { return Err(process.ended()) };
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        Ok(reply)
    }

    /// One that is idle, else a new one. Any that was killed meanwhile had no study.
    fn process(&self) -> io::Result<Process> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut process) = idle else { return Process::start((self.command)()) };
            if process.child.try_wait()?.is_none() {
                return Ok(process);
            }
        }
    }
}

impl Process {
    fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(replies)) => Ok(Self { child, requests, replies: BufReader::new(replies) }),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// The answer; `None` when the process has ended.
    fn ask(&mut self, request: &Request<'_>) -> Option<Reply> {
        let line = serde_json::to_string(request).ok()? + "\n";
        self.requests.write_all(line.as_bytes()).ok()?;
        let mut reply = String::new();
        self.replies.read_line(&mut reply).ok()?;
        serde_json::from_str(&reply).ok()
    }

    /// How it ended.
    fn ended(mut self) -> Ended {
        // if it goes on, it no longer does what it should
        drop(self.child.kill());
        let status = self.child.wait();
        let how = status.map_or_else(|_| "unexpectedly".into(), ending);
        Ended(format!(
            "its process ended {how}: its files may be damaged or made to do harm; please report this with them"
        ))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // it has answered all that it was asked
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("by signal {signal}"),
        (None, Some(code)) => format!("with exit code {code}"),
        (None, None) => "unexpectedly".into(),
    }
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> String {
    status.code().map_or_else(|| "unexpectedly".into(), |code| format!("with exit code {code}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, BatchStudy};
    use super::*;

    /// A study whose plan can't be made.
    fn batch() -> Batch<'static> {
        Batch::new([BatchStudy::deferred("a", || Err(BatchError::Unreadable.into()))])
    }

    #[test]
    fn a_process_answers_only_its_batch() {
        let batch = batch();
        let worker = batch.worker(Path::new(""));
        for task in ["stage", "check"] {
            let reply = worker.answer(&format!(r#"{{"task":"{task}","n":0,"name":"a"}}"#)).unwrap();
            let expected =
                r#"{"failed":{"reason":"an input could not be opened: check that it is readable"}}"#;
            assert_eq!(reply, expected);
        }
        let refused = |request: &str| worker.answer(request).unwrap_err().to_string();
        assert_eq!(refused("{}"), "the line is no request of a batch");
        for request in [r#"{"task":"stage","n":0,"name":"b"}"#, r#"{"task":"stage","n":1,"name":"a"}"#] {
            assert_eq!(refused(request), "the list of studies has changed since the batch began");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_process_that_ends_fails_its_study_alone() {
        let script = |script: &'static str| {
            batch().with_isolation(move || {
                let mut command = Command::new("sh");
                command.args(["-c", script]);
                command
            })
        };
        let reason = |batch: Batch<'_>| {
            let mut reasons = Vec::new();
            let outcome = batch.check(|_, checked| reasons.extend(checked.err().map(|failed| failed.reason)));
            assert_eq!(outcome.failed + outcome.staged, 1);
            reasons.pop().unwrap_or_default()
        };
        let end = ": its files may be damaged or made to do harm; please report this with them";
        for (text, expected) in [
            ("read x; kill -SEGV $$", "by signal 11"),
            ("exit 7", "with exit code 7"),
            ("read x; echo no JSON; read y", "by signal 9"),
        ] {
            assert_eq!(reason(script(text)), format!("its process ended {expected}{end}"), "{text}");
        }
        assert_eq!(reason(script(r#"read x; echo '{"checked":{"findings":[]}}'; read y"#)), "");
        let missing = batch().with_isolation(|| Command::new("/dev/null/none"));
        assert!(reason(missing).starts_with("its process could not be started ("));
    }
}
