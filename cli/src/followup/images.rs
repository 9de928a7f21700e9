//! The images of the visits that the figure shows.

use std::path::{Path, PathBuf};

use hemastage::{ErrorKind, Result};
use hemastage_image::{
    ImageReader, Limits, MaskReader, dicom::SegmentChoice, file_name, label_map::LabelMap,
};
use hemastage_view::followup::VisitImage;

use super::{NONE, report_of};
use crate::{failure::refusal, results::MAP};

/// The T2 of a visit with its stage map, which lies next to the report; `has_blood` where the visit has a hematoma.
///
/// # Errors
/// When one of them cannot be read, or the image says nothing of left and right.
pub(crate) fn image(t2: &Path, visit: &Path, has_blood: bool) -> Result<Option<VisitImage>> {
    if t2.as_os_str() == NONE && !t2.exists() {
        return Ok(None);
    }
    let (path, series) = located(t2);
    let reader = ImageReader::open(&path, series.as_deref(), Limits::default())?;
    if !reader.source().oriented {
        let text =
            "the header gives no orientation, so that no sagittal plane is known: leave it out with `none`";
        return Err(refusal(ErrorKind::Geometry, text).at(file_name(&path)));
    }
    let stages = has_blood.then(|| stages(&map_of(visit))).transpose()?;
    let block = VisitImage::part(reader.grid(), stages.as_ref())?;
    VisitImage::new(reader.read_block(None, block)?, stages.as_ref()).map(Some)
}

/// The files that are read for the figure.
pub(super) fn files<'a>(
    t2: &'a [PathBuf],
    visits: &'a [PathBuf],
) -> impl Iterator<Item = (&'static str, PathBuf)> + 'a {
    let images = t2.iter().map(|path| ("--t2", located(path).0));
    let maps = visits.iter().filter(|_| !t2.is_empty()).map(|visit| ("a stage map", map_of(visit)));
    images.chain(maps)
}

fn map_of(visit: &Path) -> PathBuf {
    report_of(visit).with_file_name(MAP)
}

/// A path, and the series behind its `#` where no file has that name.
fn located(path: &Path) -> (PathBuf, Option<String>) {
    let split = path.to_str().filter(|_| !path.exists()).and_then(|text| text.rsplit_once('#'));
    split.map_or_else(|| (path.to_owned(), None), |(path, series)| (path.into(), Some(series.into())))
}

fn stages(path: &Path) -> Result<LabelMap> {
    if !path.is_file() {
        let text = format!(
            "no `{MAP}` next to its report, which the hematoma's outline is drawn from: give a results folder that has one, or `{NONE}` as its --t2"
        );
        return Err(refusal(ErrorKind::Parameter, text));
    }
    let found = MaskReader::open(path, None, Limits::default())?.read(&[] as &[&SegmentChoice], true, &[])?;
    let missing = || refusal(ErrorKind::Malformed, format!("`{MAP}` next to its report holds no stages"));
    Ok(found.labels.ok_or_else(missing)??.0)
}
