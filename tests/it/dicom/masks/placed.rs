//! Which image a mask lies on: by what it refers to, by its frame of reference, by the step of its planes.

use std::path::Path;

use hemastage::{
    Finding, Roi,
    grid::Grid,
    io::{
        Limits,
        dicom::{DicomSeries, ImageSpace, SegmentChoice, Segmentation, Selector, StructureSet},
    },
};
use ndarray::Array3;

use crate::support::dicom::{
    classic::Series,
    dataset::Dataset,
    file::{Syntax, write, write_shuffled},
    place::{Matrix, every},
    rtstruct::{Contour, structure_set},
    secrets::{kind, uid},
    seg::{self, SegmentationType},
    tags::{
        CONTOUR_IMAGE_SEQUENCE, CONTOUR_SEQUENCE, DERIVATION_IMAGE_SEQUENCE, FRAME_OF_REFERENCE_UID,
        NUMBER_OF_FRAMES, PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_DATA_BYTES, PIXEL_MEASURES_SEQUENCE,
        PIXEL_SPACING, PLANE_ORIENTATION_SEQUENCE, REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
        REFERENCED_FRAME_OF_REFERENCE_UID, REFERENCED_INSTANCE_SEQUENCE, REFERENCED_SERIES_SEQUENCE,
        REFERENCED_SOP_INSTANCE_UID, ROI_CONTOUR_SEQUENCE, RT_REFERENCED_SERIES_SEQUENCE,
        RT_REFERENCED_STUDY_SEQUENCE, SERIES_INSTANCE_UID, SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
        SOURCE_IMAGE_SEQUENCE, SPACING_BETWEEN_SLICES, STRUCTURE_SET_ROI_SEQUENCE,
    },
};

/// The series numbers of two images in the same planes.
const THIN: usize = 4;
const THICK: usize = 5;

/// Voxels of the thick image, which has slices of 4 mm.
const SHAPE: [usize; 3] = [12, 14, 5];

/// Oblique slices of 4 mm.
fn thick() -> Matrix {
    let (s, c) = 0.3_f64.sin_cos();
    [[0.6 * c, 0.6 * s, 0.0, -3.0], [-0.6 * s, 0.6 * c, 0.0, 7.0], [0.0, 0.0, 4.0, 2.0], [0.0, 0.0, 0.0, 1.0]]
}

/// The same planes with slices of 1 mm.
fn thin() -> Matrix {
    let mut thin = thick();
    thin[2][2] = 1.0;
    thin
}

/// An image of a study, read from its files.
pub(super) fn image(
    root: &Path,
    number: usize,
    affine: Matrix,
    slices: usize,
    frame_of_reference: usize,
) -> DicomSeries {
    let signal = Array3::from_shape_fn((SHAPE[0], SHAPE[1], slices), |(i, j, k)| (i + 2 * j + 3 * k) as i32);
    let series =
        Series::new(number, signal, affine).with(|series| series.frame_of_reference = frame_of_reference);
    let folder = root.join(format!("{number}-{frame_of_reference}"));
    let path = write_shuffled(&folder, &series.slices(), Syntax::ExplicitLittle, number as u64);
    DicomSeries::open(path, &Selector::Only, Limits::default()).unwrap()
}

/// A thin and a thick image in the same planes, and the frames of reference that they are in.
struct Images {
    root: tempfile::TempDir,
    thin: DicomSeries,
    thick: DicomSeries,
}

impl Images {
    fn in_frames(thin_in: usize, thick_in: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        let thin = image(root.path(), THIN, thin(), 17, thin_in);
        let thick = image(root.path(), THICK, thick(), SHAPE[2], thick_in);
        Self { root, thin, thick }
    }

    fn spaces(&self) -> [ImageSpace<'_>; 2] {
        [&self.thin, &self.thick].map(ImageSpace::of_series)
    }

    fn segmented(&self, dataset: &Dataset) -> Result<(Roi, Vec<Finding>), String> {
        segmented(self.root.path(), dataset, &self.spaces())
    }

