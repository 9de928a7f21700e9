//! hemastage
mod error;
mod finding;
pub mod grid;
pub mod stage;
pub mod units;
pub use error::{Error, ErrorKind, Result};
pub use finding::{Finding, Severity};
pub use units::Onset;
pub mod io {
    #[derive(Debug)]
    pub struct Limits;
}
