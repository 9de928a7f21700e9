//! One damaged input at a time, within bounds of time and memory.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use hemastage::{StageOptions, Study, stage};
use peak_alloc::PeakAlloc;

use crate::support::dicom::small_study::{Role, SmallStudy, assert_private, worded};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test at a time, so that memory is counted for one.
static ALONE: Mutex<()> = Mutex::new(());

/// No case needs as long on any machine, so that it finds what hangs.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Bytes in addition to four times the input: the other files of the small study, buffers, threads.
pub(crate) const SLACK: usize = 2 << 20;

/// A small study of which one input is damaged, and what became of all inputs so far.
pub(crate) struct Harness {
    pub(crate) study: SmallStudy,
    pub(crate) read: usize,
    pub(crate) refused: usize,
    /// The largest share of its bound that an input took.
    max_share: f64,
    /// Bytes that an input may take in addition to four times its size.
    pub(crate) slack: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Harness {
    pub(crate) fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { study: SmallStudy::new(), read: 0, refused: 0, max_share: 0.0, slack: SLACK, _alone: alone }
    }

    /// Reads one input: a single file by its path, several by their folder.
    pub(crate) fn read_files(&mut self, name: &str, role: Role, files: &[Vec<u8>]) {
        let folder = self.study.folder().join("damaged");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let names: Vec<PathBuf> = (0..files.len()).map(|n| folder.join(format!("{n:03}.dcm"))).collect();
        names.iter().zip(files).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        let path = if files.len() == 1 { &names[0] } else { &folder };
        self.read_input(name, role, path.to_str().unwrap(), files.iter().map(Vec::len).sum());
    }

    /// Reads and stages an input of this many bytes.
    fn read_input(&mut self, name: &str, role: Role, path: &str, bytes: usize) {
        let files = self.study.files(role, path);
        let (study, peak) = measured(name, move || files.open());
        let bound = 4 * bytes + self.slack;
        assert!(peak <= bound, "{name}, {role:?}: {peak} bytes for a file of {bytes}");
        self.max_share = self.max_share.max(peak as f64 / bound as f64);
        let staged = |study: Study| {
            let staged = measured(name, move || stage(&study, &StageOptions::default())).0?;
            Ok(staged.report.to_json())
        };
        match study.and_then(staged) {
            Ok(report) => {
                assert_private(&report, name);
                self.read += 1;
            }
            Err(error) => {
                worded(&error, name);
                self.refused += 1;
            }
        }
    }

    pub(crate) fn print(&self, what: &str) {
        let Self { read, refused, max_share, .. } = self;
        println!("{what}: {read} read, {refused} refused, at most {:.0} % of the memory", 100.0 * max_share);
    }
}

/// The result of a call, and its peak memory. A panic or a hang fails.
fn measured<T: Send + 'static>(name: &str, call: impl FnOnce() -> T + Send + 'static) -> (T, usize) {
    let (done, result) = mpsc::channel();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    thread::spawn(move || done.send(catch_unwind(AssertUnwindSafe(call))));
    let outcome = result.recv_timeout(MAX_TIME);
    let peak = MEMORY.peak_usage().saturating_sub(before);
    let outcome = outcome.unwrap_or_else(|_| panic!("{name}: not done after {MAX_TIME:?}"));
    (outcome.unwrap_or_else(|_| panic!("{name}: a panic")), peak)
}

#[test]
fn memory_and_panics_are_noticed() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (length, peak) = measured("much", || vec![1_u8; 3 << 20].len());
    assert!(length == 3 << 20 && peak >= length && peak < length + SLACK, "{peak}");
    assert!(catch_unwind(|| measured("panic", || -> () { panic!("on purpose") })).is_err());
}
