//! Studies whose sides, cord or images are missing.

use hemastage::{ReferenceSource, StageOptions, Study, reference::Reference, stage};
use hemastage_image::{Affine, Labels, Roi, Volume};
use ndarray::Array3;

use super::{PictureOptions, picture};

const SHAPE: (usize, usize, usize) = (8, 30, 40);

/// A cord of 40 mm with a box behind it; images hold `outside` beyond both.
fn study(outside: f64) -> Study {
    let affine = Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]);
    let affine = affine.unwrap();
    let cord = |(i, j, _): (usize, usize, usize)| (2..6).contains(&i) && (14..20).contains(&j);
    let blood = |(i, j, k): (usize, usize, usize)| {
        (2..6).contains(&i) && (9..14).contains(&j) && (10..30).contains(&k)
    };
    let image = |value: f64| {
        let signal = move |at| {
            if cord(at) {
                100.0
            } else if blood(at) {
                value
            } else {
                outside
            }
        };
        Volume::from_array(Array3::from_shape_fn(SHAPE, signal), affine).unwrap()
    };
    let mask = |inside: &dyn Fn((usize, usize, usize)) -> bool| {
        let array = Array3::from_shape_fn(SHAPE, |at| u8::from(inside(at)));
        Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap()
    };
    Study::new(image(100.0), image(180.0), mask(&blood), mask(&cord)).unwrap()
}

/// The texts of the figure.
fn texts(study: &Study) -> Vec<String> {
    let staged = stage(study, &StageOptions::default()).unwrap();
    let figure = picture(study, &staged, &PictureOptions::default()).unwrap();
    assert!(!figure.svg().contains("NaN") && figure.png().unwrap().len() > 10_000);
    let document = roxmltree::Document::parse(figure.svg()).unwrap();
    document.descendants().filter_map(|node| node.text()).map(ToOwned::to_owned).collect()
}

fn has(texts: &[String], text: &str) -> bool {
    texts.iter().any(|found| found == text)
}

#[test]
fn a_plain_study_has_sides_sectors_and_a_cord() {
    let texts = texts(&study(10.0));
    let shares = "Sectors: ventral 0\u{a0}%, right 0\u{a0}%, dorsal 100\u{a0}%, left 0\u{a0}%";
    for text in ["R", "L", "A", "P", "S", "I", "cord", shares, "T1, sagittal", "T1, axial"] {
        assert!(has(&texts, text), "{text}: {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.contains("not known")));
}

#[test]
fn without_sides_no_side_is_named() {
    let study = study(10.0).with_unknown_orientation();
    let texts = texts(&study);
    for text in ["R", "L", "A", "P", "S", "I"] {
        assert!(!has(&texts, text), "{text}");
    }
    assert!(
        !texts
            .iter()
            .any(|text| text.starts_with("Sectors") || text.contains("axial") || text.contains("agittal"))
    );
    assert!(texts.iter().any(|text| text.contains("do not tell left from right")), "{texts:?}");
}

#[test]
fn without_a_cord_none_is_drawn() {
    let given = Reference::given(100.0, None).unwrap();
    let study = study(10.0).with_reference(ReferenceSource::given(given.clone(), given)).unwrap();
    let texts = texts(&study);
    assert!(!has(&texts, "cord") && has(&texts, "R"));
    assert!(texts.iter().any(|text| text.contains("thickness is not known")), "{texts:?}");
}

#[test]
fn images_without_numbers_around_the_masks_are_dark_there() {
    for outside in [f64::NAN, f64::INFINITY, 0.0] {
        assert!(has(&texts(&study(outside)), "R"));
    }
}

#[test]
fn a_study_is_named_by_any_letters() {
    let study = study(10.0);
    let staged = stage(&study, &StageOptions::default()).unwrap();
    let named = |name: &str| picture(&study, &staged, &PictureOptions::default().with_study(name)).unwrap();
    let turned = named("\u{202e}live\u{0}<b>&");
    assert!(turned.svg().contains("\u{fffd}live\u{fffd}&lt;b&gt;&amp;"));
    // the PNG has a sign for each letter that its font does not have
    let [none, two, three] = ["", "患者", "患者患"].map(|name| named(name).png().unwrap());
    assert!(none != two && two != three);
    assert_eq!(three, named("者患者").png().unwrap());
}
