//! The phantom as a whole.

use approx::assert_abs_diff_eq;
use hemastage::stage::Stage;
use hemastage_image::{ErrorKind, vector::distance};
use ndarray::Array3;

use super::*;

fn clean(layout: Layout) -> Phantom {
    let clot = Collection::new(Extent::levels("C4", "C7").unwrap()).with_layout(layout);
    phantom(&PhantomOptions::small().with_collections([clot]).without_noise()).unwrap()
}

/// Voxels of a mask whose 26 neighbors are in it too.
fn interior(mask: &Array3<u8>) -> Vec<[usize; 3]> {
    let (ni, nj, nk) = mask.dim();
    let full = |i: usize, j: usize, k: usize| {
        (0..27).all(|n| mask[[i + n % 3 - 1, j + n / 3 % 3 - 1, k + n / 9 - 1]] > 0)
    };
    let inner = mask.indexed_iter().map(|(index, _)| index).filter(|&(i, j, k)| {
        (1..ni - 1).contains(&i) && (1..nj - 1).contains(&j) && (1..nk - 1).contains(&k) && full(i, j, k)
    });
    inner.map(|(i, j, k)| [i, j, k]).collect()
}

fn mean(image: &Array3<i16>, at: &[[usize; 3]]) -> f64 {
    at.iter().map(|&index| f64::from(image[index])).sum::<f64>() / at.len() as f64
}

#[test]
fn same_options_same_voxels() {
    let options = PhantomOptions::small().with_shading(2.0).with_seed(11);
    let (a, b) = (phantom(&options).unwrap(), phantom(&options).unwrap());
    assert_eq!(a, b);
    let other = phantom(&options.with_seed(12)).unwrap();
    assert_ne!(a.t1, other.t1);
    assert_ne!(a.t2, other.t2);
    assert_eq!(a.cord, other.cord, "the seed does not move the spine");
    for strides in [a.t1.strides(), a.stages.strides()] {
        assert_eq!(strides, [1, 44, 44 * 80], "i is fastest in memory");
    }
}

#[test]
fn ratios_follow_the_spin_echo_equation() {
    for stage in Stage::FIVE {
        let study = clean(Layout::Single(stage));
        let (blood, cord) = (interior(&study.hematoma), interior(&study.cord));
        assert!(blood.len() > 30 && cord.len() > 300, "{stage}: {} {}", blood.len(), cord.len());
        let truth = &study.truth.stages[stage.key()];
        for (image, expected) in [(&study.t1, truth.t1_ratio), (&study.t2, truth.t2_ratio)] {
            let ratio = mean(image, &blood) / mean(image, &cord);
            assert!((ratio - expected).abs() < 0.01 * expected + 0.005, "{stage}: {ratio} {expected}");
        }
        assert_abs_diff_eq!(mean(&study.t1, &cord), 400.0, epsilon = 1.0);
        assert_abs_diff_eq!(truth.fraction, 1.0, epsilon = 1e-12);
        assert_eq!(truth.voxels, study.hematoma.iter().filter(|&&v| v > 0).count());
        assert!(study.hematoma.iter().zip(&study.stages).all(|(&h, &s)| s == h * stage.map_value()));
    }
}

/// The world's step from one voxel to the next along j.
fn step(grid: &hemastage_image::grid::Grid) -> [f64; 3] {
    let (a, b) = (grid.center([0, 0, 0]), grid.center([0, 1, 0]));
    std::array::from_fn(|n| b[n] - a[n])
}

#[test]
fn a_moved_t1_shows_the_same_elsewhere() {
    let options = PhantomOptions::small().without_noise();
    let still = phantom(&options).unwrap();
    let moved = phantom(&options.with_t1_shift_mm(step(&still.t1_grid))).unwrap();
    let (_, nj, _) = still.t1.dim();
    let mut compared = 0;
    for ((i, j, k), &value) in still.t1.indexed_iter().filter(|((_, j, _), _)| j + 1 < nj) {
        // a sample on a border may fall on either side of it
        compared += usize::from((moved.t1[[i, j + 1, k]] - value).abs() <= 1);
    }
    assert!(compared as f64 > 0.999 * (still.t1.len() - still.t1.len() / nj) as f64, "{compared}");
    assert_ne!(moved.t1, still.t1);
    assert_eq!((&moved.t2, &moved.hematoma), (&still.t2, &still.hematoma));
}

