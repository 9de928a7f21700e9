//! A study whose masks have been read and whose images have only been opened.

use hemastage_image::{
    ImageReader,
    acquisition::Acquisition,
    error::{Error, Result},
    finding::Finding,
    nifti::LabelMapHeader,
    roi::Roi,
    volume::Volume,
};

use super::{ImageFile, StudyFiles, error::LoadError};
use crate::{
    steps::{
        align,
        level::{LevelOptions, LevelOutcome, levels},
        reference::ReferenceRegion,
        shape::ShapeOptions,
    },
    study::{
        Input, Study, StudyReference, VertebraeSource,
        check::{Masks, because, sequence::sequence_findings},
    },
    vocabulary::{contrast::PerContrast, units::Onset},
};

/// All of a study except the voxels of its images.
pub(super) struct Opened {
    pub(super) files: StudyFiles,
    pub(super) t1: ImageReader,
    pub(super) t2: ImageReader,
    pub(super) hematoma: Roi,
    pub(super) reference: StudyReference,
    pub(super) canal: Option<Roi>,
    pub(super) vertebrae: Option<VertebraeSource>,
    pub(super) no_vertebrae: Option<String>,
    pub(super) onsets: Vec<Onset>,
    pub(super) acquisitions: PerContrast<Option<Acquisition>>,
    pub(super) oriented: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<Finding>,
    pub(super) map_header: LabelMapHeader,
}

impl Opened {
    /// Reads the box of each image that the masks need.
    pub(super) fn with_images(self) -> Result<Study> {
        let (first, second) =
            rayon::join(|| self.read(&self.t1, &self.files.t1), || self.read(&self.t2, &self.files.t2));
        Ok(Study {
            t1: first?,
            t2: second?,
            hematoma: self.hematoma,
            reference: self.reference,
            canal: self.canal,
            vertebrae: self.vertebrae,
            no_vertebrae: self.no_vertebrae,
            onsets: self.onsets,
            acquisitions: self.acquisitions,
            oriented: self.oriented,
            inputs: self.inputs,
            findings: self.findings,
            map_header: self.map_header,
        })
    }

    /// Checks that the chosen volumes exist, that hematoma and reference lie within each image, that enough of the
    /// reference is not hematoma, and that the vertebrae give levels.
    ///
    /// Gives what is unusual about the files and the masks.
    pub(super) fn check(&self) -> Result<Vec<Finding>> {
        let masks = Masks {
            images: PerContrast { t1: self.t1.grid(), t2: self.t2.grid() },
            hematoma: &self.hematoma,
            reference: &self.reference,
            canal: self.canal.as_ref(),
            vertebrae: self.vertebrae.as_ref(),
        };
        let of_masks = masks.findings(&ShapeOptions::default());
        for (image, file) in [(&self.t1, &self.files.t1), (&self.t2, &self.files.t2)] {
            image.check_volume(file.volume)?;
            for (role, roi) in [("hematoma", Some(&self.hematoma)), ("reference", self.reference_mask())] {
                if roi.is_some_and(|roi| image.grid().reached([roi]).voxels() == 0) {
                    let outside = LoadError::Outside { role };
                    return Err(because(Error::from(outside), &of_masks).at(image.source().name));
                }
            }
        }
        if let Some(region) = self.reference.region() {
            // staging measures the reference on T1 first
            region.check().map_err(|error| error.at("t1"))?;
        }
        let mut findings = self.findings.clone();
        findings.extend(sequence_findings(&self.acquisitions));
        findings.extend(of_masks);
        findings.extend(self.check_vertebrae()?);
        Ok(findings)
    }

    fn check_vertebrae(&self) -> Result<Vec<Finding>> {
        let Some(source) = self.vertebrae.as_ref().filter(|_| self.oriented) else { return Ok(Vec::new()) };
        let cord = self.reference.cord().map(ReferenceRegion::roi);
        let vertebrae = source.vertebrae(self.canal.as_ref().or(cord));
        let found = levels(&self.hematoma, &vertebrae, None, &LevelOptions::default());
        let of_levels = |found: &LevelOutcome| found.findings().to_vec();
        let found = found.map(|found| of_levels(&found)).map_err(|error| error.at("vertebrae"))?;
        Ok(found.into_iter().map(|finding| finding.at("levels")).collect())
    }

    fn read(&self, image: &ImageReader, file: &ImageFile) -> Result<Volume> {
        // the signal of the fluid around the cord distinguishes T1 from T2
        let fluid = self.canal.as_ref().filter(|_| self.reference.cord().is_some());
        let masks = std::iter::once(&self.hematoma).chain(self.reference_mask()).chain(fluid);
        let block = image.grid().reached(masks);
        image.read_block(file.volume, image.grid().widened(block, self.files.margin_mm.max(self.around_mm())))
    }

    /// How far around the masks a shift between the images is looked for.
    fn around_mm(&self) -> f64 {
        let cord = self.reference.cord().filter(|_| self.oriented);
        cord.map_or(0.0, |cord| {
            let [i, j, k] = cord.roi().grid().spacing_mm();
            align::REACH_MM + (i * i + j * j + k * k).sqrt() / 2.0
        })
    }

    fn reference_mask(&self) -> Option<&Roi> {
        self.reference.region().map(ReferenceRegion::roi)
    }
}
