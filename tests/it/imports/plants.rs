//! Imports planted into the sources, to see that the check finds them.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    FILES, complaints,
    rules::Crate::{self, Hemastage, Image, Phantom, View},
    sources,
    syntax::Module,
};

/// What the check says of the sources as they are.
static BEFORE: LazyLock<BTreeMap<Crate, Vec<String>>> = LazyLock::new(|| {
    let (sources, _) = sources(&FILES);
    Crate::ALL.into_iter().map(|part| (part, complaints(part, &sources))).collect()
});

/// What else the check says when texts are added to these files.
fn planted(plants: &[(Crate, &str, &str)]) -> Vec<String> {
    let mut files = FILES.clone();
    for (part, file, text) in plants {
        let files = files.get_mut(part).unwrap();
        let place = files.get_mut(*file).unwrap_or_else(|| panic!("no file {file}"));
        place.merge(Module::parse(text, file));
    }
    let (sources, _) = sources(&files);
    let mut all = Vec::new();
    for part in Crate::ALL.into_iter().filter(|part| plants.iter().any(|(planted, ..)| planted == part)) {
        all.extend(complaints(part, &sources).into_iter().filter(|text| !BEFORE[&part].contains(text)));
    }
    all
}

#[track_caller]
fn assert_found(part: Crate, file: &str, text: &str) {
    let complaints = planted(&[(part, file, text)]);
    let place = format!("{}/{file}: ", part.name());
    assert!(
        complaints.iter().any(|found| found.starts_with(&place)),
        "missed in {place}{text}\n{complaints:#?}"
    );
}

const STAGE: &str = "vocabulary/stage.rs";

#[test]
fn imports_of_later_folders_are_found() {
    for (file, text) in [
        (STAGE, "use crate::report::Report;"),
        // the root's re-export
        (STAGE, "use crate::Report;"),
        (STAGE, "use super::super::report::Report;"),
        ("steps/phase/verdict.rs", "use super::super::super::report::Report;"),
        (STAGE, "use crate::kernel::statistics::median;"),
        ("kernel/statistics.rs", "use crate::steps::sample::sample;"),
        ("steps/sample/mod.rs", "use super::classify::Classified;"),
        ("steps/level/spine.rs", "use crate::shape;"),
        ("steps/shape/mod.rs", "use crate::study::Study;"),
        ("study/mod.rs", "use crate::report::StageMap;"),
        ("report/mod.rs", "use crate::table::Table;"),
        ("table/mod.rs", "use crate::pipeline::Staged;"),
    ] {
        assert_found(Hemastage, file, text);
    }
    // a folder without a place in the order
    let new = [(Hemastage, "lib.rs", "mod extra {}"), (Hemastage, "pipeline/mod.rs", "use crate::extra;")];
    let complaints = planted(&new);
    assert!(
        complaints.iter().any(|found| found.starts_with("hemastage/pipeline/mod.rs: ")),
        "{complaints:#?}"
    );
}

#[test]
fn no_way_of_writing_an_import_hides_it() {
    for text in [
        "use crate::{kernel, vocabulary::{stage::Stage, span}, report::{self, Report}};",
        "use crate::report as words; fn f() -> words::Report { loop {} }",
        "use crate as root; fn f(report: &root::Report) {}",
        "use crate::*;",
        "use crate::{*};",
        "use super::super::*; fn f() { let _ = report::SCHEMA; }",
        "use self::super::super::report;",
        "fn f() { let _ = crate::report::SCHEMA; }",
        "fn f() { use crate::report::*; }",
        "fn f<T: Into<crate::report::Report>>(_: T) -> Vec<Option<crate::Report>> { Vec::new() }",
        "fn f() { let _ = <crate::report::Report as Clone>::clone; }",
        "fn f() { println!(\"{}\", crate::report::SCHEMA); }",
        "fn f() { vec![1].iter().map(|_| vec![(crate::report::SCHEMA, 1)]); }",
        "macro_rules! schema { () => { $crate::report::SCHEMA }; }",
        "macro_rules! schema { () => { { use $crate::{stage::Stage, report::SCHEMA}; SCHEMA } }; }",
        "pub(crate) use super::super::Report as Words;",
        "use super::super::{self as root}; fn f() { root::stage(); }",
        "extern crate self as me; use me::report::Report;",
        "use hemastage::Report;",
        "use ::hemastage::report;",
        "use crate::r#report::Report;",
        "mod inner { mod more { use super::super::super::super::report::Report; } }",
        "mod inner { pub(super) use crate::{self as root}; } fn f() { inner::root::report::SCHEMA; }",
        "#[derive(Clone)] struct S { #[serde(with = \"crate::report\")] x: f64 }",
        "impl crate::report::Report { fn f() {} }",
        "static X: fn() = || drop(crate::steps::shape::shape);",
        "#[cfg(not(test))] use crate::report::Report;",
        "#[cfg(any(test, feature = \"x\"))] use crate::report::Report;",
    ] {
        assert_found(Hemastage, STAGE, text);
    }
}

