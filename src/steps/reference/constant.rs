//! Stretches of the reference of one value: padding that is not 0, or a signal that was clipped.

use std::collections::BTreeMap;

use hemastage_image::{finding::Finding, roi::Column};

use super::{
    ReferenceRegion,
    measure::{MOST, SAME},
};

/// Length of the stretches that are judged.
const STRETCH_MM: f64 = 5.0;
/// Voxels that a stretch needs.
const MIN_VOXELS: usize = 20;

/// Takes the candidates of one value out where they make up whole stretches of the mask, while others vary; then also a
/// finding.
///
/// Tissue varies, if not by noise then at its rim. A mask that is constant as a whole is not touched.
pub(super) fn leave_out_constant(
    region: &ReferenceRegion,
    signal: &Column<f64>,
    candidate: &mut [bool],
) -> Option<Finding> {
    let mut stretches: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (n, &position) in region.positions.iter().enumerate().filter(|&(n, _)| candidate[n]) {
        stretches.entry((position / STRETCH_MM).floor() as i64).or_default().push(signal[n]);
    }
    let values: Vec<Option<f64>> = stretches
        .values()
        .filter(|values| values.len() >= MIN_VOXELS)
        .map(|values| constant(values))
        .collect();
    let value = values.iter().copied().flatten().next()?;
    if values.iter().all(|found| found.is_some_and(|found| is_same(found, value))) {
        return None;
    }
    let mut left_out = 0;
    for (candidate, &signal) in candidate.iter_mut().zip(signal.iter()) {
        let is_out = *candidate && is_same(signal, value);
        left_out += usize::from(is_out);
        *candidate &= !is_out;
    }
    let (n, voxels) = (values.iter().flatten().count(), signal.len());
    let message = format!(
        "{left_out} of {voxels} reference voxels have exactly the same signal, {value}, over {:.0} mm of the mask: padding or a clipped signal, no tissue, and were left out; check that the image covers the mask",
        n as f64 * STRETCH_MM
    );
    Some(Finding::warning("constant_signal", message))
}

/// The value that nearly all have.
fn constant(values: &[f64]) -> Option<f64> {
    // the only one that a majority can have
    let (mut value, mut lead) = (f64::NAN, 0_usize);
    for &next in values {
        match lead {
            0 => (value, lead) = (next, 1),
            _ if is_same(next, value) => lead += 1,
            _ => lead -= 1,
        }
    }
    let n = values.iter().filter(|&&other| is_same(other, value)).count();
    (n as f64 > MOST * values.len() as f64).then_some(value)
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * b.abs()
}
