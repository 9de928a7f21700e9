//! The bytes of a data set, read forward and inflated where needed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
};

use flate2::read::DeflateDecoder;

use super::error::DicomError;

/// Bytes read at a time; most headers of slices fit.
pub(super) const CHUNK: usize = 8 * 1024;

/// Where a data set is read from. Positions count from the start of the file, or of the inflated data set.
pub(super) enum Source {
    Plain(BufReader<File>),
    Deflated(Box<BufReader<DeflateDecoder<BufReader<File>>>>),
    #[cfg(test)]
    Memory(io::Cursor<Vec<u8>>),
}

impl Source {
    /// Skips bytes, which the caller has checked to be there.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), DicomError> {
        match self {
            Self::Plain(reader) => {
                let offset = i64::try_from(bytes).map_err(|_| DicomError::Unreadable)?;
                reader.seek_relative(offset).map_err(DicomError::Read)
            }
            #[cfg(test)]
            Self::Memory(cursor) => {
                cursor.set_position(cursor.position() + bytes);
                Ok(())
            }
            Self::Deflated(_) => {
                let skipped = io::copy(&mut self.take(bytes), &mut io::sink())
                    .map_err(|error| DicomError::from_read(error, 0))?;
                if skipped == bytes { Ok(()) } else { Err(DicomError::Deflate) }
            }
        }
    }

    /// Whether the end is reached.
    pub(super) fn at_end(&mut self) -> Result<bool, DicomError> {
        self.fill_buf().map(<[u8]>::is_empty).map_err(|error| DicomError::from_read(error, 0))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Deflated(reader) => reader.read(buffer),
            #[cfg(test)]
            Self::Memory(cursor) => cursor.read(buffer),
        }
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(reader) => reader.fill_buf(),
            Self::Deflated(reader) => reader.fill_buf(),
            #[cfg(test)]
            Self::Memory(cursor) => cursor.fill_buf(),
        }
    }

    fn consume(&mut self, bytes: usize) {
        match self {
            Self::Plain(reader) => reader.consume(bytes),
            Self::Deflated(reader) => reader.consume(bytes),
            #[cfg(test)]
            Self::Memory(cursor) => cursor.consume(bytes),
        }
    }
}
