//! Public segmentations against the label maps they were made from, and against highdicom 0.28's and
//! pydicom 3's reading of them.

use hemastage::{
    Affine, ErrorKind,
    grid::Grid,
    io::{
        Limits,
        dicom::{ImageSpace, SegmentChoice, Segmentation},
    },
};

use super::{nrrd::Nrrd, opened, region, space_of, voxels};
use crate::support::real_files::real_files;

const DCMQI: &str = "dcmqi/data/segmentations";
const HIGHDICOM: &str = "highdicom/data/test_files";

#[test]
fn dcmqi_segmentations_are_their_label_maps() {
    let Some(data) = real_files("dcmqi_segmentations_are_their_label_maps") else { return };
    for name in ["23x38x3", "24x38x3"] {
        let folder = data.join(DCMQI).join(name);
        let answer = Nrrd::read(&folder.join("nrrd/label.nrrd"));
        let segmentation = opened(folder.join("seg/label.seg"));
        let marked = answer.voxels(1);
        assert!(!marked.is_empty());
        let (own, findings) = region(&segmentation, "liver", &[]);
        assert_eq!(voxels(&own), marked, "{name}");
        assert!(own.grid().corner_distance_mm(&answer.grid) < 1e-4 && findings.is_empty());
        let (placed, _) = region(&segmentation, "1", &[space_of(&answer.grid)]);
        assert_eq!(placed.grid(), &answer.grid);
        assert_eq!(voxels(&placed), marked);
        let map = segmentation.read_labels(&[], &mut Vec::new()).unwrap();
        assert_eq!(map.labels().collect::<Vec<_>>(), [(1, marked.len())]);
    }
}

/// The map holds the slice of the 24 x 38 x 3 answer twice, in its first and last slice.
#[test]
fn a_label_map_may_skip_slices() {
    let Some(data) = real_files("a_label_map_may_skip_slices") else { return };
    let answer = Nrrd::read(&data.join(DCMQI).join("24x38x3/nrrd/label.nrrd"));
    let segmentation = opened(data.join(DCMQI).join("sparse-labelmap-ppv5.dcm"));
    assert_eq!(segmentation.numbers(), [1], "0 is the background");
    let expected: Vec<_> = [0, 2]
        .into_iter()
        .flat_map(|k| answer.voxels(1).into_iter().map(move |[i, j, _]| [i, j, k]))
        .collect();
    let (own, findings) = region(&segmentation, "1", &[]);
    assert_eq!(voxels(&own), expected);
    assert!(own.grid().corner_distance_mm(&answer.grid) < 1e-4);
    assert_eq!(findings[0].code, "skipped_slices");
    let (placed, findings) = region(&segmentation, "1", &[space_of(&answer.grid)]);
    assert_eq!(voxels(&placed), expected);
    assert!(findings.is_empty(), "the image knows its slices");
}

/// Voxels by segment and slice as highdicom's `get_volume` gives them.
#[test]
fn overlapping_segments_are_read_one_by_one() {
    let Some(data) = real_files("overlapping_segments_are_read_one_by_one") else { return };
    let segmentation = opened(data.join(DCMQI).join("partial_overlaps.dcm"));
    let image = Nrrd::read(&data.join(DCMQI).join("spine_seg.nrrd"));
    let per_slice = [[0, 9602, 0], [0, 11888, 0], [117, 117, 10509], [6693, 0, 0], [4713, 0, 0]];
    for (number, expected) in (1..).zip(per_slice) {
        for images in [vec![], vec![space_of(&image.grid)]] {
            let (roi, _) = region(&segmentation, &format!("{number}"), &images);
            let found = [0, 1, 2].map(|k| roi.voxels().filter(|voxel| voxel[2] == k).count());
            assert_eq!(found, expected, "segment {number}");
        }
    }
    let count = |choice: &str| region(&segmentation, choice, &[]).0.len();
    assert_eq!(count("light_blue"), 6693);
    assert!(count("1,2") < 9602 + 11888, "a voxel counts once");
    let error = segmentation.read_labels(&[], &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
    assert_eq!(
        error.to_string(),
        "partial_overlaps.dcm: the segments 1 and 2 overlap: a label map holds one label per voxel, so choose one segment at a time"
    );
}

/// The image stored with its axes in another order, one of them reversed.
#[test]
fn the_images_storage_order_does_not_matter() {
    let Some(data) = real_files("the_images_storage_order_does_not_matter") else { return };
    let segmentation = opened(data.join(DCMQI).join("partial_overlaps.dcm"));
    let (own, _) = region(&segmentation, "3", &[]);
    let m = own.grid().affine().matrix();
    let [ni, nj, nk] = own.grid().shape();
    // (i, j, k) becomes (k, last - i, j)
    let row = |r: usize| [m[r][2], -m[r][0], m[r][1], m[r][3] + m[r][0] * (ni - 1) as f64];
    let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]).unwrap();
    let turned = Grid::new([nk, ni, nj], affine).unwrap();
    let (placed, _) = region(&segmentation, "3", &[space_of(&turned)]);
    assert_eq!(placed.grid(), &turned);
    let mut back: Vec<_> = placed.voxels().map(|[k, i, j]| [ni - 1 - i, j, k]).collect();
    back.sort_by_key(|&[i, j, k]| [k, j, i]);
    assert_eq!(back, voxels(&own));
}

