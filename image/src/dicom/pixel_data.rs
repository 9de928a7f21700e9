//! The pixel data of a file: located on opening, read on demand.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use dicom_core::VR;
use flate2::read::DeflateDecoder;

use super::{error::DicomError, guard::PixelElement, source::CHUNK, start::open};
use crate::{
    error::Result,
    memory::{reserve_exact, reserve_tightly},
};

/// Size of the pieces that inflated pixels are kept in.
const PIECE: usize = 1 << 20;

/// The pixel data of a file, located but not read.
pub(crate) struct PixelData(Arc<Location>);

struct Location {
    layout: PixelLayout,
    path: PathBuf,
    /// Where native pixels start; in a deflated file, the position in the inflated data set.
    at: u64,
    /// Where each fragment starts.
    starts: Vec<u64>,
    /// Where the data set starts in a deflated file.
    deflated_from: Option<u64>,
    /// Whether the VR is OW.
    in_words: bool,
}

/// How pixel data is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PixelLayout {
    /// Uncompressed.
    Native {
        /// Number of bytes of all frames.
        bytes: u64,
    },
    /// Compressed, in fragments.
    Encapsulated {
        /// Where each frame starts, counted from the item header of the first fragment; may be empty.
        offset_table: Vec<u64>,
        /// The number of bytes of each fragment.
        fragments: Vec<u64>,
    },
}

impl PixelData {
    /// Uncompressed pixel data of `bytes` bytes.
    pub(super) fn native(
        path: &Path,
        element: &PixelElement,
        bytes: u64,
        deflated_from: Option<u64>,
    ) -> Self {
        Self(Arc::new(Location {
            layout: PixelLayout::Native { bytes },
            path: path.to_owned(),
            at: element.at,
            starts: Vec::new(),
            deflated_from,
            in_words: element.vr == VR::OW,
        }))
    }

    /// Compressed pixel data, whose fragments are walked without reading them.
    pub(super) fn encapsulated(
        path: &Path,
        element: &PixelElement,
        reader: &mut BufReader<File>,
        end: u64,
        extended: Vec<u64>,
    ) -> Result<Self, DicomError> {
        let mut fragments = Fragments { reader, position: element.at, end };
        let mut offset_table = fragments.offset_table()?;
        if offset_table.is_empty() {
            offset_table = extended;
        }
        let (mut starts, mut lengths) = (Vec::new(), Vec::new());
        while let Some((start, length)) = fragments.next()? {
            reserve_tightly(&mut starts, 1)?;
            starts.push(start);
            reserve_tightly(&mut lengths, 1)?;
            lengths.push(length);
        }
        Ok(Self(Arc::new(Location {
            layout: PixelLayout::Encapsulated { offset_table, fragments: lengths },
            path: path.to_owned(),
            at: element.at,
            starts,
            deflated_from: None,
            in_words: false,
        })))
    }

    /// How the pixel data is laid out.
    pub(crate) fn layout(&self) -> &PixelLayout {
        &self.0.layout
    }

    /// Whether native pixels are stored as 16-bit words (VR OW), which a big-endian file swaps.
    pub(crate) fn in_words(&self) -> bool {
        self.0.in_words
    }

    /// Opens the file. The pixels of a deflated one are inflated here, and kept as long as the reader.
    ///
    /// # Errors
    /// `Io` when the file cannot be opened, `Malformed` when its compressed pixels are damaged or cut short.
    pub(crate) fn reader(&self) -> Result<PixelReader> {
        let (mut reader, _) = open(&self.0.path)?;
        let bytes = match (self.0.deflated_from, &self.0.layout) {
            (Some(from), &PixelLayout::Native { bytes }) => {
                reader.seek(SeekFrom::Start(from)).map_err(DicomError::Read)?;
                Bytes::Inflated(inflate(reader, self.0.at, bytes)?)
            }
            _ => Bytes::File(reader.into_inner()),
        };
        Ok(PixelReader { location: Arc::clone(&self.0), bytes })
    }
}

/// Reads the pixel data of one file.
pub(crate) struct PixelReader {
    location: Arc<Location>,
    bytes: Bytes,
}

enum Bytes {
    File(File),
    Inflated(Vec<Vec<u8>>),
}

