//! Series of several stacks: stations, blocks, volumes at one place. Each part is that from which it was written, in the
//! order from the head down, whatever the files are called.

use fastrand::Rng;
use hemastage::{
    ErrorKind,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{DicomSeries, SeriesSummary, list},
    },
};
use ndarray::Array3;
use tempfile::TempDir;

use crate::dicom::series::{
    choose, open, whole,
    written::{assert_holds, oblique, plain, series, signal},
};
use crate::support::dicom::{
    classic::{Series, Storage},
    dataset::{Dataset, Value},
    file::{Syntax, write_shuffled},
    place::{Matrix, every},
    secrets::{kind, uid},
    tags::{
        ACQUISITION_DATE, ACQUISITION_DATE_TIME, ACQUISITION_NUMBER, ACQUISITION_TIME, CONTRAST_BOLUS_AGENT,
        ECHO_NUMBERS, FRAME_OF_REFERENCE_UID, IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT,
        PIXEL_REPRESENTATION, SERIES_INSTANCE_UID, SERIES_NUMBER, SOP_INSTANCE_UID, SPACING_BETWEEN_SLICES,
        STACK_ID, STUDY_DATE, STUDY_INSTANCE_UID, TEMPORAL_POSITION_IDENTIFIER, Tag,
    },
};

/// Slices of one part of series 4, with UIDs of their own.
pub(crate) fn part(n: usize, affine: Matrix, signal: Array3<i32>) -> Vec<Dataset> {
    let mut slices = Series::new(4, signal, affine).slices();
    for (k, slice) in slices.iter_mut().enumerate() {
        slice.set(SOP_INSTANCE_UID, uid(kind::IMAGE, 5000 + 100 * n + k));
    }
    slices
}

/// The slices with the same element in each.
pub(crate) fn marked(mut slices: Vec<Dataset>, tag: Tag, value: impl Into<Value>) -> Vec<Dataset> {
    let value = value.into();
    for slice in &mut slices {
        slice.set(tag, value.clone());
    }
    slices
}

fn moved(mut affine: Matrix, ras: [f64; 3]) -> Matrix {
    (0..3).for_each(|row| affine[row][3] += ras[row]);
    affine
}

/// Axial slices 3 mm apart, turned by an angle about the left-right axis, whose middle is at this height.
fn axial(height: f64, degrees: f64) -> Matrix {
    let (s, c) = degrees.to_radians().sin_cos();
    let mut affine = [
        [-0.7, 0.0, 0.0, 0.0],
        [0.0, -0.9 * c, -3.0 * s, 0.0],
        [0.0, -0.9 * s, 3.0 * c, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ];
    for (row, height) in affine.iter_mut().zip([0.0, 0.0, height]) {
        row[3] = height - 4.0 * row[0] - 3.0 * row[1] - 2.0 * row[2];
    }
    affine
}

fn listed(folder: &TempDir) -> Vec<SeriesSummary> {
    list(folder.path(), Limits::default()).unwrap()
}

/// The parts of series 4 are these, in this order; without a choice they are listed, each line another.
#[track_caller]
fn assert_parts(slices: &[Dataset], parts: &[(Array3<i32>, Matrix)]) {
    for seed in [1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        write_shuffled(folder.path(), slices, Syntax::ExplicitLittle, seed);
        let lines: Vec<String> = listed(&folder).iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), parts.len(), "{lines:#?}");
        assert!(lines.iter().all(|line| !line.contains("cannot be used")), "{lines:#?}");
        let mut rests: Vec<&str> = lines.iter().map(|line| line.split_once(": ").unwrap().1).collect();
        rests.sort_unstable();
        rests.dedup();
        assert_eq!(rests.len(), parts.len(), "{lines:#?}");
        let error = choose(folder.path(), "4").unwrap_err().to_string();
        assert!(lines.iter().all(|line| error.contains(line)), "{error}");
        assert_eq!(open(folder.path()).unwrap_err().to_string(), error);
        for (n, (signal, affine)) in parts.iter().enumerate() {
            assert_holds(&choose(folder.path(), &format!("4.{}", n + 1)).unwrap(), signal, affine);
        }
        assert!(choose(folder.path(), &format!("4.{}", parts.len() + 1)).is_err());
    }
}

