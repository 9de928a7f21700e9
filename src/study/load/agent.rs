//! The T1 before and after contrast agent from one folder of DICOM files, separated by their headers.

use hemastage_image::{
    acquisition::Weighting,
    dicom::{SeriesSummary, list},
    error::Result,
    is_dicom,
};

use super::{ImageFile, StudyFiles};

/// The files with the series of both T1s chosen where one folder is given for both and no series; as they are where its
/// headers do not tell which is which.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn told_apart(files: StudyFiles) -> Result<StudyFiles> {
    let Some(post) = files.further.t1_post.clone() else { return Ok(files) };
    let t1 = files.t1.clone();
    if t1.is_array()
        || t1.path != post.path
        || t1.series.is_some()
        || post.series.is_some()
        || !is_dicom(&t1.path)
    {
        return Ok(files);
    }
    let listed = list(&t1.path, files.limits).map_err(|error| error.at("t1"))?;
    let only = |with_agent: bool| -> Option<String> {
        let is_wanted = |series: &&SeriesSummary| {
            series.weighting == Weighting::T1
                && series.contrast_agent == with_agent
                && series.problem.is_none()
        };
        let mut wanted = listed.iter().filter(is_wanted);
        let only = wanted.next().filter(|_| wanted.next().is_none())?;
        Some(only.choice())
    };
    let (Some(before), Some(after)) = (only(false), only(true)) else { return Ok(files) };
    let with = |image: ImageFile, series: String| image.with_series(series);
    let mut chosen = StudyFiles { t1: with(t1, before), ..files };
    chosen.further.t1_post = Some(with(post, after));
    Ok(chosen)
}
