//! The map of stages on the mask's grid.

use std::{collections::BTreeMap, io};

use hemastage_image::{
    grid::Grid,
    nifti::{LabelMapHeader, write_label_map},
    roi::Column,
};

use crate::{steps::classify::Classified, vocabulary::stage::Stage};

/// The stage of each voxel: 1 to 5 for the stages in order, 6 for indeterminate, 7 where a voxel of the hematoma was not
/// sampled, 0 outside the hematoma.
#[derive(Debug, Clone)]
pub struct StageMap {
    header: LabelMapHeader,
    values: Column<u8>,
}

impl StageMap {
    /// The value of a voxel of the hematoma that was not sampled.
    pub const UNSAMPLED: u8 = 7;

    pub(crate) fn new(header: LabelMapHeader, classified: &Classified) -> Self {
        Self {
            header,
            values: classified.stages().map(|stage| stage.map_or(Self::UNSAMPLED, Stage::map_value)),
        }
    }

    /// The mask's grid.
    pub fn grid(&self) -> &Grid {
        self.values.roi().grid()
    }

    /// The hematoma's voxels and their values, in memory order.
    pub fn voxels(&self) -> impl Iterator<Item = ([usize; 3], u8)> + '_ {
        self.values.roi().voxels().zip(self.values.iter().copied())
    }

    /// The map as an array indexed (i, j, k), in the mask's shape.
    pub fn to_array(&self) -> ndarray::Array3<u8> {
        self.values.to_array(0)
    }

    /// Writes the map as `.nii.gz`: the mask's grid bit for bit, intent 1002 (label), and the names of
    /// the labels as JSON in a header extension (code 6, text).
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_nifti_gz(&self, out: impl io::Write) -> io::Result<()> {
        write_label_map(out, &self.header, self.values.roi(), &self.values, &Self::label_names())
    }

    /// Writes the hematoma's voxels as a mask of 0 and 1, in the form of the map.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_mask_nifti_gz(&self, out: impl io::Write) -> io::Result<()> {
        let names = serde_json::json!({ "labels": { "0": "background", "1": "hematoma" } }).to_string();
        let roi = self.values.roi();
        write_label_map(out, &self.header, roi, &vec![1; roi.len()], &names)
    }

    /// The label names as they stand in the header extension.
    fn label_names() -> String {
        let others = [("0".to_owned(), "background"), (Self::UNSAMPLED.to_string(), "unsampled")];
        let stages = Stage::ALL.into_iter().map(|stage| (stage.map_value().to_string(), stage.key()));
        let labels: BTreeMap<String, &str> = others.into_iter().chain(stages).collect();
        serde_json::json!({ "labels": labels }).to_string()
    }
}
