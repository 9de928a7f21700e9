//! Segments and contours that give no mask.

use ndarray::Array3;

use crate::dicom::refused::given::{AXIAL, assert_says, refusal, remove, set};
use crate::support::dicom::{
    dataset::Dataset,
    file::{Syntax, file},
    place::image_plane,
    rtstruct::{Contour, structure_set},
    seg::{Segmentation, SegmentationType},
    small_study::Role,
    tags::{
        CONTOUR_GEOMETRIC_TYPE, CONTOUR_SEQUENCE, IMAGE_POSITION_PATIENT, MAXIMUM_FRACTIONAL_VALUE,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PLANE_POSITION_SEQUENCE, ROI_CONTOUR_SEQUENCE,
        SEGMENTATION_TYPE, SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
    },
};

/// Two segments that overlap, in slices 1 to 4.
fn segments(kind: SegmentationType) -> Segmentation {
    let marked = |from: usize| {
        Array3::from_shape_fn((8, 7, 6), |(i, _, k)| {
            u8::from((from..from + 4).contains(&i) && (1..5).contains(&k))
        })
    };
    Segmentation::new(kind, vec![marked(1), marked(3)], AXIAL)
}

fn given(role: Role, dataset: &Dataset) -> Option<hemastage::Error> {
    refusal(role, &[file(dataset, Syntax::ExplicitLittle)])
}

#[test]
fn segments_must_be_there() {
    let binary = segments(SegmentationType::Binary).dataset();
    let parts = ["1, 2"];
    assert_says(given(Role::Mask(":3"), &binary), "an absent number", &[parts[0], "3"]);
    assert_says(given(Role::Mask(":No such label"), &binary), "an absent label", &parts);
    let twins = segments(SegmentationType::Binary).with(|seg| seg.labels = Some(vec!["Clot", "clot"]));
    assert_says(given(Role::Mask(":Clot"), &twins.dataset()), "two of one label", &parts);
    assert_says(given(Role::LabelMap, &binary), "overlapping labels", &["overlap"]);
}

#[test]
fn frames_need_a_place() {
    let change = |change: &dyn Fn(&mut Dataset)| {
        let mut dataset = segments(SegmentationType::Binary).dataset();
        change(&mut dataset);
        given(Role::Mask(":1"), &dataset)
    };
    assert_says(change(&remove(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)), "no orientation", &[]);
    let frames = PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE;
    assert_says(
        change(&|seg| {
            seg.items(frames)[2].remove(PLANE_POSITION_SEQUENCE);
        }),
        "no position",
        &["ImagePositionPatient"],
    );
    assert_says(
        change(&|seg| {
            seg.items(frames).pop();
        }),
        "a group too few",
        &["8", "7"],
    );
    assert_says(
        change(&|seg| {
            seg.items(frames)[3].items(PLANE_POSITION_SEQUENCE)[0]
                .set(IMAGE_POSITION_PATIENT, [-10.0, -20.0, 1.3]);
        }),
        "between slices",
        &["mm"],
    );
    assert_says(change(&set(SEGMENTATION_TYPE, "SURFACE")), "a kind", &["SegmentationType"]);
    let mut fractional = segments(SegmentationType::Fractional { maximum: 1 }).dataset();
    fractional.set(MAXIMUM_FRACTIONAL_VALUE, 0);
    assert_says(given(Role::Mask(":1"), &fractional), "no maximum", &["MaximumFractionalValue", "0"]);
}

#[test]
fn roles_are_not_mixed_up() {
    let binary = segments(SegmentationType::Binary).dataset();
    assert_says(given(Role::Image, &binary), "segments as image", &["segmentation"]);
    let contours = structure_set(&AXIAL, 4, &[vec![Contour::rectangle(2, [2, 4], [2, 4])]]);
    assert_says(given(Role::Image, &contours), "contours as image", &[]);
    let mut plane = Dataset::default();
    image_plane(&mut plane, &AXIAL, 0);
    assert_says(given(Role::Mask(":1"), &plane), "no image at all", &[]);
}

#[test]
fn contours_need_their_image() {
    // the images of the study are NIfTI, on another grid
    let rectangle = vec![Contour::rectangle(2, [2, 4], [2, 4])];
    let contours = structure_set(&AXIAL, 4, &[rectangle]);
    assert_says(given(Role::Mask(":1"), &contours), "another image", &[]);
    assert_says(given(Role::Mask(":7"), &contours), "an absent structure", &["7", "1"]);
    let mut open = contours.clone();
    open.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE)[0].set(CONTOUR_GEOMETRIC_TYPE, "OPEN_PLANAR");
    assert_says(given(Role::Mask(":1"), &open), "an open contour", &["CLOSED_PLANAR"]);
}
