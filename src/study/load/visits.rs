//! When the images were made: at one visit or two, and which time an onset is counted to.

use hemastage_image::{
    acquisition::{Acquisition, DateTime},
    finding::Finding,
};

use crate::vocabulary::{
    contrast::{Contrast, PerContrast},
    units::OnsetTime,
};

/// Time between T1 and T2 from which they are of two visits: blood may be a stage older a day later.
const MAX_HOURS: f64 = 24.0;

/// The time of an image's scan, if it is known.
pub(super) fn acquired(image: Option<&Acquisition>) -> Option<DateTime> {
    image.and_then(Acquisition::acquired)
}

/// Findings on the time of the images.
pub(super) fn visit_findings(
    images: &PerContrast<Option<Acquisition>>,
    onsets: &[OnsetTime],
) -> Vec<Finding> {
    let mut findings = Vec::from_iter(studies_differ(images));
    if onsets.iter().any(|onset| matches!(onset, OnsetTime::At(_))) {
        findings.extend(scan_time(images));
    }
    findings
}

/// Warns if T1 and T2 are of two studies, or were made more than a day apart.
fn studies_differ(PerContrast { t1, t2 }: &PerContrast<Option<Acquisition>>) -> Option<Finding> {
    let both = t1.as_ref().zip(t2.as_ref());
    let same = both.and_then(|(t1, t2)| t1.is_same_study(t2));
    if both.and_then(|(t1, t2)| t1.is_same_patient(t2)) == Some(false) {
        let message =
            "by their headers T1 and T2 are of different patients: give two images of one patient and visit";
        return Some(Finding::warning("studies_differ", message));
    }
    let hours_between = |time: fn(&Acquisition) -> Option<DateTime>| {
        let (t1, t2) = t1.as_ref().zip(t2.as_ref())?;
        Some(time(t2)?.hours_since(time(t1)?).abs())
    };
    // a date may be that of the scan where the time is that of the study
    let hours = [hours_between(Acquisition::acquired), hours_between(Acquisition::day)];
    let hours = hours.into_iter().flatten().reduce(f64::max);
    let is_apart = hours.is_some_and(|hours| hours > MAX_HOURS);
    let apart = match hours {
        Some(hours) if is_apart => format!("{:.0} days apart", hours / 24.0),
        Some(_) => "at most a day apart".to_owned(),
        None => "at times that are not known".to_owned(),
    };
    let found = match same {
        Some(false) => format!("T1 and T2 are of different studies, made {apart}"),
        _ if is_apart => format!("T1 and T2 were made {apart}"),
        _ => return None,
    };
    let message = format!("{found}: blood ages from day to day, so give two images of one visit");
    Some(Finding::warning("studies_differ", message))
}

/// Says to which image's time an onset is counted, and warns where an image has a time that is none.
fn scan_time(images: &PerContrast<Option<Acquisition>>) -> Vec<Finding> {
    let Some(used) =
        [Contrast::T2, Contrast::T1].into_iter().find(|&c| acquired(images[c].as_ref()).is_some())
    else {
        return Vec::new();
    };
    let unreadable =
        |&contrast: &Contrast| images[contrast].as_ref().is_some_and(Acquisition::has_unreadable_time);
    let warned: Vec<Finding> = Contrast::BOTH
        .into_iter()
        .filter(unreadable)
        .map(|contrast| {
            let which = if contrast == used { "another that its header has".into() } else { format!("that of the {used}") };
            let message = format!(
                "the {contrast} has a time of its scan that cannot be read; the onset was counted to {which}: give the time from the bleed to the scan instead, as in `36h`"
            );
            Finding::warning("time_unreadable", message).at(contrast.key())
        })
        .collect();
    let message = format!("the onset, a date and time, was counted to the time of the {used} by its header");
    let said = Finding::info("scan_time", message).at(used.key());
    warned.into_iter().chain([said]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(study: &str, time: &str) -> Acquisition {
        let text = format!(r#"{{"StudyInstanceUID": "{study}", "AcquisitionDateTime": "{time}"}}"#);
        Acquisition::from_sidecar(&text).unwrap()
    }

    fn found(
        t1: impl Into<Option<Acquisition>>,
        t2: impl Into<Option<Acquisition>>,
        onset: &str,
    ) -> Vec<(String, String)> {
        let findings =
            visit_findings(&PerContrast { t1: t1.into(), t2: t2.into() }, &[onset.parse().unwrap()]);
        assert!(
            findings
                .iter()
                .all(|finding| !finding.message.contains("2031") && !finding.message.contains("1.2"))
        );
        findings.into_iter().map(|finding| (finding.code, finding.message)).collect()
    }

    #[test]
    fn two_visits_are_told_by_study_and_by_time() {
        let of = |t1: Acquisition, t2: Acquisition| {
            found(t1, t2, "36h").into_iter().next().map(|(code, text)| {
                assert_eq!(code, "studies_differ");
                text
            })
        };
        let scan = |study, day| image(study, &format!("2031-03-{day}T10:00:00"));
        assert_eq!(of(scan("1.2", "02"), scan("1.2", "03")), None);
        assert_eq!(of(scan("", "02"), scan("1.2", "02")), None);
        assert_eq!(found(scan("1.2", "02"), None, "36h"), []);
        let patient = |id: &str| {
            let text = format!(r#"{{"StudyInstanceUID": "1.2", "PatientID": "{id}"}}"#);
            Acquisition::from_sidecar(&text).unwrap()
        };
        assert_eq!(of(patient("A"), patient("A")), None);
        let text = of(patient("A"), patient("B")).unwrap();
        assert!(text.starts_with("by their headers T1 and T2 are of different patients"), "{text}");
        let starts = |found: Option<String>, text: &str| assert!(found.unwrap().starts_with(text));
        starts(of(scan("1.2", "07"), scan("1.2", "02")), "T1 and T2 were made 5 days apart: ");
        starts(
            of(scan("1.2", "02"), scan("1.3", "07")),
            "T1 and T2 are of different studies, made 5 days apart: ",
        );
        starts(
            of(scan("1.2", "02"), scan("1.3", "02")),
            "T1 and T2 are of different studies, made at most a day",
        );
        starts(of(image("1.2", ""), scan("1.3", "02")), "T1 and T2 are of different studies, made at times");
        let day = |day: &str| {
            Acquisition::from_sidecar(&format!(r#"{{"AcquisitionDate": "203103{day}"}}"#)).unwrap()
        };
        assert_eq!(of(day("02"), day("03")), None, "perhaps around midnight");
        starts(of(day("02"), day("04")), "T1 and T2 were made 2 days apart: ");
        starts(of(day("02"), scan("1.2", "05")), "T1 and T2 were made 3 days apart: ");
    }

    #[test]
    fn the_time_that_an_onset_is_counted_to_is_said() {
        let good = || image("", "2031-03-02T10:00:00");
        let bad = || image("", "2031-02-30T25:61:00");
        let onset = "2031-03-01T08:00";
        let codes =
            |found: Vec<(String, String)>| found.into_iter().map(|(code, _)| code).collect::<Vec<_>>();
        assert_eq!(codes(found(good(), bad(), "36h")), [""; 0], "no date is given");
        assert_eq!(codes(found(good(), bad(), onset)), ["time_unreadable", "scan_time"]);
        assert!(found(good(), bad(), onset)[1].1.contains("the T1"));
        let both = found(good(), good(), onset);
        assert!(both.len() == 1 && both[0].0 == "scan_time" && both[0].1.contains("the T2"));
    }
}
