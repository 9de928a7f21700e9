//! The oracle against values computed by hand.

use approx::assert_abs_diff_eq;

use super::*;

type Windows = [(Option<f64>, Option<f64>); 5];

const SPINAL_WINDOWS: Windows = [
    (None, Some(24.0)),
    (Some(24.0), Some(72.0)),
    (Some(72.0), Some(168.0)),
    (Some(168.0), Some(336.0)),
    (Some(336.0), None),
];

const UNIT: Affine = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];

fn scaled(i: f64, j: f64, k: f64) -> Affine {
    [[i, 0.0, 0.0, 0.0], [0.0, j, 0.0, 0.0], [0.0, 0.0, k, 0.0], [0.0, 0.0, 0.0, 1.0]]
}

fn spinal() -> Profile {
    let mut weights = [[[0.0; 3]; 3]; 5];
    weights[0][1][2] = 1.0;
    weights[0][0][2] = 0.3;
    weights[1][1][0] = 1.0;
    weights[1][0][0] = 0.3;
    weights[2][2][0] = 1.0;
    weights[2][2][1] = 0.5;
    weights[3][2][2] = 1.0;
    weights[4][2][2] = 0.7;
    weights[4][0][0] = 1.0;
    weights[4][0][1] = 0.5;
    weights[4][1][0] = 0.3;
    let mixture = Mixture { stages: vec![0, 1], t1_level: 1, last_at_least: 0.05, call: 1 };
    let (t1, t2, windows) = ((0.75, 1.2), (0.8, 1.2), SPINAL_WINDOWS);
    Profile { t1, t2, windows, weights, mixture: Some(mixture), blood: None }
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert_abs_diff_eq!(found, expected, epsilon = tolerance);
}

#[track_caller]
fn assert_all_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_abs_diff_eq!(found, expected, epsilon = tolerance);
}

/// A mask that is true where `inside` holds.
fn mask(shape: (usize, usize, usize), affine: Affine, inside: impl Fn(Index) -> bool) -> Mask {
    Mask { data: Array3::from_shape_fn(shape, |(i, j, k)| inside([i, j, k])), affine }
}

// ------------------------------------------------------------------------------ numbers

#[test]
fn median_takes_the_mean_of_the_two_middle_values() {
    assert_close(median(&[3.0, 1.0, 10.0]), 3.0, 0.0);
    assert_close(median(&[4.0, 1.0, 10.0, 2.0]), 3.0, 0.0);
    assert!(median(&[]).is_nan());
    assert_close(mad(&[1.0, 2.0, 3.0, 4.0, 100.0]), 1.0, 0.0);
}

#[test]
fn percentile_interpolates_linearly() {
    let values = [5.0, 1.0, 2.0, 3.0, 4.0];
    assert_close(percentile(&values, 0.1), 1.4, 1e-12);
    assert_close(percentile(&values, 0.9), 4.6, 1e-12);
    assert_close(percentile(&[7.0], 0.9), 7.0, 0.0);
}

// ----------------------------------------------------------------------------- geometry

#[test]
fn inverse_undoes_an_oblique_affine() {
    let m = [[0.0, -0.9, 0.4, 10.0], [2.0, 0.1, 0.0, -5.0], [0.2, 0.5, 3.0, 7.0], [0.0, 0.0, 0.0, 1.0]];
    let back = transform(&inverse(&m).unwrap(), transform(&m, [3.0, 4.5, -2.0]));
    assert_all_close(&back, &[3.0, 4.5, -2.0], 1e-12);
    assert!(inverse(&scaled(1.0, 0.0, 1.0)).is_err());
}

#[test]
fn near_axes_are_two_of_a_thick_slice_grid_and_three_of_an_isotropic_one() {
    let cases: [(Affine, &[usize]); 7] = [
        (scaled(0.5, 0.5, 3.0), &[0, 1]),
        (scaled(3.0, 0.5, 0.5), &[1, 2]),
        (scaled(-1.0, 1.0, 1.0), &[0, 1, 2]),
        (scaled(1.0, 1.5, 3.0), &[0, 1]),
        (scaled(1.0, 1.6, 3.0), &[0, 1]),
        (scaled(1.0, 2.0, 2.01), &[0, 1, 2]),
        (scaled(1.0, 2.0, 2.05), &[0, 1]),
    ];
    for (affine, expected) in cases {
        assert_eq!(near_axes(&affine), expected, "{affine:?}");
    }
}

#[test]
fn enclosed_counts_beyond_the_grid_as_outside() {
    let full = Array3::from_elem((3, 3, 1), true);
    assert!(enclosed(&full, [1, 1, 0], &[0, 1]));
    assert!(!enclosed(&full, [0, 1, 0], &[0, 1]));
    assert!(!enclosed(&full, [1, 1, 0], &[0, 1, 2]));
    let mut holed = full.clone();
    holed[[1, 2, 0]] = false;
    assert!(!enclosed(&holed, [1, 1, 0], &[0, 1]));
    assert!(enclosed(&holed, [1, 1, 0], &[0]));
}

#[test]
fn voxels_run_with_the_first_index_fastest() {
    let all = indices_of((2, 2, 2));
    assert_eq!(all[..3], [[0, 0, 0], [1, 0, 0], [0, 1, 0]]);
    assert_eq!(all[4], [0, 0, 1]);
}

// ------------------------------------------------------------------------------ sampling

/// Value i + 10 j + 100 k.
fn ramp() -> Array3<f64> {
    Array3::from_shape_fn((2, 2, 2), |(i, j, k)| number(i) + 10.0 * number(j) + 100.0 * number(k))
}

#[test]
fn sample_is_trilinear() {
    assert_close(sample(&ramp(), [0.5, 0.5, 0.5]), 55.5, 1e-12);
    assert_close(sample(&ramp(), [0.25, 1.0, 0.5]), 60.25, 1e-12);
}

#[test]
fn sample_uses_the_edge_value_within_half_a_voxel() {
    for (x, expected) in [(-0.5, 0.0), (-0.2, 0.0), (1.3, 1.0), (1.5, 1.0)] {
        assert_close(sample(&ramp(), [x, 0.0, 0.0]), expected, 0.0);
    }
    for x in [-0.501, 1.501, f64::NAN] {
        assert!(sample(&ramp(), [x, 0.0, 0.0]).is_nan(), "{x}");
        assert!(sample(&ramp(), [0.0, x, 0.0]).is_nan(), "{x}");
        assert!(sample(&ramp(), [0.0, 0.0, x]).is_nan(), "{x}");
    }
}

