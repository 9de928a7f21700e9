//! How far the T1 lies off the T2: a patient moves between two images.
//!
//! Around the cord, what is bright on T1 is dark on T2 and the reverse: the cord is brighter than its fluid on T1, darker on
//! T2. So both correlate most negatively where they lie on each other. Fat does not count, as chemical shift moves it by
//! sequence: only points next to the cord are looked at, and what is brighter than the cord on T1, as fat and some blood
//! are, is as bright as the cord. Along the spine cord and fluid look alike, and say nothing.

mod lattice;
pub(super) mod search;

use hemastage_image::{
    error::Result,
    finding::Finding,
    grid::{Affine, Grid},
    roi::Roi,
    volume::Volume,
};
use serde::{Deserialize, Serialize};

use self::{
    lattice::points,
    search::{AROUND_CORD, search},
};
use crate::{
    kernel::{sampling::signal, statistics::quantile},
    steps::{
        reference::Reference,
        sample::{Samples, sample},
    },
    vocabulary::contrast::PerContrast,
};

/// How far from the cord's voxels an image is looked at: points around it, plus the largest shift.
pub(crate) const REACH_MM: f64 = 6.0;

/// Points without which nothing is measured.
const MIN_POINTS: usize = 500;
/// Signals are clipped to these quantiles: a vessel counts no more than cord and fluid do.
const CLIPPED: [f64; 2] = [0.01, 0.99];
/// T1 is clipped to this, relative to the cord: of cord and fluid, the cord is the brighter one.
const BRIGHTEST: f64 = 1.0;
/// Shifts from which on they are worth a warning: to the front, to the left, and there across thick slices.
const FRONT_MM: f64 = 0.75;
const LEFT_MM: f64 = 1.5;
const LEFT_THICK_MM: f64 = 2.0;
const THICK_MM: f64 = 2.5;
/// The correlation must be that strong, and that much stronger than without the shift (own choice).
const MIN_SCORE: f64 = 0.3;
const MIN_GAIN: f64 = 0.02;
/// Cord and fluid are clear in an image if noise explains no more than this share of the variance around the cord.
const MAX_NOISE: f64 = 0.5;
/// In a T1 that shows the cord, its robust SD is no larger than this share of its signal, ...
const MAX_SPREAD: f64 = 0.2;
/// ... or not by this factor than in T2: untouched ones are alike, others have two to ten times as much ...
const MAX_SPREADS: f64 = 1.7;
/// ... and a weaker correlation.
const WEAK: f64 = 0.5;

/// Choices for [`align`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AlignOptions {
    /// Whether [`stage`](crate::stage()) samples the T1 where its anatomy lies if the images are shifted; it is measured in
    /// any case.
    pub undo: bool,
}

impl AlignOptions {
    /// Sets whether a shift is undone.
    pub fn with_undo(mut self, undo: bool) -> Self {
        self.undo = undo;
        self
    }
}

/// Where the anatomy of the T1 lies relative to that of the T2, in the scanner's axes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Alignment {
    /// Toward the patient's left.
    pub left_mm: f64,
    /// Toward the patient's front.
    pub front_mm: f64,
    /// Pearson's correlation of both images around the cord with the shift undone: negative where they show the same.
    pub correlation: f64,
    /// The same without a shift.
    pub correlation_unmoved: f64,
    /// Points around the cord that it was measured at.
    pub points: usize,
    /// Whether noise does not explain that they do not match.
    is_clear: bool,
    /// The relative robust SD of T1 in the cord's mask, where it is that of no cord.
    uneven: Option<f64>,
    /// Whether slices across the patient are thick.
    is_thick: bool,
}

impl Alignment {
    /// Whether cord and fluid are told apart well enough to trust the shift.
    pub fn is_known(&self) -> bool {
        -self.correlation >= MIN_SCORE
    }

