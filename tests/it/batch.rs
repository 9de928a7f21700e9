//! Batches from a list of studies in code; the command's tests hold those of a manifest.

use std::{fs, path::Path};

use hemastage::{
    ErrorKind, Result, StageOptions,
    batch::{Batch, BatchOutcome, BatchStudy, Existing, StudyPlan},
    classify::{ClassifyOptions, Smoothing},
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
};
use hemastage_phantom::PhantomOptions;
use tempfile::TempDir;

use crate::support::phantoms::write_phantom;

fn data() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    write_phantom(&PhantomOptions::small(), data.path());
    data
}

fn files(data: &Path, hematoma: &str) -> StudyFiles {
    let file = |name: &str| data.join(name);
    StudyFiles::new(
        ImageFile::new(file("t1.nii.gz")),
        ImageFile::new(file("t2.nii.gz")),
        MaskFile::parse(file(hematoma).to_str().unwrap()),
        ReferenceFile::Cord(MaskFile::new(file("cord.nii.gz"))),
    )
}

/// Runs a batch; each study's name with `new`, `unchanged` or its reason.
fn run(batch: &Batch<'_>, folder: &Path) -> Result<(BatchOutcome, Vec<(String, String)>)> {
    let mut studies = Vec::new();
    let outcome = batch.run(folder, |name, study| {
        let text = match study {
            Ok(study) if study.is_unchanged => "unchanged".into(),
            Ok(_) => "new".into(),
            Err(failed) => failed.reason,
        };
        studies.push((name.to_owned(), text));
    })?;
    Ok((outcome, studies))
}

fn texts(studies: &[(String, String)]) -> Vec<&str> {
    studies.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn a_batch_is_resumed_where_nothing_that_decides_has_changed() {
    let data = data();
    let folder = data.path().join("results");
    let options = StageOptions::default;
    let resumed = |studies: Vec<BatchStudy<'_>>| {
        let batch = Batch::new(studies).with_existing(Existing::Resume);
        let (outcome, studies) = run(&batch, &folder).unwrap();
        (outcome, texts(&studies).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>())
    };
    let usual = || BatchStudy::new("a", files(data.path(), "hematoma.nii.gz"), options());
    let (outcome, found) = resumed(vec![usual()]);
    assert_eq!((outcome.staged, outcome.unchanged, found), (1, 0, vec!["new".to_owned()]));
    let (outcome, found) = resumed(vec![usual()]);
    assert_eq!((outcome.staged, outcome.unchanged, found), (1, 1, vec!["unchanged".to_owned()]));

    let smoothing = ClassifyOptions::default().with_smoothing(Smoothing::None);
    let changed = [
        BatchStudy::new("a", files(data.path(), "hematoma.nii.gz:1"), options()),
        BatchStudy::new(
            "a",
            files(data.path(), "hematoma.nii.gz:1").with_onsets(["5h".parse().unwrap()]),
            options(),
        ),
        BatchStudy::new(
            "a",
            files(data.path(), "hematoma.nii.gz:1").with_onset_times(["2031-05-06T12:00".parse().unwrap()]),
            options(),
        ),
        BatchStudy::new("a", files(data.path(), "hematoma.nii.gz"), options().with_classify(smoothing)),
        BatchStudy::deferred("a", || {
            let plan = StudyPlan::new(files(data.path(), "hematoma.nii.gz"), options());
            Ok(plan.with_key(["my pipeline 2"]))
        }),
    ];
    for (n, study) in changed.into_iter().enumerate() {
        let (outcome, found) = resumed(vec![study]);
        let expected = if n == 2 { "an onset is given as date and time" } else { "new" };
        assert!(outcome.unchanged == 0 && found[0].starts_with(expected), "{n}: {found:?}");
    }
}

#[test]
fn a_study_that_fails_stops_no_other() {
    let data = data();
    let folder = data.path().join("results");
    let missing = || files(data.path(), "PATIENT.nii.gz/none");
    let study =
        |name: &str| BatchStudy::new(name, files(data.path(), "hematoma.nii.gz"), StageOptions::default());
    let batch = || {
        Batch::new([
            study("a"),
            BatchStudy::new("b", missing(), StageOptions::default()),
            study("A"),
            BatchStudy::deferred("c", || panic!("a fault")),
            study("d").with_place("line 9"),
            study("").with_place("line 10"),
        ])
        .with_results(["stages.nii.gz"], |results, output| {
            assert_ne!(results.name, "d", "a fault in writing");
            output.add("stages.nii.gz", |out| results.staged.stage_map.write_nifti_gz(out))
        })
    };
    let mut checked = Vec::new();
    let outcome = batch().check(|name, study| checked.push((name.to_owned(), study.is_ok())));
    assert_eq!((outcome.staged, outcome.failed, checked.len()), (2, 4, 6));
    assert!(!folder.exists(), "a check writes nothing");

    let (outcome, studies) = run(&batch(), &folder).unwrap();
    assert_eq!((outcome.staged, outcome.failed, outcome.not_begun), (1, 5, 0));
    let (names, found): (Vec<_>, Vec<_>) = studies.into_iter().unzip();
    assert_eq!(names, ["a", "b", "n/a", "c", "d", "n/a"]);
    assert_eq!(found[0], "new");
    assert!(found[1].starts_with("hematoma: the file could not be opened"), "{}", found[1]);
    assert!(found[2].starts_with("study 3: the study's name is that of study 1"), "{}", found[2]);
    assert!(found[3].starts_with("stopped unexpectedly"), "{}", found[3]);
    assert!(found[4].starts_with("stopped unexpectedly"), "{}", found[4]);
    assert!(found[5].starts_with("line 10: the study's name is missing"), "{}", found[5]);
    let summary = fs::read_to_string(folder.join("summary.tsv")).unwrap();
    assert_eq!(summary.lines().count(), 7);
    assert!(folder.join("a/stages.nii.gz").exists() && !folder.join("d").exists());

    let error = run(&batch(), &folder).unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::Parameter, Some("summary.tsv")));
}

#[test]
fn a_stop_leaves_the_others_out() {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    let data = data();
    let stop = Arc::new(AtomicBool::new(false));
    let studies = (0..50).map(|n| {
        let stop = Arc::clone(&stop);
        BatchStudy::deferred(n.to_string(), move || {
            stop.store(true, Ordering::SeqCst);
            Err("x".parse::<hemastage::Onset>().unwrap_err())
        })
    });
    let batch = Batch::new(studies).with_jobs(std::num::NonZero::<usize>::MIN).with_stop(Arc::clone(&stop));
    let (outcome, studies) = run(&batch, &data.path().join("results")).unwrap();
    assert_eq!((outcome.failed, outcome.not_begun, studies.len()), (1, 49, 1));
}
