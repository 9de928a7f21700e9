//! Reads the masks of a study, files in parallel, each file once even if it has several roles.

use hemastage_image::{
    Limits, MaskContents, MaskReader, WithFindings,
    dicom::{ImageSpace, SegmentChoice},
    error::Result,
    finding::Finding,
    label_map::LabelMap,
    nrrd::SegmentMeaning,
    roi::Roi,
};
use rayon::prelude::*;

use super::{
    ImageFile, MaskFile,
    error::LoadError,
    hematoma::{HEMATOMA, with_hint},
    placed::Oriented,
};
use crate::steps::level::Scheme;

/// All masks of a study.
pub(super) struct Masks {
    /// The files that were read.
    pub(super) files: Vec<MaskReader>,
    /// In the order of their roles.
    pub(super) regions: Vec<Loaded<Roi>>,
    pub(super) labels: Option<Loaded<LabelMap>>,
    /// The scheme of the label map, where names of segments gave its numbers.
    pub(super) by_names: Option<Scheme>,
}

/// A region or a label map, read for one role.
pub(super) struct Loaded<T> {
    pub(super) value: T,
    pub(super) findings: Vec<Finding>,
    /// The index of its file.
    pub(super) file: usize,
}

impl<T> Loaded<T> {
    /// A part that was read of a file with a finding of its own.
    fn of(part: Result<WithFindings<T>>, file: usize, of_file: Option<&Finding>, role: &str) -> Result<Self> {
        let (value, mut findings) = part.map_err(|error| error.in_role(role))?;
        findings.extend(of_file.cloned());
        Ok(Self { value, findings, file })
    }
}

/// A file and the indices of the regions to read from it.
struct File<'a> {
    image: &'a ImageFile,
    mask: MaskReader,
    /// On its place.
    finding: Option<Finding>,
    regions: Vec<usize>,
}

/// The role of a file with cord, canal and vertebrae.
const ANATOMY: &str = "anatomy";

/// Reads regions and a label map, each with its role; `scheme` numbers the masks of a folder that stands for a map.
///
/// # Errors
/// From opening a file, from reading one, or about a part of it: the first in the order of roles.
pub(super) fn read(
    regions: &[(&str, &MaskFile)],
    labels: Option<(&str, &ImageFile)>,
    scheme: Option<&Scheme>,
    images: &[ImageSpace<'_>],
    oriented: &Oriented,
    limits: Limits,
) -> Result<Masks> {
    let mut files = Vec::new();
    for (n, &(role, mask)) in regions.iter().enumerate() {
        let file = open_once(&mut files, role, &mask.image, oriented, limits)?;
        files[file].regions.push(n);
    }
    let map = labels.map(|(role, image)| open_once(&mut files, role, image, oriented, limits)).transpose()?;
    let mut by_names = None;
    if let (Some(map), None, Some((ANATOMY, _))) = (map, scheme, labels) {
        let named = Scheme::of_segments()?;
        let found = files[map].mask.number_segments(|name| {
            let (number, holds_others) = named.number_of_segment(name)?;
            Some(SegmentMeaning { number, holds_others })
        });
        if let Some((0, segments)) = found {
            return Err(LoadError::SegmentNames { segments }.into());
        }
        by_names = found.map(|_| named);
    }
    if let (Some(map), Some(scheme), Some((role, _))) = (map, scheme, labels) {
        // vertebrae alone need no cord, which may be corrected and overlap them
        let is_wanted = |number: &i64| role == "anatomy" || !scheme.cord().contains(number);
        let numbered = files[map].mask.number_masks(|name| scheme.number_of_mask(name).filter(is_wanted));
        numbered.map_err(|error| error.at(role))?;
    }
    let read_file = |(n, file): (usize, &File<'_>)| {
        let choices: Vec<&SegmentChoice> = file.regions.iter().map(|&n| regions[n].1.part()).collect();
        file.mask.read(&choices, map == Some(n), images)
    };
    let parts: Vec<Result<MaskContents>> = files.par_iter().enumerate().map(read_file).collect();
    let mut found = Vec::new();
    let mut label_map = None;
    for (n, parts) in parts.into_iter().enumerate() {
        let parts = parts?;
        found.extend(files[n].regions.iter().zip(parts.regions).map(|(&region, part)| (region, n, part)));
        label_map = label_map.or(parts.labels.map(|part| (n, part)));
    }
    found.sort_by_key(|&(region, ..)| region);
    let finding = |n: usize| files[n].finding.as_ref();
    let region = |(region, n, part): (usize, usize, Result<WithFindings<Roi>>)| {
        let role = regions[region].0;
        let part = Loaded::of(part, n, finding(n), &format!("the mask of the {role}"));
        if role == HEMATOMA { part.map_err(with_hint) } else { part }
    };
    Ok(Masks {
        regions: found.into_iter().map(region).collect::<Result<_>>()?,
        labels: label_map
            .map(|(n, part)| Loaded::of(part, n, finding(n), map_of(labels.map_or("", |(role, _)| role))))
            .transpose()?,
        files: files.into_iter().map(|file| file.mask).collect(),
        by_names,
    })
}

/// What a label map was given as.
fn map_of(role: &str) -> &'static str {
    match role {
        "anatomy" => "the anatomy",
        "landmarks" => "the image of landmarks",
        _ => "the map of the vertebrae",
    }
}

