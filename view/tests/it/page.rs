//! The page of a staged study: whole, small, the same every time, and harmless whatever its texts hold.

use std::sync::LazyLock;

use hemastage::{ErrorKind, StageOptions, Staged, Study, stage, stage::Stage};
use hemastage_phantom::PhantomOptions;
use hemastage_view::{
    page::{BUILD_COMMAND, PageOptions, Viewer, page},
    picture::{Picture, PictureOptions, picture},
};

use crate::support::phantoms::study;

/// What no text of a study may do.
const POISON: &str = "</script><script>alert(1)</script><img src=x onerror=\"x\"> '&\u{202e}\u{7}";

static STUDY: LazyLock<(Study, Staged, Picture)> = LazyLock::new(|| {
    let study = study(&PhantomOptions::default()).unwrap();
    let staged = stage(&study, &StageOptions::default()).unwrap();
    let figure = picture(&study, &staged, &PictureOptions::default()).unwrap();
    (study, staged, figure)
});

fn html(staged: &Staged, figure: &Picture, options: &PageOptions) -> String {
    page(&staged.report, &StageOptions::default().criteria, figure, options)
}

/// A bundle as large as the real one, with what must not leave its element.
fn bundle() -> String {
    let mut text = "/*! hemastage viewer 1\nLicense of it\n*/\nconst a = '</script><!--';\n".to_owned();
    text.extend(std::iter::repeat_n("// a line of a bundle\n", 130_000));
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[test]
fn a_page_is_small_whole_and_the_same_every_time() {
    let (study, found, figure) = &*STUDY;
    let plain = html(found, figure, &PageOptions::default());
    assert!(plain.len() < 1_000_000, "{} bytes", plain.len());
    assert_eq!(plain, html(found, figure, &PageOptions::default()));
    assert_eq!(unbalanced(&plain), None);
    assert!(!plain.contains("<script"));
    let names_of_formats = plain.matches("http://www.w3.org/").count();
    assert_eq!(
        plain.matches("http").count(),
        1 + names_of_formats,
        "no other place is named, but for `http-equiv`"
    );
    assert_eq!(plain.matches(&escaped(&found.report.disclaimer)).count(), 1);
    for stage in Stage::ALL {
        let [red, green, blue] = stage.rgb();
        assert!(plain.contains(&format!("#{red:02x}{green:02x}{blue:02x}")), "{stage}");
    }

    let viewer = |study| Viewer::new(&bundle(), study, found).unwrap();
    let with = html(found, figure, &PageOptions::default().with_viewer(viewer(study)));
    assert!((3_000_000..10_000_000).contains(&with.len()), "{} bytes", with.len());
    assert_eq!(with, html(found, figure, &PageOptions::default().with_viewer(viewer(study))));
    assert_eq!(unbalanced(&with), None);
    assert_eq!((with.matches("<script").count(), with.matches("</script").count()), (2, 2));
    assert!(with.contains("License of it") && !with.contains("<!--"));
}

#[test]
fn every_reason_of_the_report_is_on_the_page() {
    let (_, found, figure) = &*STUDY;
    let html = html(found, figure, &PageOptions::default());
    assert!(found.report.reasons.len() > 5, "an array without vertebrae or canal has many");
    for (key, reason) in &found.report.reasons {
        assert!(html.contains(&escaped(key)) && html.contains(&escaped(reason)), "{key}: {reason}");
    }
    for (key, value) in
        [("shape.occupancy_area", "no canal mask was given"), ("levels", "no vertebrae were given")]
    {
        assert!(html.contains(value), "{key}");
    }
    for finding in &found.report.findings {
        assert!(html.contains(&escaped(&finding.code)), "{}", finding.code);
    }
}

#[test]
fn no_text_of_a_study_runs_or_turns_the_page() {
    let (_, found, figure) = &*STUDY;
    let mut report = found.report.clone();
    report.reference.t1.tissue = POISON.into();
    report.inputs[0].file = Some(POISON.into());
    report.criteria.name = POISON.into();
    report.reasons.insert(POISON.into(), POISON.into());
    report.shape.position = Some(POISON.into());
    let poisoned = StageOptions::default().criteria.changed(|profile| {
        // a profile holds printable text alone
        let poison = POISON.replace(['\u{202e}', '\u{7}'], "");
        profile.name.clone_from(&poison);
        profile.source.clone_from(&poison);
        profile.stages[0].patterns[0].source = poison;
    });
    let html = page(&report, &poisoned.unwrap(), figure, &PageOptions::default().with_study(POISON));
    assert!(html.matches("&lt;/script&gt;").count() > 8);
    assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("alert(1)\""));
    assert!(!html.contains(['\u{202e}', '\u{7}']));
    assert_eq!(unbalanced(&html), None);
}

#[test]
fn a_text_that_is_no_bundle_says_how_to_build_one() {
    let (study, found, _) = &*STUDY;
    let error = Viewer::new("alert(1)", study, found).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(
        error.to_string(),
        format!(
            "this is not the viewer's bundle: build it with `{BUILD_COMMAND}` in `viewer/`, then name `viewer/dist/viewer.js`"
        )
    );
}

/// The first element that is not closed where it should be.
fn unbalanced(html: &str) -> Option<String> {
    const VOID: [&str; 3] = ["meta", "img", "input"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>")?;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').unwrap_or(rest.len());
        let (tag, after) = rest.split_at(end);
        rest = after;
        let name = tag.split_ascii_whitespace().next().unwrap_or("");
        if let Some(closed) = name.strip_prefix('/') {
            if open.pop() != Some(closed) {
                return Some(tag.to_owned());
            }
        } else if !VOID.contains(&name) {
            open.push(name);
            if let Some(end) = rest.find(&format!("</{name}")).filter(|_| matches!(name, "script" | "style"))
            {
                rest = &rest[end..];
            }
        }
    }
    open.pop().map(str::to_owned)
}

#[test]
fn an_open_element_is_unbalanced() {
    assert_eq!(unbalanced("<!DOCTYPE html><p><b></p></b>").as_deref(), Some("/p"));
    assert_eq!(unbalanced("<!DOCTYPE html><p>").as_deref(), Some("p"));
    assert_eq!(unbalanced("<!DOCTYPE html><p><script>a<b</script></p>"), None);
}