impl PixelReader {
    /// Fills `out` with native pixel bytes from `offset` on.
    ///
    /// # Errors
    /// `Parameter` when they lie outside the pixel data, `Io` or `Malformed` when they cannot be read.
    pub(crate) fn native(&mut self, offset: u64, out: &mut [u8]) -> Result<()> {
        let PixelLayout::Native { bytes } = self.location.layout else {
            return Err(DicomError::OutOfRange.into());
        };
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > bytes) {
            return Err(DicomError::OutOfRange.into());
        }
        match &mut self.bytes {
            Bytes::File(file) => read_at(file, self.location.at + offset, out)?,
            Bytes::Inflated(pieces) => copy(pieces, offset as usize, out),
        }
        Ok(())
    }

    /// Appends a whole fragment.
    ///
    /// # Errors
    /// `Parameter` when there is no such fragment, `Limit` when it does not fit into memory, `Io` or `Malformed` when it
    /// cannot be read.
    pub(crate) fn fragment(&mut self, index: usize, out: &mut Vec<u8>) -> Result<()> {
        let PixelLayout::Encapsulated { fragments, .. } = &self.location.layout else {
            return Err(DicomError::OutOfRange.into());
        };
        let fragment = self.location.starts.get(index).zip(fragments.get(index));
        let (Some((&start, &bytes)), Bytes::File(file)) = (fragment, &mut self.bytes) else {
            return Err(DicomError::OutOfRange.into());
        };
        let filled = out.len();
        reserve_exact(out, bytes as usize).map_err(DicomError::from)?;
        out.resize(filled + bytes as usize, 0);
        Ok(read_at(file, start, &mut out[filled..])?)
    }
}

fn read_at(file: &mut File, at: u64, out: &mut [u8]) -> Result<(), DicomError> {
    file.seek(SeekFrom::Start(at)).map_err(DicomError::Read)?;
    file.read_exact(out).map_err(|error| DicomError::from_read(error, at))
}

fn copy(pieces: &[Vec<u8>], mut offset: usize, mut out: &mut [u8]) {
    while !out.is_empty() {
        let Some(rest) = pieces.get(offset / PIECE).and_then(|piece| piece.get(offset % PIECE..)) else {
            return;
        };
        let (now, later) = out.split_at_mut(rest.len().min(out.len()));
        if now.is_empty() {
            return;
        }
        now.copy_from_slice(&rest[..now.len()]);
        offset += now.len();
        out = later;
    }
}

/// Inflates `bytes` bytes after the first `skip`, in pieces: bytes that are claimed but not there take no memory.
fn inflate(reader: BufReader<File>, skip: u64, bytes: u64) -> Result<Vec<Vec<u8>>, DicomError> {
    let mut stream = BufReader::with_capacity(CHUNK, DeflateDecoder::new(reader));
    let cut_short = |available| DicomError::PixelsCutShort { claimed: bytes, available };
    let skipped = std::io::copy(&mut stream.by_ref().take(skip), &mut std::io::sink())
        .map_err(|error| DicomError::from_read(error, 0))?;
    if skipped < skip {
        return Err(cut_short(0));
    }
    let mut pieces = Vec::new();
    let mut available = 0;
    while available < bytes {
        let wanted = (bytes - available).min(PIECE as u64) as usize;
        let mut piece = Vec::new();
        reserve_exact(&mut piece, wanted)?;
        let read = stream
            .by_ref()
            .take(wanted as u64)
            .read_to_end(&mut piece)
            .map_err(|error| DicomError::from_read(error, 0))?;
        available += read as u64;
        if read < wanted {
            return Err(cut_short(available));
        }
        pieces.push(piece);
    }
    Ok(pieces)
}

/// The items of encapsulated pixel data.
struct Fragments<'r> {
    reader: &'r mut BufReader<File>,
    position: u64,
    end: u64,
}

impl Fragments<'_> {
    /// The first item: 32-bit offsets, or empty.
    fn offset_table(&mut self) -> Result<Vec<u64>, DicomError> {
        let at = self.position;
        let Some(length) = self.header()? else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        reserve_exact(&mut bytes, length as usize)?;
        bytes.resize(length as usize, 0);
        self.reader.read_exact(&mut bytes).map_err(|error| DicomError::from_read(error, at))?;
        self.position += length;
        let (offsets, []) = bytes.as_chunks::<4>() else { return Err(DicomError::BadFragment { at }) };
        Ok(offsets.iter().map(|&offset| u64::from(u32::from_le_bytes(offset))).collect())
    }

    /// The start and length of the next fragment.
    fn next(&mut self) -> Result<Option<(u64, u64)>, DicomError> {
        let Some(length) = self.header()? else { return Ok(None) };
        let start = self.position;
        self.reader.seek_relative(length as i64).map_err(DicomError::Read)?;
        self.position += length;
        Ok(Some((start, length)))
    }

    /// The length of the next item, checked against the file; `None` at the delimiter.
    fn header(&mut self) -> Result<Option<u64>, DicomError> {
        let at = self.position;
        let mut header = [0; 8];
        self.reader.read_exact(&mut header).map_err(|error| DicomError::from_read(error, at))?;
        self.position += 8;
        let length = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
        match header[..4] {
            [0xfe, 0xff, 0xdd, 0xe0] => Ok(None),
            [0xfe, 0xff, 0x00, 0xe0] => {
                let left = self.end.saturating_sub(self.position);
                if length > left {
                    return Err(DicomError::PixelsCutShort { claimed: length, available: left });
                }
                Ok(Some(length))
            }
            _ => Err(DicomError::BadFragment { at }),
        }
    }
}
