//! What must hold of an NRRD or MetaImage file.

use std::path::Path;

use hemastage::{Grid, io::dicom::SegmentChoice};
use hemastage_image::{ImageReader, MaskReader};

use crate::{check, image, limits};

/// Reads a file as an image, as a region of each choice, and as labels.
pub fn check_raster(path: &Path, again: &Path) {
    if let Some(image) = check::read(ImageReader::open(path, None, limits())) {
        image::check_image(&image);
    }
    let Some(mask) = check::read(MaskReader::open(path, None, limits())) else { return };
    // none where it looks like an image
    let mut voxels = None;
    for choice in ["", "1", "2,1", "Hematoma"] {
        let choice = if choice.is_empty() { SegmentChoice::All } else { SegmentChoice::parse(choice) };
        let Some(contents) = check::read(mask.read(&[&choice], false, &[])) else { continue };
        for region in contents.regions {
            let Some((region, findings)) = check::read(region) else { continue };
            check::findings(&findings);
            image::check_region(&region);
            if is_spatial(region.grid()) {
                image::check_written(&mask, &region, again);
            }
            if choice == SegmentChoice::All {
                voxels = Some(region.len());
            }
        }
    }
    let labels = check::read(mask.read(&[], true, &[])).and_then(|contents| contents.labels);
    if let Some((map, findings)) = labels.and_then(check::read) {
        check::findings(&findings);
        image::check_labels(&map);
        assert!(voxels.is_none_or(|voxels| map.labels().map(|(_, count)| count).sum::<usize>() == voxels));
    }
}

/// Whether a grid is so far from flat that a header in single precision, as one that is written, can hold it.
fn is_spatial(grid: &Grid) -> bool {
    grid.voxel_mm3() > 1e-3 * grid.spacing_mm().iter().product::<f64>()
}