    fn contoured(&self, dataset: &Dataset) -> Result<(Roi, Vec<Finding>), String> {
        contoured(self.root.path(), dataset, &self.spaces())
    }
}

pub(super) fn segmented(
    root: &Path,
    dataset: &Dataset,
    images: &[ImageSpace<'_>],
) -> Result<(Roi, Vec<Finding>), String> {
    let path = write(root, "seg.dcm", dataset, Syntax::ExplicitLittle);
    let segmentation = Segmentation::open(path, Limits::default()).unwrap();
    let mut findings = Vec::new();
    let roi = segmentation.read_roi(&SegmentChoice::parse("1"), images, &mut findings);
    roi.map(|roi| (roi, findings)).map_err(|error| error.to_string())
}

pub(super) fn contoured(
    root: &Path,
    dataset: &Dataset,
    images: &[ImageSpace<'_>],
) -> Result<(Roi, Vec<Finding>), String> {
    let path = write(root, "rt.dcm", dataset, Syntax::ExplicitLittle);
    let set = StructureSet::open(path, Limits::default()).unwrap();
    let mut findings = Vec::new();
    let roi = set.read_roi(&SegmentChoice::parse("1"), images, &mut findings);
    roi.map(|roi| (roi, findings)).map_err(|error| error.to_string())
}

/// Slices of the mask's own array that are marked.
pub(super) fn segmentation(affine: Matrix, slices: usize, marked: &[usize]) -> Dataset {
    let mask = Array3::from_shape_fn((SHAPE[0], SHAPE[1], slices), |(i, j, k)| {
        u8::from((3..8).contains(&i) && (4..9).contains(&j) && marked.contains(&k))
    });
    seg::Segmentation::new(SegmentationType::Binary, vec![mask], affine).dataset()
}

/// A rectangle of 5 x 5 pixels in each of these slices; without what the writer refers to.
pub(super) fn contours(affine: &Matrix, slices: &[usize]) -> Dataset {
    let rectangles = slices.iter().map(|&k| Contour::rectangle(k, [3, 7], [4, 8])).collect();
    let mut dataset = structure_set(affine, THICK, &[rectangles]);
    for contour in dataset.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE) {
        contour.remove(CONTOUR_IMAGE_SEQUENCE);
    }
    dataset
}

pub(super) fn named(series: usize, slice: usize) -> Dataset {
    Dataset::default().with(REFERENCED_SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 * series + slice))
}

fn frame(number: usize) -> String {
    uid(kind::FRAME_OF_REFERENCE, number)
}

/// Voxels of 0.6 x 0.6 mm in slices so thick, of 25 in each.
#[track_caller]
pub(super) fn assert_slices(read: &Result<(Roi, Vec<Finding>), String>, mm: f64, slices: usize, what: &str) {
    let (roi, findings) = read.as_ref().unwrap_or_else(|error| panic!("{what}: {error}"));
    let spacing = roi.grid().spacing_mm();
    assert!((spacing[2] - mm).abs() < 1e-6, "{what}: {spacing:?}, {findings:?}");
    assert_eq!(roi.len(), 25 * slices, "{what}");
}

pub(super) fn codes(read: &Result<(Roi, Vec<Finding>), String>) -> Vec<String> {
    read.as_ref().unwrap().1.iter().map(|finding| finding.code.clone()).collect()
}

/// A name, and what makes a segmentation refer to images.
type Reference = (&'static str, Box<dyn Fn(&mut Dataset)>);

/// The ways in which a segmentation can name the images that it was drawn on.
fn references(series: usize) -> Vec<Reference> {
    let derived = move |mask: &mut Dataset| {
        for group in mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
            let source = Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(series, 1));
            group.set(DERIVATION_IMAGE_SEQUENCE, source);
        }
    };
    let shared = move |mask: &mut Dataset| {
        let source = Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(series, 1));
        mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].set(DERIVATION_IMAGE_SEQUENCE, source);
    };
    let listed = move |mask: &mut Dataset| {
        let item = Dataset::default()
            .with(SERIES_INSTANCE_UID, uid(kind::SERIES, 99))
            .with(REFERENCED_INSTANCE_SEQUENCE, named(series, 2));
        mask.set(REFERENCED_SERIES_SEQUENCE, item);
    };
    let series = move |mask: &mut Dataset| {
        let item = Dataset::default().with(SERIES_INSTANCE_UID, uid(kind::SERIES, series));
        mask.set(REFERENCED_SERIES_SEQUENCE, item);
    };
    vec![
        ("derived from", Box::new(derived)),
        ("shared", Box::new(shared)),
        ("listed", Box::new(listed)),
        ("series", Box::new(series)),
    ]
}