#[test]
fn fat_is_shifted_alone() {
    // so wide that the fat under the skin is in view, and so far that it comes to lie on muscle
    let grid = GridSpec::small().with_shape([150, 40, 12]);
    let options = PhantomOptions::default().with_grids(grid).without_noise();
    let still = phantom(&options).unwrap();
    let shift = [0.0, 4.8, 0.0];
    let moved = phantom(&options.with_fat_shifts_mm(shift, [0.0; 3])).unwrap();
    let value = |tissue| (400.0 * ratio_to_cord(tissue, FieldStrength::T1_5, Sequence::T1)).round() as i16;
    let (fat, muscle) = (value(Tissue::Fat), value(Tissue::Muscle));
    let (mut both, mut neither) = (0, 0);
    for ((i, j, k), &here) in still.t1.indexed_iter().filter(|((i, _, _), _)| i + 4 < 150) {
        // i grows backwards, 1.2 mm a voxel
        let from = still.t1[[i + 4, j, k]];
        let found = moved.t1[[i, j, k]];
        let near =
            |expected: i16| assert!((found - expected).abs() <= 1, "{found} {expected} at {i} {j} {k}");
        if (from, here) == (fat, muscle) {
            near(fat + muscle);
            both += 1;
        } else if (from, here) == (muscle, fat) {
            near(0);
            neither += 1;
        } else if (from, here) == (fat, fat) || (from, here) == (muscle, muscle) {
            near(here);
        }
    }
    assert!(both > 10 && neither > 10, "{both} {neither}");
    assert_eq!((&moved.t2, &moved.cord), (&still.t2, &still.cord));
}

#[test]
fn drawn_blood_has_the_signal_that_the_truth_tells() {
    let flair = Sequence::inversion_recovery(2000.0, 9.0, 860.0);
    let clot =
        Collection::new(Extent::levels("C4", "C7").unwrap()).with_layout(Layout::Single(Stage::Chronic));
    let options = PhantomOptions::small()
        .with_values(TissueValues::Drawn { off: 0.15 })
        .with_sequences(flair, Sequence::T2)
        .with_collections([clot])
        .without_noise();
    let mut ratios = Vec::new();
    for seed in 0..3 {
        let study = phantom(&options.clone().with_seed(seed)).unwrap();
        let truth = &study.truth.stages["chronic"];
        let (blood, cord) = (interior(&study.hematoma), interior(&study.cord));
        for (image, expected) in [(&study.t1, truth.t1_ratio), (&study.t2, truth.t2_ratio)] {
            let ratio = mean(image, &blood) / mean(image, &cord);
            assert!((ratio - expected).abs() < 0.01 * expected + 0.005, "{ratio} {expected}");
        }
        assert!(study.truth.drawn.as_ref().unwrap()["chronic"].state.ends_with("chronic"));
        ratios.push(truth.t1_ratio);
    }
    assert!(ratios[0] != ratios[1] && ratios[1] != ratios[2], "{ratios:?}");
}

#[test]
fn masks_do_not_overlap_and_lie_in_the_canal() {
    let axial = GridSpec::axial().with_shape([60, 60, 24]).with_tilt_deg([10.0, 5.0, 0.0]);
    for grid in [GridSpec::small(), axial] {
        for side in [Side::Dorsal, Side::Ventral, Side::Left, Side::Degrees(305.0)] {
            let clot = Collection::new(Extent::levels("C4", "C7").unwrap())
                .with_side(side)
                .with_thickness_mm(20.0)
                .with_half_width_deg(180.0);
            let options = PhantomOptions::default().with_grids(grid).with_collections([clot]);
            let study = phantom(&options).unwrap();
            assert!(study.truth.hematoma_voxels > 100);
            for (index, &blood) in study.hematoma.indexed_iter() {
                let (cord, csf) = (study.cord[index], study.csf[index]);
                assert!(blood + cord + csf <= 1, "{side:?} {index:?}");
                assert!(blood + cord <= study.canal[index], "{side:?} {index:?}");
            }
        }
    }
}

