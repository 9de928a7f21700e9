//! The functional groups of an enhanced multi-frame header that apply to one frame.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{dataset::Dataset, plane::Plane};
use crate::error::{Error, Result};

/// A data set with the functional groups of one frame: its own, and those that all frames share. A classic header has
/// neither, and its attributes in the data set itself.
///
/// # Reference
/// DICOM PS3.3, C.7.6.16 Multi-frame Functional Groups.
#[derive(Clone, Copy)]
pub(super) struct FrameGroups<'a> {
    pub(super) dataset: Dataset<'a>,
    own: Option<Dataset<'a>>,
    shared: Option<Dataset<'a>>,
}

impl<'a> FrameGroups<'a> {
    /// Those of a frame, counted from 0.
    pub(super) fn of_frame(dataset: Dataset<'a>, frame: usize) -> Self {
        let own = dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).nth(frame);
        Self { dataset, own, shared: dataset.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE) }
    }

    /// Those of every frame, in order; none of a classic header.
    pub(super) fn of_frames(dataset: Dataset<'a>) -> impl Iterator<Item = Self> {
        let shared = dataset.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
        dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).map(move |own| Self {
            dataset,
            own: Some(own),
            shared,
        })
    }

    /// The item of a functional group: the frame's own, else the shared one.
    pub(super) fn group(&self, sequence: Tag) -> Option<Dataset<'a>> {
        [self.own, self.shared].into_iter().flatten().find_map(|groups| groups.item(sequence))
    }

    /// The items of a functional group that may have several: the frame's own, else the shared ones.
    pub(super) fn items(&self, sequence: Tag) -> impl Iterator<Item = Dataset<'a>> {
        let groups = [self.own, self.shared].into_iter().flatten();
        groups
            .filter(move |groups| groups.item(sequence).is_some())
            .take(1)
            .flat_map(move |groups| groups.items(sequence))
    }

    /// The item of a functional group, else the data set, where a classic header has the same attributes.
    pub(super) fn group_or_dataset(&self, sequence: Tag) -> Dataset<'a> {
        self.group(sequence).unwrap_or(self.dataset)
    }

    /// The frame's plane. `classic` is where a header without groups has the attributes, if it may be one; `missing`
    /// makes the error for an attribute from its keyword.
    pub(super) fn plane(
        &self,
        classic: Option<Dataset<'a>>,
        missing: impl Fn(&'static str) -> Error,
    ) -> Result<Plane> {
        let group = |sequence| self.group(sequence).or(classic);
        let position = numbers(group(tags::PLANE_POSITION_SEQUENCE), tags::IMAGE_POSITION_PATIENT)?;
        let orientation = numbers(group(tags::PLANE_ORIENTATION_SEQUENCE), tags::IMAGE_ORIENTATION_PATIENT)?;
        let spacing = numbers(group(tags::PIXEL_MEASURES_SEQUENCE), tags::PIXEL_SPACING)?;
        Plane::of(
            position.ok_or_else(|| missing("ImagePositionPatient"))?,
            orientation.ok_or_else(|| missing("ImageOrientationPatient"))?,
            spacing.ok_or_else(|| missing("PixelSpacing"))?,
        )
    }
}

fn numbers<const N: usize>(item: Option<Dataset<'_>>, tag: Tag) -> Result<Option<[f64; N]>> {
    item.map_or(Ok(None), |item| item.numbers(tag))
}
