//! The fast path against a slow, obvious, dense implementation of the same design, written
//! independently of it, on hundreds of seeded random studies.

mod dense;
mod profile;
mod random_study;
mod shift;

use approx::abs_diff_eq;
use hemastage::{
    Criteria, Labels, Onset, Roi, StageOptions, Staged, Study, Volume,
    acquisition::Acquisition,
    classify::{ClassifyOptions, Model, Smoothing},
    reference::{ReferenceMode, ReferenceOptions, TrendModel},
    stage,
};
use profile::profile;
use random_study::RandomStudy;

const STUDIES: u64 = 400;

fn fast(study: &RandomStudy) -> hemastage::Result<Staged> {
    let affine = |m| hemastage::Affine::new(m);
    let image = |i: &dense::Image| Volume::from_array(i.data.clone(), affine(i.affine)?);
    let mask =
        |m: &dense::Mask| Roi::from_array(m.data.mapv(u8::from).view(), affine(m.affine)?, &Labels::NonZero);
    let onsets = study.onsets.iter().map(|&h| Onset::from_hours(h)).collect::<Result<Vec<_>, _>>()?;
    let input = Study::new(image(&study.t1)?, image(&study.t2)?, mask(&study.hematoma)?, mask(&study.cord)?)?
        .with_onsets(onsets);
    let input = match &study.scan {
        Some(scan) => {
            let [t1, t2] =
                [0, 1].map(|n| Some(acquisition(scan.pulses[n], scan.tesla.map(|tesla| tesla[n]))));
            input.with_acquisitions(t1, t2)
        }
        None => input,
    };
    let mut reference = ReferenceOptions::default();
    if let Some(mode) = study.mode {
        reference = reference.with_mode(match mode {
            dense::Mode::Trend => ReferenceMode::Trend,
            dense::Mode::Global => ReferenceMode::Global,
        });
    }
    let smoothing = if study.smooth { Smoothing::Median } else { Smoothing::None };
    let options = StageOptions::new(Criteria::built_in(study.profile)?)
        .with_reference(reference)
        .with_classify(match study.scan {
            Some(_) => ClassifyOptions::default().with_smoothing(smoothing),
            None => ClassifyOptions::default().with_smoothing(smoothing).with_model(Model::Pattern),
        });
    stage(&input, &options)
}

/// What a header would say of a sequence.
fn acquisition(pulses: dense::Pulses, tesla: Option<f64>) -> Acquisition {
    let mut made = Acquisition::default();
    let (terms, variants, tr, te) = match pulses {
        dense::Pulses::SpinEcho { tr, te } => (&["SE"][..], &[][..], tr, te),
        dense::Pulses::Inversion { tr, te, ti } => {
            made.inversion_time_ms = Some(ti);
            (&["SE", "IR"][..], &[][..], tr, te)
        }
        dense::Pulses::Spoiled { tr, te, flip } => {
            made.flip_angle_deg = Some(flip);
            (&["GR"][..], &["SP"][..], tr, te)
        }
    };
    made.add_sequence(terms.iter().copied(), variants.iter().copied());
    (made.repetition_time_ms, made.echo_time_ms) = (Some(tr), Some(te));
    made.field_strength_tesla = tesla;
    made
}

fn slow(study: &RandomStudy) -> Result<dense::Outcome, String> {
    dense::stage(
        &study.t1,
        &study.t2,
        &study.hematoma,
        &study.cord,
        &profile(&Criteria::built_in(study.profile).unwrap()),
        &study.onsets,
        study.mode,
        study.smooth,
        study.scan.as_ref(),
    )
}

/// Panics with the study's number unless two numbers agree to 1e-7 of their size (of 1 where they are smaller).
fn assert_close(seed: u64, what: &str, found: f64, expected: f64) {
    let close = abs_diff_eq!(found, expected, epsilon = 1e-7 * expected.abs().max(1.0));
    assert!(close, "study {seed}, {what}: {found} is not {expected}");
}

