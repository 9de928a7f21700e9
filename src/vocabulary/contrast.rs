//! The two contrasts, T1 and T2, and one value for each.

use std::{
    fmt,
    ops::{Index, IndexMut},
    str::FromStr,
};

use hemastage_image::{
    error::{Detail, Error, ErrorKind, Result},
    text::quoted,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The weighting of one of a study's two images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Contrast {
    /// T1-weighted.
    T1,
    /// T2-weighted.
    T2,
}

impl Contrast {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::T1, Self::T2];

    /// The name in reports and tables, and as the place of a finding: `t1` or `t2`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::T1 => "t1",
            Self::T2 => "t2",
        }
    }
}

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::T1 => "T1",
            Self::T2 => "T2",
        })
    }
}

impl FromStr for Contrast {
    type Err = Error;

    /// Reads `t1` or `t2`, in any case.
    fn from_str(text: &str) -> Result<Self> {
        let word = text.trim();
        Self::BOTH
            .into_iter()
            .find(|contrast| word.eq_ignore_ascii_case(contrast.key()))
            .ok_or_else(|| ContrastError { found: quoted(text) }.into())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("unknown contrast `{found}`: expected t1 or t2")]
struct ContrastError {
    found: String,
}

impl Detail for ContrastError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// One value per contrast, indexed by [`Contrast`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PerContrast<T> {
    /// On T1.
    pub t1: T,
    /// On T2.
    pub t2: T,
}

impl<T> PerContrast<T> {
    /// Calls a function for the value of each contrast.
    pub fn from_fn(mut value: impl FnMut(Contrast) -> T) -> Self {
        Self { t1: value(Contrast::T1), t2: value(Contrast::T2) }
    }

    /// Applies a function to both values.
    pub fn map<U>(self, mut to: impl FnMut(T) -> U) -> PerContrast<U> {
        PerContrast { t1: to(self.t1), t2: to(self.t2) }
    }

    /// References to both values.
    pub const fn as_ref(&self) -> PerContrast<&T> {
        PerContrast { t1: &self.t1, t2: &self.t2 }
    }

    /// Both contrasts with their values.
    pub fn iter(&self) -> impl Iterator<Item = (Contrast, &T)> {
        Contrast::BOTH.into_iter().map(|contrast| (contrast, &self[contrast]))
    }
}

impl<T> Index<Contrast> for PerContrast<T> {
    type Output = T;

    fn index(&self, contrast: Contrast) -> &T {
        match contrast {
            Contrast::T1 => &self.t1,
            Contrast::T2 => &self.t2,
        }
    }
}

impl<T> IndexMut<Contrast> for PerContrast<T> {
    fn index_mut(&mut self, contrast: Contrast) -> &mut T {
        match contrast {
            Contrast::T1 => &mut self.t1,
            Contrast::T2 => &mut self.t2,
        }
    }
}

impl<T> From<(T, T)> for PerContrast<T> {
    /// T1, then T2.
    fn from((t1, t2): (T, T)) -> Self {
        Self { t1, t2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for contrast in Contrast::BOTH {
            assert_eq!(contrast.key().parse::<Contrast>().unwrap(), contrast);
            assert_eq!(contrast.to_string().parse::<Contrast>().unwrap(), contrast);
            assert_eq!(serde_json::to_value(contrast).unwrap(), contrast.key());
        }
        assert_eq!(
            "pd".parse::<Contrast>().unwrap_err().to_string(),
            "unknown contrast `pd`: expected t1 or t2"
        );
    }

    #[test]
    fn each_contrast_has_its_own_value() {
        let mut both = PerContrast::from_fn(Contrast::key);
        assert_eq!((both[Contrast::T1], both[Contrast::T2]), ("t1", "t2"));
        both[Contrast::T2] = "other";
        assert_eq!(both.iter().collect::<Vec<_>>(), [(Contrast::T1, &"t1"), (Contrast::T2, &"other")]);
        assert_eq!(both.as_ref().map(|key| key.len()), PerContrast::from((2, 5)));
    }
}
