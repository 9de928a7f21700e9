//! What is read from valid and from unusual files.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::{
    super::{DicomFile, pixel_data::PixelLayout, transfer_syntax::TransferSyntax},
    bytes::{
        DEFLATED, EXPLICIT, IMPLICIT, RLE, SECRET, Stored, UNDEFINED, Written, deflate, error, file, image,
        meta, with_fragments, with_pixels,
    },
};
use crate::error::ErrorKind;

/// What `bytes::image` says, whatever way it is written.
fn is_the_image(file: &DicomFile) {
    let data = file.dataset();
    assert_eq!(data.texts(tags::IMAGE_TYPE), ["ORIGINAL", "PRIMARY", "M"]);
    assert_eq!(data.text(tags::IMAGE_TYPE).unwrap(), "ORIGINAL");
    assert_eq!(data.item(tags::PROCEDURE_CODE_SEQUENCE).unwrap().text(tags::CODE_VALUE).unwrap(), "T-D1213");
    let inner = data.item(tags::ANATOMIC_REGION_SEQUENCE).unwrap().item(Tag(8, 0x2220)).unwrap();
    assert_eq!(inner.text(tags::CODE_MEANING).unwrap(), SECRET);
    assert_eq!(data.number(tags::SLICE_THICKNESS).unwrap(), Some(4.5));
    assert_eq!(data.numbers::<3>(tags::IMAGE_POSITION_PATIENT).unwrap(), Some([-1.5, 2.25, 10.0]));
    assert_eq!(data.integer(tags::INSTANCE_NUMBER).unwrap(), Some(7));
    assert_eq!(data.integer(tags::ROWS).unwrap(), Some(4));
    assert_eq!(data.integer(tags::COLUMNS).unwrap(), Some(6));
    assert_eq!(data.integer(tags::PIXEL_PADDING_VALUE).unwrap(), Some(-2000), "signed as the pixels are");
    assert_eq!(data.text(tags::CODE_VALUE), None, "an element of an item is not one of the data set");
    assert!(!data.has(tags::PIXEL_DATA));
}

fn pixels(file: &DicomFile) -> Vec<u8> {
    let data = file.pixel_data().unwrap();
    let &PixelLayout::Native { bytes } = data.layout() else { panic!("fragments") };
    let mut out = vec![0; bytes as usize];
    data.reader().unwrap().native(0, &mut out).unwrap();
    out
}

#[test]
fn every_way_of_writing_reads_the_same() {
    for w in [Written::Implicit, Written::Explicit, Written::BigEndian] {
        let bytes = file(w.uid(), &with_pixels(w));
        let without_preamble = &bytes[128..];
        let without_magic = &bytes[132..];
        for bytes in [&bytes[..], without_preamble, without_magic, &with_pixels(w)] {
            let stored = Stored::new(bytes);
            assert!(DicomFile::is_dicom(&stored.path()).unwrap(), "{w:?}");
            let file = stored.open().unwrap();
            is_the_image(&file);
            assert_eq!(file.transfer_syntax(), TransferSyntax::of_uid(w.uid()).unwrap());
            assert_eq!(pixels(&file), (0..48).collect::<Vec<u8>>());
            assert_eq!((file.name(), file.stored_bytes()), ("a.dcm", bytes.len() as u64));
        }
    }
}

#[test]
fn a_deflated_file_is_inflated() {
    let stored = Stored::new(&file(DEFLATED, &with_pixels(Written::Explicit)));
    let file = stored.open().unwrap();
    is_the_image(&file);
    assert_eq!(pixels(&file), (0..48).collect::<Vec<u8>>());
    let mut part = [0; 5];
    file.pixel_data().unwrap().reader().unwrap().native(43, &mut part).unwrap();
    assert_eq!(part, [43, 44, 45, 46, 47]);
}

/// More than one piece of inflated bytes, read across their border.
#[test]
fn large_deflated_pixels_are_read_in_pieces() {
    let w = Written::Explicit;
    let size = 1200_u16;
    let pixels: Vec<u8> = (0..usize::from(size) * usize::from(size)).map(|i| (i % 251) as u8).collect();
    let bytes = [
        w.number(tags::ROWS, size),
        w.number(tags::COLUMNS, size),
        w.number(tags::BITS_ALLOCATED, 8),
        w.element(tags::PIXEL_DATA, VR::OB, &pixels),
    ]
    .concat();
    let stored = Stored::new(&file(DEFLATED, &bytes));
    let file = stored.open().unwrap();
    assert_eq!(self::pixels(&file), pixels);
    let mut reader = file.pixel_data().unwrap().reader().unwrap();
    let mut part = [0; 100];
    reader.native((1 << 20) - 50, &mut part).unwrap();
    assert_eq!(part, pixels[(1 << 20) - 50..(1 << 20) + 50]);
}

