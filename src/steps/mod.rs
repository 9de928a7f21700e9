//! The steps of the flow.

pub mod classify;
pub mod level;
pub mod phase;
pub mod reference;
pub mod sample;
pub mod shape;
