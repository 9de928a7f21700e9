//! Phases by flood fill, their kind, renewed bleeding.

use super::*;

/// A counting phase with what decides whether it stays.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its stage.
    pub(crate) stage: usize,
    /// Share of the core.
    pub(crate) fraction: f64,
    /// Median smoothed ratio per contrast.
    pub(crate) ratio: [f64; 2],
    /// Number of connected parts.
    pub(crate) parts: usize,
    /// Volume of the largest.
    pub(crate) largest_mm3: f64,
    /// Mean world position.
    pub(crate) centroid_mm: Point,
}

impl Found {
    /// The phase as reported.
    pub(super) fn report(&self, windows: &[(Option<f64>, Option<f64>); 5], onsets_hours: &[f64]) -> Phase {
        Phase {
            stage: self.stage,
            fraction: self.fraction,
            parts: self.parts,
            largest_mm3: self.largest_mm3,
            centroid_mm: self.centroid_mm,
            events: event_shares(windows, onsets_hours, self.stage),
        }
    }
}

/// Stages with at least a fifth of the core and a part of at least max(20 mm3, 5 % of the ROI), which counts as no larger
/// than if the core were 30 % of it.
pub(crate) fn counting_phases(maps: &Maps, core: &[Index], affine: &Affine, roi_mm3: f64) -> Vec<Found> {
    let whole_mm3 = roi_mm3.min(number(core.len()) * voxel_volume(affine) / 0.3);
    let mut counting = Vec::new();
    for stage in 0..5 {
        let voxels: Vec<Index> = core.iter().copied().filter(|&at| maps.is_stage(at, stage)).collect();
        let fraction = number(voxels.len()) / number(core.len());
        if fraction < 0.2 {
            continue;
        }
        let found = found_phase(maps, stage, fraction, &voxels, affine);
        if found.largest_mm3 >= (0.05 * whole_mm3).max(20.0) {
            counting.push(found);
        }
    }
    counting
}

/// Measures the phase made of some voxels.
pub(super) fn found_phase(
    maps: &Maps,
    stage: usize,
    fraction: f64,
    voxels: &[Index],
    affine: &Affine,
) -> Found {
    let sizes = part_sizes(&mask_of(voxels, maps.stages.dim()));
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let points: Vec<Point> = voxels.iter().map(|&at| center_of(affine, at)).collect();
    let median_of =
        |contrast: usize| median(&voxels.iter().map(|&at| maps.ratios[contrast][at]).collect::<Vec<_>>());
    Found {
        stage,
        fraction,
        ratio: [median_of(0), median_of(1)],
        parts: sizes.len(),
        largest_mm3: number(largest) * voxel_volume(affine),
        centroid_mm: mean_point(&points),
    }
}

/// A full mask of a list of voxels.
pub(super) fn mask_of(voxels: &[Index], shape: (usize, usize, usize)) -> Array3<bool> {
    let mut mask = Array3::from_elem(shape, false);
    for &at in voxels {
        mask[at] = true;
    }
    mask
}

/// Number of voxels of each 26-connected part, by flood fill.
pub(crate) fn part_sizes(mask: &Array3<bool>) -> Vec<usize> {
    let mut left = mask.clone();
    let mut sizes = Vec::new();
    for seed in voxels_of(mask) {
        if !left[seed] {
            continue;
        }
        left[seed] = false;
        let mut open = vec![seed];
        let mut size = 0;
        while let Some(at) = open.pop() {
            size += 1;
            for next in surrounding(at, mask.dim()) {
                if left[next] {
                    left[next] = false;
                    open.push(next);
                }
            }
        }
        sizes.push(size);
    }
    sizes
}

/// The voxels of the 3x3x3 block around a voxel that lie in the grid.
pub(super) fn surrounding(at: Index, shape: (usize, usize, usize)) -> Vec<Index> {
    let mut found = Vec::new();
    for i in -1..=1 {
        for j in -1..=1 {
            for k in -1..=1 {
                found.extend(shifted(at, [i, j, k], shape));
            }
        }
    }
    found
}

/// Phases left when, of those alike on both contrasts, only the larger stays; in stage order.
pub(crate) fn without_straddling(counting: &[Found]) -> Vec<Found> {
    let mut by_size = counting.to_vec();
    by_size.sort_by(|a, b| b.fraction.total_cmp(&a.fraction).then(a.stage.cmp(&b.stage)));
    let mut kept: Vec<Found> = Vec::new();
    for phase in by_size {
        if !kept.iter().any(|other| alike(&phase, other)) {
            kept.push(phase);
        }
    }
    kept.sort_by_key(|phase| phase.stage);
    kept
}

/// Whether the median ratios of two phases differ by less than 0.25 on both contrasts.
pub(super) fn alike(a: &Found, b: &Found) -> bool {
    (0..2).all(|contrast| (a.ratio[contrast] - b.ratio[contrast]).abs() < 0.25)
}

/// Kind of mixture of the kept stages; none for fewer than two.
pub(super) fn kind_of(kept: &[usize]) -> Option<Kind> {
    if kept.len() < 2 {
        return None;
    }
    let gap = kept.windows(2).any(|pair| pair[1] - pair[0] > 1);
    Some(if gap { Kind::Separated } else { Kind::Adjacent })
}

/// How probable it is that the youngest and the oldest phase are two or more stages apart.
pub(super) fn separated_probability(rule: &Classes<'_>, kept: &[Found], onsets_hours: &[f64]) -> Option<f64> {
    if kept.len() < 2 {
        return None;
    }
    let a = rule.of_median(kept[0].ratio, true);
    let b = rule.of_median(kept[kept.len() - 1].ratio, true);
    let mut sum = 0.0;
    for (i, a) in a[..5].iter().enumerate() {
        for (j, b) in b[..5].iter().enumerate() {
            let pair = [i.min(j), i.max(j)];
            let excepted = pair == ACUTE_AND_CHRONIC && onsets_hours.is_empty();
            if i.abs_diff(j) >= 2 && !excepted {
                sum += a * b;
            }
        }
    }
    Some(sum)
}

/// Whether the kept stages, ascending, suggest renewed bleeding.
pub(super) fn suggests_rebleed(
    kept: &[usize],
    windows: &[(Option<f64>, Option<f64>); 5],
    separated_probability: Option<f64>,
    onsets_hours: &[f64],
) -> bool {
    let Some(separated) = separated_probability else {
        return false;
    };
    let separated = separated > 0.6;
    let by_time = match onsets_hours {
        [] => false,
        [hours] => younger_than_age(kept, windows, *hours),
        several => fits_a_later_event(kept, windows, several),
    };
    separated || by_time
}

/// One event: a phase two or more stages younger than the earliest stage of that age.
pub(super) fn younger_than_age(
    kept: &[usize],
    windows: &[(Option<f64>, Option<f64>); 5],
    hours: f64,
) -> bool {
    let expected = (0..5).find(|&stage| holds(windows[stage], hours));
    expected.is_some_and(|expected| kept.iter().any(|stage| stage + 2 <= expected))
}

/// Several events: a phase too young for the oldest event that holds a younger event's age.
pub(super) fn fits_a_later_event(
    kept: &[usize],
    windows: &[(Option<f64>, Option<f64>); 5],
    onsets_hours: &[f64],
) -> bool {
    let oldest = onsets_hours.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    kept.iter().any(|&stage| {
        let ended = edge(windows[stage].1).is_some_and(|end| end <= oldest);
        let younger = onsets_hours.iter().filter(|&&hours| hours < oldest);
        ended && younger.into_iter().any(|&hours| holds(windows[stage], hours))
    })
}
