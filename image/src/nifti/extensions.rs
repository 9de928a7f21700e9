//! The extensions between the header and the voxels.

use std::path::Path;

use super::{error::NiftiError, header::Header};
use crate::raster::Stream;

/// Checks that each header extension ends before the voxels, or within the header file of a pair.
pub(super) fn check_extensions(header: &Header, path: &Path, offset: u64) -> Result<(), NiftiError> {
    let (mut stream, _) = Stream::open_start(path)?;
    stream.skip(header.header_bytes() as u64)?;
    let mut flag = [0; 4];
    if stream.read_up_to(&mut flag)? < 4 || flag[0] == 0 {
        return Ok(());
    }
    let mut at = header.header_bytes() as u64 + 4;
    while !header.single_file || at + 8 <= offset {
        let mut lead = [0; 8];
        if stream.read_up_to(&mut lead)? < 8 {
            break;
        }
        let size = header.i32_at([lead[0], lead[1], lead[2], lead[3]]);
        let end = at + u64::try_from(size).unwrap_or(0);
        if header.single_file {
            if size < 8 || end > offset {
                return Err(NiftiError::Extension { size, at, offset });
            }
            stream.skip(size as u64 - 8)?;
        } else if size < 8 || !stream.try_skip(size as u64 - 8)? {
            return Err(NiftiError::PairExtension { size, at });
        }
        at = end;
    }
    Ok(())
}
