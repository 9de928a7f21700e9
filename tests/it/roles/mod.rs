//! Wrong files in the right role, and right ones in the wrong place: each mistake has its finding or its refusal, and a
//! study without one is quiet.

mod coarse;
mod cord;
mod files;
mod levels;
mod masks;
mod named;
mod place;
mod signal;
mod stray;

use std::sync::Arc;

use hemastage::{Report, StageOptions, stage, stage::Stage};
use hemastage_phantom::{Collection, Extent, Layout, Phantom, PhantomOptions, Side};
use ndarray::{Array3, Axis};

use crate::support::phantoms::{StudyArrays, shared_phantom};

/// What the checks of roles say.
const CODES: [&str; 37] = [
    "labels_joined",
    "slices_missing",
    "vertebrae_flat",
    "label_named_otherwise",
    "labels_rescaled",
    "negative_signal",
    "signal_offset",
    "zero_signal",
    "reference_flat",
    "mask_off_grid",
    "hematoma_in_cord",
    "hematoma_around_cord",
    "outside_canal",
    "far_from_cord",
    "stray_voxels",
    "grid_taken",
    "landmark_misplaced",
    "level_twice",
    "levels_off_cord",
    "cord_too_thick",
    "cord_too_thin",
    "cord_short",
    "few_voxels",
    "cord_outside_canal",
    "canal_short",
    "reference_extrapolated",
    "constant_signal",
    "images_off_grid",
    "images_shifted",
    "hematoma_in_vertebrae",
    "vertebrae_in_canal",
    "vertebra_left_out",
    "canal_too_wide",
    "cord_hollow",
    "no_fluid",
    "reference_uneven",
    "swapped_images",
];

fn options() -> PhantomOptions {
    let clot = Collection::new(Extent::levels("C4", "C7").unwrap())
        .with_side(Side::Right)
        .with_thickness_mm(5.0)
        .with_layout(Layout::Single(Stage::LateSubacute));
    PhantomOptions::default().with_seed(3).with_collections([clot])
}

/// Late subacute blood on the right in thick sagittal slices: axes to the back, the feet and the right.
fn scan() -> Arc<Phantom> {
    shared_phantom(&options())
}

/// The same as arrays, with its canal.
fn arrays() -> StudyArrays {
    let scan = scan();
    StudyArrays::new(&scan).with_canal(&scan)
}

fn staged(arrays: StudyArrays) -> hemastage::Result<Report> {
    stage(&arrays.study()?, &StageOptions::default()).map(|staged| staged.report)
}

/// Code, severity and place of what the checks of roles say of a report.
fn said(report: &Report) -> Vec<String> {
    let own = report.findings.iter().filter(|finding| CODES.contains(&finding.code.as_str()));
    let text = |place: &Option<String>| place.clone().unwrap_or_default();
    own.map(|f| format!("{} {} {}", f.severity.key(), f.code, text(&f.place)).trim_end().to_owned()).collect()
}

/// The message of a code.
#[track_caller]
fn message(report: &Report, code: &str) -> String {
    let found = report.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no {code}: {:?}", said(report))).message.clone()
}

/// An array moved by some voxels along an axis; what leaves it is lost.
fn shifted<T: Clone + Default>(array: &Array3<T>, axis: usize, by: isize) -> Array3<T> {
    let n = array.len_of(Axis(axis)) as isize;
    Array3::from_shape_fn(array.dim(), |(i, j, k)| {
        let mut from = [i, j, k];
        let at = from[axis] as isize - by;
        from[axis] = at.max(0) as usize;
        if (0..n).contains(&at) { array[from].clone() } else { T::default() }
    })
}

/// A mask with its face neighbors, so many times.
fn grown(mask: &Array3<u8>, steps: usize) -> Array3<u8> {
    let mut grown = mask.clone();
    for _ in 0..steps {
        let before = grown.clone();
        for (axis, by) in [(0, -1), (0, 1), (1, -1), (1, 1), (2, -1), (2, 1)] {
            grown.zip_mut_with(&shifted(&before, axis, by), |to, from| *to |= *from);
        }
    }
    grown
}
