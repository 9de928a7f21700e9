//! What DICOM results of a study carry of its images.

use hemastage_image::{ImageReader, dicom::Origin, error::Result};

use super::{StudyFiles, error::LoadError};

impl StudyFiles {
    /// What DICOM results carry of T2, or of T1 if T2 is not DICOM: the patient, the study and the images that they
    /// refer to. Reads headers alone.
    ///
    /// # Errors
    /// `Parameter` when neither is DICOM; as [`DicomSeries::origin`](hemastage_image::dicom::DicomSeries::origin); as
    /// [`open`](Self::open) for the images.
    pub fn origin(&self) -> Result<Origin> {
        let files = self.located();
        for (role, file) in [("t2", &files.t2), ("t1", &files.t1)] {
            let opened = file.open(files.limits);
            if let ImageReader::Dicom(series) = opened.map_err(|error| error.at(role))? {
                return series.origin();
            }
        }
        Err(LoadError::NoOrigin.into())
    }
}
