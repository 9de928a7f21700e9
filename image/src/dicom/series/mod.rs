//! Slices as an image: the frames of a folder, of a file and its siblings, or of one enhanced file.
//!
//! Frames are grouped by what they have in common, sorted by position, and must be evenly spaced. An ambiguous choice
//! is refused with a list of the series.
//!
//! | file | what it does |
//! |---|---|
//! | `paths.rs` | finds the files in a folder |
//! | `scan.rs` | finds the images at a path and reads their headers |
//! | `identity.rs` | groups images into series |
//! | `parts.rs` | groups the frames of a series into stacks |
//! | `group.rs` | the stacks of all series |
//! | `names.rs` | what other files call a series and its slices |
//! | `numbering.rs` | numbers the stacks of a series |
//! | `spacing.rs` | checks the even spacing of planes |
//! | `stack.rs` | puts frames on a grid |
//! | `select.rs` | selects one stack |
//! | `summary.rs` | describes a stack in a line |
//! | `read.rs` | reads a block of voxels |
//! | `mask.rs` | streams a mask |

mod error;
mod group;
mod identity;
mod mask;
mod names;
mod numbering;
mod parts;
mod paths;
mod read;
mod scan;
mod select;
mod spacing;
mod stack;
mod summary;

use std::{fmt, path::Path};

use self::{
    error::SeriesError,
    group::{Candidate, candidates},
    identity::Broken,
    scan::{ImageFile, Scan, scan},
    select::choose,
    stack::Stack,
};
pub(crate) use self::{paths::files_in, select::UNNUMBERED};
pub use self::{
    select::Selector,
    summary::{AnatomicalPlane, SeriesSummary},
};
use super::{
    acquisition::acquisition,
    dataset::Dataset,
    file::DicomFile,
    frames::Frame,
    pixels::{PixelFormat, StoredType},
};
use crate::{
    acquisition::Acquisition,
    error::{Error, Result},
    file::file_name,
    finding::Finding,
    grid::Grid,
    limits::Limits,
};

/// A series of slices as one image, read by block. On opening, only headers are read and checked.
///
/// # Shape and units
/// i runs along a row, j along a column, k along the normal of the slices; RAS+ mm.
///
/// # Reference
/// DICOM PS3.3, C.7.6.2 (Image Plane) and C.7.6.16 (Multi-frame Functional Groups).
pub struct DicomSeries {
    name: String,
    grid: Grid,
    /// The files that hold the frames, each with the format of its pixels.
    files: Vec<(DicomFile, PixelFormat)>,
    /// One frame for each k.
    frames: Vec<Frame>,
    acquisition: Acquisition,
    frame_of_reference: Option<String>,
    findings: Vec<Finding>,
}

/// Lists the stacks of slices in a folder and its subfolders, or in a file and its siblings.
///
/// A series that cannot be used is listed with its problem.
///
/// # Errors
/// `Io` when the path cannot be read, any error of a file that is named itself, and that of the first file that cannot be
/// read in a folder without any that can; `Limit` for a folder of too many files.
pub fn list(path: impl AsRef<Path>, limits: Limits) -> Result<Vec<SeriesSummary>> {
    let path = path.as_ref();
    let Scan { mut files, unread, .. } = scan(path, limits).map_err(|error| error.at(file_name(path)))?;
    let candidates = candidates(&mut files, limits);
    if let Some(unread) = unread.into_iter().next().filter(|_| candidates.is_empty()) {
        return Err(unread);
    }
    Ok(candidates.iter().map(SeriesSummary::of).collect())
}

impl DicomSeries {
    /// Opens a folder with its subfolders and what its links lead to, one file of a series with its siblings in the same
    /// folder, or one enhanced multi-frame file.
    ///
    /// # Errors
    /// `Parameter` with a list of the series when the choice is ambiguous, `Geometry` when slices are not evenly
    /// spaced or have a gap, `Unsupported` for a single slice, a mosaic, several volumes and unsupported pixels, `Limit` when a
    /// header claims more than allowed, `Io` and `Malformed` when a file cannot be read.
    pub fn open(path: impl AsRef<Path>, selector: &Selector, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        let opened = Self::open_unnamed(path, selector, limits);
        // a folder's name may be a patient's
        if path.is_dir() { opened } else { opened.map_err(|error| error.at(file_name(path))) }
    }

    fn open_unnamed(path: &Path, selector: &Selector, limits: Limits) -> Result<Self> {
        let Scan { mut files, unread, loops, named } = scan(path, limits)?;
        let candidates = candidates(&mut files, limits);
        if candidates.is_empty() {
            return Err(unread.into_iter().next().unwrap_or_else(|| SeriesError::NoImages.into()));
        }
        let chosen = choose(candidates, selector, named, &files, unread_text(&unread));
        let (candidate, mut findings) = chosen.map_err(|refusal| match (refusal.series, named) {
            (Some(series), None) => refusal.error.at(series),
            _ => refusal.error,
        })?;
        let name = match named {
            Some(_) => file_name(path),
            None => series_name(candidate.series_number),
        };
        findings.extend(loops_finding(loops));
        findings.extend(unread_finding(&unread));
        Self::of(name.clone(), candidate, files, findings)
            .map_err(|error| with_unread(error, &unread).at(name))
    }

