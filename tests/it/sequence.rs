//! Is the T1 a T1: by the sidecars of phantom images, by their fluid, and by real images.

use std::{fs, path::Path};

use hemastage::{
    Affine, ErrorKind, Labels, Report, Roi, StageOptions, Study, Volume,
    acquisition::Acquisition,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
    stage::Stage,
    units::OnsetTime,
};
use hemastage_phantom::{
    Collection, Compartment, Extent, FieldStrength, GridSpec, Layout, Phantom, PhantomOptions, phantom,
};
use ndarray::Array3;

use crate::support::{
    phantoms::{shared_phantom, write_phantom},
    real_files::real_files,
};

const T1: &str =
    r#"{"ScanningSequence": "SE", "RepetitionTime": 0.55, "EchoTime": 0.01, "EchoTrainLength": 3}"#;
const T2: &str = r#"{"ScanningSequence": "SE", "RepetitionTime": 3.5, "EchoTime": 0.1, "EchoTrainLength": 15,
    "AcquisitionDateTime": "2031-05-06T14:00:00", "PatientName": "DOE^JANE"}"#;

fn files(folder: &Path, [t1, t2]: [&str; 2]) -> StudyFiles {
    let mask = |name: &str| MaskFile::new(folder.join(name));
    StudyFiles::new(
        ImageFile::new(folder.join(t1)),
        ImageFile::new(folder.join(t2)),
        mask("hematoma.nii.gz"),
        ReferenceFile::Cord(mask("cord.nii.gz")),
    )
}

const AS_GIVEN: [&str; 2] = ["t1.nii.gz", "t2.nii.gz"];

/// A study in a folder, with sidecars. Without a canal nothing but them says what an image is.
fn study_with(t1: &str, t2: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_phantom(&PhantomOptions::small(), folder.path());
    for (name, text) in [("t1.json", t1), ("t2.json", t2)] {
        if !text.is_empty() {
            fs::write(folder.path().join(name), text).unwrap();
        }
    }
    folder
}

