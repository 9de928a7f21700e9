//! Segmentations and structure sets as masks, against other programs' answers and against slow copies.

mod answers;
mod contours;
mod crafted;
mod drawn;
mod listed;
mod mutations;
mod nrrd;
mod placed;
mod stations;

use std::path::PathBuf;

use hemastage::{
    Finding, Roi,
    grid::Grid,
    io::{
        Limits,
        dicom::{ImageSpace, SegmentChoice, Segmentation},
    },
};

/// The grid of an image that is not DICOM.
fn space_of(grid: &Grid) -> ImageSpace<'_> {
    ImageSpace::new(grid, None)
}

fn opened(path: PathBuf) -> Segmentation {
    Segmentation::open(path, Limits::default()).unwrap()
}

fn region(segmentation: &Segmentation, choice: &str, images: &[ImageSpace<'_>]) -> (Roi, Vec<Finding>) {
    let mut findings = Vec::new();
    let roi = segmentation.read_roi(&SegmentChoice::parse(choice), images, &mut findings).unwrap();
    (roi, findings)
}

fn voxels(roi: &Roi) -> Vec<[usize; 3]> {
    roi.voxels().collect()
}
