//! An onset as the caller knows it: a time before the scan, or a date and time.

use std::str::FromStr;

use hemastage_image::error::{Detail, Error, ErrorKind, Result};

use super::{DateTime, Onset};

/// When a bleed began: a time before the scan, or a date and time.
///
/// It cannot be displayed, as no output may hold a date.
///
/// # Example
/// ```
/// use hemastage::{Onset, units::{DateTime, OnsetTime}};
/// let scan: DateTime = "2031-05-08T12:30".parse()?;
/// let onset: OnsetTime = "2031-05-07T08:30".parse()?;
/// assert_eq!(onset.relative_to(Some(scan))?, Onset::from_hours(28.0)?);
/// assert_eq!("28h".parse::<OnsetTime>()?.relative_to(None)?, Onset::from_hours(28.0)?);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OnsetTime {
    /// This long before the scan.
    Elapsed(Onset),
    /// At this date and time, by the local clock where the scan was made.
    At(DateTime),
}

impl OnsetTime {
    /// The hours from the onset to a scan.
    ///
    /// # Errors
    /// `Parameter` when the onset is a date and time and that of the scan is unknown, or earlier.
    pub fn relative_to(self, scan: Option<DateTime>) -> Result<Onset> {
        let at = match self {
            Self::Elapsed(onset) => return Ok(onset),
            Self::At(at) => at,
        };
        let hours = scan.ok_or(OnsetTimeError::NoScanTime)?.hours_since(at);
        if hours < 0.0 {
            Err(OnsetTimeError::AfterScan { hours: -hours }.into())
        } else {
            Onset::from_hours(hours)
        }
    }
}

impl From<Onset> for OnsetTime {
    fn from(onset: Onset) -> Self {
        Self::Elapsed(onset)
    }
}

impl From<DateTime> for OnsetTime {
    fn from(at: DateTime) -> Self {
        Self::At(at)
    }
}

impl FromStr for OnsetTime {
    type Err = Error;

    /// Reads `36h` or `YYYY-MM-DDThh:mm`. An error never repeats a text that may be a date.
    fn from_str(text: &str) -> Result<Self> {
        match DateTime::parse_iso(text) {
            Some(at) => Ok(Self::At(at)),
            None => text.parse().map(Self::Elapsed),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum OnsetTimeError {
    #[error(
        "an onset is given as date and time, but neither image has the time of its scan in a header or sidecar: give the time from the bleed to the scan instead, as in `36h`"
    )]
    NoScanTime,
    #[error(
        "an onset lies {hours:.1} h after the scan: expected a time before it, so check the date, the time and the scanner's clock"
    )]
    AfterScan { hours: f64 },
}

impl Detail for OnsetTimeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(onset: &str, scan: &str) -> Result<f64> {
        let scan = if scan.is_empty() { None } else { Some(scan.parse()?) };
        onset.parse::<OnsetTime>()?.relative_to(scan).map(Onset::hours)
    }

    #[test]
    fn a_date_and_time_becomes_hours_before_the_scan() {
        assert_eq!(hours("2031-05-06T08:30", "2031-05-06T14:00").unwrap(), 5.5);
        assert_eq!(hours("2031-05-06T08:30:00", "2031-05-06T08:30").unwrap(), 0.0);
        assert_eq!(hours("36h", "2031-05-06T14:00").unwrap(), 36.0);
        assert_eq!(hours("36h", "").unwrap(), 36.0);
    }

    #[test]
    fn errors_reveal_no_date() {
        for (onset, scan, part) in [
            ("2031-05-06T08:30", "", "neither image has the time of its scan"),
            ("2031-05-06T08:30", "2031-05-06T07:00", "lies 1.5 h after the scan"),
            ("2031-05-06", "", "expected a time with its unit"),
            ("2031-05-06T08:30Z", "", "expected a time with its unit"),
            ("2031-05-06T08:30+01:00", "", "without a time zone"),
            ("06.05.2031", "", "expected a time with its unit"),
            ("6 May 2031", "", "expected a time with its unit"),
            ("8:30", "", "expected a time with its unit"),
            ("May 31", "", "expected a time with its unit"),
        ] {
            let error = hours(onset, scan).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            let text = error.to_string();
            assert!(text.contains(part), "{onset}: {text}");
            for secret in ["2031", "05", "06", "8:30", "May", "31"] {
                assert!(!text.contains(secret), "{onset}: {text}");
            }
        }
    }
}