fn report(files: &StudyFiles) -> Report {
    stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

/// The findings on what the images are.
fn on_images(report: &Report) -> Vec<(&str, Option<&str>)> {
    let codes = [
        "swapped_images",
        "not_t1_weighted",
        "not_t2_weighted",
        "inversion_recovery",
        "t2_star",
        "gradient_echo",
        "contrast_agent",
        "fat_suppression",
        "conventional_spin_echo",
        "field_strengths_differ",
        "field_strength",
        "sidecar",
    ];
    let found = report.findings.iter().filter(|finding| codes.contains(&finding.code.as_str()));
    found.map(|finding| (finding.code.as_str(), finding.place.as_deref())).collect()
}

#[test]
fn sidecars_are_compared_with_the_roles() {
    let findings_of = |t1: &str, t2: &str| {
        let folder = study_with(t1, t2);
        let report = report(&files(folder.path(), AS_GIVEN));
        assert!(!report.to_json().contains("DOE") && !report.to_json().contains("2031-"));
        on_images(&report)
            .into_iter()
            .map(|(code, place)| format!("{code} {}", place.unwrap_or("-")))
            .collect()
    };
    let findings_of = |t1, t2| -> Vec<String> { findings_of(t1, t2) };
    assert_eq!(findings_of(T1, T2), Vec::<String>::new());
    assert_eq!(findings_of("", ""), Vec::<String>::new());
    assert_eq!(findings_of(T2, T1), ["swapped_images -"]);
    let stir =
        r#"{"ScanningSequence": "SE\\IR", "RepetitionTime": 4, "EchoTime": 0.04, "InversionTime": 0.16}"#;
    assert_eq!(findings_of(T1, stir), ["inversion_recovery t2"]);
    let medic = r#"{"ScanningSequence": "GR", "SequenceName": "_me2d1r3", "EchoTime": 0.014}"#;
    assert_eq!(findings_of(T1, medic), ["t2_star t2"]);
    let agent = T1.replace('}', r#", "ContrastBolusIngredient": "GADOLINIUM", "ScanOptions": "PFP\\FS"}"#);
    assert_eq!(findings_of(&agent, T2), ["contrast_agent t1", "fat_suppression t1"]);
    assert_eq!(findings_of("{\"EchoTime\": 10}", T2), ["sidecar t1"]);
    assert_eq!(findings_of("", "no JSON"), ["sidecar t2"]);
}

#[test]
fn an_onset_may_be_a_point_in_time() {
    let folder = study_with(T1, T2);
    let hours = |onset: &str| {
        let onsets: Vec<OnsetTime> = vec!["12h".parse().unwrap(), onset.parse().unwrap()];
        let files = files(folder.path(), AS_GIVEN).with_onset_times(onsets);
        files.open().map(|study| stage(&study, &StageOptions::default()).unwrap().report.criteria.onset_hours)
    };
    assert_eq!(hours("2031-05-06T08:30").unwrap(), [12.0, 5.5]);
    assert_eq!(hours("2031-04-30T14:00:36").unwrap(), [12.0, 143.99]);
    let after = hours("2031-05-06T15:15").unwrap_err();
    assert!(
        after.kind() == ErrorKind::Parameter && after.to_string().contains("1.2 h after the scan"),
        "{after}"
    );

    // the T1's scan time serves where the T2 has none
    fs::write(folder.path().join("t1.json"), T2).unwrap();
    fs::write(folder.path().join("t2.json"), "{}").unwrap();
    assert_eq!(hours("2031-05-06T08:30").unwrap(), [12.0, 5.5]);
    fs::remove_file(folder.path().join("t1.json")).unwrap();
    let unknown = hours("2031-05-06T08:30").unwrap_err().to_string();
    assert!(
        unknown.contains("neither image has the time of its scan") && !unknown.contains("2031"),
        "{unknown}"
    );
}

#[test]
fn acquisitions_of_images_in_memory_count_too() {
    let phantom = shared_phantom(&PhantomOptions::small());
    let read = |text: &str| Some(Acquisition::from_sidecar(text).unwrap());
    let study = in_memory(&phantom, [&phantom.t1, &phantom.t2]).with_acquisitions(read(T2), read(T2));
    let report = stage(&study, &StageOptions::default()).unwrap().report;
    assert_eq!(on_images(&report), [("not_t1_weighted", Some("t1"))]);
}

/// A study with a canal, from these images of a phantom.
fn in_memory(phantom: &Phantom, [t1, t2]: [&Array3<i16>; 2]) -> Study {
    let volume = |image: &Array3<i16>| Volume::from_array(image.clone(), *phantom.t2_grid.affine()).unwrap();
    let masks: &Affine = phantom.mask_grid.affine();
    let roi = |mask: &Array3<u8>| Roi::from_array(mask.view(), *masks, &Labels::NonZero).unwrap();
    Study::new(volume(t1), volume(t2), roi(&phantom.hematoma), roi(&phantom.cord))
        .unwrap()
        .with_canal(roi(&phantom.canal))
}

#[test]
fn fluid_shows_wrong_images_at_every_stage_and_says_nothing_of_right_ones() {
    let mut studies = 0;
    for (stage_of_blood, field) in Stage::FIVE
        .into_iter()
        .flat_map(|stage| [FieldStrength::T1_5, FieldStrength::T3].map(|field| (stage, field)))
    {
        for compartment in [Compartment::Epidural, Compartment::Intrathecal] {
            let clot = Collection::new(Extent::levels("C5", "C7").unwrap())
                .with_compartment(compartment)
                .with_layout(Layout::Single(stage_of_blood));
            let options = PhantomOptions::default()
                .with_grids(
                    GridSpec::thick_sagittal().with_shape([80, 130, 7]).with_spacing_mm([0.8, 0.8, 4.0]),
                )
                .with_collections([clot])
                .with_field(field)
                .with_snr(20.0)
                .with_shading(2.0);
            let phantom = phantom(&options).unwrap();
            for (images, expected) in [
                ([&phantom.t1, &phantom.t2], vec![]),
                ([&phantom.t2, &phantom.t1], vec![("swapped_images", None)]),
                ([&phantom.t1, &phantom.t1], vec![("not_t2_weighted", Some("t2"))]),
                ([&phantom.t2, &phantom.t2], vec![("not_t1_weighted", Some("t1"))]),
            ] {
                let report = stage(&in_memory(&phantom, images), &StageOptions::default()).unwrap().report;
                assert_eq!(on_images(&report), expected, "{stage_of_blood} {field:?} {compartment:?}");
                studies += 1;
            }
        }
    }
    assert_eq!(studies, 80);
}

#[test]
fn fluid_shows_swapped_files() {
    let folder = study_with("", "");
    let canal = MaskFile::new(folder.path().join("canal.nii.gz"));
    let of = |images| report(&files(folder.path(), images).with_canal(canal.clone()));
    assert_eq!(on_images(&of(AS_GIVEN)), []);
    let swapped = of(["t2.nii.gz", "t1.nii.gz"]);
    assert_eq!(on_images(&swapped), [("swapped_images", None)]);
    let message = &swapped.findings.iter().find(|finding| finding.code == "swapped_images").unwrap().message;
    assert!(message.starts_with("three quarters of the fluid around the cord have at least"), "{message}");
    let without = report(&files(folder.path(), ["t2.nii.gz", "t1.nii.gz"]));
    assert_eq!(on_images(&without), [("swapped_images", None)], "by the shell around the cord");
    let message = &without.findings.iter().find(|finding| finding.code == "swapped_images").unwrap().message;
    assert!(message.starts_with("what lies 1.5 to 3 mm around the cord, mostly fluid, has "), "{message}");
    assert_eq!(on_images(&report(&files(folder.path(), AS_GIVEN))), []);

    // what the headers say already is not repeated
    fs::write(folder.path().join("t2.json"), T2).unwrap();
    fs::write(folder.path().join("t1.json"), T1).unwrap();
    assert_eq!(on_images(&of(["t2.nii.gz", "t1.nii.gz"])), [("swapped_images", None)]);
}

#[test]
fn real_sidecars_have_the_weighting_of_their_names() {
    use hemastage::acquisition::Weighting;
    let Some(data) = real_files("real_sidecars_have_the_weighting_of_their_names") else { return };
    let mut read = 0;
    for subject in ["sub-unf01", "sub-unf02"] {
        for (suffix, expected) in
            [("T1w", Weighting::T1), ("T2w", Weighting::T2), ("T2star", Weighting::T2Star)]
        {
            let path = data.join(format!("ivadomed-data-testing/{subject}/anat/{subject}_{suffix}.json"));
            let found = Acquisition::from_sidecar(&fs::read_to_string(path).unwrap()).unwrap();
            assert_eq!(found.weighting(), expected, "{subject} {suffix}");
            assert_eq!((found.field_strength_tesla, found.acquired()), (Some(3.0), None));
            read += 1;
        }
    }
    assert_eq!(read, 6);
}

#[test]
fn real_images_are_recognized_by_sidecar_and_by_fluid() {
    let Some(data) = real_files("real_images_are_recognized_by_sidecar_and_by_fluid") else { return };
    let subject = data.join("ivadomed-data-testing/sub-unf01/anat");
    let labels = data.join("ivadomed-data-testing/derivatives/labels/sub-unf01/anat");
    let mask = |name: &str| MaskFile::new(labels.join(format!("sub-unf01_T2w_{name}-manual.nii.gz")));
    let csf = MaskFile::new(data.join("derived/ivadomed_unf01/sub-unf01_csf_resampled1mm.nii.gz"));
    let bare = tempfile::tempdir().unwrap();
    for image in ["T1w", "T2w"] {
        let name = format!("sub-unf01_{image}.nii.gz");
        fs::copy(subject.join(&name), bare.path().join(name)).unwrap();
    }
    // a few points stand for the hematoma
    let findings_of = |folder: &Path, [t1, t2]: [&str; 2]| {
        let image = |name: &str| ImageFile::new(folder.join(format!("sub-unf01_{name}.nii.gz")));
        let cord = ReferenceFile::Cord(mask("seg"));
        let files = StudyFiles::new(image(t1), image(t2), mask("labels-disc"), cord);
        let report = report(&files.with_canal(csf.clone()));
        let others = on_images(&report).into_iter().filter(|(code, _)| *code != "field_strength");
        others.map(|(code, place)| format!("{code} {}", place.unwrap_or("-"))).collect::<Vec<_>>()
    };
    assert_eq!(findings_of(&subject, ["T1w", "T2w"]), ["gradient_echo t1"], "an MPRAGE");
    assert_eq!(findings_of(&subject, ["T2w", "T1w"]), ["swapped_images -"]);
    assert_eq!(findings_of(&subject, ["T1w", "T2star"]), ["t2_star t2", "gradient_echo t1"]);
    assert!(findings_of(bare.path(), ["T1w", "T2w"]).is_empty());
    assert_eq!(findings_of(bare.path(), ["T2w", "T1w"]), ["swapped_images -"]);
    assert_eq!(findings_of(bare.path(), ["T1w", "T1w"]), ["not_t2_weighted t2"]);
    assert_eq!(findings_of(bare.path(), ["T2w", "T2w"]), ["not_t1_weighted t1"]);
}
