//! Analytic bodies around a straight, tilted or curved cord, sampled on any grid.

use std::sync::Arc;

use approx::abs_diff_eq;
use hemastage::{
    Affine, Labels, Roi,
    shape::{Shape, ShapeInput, ShapeOptions, shape},
};
use ndarray::Array3;

use super::cache::Cache;

pub(crate) type Point = [f64; 3];

/// How the cord runs through the world. Body coordinates are right, anterior, up along the cord.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CordPath {
    /// Turned about the left-right axis, then about the front-back axis, degrees.
    Straight { about_x: f64, about_y: f64 },
    /// An arc in the sagittal plane, convex forward, of this radius.
    Arc { radius: f64 },
}

pub(crate) const UPRIGHT: CordPath = CordPath::Straight { about_x: 0.0, about_y: 0.0 };

impl CordPath {
    /// The map from the world to body coordinates.
    fn to_body(self) -> impl Fn(Point) -> Point {
        let (about_x, about_y) = match self {
            Self::Straight { about_x, about_y } => (about_x, about_y),
            Self::Arc { .. } => (0.0, 0.0),
        };
        let [(sx, cx), (sy, cy)] = [about_x, about_y].map(|angle: f64| angle.to_radians().sin_cos());
        move |[x, y, z]| match self {
            Self::Straight { .. } => {
                let (x, z) = (cy * x - sy * z, sy * x + cy * z);
                [x, cx * y + sx * z, -sx * y + cx * z]
            }
            Self::Arc { radius } => {
                let from = y + radius;
                [x, from.hypot(z) - radius, radius * z.atan2(from)]
            }
        }
    }
}

/// Spacing and axes of a grid; its middle lies near the world's origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    pub(crate) spacing: Point,
    pub(crate) field: Point,
    /// Millimeters that the grid is moved against the body, so that no border falls on a voxel's.
    pub(crate) shift: Point,
    /// Degrees by which its axes are turned about the world's up axis.
    pub(crate) turned: f64,
}

pub(crate) const ISO: Sampling =
    Sampling { spacing: [0.5; 3], field: [36.0, 40.0, 90.0], shift: [0.13, 0.07, 0.19], turned: 0.0 };
/// As ISO, with room for a tilted cord.
pub(crate) const WIDE: Sampling =
    Sampling { spacing: [0.5; 3], field: [40.0, 84.0, 90.0], shift: [0.13, 0.07, 0.19], turned: 0.0 };
pub(crate) const SAGITTAL: Sampling =
    Sampling { spacing: [4.0, 0.5, 0.5], field: [44.0, 40.0, 90.0], shift: [0.6, 0.07, 0.19], turned: 0.0 };
pub(crate) const AXIAL: Sampling =
    Sampling { spacing: [0.5, 0.5, 4.0], field: [36.0, 40.0, 90.0], shift: [0.13, 0.07, 0.9], turned: 0.0 };

impl Sampling {
    pub(crate) fn affine(&self) -> Affine {
        let mut m = [[0.0; 4]; 4];
        let (sin, cos) = self.turned.to_radians().sin_cos();
        let axes = [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]];
        for r in 0..3 {
            (0..3).for_each(|c| m[r][c] = self.spacing[c] * axes[c][r]);
            m[r][3] = (0..3).map(|c| (self.shift[c] - self.field[c] / 2.0) * axes[c][r]).sum();
        }
        m[3][3] = 1.0;
        Affine::new(m).unwrap()
    }

    pub(crate) fn array(&self, inside: impl Fn(Point) -> bool) -> Array3<u8> {
        let n: [usize; 3] = std::array::from_fn(|a| (self.field[a] / self.spacing[a]).round() as usize);
        let affine = self.affine();
        Array3::from_shape_fn(n, |(i, j, k)| {
            u8::from(inside(affine.index_to_world([i as f64, j as f64, k as f64])))
        })
    }
}

/// A body in body coordinates.
pub(crate) type Body = fn(Point) -> bool;

/// A cord of 5 mm radius, 70 mm long.
pub(crate) fn cord([x, y, s]: Point) -> bool {
    s.abs() < 35.0 && x.hypot(y) < 5.0
}

/// A canal of 12 mm radius, 80 mm long, with all that it holds.
pub(crate) fn canal([x, y, s]: Point) -> bool {
    s.abs() < 40.0 && x.hypot(y) < 12.0
}

/// 10 mm wide, 4 mm thick, 30 mm long, behind the cord.
pub(crate) fn dorsal_box([x, y, s]: Point) -> bool {
    x.abs() < 5.0 && (-10.0..-6.0).contains(&y) && s.abs() < 15.0
}

/// A dorsal half ring, 4 mm thick, 30 mm long.
pub(crate) fn half_ring([x, y, s]: Point) -> bool {
    s.abs() < 15.0 && y < 0.0 && (6.0..10.0).contains(&x.hypot(y))
}

/// A dorsal arc of 90 degrees, 4 mm thick, 30 mm long.
pub(crate) fn quarter_ring([x, y, s]: Point) -> bool {
    s.abs() < 15.0 && -y > x.abs() && (6.0..10.0).contains(&x.hypot(y))
}

/// A rod of 6 mm diameter on the right and behind, 24 mm long.
pub(crate) fn right_rod([x, y, s]: Point) -> bool {
    s.abs() < 12.0 && (x - 6.0).hypot(y + 6.0) < 3.0
}

/// A body as a region of a grid.
pub(crate) fn region(path: CordPath, sampling: &Sampling, body: Body) -> Roi {
    let to_body = path.to_body();
    let array = sampling.array(|p| body(to_body(p)));
    Roi::from_array(array.view(), sampling.affine(), &Labels::NonZero).unwrap()
}

/// The cord and the canal on a grid, made once for all tests. The cord's own grid, which tells left from right, is
/// not turned against the body.
fn surroundings(path: CordPath, sampling: &Sampling) -> Arc<[Roi; 2]> {
    static REGIONS: Cache<[Roi; 2]> = Cache::new();
    let upright = Sampling { turned: 0.0, ..*sampling };
    REGIONS.get((path, sampling), || [region(path, &upright, cord), region(path, sampling, canal)])
}

/// The shape of a body around the cord, in the canal.
pub(crate) fn measured(path: CordPath, sampling: &Sampling, body: Body) -> Shape {
    let surroundings = surroundings(path, sampling);
    let [cord, canal] = &*surroundings;
    let hematoma = region(path, sampling, body);
    shape(&ShapeInput::new(&hematoma).with_cord(cord).with_canal(canal), &ShapeOptions::default()).unwrap()
}

/// Agrees to a share of what is expected.
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, share: f64, what: &str) {
    let near = abs_diff_eq!(found / expected, 1.0, epsilon = share);
    assert!(near, "{what}: {found} instead of {expected}");
}
