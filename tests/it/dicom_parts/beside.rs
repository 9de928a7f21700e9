//! A small sound study in a folder that names a patient, of which one input is replaced.

use std::path::PathBuf;

use hemastage::{
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
};
use hemastage_phantom::{GridSpec, PhantomOptions, phantom};
use tempfile::TempDir;

use super::{secrets, study::Scans};

/// The folder, which no output may name.
pub(crate) const PATIENT: &str = "PATIENT_DOE";

/// As what an input is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Image,
    /// A mask, with what is chosen of it.
    Mask(&'static str),
    LabelMap,
}

/// The study as NIfTI files.
pub(crate) struct Beside {
    root: TempDir,
    pub(crate) scans: Scans,
}

impl Beside {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        // room for some blood and cord
        let grid = GridSpec::small().with_shape([36, 41, 10]).with_spacing_mm([1.2, 1.2, 2.5]);
        let made = phantom(&PhantomOptions::small().with_grids(grid)).unwrap();
        made.write(root.path().join(PATIENT)).unwrap();
        Self { root, scans: Scans::of(&made) }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join(PATIENT)
    }

    /// The path of one of its files.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder().join(name).to_str().unwrap().into()
    }

    /// The study with one input replaced.
    pub(crate) fn files(&self, role: Role, path: &str) -> StudyFiles {
        let image = if role == Role::Image { path.into() } else { self.file("t2.nii.gz") };
        let mask = match role {
            Role::Mask(chosen) => MaskFile::parse(&format!("{path}{chosen}")),
            _ => MaskFile::new(self.file("hematoma.nii.gz")),
        };
        let cord = ReferenceFile::Cord(MaskFile::new(self.file("cord.nii.gz")));
        let t1 = ImageFile::new(self.file("t1.nii.gz"));
        let files = StudyFiles::new(t1, ImageFile::new(image), mask, cord);
        if role != Role::LabelMap {
            return files;
        }
        let scheme = Some(Scheme::built_in("sct").unwrap());
        files.with_vertebrae(VertebraeFile::Map { map: ImageFile::new(path), scheme })
    }
}

/// A text names neither the folder nor anything that `secrets` wrote.
pub(crate) fn assert_private(text: &str, what: &str) {
    assert!(!text.contains(PATIENT), "{what}: the folder is named: {text}");
    for secret in secrets::forbidden() {
        assert!(!text.contains(&secret), "{what}: {secret} shows: {text}");
    }
}

/// An error and its causes say something, and nothing of the patient; they are given as one text.
pub(crate) fn worded(error: &hemastage::Error, what: &str) -> String {
    let mut all = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        let text = one.to_string();
        assert!(text.len() > 10 && !text.contains("panicked"), "{what}: {text}");
        all.extend([text, "\n".into(), format!("{one:?}\n")]);
        cause = one.source();
    }
    assert_private(&all, what);
    all
}
