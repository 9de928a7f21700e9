//! One DICOM file: its header is read and checked, its pixel data located, nothing is decoded.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use dicom_dictionary_std::tags;
use flate2::read::DeflateDecoder;

use super::{
    dataset::{Dataset, character_set},
    encoding::Encoding,
    error::DicomError,
    guard::{End, PixelElement, walk},
    header::Header,
    pixel_data::PixelData,
    source::{CHUNK, Source},
    start::{self, Start},
    transfer_syntax::TransferSyntax,
};
use crate::{error::Result, file::file_name, limits::Limits};

/// The elements before the pixel data of a deflated file may inflate to this many bytes, ...
const MAX_INFLATED: u64 = 1 << 20;
/// ... plus this many times the file: the functional groups of some thousand frames are compressed 80-fold.
const MAX_INFLATED_TIMES: u64 = 256;

/// A DICOM file whose header is checked and whose pixel data is located.
pub(crate) struct DicomFile {
    path: PathBuf,
    name: String,
    stored_bytes: u64,
    syntax: TransferSyntax,
    /// The names of the syntax that the header states and of what its data set is, where it is another.
    contradicted: Option<(&'static str, &'static str)>,
    header: Header,
    pixel_data: Option<PixelData>,
}

impl DicomFile {
    /// Whether a file looks like DICOM: it has `DICM` at byte 128 or, without a preamble, a data set that starts with
    /// group 0002 or 0008. Reads at most 132 bytes.
    pub(crate) fn is_dicom(path: &Path) -> io::Result<bool> {
        start::is_dicom(path)
    }

    /// Opens a file: reads the elements before its pixel data, and locates the pixel data.
    ///
    /// # Errors
    /// `Io` when it cannot be opened, `Malformed` when it is not DICOM, is damaged or cut short, `Unsupported` for a
    /// DICOMDIR and an unsupported transfer syntax, `Limit` when it claims more than allowed.
    pub(crate) fn open(path: &Path, limits: Limits) -> Result<Self> {
        Self::open_unnamed(path, limits).map_err(|error| error.at(file_name(path)))
    }

    fn open_unnamed(path: &Path, limits: Limits) -> Result<Self> {
        let (mut reader, stored_bytes) = start::open(path)?;
        let Start { at, stated, actual: syntax } = start::find(&mut reader, stored_bytes)?;
        let encoding = Encoding::of(syntax);
        let (mut source, from, end) = if syntax == TransferSyntax::Deflated {
            let max = MAX_INFLATED.saturating_add(stored_bytes.saturating_mul(MAX_INFLATED_TIMES));
            let inflated = io::BufReader::with_capacity(CHUNK, DeflateDecoder::new(reader));
            (Source::Deflated(Box::new(inflated)), 0, End::Within(max))
        } else {
            (Source::Plain(reader), at, End::At(stored_bytes))
        };
        let (mut header, pixels) = walk(&mut source, encoding, from, end)?;
        if header.len() == 0 {
            return Err(DicomError::CutShort { at: stored_bytes }.into());
        }
        header.character_set = character_set(&header);
        let mut file = Self {
            name: file_name(path),
            path: path.to_owned(),
            stored_bytes,
            syntax,
            contradicted: (stated != syntax).then_some((stated.name(), syntax.name())),
            header,
            pixel_data: None,
        };
        if file.dataset().has(tags::DIRECTORY_RECORD_SEQUENCE) {
            return Err(DicomError::Directory.into());
        }
        if let Some(pixels) = pixels {
            file.pixel_data = Some(file.locate(&pixels, source, at, limits)?);
        }
        Ok(file)
    }

