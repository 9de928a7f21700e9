//! One damaged input at a time, held to its bounds of time and memory.

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

/// No case needs as long on any machine; it finds what hangs.
const LONGEST: Duration = Duration::from_secs(10);

/// SmallStudy four times the input: the other files of the small study, buffers, threads.
pub(crate) const SLACK: usize = 2 << 20;

/// A small study beside the damaged input, and what became of all inputs so far.
pub(crate) struct Held {
    pub(crate) beside: SmallStudy,
    pub(crate) read: usize,
    pub(crate) refused: usize,
    /// The largest share of its bound that an input took.
    fullest: f64,
    /// What an input may take beside four times its size.
    pub(crate) slack: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Held {
    pub(crate) fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { beside: SmallStudy::new(), read: 0, refused: 0, fullest: 0.0, slack: SLACK, _alone: alone }
    }

    /// Files of one input: a single one is given as such, several by their folder.
    pub(crate) fn files(&mut self, name: &str, role: Role, files: &[Vec<u8>]) {
        let folder = self.beside.folder().join("damaged");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let names: Vec<PathBuf> = (0..files.len()).map(|n| folder.join(format!("{n:03}.dcm"))).collect();
        names.iter().zip(files).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        let path = if files.len() == 1 { &names[0] } else { &folder };
        self.input(name, role, path.to_str().unwrap(), files.iter().map(Vec::len).sum());
    }

    /// An input of this many bytes.
    fn input(&mut self, name: &str, role: Role, path: &str, bytes: usize) {
        let files = self.beside.files(role, path);
        let (study, peak) = measured(name, move || files.open());
        let bound = 4 * bytes + self.slack;
        assert!(peak <= bound, "{name}, {role:?}: {peak} bytes for a file of {bytes}");
        self.fullest = self.fullest.max(peak as f64 / bound as f64);
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

    pub(crate) fn say(&self, what: &str) {
        let Self { read, refused, fullest, .. } = self;
        println!("{what}: {read} read, {refused} refused, at most {:.0} % of the memory", 100.0 * fullest);
    }
}

/// What a call gives, and the memory it takes at its peak. A panic or a hang fails.
fn measured<T: Send + 'static>(name: &str, call: impl FnOnce() -> T + Send + 'static) -> (T, usize) {
    let (done, result) = mpsc::channel();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    thread::spawn(move || done.send(catch_unwind(AssertUnwindSafe(call))));
    let outcome = result.recv_timeout(LONGEST);
    let peak = MEMORY.peak_usage().saturating_sub(before);
    let outcome = outcome.unwrap_or_else(|_| panic!("{name}: not done after {LONGEST:?}"));
    (outcome.unwrap_or_else(|_| panic!("{name}: a panic")), peak)
}

#[test]
fn memory_and_panics_are_seen() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (length, peak) = measured("much", || vec![1_u8; 3 << 20].len());
    assert!(length == 3 << 20 && peak >= length && peak < length + SLACK, "{peak}");
    assert!(catch_unwind(|| measured("panic", || -> () { panic!("on purpose") })).is_err());
}
