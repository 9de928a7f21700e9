//! Which of the images a mask refers to, by identifiers that are never shown.
//!
//! Identifiers of single images say more than those of a series: the parts of a series share the latter.

use std::collections::BTreeSet;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::images::ImageSpace;
use crate::dicom::{dataset::Dataset, functional_groups::FrameGroups};

/// The identifiers of images, for looking up what a mask refers to.
#[derive(Default)]
pub(super) struct ImageIndex {
    images: Vec<Identifiers>,
}

/// The identifiers of an image, which are never shown.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    /// `SeriesInstanceUID`.
    pub(super) series: Option<String>,
    /// The `SOPInstanceUID` of its files.
    pub(super) instances: BTreeSet<String>,
}

/// Of the images, the numbers of those that are referred to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Referred(BTreeSet<usize>);

impl Referred {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, image: usize) -> bool {
        self.0.contains(&image)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// Their numbers, in order.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().copied()
    }
}

impl ImageIndex {
    pub(super) fn of(images: &[ImageSpace<'_>]) -> Self {
        Self::of_identifiers(images.iter().map(ImageSpace::identifiers).collect())
    }

    pub(super) fn of_identifiers(images: Vec<Identifiers>) -> Self {
        Self { images }
    }

    /// The images that have a file of this identifier.
    fn with_instance(&self, uid: &str) -> impl Iterator<Item = usize> {
        self.images.iter().enumerate().filter(move |(_, image)| image.instances.contains(uid)).map(|(n, _)| n)
    }

    /// The images that the items of a sequence name by `ReferencedSOPInstanceUID`, and whether there are any items.
    pub(super) fn named(&self, item: Dataset<'_>, sequence: Tag) -> (Referred, bool) {
        let (mut found, mut is_named) = (Referred::default(), false);
        for uid in item.items(sequence).filter_map(|item| item.text(tags::REFERENCED_SOP_INSTANCE_UID)) {
            is_named = true;
            found.0.extend(self.with_instance(&uid));
        }
        (found, is_named)
    }

    /// The images whose series has one of these identifiers.
    fn of_series(&self, series: impl Iterator<Item = String>) -> Referred {
        let mut found = Referred::default();
        for uid in series {
            let images = self.images.iter().enumerate();
            found.0.extend(images.filter(|(_, image)| image.series.as_ref() == Some(&uid)).map(|(n, _)| n));
        }
        found
    }

    /// The images that a segmentation refers to: those that its frames were derived from, else those that it lists,
    /// else those of a series that it lists.
    ///
    /// # Reference
    /// DICOM PS3.3, C.7.6.16.2.6 (Derivation Image), C.12.2 (Common Instance Reference).
    pub(super) fn of_segmentation(&self, dataset: Dataset<'_>) -> Referred {
        let mut found = Referred::default();
        for groups in [tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE] {
            for derivation in
                dataset.items(groups).flat_map(|groups| groups.items(tags::DERIVATION_IMAGE_SEQUENCE))
            {
                found.add(&self.named(derivation, tags::SOURCE_IMAGE_SEQUENCE).0);
            }
        }
        if found.is_none() {
            for series in listed_series(dataset) {
                found.add(&self.named(series, tags::REFERENCED_INSTANCE_SEQUENCE).0);
            }
        }
        if found.is_none() {
            found = self
                .of_series(listed_series(dataset).filter_map(|item| item.text(tags::SERIES_INSTANCE_UID)));
        }
        found
    }

    /// For each frame of a segmentation, whether it was drawn on slices of none of the images: on other slices, which it
    /// names.
    pub(super) fn drawn_elsewhere(&self, dataset: Dataset<'_>) -> Vec<bool> {
        let is_elsewhere = |frame: FrameGroups<'_>| {
            let mut is_named = false;
            let of_images = frame.items(tags::DERIVATION_IMAGE_SEQUENCE).any(|derivation| {
                let (images, has_names) = self.named(derivation, tags::SOURCE_IMAGE_SEQUENCE);
                is_named |= has_names;
                !images.is_none()
            });
            is_named && !of_images
        };
        FrameGroups::of_frames(dataset).map(is_elsewhere).collect()
    }

    /// The images that any contours of a structure set were drawn on, else those that it refers to as a whole.
    pub(super) fn of_contours(&self, dataset: Dataset<'_>) -> Referred {
        let mut found = Referred::default();
        let rois = dataset.items(tags::ROI_CONTOUR_SEQUENCE);
        for contour in rois.flat_map(|roi| roi.items(tags::CONTOUR_SEQUENCE)) {
            found.add(&self.named(contour, tags::CONTOUR_IMAGE_SEQUENCE).0);
        }
        if found.is_none() { self.of_structure_set(dataset) } else { found }
    }

    /// The images that a structure set refers to as a whole; its contours may say more.
    ///
    /// # Reference
    /// DICOM PS3.3, C.8.8.5 Structure Set.
    pub(super) fn of_structure_set(&self, dataset: Dataset<'_>) -> Referred {
        let mut found = Referred::default();
        for series in rt_series(dataset) {
            found.add(&self.named(series, tags::CONTOUR_IMAGE_SEQUENCE).0);
        }
        if found.is_none() {
            found =
                self.of_series(rt_series(dataset).filter_map(|item| item.text(tags::SERIES_INSTANCE_UID)));
        }
        found
    }
}

/// The series that a segmentation lists, in its own study and in others.
pub(super) fn listed_series(dataset: Dataset<'_>) -> impl Iterator<Item = Dataset<'_>> {
    let own = dataset.items(tags::REFERENCED_SERIES_SEQUENCE);
    let others = dataset.items(tags::STUDIES_CONTAINING_OTHER_REFERENCED_INSTANCES_SEQUENCE);
    own.chain(others.flat_map(|study| study.items(tags::REFERENCED_SERIES_SEQUENCE)))
}

/// The series that a structure set lists.
pub(super) fn rt_series(dataset: Dataset<'_>) -> impl Iterator<Item = Dataset<'_>> {
    dataset
        .items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)
        .flat_map(|frame| frame.items(tags::RT_REFERENCED_STUDY_SEQUENCE))
        .flat_map(|study| study.items(tags::RT_REFERENCED_SERIES_SEQUENCE))
}
