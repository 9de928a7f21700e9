//! hemastage
mod error;
mod finding;
pub mod grid;
pub mod io;
pub mod roi;
pub mod stage;
pub mod units;
pub mod volume;
pub use error::{Error, ErrorKind, Result};
pub use finding::{Finding, Severity};
pub use grid::{Affine, Grid};
pub use roi::{Labels, Roi};
pub use units::Onset;
pub use volume::Volume;
