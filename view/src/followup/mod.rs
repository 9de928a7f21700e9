//! A follow-up for a person to look at: one figure and one page.
//!
//! [`followup_figure`] draws the volume over time as stacked stages, the levels by visit, and thickness, occupancy and
//! displacement, and the sagittal T2 of visits with a [`VisitImage`]. [`followup_page`] puts the story in four lines first. Both show the record alone.

mod curves;
mod figure;
mod head;
mod page;
mod strip;
mod times;
pub mod words;

pub use self::{figure::followup_figure, page::followup_page};
pub use crate::picture::visits::VisitImage;
