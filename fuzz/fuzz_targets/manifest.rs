//! A manifest of a batch: each row is a plan or has a reason, which quotes no secret of the seeds' cells.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{check, files, files::Scratch, start};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("manifest"));
static FILES: LazyLock<[Scratch; 2]> =
    LazyLock::new(|| ["m.csv", "m.tsv"].map(|name| Scratch::new(&FOLDER, name)));

fuzz_target!(init: start(), |data: &[u8]| {
    let Some((&form, data)) = data.split_first() else { return };
    match hemastage_cli::plans(FILES[usize::from(form & 1)].put(data)) {
        Err(text) => check::text(&text),
        Ok(rows) => {
            assert!(!rows.is_empty());
            for error in rows.into_iter().filter_map(|(_, plan)| plan.err()) {
                check::error(&error);
                check::private(&without_names(&error.to_string()));
            }
        }
    }
});

/// A reason without the names of files that were not found, which it shows.
fn without_names(reason: &str) -> String {
    let without = |part: &str| part.split_once(" not found: ").map_or(part, |(_, why)| why).to_owned();
    reason.split("; ").map(without).collect::<Vec<_>>().join("; ")
}
