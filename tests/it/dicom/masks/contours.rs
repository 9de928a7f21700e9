//! Structure sets against a ray cast from every pixel, over contours read by another reader.

use std::path::Path;

use approx::abs_diff_eq;
use dicom_dictionary_std::tags;
use hemastage::{
    Affine, ErrorKind,
    grid::Grid,
    io::{
        Limits,
        dicom::{ImageSpace, SegmentChoice, StructureSet},
    },
};

use super::space_of;
use crate::support::real_files::real_files;

const MOCK: &str = "rt-utils/tests/mock_data";

/// The slices of the mock series, from 60 mm on, 5 mm apart.
fn slices(count: usize) -> Grid {
    let (pixel, origin) = (0.488_281, 125.0);
    let affine = [[-pixel, 0., 0., origin], [0., -pixel, 0., origin], [0., 0., 5., 60.], [0., 0., 0., 1.]];
    Grid::new([512, 512, count], Affine::new(affine).unwrap()).unwrap()
}

/// The contours of one structure, LPS mm, as dicom-object gives their texts.
fn contours(path: &Path, number: &str) -> Vec<Vec<[f64; 3]>> {
    let file = dicom_object::open_file(path).unwrap();
    let items = file.element(tags::ROI_CONTOUR_SEQUENCE).unwrap().items().unwrap();
    let of = |item: &dicom_object::InMemDicomObject| {
        item.element(tags::REFERENCED_ROI_NUMBER).unwrap().to_str().unwrap().trim() == number
    };
    let item = items.iter().find(|item| of(item)).unwrap();
    let contours = item.element(tags::CONTOUR_SEQUENCE).unwrap().items().unwrap();
    let points = |contour: &dicom_object::InMemDicomObject| {
        let numbers = contour.element(tags::CONTOUR_DATA).unwrap().to_multi_float64().unwrap();
        numbers.as_chunks::<3>().0.to_vec()
    };
    contours.iter().map(points).collect()
}

/// Whether a point is inside (1, 3, 5, ... contours are around it), and how near (mm) it is to an edge.
fn inside(contours: &[Vec<[f64; 3]>], x: f64, y: f64) -> (bool, f64) {
    let (mut is_inside, mut nearest) = (false, f64::INFINITY);
    for contour in contours {
        let mut a = contour[contour.len() - 1];
        for &b in contour {
            if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
                is_inside = !is_inside;
            }
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let t = (((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
            nearest = nearest.min((a[0] + t * dx - x).hypot(a[1] + t * dy - y));
            a = b;
        }
    }
    (is_inside, nearest)
}

/// Voxels in the mask, and voxels that differ from the slow answer away from every edge.
fn compared(data: &Path, name: &str, number: &str, count: usize) -> (usize, usize) {
    let path = data.join(MOCK).join(name);
    let set = StructureSet::open(&path, Limits::default()).unwrap();
    let grid = slices(count);
    let roi = set.read_roi(&SegmentChoice::parse(number), &[space_of(&grid)], &mut Vec::new()).unwrap();
    let all = contours(&path, number);
    let mut wrong = 0;
    for k in 0..count {
        let here: Vec<_> = all
            .iter()
            .filter(|c| abs_diff_eq!(c[0][2], 60.0 + 5.0 * k as f64, epsilon = 0.1))
            .cloned()
            .collect();
        for j in 0..512 {
            for i in 0..512 {
                let [x, y, _] = grid.center([i, j, k]);
                let (expected, nearest) = inside(&here, -x, -y);
                let found = roi.position([i, j, k]).is_some();
                // a pixel center lies on an edge within 1e-3 of a pixel
                wrong += usize::from(found != expected && nearest > 1e-3);
            }
        }
    }
    (roi.len(), wrong)
}

#[test]
fn filled_as_a_ray_from_every_pixel_says() {
    let Some(data) = real_files("filled_as_a_ray_from_every_pixel_says") else { return };
    let (voxels, wrong) = compared(&data, "rt.dcm", "1", 2);
    assert!(voxels > 1000 && wrong == 0, "{voxels} voxels, {wrong} wrong");
    for number in ["1", "2", "3", "4"] {
        let (voxels, wrong) = compared(&data, "non_existent_reference_rt.dcm", number, 3);
        assert!(voxels > 1000 && wrong == 0, "structure {number}: {voxels} voxels, {wrong} wrong");
    }
}

#[test]
fn a_structure_set_needs_its_image() {
    let Some(data) = real_files("a_structure_set_needs_its_image") else { return };
    let set = StructureSet::open(data.join(MOCK).join("rt.dcm"), Limits::default()).unwrap();
    assert_eq!(set.numbers(), [1]);
    let error = |choice: &str, images: &[ImageSpace<'_>]| {
        let error = set.read_roi(&SegmentChoice::parse(choice), images, &mut Vec::new()).unwrap_err();
        (error.kind(), error.to_string())
    };
    let (kind, text) = error("ROI-1", &[]);
    assert_eq!(kind, ErrorKind::Geometry);
    assert!(text.contains("give the image that they were drawn on"), "{text}");
    let grid = slices(2);
    let (kind, text) = error("1", &[ImageSpace::new(&grid, Some("1.2.3"))]);
    assert_eq!(kind, ErrorKind::Geometry);
    assert!(text.contains("frame of reference is that of none of the images"), "{text}");
    let (kind, text) = error("roi-2", &[space_of(&grid)]);
    assert_eq!(kind, ErrorKind::Parameter);
    assert!(text.starts_with("rt.dcm: no ROI has the chosen name: the file holds the numbers 1"), "{text}");
}
