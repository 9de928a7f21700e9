//! Only the attributes of the allow-list come out, and these come out as they are.

use std::collections::BTreeSet;

use dicom_core::{Tag, header::Header as _};
use dicom_object::InMemDicomObject;
use hemastage::ErrorKind;
use hemastage_dicom::{Origin, SegmentationOptions, segmentation, structured_report};
use hemastage_image::dicom::{COPIED, CopiedEntity};

use crate::{
    bench::{Source, T2_GRID, USUAL, series},
    elements::{read, text},
    support::dicom::{
        dataset::{Dataset, Value},
        enhanced::enhanced,
        file::Syntax,
        secrets,
        tags::{self as named, Tag as Named},
    },
};

/// The value representations that hold text or bytes.
const TEXTS: [&str; 23] = [
    "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OW", "PN", "SH", "ST",
    "TM", "UC", "UI", "UN", "UR", "UT",
];
/// Those that hold numbers.
const NUMBERS: [&str; 7] = ["FL", "FD", "SL", "SS", "UL", "US", "AT"];

/// What is hidden under a value representation: whole words of every length.
fn hidden(vr: &str) -> String {
    format!("{:_<32}", format!("HIDDEN-{vr}-Abracadabra"))
}

/// Hides a value of each representation in public, private and nested elements.
fn plant(dataset: &mut Dataset) {
    dataset
        .set(Named(0x0009, 0x0010, "LO"), "HIDDEN-creator")
        .set(Named(0x0051, 0x0010, "LO"), "HIDDEN-last");
    let mut inside = Dataset::default();
    for (n, vr) in TEXTS.into_iter().enumerate() {
        let value = || Value::Bytes(hidden(vr).into_bytes());
        dataset.set(Named(0x0009, 0x1000 + n as u16, vr), value());
        dataset.set(Named(0x0051, 0x1000 + n as u16, vr), value());
        // of a group that the standard does not use
        dataset.set(Named(0x0100, 0x0100 + n as u16, vr), value());
        inside.set(Named(0x0009, 0x1000 + n as u16, vr), value());
    }
    for (n, vr) in NUMBERS.into_iter().enumerate() {
        dataset.set(Named(0x0009, 0x1100 + n as u16, vr), Value::Bytes(b"HIDDEN-N".to_vec()));
    }
    dataset.set(Named(0x0008, 0x1140, "SQ"), inside.clone());
    dataset.set(Named(0x0009, 0x1200, "SQ"), inside);
}

/// The usual source full of hidden values, as a classic series and as an enhanced file.
fn full_of_secrets() -> (Vec<Dataset>, Dataset) {
    let series = series(&T2_GRID);
    let (mut slices, mut whole) = (series.slices(), enhanced(&series, 4));
    slices.iter_mut().for_each(plant);
    plant(&mut whole);
    for groups in [named::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, named::SHARED_FUNCTIONAL_GROUPS_SEQUENCE] {
        whole.items(groups).iter_mut().for_each(plant);
    }
    (slices, whole)
}