#[test]
fn imports_across_crates_are_found() {
    assert_found(Phantom, "anatomy.rs", "use hemastage::classify::classify;");
    assert_found(Phantom, "anatomy.rs", "use hemastage::{stage::Stage, Study};");
    assert_found(Phantom, "anatomy.rs", "fn f() { hemastage::shape::shape(); }");
    assert_found(Phantom, "anatomy.rs", "use hemastage as blood; use blood::stage;");
    assert_found(Phantom, "anatomy.rs", "use hemastage::*;");
    let hidden = [
        (Hemastage, "lib.rs", "#[doc(hidden)] pub mod raw { pub use crate::kernel::statistics; }"),
        (View, "page/mod.rs", "use hemastage::raw::statistics::median;"),
    ];
    let complaints = planted(&hidden);
    assert!(
        complaints.iter().any(|found| found.starts_with("hemastage_view/page/mod.rs: ")),
        "{complaints:#?}"
    );
}

#[test]
fn circles_and_files_among_voxels_are_found() {
    assert_found(Hemastage, "vocabulary/vertebra.rs", "use super::span::Span;");
    assert_found(Hemastage, STAGE, "use crate::vocabulary::criteria;");
    assert_found(Hemastage, "vocabulary/units/onset.rs", "fn f(_: &super::super::criteria::Criteria) {}");
    assert_found(Image, "error.rs", "use crate::roi::Roi;");
    assert_found(Image, "grid/mod.rs", "use crate::roi::interior;");
    // error leads to image, which leads to error
    assert_found(Image, "error.rs", "pub use crate::ImageReader as Origin;");
    assert_found(Image, "finding.rs", "use crate::ImageReader;");
    assert_found(Image, "volume.rs", "use super::nifti;");
    assert_found(Image, "roi/mod.rs", "use crate::{dicom::DicomFile, grid::Grid};");
    assert_found(Image, "acquisition/mod.rs", "use crate::mask::Mask;");
}

#[test]
fn what_is_no_import_is_not_found() {
    for (part, file, text) in [
        (Hemastage, STAGE, "#[cfg(test)] mod tests { use crate::report::Report; }"),
        (Hemastage, STAGE, "#[cfg(all(test, unix))] use crate::report::Report;"),
        (Hemastage, STAGE, "#[test] fn f() { crate::report::SCHEMA; }"),
        (Hemastage, STAGE, "impl Stage { #[cfg(test)] fn f() { crate::report::SCHEMA; } }"),
        (Hemastage, STAGE, "/// As in [`crate::report::Report`].\n// use crate::report::Report;\nfn f() {}"),
        (Hemastage, STAGE, "fn f() -> &'static str { \"use crate::report::Report;\" }"),
        (Hemastage, STAGE, "fn f(report: f64, table: &[f64]) -> f64 { report + table[0] }"),
        (Hemastage, STAGE, "mod report { pub struct Report; } fn f(_: report::Report) {}"),
        (Hemastage, STAGE, "enum Report { Table } fn f() -> Report { Report::Table }"),
        (Hemastage, STAGE, "use std::{fmt, ops::*}; pub(in crate::vocabulary) fn f() {}"),
        (Hemastage, STAGE, "use serde_json::value::report;"),
        (Hemastage, STAGE, "use hemastage_image::{Roi, nifti};"),
        // the module of this name and not the function
        (Hemastage, "vocabulary/criteria/mod.rs", "use crate::stage::Stage;"),
        (Hemastage, "steps/phase/verdict.rs", "use super::*; use crate::classify::Classified;"),
        (Phantom, "anatomy.rs", "use hemastage::{stage::Stage, vertebra::VertebralLevel, Error};"),
        (View, "page/mod.rs", "use hemastage::{Staged, level::Spine}; use hemastage_image::nifti;"),
        (Image, "mask.rs", "use crate::nifti; use super::volume::Volume;"),
        (Image, "roi/mod.rs", "use crate::{Affine, Error, grid::Grid};"),
    ] {
        assert_eq!(planted(&[(part, file, text)]), [""; 0], "{text}");
    }
}
