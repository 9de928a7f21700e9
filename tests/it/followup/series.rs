//! Series of phantoms: one patient, whose hematoma shrinks while the patient lies otherwise and is scanned otherwise.

use hemastage::{
    StageOptions,
    followup::{Visit, VolumeWord},
    stage,
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, PhantomOptions};

use super::compared;
use crate::support::phantoms::{StudyArrays, shared_phantom};

/// A visit with the true volume of its hematoma, counted on a fine grid.
fn seen(levels: (usize, usize), thickness_mm: f64, grid: GridSpec) -> (Visit, f64) {
    use Direction::{Inferior, Posterior, Right};
    let collection =
        Collection::new(Extent::Levels { first: levels.0, last: levels.1 }).with_thickness_mm(thickness_mm);
    let options = PhantomOptions::small().with_collections([collection]).with_view(5);
    let scan = shared_phantom(&options.clone().with_grids(grid));
    let fine = GridSpec::new([110, 200, 80], [0.5; 3], [Posterior, Inferior, Right]);
    let truth = shared_phantom(&options.with_mask_grid(fine)).truth.hematoma_mm3;
    let study = StudyArrays::new(&scan).with_map(&scan).study().unwrap();
    (Visit::new(&stage(&study, &StageOptions::default()).unwrap().report), truth)
}

#[test]
fn volumes_are_true_and_levels_are_cleared() {
    use Direction::{Inferior, Posterior, Right};
    let tilted = GridSpec::small().with_tilt_deg([12.0, -8.0, 20.0]);
    let other = GridSpec::new([60, 110, 24], [1.0, 1.0, 2.0], [Posterior, Inferior, Right]);
    let series = [((3, 6), 5.0, GridSpec::small()), ((3, 5), 4.0, tilted), ((4, 4), 2.5, other)];
    let mut visits = Vec::new();
    let mut truth = Vec::new();
    for (n, (levels, thickness, grid)) in series.into_iter().enumerate() {
        let (visit, mm3) = seen(levels, thickness, grid);
        visits.push(visit.at_hours(n as f64 * 72.0).unwrap());
        truth.push(mm3);
    }
    let found = compared(&visits);
    for (visit, mm3) in found.visits.iter().zip(&truth) {
        assert!((visit.volume_mm3 - mm3).abs() < 1.96 * visit.sigma_mm3.unwrap(), "{mm3}: {visit:?}");
    }
    for change in &found.changes {
        assert_eq!(change.volume.word, Some(VolumeWord::Smaller));
        let [low, high] = change.volume.interval_mm3.unwrap();
        assert!((low..high).contains(&(truth[change.to] - truth[change.from])));
    }
    let cleared = |n: usize| {
        let levels = &found.changes[n].levels.as_ref().unwrap().cleared;
        levels.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(cleared(0), ["C7"]);
    assert_eq!(cleared(1), ["C4", "C6"]);
}