#[test]
fn a_segmentation_lies_on_the_image_that_it_refers_to() {
    let images = Images::in_frames(1, 1);
    for (name, refer) in references(THICK) {
        let mut mask = segmentation(thick(), SHAPE[2], &[1, 2]);
        refer(&mut mask);
        assert_slices(&images.segmented(&mask), 4.0, 2, name);
        assert_eq!(images.segmented(&mask).unwrap().0.grid(), images.thick.grid(), "{name}");
    }
    // every fourth slice of the thin image, which the thick one has too
    for (name, refer) in references(THIN) {
        let mut mask = segmentation(thin(), 17, &[4, 8, 12]);
        refer(&mut mask);
        assert_slices(&images.segmented(&mask), 1.0, 3, name);
        mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0].items(PIXEL_MEASURES_SEQUENCE)[0]
            .remove(SPACING_BETWEEN_SLICES);
        assert_slices(&images.segmented(&mask), 1.0, 3, name);
    }
    // frames say more than the list of the file
    let mut mask = segmentation(thick(), SHAPE[2], &[1, 2]);
    references(THIN)[2].1(&mut mask);
    references(THICK)[0].1(&mut mask);
    assert_slices(&images.segmented(&mask), 4.0, 2, "both");
    // the frame of reference does not count then, but is reported
    mask.set(FRAME_OF_REFERENCE_UID, frame(7));
    assert_slices(&images.segmented(&mask), 4.0, 2, "another frame of reference");
    assert_eq!(codes(&images.segmented(&mask)), ["frame_of_reference"]);
}

#[test]
fn a_segmentation_that_refers_to_nothing_lies_in_its_frame_of_reference() {
    let images = Images::in_frames(2, 1);
    // SpacingBetweenSlices left out, so that the step tells nothing of a single slice
    let mut mask = segmentation(thin(), 17, &[4, 8]);
    mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0]
        .remove(PIXEL_MEASURES_SEQUENCE)
        .set(PIXEL_MEASURES_SEQUENCE, Dataset::default().with(PIXEL_SPACING, [0.6, 0.6]));
    assert_slices(&images.segmented(&mask), 4.0, 2, "the thick image's");
    mask.set(FRAME_OF_REFERENCE_UID, frame(2));
    assert_slices(&images.segmented(&mask), 1.0, 2, "the thin image's");
    mask.set(FRAME_OF_REFERENCE_UID, frame(3));
    let error = images.segmented(&mask).unwrap_err();
    assert!(error.contains("frame of reference is that of none of the images"), "{error}");
}

#[test]
fn a_segmentation_that_refers_to_nothing_lies_where_its_step_is() {
    let images = Images::in_frames(1, 1);
    let spaces = images.spaces();
    let plain = [images.thin.grid(), images.thick.grid()].map(|grid| ImageSpace::new(grid, None));
    for images_of in [&spaces[..], &plain[..], &[spaces[1], spaces[0]], &[plain[0]]] {
        let read = |mask: &Dataset| segmented(images.root.path(), mask, images_of);
        assert_slices(&read(&segmentation(thick(), SHAPE[2], &[1, 2])), 4.0, 2, "4 mm");
        assert_slices(&read(&segmentation(thick(), SHAPE[2], &[3])), 4.0, 1, "one of 4 mm");
        assert_slices(&read(&segmentation(thin(), 17, &[4, 8, 12])), 1.0, 3, "1 mm");
        assert_slices(&read(&segmentation(every(&thin(), 0, 2), 8, &[1, 3])), 2.0, 2, "2 mm, no image's");
    }
}

