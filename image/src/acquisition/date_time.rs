//! A point in time by a clock on the wall.

use std::{fmt, str::FromStr};

use crate::error::{Detail, Error, ErrorKind, Result};

/// A date with its time of day, by the local clock where the scan was made, without a time zone.
///
/// It serves to be subtracted and nothing else: it is never printed, not even by `Debug`.
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
pub struct DateTime {
    /// Microseconds since the start of 1 March of the year 0.
    microseconds: i64,
}

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const MICROSECONDS_PER_HOUR: f64 = 3.6e9;

impl DateTime {
    /// Hours from an earlier time to this one; negative when it is later.
    pub fn hours_since(self, earlier: Self) -> f64 {
        (self.microseconds - earlier.microseconds) as f64 / MICROSECONDS_PER_HOUR
    }

    /// Reads `YYYY-MM-DDThh:mm`, with seconds and their fraction if known.
    ///
    /// # Reference
    /// ISO 8601, extended format, without a zone.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (date, time) = text.trim().split_once(['T', ' '])?;
        let [year, month, day] = fields(date, '-')?;
        if [year.len(), month.len(), day.len()] != [4, 2, 2] {
            return None;
        }
        Self::new([year, month, day], clock(time)?)
    }

    /// Reads a DICOM date (DA) and time (TM).
    pub fn from_dicom(date: &str, time: &str) -> Option<Self> {
        let date = date.trim().replace('.', "");
        Self::new(date_fields(&date)?, clock(time)?)
    }

    /// Reads a DICOM date time (DT). An offset from UTC is dropped: the digits before it are local time.
    pub fn from_dicom_datetime(text: &str) -> Option<Self> {
        let local = text.trim().split(['+', '-', '&']).next()?;
        let (date, time) = local.split_at_checked(8)?;
        Self::new(date_fields(date)?, clock(time)?)
    }

    fn new(date: [&str; 3], microseconds: i64) -> Option<Self> {
        let [year, month, day] = date.map(number);
        let days = days(year?, month?, day?)?;
        Some(Self { microseconds: days * 86_400 * MICROSECONDS_PER_SECOND + microseconds })
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

/// A number of digits alone.
fn number(text: &str) -> Option<i64> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Days since 1 March of the year 0 in the Gregorian calendar; none for a date that does not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if year < 1 || !(1..=length).contains(&day) {
        return None;
    }
    // years that begin in March end with their leap day
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1)
}

/// Microseconds of a time of day, `hh:mm[:ss[.f]]` or `hhmm[ss[.f]]`; hours alone are too coarse.
fn clock(text: &str) -> Option<i64> {
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
    // 60 is a leap second
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((3600 * hour + 60 * minute + second) * MICROSECONDS_PER_SECOND + microseconds(fraction)?)
}

/// A fraction of a second, to six digits.
fn microseconds(fraction: &str) -> Option<i64> {
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let only_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| number(&digits)).flatten()
}

impl FromStr for DateTime {
    type Err = Error;

    /// Reads `YYYY-MM-DDThh:mm`, with seconds if known. The error does not repeat the text.
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

    /// Day numbers of the calendar that Howard Hinnant's `days_from_civil` and Python's `datetime` share.
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
        assert_eq!(days(1970, 1, 1).unwrap() - days(1, 1, 1).unwrap(), 719_162, "Python's date.toordinal");
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
    fn what_is_no_time_is_refused() {
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
    fn nothing_shows_it() {
        assert_eq!(format!("{:?}", iso("2031-05-06T08:30")), "DateTime(..)");
    }
}
