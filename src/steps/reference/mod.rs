//! The reference signal that "iso", "hypo" and "hyper" are relative to, and the ratio to it.
//!
//! [`reference()`] measures it in a mask of the cord, with its trend along the cord; [`Reference::ratios`] divides a
//! hematoma's signal by it.

mod center_line;
mod ratios;
mod tissue;
mod trend;

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::{Column, Roi},
    word,
};
use serde::{Deserialize, Serialize};

pub use self::{
    center_line::CenterLine,
    ratios::Ratios,
    tissue::{Tissue, TissueName},
    trend::Trend,
};
use self::{center_line::MAX_LENGTH_MM, ratios::finite};
use crate::{
    kernel::statistics::{median, scaled_mad},
    steps::sample::{MANY_ZEROS, Samples},
};

/// Voxels well inside the mask that a reference needs; with fewer, voxels nearer its edge count too.
const ENOUGH_INSIDE: usize = 50;
/// Voxels without which there is no reference.
const MIN_VOXELS: usize = 20;
/// Share of voxels that have the median's value, up to rounding, from which an image does not vary. Without noise, the rim
/// of a tissue varies.
const MOST: f64 = 0.95;
const SAME: f64 = 1e-9;
/// Length of cord from which its trend is followed.
const TREND_MM: f64 = 40.0;

/// How the reference follows the cord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceMode {
    /// One value that changes slowly along the cord.
    Trend,
    /// One value, the median.
    Global,
    /// A value given by the caller.
    Given,
}

impl ReferenceMode {
    /// The three modes.
    pub const ALL: [Self; 3] = [Self::Trend, Self::Global, Self::Given];

    /// The name in reports: `trend`, `global` or `given`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Trend => "trend",
            Self::Global => "global",
            Self::Given => "given",
        }
    }
}

impl fmt::Display for ReferenceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trend => "trend along the tissue",
            Self::Global => "one value",
            Self::Given => "given value",
        })
    }
}

impl FromStr for ReferenceMode {
    type Err = hemastage_image::Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("reference mode", &Self::ALL, Self::key, text)
    }
}

/// Choices for [`reference()`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReferenceOptions {
    /// `Trend` or `Global`; `None` chooses `Trend` where the reference spans at least 40 mm.
    pub mode: Option<ReferenceMode>,
}

