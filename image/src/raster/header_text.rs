//! The lines of a text header in front of voxels.

use std::{
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use super::error::VoxelError;
use crate::file::open_regular;

/// Maximum number of lines of a header; one of 4096 segments with 10 keys each has some 40 000.
pub(crate) const MAX_LINES: usize = 1 << 16;

/// A text header: its lines, and where what follows starts.
pub(crate) struct HeaderText {
    pub(crate) lines: Vec<String>,
    /// One past its last byte.
    pub(crate) end: u64,
    /// Whether its last line was found, before the end of the file.
    pub(crate) is_whole: bool,
}

impl HeaderText {
    /// Reads lines up to the first that is the last of a header; `None` when that is not among the first `max` bytes or
    /// [`MAX_LINES`] lines.
    pub(crate) fn read(
        path: &Path,
        max: u64,
        is_last: impl Fn(&str) -> bool,
    ) -> Result<Option<Self>, VoxelError> {
        let (file, length) = open_regular(path).map_err(VoxelError::Open)?.ok_or(VoxelError::NotAFile)?;
        let mut reader = BufReader::with_capacity(4096, file.take(max));
        let mut text = Self { lines: Vec::new(), end: 0, is_whole: false };
        let mut line = Vec::new();
        loop {
            line.clear();
            let bytes = reader.read_until(b'\n', &mut line).map_err(VoxelError::Read)? as u64;
            text.end += bytes;
            if text.lines.len() == MAX_LINES && bytes > 0 {
                return Ok(None);
            }
            if bytes == 0 {
                return Ok((text.end == length).then_some(text));
            }
            let words = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            text.is_whole = is_last(&words);
            text.lines.push(words);
            if text.is_whole {
                return Ok(Some(text));
            }
        }
    }
}

/// The position after this number of lines, from a position on.
pub(crate) fn after_lines(path: &Path, start: u64, lines: u64) -> Result<u64, VoxelError> {
    let (mut file, _) = open_regular(path).map_err(VoxelError::Open)?.ok_or(VoxelError::NotAFile)?;
    file.seek(SeekFrom::Start(start)).map_err(VoxelError::Read)?;
    let mut reader = BufReader::new(file);
    let (mut at, mut left) = (start, lines);
    while left > 0 {
        let bytes = reader.fill_buf().map_err(VoxelError::Read)?;
        if bytes.is_empty() {
            return Err(VoxelError::Truncated);
        }
        let step = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| {
            left -= 1;
            end + 1
        });
        reader.consume(step);
        at += step as u64;
    }
    Ok(at)
}
