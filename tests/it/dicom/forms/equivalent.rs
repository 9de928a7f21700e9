//! Every orientation, transfer syntax, kind of segments and way to store a signal.

use hemastage::classify::Model;
use ndarray::{Array3, Axis};

use crate::dicom::forms::written::{Inputs, Written, assert_same_numbers, grids, oblique, sagittal};
use crate::support::dicom::{
    classic::Storage,
    enhanced::enhanced,
    file::{Syntax, write, write_shuffled},
    secrets::{kind, uid},
    seg::SegmentationType,
    tags::{PIXEL_DATA, SERIES_INSTANCE_UID},
};

#[test]
fn every_orientation_in_every_form() {
    for (name, grid) in grids() {
        let written = Written::new(grid);
        assert_eq!(written.expected["mixed_phase"]["flag"], true, "the phantom shows what it should");
        let (classic, enhanced) =
            (written.classic(Syntax::ExplicitLittle), written.enhanced(Syntax::ExplicitLittle));
        written.assert_same(&classic, &format!("{name}, classic"));
        written.assert_same(&enhanced, &format!("{name}, enhanced"));
        let binary = written.scans.segmentation(SegmentationType::Binary).dataset();
        let seg = write(written.root(), "seg.dcm", &binary, Syntax::ExplicitLittle);
        written.assert_same(&classic.segments(&seg, false), &format!("{name}, classic with segments"));
        written
            .assert_same(&enhanced.segments(&seg, true), &format!("{name}, enhanced with segments by label"));
        written.assert_same(
            &written.nifti.clone().segments(&seg, false),
            &format!("{name}, NIfTI with segments"),
        );
    }
}

#[test]
fn a_sidecar_says_what_a_header_says() {
    let written = Written::new(sagittal());
    let without = written.nifti.report_by(Model::Relaxation);
    for (name, tr, te, train) in [("t1", 0.55, 0.01, 3), ("t2", 3.5, 0.105, 17)] {
        let text = format!(
            r#"{{"ScanningSequence": "SE", "SequenceVariant": "SK", "RepetitionTime": {tr}, "EchoTime": {te},
                "EchoTrainLength": {train}, "MagneticFieldStrength": 1.5, "FlipAngle": 90}}"#
        );
        std::fs::write(written.root().join(format!("{name}.json")), text).unwrap();
    }
    let expected = written.nifti.report_by(Model::Relaxation);
    assert_eq!(expected["stage"]["model"]["header"], "full");
    assert_ne!(expected["stage"]["expected"], without["stage"]["expected"]);
    let classic = written.classic(Syntax::ExplicitLittle).report_by(Model::Relaxation);
    assert_same_numbers(classic, &expected, "by relaxation times");
    // the enhanced images do not say that they are fast spin echoes, whose signal is the same
    let mut enhanced = written.enhanced(Syntax::ExplicitLittle).report_by(Model::Relaxation);
    for contrast in ["t1", "t2"] {
        let kind = &mut enhanced["stage"]["model"][contrast]["kind"];
        assert_eq!(kind.take(), "spin_echo");
        *kind = "fast_spin_echo".into();
    }
    assert_same_numbers(enhanced, &expected, "by relaxation times, enhanced");
}

#[test]
fn every_transfer_syntax() {
    let written = Written::new(oblique());
    for syntax in Syntax::ALL {
        written.assert_same(&written.classic(syntax), &format!("classic, {syntax:?}"));
        written.assert_same(&written.enhanced(syntax), &format!("enhanced, {syntax:?}"));
        if syntax != Syntax::Rle {
            let binary = written.scans.segmentation(SegmentationType::Binary).dataset();
            let seg = write(written.root(), &format!("seg {syntax:?}.dcm"), &binary, syntax);
            written
                .assert_same(&written.nifti.clone().segments(&seg, false), &format!("segments, {syntax:?}"));
        }
    }
}

