//! The date and time of a scan.

use std::{fmt, str::FromStr};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::error::{Detail, Error, ErrorKind, Result};

/// A date and time of day, by the local clock where the scan was made, without a time zone.
///
/// It can only be compared and subtracted. As it may identify a patient it is never printed, not even by `Debug`.
///
/// # Example
/// ```
/// use hemastage_image::acquisition::DateTime;
/// let bleed: DateTime = "2031-02-28T22:30".parse()?;
/// let scan: DateTime = "2031-03-01T08:00:30".parse()?;
/// assert!(scan > bleed);
/// assert!("2031-02-28T22:30Z".parse::<DateTime>().is_err(), "a zone is refused");
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(NaiveDateTime);

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const MICROSECONDS_PER_HOUR: f64 = 3.6e9;

impl DateTime {
    /// Hours from an earlier time to this one; negative when `earlier` is in fact later.
    pub fn hours_since(self, earlier: Self) -> f64 {
        // years of four digits always fit
        let microseconds = (self.0 - earlier.0).num_microseconds().unwrap_or(i64::MAX);
        microseconds as f64 / MICROSECONDS_PER_HOUR
    }

    /// Reads `YYYY-MM-DDThh:mm`, with optional seconds and their fraction.
    ///
    /// # Reference
    /// ISO 8601, extended format, without a zone.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (date, time) = text.trim().split_once(['T', ' '])?;
        let [year, month, day] = fields(date, '-')?;
        if [year.len(), month.len(), day.len()] != [4, 2, 2] {
            return None;
        }
        Self::new([year, month, day], time_of_day(time)?)
    }

    /// Reads a DICOM date (DA) and time (TM).
    pub fn from_dicom(date: &str, time: &str) -> Option<Self> {
        let date = date.trim().replace('.', "");
        Self::new(date_fields(&date)?, time_of_day(time)?)
    }

    /// Reads a DICOM date time (DT). An offset from UTC is ignored: the digits before it are local time.
    pub fn from_dicom_datetime(text: &str) -> Option<Self> {
        let local = text.trim().split(['+', '-', '&']).next()?;
        let (date, time) = local.split_at_checked(8)?;
        Self::new(date_fields(date)?, time_of_day(time)?)
    }

    /// Midnight before the time in a text that begins with a date, with or without signs in between.
    pub(crate) fn of_day(text: &str) -> Option<Self> {
        let date = text.trim().split(['T', ' ']).next()?.replace(['-', '.', '/'], "");
        Self::new(date_fields(date.get(..8)?)?, TimeDelta::zero())
    }

    fn new(date: [&str; 3], since_midnight: TimeDelta) -> Option<Self> {
        let [year, month, day] = date.map(number);
        let year = i32::try_from(year?).ok().filter(|&year| year > 0)?;
        let date = NaiveDate::from_ymd_opt(year, month?.try_into().ok()?, day?.try_into().ok()?)?;
        date.and_time(NaiveTime::MIN).checked_add_signed(since_midnight).map(Self)
    }
}

/// The three fields of `YYYYMMDD`.
fn date_fields(date: &str) -> Option<[&str; 3]> {
    let (year, rest) = date.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    (day.len() == 2).then_some([year, month, day])
}

fn fields<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

/// A number of up to six digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A time of day, `hh:mm[:ss[.f]]` or `hhmm[ss[.f]]`; hours alone are too coarse.
fn time_of_day(text: &str) -> Option<TimeDelta> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let parts: Vec<&str> = if whole.contains(':') {
        whole.split(':').collect()
    } else {
        whole.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).ok()).collect::<Option<_>>()?
    };
    let [hour, minute, second] = match parts[..] {
        [hour, minute] if fraction.is_empty() => [hour, minute, "0"],
        [hour, minute, second] => [hour, minute, second],
        _ => return None,
    };
    // converters write 13:19:4.995 for 13:19:04.995
    if hour.len() > 2 || minute.len() != 2 || second.len() > 2 {
        return None;
    }
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    // 60 is a leap second, the first of the next minute
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = 3600 * hour + 60 * minute + second;
    Some(TimeDelta::microseconds(seconds * MICROSECONDS_PER_SECOND + microseconds(fraction)?))
}