impl ReferenceOptions {
    /// Sets the mode.
    pub fn with_mode(mut self, mode: ReferenceMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Parameter` for the mode `Given`, which is a value's and not a mask's.
    pub fn check(&self) -> Result<()> {
        if self.mode == Some(ReferenceMode::Given) { Err(ReferenceError::GivenMode.into()) } else { Ok(()) }
    }
}

/// A reference mask with what both contrasts need of it.
#[derive(Debug, Clone)]
pub struct ReferenceRegion {
    roi: Roi,
    tissue: Tissue,
    line: CenterLine,
    positions: Column<f64>,
    /// All six face neighbors are in the mask.
    inside: Vec<bool>,
    /// The face neighbors along the near axes are in the mask.
    interior: Vec<bool>,
    hematoma: Vec<bool>,
}

impl ReferenceRegion {
    /// Prepares a mask of the cord: its center line, its inside, and where the hematoma lies in it.
    ///
    /// # Errors
    /// When the mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn new(mask: Roi, hematoma: &Roi) -> Result<Self> {
        let line = CenterLine::of(&mask)?;
        let positions = line.positions_mm(&mask);
        let (inside, interior) = (mask.interior([true; 3]), mask.interior(mask.grid().near_axes()));
        let hematoma = mask.shared_with(hematoma);
        Ok(Self { roi: mask, tissue: Tissue::Cord, line, positions, inside, interior, hematoma })
    }

    /// Says that the mask is of another tissue than the cord.
    pub fn with_tissue(mut self, tissue: Tissue) -> Self {
        self.tissue = tissue;
        self
    }

    /// Checks that enough of the mask is no hematoma.
    ///
    /// # Errors
    /// `Malformed` when fewer than 20 voxels are left.
    pub(crate) fn check(&self) -> Result<()> {
        let found = self.hematoma.iter().filter(|&&in_hematoma| !in_hematoma).count();
        if found < MIN_VOXELS {
            return Err(ReferenceError::TooFew { found, mask: self.roi.len(), zeros: 0 }.into());
        }
        Ok(())
    }

    /// The mask.
    pub fn roi(&self) -> &Roi {
        &self.roi
    }

    /// The tissue that the mask is of.
    pub fn tissue(&self) -> &Tissue {
        &self.tissue
    }

    /// Which voxels have their near neighbors in the mask and are not hematoma.
    pub fn inner(&self) -> Column<bool> {
        self.positions.par_map(|n, _| self.interior[n] && !self.hematoma[n])
    }

    /// The position of each voxel along the center line.
    pub fn positions_mm(&self) -> &Column<f64> {
        &self.positions
    }

    /// The mask's center line.
    pub fn center_line(&self) -> &CenterLine {
        &self.line
    }
}

/// The reference signal of one contrast.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// `None` for a given value.
    tissue: Option<Tissue>,
    mode: ReferenceMode,
    median: f64,
    spread: Option<f64>,
    voxels: Option<usize>,
    trend: Option<Trend>,
    /// What positions along the trend are measured on.
    line: Option<CenterLine>,
    findings: Vec<Finding>,
}

impl Reference {
    /// A value the caller knows, with its spread if known.
    ///
    /// # Errors
    /// When the value is not positive or the spread negative.
    pub fn given(value: f64, spread: Option<f64>) -> Result<Self> {
        if !(value.is_finite() && value > 0.0 && spread.is_none_or(|s| (s / value).is_finite() && s >= 0.0)) {
            return Err(ReferenceError::Given { value, spread: spread.unwrap_or(0.0) }.into());
        }
        Ok(Self {
            tissue: None,
            mode: ReferenceMode::Given,
            median: value,
            spread,
            voxels: None,
            trend: None,
            line: None,
            findings: Vec::new(),
        })
    }

    /// The tissue that it was measured in; `None` for a given value.
    pub fn tissue(&self) -> Option<&Tissue> {
        self.tissue.as_ref()
    }

    /// How it follows the cord.
    pub fn mode(&self) -> ReferenceMode {
        self.mode
    }

    /// Median signal of the voxels used.
    pub fn median(&self) -> f64 {
        self.median
    }

    /// Robust SD (1.4826 x median absolute deviation); in trend mode that of signal / trend, times the median. `None`
    /// when the caller gave a value without one.
    pub fn spread(&self) -> Option<f64> {
        self.spread
    }

    /// Voxels used; `None` for a given value.
    pub fn voxels(&self) -> Option<usize> {
        self.voxels
    }

    /// The trend along the cord, in trend mode.
    pub fn trend(&self) -> Option<&Trend> {
        self.trend.as_ref()
    }

    /// What may change how far the reference can be trusted.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Largest over smallest reference along the cord; `None` where no trend was fitted.
    pub fn drift(&self) -> Option<f64> {
        self.trend.as_ref().map(Trend::drift)
    }

    /// Spread / median: the noise of a ratio.
    pub fn relative_noise(&self) -> f64 {
        self.spread.unwrap_or(0.0) / self.median
    }

    /// Signal / reference per voxel, at the voxel's position along the cord in trend mode; NaN where unsampled.
    pub fn ratios(&self, signal: &Samples) -> Ratios {
        let positions = self.line.as_ref().map(|line| line.positions_mm(signal.signal().roi()));
        self.ratios_at(signal, positions.as_ref())
    }

    /// The same at positions along the cord that are known, of the same region.
    pub(crate) fn ratios_at(&self, signal: &Samples, positions_mm: Option<&Column<f64>>) -> Ratios {
        let values = match (&self.trend, positions_mm) {
            (Some(trend), Some(positions)) => signal.signal().par_map(|n, &v| {
                positions.get(n).map_or(f64::NAN, |&position| finite(v / trend.at(position)))
            }),
            _ => signal.signal().par_map(|_, &v| finite(v / self.median)),
        };
        Ratios::of_finite(values, self.clone())
    }
}

/// The reference of one contrast: the median and spread of the mask's inner voxels that are sampled
/// and not hematoma, and their trend along the cord.
///
/// # Shape and units
/// `signal` is that of the region's mask; the result is in the image's unit.
///
/// # Errors
/// `Parameter` when the signal is that of another region; `Geometry` when the mask lies outside the image, `Malformed` when fewer than 20 voxels are left or
/// their median is not positive.
///
/// # Reference
/// Against the cord: Braun 2007, Fukui 1999, Sklar 1999.
pub fn reference(
    region: &ReferenceRegion,
    signal: &Samples,
    options: &ReferenceOptions,
) -> Result<Reference> {
    options.check()?;
    region.roi.check_same(signal.signal().roi(), "samples")?;
    let sampled = signal.signal().len() - signal.unsampled();
    if sampled == 0 {
        return Err(ReferenceError::Outside.into());
    }
    // a signal of exactly 0 is padding, no tissue
    let is_tissue = |(v, &blood): (&f64, &bool)| !v.is_nan() && *v != 0.0 && !blood;
    let candidate: Vec<bool> = signal.signal().iter().zip(&region.hematoma).map(is_tissue).collect();
    let candidates = count(&candidate);
    if candidates < MIN_VOXELS {
        let (found, zeros) = (candidates, signal.zeros());
        return Err(ReferenceError::TooFew { found, mask: region.roi.len(), zeros }.into());
    }
    let mut findings = Vec::from_iter(signal.unsampled_finding("reference"));
    findings.extend(padding(signal));
    let used = choose(region, &candidate, &mut findings);
    let mut values = kept(signal.signal(), &used);
    let middle = median(&values).unwrap_or(0.0);
    if middle <= 0.0 {
        return Err(ReferenceError::NotPositive { median: middle }.into());
    }
    let considered = signal.signal().iter().zip(&candidate).filter(|&(_, &kept)| kept);
    findings.extend(flat(considered.map(|(&value, _)| value), candidates, middle));
    let voxels = values.len();
    let trend = trend(region, &candidate, options.mode).map(|extent| {
        let positions = kept(&region.positions, &used);
        let trend = Trend::fit(&positions, &values, middle, extent);
        values.iter_mut().zip(&positions).for_each(|(value, &position)| *value /= trend.at(position));
        trend
    });
    let spread = match &trend {
        None => scaled_mad(&values, middle),
        Some(_) => median(&values).and_then(|center| scaled_mad(&values, center)).map(|mad| mad * middle),
    };
    let mode = if trend.is_some() { ReferenceMode::Trend } else { ReferenceMode::Global };
    findings.extend(trend.as_ref().and_then(disagreement));
    let line = trend.is_some().then(|| region.line.clone());
    let tissue = Some(region.tissue.clone());
    Ok(Reference { tissue, mode, median: middle, spread, voxels: Some(voxels), trend, line, findings })
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

/// A finding when more than a tenth of the cord does not follow its own trend.
fn disagreement(trend: &Trend) -> Option<Finding> {
    let (off, all) = (trend.disagreeing_bins(), trend.bins());
    let message = format!(
        "{off} of {all} stretches of 10 mm are more than 10 % off the trend: a lesion of the cord, or shading that a parabola cannot follow; ratios there are less sure"
    );
    (off * 10 > all).then(|| Finding::warning("trend_disagrees", message))
}

/// The candidates' extent along the line, where their trend is followed.
fn trend(region: &ReferenceRegion, candidate: &[bool], mode: Option<ReferenceMode>) -> Option<(f64, f64)> {
    if mode == Some(ReferenceMode::Global) {
        return None;
    }
    let candidates = region.positions.iter().zip(candidate).filter(|&(_, &candidate)| candidate);
    let extent = span(candidates.map(|(position, _)| position)).unwrap_or((0.0, 0.0));
    let long = extent.1 - extent.0 >= TREND_MM - center_line::BORDER_SLACK;
    (long || mode == Some(ReferenceMode::Trend)).then_some(extent)
}

/// The candidates deepest in the mask that are enough.
fn choose(region: &ReferenceRegion, candidate: &[bool], findings: &mut Vec<Finding>) -> Vec<bool> {
    for column in [&region.inside, &region.interior] {
        let deep: Vec<bool> =
            candidate.iter().zip(column).map(|(&candidate, &deep)| candidate & deep).collect();
        if count(&deep) >= ENOUGH_INSIDE {
            return deep;
        }
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

fn span<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |span, &v| match span {
        None => Some((v, v)),
        Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
    })
}

#[derive(Debug, thiserror::Error)]
enum ReferenceError {
    #[error(
        "the reference mask has no finite signal in the image: it lies outside, or the image holds no numbers there; check that both are of the same study"
    )]
    Outside,
    #[error(
        "only {found} of the reference mask's {mask} voxels lie in the image and outside the hematoma{}: expected {MIN_VOXELS} or more", without_padding(*zeros)
    )]
    TooFew { found: usize, mask: usize, zeros: usize },
    #[error(
        "the reference's median signal is {median}: expected more than 0, so check the mask and the image, which has an offset if tissue is below 0"
    )]
    NotPositive { median: f64 },
    #[error(
        "the reference mask is {length:.0} mm long: expected at most {MAX_LENGTH_MM} mm, so check the voxel sizes"
    )]
    TooLong { length: f64 },
    #[error("the mode `given` is for values, not for a mask: choose trend or global")]
    GivenMode,
    #[error("the tissue has no name: expected a word, such as `muscle`")]
    NoTissue,
    #[error(
        "the given reference is {value} with a spread of {spread}: expected a value above 0 and a spread of 0 or more"
    )]
    Given { value: f64, spread: f64 },
}

/// What else is wrong where few voxels are left.
fn without_padding(zeros: usize) -> String {
    if zeros == 0 { String::new() } else { format!(" ({zeros} are exactly 0, the empty part of an image)") }
}

impl Detail for ReferenceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Outside | Self::TooLong { .. } => ErrorKind::Geometry,
            Self::Given { .. } | Self::GivenMode | Self::NoTissue => ErrorKind::Parameter,
            Self::TooFew { .. } | Self::NotPositive { .. } => ErrorKind::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_read_by_its_key_in_reports() {
        for mode in ReferenceMode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.key());
            assert_eq!(mode.key().parse::<ReferenceMode>().unwrap(), mode);
        }
    }
}
