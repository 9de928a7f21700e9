//! What must hold of images, regions and label maps, and that what is written again reads the same.

use std::{collections::BTreeMap, fs, path::Path};

use hemastage::{
    Grid, Labels, Roi, Volume,
    grid::IndexBox,
    io::nifti::{LabelMapHeader, NiftiFile, write_label_map},
    label_map::LabelMap,
    level::Scheme,
};
use hemastage_image::{ImageReader, MaskReader};

use crate::{MAX_VOXELS, check, limits};

/// A grid has finite numbers, and voxels within the limits.
pub fn check_grid(grid: &Grid) {
    assert!((1..=MAX_VOXELS as usize).contains(&grid.voxels()), "{grid:?}");
    assert!(grid.spacing_mm().iter().all(|mm| mm.is_finite() && *mm > 0.0), "{grid:?}");
    assert!(grid.voxel_mm3().is_finite() && grid.voxel_mm3() > 0.0, "{grid:?}");
    assert!(grid.affine().matrix().iter().flatten().all(|number| number.is_finite()), "{grid:?}");
    assert_eq!(grid.orientation().len(), 3);
}

/// Reads everything of an image: as signal, as a region, as labels. Each is as it must be.
pub fn check_image(image: &ImageReader) {
    let grid = *image.grid();
    check_grid(&grid);
    let source = image.source();
    check::text(source.name);
    check::findings(source.findings);
    let last = match image {
        ImageReader::Nifti(file) => Some(file.volumes() - 1),
        ImageReader::Raster(file) => Some(file.volumes() - 1),
        _ => None,
    };
    let whole = IndexBox::whole(grid.shape());
    let Some(signal) = check::read(image.read_block(last, whole)) else { return };
    assert_eq!((signal.grid(), signal.voxels().shape()), (&grid, grid.shape()));
    check_part(image, last, &signal);
    let labels = [Labels::NonZero, Labels::Only(vec![1, 2, -3])];
    for labels in labels {
        let region = match image {
            ImageReader::Nifti(file) => file.read_roi(last.unwrap_or(0), &labels),
            ImageReader::Raster(file) => file.read_roi(last.unwrap_or(0), &labels),
            ImageReader::Dicom(series) => series.read_roi(&labels),
            _ => continue,
        };
        if let Some(region) = check::read(region) {
            check_region(&region);
            check_values(&region, &signal, &labels);
        }
    }
}

/// A box of an image has the values of the whole.
fn check_part(image: &ImageReader, volume: Option<usize>, whole: &Volume) {
    let shape = whole.grid().shape();
    let part = IndexBox { start: shape.map(|n| n / 3), end: shape.map(|n| n.div_ceil(2)) };
    let Some(read) = check::read(image.read_block(volume, part)) else { panic!("a part of what was read") };
    for index in [part.start, part.end.map(|n| n.saturating_sub(1))] {
        if part.contains(index) {
            let [read, whole] = [&read, whole].map(|image| image.signal(index).map(f64::to_bits));
            assert_eq!(read, whole, "{index:?}");
        }
    }
}

/// A region holds the voxels with its labels, and no others.
fn check_values(region: &Roi, signal: &Volume, labels: &Labels) {
    let is_in = |index| signal.signal(index).is_some_and(|value| labels.contains(value.round() as i64));
    let [ni, nj, nk] = region.grid().shape();
    let all = (0..nk).flat_map(|k| (0..nj).flat_map(move |j| (0..ni).map(move |i| [i, j, k])));
    assert!(all.filter(|&index| is_in(index)).eq(region.voxels()), "other voxels than those with {labels:?}");
}

/// A region is sorted, in its grid and in its bounds, and each voxel has its place.
pub fn check_region(region: &Roi) {
    check_grid(region.grid());
    let shape = region.grid().shape();
    let order = |[i, j, k]: [usize; 3]| (k, j, i);
    assert!(region.voxels().is_sorted_by(|a, b| order(*a) < order(*b)), "not in order");
    let mut count = 0;
    for (n, index) in region.voxels().enumerate() {
        assert!((0..3).all(|a| index[a] < shape[a]) && region.bounds().contains(index), "{index:?}");
        assert_eq!(region.position(index), Some(n), "{index:?}");
        count += 1;
    }
    assert!(count == region.len() && count > 0);
    let bounds = region.bounds();
    let touches = |axis: usize, at: usize| region.voxels().any(|index| index[axis] == at);
    assert!((0..3).all(|axis| touches(axis, bounds.start[axis]) && touches(axis, bounds.end[axis] - 1)));
    assert_eq!(region.interior(region.grid().near_axes()).len(), count);
    assert!(region.volume_mm3().is_finite());
}

/// A label map is sorted and in its grid, and its counts are those of its runs.
pub fn check_labels(map: &LabelMap) {
    check_grid(map.grid());
    let [ni, nj, nk] = map.grid().shape();
    let mut counts = BTreeMap::new();
    for run in map.runs() {
        assert!(
            (run.i + run.len) as usize <= ni && (run.j as usize) < nj && (run.k as usize) < nk,
            "{run:?}"
        );
        assert!(run.len > 0 && run.label != 0, "{run:?}");
        *counts.entry(run.label).or_insert(0) += run.len as usize;
    }
    let order = map
        .runs()
        .windows(2)
        .all(|pair| (pair[0].k, pair[0].j, pair[0].i + pair[0].len) <= (pair[1].k, pair[1].j, pair[1].i));
    assert!(order, "not in order");
    assert!(!counts.is_empty() && map.labels().eq(counts));
    for name in Scheme::fitting(map) {
        assert!(Scheme::choose(Some(name), map).is_ok());
    }
}

/// A region written as a label map reads as the same region.
pub fn check_written(mask: &MaskReader, region: &Roi, path: &Path) {
    let header = mask.label_map_header(region);
    let values: Vec<u8> = (0..region.len()).map(|n| 1 + (n % 6) as u8).collect();
    write(&header, region, &values, path);
    let file = NiftiFile::open(path, limits()).expect("what was written opens");
    let may_be_unusual = matches!(mask, MaskReader::Image(_) | MaskReader::Nrrd(_));
    assert!(file.findings().is_empty() || may_be_unusual, "{:?}", file.findings());
    assert_eq!(file.grid().shape(), region.grid().shape());
    let again = file.read_roi(0, &Labels::NonZero).expect("what was written reads");
    assert!(again.voxels().eq(region.voxels()), "other voxels than were written");
    let map = file.read_labels(0).expect("what was written reads");
    let written = map.runs().iter().flat_map(|run| (0..run.len).map(move |_| run.label));
    assert!(written.eq(values.iter().map(|&value| i64::from(value))), "other values than were written");
}

fn write(header: &LabelMapHeader, region: &Roi, values: &[u8], path: &Path) {
    let mut bytes = Vec::new();
    write_label_map(&mut bytes, header, region, values, "written by a fuzz target").expect("memory");
    fs::write(path, bytes).expect("room");
}
