//! What the header of another file calls a series and its slices.

use std::collections::BTreeSet;

use dicom_dictionary_std::tags;

use super::DicomSeries;

impl DicomSeries {
    /// `SeriesInstanceUID` of the first slice; never shown.
    pub(crate) fn series_uid(&self) -> Option<String> {
        let file = self.files.get(self.frames.first()?.file)?;
        file.0.dataset().text(tags::SERIES_INSTANCE_UID)
    }

    /// `SOPInstanceUID` of every file; never shown.
    pub(crate) fn instance_uids(&self) -> BTreeSet<String> {
        self.files.iter().filter_map(|(file, _)| file.dataset().text(tags::SOP_INSTANCE_UID)).collect()
    }
}
