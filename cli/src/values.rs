//! Parsers of option values that are more than a word or a number.

use std::{ffi::OsString, str::FromStr};

use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use hemastage::{
    criteria::Thresholds,
    load::{ImageFile, MaskFile},
};
use hemastage_image::text::{MAX_NAME, checked};
use hemastage_phantom::{Direction, Sequence};

/// A name that reports, figures and tables carry.
pub(crate) fn name() -> impl TypedValueParser<Value = String> {
    NonEmptyStringValueParser::new().try_map(|name| {
        if name.starts_with(['=', '+', '@']) {
            let formula =
                "the study's name starts with `=`, `+` or `@`, which spreadsheets take for a formula";
            return Err(formula.to_owned());
        }
        checked("the name", &name, MAX_NAME).map(|()| name).map_err(|error| error.to_string())
    })
}

/// An image, or a folder with its series, as in `folder#5`.
pub(crate) fn image() -> impl TypedValueParser<Value = ImageFile> {
    let parse = |text: OsString| text.to_str().map_or_else(|| ImageFile::new(text.clone()), ImageFile::parse);
    OsStringValueParser::new().map(parse)
}

/// A mask with its labels, as in `seg.nii.gz:3,4`.
pub(crate) fn mask() -> impl TypedValueParser<Value = MaskFile> {
    let parse = |text: OsString| text.to_str().map_or_else(|| MaskFile::new(text.clone()), MaskFile::parse);
    OsStringValueParser::new().map(parse)
}

/// The two thresholds of a contrast, as in `0.75,1.2`.
pub(crate) fn thresholds(text: &str) -> Result<Thresholds, String> {
    let expected = "expected two ratios, 0 < LO < HI, as in `0.75,1.2`";
    match numbers(text).as_deref() {
        Some(&[hypo_below, hyper_above]) if 0.0 < hypo_below && hypo_below < hyper_above => {
            Ok(Thresholds { hypo_below, hyper_above })
        }
        _ => Err(expected.into()),
    }
}

/// A known reference signal, with its spread where known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ReferenceValue {
    pub(crate) value: f64,
    pub(crate) spread: Option<f64>,
}

impl FromStr for ReferenceValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = match numbers(text).as_deref() {
            Some(&[value]) => Some(Self { value, spread: None }),
            Some(&[value, spread]) => Some(Self { value, spread: Some(spread) }),
            _ => None,
        };
        found
            .filter(|found| found.value > 0.0 && found.spread.is_none_or(|spread| spread >= 0.0))
            .ok_or_else(|| "expected a signal above 0, then its spread if known, as in `412,14`".into())
    }
}

/// The signal-to-noise ratio of a phantom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Snr {
    /// A ratio.
    Ratio(f64),
    /// No noise.
    NoNoise,
}

impl FromStr for Snr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::NoNoise),
            _ => text.parse().map(Self::Ratio).map_err(|_| "expected a ratio such as `25`, or `none`".into()),
        }
    }
}

/// Three lengths along i, j, k, as in `0.8,0.8,4`.
pub(crate) fn lengths(text: &str) -> Result<[f64; 3], String> {
    numbers(text)
        .and_then(|found| <[f64; 3]>::try_from(found).ok())
        .filter(|found| found.iter().all(|&mm| mm > 0.0))
        .ok_or_else(|| "expected three lengths in mm, as in `0.8,0.8,4`".into())
}

/// Three angles in degrees, as in `3,-4,5`.
pub(crate) fn angles(text: &str) -> Result<[f64; 3], String> {
    let found = numbers(text).and_then(|found| found.try_into().ok());
    found.ok_or_else(|| "expected three angles in degrees, as in `3,-4,5`".into())
}

/// Three distances in mm, of either sign.
pub(crate) fn offsets(text: &str) -> Result<[f64; 3], String> {
    let found = numbers(text).and_then(|found| found.try_into().ok());
    found.ok_or_else(|| "expected three distances in mm, as in `0.5,-1,0`".into())
}

/// The directions in which the axes of a grid grow, as in `PIR`.
pub(crate) fn axes(text: &str) -> Result<[Direction; 3], String> {
    let direction = |letter: char| match letter.to_ascii_uppercase() {
        'R' => Some(Direction::Right),
        'L' => Some(Direction::Left),
        'A' => Some(Direction::Anterior),
        'P' => Some(Direction::Posterior),
        'S' => Some(Direction::Superior),
        'I' => Some(Direction::Inferior),
        _ => None,
    };
    let found: Option<Vec<Direction>> = text.chars().map(direction).collect();
    let found = found.and_then(|found| found.try_into().ok());
    found.ok_or_else(|| "expected three letters of R, L, A, P, S and I, as in `PIR`".into())
}

/// Repetition and echo time in ms, as in `550,10`.
pub(crate) fn sequence(text: &str) -> Result<Sequence, String> {
    match numbers(text).as_deref() {
        Some(&[tr, te]) => Ok(Sequence::new(tr, te)),
        _ => Err("expected repetition and echo time in ms, as in `550,10`".into()),
    }
}

/// Finite numbers, separated by commas.
fn numbers(text: &str) -> Option<Vec<f64>> {
    let number = |part: &str| part.trim().parse().ok().filter(|number: &f64| number.is_finite());
    text.split(',').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_two_rising_ratios() {
        assert_eq!(thresholds("0.75, 1.2"), Ok(Thresholds { hypo_below: 0.75, hyper_above: 1.2 }));
        for wrong in ["1.2,0.75", "1,1", "0,1", "-1,1", "0.7", "0.7,1,2", "nan,1", "0.7,inf", "a,b", ""] {
            assert!(thresholds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_reference_value_may_have_a_spread() {
        assert_eq!("412".parse(), Ok(ReferenceValue { value: 412.0, spread: None }));
        assert_eq!("412,14".parse(), Ok(ReferenceValue { value: 412.0, spread: Some(14.0) }));
        for wrong in ["0", "-1", "412,-1", "412,1,2", "x", "nan"] {
            assert!(wrong.parse::<ReferenceValue>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn axes_are_three_letters() {
        assert_eq!(axes("PIr"), Ok([Direction::Posterior, Direction::Inferior, Direction::Right]));
        assert!(
            axes("PI").is_err() && axes("PIX").is_err() && angles("1,2").is_err() && sequence("550").is_err()
        );
        assert_eq!(angles("3,-4,5"), Ok([3.0, -4.0, 5.0]));
    }

    #[test]
    fn lengths_come_in_threes() {
        assert_eq!(lengths("0.8,0.8,4"), Ok([0.8, 0.8, 4.0]));
        for wrong in ["1,1", "1,1,0", "1,1,1,1", "1,1,x"] {
            assert!(lengths(wrong).is_err(), "{wrong}");
        }
    }
}
