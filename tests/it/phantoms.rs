//! Phantoms of every stage and of pairs of stages come out as what they are.

use hemastage::{Onset, Report, StageOptions, phase::MixtureKind, stage, stage::Stage};
use hemastage_phantom::{
    Collection, Compartment, Extent, FieldStrength, GridSpec, Layout, PhantomOptions, Side,
};

use crate::support::phantoms::study;

fn options(layout: Layout) -> PhantomOptions {
    PhantomOptions::default()
        .with_collections([Collection::new(Extent::levels("C5", "C7").unwrap()).with_layout(layout)])
        .with_grids(GridSpec::thick_sagittal().with_shape([80, 130, 7]).with_spacing_mm([0.8, 0.8, 4.0]))
        .with_snr(20.0)
        .with_shading(2.0)
}

fn staged(options: &PhantomOptions) -> Report {
    stage(&study(options).unwrap(), &StageOptions::default()).unwrap().report
}

#[test]
fn each_stage_is_called() {
    for stage in Stage::FIVE {
        let report = staged(&options(Layout::Single(stage)));
        assert_eq!(report.stage.call, stage);
        assert!(!report.mixed_phase.flag, "{stage}");
        let fraction = report.stage.fractions.values()[stage.index()];
        // acute blood lies close above the T1 threshold, so noise takes some of its voxels for chronic
        assert!(fraction > 0.75, "{stage}: {fraction}");
    }
}

#[test]
fn pairs_are_flagged_with_their_kind() {
    for first in 0..5 {
        for second in first + 1..5 {
            let pair = [Stage::FIVE[first], Stage::FIVE[second]];
            let report = staged(&options(Layout::Along(pair.map(|stage| (stage, 0.5)).to_vec())));
            let found: Vec<Stage> = report.mixed_phase.phases.iter().map(|phase| phase.stage).collect();
            assert_eq!(found, pair);
            let kind = if second == first + 1 { MixtureKind::Adjacent } else { MixtureKind::Separated };
            assert_eq!(report.mixed_phase.kind, Some(kind), "{pair:?}");
            let unclear = pair == [Stage::Acute, Stage::Chronic];
            assert_eq!(
                report.mixed_phase.suggests_rebleed,
                kind == MixtureKind::Separated && !unclear,
                "{pair:?}"
            );
            // upper and lower half: the first stage lies above the second
            let height = |n: usize| report.mixed_phase.phases[n].centroid_mm.unwrap()[2];
            assert!(height(0) > height(1), "{pair:?}");
        }
    }
}

#[test]
fn focal_dark_spots_in_bright_blood_are_acute() {
    let layout = Layout::Focal { ground: Stage::Hyperacute, spots: Stage::Acute, fraction: 0.3 };
    let report = staged(&options(layout));
    assert_eq!(report.stage.call, Stage::Acute);
    assert!(report.mixed_phase.t2_hypo_fraction > 0.1);
}

#[test]
fn acute_blood_at_3_t_needs_an_onset() {
    let acute = options(Layout::Single(Stage::Acute)).with_field(FieldStrength::T3);
    let study = study(&acute).unwrap();
    let alone = stage(&study, &StageOptions::default()).unwrap().report;
    assert_eq!(alone.stage.call, Stage::Chronic, "where the model fails, as docs/phantoms.md says");
    let dated = study.with_onsets([Onset::from_hours(48.0).unwrap()]);
    assert_eq!(stage(&dated, &StageOptions::default()).unwrap().report.stage.call, Stage::Acute);
}

/// A thin hematoma has no core of its own, and its edge voxels mix with their neighbors.
#[test]
fn a_thin_hematoma_can_look_mixed_where_it_is_not() {
    let clot = Collection::new(Extent::levels("C5", "C7").unwrap())
        .with_side(Side::Left)
        .with_compartment(Compartment::Intrathecal)
        .with_thickness_mm(6.0)
        .with_layout(Layout::Single(Stage::LateSubacute));
    let report = staged(&PhantomOptions::small().with_collections([clot]).with_seed(12).with_snr(40.0));
    assert_eq!(report.stage.call, Stage::LateSubacute);
    assert!(report.findings.iter().any(|finding| finding.code == "core_all_voxels"));
    assert!(report.mixed_phase.flag, "where the model fails, as docs/phantoms.md says");
}
