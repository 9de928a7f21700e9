//! The summary's columns on signal: call, mixed phase, stages, ratios and reference.

use super::{
    cell::{Cell, Format},
    column::{Column, FLAGS, Region, STAGES, Unit},
};
use crate::{
    report::{PhaseRecord, Report},
    steps::phase::MixtureKind,
    vocabulary::{contrast::Contrast, stage::Stage},
};

/// The words of a signal level.
const SIGNAL_LEVELS: [(&str, &str); 3] = [
    ("hypo", "darker than the reference"),
    ("iso", "similar to the reference"),
    ("hyper", "brighter than the reference"),
];

/// The call, and the stages that also fit it.
pub(super) fn call() -> Vec<Column<Report>> {
    vec![
        Column::word("stage", "Stage", "Stage of the whole hematoma, the call", |r: &Report| r.stage.call)
            .with_words(&STAGES),
        Column::word(
            "candidates",
            "Candidate stages",
            "Stages whose probability at the phases' median ratios reaches 0.2, most probable first",
            |r: &Report| Cell::list(r.stage.candidates.iter().map(|candidate| candidate.stage)),
        )
        .with_lists()
        .with_words(&STAGES),
        Column::number(
            ("candidate_probabilities", Unit::One),
            "Probabilities of the candidates",
            "Probability of each candidate stage, in the same order",
            |r: &Report| Cell::list(r.stage.candidates.iter().map(|candidate| candidate.probability)),
        )
        .with_lists()
        .with_format(Format::Number),
        Column::word("model", "Model", "The model that determined the stages", |r: &Report| {
            r.stage.model.name.key()
        })
        .with_words(&[
            ("relaxation", "the signal that each state of blood should have in the images' sequences"),
            ("pattern", "the table of signal levels of the criteria"),
        ]),
        Column::word(
            "table_stage",
            "Stage by the table",
            "Stage of the hematoma's signal levels in the table of the criteria",
            |r: &Report| r.stage.pattern.call,
        )
        .with_words(&STAGES),
    ]
}

/// Whether there is blood of more than one stage.
pub(super) fn mixture() -> Vec<Column<Report>> {
    vec![
        Column::word(
            "mixed_phase",
            "Mixed phase",
            "Whether the hematoma has two or more phases",
            |r: &Report| r.mixed_phase.flag,
        )
        .with_words(&FLAGS),
        Column::word(
            "mixture_kind",
            "Kind of mixture",
            "Whether the stages of a mixture follow each other directly; missing when not mixed",
            |r: &Report| r.mixed_phase.kind.map(MixtureKind::key),
        )
        .with_words(&[("adjacent", "neighboring stages"), ("separated", "a stage in between is missing")]),
        Column::measure(
            (Region::Hematoma, "separated_probability", Unit::One),
            "Probability of a separation",
            "Probability that the youngest and the oldest phase are two or more stages apart; missing when not mixed",
            |r: &Report| r.mixed_phase.separated_probability,
        ),
        Column::word(
            "suggests_rebleed",
            "Suggests renewed bleeding",
            "Whether the phases suggest renewed bleeding",
            |r: &Report| r.mixed_phase.suggests_rebleed,
        )
        .with_words(&FLAGS),
        Column::word(
            "phases",
            "Phases",
            "Stages of the phases, youngest first; missing when no stage is coherent enough",
            |r: &Report| Cell::list(r.mixed_phase.phases.iter().map(|phase| phase.stage)),
        )
        .with_lists()
        .with_words(&STAGES),
    ]
}

/// Share, probability and volume of each stage, and the phase in it.
pub(super) fn stages() -> Vec<Column<Report>> {
    let all = Stage::ALL.into_iter().flat_map(stage);
    all.chain(Stage::FIVE.into_iter().flat_map(phase)).collect()
}

