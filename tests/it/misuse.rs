//! Wrong use is refused with a text, or does not compile; it never gives a number.

use hemastage::{
    Criteria, ErrorKind, Labels, Onset, Report, Result, Roi, StageOptions, Study, Volume,
    align::{AlignOutcome, align},
    classify::{Classified, ClassifyOptions, Prior, Ratios, Smoothing, classify},
    contrast::{Contrast, PerContrast},
    label_map::LabelMap,
    level::{Landmarks, LevelOptions, LevelOutcome, Scheme, Vertebra, Vertebrae, levels},
    phase::{PhaseOptions, Phases, phases},
    protocol::Protocol,
    reference::{Reference, ReferenceMode, ReferenceOptions, ReferenceRegion, Tissue, reference, references},
    report::StepResults,
    roi::Column,
    sample::{Samples, sample, signal_findings},
    shape::{Shape, ShapeInput, ShapeOptions, SignalByGroup, cord_signal, shape, stretches},
    stage,
    stage::Stage,
    vertebra::VertebralLevel,
};
use hemastage_phantom::{Collection, Extent, PhantomOptions};
use ndarray::{Axis, Slice};

use crate::support::phantoms::shared_phantom;

struct Scan {
    roi: Roi,
    cord: Roi,
    t1: Volume,
    t2: Volume,
    vertebrae: LabelMap,
}

fn scan() -> Scan {
    scan_of(&PhantomOptions::small())
}

/// A patient with blood elsewhere.
fn other_scan() -> Scan {
    let clot = Collection::new(Extent::levels("C6", "T2").unwrap());
    scan_of(&PhantomOptions::small().with_collections([clot]))
}

/// A scan about which each step has a finding: few vertebrae, a short cord, and no T1 at one end.
fn poor_scan() -> Scan {
    let phantom = shared_phantom(&PhantomOptions::small());
    let affine = *phantom.mask_grid.affine();
    let superior = phantom.t1_grid.orientation().find(['S', 'I']).unwrap();
    let mut t1 = phantom.t1.mapv(f64::from);
    let middle = t1.len_of(Axis(superior)) / 2;
    t1.slice_axis_mut(Axis(superior), Slice::from(middle + 2..)).fill(f64::NAN);
    let mut cord = phantom.cord.clone();
    cord.slice_axis_mut(Axis(superior), Slice::from(..middle)).fill(0);
    cord.slice_axis_mut(Axis(superior), Slice::from(middle + 3..)).fill(0);
    let vertebrae = phantom.vertebrae.mapv(|label| if [4, 5].contains(&label) { label } else { 0 });
    Scan {
        t1: Volume::from_array(t1, *phantom.t1_grid.affine()).unwrap(),
        cord: Roi::from_array(cord.view(), affine, &Labels::NonZero).unwrap(),
        vertebrae: LabelMap::from_array(vertebrae.view(), affine).unwrap(),
        ..scan()
    }
}