/// Parts at these places, the last one first in the data sets.
fn parts(places: &[Matrix]) -> (Vec<Dataset>, Vec<(Array3<i32>, Matrix)>) {
    let parts: Vec<_> = places.iter().enumerate().map(|(n, &place)| (signal(100 * n), place)).collect();
    let slices =
        parts.iter().enumerate().rev().flat_map(|(n, (signal, place))| part(n, *place, signal.clone()));
    (slices.collect(), parts)
}

#[test]
fn stations_are_numbered_from_the_head_down() {
    for count in [2, 3] {
        let places: Vec<Matrix> =
            (0..count).map(|n| moved(oblique(), [0.0, 1.5 * f64::from(n), -70.0 * f64::from(n)])).collect();
        let (mut slices, parts) = parts(&places);
        assert_parts(&slices, &parts);
        // with the acquisitions of a scanner that began at the feet
        for (n, slice) in slices.iter_mut().enumerate() {
            slice.set(ACQUISITION_NUMBER, 1 + n / 5).set(ACQUISITION_TIME, format!("12{:02}00", n / 5));
        }
        assert_parts(&slices, &parts);
    }
}

/// The later study comes second in every series, and the lines say which is which, without a date.
#[test]
fn parts_are_in_the_order_of_their_studies() {
    let both = [(signal(4), oblique()), (signal(500), oblique())];
    let of_study = |n: usize, slices: Vec<Dataset>, date: &str| {
        let slices = marked(slices, STUDY_INSTANCE_UID, uid(kind::STUDY, 9 - n));
        marked(marked(slices, STUDY_DATE, date), SERIES_INSTANCE_UID, uid(kind::SERIES, 40 + n))
    };
    let second = of_study(1, part(1, oblique(), signal(500)), "20320101");
    let first = of_study(2, part(0, oblique(), signal(4)), "20310203");
    let slices = [second, first].concat();
    assert_parts(&slices, &both);
    let apart = listed(&plain(&slices)).into_iter().map(|line| line.apart.unwrap());
    assert_eq!(apart.collect::<Vec<_>>(), ["study 1 of 2", "study 2 of 2"]);
}

/// Where time alone orders volumes at one place, the lines count them.
#[test]
fn volumes_that_only_time_orders_are_counted() {
    let at = |n: usize, slices: Vec<Dataset>| {
        let mut slices =
            marked(marked(slices, ACQUISITION_DATE, "20310203"), ACQUISITION_TIME, format!("12000{n}"));
        for slice in &mut slices {
            slice.remove(ACQUISITION_DATE_TIME);
        }
        slices
    };
    let slices = [at(2, part(1, oblique(), signal(500))), at(1, part(0, oblique(), signal(4)))].concat();
    let apart = listed(&plain(&slices)).into_iter().map(|line| line.apart.unwrap());
    assert_eq!(apart.collect::<Vec<_>>(), ["number 1 of 2 in time", "number 2 of 2 in time"]);
}

/// Stations whose slices lie between each other's in the overlap, or at the same places.
#[test]
fn many_stations_that_overlap_are_parts() {
    for apart in [13.8, 12.0] {
        let places: Vec<Matrix> = (0..5).map(|n| axial(-apart * f64::from(n), 0.0)).collect();
        let (_, expected) = parts(&places);
        let slices = places.iter().zip(&expected).enumerate().flat_map(|(n, (&place, (signal, _)))| {
            marked(part(n, place, signal.clone()), ACQUISITION_NUMBER, n + 1)
        });
        assert_parts(&slices.collect::<Vec<_>>(), &expected);
    }
}

#[test]
fn blocks_along_the_discs_are_parts() {
    let places = [-12.0, -4.0, 4.0, 12.0]
        .iter()
        .zip(0..)
        .map(|(&degrees, n)| axial(60.0 - 25.0 * f64::from(n), degrees));
    let (slices, parts) = parts(&places.collect::<Vec<_>>());
    assert_parts(&slices, &parts);
    let folder = plain(&slices);
    let error = choose(folder.path(), "4").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
    let text = error.to_string();
    assert!(
        text.contains("4 stacks of slices") && text.contains("middle R 0 A 0 S 60 mm, slices from "),
        "{text}"
    );
}