/// A reference does not make a mask of thick slices one of thin ones.
#[test]
fn a_segmentation_of_its_own_stated_step_keeps_it() {
    let images = Images::in_frames(1, 1);
    let mut mask = segmentation(every(&thin(), 0, 2), 8, &[1, 2]);
    references(THIN)[0].1(&mut mask);
    assert_slices(&images.segmented(&mask), 2.0, 2, "2 mm on an image of 1 mm");
}

/// The rows of a sagittal image lie in the planes of an axial mask, and all its pixel centers are voxels.
#[test]
fn a_segmentation_is_not_turned_to_another_axis() {
    let sagittal =
        [[0.0, 0.0, 1.0, -9.0], [-1.0, 0.0, 0.0, 9.0], [0.0, -1.0, 0.0, 30.0], [0.0, 0.0, 0.0, 1.0]];
    let axial = [[-1.0, 0.0, 0.0, 8.0], [0.0, -1.0, 0.0, 9.0], [0.0, 0.0, 4.0, 2.0], [0.0, 0.0, 0.0, 1.0]];
    let grid = |affine: Matrix, shape| Grid::new(shape, hemastage::Affine::new(affine).unwrap()).unwrap();
    let (one, other) = (grid(sagittal, [20, 29, 20]), grid(axial, SHAPE));
    let images = [ImageSpace::new(&one, None), ImageSpace::new(&other, None)];
    let root = tempfile::tempdir().unwrap();
    let mask = segmentation(axial, SHAPE[2], &[1, 2]);
    assert_slices(&segmented(root.path(), &mask, &images), 4.0, 2, "next to its image");
    assert_slices(&segmented(root.path(), &mask, &images[..1]), 4.0, 2, "next to the sagittal image alone");
    let mask = contours(&axial, &[1, 2]);
    assert_slices(&contoured(root.path(), &mask, &images), 4.0, 2, "contours");
    let single = contours(&axial, &[1]);
    let thick = grid(
        [[0.0, 0.0, 4.0, -9.0], [-1.0, 0.0, 0.0, 9.0], [0.0, -1.0, 0.0, 30.0], [0.0, 0.0, 0.0, 1.0]],
        [20, 29, 5],
    );
    let images = [ImageSpace::new(&thick, None), ImageSpace::new(&other, None)];
    assert_slices(&contoured(root.path(), &single, &images), 4.0, 1, "one contour");
}

#[test]
fn contours_lie_on_the_image_that_they_refer_to() {
    let images = Images::in_frames(1, 1);
    let refer = |mask: &mut Dataset, series: usize| {
        for contour in mask.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE) {
            contour.set(CONTOUR_IMAGE_SEQUENCE, named(series, 1));
        }
    };
    let list = |mask: &mut Dataset, series: usize, instance: Option<usize>| {
        let mut item = Dataset::default().with(SERIES_INSTANCE_UID, uid(kind::SERIES, series));
        if let Some(instance) = instance {
            item.set(CONTOUR_IMAGE_SEQUENCE, named(instance, 3));
        }
        let study = Dataset::default().with(RT_REFERENCED_SERIES_SEQUENCE, item);
        mask.items(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)[0].set(RT_REFERENCED_STUDY_SEQUENCE, study);
    };
    // the thin image has a slice in each of these planes too
    let mut mask = contours(&thick(), &[1, 2]);
    refer(&mut mask, THICK);
    assert_slices(&images.contoured(&mask), 4.0, 2, "thick");
    // every fourth slice of the thin one
    for slices in [vec![4, 8], vec![4]] {
        let mut mask = contours(&thin(), &slices);
        refer(&mut mask, THIN);
        assert_slices(&images.contoured(&mask), 1.0, slices.len(), "thin, by its contours");
        let mut mask = contours(&thin(), &slices);
        list(&mut mask, THIN, None);
        assert_slices(&images.contoured(&mask), 1.0, slices.len(), "thin, by its series");
        list(&mut mask, THICK, Some(THIN));
        assert_slices(&images.contoured(&mask), 1.0, slices.len(), "thin, by its images");
        refer(&mut mask, THICK);
        assert_slices(&images.contoured(&mask), 4.0, slices.len(), "a contour says more");
    }
}

