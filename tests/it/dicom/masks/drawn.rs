//! Contours of every kind: what they mark, and what is left out with a finding.

use hemastage::{
    Affine, Finding, Roi,
    grid::Grid,
    io::{
        Limits,
        dicom::{SegmentChoice, StructureSet},
    },
};

use super::{crafted::oblique, space_of, voxels};
use crate::support::dicom::{
    dataset::Dataset,
    file::{Syntax, write},
    rtstruct::{Contour, structure_set},
    tags::{
        CONTOUR_DATA, CONTOUR_GEOMETRIC_TYPE, CONTOUR_SEQUENCE, NUMBER_OF_CONTOUR_POINTS,
        ROI_CONTOUR_SEQUENCE, ROI_NAME, SPECIFIC_CHARACTER_SET, STRUCTURE_SET_ROI_SEQUENCE,
    },
};

const SHAPE: [usize; 3] = [11, 13, 6];

fn polygon(k: usize, corners: &[[f64; 2]]) -> Contour {
    Contour { k: k as f64, corners: corners.to_vec() }
}

/// A contour through the outermost pixel centers of a rectangle.
fn through_centers(k: usize, i: [f64; 2], j: [f64; 2]) -> Contour {
    polygon(k, &[[i[0], j[0]], [i[1], j[0]], [i[1], j[1]], [i[0], j[1]]])
}

fn drawn(rois: &[Vec<Contour>]) -> Dataset {
    structure_set(&oblique(), 1, rois)
}

/// The contours of the first ROI, to be changed.
fn first(mask: &mut Dataset) -> &mut Vec<Dataset> {
    mask.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE)
}

fn read_part(mask: &Dataset, choice: &str) -> Result<(Roi, Vec<Finding>), String> {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new(SHAPE, Affine::new(oblique()).unwrap()).unwrap();
    let path = write(folder.path(), "rt.dcm", mask, Syntax::ExplicitLittle);
    let set = StructureSet::open(path, Limits::default()).unwrap();
    let mut findings = Vec::new();
    let roi = set.read_roi(&SegmentChoice::parse(choice), &[space_of(&grid)], &mut findings);
    roi.map(|roi| (roi, findings)).map_err(|error| error.to_string())
}

fn read(mask: &Dataset) -> Result<(Roi, Vec<Finding>), String> {
    read_part(mask, "1")
}

fn count(contours: &[Contour]) -> usize {
    read(&drawn(&[contours.to_vec()])).unwrap().0.len()
}

fn messages(mask: &Dataset) -> Vec<String> {
    read(mask)
        .unwrap()
        .1
        .into_iter()
        .map(|finding| format!("{}: {}", finding.code, finding.message))
        .collect()
}

#[test]
fn a_contour_through_pixel_centers_marks_them() {
    assert_eq!(count(&[through_centers(2, [3.0, 4.0], [2.0, 9.0])]), 16);
    assert_eq!(count(&[through_centers(2, [3.0, 7.0], [2.0, 9.0])]), 40);
    assert_eq!(count(&[through_centers(2, [2.99, 7.0], [2.0, 9.009])]), 40, "within 0.01 pixel");
    assert_eq!(count(&[through_centers(2, [3.02, 6.98], [2.02, 8.98])]), 18, "beyond it");
    let ring = [Contour::rectangle(2, [2, 8], [3, 9]), through_centers(2, [4.0, 6.0], [5.0, 7.0])];
    assert_eq!(count(&ring), 49 - 1, "the line of a hole counts");
}

#[test]
fn a_contour_of_two_points_marks_the_centers_on_it() {
    let box_of = |k| Contour::rectangle(k, [2, 8], [3, 9]);
    assert_eq!(count(&[box_of(2), polygon(3, &[[2.0, 4.0], [6.0, 4.0]])]), 49 + 5);
    let line = read(&drawn(&[vec![polygon(3, &[[2.0, 4.0], [4.0, 6.0]])]])).unwrap();
    assert_eq!(voxels(&line.0), [[2, 4, 3], [3, 5, 3], [4, 6, 3]], "of no other contour is the normal known");
    assert!(line.1.is_empty());
}

#[test]
fn points_and_open_lines_beside_closed_contours_are_left_out() {
    let closed = vec![Contour::rectangle(2, [2, 8], [3, 9]), Contour::rectangle(3, [2, 8], [3, 9])];
    let expected = voxels(&read(&drawn(std::slice::from_ref(&closed))).unwrap().0);
    let more = [
        ("POINT", polygon(4, &[[5.0, 5.0]])),
        ("OPEN_PLANAR", polygon(4, &[[5.0, 5.0], [6.0, 5.0]])),
        ("OPEN_NONPLANAR", polygon(5, &[[5.0, 5.0], [6.0, 5.0], [6.0, 6.0]])),
    ];
    for (kind, contour) in more {
        let mut mask = drawn(&[[closed.clone(), vec![contour]].concat()]);
        first(&mut mask)[2].set(CONTOUR_GEOMETRIC_TYPE, kind);
        let (roi, _) = read(&mask).unwrap();
        assert_eq!(voxels(&roi), expected, "{kind}");
        assert_eq!(
            messages(&mask),
            [
                "open_contours: 1 of 3 contours are points or open lines, which enclose no voxels; they were left out"
            ]
        );
        first(&mut mask).drain(..2);
        let error = read(&mask).unwrap_err();
        assert!(error.contains("ROI 1 has no contour of the type CLOSED_PLANAR"), "{error}");
    }
}