/// A fraction of a second, to six digits.
fn microseconds(fraction: &str) -> Option<i64> {
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let only_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| number(&digits)).flatten()
}

impl FromStr for DateTime {
    type Err = Error;

    /// Reads `YYYY-MM-DDThh:mm`, with optional seconds. The error does not repeat the text.
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_iso(text).ok_or_else(|| DateTimeError.into())
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DateTime(..)")
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "not a date and time: expected YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss, local time where the scan was made, without a time zone"
)]
struct DateTimeError;

impl Detail for DateTimeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> DateTime {
        DateTime::parse_iso(text).unwrap()
    }

    /// Against the proleptic Gregorian calendar of Python's `datetime`.
    #[test]
    fn days_are_those_of_the_calendar() {
        let hours = |from: &str, to: &str| iso(to).hours_since(iso(from));
        assert_eq!(hours("2023-02-28T00:00", "2023-03-01T00:00"), 24.0);
        assert_eq!(hours("2024-02-28T00:00", "2024-03-01T00:00"), 48.0);
        assert_eq!(hours("1900-02-28T00:00", "1900-03-01T00:00"), 24.0);
        assert_eq!(hours("2000-02-28T00:00", "2000-03-01T00:00"), 48.0);
        assert_eq!(hours("1970-01-01T00:00", "2038-01-19T03:14:08"), 2_147_483_648.0 / 3600.0);
        assert_eq!(hours("2030-12-31T23:30", "2031-01-01T01:00"), 1.5);
        assert_eq!(hours("2031-01-01T01:00", "2030-12-31T23:30"), -1.5);
        let ordinal = hours("0001-01-01T00:00", "1970-01-01T00:00") / 24.0;
        assert_eq!(ordinal, 719_162.0, "Python's date.toordinal");
        assert_eq!(hours("2016-12-31T23:59:60", "2017-01-01T00:00"), 0.0, "a leap second");
    }

    #[test]
    fn dicom_and_iso_agree() {
        let expected = iso("2031-05-06T08:09:10.5");
        assert_eq!(DateTime::from_dicom("20310506", "080910.500000"), Some(expected));
        assert_eq!(DateTime::from_dicom("2031.05.06 ", "08:09:10.5"), Some(expected));
        assert_eq!(DateTime::from_dicom_datetime("20310506080910.500000&+0100"), Some(expected));
        assert_eq!(DateTime::from_dicom_datetime("20310506080910.5-0500"), Some(expected));
        assert_eq!(DateTime::parse_iso("2031-05-06 8:09:10.5"), Some(expected));
        assert_eq!(DateTime::from_dicom("20310506", "0809"), Some(iso("2031-05-06T08:09")));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "T",
            "2031-05-06",
            "2031-05-06T08",
            "2031-05-06T08:30Z",
            "2031-05-06T08:30+01:00",
            "2031-02-29T08:30",
            "2031-13-01T08:30",
            "2031-00-10T08:30",
            "2031-05-32T08:30",
            "2031-05-06T24:00",
            "2031-05-06T08:60",
            "2031-05-06T08:30:61",
            "2031-05-06T08:30.5",
            "0000-05-06T08:30",
            "31-05-06T08:30",
            "-2031-05-06T08:30",
            "+031-05-06T08:30",
            "2031-05-06T0\u{e9}:30",
            "２０３１-05-06T08:30",
        ] {
            assert_eq!(DateTime::parse_iso(text), None, "{text}");
            let error = text.parse::<DateTime>().unwrap_err();
            assert!(error.kind() == ErrorKind::Parameter && !error.to_string().contains("2031"), "{error}");
        }
        for (date, time) in [("20310506", ""), ("20310506", "08"), ("203105", "0830"), ("", "0830")] {
            assert_eq!(DateTime::from_dicom(date, time), None);
        }
        for text in ["", "20310506", "2031050608", "2031", "é0310506080910"] {
            assert_eq!(DateTime::from_dicom_datetime(text), None, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", iso("2031-05-06T08:30")), "DateTime(..)");
    }
}
