//! A study in a folder, its inputs in one form or another, and the report that NIfTI files give.

use std::{fs, path::Path};

use hemastage::{
    StageOptions,
    classify::{ClassifyOptions, Model},
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    stage,
    stage::Stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, Layout, PhantomOptions};
use ndarray::Array3;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    dicom::{
        classic::Series,
        enhanced::enhanced,
        file::{Syntax, write},
        place::Matrix,
        secrets::label,
        study::{Scans, write_series},
    },
    json::assert_same_json,
    nifti::{Crafted, Order, Version},
    phantoms::shared_phantom,
};

/// A report has nine digits, so one that rounds to the other side differs by 1e-8 of itself. Positions and
/// directions have 16 characters in DICOM, which is nine digits and more to spare.
const TOLERANCE: f64 = 2e-8;

/// What each input is opened with.
#[derive(Clone)]
pub(super) struct Inputs {
    pub(super) t1: String,
    pub(super) t2: String,
    pub(super) hematoma: String,
    pub(super) cord: String,
    pub(super) canal: String,
    pub(super) vertebrae: Option<String>,
}

impl Inputs {
    pub(super) fn files(&self) -> StudyFiles {
        let files = StudyFiles::new(
            ImageFile::parse(&self.t1),
            ImageFile::parse(&self.t2),
            MaskFile::parse(&self.hematoma),
            ReferenceFile::Cord(MaskFile::parse(&self.cord)),
        )
        .with_canal(MaskFile::parse(&self.canal));
        match &self.vertebrae {
            Some(path) => files.with_vertebrae(VertebraeFile::Map {
                map: ImageFile::new(path),
                scheme: Some(Scheme::built_in("sct").unwrap()),
            }),
            None => files,
        }
    }

    /// By the table of signal levels, which asks no header: the forms of a study have different ones.
    #[track_caller]
    pub(super) fn report(&self) -> Value {
        self.report_by(Model::Pattern)
    }

    #[track_caller]
    pub(super) fn report_by(&self, model: Model) -> Value {
        let study = self.files().open().unwrap_or_else(|error| panic!("{error}"));
        let options = StageOptions::default().with_classify(ClassifyOptions::default().with_model(model));
        let staged = stage(&study, &options).unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(&staged.report.to_json()).unwrap()
    }

    /// Segments of one file as masks, each by its number or its label.
    pub(super) fn segments(mut self, path: &Path, by_label: bool) -> Self {
        let path = path.to_str().unwrap();
        let chosen = |number: usize| if by_label { label(number) } else { number.to_string() };
        self.hematoma = format!("{path}:{}", chosen(3));
        self.cord = format!("{path}:{}", chosen(2));
        self.canal = format!("{path}:1,2,3");
        self
    }
}

/// Asserts that the numbers of two reports are the same, and that no finding is lost; a form may add some.
#[track_caller]
pub(super) fn assert_same_numbers(found: Value, expected: &Value, place: &str) {
    let codes = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    let found_codes = codes(&found);
    assert!(codes(expected).iter().all(|code| found_codes.contains(code)), "{place}: {found_codes:?}");
    let numbers = |mut report: Value| {
        let object = report.as_object_mut().unwrap();
        object.remove("inputs");
        object.remove("findings");
        object["reasons"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("inputs"));
        report
    };
    assert_same_json(&numbers(found), &numbers(expected.clone()), TOLERANCE, place);
}

/// A study in a folder, with the report of its NIfTI files.
pub(super) struct Written {
    pub(super) folder: TempDir,
    pub(super) scans: Scans,
    pub(super) nifti: Inputs,
    pub(super) expected: Value,
}

impl Written {
    pub(super) fn new(grid: GridSpec) -> Self {
        let layout = Layout::Along(vec![(Stage::Acute, 0.4), (Stage::LateSubacute, 0.6)]);
        let clot = Collection::new(Extent::levels("C5", "C6").unwrap()).with_layout(layout);
        let options = PhantomOptions::small().with_collections([clot]).with_grids(grid).with_shading(1.3);
        Self::of(Scans::of(&shared_phantom(&options)))
    }

