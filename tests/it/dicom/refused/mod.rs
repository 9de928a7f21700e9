//! Series, segments and contours that cannot be read right are refused, each with the numbers at fault.

mod enhanced;
mod given;
mod masks;
mod pixels;
mod series;
