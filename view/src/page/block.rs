//! The part of an image that the viewer shows, small enough to embed in a page.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, GzBuilder};
use hemastage::report::StageMap;
use hemastage_image::{
    grid::{Grid, IndexBox},
    roi::Roi,
    volume::Volume,
};

/// The margin around the hematoma that the viewer shows.
pub(super) const MARGIN_MM: f64 = 20.0;
/// Voxels of a block. Of a larger box every second, third, … voxel along an axis is kept.
pub(super) const MAX_VOXELS: usize = 2_500_000;
/// Voxels along an axis, below the limit of a NIfTI-1 header.
const MAX_ALONG: usize = 30_000;
/// The quantiles of the signal shown in black and in white.
const WINDOW: [f64; 2] = [0.005, 0.995];
/// The number of voxels, about, that the window is computed from.
const SAMPLE: usize = 200_000;

/// A box of 8-bit voxels as `.nii.gz` in base64.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The file.
    pub(super) base64: String,
    /// The distance of kept voxels along i, j, k, in voxels of the image.
    pub(super) steps: [usize; 3],
}

/// A box of a grid, of which every n-th voxel along each axis is kept.
struct Subgrid {
    start: [usize; 3],
    shape: [usize; 3],
    steps: [usize; 3],
}

impl Subgrid {
    fn of(bounds: IndexBox, spacing_mm: [f64; 3]) -> Self {
        let whole = bounds.shape();
        let mut steps = [1; 3];
        let shape =
            |steps: [usize; 3]| -> [usize; 3] { std::array::from_fn(|a| whole[a].div_ceil(steps[a])) };
        // thin out the axis with the smallest spacing first
        while shape(steps).iter().product::<usize>() > MAX_VOXELS
            || shape(steps).iter().any(|&n| n > MAX_ALONG)
        {
            let by_size = |a: &usize, b: &usize| {
                let size = |axis: usize| spacing_mm[axis] * steps[axis] as f64;
                size(*a).total_cmp(&size(*b))
            };
            let longest = (0..3).find(|&a| shape(steps)[a] > MAX_ALONG);
            let finest = (0..3).filter(|&a| shape(steps)[a] > 1).min_by(by_size);
            let Some(axis) = longest.or(finest) else { break };
            steps[axis] += 1;
        }
        Self { start: bounds.start, shape: shape(steps), steps }
    }

    /// The kept voxels in memory order, i fastest.
    fn indices(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        let [ni, nj, nk] = self.shape;
        (0..nk)
            .flat_map(move |k| (0..nj).flat_map(move |j| (0..ni).map(move |i| [i, j, k])))
            .map(|at| self.voxel(at))
    }

    fn voxel(&self, at: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|a| self.start[a] + at[a] * self.steps[a])
    }

    /// The position of a voxel of the grid among the kept ones; `None` if it is not kept.
    fn position(&self, voxel: [usize; 3]) -> Option<usize> {
        let mut at = [0; 3];
        for a in 0..3 {
            let from_start = voxel[a].checked_sub(self.start[a])?;
            at[a] = from_start / self.steps[a];
            if from_start % self.steps[a] != 0 || at[a] >= self.shape[a] {
                return None;
            }
        }
        Some(at[0] + self.shape[0] * (at[1] + self.shape[1] * at[2]))
    }

    fn block(&self, grid: &Grid, values: &[u8]) -> Block {
        Block { base64: STANDARD.encode(nifti(self, grid, values)), steps: self.steps }
    }
}

/// The image around the hematoma, windowed to 8 bits, and the signals in black and in white; `None` where the image does
/// not reach it.
pub(super) fn image(volume: &Volume, hematoma: &Roi) -> Option<(Block, [f64; 2])> {
    let grid = volume.grid();
    let reach = hematoma.grid().map_to(grid).reach(hematoma.bounds());
    let bounds = common(grid.widened(reach, MARGIN_MM), volume.block());
    if reach.voxels() == 0 || bounds.voxels() == 0 {
        return None;
    }
    let subgrid = Subgrid::of(bounds, grid.spacing_mm());
    let signal = |index| volume.signal(index).filter(|value| value.is_finite());
    let [black, white] = window(subgrid.indices().filter_map(signal), subgrid.shape.iter().product());
    let scale = if white > black { 255.0 / (white - black) } else { 0.0 };
    let gray = |value: f64| ((value - black) * scale).round().clamp(0.0, 255.0) as u8;
    let values: Vec<u8> = subgrid.indices().map(|index| signal(index).map_or(0, gray)).collect();
    Some((subgrid.block(grid, &values), [black, white]))
}

