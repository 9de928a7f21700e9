//! The bytes of a file, read forward and inflated where needed.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use flate2::bufread::ZlibDecoder;

use super::{ascii::Numbers, datatype::Datatype, error::VoxelError, gzip::Members, voxels::Encoding};
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

/// A file that is read forward.
pub(crate) struct Stream {
    source: Source,
    buffer: Vec<u8>,
    /// The part of the buffer that is not used yet.
    unused: Range<usize>,
}

enum Source {
    /// The file, and how many bytes from its position on are wanted.
    Plain(File, u64),
    Gzip(Box<Members<BufReader<File>>>),
    Zlib(Box<ZlibDecoder<BufReader<io::Take<File>>>>),
    Ascii(Box<Numbers<BufReader<File>>>),
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
                Self::Zlib(stream) => stream.read(buffer),
                Self::Ascii(numbers) => numbers.read(buffer),
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
    /// Opens a file to read voxels, which are packed from `start` on.
    pub(super) fn open(
        path: &Path,
        start: u64,
        encoding: Encoding,
        datatype: Datatype,
    ) -> Result<Self, VoxelError> {
        let (file, length) = regular(path)?;
        Self::with_chunks(file, length, start, encoding, datatype, [CHUNK, GZIP_CHUNK, INFLATED_CHUNK])
    }