/// The index of a file among those that are open; opens it unless it is already.
fn open_once<'a>(
    files: &mut Vec<File<'a>>,
    role: &str,
    image: &'a ImageFile,
    oriented: &Oriented,
    limits: Limits,
) -> Result<usize> {
    if let Some(known) = files.iter().position(|file| file.image == image) {
        return Ok(known);
    }
    let mask = image.open_mask(limits).map_err(|error| error.at(role))?;
    let (mask, finding) = match mask {
        MaskReader::Image(image) => {
            oriented.placed(image).map(|(image, finding)| (MaskReader::Image(image), finding))?
        }
        MaskReader::Nrrd(segments) => oriented
            .placed_segments(*segments)
            .map(|(segments, finding)| (MaskReader::Nrrd(Box::new(segments)), finding))?,
        mask => (mask, None),
    };
    files.push(File { image, mask, finding, regions: Vec::new() });
    Ok(files.len() - 1)
}

#[cfg(test)]
mod tests {
    use std::{fs::File, path::Path};

    use hemastage_image::{
        Affine, Labels,
        nifti::{LabelMapHeader, write_label_map},
    };
    use ndarray::Array3;

    use super::*;

    const UNIT: [[f64; 4]; 4] = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]];

    /// Writes a label map of 1, 2 and 7, which is also given as an array.
    fn map(path: &Path) -> Array3<u8> {
        let array = Array3::from_shape_fn((9, 5, 4), |(i, _, k)| match (i, k) {
            (0..3, _) => 1,
            (3..6, 1..) => 2,
            (6.., 2) => 7,
            _ => 0,
        });
        let whole = region(&array, &Labels::NonZero);
        let values: Vec<u8> = whole.voxels().map(|voxel| array[voxel]).collect();
        let header = LabelMapHeader::of_grid(whole.grid());
        write_label_map(File::create(path).unwrap(), &header, &whole, &values, "").unwrap();
        array
    }

    fn region(array: &Array3<u8>, labels: &Labels) -> Roi {
        Roi::from_array(array.view(), Affine::new(UNIT).unwrap(), labels).unwrap()
    }

    #[test]
    fn a_file_of_several_roles_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        let array = map(&path);
        let (whole, image) = (MaskFile::new(&path), ImageFile::new(&path));
        let parts = [vec![2], vec![7, 1], vec![1]].map(|labels| whole.clone().with_labels(labels));
        let roles = [("hematoma", &parts[0]), ("cord", &parts[1]), ("canal", &parts[2])];
        let found =
            read(&roles, Some(("vertebrae", &image)), None, &[], &Oriented::default(), Limits::default())
                .unwrap();
        assert_eq!(found.files.len(), 1);
        for (read, labels) in found.regions.iter().zip([vec![2], vec![7, 1], vec![1]]) {
            assert!(read.value.voxels().eq(region(&array, &Labels::Only(labels)).voxels()));
        }
        let map = found.labels.unwrap().value;
        assert_eq!(map.labels().collect::<Vec<_>>(), [(1, 60), (2, 45), (7, 15)]);

        let copy = folder.path().join("copy.nii.gz");
        std::fs::copy(&path, &copy).unwrap();
        let other = MaskFile::new(&copy);
        let roles = [("hematoma", &whole), ("cord", &other), ("canal", &parts[0])];
        let found = read(&roles, None, None, &[], &Oriented::default(), Limits::default()).unwrap();
        assert_eq!(found.regions.iter().map(|read| read.file).collect::<Vec<_>>(), [0, 1, 0]);
        assert!(
            found.regions[1].value.voxels().eq(found.regions[0].value.voxels()) && found.labels.is_none()
        );
    }

    #[test]
    fn a_role_without_voxels_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.nii.gz");
        map(&path);
        let (there, missing) = (MaskFile::new(&path), MaskFile::new(&path).with_labels([3]));
        let roles = [("hematoma", &there), ("cord", &missing)];
        let error =
            read(&roles, None, None, &[], &Oriented::default(), Limits::default()).err().unwrap().to_string();
        assert!(
            error.starts_with("labels.nii.gz: ") && error.contains('3') && error.contains("1, 2, 7"),
            "{error}"
        );
    }
}
