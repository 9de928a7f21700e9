//! Slices as an image: the frames of a folder, of a file and its siblings, or of one enhanced file.
//!
//! Frames are grouped by what they have in common, sorted by position, and must be evenly spaced. What is
//! not clear is refused with a list of what there is.
//!
//! | file | what it does |
//! |---|---|
//! | `scan.rs` | the images at a path, their headers read side by side |
//! | `group.rs` | images by series, frames by kind |
//! | `spacing.rs` | order and even spacing of parallel planes |
//! | `stack.rs` | frames of one kind on a grid; copies dropped |
//! | `select.rs` | which stack is meant |
//! | `summary.rs` | a line about a stack |
//! | `read.rs` | a block of voxels |
//! | `mask.rs` | a mask streamed into runs |

mod error;
mod group;
mod mask;
mod read;
mod scan;
mod select;
mod spacing;
mod stack;
mod summary;

use std::{fmt, path::Path};

pub(crate) use self::scan::files_in;
use self::{
    error::SeriesError,
    group::candidates,
    scan::{ImageFile, Scan, scan},
    select::choose,
    stack::Stack,
};
pub use self::{
    select::Selector,
    summary::{AnatomicalPlane, SeriesSummary},
};
use super::{acquisition::acquisition, file::DicomFile, frames::Frame, pixels::PixelFormat};
use crate::{
    Limits,
    acquisition::Acquisition,
    error::{Error, Result},
    file_name,
    finding::Finding,
    grid::Grid,
};

/// A series of slices as one image: its headers are checked, its pixels are not read yet.
///
/// # Shape and units
/// i runs along a row, j from row to row, k along the slices' normal; RAS+ mm.
///
/// # Reference
/// DICOM PS3.3, C.7.6.2 (Image Plane) and C.7.6.16 (Multi-frame Functional Groups).
pub struct DicomSeries {
    name: String,
    grid: Grid,
    /// The files that hold the frames, and how each stores its pixels.
    files: Vec<(DicomFile, PixelFormat)>,
    /// One per k.
    frames: Vec<Frame>,
    acquisition: Acquisition,
    findings: Vec<Finding>,
}

/// Lists the stacks of slices at a path: a folder and all in it, or a file.
///
/// # Errors
/// `Io` when the path cannot be read, whatever is wrong with a file that is given itself, `Limit` for a
/// folder of too many files. A series that can't be used is listed with its problem.
pub fn list(path: impl AsRef<Path>, limits: Limits) -> Result<Vec<SeriesSummary>> {
    let path = path.as_ref();
    let Scan { mut files, .. } = scan(path, limits).map_err(|error| error.at(file_name(path)))?;
    let found = candidates(&mut files, limits);
    Ok(found.iter().map(|candidate| SeriesSummary::of(candidate, &files)).collect())
}

impl DicomSeries {
    /// Opens a folder (searched with all its folders; links are not followed), one file of a series with
    /// its siblings beside it, or one enhanced multi-frame file.
    ///
    /// # Errors
    /// `Parameter` with a list when it is not clear which series is meant, `Geometry` when slices are not
    /// evenly spaced, `Unsupported` for one slice, a mosaic, several volumes and pixels that are not read,
    /// `Limit` when more is claimed than allowed, `Io` and `Malformed` when a file cannot be read.
    pub fn open(path: impl AsRef<Path>, selector: &Selector, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        let opened = Self::open_unnamed(path, selector, limits);
        // a folder's name may be a patient's; the caller knows which one it gave
        if path.is_dir() { opened } else { opened.map_err(|error| error.at(file_name(path))) }
    }

    fn open_unnamed(path: &Path, selector: &Selector, limits: Limits) -> Result<Self> {
        let Scan { mut files, unread, named } = scan(path, limits)?;
        let found = candidates(&mut files, limits);
        if found.is_empty() {
            return Err(unread.into_iter().next().unwrap_or_else(|| SeriesError::NoImages.into()));
        }
        let (candidate, mut findings) = choose(found, selector, named, &files)?;
        let name = match (named, candidate.series_number) {
            (Some(_), _) => file_name(path),
            (None, Some(number)) => format!("series {number}"),
            (None, None) => "series without a number".into(),
        };
        let stack = candidate.stack.map_err(|error| with_unread(error, &unread).at(&name))?;
        findings.extend(unread_finding(&unread));
        Ok(Self::of(name, stack, files, findings))
    }

