//! `batch`: many studies in one go.

mod good;
mod interrupted;
mod outputs;
mod refused;
mod resumed;
mod sheet;
