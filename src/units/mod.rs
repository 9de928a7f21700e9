//! Time with its unit: hours from a bleed to the scan, and points in time that give them.

mod date_time;
mod onset;
mod onset_time;

pub use self::{date_time::DateTime, onset::Onset, onset_time::OnsetTime};
