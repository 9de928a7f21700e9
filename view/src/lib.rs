//! A staged study for a person to look at: one figure, and one self-contained page of HTML.
//!
//! [`picture::picture`] draws the hematoma by stage on the images, as SVG and PNG. [`page::page`] puts the answer
//! first, then the figure, the measurements and their sources; its [`Viewer`](page::Viewer) is optional.
//! [`index::Index`] is the page over all studies of a batch, [`followup`] shows the visits of one patient and
//! [`agreement`] two readings of the same studies. The same study gives the same bytes.

pub mod agreement;
mod figure;
pub mod followup;
mod html;
pub mod index;
pub mod page;
pub mod picture;
pub mod text;

pub use self::figure::Figure;
