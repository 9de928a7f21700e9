//! The JSON of a report: written and read again it is the same; its rows fit their tables, and its page is whole.
#![no_main]

use std::{path::Path, sync::LazyLock};

use hemastage::{
    Criteria, Report, StageOptions,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
    table::{Outcome, Table},
};
use hemastage_fuzz::start;
use hemastage_view::{
    page::{PageOptions, page},
    picture::{Picture, PictureOptions, picture},
};
use libfuzzer_sys::fuzz_target;

/// The figure of a bundled study, for all pages.
static PICTURE: LazyLock<Picture> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/late-subacute");
    let file = |name: &str| folder.join(name).with_extension("nii.gz");
    let files = StudyFiles::new(
        ImageFile::new(file("t1")),
        ImageFile::new(file("t2")),
        MaskFile::new(file("hematoma")),
        ReferenceFile::Cord(MaskFile::new(file("cord"))),
    );
    let study = files.open().expect("the study opens");
    let staged = stage(&study, &StageOptions::default()).expect("the study is staged");
    picture(&study, &staged, &PictureOptions::default()).expect("the study has a figure")
});
static CRITERIA: LazyLock<Criteria> = LazyLock::new(Criteria::default);

const NAME: &str = "a \"b\" \t<i>c";

fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(report) = serde_json::from_slice::<Report>(data) else { return };
    let text = report.to_json();
    let again: Report = serde_json::from_str(&text).expect("a report as written");
    assert_eq!(again, report);
    assert_eq!(again.to_json(), text);
    for table in Table::ALL {
        let columns = table.header().matches('\t').count();
        let rows = table.rows(NAME, &Outcome::Staged(&report));
        assert!(rows.is_empty() || rows.ends_with('\n'));
        for row in rows.split_terminator('\n') {
            assert_eq!(row.matches('\t').count(), columns, "{row:?}");
            assert!(!row.contains(['\r', '"']), "{row:?}");
            assert!(row.split('\t').all(|cell| !matches!(cell, "" | "NaN" | "inf" | "-inf")), "{row:?}");
        }
    }
    let html = page(&report, &CRITERIA, &PICTURE, &PageOptions::default().with_study(NAME));
    assert!(html.ends_with("</html>\n") && !html.contains("<script") && !html.contains("<i>"));
});
