//! Signal change of the cord itself along its length.

use std::collections::BTreeMap;

use crate::kernel::statistics::median;

/// A median needs this many voxels.
const MIN_VOXELS: usize = 5;
/// Slack on borders between stretches, so that rounding does not move a whole slice across.
const BORDER_SLACK: f64 = 1e-6;

/// The cord's signal in one group of voxels.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GroupSignal<G> {
    /// The group, such as a vertebral level.
    pub group: G,
    /// Its sampled voxels.
    pub voxels: usize,
    /// Median ratio to the trend; 1 is unchanged cord. `None` for fewer than 5 voxels.
    pub median_ratio: Option<f64>,
}

/// The median T2 ratio of the cord in each group of its voxels, by ascending group.
///
/// # Shape and units
/// One ratio and one group per voxel of the cord mask, in its order. A ratio is signal / trend
/// ([`Reference::ratios`](crate::steps::reference::Reference::ratios) of the cord with itself), NaN where unsampled.
/// A voxel in no group, such as one of the hematoma or at the cord's edge, does not count.
///
/// # Reference
/// T2 hyperintensity of the cord: 7 of 9 without improvement (Chang 2005, doi 10.1016/j.crad.2004.12.008).
///
/// # Example
/// ```
/// use hemastage::shape::{cord_signal, stretches};
/// let positions: Vec<f64> = (0..30).map(f64::from).collect();
/// let ratios: Vec<f64> = positions.iter().map(|&p| if p < 20.0 { 1.0 } else { 1.4 }).collect();
/// let found = cord_signal(&ratios, &stretches(&positions, 10.0));
/// let medians: Vec<_> = found.iter().map(|group| (group.group, group.median_ratio)).collect();
/// assert_eq!(medians, [(0, Some(1.0)), (1, Some(1.0)), (2, Some(1.4))]);
/// ```
pub fn cord_signal<G: Ord + Copy>(ratios: &[f64], groups: &[Option<G>]) -> Vec<GroupSignal<G>> {
    let mut values: BTreeMap<G, Vec<f64>> = BTreeMap::new();
    let mut ratios = ratios;
    // adjacent voxels are mostly of one group
    for part in groups.chunk_by(PartialEq::eq) {
        let (these, rest) = ratios.split_at(part.len().min(ratios.len()));
        ratios = rest;
        if let Some(group) = part[0] {
            values.entry(group).or_default().extend(these.iter().filter(|ratio| ratio.is_finite()));
        }
    }
    let signal = |(group, ratios): (G, Vec<f64>)| GroupSignal {
        group,
        voxels: ratios.len(),
        median_ratio: if ratios.len() < MIN_VOXELS { None } else { median(&ratios) },
    };
    values.into_iter().map(signal).collect()
}

/// Groups by position along the cord: group `n` is from `n` to `n + 1` times the length.
///
/// # Shape and units
/// Positions and length in mm; `None` for a position that is not finite.
pub fn stretches(positions_mm: &[f64], length_mm: f64) -> Vec<Option<i64>> {
    let group = |&at: &f64| {
        let place = at / length_mm + BORDER_SLACK;
        place.is_finite().then(|| place.floor() as i64)
    };
    positions_mm.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_voxels_have_no_median_and_unsampled_ones_do_not_count() {
        let ratios = [1.0, 1.1, 1.2, 1.3, 1.4, f64::NAN, 2.0, 9.0];
        let groups = [Some(1), Some(1), Some(1), Some(1), Some(1), Some(1), Some(0), None];
        let found = cord_signal(&ratios, &groups);
        assert_eq!(found[0], GroupSignal { group: 0, voxels: 1, median_ratio: None });
        assert_eq!(found[1], GroupSignal { group: 1, voxels: 5, median_ratio: Some(1.2) });
    }
}
