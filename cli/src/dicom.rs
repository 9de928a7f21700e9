//! The results that are written as DICOM, with their options.

use clap::{Args, ValueEnum};
use hemastage::{Result, Staged, io::output::OutputFolder, load::StudyFiles};
use hemastage_dicom::{
    EmptyFrames, Origin, SegmentationOptions, SegmentationType, segmentation, structured_report,
};

use crate::{
    failure::{Failure, Outcome},
    results::{SEGMENTATION, STRUCTURED_REPORT, Selection},
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
            let has_report = selection.has_structured_report();
            return Ok(Some(DicomSource { origin: files.origin()?, options: self.options(), has_report }));
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

/// What DICOM results need in addition to the study.
#[derive(Debug)]
pub(crate) struct DicomSource {
    /// The patient, the study and the images that they refer to.
    origin: Origin,
    options: SegmentationOptions,
    /// Whether the report is wanted in addition to the segmentation.
    has_report: bool,
}

impl DicomSource {
    /// Adds the stage map as DICOM, and the report if it is wanted.
    ///
    /// # Errors
    /// When the map does not fit into DICOM, or a file can't be written.
    pub(crate) fn add(&self, output: &mut OutputFolder, staged: &Staged) -> Result<()> {
        let stages = segmentation(&staged.stage_map, &self.origin, self.options)?;
        output.add(SEGMENTATION, |out| out.write_all(stages.bytes()))?;
        if self.has_report {
            let report = structured_report(&staged.report, &stages)?;
            output.add(STRUCTURED_REPORT, |out| out.write_all(&report))?;
        }
        Ok(())
    }
}