fn scan_of(options: &PhantomOptions) -> Scan {
    let phantom = shared_phantom(options);
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

/// Ratios from elsewhere, the same at each voxel.
fn given_ratios(roi: &Roi, ratio: f64) -> Ratios {
    let values = Column::new(roi, vec![ratio; roi.len()]).unwrap();
    Ratios::new(values, Reference::given(1.0, Some(0.05)).unwrap())
}

/// The results of all steps, called by hand.
struct Steps {
    classified: Classified,
    phases: Phases,
    shape: Shape,
    levels: LevelOutcome,
    alignment: AlignOutcome,
    cord_t2: SignalByGroup<VertebralLevel>,
}

impl Steps {
    fn of(scan: &Scan, onsets: &[Onset]) -> Self {
        let Scan { roi, cord, t1, t2, vertebrae } = scan;
        let options = StageOptions::default();
        let region = ReferenceRegion::new(cord.clone(), roi).unwrap();
        let signals = PerContrast { t1: sample(t1, cord), t2: sample(t2, cord) };
        let PerContrast { t1: t1_reference, t2: t2_reference } =
            references(&region, &signals, &options.reference).unwrap();
        let both = PerContrast { t1: t1_reference.clone(), t2: t2_reference.clone() };
        let alignment = align(PerContrast { t1, t2 }, cord, roi, &both, options.align).unwrap();
        let prior = Prior::new(&options.criteria, onsets);
        let t1_ratios = t1_reference.ratios(&sample(t1, roi));
        let t2_ratios = t2_reference.ratios(&sample(t2, roi));
        let classified =
            classify(t1_ratios, t2_ratios, &prior, &Protocol::default(), &options.classify).unwrap();
        let scheme = Scheme::built_in("sct").unwrap();
        let vertebrae = Vertebrae::from_map(vertebrae, &scheme).with_canal(cord);
        let levels = levels(roi, &vertebrae, Some(classified.stages()), &options.level).unwrap();
        let inner = region.inner();
        let of_cord = levels.levels().unwrap().spine.levels_of(cord);
        let of_cord = of_cord.zip_map(&inner, |level, &counts| level.filter(|_| counts)).unwrap();
        Self {
            phases: phases(&classified, &options.phase).unwrap(),
            alignment,
            shape: shape(&ShapeInput::new(roi).with_cord(cord), &options.shape).unwrap(),
            cord_t2: cord_signal(t2_reference.ratios(&sample(t2, cord)).values(), &of_cord).unwrap(),
            levels,
            classified,
        }
    }

    fn results(&self) -> StepResults<'_> {
        StepResults::new(&self.classified, &self.phases, &self.shape)
            .with_levels(&self.levels)
            .with_alignment(&self.alignment)
            .with_cord_t2(&self.cord_t2)
    }
}

