//! Segmentations and structure sets of the tests' own writer, on grids of any orientation.

use fastrand::Rng;
use hemastage::{
    Affine, ErrorKind,
    grid::Grid,
    io::{
        Limits,
        dicom::{SegmentChoice, Segmentation, StructureSet},
    },
};
use ndarray::Array3;

use super::{opened, region, space_of, voxels};
use crate::support::dicom::{
    file::{Syntax, write},
    place::Matrix,
    rtstruct::{Contour, structure_set},
    seg::{self, SegmentationType},
};

/// An oblique sagittal grid whose slices are 4.4 mm apart.
pub(crate) fn oblique() -> Matrix {
    let (s, c) = 0.3_f64.sin_cos();
    [
        [0.7 * s, 0.0, 4.4 * c, -20.0],
        [-0.7 * c, 0.0, 4.4 * s, 70.0],
        [0.0, -0.5, 0.0, 55.5],
        [0.0, 0.0, 0.0, 1.0],
    ]
}

/// Two volumes of 11 x 13 x 6, of values below `end`, with an empty slice.
pub(crate) fn volumes(end: usize) -> Vec<Array3<u8>> {
    let mut random = Rng::with_seed(9);
    let mut volume =
        || Array3::from_shape_fn((11, 13, 6), |(_, _, k)| if k == 2 { 0 } else { random.usize(..end) as u8 });
    vec![volume(), volume()]
}

fn marked(volume: &Array3<u8>, from: u8) -> Vec<[usize; 3]> {
    let mut voxels: Vec<[usize; 3]> =
        volume.indexed_iter().filter(|&(_, &value)| value >= from).map(|(index, _)| index.into()).collect();
    voxels.sort_by_key(|&[i, j, k]| [k, j, i]);
    voxels
}

#[test]
fn every_type_in_every_syntax_gives_its_voxels() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([11, 13, 6], Affine::new(oblique()).unwrap()).unwrap();
    // a fraction of 7 belongs to the segment from 3.5 on, one of 200 from 100 on
    let fractional = |maximum| SegmentationType::Fractional { maximum };
    let types = [(SegmentationType::Binary, 2, 1), (fractional(7), 8, 4), (fractional(200), 201, 100)];
    for (kind, end, from) in types {
        let volumes = volumes(end);
        for syntax in Syntax::ALL {
            if syntax == Syntax::Rle && kind == SegmentationType::Binary {
                continue;
            }
            let dataset = seg::Segmentation::new(kind, volumes.clone(), oblique()).dataset();
            let segmentation = opened(write(folder.path(), "seg.dcm", &dataset, syntax));
            for (number, volume) in (1..).zip(&volumes) {
                let (own, _) = region(&segmentation, &format!("{number}"), &[]);
                assert_eq!(voxels(&own), marked(volume, from), "{kind:?} {syntax:?}");
                assert!(own.grid().corner_distance_mm(&grid) < 1e-6);
                let (placed, _) = region(&segmentation, &format!("{number}"), &[space_of(&grid)]);
                assert_eq!(voxels(&placed), voxels(&own));
            }
        }
    }
}

#[test]
fn a_label_map_gives_its_labels() {
    let folder = tempfile::tempdir().unwrap();
    let volumes = volumes(2);
    // the writer lets the second segment cover the first
    let second = marked(&volumes[1], 1);
    let first: Vec<_> = marked(&volumes[0], 1).into_iter().filter(|voxel| !second.contains(voxel)).collect();
    for syntax in Syntax::ALL {
        let dataset =
            seg::Segmentation::new(SegmentationType::LabelMap, volumes.clone(), oblique()).dataset();
        let segmentation = opened(write(folder.path(), "seg.dcm", &dataset, syntax));
        assert_eq!(voxels(&region(&segmentation, "1", &[]).0), first, "{syntax:?}");
        assert_eq!(voxels(&region(&segmentation, "2", &[]).0), second, "{syntax:?}");
        let map = segmentation.read_labels(&[], &mut Vec::new()).unwrap();
        assert_eq!(map.labels().collect::<Vec<_>>(), [(1, first.len()), (2, second.len())]);
    }
}

