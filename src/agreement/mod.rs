//! Two readings of the same studies: how far masks, volumes, stages and levels agree.
//!
//! A reading is a report with its stage map; the two differ by their masks, profiles or settings. [`StudyAgreement`] compares
//! one study, [`Agreement`] many.
//!
//! ```
//! use hemastage::agreement::{Agreement, Reading, StudyAgreement};
//! # let report = std::fs::read_to_string("testdata/mixed/report.json")?;
//! // report: the text of a `report.json`
//! let (one, other) = (Reading::from_json(&report)?, Reading::from_json(&report)?);
//! let found = Agreement::of(vec![StudyAgreement::new("P001", &one, &other)]);
//! assert!(found.studies[0].call.same && found.studies[0].volume_mm3.difference == 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bland_altman;
mod error;
mod icc;
mod kappa;
mod nearest;
mod overlap;
mod random;
mod reading;
mod record;
mod study;
pub mod table;

pub use self::{
    bland_altman::Limits,
    kappa::Kappa,
    overlap::Overlap,
    reading::Reading,
    record::{Agreement, MeasureAgreement, Overall, SCHEMA},
    study::{Answers, Pair, StudyAgreement},
};