fn compare(seed: u64, study: &RandomStudy, staged: &Staged, expected: &dense::Outcome) {
    let report = &staged.report;
    let pairs = [
        ("t1", &report.reference.t1, expected.reference.t1, &report.hematoma.signal.t1, expected.signal.t1),
        ("t2", &report.reference.t2, expected.reference.t2, &report.hematoma.signal.t2, expected.signal.t2),
    ];
    for (contrast, reference, expected_reference, signal, expected_signal) in pairs {
        assert_eq!(
            reference.mode == ReferenceMode::Trend,
            expected_reference.mode == dense::Mode::Trend,
            "{seed}"
        );
        assert_eq!(reference.voxels, Some(expected_reference.voxels), "study {seed} {contrast}");
        assert_close(seed, "median", reference.median, expected_reference.median);
        assert_close(seed, "spread", reference.spread.unwrap(), expected_reference.spread);
        assert_eq!(reference.drift.is_some(), expected_reference.drift.is_some());
        assert_close(seed, "drift", reference.drift.unwrap_or(0.0), expected_reference.drift.unwrap_or(0.0));
        let trend =
            reference.trend.as_ref().map(|trend| (trend.model == TrendModel::Shared, trend.runs.len()));
        assert_eq!(trend, expected_reference.trend, "study {seed} {contrast}");
        assert_close(seed, "ratio", signal.median_ratio, expected_signal.median_ratio);
        assert_close(seed, "p10", signal.p10, expected_signal.p10);
        assert_close(seed, "p90", signal.p90, expected_signal.p90);
        assert_eq!(signal.level.index(), expected_signal.level, "study {seed} {contrast}");
    }
    assert_eq!(report.hematoma.voxels, expected.roi_voxels);
    assert_eq!(report.hematoma.sampled_voxels, expected.sampled_voxels, "study {seed}");
    assert_close(seed, "volume", report.hematoma.volume_mm3, expected.volume_mm3);
    assert_eq!(report.stage.core_voxels, expected.core_voxels, "study {seed}");
    for class in 0..6 {
        assert_close(seed, "fraction", report.stage.fractions.values()[class], expected.fractions[class]);
        assert_close(
            seed,
            "probability",
            report.stage.probabilities.values()[class],
            expected.probabilities[class],
        );
        let likelihood = report.stage.likelihood.values()[class];
        assert_close(seed, "likelihood", likelihood, expected.likelihood[class]);
        assert_close(
            seed,
            "stage volume",
            report.stage.volume_mm3.values()[class],
            expected.stage_volume_mm3[class],
        );
    }
    for (found, voxel) in staged.stage_map.voxels().zip(&expected.voxels) {
        let value = if voxel.stage == dense::UNSAMPLED { 7 } else { voxel.stage + 1 };
        assert_eq!(found, (voxel.index, value), "study {seed}");
    }
    assert_eq!(report.stage.call.index(), expected.call, "study {seed}");
    assert_eq!(report.stage.candidates.len(), expected.candidates.len(), "study {seed}");
    for (found, expected) in report.stage.candidates.iter().zip(&expected.candidates) {
        assert_eq!(found.stage.index(), expected.0, "study {seed}");
        assert_close(seed, "candidate", found.probability, expected.1);
    }
    compare_phases(seed, study, staged, expected);
}

