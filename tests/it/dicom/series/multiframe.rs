//! Enhanced files of several stacks, acquisitions and time points.

use hemastage::io::{
    Limits,
    dicom::{SeriesSummary, list},
};
use hemastage_image::acquisition::Weighting;
use tempfile::TempDir;

use crate::dicom::series::{
    choose, open,
    written::{assert_holds, oblique, series, signal},
};
use crate::support::dicom::{
    classic::Series,
    dataset::{Dataset, Value},
    enhanced::enhanced,
    file::{Syntax, write},
    tags::{
        ACQUISITION_CONTRAST, FRAME_ACQUISITION_NUMBER, FRAME_CONTENT_SEQUENCE, FRAME_TYPE,
        IMAGE_POSITION_PATIENT, MR_IMAGE_FRAME_TYPE_SEQUENCE, NUMBER_OF_FRAMES,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_DATA, PLANE_POSITION_SEQUENCE,
        SHARED_FUNCTIONAL_GROUPS_SEQUENCE, STACK_ID, TEMPORAL_POSITION_INDEX, Tag,
    },
};

/// An enhanced image with an element set in the frame content of each frame.
fn marked(image: &Series, tag: Tag, value: impl Into<Value>) -> Dataset {
    let (mut made, value) = (enhanced(image, 6), value.into());
    for frame in made.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE) {
        frame.items(FRAME_CONTENT_SEQUENCE)[0].set(tag, value.clone());
    }
    made
}

/// The frames of several images in one file.
fn joined(images: Vec<Dataset>) -> (TempDir, std::path::PathBuf) {
    let mut images = images.into_iter();
    let mut all = images.next().unwrap();
    for mut image in images {
        let frames = image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).clone();
        all.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).extend(frames);
        let pixels = image.bytes(PIXEL_DATA).clone();
        all.bytes(PIXEL_DATA).extend(pixels);
    }
    let frames = all.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).len();
    all.set(NUMBER_OF_FRAMES, frames);
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "all.dcm", &all, Syntax::ExplicitLittle);
    (folder, path)
}

fn other(seed: usize) -> Series {
    series(4).with(|series| series.signal = signal(seed))
}

#[test]
fn acquisitions_and_time_points_are_parts() {
    for tag in [FRAME_ACQUISITION_NUMBER, TEMPORAL_POSITION_INDEX] {
        let images = [3, 1, 2].map(|n| marked(&other(100 * n), tag, n));
        let (_folder, path) = joined(images.into());
        let listed = list(&path, Limits::default()).unwrap();
        let texts: Vec<String> = listed.iter().map(ToString::to_string).collect();
        let word = if tag.1 == TEMPORAL_POSITION_INDEX.1 { "time point" } else { "acquisition" };
        for (n, text) in (1..).zip(&texts) {
            assert!(
                text.starts_with(&format!("#4.{n}: ")) && text.contains(&format!(", {word} {n}")),
                "{text}"
            );
            assert_holds(&choose(&path, &format!("4.{n}")).unwrap(), &signal(100 * n), &oblique());
        }
        assert_eq!(texts.len(), 3);
        assert!(choose(&path, "4").unwrap_err().to_string().contains("3 stacks of slices"));
    }
}

#[test]
fn stacks_are_parts_and_one_without_a_gap_is_two() {
    let mut below = oblique();
    // the next slices of the same row
    (0..3).for_each(|row| below[row][3] += 5.0 * below[row][2]);
    let second = Series::new(4, signal(500), below);
    let images = vec![marked(&series(4), STACK_ID, "1"), marked(&second, STACK_ID, "2")];
    let (_folder, path) = joined(images);
    let error = open(&path).unwrap_err().to_string();
    assert!(error.contains("2 stacks of slices"), "{error}");
    // k runs to the right, so the second stack comes first
    assert_holds(&choose(&path, "4.1").unwrap(), &signal(500), &below);
    assert_holds(&choose(&path, "4.2").unwrap(), &signal(4), &oblique());
    let (_folder, path) = joined(vec![marked(&series(4), STACK_ID, "1"), marked(&second, STACK_ID, "1")]);
    assert_eq!(open(&path).unwrap().grid().shape(), [9, 7, 10], "ten slices of one stack");
}

#[test]
fn time_points_of_a_single_slice_are_one_line() {
    let one = |n: usize| {
        let slice = signal(n).slice_axis(ndarray::Axis(2), (0..1).into()).to_owned();
        marked(&Series::new(4, slice, oblique()), TEMPORAL_POSITION_INDEX, n)
    };
    let (_folder, path) = joined((1..=6).map(one).collect());
    let listed = list(&path, Limits::default()).unwrap();
    let [only]: [SeriesSummary; 1] = listed.try_into().unwrap();
    assert!(only.to_string().starts_with("#4: T2-weighted, 1 slice of 9 x 7 at 6 time points, "), "{only}");
}

#[test]
fn an_error_names_the_frame() {
    let mut image = enhanced(&series(4), 6);
    image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)[3].remove(PLANE_POSITION_SEQUENCE);
    let (_folder, path) = joined(vec![image]);
    let error = open(&path).unwrap_err().to_string();
    assert!(error.starts_with("all.dcm: frame 4: no ImagePositionPatient"), "{error}");
    let mut image = enhanced(&series(4), 6);
    let frame = &mut image.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)[1];
    frame.items(PLANE_POSITION_SEQUENCE)[0].set(IMAGE_POSITION_PATIENT, [1.0, 2.0]);
    let (_folder, path) = joined(vec![image]);
    let error = open(&path).unwrap_err().to_string();
    assert!(error.contains("frame 2: ImagePositionPatient has 2 values: expected 3"), "{error}");
}

#[test]
fn a_field_map_is_no_t1() {
    let mut image = enhanced(&series(4), 6);
    let shared = &mut image.items(SHARED_FUNCTIONAL_GROUPS_SEQUENCE)[0];
    let frame_type = &mut shared.items(MR_IMAGE_FRAME_TYPE_SEQUENCE)[0];
    frame_type.set(FRAME_TYPE, "ORIGINAL\\PRIMARY\\T1\\FIELD_MAP").set(ACQUISITION_CONTRAST, "T1");
    let (_folder, path) = joined(vec![image]);
    assert_eq!(open(&path).unwrap().acquisition().weighting(), Weighting::Other);
}
