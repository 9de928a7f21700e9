//! Opens the files of a study one by one, and keeps what the report says about them.

use std::path::Path;

use hemastage_image::{
    ImageReader, SourceInfo,
    acquisition::Acquisition,
    dicom::{ImageSpace, SegmentChoice},
    error::{Error, Result},
    finding::Finding,
    grid::Grid,
    label_map::LabelMap,
    nifti::LabelMapHeader,
    roi::Roi,
};

use super::{
    StudyFiles,
    content::sha256,
    error::LoadError,
    files::{ImageFile, MaskFile},
    masks,
};
use crate::study::Input;

/// Maximum number of labels that make a region.
const MAX_LABELS: usize = 1024;

/// Opens files one by one.
pub(super) struct Loader<'a> {
    files: &'a StudyFiles,
    hash_inputs: bool,
    /// False as soon as one file has no orientation.
    pub(super) oriented: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<Finding>,
}

/// Refuses a choice of more labels than any region has.
fn check_choice(role: &str, file: &MaskFile) -> Result<()> {
    match file.part() {
        SegmentChoice::Numbers(labels) if labels.len() > MAX_LABELS => {
            let error = LoadError::Labels { role: role.into(), found: labels.len(), max: MAX_LABELS };
            Err(Error::from(error).at(role))
        }
        _ => Ok(()),
    }
}

impl<'a> Loader<'a> {
    pub(super) fn new(files: &'a StudyFiles, hash_inputs: bool) -> Self {
        Self { files, hash_inputs, oriented: true, inputs: Vec::new(), findings: Vec::new() }
    }

    pub(super) fn image(&mut self, role: &str, file: &ImageFile) -> Result<ImageReader> {
        let opened = ImageReader::open(&file.path, file.series.as_deref(), self.files.limits);
        let mut image = opened.map_err(|error| error.at(role))?;
        if self.files.check_checksums {
            image = image.with_checksum();
        }
        self.record(role, &image.source(), image.grid(), None)?;
        Ok(image)
    }

    /// The scan parameters of an image, if known; a sidecar that cannot be read is a finding.
    pub(super) fn acquisition(
        &mut self,
        role: &str,
        image: &ImageReader,
        path: &Path,
    ) -> Option<Acquisition> {
        image.acquisition(path).unwrap_or_else(|error| {
            self.findings.push(Finding::warning("sidecar", error.to_string()).at(role));
            None
        })
    }

    /// Reads regions and a label map, each with its role; also gives the header of a stage map on the first
    /// region's grid.
    pub(super) fn masks(
        &mut self,
        regions: &[(&str, &MaskFile)],
        labels: Option<(&str, &ImageFile)>,
        images: &[ImageSpace<'_>],
    ) -> Result<(Vec<Roi>, Option<LabelMap>, LabelMapHeader)> {
        for &(role, file) in regions {
            check_choice(role, file)?;
        }
        let read = masks::read(regions, labels, self.files.scheme(), images, self.files.limits)?;
        for (region, &(role, file)) in read.regions.iter().zip(regions) {
            let mask = &read.files[region.file];
            self.findings.extend(region.findings.iter().cloned().map(|finding| finding.at(role)));
            self.record(role, &mask.source(), region.value.grid(), mask.choose(file.part())?)?;
        }
        if let (Some(map), Some((role, _))) = (&read.labels, labels) {
            self.findings.extend(map.findings.iter().cloned().map(|finding| finding.at(role)));
            self.record(role, &read.files[map.file].source(), map.value.grid(), None)?;
        }
        let header = read.files[read.regions[0].file].label_map_header(&read.regions[0].value);
        let regions = read.regions.into_iter().map(|region| region.value).collect();
        Ok((regions, read.labels.map(|map| map.value), header))
    }

    /// Records an opened file for the report.
    pub(super) fn record(
        &mut self,
        role: &str,
        source: &SourceInfo<'_>,
        grid: &Grid,
        labels: Option<Vec<i64>>,
    ) -> Result<()> {
        if !source.oriented {
            if !self.files.allow_unoriented {
                let is_nifti = source.format.starts_with("nifti");
                let error = if is_nifti { LoadError::Unoriented } else { LoadError::NoDirections };
                return Err(Error::from(error).at(source.name));
            }
            self.oriented = false;
            let message = if source.format.starts_with("nifti") {
                "neither sform nor qform is set: left and right are unknown"
            } else {
                "the header does not place the image in the patient: left and right are unknown"
            };
            self.findings.push(Finding::warning("unoriented", message).at(role));
        }
        self.findings.extend(source.findings.iter().cloned().map(|finding| finding.at(role)));
        self.inputs.push(Input {
            file: Some(source.name.into()),
            bytes: Some(source.bytes),
            sha256: self.hash_inputs.then(|| sha256(&source.files)).transpose()?,
            format: source.format.into(),
            orientation: source.oriented.then(|| grid.orientation()),
            labels,
            ..Input::array(role, grid)
        });
        Ok(())
    }
}
