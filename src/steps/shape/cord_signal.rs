//! Signal change of the cord itself along its length.

use std::collections::BTreeMap;

use hemastage_image::{
    error::Result,
    roi::{Column, Roi},
};

use super::error::ShapeError;
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

/// The cord's signal in each group of its voxels, by ascending group. It is made by [`cord_signal`], and keeps the cord.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalByGroup<G> {
    cord: Roi,
    groups: Vec<GroupSignal<G>>,
}

impl<G> SignalByGroup<G> {
    /// The cord.
    pub fn cord(&self) -> &Roi {
        &self.cord
    }

    /// The groups that hold a voxel.
    pub fn groups(&self) -> &[GroupSignal<G>] {
        &self.groups
    }
}

/// The median T2 ratio of the cord in each group of its voxels.
///
/// # Shape and units
/// A ratio is signal / trend ([`Reference::ratios`](crate::steps::reference::Reference::ratios) of the cord with
/// itself), NaN where unsampled. A voxel in no group, such as one of the hematoma or at the cord's edge, does not count.
///
/// # Errors
/// `Parameter` when the groups are those of another region.
///
/// # Reference
/// T2 hyperintensity of the cord: 7 of 9 without improvement (Chang 2005, doi 10.1016/j.crad.2004.12.008).
///
/// # Example
/// ```
/// use hemastage::{
///     Affine, Labels, Roi,
///     roi::Column,
///     shape::{cord_signal, stretches},
/// };
/// let mask = ndarray::Array3::<u8>::ones((1, 1, 30));
/// let cord = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero)?;
/// let positions = Column::new(&cord, (0..30).map(f64::from).collect())?;
/// let ratios = positions.map(|&p| if p < 20.0 { 1.0 } else { 1.4 });
/// let found = cord_signal(&ratios, &stretches(&positions, 10.0)?)?;
/// let medians: Vec<_> = found.groups().iter().map(|group| (group.group, group.median_ratio)).collect();
/// assert_eq!(medians, [(0, Some(1.0)), (1, Some(1.0)), (2, Some(1.4))]);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn cord_signal<G: Ord + Copy>(
    ratios: &Column<f64>,
    groups: &Column<Option<G>>,
) -> Result<SignalByGroup<G>> {
    ratios.roi().check_same(groups.roi(), "groups")?;
    Ok(SignalByGroup { cord: ratios.roi().clone(), groups: by_group(ratios, groups) })
}

fn by_group<G: Ord + Copy>(mut ratios: &[f64], groups: &[Option<G>]) -> Vec<GroupSignal<G>> {
    let mut values: BTreeMap<G, Vec<f64>> = BTreeMap::new();
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
///
/// # Errors
/// `Parameter` when the length is not more than 0 and finite.
pub fn stretches(positions_mm: &Column<f64>, length_mm: f64) -> Result<Column<Option<i64>>> {
    if !(length_mm.is_finite() && length_mm > 0.0) {
        let expected = "a length above 0 mm";
        return Err(ShapeError { option: "length_mm", found: length_mm, expected }.into());
    }
    let group = |&at: &f64| {
        let place = at / length_mm + BORDER_SLACK;
        place.is_finite().then(|| place.floor() as i64)
    };
    Ok(positions_mm.map(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_voxels_have_no_median_and_unsampled_ones_do_not_count() {
        let ratios = [1.0, 1.1, 1.2, 1.3, 1.4, f64::NAN, 2.0, 9.0];
        let groups = [Some(1), Some(1), Some(1), Some(1), Some(1), Some(1), Some(0), None];
        let found = by_group(&ratios, &groups);
        assert_eq!(found[0], GroupSignal { group: 0, voxels: 1, median_ratio: None });
        assert_eq!(found[1], GroupSignal { group: 1, voxels: 5, median_ratio: Some(1.2) });
    }
}