fn stage(stage: Stage) -> [Column<Report>; 3] {
    let region = Region::Stage(stage);
    [
        Column::measure(
            (region, "volume", Unit::CubicMillimeter),
            &format!("Volume, {stage}"),
            &format!("Volume of the sampled voxels that are {stage}"),
            move |r: &Report| r.stage.volume_mm3[stage],
        ),
        Column::measure(
            (region, "core_share", Unit::One),
            &format!("Share of the core, {stage}"),
            &format!("Share of the core's voxels that are {stage}"),
            move |r: &Report| r.stage.fractions[stage],
        ),
        Column::measure(
            (region, "probability", Unit::One),
            &format!("Probability, {stage}"),
            &format!("Probability of {stage} at the phases' median ratios"),
            move |r: &Report| r.stage.probabilities[stage],
        ),
    ]
}

/// Missing where no phase is in the stage.
fn phase(stage: Stage) -> [Column<Report>; 3] {
    let region = Region::Stage(stage);
    let find = move |r: &Report| r.mixed_phase.phases.iter().find(|phase| phase.stage == stage).cloned();
    [
        Column::measure(
            (region, "phase_parts", Unit::One),
            &format!("Parts of the phase, {stage}"),
            &format!("Number of connected parts of the {stage} phase; missing when there is no such phase"),
            move |r: &Report| find(r).map(|phase: PhaseRecord| phase.parts),
        ),
        Column::measure(
            (region, "phase_largest_part", Unit::CubicMillimeter),
            &format!("Largest part of the phase, {stage}"),
            &format!("Volume of the largest connected part of the {stage} phase"),
            move |r: &Report| find(r).map(|phase| phase.largest_mm3),
        ),
        Column::number(
            (&format!("{}_event_shares", stage.key()), Unit::One),
            &format!("Shares of the bleeding events, {stage}"),
            &format!(
                "Share of each bleeding event in explaining the {stage} phase, in the order of the onsets"
            ),
            move |r: &Report| find(r).map(|phase| Cell::list(phase.events.iter().map(|event| event.share))),
        )
        .with_lists()
        .with_format(Format::Number),
    ]
}

/// Volume, voxels and ratios of the hematoma.
pub(super) fn hematoma() -> Vec<Column<Report>> {
    let of = Region::Hematoma;
    let mut columns = vec![
        Column::measure(
            (of, "volume", Unit::CubicMillimeter),
            "Volume",
            "Volume of the hematoma's mask",
            |r: &Report| r.hematoma.volume_mm3,
        ),
        Column::measure(
            (of, "voxels", Unit::One),
            "Voxels",
            "Voxels of the hematoma's mask",
            |r: &Report| r.hematoma.voxels,
        ),
        Column::measure(
            (of, "sampled_voxels", Unit::One),
            "Sampled voxels",
            "Voxels of the mask that have a signal on both contrasts",
            |r: &Report| r.hematoma.sampled_voxels,
        ),
        Column::measure(
            (of, "core_voxels", Unit::One),
            "Core voxels",
            "Voxels of the core, which the call is made from",
            |r: &Report| r.stage.core_voxels,
        ),
        Column::measure(
            (of, "t2_hypo_share", Unit::One),
            "T2-hypo share",
            "Share of the sampled voxels that are hypo on T2",
            |r: &Report| r.mixed_phase.t2_hypo_fraction,
        ),
    ];
    columns.extend(Contrast::BOTH.into_iter().flat_map(ratios));
    columns
}

