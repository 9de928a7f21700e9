//! One staged study as one self-contained page of HTML: the answer first, then the figure, the measurements and
//! their sources.
//!
//! The page loads nothing: style, picture and the optional [`Viewer`] are in the file, and its content security
//! policy keeps a browser from loading or running anything else. It holds no time stamp.

mod answer;
mod block;
mod criteria;
mod expected;
mod further;
mod provenance;
mod tables;
mod viewer;

use std::fmt::Write as _;

use hemastage::{criteria::Criteria, report::Report};
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use self::viewer::{BUILD_COMMAND, Viewer};
use crate::{
    html::{
        POLICY_END, base_style, hash,
        text::{self, capital, clean},
    },
    picture::Picture,
};

const STYLE: &str = concat!(base_style!(), include_str!("style.css"));

/// Choices for [`page`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PageOptions {
    /// The study's name on the page.
    pub study: Option<String>,
    /// The interactive viewer.
    pub viewer: Option<Viewer>,
}

impl PageOptions {
    /// Sets the study's name on the page.
    pub fn with_study(mut self, study: impl Into<String>) -> Self {
        self.study = Some(study.into());
        self
    }

    /// Adds the interactive viewer.
    pub fn with_viewer(mut self, viewer: Viewer) -> Self {
        self.viewer = Some(viewer);
        self
    }
}

/// The page of a staged study.
///
/// # Example
/// ```
/// # use hemastage::{Labels, Roi, Study, Volume};
/// # use hemastage_phantom::{PhantomOptions, phantom};
/// use hemastage::{StageOptions, stage};
/// use hemastage_view::{page::{PageOptions, page}, picture::{PictureOptions, picture}};
/// # let scan = phantom(&PhantomOptions::small())?;
/// # let masks = *scan.mask_grid.affine();
/// # let hematoma = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero)?;
/// # let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero)?;
/// # let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine())?;
/// # let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine())?;
/// # let study = Study::new(t1, t2, hematoma, cord)?;
/// // study: Study
/// let options = StageOptions::default();
/// let staged = stage(&study, &options)?;
/// let figure = picture(&study, &staged, &PictureOptions::default())?;
/// let html = page(&staged.report, &options.criteria, &figure, &PageOptions::default());
/// assert!(html.starts_with("<!DOCTYPE html>"));
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn page(report: &Report, criteria: &Criteria, picture: &Picture, options: &PageOptions) -> String {
    let study = options.study.as_deref();
    let viewer = options.viewer.as_ref();
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(viewer));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title(report, study)) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body(report, criteria, picture, study, viewer)) }
        }
    };
    document.into_string() + "\n"
}

fn body(
    report: &Report,
    criteria: &Criteria,
    picture: &Picture,
    study: Option<&str>,
    viewer: Option<&Viewer>,
) -> Markup {
    html! {
        a.skip href="#main" { "Skip to the answer" }
        (answer::head(report, study))
        main #main tabindex="-1" {
            (answer::facts(report))
            (figure(picture))
            @if let Some(viewer) = viewer { (viewer.section()) }
            (tables::stages(report))
            (expected::expected(report))
            (tables::phases(report))
            (further::further(report))
            (tables::levels(report))
            (tables::shape(report))
            (tables::cord(report))
            (tables::reference(report))
            (provenance::findings(report))
            (self::criteria::criteria(criteria))
            (self::criteria::facts(report))
            (provenance::methods(report))
            (provenance::provenance(report))
        }
        @if let Some(viewer) = viewer { (viewer.script()) }
    }
}

fn title(report: &Report, study: Option<&str>) -> String {
    let call = capital(&report.stage.call.to_string());
    study.map_or_else(
        || format!("{call} · hemastage"),
        |study| format!("{}: {call} · hemastage", clean(study)),
    )
}

/// The picture as an image element: nothing in it can run, and its ids do not clash with those of the page.
fn figure(picture: &Picture) -> Markup {
    html! {
        section aria-labelledby="picture" {
            h2 #picture { "Picture" }
            div.scroll.figure role="region" tabindex="0" aria-label="Picture of the hematoma" {
                img src=(data_uri(picture.svg())) alt=(clean(picture.description()));
            }
        }
    }
}

/// An SVG as a data URI; bytes that a URI may not hold are percent-encoded.
fn data_uri(svg: &str) -> String {
    let mut uri = String::with_capacity(svg.len() + svg.len() / 8);
    uri.push_str("data:image/svg+xml,");
    for byte in svg.bytes() {
        match byte {
            b'"'
            | b'#'
            | b'%'
            | b'<'
            | b'>'
            | b'&'
            | b'`'
            | b'{'
            | b'}'
            | b'|'
            | b'\\'
            | b'^'
            | ..=b' '
            | 0x7f.. => {
                // writing to a string does not fail
                let _ = write!(uri, "%{byte:02X}");
            }
            plain => uri.push(char::from(plain)),
        }
    }
    uri
}

/// What a browser may load and run: style and script of the file, by their hashes, and images in it.
fn policy(viewer: Option<&Viewer>) -> String {
    let style = hash(STYLE);
    match viewer {
        None => format!("default-src 'none'; style-src {style}; img-src data:; {POLICY_END}"),
        Some(viewer) => format!(
            "default-src 'none'; script-src {}; worker-src blob:; style-src {style}; img-src data: blob:; connect-src data: blob:; font-src data:; {POLICY_END}",
            hash(viewer.code())
        ),
    }
}
