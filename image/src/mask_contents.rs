//! The regions and labels of one mask file.

use crate::{error::Result, finding::Finding, label_map::LabelMap, roi::Roi};

/// What was read, and what was unusual in it.
pub type WithFindings<T> = (T, Vec<Finding>);

/// The regions and labels read from one mask file.
#[derive(Debug)]
#[non_exhaustive]
pub struct MaskContents {
    /// One region per choice, in the order of the choices.
    pub regions: Vec<Result<WithFindings<Roi>>>,
    /// All labels, if requested.
    pub labels: Option<Result<WithFindings<LabelMap>>>,
}
