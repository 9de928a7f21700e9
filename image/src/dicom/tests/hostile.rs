//! Files made to hang, crash or fill the memory of a reader.

use std::time::{Duration, Instant};

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::bytes::{
    DEFLATED, EXPLICIT, IMPLICIT, LONG, RLE, SECRET, SHORT, Stored, UNDEFINED, Written, error, file, image,
    meta, with_fragments, with_pixels,
};
use crate::error::ErrorKind;

const ALL: [Written; 3] = [Written::Implicit, Written::Explicit, Written::BigEndian];

/// The error's text, which must come at once and repeat no value.
fn refused(bytes: &[u8]) -> String {
    let start = Instant::now();
    let text = error(bytes);
    assert!(start.elapsed() < Duration::from_mins(1), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
    assert!(!text.contains("could not be read"), "a panic was caught: {text}");
    text
}

#[test]
fn a_length_beyond_the_file_is_refused_in_every_vr() {
    for w in ALL {
        for vr in SHORT.into_iter().chain(LONG) {
            for length in [0x4000_0000, 0x7fff_ffff, 0xffff_fffe] {
                let lie = w.header(Tag(0x11, 0x1001), vr, length);
                let outside = [image(w), lie.clone(), b"SECRET".to_vec()].concat();
                let text = refused(&file(w.uid(), &outside));
                assert!(text.contains("bytes, but 6 are left"), "{w:?} {vr:?}: {text}");
                for delimited in [true, false] {
                    let inside = w.sequence(Tag(8, 0x1140), &[lie.clone(), vec![0; 4]].concat(), delimited);
                    let text = refused(&file(w.uid(), &[inside, image(w)].concat()));
                    assert!(text.contains("claims"), "{w:?} {vr:?}: {text}");
                }
            }
        }
    }
}

/// A value inside an item may not reach beyond it, though the file goes on.
#[test]
fn a_length_beyond_its_item_is_refused() {
    for w in ALL {
        let bytes = [
            w.header(Tag(8, 0x1032), VR::SQ, 24),
            w.item(0xe000, 16),
            w.header(tags::CODE_MEANING, VR::LO, 10),
            vec![b' '; 40],
        ]
        .concat();
        assert!(refused(&file(w.uid(), &bytes)).contains("claims 10 bytes, but 8 are left"), "{w:?}");
    }
}

#[test]
fn pixel_data_beyond_the_file_is_refused() {
    for w in ALL {
        let bytes = [image(w), w.header(tags::PIXEL_DATA, VR::OW, 0xffff_fffe), vec![0; 48]].concat();
        assert_eq!(
            refused(&file(w.uid(), &bytes)),
            "a.dcm: the file ends before its last pixel: its header claims 4294967294 bytes of pixel data but the file has 48: it was cut short, so copy or export it again"
        );
    }
    let w = Written::Explicit;
    let start = [image(w), w.header(tags::PIXEL_DATA, VR::OB, UNDEFINED)].concat();
    for table in [4, 0x4000_0000, UNDEFINED] {
        let bytes = [start.clone(), w.item(0xe000, table), vec![1; 3]].concat();
        assert!(refused(&file(RLE, &bytes)).contains("but the file has 3: it"));
    }
    let odd_table = [start.clone(), w.item(0xe000, 3), vec![1; 3], w.item(0xe0dd, 0)].concat();
    assert!(refused(&file(RLE, &odd_table)).contains("fragments of the pixel data are damaged"));
    let no_item = [start, w.item(0xe000, 0), w.item(0xe00d, 0)].concat();
    assert!(refused(&file(RLE, &no_item)).contains("fragments of the pixel data are damaged"));
}

fn nested(w: Written, vr: VR, deep: usize) -> Vec<u8> {
    let level = [w.header(Tag(8, 0x1140), vr, UNDEFINED), w.item(0xe000, UNDEFINED)].concat();
    let end = [w.item(0xe00d, 0), w.item(0xe0dd, 0)].concat();
    [level.repeat(deep), end.repeat(deep)].concat()
}

#[test]
fn nesting_is_bounded() {
    let expected = "sequences are nested deeper than 32 at byte";
    for w in ALL {
        for deep in [33, 10_000] {
            assert!(refused(&file(w.uid(), &nested(w, VR::SQ, deep))).contains(expected));
        }
        let open = nested(w, VR::SQ, 10_000);
        assert!(refused(&file(w.uid(), &open[..open.len() / 2])).contains(expected), "not closed");
        Stored::new(&file(w.uid(), &nested(w, VR::SQ, 32))).open().unwrap();
        let mut defined = Vec::new();
        for _ in 0..33 {
            defined = w.sequence(Tag(8, 0x1140), &defined, false);
        }
        assert!(refused(&file(w.uid(), &defined)).contains(expected), "{w:?}");
    }
    assert!(refused(&file(DEFLATED, &nested(Written::Explicit, VR::SQ, 1_000_000))).contains(expected));
    let unknown = nested(Written::Implicit, VR::UN, 10_000);
    let start = Written::Explicit.header(Tag(0x11, 0x1001), VR::UN, UNDEFINED);
    let item = Written::Implicit.item(0xe000, UNDEFINED);
    assert!(refused(&file(EXPLICIT, &[start, item, unknown].concat())).contains(expected));
}

#[test]
fn a_deflated_bomb_is_refused() {
    let w = Written::Explicit;
    let zeros = vec![0; 64 << 20];
    // in the header: a value, and millions of empty elements
    let value = w.element(Tag(9, 0x1001), VR::OB, &zeros);
    assert!(refused(&file(DEFLATED, &[value, image(w)].concat())).contains("inflates to more than"));
    let empty = w.header(Tag(9, 0x1001), VR::LO, 0).repeat(6 << 20);
    assert!(refused(&file(DEFLATED, &empty)).contains("more than 2097152 elements"));
    // in the pixels: more than the image has
    let pixels = w.element(tags::PIXEL_DATA, VR::OW, &zeros);
    assert_eq!(
        refused(&file(DEFLATED, &[image(w), pixels.clone()].concat())),
        "a.dcm: the pixel data claims 67108864 bytes, but the image has 48: the header contradicts itself"
    );
    // an image larger than the limit
    let large = [
        w.number(tags::ROWS, 65535),
        w.number(tags::COLUMNS, 65535),
        w.text(tags::NUMBER_OF_FRAMES, VR::IS, "2147483647"),
        w.number(tags::BITS_ALLOCATED, 16),
        pixels,
    ]
    .concat();
    let error = Stored::new(&file(DEFLATED, &large)).open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(
        error.to_string(),
        "a.dcm: the header claims 9223090559730712575 pixels: the limit is 2147483648"
    );
}

#[test]
fn deflated_pixels_that_end_early_are_refused_when_read() {
    let w = Written::Explicit;
    let claimed = [image(w), w.header(tags::PIXEL_DATA, VR::OW, 48), vec![1; 20]].concat();
    let stored = Stored::new(&file(DEFLATED, &claimed));
    let opened = stored.open().unwrap();
    let text = opened.pixel_data().unwrap().reader().err().unwrap().to_string();
    assert!(text.contains("claims 48 bytes of pixel data but the file has 20"), "{text}");
}

#[test]
fn stray_delimiters_are_refused() {
    for w in ALL {
        let code = w.text(tags::CODE_VALUE, VR::SH, SECRET);
        let sequence = |inside: Vec<u8>| [w.header(Tag(8, 0x1032), VR::SQ, UNDEFINED), inside].concat();
        let defined = |inside: Vec<u8>| {
            [w.header(Tag(8, 0x1032), VR::SQ, inside.len() as u32), inside, vec![0; 16]].concat()
        };
        let delimiter = |element| w.item(element, 0);
        for (what, bytes) in [
            ("an item's end outside", delimiter(0xe00d)),
            ("a sequence's end outside", delimiter(0xe0dd)),
            ("an item outside", delimiter(0xe000)),
            ("an item's end in a sequence", sequence(delimiter(0xe00d))),
            (
                "a sequence's end in an item",
                sequence([w.item(0xe000, UNDEFINED), delimiter(0xe0dd)].concat()),
            ),
            ("an item in an item", sequence([w.item(0xe000, UNDEFINED), w.item(0xe000, 0)].concat())),
            ("an element in a sequence", sequence(code.clone())),
            ("a sequence's end where a length says it", defined(delimiter(0xe0dd))),
            (
                "an item's end where a length says it",
                defined([w.item(0xe000, 8), delimiter(0xe00d)].concat()),
            ),
        ] {
            let text = refused(&file(w.uid(), &[code.clone(), bytes, code.clone()].concat()));
            assert!(text.contains("damaged at byte") || text.contains("claims"), "{w:?} {what}: {text}");
        }
    }
}

#[test]
fn a_sequence_without_an_end_is_cut_short() {
    for w in ALL {
        for delimited in [true, false] {
            let whole = w.sequence(Tag(8, 0x1032), &w.text(tags::CODE_VALUE, VR::SH, "A"), delimited);
            for cut in 9..whole.len() {
                let text = refused(&file(w.uid(), &[image(w), whole[..cut].to_vec()].concat()));
                assert!(text.contains("cut short"), "{w:?} {cut}: {text}");
            }
        }
    }
}

/// No cut gives an image, and a cut within an element is an error.
#[test]
fn a_file_cut_at_any_byte_is_no_image() {
    let w = Written::Explicit;
    // each opens between two of the 16 elements before the pixels; a big-endian one also one byte further, where
    // that byte is 0 as padding is; a deflated stream never
    for (whole, opens) in [
        (file(EXPLICIT, &with_pixels(w)), 16),
        (file(IMPLICIT, &with_pixels(Written::Implicit)), 16),
        (file(Written::BigEndian.uid(), &with_pixels(Written::BigEndian)), 31),
        (file(RLE, &with_fragments()), 16),
        (file(DEFLATED, &with_pixels(w)), 0),
    ] {
        let (mut opened, mut refused) = (0, 0);
        for cut in 0..whole.len() {
            match Stored::new(&whole[..cut]).open() {
                // a deflated file is looked at to its end when it is read; its last byte may hold no pixel
                Ok(file) if file.pixel_data().is_some() => {
                    if let Ok(mut reader) = file.pixel_data().unwrap().reader() {
                        let mut pixels = [0; 48];
                        reader.native(0, &mut pixels).unwrap();
                        assert_eq!((cut + 1, pixels[47]), (whole.len(), 47));
                    }
                }
                Ok(_) => opened += 1,
                Err(error) => {
                    refused += 1;
                    assert!(!error.to_string().contains("SECRET"), "{error}");
                    assert!(!error.to_string().contains("could not be read"), "{error}");
                }
            }
        }
        assert!(refused > 50 && Stored::new(&whole).open().unwrap().pixel_data().is_some());
        assert_eq!(opened, opens);
    }
}

#[test]
fn a_meta_group_that_lies_is_refused_or_harmless() {
    let w = Written::Explicit;
    let whole = file(EXPLICIT, &with_pixels(w));
    // the length of the group: its end is known by its tags
    for length in [0_u32, 1, 20, 1000, 0xffff_ffff] {
        let mut bytes = whole.clone();
        bytes[140..144].copy_from_slice(&length.to_le_bytes());
        let stored = Stored::new(&bytes);
        assert_eq!(stored.open().unwrap().dataset().integer(tags::ROWS).unwrap(), Some(4), "{length}");
    }
    // every length of every element
    let mut at = 132;
    while at < meta(EXPLICIT).len() {
        let long = &whole[at + 4..at + 6] == b"OB";
        let (place, length) = if long {
            (at + 8..at + 12, 12 + u32::from_le_bytes(whole[at + 8..at + 12].try_into().unwrap()) as usize)
        } else {
            (at + 6..at + 8, 8 + usize::from(u16::from_le_bytes([whole[at + 6], whole[at + 7]])))
        };
        let mut bytes = whole.clone();
        bytes[place].fill(0xff);
        assert!(refused(&bytes).contains("claims"), "at byte {at}");
        at += length;
    }
    // a VR that is none, in a group that has no lengths but 32-bit ones then
    let mut bytes = whole.clone();
    bytes[136..138].copy_from_slice(b"??");
    assert!(refused(&bytes).contains("claims"));
}

#[test]
fn the_number_of_elements_is_bounded() {
    let w = Written::Implicit;
    let bytes = file(IMPLICIT, &w.header(Tag(9, 0x1001), VR::UN, 0).repeat((1 << 21) + 1));
    assert!(refused(&bytes).contains("more than 2097152 elements"));
}
