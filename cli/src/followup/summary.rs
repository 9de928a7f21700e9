//! A follow-up in a few lines, for ten seconds.

use std::io::{self, Write};

use hemastage::{followup::FollowUp, stage::Stage};
use hemastage_view::followup::words::{age, arrows, calls, cord, spans, volumes};

use crate::{
    lines::{disclaimer, findings, line},
    theme::Theme,
};

/// One line each for volume, levels, stage and cord.
pub(crate) fn summary(out: &mut dyn Write, found: &FollowUp) -> io::Result<()> {
    line(out, "volume", &volumes(found))?;
    line(out, "levels", &spans(found))?;
    line(out, "stage", &arrows(calls(found).map(|call| call.map_or_else(|| "gone".into(), colored))))?;
    if let Some(joint) = &found.joint {
        let stages = arrows(joint.visits.iter().map(|visit| colored(visit.joint)));
        line(out, "", &format!("together {stages}, if this is one bleed"))?;
    }
    if let Some(age) = age(found) {
        line(out, "age", &age)?;
    }
    for (n, text) in cord(found).into_iter().enumerate() {
        line(out, if n == 0 { "cord T2" } else { "" }, &text)?;
    }
    findings(out, Theme::of_stdout(), &found.findings, "")?;
    disclaimer(out, &found.disclaimer)
}

fn colored(stage: Stage) -> String {
    let color = Theme::stage(stage);
    format!("{color}{stage}{color:#}")
}
