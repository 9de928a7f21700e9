//! A structure set: contours in the planes of an image.

use super::{
    dataset::{Dataset, Value},
    encode::decimal,
    place::{self, Matrix},
    secrets::{kind, label, patient, uid},
    tags::{
        CONTOUR_DATA, CONTOUR_GEOMETRIC_TYPE, CONTOUR_IMAGE_SEQUENCE, CONTOUR_SEQUENCE,
        FRAME_OF_REFERENCE_UID, MODALITY, NUMBER_OF_CONTOUR_POINTS, OBSERVATION_NUMBER,
        REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, REFERENCED_FRAME_OF_REFERENCE_UID, REFERENCED_ROI_NUMBER,
        REFERENCED_SOP_CLASS_UID, REFERENCED_SOP_INSTANCE_UID, ROI_CONTOUR_SEQUENCE,
        ROI_GENERATION_ALGORITHM, ROI_INTERPRETER, ROI_NAME, ROI_NUMBER, RT_ROI_INTERPRETED_TYPE,
        RT_ROI_OBSERVATIONS_SEQUENCE, SERIES_INSTANCE_UID, SERIES_NUMBER, SOP_CLASS_UID, SOP_INSTANCE_UID,
        STRUCTURE_SET_DATE, STRUCTURE_SET_LABEL, STRUCTURE_SET_NAME, STRUCTURE_SET_ROI_SEQUENCE,
        STRUCTURE_SET_TIME, STUDY_INSTANCE_UID,
    },
};

/// A closed contour in slice `k`, by (i, j) of its corners; a voxel's center has whole numbers.
#[derive(Debug, Clone)]
pub(crate) struct Contour {
    pub(crate) k: f64,
    pub(crate) corners: Vec<[f64; 2]>,
}

impl Contour {
    /// Round the voxels `i` and `j` of a slice, ends included, along their outer faces.
    pub(crate) fn rectangle(k: usize, i: [usize; 2], j: [usize; 2]) -> Self {
        let [i, j] = [i, j].map(|[from, to]| [from as f64 - 0.5, to as f64 + 0.5]);
        Self { k: k as f64, corners: vec![[i[0], j[0]], [i[1], j[0]], [i[1], j[1]], [i[0], j[1]]] }
    }
}

/// A structure set on the image with this affine and series number, one list of contours per structure.
pub(crate) fn structure_set(affine: &Matrix, series: usize, rois: &[Vec<Contour>]) -> Dataset {
    let frame = uid(kind::FRAME_OF_REFERENCE, 1);
    let numbers = 1..=rois.len();
    let named = |number| {
        Dataset::default()
            .with(ROI_NUMBER, number)
            .with(REFERENCED_FRAME_OF_REFERENCE_UID, frame.clone())
            .with(ROI_NAME, label(number))
            .with(ROI_GENERATION_ALGORITHM, "MANUAL")
    };
    let drawn = |number: usize| {
        let contours = rois[number - 1].iter().map(|contour| drawing(affine, series, contour));
        Dataset::default()
            .with(REFERENCED_ROI_NUMBER, number)
            .with(CONTOUR_SEQUENCE, contours.collect::<Vec<_>>())
    };
    let observed = |number| {
        Dataset::default()
            .with(OBSERVATION_NUMBER, number)
            .with(REFERENCED_ROI_NUMBER, number)
            .with(RT_ROI_INTERPRETED_TYPE, "")
            .with(ROI_INTERPRETER, "Grabowski^Egon")
    };
    patient()
        .with(SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.481.3")
        .with(SOP_INSTANCE_UID, uid(kind::IMAGE, 80_000))
        .with(MODALITY, "RTSTRUCT")
        .with(STUDY_INSTANCE_UID, uid(kind::STUDY, 1))
        .with(SERIES_INSTANCE_UID, uid(kind::SERIES, 80))
        .with(FRAME_OF_REFERENCE_UID, frame.clone())
        .with(SERIES_NUMBER, 80)
        .with(STRUCTURE_SET_LABEL, "Grabowski set")
        .with(STRUCTURE_SET_NAME, label(0))
        .with(STRUCTURE_SET_DATE, "20190826")
        .with(STRUCTURE_SET_TIME, "071910.441")
        .with(
            REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
            Dataset::default().with(FRAME_OF_REFERENCE_UID, frame.clone()),
        )
        .with(STRUCTURE_SET_ROI_SEQUENCE, numbers.clone().map(named).collect::<Vec<_>>())
        .with(ROI_CONTOUR_SEQUENCE, numbers.clone().map(drawn).collect::<Vec<_>>())
        .with(RT_ROI_OBSERVATIONS_SEQUENCE, numbers.map(observed).collect::<Vec<_>>())
}

fn drawing(affine: &Matrix, series: usize, contour: &Contour) -> Dataset {
    let points: Vec<String> = contour
        .corners
        .iter()
        .flat_map(|&[i, j]| place::lps(affine, [i, j, contour.k]))
        .map(decimal)
        .collect();
    let image = Dataset::default()
        .with(REFERENCED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.4")
        .with(REFERENCED_SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 * series + contour.k.round() as usize));
    Dataset::default()
        .with(CONTOUR_IMAGE_SEQUENCE, image)
        .with(CONTOUR_GEOMETRIC_TYPE, "CLOSED_PLANAR")
        .with(NUMBER_OF_CONTOUR_POINTS, contour.corners.len())
        .with(CONTOUR_DATA, Value::Text(points.join("\\")))
}
