//! Scan parameters from the text of a BIDS sidecar.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Acquisition, PulseSequence, ReadTime, Visit, Weighting, echoes, positive, tesla};
use crate::{
    acquisition::DateTime,
    error::{Detail, ErrorKind, Result},
};

/// Maximum inversion, echo and repetition time; longer ones are in milliseconds by mistake.
const MAX_INVERSION_SECONDS: f64 = 10.0;
const MAX_ECHO_SECONDS: f64 = 2.0;
const MAX_REPETITION_SECONDS: f64 = 100.0;

impl Acquisition {
    /// Reads the text of a sidecar: JSON with times in seconds.
    ///
    /// # Errors
    /// `Malformed` when it is not a JSON object, or a time is too long to be in seconds.
    ///
    /// # Reference
    /// Brain Imaging Data Structure, "Magnetic Resonance Imaging"; dcm2niix, `BIDS/README.md`.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::acquisition::{Acquisition, Weighting};
    /// let text = r#"{"ScanningSequence": "SE", "RepetitionTime": 3.5, "EchoTime": 0.1}"#;
    /// assert_eq!(Acquisition::from_sidecar(text)?.weighting(), Weighting::T2);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn from_sidecar(text: &str) -> Result<Self> {
        let text = without_nan(text.trim_start_matches('\u{feff}'));
        let Ok(Value::Object(sidecar)) = serde_json::from_str(&text) else {
            return Err(SidecarError::NotAnObject.into());
        };
        let sidecar = Sidecar(sidecar);
        let mut acquisition = Self {
            echo_time_ms: sidecar.milliseconds("EchoTime", MAX_ECHO_SECONDS)?,
            repetition_time_ms: sidecar.milliseconds("RepetitionTime", MAX_REPETITION_SECONDS)?,
            inversion_time_ms: sidecar.milliseconds("InversionTime", MAX_INVERSION_SECONDS)?,
            flip_angle_deg: sidecar.number("FlipAngle").and_then(positive),
            echo_train_length: sidecar.number("EchoTrainLength").and_then(echoes),
            field_strength_tesla: sidecar.number("MagneticFieldStrength").and_then(tesla),
            volumetric: sidecar.terms("MRAcquisitionType").contains(&"3D"),
            pulse_sequence: sidecar.pulse_sequence(),
            visit: sidecar.visit(),
            ..Self::default()
        };
        acquisition.add_sequence(sidecar.terms("ScanningSequence"), sidecar.terms("SequenceVariant"));
        acquisition.add_options(sidecar.terms("ScanOptions"));
        acquisition.add_image_type(sidecar.texts("ImageType"));
        if sidecar.first("Modality").is_some_and(|modality| !["", "MR"].contains(&modality.trim())) {
            acquisition.stated = Some(Weighting::Other);
        }
        for key in ["ContrastBolusIngredient", "ContrastBolusAgent"] {
            sidecar.texts(key).into_iter().for_each(|agent| acquisition.add_agent(agent));
        }
        Ok(acquisition)
    }
}

/// JSON with `null` for the numbers that Python writes and JSON does not have: NaN, Infinity and -Infinity.
fn without_nan(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return text.into();
    }
    let (mut clean, mut rest, mut is_quoted) = (String::with_capacity(text.len()), text, false);
    while let Some(next) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !is_quoted && rest.starts_with(**word));
        let n = match (word, next) {
            (Some(word), _) => word.len(),
            // what is escaped does not end a text
            (None, '\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (None, next) => next.len_utf8(),
        };
        is_quoted ^= next == '"';
        clean.push_str(if word.is_some() { "null" } else { &rest[..n] });
        rest = &rest[n..];
    }
    clean.into()
}

/// A sidecar as found, with typed getters; a value of another type counts as absent.
struct Sidecar(Map<String, Value>);