    pub(super) fn of(scans: Scans) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file =
            |name: &str, voxels: &Array3<i32>, affine: &Matrix| nifti(folder.path(), name, voxels, affine);
        let mask = |name: &str, mask: &Array3<u8>| file(name, &mask.mapv(i32::from), &scans.masks_affine);
        let nifti = Inputs {
            t1: file("t1.nii", &scans.t1.0, &scans.t1.1),
            t2: file("t2.nii", &scans.t2.0, &scans.t2.1),
            hematoma: mask("hematoma.nii", &scans.hematoma),
            cord: mask("cord.nii", &scans.cord),
            canal: mask("canal.nii", &scans.canal),
            vertebrae: Some(mask("vertebrae.nii", &scans.vertebrae)),
        };
        let expected = nifti.report();
        Self { folder, scans, nifti, expected }
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn series(&self, name: &str, series: &Series, syntax: Syntax) -> String {
        write_series(self.root(), name, series, syntax).to_str().unwrap().into()
    }

    /// The study with a T2 in another form.
    pub(super) fn with_t2(&self, name: &str, series: &Series, syntax: Syntax) -> Inputs {
        Inputs { t2: self.series(name, series, syntax), ..self.nifti.clone() }
    }

    /// Images as series of one file per slice.
    pub(super) fn classic(&self, syntax: Syntax) -> Inputs {
        let t1 = self.series(&format!("t1 {syntax:?}"), &self.scans.t1_series(), syntax);
        let t2 = self.series(&format!("t2 {syntax:?}"), &self.scans.t2_series(), syntax);
        Inputs { t1, t2, ..self.nifti.clone() }
    }

    /// Images as one file of frames each.
    pub(super) fn enhanced(&self, syntax: Syntax) -> Inputs {
        let file = |name: &str, series: &Series| {
            let path = write(self.root(), name, &enhanced(series, 7), syntax);
            path.to_str().unwrap().to_owned()
        };
        let t1 = file(&format!("t1 {syntax:?}.dcm"), &self.scans.t1_series());
        let t2 = file(&format!("t2 {syntax:?}.dcm"), &self.scans.t2_series());
        Inputs { t1, t2, ..self.nifti.clone() }
    }

    #[track_caller]
    pub(super) fn assert_same(&self, inputs: &Inputs, place: &str) {
        assert_same_numbers(inputs.report(), &self.expected, place);
    }
}

/// An uncompressed file of 16 bits whose affine has 64.
fn nifti(folder: &Path, name: &str, voxels: &Array3<i32>, affine: &Matrix) -> String {
    let (ni, nj, nk) = voxels.dim();
    let crafted = Crafted::new(Version::Two, Order::Little, [ni, nj, nk], 4)
        .with_values(voxels.t().iter().map(|&value| f64::from(value)))
        .with(|c| (0..3).for_each(|row| c.srow[row] = affine[row]));
    let path = folder.join(name);
    fs::write(&path, crafted.file()).unwrap();
    path.to_str().unwrap().into()
}

pub(super) fn sagittal() -> GridSpec {
    GridSpec::small()
}

pub(super) fn oblique() -> GridSpec {
    GridSpec::small().with_shape([43, 79, 19]).with_tilt_deg([7.0, -5.0, 11.0])
}

pub(super) fn grids() -> [(&'static str, GridSpec); 5] {
    use Direction::{Inferior, Left, Posterior, Right, Superior};
    let turned = |axes| GridSpec::small().reordered(axes);
    [
        ("sagittal", sagittal()),
        ("axial", turned([Left, Posterior, Superior])),
        ("axial, downwards", turned([Left, Posterior, Inferior])),
        ("coronal", turned([Right, Inferior, Posterior])),
        ("oblique", oblique()),
    ]
}
