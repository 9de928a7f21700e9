//! Whole files through the reader: crafted ones, real ones, and damaged ones.

mod crafted;
mod damage;
mod decoders;
#[cfg(feature = "jpeg2000")]
mod jpeg2000;
#[cfg(feature = "jpegls")]
mod jpegls;
mod native;
mod real;
mod samples;

use std::path::Path;

use super::{FrameReader, Pixel, PixelFormat};
use crate::{dicom::DicomFile, error::Result, limits::Limits};

/// All frames of a file, one after the other.
fn read<T: Pixel>(path: &Path) -> Result<Vec<T>> {
    let file = DicomFile::open(path, Limits::default())?;
    let format = PixelFormat::of(file.dataset(), Limits::default())?;
    let mut reader = FrameReader::new(&file, &format)?;
    let (mut all, mut frame) = (Vec::new(), Vec::new());
    for number in 0..format.frames {
        reader.read(number, &mut frame)?;
        assert_eq!(frame.len(), format.frame_pixels());
        all.extend_from_slice(&frame);
    }
    Ok(all)
}