    /// Whether the images are shifted so far that ratios suffer.
    pub fn is_shifted(&self) -> bool {
        let left = if self.is_thick { LEFT_THICK_MM } else { LEFT_MM };
        let is_far = self.front_mm.abs() > FRONT_MM || self.left_mm.abs() > left;
        is_far && self.is_known() && self.correlation_unmoved - self.correlation >= MIN_GAIN
    }

    /// Why T1 cannot lie on T2, where cord and fluid say so.
    fn elsewhere(&self) -> Option<String> {
        let then = self.correlation;
        if !self.is_known() && self.is_clear {
            return Some(format!(
                "cord and fluid are clear in T2, and T1 does not show them there (correlation {then:.2} at best, expected -{MIN_SCORE} or less)"
            ));
        }
        let spread = self.uneven.filter(|_| -then < WEAK)?;
        Some(format!(
            "T1 varies by {:.0} % in the cord's mask, as no cord does, and matches T2 weakly (correlation {then:.2} at best)",
            100.0 * spread
        ))
    }

    /// Whether the shift is the largest that is looked for.
    fn is_at_limit(&self) -> bool {
        [self.left_mm, self.front_mm].iter().any(|mm| mm.abs() > 0.99 * search::MAX_MM)
    }

    /// The shift in RAS mm: T1 at `p + shift` shows what T2 shows at `p`.
    pub fn shift_mm(&self) -> [f64; 3] {
        [-self.left_mm, self.front_mm, 0.0]
    }

    /// Where T1 lies, as `1.2 mm in front and 0.3 mm to the left`.
    fn direction(&self) -> String {
        let front = if self.front_mm < 0.0 { "behind" } else { "in front" };
        let left = if self.left_mm < 0.0 { "to the right" } else { "to the left" };
        format!("{:.1} mm {front} and {:.1} mm {left}", self.front_mm.abs(), self.left_mm.abs())
    }
}

/// What is known of a shift, and what was done about it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignOutcome {
    /// The shift, or why it was not measured.
    pub found: std::result::Result<Alignment, &'static str>,
    /// The choices it was made with.
    pub options: AlignOptions,
}

impl AlignOutcome {
    /// Why there is none, for a study that does not allow to measure it.
    pub(crate) fn unknown(reason: &'static str, options: AlignOptions) -> Self {
        Self { found: Err(reason), options }
    }

    /// The shift, where it is known.
    pub fn alignment(&self) -> Option<&Alignment> {
        self.found.as_ref().ok()
    }

    /// The shift that T1 is sampled with.
    pub fn undone(&self) -> Option<&Alignment> {
        self.alignment().filter(|found| self.options.undo && found.is_shifted())
    }

    /// A finding when the images are shifted, or when it is not known.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let found = self.alignment()?;
        let [now, then] = [found.correlation_unmoved, found.correlation];
        if found.is_shifted() {
            let done = if self.options.undo {
                "T1 was sampled there"
            } else {
                "ratios near borders mix tissues; `--align` samples T1 there"
            };
            let limit = if found.is_at_limit() {
                "; no larger shift is looked for, so check that T1 lies on T2 at all"
            } else {
                ""
            };
            let message = format!(
                "the anatomy of T1 lies {} of that of T2, by the cord and its fluid (correlation {now:.2}, with the shift undone {then:.2}): {done}{limit}",
                found.direction()
            );
            return Some(Finding::warning("images_shifted", message).at("t1"));
        }
        if let Some(why) = found.elsewhere() {
            let message = format!(
                "{why}: the T1 lies elsewhere, as with a lost origin or the signs of LPS, is of another visit or not T1-weighted; look at it with the masks"
            );
            return Some(Finding::warning("alignment_unknown", message).at("t1"));
        }
        let message = format!(
            "cord and fluid do not tell whether T1 and T2 lie on each other: their correlation is {then:.2} at best, expected -{MIN_SCORE} or less"
        );
        (!found.is_known()).then(|| Finding::info("alignment_unknown", message).at("t1"))
    }
}

