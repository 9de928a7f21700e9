//! Seeded random studies: small, unusual, and different from each other in every way that matters.

use fastrand::Rng;
use ndarray::Array3;

use super::dense::{Image, Mask, Mode, Pulses, Scan};

/// A seeded generator.
pub(crate) struct Random(Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.f64()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0.usize(..n)
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.0.f64() < p
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.0.f64()).sum::<f64>() - 6.0
    }
}

pub(crate) struct RandomStudy {
    pub(crate) t1: Image,
    pub(crate) t2: Image,
    pub(crate) hematoma: Mask,
    pub(crate) cord: Mask,
    pub(crate) profile: &'static str,
    pub(crate) onsets: Vec<f64>,
    pub(crate) mode: Option<Mode>,
    pub(crate) smooth: bool,
    /// The sequences; `None` for stages by the table.
    pub(crate) scan: Option<Scan>,
}

/// Sequences of a random protocol, in a known field or not.
fn scan(random: &mut Random) -> Scan {
    let (tr, te) = (random.between(400.0, 800.0), random.between(7.0, 14.0));
    let t1 = match random.below(4) {
        0 => Pulses::Inversion { tr: 3.0 * tr, te, ti: random.between(700.0, 1000.0) },
        1 => Pulses::Spoiled { tr: tr / 80.0, te: te / 4.0, flip: random.between(15.0, 30.0) },
        _ => Pulses::SpinEcho { tr, te },
    };
    let t2 = Pulses::SpinEcho { tr: random.between(2500.0, 5000.0), te: random.between(80.0, 120.0) };
    let tesla = match random.below(4) {
        0 => None,
        1 => Some([random.between(0.5, 7.0), random.between(0.5, 7.0)]),
        _ => Some([if random.chance(0.5) { 1.5 } else { 3.0 }; 2]),
    };
    Scan { pulses: [t1, t2], tesla }
}

/// A grid: shape, and an affine with random axes, spacing and tilt, centered near the origin.
fn grid(random: &mut Random, extent_mm: [f64; 3], tilt: f64) -> ([usize; 3], [[f64; 4]; 4]) {
    let thick = random.below(4);
    let order = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]][random.below(6)];
    let angles: [f64; 3] = std::array::from_fn(|_| random.between(-tilt, tilt));
    let rotation = rotation(angles);
    let mut shape = [0; 3];
    let mut affine = [[0.0; 4]; 4];
    affine[3][3] = 1.0;
    for axis in 0..3 {
        let world = order[axis];
        // such spacings keep centers off the half-voxel ties between grids
        let spacing = random.between(1.1, 1.9) * if thick == axis { 2.3 } else { 1.0 };
        shape[axis] = ((extent_mm[world] / spacing) as usize).max(1);
        let sign = if random.chance(0.5) { 1.0 } else { -1.0 };
        for row in 0..3 {
            affine[row][axis] = sign * spacing * rotation[row][world];
        }
    }
    for (row, shift) in [0.31, -0.17, 0.23].into_iter().enumerate() {
        let middle: f64 = (0..3).map(|a| affine[row][a] * (shape[a] as f64 - 1.0) / 2.0).sum();
        affine[row][3] = shift * random.between(0.5, 3.0) - middle;
    }
    (shape, affine)
}

fn rotation([a, b, c]: [f64; 3]) -> [[f64; 3]; 3] {
    let product = |x: [[f64; 3]; 3], y: [[f64; 3]; 3]| -> [[f64; 3]; 3] {
        std::array::from_fn(|r| std::array::from_fn(|k| (0..3).map(|m| x[r][m] * y[m][k]).sum()))
    };
    let x = [[1.0, 0.0, 0.0], [0.0, a.cos(), -a.sin()], [0.0, a.sin(), a.cos()]];
    let y = [[b.cos(), 0.0, b.sin()], [0.0, 1.0, 0.0], [-b.sin(), 0.0, b.cos()]];
    let z = [[c.cos(), -c.sin(), 0.0], [c.sin(), c.cos(), 0.0], [0.0, 0.0, 1.0]];
    product(product(x, y), z)
}

fn world(affine: &[[f64; 4]; 4], (i, j, k): (usize, usize, usize)) -> [f64; 3] {
    let index = [i as f64, j as f64, k as f64];
    std::array::from_fn(|r| (0..3).map(|c| affine[r][c] * index[c]).sum::<f64>() + affine[r][3])
}