/// The outline of the cord near the hematoma as a tube: voxels with another one next to them that is no cord, across the
/// axis along which it is longest.
pub(super) fn outline(cord: &Roi, hematoma: &Roi) -> Option<Block> {
    let grid = cord.grid();
    let reach = hematoma.grid().map_to(grid).reach(hematoma.bounds());
    let bounds = common(grid.widened(reach, MARGIN_MM), cord.bounds());
    if bounds.voxels() == 0 {
        return None;
    }
    let spacing_mm = grid.spacing_mm();
    let extent_mm = |axis: usize| cord.bounds().shape()[axis] as f64 * spacing_mm[axis];
    let along = (0..3).max_by(|&a, &b| extent_mm(a).total_cmp(&extent_mm(b)))?;
    let is_edge = |voxel: [usize; 3]| {
        (0..3).filter(|&axis| axis != along).any(|axis| {
            [voxel[axis].checked_sub(1), Some(voxel[axis] + 1)].into_iter().any(|at| {
                at.is_none_or(|at| {
                    let mut next = voxel;
                    next[axis] = at;
                    cord.position(next).is_none()
                })
            })
        })
    };
    let subgrid = Subgrid::of(bounds, spacing_mm);
    let mut values = vec![0; subgrid.shape.iter().product()];
    for voxel in cord.voxels() {
        if let Some(at) = subgrid.position(voxel).filter(|_| is_edge(voxel)) {
            values[at] = 1;
        }
    }
    Some(subgrid.block(grid, &values))
}

/// The stage map around the hematoma; `None` for an empty one.
pub(super) fn stages(map: &StageMap, hematoma: &Roi) -> Option<Block> {
    let grid = map.grid();
    let IndexBox { start, end } = *hematoma.bounds();
    let bounds = IndexBox {
        start: start.map(|n| n.saturating_sub(1)),
        end: std::array::from_fn(|a| (end[a] + 1).min(grid.shape()[a])),
    };
    if bounds.voxels() == 0 {
        return None;
    }
    let subgrid = Subgrid::of(bounds, grid.spacing_mm());
    let mut values = vec![0; subgrid.shape.iter().product()];
    for (voxel, value) in map.voxels().filter(|&(_, value)| value != StageMap::UNSAMPLED) {
        if let Some(at) = subgrid.position(voxel) {
            values[at] = value;
        }
    }
    Some(subgrid.block(grid, &values))
}

fn common(one: IndexBox, other: &IndexBox) -> IndexBox {
    IndexBox {
        start: std::array::from_fn(|a| one.start[a].max(other.start[a])),
        end: std::array::from_fn(|a| one.end[a].min(other.end[a])),
    }
}

