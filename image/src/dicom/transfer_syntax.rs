//! Transfer syntaxes: the encodings of DICOM files.

use super::error::DicomError;
use crate::error::Result;

/// The encoding of the elements and pixels of a file.
///
/// # Reference
/// DICOM PS3.5 section 10 and annex A; PS3.6 table A-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferSyntax {
    ImplicitLittleEndian,
    ExplicitLittleEndian,
    ExplicitBigEndian,
    Deflated,
    Rle,
    JpegBaseline,
    JpegExtended,
    JpegLossless,
    JpegLosslessSv1,
    JpegLs,
    JpegLsNear,
    Jpeg2000Lossless,
    Jpeg2000,
}

use TransferSyntax as Ts;

const SUPPORTED: [(&str, TransferSyntax, &str); 13] = [
    ("1.2.840.10008.1.2", Ts::ImplicitLittleEndian, "implicit VR little endian"),
    ("1.2.840.10008.1.2.1", Ts::ExplicitLittleEndian, "explicit VR little endian"),
    ("1.2.840.10008.1.2.2", Ts::ExplicitBigEndian, "explicit VR big endian"),
    ("1.2.840.10008.1.2.1.99", Ts::Deflated, "deflated explicit VR little endian"),
    ("1.2.840.10008.1.2.5", Ts::Rle, "RLE lossless"),
    ("1.2.840.10008.1.2.4.50", Ts::JpegBaseline, "JPEG baseline"),
    ("1.2.840.10008.1.2.4.51", Ts::JpegExtended, "JPEG extended"),
    ("1.2.840.10008.1.2.4.57", Ts::JpegLossless, "JPEG lossless"),
    ("1.2.840.10008.1.2.4.70", Ts::JpegLosslessSv1, "JPEG lossless (selection value 1)"),
    ("1.2.840.10008.1.2.4.80", Ts::JpegLs, "JPEG-LS lossless"),
    ("1.2.840.10008.1.2.4.81", Ts::JpegLsNear, "JPEG-LS near-lossless"),
    ("1.2.840.10008.1.2.4.90", Ts::Jpeg2000Lossless, "JPEG 2000 lossless"),
    ("1.2.840.10008.1.2.4.91", Ts::Jpeg2000, "JPEG 2000"),
];

