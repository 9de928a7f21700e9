//! The bytes of a file, inflated where needed, read forward only.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use super::{error::NiftiError, gzip::Members};

/// Bytes read at a time, ...
const CHUNK: usize = 256 * 1024;
/// ... and of a gzip file: near the end of each piece the decoder takes its slow path.
const DEFLATED: usize = 256 * 1024;
/// Bytes inflated at a time: these stay in the processor's cache, whatever the size of the image.
const INFLATED: usize = 128 * 1024;
/// Bytes that go to their place at once, at most.
pub(super) const STEP: usize = 256 * 1024;
/// Bytes read, and inflated, at a time of a file's header.
const START: usize = 4 * 1024;
/// A gap of so many bytes is sooner read than jumped over.
pub(super) const GAP: usize = 4 * 1024;

/// The most that deflate can shrink: a stream cannot inflate to more than this times its size.
const DEFLATE_RATIO: u64 = 1032;

/// The most bytes inflated after the last voxel, only to reach the checksum.
const TRAILING_MOST: u64 = 64 * 1024 * 1024;

/// A file read forward; gzip is recognized by its first bytes, never by the name.
pub(super) struct Stream {
    source: Source,
    /// Bytes in their order; those of `left` are not used yet.
    held: Vec<u8>,
    left: Range<usize>,
}

enum Source {
    /// The file, and how many bytes from its place on are wanted.
    Plain(File, u64),
    Gzip(Box<Members<BufReader<File>>>),
}

impl Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Plain(file, wanted) => {
                    let most = usize::try_from(*wanted)
                        .map_or(buffer.len(), |wanted| wanted.max(8).min(buffer.len()));
                    file.read(&mut buffer[..most])
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
        let [plain, deflated] = [plain, deflated].map(|bytes| bytes.min(found.len().max(8) as usize));
        let mut file = File::open(path).map_err(NiftiError::Open)?;
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic).map_err(NiftiError::Open)?;
        file.rewind().map_err(NiftiError::Open)?;
        let (source, bytes) = if magic == [0x1f, 0x8b] {
            let members = Members::new(BufReader::with_capacity(deflated, file));
            (Source::Gzip(Box::new(members)), inflated)
        } else {
            (Source::Plain(file, u64::MAX), plain)
        };
        Ok(Self { source, held: vec![0; bytes], left: 0..0 })
    }

    pub(super) fn is_gzip(&self) -> bool {
        matches!(self.source, Source::Gzip(_))
    }

    /// Reads on without the checksum of a gzip file, which a file that is not read to its end would not come to.
    pub(super) fn leave_checksum(&mut self) {
        if let Source::Gzip(members) = &mut self.source {
            members.leave_checksum();
        }
    }

    /// The bytes that a file of this stored size can hold at most.
    pub(super) fn capacity(&self, stored: u64) -> u64 {
        if self.is_gzip() { stored.saturating_mul(DEFLATE_RATIO) } else { stored }
    }

    /// Reads no further than so many bytes from here, where that saves reading.
    pub(super) fn expect(&mut self, bytes: u64) {
        if let Source::Plain(_, wanted) = &mut self.source {
            *wanted = bytes.saturating_sub(self.left.len() as u64);
        }
    }

    /// Hands out so many bytes, of voxels of a size, some whole ones at a time.
    pub(super) fn hand_out(
        &mut self,
        bytes: usize,
        size: usize,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), NiftiError> {
        let mut left = bytes;
        while left > 0 {
            while self.left.len() < size {
                if !self.fill().map_err(NiftiError::from_read)? {
                    return Err(NiftiError::Truncated);
                }
            }
            let whole = (self.left.len() - self.left.len() % size).min(left);
            sink(&self.held[self.left.clone()][..whole]);
            self.left.start += whole;
            left -= whole;
        }
        Ok(())
    }

    /// Takes in more bytes behind those that are left; false at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        self.held.copy_within(self.left.clone(), 0);
        self.left = 0..self.left.len();
        let read = self.source.read(&mut self.held[self.left.end..])?;
        self.left.end += read;
        Ok(read > 0)
    }

    /// Reads up to the buffer's length; fewer bytes at the end of the file.
    pub(super) fn read_up_to(&mut self, buffer: &mut [u8]) -> Result<usize, NiftiError> {
        // many bytes go to their place at once
        let direct = buffer.len() >= self.held.len();
        let mut filled = 0;
        while filled < buffer.len() {
            let rest = &mut buffer[filled..];
            let read = if direct && self.left.is_empty() {
                self.source.read(rest).map_err(NiftiError::from_read)?
            } else if !self.left.is_empty() || self.fill().map_err(NiftiError::from_read)? {
                let bytes = self.left.len().min(rest.len());
                rest[..bytes].copy_from_slice(&self.held[self.left.start..][..bytes]);
                self.left.start += bytes;
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

    /// Fills a buffer.
    pub(super) fn read_all(&mut self, buffer: &mut [u8]) -> Result<(), NiftiError> {
        if self.read_up_to(buffer)? < buffer.len() { Err(NiftiError::Truncated) } else { Ok(()) }
    }

    /// Moves on by so many bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), NiftiError> {
        let beyond = bytes.saturating_sub(self.left.len() as u64);
        if let Source::Plain(file, wanted) = &mut self.source
            && beyond > GAP as u64
        {
            let offset = i64::try_from(beyond).map_err(|_| NiftiError::Truncated)?;
            file.seek_relative(offset).map_err(NiftiError::from_read)?;
            *wanted = wanted.saturating_sub(beyond);
            self.left = 0..0;
            return Ok(());
        }
        let passed = self.passed(bytes).map_err(NiftiError::from_read)?;
        if passed == bytes { Ok(()) } else { Err(NiftiError::Truncated) }
    }

    /// Passes over bytes; fewer at the end.
    fn passed(&mut self, bytes: u64) -> io::Result<u64> {
        let mut ahead = bytes;
        loop {
            let step = usize::try_from(ahead).map_or(self.left.len(), |ahead| ahead.min(self.left.len()));
            self.left.start += step;
            ahead -= step as u64;
            if ahead == 0 || !self.fill()? {
                return Ok(bytes - ahead);
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
        if self.is_gzip() && self.passed(TRAILING_MOST + 1).map_err(NiftiError::from_read)? > TRAILING_MOST {
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