    /// Opens a file to read little more than the header; gzip is recognized by its first bytes, never by the name.
    pub(crate) fn open_start(path: &Path) -> Result<(Self, Encoding), VoxelError> {
        let (mut file, length) = regular(path)?;
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic).map_err(VoxelError::Open)?;
        let encoding = if magic == [0x1f, 0x8b] { Encoding::Gzip } else { Encoding::Raw };
        let stream = Self::with_chunks(file, length, 0, encoding, Datatype::U8, [HEADER_CHUNK; 3])?;
        Ok((stream, encoding))
    }

    fn with_chunks(
        mut file: File,
        length: u64,
        start: u64,
        encoding: Encoding,
        datatype: Datatype,
        [plain, packed, unpacked]: [usize; 3],
    ) -> Result<Self, VoxelError> {
        // a small file needs no large buffers
        let [plain, packed] = [plain, packed].map(|bytes| bytes.min(length.max(8) as usize));
        file.seek(SeekFrom::Start(start)).map_err(VoxelError::Open)?;
        let (source, bytes) = match encoding {
            Encoding::Raw => (Source::Plain(file, u64::MAX), plain),
            Encoding::Gzip => {
                let members = Members::new(BufReader::with_capacity(packed, file));
                (Source::Gzip(Box::new(members)), unpacked)
            }
            Encoding::Zlib(bytes) => {
                let stream = ZlibDecoder::new(BufReader::with_capacity(packed, file.take(bytes)));
                (Source::Zlib(Box::new(stream)), unpacked)
            }
            Encoding::Ascii => {
                let numbers = Numbers::new(BufReader::with_capacity(packed, file), datatype);
                (Source::Ascii(Box::new(numbers)), unpacked)
            }
        };
        Ok(Self { source, buffer: vec![0; bytes], unused: 0..0 })
    }

    /// The error behind a failed read.
    fn failed(&self, error: io::Error) -> VoxelError {
        let is_content = matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
        match self.source {
            _ if error.kind() == io::ErrorKind::UnexpectedEof => VoxelError::Truncated,
            Source::Ascii(_) if is_content => VoxelError::Text(error),
            Source::Zlib(_) if is_content => VoxelError::Packed { stream: "zlib", source: error },
            _ if is_content => VoxelError::Packed { stream: "gzip", source: error },
            _ => VoxelError::Read(error),
        }
    }

    /// Stops computing the checksum of a gzip file, for one that is not read to its end.
    pub(super) fn skip_checksum(&mut self) {
        if let Source::Gzip(members) = &mut self.source {
            members.skip_checksum();
        }
    }

    /// Maximum number of bytes that a file of this stored size can hold.
    pub(super) fn capacity(encoding: Encoding, stored: u64) -> u64 {
        match encoding {
            Encoding::Raw => stored,
            Encoding::Zlib(bytes) => bytes.min(stored).saturating_mul(MAX_DEFLATE_RATIO),
            Encoding::Gzip | Encoding::Ascii => stored.saturating_mul(MAX_DEFLATE_RATIO),
        }
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
    ) -> Result<(), VoxelError> {
        let mut left = bytes;
        while left > 0 {
            while self.unused.len() < size {
                if !self.fill().map_err(|error| self.failed(error))? {
                    return Err(VoxelError::Truncated);
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
    pub(crate) fn read_up_to(&mut self, out: &mut [u8]) -> Result<usize, VoxelError> {
        // many bytes bypass the buffer
        let direct = out.len() >= self.buffer.len();
        let mut filled = 0;
        while filled < out.len() {
            let rest = &mut out[filled..];
            let read = if direct && self.unused.is_empty() {
                self.source.read(rest).map_err(|error| self.failed(error))?
            } else if !self.unused.is_empty() || self.fill().map_err(|error| self.failed(error))? {
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
    pub(crate) fn read_all(&mut self, out: &mut [u8]) -> Result<(), VoxelError> {
        if self.read_up_to(out)? < out.len() { Err(VoxelError::Truncated) } else { Ok(()) }
    }

    /// Skips bytes.
    pub(crate) fn skip(&mut self, bytes: u64) -> Result<(), VoxelError> {
        let beyond = bytes.saturating_sub(self.unused.len() as u64);
        if let Source::Plain(file, wanted) = &mut self.source
            && beyond > MAX_GAP as u64
        {
            let offset = i64::try_from(beyond).map_err(|_| VoxelError::Truncated)?;
            file.seek_relative(offset).map_err(VoxelError::Read)?;
            *wanted = wanted.saturating_sub(beyond);
            self.unused = 0..0;
            return Ok(());
        }
        let read = self.read_over(bytes).map_err(|error| self.failed(error))?;
        if read == bytes { Ok(()) } else { Err(VoxelError::Truncated) }
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
    pub(crate) fn try_skip(&mut self, bytes: u64) -> Result<bool, VoxelError> {
        let Some(before_last) = bytes.checked_sub(1) else { return Ok(true) };
        match self.skip(before_last) {
            Ok(()) => Ok(self.read_up_to(&mut [0])? == 1),
            Err(VoxelError::Truncated) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads a packed stream to its end, which verifies its checksum. Bytes after the voxels are no error, as damage can
    /// make the content longer, but their number is limited.
    pub(super) fn finish(mut self) -> Result<(), VoxelError> {
        let stream = match self.source {
            Source::Plain(..) | Source::Ascii(_) => return Ok(()),
            Source::Gzip(_) => "gzip",
            Source::Zlib(_) => "zlib",
        };
        let trailing = self.read_over(MAX_TRAILING + 1).map_err(|error| self.failed(error))?;
        if trailing > MAX_TRAILING { Err(VoxelError::Trailing { max: MAX_TRAILING, stream }) } else { Ok(()) }
    }
}

/// Opens a regular file, and gives its size.
fn regular(path: &Path) -> Result<(File, u64), VoxelError> {
    open_regular(path).map_err(VoxelError::Open)?.ok_or(VoxelError::NotAFile)
}

/// Whether the trailer of a gzip file states this length. That of a file that was cut short does so only by chance.
pub(super) fn claims_length(path: &Path, bytes: u64) -> Result<bool, VoxelError> {
    let mut length = [0; 4];
    let mut read = || -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut length)
    };
    read().map_err(VoxelError::Read)?;
    // modulo 2^32, by RFC 1952; with several members or padding it is another number
    Ok(u32::from_le_bytes(length) == bytes as u32)
}