#[test]
fn pixels_outside_the_pixel_data_are_refused() {
    let stored = Stored::new(&file(EXPLICIT, &with_pixels(Written::Explicit)));
    let file = stored.open().unwrap();
    let mut reader = file.pixel_data().unwrap().reader().unwrap();
    assert_eq!(reader.native(47, &mut [0; 2]).unwrap_err().kind(), ErrorKind::Parameter);
    assert_eq!(reader.native(u64::MAX, &mut [0; 2]).unwrap_err().kind(), ErrorKind::Parameter);
    assert_eq!(reader.fragment(0, &mut Vec::new()).unwrap_err().kind(), ErrorKind::Parameter);
}

#[test]
fn fragments_are_found_and_read() {
    let stored = Stored::new(&file(RLE, &with_fragments()));
    let file = stored.open().unwrap();
    is_the_image(&file);
    let data = file.pixel_data().unwrap();
    let layout = PixelLayout::Encapsulated { offset_table: vec![0, 12], fragments: vec![4, 6] };
    assert_eq!(data.layout(), &layout);
    let mut reader = data.reader().unwrap();
    let mut out = Vec::new();
    reader.fragment(1, &mut out).unwrap();
    reader.fragment(0, &mut out).unwrap();
    assert_eq!(out, [5, 6, 7, 8, 9, 10, 1, 2, 3, 4]);
    assert_eq!(reader.fragment(2, &mut out).unwrap_err().kind(), ErrorKind::Parameter);
    assert_eq!(reader.native(0, &mut [0]).unwrap_err().kind(), ErrorKind::Parameter);
}

#[test]
fn an_extended_offset_table_stands_in_for_an_empty_one() {
    let w = Written::Explicit;
    let table: Vec<u8> = [0_u64, 1 << 33].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let start = [
        w.element(tags::EXTENDED_OFFSET_TABLE, VR::OV, &table),
        w.header(tags::PIXEL_DATA, VR::OB, UNDEFINED),
        w.item(0xe000, 0),
    ];
    let bytes = [start.concat(), w.item(0xe0dd, 0)].concat();
    let stored = Stored::new(&file(RLE, &bytes));
    let layout = PixelLayout::Encapsulated { offset_table: vec![0, 1 << 33], fragments: vec![] };
    assert_eq!(stored.open().unwrap().pixel_data().unwrap().layout(), &layout);
}

#[test]
fn compression_and_layout_must_agree() {
    let native = error(&file(RLE, &with_pixels(Written::Explicit)));
    assert_eq!(
        native,
        "a.dcm: pixel data of a stated length, but the transfer syntax is RLE lossless, which has fragments: the header contradicts itself"
    );
    let fragments = error(&file(EXPLICIT, &with_fragments()));
    assert_eq!(
        fragments,
        "a.dcm: pixel data in fragments, but the transfer syntax is explicit VR little endian: the header contradicts itself"
    );
}

/// What a writer did not know keeps the implicit encoding that it came with (PS3.5 section 6.2.2).
#[test]
fn an_unknown_sequence_is_implicit_within_explicit() {
    let (i, w) = (Written::Implicit, Written::Explicit);
    let inner = i.sequence(Tag(0x11, 0x1002), &i.text(tags::CODE_VALUE, VR::SH, "INNER"), true);
    let sequence = i.sequence(Tag(0x11, 0x1001), &inner, true);
    let bytes =
        [w.header(Tag(0x11, 0x1001), VR::UN, UNDEFINED), sequence[8..].to_vec(), w.number(tags::ROWS, 9)]
            .concat();
    let stored = Stored::new(&file(EXPLICIT, &bytes));
    let file = stored.open().unwrap();
    let inner = file.dataset().item(Tag(0x11, 0x1001)).unwrap().item(Tag(0x11, 0x1002)).unwrap();
    assert_eq!(inner.text(tags::CODE_VALUE).unwrap(), "INNER");
    assert_eq!(file.dataset().integer(tags::ROWS).unwrap(), Some(9));
}

#[test]
fn a_known_element_of_unknown_vr_has_its_own() {
    let w = Written::Explicit;
    let stored = Stored::new(&file(EXPLICIT, &w.element(tags::ROWS, VR::UN, &[3, 1])));
    assert_eq!(stored.open().unwrap().dataset().integer(tags::ROWS).unwrap(), Some(259));
}