    /// `at` is where the data set starts.
    fn locate(&self, pixels: &PixelElement, source: Source, at: u64, limits: Limits) -> Result<PixelData> {
        let syntax = self.syntax.name();
        match (pixels.length, source) {
            (Some(_), _) if self.syntax.is_encapsulated() => Err(DicomError::NotFragments { syntax }.into()),
            (None, _) if !self.syntax.is_encapsulated() => Err(DicomError::Fragments { syntax }.into()),
            (None, Source::Plain(mut reader)) => {
                let table = self.dataset().integers(tags::EXTENDED_OFFSET_TABLE)?;
                let table = table.into_iter().map(|offset| offset as u64).collect();
                Ok(PixelData::encapsulated(&self.path, pixels, &mut reader, self.stored_bytes, table)?)
            }
            (length, source) => {
                let claimed = u64::from(length.unwrap_or(0));
                let deflated = matches!(source, Source::Deflated(_));
                if deflated {
                    self.check_inflated(claimed, limits)?;
                } else {
                    let available = self.stored_bytes.saturating_sub(pixels.at);
                    if claimed > available {
                        return Err(DicomError::PixelsCutShort { claimed, available }.into());
                    }
                }
                Ok(PixelData::native(&self.path, pixels, claimed, deflated.then_some(at)))
            }
        }
    }

    /// A file of these elements, as if it had been opened.
    #[cfg(test)]
    pub(crate) fn of_object(object: &dicom_object::InMemDicomObject) -> Self {
        let mut bytes = Vec::new();
        let explicit = dicom_transfer_syntax_registry::entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
        object.write_dataset_with_ts(&mut bytes, &explicit).unwrap();
        let stored_bytes = bytes.len() as u64;
        let syntax = TransferSyntax::ExplicitLittleEndian;
        let mut source = Source::Memory(io::Cursor::new(bytes));
        let (mut header, _) = walk(&mut source, Encoding::of(syntax), 0, End::At(stored_bytes)).unwrap();
        header.character_set = character_set(&header);
        let (path, name) = (PathBuf::new(), String::from("object.dcm"));
        Self { path, name, stored_bytes, syntax, contradicted: None, header, pixel_data: None }
    }

    /// Checks that the pixels of a deflated file claim no more bytes than its image has.
    fn check_inflated(&self, claimed: u64, limits: Limits) -> Result<(), DicomError> {
        let value = |tag| match self.dataset().whole(tag) {
            // of a single frame often 0
            Some(0) if tag == tags::NUMBER_OF_FRAMES => 1,
            value => value.map_or(1, |value| value.max(0) as u64),
        };
        let pixels = [tags::ROWS, tags::COLUMNS, tags::NUMBER_OF_FRAMES, tags::SAMPLES_PER_PIXEL]
            .into_iter()
            .fold(1, |product: u64, tag| product.saturating_mul(value(tag)));
        let expected = pixels.saturating_mul(value(tags::BITS_ALLOCATED).min(64)).div_ceil(8);
        if claimed > expected.saturating_add(1) {
            return Err(DicomError::PixelBytes { claimed, expected });
        }
        if pixels > limits.max_voxels {
            return Err(DicomError::TooLarge { pixels, limit: limits.max_voxels });
        }
        Ok(())
    }

    /// The file's name, without its folder.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The path that it was opened by.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the file in bytes.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// The encoding of its elements and pixels.
    pub(crate) fn transfer_syntax(&self) -> TransferSyntax {
        self.syntax
    }

    /// The names of the transfer syntax that the header states and of what the data set is, where it is another.
    pub(crate) fn contradicted_syntax(&self) -> Option<(&'static str, &'static str)> {
        self.contradicted
    }

    /// All elements before the pixel data.
    pub(crate) fn dataset(&self) -> Dataset<'_> {
        Dataset::new(&self.header)
    }

    /// Its pixel data, if it has any.
    pub(crate) fn pixel_data(&self) -> Option<&PixelData> {
        self.pixel_data.as_ref()
    }
}

impl fmt::Debug for DicomFile {
    /// Shows no path and no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DicomFile")
            .field("syntax", &self.syntax)
            .field("elements", &self.header.len())
            .field("layout", &self.pixel_data.as_ref().map(PixelData::layout))
            .finish_non_exhaustive()
    }
}
