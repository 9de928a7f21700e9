//! Unique identifiers that are the same for the same input.

use sha2::{Digest as _, Sha256};

/// A unique identifier from what decides it: `2.25.` and a UUID made of the SHA-256 of the parts.
///
/// # Reference
/// DICOM PS3.5, B.2 UUID Derived UID; RFC 9562, version 8.
pub(crate) fn uid(role: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in [b"hemastage", env!("CARGO_PKG_VERSION").as_bytes(), role.as_bytes()].iter().chain(parts) {
        // with its length, so that two lists of parts never read the same
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&hash[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    format!("2.25.{}", u128::from_be_bytes(uuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_identifier() {
        let made = uid("series", &[b"1.2.3", b"map"]);
        assert_eq!(made, uid("series", &[b"1.2.3", b"map"]));
        for other in [
            uid("instance", &[b"1.2.3", b"map"]),
            uid("series", &[b"1.2.4", b"map"]),
            uid("series", &[b"1.2.3map"]),
            uid("series", &[b"1.2.3m", b"ap"]),
        ] {
            assert_ne!(made, other);
        }
        let digits = made.strip_prefix("2.25.").unwrap();
        assert!(made.len() <= 64 && digits.parse::<u128>().is_ok() && !digits.starts_with('0'));
        let uuid = digits.parse::<u128>().unwrap();
        assert_eq!((uuid >> 76 & 0xf, uuid >> 62 & 0b11), (8, 0b10), "version and variant");
    }
}