/// With every finding of the steps, and those on the signal that the caller adds.
#[test]
fn a_report_by_hand_is_that_of_the_pipeline() {
    let scan = poor_scan();
    let onsets = ["10d".parse().unwrap()];
    let steps = Steps::of(&scan, &onsets);
    let Scan { roi, cord, t1, t2, vertebrae } = scan;
    let signal = signal_findings(&sample(&t1, &roi), &sample(&t2, &roi)).unwrap();
    let source = hemastage::VertebraeSource::map(vertebrae, Scheme::built_in("sct").unwrap());
    let study = Study::new(t1, t2, roi, cord).unwrap().with_onsets(onsets).with_vertebrae(source);
    let report = stage(&study, &StageOptions::default()).unwrap().report;
    let by_hand = steps.results().with_inputs(study.inputs()).with_findings(signal);
    assert_eq!(Report::new(by_hand).unwrap().to_json(), report.to_json());

    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    for code in ["unsampled_voxels", "reference_edge_voxels", "core_small", "outside_levels"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
}

#[test]
fn results_of_different_studies_make_no_report() {
    let ours = Steps::of(&scan(), &[]);
    let theirs = Steps::of(&other_scan(), &[]);
    let of = |classified, phases, shape| Report::new(StepResults::new(classified, phases, shape));
    assert!(of(&ours.classified, &ours.phases, &ours.shape).is_ok());
    assert!(Report::new(ours.results()).is_ok());

    let text =
        "phases of other voxels were given: expected those of the classified voxels that the report is of";
    assert_refused(of(&ours.classified, &theirs.phases, &ours.shape), text);
    // the same voxels, with another onset
    let later = Steps::of(&scan(), &["60d".parse().unwrap()]);
    assert_refused(of(&ours.classified, &later.phases, &ours.shape), text);
    let clones = (ours.classified.clone(), ours.phases.clone());
    assert!(of(&clones.0, &clones.1, &later.shape).is_ok());

    let (found, expected) = (theirs.classified.roi().len(), ours.classified.roi().len());
    let another = |what: &str, found: usize, expected: usize| {
        format!("{what} of another region were given (one of {found} voxels, expected the one of {expected})")
    };
    let other = of(&ours.classified, &ours.phases, &theirs.shape);
    assert_refused(other, &another("measures of the shape", found, expected));
    let levels = Report::new(ours.results().with_levels(&theirs.levels));
    assert_refused(levels, &another("vertebral levels", found, expected));
    let cord_t2 = Report::new(ours.results().with_cord_t2(&theirs.cord_t2));
    let (found, expected) = (theirs.cord_t2.cord().len(), ours.cord_t2.cord().len());
    assert_refused(cord_t2, &another("T2 signals of the cord", found, expected));

    let bare = shape(&ShapeInput::new(&scan().roi), &ShapeOptions::default()).unwrap();
    let cord_t2 = StepResults::new(&ours.classified, &ours.phases, &bare).with_cord_t2(&ours.cord_t2);
    assert_refused(
        Report::new(cord_t2),
        "the T2 signal of a cord was given, but the shape was measured without",
    );
}

/// What the report says of profile, onsets and references is what the voxels were classified with.
#[test]
fn a_result_keeps_what_it_was_made_with() {
    let onsets = [Onset::from_hours(5.0).unwrap(), Onset::from_hours(240.0).unwrap()];
    let Steps { classified, phases: found, shape, .. } = Steps::of(&scan(), &onsets);
    let report = Report::new(StepResults::new(&classified, &found, &shape)).unwrap();
    assert_eq!((report.criteria.name.as_str(), report.criteria.onset_hours), ("spinal", vec![5.0, 240.0]));
    assert!(report.mixed_phase.phases.iter().all(|phase| phase.events.len() == 2));
    assert_eq!(report.reference.t1.tissue, "spinal cord");
    let probabilities = classified.voxel_probabilities();
    let fits = |n: usize| {
        let of = probabilities[n];
        classified.stages()[n].is_none_or(|stage| of.iter().all(|(_, &p)| p <= of[stage]))
    };
    assert!((0..probabilities.len()).all(fits));

    let Scan { roi, cord, t1, .. } = scan();
    let muscle = ReferenceRegion::new(cord.clone(), &roi).unwrap().with_tissue("muscle".parse().unwrap());
    let muscle = reference(&muscle, Contrast::T1, &sample(&t1, &cord), &ReferenceOptions::default()).unwrap();
    let prior = Prior::new(&Criteria::default(), &[]);
    let ratios = muscle.ratios(&sample(&t1, &roi));
    let classified =
        classify(ratios, given_ratios(&roi, 1.5), &prior, &Protocol::default(), &ClassifyOptions::default())
            .unwrap();
    let found = phases(&classified, &PhaseOptions::default()).unwrap();
    let report = Report::new(StepResults::new(&classified, &found, &shape)).unwrap();
    let names = (report.reference.t1.tissue.as_str(), report.reference.t2.tissue.as_str());
    assert_eq!(names, ("muscle", "given value"));
    let cautions: Vec<_> = report.findings.iter().filter(|f| f.code == "reference_not_cord").collect();
    assert!(cautions[0].message.starts_with("the reference is muscle"), "{cautions:?}");
    assert!(cautions[1].message.starts_with("the reference is a given value"), "{cautions:?}");
}

#[test]
fn points_that_are_no_numbers_are_refused() {
    let vertebra = |name: &str| name.parse::<Vertebra>().unwrap();
    // beyond what can be computed with is no place either
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let points = [(vertebra("C3"), [0.0, 0.0, 40.0]), (vertebra("C4"), [0.0, wrong, 20.0])];
        let text =
            format!("the point of C4 is [0.0, {wrong:?}, 20.0]: expected RAS mm, at most 1000000 from 0");
        assert_refused(Landmarks::new(points), &text);
        let disc = ("C3/C4".parse().unwrap(), [wrong, 0.0, 30.0]);
        let text = format!("the point of C3/C4 is [{wrong:?}, 0.0, 30.0]");
        assert_refused(Landmarks::default().with_discs([disc]), &text);
    }
    let Steps { levels, .. } = Steps::of(&scan(), &[]);
    let place = levels.levels().unwrap().spine.place([0.0, f64::NAN, 0.0]);
    assert!(place.level.is_none() && place.along_mm.is_nan());
}

#[test]
fn groups_of_another_region_are_refused() {
    let Scan { roi, cord, .. } = scan();
    let ratios = Column::new(&cord, vec![1.0; cord.len()]).unwrap();
    let groups = Column::new(&roi, vec![Some(1); roi.len()]).unwrap();
    assert_refused(cord_signal(&ratios, &groups), "groups of another region were given");
    for length in [0.0, -10.0, f64::NAN] {
        assert_refused(stretches(&ratios, length), &format!("`length_mm` is {length}: expected"));
    }
}

