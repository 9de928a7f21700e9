//! The images at a path: a folder with its subfolders, a file with its siblings, or a file alone. Headers are read in
//! parallel, with the same result for any number of threads.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dicom_dictionary_std::tags;
use rayon::prelude::*;

use super::{
    super::{
        dataset::Dataset,
        file::DicomFile,
        frames::{Frame, frames},
        object::ObjectKind,
        pixels::{FrameReader, PixelFormat},
        start,
    },
    error::SeriesError,
    paths::{Depth, Found, list_files},
};
use crate::{
    error::{Error, Result},
    file::file_name,
    foreign::Foreign,
    limits::Limits,
};

/// A file with pixel data, and its frames or why they cannot be used.
pub(super) struct ImageFile {
    pub(super) dicom: DicomFile,
    pub(super) names: Names,
    pub(super) content: Result<(PixelFormat, Vec<Frame>)>,
    /// Whether it cannot be a slice of any series: it is in color or has no position, like a captured screen.
    pub(super) is_capture: bool,
}

/// What a header says of the study and the series that it belongs to; never shown. A blank UID is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Names {
    pub(super) study: String,
    pub(super) series: String,
    pub(super) series_number: Option<i64>,
    pub(super) frame_of_reference: String,
    pub(super) instance: String,
}

/// The images at a path.
#[derive(Default)]
pub(super) struct Scan {
    /// Sorted by path.
    pub(super) files: Vec<ImageFile>,
    /// The errors of files and folders that could not be read, so that their series is unknown.
    pub(super) unread: Vec<Error>,
    /// The number of links to a folder that they lie in.
    pub(super) loops: usize,
    /// The index of the file that the path names; `None` for a folder.
    pub(super) named: Option<usize>,
}

/// Reads the headers of all images at a path.
///
/// # Errors
/// `Io` when the folder cannot be read, any error of a file that is named itself, `Limit` for a folder of too many
/// files.
pub(super) fn scan(path: &Path, limits: Limits) -> Result<Scan> {
    if fs::metadata(path).map_err(SeriesError::Open)?.is_dir() {
        let Found { files, unread, loops } = list_files(path, Depth::All)?;
        let mut scan = read(&files, limits, None);
        scan.unread.extend(unread);
        if scan.files.is_empty() && scan.unread.is_empty() {
            scan.unread.extend(files.iter().find_map(|file| named(file, start::archive(file))));
        }
        scan.loops = loops;
        number_frames(&mut scan.files);
        return Ok(scan);
    }
    let named = ImageFile::of(DicomFile::open(path, limits)?, limits).ok_or(SeriesError::NoImage)?;
    let mut scan = if named.has_siblings() { siblings(path, &named, limits)? } else { Scan::default() };
    let at = scan.files.partition_point(|other| other.dicom.path().file_name() < path.file_name());
    scan.files.insert(at, named);
    scan.named = Some(at);
    number_frames(&mut scan.files);
    Ok(scan)
}

/// The other files of a file's series in its folder; where there are none and the path is a link, those next to the file
/// that it leads to.
fn siblings(path: &Path, named: &ImageFile, limits: Limits) -> Result<Scan> {
    let neighbors = |path: &Path| -> Result<Scan> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut others = list_files(parent, Depth::One)?.files;
        others.retain(|other| other.file_name() != path.file_name());
        Ok(read(&others, limits, Some(&named.names)))
    };
    let found = neighbors(path)?;
    let target = fs::canonicalize(path).ok().filter(|_| path.is_symlink() && found.files.is_empty());
    target.map_or(Ok(found), |target| neighbors(&target))
}

/// Opens the files that are images, of one series if it is given.
fn read(paths: &[PathBuf], limits: Limits, series: Option<&Names>) -> Scan {
    let opened: Vec<Result<ImageFile>> =
        paths.par_iter().filter_map(|path| open(path, limits, series)).collect();
    let mut scan = Scan::default();
    for file in opened {
        match file {
            Ok(file) => scan.files.push(file),
            Err(error) => scan.unread.push(error),
        }
    }
    scan
}

