//! Classic series: positions, groups, and what is no series at all.

use crate::dicom::refused::given::{
    AXIAL, all, assert_says, each, refusal, refusal_of, remove, series, set, slices,
};
use crate::support::dicom::{
    classic::Storage,
    dataset::Dataset,
    file::{Syntax, file},
    place::image_plane,
    secrets::{kind, uid},
    small_study::Role,
    tags::{
        IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, IMAGE_TYPE, NUMBER_OF_FRAMES, PIXEL_DATA,
        PIXEL_SPACING, RESCALE_SLOPE, ROWS, SERIES_INSTANCE_UID, SERIES_NUMBER, SOP_INSTANCE_UID,
    },
};

/// Moves a slice, in the standard's LPS mm.
fn moved(slice: &mut Dataset, [x, y, z]: [f64; 3]) {
    slice.set(IMAGE_POSITION_PATIENT, [-10.0 + x, -20.0 + y, z]);
}

#[test]
fn the_sound_series_is_read() {
    let none = |slices: &[Dataset], name: &str| {
        let error = refusal_of(slices);
        assert!(error.is_none(), "{name}: {}", error.unwrap());
    };
    none(&slices(|_| ()), "as written");
    none(&slices(|slices| moved(&mut slices[3], [0.0, 0.0, 4.03])), "a position within 1 % of the spacing");
    none(&slices(|slices| slices.push(slices[2].clone())), "a copy");
    none(&slices(|slices| slices.truncate(2)), "two slices");
}

#[test]
fn positions_at_fault_are_named() {
    let gap = |slices: &mut Vec<Dataset>| drop(slices.remove(2));
    let gaps = |slices: &mut Vec<Dataset>| drop(slices.drain(2..4));
    let uneven = |slices: &mut Vec<Dataset>| moved(&mut slices[3], [0.0, 0.0, 4.2]);
    let slanted = |slices: &mut Vec<Dataset>| {
        slices.iter_mut().enumerate().for_each(|(k, slice)| {
            moved(slice, [0.0, 0.5 * k as f64, 4.0 * k as f64 - 8.0]);
        });
    };
    let aside = |slices: &mut Vec<Dataset>| moved(&mut slices[3], [2.0, 0.0, 0.0]);
    let cases: [(&str, Vec<Dataset>, &[&str]); 6] = [
        ("one slice", slices(|slices| slices.truncate(1)), &["one slice"]),
        ("a gap", slices(gap), &["-4 and 4 mm", "8 mm apart", "the others 4 mm", "1 slice is missing"]),
        ("a wide gap", slices(gaps), &["-4 and 8 mm", "12 mm apart", "2 slices are missing"]),
        ("uneven", slices(uneven), &["0 and 4.2 mm", "4.2 mm apart", "the others 4 mm"]),
        ("slanted", slices(slanted), &["-8 and -4 mm", "shifted by 0.5 mm"]),
        ("aside", slices(aside), &["0 mm", "2 mm"]),
    ];
    for (name, slices, parts) in cases {
        assert_says(refusal_of(&slices), name, parts);
    }
}

#[test]
fn volumes_at_the_same_positions_are_counted() {
    let twice = |changed: &[usize]| {
        slices(|slices| {
            for &k in changed {
                let mut other = slices[k].clone();
                other.bytes(PIXEL_DATA)[0] ^= 1;
                other.set(SOP_INSTANCE_UID, uid(kind::IMAGE, 800 + k));
                slices.push(other);
            }
        })
    };
    assert_says(
        refusal_of(&twice(&[0, 1, 2, 3, 4, 5])),
        "time points",
        &["2 volumes", "6 positions", "-8 mm"],
    );
    assert_says(refusal_of(&twice(&[3])), "another image at one place", &["4 mm"]);
}

#[test]
fn several_stacks_are_listed() {
    let mut turned = AXIAL;
    // rows downwards, slices backward
    (turned[1], turned[2]) = ([0.0, 0.0, -4.0, 20.0], [0.0, -1.1, 0.0, 30.0]);
    let two = slices(|slices| {
        slices[3..].iter_mut().zip(0..).for_each(|(slice, k)| image_plane(slice, &turned, k));
    });
    let parts = ["#4.1", "#4.2", "8 x 7", "3 slices"];
    assert_says(refusal_of(&two), "two orientations", &parts);
    let wide = each(|k, slice| {
        if k > 2 {
            slice.set(PIXEL_SPACING, [1.1, 1.0]);
        }
    });
    assert_says(refusal_of(&wide), "two spacings", &parts);
    let phase = each(|k, slice| {
        if k > 2 {
            slice.set(IMAGE_TYPE, "ORIGINAL\\PRIMARY\\P\\NONE");
        }
    });
    assert_says(refusal_of(&phase), "magnitude and phase", &parts);
    let mut both = series().slices();
    for mut slice in series().slices() {
        let image = uid(kind::IMAGE, 900 + both.len());
        slice
            .set(SERIES_NUMBER, 6)
            .set(SERIES_INSTANCE_UID, uid(kind::SERIES, 6))
            .set(SOP_INSTANCE_UID, image);
        both.push(slice);
    }
    assert_says(refusal_of(&both), "two series", &["#4", "#6", "8 x 7", "6 slices"]);
}

#[test]
fn what_is_no_volume_is_named() {
    let cases: [(&str, Vec<Dataset>, &[&str]); 9] = [
        ("mosaic", all(set(IMAGE_TYPE, "ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC")), &["mosaic"]),
        ("frames", all(set(NUMBER_OF_FRAMES, 3)), &["NumberOfFrames 3"]),
        ("no position", all(remove(IMAGE_POSITION_PATIENT)), &["ImagePositionPatient"]),
        ("no orientation", all(remove(IMAGE_ORIENTATION_PATIENT)), &["ImageOrientationPatient"]),
        ("no spacing", all(remove(PIXEL_SPACING)), &["PixelSpacing"]),
        ("spacing 0", all(set(PIXEL_SPACING, [0.0, 1.0])), &["PixelSpacing", "0"]),
        (
            "not at right angles",
            all(set(IMAGE_ORIENTATION_PATIENT, [1.0, 0.0, 0.0, 0.6, 0.8, 0.0])),
            &["ImageOrientationPatient", "0.6"],
        ),
        ("slope 0", all(set(RESCALE_SLOPE, 0.0)), &["RescaleSlope is 0"]),
        ("slope of words", all(set(RESCALE_SLOPE, "0,5")), &["RescaleSlope"]),
    ];
    for (name, slices, parts) in cases {
        assert_says(refusal_of(&slices), name, parts);
    }
}

#[test]
fn rows_that_contradict_the_pixels_are_counted() {
    let more = all(set(ROWS, 9));
    assert_says(refusal_of(&more), "more rows", &["112", "144"]);
    let eight = series().with(|series| {
        series.stored = Storage { bits_allocated: 8, bits_stored: 8, signed: false, ..Storage::SIGNED };
        series.signal.mapv_inplace(|value| value % 200);
    });
    let mut short = eight.slices();
    for slice in &mut short {
        slice.bytes(PIXEL_DATA).truncate(50);
    }
    let files: Vec<Vec<u8>> = short.iter().map(|slice| file(slice, Syntax::ExplicitLittle)).collect();
    assert_says(refusal(Role::Mask(""), &files), "fewer bytes", &["50", "56"]);
}
