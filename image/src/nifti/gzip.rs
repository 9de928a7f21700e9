//! The members of a gzip file, one after the other, with their checksums where these are wanted.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;
use flate2::bufread::{DeflateDecoder, GzDecoder};

/// What a gzip file holds. Each member's length is checked at its end, and its checksum if it is wanted; padding
/// after the last one is passed over.
pub(super) struct Members<R: BufRead> {
    at: At<R>,
    checksum: Option<Hasher>,
    length: u64,
}

enum At<R: BufRead> {
    /// The header of a member, less what was read of its magic already.
    Header(&'static [u8], R),
    /// Its content.
    Body(DeflateDecoder<R>),
    End,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { at: At::Header(&[], reader), checksum: Some(Hasher::new()), length: 0 }
    }

    /// Checks the lengths alone from here on.
    pub(super) fn leave_checksum(&mut self) {
        self.checksum = None;
    }

    /// Compares a member with what stands behind it, and goes on to the next one if there is one.
    fn pass(&mut self, mut rest: R) -> io::Result<()> {
        let [mut checksum, mut length] = [[0; 4]; 2];
        rest.read_exact(&mut checksum)?;
        rest.read_exact(&mut length)?;
        let mut right = self.length as u32 == u32::from_le_bytes(length);
        if let Some(found) = &mut self.checksum {
            right &= std::mem::take(found).finalize() == u32::from_le_bytes(checksum);
        }
        if !right {
            let message = "corrupt gzip stream does not have a matching checksum";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.length = 0;
        self.at = following(rest)?;
        Ok(())
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let At::Body(member) = &mut self.at {
                let read = member.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    self.length += read as u64;
                    self.checksum.iter_mut().for_each(|checksum| checksum.update(&buffer[..read]));
                    return Ok(read);
                }
            }
            match std::mem::replace(&mut self.at, At::End) {
                At::Header(taken, rest) => self.at = At::Body(body(taken, rest)?),
                At::Body(member) => self.pass(member.into_inner())?,
                At::End => return Ok(0),
            }
        }
    }
}

/// What follows a header.
fn body<R: BufRead>(taken: &'static [u8], rest: R) -> io::Result<DeflateDecoder<R>> {
    let mut header = GzDecoder::new(taken.chain(rest));
    if header.header().is_none() {
        // it gives what was wrong
        header.read_exact(&mut [0])?;
    }
    Ok(DeflateDecoder::new(header.into_inner().into_inner().1))
}

/// The member that starts here, if one does.
fn following<R: BufRead>(mut rest: R) -> io::Result<At<R>> {
    let taken: &'static [u8] = match rest.fill_buf()? {
        [0x1f, 0x8b, ..] => &[],
        // the magic lies across two fillings of the buffer
        [0x1f] => {
            rest.consume(1);
            if rest.fill_buf()?.first() != Some(&0x8b) {
                return Ok(At::End);
            }
            &[0x1f]
        }
        _ => return Ok(At::End),
    };
    Ok(At::Header(taken, rest))
}
