//! The reference of both images, or of one, from the signal of its mask.

use hemastage_image::{error::Result, finding::Finding};

use super::{
    MIN_VOXELS, Reference, ReferenceError, ReferenceMode, ReferenceOptions, ReferenceRegion, Trend,
    center_line::BORDER_SLACK, constant::leave_out_constant, region::ENOUGH_INSIDE,
};
use crate::{
    kernel::statistics::{median, scaled_mad},
    steps::sample::{MANY_ZEROS, Samples},
    vocabulary::contrast::{Contrast, PerContrast},
};

/// Share of voxels that have the median's value, up to rounding, from which an image does not vary. Without noise, the rim
/// of a tissue varies.
pub(super) const MOST: f64 = 0.95;
pub(super) const SAME: f64 = 1e-9;
/// Length of cord from which its trend is followed.
const TREND_MM: f64 = 40.0;

/// The references of both images: the median and spread of the mask's inner voxels that are sampled and not hematoma, and
/// their trends along the cord, which are fitted together.
///
/// # Shape and units
/// `signals` are those of the region's mask; the result is in each image's unit.
///
/// # Errors
/// As [`reference()`], with the image as the place.
///
/// # Reference
/// Against the cord: Braun 2007, Fukui 1999, Sklar 1999.
pub fn references(
    region: &ReferenceRegion,
    signals: &PerContrast<Samples>,
    options: &ReferenceOptions,
) -> Result<PerContrast<Reference>> {
    let of = |contrast: Contrast| {
        let found = Measured::of(region, contrast, &signals[contrast], options);
        found.map_err(|error| error.at(contrast.key()))
    };
    let (t1, t2) = rayon::join(|| of(Contrast::T1), || of(Contrast::T2));
    let (t1, t2) = (t1?, t2?);
    if !(t1.follows && t2.follows) {
        return Ok(PerContrast { t1: t1.alone(region), t2: t2.alone(region) });
    }
    // what both images show of the cord
    let both: Vec<bool> = t1.used.iter().zip(&t2.used).map(|(&a, &b)| a & b).collect();
    let positions = kept(&region.positions, &both);
    let columns = [&signals.t1, &signals.t2].map(|signal| kept(signal.signal(), &both));
    let signals = [(Contrast::T1, &columns[0][..]), (Contrast::T2, &columns[1][..])];
    let mut trends = Trend::fit(&positions, &signals, &[t1.median, t2.median]).into_iter();
    Ok(PerContrast { t1: t1.with(region, trends.next()), t2: t2.with(region, trends.next()) })
}

/// The reference of one image alone; that of both together is [`references()`].
///
/// # Shape and units
/// `signal` is that of the region's mask; the result is in the image's unit.
///
/// # Errors
/// `Parameter` when the signal is that of another region; `Geometry` when the mask lies outside the image, `Malformed`
/// when fewer than 20 voxels are left or their median is not positive.
pub fn reference(
    region: &ReferenceRegion,
    contrast: Contrast,
    signal: &Samples,
    options: &ReferenceOptions,
) -> Result<Reference> {
    Ok(Measured::of(region, contrast, signal, options)?.alone(region))
}

/// The voxels used in one image.
struct Measured {
    contrast: Contrast,
    used: Vec<bool>,
    values: Vec<f64>,
    median: f64,
    /// Whether their trend is followed.
    follows: bool,
    findings: Vec<Finding>,
}

impl Measured {
    fn of(
        region: &ReferenceRegion,
        contrast: Contrast,
        signal: &Samples,
        options: &ReferenceOptions,
    ) -> Result<Self> {
        options.check()?;
        region.roi.check_same(signal.signal().roi(), "samples")?;
        let sampled = signal.signal().len() - signal.unsampled();
        if sampled == 0 {
            return Err(ReferenceError::Outside.into());
        }
        // a signal of exactly 0 is padding, no tissue
        let is_tissue = |(v, &blood): (&f64, &bool)| !v.is_nan() && *v != 0.0 && !blood;
        let mut candidate: Vec<bool> = signal.signal().iter().zip(&region.hematoma).map(is_tissue).collect();
        let constant = leave_out_constant(region, signal.signal(), &mut candidate);
        let candidates = count(&candidate);
        if candidates < MIN_VOXELS {
            let (mask, blood, zeros) = (region.roi.len(), region.blood(), signal.zeros());
            return Err(ReferenceError::too_few(candidates, mask, blood, zeros).into());
        }
        let mut findings = Vec::from_iter(signal.unsampled_finding("reference"));
        findings.extend(padding(signal));
        findings.extend(constant);
        let used = choose(region, &candidate, &mut findings);
        let values = kept(signal.signal(), &used);
        let median = median(&values).unwrap_or(0.0);
        if median <= 0.0 {
            return Err(ReferenceError::NotPositive { median }.into());
        }
        let considered = signal.signal().iter().zip(&candidate).filter(|&(_, &kept)| kept);
        let considered = considered.map(|(&value, _)| value);
        let flat =
            flat(considered.clone(), candidates, median).or_else(|| rounded(considered, candidates, median));
        findings.extend(flat);
        let follows = follows(region, &candidate, options.mode);
        Ok(Self { contrast, used, values, median, follows, findings })
    }

    /// The reference by this image alone.
    fn alone(self, region: &ReferenceRegion) -> Reference {
        let trend = self.follows.then(|| {
            let positions = kept(&region.positions, &self.used);
            Trend::fit(&positions, &[(self.contrast, &self.values)], &[self.median])
        });
        let trend = trend.and_then(|trends| trends.into_iter().next());
        self.with(region, trend)
    }

