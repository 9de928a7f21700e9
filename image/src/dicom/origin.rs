//! What an object made from a series carries of it: twelve attributes, and the identifiers of its images.

use std::{collections::BTreeSet, fmt};

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{dataset::Dataset, series::DicomSeries};
use crate::{
    error::{Detail, Error, ErrorKind, Result},
    grid::Grid,
};

/// An attribute that a derived object has in common with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopiedAttribute {
    /// The standard's keyword.
    pub keyword: &'static str,
    /// Group and element.
    pub tag: [u16; 2],
    /// What it describes.
    pub of: CopiedEntity,
}

/// What a copied attribute describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopiedEntity {
    /// The patient or the study, which every object of the study names.
    Study,
    /// The coordinate system, which objects with positions name.
    FrameOfReference,
}

/// The attributes that are copied; an [`Origin`] holds the values of these and of no other.
///
/// Without them an archive cannot file an object with its study.
///
/// # Reference
/// DICOM PS3.3, C.7.1.1 Patient, C.7.2.1 General Study, C.7.4.1 Frame of Reference.
pub const COPIED: [CopiedAttribute; 12] = [
    study("StudyDate", tags::STUDY_DATE),
    study("StudyTime", tags::STUDY_TIME),
    study("AccessionNumber", tags::ACCESSION_NUMBER),
    study("ReferringPhysicianName", tags::REFERRING_PHYSICIAN_NAME),
    study("PatientName", tags::PATIENT_NAME),
    study("PatientID", tags::PATIENT_ID),
    study("PatientBirthDate", tags::PATIENT_BIRTH_DATE),
    study("PatientSex", tags::PATIENT_SEX),
    study("StudyInstanceUID", tags::STUDY_INSTANCE_UID),
    study("StudyID", tags::STUDY_ID),
    frame("FrameOfReferenceUID", tags::FRAME_OF_REFERENCE_UID),
    frame("PositionReferenceIndicator", tags::POSITION_REFERENCE_INDICATOR),
];

const fn study(keyword: &'static str, Tag(group, element): Tag) -> CopiedAttribute {
    CopiedAttribute { keyword, tag: [group, element], of: CopiedEntity::Study }
}

const fn frame(keyword: &'static str, Tag(group, element): Tag) -> CopiedAttribute {
    CopiedAttribute { keyword, tag: [group, element], of: CopiedEntity::FrameOfReference }
}

/// Maximum length of a copied value in bytes: three groups of 64 characters of a name, in any character set.
const MAX_BYTES: usize = 1024;

/// Maximum length of an identifier (VR UI).
const MAX_UID: usize = 64;

/// What an object made from a series carries of it: the values of [`COPIED`], and the identifiers of its images.
///
/// The values identify the patient. They are shown by no `Debug` and in no report; they leave this type only by
/// [`Origin::copied`].
#[derive(Clone)]
pub struct Origin {
    grid: Grid,
    character_set: Vec<u8>,
    /// In the order of [`COPIED`]; empty where there is none.
    values: Vec<Vec<u8>>,
    series: String,
    slices: Vec<SourceSlice>,
}

/// The image that holds a slice of a source.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSlice {
    /// `SOPClassUID`.
    pub class: String,
    /// `SOPInstanceUID`.
    pub instance: String,
    /// The number of its frame, from 1; `None` in an image of one frame.
    pub frame: Option<u32>,
}

impl DicomSeries {
    /// What an object made from this series carries of it.
    ///
    /// # Errors
    /// `Malformed` when an identifier is missing or is none, a value is too long, or the slices are not all of one
    /// patient, study and series: the object could not be filed with its source.
    pub fn origin(&self) -> Result<Origin> {
        Origin::of(self).map_err(|error| Error::from(error).at(self.name()))
    }
}

impl Origin {
    fn of(series: &DicomSeries) -> Result<Self, OriginError> {
        let first = series.headers().next().ok_or(OriginError::Missing { keyword: "SOPInstanceUID" })?.0;
        let mut instances = BTreeSet::new();
        let mut slices: Vec<SourceSlice> = Vec::new();
        for (dataset, frame) in series.headers() {
            let slice = SourceSlice {
                class: uid(dataset, tags::SOP_CLASS_UID, "SOPClassUID")?,
                instance: uid(dataset, tags::SOP_INSTANCE_UID, "SOPInstanceUID")?,
                frame: frame.map(|index| index as u32 + 1),
            };
            if !instances.insert((slice.instance.clone(), slice.frame)) {
                return Err(OriginError::Repeated);
            }
            check_same(first, dataset)?;
            slices.push(slice);
        }
        for (keyword, tag) in [
            ("StudyInstanceUID", tags::STUDY_INSTANCE_UID),
            ("FrameOfReferenceUID", tags::FRAME_OF_REFERENCE_UID),
        ] {
            uid(first, tag, keyword)?;
        }
        Ok(Self {
            grid: *series.grid(),
            character_set: character_set(first),
            values: COPIED.iter().map(|attribute| value(first, attribute)).collect::<Result<_, _>>()?,
            series: uid(first, tags::SERIES_INSTANCE_UID, "SeriesInstanceUID")?,
            slices,
        })
    }

