//! One figure of a staged study, as SVG and as PNG of the same drawing.
//!
//! | file | what it does |
//! |---|---|
//! | `views.rs`, `plane.rs` | which planes are shown, and how much of them |
//! | `layout.rs` | where the parts of the figure go |
//! | `gray.rs` | an image on a plane, as gray pixels |
//! | `marks.rs`, `outline.rs` | the masks on a plane, and the borders in them |
//! | `panel.rs` | what is drawn on every panel |
//! | `sagittal.rs`, `axial.rs` | what is drawn on one kind of panel |
//! | `chart.rs` | volume per level as bars |
//! | `head.rs`, `notes.rs` | the words above and below |
//! | `text.rs`, `svg.rs`, `raster.rs` | widths of texts, the writer of SVG, pixels |

mod axial;
mod chart;
mod gray;
mod head;
mod layout;
mod marks;
mod notes;
mod outline;
mod panel;
mod plane;
mod raster;
mod sagittal;
mod svg;
pub(crate) mod text;
mod views;

use hemastage::{Staged, Study};
use hemastage_image::error::Result;

use self::{
    chart::Chart,
    gray::gray,
    layout::Layout,
    marks::Marks,
    panel::{Panel, Sides},
    plane::Plane,
    svg::{Area, Svg},
    views::View,
};

/// How much of the images around the masks the figure shows; what to give
/// [`StudyFiles::with_margin_mm`](hemastage::load::StudyFiles::with_margin_mm).
pub const MARGIN_MM: f64 = 40.0;

/// Images have no finer pixels than this, ...
const FINEST_IMAGE_MM: f64 = 0.3;
/// ... and masks no finer ones than this.
const FINEST_MASK_MM: f64 = 0.2;

/// Choices for [`picture`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PictureOptions {
    /// What the figure calls the study.
    pub study: Option<String>,
}

impl PictureOptions {
    /// Sets what the figure calls the study.
    pub fn with_study(mut self, name: impl Into<String>) -> Self {
        self.study = Some(name.into());
        self
    }
}

/// A drawn figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    svg: String,
    description: String,
}

impl Picture {
    /// The figure as SVG, in one piece: images and all.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as PNG.
    ///
    /// # Errors
    /// `Limit` when there is no memory for the pixels.
    pub fn png(&self) -> Result<Vec<u8>> {
        raster::png(&self.svg)
    }

    /// What the figure shows in a sentence or three, for who cannot see it.
    pub fn description(&self) -> &str {
        &self.description
    }
}

/// Draws a staged study: the sagittal plane through its thickest place on T1 and T2 and by stage, the axial plane
/// there, and the volume per vertebral level.
///
/// How the planes are chosen, and what each line means, is in `docs/pictures.md`.
///
/// # Errors
/// `Limit` when there is no memory for a panel.
pub fn picture(study: &Study, staged: &Staged, options: &PictureOptions) -> Result<Picture> {
    let report = &staged.report;
    let (sagittal, axial) = (views::sagittal(study, staged), views::axial(study, staged));
    let chart = Chart::of(report);
    let layout = Layout::of(&sagittal, &axial, study.is_oriented() && staged.spine().is_some(), &chart);
    let mut svg = Svg::new();
    head::head(&mut svg, report, options, study.cord().is_some());
    sagittal_panels(&mut svg, study, staged, &layout, &axial)?;
    axial_panels(&mut svg, study, staged, &layout)?;
    chart.draw(&mut svg, &layout.chart);
    let end = head::foot(&mut svg, report, &notes::notes(study, staged), layout.foot);
    let description = described(study, staged);
    let title = format!("{}: {}", options.study.as_deref().unwrap_or("Hematoma"), head::call(report));
    Ok(Picture { svg: svg.finish([layout::WIDTH, end], &title, &description), description })
}

