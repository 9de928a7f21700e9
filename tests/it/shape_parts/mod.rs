//! Analytic bodies around a straight, tilted or curved cord, sampled on any grid.

#![allow(dead_code, reason = "each test file uses its part")]
use hemastage::{
    Affine, Labels, Roi,
    shape::{Shape, ShapeInput, ShapeOptions, shape},
};
use ndarray::Array3;

#[allow(unused_imports, reason = "each test uses its part")]
pub(crate) use crate::rigid::{Rigid, moves, rigid};

pub(crate) type Point = [f64; 3];

/// How the cord runs through the world; body coordinates are right, anterior, up along the cord.
#[derive(Clone, Copy)]
pub(crate) enum Course {
    /// Turned about the left-right axis, then about the front-back axis, degrees; moved by mm.
    Straight { about_x: f64, about_y: f64, moved: Point },
    /// An arc in the sagittal plane, convex forward, of this radius.
    Arc { radius: f64 },
}

pub(crate) const UPRIGHT: Course = Course::Straight { about_x: 0.0, about_y: 0.0, moved: [0.0; 3] };

impl Course {
    pub(crate) fn body(self, [x, y, z]: Point) -> Point {
        match self {
            Self::Straight { about_x, about_y, moved } => {
                let (x, y, z) = (x - moved[0], y - moved[1], z - moved[2]);
                let (s, c) = about_y.to_radians().sin_cos();
                let (x, z) = (c * x - s * z, s * x + c * z);
                let (s, c) = about_x.to_radians().sin_cos();
                [x, c * y + s * z, -s * y + c * z]
            }
            Self::Arc { radius } => {
                let from = y + radius;
                [x, from.hypot(z) - radius, radius * z.atan2(from)]
            }
        }
    }
}

/// Spacing and axes of a grid; its middle lies near the world's origin.
#[derive(Clone, Copy)]
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
    x.hypot(y) < 5.0 && s.abs() < 35.0
}

/// A canal of 12 mm radius, 80 mm long, with all that it holds.
pub(crate) fn canal([x, y, s]: Point) -> bool {
    x.hypot(y) < 12.0 && s.abs() < 40.0
}

/// 10 mm wide, 4 mm thick, 30 mm long, behind the cord.
pub(crate) fn dorsal_box([x, y, s]: Point) -> bool {
    x.abs() < 5.0 && (-10.0..-6.0).contains(&y) && s.abs() < 15.0
}

/// A dorsal half ring, 4 mm thick, 30 mm long.
pub(crate) fn half_ring([x, y, s]: Point) -> bool {
    (6.0..10.0).contains(&x.hypot(y)) && y < 0.0 && s.abs() < 15.0
}

/// A dorsal arc of 90 degrees, 4 mm thick, 30 mm long.
pub(crate) fn quarter_ring([x, y, s]: Point) -> bool {
    (6.0..10.0).contains(&x.hypot(y)) && -y > x.abs() && s.abs() < 15.0
}

/// A rod of 6 mm diameter on the right and behind, 24 mm long.
pub(crate) fn right_rod([x, y, s]: Point) -> bool {
    (x - 6.0).hypot(y + 6.0) < 3.0 && s.abs() < 12.0
}

pub(crate) fn roi(course: Course, sampling: &Sampling, body: Body) -> Roi {
    let array = sampling.array(|p| body(course.body(p)));
    Roi::from_array(array.view(), sampling.affine(), &Labels::NonZero).unwrap()
}

/// The shape of a body around the cord, in the canal. The cord's own grid, which tells left from right, is not
/// turned against the body.
pub(crate) fn measured(course: Course, sampling: &Sampling, body: Body) -> Shape {
    let [hematoma, canal] = [body, canal].map(|body| roi(course, sampling, body));
    let cord = roi(course, &Sampling { turned: 0.0, ..*sampling }, cord);
    shape(&ShapeInput::new(&hematoma).with_cord(&cord).with_canal(&canal), &ShapeOptions::default()).unwrap()
}

#[track_caller]
pub(crate) fn near(found: f64, expected: f64, share: f64, what: &str) {
    assert!((found / expected - 1.0).abs() <= share, "{what}: {found} against {expected}");
}

/// A mask stored backwards along an axis.
pub(crate) fn flipped((array, affine): (Array3<u8>, Affine), axis: usize) -> (Array3<u8>, Affine) {
    let mut m = *affine.matrix();
    let last = array.shape()[axis] as f64 - 1.0;
    for row in m.iter_mut().take(3) {
        row[3] += last * row[axis];
        row[axis] = -row[axis];
    }
    let mut turned = array;
    turned.invert_axis(ndarray::Axis(axis));
    (turned.as_standard_layout().into_owned(), Affine::new(m).unwrap())
}

/// A mask stored with its axes in another order.
pub(crate) fn permuted((array, affine): (Array3<u8>, Affine), order: [usize; 3]) -> (Array3<u8>, Affine) {
    let old = *affine.matrix();
    let mut m = old;
    for (row, old) in m.iter_mut().zip(old) {
        for (axis, &from) in order.iter().enumerate() {
            row[axis] = old[from];
        }
    }
    (array.permuted_axes(order), Affine::new(m).unwrap())
}

/// A mask moved in the world.
pub(crate) fn moved((array, affine): (Array3<u8>, Affine), by: &Rigid) -> (Array3<u8>, Affine) {
    (array, crate::rigid::moved(&affine, by))
}
