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

use super::{ImageFile, StudyFiles, error::LoadError, loader::FurtherReaders};
use crate::{
    steps::{
        align, enhancement,
        level::{LevelOptions, LevelOutcome, levels},
        reference::ReferenceRegion,
        shape::ShapeOptions,
    },
    study::{
        FurtherImage, FurtherImages, Input, OUTSIDE_LEVELS, Study, StudyReference, StudyWithoutHematoma,
        VertebraeSource,
        check::{Masks, because, further::Checked, sequence::sequence_findings},
    },
    vocabulary::{
        contrast::PerContrast,
        further::{FurtherContrast, PerFurther},
        units::{Onset, SinceFirst},
    },
};

/// All of a study except the voxels of its images.
pub(super) struct Opened {
    pub(super) files: StudyFiles,
    pub(super) t1: ImageReader,
    pub(super) t2: ImageReader,
    pub(super) further: FurtherReaders,
    /// `None` where the images show none.
    pub(super) hematoma: Option<Roi>,
    pub(super) reference: StudyReference,
    pub(super) canal: Option<Roi>,
    pub(super) vertebrae: Option<VertebraeSource>,
    pub(super) no_vertebrae: Option<String>,
    pub(super) onsets: Vec<Onset>,
    pub(super) visit: Option<SinceFirst>,
    pub(super) acquisitions: PerContrast<Option<Acquisition>>,
    pub(super) oriented: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<Finding>,
    /// `None` where no mask is read.
    pub(super) map_header: Option<LabelMapHeader>,
}

impl Opened {
    /// Reads the box of each image that the masks need.
    ///
    /// # Errors
    /// From reading an image; `Parameter` when the images show no hematoma.
    pub(super) fn with_images(self) -> Result<Study> {
        let (Some(hematoma), Some(map_header)) = (self.hematoma.clone(), self.map_header.clone()) else {
            return Err(LoadError::NoHematoma.into());
        };
        let compared_mm = if self.files.further.t1_post.is_some() { enhancement::REACH_MM } else { 0.0 };
        let ((first, second), further) = rayon::join(
            || {
                let t1 = || self.read(&self.t1, &self.files.t1, compared_mm);
                rayon::join(t1, || self.read(&self.t2, &self.files.t2, 0.0))
            },
            || self.read_further(compared_mm),
        );
        Ok(Study {
            t1: first?,
            t2: second?,
            further: FurtherImages { images: further?, fat_image: self.further.fat_image },
            hematoma,
            reference: self.reference,
            canal: self.canal,
            vertebrae: self.vertebrae,
            no_vertebrae: self.no_vertebrae,
            onsets: self.onsets,
            visit: self.visit,
            acquisitions: self.acquisitions,
            oriented: self.oriented,
            inputs: self.inputs,
            findings: self.findings,
            map_header,
        })
    }

    /// The same where the images show no hematoma.
    pub(super) fn without_hematoma(self) -> Result<StudyWithoutHematoma> {
        if self.hematoma.is_some() {
            return Err(LoadError::HasHematoma.into());
        }
        let read = |image: &ImageReader, file: &ImageFile| self.read(image, file, 0.0);
        let (t1, t2) = rayon::join(|| read(&self.t1, &self.files.t1), || read(&self.t2, &self.files.t2));
        Ok(StudyWithoutHematoma {
            t1: t1?,
            t2: t2?,
            reference: self.reference,
            canal: self.canal,
            vertebrae: self.vertebrae,
            no_vertebrae: self.no_vertebrae,
            onsets: self.onsets,
            visit: self.visit,
            acquisitions: self.acquisitions,
            oriented: self.oriented,
            inputs: self.inputs,
            findings: self.findings,
        })
    }

