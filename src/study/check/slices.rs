//! Slices that a mask leaves out, one by one.

use hemastage_image::{finding::Finding, roi::Roi};

use super::percent;

/// Share of the slices between a mask's first and last that are empty from which it is a warning, ...
const MAX_EMPTY: f64 = 0.25;
/// ... in this many gaps or more between stretches that are mostly one slice long: collections are longer (own choice).
const MIN_GAPS: usize = 2;

/// A finding when a mask has slices and gaps by turns, as where every other slice was drawn.
pub(super) fn missing(role: &str, mask: &Roi) -> Option<Finding> {
    let (empty, all) = (0..3).filter_map(|axis| gaps(&occupied(mask, axis))).max()?;
    let message = format!(
        "{empty} of {all} slices between the first and the last of the mask are empty, in turn with others ({}): it was drawn on some slices alone, so that volume and measures are too small; fill them in between",
        percent(empty as f64 / all as f64)
    );
    Some(Finding::warning("slices_missing", message).at(role))
}

/// Which slices along an axis hold a voxel, from the first to the last.
fn occupied(mask: &Roi, axis: usize) -> Vec<bool> {
    let bounds = mask.bounds();
    let mut occupied = vec![false; bounds.end[axis] - bounds.start[axis]];
    for run in mask.runs() {
        let first = [run.i, run.j, run.k][axis] as usize - bounds.start[axis];
        let len = if axis == 0 { run.len as usize } else { 1 };
        occupied[first..first + len].fill(true);
    }
    occupied
}

/// The number of empty slices and of all slices, if gaps alternate with stretches that are mostly one slice long.
fn gaps(occupied: &[bool]) -> Option<(usize, usize)> {
    let stretches: Vec<&[bool]> = occupied.chunk_by(|a, b| a == b).collect();
    let (drawn, empty): (Vec<&&[bool]>, Vec<&&[bool]>) = stretches.iter().partition(|stretch| stretch[0]);
    let n_empty: usize = empty.iter().map(|gap| gap.len()).sum();
    let single = drawn.iter().filter(|stretch| stretch.len() == 1).count();
    let is_in_turn = empty.len() >= MIN_GAPS && 2 * single > drawn.len();
    (is_in_turn && n_empty as f64 > MAX_EMPTY * occupied.len() as f64).then_some((n_empty, occupied.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_in_turn_with_gaps_are_named() {
        let of = |text: &str| gaps(&text.bytes().map(|b| b == b'x').collect::<Vec<_>>());
        assert_eq!(of("x.x.x"), Some((2, 5)));
        assert_eq!(of("x..x..x..x"), Some((6, 10)));
        assert_eq!(of("x.x.xx.x.x"), Some((4, 10)));
        for quiet in ["xxxx", "x.x", "xxx...xx", "xxx.xxx.xxx", "xx..xx..xx", "x", ""] {
            assert_eq!(of(quiet), None, "{quiet}");
        }
    }
}
