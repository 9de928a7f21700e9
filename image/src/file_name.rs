//! What a file is called in messages and reports.

use std::path::Path;

/// A file's name without its folder, which may name a patient; a folder has no name of its own here.
pub fn file_name(path: &Path) -> String {
    if path.is_dir() {
        return "(a folder)".into();
    }
    path.file_name().map_or_else(|| "(no file name)".into(), |name| name.to_string_lossy().into_owned())
}
