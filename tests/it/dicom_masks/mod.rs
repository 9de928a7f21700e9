//! Segmentations and structure sets as masks, against other programs' answers and against slow copies.

mod answers;
mod contours;
mod crafted;
mod mutations;
mod nrrd;

use std::path::PathBuf;

use hemastage::{
    Finding, Roi,
    grid::Grid,
    io::{
        Limits,
        dicom::{ImageSpace, SegmentChoice, Segmentation},
    },
};

/// The folder, or none with a plain word that the test was skipped.
fn data(test: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped {test}: HEMASTAGE_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(folder);
    let files = std::fs::read_dir(&folder).map_or(0, Iterator::count);
    assert!(files > 0, "HEMASTAGE_DATA is set but its folder is empty or missing");
    Some(folder)
}

/// An image of another format than DICOM.
fn beside(grid: &Grid) -> ImageSpace<'_> {
    ImageSpace { grid, frame_of_reference: None }
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
