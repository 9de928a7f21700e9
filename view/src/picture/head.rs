//! The text above and below the panels: call, extent, evidence, legend, reference and disclaimer.

use hemastage::report::{Levels, Report, SignalRecord};
use hemastage_image::finding::{Finding, Severity};

use super::{
    PictureOptions,
    fit::{shortened, wrapped},
    gravity,
    layout::{RIM, TOP, WIDTH},
    marks::{NO_SIGNAL, stage_color},
    svg::{Anchor, Area, Stroke, Svg, Type},
};
use crate::text::{self, capital, percent, volume};

const INK: &str = "#1A1A1A";
const PALE: &str = "#595959";
/// Of warnings.
const ATTENTION: &str = "#9A3412";
/// Maximum number of lines of warnings, and their height.
const MAX_WARNINGS: usize = 3;
const WARNING_LINE: f64 = 26.0;
/// The width of the head's and the foot's lines.
const LINE: f64 = WIDTH - 2.0 * RIM;
/// The side of the call's swatch, and its distance from the call.
const CALL_SWATCH: [f64; 2] = [36.0, 16.0];
/// The least distance of the call from the study's name.
const NAME_GAP: f64 = 30.0;

/// The call in words, such as `Late subacute, mixed-phase: acute + late subacute`.
pub(super) fn call(report: &Report) -> String {
    let mut text = capital(&report.stage.call.to_string());
    if report.mixed_phase.flag {
        let phases: Vec<String> =
            report.mixed_phase.phases.iter().map(|phase| phase.stage.to_string()).collect();
        text += ", mixed-phase: ";
        text += &phases.join(" + ");
    }
    text
}

/// Where the hematoma lies and how large it is.
pub(super) fn extent(report: &Report) -> String {
    let mut parts: Vec<String> = report.levels.iter().filter_map(span).collect();
    parts.push(volume(report.hematoma.volume_mm3));
    let shape = &report.shape;
    parts.extend(shape.position.clone());
    if let Some(thickest) = &shape.thickness_ap {
        let at = thickest.place.level.map_or(String::new(), |level| format!(" at {level}"));
        parts.push(format!("{:.1} mm thick{at}", thickest.value));
    }
    parts.extend(shape.extent.as_ref().map(|extent| format!("{:.0} mm long", extent.length_mm)));
    parts.join(" · ")
}

fn span(levels: &Levels) -> Option<String> {
    let noun = if levels.vertebrae == 1 { "vertebra" } else { "vertebrae" };
    Some(format!("{}, {} {noun}", levels.span.as_ref()?, levels.vertebrae))
}

/// The call with its color, its extent, and the stages by color.
pub(super) fn head(svg: &mut Svg, report: &Report, options: &PictureOptions, has_cord: bool) {
    let call = call(report);
    let name = Type::new(20.0, PALE).anchor(Anchor::End);
    let study = shortened(options.study.as_deref().unwrap_or_default(), name, WIDTH * 0.35);
    let name_width = if study.is_empty() { 0.0 } else { name.width(&study) + NAME_GAP };
    let [side, gap] = CALL_SWATCH;
    let room = LINE - side - gap - name_width;
    let bold = Type::new(38.0, INK).bold().fitted([&call], room, 20.0);
    let swatch = Area { x: RIM, y: 34.0, width: side, height: side };
    svg.rectangle(&swatch, &stage_color(report.stage.call), 1.0);
    svg.text([RIM + side + gap, 65.0], &shortened(&call, bold, room), bold);
    if !study.is_empty() {
        svg.text([WIDTH - RIM, 62.0], &study, name);
    }
    for (y, size, text) in [(104.0, 22.0, extent(report)), (134.0, 18.0, signal(report))] {
        let how = Type::new(size, INK);
        svg.text([RIM, y], &shortened(&text, how, LINE), how);
    }
    let how = Type::new(17.0, ATTENTION);
    for (n, warning) in warnings(report).iter().enumerate() {
        svg.text([RIM, 162.0 + WARNING_LINE * n as f64], &shortened(warning, how, LINE), how);
    }
    legend(svg, report, has_cord);
}

/// Where the head ends.
pub(super) fn bottom(report: &Report) -> f64 {
    TOP + WARNING_LINE * warnings(report).len() as f64
}

