//! Which series, and which files of it.

use std::fs;

use hemastage_phantom::PhantomOptions;
use ndarray::Axis;

use crate::dicom::forms::written::{Inputs, Written, assert_same_numbers, grids, sagittal};
use crate::support::dicom::{
    classic::Series,
    enhanced::echoes,
    file::{Syntax, write, write_shuffled},
    place::every,
    secrets::{kind, uid},
    study::Scans,
    tags::{ECHO_TIME, IMAGE_TYPE, SOP_INSTANCE_UID},
};
use crate::support::phantoms::shared_phantom;

#[test]
fn one_file_stands_for_its_series() {
    let written = Written::new(sagittal());
    let mut inputs = written.classic(Syntax::ExplicitLittle);
    let first = fs::read_dir(&inputs.t2).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    inputs.t2 = first.to_str().unwrap().into();
    written.assert_same(&inputs, "a file of the series");
}

#[test]
fn one_folder_with_all_series_and_other_things() {
    let written = Written::new(sagittal());
    let folder = written.root().join("all");
    write_shuffled(&folder.join("a"), &written.scans.t1_series().slices(), Syntax::ExplicitLittle, 1);
    write_shuffled(&folder.join("b/c"), &written.scans.t2_series().slices(), Syntax::Deflated, 2);
    fs::write(folder.join("README.txt"), "no image").unwrap();
    fs::write(folder.join("b/.hidden"), [0; 300]).unwrap();
    let folder = folder.to_str().unwrap();
    let both = Inputs { t1: folder.into(), ..written.nifti.clone() };
    let error = both.files().open().unwrap_err().to_string();
    assert!(error.contains("#1") && error.contains("#2") && error.contains("44 x 80"), "{error}");
    assert!(error.contains("20") && !error.contains(&uid(kind::SERIES, 1)), "{error}");
    let chosen = Inputs { t1: format!("{folder}#1"), t2: format!("{folder}#2"), ..written.nifti.clone() };
    written.assert_same(&chosen, "by number");
    let [first, second] = [1, 2].map(|number| format!("{folder}#{}", uid(kind::SERIES, number)));
    written.assert_same(&Inputs { t1: first, t2: second, ..written.nifti.clone() }, "by UID");
}

#[test]
fn two_echoes_of_one_series() {
    let written = Written::new(sagittal());
    let series = written.scans.t2_series();
    let both = [(15.0, written.scans.t1.0.clone()), (105.0, written.scans.t2.0.clone())];
    let file = write(written.root(), "echoes.dcm", &echoes(&series, &both, 11), Syntax::ExplicitLittle);
    let mut slices = series.slices();
    for mut slice in series.clone().with(|series| series.signal = written.scans.t1.0.clone()).slices() {
        slice.set(ECHO_TIME, 15.0).set(SOP_INSTANCE_UID, uid(kind::IMAGE, 77_000 + slices.len()));
        slices.push(slice);
    }
    let folder = write_shuffled(&written.root().join("echoes"), &slices, Syntax::ExplicitLittle, 12);
    for path in [file, folder] {
        let path = path.to_str().unwrap();
        let one = Inputs { t2: path.into(), ..written.nifti.clone() };
        let error = one.files().open().unwrap_err().to_string();
        // which is the first is for the list to say
        let late = error.lines().find(|line| line.contains("T2-weighted")).unwrap();
        let [t1, t2] = if late.contains("#2.2:") { ["#2.1", "#2.2"] } else { ["#2.2", "#2.1"] };
        assert!(late.contains(t2) && error.contains(t1), "{error}");
        let inputs = Inputs { t1: format!("{path}{t1}"), t2: format!("{path}{t2}"), ..written.nifti.clone() };
        let mut found = inputs.report();
        // where the header tells that the first echo is no plain T1, no shift is measured
        if found["alignment"].is_null() {
            let reason = found["reasons"]["alignment"].as_str().unwrap();
            assert!(reason.starts_with("cord and fluid do not differ in these sequences"), "{reason}");
            for key in ["alignment", "reasons"] {
                found[key] = written.expected[key].clone();
            }
        }
        assert_same_numbers(found, &written.expected, "echoes");
    }
}

#[test]
fn copies_of_slices_and_localizers_are_left_out_with_a_finding() {
    let written = Written::new(sagittal());
    let mut slices = written.scans.t2_series().slices();
    slices.extend([slices[4].clone(), slices[9].clone()]);
    for (n, grid) in grids().into_iter().take(4).filter(|(name, _)| *name != "axial, downwards").enumerate() {
        let made = shared_phantom(&PhantomOptions::small().with_grids(grid.1));
        let view = Scans::of(&made);
        let middle = view.t2.0.slice_axis(Axis(2), (9..10).into()).to_owned();
        let localizer = Series::new(3, middle, every(&view.t2.1, 9, 1));
        let mut slice = localizer.slices().remove(0);
        slice
            .set(IMAGE_TYPE, "ORIGINAL\\PRIMARY\\LOCALIZER")
            .set(SOP_INSTANCE_UID, uid(kind::IMAGE, 500 + n));
        slices.push(slice);
    }
    let folder = write_shuffled(&written.root().join("more"), &slices, Syntax::ExplicitLittle, 21);
    let inputs = Inputs { t2: folder.to_str().unwrap().into(), ..written.nifti.clone() };
    let report = inputs.report();
    let findings = report["findings"].to_string();
    assert!(findings.contains("2 copies of slices") && findings.contains("3 single slices"), "{findings}");
    assert_same_numbers(report, &written.expected, "with copies and localizers");
}

#[test]
fn another_frame_of_reference_is_a_finding() {
    let written = Written::new(sagittal());
    let warns = |inputs: &Inputs| inputs.report()["findings"].to_string().contains("frame_of_reference");
    let mut inputs = written.classic(Syntax::ExplicitLittle);
    assert!(!warns(&inputs));
    let moved = written.scans.t2_series().with(|series| series.frame_of_reference += 1);
    let folder = written.root().join("moved");
    let folder = write_shuffled(&folder, &moved.slices(), Syntax::ExplicitLittle, 5);
    inputs.t2 = folder.to_str().unwrap().into();
    assert!(warns(&inputs));
    written.assert_same(&inputs, "in another frame of reference");
}

#[test]
fn echo_times_that_hardly_differ_are_one_echo() {
    let written = Written::new(sagittal());
    let mut slices = written.scans.t2_series().slices();
    for (n, slice) in slices.iter_mut().enumerate() {
        slice.set(ECHO_TIME, 95.0004 + 1e-4 * n as f64);
    }
    let folder = write_shuffled(&written.root().join("varying"), &slices, Syntax::ExplicitLittle, 6);
    let inputs = Inputs { t2: folder.to_str().unwrap().into(), ..written.nifti.clone() };
    written.assert_same(&inputs, "echo times that hardly differ");
}
