//! Enhanced images whose functional groups do not make one volume.

use crate::dicom::refused::given::{assert_says, refusal, remove, series, set};
use crate::support::dicom::{
    dataset::Dataset,
    enhanced::{echoes, enhanced},
    file::{Syntax, file},
    small_study::Role,
    tags::{
        IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, NUMBER_OF_FRAMES,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_MEASURES_SEQUENCE, PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
        PLANE_ORIENTATION_SEQUENCE, PLANE_POSITION_SEQUENCE, RESCALE_SLOPE,
        SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    },
};

fn changed(change: impl FnOnce(&mut Dataset)) -> Option<hemastage::Error> {
    let mut image = enhanced(&series(), 6);
    change(&mut image);
    refusal(Role::Image, &[file(&image, Syntax::ExplicitLittle)])
}

/// Changes the frame that lies at z.
fn frame_at(image: &mut Dataset, z: f64, change: impl FnOnce(&mut Dataset)) {
    let frames = image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let at = |frame: &mut Dataset| match frame.items(PLANE_POSITION_SEQUENCE)[0].get(IMAGE_POSITION_PATIENT) {
        Some(crate::support::dicom::dataset::Value::Numbers(position)) => position[2],
        other => panic!("{other:?}"),
    };
    change(frames.iter_mut().find_map(|frame| (at(frame) == z).then_some(frame)).unwrap());
}

fn place(frame: &mut Dataset, z: f64) {
    frame.items(PLANE_POSITION_SEQUENCE)[0].set(IMAGE_POSITION_PATIENT, [-10.0, -20.0, z]);
}

#[test]
fn the_sound_image_is_read() {
    let error = changed(|_| ());
    assert!(error.is_none(), "{}", error.unwrap());
}

#[test]
fn groups_at_fault_are_named() {
    let shared = SHARED_FUNCTIONAL_GROUPS_SEQUENCE;
    assert_says(
        changed(|image| {
            image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).pop();
        }),
        "a group too few",
        &["functional groups of 5 frames", "NumberOfFrames is 6"],
    );
    assert_says(changed(set(NUMBER_OF_FRAMES, 7)), "a frame too many", &["6", "7"]);
    assert_says(changed(remove(shared)), "no shared groups", &["where the image lies is unknown"]);
    for (group, keyword) in
        [(PIXEL_MEASURES_SEQUENCE, "PixelSpacing"), (PLANE_ORIENTATION_SEQUENCE, "ImageOrientationPatient")]
    {
        assert_says(
            changed(|image| {
                image.items(shared)[0].remove(group);
            }),
            keyword,
            &[keyword],
        );
    }
    assert_says(
        changed(|image| frame_at(image, 4.0, remove(PLANE_POSITION_SEQUENCE))),
        "no position",
        &["ImagePositionPatient"],
    );
    assert_says(
        changed(|image| {
            frame_at(image, 4.0, |frame| {
                frame.items(PIXEL_VALUE_TRANSFORMATION_SEQUENCE)[0].set(RESCALE_SLOPE, 0.0);
            });
        }),
        "slope 0",
        &["RescaleSlope is 0"],
    );
}

#[test]
fn frames_at_fault_are_named() {
    assert_says(
        changed(|image| frame_at(image, 12.0, |frame| place(frame, 20.0))),
        "a gap",
        &["8 and 20 mm", "12 mm apart", "the others 4 mm", "2 slices are missing"],
    );
    assert_says(changed(|image| frame_at(image, 4.0, |frame| place(frame, 0.0))), "one place", &["0 mm"]);
    let turned = Dataset::default().with(IMAGE_ORIENTATION_PATIENT, [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]);
    let error = changed(|image| {
        let shared =
            image.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].items(PLANE_ORIENTATION_SEQUENCE)[0].clone();
        image.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].remove(PLANE_ORIENTATION_SEQUENCE);
        for frame in image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
            frame.set(PLANE_ORIENTATION_SEQUENCE, shared.clone());
        }
        for (z, y) in [(8.0, 5.0), (12.0, 9.0), (4.0, 1.0)] {
            frame_at(image, z, |frame| {
                frame.set(PLANE_ORIENTATION_SEQUENCE, turned.clone());
                frame.items(PLANE_POSITION_SEQUENCE)[0].set(IMAGE_POSITION_PATIENT, [-10.0, y, 7.0]);
            });
        }
    });
    assert_says(error, "two orientations", &["#4.1", "#4.2", "3 slices"]);
}

#[test]
fn echoes_are_listed() {
    let series = series();
    let both = echoes(&series, &[(12.0, series.signal.clone()), (96.0, series.signal.clone())], 2);
    let error = refusal(Role::Image, &[file(&both, Syntax::ExplicitLittle)]);
    assert_says(error, "two echoes", &["#4.1", "#4.2", "6 slices"]);
}
