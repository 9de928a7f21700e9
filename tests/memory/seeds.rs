//! Sound inputs in every form, and thousands of random damages of them.

use fastrand::Rng;

use crate::{
    damage::{self, Form},
    harness::Harness,
    support::dicom::{
        classic::{Series, Storage},
        dataset::Dataset,
        enhanced::{echoes, enhanced},
        file::{Syntax, compressed, file},
        rtstruct::{Contour, structure_set},
        secrets::{kind, uid},
        seg::SegmentationType,
        small_study::Role,
        study::Scans,
        tags::{
            CONTOUR_GEOMETRIC_TYPE, CONTOUR_SEQUENCE, DERIVATION_IMAGE_SEQUENCE,
            PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, REFERENCED_INSTANCE_SEQUENCE, REFERENCED_SERIES_SEQUENCE,
            REFERENCED_SOP_INSTANCE_UID, ROI_CONTOUR_SEQUENCE, SERIES_INSTANCE_UID, SOURCE_IMAGE_SEQUENCE,
        },
    },
};

/// The data sets of an input and how they are written.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) datasets: Vec<Dataset>,
    pub(crate) syntax: Syntax,
}

impl Input {
    pub(crate) fn files(&self) -> Vec<Vec<u8>> {
        self.datasets.iter().map(|dataset| file(dataset, self.syntax)).collect()
    }
}

/// Series, enhanced images, segments and contours, in every transfer syntax that they can have.
pub(crate) fn inputs(scans: &Scans) -> Vec<Input> {
    let mut inputs = Vec::new();
    for syntax in Syntax::ALL {
        let mut add = |name: &str, role, datasets: Vec<Dataset>| {
            // compressed before it is damaged
            let datasets =
                if syntax == Syntax::Rle { datasets.iter().map(compressed).collect() } else { datasets };
            inputs.push(Input { name: format!("{name}, {syntax:?}"), role, datasets, syntax });
        };
        let t2 = scans.t2_series();
        let scaled = |k: usize| (0.5, k as f64);
        let twelve = |series: &mut Series| (series.stored, series.scale) = (Storage::TWELVE, None);
        add("classic", Role::Image, t2.slices());
        add("classic, scaled", Role::Image, t2.clone().with(|series| series.scale = Some(scaled)).slices());
        add("enhanced", Role::Image, vec![enhanced(&t2.clone().with(twelve), 3)]);
        add("enhanced, scaled", Role::Image, vec![enhanced(&t2.clone().with(|s| s.scale = Some(scaled)), 4)]);
        let both = [(10.0, t2.signal.clone()), (90.0, t2.signal.clone())];
        add("echoes", Role::Image, vec![echoes(&t2, &both, 5)]);
        add("mask", Role::Mask(""), scans.mask_series(8, &scans.hematoma).slices());
        add("label map", Role::LabelMap, scans.mask_series(9, &scans.vertebrae).slices());
        if syntax == Syntax::Rle {
            continue;
        }
        for kind in [
            SegmentationType::Binary,
            SegmentationType::Fractional { maximum: 200 },
            SegmentationType::LabelMap,
        ] {
            let segments = scans.segmentation(kind).dataset();
            add(&format!("{kind:?} segments"), Role::Mask(":3"), vec![segments]);
        }
        add("contours", Role::Mask(":1"), vec![contours(scans)]);
        let mut referring = scans.segmentation(SegmentationType::Binary).dataset();
        refer(&mut referring);
        add("segments that refer to images", Role::Mask(":3"), vec![referring]);
        add("contours of all kinds", Role::Mask(":1"), vec![contours_of_all_kinds(scans)]);
    }
    inputs
}

/// Two structures of some contours.
fn contours(scans: &Scans) -> Dataset {
    let some = |from: usize| (2..6).map(|k| Contour::rectangle(k, [from, from + 4], [9, 15])).collect();
    structure_set(&scans.t2.1, 2, &[some(6), some(14)])
}

/// Names an image for each frame, and many in the list of the file.
fn refer(segments: &mut Dataset) {
    let named = |n: usize| Dataset::default().with(REFERENCED_SOP_INSTANCE_UID, uid(kind::IMAGE, n));
    for (n, group) in segments.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).iter_mut().enumerate() {
        group.set(DERIVATION_IMAGE_SEQUENCE, Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(n)));
    }
    let series = Dataset::default()
        .with(SERIES_INSTANCE_UID, uid(kind::SERIES, 2))
        .with(REFERENCED_INSTANCE_SEQUENCE, (0..400).map(named).collect::<Vec<_>>());
    segments.set(REFERENCED_SERIES_SEQUENCE, series);
}

/// A rectangle through pixel centers, lines, points, and contours beyond the image.
fn contours_of_all_kinds(scans: &Scans) -> Dataset {
    let at = |k: f64, corners: &[[f64; 2]]| Contour { k, corners: corners.to_vec() };
    let contours = vec![
        at(3.0, &[[6.0, 9.0], [11.0, 9.0], [11.0, 16.0], [6.0, 16.0]]),
        Contour::rectangle(4, [6, 11], [9, 16]),
        at(4.0, &[[2.0, 3.0], [20.0, 21.0]]),
        at(4.0, &[[2.0, 3.0]]),
        at(90.0, &[[6.0, 9.0], [11.0, 9.0], [11.0, 16.0]]),
        at(5.0, &[]),
        at(4.0, &[[3.0, 3.0]]),
    ];
    let mut set = structure_set(&scans.t2.1, 2, &[contours.clone(), contours]);
    set.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE)[6].set(CONTOUR_GEOMETRIC_TYPE, "POINT");
    set
}

#[test]
fn sound_inputs_stay_within_their_bounds() {
    let mut harness = Harness::new();
    let inputs = inputs(&harness.study.scans);
    assert_eq!(inputs.len(), 5 * 7 + 4 * 6);
    for input in &inputs {
        harness.read_files(&input.name, input.role, &input.files());
    }
    harness.print("sound");
    // two echoes need a choice
    assert_eq!((harness.read, harness.refused), (inputs.len() - 5, 5));
}

#[test]
fn damaged_bytes() {
    let (mut harness, mut random) = (Harness::new(), Rng::with_seed(11));
    let inputs: Vec<_> =
        inputs(&harness.study.scans).into_iter().map(|input| (input.files(), input)).collect();
    for n in 0..1500 {
        let (files, input) = &inputs[n % inputs.len()];
        let mut files = files.clone();
        let which = random.usize(..files.len());
        damage::bytes(&mut random, &mut files[which]);
        harness.read_files(&format!("{}, damage {n}", input.name), input.role, &files);
    }
    harness.print("bytes");
    assert!(harness.read > 100 && harness.refused > 400, "{} {}", harness.read, harness.refused);
}

#[test]
fn damaged_elements() {
    let (mut harness, mut random) = (Harness::new(), Rng::with_seed(12));
    let inputs = inputs(&harness.study.scans);
    for n in 0..1500 {
        let mut input = inputs[n % inputs.len()].clone();
        let which = random.usize(..input.datasets.len());
        let form = Form::any(&mut random);
        damage::element(&mut random, form, &mut input.datasets[which]);
        harness.read_files(&format!("{}, {form:?}, damage {n}", input.name), input.role, &input.files());
    }
    harness.print("elements");
    assert!(harness.read > 50 && harness.refused > 700, "{} {}", harness.read, harness.refused);
}