impl RandomStudy {
    pub(crate) fn new(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let height =
            if random.chance(0.5) { random.between(60.0, 130.0) } else { random.between(15.0, 38.0) };
        let extent = [26.0, 26.0, height];
        let (shape, affine) = grid(random, extent, 0.2);
        let (cord_shape, cord_affine) =
            if random.chance(0.5) { (shape, affine) } else { grid(random, extent, 0.2) };
        let bend = random.between(-3.0, 3.0);
        let center = move |z: f64| [bend * (z / 40.0).sin(), 0.5 * bend * (z / 55.0).cos()];
        let across = move |p: [f64; 3]| [p[0] - center(p[2])[0], p[1] - center(p[2])[1]];
        let radius = random.between(2.5, 4.5);
        let cord = Array3::from_shape_fn(cord_shape, |at| {
            let [x, y] = across(world(&cord_affine, at));
            x.hypot(y) < radius
        });
        let (low, high) = (random.between(-0.5, 0.0) * height, random.between(0.05, 0.5) * height);
        let overlap = random.between(-1.0, 1.5);
        let sparse = random.between(0.0, 0.1);
        // from another generator, so that the other studies are those of earlier versions
        let thickness = if Random::new(seed + 1_000_000).chance(0.15) { 1.2 } else { 5.0 };
        let hematoma = Array3::from_shape_fn(shape, |at| {
            let p = world(&affine, at);
            let [x, y] = across(p);
            let distance = x.hypot(y);
            let inside = distance > radius - overlap
                && distance < radius + thickness
                && y < 1.0
                && (low..high).contains(&p[2]);
            inside && !random.chance(sparse)
        });
        let signal = Signal::random(random, height, center, radius);
        let t1 = signal.image(random, extent, 0);
        let t2 = signal.image(random, extent, 1);
        Self {
            t1,
            t2,
            hematoma: Mask { data: hematoma, affine },
            cord: Mask { data: cord, affine: cord_affine },
            profile: ["spinal", "sseh-review", "intracranial"][random.below(3)],
            onsets: (0..[0, 0, 1, 1, 2, 3][random.below(6)])
                .map(|_| random.between(0.0, 6.0).exp())
                .collect(),
            mode: [None, None, Some(Mode::Trend), Some(Mode::Global)][random.below(4)],
            smooth: random.chance(0.7),
            // drawn last, so that the studies are those of earlier versions
            scan: random.chance(0.7).then(|| scan(random)),
        }
    }
}

/// What the tissues look like on both contrasts.
struct Signal<C> {
    center: C,
    radius: f64,
    border: f64,
    upper: [f64; 2],
    lower: [f64; 2],
    shading: f64,
    noise: f64,
    missing: f64,
}

impl<C: Fn(f64) -> [f64; 2]> Signal<C> {
    fn random(random: &mut Random, height: f64, center: C, radius: f64) -> Self {
        let blood = |random: &mut Random| [random.between(0.3, 2.2), random.between(0.1, 2.5)];
        let upper = blood(random);
        Self {
            center,
            radius,
            border: random.between(-0.3, 0.3) * height,
            upper,
            lower: if random.chance(0.5) { upper } else { blood(random) },
            shading: random.between(-0.004, 0.004),
            noise: [0.01, 0.05, 0.15][random.below(3)],
            missing: [0.0, 0.0, 0.02][random.below(3)],
        }
    }

    fn image(&self, random: &mut Random, extent: [f64; 3], contrast: usize) -> Image {
        let cut = if random.chance(0.3) { random.between(0.5, 0.9) } else { 1.15 };
        let (shape, affine) = grid(random, extent.map(|e| e * cut), 0.2);
        let empty = random.chance(0.02);
        let data = Array3::from_shape_fn(shape, |at| {
            let p = world(&affine, at);
            let center = (self.center)(p[2]);
            let in_cord = (p[0] - center[0]).hypot(p[1] - center[1]) < self.radius;
            let blood = if p[2] > self.border { self.upper } else { self.lower };
            let ratio = if in_cord { 1.0 } else { blood[contrast] };
            let value = 400.0 * (self.shading * p[2]).exp() * ratio * (1.0 + self.noise * random.normal());
            if empty {
                0.0
            } else if random.chance(self.missing) {
                [f64::NAN, f64::INFINITY, 0.0][random.below(3)]
            } else {
                value
            }
        });
        Image { data, affine }
    }
}