#[test]
fn parallel_blocks_with_gaps_are_parts() {
    for degrees in [0.0, 17.0] {
        let places: Vec<Matrix> = (0..4).map(|n| axial(60.0 - 25.0 * f64::from(n), degrees)).collect();
        let (slices, parts) = parts(&places);
        assert_parts(&slices, &parts);
    }
    // of one series of its own each, whose gaps are reported
    let places: Vec<Matrix> = (0..2).map(|n| axial(60.0 - 25.0 * f64::from(n), 0.0)).collect();
    let error = choose(plain(&parts(&places).0).path(), "4").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Geometry);
    assert!(error.to_string().contains("are 13 mm apart, the others 3 mm"), "{error}");
    assert!(error.to_string().contains("\n  #4.1: ") && error.to_string().contains("\n  #4.2: "), "{error}");
}

#[test]
fn blocks_may_have_steps_of_their_own() {
    let mut coarse = axial(-40.0, 0.0);
    coarse[2][2] = 5.0;
    let (slices, parts) = parts(&[axial(20.0, 0.0), coarse]);
    assert_parts(&slices, &parts);
}

#[test]
fn right_comes_before_left_and_front_before_back() {
    for to in [[-60.0, 0.0, 0.0], [0.0, -60.0, 0.0], [-60.0, 1.0, 20.0]] {
        let (slices, parts) = parts(&[axial(0.0, 0.0), moved(axial(0.0, 0.0), to)]);
        assert_parts(&slices, &parts);
    }
    // two by two: from the head down, each from right to left
    let at = |x, z| moved(axial(0.0, 0.0), [x, 0.0, z]);
    let (slices, parts) = parts(&[at(0.0, 0.0), at(-50.0, 0.4), at(0.0, -80.0), at(-50.0, -80.4)]);
    assert_parts(&slices, &parts);
}

#[test]
fn a_missing_slice_is_told_and_not_left_out() {
    let whole_series = series(4).slices();
    for missing in 1..4 {
        let mut slices = whole_series.clone();
        slices.remove(missing);
        let folder = plain(&slices);
        let error = choose(folder.path(), "4").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Geometry);
        let text = error.to_string();
        assert!(text.contains("6.6 mm apart, the others 3.3 mm (1 slice is missing): "), "{text}");
        assert!(text.contains("#4.1: ") && text.contains("#4.2: "), "{text}");
        // a file stands for the series, and not for its block
        for entry in folder.path().read_dir().unwrap() {
            let path = entry.unwrap().path();
            assert!(open(&path).unwrap_err().to_string().contains("1 slice is missing"), "{missing}");
        }
    }
    let mut slices = whole_series;
    slices.remove(3);
    let folder = plain(&slices);
    // k runs to the right, so the single slice comes first
    assert!(choose(folder.path(), "4.1").unwrap_err().to_string().contains("one slice"));
    let first = signal(4).slice_axis(ndarray::Axis(2), (0..3).into()).to_owned();
    assert_holds(&choose(folder.path(), "4.2").unwrap(), &first, &oblique());
}

/// Two volumes at one place, the second marked by 2 where the first has 1.
fn twice(tag: Tag, values: [Value; 2]) -> Vec<Dataset> {
    let [one, two] = values;
    // the second is first in the data sets
    let second = marked(part(1, oblique(), signal(500)), tag, two);
    [second, marked(part(0, oblique(), signal(4)), tag, one)].concat()
}

