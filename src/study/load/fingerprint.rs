//! One hash over every file that opening a study may read.

use std::path::{Path, PathBuf};

use hemastage_image::{dicom::SegmentChoice, error::Result, files_of, is_dicom, open_regular, sidecar};
use sha2::{Digest, Sha256};

use super::{
    ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile, content::digest, error::LoadError,
    hematoma::HematomaFile,
};
use crate::{
    io::output::sha256::hex,
    vocabulary::units::{DateTime, OnsetTime, VisitTime},
};

/// The SHA-256 of the files of a study, their names and their roles.
pub(super) fn of(study: &StudyFiles) -> Result<String> {
    if has_array(study) {
        return Err(LoadError::Array.into());
    }
    let mut hasher = Sha256::new();
    for (role, path) in paths(study) {
        let mut files = files_of(path, study.limits).map_err(|error| error.at(role))?;
        files.extend(sidecar_of(role, path));
        add(&mut hasher, role.as_bytes());
        hasher.update((files.len() as u64).to_le_bytes());
        for file in files {
            add(&mut hasher, name(&file, path).as_os_str().as_encoded_bytes());
            add(&mut hasher, &contents(&file)?);
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// The paths that the caller named, each with its role.
pub(super) fn paths(study: &StudyFiles) -> Vec<(&'static str, &Path)> {
    let mut paths = vec![("t1", &*study.t1.path), ("t2", &*study.t2.path)];
    paths.extend(study.hematoma.mask().map(|mask| ("hematoma", &*mask.image.path)));
    let further = study.further.iter();
    paths.extend(further.filter_map(|(contrast, file)| Some((contrast.key(), &*file.as_ref()?.path))));
    match &study.reference {
        ReferenceFile::Cord(mask) => paths.push(("cord", &mask.image.path)),
        ReferenceFile::Tissue { mask, .. } => paths.push(("reference", &mask.image.path)),
        ReferenceFile::Anatomy | ReferenceFile::Values { .. } => {}
    }
    paths.extend(study.canal.as_ref().map(|mask| ("canal", &*mask.image.path)));
    paths.extend(study.vertebrae.as_ref().map(|file| match file {
        VertebraeFile::Map { map, .. } => ("vertebrae", &*map.path),
        VertebraeFile::Landmarks(path) => ("landmarks", &**path),
    }));
    paths.extend(study.anatomy.as_ref().map(|file| ("anatomy", &*file.map.path)));
    // an array has none
    paths.retain(|(_, path)| !path.as_os_str().is_empty());
    paths
}

/// Whether an image or a mask is in memory.
fn has_array(study: &StudyFiles) -> bool {
    let further = [&study.further.t1_post, &study.further.t2star, &study.further.t1_fs];
    let map = study.vertebrae.as_ref().and_then(|file| match file {
        VertebraeFile::Map { map, .. } => Some(map),
        VertebraeFile::Landmarks(_) => None,
    });
    let masks = [study.hematoma.mask(), study.reference.mask().map(|(_, mask)| mask), study.canal.as_ref()];
    let images = [Some(&study.t1), Some(&study.t2), map, study.anatomy.as_ref().map(|file| &file.map)];
    let images = images.into_iter().chain(further.map(Option::as_ref)).flatten();
    images.chain(masks.into_iter().flatten().map(|mask| &mask.image)).any(ImageFile::is_array)
}

/// The paths that the caller named and the files that belong to them, each with its role.
pub(super) fn inputs(study: &StudyFiles) -> Vec<(&'static str, PathBuf)> {
    let named = paths(study).into_iter();
    let with_others = named.flat_map(|(role, path)| {
        let mut files = vec![path.to_owned()];
        if !path.is_dir() {
            // what can't be listed is told when the study is opened
            files.extend(files_of(path, study.limits).unwrap_or_default());
            files.extend(sidecar_of(role, path));
        }
        files.into_iter().map(move |file| (role, file))
    });
    with_others.collect()
}

/// Every choice about the files and how they are read, as a text for comparing studies.
pub(super) fn choices(study: &StudyFiles) -> String {
    let StudyFiles { t1, t2, further, hematoma, reference, canal, vertebrae, anatomy, onsets, .. } = study;
    let StudyFiles { limits, hash_inputs, check_checksums, allow_unoriented, margin_mm, .. } = study;
    let image = |image: &ImageFile| format!("{:?} {:?}", image.series, image.volume);
    let mask = |mask: &MaskFile| match mask.part() {
        // not shown by Debug
        SegmentChoice::Named(name) => format!("{} {name:?}", image(&mask.image)),
        part => format!("{} {part:?}", image(&mask.image)),
    };
    let reference = match reference {
        ReferenceFile::Cord(cord) => mask(cord),
        ReferenceFile::Tissue { tissue, mask: of_tissue } => format!("{tissue:?} {}", mask(of_tissue)),
        ReferenceFile::Anatomy => "anatomy".into(),
        ReferenceFile::Values { t1, t2 } => format!("{t1:?} {t2:?}"),
    };
    let vertebrae = vertebrae.as_ref().map(|vertebrae| match vertebrae {
        VertebraeFile::Map { map, scheme } => format!("{} {scheme:?}", image(map)),
        VertebraeFile::Landmarks(_) => String::new(),
    });
    let anatomy = anatomy.as_ref().map(|file| format!("{} {:?}", image(&file.map), file.scheme));
    let onsets: Vec<String> = onsets.iter().map(onset).collect();
    let canal = canal.as_ref().map(mask);
    let hematoma = match hematoma {
        HematomaFile::Mask(file) => mask(file),
        HematomaFile::None { empty } => format!("none {:?}", empty.as_ref().map(mask)),
    };
    let visit = study.visit.map(visit);
    let further = further.as_ref().map(|file| file.as_ref().map(image));
    let further = [further.t1_post, further.t2star, further.t1_fs];
    let read = (limits, hash_inputs, check_checksums, allow_unoriented, margin_mm);
    format!(
        "{:?}",
        (
            [image(t1), image(t2), hematoma, reference],
            further,
            canal,
            vertebrae,
            anatomy,
            onsets,
            visit,
            read
        )
    )
}

/// Two dates count by the hours between them alone, except where the scan's own date decides.
fn visit(time: VisitTime) -> String {
    match time {
        VisitTime::OfScan { day0 } => format!("scan since {}", onset(&OnsetTime::At(day0))),
        given => format!("{:?}", given.since_first(None).map(|found| found.hours_since_first).ok()),
    }
}

fn onset(onset: &OnsetTime) -> String {
    match onset {
        OnsetTime::Elapsed(onset) => format!("{} h", onset.hours()),
        // a date and time may only appear as the difference from another one
        OnsetTime::At(at) => {
            format!("{:?}", DateTime::parse_iso("2000-01-01T00:00").map(|zero| at.hours_since(zero)))
        }
    }
}

/// The sidecar of an image of the study; no other file has one that is read.
fn sidecar_of(role: &str, path: &Path) -> Option<PathBuf> {
    let is_read = matches!(role, "t1" | "t2" | "t1_post" | "t2star" | "t1_fs") && !is_dicom(path);
    is_read.then(|| sidecar::path_of(path)).flatten().filter(|sidecar| sidecar.is_file())
}

/// A file's path relative to the folder that the caller named, or its name.
fn name<'a>(file: &'a Path, named: &Path) -> &'a Path {
    file.strip_prefix(named)
        .ok()
        .filter(|below| !below.as_os_str().is_empty())
        .or(file.file_name().map(Path::new))
        .unwrap_or(file)
}

/// The SHA-256 of a file; empty if it is not a regular file that can be opened.
fn contents(file: &Path) -> Result<Vec<u8>> {
    match open_regular(file) {
        Ok(Some(_)) => Ok(digest(&[file])?.to_vec()),
        _ => Ok(Vec::new()),
    }
}

/// Adds the number of bytes, then the bytes, so that the border between two fields counts too.
fn add(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
