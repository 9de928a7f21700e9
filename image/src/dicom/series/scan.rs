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
        frames::{Frame, frames, series_uid},
        object::ObjectKind,
        pixels::{FrameReader, PixelFormat},
    },
    error::SeriesError,
};
use crate::{
    error::{Error, Result},
    limits::Limits,
};

/// Maximum number of files and folders in a folder; a large study has some ten thousand.
const MAX_FILES: usize = 100_000;

/// A file with pixel data, and its frames or why they cannot be used.
pub(super) struct ImageFile {
    pub(super) dicom: DicomFile,
    pub(super) series_uid: String,
    pub(super) series_number: Option<i64>,
    pub(super) content: Result<(PixelFormat, Vec<Frame>)>,
    /// Whether it cannot be a slice of any series: it is in color or has no position, like a captured screen.
    pub(super) is_capture: bool,
}

/// The images at a path.
pub(super) struct Scan {
    /// Sorted by path.
    pub(super) files: Vec<ImageFile>,
    /// The errors of files and folders that could not be read, so that their series is unknown.
    pub(super) unread: Vec<Error>,
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
        let (files, unread) = list_files(path, Depth::All)?;
        let mut scan = read(&files, limits, None);
        scan.unread.extend(unread);
        number_frames(&mut scan.files);
        return Ok(scan);
    }
    let named = ImageFile::of(DicomFile::open(path, limits)?, limits).ok_or(SeriesError::NoImage)?;
    let parent = path.parent().filter(|_| named.has_siblings());
    let mut scan = match parent {
        None => Scan { files: Vec::new(), unread: Vec::new(), named: None },
        Some(parent) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            let mut others = list_files(parent, Depth::One)?.0;
            others.retain(|other| other.file_name() != path.file_name());
            read(&others, limits, Some(&named.series_uid))
        }
    };
    let at = scan.files.partition_point(|other| other.dicom.path().file_name() < path.file_name());
    scan.files.insert(at, named);
    scan.named = Some(at);
    number_frames(&mut scan.files);
    Ok(scan)
}

/// How deep a folder is searched.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    One,
    All,
}

/// The regular files in a folder and its subfolders except DICOMDIR, sorted; links are not followed.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(list_files(folder, Depth::All)?.0)
}

/// The files in a folder, and the errors of subfolders that could not be read, such as the system's on a disc.
fn list_files(first: &Path, depth: Depth) -> Result<(Vec<PathBuf>, Vec<Error>), SeriesError> {
    let mut folders = vec![first.to_owned()];
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if folder == first => return Err(SeriesError::Folder(error)),
            Err(error) => {
                unread.push(SeriesError::Folder(error).into());
                continue;
            }
        };
        for entry in entries {
            let entry = entry.map_err(SeriesError::Folder)?;
            let kind = entry.file_type().map_err(SeriesError::Folder)?;
            let is_index = entry.file_name().eq_ignore_ascii_case("DICOMDIR");
            if kind.is_file() && !is_index {
                files.push(entry.path());
            } else if kind.is_dir() && depth == Depth::All {
                folders.push(entry.path());
            }
            if files.len() + folders.len() > MAX_FILES {
                return Err(SeriesError::TooManyFiles { max: MAX_FILES });
            }
        }
    }
    files.sort();
    Ok((files, unread))
}

/// Opens the files that are images, of one series if it is given.
fn read(paths: &[PathBuf], limits: Limits, series: Option<&str>) -> Scan {
    let opened: Vec<Result<ImageFile>> =
        paths.par_iter().filter_map(|path| open(path, limits, series)).collect();
    let mut scan = Scan { files: Vec::new(), unread: Vec::new(), named: None };
    for file in opened {
        match file {
            Ok(file) => scan.files.push(file),
            Err(error) => scan.unread.push(error),
        }
    }
    scan
}

/// Opens an image; `None` when the file is not one, or is of another series.
fn open(path: &Path, limits: Limits, series: Option<&str>) -> Option<Result<ImageFile>> {
    match DicomFile::is_dicom(path) {
        Ok(false) => return None,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
        Ok(true) | Err(_) => {}
    }
    match DicomFile::open(path, limits) {
        Ok(dicom) if series.is_some_and(|series| series != series_uid(dicom.dataset())) => None,
        Ok(dicom) => ImageFile::of(dicom, limits).map(Ok),
        Err(error) => Some(Err(error)),
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
        let series_number = dataset.integer(tags::SERIES_NUMBER).ok().flatten();
        let series_uid = series_uid(dataset);
        let is_capture = content.is_err() && (is_colored(dataset) || !has_position(dataset));
        Some(Self { dicom, series_uid, series_number, content, is_capture })
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