/// Measures how far T1 lies off T2, by the signal around the cord relative to each image's reference.
///
/// # Errors
/// When the cord's grid cannot be placed in the world.
pub fn align(
    images: PerContrast<&Volume>,
    cord: &Roi,
    hematoma: &Roi,
    references: &PerContrast<Reference>,
    options: AlignOptions,
) -> Result<AlignOutcome> {
    let few = "fewer than 500 points around the cord lie in both images, outside the hematoma and where the reference is measured";
    let Some(lattice) = points(cord, hematoma)? else { return Ok(AlignOutcome::unknown(few, options)) };
    let field = Field::new(images, &lattice, references);
    if field.points < MIN_POINTS {
        return Ok(AlignOutcome::unknown(few, options));
    }
    let [left_mm, front_mm] = search(AROUND_CORD, |shift| field.score(shift));
    let found = Alignment {
        left_mm,
        front_mm,
        correlation: -field.score([left_mm, front_mm]),
        correlation_unmoved: -field.score([0.0; 2]),
        points: field.points,
        is_clear: field.is_clear,
        uneven: uneven(references),
        is_thick: [images.t1, images.t2].iter().any(|image| across_mm(image.grid()) > THICK_MM),
    };
    let is_finite = found.correlation.is_finite() && found.correlation_unmoved.is_finite();
    let flat = "the images do not vary around the cord";
    Ok(if is_finite {
        AlignOutcome { found: Ok(found), options }
    } else {
        AlignOutcome::unknown(flat, options)
    })
}

/// The relative robust SD of T1 in the cord's mask, where it is far above that of T2.
fn uneven(references: &PerContrast<Reference>) -> Option<f64> {
    let [t1, t2] = [&references.t1, &references.t2].map(Reference::relative_noise);
    (t1 > MAX_SPREAD && t1 > MAX_SPREADS * t2).then_some(t1)
}

/// The voxel size along the axis that is nearest to left and right.
fn across_mm(grid: &Grid) -> f64 {
    let (spacing, right) = (grid.spacing_mm(), grid.affine().matrix()[0]);
    let share = |axis: usize| right[axis].abs() / spacing[axis];
    let axis = (0..3).max_by(|&a, &b| share(a).total_cmp(&share(b))).unwrap_or(0);
    spacing[axis]
}

/// Both images at the points, relative to their references.
struct Field<'a> {
    t1: &'a Volume,
    lattice: &'a Roi,
    /// The reference on T1 at each point.
    divisors: Vec<f64>,
    limits: [f64; 2],
    /// T2 clipped; NaN where either image has no signal.
    t2: Vec<f64>,
    points: usize,
    /// Whether cord and fluid are clear in T2, and T1 is not too noisy to show them.
    is_clear: bool,
}

impl<'a> Field<'a> {
    fn new(images: PerContrast<&'a Volume>, lattice: &'a Roi, references: &PerContrast<Reference>) -> Self {
        let divisors = references.t1.along(lattice);
        let relative = |samples: &Samples, divisors: &[f64]| -> Vec<f64> {
            samples.signal().iter().zip(divisors).map(|(signal, divisor)| signal / divisor).collect()
        };
        let t1 = relative(&sample(images.t1, lattice), &divisors);
        let mut t2 = relative(&sample(images.t2, lattice), &references.t2.along(lattice));
        t2.iter_mut().zip(&t1).filter(|(_, t1)| !t1.is_finite()).for_each(|(t2, _)| *t2 = f64::NAN);
        let both: Vec<(f64, f64)> =
            t1.iter().copied().zip(t2.iter().copied()).filter(|p| p.1.is_finite()).collect();
        let limits = |values: Vec<f64>| CLIPPED.map(|share| quantile(&values, share).unwrap_or(f64::NAN));
        let of_t2 = limits(both.iter().map(|pair| pair.1).collect());
        for value in &mut t2 {
            *value = clipped(*value, of_t2);
        }
        let of_t1 = limits(both.iter().map(|pair| pair.0).collect());
        let limits = [of_t1[0], of_t1[1].min(BRIGHTEST)];
        let of_t1 = both.iter().map(|pair| clipped(pair.0, of_t1));
        let [of_t1, of_t2] = [
            noise_share(of_t1, references.t1.relative_noise()),
            noise_share(t2.iter().copied(), references.t2.relative_noise()),
        ];
        let is_noisy = of_t1 > MAX_NOISE && references.t1.relative_noise() <= MAX_SPREAD;
        let is_clear = of_t2 <= MAX_NOISE && !is_noisy;
        Self { t1: images.t1, lattice, divisors, limits, t2, points: both.len(), is_clear }
    }

