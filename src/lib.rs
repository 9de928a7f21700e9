//! hemastage
pub mod classify;
pub mod criteria;
mod error;
mod finding;
pub mod grid;
pub mod io;
pub mod phase;
mod pipeline;
pub mod reference;
pub mod report;
pub mod roi;
pub mod sample;
pub mod stage;
mod statistics;
mod study;
pub mod units;
pub mod volume;

pub use criteria::Criteria;
pub use error::{Error, ErrorKind, Result};
pub use finding::{Finding, Severity};
pub use grid::{Affine, Grid};
pub use pipeline::{StageOptions, Staged, stage};
pub use report::Report;
pub use roi::{Labels, Roi};
pub use study::{CORD, ReferenceSource, Study};
pub use units::Onset;
pub use volume::Volume;