fn sagittal_panels(
    svg: &mut Svg,
    study: &Study,
    staged: &Staged,
    layout: &Layout,
    axial: &View,
) -> Result<()> {
    let areas = layout.sagittal_areas;
    let marks = marks(study, staged, &layout.sagittal, &areas[0])?;
    let panels = areas.map(|area| Panel { plane: &layout.sagittal, marks: &marks, area });
    images(svg, study, &panels[0], &panels[1], "sagittal")?;
    svg.again("hemastage-t2-sagittal", [areas[2].x - areas[1].x, 0.0]);
    let plane = sagittal::plane(study, staged, &layout.sagittal);
    for (panel, title) in panels.iter().zip([format!("T1, {plane}"), format!("T2, {plane}")]) {
        panel.title(svg, &title);
    }
    panels[2].title(svg, "Stages over T2");
    panels[2].fills(svg);
    for panel in &panels {
        panel.cord(svg);
    }
    for panel in &panels[..2] {
        panel.contour(svg);
    }
    if study.is_oriented() {
        sagittal::level_names(svg, &panels, staged);
    }
    for panel in &panels {
        sagittal::axial_marks(svg, panel, &axial.cut);
        panel.scale_bar(svg);
        if study.is_oriented() {
            panel.letters(svg, ["A", "P", "S", "I"], Sides::Top);
        }
    }
    Ok(())
}

fn axial_panels(svg: &mut Svg, study: &Study, staged: &Staged, layout: &Layout) -> Result<()> {
    let marks = marks(study, staged, &layout.axial, &layout.axial_areas[0])?;
    let panels = layout.axial_areas.map(|area| Panel { plane: &layout.axial, marks: &marks, area });
    images(svg, study, &panels[0], &panels[1], "axial")?;
    let plane = axial::plane(study, staged);
    for (panel, contrast) in panels.iter().zip(["T1", "T2"]) {
        panel.title(svg, &format!("{contrast}, {plane}"));
        panel.cord(svg);
        if let Some(section) = staged.section() {
            axial::sectors(svg, panel, section);
        }
        panel.contour(svg);
        panel.scale_bar(svg);
        if study.is_oriented() {
            panel.letters(svg, ["R", "L", "A", "P"], Sides::Middle);
        }
    }
    if let (Some(_), Some(shares)) = (staged.section(), &staged.report.shape.sectors) {
        axial::shares(svg, &layout.axial_areas, shares);
    }
    Ok(())
}

/// The masks on a plane, at about twice the figure's pixels.
fn marks(study: &Study, staged: &Staged, plane: &Plane, area: &Area) -> Result<Marks> {
    let pixel_mm = plane.size_mm()[0] / area.width;
    let raster = plane.raster((pixel_mm / 2.0).max(FINEST_MASK_MM))?;
    Ok(Marks::of(study, staged, &raster))
}

/// T1 and T2 in two panels of a plane.
fn images(svg: &mut Svg, study: &Study, t1: &Panel<'_>, t2: &Panel<'_>, name: &str) -> Result<()> {
    for (panel, image, contrast) in [(t1, study.t1(), "t1"), (t2, study.t2(), "t2")] {
        let finest = image.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let pixel_mm = finest.max(FINEST_IMAGE_MM).max(1.0 / panel.scale());
        let uri = gray(image, &panel.plane.raster(pixel_mm)?)?;
        svg.image(&panel.area, &uri, &format!("hemastage-{contrast}-{name}"));
    }
    Ok(())
}

/// The figure in words.
fn described(study: &Study, staged: &Staged) -> String {
    let report = &staged.report;
    let planes = if study.is_oriented() {
        "Sagittal T1 and T2 through the thickest part, axial ones there"
    } else {
        "T1 and T2 in two slices of the mask"
    };
    format!(
        "{}. {}. {planes}, with the outline of the hematoma colored by stage, the stages over T2, and bars of volume{}.",
        head::call(report),
        head::extent(report).replace(" · ", "; "),
        if report.levels.is_some() { " per vertebral level" } else { " per stage" }
    )
}

#[cfg(test)]
mod tests;