    /// The correlation, positive where the images lie on each other, of T1 at the points moved by [left, front] with T2.
    fn score(&self, [left, front]: [f64; 2]) -> f64 {
        let grid = self.lattice.grid();
        let origin = grid.center([0; 3]);
        let moved = lattice::affine([origin[0] - left, origin[1] + front, origin[2]]);
        let Ok(grid) = moved.and_then(|affine: Affine| Grid::new(grid.shape(), affine)) else {
            return f64::NEG_INFINITY;
        };
        let t1 = signal(self.t1, &grid, self.lattice.bounds());
        let mut sums = Sums::default();
        let mut stretch = Vec::new();
        for run in self.lattice.runs() {
            let (first, len) = (run.first as usize, run.len as usize);
            stretch.clear();
            stretch.resize(len, f64::NAN);
            t1([run.i, run.j, run.k].map(|v| v as usize), &mut stretch);
            let columns = self.divisors[first..first + len].iter().zip(&self.t2[first..first + len]);
            for (t1, (divisor, &t2)) in stretch.iter().zip(columns) {
                sums.add(clipped(t1 / divisor, self.limits), t2);
            }
        }
        if sums.n * 2.0 < self.points as f64 { f64::NEG_INFINITY } else { -sums.correlation() }
    }
}

/// The share of the variance of ratios, NaN left out, that noise of this SD explains; all where they do not vary.
fn noise_share(ratios: impl Iterator<Item = f64>, noise: f64) -> f64 {
    let mut sums = Sums::default();
    ratios.for_each(|ratio| sums.add(ratio, ratio));
    let variance = (sums.aa - sums.a * sums.a / sums.n) / sums.n;
    if variance > 0.0 { noise * noise / variance } else { 1.0 }
}

/// The value within limits; NaN stays NaN.
pub(super) fn clipped(value: f64, [low, high]: [f64; 2]) -> f64 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// What Pearson's correlation is made of; signals are about 1, which is taken off.
#[derive(Default)]
pub(super) struct Sums {
    n: f64,
    a: f64,
    b: f64,
    aa: f64,
    bb: f64,
    ab: f64,
}

impl Sums {
    pub(super) fn add(&mut self, a: f64, b: f64) {
        let counts = a.is_finite() && b.is_finite();
        let (n, a, b) = if counts { (1.0, a - 1.0, b - 1.0) } else { (0.0, 0.0, 0.0) };
        self.n += n;
        self.a += a;
        self.b += b;
        self.aa += a * a;
        self.bb += b * b;
        self.ab += a * b;
    }

    /// NaN where one of both does not vary.
    pub(super) fn correlation(&self) -> f64 {
        let Self { n, a, b, aa, bb, ab } = self;
        let (va, vb) = (aa - a * a / n, bb - b * b / n);
        if va > 0.0 && vb > 0.0 { (ab - a * b / n) / (va * vb).sqrt() } else { f64::NAN }
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Labels, finding::Severity};
    use ndarray::Array3;

    use super::*;

