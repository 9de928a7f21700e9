//! When a bleed began and when a visit was: in hours, or by a date and time.

mod onset;
mod onset_time;
mod visit_time;

pub use hemastage_image::acquisition::DateTime;

pub use self::{
    onset::Onset,
    onset_time::OnsetTime,
    visit_time::{SinceFirst, TimeSource, VisitTime},
};
