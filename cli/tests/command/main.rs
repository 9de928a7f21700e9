//! The command end to end, always inside a folder that names a patient.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod agree;
mod batch;
mod bench;
mod bids;
mod criteria;
mod demo;
mod dicom;
mod dicom_out;
mod documents;
mod followup;
mod further;
mod hostile;
mod inspect;
mod levels;
mod like;
mod nifti;
mod none;
mod outputs;
mod phantom;
mod privacy;
mod profiles;
mod read;
mod refusals;
mod roles;
mod stage;
mod support;
mod vertebrae;
