//! Whether a data set is encoded as its header states: some exports name another transfer syntax than they write.

use std::io::Read as _;

use dicom_core::{
    Tag, VR,
    dictionary::{DataDictionary as _, DataDictionaryEntry as _},
};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use flate2::read::DeflateDecoder;

use super::{encoding::Encoding, error::DicomError, transfer_syntax::TransferSyntax};
use crate::error::Result;

/// How many bytes at the start of a data set are looked at.
pub(super) const WINDOW: usize = 4096;

/// How many elements are enough to know an encoding by.
const ENOUGH: usize = 8;

/// How many elements of another encoding than the stated one are no coincidence.
const MIN_OTHER: usize = 2;

/// A length that is not stated.
const UNDEFINED: u32 = u32::MAX;

/// The syntax of a data set by its first elements: the stated one, unless more elements make sense in another. `left` is
/// the length of the data set, of which `start` is the first bytes.
///
/// # Errors
/// `Malformed` for compressed pixels, whose elements are always explicit little endian.
pub(super) fn actual(stated: TransferSyntax, start: &[u8], left: u64) -> Result<TransferSyntax> {
    const OTHERS: [TransferSyntax; 4] = [
        TransferSyntax::ExplicitLittleEndian,
        TransferSyntax::ImplicitLittleEndian,
        TransferSyntax::ExplicitBigEndian,
        TransferSyntax::Deflated,
    ];
    let fitting = |syntax: TransferSyntax| {
        if syntax == TransferSyntax::Deflated {
            sound_elements(Encoding::of(syntax), &inflated(start), u64::MAX)
        } else {
            sound_elements(Encoding::of(syntax), start, left)
        }
    };
    let mut best = (stated, fitting(stated));
    for other in OTHERS {
        // only what makes no sense otherwise is inflated
        let elements = if other == TransferSyntax::Deflated && best.1 > 0 { 0 } else { fitting(other) };
        if elements >= MIN_OTHER && elements > best.1 {
            best = (other, elements);
        }
    }
    if best.0 != stated && stated.is_encapsulated() {
        return Err(DicomError::Contradicted { stated: stated.name(), found: best.0.name() }.into());
    }
    Ok(best.0)
}

/// The first bytes of deflated ones; what cannot be inflated ends them.
fn inflated(start: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(WINDOW);
    // damage counts as the end
    let _ = DeflateDecoder::new(start).take(WINDOW as u64).read_to_end(&mut bytes);
    bytes
}

/// The number of elements at the start that make sense in an encoding.
fn sound_elements(encoding: Encoding, start: &[u8], left: u64) -> usize {
    let (mut at, mut last, mut found) = (0, None, 0);
    while found < ENOUGH {
        let Some(element) = start.get(at..).and_then(|bytes| Element::of(encoding, bytes)) else { break };
        let value = (at + element.header) as u64;
        let is_sound = element.is_known
            && last.is_none_or(|last| element.tag > last)
            && (element.length == UNDEFINED || value + u64::from(element.length) <= left);
        if !is_sound {
            break;
        }
        found += 1;
        last = Some(element.tag);
        match usize::try_from(value + u64::from(element.length)) {
            Ok(next) if element.length != UNDEFINED => at = next,
            _ => break,
        }
    }
    found
}

struct Element {
    tag: Tag,
    /// The bytes before the value.
    header: usize,
    length: u32,
    /// Whether its group is one of a header, and its VR makes sense.
    is_known: bool,
}

impl Element {
    fn of(encoding: Encoding, bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, d, e, f, g, h] = bytes.first_chunk::<8>()?;
        let short = |bytes: [u8; 2]| match encoding {
            Encoding::ExplicitBig => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        };
        let tag = Tag(short([a, b]), short([c, d]));
        // from the records of a DICOMDIR to the pixel data, which ends the header
        let is_usual = (4..=tags::PIXEL_DATA.group()).contains(&tag.group());
        if encoding == Encoding::Implicit {
            let length = u32::from_le_bytes([e, f, g, h]);
            return Some(Self { tag, header: 8, length, is_known: is_usual && !states_vr(tag, [e, f]) });
        }
        let vr = VR::from_binary([e, f]);
        if vr.is_some_and(has_long_length) {
            let &[.., i, j, k, l] = bytes.first_chunk::<12>()?;
            let length = match encoding {
                Encoding::ExplicitBig => u32::from_be_bytes([i, j, k, l]),
                _ => u32::from_le_bytes([i, j, k, l]),
            };
            return Some(Self { tag, header: 12, length, is_known: is_usual });
        }
        let length = u32::from(short([g, h]));
        Some(Self { tag, header: 8, length, is_known: is_usual && vr.is_some() })
    }
}

/// Whether two bytes are the VR of a tag in the dictionary.
fn states_vr(tag: Tag, bytes: [u8; 2]) -> bool {
    let vr = VR::from_binary(bytes);
    let known = StandardDataDictionary.by_tag(tag).map(|entry| entry.vr().relaxed());
    vr.is_some() && vr == known
}

/// Whether the value length has 32 bits (DICOM PS3.5 section 7.1.2).
pub(super) fn has_long_length(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    matches!(vr, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
}
