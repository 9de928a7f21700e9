//! Options of the results that are written as DICOM.

use clap::{Args, ValueEnum};
use hemastage::load::StudyFiles;
use hemastage_dicom::{EmptyFrames, SegmentationOptions, SegmentationType};

use crate::{
    failure::{Failure, Outcome},
    results::{DicomSource, Selection},
};

/// How the stage map becomes a DICOM segmentation.
#[derive(Debug, Args)]
pub(crate) struct DicomArgs {
    /// How `seg` stores voxels
    #[arg(long, value_name = "TYPE")]
    seg_type: Option<SegType>,
    /// Keep frames of `seg` in which nothing is marked, for viewers that misplace it without them
    #[arg(long)]
    keep_empty_frames: bool,
}

/// How a segmentation stores its voxels.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SegType {
    /// A bit per voxel and stage, which every viewer reads [default]
    Binary,
    /// A number per voxel, which few viewers read yet
    Labelmap,
}

impl DicomArgs {
    /// What DICOM results are made with; `None` where none is selected. Reads headers of the images.
    ///
    /// # Errors
    /// When no image is DICOM, its header does not say where results belong, or an option has nothing to apply to.
    pub(crate) fn source(&self, selection: &Selection, files: &StudyFiles) -> Outcome<Option<DicomSource>> {
        if selection.names_patient() {
            return Ok(Some(DicomSource { origin: files.origin()?, options: self.options() }));
        }
        let unused =
            [("--seg-type", self.seg_type.is_some()), ("--keep-empty-frames", self.keep_empty_frames)];
        match unused.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => {
                Err(Failure::usage(format!("{option} is part of seg: add `seg` to --write")))
            }
            None => Ok(None),
        }
    }

    fn options(&self) -> SegmentationOptions {
        let kind = match self.seg_type {
            Some(SegType::Labelmap) => SegmentationType::LabelMap,
            Some(SegType::Binary) | None => SegmentationType::Binary,
        };
        let empty_frames = if self.keep_empty_frames { EmptyFrames::Keep } else { EmptyFrames::Omit };
        SegmentationOptions::default().with_kind(kind).with_empty_frames(empty_frames)
    }
}
