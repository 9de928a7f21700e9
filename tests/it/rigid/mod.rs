//! Rigid moves of a whole study, for the tests.

#![allow(dead_code, reason = "each test uses its part")]

use hemastage::Affine;

/// A rigid map of the world, rows first.
pub(crate) type Rigid = [[f64; 4]; 4];

fn product(a: &Rigid, b: &Rigid) -> Rigid {
    std::array::from_fn(|r| std::array::from_fn(|c| (0..4).map(|k| a[r][k] * b[k][c]).sum()))
}

/// A turn about x, then y, then z, in degrees, then a shift in mm.
pub(crate) fn rigid(degrees: [f64; 3], shift: [f64; 3]) -> Rigid {
    let mut all: Rigid = std::array::from_fn(|r| std::array::from_fn(|c| f64::from(r == c)));
    for (axis, angle) in degrees.into_iter().enumerate() {
        let (sin, cos) = angle.to_radians().sin_cos();
        let (p, q) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut turn: Rigid = std::array::from_fn(|r| std::array::from_fn(|c| f64::from(r == c)));
        (turn[p][p], turn[p][q], turn[q][p], turn[q][q]) = (cos, -sin, sin, cos);
        all = product(&turn, &all);
    }
    (0..3).for_each(|r| all[r][3] = shift[r]);
    all
}

/// Shifts, turns about each axis, and all of it at once.
pub(crate) fn moves() -> Vec<Rigid> {
    let mut all = vec![rigid([0.0; 3], [31.0, -17.5, 250.25])];
    for axis in 0..3 {
        for angle in [-30.0, 0.7, 30.0] {
            let mut degrees = [0.0; 3];
            degrees[axis] = angle;
            all.push(rigid(degrees, [0.0; 3]));
        }
    }
    for degrees in [[30.0, 30.0, 30.0], [-30.0, 30.0, 30.0], [30.0, -30.0, 12.0], [-12.0, 9.0, -30.0]] {
        all.push(rigid(degrees, [-90.0, 60.3, 5.0]));
    }
    all
}

pub(crate) fn moved(affine: &Affine, by: &Rigid) -> Affine {
    Affine::new(product(by, affine.matrix())).unwrap_or_else(|error| panic!("{error}"))
}

/// Where a point goes.
pub(crate) fn moved_point(by: &Rigid, point: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|r| (0..3).map(|c| by[r][c] * point[c]).sum::<f64>() + by[r][3])
}
