//! The bytes of a file, read forward and inflated where needed.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use super::{error::NiftiError, gzip::Members};
use crate::file::open_regular;

/// Bytes read at a time, ...
const CHUNK: usize = 256 * 1024;
/// ... and of a gzip file; the decoder is slow near the end of each chunk.
const GZIP_CHUNK: usize = 256 * 1024;
/// Bytes inflated at a time; these stay in the processor's cache.
const INFLATED_CHUNK: usize = 128 * 1024;
/// Maximum number of bytes read directly to their destination at a time.
pub(super) const STEP: usize = 256 * 1024;
/// Bytes read, and inflated, at a time of a file's header.
const HEADER_CHUNK: usize = 4 * 1024;
/// Maximum gap that is read instead of skipped, as this is faster.
pub(super) const MAX_GAP: usize = 4 * 1024;

/// Maximum compression of deflate: a stream cannot inflate to more than this times its size.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// Maximum number of bytes inflated after the last voxel to reach the checksum.
const MAX_TRAILING: u64 = 64 * 1024 * 1024;

/// A file that is read forward; gzip is recognized by its first bytes, never by the name.
pub(super) struct Stream {
    source: Source,
    buffer: Vec<u8>,
    /// The part of the buffer that is not used yet.
    unused: Range<usize>,
}

enum Source {
    /// The file, and how many bytes from its position on are wanted.
    Plain(File, u64),
    Gzip(Box<Members<BufReader<File>>>),
}

impl Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Plain(file, wanted) => {
                    let bytes = usize::try_from(*wanted)
                        .map_or(buffer.len(), |wanted| wanted.max(8).min(buffer.len()));
                    file.read(&mut buffer[..bytes])
                }
                Self::Gzip(members) => members.read(buffer),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    if let Self::Plain(_, wanted) = self {
                        *wanted = wanted.saturating_sub(read as u64);
                    }
                    return Ok(read);
                }
            }
        }
    }
}

impl Stream {
    /// Opens a file to read voxels.
    pub(super) fn open(path: &Path) -> Result<Self, NiftiError> {
        Self::with_chunks(path, [CHUNK, GZIP_CHUNK, INFLATED_CHUNK])
    }

    /// Opens a file to read little more than the header.
    pub(super) fn open_start(path: &Path) -> Result<Self, NiftiError> {
        Self::with_chunks(path, [HEADER_CHUNK; 3])
    }

