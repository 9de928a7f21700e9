//! The tables of measurements: stages, phases, vertebral levels, shape, the cord's T2, the reference.

use hemastage::{
    report::{
        DisplacementRecord, LargestRecord, LevelRecord, Levels, NOT_REQUESTED, PhaseRecord, PlaceRecord,
        ReferenceRecord, Report, SectorsRecord, SignalRecord,
    },
    span::NamedRegion,
    stage::Stage,
};
use maud::{Markup, html};

use super::text::{
    at, bar, capital, hours, list, mm, mm3, or_why, outside, percent, ratio, shift, signal, stage, tenths,
    why,
};

/// A table in its own region, which scrolls where it is too wide.
pub(super) fn table(caption: &str, rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table { caption { (caption) } (rows) }
        }
    }
}

/// A table whose rows become lists on a phone: each cell has the name of its column in `data-h`.
pub(super) fn stacked(caption: &str, rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table.stack { caption { (caption) } (rows) }
        }
    }
}

/// The stages: fraction of the core, probability, volume.
pub(super) fn stages(report: &Report) -> Markup {
    let record = &report.stage;
    let rows = html! {
        thead { tr {
            th scope="col" { "Stage" } th.number scope="col" { "Fraction of the core" }
            th.number scope="col" { "Probability" } th.number scope="col" { "Volume, mm³" }
            td.wide {}
        } }
        tbody { @for of in Stage::ALL {
            tr {
                th scope="row" { (stage(of)) }
                td.number { (percent(record.fractions[of])) } td.number { (percent(record.probabilities[of])) }
                td.number { (mm3(record.volume_mm3[of])) }
                td.wide { (bar(&[(of, record.fractions[of])])) }
            }
        } }
    };
    html! {
        section aria-labelledby="stages" {
            h2 #stages { "Stages" }
            (table("The hematoma by stage", &rows))
            p.note {
                "Fraction and probability are over the " (record.core_voxels) " core voxels, volume over all "
                (report.hematoma.sampled_voxels) " voxels that have a signal on both images, of "
                (report.hematoma.voxels) " in the mask."
            }
            (signals(report))
        }
    }
}

/// The hematoma's signal relative to the reference.
fn signals(report: &Report) -> Markup {
    let row = |name: &str, record: &SignalRecord| {
        html! { tr {
            th scope="row" { (name) } td { (record.level) "intense" }
            td.number { (ratio(record.median_ratio)) } td.number { (ratio(record.p10)) "–" (ratio(record.p90)) }
        } }
    };
    let rows = html! {
        thead { tr {
            th scope="col" { "Image" } th scope="col" { "Signal level" }
            th.number scope="col" { "Median ratio" } th.number scope="col" { "10th–90th percentile" }
        } }
        tbody { (row("T1", &report.hematoma.signal.t1)) (row("T2", &report.hematoma.signal.t2)) }
    };
    let tissue = report.reference.t1.tissue.as_str();
    html! {
        (table("Signal of the hematoma relative to the reference", &rows))
        p.note {
            "1.00 is the signal of the reference (" (outside(tissue)) "). "
            (capital(&percent(report.mixed_phase.t2_hypo_fraction))) " of the hematoma is hypointense on T2."
        }
    }
}

