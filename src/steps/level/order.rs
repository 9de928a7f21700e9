//! The order from the head down: along the main direction of the centroids, not along raw height.

use hemastage_image::{
    grid::{Affine, PatientAxes},
    principal_axis::PrincipalAxis,
    vector::dot,
};

use super::error::LevelError;

/// Positions closer than this along the spine are the same, so that rounding does not decide their order.
const SLACK_MM: f64 = 1e-6;

/// The direction in which points spread most, pointing from head to feet (else backward, else to the left). The
/// patient's inferior for fewer than two points.
pub(super) fn main_direction(points: &[[f64; 3]], patient: &PatientAxes) -> [f64; 3] {
    PrincipalAxis::of(points.iter().copied(), patient).axis.map(|v| -v)
}

/// The position along a direction as a linear function of the voxel index: at index 0, and per step along i, j and k.
pub(super) fn along_index(affine: &Affine, axis: [f64; 3]) -> (f64, [f64; 3]) {
    let m = affine.matrix();
    let along = |c: usize| dot([m[0][c], m[1][c], m[2][c]], axis);
    (along(3), [along(0), along(1), along(2)])
}

/// Checks that names sorted from the head down lie in that order along the main direction.
pub(super) fn check<N: std::fmt::Display>(
    sorted: &[(N, [f64; 3])],
    patient: &PatientAxes,
    source_of: impl Fn() -> String,
) -> Result<(), LevelError> {
    let points: Vec<[f64; 3]> = sorted.iter().map(|&(_, point)| point).collect();
    let axis = main_direction(&points, patient);
    let place = |point: [f64; 3]| dot(point, axis) - dot(points[0], axis);
    for pair in sorted.windows(2) {
        let (upper, lower) = (place(pair[0].1), place(pair[1].1));
        // false also of what is no number
        let follows = upper + SLACK_MM < lower;
        if !follows {
            return Err(LevelError::Order {
                upper: pair[0].0.to_string(),
                lower: pair[1].0.to_string(),
                upper_mm: upper,
                lower_mm: lower,
                source_of: source_of(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPRIGHT: PatientAxes =
        PatientAxes { right: [1.0, 0.0, 0.0], anterior: [0.0, 1.0, 0.0], superior: [0.0, 0.0, 1.0] };

    #[test]
    fn the_main_direction_points_down() {
        let line: Vec<[f64; 3]> =
            (0..5).map(|n| [1.0, 0.6 * f64::from(n), 0.8 * f64::from(n) + 7.0]).collect();
        let found = main_direction(&line, &UPRIGHT);
        assert!((found[1] + 0.6).abs() < 1e-12 && (found[2] + 0.8).abs() < 1e-12, "{found:?}");
        assert_eq!(main_direction(&[[1.0, 2.0, 3.0]], &UPRIGHT), [0.0, 0.0, -1.0]);
        assert_eq!(main_direction(&[], &UPRIGHT), [0.0, 0.0, -1.0]);
    }

    #[test]
    fn two_at_one_place_are_out_of_order_whatever_the_rounding() {
        for noise in [-1e-12, 0.0, 1e-12] {
            let points =
                [("C2", [0.0, 0.0, 40.0]), ("C3", [0.0, 9.0, 40.0 - noise]), ("C4", [0.0, 4.5, 0.0])];
            assert!(check(&points, &UPRIGHT, String::new).is_err(), "{noise}");
        }
    }

    #[test]
    fn what_has_no_place_is_out_of_order() {
        for far in [f64::NAN, f64::INFINITY] {
            let points = [("C2", [0.0, 0.0, 40.0]), ("C3", [0.0, far, 20.0]), ("C4", [far, 0.0, 0.0])];
            assert!(check(&points, &UPRIGHT, String::new).is_err(), "{far}");
        }
    }

    #[test]
    fn a_wrong_order_names_both() {
        let at = |z: f64| [0.0, 0.2 * z, z];
        let good = [("C2", at(40.0)), ("C3", at(20.0)), ("C4", at(0.0))];
        assert!(check(&good, &UPRIGHT, String::new).is_ok());
        let wrong = [("C2", at(40.0)), ("C3", at(0.0)), ("C4", at(20.0))];
        let text = check(&wrong, &UPRIGHT, || "the scheme".into()).unwrap_err().to_string();
        assert!(text.starts_with("C3 lies below C4 (at 40.8 and 20.4 mm"), "{text}");
    }
}