fn ratios(contrast: Contrast) -> [Column<Report>; 4] {
    let key = contrast.key();
    let of = Region::Hematoma;
    let signal = move |r: &Report| r.hematoma.signal[contrast].clone();
    let about =
        |what: &str| format!("{what} of the ratio to the reference on {contrast}, over the sampled voxels");
    [
        Column::measure(
            (of, &format!("{key}_median_ratio"), Unit::One),
            &format!("Median {contrast} ratio"),
            &about("Median"),
            move |r: &Report| signal(r).median_ratio,
        ),
        Column::measure(
            (of, &format!("{key}_p10_ratio"), Unit::One),
            &format!("10th percentile of the {contrast} ratio"),
            &about("10th percentile"),
            move |r: &Report| signal(r).p10,
        ),
        Column::measure(
            (of, &format!("{key}_p90_ratio"), Unit::One),
            &format!("90th percentile of the {contrast} ratio"),
            &about("90th percentile"),
            move |r: &Report| signal(r).p90,
        ),
        Column::word(
            &format!("{key}_signal"),
            &format!("{contrast} signal"),
            &format!("Level of the median ratio on {contrast}"),
            move |r: &Report| signal(r).level,
        )
        .with_words(&SIGNAL_LEVELS),
    ]
}

/// The reference that ratios are relative to.
pub(super) fn reference() -> Vec<Column<Report>> {
    let tissue = Column::word(
        "reference_tissue",
        "Reference tissue",
        "Tissue whose signal is the reference, or `given value`",
        |r: &Report| Cell::from(&r.reference.t1.tissue),
    );
    let of_both = Contrast::BOTH.into_iter().flat_map(reference_of);
    std::iter::once(tissue).chain(of_both).chain(shift()).collect()
}

/// How far T1 lies off T2.
fn shift() -> [Column<Report>; 3] {
    [
        Column::number(
            ("shift_left", Unit::Millimeter),
            "Shift of T1 to the left",
            "How far the anatomy of T1 lies toward the patient's left of that of T2",
            |r: &Report| r.alignment.as_ref().map(|found| found.left_mm),
        ),
        Column::number(
            ("shift_front", Unit::Millimeter),
            "Shift of T1 to the front",
            "How far the anatomy of T1 lies in front of that of T2",
            |r: &Report| r.alignment.as_ref().map(|found| found.front_mm),
        ),
        Column::number(
            ("shift_correlation", Unit::One),
            "Correlation of T1 and T2",
            "Correlation of both images around the cord with the shift undone; below -0.3 where the shift is known",
            |r: &Report| r.alignment.as_ref().map(|found| found.correlation),
        ),
    ]
}

fn reference_of(contrast: Contrast) -> [Column<Report>; 5] {
    let key = contrast.key();
    let of = Region::Reference;
    let of_report = move |r: &Report| r.reference[contrast].clone();
    [
        Column::word(
            &format!("reference_{key}_mode"),
            &format!("Mode of the {contrast} reference"),
            &format!("How the reference on {contrast} varies along the cord"),
            move |r: &Report| of_report(r).mode.key(),
        )
        .with_words(&[
            ("trend", "slowly, by a fitted trend"),
            ("global", "not at all: it is the median"),
            ("given", "not at all: it is a value that the caller gave"),
        ]),
        Column::measure(
            (of, &format!("{key}_median"), Unit::Arbitrary),
            &format!("Median {contrast} reference"),
            &format!("Median signal of the reference on {contrast}, in the image's own values"),
            move |r: &Report| of_report(r).median,
        ),
        Column::measure(
            (of, &format!("{key}_spread"), Unit::Arbitrary),
            &format!("Robust SD of the {contrast} reference"),
            &format!(
                "Robust SD (1.4826 x MAD) of the signal of the reference on {contrast}, in the image's own values"
            ),
            move |r: &Report| of_report(r).spread,
        ),
        Column::measure(
            (of, &format!("{key}_voxels"), Unit::One),
            &format!("Voxels of the {contrast} reference"),
            &format!("Voxels that the reference on {contrast} was measured in"),
            move |r: &Report| of_report(r).voxels,
        ),
        Column::measure(
            (of, &format!("{key}_drift_ratio"), Unit::One),
            &format!("Drift of the {contrast} reference"),
            &format!("Largest over smallest reference on {contrast} along the cord"),
            move |r: &Report| of_report(r).drift,
        ),
    ]
}
