//! Opens the files of a study one by one, and keeps what the report says of them.

use std::path::Path;

use super::{
    content::{sha256, text},
    error::LoadError,
    files::{ImageFile, MaskFile, ReferenceFile, VertebraeFile},
};
use crate::{
    acquisition::Acquisition,
    error::{Error, Result},
    finding::Finding,
    grid::Grid,
    io::{Image, Limits, Mask, Source, dicom::ImageSpace, file_name, is_dicom, nifti::LabelMapHeader},
    label_map::LabelMap,
    level::{Landmarks, Scheme},
    reference::{Reference, ReferenceRegion},
    report::Input,
    roi::Roi,
    study::{CORD, ReferenceSource, VertebraeSource},
};

/// Opens files one by one.
pub(super) struct Loader {
    limits: Limits,
    hash_inputs: bool,
    allow_unoriented: bool,
    /// False as soon as one file does not tell left from right.
    pub(super) oriented: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<Finding>,
}

impl Loader {
    pub(super) fn new(files: &super::StudyFiles, hash_inputs: bool) -> Self {
        Self {
            limits: files.limits,
            hash_inputs,
            allow_unoriented: files.allow_unoriented,
            oriented: true,
            inputs: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn image(&mut self, role: &str, file: &ImageFile) -> Result<Image> {
        let opened = Image::open(&file.path, file.series.as_deref(), self.limits);
        let image = opened.map_err(|error| error.at(role))?;
        self.note(role, &image.source(), image.grid(), None)?;
        Ok(image)
    }

    /// What the scanner was told; a sidecar that cannot be read is a finding.
    pub(super) fn acquisition(&mut self, role: &str, image: &Image, path: &Path) -> Option<Acquisition> {
        image.acquisition(path).unwrap_or_else(|error| {
            self.findings.push(Finding::warning("sidecar", error.to_string()).at(role));
            None
        })
    }

    pub(super) fn mask(
        &mut self,
        role: &str,
        file: &MaskFile,
        images: &[ImageSpace<'_>],
    ) -> Result<(Roi, LabelMapHeader)> {
        let mask = self.open_mask(role, &file.image)?;
        let labels = mask.choose(&file.part)?;
        let roi = self.read(role, |findings| mask.read_roi(&file.part, images, findings))?;
        self.note(role, &mask.source(), roi.grid(), labels)?;
        let header = mask.label_map_header(&roi);
        Ok((roi, header))
    }

    pub(super) fn reference(
        &mut self,
        file: &ReferenceFile,
        hematoma: &Roi,
        images: &[ImageSpace<'_>],
    ) -> Result<ReferenceSource> {
        let (role, name, mask) = match file {
            ReferenceFile::Cord(mask) => ("cord", CORD, mask),
            ReferenceFile::Tissue { name, mask } => ("reference", name.as_str(), mask),
            &ReferenceFile::Values { t1, t2 } => {
                return Ok(ReferenceSource::Given {
                    t1: Box::new(Reference::given(t1.0, t1.1)?),
                    t2: Box::new(Reference::given(t2.0, t2.1)?),
                });
            }
        };
        let (roi, _) = self.mask(role, mask, images)?;
        let region = ReferenceRegion::new(roi, hematoma).map_err(|error| error.at(role))?;
        Ok(ReferenceSource::Tissue { name: name.into(), region: Box::new(region) })
    }

    pub(super) fn vertebrae(
        &mut self,
        file: &VertebraeFile,
        images: &[ImageSpace<'_>],
    ) -> Result<VertebraeSource> {
        match file {
            VertebraeFile::Map { map: file, scheme } => {
                let map = self.labels("vertebrae", file, images)?;
                let chosen = || Scheme::choose(None, &map).map_err(|error| error.at(file_name(&file.path)));
                let scheme = scheme.clone().map_or_else(chosen, Ok)?;
                Ok(VertebraeSource::Map { map: Box::new(map), scheme: Box::new(scheme) })
            }
            VertebraeFile::Landmarks(path) => {
                let landmarks = if is_nifti(path) || is_dicom(path) {
                    let map = self.labels("landmarks", &ImageFile::new(path), images)?;
                    Landmarks::from_disc_points(&map, &Scheme::built_in("sct")?)
                } else {
                    text(path).and_then(|text| text.parse())
                };
                landmarks.map(VertebraeSource::Landmarks).map_err(|error| error.at(file_name(path)))
            }
        }
    }

    fn labels(&mut self, role: &str, file: &ImageFile, images: &[ImageSpace<'_>]) -> Result<LabelMap> {
        let mask = self.open_mask(role, file)?;
        let map = self.read(role, |findings| mask.read_labels(images, findings))?;
        self.note(role, &mask.source(), map.grid(), None)?;
        Ok(map)
    }

    fn open_mask(&self, role: &str, file: &ImageFile) -> Result<Mask> {
        let opened = Mask::open(&file.path, file.series.as_deref(), self.limits);
        opened.map_err(|error| error.at(role))
    }

    /// Reads voxels and says of what was odd where it was.
    fn read<T>(&mut self, role: &str, read: impl FnOnce(&mut Vec<Finding>) -> Result<T>) -> Result<T> {
        let mut odd = Vec::new();
        let found = read(&mut odd)?;
        self.findings.extend(odd.into_iter().map(|finding| finding.at(role)));
        Ok(found)
    }

    /// Notes what the report says of an opened file.
    fn note(&mut self, role: &str, source: &Source<'_>, grid: &Grid, labels: Option<Vec<i64>>) -> Result<()> {
        if !source.oriented {
            if !self.allow_unoriented {
                return Err(Error::from(LoadError::Unoriented).at(source.name));
            }
            self.oriented = false;
            let message = "neither sform nor qform is set: left and right are unknown";
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

/// Whether a file is a NIfTI image by its name.
fn is_nifti(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    [".nii", ".hdr", ".img"].iter().any(|ending| name.trim_end_matches(".gz").ends_with(ending))
}