/// The signal shown in black and in white.
fn window(signal: impl Iterator<Item = f64>, voxels: usize) -> [f64; 2] {
    let mut values: Vec<f64> = signal.step_by(voxels.div_ceil(SAMPLE).max(1)).collect();
    values.sort_by(f64::total_cmp);
    WINDOW.map(|share| {
        let at = (share * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(at).copied().unwrap_or(0.0)
    })
}

/// A compressed NIfTI-1 file of 8-bit voxels; the same values give the same bytes.
fn nifti(subgrid: &Subgrid, grid: &Grid, values: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    put(40, &3_i16.to_le_bytes());
    put(76, &1_f32.to_le_bytes());
    for axis in 0..3 {
        put(42 + 2 * axis, &(subgrid.shape[axis] as i16).to_le_bytes());
        let mm = grid.spacing_mm()[axis] * subgrid.steps[axis] as f64;
        put(80 + 4 * axis, &(mm as f32).to_le_bytes());
    }
    for axis in 4..8 {
        put(40 + 2 * axis, &1_i16.to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes()); // uint8
    put(72, &8_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    put(123, &[2]); // mm
    put(124, &255_f32.to_le_bytes());
    put(254, &2_i16.to_le_bytes()); // aligned
    let origin = grid.center(subgrid.start);
    for (row, matrix) in grid.affine().matrix()[..3].iter().enumerate() {
        for (axis, value) in matrix[..3].iter().enumerate() {
            put(280 + 16 * row + 4 * axis, &((value * subgrid.steps[axis] as f64) as f32).to_le_bytes());
        }
        put(292 + 16 * row, &(origin[row] as f32).to_le_bytes());
    }
    put(344, b"n+1\0");
    let mut out = GzBuilder::new().write(Vec::new(), Compression::best());
    // writing to memory does not fail
    let written = out.write_all(&header).and_then(|()| out.write_all(values)).and_then(|()| out.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemastage::{StageOptions, Study, stage};
    use hemastage_image::{Labels, Limits, nifti::NiftiFile};
    use hemastage_phantom::{GridSpec, PhantomOptions, phantom};

    /// The embedded file as the reader of `hemastage` opens it.
    fn read(block: &Block) -> Volume {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block.nii.gz");
        std::fs::write(&path, STANDARD.decode(&block.base64).unwrap()).unwrap();
        let file = NiftiFile::open(&path, Limits::default()).unwrap();
        file.read_block(0, IndexBox::whole(file.grid().shape())).unwrap()
    }

    #[test]
    fn blocks_lie_where_their_images_lie_and_keep_their_order() {
        let tilted = GridSpec::small().with_tilt_deg([6.0, -4.0, 9.0]);
        let scan = phantom(&PhantomOptions::small().with_t1_grid(tilted)).unwrap();
        let masks = *scan.mask_grid.affine();
        let hematoma = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero).unwrap();
        let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero).unwrap();
        let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine()).unwrap();
        let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine()).unwrap();
        let study = Study::new(t1.clone(), t2, hematoma.clone(), cord).unwrap();
        let staged = stage(&study, &StageOptions::default()).unwrap();

        let shown = read(&image(&t1, &hematoma).unwrap().0);
        let mut pairs: Vec<(f64, f64)> = Vec::new();
        for index in Subgrid::of(IndexBox::whole(shown.grid().shape()), [1.0; 3]).indices() {
            let found = t1.grid().affine().world_to_index(shown.grid().center(index));
            let at = found.map(|x| x.round() as usize);
            assert!((0..3).all(|a| (found[a] - at[a] as f64).abs() < 1e-3), "{index:?} is at {found:?}");
            pairs.push((t1.signal(at).unwrap(), shown.signal(index).unwrap()));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(pairs.is_sorted_by(|a, b| a.1 <= b.1), "brighter is never darker");
        assert!(pairs[0].1 == 0.0 && pairs[pairs.len() - 1].1 == 255.0);

        let map = read(&stages(&staged.stage_map, &hematoma).unwrap());
        let mut kept = 0;
        for (voxel, value) in staged.stage_map.voxels() {
            let found = map.grid().affine().world_to_index(hematoma.grid().center(voxel));
            assert_eq!(map.signal(found.map(|x| x.round() as usize)), Some(f64::from(value)));
            kept += usize::from(value > 0);
        }
        let all = Subgrid::of(IndexBox::whole(map.grid().shape()), [1.0; 3]);
        assert_eq!(all.indices().filter(|&index| map.signal(index) > Some(0.0)).count(), kept);
        assert!(kept > 100);
    }

    #[test]
    fn a_large_box_is_taken_in_steps() {
        let bounds = |shape: [usize; 3]| IndexBox {
            start: [1, 2, 3],
            end: std::array::from_fn(|a| [1, 2, 3][a] + shape[a]),
        };
        let subgrid = Subgrid::of(bounds([100, 100, 100]), [1.0; 3]);
        assert_eq!((subgrid.steps, subgrid.shape), ([1; 3], [100; 3]));
        let subgrid = Subgrid::of(bounds([40, 400, 400]), [4.0, 0.5, 0.5]);
        assert!(
            subgrid.shape.iter().product::<usize>() <= MAX_VOXELS && subgrid.steps[0] == 1,
            "{:?}",
            subgrid.steps
        );
        assert_eq!(subgrid.position([1, 2, 3]), Some(0));
        assert_eq!(subgrid.position([1, 2 + subgrid.steps[1], 3]), Some(40));
        let subgrid = Subgrid::of(bounds([1, 1, 100_000]), [1.0; 3]);
        assert!(subgrid.shape[2] <= MAX_ALONG);
    }
}
