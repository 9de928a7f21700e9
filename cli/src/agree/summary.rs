//! Agreement in a few lines.

use std::io::{self, Write};

use hemastage::agreement::{Agreement, MeasureAgreement};

use crate::{
    lines::{disclaimer, findings, line},
    theme::Theme,
};

/// At most this many studies are listed.
const MAX_STUDIES: usize = 12;

/// One line per measure, then one per study.
pub(super) fn summary(out: &mut dyn Write, found: &Agreement) -> io::Result<()> {
    let overall = &found.overall;
    line(out, "studies", &overall.studies.to_string())?;
    if let Some(kappa) = overall.stage_kappa {
        let interval =
            kappa.interval.map_or(String::new(), |[low, high]| format!(" (95 % {low:.2} to {high:.2})"));
        line(out, "stage", &format!("weighted kappa {:.2}{interval}, {} studies", kappa.value, kappa.n))?;
    }
    if let Some(kappa) = overall.flag_kappa {
        line(out, "mixed-phase", &format!("kappa {:.2}, {} studies", kappa.value, kappa.n))?;
    }
    if overall.studies > 1 {
        line(out, "volume", &measure(&overall.volume_mm3, "mm3"))?;
        line(out, "thickness", &measure(&overall.thickness_ap, "mm"))?;
        line(out, "vertebrae", &measure(&overall.vertebrae, ""))?;
    }
    if let Some(dice) = overall.mean_dice {
        line(out, "Dice", &format!("{dice:.3} on average"))?;
    }
    for (n, study) in found.studies.iter().take(MAX_STUDIES).enumerate() {
        let overlap = study.overlap.map_or_else(
            || "no overlap given".into(),
            |it| {
                format!(
                    "Dice {:.3}, surface {:.2} mm (95 % {:.2} mm)",
                    it.dice, it.surface_mean_mm, it.surface_p95_mm
                )
            },
        );
        let word = |same: bool| if same { "same" } else { "other" };
        let text = format!(
            "{}: {overlap}, volume {:+.0} mm3, {} stage, {} levels",
            study.name,
            study.volume_mm3.difference,
            word(study.call.same),
            word(study.span.same)
        );
        line(out, if n == 0 { "each" } else { "" }, &text)?;
    }
    if found.studies.len() > MAX_STUDIES {
        line(out, "", &format!("and {} more, in the table", found.studies.len() - MAX_STUDIES))?;
    }
    findings(out, Theme::of_stdout(), &found.findings, "")?;
    disclaimer(out, &found.disclaimer)
}

fn measure(of: &MeasureAgreement, unit: &str) -> String {
    let icc = of.icc.map_or_else(|| "no ICC".into(), |icc| format!("ICC {icc:.3}"));
    let limits = of.limits.map_or_else(String::new, |limits| {
        format!(", bias {:.2} ({:.2} to {:.2}) {unit}", limits.bias, limits.lower, limits.upper)
    });
    format!("{icc}{limits}").trim_end().to_owned()
}