impl Sidecar {
    fn number(&self, key: &str) -> Option<f64> {
        match self.0.get(key)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// A time in seconds as milliseconds; 0 means unknown.
    fn milliseconds(&self, key: &'static str, max: f64) -> Result<Option<f64>, SidecarError> {
        match self.number(key).and_then(positive) {
            Some(seconds) if seconds > max => Err(SidecarError::NotSeconds { key, found: seconds, max }),
            // rounded to nanoseconds: 0.0037 s is 3.7 ms, not 3.7000000000000001
            Some(seconds) => Ok(positive((seconds * 1e9).round() / 1e6)),
            None => Ok(None),
        }
    }

    /// A text, or each text of a list.
    fn texts(&self, key: &str) -> Vec<&str> {
        match self.0.get(key) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// DICOM terms, which converters join by `\` or `_`.
    fn terms(&self, key: &str) -> Vec<&str> {
        self.texts(key).into_iter().flat_map(|text| text.split(['\\', '_', '/'])).collect()
    }

    fn pulse_sequence(&self) -> Option<PulseSequence> {
        let keys = ["SequenceName", "PulseSequenceName", "PulseSequenceDetails", "PulseSequenceType"];
        keys.into_iter().flat_map(|key| self.texts(key)).find_map(PulseSequence::of_name)
    }

    /// A text, or the first of a list.
    fn first(&self, key: &str) -> Option<&str> {
        self.texts(key).into_iter().next()
    }

    fn visit(&self) -> Visit {
        let first = |key| self.first(key);
        let joined = |text: &str| DateTime::parse_iso(text).or_else(|| DateTime::from_dicom_datetime(text));
        let times = [
            ReadTime::of_text(first("AcquisitionDateTime"), joined),
            ReadTime::of_pair(first("AcquisitionDate"), first("AcquisitionTime")),
            ReadTime::of_pair(first("SeriesDate"), first("SeriesTime")),
            ReadTime::of_pair(first("StudyDate"), first("StudyTime")),
        ];
        let dates = ["AcquisitionDateTime", "AcquisitionDate", "SeriesDate", "StudyDate"]
            .into_iter()
            .filter_map(first);
        Visit::new(times, dates, first("StudyInstanceUID").map(str::to_owned))
            .with_patient(["PatientID", "PatientName"].map(|key| first(key).map(str::to_owned)))
    }
}

#[derive(Debug, thiserror::Error)]
enum SidecarError {
    #[error("the sidecar is not a JSON object: expected the keys of BIDS, such as EchoTime in seconds")]
    NotAnObject,
    #[error("{key} of the sidecar is {found}: expected seconds, at most {max}")]
    NotSeconds { key: &'static str, found: f64, max: f64 },
}

impl Detail for SidecarError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::ScanningSequence;

    #[test]
    fn a_converters_sidecar_is_read() {
        let text = r#"{"MagneticFieldStrength": 3, "ScanningSequence": "GR_IR", "SequenceVariant": "SK_SP_MP",
            "ScanOptions": "IR", "SequenceName": "_tfl3d1_16", "EchoTime": 0.00372, "RepetitionTime": 2,
            "InversionTime": 1, "FlipAngle": 9, "MRAcquisitionType": "3D",
            "AcquisitionDateTime": "2031-05-06T12:33:07.0325", "PatientName": "DOE^JANE"}"#;
        let found = Acquisition::from_sidecar(text).unwrap();
        assert_eq!(
            (found.echo_time_ms, found.repetition_time_ms, found.inversion_time_ms),
            (Some(3.72), Some(2000.0), Some(1000.0))
        );
        assert_eq!(
            found.scanning_sequence,
            [ScanningSequence::GradientRecalled, ScanningSequence::InversionRecovery]
        );
        assert!(found.volumetric && !found.fat_suppressed && !found.contrast_agent);
        assert_eq!(found.weighting(), Weighting::T1);
        assert!(found.acquired().is_some());
        let shown = format!("{found:?}");
        assert!(!shown.contains("DOE") && !shown.contains("2031") && !shown.contains("33"), "{shown}");
    }

    #[test]
    fn lists_and_joined_terms_are_the_same() {
        for terms in [r#""SE\\IR""#, r#""SE_IR""#, r#"["SE", "IR"]"#] {
            let text = format!(r#"{{"ScanningSequence": {terms}, "ScanOptions": "PFP\\FS"}}"#);
            let found = Acquisition::from_sidecar(&text).unwrap();
            assert_eq!(found.scanning_sequence.len(), 2, "{terms}");
            assert!(found.fat_suppressed);
        }
        let agent = Acquisition::from_sidecar(r#"{"ContrastBolusIngredient": "GADOLINIUM"}"#).unwrap();
        assert!(agent.contrast_agent);
        let named = |text: &str| {
            let text = format!(r#"{{"ContrastBolusAgent": "{text}"}}"#);
            Acquisition::from_sidecar(&text).unwrap().contrast_agent
        };
        assert!(named("GADOVIST") && !named("none") && !named(""));
    }

    #[test]
    fn numbers_that_json_does_not_have_are_null() {
        let text = r#"{"EchoTime": 0.1, "SAR": NaN, "A": [-Infinity, Infinity], "B \"NaN": "NaN \\", "RepetitionTime": NaN}"#;
        let clean = r#"{"EchoTime": 0.1, "SAR": null, "A": [null, null], "B \"NaN": "NaN \\", "RepetitionTime": null}"#;
        assert_eq!(without_nan(text), clean);
        let found = Acquisition::from_sidecar(text).unwrap();
        assert_eq!((found.echo_time_ms, found.repetition_time_ms), (Some(100.0), None));
        assert!(Acquisition::from_sidecar(r#"{"EchoTime": NaNa}"#).is_err());
    }

    #[test]
    fn unusual_values_are_dropped_or_refused() {
        let unusual = r#"{"EchoTime": [0.01, 0.02], "RepetitionTime": null, "FlipAngle": "ninety", "EchoTrainLength": -3,
            "ScanningSequence": {"a": 1}, "ImageType": 7, "MagneticFieldStrength": 15000}"#;
        let found = Acquisition::from_sidecar(unusual).unwrap();
        let expected = Acquisition { field_strength_tesla: Some(1.5), ..Acquisition::default() };
        assert_eq!(found, expected);
        assert_eq!(Acquisition::from_sidecar("{}").unwrap(), Acquisition::default());
        let refused = |text: &str| Acquisition::from_sidecar(text).unwrap_err().to_string();
        assert_eq!(
            refused(r#"{"EchoTime": 14}"#),
            "EchoTime of the sidecar is 14: expected seconds, at most 2"
        );
        for text in ["", "[]", "7", "{\"EchoTime\": 0.1", &"[".repeat(100_000)] {
            assert!(refused(text).starts_with("the sidecar is not a JSON object"));
        }
    }

    #[test]
    fn what_is_no_weighted_image_says_so() {
        let of = |text: &str| Acquisition::from_sidecar(text).unwrap().weighting();
        for text in [
            r#"{"Modality": "CT"}"#,
            r#"{"Modality": "CT", "EchoTime": 0.1, "RepetitionTime": 3.5}"#,
            r#"{"ImageType": ["DERIVED", "SECONDARY", "SUB"]}"#,
        ] {
            assert_eq!(of(text), Weighting::Other, "{text}");
        }
        for modality in ["MR", "", "MR "] {
            let text = format!(r#"{{"Modality": "{modality}", "EchoTime": 0.1, "RepetitionTime": 3.5}}"#);
            assert_eq!(of(&text), Weighting::T2, "{modality}");
        }
    }

    #[test]
    fn a_date_and_a_time_make_the_scan_time() {
        let of = |text: &str| Acquisition::from_sidecar(text).unwrap().acquired();
        let joined = of(r#"{"AcquisitionDateTime": "20310506123307"}"#);
        assert!(joined.is_some());
        assert_eq!(of(r#"{"AcquisitionDate": "20310506", "AcquisitionTime": "12:33:7.0"}"#), joined);
        assert_eq!(of(r#"{"AcquisitionTime": "12:33:07"}"#), None, "no date");
    }
}
