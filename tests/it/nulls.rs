//! Every null of a report has its reason, whatever the study; and what the reasons and findings of unusual studies say.

use hemastage::{
    Affine, Labels, ReferenceSource, Report, Roi, StageOptions, Study, VertebraeSource, Volume,
    level::Landmarks,
    reference::{Reference, Tissue},
    stage,
};
use ndarray::Array3;
use serde_json::Value;

/// The paths of all nulls, without the brackets of lists.
fn nulls(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Null => found.push(path.into()),
        Value::Object(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| !(path.is_empty() && *key == "reasons")) {
                nulls(value, format!("{path}.{key}").trim_start_matches('.'), found);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| nulls(entry, path, found)),
        _ => {}
    }
}

/// Whether a key of the reasons, in which `*` is any part of a path, is that of a path.
fn matches(key: &str, path: &str) -> bool {
    match key.replace("[]", "").split_once('*') {
        Some((start, end)) => path.starts_with(start) && path.ends_with(end),
        None => key.replace("[]", "") == path,
    }
}

fn unexplained(report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    nulls(&serde_json::to_value(report).unwrap(), "", &mut found);
    found.sort();
    found.dedup();
    found.retain(|path| !report.reasons.keys().any(|key| matches(key, path)));
    found
}

const SHAPE: [usize; 3] = [24, 24, 60];

fn cube(lo: [usize; 3], hi: [usize; 3], affine: Affine) -> Roi {
    let inside = |(i, j, k): (usize, usize, usize)| {
        u8::from([i, j, k].iter().zip(lo.iter().zip(&hi)).all(|(at, (lo, hi))| (lo..hi).contains(&at)))
    };
    Roi::from_array(Array3::from_shape_fn(SHAPE, inside).view(), affine, &Labels::NonZero).unwrap()
}

/// What a study has.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one per part that may be missing")]
struct Kind {
    mm: f64,
    canal: bool,
    given: bool,
    /// Height of each vertebra, and of C3, in voxels.
    landmarks: Option<(f64, f64)>,
    /// The images end below this slice, so that what lies above is not sampled.
    slices: usize,
    noisy: bool,
    oriented: bool,
    cord_to: usize,
}

const USUAL: Kind = Kind {
    mm: 1.0,
    canal: true,
    given: false,
    landmarks: Some((18.0, 50.0)),
    slices: 60,
    noisy: true,
    oriented: true,
    cord_to: 58,
};

fn report(kind: Kind) -> hemastage::Result<Report> {
    let Kind { mm, .. } = kind;
    let affine =
        Affine::new([[mm, 0., 0., 0.], [0., mm, 0., 0.], [0., 0., mm, 0.], [0., 0., 0., 1.]]).unwrap();
    let hematoma = cube([9, 4, 20], [15, 8, 45], affine);
    let cord = cube([9, 9, 2], [15, 15, kind.cord_to], affine);
    let mut random = fastrand::Rng::with_seed(3);
    let mut image = |blood: f64| {
        let shape = (SHAPE[0], SHAPE[1], kind.slices);
        let array = Array3::from_shape_fn(shape, |(i, j, k)| {
            let noise = if kind.noisy { random.f64() * 20.0 } else { 0.0 };
            let is_blood = (9..15).contains(&i) && (4..8).contains(&j) && (20..45).contains(&k);
            400.0 * if is_blood { blood } else { 1.0 } + noise
        });
        Volume::from_array(array, affine)
    };
    let (t1, t2) = (image(1.0)?, image(0.6)?);
    let reference = if kind.given {
        ReferenceSource::given(Reference::given(400.0, None)?, Reference::given(400.0, Some(0.0))?)
    } else {
        ReferenceSource::tissue(Tissue::Cord, cord)
    };
    let mut study = Study::new(t1, t2, hematoma, reference)?;
    if kind.canal {
        study = study.with_canal(cube([7, 3, 0], [17, 17, 60], affine));
    }
    if let Some((height, first)) = kind.landmarks {
        let at = |n: f64| [12.0 * mm, 20.0 * mm, (first - n * height) * mm];
        let text = format!("{{\"C3\": {:?}, \"C4\": {:?}, \"C5\": {:?}}}", at(0.0), at(1.0), at(2.0));
        study = study.with_vertebrae(VertebraeSource::landmarks(text.parse::<Landmarks>()?));
    }
    if !kind.oriented {
        study = study.with_unknown_orientation();
    }
    Ok(stage(&study, &StageOptions::default())?.report)
}

#[test]
fn every_null_has_a_reason() {
    let mut nulls_found = 0;
    for mm in [1.0, 3.0, 0.001] {
        for (canal, given) in [(true, false), (false, false), (true, true), (false, true)] {
            for landmarks in
                [None, Some((18.0, 50.0)), Some((4.0, 40.0)), Some((18.0, 200.0)), Some((3.0, 44.0))]
            {
                for (slices, oriented, noisy, cord_to) in
                    [(60, true, true, 58), (40, true, true, 58), (60, false, true, 58), (60, true, false, 30)]
                {
                    let kind = Kind { mm, canal, given, landmarks, slices, noisy, oriented, cord_to };
                    // far from the hematoma, or of lengths that are no spine's
                    let Ok(report) = report(kind) else { continue };
                    let missing = unexplained(&report);
                    assert!(
                        missing.is_empty(),
                        "{missing:?} of {mm} mm, {landmarks:?}: {:?}",
                        report.reasons
                    );
                    let mut found = Vec::new();
                    nulls(&serde_json::to_value(&report).unwrap(), "", &mut found);
                    nulls_found += found.len();
                }
            }
        }
    }
    assert!(nulls_found > 1000, "{nulls_found}");
}

#[test]
fn a_span_that_is_null_has_its_reason() {
    // all of the hematoma is a fortieth of a millimeter
    let report = report(Kind { mm: 0.001, ..USUAL }).unwrap();
    assert!(report.levels.as_ref().unwrap().span.is_none());
    assert_eq!(report.reasons["levels.span"], "no level is covered far enough to be involved");
}

#[test]
fn vertebrae_are_no_farther_apart_than_those_of_a_spine() {
    let error = report(Kind { landmarks: Some((2000.0, 50.0)), ..USUAL }).unwrap_err().to_string();
    assert_eq!(
        error,
        "vertebrae: the vertebrae span 4000 mm: expected at most 2000 mm, as no spine is longer; check the unit of the coordinates"
    );
}

#[test]
fn a_reference_that_does_not_vary_is_a_finding() {
    let codes = |kind| {
        let report = report(kind).unwrap();
        report.findings.into_iter().filter(|f| f.code == "reference_flat").collect::<Vec<_>>()
    };
    let found = codes(Kind { noisy: false, ..USUAL });
    let shown: Vec<_> = found.iter().map(|f| (f.place.as_deref(), f.message.as_str())).collect();
    let text = "the spread of the reference is 0: a constant or a mask was given as the image";
    assert_eq!(shown, [(Some("t1"), text), (Some("t2"), text)]);
    assert!(codes(USUAL).is_empty());
    assert!(
        codes(Kind { given: true, ..USUAL }).is_empty(),
        "a spread of 0 that the caller gave is no image's"
    );
}
