//! Further contrasts from files: NIfTI as arrays, and DICOM in one folder.

use std::path::Path;

use hemastage::{
    Report, StageOptions,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage::Stage,
};
use hemastage_phantom::{Enhancement, phantom};
use serde_json::Value;

use super::{of, options};
use crate::support::dicom::{
    classic::{Contrast, Series},
    file::Syntax,
    place::rectified,
    study::write_series,
    tags::CONTRAST_BOLUS_AGENT,
};

fn files(folder: &Path) -> StudyFiles {
    let mask = |name: &str| MaskFile::new(folder.join(name));
    StudyFiles::new(
        ImageFile::new(folder.join("t1.nii.gz")),
        ImageFile::new(folder.join("t2.nii.gz")),
        mask("hematoma.nii.gz"),
        ReferenceFile::Cord(mask("cord.nii.gz")),
    )
}

fn staged(files: &StudyFiles) -> Report {
    hemastage::stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

fn evidence(report: &Report) -> [Value; 3] {
    let all = serde_json::to_value(report).unwrap();
    ["enhancement", "susceptibility", "fat"].map(|key| all[key].clone())
}

#[test]
fn files_give_what_arrays_do_and_a_margin_changes_nothing() {
    let options = options(Stage::Hyperacute)
        .with_t1_post(Enhancement::Central, [0.5, 0.4, -0.6])
        .with_t2star(true)
        .with_fat_images();
    let made = phantom(&options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let image = |name: &str| ImageFile::new(folder.path().join(name));
    let plain = files(folder.path());
    let further = plain
        .clone()
        .with_t1_post(image("t1_post.nii.gz"))
        .with_t2star(image("t2star.nii.gz"))
        .with_t1_fs(image("t1_fs.nii.gz"));
    let (found, expected) = (staged(&further), of(&options));
    assert!(found.enhancement.is_some() && found.susceptibility.is_some() && found.fat.is_some());
    assert_eq!(evidence(&found), evidence(&expected));
    assert_eq!(evidence(&staged(&further.clone().with_margin_mm(40.0))), evidence(&found));
    let roles: Vec<&str> = found.inputs.iter().map(|input| input.role.as_str()).collect();
    assert_eq!(roles, ["t1", "t2", "t1_post", "t2star", "t1_fs", "hematoma", "cord"]);

    assert_ne!(further.fingerprint().unwrap(), plain.fingerprint().unwrap());
    let read: Vec<&str> = further.inputs().into_iter().map(|(role, _)| role).collect();
    assert!(["t1_post", "t2star", "t1_fs"].iter().all(|role| read.contains(role)), "{read:?}");
    assert!(further.check().is_ok());
    let unnamed = folder.path().join("other.nii.gz");
    std::fs::copy(folder.path().join("t1_fs.nii.gz"), &unnamed).unwrap();
    let refused = plain.with_t1_fs(ImageFile::new(unnamed)).open().unwrap_err().to_string();
    assert!(refused.contains("neither its header nor its name says"), "{refused}");
}

#[test]
fn one_dicom_folder_holds_the_t1_before_and_after_contrast_agent() {
    let made = phantom(&options(Stage::Hyperacute).with_t1_post(Enhancement::Whole, [0.0; 3])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let affine = rectified(made.t1_grid.affine().matrix());
    let series = |number: usize, array: &ndarray::Array3<i16>| {
        Series::new(number, array.mapv(i32::from), affine).with(|series| series.contrast = Contrast::T1)
    };
    let scans = folder.path().join("scans");
    write_series(&scans, "a", &series(3, &made.t1), Syntax::ExplicitLittle);
    let after = series(7, made.further.t1_post.as_ref().unwrap());
    let mut slices = after.slices();
    for slice in &mut slices {
        slice.set(CONTRAST_BOLUS_AGENT, "GADOVIST");
    }
    crate::support::dicom::file::write_shuffled(&scans.join("b"), &slices, Syntax::ExplicitLittle, 7);

    let plain = files(folder.path());
    let mask = |name: &str| MaskFile::new(folder.path().join(name));
    let both = StudyFiles::new(
        ImageFile::new(&scans),
        ImageFile::new(folder.path().join("t2.nii.gz")),
        mask("hematoma.nii.gz"),
        ReferenceFile::Cord(mask("cord.nii.gz")),
    );
    let error = both.open().unwrap_err().to_string();
    assert!(error.contains("T1-weighted after contrast agent"), "{error}");
    let found = staged(&both.with_t1_post(ImageFile::new(&scans)));
    let expected = staged(&plain.with_t1_post(ImageFile::new(folder.path().join("t1_post.nii.gz"))));
    let [found, expected] = [found, expected].map(|report| report.enhancement.unwrap());
    assert_eq!((found.class, found.inner_voxels), (expected.class, expected.inner_voxels));
    assert!((found.median_rise - expected.median_rise).abs() < 1e-3 && found.median_rise > 0.3, "{found:?}");
}