    /// The attributes of [`COPIED`] with their values as stored, in the character set of the source; empty where the
    /// source has none.
    pub fn copied(&self) -> impl Iterator<Item = (&'static CopiedAttribute, &[u8])> {
        COPIED.iter().zip(self.values.iter().map(Vec::as_slice))
    }

    /// `SpecificCharacterSet` as stored; empty for the default one, and where it names none of the standard's.
    pub fn character_set(&self) -> &[u8] {
        &self.character_set
    }

    /// `SeriesInstanceUID` of the source, to refer to it.
    pub fn series(&self) -> &str {
        &self.series
    }

    /// The images of the source, one for each slice along k.
    pub fn slices(&self) -> &[SourceSlice] {
        &self.slices
    }

    /// The grid of the source.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }
}

impl fmt::Debug for Origin {
    /// Shows no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("slices", &self.slices.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for SourceSlice {
    /// Shows no identifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceSlice").field("frame", &self.frame).finish_non_exhaustive()
    }
}

/// All slices must be of one patient, one study and one series in one place.
fn check_same(first: Dataset<'_>, other: Dataset<'_>) -> Result<(), OriginError> {
    let shared = [
        ("PatientID", tags::PATIENT_ID),
        ("StudyInstanceUID", tags::STUDY_INSTANCE_UID),
        ("SeriesInstanceUID", tags::SERIES_INSTANCE_UID),
        ("FrameOfReferenceUID", tags::FRAME_OF_REFERENCE_UID),
    ];
    let differs = |&(_, tag): &(&str, Tag)| first.stored_text(tag) != other.stored_text(tag);
    match shared.into_iter().find(differs) {
        Some((keyword, _)) => Err(OriginError::Differs { keyword }),
        None => Ok(()),
    }
}

fn value(dataset: Dataset<'_>, attribute: &CopiedAttribute) -> Result<Vec<u8>, OriginError> {
    let [group, element] = attribute.tag;
    let value = dataset.stored_text(Tag(group, element)).unwrap_or_default();
    if value.len() > MAX_BYTES {
        return Err(OriginError::TooLong { keyword: attribute.keyword, bytes: value.len() });
    }
    Ok(value.to_vec())
}

fn uid(dataset: Dataset<'_>, tag: Tag, keyword: &'static str) -> Result<String, OriginError> {
    let text = dataset.stored_text(tag).ok_or(OriginError::Missing { keyword })?;
    let is_uid = text.len() <= MAX_UID && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let text = String::from_utf8(text.to_vec()).ok().filter(|_| is_uid);
    text.ok_or(OriginError::NotAnIdentifier { keyword })
}

/// The character set as stored, if each of its terms is one that the standard may define: free text is none.
fn character_set(dataset: Dataset<'_>) -> Vec<u8> {
    let stored = dataset.stored_text(tags::SPECIFIC_CHARACTER_SET).unwrap_or_default();
    let is_number = |text: &[u8]| (1..=3).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let is_term = |term: &[u8]| {
        let numbered = term.strip_prefix(b"ISO_IR ").or(term.strip_prefix(b"ISO 2022 IR "));
        term.is_empty() || term == b"GB18030" || term == b"GBK" || numbered.is_some_and(is_number)
    };
    let is_known = stored.split(|&byte| byte == b'\\').all(|term| is_term(term.trim_ascii()));
    if is_known { stored.to_vec() } else { Vec::new() }
}

#[derive(Debug, thiserror::Error)]
enum OriginError {
    #[error(
        "no {keyword}: an object made from the series could not be filed with it, so export the series again"
    )]
    Missing { keyword: &'static str },
    #[error(
        "{keyword} is no unique identifier: expected at most {MAX_UID} digits and dots, so export the series again"
    )]
    NotAnIdentifier { keyword: &'static str },
    #[error("{keyword} has {bytes} bytes: expected at most {MAX_BYTES}")]
    TooLong { keyword: &'static str, bytes: usize },
    #[error("{keyword} is not the same in all slices: expected those of one series, so export it again")]
    Differs { keyword: &'static str },
    #[error("several images have one SOPInstanceUID: none can be referred to, so export the series again")]
    Repeated,
}

impl Detail for OriginError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Malformed
    }
}