#[test]
fn sample_rounds_an_index_within_a_thousandth() {
    assert_close(sample(&ramp(), [0.0009, 0.9991, 0.0]), 10.0, 0.0);
    assert_close(sample(&ramp(), [0.0011, 0.0, 0.0]), 0.0011, 1e-12);
}

#[test]
fn sample_needs_only_the_neighbors_that_weigh() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut data = ramp();
        data[[1, 0, 0]] = bad;
        assert_close(sample(&data, [0.0009, 0.0, 0.0]), 0.0, 0.0);
        assert_close(sample(&data, [-0.4, 0.5, 0.0]), 5.0, 1e-12);
        assert_close(sample(&data, [0.5, 1.0, 0.0]), 10.5, 1e-12);
        assert!(sample(&data, [0.002, 0.0, 0.0]).is_nan());
        assert!(sample(&data, [1.4, 0.0, 0.0]).is_nan());
    }
}

#[test]
fn sample_of_a_single_slice_takes_its_value() {
    let slice = Array3::from_elem((2, 2, 1), 7.0);
    assert_close(sample(&slice, [0.5, 0.5, 0.5]), 7.0, 1e-12);
    assert!(sample(&slice, [0.5, 0.5, 0.6]).is_nan());
}

#[test]
fn nearest_rounds_halves_up_and_is_false_beyond_the_grid() {
    let second = mask((2, 1, 1), UNIT, |at| at[0] == 1).data;
    let cases = [(0.49, false), (0.5, true), (1.49, true), (1.5, false), (-0.6, false)];
    for (x, expected) in cases {
        assert_eq!(nearest(&second, [x, 0.0, 0.0]), expected, "{x}");
    }
}

// --------------------------------------------------------------------------- center line