#[test]
fn a_label_is_matched_but_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let twice =
        seg::Segmentation::new(SegmentationType::Binary, volumes(2), oblique()).with(|segmentation| {
            segmentation.labels = Some(vec!["Haematoma of Zebedaeus", "haematoma OF zebedaeus"]);
        });
    let segmentation = opened(write(folder.path(), "seg.dcm", &twice.dataset(), Syntax::ExplicitLittle));
    for (choice, expected) in [
        (
            "haematoma of zebedaeus",
            "seg.dcm: more than one segment has the chosen name: choose one of the numbers 1, 2",
        ),
        (
            "zebedaeus",
            "seg.dcm: no segment has the chosen name: the file holds the numbers 1, 2, so choose by number or by the whole name",
        ),
        (
            "1,5",
            "seg.dcm: no segment has the number 5: the file holds the numbers 1, 2, so choose among them",
        ),
    ] {
        let error = segmentation.choose(&SegmentChoice::parse(choice)).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Parameter, expected));
    }
    assert!(!format!("{segmentation:?}").to_lowercase().contains("zebedaeus"));
}

#[test]
fn contours_mark_the_voxels_that_they_enclose() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([11, 13, 6], Affine::new(oblique()).unwrap()).unwrap();
    let ring = vec![Contour::rectangle(1, [2, 8], [3, 9]), Contour::rectangle(1, [4, 5], [5, 7])];
    let dataset = structure_set(&oblique(), 1, &[ring, vec![Contour::rectangle(4, [0, 0], [12, 12])]]);
    let path = write(folder.path(), "rt.dcm", &dataset, Syntax::ImplicitLittle);
    let set = StructureSet::open(path, Limits::default()).unwrap();
    let read = |choice: &str| {
        let roi = set.read_roi(&SegmentChoice::parse(choice), &[space_of(&grid)], &mut Vec::new());
        voxels(&roi.unwrap())
    };
    let within = |[i, j]: [usize; 2]| (2..=8).contains(&i) && (3..=9).contains(&j);
    let hole = |[i, j]: [usize; 2]| (4..=5).contains(&i) && (5..=7).contains(&j);
    let pixels = (0..13).flat_map(|j| (0..11).map(move |i| [i, j]));
    let expected: Vec<_> = pixels.filter(|&at| within(at) && !hole(at)).map(|[i, j]| [i, j, 1]).collect();
    assert_eq!(read("1"), expected);
    assert_eq!(read("2"), [[0, 12, 4]]);
    assert_eq!(read("1,2").len(), expected.len() + 1);
    let astray =
        structure_set(&oblique(), 1, &[vec![Contour { k: 1.25, ..Contour::rectangle(1, [2, 8], [3, 9]) }]]);
    let path = write(folder.path(), "astray.dcm", &astray, Syntax::ImplicitLittle);
    let set = StructureSet::open(path, Limits::default()).unwrap();
    let error = set.read_roi(&SegmentChoice::All, &[space_of(&grid)], &mut Vec::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "astray.dcm: ROI 1, contour 1 is 1.10 mm away from the nearest slice of the image, or bent or tilted by that much: expected at most 0.44 mm, so give the series that it was drawn on"
    );
}

#[test]
fn every_roi_is_every_one_with_contours() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([11, 13, 6], Affine::new(oblique()).unwrap()).unwrap();
    let dataset = structure_set(&oblique(), 1, &[vec![], vec![Contour::rectangle(1, [2, 8], [3, 9])]]);
    let path = write(folder.path(), "rt.dcm", &dataset, Syntax::ImplicitLittle);
    let set = StructureSet::open(path, Limits::default()).unwrap();
    assert_eq!((set.numbers(), set.choose(&SegmentChoice::All).unwrap()), (vec![1, 2], vec![2]));
    let read = |choice: &SegmentChoice| set.read_roi(choice, &[space_of(&grid)], &mut Vec::new());
    assert_eq!(voxels(&read(&SegmentChoice::All).unwrap()).len(), 49);
    assert!(read(&SegmentChoice::parse("1")).unwrap_err().to_string().contains("ROI 1 has no contours"));
}

#[test]
fn contours_are_no_segmentation() {
    let folder = tempfile::tempdir().unwrap();
    let contours = structure_set(&oblique(), 1, &[vec![Contour::rectangle(1, [2, 8], [3, 9])]]);
    let path = write(folder.path(), "rt.dcm", &contours, Syntax::ExplicitLittle);
    let error = Segmentation::open(path, Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rt.dcm: the file is a DICOM object of another kind: expected a segmentation"
    );
}