    /// Checks that the chosen volumes exist, that hematoma and reference lie within each image, that enough of the
    /// reference is not hematoma, and that the vertebrae give levels.
    ///
    /// Gives what is unusual about the files and the masks.
    pub(super) fn check(&self) -> Result<Vec<Finding>> {
        let of_masks = self.hematoma.as_ref().map_or_else(Vec::new, |hematoma| {
            let masks = Masks {
                images: PerContrast { t1: self.t1.grid(), t2: self.t2.grid() },
                hematoma,
                reference: &self.reference,
                canal: self.canal.as_ref(),
                vertebrae: self.vertebrae.as_ref(),
            };
            masks.findings(&ShapeOptions::default())
        });
        for (image, file) in [(&self.t1, &self.files.t1), (&self.t2, &self.files.t2)] {
            image.check_volume(file.volume)?;
            for (role, roi) in [("hematoma", self.hematoma.as_ref()), ("reference", self.reference_mask())] {
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
        for (contrast, opened) in self.further.images.iter() {
            if let (Some((image, _)), Some(file)) = (opened, &self.files.further[contrast]) {
                image.check_volume(file.volume).map_err(|error| error.at(contrast.key()))?;
            }
        }
        let mut findings = self.findings.clone();
        findings.extend(sequence_findings(&self.acquisitions));
        for (contrast, opened) in self.further.images.iter() {
            if let Some((_, acquisition)) = opened {
                let t1 = self.acquisitions.t1.as_ref();
                let checked = Checked::by_header(contrast, t1, acquisition.as_ref());
                findings.extend(checked.into_findings(contrast));
            }
        }
        findings.extend(of_masks);
        findings.extend(self.check_vertebrae()?);
        Ok(findings)
    }

    fn check_vertebrae(&self) -> Result<Vec<Finding>> {
        let Some(source) = self.vertebrae.as_ref().filter(|_| self.oriented) else { return Ok(Vec::new()) };
        let cord = self.reference.cord().map(ReferenceRegion::roi);
        let vertebrae = source.vertebrae(self.canal.as_ref().or(cord));
        let Some(region) = self.hematoma.as_ref().or(cord) else { return Ok(Vec::new()) };
        let found = levels(region, &vertebrae, None, &LevelOptions::default());
        let is_of_both = |finding: &Finding| self.hematoma.is_some() || finding.code != OUTSIDE_LEVELS;
        let of_levels = |found: &LevelOutcome| -> Vec<Finding> {
            found.findings().iter().filter(|finding| is_of_both(finding)).cloned().collect()
        };
        let found = found.map(|found| of_levels(&found)).map_err(|error| error.at("vertebrae"))?;
        Ok(found.into_iter().map(|finding| finding.at("levels")).collect())
    }

    fn read_further(&self, compared_mm: f64) -> Result<PerFurther<Option<FurtherImage>>> {
        let mut read = PerFurther::default();
        for (contrast, opened) in self.further.images.iter() {
            if let (Some((image, acquisition)), Some(file)) = (opened, &self.files.further[contrast]) {
                let compared_mm = if contrast == FurtherContrast::T1Post { compared_mm } else { 0.0 };
                let image = self.read(image, file, compared_mm).map_err(|error| error.at(contrast.key()))?;
                read[contrast] = Some(FurtherImage { image, acquisition: acquisition.clone() });
            }
        }
        Ok(read)
    }

    /// The box of an image that the masks need, with a margin where it is compared with another one of its contrast.
    fn read(&self, image: &ImageReader, file: &ImageFile, compared_mm: f64) -> Result<Volume> {
        // the signal of the fluid around the cord distinguishes T1 from T2
        let fluid = self.canal.as_ref().filter(|_| self.reference.cord().is_some());
        let masks = self.hematoma.iter().chain(self.reference_mask()).chain(fluid);
        let block = image.grid().reached(masks);
        let block = image.grid().widened(block, self.files.margin_mm.max(self.around_mm()));
        if compared_mm == 0.0 {
            return image.read_block(file.volume, block);
        }
        let two_voxels_mm = 2.0 * image.grid().spacing_mm().into_iter().fold(0.0, f64::max);
        let compared =
            image.grid().widened(image.grid().reached(&self.hematoma), compared_mm + two_voxels_mm);
        image.read_block(file.volume, block.union(&compared))
    }

    /// How far around the masks the images are looked at: for a shift between them, and for fluid around the cord.
    fn around_mm(&self) -> f64 {
        self.reference.cord().map_or(0.0, |cord| {
            let [i, j, k] = cord.roi().grid().spacing_mm();
            align::REACH_MM + (i * i + j * j + k * k).sqrt() / 2.0
        })
    }

    fn reference_mask(&self) -> Option<&Roi> {
        self.reference.region().map(ReferenceRegion::roi)
    }
}
