//! Parts of a mask that are none of what it marks: off the cord or the canal, or far from the rest.

use std::collections::HashSet;

use hemastage_image::{
    principal_axis::PrincipalAxis,
    roi::{Parts, Roi, Run},
    vector::{Vector, dot},
};

use super::outside::{MAX_OUTSIDE, beyond_ends};
use crate::kernel::segments::{Segment, Segments};

/// A part below this share of the mask may be stray wherever it lies, ...
const MAX_SHARE: f64 = 0.01;
/// ... if it lies farther than this from all larger ones, ...
const MIN_MM: f64 = 10.0;
/// ... and, of cord or canal, than this many voxels: their slices may lie apart.
const MIN_VOXELS: f64 = 2.5;

/// A part of cord or canal below this share of the largest part is stray where larger parts lie at the same heights ...
const MAX_SIDE_SHARE: f64 = 0.25;
/// ... and it lies farther than this to their side. All own choice.
const MIN_SIDE_MM: f64 = 5.0;
/// Heights are the same within this length, or a voxel's.
const HEIGHT_MM: f64 = 4.0;
/// A mask with a larger share of stray parts is not one thing with specks.
const MAX_STRAY: f64 = 0.30;

/// A part of the hematoma is stray where all of it lies farther than this from canal and cord, ...
const OFF_CANAL_MM: f64 = 5.0;
/// ... or than this from the cord where no canal was given. Untouched hematomas lie within 7.2 mm (median).
const OFF_CORD_MM: f64 = 20.0;

/// The stray parts of a mask.
#[derive(Debug)]
pub(crate) struct Stray {
    pub(crate) parts: usize,
    pub(crate) voxels: usize,
    /// The distance of the farthest part from what it should lie near.
    pub(crate) farthest_mm: f64,
    /// The mask without them.
    pub(crate) rest: Roi,
}

impl Stray {
    /// Parts of less than a hundredth of the volume that lie more than 10 mm from all larger ones.
    pub(crate) fn specks(mask: &Roi) -> Option<Self> {
        let parts = mask.parts();
        let small = small(&parts, MAX_SHARE * mask.len() as f64)?;
        let distances = distances(mask, &parts, &small);
        Self::of(mask, &parts, |part| small[part] && distances[part] > MIN_MM, |part| distances[part])
    }

    /// Parts of a cord or a canal that are specks far from it, or that lie to the side of larger parts. What adjoins one of
    /// the others, as a rest of the canal behind the hematoma, belongs to it.
    pub(crate) fn of_tube(mask: &Roi, others: &[&Roi]) -> Option<Self> {
        let parts = mask.parts();
        let largest = parts.sizes().iter().copied().max()? as f64;
        let small = small(&parts, MAX_SIDE_SHARE * largest)?;
        let distances = distances(mask, &parts, &small);
        let heights = Heights::of(mask, &parts, &small);
        let voxel_mm = mask.grid().spacing_mm().into_iter().fold(0.0, f64::max);
        let far_mm = MIN_MM.max(MIN_VOXELS * voxel_mm);
        let is_speck = |part: usize| (parts.sizes()[part] as f64) < MAX_SHARE * mask.len() as f64;
        let has_far = distances.iter().any(|&mm| mm > MIN_SIDE_MM);
        let others = Segments::of(others.iter().copied().filter(|_| has_far));
        let adjoins = |part: usize| {
            let of_part = mask.runs().iter().zip(parts.of_runs()).filter(|&(_, &of)| of as usize == part);
            let near =
                |run: &Run| others.distance_mm(&Segment::of(mask.grid(), run), f64::INFINITY) <= MIN_SIDE_MM;
            of_part.map(|(run, _)| run).any(near)
        };
        let is_stray = |part: usize| {
            let mm = distances[part];
            let is_off = (is_speck(part) && mm > far_mm) || (mm > MIN_SIDE_MM && heights.are_shared(part));
            small[part] && is_off && !adjoins(part)
        };
        Self::of(mask, &parts, is_stray, |part| distances[part])
            .filter(|stray| stray.voxels as f64 <= MAX_STRAY * mask.len() as f64)
    }

