//! The labels of a mask and how often each occurs, counted slab by slab.

use std::collections::BTreeMap;

use hemastage::{
    Result,
    grid::IndexBox,
    io::nifti::{Datatype, NiftiFile},
};

/// An image with more values than this is no label map.
const MOST_LABELS: usize = 64;
/// Bytes held at a time, unless a single slice is larger.
const SLAB_BYTES: usize = 64 << 20;

/// Counts the voxels of each value but 0; none where the file is an image or holds several volumes.
pub(crate) fn labels(file: &NiftiFile) -> Result<Option<BTreeMap<i64, usize>>> {
    if file.volumes() != 1 || !whole_numbers(file) {
        return Ok(None);
    }
    let [ni, nj, nk] = file.grid().shape();
    let slice_bytes = (ni * nj * file.datatype().bytes()).max(1);
    let slices = (SLAB_BYTES / slice_bytes).max(1);
    let mut counts = BTreeMap::new();
    for start in (0..nk).step_by(slices) {
        let block = IndexBox { start: [0, 0, start], end: [ni, nj, nk.min(start + slices)] };
        if !count(file, block, &mut counts)? {
            return Ok(None);
        }
    }
    Ok(Some(counts))
}

/// Whether every voxel must be a whole number.
fn whole_numbers(file: &NiftiFile) -> bool {
    let scaling = file.scaling();
    let integral = scaling.slope.fract() == 0.0 && scaling.intercept.fract() == 0.0;
    integral && !matches!(file.datatype(), Datatype::F32 | Datatype::F64)
}

/// Counts one slab; false as soon as there are too many values.
fn count(file: &NiftiFile, block: IndexBox, counts: &mut BTreeMap<i64, usize>) -> Result<bool> {
    let volume = file.read_block(0, block)?;
    // neighbours mostly share a label
    let (mut label, mut run) = (0, 0);
    for k in block.start[2]..block.end[2] {
        for j in block.start[1]..block.end[1] {
            for i in block.start[0]..block.end[0] {
                let value = volume.signal([i, j, k]).unwrap_or_default() as i64;
                if value != label {
                    add(counts, label, run);
                    (label, run) = (value, 0);
                }
                run += 1;
                if counts.len() > MOST_LABELS {
                    return Ok(false);
                }
            }
        }
    }
    add(counts, label, run);
    Ok(counts.len() <= MOST_LABELS)
}

fn add(counts: &mut BTreeMap<i64, usize>, label: i64, voxels: usize) {
    if label != 0 && voxels > 0 {
        *counts.entry(label).or_default() += voxels;
    }
}
