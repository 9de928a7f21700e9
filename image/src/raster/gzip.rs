//! The members of a gzip file as one stream, with optional checksums.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;
use flate2::bufread::{DeflateDecoder, GzDecoder};

/// The content of a gzip file. The length of each member is checked at its end, and its checksum unless that is skipped;
/// padding after the last member is ignored.
pub(super) struct Members<R: BufRead> {
    state: State<R>,
    /// Of the member so far; `None` when checksums are skipped.
    checksum: Option<Hasher>,
    /// Number of bytes of the member so far.
    length: u64,
    /// Number of members that ended.
    finished: usize,
}

/// Maximum number of members of a file; bgzip puts 64 KiB into each.
const MAX_MEMBERS: usize = 100_000;

enum State<R: BufRead> {
    /// At the header of a member, with the bytes of its magic that are already read.
    Header(&'static [u8], R),
    /// In its content.
    Body(DeflateDecoder<R>),
    End,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { state: State::Header(&[], reader), checksum: Some(Hasher::new()), length: 0, finished: 0 }
    }

    /// Checks only lengths from here on.
    pub(super) fn skip_checksum(&mut self) {
        self.checksum = None;
    }

    /// Compares the member with its trailer, and moves on to the next one, if any.
    fn finish_member(&mut self, mut rest: R) -> io::Result<()> {
        let [mut checksum, mut length] = [[0; 4]; 2];
        rest.read_exact(&mut checksum)?;
        rest.read_exact(&mut length)?;
        let mut matches = self.length as u32 == u32::from_le_bytes(length);
        if let Some(hasher) = &mut self.checksum {
            matches &= std::mem::take(hasher).finalize() == u32::from_le_bytes(checksum);
        }
        if !matches {
            let message = "corrupt gzip stream does not have a matching checksum";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.length = 0;
        self.finished += 1;
        if self.finished > MAX_MEMBERS {
            let message = format!("more than {MAX_MEMBERS} members");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.state = next_member(rest)?;
        Ok(())
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let State::Body(member) = &mut self.state {
                let read = member.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    self.length += read as u64;
                    self.checksum.iter_mut().for_each(|checksum| checksum.update(&buffer[..read]));
                    return Ok(read);
                }
            }
            match std::mem::replace(&mut self.state, State::End) {
                State::Header(magic, rest) => self.state = State::Body(body(magic, rest)?),
                State::Body(member) => self.finish_member(member.into_inner())?,
                State::End => return Ok(0),
            }
        }
    }
}

/// The content of a member, after its header.
fn body<R: BufRead>(magic: &'static [u8], rest: R) -> io::Result<DeflateDecoder<R>> {
    let mut header = GzDecoder::new(magic.chain(rest));
    if header.header().is_none() {
        // returns the error
        header.read_exact(&mut [0])?;
    }
    Ok(DeflateDecoder::new(header.into_inner().into_inner().1))
}

/// The state at the start of the next member, or at the end.
fn next_member<R: BufRead>(mut rest: R) -> io::Result<State<R>> {
    let magic: &'static [u8] = match rest.fill_buf()? {
        [0x1f, 0x8b, ..] => &[],
        // the magic spans two fillings of the buffer
        [0x1f] => {
            rest.consume(1);
            if rest.fill_buf()?.first() != Some(&0x8b) {
                return Ok(State::End);
            }
            &[0x1f]
        }
        _ => return Ok(State::End),
    };
    Ok(State::Header(magic, rest))
}
