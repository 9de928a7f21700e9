//! Frames as numbers, one at a time.

use std::ops::Range;

use super::{
    bits,
    codec::Codec,
    error::PixelError,
    format::PixelFormat,
    fragments::fragments_of_frames,
    pixel::{ByteOrder, Pixel},
};
use crate::{
    dicom::{
        file::DicomFile,
        pixel_data::{PixelData, PixelLayout, PixelReader},
        transfer_syntax::TransferSyntax,
    },
    error::{Error, Result},
};

/// Native pixels are read so many at a time: a multiple of 16, so that single bits start a word.
const CHUNK: usize = 16 * 1024;

/// Reads the frames of a file, each on its own.
pub(crate) struct FrameReader<'a> {
    name: &'a str,
    format: PixelFormat,
    reader: PixelReader,
    stored: Stored,
    bytes: Vec<u8>,
    /// Pixels of one bit, one per byte.
    single: Vec<u8>,
}

/// How frames are stored.
enum Stored {
    /// One after the other, `bytes` in all.
    Native { bytes: u64, order: ByteOrder, swapped: bool },
    /// Each in its fragments.
    Compressed { codec: Codec, lossy: bool, frames: Vec<Range<usize>> },
}

impl<'a> FrameReader<'a> {
    /// Opens the pixel data of a file, and checks that it holds as many frames as the format says.
    ///
    /// # Errors
    /// `Malformed` when it holds more or fewer, or none; `Unsupported` when its decoder is not built in.
    pub(crate) fn new(file: &'a DicomFile, format: &PixelFormat) -> Result<Self> {
        Self::unnamed(file, format).map_err(|error| error.at(file.name()))
    }

    fn unnamed(file: &'a DicomFile, format: &PixelFormat) -> Result<Self> {
        let syntax = file.transfer_syntax();
        let codec = Codec::of(syntax)?;
        let pixel_data = file.pixel_data().ok_or(PixelError::NoPixels)?;
        let mut reader = pixel_data.reader()?;
        let stored = match (pixel_data.layout(), codec) {
            (&PixelLayout::Native { bytes }, None) => native(pixel_data, bytes, syntax, format, &mut reader)?,
            (PixelLayout::Encapsulated { offset_table, fragments }, Some(codec)) => {
                if format.bits_allocated == 1 {
                    let syntax = syntax.name();
                    return Err(PixelError::Bits { syntax, bits: format.bits_allocated }.into());
                }
                let starts = || starts_of_images(&mut reader, fragments.len(), codec);
                let frames = fragments_of_frames(format.frames, fragments, offset_table, starts)?;
                Stored::Compressed { codec, lossy: syntax.is_lossy(), frames }
            }
            (_, codec) => {
                let found = if codec.is_some() { "is not in fragments" } else { "is in fragments" };
                return Err(PixelError::Layout { syntax: syntax.name(), found }.into());
            }
        };
        let format = format.clone();
        Ok(Self { name: file.name(), format, reader, stored, bytes: Vec::new(), single: Vec::new() })
    }

    /// Reads a whole frame; what `out` held is dropped.
    ///
    /// # Shape and units
    /// Stored values, row by row, as the number type that [`PixelFormat::stored_type`] says.
    ///
    /// # Errors
    /// `Malformed` when the frame is damaged, `Unsupported` when it is compressed in a way that is not read,
    /// `Parameter` when there is no such frame or the number type is another.
    pub(crate) fn read<T: Pixel>(&mut self, frame: usize, out: &mut Vec<T>) -> Result<()> {
        self.read_rows(frame, 0..self.format.rows, out)
    }

    /// Reads some rows of a frame. Of native pixels no others are read; a compressed frame is decoded whole.
    ///
    /// # Errors
    /// As [`Self::read`], and `Parameter` for rows that the frame does not have.
    pub(crate) fn read_rows<T: Pixel>(
        &mut self,
        frame: usize,
        rows: Range<usize>,
        out: &mut Vec<T>,
    ) -> Result<()> {
        out.clear();
        let name = self.name;
        self.append_rows(frame, rows, out).map_err(|error: Error| error.at(name))
    }

    fn append_rows<T: Pixel>(&mut self, frame: usize, rows: Range<usize>, out: &mut Vec<T>) -> Result<()> {
        self.check::<T>(frame, &rows)?;
        let columns = self.format.columns;
        let pixels = rows.start * columns..rows.end * columns;
        if let Stored::Native { .. } = self.stored {
            reserve(out, pixels.len())?;
            let before = frame * self.format.frame_pixels();
            return self.append_native(before + pixels.start..before + pixels.end, out);
        }
        let decoded = self.decode(frame)?;
        reserve(out, pixels.len())?;
        let size = self.format.bytes_per_pixel();
        let wanted = decoded.get(pixels.start * size..pixels.end * size).unwrap_or_default();
        T::append(wanted, ByteOrder::Little, self.format.bits_stored, out);
        Ok(())
    }

