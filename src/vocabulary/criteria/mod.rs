//! Criteria profiles: thresholds, patterns per stage with weights, time windows, states of blood, each with its source.
//! Data, not code.

mod error;
mod profile;
mod read;
mod states;

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use hemastage_image::{error::Result, text::quoted};
use sha2::{Digest, Sha256};

use self::error::ProfileError;
pub use self::{
    profile::{Ambiguity, Mimic, Mixture, Pattern, Profile, StageRule, Thresholds, Window},
    states::{Blood, ByField, Cord, Spread, State},
};
use crate::vocabulary::stage::Stage;

/// A checked profile: what is read of it is what a valid [`Profile`] holds.
///
/// It is made by [`Profile::check`], from TOML, or by [`Criteria::changed`], and cannot be edited in place. Clones share
/// it.
///
/// # Example
/// ```
/// use hemastage::{Criteria, stage::SignalLevel};
/// let spinal = Criteria::built_in("spinal")?;
/// assert_eq!(spinal.t1.level(0.95), SignalLevel::Iso);
/// assert_eq!(spinal, Criteria::from_toml(Criteria::built_in_toml("spinal")?)?);
///
/// let wider = spinal.changed(|profile| profile.t1.hyper_above = 1.3)?;
/// assert_eq!(wider.t1.level(1.25), SignalLevel::Iso);
/// assert!(wider.changed(|profile| profile.t1.hypo_below = f64::NAN).is_err());
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Criteria {
    profile: Arc<Profile>,
    sha256: Arc<str>,
}

impl Deref for Criteria {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        &self.profile
    }
}

impl PartialEq for Criteria {
    /// Whether they say the same, in whatever words of TOML.
    fn eq(&self, other: &Self) -> bool {
        self.profile == other.profile
    }
}

/// Name, text, and the profile once it is parsed: a batch asks for it at each study.
static BUILT_IN: [(&str, &str, OnceLock<Criteria>); 3] = [
    ("spinal", include_str!("profiles/spinal.toml"), OnceLock::new()),
    ("sseh-review", include_str!("profiles/sseh-review.toml"), OnceLock::new()),
    ("intracranial", include_str!("profiles/intracranial.toml"), OnceLock::new()),
];

impl Default for Criteria {
    /// The profile `spinal`.
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the text is part of the crate and a test reads it")]
        Self::built_in(Self::DEFAULT).expect("the built-in profile is valid")
    }
}

impl Criteria {
    /// The name of the profile used when none is chosen.
    pub const DEFAULT: &str = "spinal";

    /// The names of the built-in profiles.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|&(name, ..)| name)
    }

    /// A built-in profile.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in(name: &str) -> Result<Self> {
        let (_, text, parsed) = Self::entry(name)?;
        if let Some(criteria) = parsed.get() {
            return Ok(criteria.clone());
        }
        let criteria = Self::from_toml(text)?;
        Ok(parsed.get_or_init(|| criteria).clone())
    }

    /// The text of a built-in profile, a start for one's own.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in_toml(name: &str) -> Result<&'static str> {
        Self::entry(name).map(|&(_, text, _)| text)
    }

    fn entry(name: &str) -> Result<&'static (&'static str, &'static str, OnceLock<Self>)> {
        BUILT_IN.iter().find(|(known, ..)| *known == name).ok_or_else(|| {
            let known = Self::built_in_names().collect::<Vec<_>>().join(", ");
            ProfileError::Unknown { name: quoted(name), known }.into()
        })
    }

    /// Reads a profile and checks it.
    ///
    /// # Errors
    /// `Malformed`, with the line at fault: not TOML, an unknown or missing key or stage, a negative
    /// weight, thresholds or windows in the wrong order.
    pub fn from_toml(text: &str) -> Result<Self> {
        read::profile(text)
    }

    /// The same with something changed, checked again.
    ///
    /// # Errors
    /// As [`Profile::check`].
    pub fn changed(self, change: impl FnOnce(&mut Profile)) -> Result<Self> {
        let mut profile = (*self.profile).clone();
        change(&mut profile);
        if profile == *self.profile { Ok(self) } else { profile.check() }
    }

    /// The SHA-256 of the profile's text, by which two of one name are told apart; of one that was changed or made in
    /// code, of all its values.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// A profile that was checked.
    fn of(profile: Profile) -> Self {
        let sha256 = hash(&format!("{profile:?}"));
        Self { profile: Arc::new(profile), sha256 }
    }

    /// The same, read from this text.
    fn with_text(self, text: &str) -> Self {
        Self { sha256: hash(text), ..self }
    }

    /// The weights of the patterns, by stage, T1 level and T2 level; 0 when not listed.
    pub fn weights(&self) -> [[[f64; 3]; 3]; 5] {
        let mut weights = [[[0.0; 3]; 3]; 5];
        for (stage, rule) in weights.iter_mut().zip(&self.stages) {
            for pattern in &rule.patterns {
                stage[pattern.t1.index()][pattern.t2.index()] = pattern.weight;
            }
        }
        weights
    }

    /// The window of one of the five stages; `None` for indeterminate.
    pub fn window(&self, stage: Stage) -> Option<Window> {
        self.stages.get(stage.index()).map(|rule| rule.window)
    }
}

fn hash(text: &str) -> Arc<str> {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let digest = Sha256::digest(text);
    digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect::<String>().into()
}
