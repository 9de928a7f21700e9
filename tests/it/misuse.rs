//! Wrong use is refused with a text, or does not compile; it never gives a number.

use hemastage::{
    Criteria, ErrorKind, Labels, Result, Roi, StageOptions, Study, Volume,
    classify::{ClassifyOptions, Prior, Ratios, Smoothing, classify},
    label_map::LabelMap,
    level::{LevelOptions, Scheme, Vertebrae, levels},
    phase::PhaseOptions,
    reference::{Reference, ReferenceMode, ReferenceOptions, ReferenceRegion, Tissue, reference},
    roi::Column,
    sample::{Samples, sample},
    shape::ShapeOptions,
    stage,
    stage::Stage,
};
use hemastage_phantom::PhantomOptions;

use crate::support::phantoms::shared_phantom;

struct Scan {
    roi: Roi,
    cord: Roi,
    t1: Volume,
    t2: Volume,
    vertebrae: LabelMap,
}

fn scan() -> Scan {
    let phantom = shared_phantom(&PhantomOptions::small());
    let affine = *phantom.mask_grid.affine();
    Scan {
        roi: Roi::from_array(phantom.hematoma.view(), affine, &Labels::NonZero).unwrap(),
        cord: Roi::from_array(phantom.cord.view(), affine, &Labels::NonZero).unwrap(),
        vertebrae: LabelMap::from_array(phantom.vertebrae.view(), affine).unwrap(),
        t1: Volume::from_array(phantom.t1.clone(), *phantom.t1_grid.affine()).unwrap(),
        t2: Volume::from_array(phantom.t2.clone(), *phantom.t2_grid.affine()).unwrap(),
    }
}