fn compare_phases(seed: u64, study: &RandomStudy, staged: &Staged, expected: &dense::Outcome) {
    let mixed = &staged.report.mixed_phase;
    assert_eq!(mixed.flag, expected.mixed, "study {seed}");
    assert_eq!(mixed.kind.is_some(), expected.kind.is_some());
    let separated = mixed.kind == Some(hemastage::phase::MixtureKind::Separated);
    assert_eq!(separated, expected.kind == Some(dense::Kind::Separated), "study {seed}");
    assert_eq!(mixed.suggests_rebleed, expected.suggests_rebleed, "study {seed}");
    assert_eq!(mixed.separated_probability.is_some(), expected.separated_probability.is_some());
    let [found, wanted] = [mixed.separated_probability, expected.separated_probability];
    assert_close(seed, "separated", found.unwrap_or(0.0), wanted.unwrap_or(0.0));
    assert_close(seed, "t2 hypo", mixed.t2_hypo_fraction, expected.t2_hypo_fraction);
    assert_eq!(mixed.phases.len(), expected.phases.len(), "study {seed}");
    for (found, expected) in mixed.phases.iter().zip(&expected.phases) {
        assert_eq!((found.stage.index(), found.parts), (expected.stage, expected.parts), "study {seed}");
        assert_close(seed, "phase fraction", found.fraction, expected.fraction);
        assert_close(seed, "largest part", found.largest_mm3, expected.largest_mm3);
        let centroid = found.centroid_mm.unwrap();
        assert!(abs_diff_eq!(centroid[..], expected.centroid_mm[..], epsilon = 1e-5), "study {seed}");
        assert_eq!(found.events.len(), study.onsets.len());
        for (event, &share) in found.events.iter().zip(&expected.events) {
            assert_close(seed, "event share", event.share, share);
        }
    }
    let has_finding = |code: &str| staged.report.findings.iter().any(|finding| finding.code == code);
    assert_eq!(has_finding("acute_or_chronic"), expected.acute_or_chronic, "study {seed}");
    for code in ["core_small", "core_ridge", "core_all_voxels"] {
        assert_eq!(has_finding(code), expected.core_finding == Some(code), "study {seed}");
    }
    let edge = expected.reference_all_candidates;
    assert_eq!(has_finding("reference_edge_voxels"), edge.t1 || edge.t2, "study {seed}");
}

#[test]
fn agrees_with_the_oracle() {
    let mut n_studies = std::collections::BTreeMap::<&str, usize>::new();
    for seed in 0..STUDIES {
        let study = RandomStudy::new(seed);
        match (fast(&study), slow(&study)) {
            (Ok(found), Ok(expected)) => {
                compare(seed, &study, &found, &expected);
                let count = &mut |what, holds| *n_studies.entry(what).or_default() += usize::from(holds);
                count("staged", true);
                count("mixed", expected.mixed);
                count("rebleed", expected.suggests_rebleed);
                count("trend", expected.reference.t1.mode == dense::Mode::Trend);
                count("lesion of the cord", expected.reference.t1.trend.is_some_and(|(_, runs)| runs > 0));
                count("unsampled", expected.sampled_voxels < expected.roi_voxels);
                for code in ["core_small", "core_ridge", "core_all_voxels"] {
                    count(code, expected.core_finding == Some(code));
                }
                let is_spinal = study.profile == "spinal";
                count("by relaxation", is_spinal && study.scan.is_some());
                count("in an unknown field", is_spinal && study.scan.is_some_and(|s| s.tesla.is_none()));
                count("spinal by the table", is_spinal && study.scan.is_none());
                count("acute or chronic", expected.acute_or_chronic);
                count("indeterminate", expected.call == dense::INDETERMINATE);
            }
            (Err(_), Err(_)) => *n_studies.entry("refused").or_default() += 1,
            (found, expected) => panic!("study {seed}: {:?} against {:?}", found.err(), expected.err()),
        }
    }
    println!("{n_studies:?}");
    for what in [
        "staged",
        "mixed",
        "rebleed",
        "trend",
        "lesion of the cord",
        "unsampled",
        "core_small",
        "core_ridge",
        "core_all_voxels",
        "by relaxation",
        "in an unknown field",
        "spinal by the table",
        "acute or chronic",
        "indeterminate",
        "refused",
    ] {
        assert!(n_studies.get(what).is_some_and(|&n| n >= 5), "too few studies are {what}: {n_studies:?}");
    }
}
