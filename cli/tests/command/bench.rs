//! A small study in a folder that names a patient, and a way to run the command on it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use assert_cmd::Command;
use hemastage_phantom::{Phantom, PhantomOptions, phantom};
use tempfile::TempDir;

use crate::nifti::Nifti;

/// What no output may show.
pub(crate) const PATIENT: &str = "PATIENT_DOE";

/// What `stage` writes into its folder.
pub(crate) const RESULTS: [&str; 12] = [
    "levels.json",
    "levels.tsv",
    "measures.json",
    "measures.tsv",
    "picture.png",
    "picture.svg",
    "report.html",
    "report.json",
    "stages.nii.gz",
    "stages.tsv",
    "summary.json",
    "summary.tsv",
];

/// A dorsal hyperacute hematoma on a small grid.
pub(crate) static STUDY: LazyLock<Phantom> = LazyLock::new(|| phantom(&PhantomOptions::small()).unwrap());

/// How a run ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The run as JSON, after it succeeded.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""));
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A folder with a study.
pub(crate) struct Bench {
    root: TempDir,
    pub(crate) folder: PathBuf,
}

impl Bench {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(PATIENT);
        fs::create_dir(&folder).unwrap();
        Self { root, folder }
    }

    /// A folder with the small study.
    pub(crate) fn new() -> Self {
        let bench = Self::empty();
        STUDY.write(&bench.folder).unwrap();
        bench
    }

    /// The full path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// Writes an image into the folder and gives its path.
    pub(crate) fn add(&self, name: &str, image: &Nifti) -> String {
        self.text(name, image.bytes())
    }

    /// Writes a file into the folder and gives its path.
    pub(crate) fn text(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.folder.join(name), content).unwrap();
        self.path(name)
    }

    /// The command, at work in the folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hemastage"));
        command.current_dir(&self.folder).env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
        command
    }

    /// Runs the command and checks what holds for every run: no folder, no escape code, no panic.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command().args(arguments).output().unwrap();
        let run = Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        let root = self.root.path().file_name().unwrap().to_str().unwrap();
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(PATIENT) && !text.contains(root), "a folder shows: {text}");
            assert!(!text.contains('\u{1b}'), "an escape code: {text}");
            assert!(!text.contains("panicked"), "{text}");
        }
        run
    }

    /// Runs `stage` on the study with some options changed; an option without a value is left out.
    pub(crate) fn stage(&self, changes: &[(&str, &str)], more: &[&str]) -> Run {
        let usual = [("--t1", "t1.nii.gz"), ("--t2", "t2.nii.gz"), ("--hematoma", "hematoma.nii.gz")];
        let usual = usual.into_iter().chain([("--cord", "cord.nii.gz"), ("-o", "out")]);
        let mut arguments = vec!["stage".to_owned()];
        for (option, file) in usual {
            let changed = changes.iter().find(|change| change.0 == option);
            let value = changed.map_or_else(|| self.path(file), |change| change.1.to_owned());
            if !value.is_empty() {
                arguments.extend([option.to_owned(), value]);
            }
        }
        arguments.extend(more.iter().map(ToString::to_string));
        self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The report in the output folder.
    pub(crate) fn report(&self) -> serde_json::Value {
        self.report_in("out")
    }

    /// The report in a folder.
    pub(crate) fn report_in(&self, folder: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.folder.join(folder).join("report.json")).unwrap()).unwrap()
    }

    /// Every file and folder below the root, with its content.
    pub(crate) fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.root.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path.clone());
                    found.push((path, Vec::new()));
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.folder.join(folder))
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