#[test]
fn levels_touched_are_those_of_the_extent() {
    for grid in [GridSpec::small().with_shape([40, 160, 16]), GridSpec::axial().with_shape([60, 60, 50])] {
        for (first, last) in
            [("C3", "T1"), ("C7", "C7"), ("T2", "T4"), ("T12", "L1"), ("L5", "S1"), ("C1", "C2")]
        {
            let clot = Collection::new(Extent::levels(first, last).unwrap());
            let options = PhantomOptions::default().with_grids(grid).with_collections([clot]);
            let truth = phantom(&options).unwrap().truth;
            let levels = truth.levels.unwrap();
            assert_eq!((levels.first, levels.last), (first, last));
            let range = level_index(first).unwrap()..=level_index(last).unwrap();
            assert_eq!(levels.touched, LEVELS[range].to_vec());
            assert_eq!(levels.voxels.iter().sum::<usize>(), truth.hematoma_voxels);
        }
    }
}

#[test]
fn skip_lesions_leave_gaps() {
    let parts = [("C3", "C4"), ("C7", "T1")].map(|(a, b)| Collection::new(Extent::levels(a, b).unwrap()));
    let options = PhantomOptions::small().with_t2_grid(GridSpec::small().with_shape([48, 128, 24]));
    let truth = phantom(&options.with_collections(parts)).unwrap().truth;
    assert_eq!(truth.levels.unwrap().touched, ["C3", "C4", "C7", "T1"]);
    assert_eq!(truth.collections.len(), 2);
}

#[test]
fn mixtures_have_their_shares() {
    let (a, b) = (Stage::Hyperacute, Stage::LateSubacute);
    for (layout, share, tolerance) in [
        (Layout::Along(vec![(a, 0.3), (b, 0.7)]), 0.7, 0.06),
        (Layout::Layered(vec![(a, 0.5), (b, 0.5)]), 0.5, 0.12),
        (Layout::Focal { ground: a, spots: b, fraction: 0.25 }, 0.25, 0.03),
        (Layout::Focal { ground: a, spots: b, fraction: 0.7 }, 0.7, 0.05),
    ] {
        let truth = clean(layout.clone()).truth;
        let found = truth.stages[b.key()].fraction;
        assert!((found - share).abs() < tolerance, "{layout:?}: {found}");
        assert_abs_diff_eq!(truth.stages[a.key()].fraction + found, 1.0, epsilon = 1e-12);
    }
    let study = clean(Layout::Along(vec![(a, 0.5), (b, 0.5)]));
    let height = |stage: Stage| {
        let at = study.stages.indexed_iter().filter(|(_, s)| **s == stage.map_value());
        at.map(|((i, j, k), _)| study.mask_grid.center([i, j, k])[2])
            .fold((1e9_f64, -1e9_f64), |(l, h), z| (l.min(z), h.max(z)))
    };
    assert!(height(a).1 > height(b).1 && height(a).0 > height(b).0, "the first stage lies cranially");
}

#[test]
fn every_grid_shows_the_same_anatomy() {
    use Direction::{Left, Posterior, Superior};
    let spots = Layout::Focal { ground: Stage::Hyperacute, spots: Stage::Chronic, fraction: 0.3 };
    let clot = Collection::new(Extent::levels("C4", "C7").unwrap()).with_layout(spots);
    let options = PhantomOptions::small().with_collections([clot]).without_noise();
    let oblique = GridSpec::small()
        .with_axes([Superior, Left, Posterior])
        .with_shape([96, 24, 48])
        .with_spacing_mm([1.2, 1.5, 1.2])
        .with_tilt_deg([14.0, -9.0, 6.0])
        .with_offset_mm([1.0, -2.0, 3.0]);
    let a = phantom(&options).unwrap();
    let b = phantom(&options.clone().with_t2_grid(oblique)).unwrap();
    assert_eq!(a.t1, b.t1, "another T2 grid does not change T1");
    assert_eq!(b.t2_grid.orientation(), "SLP");
    assert_ne!(b.t2_grid.orientation(), a.t2_grid.orientation());
    let map = b.t2_grid.map_to(&a.t2_grid);
    let (mut compared, mut same) = (0_usize, 0);
    for ((i, j, k), &value) in b.t2.indexed_iter() {
        if let Some(near) = map.nearest([i, j, k])
            && (b.canal[[i, j, k]] > 0 || b.vertebrae[[i, j, k]] > 0)
        {
            compared += 1;
            let close = (f64::from(value) - f64::from(a.t2[near])).abs() < 150.0;
            same += usize::from(close && b.vertebrae[[i, j, k]] == a.vertebrae[near]);
        }
    }
    assert!(compared > 5000 && same as f64 > 0.7 * compared as f64, "{same} of {compared}");
    let centroid = |p: &Phantom, mask: &Array3<u8>| {
        let at: Vec<_> =
            mask.indexed_iter().filter(|(_, v)| **v > 0).map(|((i, j, k), _)| [i, j, k]).collect();
        let sum = at.iter().fold([0.0; 3], |sum: [f64; 3], &index| {
            let c = p.mask_grid.center(index);
            std::array::from_fn(|x| sum[x] + c[x])
        });
        sum.map(|v| v / at.len() as f64)
    };
    assert!(distance(centroid(&a, &a.hematoma), centroid(&b, &b.hematoma)) < 0.4);
    assert_abs_diff_eq!(a.truth.hematoma_mm3 / b.truth.hematoma_mm3, 1.0, epsilon = 0.05);
    assert_eq!(a.truth.levels.as_ref().map(|l| &l.touched), b.truth.levels.as_ref().map(|l| &l.touched));
}