/// Icons and private blobs are passed over; long lists of numbers are kept.
#[test]
fn large_values_that_nobody_needs_are_not_kept() {
    let w = Written::Implicit;
    let blob = vec![7; 100_000];
    let list = "1.5\\".repeat(30_000) + "2";
    let fragments = [
        w.header(tags::PIXEL_DATA, VR::OB, UNDEFINED),
        w.item(0xe000, 0),
        w.item(0xe000, 2),
        vec![1, 2],
        w.item(0xe0dd, 0),
    ]
    .concat();
    let icon = w.element(tags::PIXEL_DATA, VR::OB, &[1, 2, 3, 4]);
    let bytes = [
        w.element(Tag(9, 0x1010), VR::UN, &blob),
        w.sequence(tags::ICON_IMAGE_SEQUENCE, &fragments, true),
        w.sequence(Tag(0x88, 0x0201), &icon, false),
        w.text(tags::CONTOUR_DATA, VR::DS, &list),
        w.number(tags::ROWS, 9),
    ]
    .concat();
    let stored = Stored::new(&file(IMPLICIT, &bytes));
    let file = stored.open().unwrap();
    let data = file.dataset();
    assert!(data.has(Tag(9, 0x1010)) && data.text(Tag(9, 0x1010)).is_none());
    assert_eq!(data.items(tags::ICON_IMAGE_SEQUENCE).count(), 1);
    let numbers = data.number_list(tags::CONTOUR_DATA).unwrap();
    assert_eq!((numbers.len(), numbers[0], numbers[30_000]), (30_001, 1.5, 2.0));
    assert_eq!(data.integer(tags::ROWS).unwrap(), Some(9));
    assert!(file.pixel_data().is_none(), "an icon is not the image");
}