#[test]
fn volumes_at_one_place_are_told_apart() {
    let both = [(signal(4), oblique()), (signal(500), oblique())];
    let numbers = || [Value::from(1), Value::from(2)];
    for tag in [ACQUISITION_NUMBER, TEMPORAL_POSITION_IDENTIFIER, ECHO_NUMBERS] {
        assert_parts(&twice(tag, numbers()), &both);
        // next to marks that count the slices
        let mut slices = twice(tag, numbers());
        for (n, slice) in slices.iter_mut().enumerate() {
            for other in [ACQUISITION_NUMBER, TEMPORAL_POSITION_IDENTIFIER] {
                if (other.0, other.1) != (tag.0, tag.1) {
                    slice.set(other, n % 5);
                }
            }
        }
        assert_parts(&slices, &both);
    }
    // the time orders them, whatever their numbers are
    let timed = |slices: Vec<Dataset>, time: &str| {
        let mut slices = marked(marked(slices, ACQUISITION_DATE, "20310203"), ACQUISITION_TIME, time);
        for slice in &mut slices {
            slice.remove(ACQUISITION_DATE_TIME);
        }
        slices
    };
    let first = timed(part(0, oblique(), signal(4)), "115959.5");
    let second = timed(part(1, oblique(), signal(500)), "120000");
    let backward =
        [marked(second.clone(), ACQUISITION_NUMBER, 1), marked(first.clone(), ACQUISITION_NUMBER, 2)];
    assert_parts(&backward.concat(), &both);
    // where nothing else differs, the time alone, or the contrast agent
    for slices in [[second, first].concat(), twice(CONTRAST_BOLUS_AGENT, ["".into(), "GADOVIST".into()])] {
        let folder = plain(&slices);
        let mut found = ["4.1", "4.2"].map(|choice| whole(&choose(folder.path(), choice).unwrap()));
        found.sort_by_key(|part| part.signal([0; 3]).unwrap() as i64);
        assert_eq!(found.map(|part| part.signal([0; 3])), [Some(4.0), Some(500.0)]);
    }
}

/// Volumes of a patient who moved a little are two, and no pairs of slices.
#[test]
fn moved_volumes_are_told_apart() {
    let place = moved(oblique(), [0.3, 0.0, 0.0]);
    let first = marked(part(0, oblique(), signal(4)), TEMPORAL_POSITION_IDENTIFIER, 1);
    let second = marked(part(1, place, signal(500)), TEMPORAL_POSITION_IDENTIFIER, 2);
    assert_parts(&[second, first].concat(), &[(signal(4), oblique()), (signal(500), place)]);
}

#[test]
fn blocks_that_repeat_are_numbered_by_place_then_time() {
    let mut slices = Vec::new();
    let mut parts = Vec::new();
    for (block, height) in [60.0, 20.0, -20.0].into_iter().enumerate() {
        for acquisition in 0..2 {
            let (place, values) = (axial(height, 5.0), signal(200 * block + 31 * acquisition));
            // each block by another mark
            let tag = [ACQUISITION_NUMBER, TEMPORAL_POSITION_IDENTIFIER, ACQUISITION_NUMBER][block];
            slices.extend(marked(part(2 * block + acquisition, place, values.clone()), tag, 7 + acquisition));
            parts.push((values, place));
        }
    }
    assert_parts(&slices, &parts);
}

#[test]
fn marks_that_share_out_or_count_slices_part_nothing() {
    type Mark = fn(usize) -> usize;
    let counts: [Mark; 4] = [|k| k % 2, |k| k, |k| 9 - k, |k| usize::from(k > 2)];
    for tag in [ACQUISITION_NUMBER, TEMPORAL_POSITION_IDENTIFIER, ECHO_NUMBERS] {
        for count in counts {
            let mut slices = series(4).slices();
            for (k, slice) in slices.iter_mut().enumerate() {
                slice.set(tag, count(k)).set(ACQUISITION_TIME, format!("12{:02}00", count(k)));
            }
            assert_holds(&choose(plain(&slices).path(), "4").unwrap(), &signal(4), &oblique());
        }
    }
    let mut slices = series(4).slices();
    for (k, slice) in slices.iter_mut().enumerate() {
        slice.set(STACK_ID, (k + 1).to_string());
    }
    assert_holds(&open(plain(&slices).path()).unwrap(), &signal(4), &oblique());
    // but stacks of several slices are stacks, also side by side without a gap
    for (k, slice) in slices.iter_mut().enumerate() {
        slice.set(STACK_ID, (k / 3).to_string());
    }
    let error = open(plain(&slices).path()).unwrap_err().to_string();
    assert!(error.contains("2 stacks of slices"), "{error}");
}

