//! Types that all steps share: no I/O, and no import of a step.

pub mod contrast;
pub mod criteria;
pub mod further;
pub(crate) mod json;
pub mod per_stage;
pub mod protocol;
pub(crate) mod round;
pub mod span;
pub mod stage;
pub mod units;
pub mod vertebra;