#[test]
fn shading_over_the_cord_has_its_ratio() {
    for ratio in [1.0, 1.6, 3.0] {
        let study = phantom(&PhantomOptions::small().without_noise().with_shading(ratio)).unwrap();
        for image in [&study.t1, &study.t2] {
            let values = || interior(&study.cord).into_iter().map(|index| f64::from(image[index]));
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
            assert!((high / low / ratio - 1.0).abs() < 0.03, "{ratio}: {low} to {high}");
            assert_abs_diff_eq!(high, 400.0, epsilon = 6.0);
        }
    }
}

#[test]
fn noise_over_the_cord_has_its_ratio() {
    for snr in [10.0, 40.0] {
        let study = phantom(&PhantomOptions::small().with_snr(snr)).unwrap();
        let cord = interior(&study.cord);
        for image in [&study.t1, &study.t2] {
            let mean = mean(image, &cord);
            let square: f64 = cord.iter().map(|&index| (f64::from(image[index]) - mean).powi(2)).sum();
            let sd = (square / cord.len() as f64).sqrt();
            assert!((400.0 / sd / snr - 1.0).abs() < 0.08, "{snr}: {}", 400.0 / sd);
        }
        let noise = |image: &Array3<i16>| cord.iter().map(|&i| i32::from(image[i]) - 400).collect::<Vec<_>>();
        assert_ne!(noise(&study.t1), noise(&study.t2), "the images have their own noise");
    }
}

#[test]
fn thick_slices_mix_tissues() {
    let thick = GridSpec::small().with_shape([48, 96, 7]).with_spacing_mm([1.2, 1.2, 5.0]);
    let study = phantom(&PhantomOptions::small().with_grids(thick).without_noise()).unwrap();
    let (cord, csf) = (400, (study.t2.iter().max().copied().unwrap_or(0)));
    let between = study.t2.iter().filter(|&&v| v > cord + 60 && v < csf - 60).count();
    assert!(between > 1000, "partial volume: {between}");
}

