//! Opens the files of a study one by one, and keeps what the report says about them.

use std::path::Path;

use hemastage_image::{
    ImageReader, Limits, SourceInfo,
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
    masks, named,
    placed::Oriented,
};
use crate::{
    steps::fat::FatImage,
    study::Input,
    vocabulary::{
        contrast::PerContrast,
        further::{FurtherContrast, PerFurther},
    },
};

/// Maximum number of labels that make a region.
const MAX_LABELS: usize = 1024;

/// Opens files one by one.
pub(super) struct Loader<'a> {
    files: &'a StudyFiles,
    hash_inputs: bool,
    /// The first file without orientation, and whether another has one.
    unoriented: Option<String>,
    has_oriented: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<Finding>,
}

/// The opened images of further contrasts.
#[derive(Default)]
pub(super) struct FurtherReaders {
    pub(super) images: PerFurther<Option<(ImageReader, Option<Acquisition>)>>,
    /// What the image without fat shows.
    pub(super) fat_image: Option<FatImage>,
}

/// What an image shows of fat, by its header, else by its name.
fn fat_image(header: Option<&Acquisition>, name: &str) -> Result<FatImage, LoadError> {
    let of_header = header.and_then(|header| match header {
        header if header.fat_only => Some(FatImage::Fat),
        header if header.fat_suppressed => Some(FatImage::Suppressed),
        _ => None,
    });
    of_header.or_else(|| FatImage::of_name(name)).ok_or(LoadError::FatImage)
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
        let (inputs, findings) = (Vec::new(), Vec::new());
        Self { files, hash_inputs, unoriented: None, has_oriented: false, inputs, findings }
    }

    pub(super) fn limits(&self) -> Limits {
        self.files.limits
    }

    /// Opens T1 and T2.
    pub(super) fn images(&mut self) -> Result<PerContrast<ImageReader>> {
        let open = |role: &str, file: &ImageFile| -> Result<ImageReader> {
            let image = file.open(self.files.limits).map_err(|error| error.at(role))?;
            Ok(if self.files.check_checksums { image.with_checksum() } else { image })
        };
        let (t1, t2) = (open("t1", &self.files.t1)?, open("t2", &self.files.t2)?);
        let oriented = self.oriented_among([("t1", &t1), ("t2", &t2)]);
        let mut placed = |role: &str, image: ImageReader| -> Result<ImageReader> {
            let (image, finding) = oriented.placed(image)?;
            self.findings.extend(finding.map(|finding| finding.at(role)));
            self.record(role, &image.source(), image.grid(), None)?;
            Ok(image)
        };
        Ok(PerContrast { t1: placed("t1", t1)?, t2: placed("t2", t2)? })
    }

    /// Opens the images of further contrasts.
    pub(super) fn further(&mut self, oriented: &Oriented) -> Result<FurtherReaders> {
        let mut opened = FurtherReaders::default();
        for (contrast, file) in self.files.further.iter() {
            let (role, Some(file)) = (contrast.key(), file) else { continue };
            let image = file.open(self.files.limits).map_err(|error| error.at(role))?;
            let image = if self.files.check_checksums { image.with_checksum() } else { image };
            let (image, finding) = oriented.placed(image)?;
            self.findings.extend(finding.map(|finding| finding.at(role)));
            self.record(role, &image.source(), image.grid(), None)?;
            let acquisition = self.acquisition(role, &image, &file.path);
            if contrast == FurtherContrast::T1Fs {
                let shows = fat_image(acquisition.as_ref(), image.source().name);
                opened.fat_image = Some(shows.map_err(|error| Error::from(error).at(role))?);
            }
            opened.images[contrast] = Some((image, acquisition));
        }
        Ok(opened)
    }

    /// The images whose grid a file without orientation may take: none unless such files are accepted.
    pub(super) fn oriented_among(&self, images: [(&'static str, &ImageReader); 2]) -> Oriented {
        if self.files.allow_unoriented { Oriented::of(images) } else { Oriented::default() }
    }

    /// Whether left is told from right.
    ///
    /// # Errors
    /// When only some files say so.
    pub(super) fn is_oriented(&self) -> Result<bool> {
        match &self.unoriented {
            Some(name) if self.has_oriented => Err(Error::from(LoadError::MixedOrientation).at(name.clone())),
            unoriented => Ok(unoriented.is_none()),
        }
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
        oriented: &Oriented,
    ) -> Result<(Vec<Roi>, Option<LabelMap>, Option<LabelMapHeader>)> {
        for &(role, file) in regions {
            check_choice(role, file)?;
        }
        let scheme = self.files.scheme();
        let read = masks::read(regions, labels, scheme, images, oriented, self.limits())?;
        for (region, &(role, file)) in read.regions.iter().zip(regions) {
            let mask = &read.files[region.file];
            self.findings.extend(region.findings.iter().cloned().map(|finding| finding.at(role)));
            self.findings.extend(named::otherwise(role, mask, file.part())?);
            let labels = mask.choose(file.part())?.or(Input::joined(&region.value));
            self.record(role, &mask.source(), region.value.grid(), labels)?;
        }
        if let (Some(map), Some((role, _))) = (&read.labels, labels) {
            self.findings.extend(map.findings.iter().cloned().map(|finding| finding.at(role)));
            if let Some(scheme) = scheme {
                self.findings.extend(named::by_scheme(role, &read.files[map.file], scheme)?);
            }
            self.record(role, &read.files[map.file].source(), map.value.grid(), None)?;
        }
        let first = read.regions.first();
        let header = first.map(|first| read.files[first.file].label_map_header(&first.value));
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
        self.has_oriented |= source.oriented;
        if !source.oriented {
            if !self.files.allow_unoriented {
                let is_nifti = source.format.starts_with("nifti");
                let error = if is_nifti { LoadError::Unoriented } else { LoadError::NoDirections };
                return Err(Error::from(error).at(source.name));
            }
            self.unoriented.get_or_insert_with(|| source.name.into());
            let message = if source.format.starts_with("nifti") {
                "neither sform nor qform is set: left and right are unknown; set the orientation for sides and levels"
            } else {
                "the header does not place the image in the patient: left and right are unknown; save it with its directions"
            };
            self.findings.push(Finding::warning("unoriented", message).at(role));
        }
        self.findings.extend(source.findings.iter().cloned().map(|finding| finding.at(role)));
        if source.format == ImageReader::ARRAY {
            self.inputs.push(Input { labels, ..Input::array(role, grid) });
            return Ok(());
        }
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
