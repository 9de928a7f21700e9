//! Files that a row names twice, or that two rows share: a slip of copying.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use hemastage::Finding;

use super::{
    columns::{HEMATOMA, STUDY},
    manifest::{Manifest, Row},
    row::{Value, values},
};

/// Images, of which none can be a mask.
const IMAGES: [&str; 5] = ["t1", "t2", "t1-post", "t2star", "t1-fs"];
/// What two rows of one study share, whatever its onset.
const STUDY_FILES: [&str; 3] = ["t1", "t2", HEMATOMA];
const OWN: [&str; 2] = [STUDY, "onset"];

/// Warnings about the rows of a manifest, by their studies: two images are one file, an image is a mask, or the files are
/// those of another row.
pub(super) fn findings(manifest: &Manifest) -> HashMap<String, Vec<Finding>> {
    let mut first: HashMap<Vec<(&str, String)>, u64> = HashMap::new();
    let mut found = HashMap::new();
    for row in &manifest.rows {
        let Ok(values) = values(manifest, row, &mut Vec::new()) else { continue };
        let images = repeated_images(manifest, &values);
        let masks = images_as_masks(manifest, &values);
        let again = again(manifest, row, &values, &mut first);
        found.insert(manifest.name(row), images.into_iter().chain(masks).chain(again).collect());
    }
    found
}

/// A warning for each image that is the same volume of one file as an earlier one; a folder may hold both.
fn repeated_images(manifest: &Manifest, values: &[Value]) -> Vec<Finding> {
    let of = |option: &str| values.iter().find(|value| value.option == option);
    let image = |option: &'static str| {
        let path = of(option)?.path(manifest)?;
        let volume = of(&format!("{option}-volume")).map(|value| value.cell.as_str());
        Some((of(option)?, file(&path)?, path, volume))
    };
    let images: Vec<_> = IMAGES.into_iter().filter_map(image).collect();
    let finding = |n: usize| {
        let (value, file, path, volume) = &images[n];
        let is_same = |(_, other, of, at): &&(&Value, PathBuf, PathBuf, Option<&str>)| {
            (path == of || file == other) && volume == at
        };
        let (first, ..) = images[..n].iter().find(is_same)?;
        if (first.option, value.option) == ("t1", "t2") {
            return Some(Finding::warning(
                "identical_images",
                "T1 and T2 are the same file: check both paths",
            ));
        }
        let message = format!("the same file as {}: check both paths", first.column());
        Some(Finding::warning("identical_images", message).at(value.column()))
    };
    (0..images.len()).filter_map(finding).collect()
}

/// A warning for each image that is also given as a mask.
fn images_as_masks(manifest: &Manifest, values: &[Value]) -> Vec<Finding> {
    let files: Vec<(&Value, PathBuf)> =
        values.iter().filter_map(|value| Some((value, file(&value.path(manifest)?)?))).collect();
    let is_image = |value: &Value| IMAGES.contains(&value.option);
    let finding = |(image, path): &(&Value, PathBuf)| {
        let (mask, _) = files.iter().find(|(other, file)| !is_image(other) && file == path)?;
        let message = format!("the same file as {}: give the image", mask.column());
        Some(Finding::warning("image_is_mask", message).at(image.column()))
    };
    files.iter().filter(|(value, _)| is_image(value)).filter_map(finding).collect()
}

/// A warning when an earlier row has the same files and options, whatever its name and onset.
fn again(
    manifest: &Manifest,
    row: &Row,
    values: &[Value],
    first: &mut HashMap<Vec<(&'static str, String)>, u64>,
) -> Option<Finding> {
    let has = |option: &&str| values.iter().any(|value| value.option == *option);
    if !STUDY_FILES.iter().all(has) {
        return None;
    }
    let text = |value: &Value| {
        value.path(manifest).map_or_else(|| value.cell.clone(), |path| path.to_string_lossy().into_owned())
    };
    let shared = values.iter().filter(|value| !OWN.contains(&value.option));
    let line = *first.entry(shared.map(|value| (value.option, text(value))).collect()).or_insert(row.line);
    let message = format!(
        "T1, T2 and masks are those of line {line}: check whether the row was copied and its paths left as they were"
    );
    (line != row.line).then(|| Finding::warning("same_files", message))
}

/// The file of a path, as the file system knows it, without what is chosen of it.
fn file(path: &Path) -> Option<PathBuf> {
    let as_file = |path: &Path| path.is_file().then(|| path.canonicalize().ok()).flatten();
    let text = path.to_str()?;
    as_file(path).or_else(|| text.match_indices(':').find_map(|(at, _)| as_file(Path::new(&text[..at]))))
}
