//! A staged study for a person: one figure, and one self-contained page.

pub mod page;
pub mod picture;