    /// Parts of the hematoma that lie wholly off the canal and the cord, at their heights. `None` where so much does that
    /// it is the hematoma itself that lies elsewhere.
    pub(crate) fn off_canal(hematoma: &Roi, canal: Option<&Roi>, cord: Option<&Roi>) -> Option<Self> {
        let max_mm = if canal.is_some() { OFF_CANAL_MM } else { OFF_CORD_MM };
        let tube = canal.or(cord)?;
        let parts = hematoma.parts();
        if parts.sizes().len() < 2 {
            return None;
        }
        let around = Segments::of([canal, cord].into_iter().flatten());
        let beyond = beyond_ends(hematoma, tube);
        let mut nearest = vec![f64::INFINITY; parts.sizes().len()];
        let mut at_height = vec![0; parts.sizes().len()];
        for (run, &part) in hematoma.runs().iter().zip(parts.of_runs()) {
            let part = part as usize;
            let beyond = &beyond[run.first as usize..][..run.len as usize];
            at_height[part] += beyond.iter().filter(|&&beyond| !beyond).count();
            if nearest[part] > max_mm {
                nearest[part] = around.distance_mm(&Segment::of(hematoma.grid(), run), nearest[part]);
            }
        }
        let is_off = |part: usize| nearest[part] > max_mm && 2 * at_height[part] > parts.sizes()[part];
        let off = Self::of(hematoma, &parts, is_off, |part| nearest[part]);
        off.filter(|off| off.voxels as f64 <= MAX_OUTSIDE * hematoma.len() as f64)
    }

    fn of(
        mask: &Roi,
        parts: &Parts,
        is_stray: impl Fn(usize) -> bool,
        mm: impl Fn(usize) -> f64,
    ) -> Option<Self> {
        let stray: Vec<usize> = (0..parts.sizes().len()).filter(|&part| is_stray(part)).collect();
        let rest = mask.of_runs(|n, _| stray.binary_search(&(parts.of_runs()[n] as usize)).is_err()).ok()?;
        (!stray.is_empty()).then(|| Self {
            parts: stray.len(),
            voxels: stray.iter().map(|&part| parts.sizes()[part]).sum(),
            farthest_mm: stray.iter().map(|&part| mm(part)).fold(0.0, f64::max),
            rest,
        })
    }
}

/// Which parts have fewer voxels than a maximum, and than the largest; `None` when none has.
fn small(parts: &Parts, max: f64) -> Option<Vec<bool>> {
    let largest = parts.sizes().iter().copied().max()?;
    let small: Vec<bool> = parts.sizes().iter().map(|&size| (size as f64) < max && size < largest).collect();
    small.contains(&true).then_some(small)
}

/// The distance of each small part from the large ones, as far as it is more than 5 mm.
fn distances(mask: &Roi, parts: &Parts, small: &[bool]) -> Vec<f64> {
    let large = mask.of_runs(|n, _| !small[parts.of_runs()[n] as usize]);
    let Ok(large) = large else { return vec![0.0; small.len()] };
    let large = Segments::of([&large]);
    let mut distances: Vec<f64> =
        small.iter().map(|&is_small| if is_small { f64::INFINITY } else { 0.0 }).collect();
    for (run, &part) in mask.runs().iter().zip(parts.of_runs()) {
        let nearest = &mut distances[part as usize];
        if *nearest > MIN_SIDE_MM {
            *nearest = large.distance_mm(&Segment::of(mask.grid(), run), *nearest);
        }
    }
    distances
}

/// Which small parts of a mask lie at heights of the large ones.
struct Heights {
    /// For each part, its voxels at such heights.
    shared: Vec<usize>,
    sizes: Vec<usize>,
}

impl Heights {
    fn of(mask: &Roi, parts: &Parts, small: &[bool]) -> Self {
        let mut shared = vec![0; small.len()];
        let sizes = parts.sizes().to_vec();
        let large = mask.of_runs(|n, _| !small[parts.of_runs()[n] as usize]);
        let Ok(large) = large else { return Self { shared, sizes } };
        let axis = PrincipalAxis::of(large.centers(), &mask.grid().patient_axes()).axis;
        let m = mask.grid().affine().matrix();
        let step = |c: usize| (0..3).map(|r| m[r][c] * axis[r]).sum::<f64>().abs();
        let bin_mm = HEIGHT_MM.max((0..3).map(step).fold(0.0, f64::max));
        let bin = |point: Vector| (dot(point, axis) / bin_mm).floor() as i64;
        let filled: HashSet<i64> = large.centers().map(bin).collect();
        for (run, &part) in mask.runs().iter().zip(parts.of_runs()).filter(|&(_, &part)| small[part as usize])
        {
            let center = |i: u32| mask.grid().center([run.i + i, run.j, run.k].map(|v| v as usize));
            shared[part as usize] += (0..run.len).filter(|&i| filled.contains(&bin(center(i)))).count();
        }
        Self { shared, sizes }
    }

    fn are_shared(&self, part: usize) -> bool {
        2 * self.shared[part] >= self.sizes[part]
    }
}
