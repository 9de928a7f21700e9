//! Masks that were drawn on two stations of one series: each frame and each contour names its slice, and those of the image
//! count.

use hemastage::io::dicom::ImageSpace;

use super::placed::{
    assert_slices, codes, contoured, contours, image, named, of_blocks, segmentation, segmented,
};
use crate::support::dicom::{
    dataset::Dataset,
    place::Matrix,
    tags::{
        CONTOUR_IMAGE_SEQUENCE, CONTOUR_SEQUENCE, DERIVATION_IMAGE_SEQUENCE, NUMBER_OF_FRAMES,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_DATA_BYTES, PIXEL_MEASURES_SEQUENCE,
        ROI_CONTOUR_SEQUENCE, SHARED_FUNCTIONAL_GROUPS_SEQUENCE, SOURCE_IMAGE_SEQUENCE,
        SPACING_BETWEEN_SLICES,
    },
};

/// The series number of the first station; that of the second is the next.
const FIRST: usize = 10;

/// Axial slices 3 mm apart; marks are on the second and the third.
fn station([x, z]: [f64; 2]) -> Matrix {
    [[0.6, 0.0, 0.0, x], [0.0, 0.6, 0.0, 7.0], [0.0, 0.0, 3.0, z], [0.0, 0.0, 0.0, 1.0]]
}

/// A first station, and where the second lies: its slices between those of the first, at the same places, next to it, far
/// above.
fn layouts() -> [(&'static str, [Matrix; 2]); 4] {
    [
        ("in between", [0.0, 1.0]),
        ("shared", [0.0, 3.0]),
        ("side by side", [5.0, 0.0]),
        ("apart by no whole number of steps", [0.0, 26.5]),
    ]
    .map(|(name, second)| (name, [station([0.0; 2]), station(second)]))
}

/// The segmentation of both stations, whose frames name their slices.
fn segmented_stations(stations: &[Matrix]) -> Dataset {
    let mut mask = of_blocks(stations);
    let groups = mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    for (n, group) in groups.iter_mut().enumerate() {
        let source = Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(FIRST + n / 2, 1));
        group.set(DERIVATION_IMAGE_SEQUENCE, source);
    }
    mask
}

/// The contours of both stations, which name their slices.
fn contoured_stations(stations: &[Matrix]) -> Dataset {
    let of_station = |n: usize| {
        let mut set = contours(&stations[n], &[1, 2]);
        for contour in set.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE) {
            contour.set(CONTOUR_IMAGE_SEQUENCE, named(FIRST + n, 1));
        }
        set
    };
    let (mut set, mut second) = (of_station(0), of_station(1));
    let more = second.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE).clone();
    set.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE).extend(more);
    set
}

#[test]
fn what_was_drawn_on_another_station_is_left_out() {
    for (name, stations) in layouts() {
        let root = tempfile::tempdir().unwrap();
        for (n, &at) in stations.iter().enumerate() {
            let part = image(root.path(), FIRST + n, at, 4, 1);
            let images = [ImageSpace::of_series(&part)];
            let read = segmented(root.path(), &segmented_stations(&stations), &images);
            assert_slices(&read, 3.0, 2, name);
            assert_eq!(read.as_ref().unwrap().0.grid(), part.grid(), "{name}");
            assert_eq!(codes(&read), ["other_blocks"], "{name}");
            let read = contoured(root.path(), &contoured_stations(&stations), &images);
            assert_slices(&read, 3.0, 2, name);
            assert_eq!(codes(&read), ["contours_beyond"], "{name}");
        }
    }
}

/// A frame of each station is as far apart as those are, which is no thickness.
#[test]
fn one_frame_in_each_station_has_the_slices_of_its_own() {
    let stations = [station([0.0; 2]), station([0.0, 26.5])];
    let root = tempfile::tempdir().unwrap();
    let mut mask = segmented_stations(&stations);
    let groups = mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    (groups[1], groups[3]) = (groups[0].clone(), groups[2].clone());
    groups.remove(3);
    groups.remove(1);
    let pixels = mask.bytes(PIXEL_DATA_BYTES)[..42].to_vec();
    mask.set(NUMBER_OF_FRAMES, 2_usize).set(PIXEL_DATA_BYTES, pixels);
    let part = image(root.path(), FIRST, stations[0], 4, 1);
    let read = segmented(root.path(), &mask, &[ImageSpace::of_series(&part)]);
    assert_slices(&read, 3.0, 1, "one of its own");
}

#[test]
fn both_stations_count_where_both_are_given() {
    let root = tempfile::tempdir().unwrap();
    let stations = [station([0.0; 2]), station([0.0, 12.0])];
    let parts = [0, 1].map(|n| image(root.path(), FIRST + n, stations[n], 4, 1));
    let images = parts.each_ref().map(ImageSpace::of_series);
    let read = segmented(root.path(), &segmented_stations(&stations), &images);
    assert_slices(&read, 3.0, 4, "on a grid of its own");
    assert!(codes(&read).is_empty());
}

/// Slices twice as thick as the image's, by the thickness alone.
#[test]
fn a_thick_segmentation_without_a_stated_spacing_keeps_its_step() {
    let root = tempfile::tempdir().unwrap();
    let part = image(root.path(), FIRST, station([0.0; 2]), 8, 1);
    let mut thick = station([0.0; 2]);
    thick[2][2] = 6.0;
    let mut mask = segmentation(thick, 4, &[1, 2]);
    let measures = &mut mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].items(PIXEL_MEASURES_SEQUENCE)[0];
    measures.remove(SPACING_BETWEEN_SLICES);
    for group in mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
        let source = Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(FIRST, 1));
        group.set(DERIVATION_IMAGE_SEQUENCE, source);
    }
    assert_slices(&segmented(root.path(), &mask, &[ImageSpace::of_series(&part)]), 6.0, 2, "thick");
}

/// The places count, and the contradiction is a finding.
#[test]
fn a_spacing_that_the_planes_contradict_is_a_finding() {
    let root = tempfile::tempdir().unwrap();
    let part = image(root.path(), FIRST, station([0.0; 2]), 4, 1);
    let mut mask = segmentation(station([0.0; 2]), 4, &[1, 2]);
    let images = [ImageSpace::of_series(&part)];
    assert!(codes(&segmented(root.path(), &mask, &images)).is_empty());
    let measures = &mut mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].items(PIXEL_MEASURES_SEQUENCE)[0];
    measures.set(SPACING_BETWEEN_SLICES, "9");
    let read = segmented(root.path(), &mask, &images);
    assert_slices(&read, 3.0, 2, "contradicted");
    assert_eq!(codes(&read), ["slice_spacing"]);
}