    fn of(
        name: String,
        candidate: Candidate,
        files: Vec<ImageFile>,
        mut findings: Vec<Finding>,
    ) -> Result<Self> {
        findings.extend(candidate.broken.iter().map(|broken| broken.finding()));
        let stack = candidate.stack?;
        findings.extend(findings_of(&stack, &files));
        let Stack { grid, mut frames, .. } = stack;
        let first = &frames[0];
        let mut acquisition = acquisition(files[first.file].dicom.dataset(), first.index);
        if candidate.broken.contains(&Broken::StudyPerFile) {
            acquisition = acquisition.without_study();
        }
        let mut kept = Vec::new();
        let mut new_index = vec![0; files.len()];
        let mut is_used = vec![false; files.len()];
        for frame in &frames {
            is_used[frame.file] = true;
        }
        for (index, file) in files.into_iter().enumerate() {
            if let (true, Ok((format, _))) = (is_used[index], file.content) {
                new_index[index] = kept.len();
                kept.push((file.dicom, format));
            }
        }
        for frame in &mut frames {
            frame.file = new_index[frame.file];
        }
        let frame_of_reference = candidate.frame_of_reference;
        Ok(Self { name, grid, files: kept, frames, acquisition, frame_of_reference, findings })
    }

    /// Its name in errors and reports: the file's, or the series number; never a folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shape and affine of the whole image.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Total size of its files in bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.files.iter().map(|(file, _)| file.stored_bytes()).sum()
    }

    /// What is unusual in the headers.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The scan parameters of the first slice.
    pub fn acquisition(&self) -> &Acquisition {
        &self.acquisition
    }

    /// The files that hold the slices, in the order of the slices.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let mut given = vec![false; self.files.len()];
        let is_new = move |frame: &&Frame| !std::mem::replace(&mut given[frame.file], true);
        self.frames.iter().filter(is_new).map(|frame| self.files[frame.file].0.path())
    }

    /// `FrameOfReferenceUID`, the coordinate system of the grid; never shown.
    pub(crate) fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// The header that each slice comes from, and in a file of several frames the index of its frame.
    pub(super) fn headers(&self) -> impl Iterator<Item = (Dataset<'_>, Option<usize>)> {
        self.frames.iter().map(|frame| {
            let (file, format) = &self.files[frame.file];
            (file.dataset(), (format.frames > 1).then_some(frame.index))
        })
    }

    fn format(&self, frame: &Frame) -> &PixelFormat {
        &self.files[frame.file].1
    }

    /// The number type of all slices, if they share it.
    fn stored_type(&self) -> Option<StoredType> {
        let mut types = self.frames.iter().map(|frame| self.format(frame).stored_type());
        let first = types.next()?;
        types.all(|other| other == first).then_some(first)
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

/// The name of a series in errors and reports.
fn series_name(number: Option<i64>) -> String {
    number.map_or_else(|| "series without a number".into(), |number| format!("series {number}"))
}

fn unread_finding(unread: &[Error]) -> Option<Finding> {
    let message = format!("{}: slices may be missing at its ends", unread_text(unread)?);
    Some(Finding::warning("unread_files", message))
}

/// Adds to a stack's error that files could not be read, which may be its cause.
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
    Some(format!("{count} could not be read ({which}{first})"))
}

fn loops_finding(loops: usize) -> Option<Finding> {
    let links = if loops == 1 { "1 link leads".into() } else { format!("{loops} links lead") };
    let message = format!("{links} back to a folder above; what is there was searched once");
    (loops > 0).then(|| Finding::info("link_loop", message))
}

fn findings_of(stack: &Stack, files: &[ImageFile]) -> Vec<Finding> {
    let frames = &stack.frames;
    let mut findings = Vec::new();
    let lossy = frames.iter().filter(|frame| files[frame.file].is_lossy()).count();
    if lossy > 0 {
        let message = format!(
            "{lossy} of {} slices were compressed with loss: signal may differ from the scanner's",
            frames.len()
        );
        findings.push(Finding::warning("lossy_compression", message));
    }
    let contradicted = frames.iter().filter_map(|frame| files[frame.file].dicom.contradicted_syntax());
    if let Some((stated, found)) = contradicted.clone().next() {
        let message = format!(
            "the headers of {} of {} slices state the transfer syntax {stated}, but their data is {found}: it was read as it is",
            contradicted.count(),
            frames.len()
        );
        findings.push(Finding::info("transfer_syntax", message));
    }
    if stack.repeated > 0 {
        let message = format!(
            "{} copies of slices, at the same position with the same pixels, were left out",
            stack.repeated
        );
        findings.push(Finding::info("repeated_slices", message));
    }
    let format = |frame: &Frame| files[frame.file].content.as_ref().ok().map(|(format, _)| format);
    if frames.iter().filter_map(format).any(|format| format.monochrome1) {
        let message = "low values are the bright ones (MONOCHROME1): the signal was turned over, so that bright is high";
        findings.push(Finding::info("monochrome1", message));
    }
    if stack.turn > 0.0 {
        let corner = stack.turn * stack.diagonal_mm();
        let message = format!(
            "the directions of slices differ by up to {:.3} degrees, {corner:.2} mm at a corner: they were taken as parallel",
            stack.turn.to_degrees()
        );
        findings.push(Finding::warning("turned_slices", message));
    }
    findings.extend(stack.contradicted_spacing());
    findings
}
