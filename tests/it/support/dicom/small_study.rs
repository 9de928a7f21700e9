//! A small sound study in a folder that names a patient, of which one input is replaced.

use std::{fs, path::PathBuf, sync::LazyLock};

use hemastage::{
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
};
use hemastage_phantom::{GridSpec, PhantomOptions, phantom};
use tempfile::TempDir;

use super::{secrets, study::Scans};

/// The folder, which no output may name.
pub(crate) const PATIENT: &str = "PATIENT_DOE";

/// The role in which an input is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Image,
    /// A mask, with what is chosen of it.
    Mask(&'static str),
    LabelMap,
}

/// A file's name and bytes.
type NamedFile = (String, Vec<u8>);

/// The study's arrays, and its NIfTI files.
static STUDY: LazyLock<(Scans, Vec<NamedFile>)> = LazyLock::new(|| {
    // room for some blood and cord
    let grid = GridSpec::small().with_shape([36, 41, 10]).with_spacing_mm([1.2, 1.2, 2.5]);
    let phantom = phantom(&PhantomOptions::small().with_grids(grid)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    phantom.write(folder.path()).unwrap();
    let entries = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    let file =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    (Scans::of(&phantom), entries.map(file).collect())
});

/// The study as NIfTI files.
pub(crate) struct SmallStudy {
    root: TempDir,
    pub(crate) scans: Scans,
}

impl SmallStudy {
    pub(crate) fn new() -> Self {
        let study = Self { root: tempfile::tempdir().unwrap(), scans: STUDY.0.clone() };
        fs::create_dir(study.folder()).unwrap();
        STUDY.1.iter().for_each(|(name, bytes)| fs::write(study.folder().join(name), bytes).unwrap());
        study
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

/// An error and its causes as one text. Each says something, and nothing of the patient.
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