#[test]
fn every_kind_of_segments() {
    let written = Written::new(oblique());
    for kind in
        [SegmentationType::Binary, SegmentationType::Fractional { maximum: 200 }, SegmentationType::LabelMap]
    {
        for sparse in [true, false] {
            let segments = written.scans.segmentation(kind).with(|seg| seg.sparse = sparse);
            let seg = write(written.root(), "seg.dcm", &segments.dataset(), Syntax::ExplicitLittle);
            for by_label in [true, false] {
                let inputs = written.classic(Syntax::ExplicitLittle).segments(&seg, by_label);
                written.assert_same(&inputs, &format!("{kind:?}, sparse: {sparse}, by label: {by_label}"));
            }
        }
    }
}

#[test]
fn masks_and_label_maps_as_series() {
    let written = Written::new(oblique());
    for syntax in Syntax::ALL {
        let mask = |number, mask: &Array3<u8>| {
            let series = written.scans.mask_series(number, mask);
            written.series(&format!("{number} {syntax:?}"), &series, syntax)
        };
        let labels = {
            let mut labels = written.scans.hematoma.mapv(|marked| 4 * marked);
            labels.zip_mut_with(&written.scans.cord, |label, &marked| *label += 9 * marked);
            mask(31, &labels)
        };
        let inputs = Inputs {
            hematoma: format!("{labels}:4"),
            cord: format!("{labels}:9"),
            canal: mask(32, &written.scans.canal),
            vertebrae: Some(mask(33, &written.scans.vertebrae)),
            ..written.classic(syntax)
        };
        written.assert_same(&inputs, &format!("masks in {syntax:?}"));
    }
}

#[test]
fn however_the_signal_is_stored() {
    let written = Written::new(sagittal());
    let plain = written.scans.t2_series();
    let twelve = plain.clone().with(|series| series.stored = Storage::TWELVE);
    let junk = plain.clone().with(|series| series.stored = Storage { above: 0xA000, ..Storage::TWELVE });
    let signed = Storage { bits_stored: 13, above: 0x4000, ..Storage::SIGNED };
    let below_zero = plain.clone().with(|series| {
        series.stored = signed;
        series.scale = Some(|_| (1.0, 1024.0));
    });
    let by_slice = plain.clone().with(|series| series.scale = Some(|k| ([1.0, 0.5, 0.25][k % 3], k as f64)));
    let padded = plain.clone().with(|series| {
        series.stored.padding = Some(-2000);
        series.signal.index_axis_mut(Axis(0), 0).fill(-2000);
    });
    let inverted = plain.clone().with(|series| {
        series.stored = Storage { photometric: "MONOCHROME1", ..Storage::TWELVE };
        series.signal.mapv_inplace(|value| 4095 - value);
    });
    for (n, series) in [twelve, junk, below_zero, by_slice, padded, inverted].iter().enumerate() {
        for syntax in [Syntax::ExplicitLittle, Syntax::ExplicitBig, Syntax::Rle] {
            let inputs = written.with_t2(&format!("{n} {syntax:?}"), series, syntax);
            written.assert_same(&inputs, &format!("{:?}, {syntax:?}", series.stored));
            let file = write(written.root(), &format!("{n} {syntax:?}.dcm"), &enhanced(series, 3), syntax);
            let inputs = Inputs { t2: file.to_str().unwrap().into(), ..written.nifti.clone() };
            written.assert_same(&inputs, &format!("enhanced, {:?}, {syntax:?}", series.stored));
        }
    }
}

#[test]
fn a_changed_pixel_changes_the_report() {
    let written = Written::new(sagittal());
    let (i, j, k) = {
        let marked = written.scans.hematoma.indexed_iter().filter(|(_, marked)| **marked > 0);
        marked.map(|(index, _)| index).last().unwrap()
    };
    let mut slices = written.scans.t2_series().slices();
    let at = 2 * (j * 44 + i);
    slices[k].bytes(PIXEL_DATA)[at..at + 2].copy_from_slice(&3000_i16.to_le_bytes());
    for slice in &mut slices {
        slice.set(SERIES_INSTANCE_UID, uid(kind::SERIES, 9));
    }
    let folder = write_shuffled(&written.root().join("changed"), &slices, Syntax::ExplicitLittle, 2);
    let inputs = Inputs { t2: folder.to_str().unwrap().into(), ..written.nifti.clone() };
    assert_ne!(inputs.report()["hematoma"], written.expected["hematoma"]);
}
