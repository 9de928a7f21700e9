//! Inputs full of secrets, sound and bad, for a reader that might repeat them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    classic::Series,
    dataset::{Dataset, Value},
    enhanced::{echoes, enhanced},
    file::{Syntax, write, write_shuffled},
    rtstruct::{Contour, structure_set},
    secrets::{kind, uid},
    seg::SegmentationType,
    small_study::Role,
    study::Scans,
    tags::{
        BITS_ALLOCATED, CONTOUR_DATA, CONTRAST_BOLUS_AGENT, ECHO_TIME, FRAME_OF_REFERENCE_UID,
        IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, IMAGE_TYPE, MODALITY, NUMBER_OF_FRAMES,
        PHOTOMETRIC_INTERPRETATION, PIXEL_DATA, PIXEL_SPACING, RESCALE_SLOPE, ROI_CONTOUR_SEQUENCE, ROWS,
        SEGMENTATION_TYPE, SEQUENCE_NAME, SERIES_DESCRIPTION, SERIES_INSTANCE_UID, SERIES_NUMBER,
        SOP_CLASS_UID, SOP_INSTANCE_UID, Tag,
    },
};

/// What stands where a number or a code should.
pub(crate) const STRAY: &str = "Zebedaeus Quirin";

/// Writes all inputs below a folder: what each is, its role and its path.
pub(crate) fn inputs(root: &Path, scans: &Scans) -> Vec<(String, Role, PathBuf)> {
    let mut inputs = Vec::new();
    let t2 = scans.t2_series();
    let with_stray_names = |mut slices: Vec<Dataset>| {
        for slice in &mut slices {
            slice.set(CONTRAST_BOLUS_AGENT, STRAY).set(SEQUENCE_NAME, STRAY);
        }
        slices
    };
    let segments = |kind| scans.segmentation(kind).dataset();
    let contour = Contour::rectangle(4, [6, 12], [9, 15]);
    let contours = structure_set(&scans.t2.1, 2, &[vec![contour]]);
    let single = [
        ("enhanced", Role::Image, enhanced(&t2, 1)),
        ("echoes", Role::Image, echoes(&t2, &[(10.0, t2.signal.clone()), (90.0, t2.signal.clone())], 2)),
        ("binary segments", Role::Mask(":3"), segments(SegmentationType::Binary)),
        ("absent segment", Role::Mask(":17"), segments(SegmentationType::Binary)),
        ("label of a segment", Role::Mask(":No such label"), segments(SegmentationType::Binary)),
        ("fractional segments", Role::Mask(":3"), segments(SegmentationType::Fractional { maximum: 100 })),
        ("label map", Role::Mask(":3"), segments(SegmentationType::LabelMap)),
        ("segments as labels", Role::LabelMap, segments(SegmentationType::Binary)),
        ("segments as image", Role::Image, segments(SegmentationType::Binary)),
        ("contours", Role::Mask(":1"), contours.clone()),
        ("contours as labels", Role::LabelMap, contours.clone()),
        ("contours as image", Role::Image, contours.clone()),
    ];
    for (name, role, dataset) in single {
        for syntax in [Syntax::ExplicitLittle, Syntax::Deflated] {
            let path = write(&root.join("single"), &format!("{}.dcm", inputs.len()), &dataset, syntax);
            inputs.push((format!("{name}, {syntax:?}"), role, path));
        }
    }
    let mut folder = |name: &str, role, slices: &[Dataset], syntax| {
        let path = write_shuffled(&root.join(inputs.len().to_string()), slices, syntax, 9);
        inputs.push((name.to_owned(), role, path));
    };
    for syntax in Syntax::ALL {
        folder("classic", Role::Image, &with_stray_names(t2.slices()), syntax);
        folder("mask", Role::Mask(""), &scans.mask_series(5, &scans.hematoma).slices(), syntax);
        folder("labels", Role::LabelMap, &scans.mask_series(6, &scans.vertebrae).slices(), syntax);
    }
    let two = [t2.slices(), scans.t1_series().slices()].concat();
    folder("two series", Role::Image, &two, Syntax::ExplicitLittle);
    for (name, slices) in bad_series(&t2) {
        folder(&name, Role::Image, &slices, Syntax::ExplicitLittle);
    }
    for (name, tag) in [("kind", SEGMENTATION_TYPE), ("frames", NUMBER_OF_FRAMES)] {
        let stray = segments(SegmentationType::Binary).with(tag, STRAY);
        folder(&format!("segments with stray {name}"), Role::Mask(":1"), &[stray], Syntax::ExplicitLittle);
    }
    let mut drawn = contours;
    let items = drawn.items(ROI_CONTOUR_SEQUENCE)[0].items(super::tags::CONTOUR_SEQUENCE);
    items[0].set(CONTOUR_DATA, STRAY);
    folder("contours of words", Role::Mask(":1"), &[drawn], Syntax::ExplicitLittle);
    let cut = root.join("cut.dcm");
    let whole = super::file::file(&enhanced(&t2, 3), Syntax::ExplicitLittle);
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    inputs.push(("cut".into(), Role::Image, cut));
    inputs
}

/// The series with a stray text or nothing in each of the attributes that a reader needs.
fn bad_series(series: &Series) -> Vec<(String, Vec<Dataset>)> {
    let mut bad = Vec::new();
    let needed = [
        ROWS,
        BITS_ALLOCATED,
        PIXEL_SPACING,
        IMAGE_POSITION_PATIENT,
        IMAGE_ORIENTATION_PATIENT,
        RESCALE_SLOPE,
        PHOTOMETRIC_INTERPRETATION,
        IMAGE_TYPE,
        ECHO_TIME,
        MODALITY,
        SOP_CLASS_UID,
        SERIES_NUMBER,
        SERIES_INSTANCE_UID,
        SOP_INSTANCE_UID,
        FRAME_OF_REFERENCE_UID,
    ];
    for tag in needed {
        let (mut stray, mut absent) = (series.slices(), series.slices());
        // text in a number's place keeps the number's type where that is text
        let value = if tag.2 == "US" { Value::Bytes(STRAY.as_bytes().to_vec()) } else { STRAY.into() };
        stray[3].set(tag, value);
        absent[3].remove(tag);
        bad.push((format!("stray {tag:?}"), stray));
        bad.push((format!("absent {tag:?}"), absent));
    }
    let mut gap = series.slices();
    gap.remove(4);
    let mut moved = series.slices();
    moved[4].set(IMAGE_POSITION_PATIENT, [1.0, 2.0, 3.0]);
    let mut doubled = series.slices();
    let mut other = doubled[4].clone();
    other.bytes(PIXEL_DATA)[0] ^= 1;
    other.set(SOP_INSTANCE_UID, uid(kind::IMAGE, 4711)).set(SERIES_DESCRIPTION, STRAY);
    doubled.push(other);
    bad.push(("a gap".into(), gap));
    bad.push(("a moved slice".into(), moved));
    bad.push(("two at one place".into(), doubled));
    bad.push(("one slice".into(), series.slices().split_off(9)));
    // a value whose length goes past the end, and a sequence of text
    let mut claimed = series.slices();
    claimed[2].set(Tag(0x0010, 0x2160, "SH"), Value::Claimed(60_000, STRAY.as_bytes().to_vec()));
    bad.push(("a length past the end".into(), claimed));
    bad
}