/// Voxels and shapes as highdicom's `get_volume` gives them.
#[test]
fn highdicom_segmentations_have_its_voxels() {
    let Some(data) = real_files("highdicom_segmentations_have_its_voxels") else { return };
    let read = |name: &str, choice: &str| region(&opened(data.join(HIGHDICOM).join(name)), choice, &[]);
    let shape_and_voxels = |name: &str, choice: &str| {
        let (roi, _) = read(name, choice);
        (roi.grid().shape(), roi.len())
    };
    let thin = [16, 16, 3];
    assert_eq!(shape_and_voxels("seg_image_ct_binary.dcm", "1"), (thin, 638));
    assert_eq!(shape_and_voxels("seg_image_ct_binary_fractional.dcm", "1"), (thin, 638));
    assert_eq!(shape_and_voxels("seg_image_ct_true_fractional.dcm", "First Segment"), (thin, 638));
    assert_eq!(shape_and_voxels("seg_image_ct_binary_overlap.dcm", "1"), ([16, 16, 165], 64));
    assert_eq!(shape_and_voxels("seg_image_ct_binary_overlap.dcm", "2"), ([16, 16, 165], 16));
    let (single, findings) = read("seg_image_ct_binary_single_frame.dcm", "1");
    assert_eq!((single.grid().shape(), single.len()), ([128, 128, 1], 1832));
    assert_eq!(
        findings[0].message,
        "the mask has one slice; it was taken as 5 mm thick, from SpacingBetweenSlices"
    );
}

#[test]
fn what_lies_in_no_patient_is_refused() {
    let Some(data) = real_files("what_lies_in_no_patient_is_refused") else { return };
    let error = |name: &str| {
        let path = data.join(name);
        let error = Segmentation::open(path, Limits::default()).unwrap_err();
        (error.kind(), error.to_string())
    };
    let (kind, text) = error("highdicom/data/test_files/seg_image_sm_control_labelmap.dcm");
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(text.contains("is of a slide"), "{text}");
    let (kind, text) = error("highdicom/data/test_files/seg_image_cr_binary.dcm");
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(text.contains("frame 1 has no position in the patient (no ImagePositionPatient)"), "{text}");
    let (kind, text) = error("pydicom-wheel/liver_1frame.dcm");
    assert_eq!(kind, ErrorKind::Malformed);
    assert!(text.contains("places 3 frames") && text.contains("has 1"), "{text}");
    let (kind, text) = error("highdicom/data/test_files/ct_image.dcm");
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(text.ends_with("expected a segmentation"), "{text}");
}

/// The second file was cut from the first to 510 x 510, so its frames start within a byte.
#[test]
fn frames_that_start_within_a_byte_are_the_same() {
    let Some(data) = real_files("frames_that_start_within_a_byte_are_the_same") else { return };
    let read = |name: &str| region(&opened(data.join("pydicom-data/data_store/data").join(name)), "1", &[]).0;
    let (whole, cut) = (read("liver.dcm"), read("liver_nonbyte_aligned.dcm"));
    assert_eq!((whole.len(), cut.grid().shape()), (107_098, [510, 510, 3]));
    assert_eq!(voxels(&whole), voxels(&cut));
}

#[test]
fn a_mask_of_another_scan_is_refused() {
    let Some(data) = real_files("a_mask_of_another_scan_is_refused") else { return };
    let segmentation = opened(data.join(DCMQI).join("24x38x3/seg/label.seg"));
    let grid = Nrrd::read(&data.join(DCMQI).join("24x38x3/nrrd/label.nrrd")).grid;
    let other = ImageSpace::new(&grid, Some("1.2.3"));
    let error =
        segmentation.read_roi(&SegmentChoice::All, &[space_of(&grid), other], &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Geometry);
    assert_eq!(
        error.to_string(),
        "label.seg: the frame of reference is that of none of the images: the mask was drawn on another scan, so its place here is unknown"
    );
}
