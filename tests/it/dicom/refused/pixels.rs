//! Pixels that are not a plain gray image, and encodings that are not read.

use crate::dicom::refused::given::{assert_says, refusal, remove, series, set};
use crate::support::dicom::{
    dataset::{Dataset, Value},
    enhanced::enhanced,
    file::{Syntax, file, head},
    small_study::Role,
    tags::{
        BITS_ALLOCATED, BITS_STORED, COLUMNS, HIGH_BIT, NUMBER_OF_FRAMES, PHOTOMETRIC_INTERPRETATION,
        PIXEL_DATA, PIXEL_REPRESENTATION, SAMPLES_PER_PIXEL, SOP_CLASS_UID, Tag,
    },
};

fn changed(change: impl FnOnce(&mut Dataset)) -> Option<hemastage::Error> {
    let mut image = enhanced(&series(), 6);
    change(&mut image);
    refusal(Role::Image, &[file(&image, Syntax::ExplicitLittle)])
}

#[test]
fn contradictions_are_named() {
    let cases: [(&str, Tag, Value, &[&str]); 9] = [
        ("bits allocated", BITS_ALLOCATED, 12.into(), &["BitsAllocated", "12"]),
        ("bits stored", BITS_STORED, 17.into(), &["BitsStored", "17"]),
        ("no bits stored", BITS_STORED, 0.into(), &["BitsStored", "0"]),
        ("high bit", HIGH_BIT, 11.into(), &["HighBit", "11"]),
        ("sign", PIXEL_REPRESENTATION, 7.into(), &["PixelRepresentation", "7"]),
        ("samples", SAMPLES_PER_PIXEL, 3.into(), &["SamplesPerPixel", "3"]),
        ("palette", PHOTOMETRIC_INTERPRETATION, "PALETTE COLOR".into(), &["PhotometricInterpretation"]),
        ("columns", COLUMNS, 0.into(), &["0"]),
        ("frames", NUMBER_OF_FRAMES, 0.into(), &["NumberOfFrames", "0"]),
    ];
    for (name, tag, value, parts) in cases {
        assert_says(changed(set(tag, value)), name, parts);
    }
    assert_says(changed(remove(PIXEL_DATA)), "no pixels", &["pixel"]);
}

#[test]
fn numbers_with_a_point_are_not_supported() {
    let float = changed(|image| {
        let pixels = vec![0; 4 * 8 * 7 * 6];
        image.remove(PIXEL_DATA).set(Tag(0x7FE0, 0x0008, "OF"), pixels).set(BITS_ALLOCATED, 32);
    });
    assert_says(float, "float", &["pixels"]);
}

#[test]
fn encodings_that_are_not_read_are_named() {
    let image = enhanced(&series(), 6).with(PIXEL_DATA, Value::Fragments(vec![vec![0xFF; 40]; 6]));
    let body = Syntax::ExplicitLittle.encoding().bytes(&image);
    let given = |uid: &str| refusal(Role::Mask(""), &[[head(&image, uid), body.clone()].concat()]);
    assert_says(given("1.2.840.10008.1.2.4.201"), "HTJ2K", &["JPEG 2000"]);
    assert_says(given("1.2.840.10008.1.2.4.102"), "video", &["H.264"]);
    assert_says(given("1.2.3.4"), "an unknown one", &["transfer syntax"]);
    if cfg!(not(feature = "jpeg2000")) {
        assert_says(given("1.2.840.10008.1.2.4.90"), "JPEG 2000", &["JPEG 2000", "jpeg2000"]);
    }
    if cfg!(not(feature = "jpegls")) {
        assert_says(given("1.2.840.10008.1.2.4.80"), "JPEG-LS", &["JPEG-LS", "jpegls"]);
    }
}

#[test]
fn other_objects_are_no_images() {
    let directory = Dataset::default().with(SOP_CLASS_UID, "1.2.840.10008.1.3.10");
    assert_says(refusal(Role::Image, &[file(&directory, Syntax::ExplicitLittle)]), "DICOMDIR", &["DICOMDIR"]);
    assert_says(refusal(Role::Image, &[file(&Dataset::default(), Syntax::ExplicitLittle)]), "nothing", &[]);
    let cut = file(&enhanced(&series(), 6), Syntax::ExplicitLittle);
    assert_says(refusal(Role::Image, &[cut[..cut.len() - 30].to_vec()]), "cut", &["short"]);
}
