//! `batch`: many studies in one go.

mod cells;
mod followups;
mod good;
mod index;
mod init;
mod interrupted;
mod isolated;
mod manifests;
mod outputs;
mod owned;
mod parts;
mod refused;
mod resumed;
pub(crate) mod sheet;
