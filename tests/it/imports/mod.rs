//! Who may import whom, where the compiler would allow more.
//!
//! Every path in the sources is followed to the modules that it leads through: nested `use` trees, aliases,
//! globs, re-exports (`crate::Report`), `super` chains, paths in code, macro calls and attributes. Test code is
//! exempt.

mod plants;
mod rules;
mod sources;
mod syntax;

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use rules::{Crate, complaints};
use sources::{Files, Sources, read};

/// The parsed files of each crate.
static FILES: LazyLock<BTreeMap<Crate, Files>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Crate::ALL.into_iter().map(|part| (part, read(&root.join(part.src())))).collect()
});

/// The crates' modules, and how many files they are in without those for tests alone.
fn sources(files: &BTreeMap<Crate, Files>) -> (Sources, BTreeMap<Crate, usize>) {
    let mut sources = Sources::default();
    let n_files = files.iter().map(|(part, files)| (*part, sources.add_crate(part.name(), files))).collect();
    (sources, n_files)
}

#[test]
fn imports_point_backwards() {
    let (sources, n_files) = sources(&FILES);
    for (part, least) in [(Crate::Hemastage, 80), (Crate::Image, 75), (Crate::Phantom, 15), (Crate::View, 20)]
    {
        let n = n_files[&part];
        println!("{}: {n} files", part.name());
        assert!(n >= least, "{}: read only {n} files", part.name());
    }
    let complaints: Vec<String> =
        Crate::ALL.into_iter().flat_map(|part| complaints(part, &sources)).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}