#[track_caller]
fn assert_refused<T>(result: Result<T>, text: &str) {
    let Err(error) = result else { panic!("not refused: {text}") };
    assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn a_column_of_another_length_is_refused() {
    let Scan { roi, .. } = scan();
    for len in [0, roi.len() - 5, roi.len() + 5] {
        assert_refused(
            Column::new(&roi, vec![1.0; len]),
            &format!("a column has {len} values for a region of"),
        );
    }
}

#[test]
fn a_column_of_another_region_is_refused() {
    let Scan { roi, cord, t1, vertebrae, .. } = scan();
    let of =
        |roi: &Roi, ratio: f64| Ratios::new(Column::new(roi, vec![ratio; roi.len()]).unwrap(), 0.05).unwrap();
    let criteria = Criteria::default();
    let prior = Prior::new(&criteria, &[]);
    for smoothing in [Smoothing::Median, Smoothing::None] {
        let options = ClassifyOptions::default().with_smoothing(smoothing);
        let found = classify(of(&roi, 1.0), of(&cord, 1.5), &criteria, &prior, &options);
        assert_refused(found, "T2 ratios of another region were given");
    }
    let region = ReferenceRegion::new(cord.clone(), &roi).unwrap();
    let own = reference(&region, &sample(&t1, &roi), &ReferenceOptions::default());
    assert_refused(own, "samples of another region were given");

    let scheme = Scheme::built_in("sct").unwrap();
    let stages = Column::new(&cord, vec![Some(Stage::Acute); cord.len()]).unwrap();
    let found =
        levels(&roi, &Vertebrae::from_map(&vertebrae, &scheme), Some(&stages), &LevelOptions::default());
    assert_refused(found, "stages of another region were given");
}

#[test]
fn noise_that_is_no_number_is_refused() {
    let Scan { roi, .. } = scan();
    for noise in [f64::NAN, f64::INFINITY, -0.1] {
        let column = Column::new(&roi, vec![1.0; roi.len()]).unwrap();
        assert_refused(Ratios::new(column, noise), &format!("the noise of the ratios is {noise}"));
    }
    assert_refused(Reference::given(f64::NAN, None), "the given reference is NaN");
}

/// An infinite signal or ratio is none, so that no report holds one.
#[test]
fn an_infinite_value_is_unsampled() {
    let Scan { roi, cord, .. } = scan();
    let infinite = |roi: &Roi| Column::new(roi, vec![f64::INFINITY; roi.len()]).unwrap();
    let ratios = || Ratios::new(infinite(&roi), 0.05).unwrap();
    let criteria = Criteria::default();
    let prior = Prior::new(&criteria, &[]);
    let found = classify(ratios(), ratios(), &criteria, &prior, &ClassifyOptions::default());
    assert!(found.unwrap_err().to_string().contains("a finite signal in both images"));
    let region = ReferenceRegion::new(cord.clone(), &roi).unwrap();
    let found = reference(&region, &Samples::new(infinite(&cord)), &ReferenceOptions::default());
    assert!(found.unwrap_err().to_string().contains("no finite signal"));
    assert_refused(Reference::given(1e-300, Some(1e300)), "the given reference is");
    let heavy = Criteria::default().changed(|profile| profile.stages[0].patterns[0].weight = f64::MAX);
    assert_refused(heavy, "expected 0 to 1000000");
}

/// What a caller counted wrong cannot be said: the counts follow from the signal.
#[test]
fn samples_count_themselves() {
    let Scan { roi, .. } = scan();
    let mut signal = vec![1.0; roi.len()];
    (signal[0], signal[1]) = (f64::NAN, 0.0);
    let samples = Samples::new(Column::new(&roi, signal).unwrap());
    assert_eq!((samples.unsampled(), samples.zeros()), (1, 1));
}

#[test]
fn a_profile_is_checked_again_when_it_is_changed() {
    assert_refused(
        Criteria::default().changed(|profile| profile.t1.hypo_below = f64::NAN),
        "hypo_below is NaN",
    );
    assert_refused(Criteria::default().changed(|profile| profile.t1.hypo_below = 9.0), "hypo_below is 9");
    let negative = Criteria::default().changed(|profile| profile.stages[0].patterns[0].weight = -1.0);
    assert_refused(negative, "the weight is -1");
}

#[test]
fn options_out_of_range_are_refused_at_the_door() {
    let Scan { roi, cord, t1, t2, .. } = scan();
    let study = Study::new(t1, t2, roi, cord).unwrap();
    let phase = |options: PhaseOptions| stage(&study, &StageOptions::default().with_phase(options));
    assert_refused(phase(PhaseOptions::default().with_min_fraction(f64::NAN)), "`min_fraction` is NaN");
    assert_refused(
        phase(PhaseOptions::default().with_candidate_probability(f64::NAN)),
        "`candidate_probability` is",
    );
    for mm in [f64::NAN, 0.0, -5.0, f64::INFINITY] {
        let options = StageOptions::default().with_shape(ShapeOptions::default().with_smoothing_mm(mm));
        assert_refused(stage(&study, &options), &format!("`smoothing_mm` is {mm}"));
    }
    let slab = StageOptions::default().with_shape(ShapeOptions::default().with_slab_mm(f64::NAN));
    assert_refused(stage(&study, &slab), "`slab_mm` is NaN");
    let covered = StageOptions::default().with_level(LevelOptions::default().with_min_covered_mm(f64::NAN));
    assert_refused(stage(&study, &covered), "`min_covered_mm` is NaN");
    let given = ReferenceOptions::default().with_mode(ReferenceMode::Given);
    assert_refused(stage(&study, &StageOptions::default().with_reference(given)), "the mode `given`");
}

/// The name of a tissue is read once: however the cord is written, it is the cord.
#[test]
fn the_cord_is_the_cord_by_any_name() {
    let Scan { roi, cord, t1, t2, .. } = scan();
    let study = Study::new(t1, t2, roi, cord.clone()).unwrap();
    let plain = stage(&study, &StageOptions::default()).unwrap().report.to_json();
    for name in ["spinal cord", "Spinal cord", "cord"] {
        let tissue: Tissue = name.parse().unwrap();
        let source = hemastage::ReferenceSource::tissue(tissue, cord.clone());
        let named = study.clone().with_reference(source).unwrap();
        assert_eq!(stage(&named, &StageOptions::default()).unwrap().report.to_json(), plain, "{name}");
    }
}
