//! Rigid moves of the world.

use hemastage::Affine;

/// A rigid map, rows first.
pub(crate) type Rigid = [[f64; 4]; 4];

pub(crate) const IDENTITY: Rigid =
    [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];

fn product(a: &Rigid, b: &Rigid) -> Rigid {
    std::array::from_fn(|r| std::array::from_fn(|c| (0..4).map(|k| a[r][k] * b[k][c]).sum()))
}

/// A turn about x, then y, then z, in degrees, then a shift in mm.
pub(crate) fn rigid(degrees: [f64; 3], shift: [f64; 3]) -> Rigid {
    let mut all = IDENTITY;
    for (axis, angle) in degrees.into_iter().enumerate() {
        let (sin, cos) = angle.to_radians().sin_cos();
        let (p, q) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut turn = IDENTITY;
        (turn[p][p], turn[p][q], turn[q][p], turn[q][q]) = (cos, -sin, sin, cos);
        all = product(&turn, &all);
    }
    (0..3).for_each(|r| all[r][3] = shift[r]);
    all
}

/// A shift, turns about each axis, and both at once.
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

/// The affine of an image that moves with the world.
pub(crate) fn moved_affine(affine: &Affine, by: &Rigid) -> Affine {
    Affine::new(product(by, affine.matrix())).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn moved_point(by: &Rigid, point: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|r| (0..3).map(|c| by[r][c] * point[c]).sum::<f64>() + by[r][3])
}
