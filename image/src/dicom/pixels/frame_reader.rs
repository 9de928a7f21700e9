//! Reading frames as numbers.

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
    limits::Limits,
    memory::reserve_exact,
};

/// Number of native pixels read at a time: a multiple of 16, so that single bits start at a word.
const CHUNK: usize = 16 * 1024;

/// Reads the frames of a file in any order.
pub(crate) struct FrameReader<'a> {
    name: &'a str,
    format: PixelFormat,
    reader: PixelReader,
    stored: Stored,
    /// Stored bytes of the frame at hand.
    bytes: Vec<u8>,
    /// Unpacked pixels of one bit, one per byte.
    unpacked: Vec<u8>,
}

/// How frames are stored.
enum Stored {
    /// One after the other, `bytes` in total; `swapped` where bytes are stored in big-endian words.
    Native { bytes: u64, order: ByteOrder, swapped: bool },
    /// Each frame in a range of fragments.
    Compressed { codec: Codec, lossy: bool, frames: Vec<Range<usize>> },
}

impl<'a> FrameReader<'a> {
    /// The format of a file's pixels, for which this build has a decoder.
    ///
    /// # Errors
    /// As [`PixelFormat::of`], `Malformed` when native pixel data is too short, `Unsupported` when the decoder is not
    /// built in.
    pub(crate) fn format_of(file: &DicomFile, limits: Limits) -> Result<PixelFormat> {
        let format = PixelFormat::of(file.dataset(), limits)?;
        Codec::of(file.transfer_syntax())?;
        match file.pixel_data().map(PixelData::layout) {
            Some(&PixelLayout::Native { bytes }) if bytes < format.native_bytes() => {
                Err(format.wrong_length(bytes).into())
            }
            _ => Ok(format),
        }
    }

    /// Opens the pixel data of a file.
    ///
    /// # Errors
    /// `Malformed` when it does not hold exactly the frames of the format, `Unsupported` when the decoder is not built
    /// in.
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
        Ok(Self { name: file.name(), format, reader, stored, bytes: Vec::new(), unpacked: Vec::new() })
    }

    /// Reads a whole frame into `out`, which is cleared first.
    ///
    /// # Shape and units
    /// Stored values, row by row, of the number type [`PixelFormat::stored_type`].
    ///
    /// # Errors
    /// `Malformed` when the frame is damaged, `Unsupported` for a variant of its compression that is not supported,
    /// `Parameter` when there is no such frame or `T` is another type.
    pub(crate) fn read<T: Pixel>(&mut self, frame: usize, out: &mut Vec<T>) -> Result<()> {
        self.read_rows(frame, 0..self.format.rows, out)
    }

    /// Reads a range of rows of a frame. A compressed frame is still decoded as a whole.
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
            reserve_exact(out, pixels.len()).map_err(PixelError::from)?;
            let before = frame * self.format.frame_pixels();
            return self.append_native(before + pixels.start..before + pixels.end, out);
        }
        let decoded = self.decode(frame)?;
        reserve_exact(out, pixels.len()).map_err(PixelError::from)?;
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

    /// Appends native pixels, counted from the first of the first frame.
    fn append_native<T: Pixel>(&mut self, pixels: Range<usize>, out: &mut Vec<T>) -> Result<()> {
        let Stored::Native { bytes: all, order, swapped } = self.stored else { return Ok(()) };
        let bits_each = u64::from(self.format.bits_allocated);
        for start in pixels.clone().step_by(CHUNK) {
            let count = CHUNK.min(pixels.end - start);
            let first_bit = start as u64 * bits_each;
            // swapped bytes are read in whole words
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
                self.unpacked.clear();
                bits::unpack(&self.bytes, skipped, count, &mut self.unpacked);
                T::append(&self.unpacked, ByteOrder::Little, 8, out);
            } else {
                let wanted = &self.bytes[skipped / 8..][..count * self.format.bytes_per_pixel()];
                T::append(wanted, order, self.format.bits_stored, out);
            }
        }
        Ok(())
    }

    /// The pixels of a compressed frame, the least significant byte first.
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

/// Native pixel data, which may end with padding of less than a frame.
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
    if !surplus.is_some_and(|surplus| surplus <= 1 || is_zero(reader, expected, surplus)) {
        return Err(format.wrong_length(bytes).into());
    }
    let order = if syntax.big_endian() { ByteOrder::Big } else { ByteOrder::Little };
    let swapped = syntax.big_endian() && pixel_data.in_words() && format.bits_allocated <= 8;
    Ok(Stored::Native { bytes, order, swapped })
}

/// Whether a range of native bytes is all 0.
fn is_zero(reader: &mut PixelReader, from: u64, count: u64) -> bool {
    let mut buffer = [0; 1024];
    (from..from + count).step_by(buffer.len()).all(|at| {
        let part = &mut buffer[..(from + count - at).min(1024) as usize];
        reader.native(at, part).is_ok() && part.iter().all(|&byte| byte == 0)
    })
}

/// Whether each fragment starts an image; `None` where a fragment does not show it.
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