/// The phases, with the share of each onset.
pub(super) fn phases(report: &Report) -> Markup {
    let phases = &report.mixed_phase.phases;
    let has_events = phases.iter().any(|phase| !phase.events.is_empty());
    let rows = html! {
        thead { tr {
            th scope="col" { "Phase" } th.number scope="col" { "Fraction of the core" } th.number scope="col" { "Parts" }
            th.number scope="col" { "Largest part, mm³" } th scope="col" { "Centroid, mm" }
            @if has_events { th scope="col" { "Explained by onset" } }
        } }
        tbody { @for phase in phases {
            tr {
                th scope="row" { (stage(phase.stage)) }
                td.number data-h="Fraction of the core" { (percent(phase.fraction)) } td.number data-h="Parts" { (phase.parts) }
                td.number data-h="Largest part, mm³" { (mm3(phase.largest_mm3)) }
                td.text data-h="Centroid, mm" { (or_why(report, "mixed_phase.phases[].centroid_mm", phase.centroid_mm, point)) }
                @if has_events { td.text data-h="Explained by onset" { (events(phase)) } }
            }
        } }
    };
    html! {
        section aria-labelledby="phases" {
            h2 #phases { "Phases" }
            @if phases.is_empty() {
                p { "No stage is coherent enough to be called a phase." }
            } @else {
                (stacked("Coherent parts in one stage", &rows))
            }
        }
    }
}

fn events(phase: &PhaseRecord) -> String {
    let each =
        phase.events.iter().map(|event| format!("{}: {}", hours(event.onset_hours), percent(event.share)));
    each.collect::<Vec<_>>().join(", ")
}

/// A point as `12.0 R, 3.1 A, 40.2 S`: millimeters to the right, anterior and superior.
fn point(mm: [f64; 3]) -> Markup {
    let letters = [['R', 'L'], ['A', 'P'], ['S', 'I']];
    let part = |(value, [plus, minus]): (f64, [char; 2])| {
        format!("{:.1}\u{a0}{}", value.abs(), if value < 0.0 { minus } else { plus })
    };
    html! { (mm.into_iter().zip(letters).map(part).collect::<Vec<_>>().join(", ")) }
}

/// The vertebral levels, or the reason for none.
pub(super) fn levels(report: &Report) -> Markup {
    let reason = why(report, "levels");
    html! {
        section aria-labelledby="levels" {
            h2 #levels { "Vertebral levels" }
            @match &report.levels {
                Some(levels) => (known_levels(levels)),
                None if reason == NOT_REQUESTED => p.absent { "Not known: no vertebrae were given." },
                None => p.absent { "Not measured: " (outside(reason)) "." },
            }
        }
    }
}

fn known_levels(levels: &Levels) -> Markup {
    let per_level = &levels.per_level;
    let holds = |stage: &Stage| per_level.iter().any(|level| level.stage_mm3[*stage] > 0.0);
    let present: Vec<Stage> = Stage::ALL.into_iter().filter(holds).collect();
    let rows = html! {
        thead { tr {
            th scope="col" { "Level" } th.number scope="col" { abbr title="number of the level in the Spinal Cord Toolbox" { "VertLevel" } }
            th.number scope="col" { "Volume" } th.number scope="col" { "Covered, mm" }
            th scope="col" { "Involved" } th scope="col" { "Stage" }
            @for stage in &present { th.number scope="col" { (capital(&stage.to_string())) } }
        } }
        tbody { @for level in per_level { (level_row(level, &present)) } }
    };
    html! {
        (stacked("Volume and stage per vertebral level, all volumes in mm³", &rows))
        p.note {
            "Involved: 2 mm or more of the level's height is covered. Numbering: " (outside(&levels.scheme)) "."
            @if !levels.regions.is_empty() { " Regions: " (regions(levels)) "." }
            @if levels.outside_mm3 > 0.0 {
                " " (mm3(levels.outside_mm3)) "\u{a0}mm³ lie beyond the ends of the labeled spine."
            }
        }
    }
}

fn level_row(level: &LevelRecord, present: &[Stage]) -> Markup {
    html! { tr.light[!level.involved] {
        th scope="row" { (level.level) @if level.inferred { " (inferred)" } }
        td.number data-h="VertLevel" { @if let Some(number) = level.level.sct_number() { (number) } @else { "none" } }
        td.number data-h="Volume" { (mm3(level.mm3)) } td.number data-h="Covered, mm" { (tenths(level.covered_mm)) }
        td data-h="Involved" { @if level.involved { "yes" } @else { "no" } }
        td data-h="Stage" { @if let Some(of) = level.stage { (stage(of)) } @else { "no signal" } }
        @for &stage in present { td.number data-h=(capital(&stage.to_string())) { (mm3(level.stage_mm3[stage])) } }
    } }
}

