//! Shapes of analytic bodies, and what the masks do to them.

mod known;
mod masks;
