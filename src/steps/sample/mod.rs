//! The signal of an image at a region's voxel centers, in world space.

mod copied;
mod empty;
mod one_value;

use hemastage_image::{
    error::Result,
    finding::Finding,
    grid::{Affine, Grid, IndexBox},
    roi::{Column, Roi},
    vector::Vector,
    volume::Volume,
};

use self::empty::Empty;
pub(crate) use self::{copied::Pair, one_value::OneValue};
use crate::{kernel::sampling::signal, vocabulary::contrast::PerContrast};

/// Share of a region without a signal from which it is a warning.
pub(crate) const MANY_UNSAMPLED: f64 = 0.20;
/// Share with a signal of exactly 0 from which it is a warning.
pub(super) const MANY_ZEROS: f64 = 0.05;

/// One image's signal at a region's voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    signal: Column<f64>,
    unsampled: usize,
    zeros: usize,
    empty: usize,
    negatives: usize,
}

impl Samples {
    /// Signal from elsewhere, as of another program; NaN where a voxel is unsampled. An infinite value counts as unsampled.
    pub fn new(signal: Column<f64>) -> Self {
        Self::counted(signal.map_into(|value| if value.is_finite() { value } else { f64::NAN }))
    }

    /// Finite signal or NaN, with its counts.
    fn counted(signal: Column<f64>) -> Self {
        let (mut unsampled, mut zeros, mut negatives) = (0, 0, 0);
        for &value in signal.iter() {
            unsampled += usize::from(value.is_nan());
            zeros += usize::from(value == 0.0);
            negatives += usize::from(value < 0.0);
        }
        Self { signal, unsampled, zeros, empty: zeros, negatives }
    }

    /// The signal over that of another image at the same voxels; NaN where the other has none above 0. What shades both
    /// alike, as receive coils do, is gone from it.
    ///
    /// # Errors
    /// `Parameter` when the signals are of different regions.
    pub fn over(&self, other: &Self) -> Result<Self> {
        let of = |&signal: &f64, &other: &f64| if other > 0.0 { signal / other } else { f64::NAN };
        Ok(Self::new(self.signal.zip_map(&other.signal, of)?))
    }

    /// Signal per voxel of the region; NaN where the voxel is unsampled.
    pub fn signal(&self) -> &Column<f64> {
        &self.signal
    }

    /// Voxels without a signal: outside the image, or next to a value that is not finite.
    pub fn unsampled(&self) -> usize {
        self.unsampled
    }

    /// Voxels whose signal is exactly 0, as in the empty part of a slab.
    pub fn zeros(&self) -> usize {
        self.zeros
    }

    /// Voxels in the empty part of the image: those whose signal is exactly 0, without those that tissue surrounds, as where
    /// the noise of black blood was cut off at 0.
    pub fn empty(&self) -> usize {
        self.empty
    }

    /// Whether enough voxels are exactly 0 for it to be worth looking which of them lie in an empty part.
    fn has_many_zeros(&self) -> bool {
        self.zeros as f64 > MANY_ZEROS * self.signal.len() as f64
    }

    /// Voxels whose signal is below 0, as in an image with an offset.
    pub fn negatives(&self) -> usize {
        self.negatives
    }

    /// A finding when voxels of a region, such as `hematoma`, have no signal.
    pub(crate) fn unsampled_finding(&self, region: &str) -> Option<Finding> {
        let (unsampled, voxels) = (self.unsampled, self.signal.len());
        let many = unsampled as f64 > MANY_UNSAMPLED * voxels as f64;
        let message = format!(
            "{unsampled} of {voxels} {region} voxels have no signal in the image: check that it covers the mask"
        );
        let finding = if many { Finding::warning } else { Finding::info };
        (unsampled > 0).then(|| finding("unsampled_voxels", message))
    }

    /// A finding when many voxels of a hematoma have a signal of exactly 0.
    fn zeros_finding(&self) -> Option<Finding> {
        let (zeros, voxels) = (self.empty, self.signal.len());
        let message = format!(
            "{zeros} of {voxels} hematoma voxels are exactly 0: the empty part of an image, not blood; check that the image covers the mask"
        );
        (zeros as f64 > MANY_ZEROS * voxels as f64).then(|| Finding::warning("zero_signal", message))
    }
}