#[test]
fn time_points_of_one_slice_are_one_line() {
    for tag in [Some(TEMPORAL_POSITION_IDENTIFIER), Some(ACQUISITION_NUMBER), None] {
        let mut slices = Vec::new();
        for n in 0..6 {
            let mut slice = part(n, oblique(), signal(n)).remove(2);
            if let Some(tag) = tag {
                slice.set(tag, n + 1);
            }
            slices.push(slice);
        }
        let folder = plain(&slices);
        let [only] = &listed(&folder)[..] else { panic!("{:#?}", listed(&folder)) };
        assert_eq!((only.slices, only.images, only.choice().as_str()), (1, 6, "4"));
        let time = tag.is_some_and(|tag| tag.1 == TEMPORAL_POSITION_IDENTIFIER.1);
        let text =
            if time { "1 slice of 9 x 7 at 6 time points, " } else { "1 slice of 9 x 7 in 6 images, " };
        assert!(only.to_string().contains(text), "{only}");
        assert!(choose(folder.path(), "4").unwrap_err().to_string().contains("6 images of one slice"));
    }
}

/// Values of one slice are signed, those of the next aren't.
#[test]
fn the_sign_may_differ_from_slice_to_slice() {
    let unsigned = Storage { signed: false, ..Storage::SIGNED };
    for low in [0, -300] {
        let mut values = signal(4);
        let mut slices = Vec::new();
        for k in 0..5 {
            let (stored, low) =
                if k % 2 == 0 { (Storage::SIGNED, low) } else { (unsigned, 40_000 * i32::from(low < 0)) };
            values.index_axis_mut(ndarray::Axis(2), k).mapv_inplace(|value| value + low);
            let written = series(4).with(|series| {
                series.stored = stored;
                series.signal = values.clone();
                if k % 2 == 1 {
                    series.signal.mapv_inplace(i32::abs);
                } else {
                    series.signal.mapv_inplace(|value| value.min(32_767));
                }
            });
            slices.push(written.slices().remove(k));
        }
        assert!(slices.iter().any(|slice| slice.number(PIXEL_REPRESENTATION) == 0.0));
        let folder = plain(&slices);
        let found = choose(folder.path(), "4").unwrap();
        assert_holds(&found, &values, &oblique());
        let block = IndexBox { start: [1, 2, 1], end: [6, 5, 4] };
        let part = found.read_block(block).unwrap();
        assert_eq!(part.signal([5, 4, 3]), Some(f64::from(values[[5, 4, 3]])));
    }
    // labels, too
    let labels = Array3::from_shape_fn((9, 7, 5), |(i, j, k)| i32::from(i > j) * (1 + k as i32 % 2));
    let mut slices = series(4).with(|series| series.signal = labels.clone()).slices();
    slices[1].set(PIXEL_REPRESENTATION, 0);
    let map = open(plain(&slices).path()).unwrap().read_labels().unwrap();
    let count = |label| labels.iter().filter(|&&value| value == label).count();
    assert_eq!(map.labels().collect::<Vec<_>>(), [(1, count(1)), (2, count(2))]);
}

fn codes(series: &DicomSeries) -> Vec<&str> {
    series.findings().iter().map(|finding| finding.code.as_str()).collect()
}

/// The slices, slice `k` turned about its corner in its plane by an angle in radians.
fn turned(angle: impl Fn(usize) -> f64) -> Vec<Dataset> {
    let mut slices = series(4).slices();
    for (k, slice) in slices.iter_mut().enumerate() {
        let Some(Value::Numbers(v)) = slice.get(IMAGE_ORIENTATION_PATIENT).cloned() else {
            panic!("directions")
        };
        let (s, c) = angle(k).sin_cos();
        let turned: Vec<f64> =
            (0..3).map(|a| c * v[a] + s * v[a + 3]).chain((0..3).map(|a| c * v[a + 3] - s * v[a])).collect();
        slice.set(IMAGE_ORIENTATION_PATIENT, turned);
    }
    slices
}

