//! Opening files and naming them.

use std::{
    fs::{self, File},
    io,
    path::{Path, is_separator},
};

/// A file's name without its folder, as folders may name a patient; a folder itself is not named.
pub fn file_name(path: &Path) -> String {
    let text = path.to_string_lossy();
    // a series or part chosen of a folder, where no file of that name exists
    let of_folder = |(at, _): (usize, &str)| at > 0 && Path::new(&text[..at]).is_dir();
    let is_folder = path.is_dir()
        || text.ends_with(is_separator)
        || (!path.exists() && text.match_indices(['#', ':']).any(of_folder));
    if is_folder {
        return "(a folder)".into();
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    // a path of Windows has its folders before a `\\` on every system
    let name =
        name.map(|name| name.rsplit('\\').find(|part| !part.is_empty()).unwrap_or_default().to_owned());
    name.unwrap_or_else(|| "(no file name)".into())
}

/// Opens a regular file, and gives its size in bytes; `None` for anything else.
///
/// The kind is checked before opening: opening a pipe would wait for its writer.
///
/// # Errors
/// When there is no such file, or it cannot be opened.
#[doc(hidden)]
pub fn open_regular(path: &Path) -> io::Result<Option<(File, u64)>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    Ok(Some((File::open(path)?, metadata.len())))
}