#[test]
fn numbers_are_numbers_or_errors_that_do_not_repeat_them() {
    let w = Written::Explicit;
    let number = |text: &str| {
        let stored = Stored::new(&file(EXPLICIT, &w.text(tags::RESCALE_SLOPE, VR::DS, text)));
        stored.open().unwrap().dataset().number(tags::RESCALE_SLOPE).map_err(|error| error.to_string())
    };
    for (text, value) in
        [("1.5", 1.5), (" +2e3 ", 2000.0), ("-.5", -0.5), ("7.", 7.0), ("1\0", 1.0), ("0.1\\2", 0.1)]
    {
        assert_eq!(number(text), Ok(Some(value)), "{text}");
    }
    for text in ["", " ", "\0\0"] {
        assert_eq!(number(text), Ok(None), "{text:?}");
    }
    for text in ["abc", "nan", "inf", "0,5", "1e400", "1 2", "1\\x", "--1", SECRET] {
        let expected = "RescaleSlope is not a number: expected a finite decimal number";
        assert_eq!(number(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn binary_numbers_are_read_by_their_vr() {
    let w = Written::Explicit;
    let bytes = [
        w.element(Tag(0x18, 0x6020), VR::SL, &(-5_i32).to_le_bytes()),
        w.element(Tag(0x18, 0x6016), VR::UL, &u32::MAX.to_le_bytes()),
        w.element(Tag(0x18, 0x9073), VR::FD, &2.5_f64.to_le_bytes()),
        w.element(Tag(0x18, 0x9074), VR::FD, &f64::NAN.to_le_bytes()),
        w.element(Tag(0x18, 0x9087), VR::FD, &[1, 2, 3]),
        w.element(Tag(0x20, 0x9157), VR::UL, &[1, 0, 0, 0, 2, 0, 0, 0]),
    ];
    let stored = Stored::new(&file(EXPLICIT, &bytes.concat()));
    let file = stored.open().unwrap();
    let data = file.dataset();
    assert_eq!(data.integer(Tag(0x18, 0x6020)).unwrap(), Some(-5));
    assert_eq!(data.integer(Tag(0x18, 0x6016)).unwrap(), Some(4_294_967_295));
    assert_eq!(data.number(Tag(0x18, 0x9073)).unwrap(), Some(2.5));
    assert_eq!(data.number(Tag(0x18, 0x9074)).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(data.number(Tag(0x18, 0x9087)).unwrap_err().kind(), ErrorKind::Malformed, "three bytes");
    assert_eq!(data.integers(Tag(0x20, 0x9157)).unwrap(), [1, 2]);
    assert_eq!(data.numbers::<2>(Tag(0x20, 0x9157)).unwrap(), Some([1.0, 2.0]));
    assert_eq!(
        data.numbers::<3>(Tag(0x20, 0x9157)).unwrap_err().to_string(),
        "DimensionIndexValues has 2 values: expected 3"
    );
    assert_eq!(
        data.integer(Tag(0x18, 0x9073)).unwrap_err().kind(),
        ErrorKind::Malformed,
        "2.5 is no integer"
    );
    assert_eq!(data.integer(Tag(9, 9)).unwrap(), None);
}

#[test]
fn text_is_read_in_its_character_set() {
    let w = Written::Explicit;
    let text = |set: &str, value: &[u8]| {
        let bytes = [
            w.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, set),
            w.element(tags::SEGMENT_LABEL, VR::LO, value),
        ];
        let stored = Stored::new(&file(EXPLICIT, &bytes.concat()));
        stored.open().unwrap().dataset().texts(tags::SEGMENT_LABEL)
    };
    assert_eq!(text("ISO_IR 100", b"H\xe4matom"), ["Hämatom"]);
    assert_eq!(text("ISO_IR 192", "Hämatom\\b".as_bytes()), ["Hämatom", "b"]);
    assert_eq!(text("ISO_IR 144", b"\xda\xe0\xde\xd2\xec"), ["кровь"]);
    // the second byte of one character is that of a backslash (PS3.5 annex H)
    assert_eq!(text("GB18030", &[0x81, 0x5c, b'\\', b'a']), ["\u{4e57}", "a"]);
    assert_eq!(text("\\ISO 2022 IR 87", b"\x1b\x24\x42\x37\x6c\x1b\x28\x42"), ["血"]);
    // an unknown set is the default one, whose upper half is read as Latin 1; and bytes that are not UTF-8
    assert_eq!(text("NONE", b"H\xe4matom"), ["Hämatom"]);
    assert_eq!(text("ISO_IR 192", b"A\xff"), ["A\u{fffd}"]);
}

#[test]
fn a_repeated_element_replaces_the_one_before() {
    let w = Written::Explicit;
    let stored = Stored::new(&file(EXPLICIT, &[w.number(tags::ROWS, 1), w.number(tags::ROWS, 2)].concat()));
    assert_eq!(stored.open().unwrap().dataset().integer(tags::ROWS).unwrap(), Some(2));
}

#[test]
fn items_are_walked_in_order_and_may_be_empty() {
    let w = Written::Explicit;
    let items = [
        w.item(0xe000, 0),
        w.item(0xe000, 10),
        w.number(tags::ROWS, 1),
        w.item(0xe000, UNDEFINED),
        w.number(tags::ROWS, 2),
        w.item(0xe00d, 0),
    ]
    .concat();
    let tag = tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE;
    let bytes = [w.header(tag, VR::SQ, items.len() as u32), items, w.number(tags::COLUMNS, 3)].concat();
    let stored = Stored::new(&file(EXPLICIT, &bytes));
    let file = stored.open().unwrap();
    let rows: Vec<_> = file.dataset().items(tag).map(|item| item.integer(tags::ROWS).unwrap()).collect();
    assert_eq!(rows, [None, Some(1), Some(2)]);
    assert_eq!(file.dataset().integer(tags::COLUMNS).unwrap(), Some(3));
    assert_eq!(file.dataset().items(tags::COLUMNS).count(), 0, "not a sequence");
    assert_eq!(file.dataset().item(tag).unwrap().items(tag).count(), 0);
}

#[test]
fn only_dicom_looks_like_dicom() {
    let w = Written::Implicit;
    let looks = |bytes: &[u8]| DicomFile::is_dicom(&Stored::new(bytes).path()).unwrap();
    assert!(looks(&image(w)) && looks(&meta(IMPLICIT)) && looks(&meta(IMPLICIT)[132..]));
    let nifti = [348_u32.to_le_bytes().to_vec(), vec![0; 344]].concat();
    let long_text = [8, 0, 8, 0, 0xff, 0xff, 0, 0];
    for bytes in [&nifti[..], b"", b"DIC", b"a text", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0], &[0; 200], &long_text]
    {
        assert!(!looks(bytes), "{:?}", &bytes[..bytes.len().min(8)]);
        let text = error(bytes);
        assert!(text.starts_with("a.dcm: not a DICOM file: expected `DICM` at byte 128"), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(!DicomFile::is_dicom(folder.path()).unwrap());
    let error = DicomFile::open(folder.path(), crate::Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "(a folder): not a regular file: expected a DICOM file");
}

#[test]
fn an_index_of_files_is_not_an_image() {
    let w = Written::Explicit;
    let record = w.sequence(tags::DIRECTORY_RECORD_SEQUENCE, &w.text(Tag(4, 0x1430), VR::CS, "IMAGE"), true);
    let expected =
        "a.dcm: a DICOMDIR, which is an index of other files: give the folder with the images themselves";
    assert_eq!(error(&file(EXPLICIT, &record)), expected);
    let mut by_class = file(EXPLICIT, &image(w));
    let class = by_class.windows(25).position(|part| part == b"1.2.840.10008.5.1.4.1.1.4").unwrap();
    by_class[class..class + 26].copy_from_slice(b"1.2.840.10008.1.3.10\0\0\0\0\0\0");
    assert_eq!(error(&by_class), expected);
}

#[test]
fn a_syntax_that_is_not_read_is_named_and_an_unknown_one_is_not() {
    let of = |uid: &str| Stored::new(&file(uid, &image(Written::Explicit))).open().unwrap_err();
    assert_eq!(
        of("1.2.840.10008.1.2.4.202").to_string(),
        "a.dcm: the transfer syntax is high-throughput JPEG 2000 lossless (RPCL), which is not supported: export the file uncompressed (explicit VR little endian)"
    );
    assert_eq!(of("1.2.3.4").kind(), ErrorKind::Unsupported);
    assert!(!of("1.2.3.4").to_string().contains("1.2.3.4"));
    assert_eq!(of(&"1.2".repeat(40)).kind(), ErrorKind::Malformed, "longer than a UID can be");
}

#[test]
fn nothing_private_shows_in_debug() {
    let stored = Stored::new(&file(EXPLICIT, &with_pixels(Written::Explicit)));
    let text = format!("{:?}", stored.open().unwrap());
    assert!(!text.contains(SECRET) && !text.contains("a.dcm") && !text.contains('/'), "{text}");
}

/// Deflated bytes of a file that says it is not.
#[test]
fn a_syntax_that_does_not_fit_is_an_error() {
    let (plain, deflated) = (image(Written::Explicit), deflate(&image(Written::Explicit)));
    for (uid, data) in [(EXPLICIT, &deflated), (DEFLATED, &plain), (DEFLATED, &image(Written::Implicit))] {
        let opened = Stored::new(&[&meta(uid)[..], data].concat()).open().unwrap();
        assert_eq!(opened.dataset().integer(tags::ROWS).unwrap(), Some(4));
        let (stated, read_as) = opened.contradicted_syntax().unwrap();
        let is_deflated = |name: &str| name.starts_with("deflated");
        assert!(is_deflated(stated) != is_deflated(read_as), "{stated}, {read_as}");
    }
    let text = error(&[meta(super::bytes::RLE), deflated].concat());
    assert!(text.contains("stated as RLE lossless, but the elements are deflated explicit"), "{text}");
}

/// Elements of another encoding than the file states are read as they are; those of a compressed file are refused.
#[test]
fn a_syntax_that_the_data_contradicts_is_named() {
    let all = [
        (Written::Implicit, "implicit VR little endian"),
        (Written::Explicit, "explicit VR little endian"),
        (Written::BigEndian, "explicit VR big endian"),
    ];
    for (stated, stated_name) in all {
        for (written, name) in all {
            let stored = Stored::new(&file(stated.uid(), &with_pixels(written)));
            let opened = stored.open().unwrap();
            assert_eq!(opened.dataset().integer(tags::ROWS).unwrap(), Some(4), "{stated:?} {written:?}");
            let contradicted = (stated != written).then_some((stated_name, name));
            assert_eq!(opened.contradicted_syntax(), contradicted);
            assert_eq!(opened.transfer_syntax().big_endian(), written == Written::BigEndian);
            assert!(opened.pixel_data().is_some());
        }
    }
    let text = error(&file(super::bytes::RLE, &with_pixels(Written::Implicit)));
    let expected = "a.dcm: the transfer syntax is stated as RLE lossless, but the elements are implicit VR little endian: export";
    assert!(text.starts_with(expected), "{text}");
    // the length of a long text in implicit encoding may look like letters
    let w = Written::Implicit;
    let text = "A".repeat(0x5343);
    let long = [w.text(Tag(8, 5), VR::CS, &text[1..]), image(w)].concat();
    assert_eq!(Stored::new(&file(IMPLICIT, &long)).open().unwrap().contradicted_syntax(), None);
}
