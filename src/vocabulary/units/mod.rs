//! Time with its unit: hours from a bleed to the scan, and points in time that give them.

mod onset;
mod onset_time;

pub use hemastage_image::acquisition::DateTime;

pub use self::{onset::Onset, onset_time::OnsetTime};