    /// A cord bright on T1 and dark on T2 in fluid, on grids of other sizes, T1 moved by [left, front].
    fn measured([left, front]: [f64; 2], likeness: f64) -> AlignOutcome {
        let image = |spacing: [f64; 3], moved: [f64; 2], cord: f64, fluid: f64| {
            let shape = spacing.map(|mm| (48.0 / mm) as usize);
            let mut m = [[0.0; 4]; 4];
            (0..3).for_each(|a| (m[a][a], m[a][3]) = (spacing[a], -24.0));
            m[3][3] = 1.0;
            let affine = Affine::new(m).unwrap();
            let array = Array3::from_shape_fn(shape, |(i, j, k)| {
                let [x, y, _] = affine.index_to_world([i as f64, j as f64, k as f64]);
                // a soft edge
                let off = (x + moved[0]).hypot((y - moved[1]) * 1.3) - 6.0;
                let share = 1.0 / (1.0 + (off / 0.4).exp());
                share * cord + (1.0 - share) * fluid
            });
            Volume::from_array(array, affine).unwrap()
        };
        let t1 = image([0.8, 0.8, 3.0], [left, front], 400.0, 200.0);
        let t2 = image([0.9, 0.9, 2.0], [0.0; 2], 300.0, 300.0 + 600.0 * likeness);
        let mut m = [[0.0; 4]; 4];
        (0..3).for_each(|a| (m[a][a], m[a][3]) = (1.0, -20.0));
        m[3][3] = 1.0;
        let mask = |inside: &dyn Fn([f64; 3]) -> bool| {
            let array = Array3::from_shape_fn((40, 40, 40), |(i, j, k)| {
                u8::from(inside([i, j, k].map(|v| v as f64 - 20.0)))
            });
            Roi::from_array(array.view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap()
        };
        let cord = mask(&|[x, y, _]| x.hypot(1.3 * y) < 6.0);
        let hematoma = mask(&|[x, y, z]| x.abs() < 4.0 && y < -8.0 && z > 5.0);
        let given = |value| Reference::given(value, None).unwrap();
        let references = PerContrast { t1: given(400.0), t2: given(300.0) };
        align(PerContrast { t1: &t1, t2: &t2 }, &cord, &hematoma, &references, AlignOptions::default())
            .unwrap()
    }

    #[test]
    fn a_shift_is_found() {
        for (left, front) in [(0.0, 0.0), (1.0, 0.0), (0.0, -1.3), (-2.2, 1.9), (0.4, 3.0)] {
            let outcome = measured([left, front], 1.0);
            let found = outcome.found.unwrap();
            assert!((found.left_mm - left).abs() < 0.1 && (found.front_mm - front).abs() < 0.1, "{found:?}");
            assert!(found.correlation < -0.9 && found.points > 2000, "{found:?}");
            assert_eq!(found.is_shifted(), front.abs() > 0.75 || left.abs() > 1.5, "{found:?}");
            assert_eq!(found.shift_mm(), [-found.left_mm, found.front_mm, 0.0]);
        }
        let outcome = measured([-1.6, 1.2], 1.0);
        let finding = outcome.finding().unwrap();
        assert_eq!(finding.code, "images_shifted");
        assert!(
            finding
                .message
                .starts_with("the anatomy of T1 lies 1.2 mm in front and 1.6 mm to the right of that of T2")
        );
        assert!(outcome.undone().is_none(), "only when asked to");
        let options = AlignOptions::default().with_undo(true);
        assert!(AlignOutcome { options, ..outcome }.undone().is_some());
    }

    #[test]
    fn images_of_one_contrast_do_not_tell() {
        let outcome = measured([0.0, 0.0], -0.4);
        assert!(!outcome.found.as_ref().unwrap().is_known());
        let finding = outcome.finding().unwrap();
        assert_eq!((&*finding.code, finding.severity), ("alignment_unknown", Severity::Warning));
        assert!(finding.message.contains("expected -0.3 or less): the T1 lies elsewhere"));
    }

    #[test]
    fn the_correlation_is_pearsons() {
        // by hand: deviations (-1, 0, 1) and (-1, 1, 0)
        let mut sums = Sums::default();
        for (a, b) in [(1.0, 2.0), (2.0, 4.0), (3.0, 3.0), (f64::NAN, 1.0)] {
            sums.add(a, b);
        }
        assert!((sums.correlation() - 0.5).abs() < 1e-12);
        assert!(Sums::default().correlation().is_nan());
    }
}
