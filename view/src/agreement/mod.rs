//! Two readings of the same studies for a person to look at: one figure and one page.

mod figure;
mod page;

pub use self::{figure::agreement_figure, page::agreement_page};
