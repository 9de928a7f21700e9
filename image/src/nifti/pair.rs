//! The two files of a `.hdr`/`.img` pair.

use std::path::{Path, PathBuf};

use crate::file::file_name;

/// Whether a file's name has an ending, with or without `.gz`.
pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    name.trim_end_matches(".gz").ends_with(&format!(".{ending}"))
}

/// The other file of the pair that a file belongs to, if it does.
pub(crate) fn other_half(path: &Path) -> Option<PathBuf> {
    partner(path, "img", "hdr").or_else(|| partner(path, "hdr", "img"))
}

/// The other file of a pair, by the name of one: with the same compression first, then the other.
pub(super) fn partner(path: &Path, from: &str, to: &str) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    let (stem, gz) = [(format!(".{from}.gz"), true), (format!(".{from}"), false)]
        .into_iter()
        .find_map(|(end, gz)| lower.ends_with(&end).then(|| (&name[..name.len() - end.len()], gz)))?;
    let ends = if gz { [".gz", ""] } else { ["", ".gz"] };
    let lower = ends.map(|gz| format!("{stem}.{to}{gz}"));
    let upper = ends.map(|gz| format!("{stem}.{}{}", to.to_ascii_uppercase(), gz.to_ascii_uppercase()));
    let mixed = [format!("{stem}.{to}.GZ"), format!("{stem}.{}.gz", to.to_ascii_uppercase())];
    let names = lower.into_iter().chain(upper).chain(mixed);
    names.map(|name| path.with_file_name(name)).find(|candidate| candidate.is_file())
}