/// Samples an image at the voxel centers of a region: trilinear, and exact where a center falls on a
/// voxel within 1e-3 of its size.
///
/// A center outside the field of view (more than half a voxel beyond the outer voxel centers) is
/// unsampled; within that rim the edge value counts. A neighbor that carries weight and is not
/// finite makes the voxel unsampled, and so does one outside the block that was read.
///
/// # Shape and units
/// One value per voxel of `roi`, in its order, in the image's own unit.
///
/// # Example
/// ```
/// use hemastage::{Affine, Labels, Roi, Volume, sample::sample};
/// let affine = Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])?;
/// let image = ndarray::Array3::from_shape_fn((5, 5, 5), |(i, j, k)| (i + 10 * j + 100 * k) as u16);
/// let mut mask = ndarray::Array3::<u8>::zeros((5, 5, 5));
/// mask[[1, 2, 3]] = 1;
/// let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero)?;
/// assert_eq!(sample(&Volume::from_array(image, affine)?, &roi).signal()[..], [321.0]);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn sample(image: &Volume, roi: &Roi) -> Samples {
    let signal = signal(image, roi.grid(), roi.bounds());
    let mut samples = Samples::counted(roi.column(|slices, mut values: &mut [f64]| {
        for run in roi.runs_of_slices(&slices) {
            let (stretch, rest) = values.split_at_mut(run.len as usize);
            signal([run.i, run.j, run.k].map(|v| v as usize), stretch);
            values = rest;
        }
    }));
    if samples.has_many_zeros() {
        samples.empty = Empty::of(image, 0.0).among(&samples.signal);
    }
    samples
}

/// The same at the voxel centers moved by a distance in RAS mm.
pub(crate) fn sample_moved(image: &Volume, roi: &Roi, by_mm: Vector) -> Samples {
    sample_mean(image, roi, &[by_mm])
}

/// The same as the mean of two points in each voxel, a quarter of a voxel off its center along each axis to either side.
/// Interpolation blurs, and most between two voxels: so sampled, images are blurred alike along each axis wherever their
/// voxels lie.
pub(crate) fn sample_around(image: &Volume, roi: &Roi, by_mm: Vector) -> Samples {
    let m = roi.grid().affine().matrix();
    let points = [-0.25, 0.25]
        .map(|off| std::array::from_fn(|row| by_mm[row] + (0..3).map(|a| off * m[row][a]).sum::<f64>()));
    sample_mean(image, roi, &points)
}

/// The mean signal at some points off the center of each voxel; NaN where any has none.
fn sample_mean(image: &Volume, roi: &Roi, points_mm: &[Vector]) -> Samples {
    let moved = |by_mm: &Vector| {
        let mut matrix = *roi.grid().affine().matrix();
        (0..3).for_each(|row| matrix[row][3] += by_mm[row]);
        Grid::new(roi.grid().shape(), Affine::new(matrix).ok()?).ok()
    };
    let Some(grids) = points_mm.iter().map(moved).collect::<Option<Vec<Grid>>>() else {
        return Samples::counted(roi.column(|_, values: &mut [f64]| values.fill(f64::NAN)));
    };
    let signals: Vec<_> = grids.iter().map(|grid| signal(image, grid, roi.bounds())).collect();
    let share = 1.0 / points_mm.len() as f64;
    Samples::counted(roi.column(|slices, mut values: &mut [f64]| {
        let mut one = Vec::new();
        for run in roi.runs_of_slices(&slices) {
            let (stretch, rest) = values.split_at_mut(run.len as usize);
            one.resize(stretch.len(), 0.0);
            stretch.fill(0.0);
            for signal in &signals {
                signal([run.i, run.j, run.k].map(|v| v as usize), &mut one);
                stretch.iter_mut().zip(&one).for_each(|(sum, value)| *sum += share * value);
            }
            values = rest;
        }
    }))
}

