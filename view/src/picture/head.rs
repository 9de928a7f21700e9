//! The words above and below the panels: the call, what it is made of, and what it is relative to.

use hemastage::{
    report::{Levels, Report, SignalRecord},
    stage::Stage,
};

use super::{
    PictureOptions,
    layout::{RIM, WIDTH},
    marks::{NO_SIGNAL, stage_color},
    svg::{Anchor, Area, Stroke, Svg, Type},
    text::{self, capital, percent, shortened, volume, width, wrapped},
};

const INK: &str = "#1A1A1A";
const PALE: &str = "#595959";
/// Bold letters are wider by this.
const BOLD: f64 = 1.13;

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

/// Where it is and how large.
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
    let study = options.study.as_deref().unwrap_or_default();
    let study = shortened(study, 20.0, WIDTH * 0.35);
    let room = WIDTH - 2.0 * RIM - 60.0 - if study.is_empty() { 0.0 } else { width(&study, 20.0) + 30.0 };
    let room = room / BOLD;
    let size = (38.0 * (room - 1.0) / width(&call, 38.0)).clamp(20.0, 38.0);
    let swatch = Area { x: RIM, y: 34.0, width: 36.0, height: 36.0 };
    svg.rectangle(&swatch, &stage_color(report.stage.call), 1.0);
    svg.text([RIM + 52.0, 65.0], &shortened(&call, size, room), Type::new(size, INK).bold());
    if !study.is_empty() {
        svg.text([WIDTH - RIM, 62.0], &study, Type::new(20.0, PALE).anchor(Anchor::End));
    }
    svg.text([RIM, 104.0], &shortened(&extent(report), 22.0, WIDTH - 2.0 * RIM), Type::new(22.0, INK));
    svg.text([RIM, 134.0], &shortened(&signal(report), 18.0, WIDTH - 2.0 * RIM), Type::new(18.0, INK));
    legend(svg, report, has_cord);
}

/// The evidence for the call, as in `Signal / spinal cord: T1 1.02 (iso), T2 0.61 (hypo)`.
fn signal(report: &Report) -> String {
    let signal = &report.hematoma.signal;
    let of = |contrast: &str, found: &SignalRecord| {
        format!("{contrast} {:.2} ({})", found.median_ratio, found.level)
    };
    let tissue = &report.reference.t1.tissue;
    format!("Median signal / {tissue}: {}, {}", of("T1", &signal.t1), of("T2", &signal.t2))
}

/// The stages that are there, with their volume, and the lines.
fn legend(svg: &mut Svg, report: &Report, has_cord: bool) {
    const SIZE: f64 = 17.0;
    let y = 168.0;
    let volumes = report.stage.volume_mm3.values();
    let total: f64 = volumes.iter().sum();
    let mut x = RIM;
    for stage in Stage::ALL.into_iter().filter(|stage| volumes[stage.index()] > 0.0) {
        let swatch = Area { x, y: y - 14.0, width: 16.0, height: 16.0 };
        svg.rectangle(&swatch, &stage_color(stage), 1.0);
        let text = format!("{stage} {}", percent(volumes[stage.index()] / total));
        svg.text([x + 24.0, y], &text, Type::new(SIZE, INK));
        x += 24.0 + width(&text, SIZE) + 22.0;
    }
    let is_whole = report.hematoma.sampled_voxels == report.hematoma.voxels;
    let of = if is_whole { "of the volume" } else { "of the volume with a signal" };
    svg.text([x - 8.0, y], of, Type::new(SIZE, PALE));
    x += width(of, SIZE) + 30.0;
    if !is_whole {
        svg.rimmed(&Area { x, y: y - 14.0, width: 16.0, height: 16.0 }, NO_SIGNAL);
        let text = format!("no signal: {}", volume(report.hematoma.volume_mm3 - total));
        svg.text([x + 24.0, y], &text, Type::new(SIZE, INK));
        x += 24.0 + width(&text, SIZE) + 22.0;
    }
    if has_cord && x < WIDTH - 140.0 {
        let from = [x, y - 6.0];
        let to = [x + 34.0, y - 6.0];
        svg.line(from, to, Stroke::new("#333333", 5.0));
        svg.line(from, to, Stroke::new("#FFFFFF", 2.0).dashes("6 4"));
        svg.text([x + 42.0, y], "cord", Type::new(SIZE, INK));
    }
}

/// What the signal is relative to, by which criteria, and what the tool is not; gives where it ends.
pub(super) fn foot(svg: &mut Svg, report: &Report, notes: &[String], y: f64) -> f64 {
    const SIZE: f64 = 16.0;
    let (t1, t2) = (&report.reference.t1, &report.reference.t2);
    let medians = format!("median {} on T1, {} on T2", text::signal(t1.median), text::signal(t2.median));
    let criteria = &report.criteria.name;
    let software = &report.software;
    let first = format!(
        "Reference: {} ({medians}) · criteria: {criteria} · {} {}",
        t1.tissue, software.name, software.version
    );
    let mut lines = vec![first];
    lines.extend(wrapped(&notes.join(" "), SIZE, WIDTH - 2.0 * RIM));
    lines.extend(wrapped(&report.disclaimer, SIZE, WIDTH - 2.0 * RIM));
    lines.truncate(6);
    svg.line([RIM, y], [WIDTH - RIM, y], Stroke::new("#D0D0D0", 1.0));
    for (n, line) in lines.iter().enumerate() {
        let line = shortened(line, SIZE, WIDTH - 2.0 * RIM);
        svg.text([RIM, y + 26.0 + 22.0 * n as f64], &line, Type::new(SIZE, PALE));
    }
    (y + 22.0 * lines.len() as f64 + 30.0).ceil()
}