#[test]
fn principal_direction_of_known_matrices() {
    // Eigenvalues 5 and 1, vectors (0, 1, 1) and (0, -1, 1) over the square root of 2.
    let u = principal_direction([[2.0, 0.0, 0.0], [0.0, 3.0, 2.0], [0.0, 2.0, 3.0]]);
    let half = 0.5_f64.sqrt();
    assert_all_close(&upward(u), &[0.0, half, half], 1e-12);
    let u = principal_direction([[9.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_all_close(&upward(u), &[1.0, 0.0, 0.0], 0.0);
    // 14 is the eigenvalue of (1, 2, 3).
    let u = principal_direction([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]);
    assert_all_close(&upward(u), &[1.0, 2.0, 3.0].map(|x| x / 14.0_f64.sqrt()), 1e-12);
}

#[test]
fn upward_looks_at_z_then_y_then_x() {
    assert_all_close(&upward([0.6, 0.0, -0.8]), &[-0.6, 0.0, 0.8], 0.0);
    assert_all_close(&upward([0.6, -0.8, 0.0]), &[-0.6, 0.8, 0.0], 0.0);
    assert_all_close(&upward([-1.0, 0.0, 0.0]), &[1.0, 0.0, 0.0], 0.0);
    assert_all_close(&upward([0.8, 0.6, -1e-7]), &[0.8, 0.6, -1e-7], 0.0);
}

/// Points on the z axis, 1 mm apart.
fn column(n: usize) -> Vec<Point> {
    (0..n).map(|k| [0.0, 0.0, number(k)]).collect()
}

fn slab_sizes(points: &[Point]) -> Vec<usize> {
    let heights: Vec<f64> = points.iter().map(|p| p[2]).collect();
    slabs(points, &heights, heights[0]).iter().map(Vec::len).collect()
}

#[test]
fn a_narrow_last_slab_joins_the_one_before() {
    assert_eq!(slab_sizes(&column(5)), [5]);
    assert_eq!(slab_sizes(&column(12)), [5, 7]);
    assert_eq!(slab_sizes(&column(13)), [5, 8]);
    assert_eq!(slab_sizes(&column(14)), [5, 5, 4]);
    let gap = [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 13.0]];
    assert_eq!(slab_sizes(&gap), [2, 1]);
}

#[test]
fn position_along_a_straight_cord_is_the_height_above_its_lowest_voxel() {
    for n in [3, 12, 40] {
        let line = CenterLine::through(&column(n));
        for z in [-3.0, 0.0, 2.5, 20.0, 50.0] {
            assert_close(line.position([4.0, -2.0, z]), z, 1e-9);
        }
    }
}

#[test]
fn arc_length_interpolates_and_goes_on_straight() {
    let knots = vec![(0.0, 0.0), (4.0, 5.0), (8.0, 9.0)];
    let direction = [0.0, 0.0, 1.0];
    let line = CenterLine { center: [0.0; 3], direction, knots, start: -2.5 };
    for (height, arc) in [(-2.0, -2.5), (2.0, 2.5), (4.0, 5.0), (6.0, 7.0), (10.0, 11.0)] {
        assert_close(line.arc(height), arc, 1e-12);
        assert_close(line.position([1.0, 1.0, height]), arc + 2.5, 1e-12);
    }
}

#[test]
fn arc_length_follows_a_bent_cord() {
    // Slabs 0..5, 5..10 and 10..15 with x = 0, 3, 0: two segments of sqrt(5^2 + 3^2).
    let mut points = Vec::new();
    for k in 0..15 {
        let x = if (5..10).contains(&k) { 3.0 } else { 0.0 };
        points.push([x, 0.0, number(k)]);
    }
    let line = CenterLine::through(&points);
    assert_all_close(&line.direction, &[0.0, 0.0, 1.0], 1e-9);
    let segment = 34.0_f64.sqrt();
    assert_close(line.knots[2].1, 2.0 * segment, 1e-9);
    assert_close(line.position([0.0, 0.0, 7.0]), 7.0 * segment / 5.0, 1e-9);
}

// ----------------------------------------------------------------------------- reference

/// Voxels with a signal per 1 mm of position.
fn along(n: usize, signal: impl Fn(f64) -> f64) -> Vec<Candidate> {
    let mut found = Vec::new();
    for k in 0..n {
        let position = number(k);
        found.push(Candidate { at: [0, 0, k], signal: signal(position), position });
    }
    found
}

#[test]
fn bins_take_medians_and_need_five_voxels_above_zero() {
    let bins = bins_of(&along(24, |x| x + 1.0), 10.0);
    assert_eq!(bins.len(), 2, "the last bin has four voxels");
    assert_close(bins[&0].0, 4.5, 0.0);
    assert_close(bins[&0].1, 5.5_f64.ln(), 1e-15);
    assert_close(bins[&1].0, 14.5, 0.0);
    let positive = bins_of(&along(25, |x| if x < 10.0 { 0.0 } else { 1.0 }), 10.0);
    assert_eq!(positive.len(), 2);
    assert_close(positive[&1].0, 14.5, 0.0);
    assert_close(positive[&2].0, 22.0, 0.0);
}

#[test]
fn elimination_solves_and_has_the_determinant() {
    // 4 x + y = 1, 2 x + 3 y = 2: determinant 10
    let (x, log) = solved(vec![vec![4.0, 1.0, 1.0], vec![2.0, 3.0, 2.0]]);
    assert_all_close(&x, &[0.1, 0.6], 1e-12);
    assert_close(log, 10.0_f64.ln(), 1e-12);
}

#[test]
fn the_density_of_two_values_is_the_textbooks() {
    // SDs 2 and 3, correlation 0.5, values 1 and -1: q = (1/4 - 2 (0.5) (-1/6) + 1/9) / 0.75
    let q = (0.25 + 1.0 / 6.0 + 1.0 / 9.0) / 0.75;
    let expected = -(2.0 * std::f64::consts::PI * 6.0 * 0.75_f64.sqrt()).ln() - q / 2.0;
    assert_close(log_density(&[1.0, -1.0], &[vec![4.0, 3.0], vec![3.0, 9.0]]), expected, 1e-12);
}

#[test]
fn a_lesion_is_a_run_and_leaves_the_trend() {
    let places: Vec<f64> = (0..12).map(|n| 5.0 + 10.0 * number(n)).collect();
    let shading: Vec<f64> = places.iter().map(|x| 0.3 * (x / 60.0).sin() - 0.2).collect();
    let mut lesion = shading.clone();
    (3..7).for_each(|n| lesion[n] += 0.6);
    for shared in [false, true] {
        let fit = Fit::of(&places, &[0, 1], &[shading.clone(), lesion.clone()].concat(), shared);
        assert_eq!(fit.runs, [(3, 6)]);
        assert_all_close(&fit.trend, &[shading.clone(), shading.clone()].concat(), 0.03);
    }
    assert!(Fit::of(&places, &[1], &shading, false).runs.is_empty());
}

#[test]
fn fewer_than_four_bins_have_the_median() {
    for (n, knots) in [(20, 1), (30, 1), (40, 4), (50, 5), (60, 6)] {
        let used = along(n, |x| 100.0 + x);
        let curve = &trends_of(&[(1, &used)], &[&used])[0];
        assert_eq!(curve.knots.len(), knots, "{n} mm");
    }
    let used = along(20, |x| 100.0 + x);
    assert_close(trends_of(&[(1, &used)], &[&used])[0].at(3.0), 109.5, 1e-9);
}

fn modelled(voxels: Vec<Candidate>, mode: Mode) -> Model {
    Model::alone(1, &Used { voxels, all: false, mode })
}

#[test]
fn trend_mode_takes_the_spread_of_signal_over_trend() {
    // Alternating +-10 % about a constant 100: median 100, MAD of the ratio 0.1.
    for mode in [Mode::Trend, Mode::Global] {
        let model = modelled(along(20, |x| if x % 2.0 == 0.0 { 90.0 } else { 110.0 }), mode);
        assert_close(model.reference.median, 100.0, 1e-12);
        assert_close(model.reference.spread, 14.826, 1e-9);
        assert_close(model.relative_noise(), 0.14826, 1e-12);
        assert_eq!(model.reference.drift.is_some(), mode == Mode::Trend);
    }
}

#[test]
fn a_pure_trend_has_little_spread_and_the_noise_has_a_floor() {
    let trend = modelled(along(60, |x| 100.0 * (0.004 * x).exp()), Mode::Trend);
    assert!(trend.reference.spread < 1.0, "{}", trend.reference.spread);
    assert_close(trend.relative_noise(), 0.02, 0.0);
    // the outer bins are 50 mm apart
    assert_close(trend.reference.drift.unwrap(), (0.004_f64 * 50.0).exp(), 0.02);
    let global = modelled(along(60, |x| 100.0 * (0.004 * x).exp()), Mode::Global);
    // |deviation| has the median 15 steps from the middle, up to curvature.
    assert!(global.reference.spread > 5.0);
}

#[test]
fn the_reference_is_constant_beyond_the_bins() {
    let model = modelled(along(60, |x| 100.0 * (0.004 * x).exp()), Mode::Trend);
    assert_close(model.at(-20.0), model.at(0.0), 0.0);
    assert_close(model.at(500.0), model.at(59.0), 0.0);
    assert_close(model.at(30.0), 100.0 * 0.12_f64.exp(), 0.5);
}

fn all_candidates(cord: &Mask) -> Vec<Candidate> {
    let voxel = |at| Candidate { at, signal: 1.0, position: 0.0 };
    voxels_of(&cord.data).into_iter().map(voxel).collect()
}

#[test]
fn inner_candidates_are_preferred_then_in_plane_inner_ones_then_all() {
    let cases = [
        ((6, 6, 6), 1.0, 64, false),
        ((5, 5, 8), 4.0, 54, false),
        ((5, 5, 7), 4.0, 63, false),
        ((5, 5, 5), 4.0, 125, true),
        ((5, 5, 7), 1.0, 175, true),
    ];
    for (shape, thickness, voxels, all) in cases {
        let cord = mask(shape, scaled(1.0, 1.0, thickness), |_| true);
        let (used, fallback) = used_candidates(&all_candidates(&cord), &cord);
        assert_eq!((used.len(), fallback), (voxels, all), "{shape:?} {thickness}");
    }
}

#[test]
fn inner_is_judged_on_the_mask_and_not_on_the_candidates() {
    let cord = mask((6, 6, 6), UNIT, |_| true);
    let few: Vec<Candidate> = all_candidates(&cord).into_iter().filter(|voxel| voxel.at[2] > 1).collect();
    // 4 x 4 x 3 inner voxels are too few, in either sense; all 144 are used.
    assert_eq!(used_candidates(&few, &cord).0.len(), 144);
    let most: Vec<Candidate> =
        all_candidates(&cord).into_iter().filter(|voxel| voxel.at != [1, 1, 1]).collect();
    assert_eq!(used_candidates(&most, &cord).0.len(), 63);
}

// ----------------------------------------------------------------------- ratio to stage

fn row(values: [f64; 3]) -> Array3<f64> {
    Array3::from_shape_fn((3, 1, 1), |(i, _, _)| values[i])
}

#[test]
fn smoothing_at_the_border_takes_the_mean_of_two() {
    let out = smoothed(&row([1.0, 5.0, 2.0]), &UNIT);
    assert_all_close(&out.into_iter().collect::<Vec<_>>(), &[3.0, 2.0, 3.5], 0.0);
}

#[test]
fn smoothing_skips_unsampled_neighbors_and_does_not_fill_them() {
    let out = smoothed(&row([1.0, f64::NAN, 2.0]), &UNIT);
    assert_close(out[[0, 0, 0]], 1.0, 0.0);
    assert!(out[[1, 0, 0]].is_nan());
    assert_close(out[[2, 0, 0]], 2.0, 0.0);
}

#[test]
fn smoothing_goes_along_axes_of_at_most_two_millimeters() {
    for (mm, expected) in [(2.0, 2.0), (2.1, 5.0)] {
        let out = smoothed(&row([1.0, 5.0, 2.0]), &scaled(mm, 1.0, 1.0));
        assert_close(out[[1, 0, 0]], expected, 0.0);
    }
}

#[test]
fn smoothing_inside_takes_seven_values() {
    let mut data = Array3::from_elem((3, 3, 3), 0.0);
    data[[1, 1, 1]] = 9.0;
    data[[0, 1, 1]] = 1.0;
    data[[2, 1, 1]] = 2.0;
    data[[1, 0, 1]] = 3.0;
    data[[1, 2, 1]] = 4.0;
    data[[1, 1, 0]] = 5.0;
    data[[1, 1, 2]] = 6.0;
    assert_close(smoothed(&data, &UNIT)[[1, 1, 1]], 4.0, 0.0);
}

#[test]
fn level_probabilities_match_the_normal_table() {
    let got = level_probabilities(0.9, (0.8, 1.2), 0.1);
    let (one, three) = (0.158_655_253_931_457, 0.001_349_898_031_630);
    assert_all_close(&got, &[one, 1.0 - one - three, three], 1e-14);
    assert_all_close(&level_probabilities(0.8, (0.8, 1.2), 0.02), &[0.5, 0.5, 0.0], 1e-12);
    // With both thresholds at the ratio nothing is left for iso.
    assert_all_close(&level_probabilities(1.0, (1.0, 1.0), 0.1), &[0.5, 0.0, 0.5], 1e-12);
}

#[test]
fn the_thresholds_themselves_are_iso() {
    let levels = [0.79, 0.8, 1.2, 1.21].map(|ratio| level_of(ratio, (0.8, 1.2)));
    assert_eq!(levels, [0, 1, 1, 2]);
}

#[test]
fn class_probabilities_match_hand_values() {
    let cases = [
        // iso/hyper: hyperacute 1, indeterminate 0.02.
        ([1.0, 1.5], [1.0 / 1.02, 0.0, 0.0, 0.0, 0.0, 0.02 / 1.02]),
        // Half hypo/hyper 0.3, half iso/hyper 1.
        ([0.75, 1.5], [0.65 / 0.67, 0.0, 0.0, 0.0, 0.0, 0.02 / 0.67]),
        // iso/iso is listed by no stage.
        ([1.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        // Half iso/hypo (acute 1, chronic 0.3), half iso/iso.
        ([1.0, 0.8], [0.0, 0.5 / 1.16, 0.0, 0.0, 0.15 / 1.16, 0.51 / 1.16]),
        // hyper/hyper: late subacute 1, chronic 0.7.
        ([1.5, 1.5], [0.0, 0.0, 0.0, 1.0 / 1.72, 0.7 / 1.72, 0.02 / 1.72]),
    ];
    for (ratio, expected) in cases {
        let got = class_probabilities(ratio, [0.02; 2], &spinal(), &[0.2; 5]);
        assert_all_close(&got, &expected, 1e-12);
    }
}

#[test]
fn the_prior_weighs_stages_and_indeterminate_gets_its_mean() {
    let prior = [0.1, 0.1, 0.1, 0.1, 0.6];
    let got = class_probabilities([1.5, 1.5], [0.02; 2], &spinal(), &prior);
    let total = 0.1 + 0.42 + 0.004;
    let expected = [0.0, 0.0, 0.0, 0.1, 0.42, 0.004].map(|weight| weight / total);
    assert_all_close(&got, &expected, 1e-12);
}

#[test]
fn ties_go_to_the_earlier_stage() {
    assert_eq!(largest(&[0.1, 0.4, 0.1, 0.4, 0.0, 0.4]), 1);
    assert_eq!(largest(&[0.0; 6]), 0);
}

// ---------------------------------------------------------------------------------- time

#[test]
fn time_prior_at_36_hours() {
    // With w = 1/4 a logistic in log time is 1 / (1 + (edge / t)^4).
    let (m0, m1) = (16.0 / 97.0, (81.0 / 97.0) * (16.0 / 17.0));
    let m2 = (1.0 / 17.0) * (38_416.0 / 38_497.0);
    let m3 = (81.0 / 38_497.0) * (614_656.0 / 614_737.0);
    let m4 = 81.0 / 614_737.0;
    let sum = m0 + m1 + m2 + m3 + m4;
    let floored = [m0 / sum, m1 / sum, m2 / sum, 0.05, 0.05];
    let expected = floored.map(|m| m / floored.iter().sum::<f64>());
    let got = prior_at(&SPINAL_WINDOWS, 36.0);
    assert_all_close(&got, &expected, 1e-12);
    assert_all_close(&got, &[0.148_50, 0.707_56, 0.052_85, 0.045_55, 0.045_55], 1e-5);
}

#[test]
fn time_prior_at_the_onset_is_all_hyperacute_but_for_the_floor() {
    let expected = [1.0, 0.05, 0.05, 0.05, 0.05].map(|m| m / 1.2);
    assert_all_close(&prior_at(&SPINAL_WINDOWS, 0.0), &expected, 1e-15);
    let mut zero_edge = SPINAL_WINDOWS;
    zero_edge[0].0 = Some(0.0);
    assert_all_close(&prior_at(&zero_edge, 0.0), &expected, 1e-15);
}

#[test]
fn time_prior_is_uniform_when_no_window_reaches_back() {
    let late = [(Some(24.0), None); 5];
    assert_all_close(&prior_at(&late, 0.0), &[0.2; 5], 1e-15);
    assert_all_close(&prior_of_events(&SPINAL_WINDOWS, &[]), &[0.2; 5], 0.0);
}

#[test]
fn several_events_share_the_prior() {
    let (early, late) = (prior_at(&SPINAL_WINDOWS, 6.0), prior_at(&SPINAL_WINDOWS, 240.0));
    let mean = prior_of_events(&SPINAL_WINDOWS, &[240.0, 6.0]);
    for stage in 0..5 {
        assert_close(mean[stage], f64::midpoint(early[stage], late[stage]), 1e-15);
    }
    let shares = event_shares(&SPINAL_WINDOWS, &[240.0, 6.0], 0);
    assert_close(shares[0], late[0] / (late[0] + early[0]), 1e-15);
    assert_close(shares[0] + shares[1], 1.0, 1e-15);
    assert!(shares[1] > 0.9);
    assert_all_close(&event_shares(&SPINAL_WINDOWS, &[36.0], 4), &[1.0], 0.0);
    assert!(event_shares(&SPINAL_WINDOWS, &[], 0).is_empty());
}

#[test]
fn windows_hold_their_start_and_not_their_end() {
    for (hours, expected) in [(0.0, 0), (23.9, 0), (24.0, 1), (72.0, 2), (336.0, 4)] {
        let held: Vec<usize> = (0..5).filter(|&s| holds(SPINAL_WINDOWS[s], hours)).collect();
        assert_eq!(held, [expected], "{hours} h");
    }
}

// -------------------------------------------------------------------- the whole hematoma

#[test]
fn the_core_needs_fifty_voxels_and_three_tenths_of_the_roi() {
    let cases = [
        // 4^3 of 6^3 is 29.6 %.
        ((6, 6, 6), 64, Some("core_small")),
        ((7, 7, 7), 125, None),
        ((5, 5, 5), 27, Some("core_small")),
        // 1 x 50 x 1 of 3 x 52 x 1 by in-plane neighbors is 32 %.
        ((3, 52, 1), 50, None),
        ((3, 51, 1), 49, Some("core_small")),
        // 2^3 inside; the faces of 2 x 2 without their edges have one neighbor less.
        ((4, 4, 4), 8 + 6 * 4, Some("core_ridge")),
        ((3, 3, 3), 27, Some("core_all_voxels")),
        ((2, 30, 1), 2 * 28, Some("core_ridge")),
    ];
    for (shape, voxels, finding) in cases {
        let thick = if shape.2 == 1 { 4.0 } else { 1.0 };
        let roi = mask(shape, scaled(1.0, 1.0, thick), |_| true);
        let sampled = voxels_of(&roi.data);
        let (core, found) = core_of(&roi, &sampled, sampled.len());
        assert_eq!((core.len(), found), (voxels, finding), "{shape:?}");
    }
}

#[test]
fn the_core_is_compared_with_the_roi_and_not_with_its_sampled_voxels() {
    let roi = mask((7, 7, 7), UNIT, |_| true);
    let sampled: Vec<Index> = voxels_of(&roi.data).into_iter().filter(|at| at[2] < 5).collect();
    // 5 x 5 x 4 = 100 interior sampled voxels: 41 % of 245, 29.2 % of 343.
    let (core, finding) = core_of(&roi, &sampled, 343);
    assert_eq!((core.len(), finding), (100, Some("core_small")));
    assert_eq!(core_of(&roi, &sampled, 245).1, None);
}

#[test]
fn indeterminate_is_called_above_a_half() {
    assert_eq!(first_call(&[0.0, 0.2, 0.3, 0.0, 0.0, 0.5]), 2);
    assert_eq!(first_call(&[0.0, 0.2, 0.28, 0.0, 0.0, 0.52]), INDETERMINATE);
    assert_eq!(first_call(&[0.0, 0.4, 0.0, 0.4, 0.2, 0.0]), 1);
}

#[test]
fn acute_or_chronic_needs_both_and_no_onset() {
    let of = |acute, chronic, onsets: &[f64]| acute_or_chronic(&[0.1, acute, 0.1, 0.1, chronic, 0.1], onsets);
    assert!(of(0.2, 0.4, &[]) && of(0.4, 0.2, &[]));
    assert!(!of(0.19, 0.5, &[]) && !of(0.5, 0.19, &[]) && !of(0.3, 0.3, &[36.0]));
}

// --------------------------------------------------------------------------- mixed phase

fn found(stage: usize, fraction: f64, ratio: [f64; 2]) -> Found {
    Found { stage, fraction, ratio, parts: 1, largest_mm3: 100.0, centroid_mm: [0.0; 3] }
}

fn kept_stages(counting: &[Found]) -> Vec<usize> {
    without_straddling(counting).iter().map(|phase| phase.stage).collect()
}

#[test]
fn of_two_phases_alike_on_both_contrasts_the_larger_stays() {
    let alike = [found(2, 0.3, [1.3, 1.1]), found(3, 0.5, [1.3, 1.3])];
    assert_eq!(kept_stages(&alike), [3]);
    let apart = [found(2, 0.3, [1.3, 1.0]), found(3, 0.5, [1.3, 1.3])];
    assert_eq!(kept_stages(&apart), [2, 3]);
    let quarter = [found(2, 0.3, [1.5, 1.0]), found(3, 0.5, [1.5, 1.25])];
    assert_eq!(kept_stages(&quarter), [2, 3], "0.25 is not less than 0.25");
    let equal = [found(2, 0.4, [1.3, 1.1]), found(3, 0.4, [1.3, 1.3])];
    assert_eq!(kept_stages(&equal), [2]);
}

#[test]
fn a_phase_that_fell_drops_no_other() {
    // 3 drops 2; 4 is alike with 2 only and stays.
    let chain = [found(2, 0.3, [1.3, 1.3]), found(3, 0.4, [1.3, 1.5]), found(4, 0.25, [1.3, 1.1])];
    assert_eq!(kept_stages(&chain), [3, 4]);
}

#[test]
fn parts_touch_at_corners() {
    let at = |voxels: &[Index]| part_sizes(&mask_of(voxels, (5, 5, 5)));
    assert_eq!(at(&[[0, 0, 0], [1, 1, 1], [2, 2, 2]]), [3]);
    assert_eq!(at(&[[0, 0, 0], [2, 0, 0], [3, 1, 0]]), [1, 2]);
    assert_eq!(at(&[]), Vec::<usize>::new());
    // No wrap-around from one row to the next.
    assert_eq!(at(&[[4, 0, 0], [0, 1, 0]]), [1, 1]);
}

/// Maps on a row of voxels along k with the given stages, all with the same ratios.
fn maps_of(stages: &[u8]) -> (Maps, Vec<Index>) {
    let shape = (1, 1, stages.len());
    let maps = Maps {
        ratios: [Array3::from_elem(shape, 1.0), Array3::from_elem(shape, 1.5)],
        probabilities: Array3::from_elem(shape, [0.5, 0.3, 0.2, 0.0, 0.0, 0.0]),
        stages: Array3::from_shape_fn(shape, |(_, _, k)| stages[k]),
    };
    (maps, indices_of(shape))
}

#[test]
fn a_phase_counts_from_a_fifth_of_the_core_and_twenty_cubic_millimeters() {
    let count = |stages: &[u8], mm: f64| {
        let (maps, core) = maps_of(stages);
        let affine = scaled(1.0, 1.0, mm);
        counting_phases(&maps, &core, &affine, number(stages.len()) * mm)
            .iter()
            .map(|phase| phase.stage)
            .collect::<Vec<_>>()
    };
    let stages = [[0; 80].as_slice(), &[1; 20]].concat();
    assert_eq!(count(&stages, 1.0), [0, 1]);
    assert_eq!(count(&stages, 0.95), [0], "19 mm3");
    let stages = [[0; 81].as_slice(), &[1; 19]].concat();
    assert_eq!(count(&stages, 10.0), [0], "19 %");
    assert_eq!(count(&[5; 100], 10.0), Vec::<usize>::new());
}

#[test]
fn a_scattered_phase_does_not_count() {
    // Parts of 4 of 100 voxels: 4 % of the ROI each.
    let mut stages = vec![0; 100];
    for start in [0, 10, 20, 30, 40, 50] {
        stages[start..start + 4].fill(1);
    }
    let (maps, core) = maps_of(&stages);
    let affine = scaled(10.0, 10.0, 1.0);
    let counting = counting_phases(&maps, &core, &affine, 1e4);
    assert_eq!(counting.len(), 1);
    assert_eq!((counting[0].stage, counting[0].parts), (0, 6));
    assert_close(counting[0].fraction, 0.76, 1e-12);
    assert_close(counting[0].largest_mm3, 4600.0, 1e-9);
    // With an ROI of 8000 mm3 those parts of 400 mm3 are its 5 %.
    assert_eq!(counting_phases(&maps, &core, &affine, 8000.0).len(), 2);
}

#[test]
fn the_whole_is_told_at_the_medians_of_its_phases() {
    let profile = spinal();
    let rule = Classes::of(&profile, [0.2; 5], [0.02; 2], None);
    let (maps, core) = maps_of(&[0, 0, 1]);
    // all voxels are iso/hyper: hyperacute 1 against 0.02
    let none = probabilities_of_whole(&rule, &[], &maps, &core);
    assert_close(none[0], 1.0 / 1.02, 1e-9);
    let phases = [found(0, 0.3, [1.0, 1.5]), found(1, 0.1, [1.0, 0.3])];
    let both = probabilities_of_whole(&rule, &phases, &maps, &core);
    assert_close(both[0], 0.75 / 1.02, 1e-9);
    // iso/hypo: acute 1, chronic 0.3
    assert_close(both[1], 0.25 / 1.32, 1e-9);
    // the larger phase alone is iso/hyper
    let main = likelihood_of_main_phase(&rule, &phases, &maps, &core);
    assert_close(main[0], 1.0 / 1.02, 1e-9);
    assert_eq!(candidates_of(&[0.2, 0.1, 0.0, 0.5, 0.2, 0.0]), [(3, 0.5), (0, 0.2), (4, 0.2)]);
}

/// The moments of a normal distribution, and a state without spread as one node.
#[test]
fn relaxation_by_hand() {
    for n in [5, 7, 9] {
        let nodes = gauss_hermite(n);
        assert_eq!(nodes.len(), n);
        for (power, expected) in [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
            let sum: f64 = nodes.iter().map(|(x, w)| w * x.powi(power)).sum();
            assert_close(sum, expected, 1e-9 * expected);
        }
    }
    let state = |stage| BloodState {
        stage,
        weight: 1.0,
        t1: (1000.0, 1000.0),
        t2: (50.0, 50.0),
        water: 1.5,
        spread: [0.0; 3],
    };
    let blood = Blood { cord: ((1000.0, 1000.0), (100.0, 100.0)), states: (0..5).map(state).collect() };
    let (tr, te) = (500.0, 100.0);
    let scan = Scan { pulses: [Pulses::SpinEcho { tr, te }; 2], tesla: Some([1.5; 2]) };
    let found = Densities::of(&blood, &scan, [0.05; 2]);
    // ratio 1.5 exp(-2 + 1) = 0.5518; width sqrt(0.05^2 + 0.0662^2) / (sqrt(0.5518^2 + 0.025^2) + 0.1) = 0.12716
    let peak = 1.0 / (2.0 * std::f64::consts::PI * 0.127_16_f64.powi(2));
    let ratio = 1.5 / std::f64::consts::E;
    assert_close(found.direct([ratio; 2])[2], peak, 1e-2 * peak);
    assert_close(found.tabulated([ratio; 2])[2], peak, 2e-2 * peak);
    assert!(found.direct([1.2, ratio])[2] < 1e-3 * peak);
}

#[test]
fn kind_is_separated_when_a_stage_is_missing() {
    assert_eq!(kind_of(&[]), None);
    assert_eq!(kind_of(&[3]), None);
    assert_eq!(kind_of(&[1, 2]), Some(Kind::Adjacent));
    assert_eq!(kind_of(&[1, 2, 3]), Some(Kind::Adjacent));
    assert_eq!(kind_of(&[1, 2, 4]), Some(Kind::Separated));
}

/// The probability of a separation where the stages of the phases are certain.
fn certain(kept: &[usize], onsets: &[f64]) -> Option<f64> {
    let ends = (kept.first()?, kept.last()?);
    let apart = ends.1 - ends.0 >= 2 && !(ends == (&1, &4) && onsets.is_empty());
    (kept.len() > 1).then_some(if apart { 1.0 } else { 0.0 })
}

#[test]
fn rebleed_rules() {
    let cases: [(&[usize], &[f64], bool); 17] = [
        (&[0], &[], false),
        (&[0, 1], &[], false),
        (&[0, 2], &[], true),
        (&[1, 4], &[], false),
        (&[1, 4], &[400.0], true),
        (&[0, 1, 4], &[], true),
        // One event: at 200 h late subacute is expected, so acute or younger is too young.
        (&[2, 3], &[200.0], false),
        (&[1, 2], &[200.0], true),
        (&[3, 4], &[340.0], false),
        (&[2, 3], &[336.0], true),
        (&[0, 1], &[30.0], false),
        // Several: hyperacute ended before 200 h and holds 10 h.
        (&[0, 1], &[200.0, 10.0], true),
        (&[0, 1], &[10.0, 200.0], true),
        (&[2, 3], &[200.0, 10.0], false),
        // Both events in the hyperacute window, which has not ended.
        (&[0, 1], &[20.0, 10.0], false),
        // Its end is the oldest age.
        (&[0, 1], &[24.0, 10.0], true),
        // Equal ages: none is younger.
        (&[1, 2], &[200.0, 200.0], false),
    ];
    for (kept, onsets, expected) in cases {
        let got = suggests_rebleed(kept, &SPINAL_WINDOWS, certain(kept, onsets), onsets);
        assert_eq!(got, expected, "{kept:?} {onsets:?}");
    }
}

#[test]
fn an_age_in_two_windows_belongs_to_the_earlier_stage() {
    // 100 h lies in both; early subacute is the earlier, and two before it is hyperacute.
    let mut windows = SPINAL_WINDOWS;
    windows[2] = (Some(24.0), Some(168.0));
    windows[3] = (Some(90.0), Some(336.0));
    assert!(!suggests_rebleed(&[1, 2], &windows, Some(0.0), &[100.0]));
    assert!(suggests_rebleed(&[0, 1], &windows, Some(0.0), &[100.0]));
}

#[test]
fn mixture_rule() {
    let profile = spinal();
    let cases: [([f64; 6], &[usize], usize, usize); 9] = [
        ([0.95, 0.05, 0.0, 0.0, 0.0, 0.0], &[0], 1, 1),
        ([0.96, 0.04, 0.0, 0.0, 0.0, 0.0], &[0], 1, 0),
        // Both kept, whatever the call's share.
        ([0.4, 0.6, 0.0, 0.0, 0.0, 0.0], &[0, 1], 1, 1),
        // T1 level not the rule's.
        ([0.9, 0.1, 0.0, 0.0, 0.0, 0.0], &[0], 0, 0),
        // A phase outside the rule's stages.
        ([0.5, 0.2, 0.0, 0.3, 0.0, 0.0], &[0, 1, 3], 1, 0),
        // Stages outside that are no phase do no harm.
        ([0.6, 0.2, 0.0, 0.2, 0.0, 0.0], &[0, 1], 1, 1),
        // The call is not in the rule's stages.
        ([0.2, 0.2, 0.0, 0.6, 0.0, 0.0], &[0, 1], 1, 3),
        ([0.2, 0.2, 0.0, 0.0, 0.0, 0.6], &[0, 1], 1, INDETERMINATE),
        // Call acute, hyperacute no phase: stays acute anyhow.
        ([0.1, 0.9, 0.0, 0.0, 0.0, 0.0], &[1], 1, 1),
    ];
    for (fractions, kept, t1_level, expected) in cases {
        let got = final_call(&fractions, kept, t1_level, &profile);
        assert_eq!(got, expected, "{fractions:?} {kept:?} {t1_level}");
    }
    let without = Profile { mixture: None, ..profile };
    assert_eq!(final_call(&[0.9, 0.1, 0.0, 0.0, 0.0, 0.0], &[0], 1, &without), 0);
}

// ------------------------------------------------------------------------ whole studies

/// A study on one grid: cord and hematoma side by side, T1 shaded along the spine.
struct Study {
    t1: Image,
    t2: Image,
    hematoma: Mask,
    cord: Mask,
}

const SHAPE: (usize, usize, usize) = (20, 10, 61);

/// `ratio` gives the T1 and T2 ratio of a hematoma voxel by its height.
fn study(ratio: impl Fn(usize) -> [f64; 2]) -> Study {
    let in_cord = |at: Index| (2..8).contains(&at[0]) && (2..8).contains(&at[1]);
    let in_blood =
        |at: Index| (10..16).contains(&at[0]) && (2..8).contains(&at[1]) && (20..40).contains(&at[2]);
    let image = |contrast: usize, slope: f64| {
        let data = Array3::from_shape_fn(SHAPE, |(i, j, k)| {
            let r = if in_blood([i, j, k]) { ratio(k)[contrast] } else { 1.0 };
            r * 100.0 * (slope * number(k)).exp()
        });
        Image { data, affine: UNIT }
    };
    Study {
        t1: image(0, 0.004),
        t2: image(1, 0.0),
        hematoma: mask(SHAPE, UNIT, in_blood),
        cord: mask(SHAPE, UNIT, in_cord),
    }
}

fn run(s: &Study, onsets: &[f64], mode: Option<Mode>) -> Result<Outcome, String> {
    stage(&s.t1, &s.t2, &s.hematoma, &s.cord, &spinal(), onsets, mode, true, None)
}

#[test]
fn a_uniform_hematoma_is_staged_against_a_shaded_cord() {
    let out = run(&study(|_| [1.0, 1.5]), &[], None).unwrap();
    assert_eq!(out.reference.t1.mode, Mode::Trend);
    assert_eq!(out.reference.t1.voxels, 4 * 4 * 59);
    // between the outer bins' middles, and drawn to the flat T2 by no more than noise
    assert_close(out.reference.t1.drift.unwrap(), (0.004_f64 * 50.0).exp(), 0.03);
    assert_close(out.reference.t2.drift.unwrap(), 1.0, 0.03);
    assert_close(out.reference.t2.median, 100.0, 0.0);
    assert!(out.reference.t2.spread < 0.5, "the shared shape bends it a little");
    assert_eq!((out.roi_voxels, out.sampled_voxels, out.core_voxels), (720, 720, 288));
    assert_close(out.volume_mm3, 720.0, 1e-9);
    assert_close(out.signal.t1.median_ratio, 1.0, 0.01);
    assert_close(out.signal.t2.p90, 1.5, 0.02);
    assert_eq!((out.signal.t1.level, out.signal.t2.level), (1, 2));
    assert_eq!((out.call, out.mixed, out.kind), (0, false, None));
    assert_all_close(&out.fractions, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0);
    assert_all_close(&out.stage_volume_mm3, &[720.0, 0.0, 0.0, 0.0, 0.0, 0.0], 1e-9);
    assert_close(out.candidates[0].1, 1.0 / 1.02, 1e-9);
    assert_all_close(&out.phases[0].centroid_mm, &[12.5, 4.5, 29.5], 1e-9);
    assert!(out.core_finding.is_none() && !out.reference_all_candidates.t1);
}

#[test]
fn the_global_mode_reads_the_shading_as_signal() {
    let out = run(&study(|_| [1.0, 1.5]), &[], Some(Mode::Global)).unwrap();
    assert_eq!((out.reference.t1.mode, out.reference.t1.drift), (Mode::Global, None));
    assert_close(out.reference.t1.median, 100.0 * 0.12_f64.exp(), 1e-9);
    let first = &out.voxels[0];
    assert_eq!(first.index, [10, 2, 20]);
    // Smoothed over heights 20, 21 and in-plane neighbors: the median is the height 20.
    assert_close(first.ratio[0], (-0.04_f64).exp(), 1e-9);
}

#[test]
fn a_short_cord_gives_the_global_mode() {
    let mut s = study(|_| [1.0, 1.5]);
    for at in indices_of(SHAPE).into_iter().filter(|at| at[2] >= 40) {
        s.cord.data[at] = false;
    }
    assert_eq!(run(&s, &[], None).unwrap().reference.t1.mode, Mode::Global);
    let forced = run(&s, &[], Some(Mode::Trend)).unwrap();
    assert_eq!(forced.reference.t1.mode, Mode::Trend);
}

#[test]
fn two_halves_are_two_phases() {
    let s = study(|k| if k < 30 { [1.0, 1.5] } else { [1.5, 1.5] });
    let out = run(&s, &[240.0, 6.0], None).unwrap();
    assert_eq!((out.mixed, out.kind, out.suggests_rebleed), (true, Some(Kind::Separated), true));
    let stages: Vec<usize> = out.phases.iter().map(|phase| phase.stage).collect();
    assert_eq!(stages, [0, 3]);
    assert_all_close(&out.phases[0].centroid_mm, &[12.5, 4.5, 25.0], 1e-9);
    assert_all_close(&out.phases[1].centroid_mm, &[12.5, 4.5, 34.0], 1e-9);
    assert_close(out.phases[0].fraction, 0.5, 1e-12);
    assert_close(out.phases[0].largest_mm3, 144.0, 1e-9);
    assert!(out.phases[0].events[1] > 0.9 && out.phases[1].events[0] > 0.9);
    assert_eq!(out.call, 0, "equal fractions: the earlier stage");
    assert_close(out.t2_hypo_fraction, 0.0, 0.0);
}

#[test]
fn focal_dark_blood_turns_the_call_to_acute() {
    let s = study(|k| if k < 36 { [1.0, 1.5] } else { [1.0, 0.5] });
    let out = run(&s, &[], None).unwrap();
    // Heights 36 to 38 of the core's 21 to 38; 36 to 39 of 20 heights in all.
    assert_close(out.fractions[1], 3.0 / 18.0, 1e-12);
    assert_eq!((out.mixed, out.call, out.phases.len()), (false, 1, 1));
    assert_close(out.t2_hypo_fraction, 0.2, 1e-12);
    assert_eq!(out.candidates[0].0, 0, "of the only phase; the rule alone says acute");
}

#[test]
fn unsampled_voxels_are_marked_and_left_out() {
    let mut s = study(|_| [1.0, 1.5]);
    s.t2.data[[12, 4, 30]] = f64::NAN;
    let out = run(&s, &[], None).unwrap();
    assert_eq!((out.sampled_voxels, out.core_voxels), (719, 287));
    let voxel = out.voxels.iter().find(|voxel| voxel.index == [12, 4, 30]).unwrap();
    assert_eq!(voxel.stage, UNSAMPLED);
    assert!(voxel.ratio[0].is_nan() && voxel.probabilities[0].is_nan());
    assert_close(out.volume_mm3, 720.0, 1e-9);
    assert_close(out.stage_volume_mm3[0], 719.0, 1e-9);
}

#[test]
fn hematoma_voxels_in_the_cord_mask_are_no_reference() {
    let mut s = study(|_| [1.0, 1.5]);
    s.hematoma.data[[4, 4, 30]] = true;
    assert_eq!(run(&s, &[], None).unwrap().reference.t1.voxels, 4 * 4 * 59 - 1);
}

#[test]
fn storage_order_changes_no_number() {
    let plain = study(|k| if k < 30 { [1.0, 1.5] } else { [1.5, 1.5] });
    // The hematoma stored with i reversed, T1 stored as [k, j, i].
    let (ni, nk) = (SHAPE.0, SHAPE.2);
    let mut flip = UNIT;
    (flip[0][0], flip[0][3]) = (-1.0, number(ni - 1));
    let hematoma = mask(SHAPE, flip, |[i, j, k]| plain.hematoma.data[[ni - 1 - i, j, k]]);
    let mut turn = [[0.0; 4]; 4];
    (turn[0][2], turn[1][1], turn[2][0], turn[3][3]) = (1.0, 1.0, 1.0, 1.0);
    let data = Array3::from_shape_fn((nk, SHAPE.1, ni), |(k, j, i)| plain.t1.data[[i, j, k]]);
    let turned =
        Study { t1: Image { data, affine: turn }, t2: plain.t2.clone(), hematoma, cord: plain.cord.clone() };
    let (before, after) = (run(&plain, &[36.0], None).unwrap(), run(&turned, &[36.0], None).unwrap());
    assert_eq!((before.call, before.core_voxels, before.mixed), (after.call, after.core_voxels, after.mixed));
    assert_all_close(&before.fractions, &after.fractions, 1e-12);
    assert_all_close(&before.probabilities, &after.probabilities, 1e-12);
    for voxel in &before.voxels {
        let [i, j, k] = voxel.index;
        let other = after.voxels.iter().find(|v| v.index == [ni - 1 - i, j, k]).unwrap();
        assert_all_close(&voxel.ratio, &other.ratio, 1e-12);
        assert_eq!(voxel.stage, other.stage);
    }
    assert_all_close(&before.phases[1].centroid_mm, &after.phases[1].centroid_mm, 1e-9);
}

#[test]
fn scaling_an_image_changes_no_ratio() {
    let s = study(|k| if k < 30 { [1.0, 1.5] } else { [1.5, 1.5] });
    let bright = Study {
        t1: Image { data: &s.t1.data * 7.0, affine: UNIT },
        t2: s.t2.clone(),
        hematoma: s.hematoma.clone(),
        cord: s.cord.clone(),
    };
    let (a, b) = (run(&s, &[], None).unwrap(), run(&bright, &[], None).unwrap());
    for (x, y) in a.voxels.iter().zip(&b.voxels) {
        assert_all_close(&x.ratio, &y.ratio, 1e-10);
    }
    assert_close(b.reference.t1.median, 7.0 * a.reference.t1.median, 1e-9);
}

#[test]
fn studies_that_cannot_be_staged() {
    let good = || study(|_| [1.0, 1.5]);
    let mut empty = good();
    empty.hematoma.data.fill(false);
    let mut unseen = good();
    unseen.t1.affine[0][3] = 1000.0;
    let mut small = good();
    small.cord = mask(SHAPE, UNIT, |at| at[0] == 3 && at[1] == 3 && at[2] < 19);
    let mut cordless = good();
    cordless.cord.data.fill(false);
    let mut dark = good();
    dark.t2.data.fill(0.0);
    let mut blind = good();
    for at in voxels_of(&blind.hematoma.data) {
        blind.t1.data[at] = f64::NAN;
    }
    for (name, bad) in [
        ("empty", empty),
        ("unseen", unseen),
        ("small", small),
        ("cordless", cordless),
        ("dark", dark),
        ("blind", blind),
    ] {
        assert!(run(&bad, &[], None).is_err(), "{name}");
    }
    assert!(run(&good(), &[-1.0], None).is_err());
    assert!(run(&good(), &[f64::NAN], None).is_err());
}