    fn check<T: Pixel>(&self, frame: usize, rows: &Range<usize>) -> Result<(), PixelError> {
        if T::TYPE != self.format.stored_type() {
            return Err(PixelError::OtherType);
        }
        if frame >= self.format.frames {
            return Err(PixelError::NoFrame { chosen: frame, frames: self.format.frames });
        }
        if rows.start > rows.end || rows.end > self.format.rows {
            return Err(PixelError::NoRows { end: rows.end, rows: self.format.rows });
        }
        Ok(())
    }

    /// Appends native pixels, which count on from frame to frame.
    fn append_native<T: Pixel>(&mut self, pixels: Range<usize>, out: &mut Vec<T>) -> Result<()> {
        let Stored::Native { bytes: all, order, swapped } = self.stored else { return Ok(()) };
        let bits_each = u64::from(self.format.bits_allocated);
        for start in pixels.clone().step_by(CHUNK) {
            let count = CHUNK.min(pixels.end - start);
            let first_bit = start as u64 * bits_each;
            // a swapped byte lies in the same word
            let from = if swapped { (first_bit / 8) & !1 } else { first_bit / 8 };
            let to = (first_bit + count as u64 * bits_each).div_ceil(8);
            let to = if swapped { to.next_multiple_of(2).min(all) } else { to };
            self.bytes.resize((to - from) as usize, 0);
            self.reader.native(from, &mut self.bytes)?;
            if swapped {
                bits::swap_words(&mut self.bytes);
            }
            let skipped = (first_bit - 8 * from) as usize;
            if bits_each == 1 {
                self.single.clear();
                bits::unpack(&self.bytes, skipped, count, &mut self.single);
                T::append(&self.single, ByteOrder::Little, 8, out);
            } else {
                let wanted = &self.bytes[skipped / 8..][..count * self.format.bytes_per_pixel()];
                T::append(wanted, order, self.format.bits_stored, out);
            }
        }
        Ok(())
    }

    /// A compressed frame's pixels, the least significant byte first.
    fn decode(&mut self, frame: usize) -> Result<Vec<u8>> {
        let Stored::Compressed { codec, lossy, frames } = &self.stored else { return Ok(Vec::new()) };
        self.bytes.clear();
        for fragment in frames.get(frame).cloned().into_iter().flatten() {
            self.reader.fragment(fragment, &mut self.bytes)?;
        }
        let decoded = codec.decode(&self.bytes, *lossy, &self.format);
        Ok(decoded.map_err(|problem| PixelError::Damaged { frame, problem })?)
    }
}

/// Native pixels must fill their bytes; what follows may only be padding, of less than a frame.
fn native(
    pixel_data: &PixelData,
    bytes: u64,
    syntax: TransferSyntax,
    format: &PixelFormat,
    reader: &mut PixelReader,
) -> Result<Stored> {
    let frame = format.frame_pixels() as u64 * u64::from(format.bits_allocated);
    let expected = format.native_bytes();
    let surplus = bytes.checked_sub(expected).filter(|&surplus| surplus <= 1 || surplus < frame.div_ceil(8));
    if !surplus.is_some_and(|surplus| surplus <= 1 || is_empty(reader, expected, surplus)) {
        let &PixelFormat { frames, rows, columns, bits_allocated: bits, .. } = format;
        return Err(PixelError::Length { found: bytes, expected, frames, rows, columns, bits }.into());
    }
    let order = if syntax.big_endian() { ByteOrder::Big } else { ByteOrder::Little };
    let swapped = syntax.big_endian() && pixel_data.in_words() && format.bits_allocated <= 8;
    Ok(Stored::Native { bytes, order, swapped })
}

/// Whether native bytes are all 0.
fn is_empty(reader: &mut PixelReader, from: u64, count: u64) -> bool {
    let mut buffer = [0; 1024];
    (from..from + count).step_by(buffer.len()).all(|at| {
        let part = &mut buffer[..(from + count - at).min(1024) as usize];
        reader.native(at, part).is_ok() && part.iter().all(|&byte| byte == 0)
    })
}

/// Whether each fragment starts an image; none where a fragment does not tell.
fn starts_of_images(reader: &mut PixelReader, fragments: usize, codec: Codec) -> Result<Option<Vec<bool>>> {
    let mut fragment = Vec::new();
    let mut starts = Vec::new();
    for index in 0..fragments {
        fragment.clear();
        reader.fragment(index, &mut fragment)?;
        let Some(start) = codec.starts(&fragment) else { return Ok(None) };
        starts.push(start);
    }
    Ok(Some(starts))
}

fn reserve<T: Pixel>(out: &mut Vec<T>, pixels: usize) -> Result<(), PixelError> {
    let bytes = pixels.saturating_mul(size_of::<T>());
    out.try_reserve_exact(pixels).map_err(|_| PixelError::Memory { bytes })
}