fn regions(levels: &Levels) -> String {
    let name = |key: &String| {
        NamedRegion::ALL
            .into_iter()
            .find(|region| region.key() == key)
            .map_or_else(|| key.clone(), |r| r.to_string())
    };
    list(&levels.regions.iter().map(name).collect::<Vec<_>>())
}

/// Shape and surroundings, with the reason of each missing value.
pub(super) fn shape(report: &Report) -> Markup {
    let shape = &report.shape;
    let row = |name: &str, key: &str, value: Option<String>| {
        let value = or_why(report, &format!("shape.{key}"), value, |text| outside(&text));
        html! { tr { th scope="row" { (name) } td { (value) } } }
    };
    let largest = |record: &Option<LargestRecord>, show: fn(f64) -> String| {
        record.as_ref().map(|record| format!("{}{}", show(record.value), place(&record.place)))
    };
    let extent = shape.extent.as_ref();
    let rows = html! {
        tbody {
            (row("Collections", "collections_mm3", Some(collections(&shape.collections_mm3))))
            (row("Measured along", "line", shape.line.as_ref().map(|line| format!("the center line of the {line}"))))
            (row("Length along the line", "extent", extent.map(|e| format!("{}, from {} to {}", mm(e.length_mm), end(&e.lower), end(&e.upper)))))
            @if let Some(beyond) = extent.map(|e| e.beyond_mm).filter(|&mm| mm > 0.0) {
                (row("Beyond the line's mask", "extent", Some(mm(beyond))))
            }
            (row("Largest AP thickness", "thickness_ap", largest(&shape.thickness_ap, mm)))
            (row("Largest transverse thickness", "thickness_lr", largest(&shape.thickness_lr, mm)))
            (row("Position", "position", shape.position.clone()))
            (row("Sectors", "sectors", shape.sectors.as_ref().map(sectors)))
            (row("Canal occupancy, by area", "occupancy_area", largest(&shape.occupancy_area, percent)))
            (row("Canal occupancy, AP, where thickest", "occupancy_ap", largest(&shape.occupancy_ap, percent)))
            (row("Canal occupancy, AP, in the midline", "occupancy_midline", largest(&shape.occupancy_midline, percent)))
            (row("Cord displacement", "displacement", shape.displacement.as_ref().map(displacement)))
            (row("Hematoma outside the canal mask", "outside_canal", shape.outside_canal.map(percent)))
        }
    };
    html! {
        section aria-labelledby="shape" {
            h2 #shape { "Shape and surroundings" }
            (table("Size, thickness and position", &rows))
            @if !shape.profile.is_empty() {
                p.note { "The report file has these values for each of the " (shape.profile.len()) " mm along the line." }
            }
        }
    }
}

fn collections(mm3_of: &[f64]) -> String {
    let each: Vec<String> = mm3_of.iter().take(6).map(|&volume| mm3(volume)).collect();
    let more = if mm3_of.len() > 6 { format!(" and {} smaller", mm3_of.len() - 6) } else { String::new() };
    format!("{} ({}{more} mm³)", mm3_of.len(), each.join(", "))
}

/// ` at C5, 41.0 mm along the line`.
fn place(place: &PlaceRecord) -> String {
    format!("{}, {} along the line", at(place), mm(place.along_mm))
}

fn end(place: &PlaceRecord) -> String {
    place.level.map_or_else(|| mm(place.along_mm), |level| format!("{level} ({})", mm(place.along_mm)))
}

fn sectors(record: &SectorsRecord) -> String {
    let parts = [
        ("ventral", record.ventral),
        ("dorsal", record.dorsal),
        ("left", record.left),
        ("right", record.right),
    ];
    parts.map(|(name, share)| format!("{name} {}", percent(share))).join(", ")
}

