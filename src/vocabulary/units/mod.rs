//! When a bleed began: hours before the scan, or a date and time.

mod onset;
mod onset_time;

pub use hemastage_image::acquisition::DateTime;

pub use self::{onset::Onset, onset_time::OnsetTime};
