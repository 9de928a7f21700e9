//! The even spacing of a stack of planes, from their positions alone: `SliceThickness` and `SpacingBetweenSlices` are
//! often missing, rounded or wrong.

use std::fmt;

use super::{
    super::{
        plane::Plane,
        spacing::{Mm, SAME_POSITION_MM, STEP_SHARE, along_normal, step_tolerance_mm},
    },
    parts::lower_median,
};
use crate::{
    error::{Detail, ErrorKind},
    vector::{dot, length, minus, plus, scaled},
};

/// How far a plane may lie from its position in the grid, as a share of the step: small differences add up.
const DRIFT_SHARE: f64 = 0.05;

/// How much a gap may differ from a whole number of steps and still count as missing slices, as a share of a step.
const GAP_SHARE: f64 = 0.1;

/// The indices of planes, sorted by position along the normal of the first; the sort is stable.
pub(super) fn order(planes: &[Plane]) -> Vec<usize> {
    let along = along_normal(planes);
    let mut order: Vec<usize> = (0..planes.len()).collect();
    order.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
    order
}

/// Of sorted planes, the index of the first at each position, and one past the last.
pub(super) fn positions(planes: &[Plane]) -> Result<Vec<usize>, SpacingError> {
    let along = along_normal(planes);
    let mut starts = Vec::new();
    for (at, plane) in planes.iter().enumerate() {
        let first =
            starts.last().copied().filter(|&first: &usize| along[at] - along[first] <= SAME_POSITION_MM);
        match first {
            None => starts.push(at),
            Some(first) => {
                let shift_mm = length(minus(plane.position(), planes[first].position()));
                if shift_mm > 2.0 * SAME_POSITION_MM {
                    return Err(SpacingError::SidewaysAt { at: Mm(along[at]), shift: Mm(shift_mm) });
                }
            }
        }
    }
    starts.push(planes.len());
    Ok(starts)
}

/// Whether two planes lie at one position along the normal of the first.
pub(super) fn is_same_position(a: &Plane, b: &Plane) -> bool {
    dot(minus(b.position(), a.position()), a.normal()).abs() <= SAME_POSITION_MM
}

/// The step in mm from each plane to the next, of sorted planes with one position each.
///
/// # Errors
/// When there are fewer than two planes, one is missing, steps differ, or the stack is slanted.
pub(super) fn step(planes: &[Plane]) -> Result<[f64; 3], SpacingError> {
    let along = along_normal(planes);
    let [first, .., last] = planes else { return Err(SpacingError::One) };
    check_steps(&along)?;
    check_slant(planes, &along)?;
    let whole = minus(last.position(), first.position());
    let step = scaled(whole, 1.0 / (planes.len() - 1) as f64);
    check_drift(planes, &along, step)?;
    Ok(step)
}

fn check_steps(along: &[f64]) -> Result<(), SpacingError> {
    let steps: Vec<f64> = along.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = lower_median(&steps);
    let tolerance = step_tolerance_mm(usual);
    let mut uneven = steps.iter().enumerate().filter(|&(_, step)| (step - usual).abs() > tolerance);
    let Some((at, &step)) = uneven.next() else { return Ok(()) };
    let missing = (step / usual).round() - 1.0;
    let is_gap = missing >= 1.0 && (step / usual - missing - 1.0).abs() <= GAP_SHARE;
    Err(SpacingError::Step {
        from: Mm(along[at]),
        to: Mm(along[at + 1]),
        step: Mm(step),
        usual: Mm(usual),
        missing: if is_gap { missing as u64 } else { 0 },
        more: uneven.count(),
    })
}

/// Each plane must lie straight above the previous one.
fn check_slant(planes: &[Plane], along: &[f64]) -> Result<(), SpacingError> {
    let Some(normal) = planes.first().map(Plane::normal) else { return Ok(()) };
    for (at, pair) in planes.windows(2).enumerate() {
        let step = along[at + 1] - along[at];
        let sideways = plus(minus(pair[1].position(), pair[0].position()), -step, normal);
        let shift = length(sideways);
        if shift > SAME_POSITION_MM + STEP_SHARE * step {
            return Err(SpacingError::Slanted {
                from: Mm(along[at]),
                to: Mm(along[at + 1]),
                shift: Mm(shift),
            });
        }
    }
    Ok(())
}

fn check_drift(planes: &[Plane], along: &[f64], step: [f64; 3]) -> Result<(), SpacingError> {
    let max_off = (DRIFT_SHARE * length(step)).max(SAME_POSITION_MM);
    for (k, plane) in planes.iter().enumerate() {
        let even = plus(planes[0].position(), k as f64, step);
        let off = length(minus(plane.position(), even));
        if off > max_off {
            return Err(SpacingError::Drift { at: Mm(along[k]), off: Mm(off) });
        }
    }
    Ok(())
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub(super) enum SpacingError {
    #[error("one slice: expected at least two at different positions")]
    One,
    #[error(
        "slices at {from} and {to} mm along the normal are {step} mm apart, the others {usual} mm{}: expected even spacing",
        GapNote { missing: *missing, more: *more }
    )]
    Step { from: Mm, to: Mm, step: Mm, usual: Mm, missing: u64, more: usize },
    #[error(
        "the slices at {from} and {to} mm along the normal are shifted by {shift} mm in their plane: a slanted stack (as of a tilted gantry) is not supported"
    )]
    Slanted { from: Mm, to: Mm, shift: Mm },
    #[error(
        "the slice at {at} mm along the normal lies {off} mm from where even spacing puts it: expected even spacing"
    )]
    Drift { at: Mm, off: Mm },
    #[error(
        "two slices at {at} mm along the normal lie next to each other, {shift} mm apart: expected one slice at each position"
    )]
    SidewaysAt { at: Mm, shift: Mm },
}