#[test]
fn contours_of_one_point_or_none_are_left_out() {
    let closed = vec![Contour::rectangle(2, [2, 8], [3, 9])];
    let mut mask = drawn(&[[closed, vec![polygon(2, &[[5.0, 5.0]]), polygon(9, &[])]].concat()]);
    assert_eq!(read(&mask).unwrap().0.len(), 49);
    assert_eq!(
        messages(&mask),
        ["empty_contours: 2 of 3 contours have fewer than two points and mark no voxels; they were left out"]
    );
    first(&mut mask).remove(0);
    assert!(read(&mask).unwrap_err().contains("ROI 1 has no contour of two points or more"));
}

#[test]
fn closed_contours_have_three_types() {
    for kind in ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR"] {
        let mut mask = drawn(&[vec![Contour::rectangle(2, [2, 8], [3, 9])]]);
        first(&mut mask)[0].set(CONTOUR_GEOMETRIC_TYPE, kind);
        assert_eq!(read(&mask).unwrap().0.len(), 49, "{kind}");
    }
}

#[test]
fn contours_beyond_the_image_are_left_out() {
    let inside = Contour::rectangle(2, [2, 8], [3, 9]);
    let beyond = |k: f64| Contour { k, ..Contour::rectangle(0, [2, 8], [3, 9]) };
    for k in [-1.0, -0.6, 5.7, 7.0, 400.0] {
        let mask = drawn(&[vec![inside.clone(), beyond(k)]]);
        assert_eq!(read(&mask).unwrap().0.len(), 49, "{k}");
        assert_eq!(
            messages(&mask),
            [
                "contours_beyond: 1 of 2 contours lie beyond the image's first or last slice, or on another image; they were left out"
            ]
        );
        assert!(
            read(&drawn(&[vec![beyond(k)]])).unwrap_err().contains("beyond the image's first or last slice")
        );
    }
    // between the slices it is no contour of this image
    assert!(
        read(&drawn(&[vec![inside.clone(), beyond(3.4)]]))
            .unwrap_err()
            .contains("away from the nearest slice")
    );
}

#[test]
fn the_number_of_points_is_not_needed() {
    for number in ["5", "0", "-7", "many", ""] {
        let mut mask = drawn(&[vec![Contour::rectangle(2, [2, 8], [3, 9])]]);
        first(&mut mask)[0].set(NUMBER_OF_CONTOUR_POINTS, number);
        assert_eq!(read(&mask).unwrap().0.len(), 49, "{number}");
    }
    let mut mask = drawn(&[vec![Contour::rectangle(2, [2, 8], [3, 9])]]);
    first(&mut mask)[0].set(CONTOUR_DATA, "1\\2\\3\\4");
    assert!(read(&mask).unwrap_err().contains("found 4 coordinates, expected 3 for each point"));
}

/// Bytes as Python's codecs give them.
#[test]
fn names_are_found_in_every_script() {
    for (sets, name, bytes) in [
        ("ISO 2022 IR 13\\ISO 2022 IR 87", "血腫", &b"\x1b$B7l<p\x1b(J "[..]),
        ("\\ISO 2022 IR 87", "血腫", b"\x1b$B7l<p\x1b(B "),
        ("\\ISO 2022 IR 149", "혈종", b"\x1b$)C\xc7\xf7\xc1\xbe"),
        ("ISO_IR 148", "kanama şığ", b"kanama \xfe\xfd\xf0"),
        ("ISO_IR 192", "Hämatom", "Hämatom ".as_bytes()),
        ("", "Гематома", "Гематома".as_bytes()),
        ("ISO_IR 100", "hämatom", b"H\xe4matom "),
    ] {
        let mut mask = drawn(&[vec![], vec![Contour::rectangle(2, [2, 8], [3, 9])]]);
        mask.set(SPECIFIC_CHARACTER_SET, sets);
        let name_tag = crate::support::dicom::tags::Tag(ROI_NAME.0, ROI_NAME.1, "LO");
        mask.items(STRUCTURE_SET_ROI_SEQUENCE)[1].set(name_tag, bytes.to_vec());
        let read = read_part(&mask, name);
        assert_eq!(read.unwrap().0.len(), 49, "{sets} {name}");
        let error = read_part(&mask, "Haematoma").unwrap_err();
        assert!(!error.contains(name), "{error}");
    }
}