    fn of(name: String, stack: Stack, files: Vec<ImageFile>, mut findings: Vec<Finding>) -> Self {
        let Stack { grid, mut frames, repeated } = stack;
        let first = &frames[0];
        let acquisition = acquisition(files[first.file].dicom.dataset(), first.index);
        findings.extend(findings_of(&frames, repeated, &files));
        let mut kept = Vec::new();
        let mut place = vec![None; files.len()];
        for (at, file) in files.into_iter().enumerate() {
            if let (true, Ok((format, _))) = (frames.iter().any(|frame| frame.file == at), file.content) {
                place[at] = Some(kept.len());
                kept.push((file.dicom, format));
            }
        }
        for frame in &mut frames {
            frame.file = place[frame.file].unwrap_or(0);
        }
        Self { name, grid, files: kept, frames, acquisition, findings }
    }

    /// What an error or report calls it: the file's name, or its series number; never a folder's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape and affine.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Bytes of its files, as stored.
    pub fn stored_bytes(&self) -> u64 {
        self.files.iter().map(|(file, _)| file.stored_bytes()).sum()
    }

    /// What was odd.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the scanner was told when it made the first slice.
    pub fn acquisition(&self) -> &Acquisition {
        &self.acquisition
    }

    /// The files that hold the slices, in the order of the slices.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let mut seen = vec![false; self.files.len()];
        let first = move |frame: &&Frame| !std::mem::replace(&mut seen[frame.file], true);
        self.frames.iter().filter(first).map(|frame| self.files[frame.file].0.path())
    }

    /// `FrameOfReferenceUID`: which coordinate system the grid is in; never shown.
    pub(crate) fn frame_of_reference(&self) -> Option<&str> {
        self.frames.first()?.key.frame_of_reference()
    }

    fn format(&self) -> &PixelFormat {
        &self.files[self.frames[0].file].1
    }
}

impl fmt::Debug for DicomSeries {
    /// Shows no path and no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DicomSeries")
            .field("name", &self.name)
            .field("grid", &self.grid)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

fn unread_finding(unread: &[Error]) -> Option<Finding> {
    let message = format!("{}: slices may be missing at its ends", unread_text(unread)?);
    Some(Finding::warning("unread_files", message))
}

/// What is wrong with a stack, and what was not read beside it, which may be why.
fn with_unread(error: Error, unread: &[Error]) -> Error {
    match unread_text(unread) {
        None => error,
        Some(unread) => SeriesError::Unread { kind: error.kind(), problem: error.to_string(), unread }.into(),
    }
}

fn unread_text(unread: &[Error]) -> Option<String> {
    let first = unread.first()?;
    let (count, which) = match unread.len() {
        1 => ("1 file or folder".into(), ""),
        more => (format!("{more} files or folders"), "first, "),
    };
    Some(format!("{count} beside the series could not be read ({which}{first})"))
}

fn findings_of(frames: &[Frame], repeated: usize, files: &[ImageFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lossy = frames.iter().filter(|frame| files[frame.file].is_lossy()).count();
    if lossy > 0 {
        let message = format!(
            "{lossy} of {} slices were compressed with loss: signal may differ from the scanner's",
            frames.len()
        );
        findings.push(Finding::warning("lossy_compression", message));
    }
    if repeated > 0 {
        let message =
            format!("{repeated} copies of slices, at the same position with the same pixels, were left out");
        findings.push(Finding::info("repeated_slices", message));
    }
    if files[frames[0].file].content.as_ref().is_ok_and(|(format, _)| format.monochrome1) {
        let message = "low values are the bright ones (MONOCHROME1): the signal was turned over, so that bright is high";
        findings.push(Finding::info("monochrome1", message));
    }
    findings
}