/// A line for each warning, the gravest first, the last for several where there are many.
fn warnings(report: &Report) -> Vec<String> {
    let warnings = report.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let line = |finding: &Finding| {
        let place = finding.place.as_deref().map_or(String::new(), |place| format!("{place}: "));
        format!("Warning: {place}{}", finding.message)
    };
    let mut warnings: Vec<&Finding> = warnings.collect();
    warnings.sort_by_key(|finding| gravity::rank(&finding.code));
    let mut lines: Vec<String> = warnings.into_iter().map(line).collect();
    if lines.len() > MAX_WARNINGS {
        let more = lines.len() - MAX_WARNINGS + 1;
        lines.truncate(MAX_WARNINGS - 1);
        lines.push(format!("{more} more warnings are in the report."));
    }
    lines
}

/// The evidence for the call, as in `Signal / spinal cord: T1 1.02 (iso), T2 0.61 (hypo)`.
fn signal(report: &Report) -> String {
    let signal = &report.hematoma.signal;
    let of = |contrast: &str, record: &SignalRecord| {
        format!("{contrast} {:.2} ({})", record.median_ratio, record.level)
    };
    let tissue = &report.reference.t1.tissue;
    format!("Median signal / {tissue}: {}, {}", of("T1", &signal.t1), of("T2", &signal.t2))
}

/// The stages of the hematoma with their fractions of the core, as in report, page and terminal, voxels without a signal, and the cord's line.
fn legend(svg: &mut Svg, report: &Report, has_cord: bool) {
    const SWATCH: f64 = 16.0;
    /// Between a swatch and its text, and between a text and the next swatch.
    const GAPS: [f64; 2] = [8.0, 32.0];
    const CORD_LINE: f64 = 34.0;
    let y = bottom(report) - 56.0;
    let (ink, pale) = (Type::new(17.0, INK), Type::new(17.0, PALE));
    let volumes = &report.stage.volume_mm3;
    let total: f64 = volumes.values().iter().sum();
    let mut x = RIM;
    for (stage, _) in volumes.iter().filter(|(_, mm3)| **mm3 > 0.0) {
        let swatch = Area { x, y: y - 14.0, width: SWATCH, height: SWATCH };
        svg.rectangle(&swatch, &stage_color(stage), 1.0);
        let text = match report.stage.fractions[stage] {
            0.0 => format!("{stage}, rim only"),
            fraction => format!("{stage} {}", percent(fraction)),
        };
        svg.text([x + SWATCH + GAPS[0], y], &text, ink);
        x += SWATCH + GAPS[0] + ink.width(&text) + GAPS[1];
    }
    let is_whole = report.hematoma.sampled_voxels == report.hematoma.voxels;
    let of = "of the core";
    // nearer to the shares that it explains than to the next swatch
    x -= GAPS[1] / 2.0;
    svg.text([x, y], of, pale);
    x += pale.width(of) + GAPS[1];
    if !is_whole {
        svg.rimmed(&Area { x, y: y - 14.0, width: SWATCH, height: SWATCH }, NO_SIGNAL);
        let text = format!("no signal: {}", volume(report.hematoma.volume_mm3 - total));
        svg.text([x + SWATCH + GAPS[0], y], &text, ink);
        x += SWATCH + GAPS[0] + ink.width(&text) + GAPS[1];
    }
    if has_cord && x + CORD_LINE + GAPS[0] + ink.width("cord") <= WIDTH - RIM {
        let [from, to] = [[x, y - 6.0], [x + CORD_LINE, y - 6.0]];
        svg.line(from, to, Stroke::new("#333333", 5.0));
        svg.line(from, to, Stroke::new("#FFFFFF", 2.0).dashes("6 4"));
        svg.text([x + CORD_LINE + GAPS[0], y], "cord", ink);
    }
}

/// Reference, criteria, notes and disclaimer. Returns the figure's lower edge.
pub(super) fn foot(svg: &mut Svg, report: &Report, notes: &[String], y: f64) -> f64 {
    const MAX_LINES: usize = 6;
    let how = Type::new(16.0, PALE);
    let (t1, t2) = (&report.reference.t1, &report.reference.t2);
    let medians = format!("median {} on T1, {} on T2", text::signal(t1.median), text::signal(t2.median));
    let criteria = &report.criteria.name;
    let software = &report.software;
    let first = format!(
        "Reference: {} ({medians}) · criteria: {criteria} · {} {}",
        t1.tissue, software.name, software.version
    );
    let mut lines = vec![first];
    lines.extend(wrapped(&notes.join(" "), how, LINE));
    lines.extend(wrapped(&report.disclaimer, how, LINE));
    lines.truncate(MAX_LINES);
    svg.line([RIM, y], [WIDTH - RIM, y], Stroke::new("#D0D0D0", 1.0));
    for (n, line) in lines.iter().enumerate() {
        svg.text([RIM, y + 26.0 + 22.0 * n as f64], &shortened(line, how, LINE), how);
    }
    (y + 22.0 * lines.len() as f64 + 30.0).ceil()
}