    fn with(self, region: &ReferenceRegion, trend: Option<Trend>) -> Reference {
        let Self { used, mut values, median: middle, mut findings, .. } = self;
        let voxels = values.len();
        let spread = match &trend {
            None => scaled_mad(&values, middle),
            Some(trend) => {
                let positions = kept(&region.positions, &used);
                let over = |(value, &position): (f64, &f64)| {
                    (!trend.stands_out(position)).then(|| value / trend.at(position))
                };
                values = values.into_iter().zip(&positions).filter_map(over).collect();
                median(&values).and_then(|center| scaled_mad(&values, center)).map(|mad| mad * middle)
            }
        };
        findings.extend(trend.as_ref().and_then(disagreement));
        let mode = if trend.is_some() { ReferenceMode::Trend } else { ReferenceMode::Global };
        let line = trend.is_some().then(|| region.line.clone());
        let tissue = Some(region.tissue.clone());
        Reference { tissue, mode, median: middle, spread, voxels: Some(voxels), trend, line, findings }
    }
}

/// A finding when many voxels of the reference are padding.
fn padding(signal: &Samples) -> Option<Finding> {
    let (zeros, voxels) = (signal.zeros(), signal.signal().len());
    let message = format!(
        "{zeros} of {voxels} reference voxels are exactly 0, the empty part of an image, and were left out: check that the image covers the mask"
    );
    (zeros as f64 > MANY_ZEROS * voxels as f64).then(|| Finding::warning("zero_signal", message))
}

/// A finding when the tissue does not vary at all, not even at its rim, as no tissue does. Looks at values only until
/// enough of the `n` vary.
fn flat(values: impl Iterator<Item = f64>, n: usize, middle: f64) -> Option<Finding> {
    let most = MOST * n as f64;
    let vary = values.filter(|value| (value - middle).abs() > SAME * middle).take(n - most as usize).count();
    let message = "the spread of the reference is 0: a constant or a mask was given as the image";
    ((n - vary) as f64 > most).then(|| Finding::warning("reference_flat", message))
}

/// Different values that a reference has at least, its rim included.
const MIN_VALUES: usize = 8;
/// Voxels from which so few are unusual.
const MIN_ROUNDED: usize = 200;

/// A finding when most of the tissue has one value, and all of it few: numbers that lost their scale. Without noise, the
/// rim has many.
fn rounded(values: impl Iterator<Item = f64> + Clone, n: usize, middle: f64) -> Option<Finding> {
    let mut known: Vec<f64> = Vec::new();
    for value in values.clone() {
        if !known.contains(&value) {
            known.push(value);
        }
        if known.len() == MIN_VALUES {
            return None;
        }
    }
    let at_middle = values.filter(|value| (value - middle).abs() <= SAME * middle).count();
    let message = format!(
        "more than half of the reference has exactly the same signal and all of it only {} different ones: the image was rounded coarsely, as when its scale was lost; give it as the scanner made it",
        known.len()
    );
    (n >= MIN_ROUNDED && 2 * at_middle > n).then(|| Finding::warning("reference_flat", message))
}

/// A finding when more than a tenth of the cord that is no lesion does not follow its own trend.
fn disagreement(trend: &Trend) -> Option<Finding> {
    let (off, all, mm) = (trend.disagreeing_bins(), trend.bins(), trend.bin_mm());
    let message = format!(
        "{off} of {all} stretches of {mm:.0} mm are more than 10 % off the trend, which follows neither so quick a change nor more than two lesions; ratios there are less sure"
    );
    (off * 10 > all).then(|| Finding::warning("trend_disagrees", message))
}

/// Whether the candidates' extent along the line is so long that their trend is followed.
fn follows(region: &ReferenceRegion, candidate: &[bool], mode: Option<ReferenceMode>) -> bool {
    if let Some(mode) = mode {
        return mode == ReferenceMode::Trend;
    }
    let candidates = region.positions.iter().zip(candidate).filter(|&(_, &candidate)| candidate);
    let (low, high) = candidates
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (&at, _)| (low.min(at), high.max(at)));
    high - low >= TREND_MM - BORDER_SLACK
}

/// The candidates deepest in the mask that are enough.
fn choose(region: &ReferenceRegion, candidate: &[bool], findings: &mut Vec<Finding>) -> Vec<bool> {
    if let Some(deep) = region.deepest(candidate) {
        return deep;
    }
    findings.push(Finding::warning(
        "reference_edge_voxels",
        format!(
            "fewer than {ENOUGH_INSIDE} reference voxels lie inside their mask; all {} were used, edge voxels included; give a larger mask of it",
            count(candidate)
        ),
    ));
    candidate.to_vec()
}

fn count(marked: &[bool]) -> usize {
    marked.iter().map(|&marked| usize::from(marked)).sum()
}

/// The entries of a column at the voxels that are marked.
fn kept(column: &[f64], marked: &[bool]) -> Vec<f64> {
    const BLOCK: usize = 256;
    let mut all = Vec::with_capacity(count(marked));
    let mut some = [0.0; BLOCK];
    for (column, marked) in column.chunks(BLOCK).zip(marked.chunks(BLOCK)) {
        // each is written, and written over where it is not wanted: a branch would be a guess
        let mut count = 0;
        for (&value, &marked) in column.iter().zip(marked) {
            some[count % BLOCK] = value;
            count += usize::from(marked);
        }
        all.extend_from_slice(&some[..count]);
    }
    all
}
