//! Shape: extent, thickness, position and the canal, against walking through the mask in small paces.

use crate::support::{
    assert_close, group,
    scan::{canal, cord, scans},
};
use criterion::Criterion;
use hemastage::{
    Grid,
    shape::{Shape, ShapeInput, ShapeOptions, Step, shape},
};
use ndarray::{Array3, Zip};

pub(crate) fn bench(c: &mut Criterion) {
    for scan in scans() {
        let (cord, canal) = (cord(&scan.phantom), canal(&scan.phantom));
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let input = ShapeInput::new(&roi).with_cord(&cord).with_canal(&canal);
            let fast = || shape(&input, &ShapeOptions::default()).unwrap();
            let mut timed = group(c, &format!("shape {name}"), roi.len());
            if scan.is_small() {
                // parts off the canal count for no thickness
                let mut inside = mask.clone();
                let tissues = Zip::from(&mut inside).and(&scan.phantom.canal).and(&scan.phantom.cord);
                tissues.for_each(|voxel, canal, cord| *voxel *= u8::from(canal + cord > 0));
                let inside_roi = scan.roi(&inside);
                let input = ShapeInput::new(&inside_roi).with_cord(&cord).with_canal(&canal);
                let found = shape(&input, &ShapeOptions::default()).unwrap();
                let oracle = || Paced::of(&inside, roi.grid(), &found.profile);
                oracle().compare(&found);
                timed.bench_function("volume and thickness, oracle", |b| b.iter(oracle));
            }
            timed.bench_function("everything", |b| b.iter(fast));
            timed.finish();
        }
    }
}

type Point = [f64; 3];

/// Distance of planes and of the lines in them, and where they lie between whole multiples, as the steps' own.
const SPACING_MM: f64 = 0.5;
const OFFSET: f64 = 0.381_966;
/// Length of a pace along a line.
const PACE_MM: f64 = 0.2;
/// How far lines lie from the center line on either side, and how far they reach to the front and the back.
const BESIDE_MM: f64 = 60.0;
const REACH_MM: f64 = 80.0;
/// How far the slow way may be off: in the largest thickness, and in the mean of all steps.
const MAX_APART_MM: f64 = 0.2;
const MEAN_APART_MM: f64 = 0.2;
/// Planes on either side of a step's two in its slab of 3 mm.
const SLAB: usize = 2;

/// What walking finds. The center line's points are the fast path's, and the frames are made from them.
struct Paced {
    volume_mm3: f64,
    /// Largest mean of two neighboring lines over a slab, of each step.
    thickness_mm: Vec<f64>,
}

impl Paced {
    fn of(mask: &Array3<u8>, grid: &Grid, profile: &[Step]) -> Self {
        let planes: Vec<Vec<f64>> =
            (0..2 * profile.len()).map(|plane| longest(mask, grid, &frame(grid, profile, plane))).collect();
        let thickness_mm = (0..profile.len())
            .map(|step| {
                let slab = (2 * step).saturating_sub(SLAB)..(2 * step + 2 + SLAB).min(planes.len());
                thickest(&planes[slab])
            })
            .collect();
        let marked = mask.iter().filter(|&&value| value != 0).count();
        Self { volume_mm3: marked as f64 * grid.voxel_mm3(), thickness_mm }
    }

    /// The ends of a stretch are off by up to a pace; one that nearly touches another may be taken for one with it.
    fn compare(&self, found: &Shape) {
        assert_close("volume", found.profile.iter().map(|step| step.area_mm2).sum(), self.volume_mm3);
        let largest = self.thickness_mm.iter().copied().fold(0.0, f64::max);
        let apart = (found.thickness_ap.unwrap().value - largest).abs();
        assert!(apart <= MAX_APART_MM, "the largest thickness is {apart} mm off {largest} mm");
        let apart = found
            .profile
            .iter()
            .zip(&self.thickness_mm)
            .map(|(step, mm)| (step.ap_mm.unwrap_or(0.0) - mm).abs());
        let apart = apart.sum::<f64>() / found.profile.len() as f64;
        assert!(apart <= MEAN_APART_MM, "thickness is {apart} mm off in the mean of all steps");
    }
}

/// A plane across the line: its middle, right and forward.
struct Frame {
    center: Point,
    right: Point,
    anterior: Point,
}

fn frame(grid: &Grid, profile: &[Step], plane: usize) -> Frame {
    let at = (plane as f64 + OFFSET) * SPACING_MM - 0.5;
    let n = (at.max(0.0) as usize).min(profile.len() - 2);
    let [below, above] = [n, n + 1].map(|n| profile[n].place.world_mm);
    let center = std::array::from_fn(|a| below[a] + (at - n as f64) * (above[a] - below[a]));
    let tangent = |n: usize| {
        let ends = [n.saturating_sub(1), (n + 1).min(profile.len() - 1)];
        let [from, to] = ends.map(|n| profile[n].place.world_mm);
        unit(std::array::from_fn(|a| to[a] - from[a]))
    };
    let (low, high, share) = (tangent(n), tangent(n + 1), (at - n as f64).clamp(0.0, 1.0));
    let up = unit(std::array::from_fn(|a| low[a] + share * (high[a] - low[a])));
    let patient = grid.patient_axes().right;
    let along = dot(patient, up);
    let right = unit(std::array::from_fn(|a| patient[a] - along * up[a]));
    let anterior = [
        up[1] * right[2] - up[2] * right[1],
        up[2] * right[0] - up[0] * right[2],
        up[0] * right[1] - up[1] * right[0],
    ];
    Frame { center, right, anterior }
}

/// The longest unbroken stretch in the mask on each line from back to front of a plane.
fn longest(mask: &Array3<u8>, grid: &Grid, frame: &Frame) -> Vec<f64> {
    let (lines, paces) = ((BESIDE_MM / SPACING_MM) as i64, (REACH_MM / PACE_MM) as i64);
    let index = |aside: f64, ahead: f64| {
        let world = |a: usize| frame.center[a] + aside * frame.right[a] + ahead * frame.anterior[a];
        grid.affine().world_to_index(std::array::from_fn(world)).map(|x| x + 0.5)
    };
    let stretch = |line: i64| {
        let aside = (line as f64 + OFFSET) * SPACING_MM;
        let (mut at, next) = (index(aside, -REACH_MM), index(aside, PACE_MM - REACH_MM));
        let pace: Point = std::array::from_fn(|a| next[a] - at[a]);
        let (mut best, mut here) = (0, 0);
        for _ in -paces..=paces {
            let fits = at.iter().all(|&x| x >= 0.0);
            let is_inside = fits && mask.get(at.map(|x| x as usize)).is_some_and(|&value| value != 0);
            here = if is_inside { here + 1 } else { 0 };
            best = best.max(here);
            at = std::array::from_fn(|a| at[a] + pace[a]);
        }
        f64::from(best) * PACE_MM
    };
    (-lines..=lines).map(stretch).collect()
}

/// The largest mean over two neighboring lines of what the planes hold of them.
fn thickest(planes: &[Vec<f64>]) -> f64 {
    let mean = |line: usize| {
        let met = planes.iter().flat_map(|plane| &plane[line..line + 2]).filter(|&&mm| mm > 0.0);
        let (sum, count) = met.fold((0.0, 0), |(sum, count), mm| (sum + mm, count + 1));
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    };
    (0..planes[0].len() - 1).map(mean).fold(0.0, f64::max)
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(way: Point) -> Point {
    let length = dot(way, way).sqrt();
    way.map(|x| x / length)
}
