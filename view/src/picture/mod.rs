//! One figure of a staged study, as SVG and as PNG: the hematoma outlined by stage on sagittal and axial T1 and T2,
//! and its volume per vertebral level.

mod axial;
pub(crate) mod canvas;
mod chart;
mod fit;
mod font;
mod further;
mod gravity;
mod gray;
mod head;
mod layout;
mod marks;
mod notes;
mod outline;
mod panel;
mod plane;
pub(crate) mod raster;
mod sagittal;
pub(crate) mod svg;
mod thumbnail;
mod views;
pub(crate) mod visits;

use hemastage::{Staged, Study, further::FurtherContrast};
use hemastage_image::error::Result;

use self::{
    canvas::Drawing,
    chart::Chart,
    gray::gray,
    layout::Layout,
    marks::Marks,
    panel::{Panel, SideLetters, titles},
    plane::Plane,
    svg::{Area, Svg},
    thumbnail::Thumbnail,
    views::View,
};

/// The margin around the masks that the figure shows of the images; to be given to
/// [`StudyFiles::with_margin_mm`](hemastage::load::StudyFiles::with_margin_mm).
pub const MARGIN_MM: f64 = 40.0;

/// The smallest pixels of an image.
const MIN_IMAGE_PIXEL_MM: f64 = 0.3;
/// The smallest pixels of a mask.
const MIN_MASK_PIXEL_MM: f64 = 0.2;

/// Choices for [`picture`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PictureOptions {
    /// The study's name in the figure.
    pub study: Option<String>,
}

impl PictureOptions {
    /// Sets the study's name in the figure.
    pub fn with_study(mut self, name: impl Into<String>) -> Self {
        self.study = Some(name.into());
        self
    }
}

/// A drawn figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    svg: String,
    drawing: Drawing,
    description: String,
    thumbnail: Thumbnail,
}

impl Picture {
    /// The figure as SVG, its images included.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as PNG.
    ///
    /// # Errors
    /// `Limit` when there is no memory for the pixels.
    pub fn png(&self) -> Result<Vec<u8>> {
        raster::png(&self.drawing)
    }

    /// The sagittal T2 with its stages as a PNG of at most 96 x 112 pixels and a few kilobytes.
    ///
    /// # Errors
    /// `Limit` when it cannot be encoded.
    pub fn thumbnail_png(&self) -> Result<Vec<u8>> {
        self.thumbnail.png()
    }

    /// The figure in a few sentences, as alternative text for an image.
    pub fn description(&self) -> &str {
        &self.description
    }
}

/// Draws a staged study: the sagittal plane through its thickest place on T1, on T2 and by stage, the axial plane
/// there, and the volume per vertebral level.
///
/// `docs/pictures.md` says how the planes are chosen and what each line means.
///
/// # Errors
/// `Limit` when there is no memory for a panel.
pub fn picture(study: &Study, staged: &Staged, options: &PictureOptions) -> Result<Picture> {
    let report = &staged.report;
    let (sagittal, axial) = (views::sagittal(study, staged), views::axial(study, staged));
    let chart = Chart::of(report);
    let has_names = study.is_oriented() && staged.spine().is_some();
    let layout = Layout::of(&sagittal, &axial, has_names, &chart, head::bottom(report));
    let mut svg = Svg::new();
    head::head(&mut svg, report, options, study.cord().is_some());
    sagittal_panels(&mut svg, study, staged, &layout, &axial)?;
    axial_panels(&mut svg, study, staged, &layout)?;
    chart.draw(&mut svg, &layout.chart);
    let foot = further::panels(&mut svg, study, staged, &layout)?;
    let end = head::foot(&mut svg, report, &notes::notes(study, staged), foot);
    let description = description(study, staged);
    let title = format!("{}: {}", options.study.as_deref().unwrap_or("Hematoma"), head::call(report));
    let thumbnail = Thumbnail::of(study, staged, &layout.sagittal)?;
    let (svg, drawing) = svg.finish([layout::WIDTH, end], &title, &description);
    Ok(Picture { svg, drawing, description, thumbnail })
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
    svg.reuse("hemastage-t2-sagittal", [areas[2].x - areas[1].x, 0.0]);
    let plane = sagittal::plane(study, staged, &layout.sagittal);
    titles(svg, &areas, &[format!("T1, {plane}"), format!("T2, {plane}"), "Stages over T2".into()]);
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
            panel.letters(svg, ["A", "P", "S", "I"], SideLetters::Top);
        }
    }
    Ok(())
}

fn axial_panels(svg: &mut Svg, study: &Study, staged: &Staged, layout: &Layout) -> Result<()> {
    let marks = marks(study, staged, &layout.axial, &layout.axial_areas[0])?;
    let panels = layout.axial_areas.map(|area| Panel { plane: &layout.axial, marks: &marks, area });
    images(svg, study, &panels[0], &panels[1], "axial")?;
    let plane = axial::plane(study, staged);
    titles(svg, &layout.axial_areas, &["T1", "T2"].map(|contrast| format!("{contrast}, {plane}")));
    for panel in &panels {
        panel.cord(svg);
        if let Some(section) = staged.section() {
            axial::sectors(svg, panel, section);
        }
        panel.contour(svg);
        panel.scale_bar(svg);
        if study.is_oriented() {
            panel.letters(svg, ["R", "L", "A", "P"], SideLetters::Middle);
        }
    }
    if let (Some(_), Some(shares)) = (staged.section(), &staged.report.shape.sectors) {
        axial::shares(svg, &layout.axial_areas, shares);
    }
    Ok(())
}

/// The masks on a plane, at about half the size of the figure's pixels.
fn marks(study: &Study, staged: &Staged, plane: &Plane, area: &Area) -> Result<Marks> {
    let pixel_mm = plane.size_mm()[0] / area.width;
    let raster = plane.raster((pixel_mm / 2.0).max(MIN_MASK_PIXEL_MM))?;
    Ok(Marks::of(study, staged, &raster))
}

/// T1 and T2 in two panels of a plane.
fn images(svg: &mut Svg, study: &Study, t1: &Panel<'_>, t2: &Panel<'_>, name: &str) -> Result<()> {
    for (panel, image, contrast) in [(t1, study.t1(), "t1"), (t2, study.t2(), "t2")] {
        let spacing_mm = image.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let pixel_mm = spacing_mm.max(MIN_IMAGE_PIXEL_MM).max(1.0 / panel.scale());
        let gray = gray(image, &panel.plane.raster(pixel_mm)?)?;
        svg.image(&panel.area, gray, &format!("hemastage-{contrast}-{name}"));
    }
    Ok(())
}

/// Call, extent and contents of the figure, a sentence each.
fn description(study: &Study, staged: &Staged) -> String {
    let report = &staged.report;
    let planes = if study.is_oriented() {
        "Sagittal T1 and T2 through the thickest place and axial T1 and T2 there"
    } else {
        "T1 and T2 in two slices of the mask"
    };
    let names: Vec<String> = FurtherContrast::ALL
        .into_iter()
        .filter(|&contrast| study.further(contrast).is_some())
        .map(|contrast| contrast.to_string())
        .collect();
    let further =
        if names.is_empty() { String::new() } else { format!(" Below them {} there.", names.join(", ")) };
    format!(
        "{}. {}. {planes}, with the hematoma's outline colored by stage; the stages over T2; volume per {} as bars.{further}",
        head::call(report),
        head::extent(report).replace(" · ", "; "),
        if report.levels.is_some() { "vertebral level" } else { "stage" }
    )
}

#[cfg(test)]
mod overlap;
#[cfg(test)]
mod tests;