    fn with_chunks(path: &Path, [plain, gzip, inflated]: [usize; 3]) -> Result<Self, NiftiError> {
        let (mut file, length) = open_regular(path).map_err(NiftiError::Open)?.ok_or(NiftiError::NotAFile)?;
        // a small file needs no large buffers
        let [plain, gzip] = [plain, gzip].map(|bytes| bytes.min(length.max(8) as usize));
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic).map_err(NiftiError::Open)?;
        file.rewind().map_err(NiftiError::Open)?;
        let (source, bytes) = if magic == [0x1f, 0x8b] {
            let members = Members::new(BufReader::with_capacity(gzip, file));
            (Source::Gzip(Box::new(members)), inflated)
        } else {
            (Source::Plain(file, u64::MAX), plain)
        };
        Ok(Self { source, buffer: vec![0; bytes], unused: 0..0 })
    }

    pub(super) fn is_gzip(&self) -> bool {
        matches!(self.source, Source::Gzip(_))
    }

    /// Stops computing the checksum of a gzip file, for one that is not read to its end.
    pub(super) fn skip_checksum(&mut self) {
        if let Source::Gzip(members) = &mut self.source {
            members.skip_checksum();
        }
    }

    /// Maximum number of bytes that a file of this stored size can hold.
    pub(super) fn capacity(&self, stored: u64) -> u64 {
        if self.is_gzip() { stored.saturating_mul(MAX_DEFLATE_RATIO) } else { stored }
    }

    /// Announces how many bytes from here on will be read, so that a plain file is not read further.
    pub(super) fn expect(&mut self, bytes: u64) {
        if let Source::Plain(_, wanted) = &mut self.source {
            *wanted = bytes.saturating_sub(self.unused.len() as u64);
        }
    }

    /// Reads bytes without copying them: `sink` gets a whole number of voxels of `size` bytes at a time.
    pub(super) fn read_in_place(
        &mut self,
        bytes: usize,
        size: usize,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), NiftiError> {
        let mut left = bytes;
        while left > 0 {
            while self.unused.len() < size {
                if !self.fill().map_err(NiftiError::from_read)? {
                    return Err(NiftiError::Truncated);
                }
            }
            let whole = (self.unused.len() - self.unused.len() % size).min(left);
            sink(&self.buffer[self.unused.clone()][..whole]);
            self.unused.start += whole;
            left -= whole;
        }
        Ok(())
    }

    /// Adds bytes to the unused part of the buffer; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.unused.clone(), 0);
        self.unused = 0..self.unused.len();
        let read = self.source.read(&mut self.buffer[self.unused.end..])?;
        self.unused.end += read;
        Ok(read > 0)
    }

    /// Fills `out` as far as the file goes; returns the number of bytes.
    pub(super) fn read_up_to(&mut self, out: &mut [u8]) -> Result<usize, NiftiError> {
        // many bytes bypass the buffer
        let direct = out.len() >= self.buffer.len();
        let mut filled = 0;
        while filled < out.len() {
            let rest = &mut out[filled..];
            let read = if direct && self.unused.is_empty() {
                self.source.read(rest).map_err(NiftiError::from_read)?
            } else if !self.unused.is_empty() || self.fill().map_err(NiftiError::from_read)? {
                let bytes = self.unused.len().min(rest.len());
                rest[..bytes].copy_from_slice(&self.buffer[self.unused.start..][..bytes]);
                self.unused.start += bytes;
                bytes
            } else {
                0
            };
            if read == 0 {
                break;
            }
            filled += read;
        }
        Ok(filled)
    }

    /// Fills `out`.
    pub(super) fn read_all(&mut self, out: &mut [u8]) -> Result<(), NiftiError> {
        if self.read_up_to(out)? < out.len() { Err(NiftiError::Truncated) } else { Ok(()) }
    }

    /// Skips bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), NiftiError> {
        let beyond = bytes.saturating_sub(self.unused.len() as u64);
        if let Source::Plain(file, wanted) = &mut self.source
            && beyond > MAX_GAP as u64
        {
            let offset = i64::try_from(beyond).map_err(|_| NiftiError::Truncated)?;
            file.seek_relative(offset).map_err(NiftiError::from_read)?;
            *wanted = wanted.saturating_sub(beyond);
            self.unused = 0..0;
            return Ok(());
        }
        let read = self.read_over(bytes).map_err(NiftiError::from_read)?;
        if read == bytes { Ok(()) } else { Err(NiftiError::Truncated) }
    }

    /// Reads up to `bytes` bytes and drops them; returns how many there were.
    fn read_over(&mut self, bytes: u64) -> io::Result<u64> {
        let mut ahead = bytes;
        loop {
            let step = usize::try_from(ahead).map_or(self.unused.len(), |ahead| ahead.min(self.unused.len()));
            self.unused.start += step;
            ahead -= step as u64;
            if ahead == 0 || !self.fill()? {
                return Ok(bytes - ahead);
            }
        }
    }

    /// Skips bytes; false when the file has fewer.
    pub(super) fn try_skip(&mut self, bytes: u64) -> Result<bool, NiftiError> {
        let Some(before_last) = bytes.checked_sub(1) else { return Ok(true) };
        match self.skip(before_last) {
            Ok(()) => Ok(self.read_up_to(&mut [0])? == 1),
            Err(NiftiError::Truncated) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads a gzip stream to its end, which verifies its checksum. Bytes after the voxels are no error, as damage can
    /// make the content longer, but their number is limited.
    pub(super) fn finish(mut self) -> Result<(), NiftiError> {
        if self.is_gzip() && self.read_over(MAX_TRAILING + 1).map_err(NiftiError::from_read)? > MAX_TRAILING {
            return Err(NiftiError::Trailing { max: MAX_TRAILING });
        }
        Ok(())
    }
}

/// Whether the trailer of a gzip file states this length. That of a file that was cut short does so only by chance.
pub(super) fn claims_length(path: &Path, bytes: u64) -> Result<bool, NiftiError> {
    let mut length = [0; 4];
    let mut read = || -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut length)
    };
    read().map_err(NiftiError::Read)?;
    // modulo 2^32, by RFC 1952; with several members or padding it is another number
    Ok(u32::from_le_bytes(length) == bytes as u32)
}
