//! The pixels of a file, frame by frame, as the numbers that were stored.
//!
//! The sizes in a header are checked against the file, and the header of a compressed image against the data set, before
//! a decoder sees the image. Bits above the stored ones are dropped, and the sign is extended.
//!
//! | file | what it does |
//! |---|---|
//! | `format.rs` | rows, columns, frames and bits, checked against each other |
//! | `frame_reader.rs` | reads a frame, or some of its rows, as numbers |
//! | `pixel.rs` | the number types; bytes and samples to numbers |
//! | `bits.rs` | pixels of one bit |
//! | `fragments.rs` | which fragments belong to which frame |
//! | `codec.rs` | chooses the decoder and contains its panics |
//! | `codestream.rs` | checks the header of a compressed image |
//! | `jpeg_header.rs`, `jpeg2000_header.rs`, `jpeg2000_parts.rs` | what of compressed images may reach a decoder |
//! | `rle.rs` | RLE lossless |
//! | `jpeg.rs`, `jpegls.rs`, `jpeg2000.rs` | the other decoders |

mod bits;
mod codec;
mod codestream;
mod error;
mod format;
mod fragments;
mod frame_reader;
mod jpeg;
mod jpeg2000;
#[cfg_attr(
    not(feature = "jpeg2000"),
    allow(dead_code, reason = "without its decoder, only the start of a codestream is checked")
)]
mod jpeg2000_header;
#[cfg_attr(not(feature = "jpeg2000"), allow(dead_code, reason = "as `jpeg2000_header`"))]
mod jpeg2000_parts;
mod jpeg_header;
mod jpegls;
mod pixel;
mod rle;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    format::PixelFormat,
    frame_reader::FrameReader,
    pixel::{Pixel, StoredType},
};
