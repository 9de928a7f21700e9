//! The bytes of a file, inflated where needed, read forward only.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use flate2::bufread::GzDecoder;

use super::error::NiftiError;

/// Bytes read at a time, ...
const CHUNK: usize = 64 * 1024;
/// ... and of a gzip file: near the end of each piece the decoder takes its slow path.
const DEFLATED: usize = 256 * 1024;
/// Bytes inflated at a time: these stay in the processor's cache, whatever the size of the image.
const INFLATED: usize = 128 * 1024;
/// Bytes read, and inflated, at a time of a file's header.
const START: usize = 4 * 1024;

/// The most that deflate can shrink: a stream cannot inflate to more than this times its size.
const DEFLATE_RATIO: u64 = 1032;

/// The most bytes inflated after the last voxel, only to reach the checksum.
const TRAILING_MOST: u64 = 64 * 1024 * 1024;

/// A file read forward; gzip is recognised by its first bytes, never by the name.
pub(super) enum Stream {
    Plain(BufReader<File>),
    /// Inflated a chunk at a time, whatever is asked for: short pieces take the decoder's slow path.
    Gzip(Box<BufReader<Members<BufReader<File>>>>),
}

impl Stream {
    /// Opens a file of which voxels are read.
    pub(super) fn open(path: &Path) -> Result<Self, NiftiError> {
        Self::open_by(path, [CHUNK, DEFLATED, INFLATED])
    }

    /// Opens a file of which little more than the header is read.
    pub(super) fn open_start(path: &Path) -> Result<Self, NiftiError> {
        Self::open_by(path, [START; 3])
    }

    fn open_by(path: &Path, [plain, deflated, inflated]: [usize; 3]) -> Result<Self, NiftiError> {
        // asked before opening, which would wait for a writer if this is a pipe
        let found = fs::metadata(path).map_err(NiftiError::Open)?;
        if !found.is_file() {
            return Err(NiftiError::NotAFile);
        }
        // a small file needs no large buffers
        let [plain, deflated] = [plain, deflated].map(|bytes| bytes.min(found.len().max(1) as usize));
        let mut file = File::open(path).map_err(NiftiError::Open)?;
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic).map_err(NiftiError::Open)?;
        file.rewind().map_err(NiftiError::Open)?;
        Ok(if magic == [0x1f, 0x8b] {
            let members = Members::new(BufReader::with_capacity(deflated, file));
            Self::Gzip(Box::new(BufReader::with_capacity(inflated, members)))
        } else {
            Self::Plain(BufReader::with_capacity(plain, file))
        })
    }

    pub(super) fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }

    /// The bytes that a file of this stored size can hold at most.
    pub(super) fn capacity(&self, stored: u64) -> u64 {
        if self.is_gzip() { stored.saturating_mul(DEFLATE_RATIO) } else { stored }
    }

    /// Fills the buffer with so many bytes or fails. It grows as bytes arrive, so that a row a file
    /// claims but does not hold takes no memory.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, bytes: usize) -> Result<(), NiftiError> {
        buffer.truncate(bytes);
        let mut filled = 0;
        while filled < bytes {
            let next = bytes.min(filled + CHUNK);
            if buffer.len() < next {
                buffer.resize(next, 0);
            }
            self.read_exact(&mut buffer[filled..next])?;
            filled = next;
        }
        Ok(())
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), NiftiError> {
        match self {
            Self::Plain(reader) => reader.read_exact(buffer),
            Self::Gzip(reader) => reader.read_exact(buffer),
        }
        .map_err(NiftiError::from_read)
    }

    /// Reads up to the buffer's length; fewer bytes at the end of the file.
    pub(super) fn read_up_to(&mut self, buffer: &mut [u8]) -> Result<usize, NiftiError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = match self {
                Self::Plain(reader) => reader.read(&mut buffer[filled..]),
                Self::Gzip(reader) => reader.read(&mut buffer[filled..]),
            };
            match read {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NiftiError::from_read(error)),
            }
        }
        Ok(filled)
    }

    /// Moves on by so many bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), NiftiError> {
        match self {
            Self::Plain(reader) => {
                let offset = i64::try_from(bytes).map_err(|_| NiftiError::Truncated)?;
                reader.seek_relative(offset).map_err(NiftiError::from_read)
            }
            Self::Gzip(reader) => {
                let skipped = passed(reader, bytes).map_err(NiftiError::from_read)?;
                if skipped == bytes { Ok(()) } else { Err(NiftiError::Truncated) }
            }
        }
    }

    /// Moves on by so many bytes; false when the file has fewer.
    pub(super) fn skips(&mut self, bytes: u64) -> Result<bool, NiftiError> {
        let Some(before_last) = bytes.checked_sub(1) else { return Ok(true) };
        match self.skip(before_last) {
            Ok(()) => Ok(self.read_up_to(&mut [0])? == 1),
            Err(NiftiError::Truncated) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads a gzip stream on to its end, which checks its checksum: damage can make the content
    /// longer, so bytes after the voxels prove nothing. So much may follow and no more.
    pub(super) fn finish(mut self) -> Result<(), NiftiError> {
        if let Self::Gzip(reader) = &mut self
            && passed(reader, TRAILING_MOST + 1).map_err(NiftiError::from_read)? > TRAILING_MOST
        {
            return Err(NiftiError::Trailing { most: TRAILING_MOST });
        }
        Ok(())
    }
}

/// Whether a gzip file says of itself that it holds so many bytes; none that was cut short does, but by chance.
pub(super) fn claims_length(path: &Path, bytes: u64) -> Result<bool, NiftiError> {
    let mut length = [0; 4];
    let mut read = || -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut length)
    };
    read().map_err(NiftiError::Read)?;
    // modulo 2^32, by RFC 1952; of several members or with padding it is another number
    Ok(u32::from_le_bytes(length) == bytes as u32)
}

/// Passes over bytes without copying them; fewer at the end.
fn passed(reader: &mut impl BufRead, bytes: u64) -> io::Result<u64> {
    let mut left = bytes;
    while left > 0 {
        let held = match reader.fill_buf() {
            Ok(held) => held.len(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if held == 0 {
            break;
        }
        let step = usize::try_from(left).map_or(held, |left| left.min(held));
        reader.consume(step);
        left -= step as u64;
    }
    Ok(bytes - left)
}

/// The members of a gzip file one after the other, each with its checksum checked at its end; padding
/// after the last one is passed over.
pub(super) struct Members<R: BufRead>(Option<Member<R>>);

/// One member; what was read of its magic already comes first.
type Member<R> = GzDecoder<io::Chain<&'static [u8], R>>;

impl<R: BufRead> Members<R> {
    fn new(reader: R) -> Self {
        Self(Some(GzDecoder::new([].as_slice().chain(reader))))
    }

    /// The decoder of the member that starts here, if one does.
    fn next(mut rest: R) -> io::Result<Option<Member<R>>> {
        let taken: &'static [u8] = match rest.fill_buf()? {
            [0x1f, 0x8b, ..] => &[],
            // the magic lies across two fillings of the buffer
            [0x1f] => {
                rest.consume(1);
                if rest.fill_buf()?.first() != Some(&0x8b) {
                    return Ok(None);
                }
                &[0x1f]
            }
            _ => return Ok(None),
        };
        Ok(Some(GzDecoder::new(taken.chain(rest))))
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.0 {
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some((_, rest)) = self.0.take().map(|decoder| decoder.into_inner().into_inner()) else {
                break;
            };
            self.0 = Self::next(rest)?;
        }
        Ok(0)
    }
}
