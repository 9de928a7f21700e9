//! The visit that an image was made in, to be compared with another's and never printed.

use std::fmt;

use super::{Acquisition, DateTime};

/// When and in which study an image was made. Only what follows from two of them may reach an output.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Visit {
    /// The time of the scan, by the scanner's clock.
    pub(crate) acquired: Option<DateTime>,
    /// The day of the scan, at midnight, also where the time of day is not known.
    pub(crate) day: Option<DateTime>,
    /// Whether a time is there that is none.
    pub(crate) has_unreadable_time: bool,
    /// Study Instance UID (0020,000D).
    pub(crate) study: Option<String>,
    /// Patient ID (0010,0020) and Patient's Name (0010,0010).
    pub(crate) patient: Option<Box<[Option<String>; 2]>>,
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visit { .. }")
    }
}

impl Visit {
    /// The first of the times that can be read, where those before it that cannot be are remembered, and the first of the
    /// dates that can be read.
    pub(crate) fn new<'d>(
        times: impl IntoIterator<Item = ReadTime>,
        dates: impl IntoIterator<Item = &'d str>,
        study: Option<String>,
    ) -> Self {
        let study = study.map(|uid| uid.trim().to_owned()).filter(|uid| !uid.is_empty());
        let day = dates.into_iter().find_map(DateTime::of_day);
        let mut visit = Self { day, study, ..Self::default() };
        for time in times {
            match time {
                ReadTime::Read(time) => {
                    visit.acquired = Some(time);
                    break;
                }
                ReadTime::Unreadable => visit.has_unreadable_time = true,
                ReadTime::Absent => {}
            }
        }
        visit
    }

    /// The same with what the patient is known by: ID and name.
    pub(crate) fn with_patient(mut self, patient: [Option<String>; 2]) -> Self {
        let known = |text: String| Some(text.trim().to_uppercase()).filter(|text| !text.is_empty());
        let patient = patient.map(|text| text.and_then(known));
        self.patient = patient.iter().any(Option::is_some).then(|| Box::new(patient));
        self
    }
}

/// A date and time as a header may have it.
pub(crate) enum ReadTime {
    /// A time.
    Read(DateTime),
    /// Something that is no time.
    Unreadable,
    /// Nothing, or a date alone.
    Absent,
}

impl ReadTime {
    /// Of one text with date and time.
    pub(crate) fn of_text(text: Option<&str>, read: impl Fn(&str) -> Option<DateTime>) -> Self {
        const DATE: usize = "YYYY-MM-DD".len();
        match text.map(str::trim) {
            Some(text) if text.len() > DATE => read(text).map_or(Self::Unreadable, Self::Read),
            Some(text) => read(text).map_or(Self::Absent, Self::Read),
            None => Self::Absent,
        }
    }

    /// Of a date and a time of day in two texts.
    pub(crate) fn of_pair(date: Option<&str>, time: Option<&str>) -> Self {
        let present = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        match (date, time) {
            _ if !present(date) || !present(time) => Self::Absent,
            (Some(date), Some(time)) => DateTime::from_dicom(date, time).map_or(Self::Unreadable, Self::Read),
            _ => Self::Absent,
        }
    }
}

impl Acquisition {
    /// Sets the time of the scan, by the scanner's clock.
    pub fn with_acquired(mut self, acquired: DateTime) -> Self {
        self.visit.acquired = Some(acquired);
        self
    }

    /// The time of the scan, by the scanner's clock.
    pub fn acquired(&self) -> Option<DateTime> {
        self.visit.acquired
    }

    /// The day of the scan, at midnight, also where its time of day is not known.
    pub fn day(&self) -> Option<DateTime> {
        self.visit.day
    }

    /// Leaves out the study, whose UID says nothing.
    pub(crate) fn without_study(mut self) -> Self {
        self.visit.study = None;
        self
    }

    /// Whether a time of the scan is there that cannot be read.
    pub fn has_unreadable_time(&self) -> bool {
        self.visit.has_unreadable_time
    }

    /// Whether both images are of one study (Study Instance UID), if both headers tell.
    pub fn is_same_study(&self, other: &Self) -> Option<bool> {
        Some(self.visit.study.as_ref()? == other.visit.study.as_ref()?)
    }