#[test]
fn slices_turned_a_little_are_kept_or_refused() {
    let random = |most: f64| {
        let mut random = Rng::with_seed(3);
        let angles: Vec<f64> = (0..5).map(|_| most * (2.0 * random.f64() - 1.0)).collect();
        turned(move |k| angles[k])
    };
    let end = |angle: f64| turned(move |k| if k == 4 { angle } else { 0.0 });
    for slices in [random(3e-4), end(1.5e-4), end(9e-4)] {
        let folder = plain(&slices);
        let found = choose(folder.path(), "4").unwrap();
        assert_eq!(codes(&found), ["turned_slices"]);
        let volume = whole(&found);
        assert_eq!(volume.grid().shape(), [9, 7, 5]);
        for (index, &value) in signal(4).indexed_iter() {
            assert_eq!(volume.signal(index.into()), Some(f64::from(value)));
        }
    }
    assert!(codes(&choose(plain(&random(4e-5)).path(), "4").unwrap()).is_empty());
    for slices in [end(2e-3), end(0.01), random(9e-3)] {
        let folder = plain(&slices);
        let paths = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        let errors = paths.map(|path| open(path).unwrap_err());
        for error in errors.chain([open(folder.path()).unwrap_err(), choose(folder.path(), "4").unwrap_err()])
        {
            assert_eq!(error.kind(), ErrorKind::Geometry);
            let text = error.to_string();
            assert!(
                text.contains("the directions of slices of one series differ by ") && text.contains("#4.2: ")
            );
        }
    }
    let folder = plain(&end(2e-3));
    let first = signal(4).slice_axis(ndarray::Axis(2), (0..4).into()).to_owned();
    assert_holds(&choose(folder.path(), "4.2").unwrap(), &first, &oblique());
}

/// A slice of another direction in the series itself is no localizer; that of another series is.
#[test]
fn a_slice_of_the_series_is_no_localizer() {
    let scout = |series_number: usize| {
        let slice = Series::new(series_number, signal(9), axial(0.0, 0.0)).slices().remove(2);
        slice.with(SOP_INSTANCE_UID, uid(kind::IMAGE, 999)).with(SERIES_NUMBER, series_number)
    };
    let folder = plain(&[series(4).slices(), vec![scout(4)]].concat());
    for error in [open(folder.path()).unwrap_err(), choose(folder.path(), "4").unwrap_err()] {
        assert!(
            error.to_string().contains("2 stacks of slices")
                && error.to_string().contains("1 slice of 9 x 7")
        );
    }
    let folder = plain(&[series(4).slices(), vec![scout(7)]].concat());
    assert_eq!(codes(&open(folder.path()).unwrap()), ["single_slices"]);
    assert!(codes(&choose(folder.path(), "4").unwrap()).is_empty());
}

/// By its UID the slice is one of the series, though it claims another frame of reference.
#[test]
fn an_end_slice_in_another_frame_of_reference_is_no_localizer() {
    let mut slices = Series::new(4, signal(4), oblique()).slices();
    slices[0].set(FRAME_OF_REFERENCE_UID, uid(kind::FRAME_OF_REFERENCE, 7));
    let error = open(plain(&slices).path()).unwrap_err().to_string();
    assert!(error.contains("2 stacks of slices") && error.contains("#4.2"), "{error}");
}

#[test]
fn images_without_a_series_number_have_a_handle() {
    let unnumbered = |mut slices: Vec<Dataset>| {
        for slice in &mut slices {
            slice.remove(SERIES_NUMBER);
        }
        slices
    };
    let folder = plain(&unnumbered(series(4).slices()));
    assert_eq!(listed(&folder)[0].choice(), "none");
    assert_holds(&choose(folder.path(), "none").unwrap(), &signal(4), &oblique());
    assert_eq!(choose(folder.path(), "none.1").unwrap().name(), "series without a number");
    let upper = unnumbered(part(1, moved(oblique(), [0.0, 0.0, 80.0]), signal(8)));
    let folder = plain(&[unnumbered(series(4).slices()), upper, series(5).slices()].concat());
    let choices: Vec<String> = listed(&folder).iter().map(SeriesSummary::choice).collect();
    assert_eq!(choices, ["5", "none.1", "none.2"]);
    assert_holds(&choose(folder.path(), "none.2").unwrap(), &signal(4), &oblique());
    assert!(choose(folder.path(), "none.3").is_err() && choose(folder.path(), "4").is_err());
}

