//! When a visit was: since the first visit, or by a date and time, of which only the hours since day 0 are kept.

use std::fmt;

use hemastage_image::error::{Detail, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DateTime, Onset};

/// When a visit was.
///
/// It cannot be displayed, as no output may hold a date.
///
/// # Example
/// ```
/// use hemastage::units::VisitTime;
/// let later = VisitTime::parse("2031-05-08T12:00", Some("2031-05-06"))?;
/// assert_eq!(later.since_first(None)?.hours_since_first, 60.0);
/// assert_eq!(VisitTime::parse("2d", None)?.since_first(None)?.hours_since_first, 48.0);
/// assert!(VisitTime::parse("2031-05-08T12:00", None).is_err(), "a date needs day 0");
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VisitTime {
    /// This long after the first visit.
    Elapsed(Onset),
    /// At a date and time.
    At {
        /// When.
        at: DateTime,
        /// The date and time that hours are counted from.
        day0: DateTime,
    },
    /// At the time of the scan, by its header or sidecar.
    OfScan {
        /// The date and time that hours are counted from.
        day0: DateTime,
    },
}

/// Hours since the first visit, and how they are known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SinceFirst {
    /// Hours since the first visit, or since another moment that the visits share.
    pub hours_since_first: f64,
    /// Who gave the time: `caller`, or `scan` for the header of an image.
    pub by: TimeSource,
}

/// Who gave the time of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeSource {
    /// The caller.
    Caller,
    /// The header or sidecar of T2, else of T1.
    Scan,
}

impl VisitTime {
    /// Reads `2d`, or `YYYY-MM-DDThh:mm` where day 0 is given: a date, or a date and time.
    ///
    /// # Errors
    /// `Parameter`, without the text, which may be a date.
    pub fn parse(time: &str, day0: Option<&str>) -> Result<Self> {
        let day0 = day0.map(day_0).transpose()?;
        match (DateTime::parse_iso(time), day0) {
            (Some(at), Some(day0)) => Ok(Self::At { at, day0 }),
            (Some(_), None) => Err(VisitTimeError::NoDay0.into()),
            (None, _) => time.parse().map(Self::Elapsed).map_err(|_| VisitTimeError::Unreadable.into()),
        }
    }

    /// The time of the scan, since day 0: a date, or a date and time.
    ///
    /// # Errors
    /// `Parameter`, without the text.
    pub fn of_scan(day0: &str) -> Result<Self> {
        Ok(Self::OfScan { day0: day_0(day0)? })
    }

    /// Hours since the first visit, where the scan was made at this time.
    ///
    /// # Errors
    /// `Parameter` when the visit lies before day 0, or the time of the scan is needed and unknown.
    pub fn since_first(self, scan: Option<DateTime>) -> Result<SinceFirst> {
        let (hours, by) = match self {
            Self::Elapsed(elapsed) => (elapsed.hours(), TimeSource::Caller),
            Self::At { at, day0 } => (at.hours_since(day0), TimeSource::Caller),
            Self::OfScan { day0 } => {
                (scan.ok_or(VisitTimeError::NoScanTime)?.hours_since(day0), TimeSource::Scan)
            }
        };
        if hours < 0.0 {
            return Err(VisitTimeError::BeforeDay0 { hours: -hours }.into());
        }
        let hours_since_first = Onset::from_hours(hours).map_err(|_| VisitTimeError::Unreadable)?.hours();
        Ok(SinceFirst { hours_since_first, by })
    }
}

fn day_0(text: &str) -> Result<DateTime> {
    let midnight = || DateTime::parse_iso(&format!("{}T00:00", text.trim()));
    DateTime::parse_iso(text).or_else(midnight).ok_or_else(|| VisitTimeError::Day0.into())
}

impl fmt::Display for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "caller",
            Self::Scan => "scan",
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum VisitTimeError {
    #[error(
        "the time of the visit is a date, of which only the hours since day 0 are kept: give day 0 too (`day0`, as YYYY-MM-DD), or an interval such as `2d`"
    )]
    NoDay0,
    #[error(
        "the time of the visit cannot be read: expected an interval since the first visit, as in `36h` or `2d`, or with day 0 YYYY-MM-DDThh:mm, without a time zone"
    )]
    Unreadable,
    #[error("day 0 cannot be read: expected YYYY-MM-DD, or YYYY-MM-DDThh:mm without a time zone")]
    Day0,
    #[error(
        "day 0 is given, but neither image has the time of its scan in a header or sidecar: give the time of the visit, as in `2d`"
    )]
    NoScanTime,
    #[error("the visit lies {hours:.1} h before day 0: check both, and the scanner's clock")]
    BeforeDay0 { hours: f64 },
}

impl Detail for VisitTimeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(time: &str, day0: Option<&str>) -> Result<f64> {
        Ok(VisitTime::parse(time, day0)?.since_first(None)?.hours_since_first)
    }

    #[test]
    fn hours_are_counted_from_day_0() {
        assert_eq!(hours("2d", None).unwrap(), 48.0);
        assert_eq!(hours("2d", Some("2031-05-06")).unwrap(), 48.0);
        assert_eq!(hours("2031-05-08T12:00", Some("2031-05-06")).unwrap(), 60.0);
        assert_eq!(hours("2031-05-08T12:00", Some("2031-05-08T11:30")).unwrap(), 0.5);
        let scan = DateTime::parse_iso("2031-05-13T06:00");
        let of_scan = VisitTime::of_scan("2031-05-06").unwrap().since_first(scan).unwrap();
        assert_eq!((of_scan.hours_since_first, of_scan.by), (174.0, TimeSource::Scan));
    }

    #[test]
    fn errors_reveal_no_date() {
        let of_scan = VisitTime::of_scan("2031-05-06").and_then(|time| time.since_first(None));
        for (found, part) in [
            (hours("2031-05-08T12:00", None), "give day 0 too"),
            (hours("2031-05-08", Some("2031-05-06")), "cannot be read"),
            (hours("2031-05-08T12:00", Some("6 May 2031")), "day 0 cannot be read"),
            (hours("2031-05-06T12:00", Some("2031-05-08")), "lies 36.0 h before day 0"),
            (of_scan.map(|time| time.hours_since_first), "neither image has the time of its scan"),
        ] {
            let error = found.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            let text = error.to_string();
            assert!(text.contains(part), "{text}");
            assert!(!text.contains("2031") && !text.contains("May"), "{text}");
        }
    }
}