fn displacement(record: &DisplacementRecord) -> String {
    let direction = record.direction.as_deref().map(|words| format!(", {words}")).unwrap_or_default();
    format!("{}{direction}{}", mm(record.mm), place(&record.place))
}

/// The cord's T2 signal per level, or the reason for none.
pub(super) fn cord(report: &Report) -> Markup {
    let measured = report.shape.cord_t2.as_deref().map(|levels| {
        let rows = html! {
            thead { tr {
                th scope="col" { "Level" } th.number scope="col" { "T2 ratio" } th.number scope="col" { "Voxels" }
            } }
            tbody { @for level in levels { tr {
                th scope="row" { (level.level) }
                td.number { @if let Some(value) = level.median_ratio { (ratio(value)) } @else { span.absent { "too few voxels" } } }
                td.number { (level.voxels) }
            } } }
        };
        table("T2 signal of the inner cord relative to the whole cord", &rows)
    });
    html! {
        section aria-labelledby="cord" {
            h2 #cord { "Cord signal" }
            @match measured {
                Some(table) => (table),
                None => p.absent { "Not measured: " (outside(why(report, "shape.cord_t2"))) "." },
            }
        }
    }
}

/// How far T1 lies off T2, and what was done about it.
fn alignment(report: &Report) -> Markup {
    let done = |undone: bool| match (undone, report.settings.align) {
        (true, _) => "T1 was sampled there.",
        (false, true) => "That is too little or too uncertain to undo.",
        (false, false) => "It was not undone.",
    };
    html! {
        p {
            @match &report.alignment {
                Some(found) => {
                    "By the cord and the fluid around it, T1 lies " (shift(found)) " (correlation "
                    (format!("{:.2}", found.correlation)) ", without that shift "
                    (format!("{:.2}", found.correlation_unmoved)) "). " (done(found.undone))
                    " Along the spine a shift cannot be seen."
                }
                None => { "Whether T1 and T2 lie on each other was not measured: " (outside(why(report, "alignment"))) "." }
            }
        }
    }
}

/// The reference's quality.
pub(super) fn reference(report: &Report) -> Markup {
    let row = |name: &str, key: &str, record: &ReferenceRecord| {
        let path = |field: &str| format!("reference.{key}.{field}");
        let spread = record
            .spread
            .map(|spread| format!("{} ({} of the median)", signal(spread), percent(spread / record.median)));
        html! { tr {
            th scope="row" { (name) } td data-h="Tissue" { (outside(&record.tissue)) } td.text data-h="Mode" { (record.mode) }
            td.number data-h="Median signal" { (signal(record.median)) }
            td.number data-h="Spread (robust SD)" { (or_why(report, &path("spread"), spread, |text| html! { (text) })) }
            td.number data-h="Voxels" { (or_why(report, &path("voxels"), record.voxels, |voxels| html! { (voxels) })) }
            td.number data-h="Drift" { (or_why(report, &path("drift"), record.drift, |drift| html! { (ratio(drift)) })) }
        } }
    };
    let rows = html! {
        thead { tr {
            th scope="col" { "Image" } th scope="col" { "Tissue" } th scope="col" { "Mode" }
            th.number scope="col" { "Median signal" } th.number scope="col" { "Spread (robust SD)" }
            th.number scope="col" { "Voxels" } th.number scope="col" { "Drift" }
        } }
        tbody { (row("T1", "t1", &report.reference.t1)) (row("T2", "t2", &report.reference.t2)) }
    };
    html! {
        section aria-labelledby="reference" {
            h2 #reference { "Reference" }
            p { "Iso, hypo and hyper are relative to this signal. They are more reliable with a smaller spread and \
                 more voxels. Drift is the ratio of the largest to the smallest value along the tissue: 1.00 in \
                 an even image; a trend corrects an uneven one." }
            (stacked("Quality of the reference signal", &rows))
            (alignment(report))
        }
    }
}
