//! Types that all steps share.

pub mod criteria;
pub mod span;
pub mod stage;
pub mod units;
pub mod vertebra;
