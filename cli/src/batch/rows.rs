//! A part of a manifest's rows, as one job of a cluster works on.

use std::{ops::Range, str::FromStr};

use crate::failure::{Failure, Outcome};

/// Rows of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// From the first to before the second, counted from 0.
    Between(usize, usize),
    /// One of several parts of nearly the same length, counted from 1.
    Part { number: usize, of: usize },
}

impl FromStr for Rows {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pair =
            |sign| text.split_once(sign).and_then(|(a, b): (&str, &str)| Some((number(a)?, number(b)?)));
        match (pair(':'), pair('/')) {
            (Some((from, to)), _) if from < to => Ok(Self::Between(from, to)),
            (_, Some((number, of))) if (1..=of).contains(&number) => Ok(Self::Part { number, of }),
            _ => Err("expected rows counted from 0, the end excluded, as in `0:500`, or the first of ten parts as in `1/10`".into()),
        }
    }
}

impl Rows {
    /// The places of the rows in a manifest of `n` rows.
    ///
    /// # Errors
    /// When it has none of them.
    pub(super) fn of(self, n: usize) -> Outcome<Range<usize>> {
        match self {
            Self::Between(from, _) if from >= n => {
                Err(Failure::usage(format!("--rows begins at {from}, but the manifest has {n} rows, from 0")))
            }
            Self::Between(from, to) => Ok(from..to.min(n)),
            Self::Part { number, of } => Ok(n * (number - 1) / of..n * number / of),
        }
    }
}

/// A number without a sign, small enough to be multiplied.
fn number(text: &str) -> Option<usize> {
    text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).map(|n| n as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_rows_once() {
        for n in [0, 1, 7, 100] {
            for of in [1, 3, 7, 200] {
                let part = |number| Rows::Part { number, of }.of(n).unwrap();
                let all: Vec<usize> = (1..=of).flat_map(part).collect();
                assert_eq!(all, (0..n).collect::<Vec<_>>(), "{n} rows in {of} parts");
                assert!((1..=of).all(|number| part(number).len() <= n / of + 1));
            }
        }
    }

    #[test]
    fn rows_are_counted_from_0() {
        let of = |text: &str| text.parse::<Rows>().unwrap().of(10).map_err(|failure| failure.text().unwrap());
        assert_eq!(of("0:4"), Ok(0..4));
        assert_eq!(of("8:12"), Ok(8..10), "the last part may be shorter");
        assert_eq!(of("2/3"), Ok(3..6));
        assert_eq!(of("10:12"), Err("--rows begins at 10, but the manifest has 10 rows, from 0".into()));
        for text in ["", "3", "4:4", "5:2", "0/3", "4/3", "1/0", "-1:3", "+1:3", "1:", "1:99999999999", "a/b"]
        {
            assert!(text.parse::<Rows>().is_err(), "{text}");
        }
    }
}
