//! Rotations as `NIfTI` stores them: the last three parts of a unit quaternion, in 32 bits.
//!
//! A grid is built from the stored numbers, so that the quaternion and the affine give the same rotation.
//!
//! # Reference
//! `NIfTI-1` header, "quaternion representation of rotation matrix".

/// A 3x3 matrix, rows first.
pub(super) type Matrix = [[f64; 3]; 3];

/// A smaller square of the first part is stored as 0: readers disagree on how to recover it.
const MIN_SQUARE: f64 = 1e-6;

/// The stored parts of a proper rotation.
pub(super) fn store(r: &Matrix) -> [f32; 3] {
    let [a, rest @ ..] = unit(r);
    if a * a >= MIN_SQUARE {
        return rest.map(|v| if v.abs() < 1e-7 { 0.0 } else { v as f32 });
    }
    let norm = rest.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mut stored = rest.map(|v| if v.abs() < 1e-7 { 0.0 } else { (v / norm) as f32 });
    let mut largest = 0;
    for n in 1..3 {
        if stored[n].abs() > stored[largest].abs() {
            largest = n;
        }
    }
    // every reader gets a = 0 from a sum just above 1; some get a small a from one just below
    while first_square(stored) > 0.0 {
        stored[largest] = step(stored[largest], 1);
    }
    stored
}

/// The 32-bit number `steps` places farther from zero.
fn step(v: f32, steps: i32) -> f32 {
    if v == 0.0 { v } else { f32::from_bits(v.to_bits().wrapping_add_signed(steps)) }
}

/// Square of the first part as readers recover it.
fn first_square(stored: [f32; 3]) -> f64 {
    1.0 - stored.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>()
}

/// The rotation that a reader recovers.
pub(super) fn rotation(stored: [f32; 3]) -> Matrix {
    let [mut b, mut c, mut d] = stored.map(f64::from);
    let square = first_square(stored);
    let a = if square < 1e-7 {
        let norm = (b * b + c * c + d * d).sqrt();
        (b, c, d) = (b / norm, c / norm, d / norm);
        0.0
    } else {
        square.sqrt()
    };
    [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ]
}

/// The stored quaternion, within two steps of rounding, whose rotation is nearest to a matrix with weighted columns.
pub(super) fn nearest(r: &Matrix, weights: [f64; 3]) -> [f32; 3] {
    let start = store(r);
    let error = |stored: [f32; 3]| {
        let rotated = rotation(stored);
        let square = |row: usize, column: usize| {
            let d = weights[column] * (rotated[row][column] - r[row][column]);
            d * d
        };
        (0..3).flat_map(|row| (0..3).map(move |column| (row, column))).map(|(i, j)| square(i, j)).sum::<f64>()
    };
    let mut best = (error(start), start);
    for n in 0..125 {
        let candidate: [f32; 3] = std::array::from_fn(|i| step(start[i], n / [1, 5, 25][i] % 5 - 2));
        let square = first_square(candidate);
        if square > 0.0 && square < 0.5 * MIN_SQUARE {
            continue;
        }
        let distance = error(candidate);
        if distance < best.0 {
            best = (distance, candidate);
        }
    }
    best.1
}

/// The unit quaternion (a, b, c, d) with a >= 0, from the largest of its parts.
fn unit(r: &Matrix) -> [f64; 4] {
    let [xx, yy, zz] = [r[0][0], r[1][1], r[2][2]];
    let squares = [1.0 + xx + yy + zz, 1.0 + xx - yy - zz, 1.0 - xx + yy - zz, 1.0 - xx - yy + zz];
    let mut largest = 0;
    for n in 1..4 {
        if squares[n] > squares[largest] {
            largest = n;
        }
    }
    let [x, y, z] = [r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]];
    let [xy, xz, yz] = [r[0][1] + r[1][0], r[0][2] + r[2][0], r[1][2] + r[2][1]];
    let s = squares[largest];
    let parts = [[s, x, y, z], [x, s, xy, xz], [y, xy, s, yz], [z, xz, yz, s]][largest];
    let norm = parts.iter().map(|v| v * v).sum::<f64>().sqrt();
    let sign = if parts[0] < 0.0 { -1.0 } else { 1.0 };
    parts.map(|v| sign * v / norm)
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    fn turn(axis: usize, degrees: f64) -> Matrix {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut m = [[0.0; 3]; 3];
        m[axis][axis] = 1.0;
        (m[i][i], m[i][j], m[j][i], m[j][j]) = (cos, -sin, sin, cos);
        m
    }

    #[test]
    fn rotations_come_back() {
        for axis in 0..3 {
            for degrees in [-179.0, -90.0, -0.2, 0.0, 12.5, 90.0, 135.0, 180.0] {
                let r = turn(axis, degrees);
                let found = rotation(store(&r));
                assert_abs_diff_eq!(found.as_flattened(), r.as_flattened(), epsilon = 1e-5);
            }
        }
    }

    #[test]
    fn a_half_turn_has_no_first_part_for_any_reader() {
        let half = 0.5_f64.sqrt();
        // the half turn about (1, 1, 0): x and y change places
        let r = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
        let stored = store(&r);
        assert_abs_diff_eq!(f64::from(stored[0]), half, epsilon = 1e-6);
        assert!(first_square(stored) <= 0.0);
    }

    #[test]
    fn the_stored_numbers_are_found_again_from_their_rotation() {
        for degrees in [0.3, 7.0, 121.0, 179.7] {
            let stored = store(&turn(1, degrees));
            assert_eq!(rotation(nearest(&rotation(stored), [100.0; 3])), rotation(stored), "{degrees}");
        }
    }
}
