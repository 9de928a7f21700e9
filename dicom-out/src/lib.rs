//! The results of `hemastage` as DICOM objects, for an archive and its viewers: the stage map as a segmentation, the
//! report as a structured report.
//!
//! Both are filed with the images of the study, and therefore carry what identifies the patient: the twelve attributes
//! of [`COPIED`](hemastage_image::dicom::COPIED), read from a DICOM image into an [`Origin`], and nothing else of its
//! header. The same input gives the same bytes: identifiers are hashes, and dates are those of the study.
//!
//! # Example
//! ```no_run
//! use hemastage::{
//!     StageOptions,
//!     load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
//!     stage,
//! };
//! use hemastage_dicom::{SegmentationOptions, segmentation, structured_report};
//!
//! let files = StudyFiles::new(
//!     ImageFile::new("study#4"),
//!     ImageFile::new("study#5"),
//!     MaskFile::parse("seg.dcm:Hematoma"),
//!     ReferenceFile::Cord(MaskFile::parse("seg.dcm:Cord")),
//! );
//! let origin = files.origin()?;
//! let staged = stage(&files.open()?, &StageOptions::default())?;
//! let stages = segmentation(&staged.stage_map, &origin, SegmentationOptions::default())?;
//! let report = structured_report(&staged.report, &stages)?;
//! std::fs::write("stages.dcm", stages.bytes())?;
//! std::fs::write("report.dcm", report)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `codes.rs` | the coded words, standard and our own |
//! | `segmentation/` | the stage map as SEG |
//! | `report/` | the report as Enhanced SR by TID 1500 |
//! | `planes.rs` | the axes of the map as columns, rows and frames |
//! | `header.rs` | what both objects share: patient, study, equipment, series |
//! | `dataset.rs`, `decimal.rs`, `uid.rs`, `color.rs` | elements, numbers as text, identifiers, CIELab |

mod codes;
mod color;
mod dataset;
mod decimal;
mod error;
mod header;
mod planes;
mod report;
mod segmentation;
mod uid;

pub use hemastage_image::dicom::Origin;

pub use self::{
    report::structured_report,
    segmentation::{EmptyFrames, Segment, Segmentation, SegmentationOptions, SegmentationType, segmentation},
};
