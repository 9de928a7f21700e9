//! The interactive viewer: its bundle, controls and images.

use std::fmt::Write as _;

use hemastage::{Staged, Study, level::Spine, stage::Stage};
use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    vector::distance,
};
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

use super::{
    block::{self, MARGIN_MM, MAX_VOXELS},
    text,
};

/// The command that builds the viewer's bundle, `dist/viewer.js`, in the folder `viewer/` of the sources.
pub const BUILD_COMMAND: &str = "npm ci && npm run build";

/// The start of every bundle: a comment with the licenses of its packages.
const MARK: &str = "/*! hemastage viewer 1\n";

/// The interactive viewer of one study: the bundle of code, and the images around the hematoma.
#[derive(Debug, Clone)]
pub struct Viewer {
    code: String,
    licenses: String,
    data: String,
    steps: Vec<(&'static str, [usize; 3])>,
    oriented: bool,
}

impl Viewer {
    /// A viewer of a study.
    ///
    /// # Shape and units
    /// `bundle` is the text of `viewer.js`. The viewer holds each image up to 20 mm around the hematoma, in 8 bits and at
    /// most 2.5 million voxels; of a larger box it holds every second, third, … voxel, and the page says so.
    ///
    /// # Errors
    /// `Malformed` when the text is not the viewer's bundle, `Geometry` when an image does not reach the hematoma.
    pub fn new(bundle: &str, study: &Study, staged: &Staged) -> Result<Self> {
        let licenses = licenses(bundle).ok_or(ViewerError::Bundle)?;
        let missing = |image| ViewerError::Image { image };
        let (t1, t1_window) = block::image(study.t1(), study.hematoma()).ok_or_else(|| missing("T1"))?;
        let (t2, t2_window) = block::image(study.t2(), study.hematoma()).ok_or_else(|| missing("T2"))?;
        let stages = block::stages(&staged.stage_map, study.hematoma()).ok_or(missing("map of stages"))?;
        let steps = [("T1", t1.steps), ("T2", t2.steps), ("stages", stages.steps)];
        let steps = steps.into_iter().filter(|(_, steps)| *steps != [1; 3]).collect();
        let reference = &staged.report.reference;
        let data = json!({
            "t1": t1.base64, "t2": t2.base64, "stages": stages.base64,
            "cord": study.cord().and_then(|cord| block::outline(cord, study.hematoma())).map(|block| block.base64),
            "window": { "t1": t1_window, "t2": t2_window },
            "reference": { "t1": reference.t1.median, "t2": reference.t2.median },
            "levels": levels(staged),
            "colors": colors(),
            "middle": middle(staged),
            "oriented": study.is_oriented(),
        })
        .to_string();
        Ok(Self { code: embeddable(bundle), licenses, data, steps, oriented: study.is_oriented() })
    }

    /// The code as embedded in the page.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Controls, canvas, and a text that says what the crosshair shows.
    pub(super) fn section(&self) -> Markup {
        html! {
            section.viewer aria-labelledby="viewer" {
                h2 #viewer { "Viewer" }
                p #viewer-message role="status" { "The viewer needs JavaScript and WebGL 2. The picture above shows the same hematoma." }
                div #viewer-panel hidden {
                    form.controls #viewer-controls aria-label="Viewer" { (controls(self.oriented)) }
                    div #viewer-frame {
                        canvas #viewer-canvas role="img" aria-describedby="viewer-place"
                            aria-label="Slices of the image through the crosshair, with the stages in color. The sliders move the crosshair; the text below says what is there. The white line is the cord's outline." {}
                    }
                    p #viewer-place aria-live="polite" {}
                    ul.inline { @for of in Stage::ALL { li { (text::stage(of)) } } }
                }
                p.note { (self.limits()) }
                details {
                    summary { "Licenses of the viewer" }
                    pre tabindex="0" role="region" aria-label="Licenses of the viewer" { (self.licenses) }
                }
            }
        }
    }

    /// The limits of what the viewer shows.
    fn limits(&self) -> String {
        let mut text = format!(
            "It shows the images up to {MARGIN_MM} mm around the hematoma, in 8 bits, for orientation; no number of the report comes from it."
        );
        for (image, [i, j, k]) in &self.steps {
            // writing to a string does not fail
            let _ = write!(
                text,
                " Of {image}, with more than {MAX_VOXELS} voxels there, one voxel in {i} x {j} x {k} is shown."
            );
        }
        if !self.oriented {
            text += " Left and right are not known.";
        }
        text
    }

    /// The images and the code, at the end of the page.
    pub(super) fn script(&self) -> Markup {
        html! {
            script type="application/json" id="viewer-data" { (PreEscaped(&self.data)) }
            script { (PreEscaped(&self.code)) }
        }
    }
}