#[test]
fn contours_that_refer_to_nothing_lie_in_their_frame_of_reference_or_step() {
    let images = Images::in_frames(1, 1);
    assert_slices(&images.contoured(&contours(&thick(), &[1, 2])), 4.0, 2, "4 mm apart");
    assert_slices(&images.contoured(&contours(&thin(), &[4, 5, 6])), 1.0, 3, "1 mm apart");
    assert_slices(&images.contoured(&contours(&thin(), &[4, 6, 8])), 1.0, 3, "on the thin image alone");
    assert_slices(&images.contoured(&contours(&thick(), &[0, 2])), 4.0, 2, "8 mm apart: fewer gaps");
    let single = images.contoured(&contours(&thick(), &[2]));
    assert_slices(&single, 4.0, 1, "one plane");
    assert_eq!(codes(&single), ["ambiguous_image"]);

    let images = Images::in_frames(2, 1);
    let mut mask = contours(&thick(), &[1, 2]);
    assert_slices(&images.contoured(&mask), 4.0, 2, "the thick image's frame");
    mask.items(STRUCTURE_SET_ROI_SEQUENCE)[0].set(REFERENCED_FRAME_OF_REFERENCE_UID, frame(2));
    assert_slices(&images.contoured(&mask), 1.0, 2, "the thin image's frame");
    // by the file where the ROI has none
    mask.items(STRUCTURE_SET_ROI_SEQUENCE)[0].remove(REFERENCED_FRAME_OF_REFERENCE_UID);
    mask.items(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)[0].set(FRAME_OF_REFERENCE_UID, frame(2));
    assert_slices(&images.contoured(&mask), 1.0, 2, "the thin image's frame, by the file");
    mask.items(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)[0].set(FRAME_OF_REFERENCE_UID, frame(3));
    assert!(images.contoured(&mask).unwrap_err().contains("frame of reference is that of none"));
}

/// Blocks of slices, each turned against the one before, or with a gap.
fn blocks(turn: f64) -> Vec<Matrix> {
    (0..3)
        .map(|n| {
            let (s, c) = (f64::from(n - 1) * turn).sin_cos();
            let height = 20.0 * f64::from(n);
            [
                [0.6, 0.0, 0.0, -3.0],
                [0.0, 0.6 * c, -3.0 * s, 7.0],
                [0.0, 0.6 * s, 3.0 * c, height],
                [0.0, 0.0, 0.0, 1.0],
            ]
        })
        .collect()
}

/// One segmentation of all blocks: the frames of three.
pub(super) fn of_blocks(blocks: &[Matrix]) -> Dataset {
    let mut masks = blocks.iter().map(|&block| segmentation(block, 4, &[1, 2]));
    let mut whole = masks.next().unwrap();
    let orientation = |mask: &mut Dataset| {
        let shared = &mut mask.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0];
        let plane = shared.items(PLANE_ORIENTATION_SEQUENCE)[0].clone();
        for group in mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
            group.set(PLANE_ORIENTATION_SEQUENCE, plane.clone());
        }
    };
    orientation(&mut whole);
    for mut mask in masks {
        orientation(&mut mask);
        let frames = mask.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).clone();
        whole.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).extend(frames);
    }
    // each of the frames has the same pixels, 168 bits
    let frame = whole.bytes(PIXEL_DATA_BYTES)[..21].to_vec();
    let count = whole.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).len();
    let mut pixels = frame.repeat(count);
    pixels.resize(pixels.len().next_multiple_of(2), 0);
    whole.set(NUMBER_OF_FRAMES, count).set(PIXEL_DATA_BYTES, pixels);
    whole
}

