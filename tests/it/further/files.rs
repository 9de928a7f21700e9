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

/// BIDS: a `ce-` image whose sidecar names the agent, and what a check of the headers says without reading a voxel.
#[test]
fn headers_are_checked_without_reading_an_image() {
    let made = phantom(&options(Stage::Hyperacute).with_t1_post(Enhancement::Whole, [0.0; 3])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path()).unwrap();
    let path = |name: &str| folder.path().join(name);
    let (plain, agent) = ("sub-01_T1w", "sub-01_ce-gadolinium_T1w");
    std::fs::copy(path("t1.nii.gz"), path(&format!("{plain}.nii.gz"))).unwrap();
    std::fs::copy(path("t1_post.nii.gz"), path(&format!("{agent}.nii.gz"))).unwrap();
    let header = r#"{"ScanningSequence": "SE", "RepetitionTime": 0.55, "EchoTime": 0.01"#;
    std::fs::write(path(&format!("{plain}.json")), format!("{header}}}")).unwrap();
    let with_agent = format!(r#"{header}, "ContrastBolusIngredient": "GADOLINIUM"}}"#);
    std::fs::write(path(&format!("{agent}.json")), with_agent).unwrap();
    let study = |before: &str, after: &str| {
        let image = |name: &str| ImageFile::new(path(&format!("{name}.nii.gz")));
        let mask = |name: &str| MaskFile::new(path(name));
        let reference = ReferenceFile::Cord(mask("cord.nii.gz"));
        StudyFiles::new(image(before), ImageFile::new(path("t2.nii.gz")), mask("hematoma.nii.gz"), reference)
            .with_t1_post(image(after))
    };
    let on_post = |files: &StudyFiles| -> Vec<(String, String)> {
        let found = files.check().unwrap().into_iter();
        let placed = found.filter(|finding| finding.place.as_deref() == Some("t1_post"));
        placed.map(|finding| (finding.code, finding.message)).collect()
    };
    assert_eq!(on_post(&study(plain, agent)), []);
    assert!(staged(&study(plain, agent)).enhancement.is_some());
    for (before, after, code, text) in [
        (plain, plain, "no_contrast_agent", "names no agent"),
        (agent, plain, "not_measured", "exchange them"),
        (agent, agent, "not_measured", "give the one from before it"),
    ] {
        let found = on_post(&study(before, after));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == code && found[0].1.contains(text), "{found:?}");
        let report = staged(&study(before, after));
        assert!(report.findings.iter().any(|finding| finding.code == code), "as staging says");
    }
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