/// Findings on the signal of a hematoma in both images: voxels without one or with exactly 0, the same image twice.
///
/// # Errors
/// `Parameter` when the signals are those of different regions.
pub fn signal_findings(t1: &Samples, t2: &Samples) -> Result<Vec<Finding>> {
    t1.signal.roi().check_same(t2.signal.roi(), "T2 samples")?;
    let mut findings = Vec::new();
    for (contrast, samples) in (PerContrast { t1, t2 }).iter() {
        let found = [samples.unsampled_finding("hematoma"), samples.zeros_finding()];
        findings.extend(found.into_iter().flatten().map(|finding| finding.at(contrast.key())));
    }
    if let Some(factor) = (Pair { one: &t2.signal, other: &t1.signal }).factor() {
        let but = if factor == 1.0 { String::new() } else { format!(", but for a factor of {factor:.3}") };
        let message = format!(
            "T1 and T2 have the same signal at every voxel of the hematoma{but}: the same image was given twice; check which file is which"
        );
        findings.push(Finding::warning("identical_images", message));
    }
    Ok(findings)
}

/// The signal of an image at voxels of any grid; NaN where there is none.
pub fn signal_at(image: &Volume, grid: &Grid, voxels: impl Iterator<Item = [usize; 3]>) -> Vec<f64> {
    let signal = signal(image, grid, &IndexBox::whole(grid.shape()));
    let mut values = Vec::new();
    let mut add = |first: [usize; 3], n: usize| {
        let start = values.len();
        values.resize(start + n, f64::NAN);
        signal(first, &mut values[start..]);
    };
    // voxels that follow each other along i are sampled as one run
    let mut run: Option<([usize; 3], usize)> = None;
    for voxel in voxels {
        run = match run {
            Some((first, n)) if voxel == [first[0] + n, first[1], first[2]] => Some((first, n + 1)),
            Some((first, n)) => {
                add(first, n);
                Some((voxel, 1))
            }
            None => Some((voxel, 1)),
        };
    }
    if let Some((first, n)) = run {
        add(first, n);
    }
    values
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    fn affine(spacing: f64, shift: f64) -> Affine {
        let mut m = [[0.0; 4]; 4];
        for (a, row) in m.iter_mut().enumerate() {
            row[a] = spacing;
            row[3] = shift;
        }
        m[3] = [0.0, 0.0, 0.0, 1.0];
        Affine::new(m).unwrap()
    }

    fn roi(voxel: [usize; 3], affine: Affine) -> Roi {
        let mut mask = Array3::<u8>::zeros((6, 6, 6));
        mask[voxel] = 1;
        Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap()
    }

    fn ramp() -> Array3<f32> {
        Array3::from_shape_fn((6, 6, 6), |(i, j, k)| (i + 10 * j + 100 * k) as f32)
    }

    #[test]
    fn a_linear_ramp_is_met_exactly_between_voxels() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        let found = sample(&image, &roi([2, 2, 2], affine(1.0, 0.25)));
        assert!((found.signal()[0] - 111.0 * 2.25).abs() < 1e-9);
    }

    #[test]
    fn near_a_center_the_value_is_that_voxels() {
        let mut array = ramp();
        array[[3, 2, 2]] = f32::NAN;
        let image = Volume::from_array(array, affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([2, 2, 2], affine(1.0, 0.0009))).signal()[..], [222.0]);
        let next_to_nan = sample(&image, &roi([2, 2, 2], affine(1.0, 0.01)));
        assert!(next_to_nan.signal()[0].is_nan() && next_to_nan.unsampled() == 1);
    }

    #[test]
    fn single_voxels_and_runs_have_the_same_signal() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        let grid = Grid::new([9, 4, 3], affine(0.7, 0.1)).unwrap();
        let voxels = [[0, 0, 0], [1, 0, 0], [2, 0, 0], [2, 0, 0], [3, 1, 0], [4, 1, 0], [8, 3, 2], [0, 0, 0]];
        let alone = voxels.iter().flat_map(|voxel| signal_at(&image, &grid, [*voxel].into_iter()));
        let alone: Vec<u64> = alone.map(f64::to_bits).collect();
        let together = signal_at(&image, &grid, voxels.into_iter());
        assert_eq!(together.into_iter().map(f64::to_bits).collect::<Vec<_>>(), alone, "NaN included");
        assert!(signal_at(&image, &grid, std::iter::empty()).is_empty());
    }

    #[test]
    fn the_rim_is_half_a_voxel_wide() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([0, 0, 0], affine(1.0, -0.5))).signal()[..], [0.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.49))).signal()[..], [555.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.51))).unsampled(), 1);
    }

    #[test]
    fn zeros_are_counted() {
        let image = Volume::from_array(Array3::<u8>::zeros((6, 6, 6)), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([1, 1, 1], affine(1.0, 0.0))).zeros, 1);
    }
}