#[test]
fn refuses_options_out_of_range() {
    let base = PhantomOptions::small;
    let extent = |first, last| Extent::Levels { first, last };
    let clot = |c: Collection| base().with_collections([c]);
    let grid = |g: GridSpec| base().with_grids(g);
    let c5 = || Collection::new(extent(4, 4));
    for (options, place, part) in [
        (base().with_snr(0.0), "snr", "signal-to-noise ratio is 0"),
        (base().with_snr(f64::NAN), "snr", "NaN"),
        (base().with_sequences(Sequence::new(-1.0, 10.0), Sequence::T2), "t1", "TR is -1"),
        (base().with_sequences(Sequence::T1, Sequence::new(50.0, 100.0)), "t2", "before the next repetition"),
        (base().with_shading(0.5), "shading", "shading ratio is 0.5"),
        (base().with_lordosis_mm(90.0), "lordosis_mm", "0 to 30 mm"),
        (base().with_scoliosis_mm(-1.0), "scoliosis_mm", "0 to 30 mm"),
        (base().with_supersampling([2, 0, 2]), "supersampling", "2 x 0 x 2"),
        (base().with_view(25), "view", "0 (C1) to 24 (S1)"),
        (clot(Collection::new(extent(9, 4))), "collections", "from T3 to C5"),
        (clot(Collection::new(extent(4, 25))), "collections", "vertebra number 25"),
        (
            clot(Collection::new(Extent::Heights { top_mm: 1.0, bottom_mm: 5.0 })),
            "collections",
            "at least 2 mm",
        ),
        (clot(c5().with_thickness_mm(f64::INFINITY)), "collections", "thickness is inf"),
        (clot(c5().with_side(Side::Degrees(1e9))), "collections", "side is"),
        (clot(c5().with_half_width_deg(0.0)), "collections", "half width is 0"),
        (clot(c5().with_layout(Layout::Single(Stage::Indeterminate))), "collections", "indeterminate"),
        (clot(c5().with_layout(Layout::Along(vec![]))), "collections", "mixture of 0"),
        (clot(c5().with_layout(Layout::Layered(vec![(Stage::Acute, 0.0)]))), "collections", "share is 0"),
        (base().with_collections(vec![c5(); 65]), "collections", "65 collections"),
    ] {
        refused(&options, place, part);
    }
    for (options, place, part) in [
        (grid(GridSpec::small().with_spacing_mm([0.0, 1.0, 1.0])), "t1_grid", "spacing is 0"),
        (grid(GridSpec::small().with_shape([0, 1, 1])), "t1_grid", "0 x 1 x 1"),
        (grid(GridSpec::small().with_shape([usize::MAX; 3])), "t1_grid", "at most 67108864"),
        (grid(GridSpec::small().with_shape([32_767, 32_767, 2])), "t1_grid", "32767 x 32767 x 2"),
        (grid(GridSpec::small().with_tilt_deg([0.0, f64::NAN, 0.0])), "t1_grid", "tilt is NaN"),
        (
            grid(GridSpec::small().with_axes([Direction::Left, Direction::Right, Direction::Superior])),
            "t1_grid",
            "axes",
        ),
        (base().with_t2_grid(GridSpec::small().with_offset_mm([1e9, 0.0, 0.0])), "t2_grid", "offset is"),
        (base().with_mask_grid(GridSpec::small().with_shape([1, 40_000, 1])), "mask_grid", "40000"),
        (base().with_t1_shift_mm([0.0, 30.0, 0.0]), "t1_shift_mm", "shift is 30"),
        (base().with_fat_shifts_mm([0.0; 3], [f64::NAN; 3]), "t2_fat_shift_mm", "shift of fat is NaN"),
        (base().with_values(TissueValues::Drawn { off: 2.0 }), "values", "off is 2"),
    ] {
        refused(&options, place, part);
    }
}

fn refused(options: &PhantomOptions, place: &str, part: &str) {
    let error = phantom(options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
    assert_eq!(error.place(), Some(place), "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn a_view_without_blood_is_a_healthy_spine() {
    let study = phantom(&PhantomOptions::small().with_collections([]).with_view(21)).unwrap();
    assert_eq!(study.truth.hematoma_voxels, 0);
    assert_eq!(study.truth.levels, None);
    assert_eq!(study.truth.cord_voxels, 0, "L3 lies below the conus");
    assert!(study.csf.iter().any(|&v| v > 0));
    assert!(study.vertebrae.iter().any(|&v| v == 22));
    assert!(study.discs.iter().any(|&v| v == 22));
    let away = GridSpec::small().with_offset_mm([0.0, 0.0, 900.0]);
    let study = phantom(&PhantomOptions::small().with_grids(away).with_shading(2.0)).unwrap();
    assert_eq!(study.truth.hematoma_voxels, 0, "out of view");
}

#[test]
fn the_truth_says_what_contrast_agent_reaches() {
    let truth = |options: PhantomOptions| serde_json::to_value(phantom(&options).unwrap().truth).unwrap();
    let plain = truth(PhantomOptions::small());
    assert!(plain.get("t1_post").is_none() && plain.get("t2star").is_none());
    let options = PhantomOptions::small().with_t1_post(Enhancement::Rim, [0.5, 0.0, -1.0]).with_t2star(true);
    let found = truth(options);
    assert_eq!(found["t1_post"], serde_json::json!({"enhancement": "rim", "shift_mm": [0.5, 0.0, -1.0]}));
    assert_eq!(found["t2star"], serde_json::json!({"dark_rim": true}));
}