#[test]
fn a_segmentation_of_one_block_lies_on_it() {
    let root = tempfile::tempdir().unwrap();
    let blocks = blocks(0.15);
    let parts: Vec<DicomSeries> =
        blocks.iter().enumerate().map(|(n, &block)| image(root.path(), 10 + n, block, 4, 1)).collect();
    for (n, block) in blocks.iter().enumerate() {
        let images = [&parts[1], &parts[n]].map(ImageSpace::of_series);
        let read = segmented(root.path(), &segmentation(*block, 4, &[1, 2]), &images);
        assert_slices(&read, 3.0, 2, "its block");
        assert_eq!(read.unwrap().0.grid(), parts[n].grid());
        // on another block, and on none
        let images = [ImageSpace::of_series(&parts[(n + 1) % 3])];
        assert_slices(&segmented(root.path(), &segmentation(*block, 4, &[1, 2]), &images), 3.0, 2, "its own");
    }
}

#[test]
fn a_segmentation_of_turned_blocks_is_that_of_the_images_block() {
    let root = tempfile::tempdir().unwrap();
    let blocks = blocks(0.15);
    let mask = of_blocks(&blocks);
    for (n, &block) in blocks.iter().enumerate() {
        let part = image(root.path(), 10 + n, block, 4, 1);
        let read = segmented(root.path(), &mask, &[ImageSpace::of_series(&part)]);
        assert_slices(&read, 3.0, 2, "the block");
        let (roi, findings) = read.unwrap();
        assert_eq!(roi.grid(), part.grid());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0].message.starts_with("4 of the mask's 6 frames are of another block of slices"),
            "{findings:?}"
        );
    }
    let error = segmented(root.path(), &mask, &[]).unwrap_err();
    assert!(error.contains("frame") || error.contains("planes"), "{error}");
}

#[test]
fn a_segmentation_of_parallel_blocks_has_all_of_them() {
    let root = tempfile::tempdir().unwrap();
    let mut blocks = blocks(0.0);
    // 3 mm steps with gaps of 9 and of 12 mm
    (blocks[1][2][3], blocks[2][2][3]) = (18.0, 39.0);
    let part = image(root.path(), 10, blocks[0], 4, 1);
    let read = segmented(root.path(), &of_blocks(&blocks), &[ImageSpace::of_series(&part)]);
    assert_slices(&read, 3.0, 6, "gaps of whole steps");
    // 20 mm apart, which is no whole number of steps
    blocks[1][2][3] = 20.0;
    let read = segmented(root.path(), &of_blocks(&blocks), &[ImageSpace::of_series(&part)]);
    assert_slices(&read, 3.0, 2, "the block of the image");
    assert_eq!(codes(&read), ["other_blocks"]);
}

#[test]
fn contours_of_other_blocks_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    for turn in [0.0, 0.15] {
        let blocks = blocks(turn);
        let mut mask = contours(&blocks[0], &[1, 2]);
        for &block in &blocks[1..] {
            let more =
                contours(&block, &[0, 1]).items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE).clone();
            mask.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE).extend(more);
        }
        for (n, &block) in blocks.iter().enumerate() {
            let part = image(root.path(), 10 + n, block, 4, 1);
            let read = contoured(root.path(), &mask, &[ImageSpace::of_series(&part)]);
            assert_slices(&read, 3.0, 2, "the block");
            assert_eq!(codes(&read), ["contours_beyond"]);
            assert!(read.unwrap().1[0].message.starts_with("4 of 6 contours lie beyond"));
        }
    }
}

/// A frame that lies between slices is damage, not another block.
#[test]
fn a_frame_off_its_slices_is_refused() {
    let images = Images::in_frames(1, 1);
    let mut off = thick();
    off[2][3] += 0.7;
    let mut mask = of_blocks(&[thick(), off]);
    let error = images.segmented(&mask).unwrap_err();
    assert!(error.contains("planes at"), "{error}");
    references(THICK)[0].1(&mut mask);
    assert!(images.segmented(&mask).is_err());
}