/// Opens an image; `None` when the file is not one, or is of another series.
fn open(path: &Path, limits: Limits, series: Option<&Names>) -> Option<Result<ImageFile>> {
    match DicomFile::is_dicom(path) {
        Ok(false) => return named(path, start::gzipped(path)).map(Err),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
        Ok(true) | Err(_) => {}
    }
    match DicomFile::open(path, limits) {
        Ok(dicom) if series.is_some_and(|series| !series.may_be_of(&Names::of(dicom.dataset()))) => None,
        Ok(dicom) => ImageFile::of(dicom, limits).map(Ok),
        Err(error) => Some(Err(error)),
    }
}

/// The error for a file that is something else than DICOM, if it is.
fn named(path: &Path, found: io::Result<Option<Foreign>>) -> Option<Error> {
    Some(Error::from(found.ok().flatten()?).at(file_name(path)))
}

impl Names {
    fn of(dataset: Dataset<'_>) -> Self {
        let text = |tag| dataset.text(tag).unwrap_or_default();
        Self {
            study: text(tags::STUDY_INSTANCE_UID),
            series: text(tags::SERIES_INSTANCE_UID),
            series_number: dataset.whole(tags::SERIES_NUMBER),
            frame_of_reference: text(tags::FRAME_OF_REFERENCE_UID),
            instance: text(tags::SOP_INSTANCE_UID),
        }
    }

    /// Whether two files may be of one series, by its UID or by its number.
    fn may_be_of(&self, other: &Self) -> bool {
        self.series == other.series || self.series_number == other.series_number
    }
}

impl ImageFile {
    /// The image in a file; `None` when it has no pixels or is a segmentation.
    fn of(dicom: DicomFile, limits: Limits) -> Option<Self> {
        let dataset = dicom.dataset();
        let has_pixels = dicom.pixel_data().is_some()
            || dataset.has(tags::FLOAT_PIXEL_DATA)
            || dataset.has(tags::DOUBLE_FLOAT_PIXEL_DATA);
        if !has_pixels || ObjectKind::of(dataset) == ObjectKind::Segmentation {
            return None;
        }
        let content = FrameReader::format_of(&dicom, limits).and_then(|format| {
            let frames = frames(&dicom, 0, &format)?;
            Ok((format, frames))
        });
        let content = content.map_err(|error| error.at(dicom.name()));
        let is_capture = content.is_err() && (is_colored(dataset) || !has_position(dataset));
        let names = Names::of(dataset);
        Some(Self { dicom, names, content, is_capture })
    }

    /// Its frames; none when they cannot be used.
    pub(super) fn frames(&self) -> &[Frame] {
        self.content.as_ref().map_or(&[], |(_, frames)| frames)
    }

    /// Whether other files may belong to its image: it has one frame, or is part of a concatenation.
    fn has_siblings(&self) -> bool {
        let single = self.content.as_ref().map_or(true, |(format, _)| format.frames == 1);
        single || self.dicom.dataset().has(tags::CONCATENATION_UID)
    }

    pub(super) fn is_lossy(&self) -> bool {
        let stated = self.dicom.dataset().text(tags::LOSSY_IMAGE_COMPRESSION);
        self.dicom.transfer_syntax().is_lossy() || stated.as_deref() == Some("01")
    }
}

fn is_colored(dataset: Dataset<'_>) -> bool {
    let photometric = dataset.text(tags::PHOTOMETRIC_INTERPRETATION);
    photometric.is_some_and(|name| !name.starts_with("MONOCHROME"))
}

/// Whether a header says anything about where the image lies, even if it is wrong or incomplete.
fn has_position(dataset: Dataset<'_>) -> bool {
    let groups = [tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE];
    let numbers = [tags::IMAGE_POSITION_PATIENT, tags::IMAGE_ORIENTATION_PATIENT];
    let is_given = |tag| dataset.number_list(tag).map_or(true, |numbers| !numbers.is_empty());
    groups.into_iter().any(|tag| dataset.has(tag)) || numbers.into_iter().any(is_given)
}

fn number_frames(files: &mut [ImageFile]) {
    for (file, image) in files.iter_mut().enumerate() {
        for frame in image.content.iter_mut().flat_map(|(_, frames)| frames) {
            frame.file = file;
        }
    }
}