    /// Whether both images are of one patient: by Patient ID, else by name, if both headers tell.
    pub fn is_same_patient(&self, other: &Self) -> Option<bool> {
        let (ours, theirs) = (self.visit.patient.as_ref()?, other.visit.patient.as_ref()?);
        ours.iter().zip(theirs.iter()).find_map(|(one, other)| Some(one.as_ref()? == other.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_shows_nothing() {
        let sidecar = r#"{"StudyInstanceUID": "1.2.3", "AcquisitionDateTime": "2031-02-03T10:00:00"}"#;
        let shown = format!("{:?}", Acquisition::from_sidecar(sidecar).unwrap());
        assert!(!shown.contains("1.2.3") && !shown.contains("2031"), "{shown}");
    }

    #[test]
    fn studies_are_compared_where_both_are_known() {
        let of =
            |uid: &str| Acquisition::from_sidecar(&format!(r#"{{"StudyInstanceUID": "{uid}"}}"#)).unwrap();
        assert_eq!(of("1.2").is_same_study(&of("1.2 ")), Some(true));
        assert_eq!(of("1.2").is_same_study(&of("1.3")), Some(false));
        assert_eq!(of("1.2").is_same_study(&of("")), None);
    }

    #[test]
    fn patients_are_compared_by_id_else_by_name() {
        let of = |text: &str| Acquisition::from_sidecar(text).unwrap();
        let (a, b) =
            (r#"{"PatientID": "A7", "PatientName": "X"}"#, r#"{"PatientID": "b2", "PatientName": "X"}"#);
        assert_eq!(of(a).is_same_patient(&of(b)), Some(false));
        assert_eq!(of(a).is_same_patient(&of(r#"{"PatientID": " a7"}"#)), Some(true));
        assert_eq!(of(a).is_same_patient(&of(r#"{"PatientName": "Y"}"#)), Some(false));
        assert_eq!(of(a).is_same_patient(&of(r#"{"PatientID": ""}"#)), None);
        assert!(!format!("{:?}", of(a)).contains("A7"));
    }

    #[test]
    fn a_day_needs_no_time() {
        let days = |text: &str| {
            let of = |text: &str| Acquisition::from_sidecar(text).unwrap().day();
            of(text)
                .zip(of(r#"{"AcquisitionDate": "2031-02-20"}"#))
                .map(|(day, first)| day.hours_since(first))
        };
        assert_eq!(days(r#"{"AcquisitionDateTime": "2031-02-22T05:41:00.25"}"#), Some(48.0));
        assert_eq!(days(r#"{"AcquisitionDateTime": "20310222054100"}"#), Some(48.0));
        assert_eq!(days(r#"{"AcquisitionDate": "2031.02.22", "AcquisitionTime": "noon"}"#), Some(48.0));
        assert_eq!(
            days(r#"{"AcquisitionDateTime": "2031-02-30", "AcquisitionDate": "20310221"}"#),
            Some(24.0)
        );
        assert_eq!(days(r#"{"AcquisitionTime": "10:10:10"}"#), None);
    }

    #[test]
    fn a_time_that_is_none_is_noted() {
        let of = |text: &str| {
            let found = Acquisition::from_sidecar(text).unwrap();
            (found.acquired().is_some(), found.has_unreadable_time())
        };
        assert_eq!(of(r#"{"AcquisitionDateTime": "2031-02-30T25:61:00"}"#), (false, true));
        assert_eq!(
            of(r#"{"AcquisitionDateTime": "2031-02-20T25:61:00", "AcquisitionDate": "20310220",
            "AcquisitionTime": "101010"}"#),
            (true, true)
        );
        assert_eq!(of(r#"{"AcquisitionDateTime": "2031-02-20T05:41:00"}"#), (true, false));
        assert_eq!(of(r#"{"AcquisitionDate": "20310220", "AcquisitionTime": "noon"}"#), (false, true));
        assert_eq!(of(r#"{"AcquisitionDate": "20310220", "AcquisitionTime": ""}"#), (false, false));
        assert_eq!(of(r#"{"AcquisitionDateTime": "20310220"}"#), (false, false), "a date alone");
    }
}