#[test]
fn a_stated_spacing_that_is_another_is_a_finding() {
    for (stated, is_reported) in
        [(3.3, false), (-3.3, false), (3.32, false), (0.0, false), (4.0, true), (-2.7, true)]
    {
        let folder = plain(&marked(series(4).slices(), SPACING_BETWEEN_SLICES, stated));
        let found = open(folder.path()).unwrap();
        assert_holds(&found, &signal(4), &oblique());
        assert_eq!(codes(&found), if is_reported { vec!["slice_spacing"] } else { vec![] }, "{stated}");
    }
}

/// The grids of a listing are those of the parts, for masks that may have been drawn on one of them.
#[test]
fn a_listing_holds_the_grids() {
    let slices = [part(0, oblique(), signal(4)), part(1, every(&oblique(), 20, 1), signal(5))].concat();
    let folder = plain(&slices);
    for summary in listed(&folder) {
        let found = choose(folder.path(), &summary.choice()).unwrap();
        assert_eq!(summary.grid.as_ref(), Some(found.grid()));
        let [first, last] = summary.ends_mm.unwrap();
        assert!((last - first - 4.0 * 3.3).abs() < 1e-6);
    }
}

/// Any mark or place damaged: whatever is listed without a problem opens by its choice, and no image is lost.
#[test]
fn damaged_parts_are_listed_or_refused() {
    let mut random = Rng::with_seed(77);
    let mut readable = 0;
    for round in 0..300 {
        let mut slices = Vec::new();
        for (n, height) in [40.0, 0.0].into_iter().enumerate() {
            for acquisition in 0..2 {
                let block =
                    part(2 * n + acquisition, axial(height, 4.0 * n as f64), signal(100 * n + acquisition));
                slices.extend(marked(block, ACQUISITION_NUMBER, acquisition));
            }
        }
        for _ in 0..random.usize(..6) {
            let at = random.usize(..slices.len());
            match random.usize(..8) {
                0 => {
                    slices.remove(at);
                }
                1 => slices.push(slices[at].clone()),
                2 => {
                    slices[at].set(ACQUISITION_NUMBER, random.usize(..4));
                }
                3 => {
                    slices[at].set(TEMPORAL_POSITION_IDENTIFIER, random.usize(..3));
                }
                4 => {
                    slices[at].set(STACK_ID, random.usize(..3).to_string());
                }
                5 => {
                    let far = [1.0, 1e3, 1e9, 1e300][random.usize(..4)];
                    let place: Vec<f64> = (0..3).map(|_| far * (random.f64() - 0.5)).collect();
                    slices[at].set(IMAGE_POSITION_PATIENT, place);
                }
                6 => {
                    let other =
                        slices[random.usize(..slices.len())].get(IMAGE_ORIENTATION_PATIENT).unwrap().clone();
                    slices[at].set(IMAGE_ORIENTATION_PATIENT, other);
                }
                _ => {
                    slices[at].set(SERIES_NUMBER, random.usize(3..6));
                }
            }
        }
        let folder = plain(&slices);
        let found = listed(&folder);
        assert_eq!(found.iter().map(|part| part.images).sum::<usize>(), slices.len(), "round {round}");
        let mut choices: Vec<String> = found.iter().map(SeriesSummary::choice).collect();
        for summary in &found {
            let opened = choose(folder.path(), &summary.choice());
            assert_eq!(opened.is_ok(), summary.problem.is_none(), "round {round}: {summary}");
            readable +=
                usize::from(opened.is_ok_and(|found| whole(&found).grid().shape()[2] == summary.slices));
        }
        choices.sort();
        choices.dedup();
        assert_eq!(choices.len(), found.len(), "round {round}");
    }
    assert!(readable > 600, "{readable}");
}