/// Standard and well-known syntaxes that are not supported, so that an error can name them.
const UNSUPPORTED: [(&str, &str); 26] = [
    ("1.2.840.10008.1.2.1.98", "encapsulated uncompressed explicit VR little endian"),
    ("1.2.840.10008.1.2.4.92", "JPEG 2000 part 2 lossless"),
    ("1.2.840.10008.1.2.4.93", "JPEG 2000 part 2"),
    ("1.2.840.10008.1.2.4.94", "JPIP referenced"),
    ("1.2.840.10008.1.2.4.95", "JPIP referenced deflate"),
    ("1.2.840.10008.1.2.4.100", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.100.1", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.101", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.101.1", "MPEG-2 video"),
    ("1.2.840.10008.1.2.4.102", "H.264 video"),
    ("1.2.840.10008.1.2.4.102.1", "H.264 video"),
    ("1.2.840.10008.1.2.4.103", "H.264 video"),
    ("1.2.840.10008.1.2.4.103.1", "H.264 video"),
    ("1.2.840.10008.1.2.4.104", "H.264 video"),
    ("1.2.840.10008.1.2.4.105", "H.264 video"),
    ("1.2.840.10008.1.2.4.106", "H.264 video"),
    ("1.2.840.10008.1.2.4.107", "H.265 video"),
    ("1.2.840.10008.1.2.4.108", "H.265 video"),
    ("1.2.840.10008.1.2.4.110", "JPEG XL lossless"),
    ("1.2.840.10008.1.2.4.111", "JPEG XL JPEG recompression"),
    ("1.2.840.10008.1.2.4.112", "JPEG XL"),
    ("1.2.840.10008.1.2.4.201", "high-throughput JPEG 2000 lossless"),
    ("1.2.840.10008.1.2.4.202", "high-throughput JPEG 2000 lossless (RPCL)"),
    ("1.2.840.10008.1.2.4.203", "high-throughput JPEG 2000"),
    ("1.2.840.10008.1.2.8.1", "deflated image frame compression"),
    ("1.2.840.113619.5.2", "private to GE (implicit VR little endian, pixels big endian)"),
];

impl TransferSyntax {
    /// The syntax of a UID.
    ///
    /// # Errors
    /// `Unsupported`, with its name where it is known, for any other syntax.
    pub(crate) fn of_uid(uid: &str) -> Result<Self> {
        if let Some(&(_, syntax, _)) = SUPPORTED.iter().find(|(known, ..)| *known == uid) {
            return Ok(syntax);
        }
        Err(match UNSUPPORTED.iter().find(|(known, _)| *known == uid) {
            Some(&(_, name)) => DicomError::Syntax(name).into(),
            None => DicomError::UnknownSyntax.into(),
        })
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        SUPPORTED.iter().find(|(_, syntax, _)| *syntax == self).map_or("unknown", |(.., name)| name)
    }

    /// Whether its compression may lose information.
    pub(crate) fn is_lossy(self) -> bool {
        matches!(self, Self::JpegBaseline | Self::JpegExtended | Self::JpegLsNear | Self::Jpeg2000)
    }

    /// Whether numbers are stored with the most significant byte first.
    pub(crate) fn big_endian(self) -> bool {
        self == Self::ExplicitBigEndian
    }

    /// Whether its pixel data is in fragments.
    pub(crate) fn is_encapsulated(self) -> bool {
        !matches!(
            self,
            Self::ImplicitLittleEndian
                | Self::ExplicitLittleEndian
                | Self::ExplicitBigEndian
                | Self::Deflated
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the dictionary of the standard.
    #[test]
    fn uids_and_names_are_those_of_the_standard() {
        use dicom_dictionary_std::uids;
        for (uid, syntax) in [
            (uids::IMPLICIT_VR_LITTLE_ENDIAN, Ts::ImplicitLittleEndian),
            (uids::EXPLICIT_VR_LITTLE_ENDIAN, Ts::ExplicitLittleEndian),
            (uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, Ts::Deflated),
            (uids::RLE_LOSSLESS, Ts::Rle),
            (uids::JPEG_BASELINE8_BIT, Ts::JpegBaseline),
            (uids::JPEG_EXTENDED12_BIT, Ts::JpegExtended),
            (uids::JPEG_LOSSLESS, Ts::JpegLossless),
            (uids::JPEG_LOSSLESS_SV1, Ts::JpegLosslessSv1),
            (uids::JPEGLS_LOSSLESS, Ts::JpegLs),
            (uids::JPEGLS_NEAR_LOSSLESS, Ts::JpegLsNear),
            (uids::JPEG2000_LOSSLESS, Ts::Jpeg2000Lossless),
            (uids::JPEG2000, Ts::Jpeg2000),
        ] {
            assert_eq!(TransferSyntax::of_uid(uid).unwrap(), syntax, "{uid}");
        }
        assert_eq!(TransferSyntax::of_uid("1.2.840.10008.1.2.2").unwrap(), Ts::ExplicitBigEndian);
    }

    #[test]
    fn unsupported_syntaxes_are_named_and_unknown_ones_not_repeated() {
        let text = |uid| TransferSyntax::of_uid(uid).unwrap_err().to_string();
        assert!(text("1.2.840.10008.1.2.4.203").contains("high-throughput JPEG 2000"));
        assert!(text("1.2.840.10008.1.2.4.102").contains("H.264 video"));
        assert!(!text("1.2.3.4567").contains("4567"));
    }
}