/// What an uneven step means: missing slices, and other uneven steps.
struct GapNote {
    missing: u64,
    more: usize,
}

impl fmt::Display for GapNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing {
            0 => {}
            1 => write!(f, " (1 slice is missing)")?,
            n => write!(f, " ({n} slices are missing)")?,
        }
        match self.more {
            0 => Ok(()),
            1 => write!(f, ", and so is 1 other step"),
            n => write!(f, ", and so are {n} other steps"),
        }
    }
}

impl Detail for SpacingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::One => ErrorKind::Unsupported,
            _ => ErrorKind::Geometry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oblique planes at these positions along the normal, each shifted sideways.
    fn planes(along: &[f64], shift: &[f64]) -> Vec<Plane> {
        let (s, c) = 0.3_f64.sin_cos();
        let orientation = [c, s, 0.0, 0.0, 0.0, -1.0];
        let normal_lps = [-s, c, 0.0];
        let plane = |(&t, &x): (&f64, &f64)| {
            let position = std::array::from_fn(|a| normal_lps[a] * t + orientation[a] * x + 3.0);
            Plane::of(position, orientation, [0.5, 0.6]).unwrap()
        };
        along.iter().zip(shift).map(plane).collect()
    }

    fn straight(along: &[f64]) -> Vec<Plane> {
        planes(along, &vec![0.0; along.len()])
    }

    fn error(along: &[f64]) -> String {
        step(&straight(along)).unwrap_err().to_string()
    }

    #[test]
    fn planes_are_sorted_by_position_along_the_normal() {
        let planes = straight(&[3.0, -9.0, 100.0, 3.0]);
        assert_eq!(order(&planes), [1, 0, 3, 2]);
    }

    #[test]
    fn the_step_is_that_of_the_positions() {
        let planes = straight(&[0.0, 4.0, 8.0, 12.001]);
        let found = step(&planes).unwrap();
        assert!((length(found) - 12.001 / 3.0).abs() < 1e-9, "{found:?}");
        let end = plus(planes[0].position(), 3.0, found);
        assert!(length(minus(end, planes[3].position())) < 1e-9);
    }

    #[test]
    fn uneven_spacing_is_refused_with_positions() {
        let text = error(&[0.0, 4.0, 8.0, 16.1, 20.1]);
        assert!(text.contains("are 8.1 mm apart, the others 4 mm (1 slice is missing): "), "{text}");
        let text = error(&[0.0, 4.0, 16.0, 20.0, 32.0]);
        assert!(text.contains("12 mm apart, the others 4 mm (2 slices are missing), and so is 1 other step"));
        let text = error(&[0.0, 4.0, 9.0, 13.0]);
        assert!(text.contains("5 mm apart, the others 4 mm: expected even spacing"), "{text}");
        assert_eq!(error(&[0.0]), "one slice: expected at least two at different positions");
        assert_eq!(step(&[]), Err(SpacingError::One));
    }

    #[test]
    fn steps_may_differ_by_a_hundredth() {
        assert!(step(&straight(&[0.0, 4.0, 8.039, 12.039])).is_ok());
        assert!(step(&straight(&[0.0, 4.0, 8.041, 12.041])).is_err());
        assert!(step(&straight(&[0.0, 0.5, 1.009, 1.509])).is_ok(), "at least 0.01 mm");
        assert!(step(&straight(&[0.0, 0.5, 1.011, 1.511])).is_err());
    }

    #[test]
    fn small_differences_must_not_add_up() {
        // half of the steps 0.8 % longer: each is allowed, but slice 20 would lie 8 % of a step off
        let along: Vec<f64> =
            (0..41).map(|k: i32| 4.0 * f64::from(k) + 0.032 * f64::from((k - 20).max(0))).collect();
        let text = error(&along);
        assert!(text.contains("from where even spacing puts it"), "{text}");
    }

    #[test]
    fn a_slanted_stack_is_refused() {
        let tilted = planes(&[0.0, 4.0, 8.0], &[0.0, 0.06, 0.12]);
        let text = step(&tilted).unwrap_err().to_string();
        assert!(text.contains("shifted by 0.06 mm in their plane: a slanted stack"), "{text}");
        assert!(step(&planes(&[0.0, 4.0, 8.0], &[0.0, 0.04, 0.0])).is_ok());
    }

    #[test]
    fn equal_positions_are_found() {
        let starts = |along: &[f64]| positions(&straight(along)).unwrap();
        assert_eq!(starts(&[0.0, 4.0, 8.0]), [0, 1, 2, 3]);
        assert_eq!(starts(&[0.0, 0.004, 4.0, 8.0, 8.0]), [0, 2, 3, 5]);
        let sideways = planes(&[0.0, 0.0], &[0.0, 100.0]);
        assert!(positions(&sideways).unwrap_err().to_string().contains("100 mm apart"));
    }
}