/// What is read from a configuration file is checked where it is used, as what is set in code.
#[test]
fn options_from_a_file_are_checked() {
    let Scan { roi, cord, t1, t2, .. } = scan();
    let study = Study::new(t1, t2, roi, cord).unwrap();
    let options: PhaseOptions = serde_json::from_str(r#"{ "min_fraction": 1.5 }"#).unwrap();
    assert_eq!(options, PhaseOptions::default().with_min_fraction(1.5));
    let found = stage(&study, &StageOptions::default().with_phase(options));
    assert_refused(found, "`min_fraction` is 1.5: expected 0 to 1");
    let options: ReferenceOptions = serde_json::from_str(r#"{ "mode": "given" }"#).unwrap();
    assert_refused(stage(&study, &StageOptions::default().with_reference(options)), "the mode `given`");
    let options: ClassifyOptions = serde_json::from_str(r#"{ "smoothing": "none" }"#).unwrap();
    assert_eq!(options, ClassifyOptions::default().with_smoothing(Smoothing::None));

    let unknown = serde_json::from_str::<ClassifyOptions>(r#"{ "smoothin": "none" }"#).unwrap_err();
    assert!(unknown.to_string().starts_with("unknown field `smoothin`"), "{unknown}");
    assert!(serde_json::from_str::<PhaseOptions>(r#"{ "min": 1 }"#).is_err());
    assert!(serde_json::from_str::<ReferenceOptions>(r#"{ "modes": "trend" }"#).is_err());
    for labels in [Labels::NonZero, Labels::Only(vec![3, 4])] {
        let json = serde_json::to_string(&labels).unwrap();
        assert_eq!(serde_json::from_str::<Labels>(&json).unwrap(), labels, "{json}");
    }
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
    let prior = Prior::new(&Criteria::default(), &[]);
    for smoothing in [Smoothing::Median, Smoothing::None] {
        let options = ClassifyOptions::default().with_smoothing(smoothing);
        let found = classify(
            given_ratios(&roi, 1.0),
            given_ratios(&cord, 1.5),
            &prior,
            &Protocol::default(),
            &options,
        );
        assert_refused(found, "T2 ratios of another region were given");
    }
    let region = ReferenceRegion::new(cord.clone(), &roi).unwrap();
    let own = reference(&region, Contrast::T1, &sample(&t1, &roi), &ReferenceOptions::default());
    assert_refused(own, "samples of another region were given");

    let scheme = Scheme::built_in("sct").unwrap();
    let stages = Column::new(&cord, vec![Some(Stage::Acute); cord.len()]).unwrap();
    let found =
        levels(&roi, &Vertebrae::from_map(&vertebrae, &scheme), Some(&stages), &LevelOptions::default());
    assert_refused(found, "stages of another region were given");
}

#[test]
fn a_reference_that_is_no_number_is_refused() {
    for spread in [f64::NAN, f64::INFINITY, -0.1] {
        let found = Reference::given(1.0, Some(spread));
        assert_refused(found, &format!("the given reference is 1 with a spread of {spread}"));
    }
    assert_refused(Reference::given(f64::NAN, None), "the given reference is NaN");
}

/// An infinite signal or ratio is none, so that no report holds one.
#[test]
fn an_infinite_value_is_unsampled() {
    let Scan { roi, cord, .. } = scan();
    let infinite = |roi: &Roi| Column::new(roi, vec![f64::INFINITY; roi.len()]).unwrap();
    let ratios = || Ratios::new(infinite(&roi), Reference::given(1.0, Some(0.05)).unwrap());
    let prior = Prior::new(&Criteria::default(), &[]);
    let found = classify(ratios(), ratios(), &prior, &Protocol::default(), &ClassifyOptions::default());
    assert!(found.unwrap_err().to_string().contains("a finite signal in both images"));
    let region = ReferenceRegion::new(cord.clone(), &roi).unwrap();
    let found =
        reference(&region, Contrast::T2, &Samples::new(infinite(&cord)), &ReferenceOptions::default());
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
