//! Decoding the headers of elements and items.

use std::{error::Error as _, io};

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_encoding::decode::{
    self, Decode as _, explicit_be::ExplicitVRBigEndianDecoder, explicit_le::ExplicitVRLittleEndianDecoder,
    implicit_le::ImplicitVRLittleEndianDecoder,
};

use super::{error::DicomError, source::Source, transfer_syntax::TransferSyntax};

/// The encoding of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Implicit,
    ExplicitLittle,
    ExplicitBig,
}

impl Encoding {
    pub(super) fn of(syntax: TransferSyntax) -> Self {
        match syntax {
            TransferSyntax::ImplicitLittleEndian => Self::Implicit,
            TransferSyntax::ExplicitBigEndian => Self::ExplicitBig,
            _ => Self::ExplicitLittle,
        }
    }

    pub(super) fn big_endian(self) -> bool {
        self == Self::ExplicitBig
    }

    /// Reads the header of an element that starts at `at`; returns its number of bytes too.
    pub(super) fn header(
        self,
        source: &mut Source,
        at: u64,
    ) -> Result<(DataElementHeader, usize), DicomError> {
        let header = match self {
            Self::Implicit => ImplicitVRLittleEndianDecoder::new().decode_header(source),
            Self::ExplicitLittle => ExplicitVRLittleEndianDecoder::default().decode_header(source),
            Self::ExplicitBig => ExplicitVRBigEndianDecoder::default().decode_header(source),
        };
        header.map_err(|error| undecoded(&error, at))
    }

    /// Reads the header of an item or delimiter that starts at `at`; these have 8 bytes.
    pub(super) fn item_header(self, source: &mut Source, at: u64) -> Result<SequenceItemHeader, DicomError> {
        let header = match self {
            Self::Implicit => ImplicitVRLittleEndianDecoder::new().decode_item_header(source),
            Self::ExplicitLittle => ExplicitVRLittleEndianDecoder::default().decode_item_header(source),
            Self::ExplicitBig => ExplicitVRBigEndianDecoder::default().decode_item_header(source),
        };
        header.map_err(|error| undecoded(&error, at))
    }
}

/// The error for a header that could not be decoded. The decoder's own text may hold values and is not repeated.
fn undecoded(error: &decode::Error, at: u64) -> DicomError {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(error) => DicomError::from_read(error.kind().into(), at),
        None => DicomError::Damaged { at },
    }
}
