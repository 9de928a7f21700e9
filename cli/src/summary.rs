//! A report in a screenful for a person, or as JSON for a program.

use std::io::{self, Write};

use anstream::adapter::strip_str;
use hemastage::{
    Finding, Report, Severity,
    classify::Model,
    report::{
        EnhancementRecord, Levels, MixedPhaseRecord, ModelRecord, NOT_REQUESTED, PlaceRecord,
        ReferenceRecord, SequenceRecord, SignalRecord, SusceptibilityRecord,
    },
    stage::Stage,
};
use hemastage_image::text::{printable, printable_json};

use crate::{
    failure::Outcome,
    lines::{bar, count, disclaimer, findings, hours, line, percent, shares, shift},
    theme::Theme,
};

/// Prints the report as in `report.json`.
pub(crate) fn print_json(report: &Report) -> Outcome {
    let mut out = io::stdout().lock();
    out.write_all(printable_json(&report.to_json()).as_bytes())?;
    Ok(out.flush()?)
}

/// Prints the summary and the names of the files that were written.
pub(crate) fn print(report: &Report, written: &[&str]) -> Outcome {
    let mut text = Vec::new();
    write(&mut text, report, Theme::of_stdout(), written)?;
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

/// The summary as plain text.
pub(crate) fn plain(report: &Report) -> io::Result<String> {
    let mut text = Vec::new();
    write(&mut text, report, Theme::PLAIN, &[])?;
    Ok(strip_str(&String::from_utf8_lossy(&text)).to_string())
}

fn write(out: &mut dyn Write, report: &Report, theme: Theme, written: &[&str]) -> io::Result<()> {
    stage(out, report)?;
    let (warnings, notes): (Vec<Finding>, Vec<Finding>) =
        report.findings.iter().cloned().partition(|finding| finding.severity == Severity::Warning);
    if !warnings.is_empty() {
        findings(out, theme, &warnings, "")?;
        writeln!(out)?;
    }
    fractions(out, report, theme)?;
    line(out, "phases", &phases(&report.mixed_phase))?;
    let t2_hypo = percent(report.mixed_phase.t2_hypo_fraction);
    line(out, "", &format!("T2-hypo in {t2_hypo} of the hematoma"))?;
    writeln!(out)?;

    let signal = &report.hematoma.signal;
    let tissue = printable(&report.reference.t1.tissue);
    let relative = format!("{}, {}, relative to {tissue}", level("T1", &signal.t1), level("T2", &signal.t2));
    line(out, "signal", &relative)?;
    line(out, "hematoma", &hematoma(report, theme))?;
    match (&report.levels, report.reasons.get("levels")) {
        (Some(levels), _) => line(out, "levels", &extent(levels))?,
        (None, Some(reason)) if reason != NOT_REQUESTED => {
            line(out, "levels", &format!("none: {}", printable(reason)))?;
        }
        _ => {}
    }
    let shape = shape(report);
    if !shape.is_empty() {
        line(out, "position", &shape)?;
    }
    further(out, report)?;
    line(out, "reference", &reference("T1", &report.reference.t1, theme))?;
    line(out, "", &reference("T2", &report.reference.t2, theme))?;
    if let Some(found) = report.alignment.as_ref().filter(|found| found.undone) {
        line(out, "alignment", &format!("T1 lies {}, and was sampled there", shift(found)))?;
    }
    line(out, "criteria", &criteria(report))?;
    line(out, "model", &model(&report.stage.model))?;

    if !notes.is_empty() {
        writeln!(out)?;
        findings(out, theme, &notes, "")?;
    }
    writeln!(out)?;
    if !written.is_empty() {
        line(out, "written", &written.join(", "))?;
    }
    disclaimer(out, &report.disclaimer)
}

/// The call in bold and its color, then its candidates.
fn stage(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let call = report.stage.call;
    let bold = Theme::stage(call).bold();
    let mixed = if report.mixed_phase.flag { ", mixed-phase" } else { "" };
    line(out, "stage", &format!("{bold}{call}{bold:#}{mixed}"))?;
    let candidates = &report.stage.candidates;
    if candidates.len() > 1 {
        let list = shares(candidates.iter().map(|candidate| (candidate.stage, candidate.probability)));
        line(out, "", &format!("its signal fits {list}"))?;
    }
    if report.stage.model.name == Model::Relaxation {
        line(out, "", &format!("by the table: {}", report.stage.pattern.call))?;
    }
    writeln!(out)
}

fn fractions(out: &mut dyn Write, report: &Report, theme: Theme) -> io::Result<()> {
    let shown = Stage::ALL.into_iter().zip(report.stage.fractions.values()).filter(|(_, share)| *share > 0.0);
    for (n, (stage, share)) in shown.enumerate() {
        bar(out, theme, if n == 0 { "fractions" } else { "" }, stage, share)?;
    }
    Ok(())
}

/// The phases in plain words.
fn phases(mixed: &MixedPhaseRecord) -> String {
    let stages: Vec<String> = mixed.phases.iter().map(|phase| phase.stage.to_string()).collect();
    let Some(kind) = mixed.kind.filter(|_| mixed.flag) else {
        return match stages.as_slice() {
            [] => "none: no stage is coherent enough".into(),
            [stage] => format!("one phase: {stage}"),
            _ => stages.join(", "),
        };
    };
    let rebleed = if mixed.suggests_rebleed { ", suggests renewed bleeding" } else { "" };
    format!("mixed-phase: {} ({}){rebleed}", stages.join(" + "), kind.key())
}

fn level(contrast: &str, signal: &SignalRecord) -> String {
    format!("{contrast} {} {:.2}", signal.level, signal.median_ratio)
}

fn hematoma(report: &Report, theme: Theme) -> String {
    let hematoma = &report.hematoma;
    let (sampled, voxels) = (hematoma.sampled_voxels, hematoma.voxels);
    let (mm3, ml) = (hematoma.volume_mm3, hematoma.volume_mm3 / 1000.0);
    format!("{mm3:.0} {} ({ml:.1} mL), {sampled} of {voxels} voxels sampled", theme.mm3)
}

/// The span and its counts, as in `C3–T1, 6 vertebrae, 5 interspaces`.
fn extent(levels: &Levels) -> String {
    let Some(span) = &levels.span else { return "none involved".into() };
    let runs = if levels.runs.len() > 1 { format!(" in {} runs", levels.runs.len()) } else { String::new() };
    let vertebrae = count(levels.vertebrae, "vertebra", "vertebrae");
    let interspaces = count(levels.interspaces, "interspace", "interspaces");
    format!("{span}, {vertebrae}{runs}, {interspaces}")
}

/// Position, AP thickness, length and occupancy, as far as they are known.
fn shape(report: &Report) -> String {
    let shape = &report.shape;
    let at = |place: &PlaceRecord| place.level.map_or(String::new(), |level| format!(" at {level}"));
    let mut parts: Vec<String> = shape.position.iter().cloned().collect();
    if let Some(largest) = &shape.thickness_ap {
        parts.push(format!("{:.1} mm thick{}", largest.value, at(&largest.place)));
    }
    if let Some(extent) = &shape.extent {
        parts.push(format!("{:.0} mm long", extent.length_mm));
    }
    if let Some(largest) = &shape.occupancy_area {
        parts.push(format!("{} of the canal's area{}", percent(largest.value), at(&largest.place)));
    }
    parts.join("; ")
}

/// What the further contrasts say, or why they say nothing, where they were given.
fn further(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let texts = [
        ("enhancement", "enhancement", report.enhancement.as_ref().map(enhancement)),
        ("susceptibility", "T2*", report.susceptibility.as_ref().map(susceptibility)),
        ("fat", "fat", report.fat.as_ref().map(|found| format!("{} of the mask", percent(found.share)))),
    ];
    for (key, heading, text) in texts {
        match (text, report.reasons.get(key)) {
            (Some(text), _) => line(out, heading, &text)?,
            (None, Some(reason)) if reason != NOT_REQUESTED => {
                line(out, heading, &format!("none: {}", printable(reason)))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn enhancement(found: &EnhancementRecord) -> String {
    let class = found.class.map_or_else(|| "not classified".into(), |class| class.to_string());
    let share = |share: Option<f64>| share.map_or_else(|| "none".into(), percent);
    format!(
        "{class}: {} of the rim, {} inside ({} of itself)",
        share(found.rim_share),
        share(found.inner_share),
        share(found.center_share)
    )
}

fn susceptibility(found: &SusceptibilityRecord) -> String {
    let rim = match found.dark_rim {
        Some(true) => ", with a dark rim",
        _ => "",
    };
    format!("{} of the core dark on T2*{rim}: hemosiderin or deoxygenated blood", percent(found.blooming))
}

pub(crate) fn reference(contrast: &str, reference: &ReferenceRecord, theme: Theme) -> String {
    let mode = reference.mode.key();
    let spread =
        reference.spread.map_or(String::new(), |spread| format!(" {} {spread:.1}", theme.plus_minus));
    let voxels = reference.voxels.map_or(String::new(), |voxels| format!(", {voxels} voxels"));
    let drift = reference.drift.map_or(String::new(), |drift| format!(", drift {drift:.2}"));
    format!("{contrast} {mode}, median {:.1}{spread}{voxels}{drift}", reference.median)
}

/// The model that determined the stages, with the sequences it was computed for.
fn model(model: &ModelRecord) -> String {
    let (Some(t1), Some(t2)) = (&model.t1, &model.t2) else {
        return format!("{}, the table of signal levels", model.name);
    };
    let field = model.field_t.map_or_else(|| "unknown field".into(), |tesla| format!("{tesla:.1} T"));
    let times = |contrast: &str, image: &SequenceRecord| {
        let assumed = if image.assumed { " (assumed)" } else { "" };
        format!("{contrast} TR/TE {:.0}/{:.0} ms{assumed}", image.tr_ms, image.te_ms)
    };
    format!("{}, {field}, {}, {}", model.name, times("T1", t1), times("T2", t2))
}

fn criteria(report: &Report) -> String {
    let onsets = &report.criteria.onset_hours;
    let name = printable(&report.criteria.name);
    if onsets.is_empty() {
        format!("{name}, no onset given")
    } else {
        format!("{name}, onset {}", hours(onsets))
    }
}