fn controls(oriented: bool) -> Markup {
    let planes = if oriented {
        ["Sagittal", "Coronal", "Axial"]
    } else {
        ["Across the first axis", "Across the second axis", "Across the third axis"]
    };
    let axes = if oriented {
        ["Left to right", "Back to front", "Foot to head"]
    } else {
        ["First axis", "Second axis", "Third axis"]
    };
    let slider = |id: &str, name: &str, value: &str| {
        html! { label { (name) input #(id) type="range" min="0" max="100" step="1" value=(value); } }
    };
    html! {
        fieldset {
            legend { "Image" }
            label { input type="radio" name="image" value="t1"; " T1" }
            label { input type="radio" name="image" value="t2" checked; " T2" }
        }
        label {
            "Layout"
            select #viewer-layout {
                option value="multiplanar" selected { "Three planes and 3D" }
                option value="sagittal" { (planes[0]) }
                option value="coronal" { (planes[1]) }
                option value="axial" { (planes[2]) }
                option value="render" { "3D" }
            }
        }
        label {
            "Dragging on the image"
            select #viewer-drag {
                option value="crosshair" selected { "moves the crosshair" }
                option value="windowing" { "sets brightness and contrast" }
            }
        }
        (slider("viewer-opacity", "Stages, opacity in %", "60"))
        label { "Black, % of the gray scale" input #viewer-black type="range" min="0" max="100" step="1" value="0"; }
        label { "White, % of the gray scale" input #viewer-white type="range" min="0" max="100" step="1" value="100"; }
        (slider("viewer-x", axes[0], "50"))
        (slider("viewer-y", axes[1], "50"))
        (slider("viewer-z", axes[2], "50"))
    }
}

/// The values of the stage map with their names and colors.
fn colors() -> Vec<Value> {
    let color =
        |stage: Stage| json!({ "value": stage.map_value(), "name": stage.to_string(), "rgb": stage.rgb() });
    Stage::ALL.map(color).to_vec()
}

/// The vertebral levels with their centers, mm.
fn levels(staged: &Staged) -> Vec<Value> {
    let stretches = staged.spine().into_iter().flat_map(Spine::stretches);
    stretches.map(|one| json!({ "name": one.level.to_string(), "center": one.center_mm })).collect()
}

/// The first place of the crosshair: the staged voxel nearest to the centroid of the hematoma, mm.
fn middle(staged: &Staged) -> [f64; 3] {
    let grid = staged.stage_map.grid();
    let points = || {
        staged
            .stage_map
            .voxels()
            .filter(|&(_, value)| value != hemastage::report::StageMap::UNSAMPLED)
            .map(|(voxel, _)| grid.center(voxel))
    };
    let (sum, count) = points().fold(([0.0; 3], 0.0), |(sum, count), point| {
        (std::array::from_fn(|a| sum[a] + point[a]), count + 1.0)
    });
    let mean: [f64; 3] = sum.map(|value: f64| value / f64::max(count, 1.0));
    points().min_by(|&a, &b| distance(a, mean).total_cmp(&distance(b, mean))).unwrap_or(mean)
}

/// The licenses in the comment at the start of a bundle; `None` for any other text.
fn licenses(bundle: &str) -> Option<String> {
    let (licenses, _) = bundle.strip_prefix(MARK)?.split_once("*/")?;
    Some(licenses.trim().to_owned())
}

/// The code with `</script` and `<!--` escaped by a backslash, so that it cannot end its element. Both occur only in
/// strings, comments and patterns, where the backslash changes nothing.
fn embeddable(code: &str) -> String {
    let mut safe = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find('<') {
        let (before, after) = rest.split_at(at + 1);
        safe.push_str(before);
        let begins = |word: &str| after.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        if begins("/script") || begins("!--") {
            safe.push('\\');
        }
        rest = after;
    }
    safe + rest
}

#[derive(Debug, thiserror::Error)]
enum ViewerError {
    #[error(
        "this is not the viewer's bundle: build it with `{BUILD_COMMAND}` in `viewer/`, then name `viewer/dist/viewer.js`"
    )]
    Bundle,
    #[error("the {image} does not reach the hematoma, so that the viewer has nothing to show")]
    Image { image: &'static str },
}

impl Detail for ViewerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Bundle => ErrorKind::Malformed,
            Self::Image { .. } => ErrorKind::Geometry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_cannot_leave_its_element() {
        assert_eq!(embeddable("a<b;'</SCRIPT><!--<script>'"), "a<b;'<\\/SCRIPT><\\!--<script>'");
        assert_eq!(embeddable("no ä<é end <"), "no ä<é end <");
    }

    #[test]
    fn a_bundle_begins_with_its_licenses() {
        assert_eq!(licenses("/*! hemastage viewer 1\nBSD\n*/code").as_deref(), Some("BSD"));
        assert_eq!(licenses("code"), None);
    }
}
