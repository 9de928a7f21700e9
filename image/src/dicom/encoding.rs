//! The headers of elements and items, decoded.

use std::{error::Error as _, io};

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_encoding::decode::{
    self, Decode as _, explicit_be::ExplicitVRBigEndianDecoder, explicit_le::ExplicitVRLittleEndianDecoder,
    implicit_le::ImplicitVRLittleEndianDecoder,
};

use super::{error::DicomError, source::Source, transfer_syntax::TransferSyntax};

/// How elements are written.
#[derive(Clone, Copy, PartialEq, Eq)]
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

    /// Reads the header of an element; its bytes too. `at` is where it starts.
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
        header.map_err(|error| decoded(&error, at))
    }

    /// Reads the header of an item or a delimiter, 8 bytes from `at` on.
    pub(super) fn item_header(self, source: &mut Source, at: u64) -> Result<SequenceItemHeader, DicomError> {
        let header = match self {
            Self::Implicit => ImplicitVRLittleEndianDecoder::new().decode_item_header(source),
            Self::ExplicitLittle => ExplicitVRLittleEndianDecoder::default().decode_item_header(source),
            Self::ExplicitBig => ExplicitVRBigEndianDecoder::default().decode_item_header(source),
        };
        header.map_err(|error| decoded(&error, at))
    }
}

/// A header that could not be decoded; the decoder's own words may hold values and are not repeated.
fn decoded(error: &decode::Error, at: u64) -> DicomError {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(error) => DicomError::from_read(error.kind().into(), at),
        None => DicomError::Damaged { at },
    }
}