/// Both objects of the usual study with this source.
fn objects(origin: &Origin) -> [Vec<u8>; 2] {
    let stages = segmentation(&USUAL.stage_map, origin, SegmentationOptions::default()).unwrap();
    let report = structured_report(&USUAL.report, &stages).unwrap();
    [stages.bytes().to_vec(), report]
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// All tags at any depth.
fn all_tags(object: &InMemDicomObject, found: &mut BTreeSet<Tag>) {
    for element in object {
        found.insert(element.tag());
        element.items().into_iter().flatten().for_each(|item| all_tags(item, found));
    }
}

fn source_value(slice: &Dataset, tag: [u16; 2]) -> Option<String> {
    match slice.get(Named(tag[0], tag[1], "")) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

#[test]
fn what_is_hidden_in_the_source_stays_there() {
    let (slices, whole) = full_of_secrets();
    let allowed: Vec<String> =
        COPIED.iter().filter_map(|attribute| source_value(&slices[0], attribute.tag)).collect();
    assert_eq!(allowed.len(), 11, "all but the patient's sex");
    // the parts of names and the forms of dates that are allowed, and identifiers, which refer to the source
    let is_allowed = |text: &String| {
        let digits = text.replace(['-', ':'], "");
        text == secrets::UID_ROOT
            || allowed.iter().any(|allowed| allowed.contains(text) || allowed.contains(&digits))
    };
    let forbidden: Vec<String> = secrets::forbidden().into_iter().filter(|text| !is_allowed(text)).collect();
    assert!(forbidden.len() > 35, "{forbidden:?}");
    let classic = Syntax::ALL.map(|syntax| (format!("{syntax:?}"), Source::classic(&slices, syntax)));
    for (syntax, source) in classic.into_iter().chain([("enhanced".into(), Source::single(&whole))]) {
        for bytes in objects(&source.origin()) {
            for text in
                forbidden.iter().map(String::as_str).chain(["HIDDEN", "Abracadabra", secrets::STATION])
            {
                assert!(!contains(&bytes, text), "{syntax}: {text} comes out");
            }
            let mut tags = BTreeSet::new();
            all_tags(&read(&bytes), &mut tags);
            assert!(tags.len() > 40);
            assert!(tags.iter().all(|tag| tag.group() % 2 == 0 && tag.group() != 0x0100), "private elements");
        }
    }
}

#[test]
fn what_is_allowed_comes_out_as_it_is() {
    let mut slices = series(&T2_GRID).slices();
    for slice in &mut slices {
        slice.set(Named(0x0010, 0x0040, "CS"), "F");
    }
    for (syntax, source) in Syntax::ALL
        .map(|syntax| (format!("{syntax:?}"), Source::classic(&slices, syntax)))
        .into_iter()
        .chain([("enhanced".to_owned(), Source::enhanced(&series(&T2_GRID)))])
    {
        let is_enhanced = syntax == "enhanced";
        let [stages, report] = objects(&source.origin()).map(|bytes| read(&bytes));
        for attribute in COPIED {
            let [group, element] = attribute.tag;
            let tag = Tag(group, element);
            let mut expected = source_value(&slices[0], attribute.tag).unwrap();
            if is_enhanced && attribute.keyword == "PatientSex" {
                expected.clear();
            }
            assert_eq!(text(&stages, tag), expected, "{syntax}: {}", attribute.keyword);
            if attribute.of == CopiedEntity::Study {
                assert_eq!(text(&report, tag), expected, "{syntax}: {}", attribute.keyword);
            } else {
                assert!(report.element_opt(tag).unwrap().is_none(), "a report has no coordinates");
            }
        }
        // the dates are the study's
        for object in [&stages, &report] {
            assert_eq!(text(object, Tag(0x0008, 0x0023)), "20190823");
            assert_eq!(text(object, Tag(0x0008, 0x0033)), "041907.117");
        }
    }
}

#[test]
fn names_keep_their_character_set() {
    let latin = |set: &str| {
        let mut slices = series(&T2_GRID).slices();
        for slice in &mut slices {
            // Müller in ISO 8859-1
            slice
                .set(named::SPECIFIC_CHARACTER_SET, set)
                .set(named::PATIENT_NAME, Value::Bytes(b"M\xfcller^A".to_vec()));
        }
        Source::classic(&slices, Syntax::ExplicitLittle)
    };
    for bytes in objects(&latin("ISO_IR 100").origin()) {
        assert_eq!(text(&read(&bytes), Tag(0x0010, 0x0010)), "Müller^A");
    }
    for stray in ["Quirin Zebedaeus", "ISO_IR 1000", "ISO_IR 100\\Quirin"] {
        let source = latin(stray);
        for bytes in objects(&source.origin()) {
            assert!(read(&bytes).element_opt(Tag(0x0008, 0x0005)).unwrap().is_none(), "{stray}");
            assert!(!contains(&bytes, "Quirin"));
        }
    }
}

#[test]
fn a_study_without_a_date_gets_one_that_none_has() {
    let mut slices = series(&T2_GRID).slices();
    for slice in &mut slices {
        slice.set(named::STUDY_DATE, "").remove(named::STUDY_TIME);
    }
    let source = Source::classic(&slices, Syntax::ExplicitLittle);
    for bytes in objects(&source.origin()) {
        let object = read(&bytes);
        assert_eq!(text(&object, Tag(0x0008, 0x0023)), "19000101");
        assert_eq!(text(&object, Tag(0x0008, 0x0033)), "000000");
        assert_eq!(text(&object, Tag(0x0008, 0x0020)), "", "the study's own date stays empty");
    }
}

#[test]
fn nothing_shows_an_identity() {
    let source = Source::usual();
    let series = source.series();
    let origin = series.origin().unwrap();
    let stages = segmentation(&USUAL.stage_map, &origin, SegmentationOptions::default()).unwrap();
    let all = format!("{series:?} {origin:?} {:?} {stages:?}", origin.slices());
    for secret in secrets::forbidden() {
        assert!(!all.contains(&secret), "{secret}: {all}");
    }
}

#[test]
fn refuses_a_source_that_nothing_can_be_filed_with() {
    let error = |change: &dyn Fn(usize, &mut Dataset)| {
        let mut slices = series(&T2_GRID).slices();
        slices.iter_mut().enumerate().for_each(|(n, slice)| change(n, slice));
        let error = Source::classic(&slices, Syntax::ExplicitLittle).series().origin().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert_eq!(error.place(), Some("series 2"));
        for secret in secrets::forbidden() {
            assert!(!error.to_string().contains(&secret), "{error}");
        }
        error.to_string()
    };
    let missing = error(&|_, slice| {
        slice.remove(named::STUDY_INSTANCE_UID);
    });
    assert_eq!(
        missing,
        "series 2: no StudyInstanceUID: an object made from the series could not be filed with it, so export the series again"
    );
    let no_frame = error(&|_, slice| {
        slice.remove(named::FRAME_OF_REFERENCE_UID);
    });
    assert!(no_frame.contains("no FrameOfReferenceUID"), "{no_frame}");
    let stray = error(&|_, slice| {
        slice.set(named::STUDY_INSTANCE_UID, "Doe^John");
    });
    assert!(stray.contains("StudyInstanceUID is no unique identifier: expected at most 64 digits and dots"));
    let long = error(&|_, slice| {
        slice.set(named::PATIENT_NAME, "D".repeat(1025));
    });
    assert_eq!(long, "series 2: PatientName has 1025 bytes: expected at most 1024");
    let mixed = error(&|n, slice| {
        slice.set(named::PATIENT_ID, format!("P{}", n / 5));
    });
    assert!(mixed.contains("PatientID is not the same in all slices"), "{mixed}");
    let repeated = error(&|_, slice| {
        slice.set(named::SOP_INSTANCE_UID, "1.2.3");
    });
    assert!(repeated.contains("several images have one SOPInstanceUID"), "{repeated}");
}
