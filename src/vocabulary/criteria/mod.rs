//! A criteria profile: thresholds, patterns per stage with weights, time windows, each with its
//! source. Data, not code.
//!
//! | file | what it does |
//! |---|---|
//! | `profile.rs` | reads a profile from TOML and checks it, with line numbers |
//! | `profiles/` | the three built-in profiles |

mod profile;

use hemastage_image::error::Result;

use crate::vocabulary::{
    stage::{SignalLevel, Stage},
    units::Onset,
};

/// The ratios that part hypo, iso and hyper on one contrast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Darker than the reference below this ratio.
    pub hypo_below: f64,
    /// Brighter than the reference above this ratio.
    pub hyper_above: f64,
}

impl Thresholds {
    /// The signal level of a ratio; a ratio on a threshold is iso.
    pub fn level(&self, ratio: f64) -> SignalLevel {
        if ratio < self.hypo_below {
            SignalLevel::Hypo
        } else if ratio > self.hyper_above {
            SignalLevel::Hyper
        } else {
            SignalLevel::Iso
        }
    }
}

/// The hours after a bleed in which a stage is expected: `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Window {
    /// First hour; none or 0 when the stage begins with the bleed.
    pub from: Option<f64>,
    /// Hour by which the next stage has begun; none when it lasts.
    pub to: Option<f64>,
}

impl Window {
    /// Whether a bleed of this age is in the window.
    pub fn holds(&self, onset: Onset) -> bool {
        self.from.is_none_or(|from| onset.hours() >= from) && self.to.is_none_or(|to| onset.hours() < to)
    }

    /// Whether the window is over at this age.
    pub fn ended_by(&self, onset: Onset) -> bool {
        self.to.is_some_and(|to| to <= onset.hours())
    }
}

/// A pair of signal levels that a stage can show.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Level on T1.
    pub t1: SignalLevel,
    /// Level on T2.
    pub t2: SignalLevel,
    /// How typical it is of the stage.
    pub weight: f64,
    /// Where that is published.
    pub source: String,
}

/// One stage's window and patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct StageRule {
    /// When the stage is expected.
    pub window: Window,
    /// How it looks.
    pub patterns: Vec<Pattern>,
}

/// A known look that mixes two or more stages and is read as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// The stages it mixes, in order.
    pub stages: Vec<Stage>,
    /// The T1 level of the whole hematoma.
    pub t1: SignalLevel,
    /// The share of the core that the last of the stages must reach.
    pub last_share: f64,
    /// The stage it is read as.
    pub call: Stage,
    /// Where that is published.
    pub source: String,
}

/// Stages that the signal alone does not part.
#[derive(Debug, Clone, PartialEq)]
pub struct Ambiguity {
    /// The code of the finding.
    pub code: String,
    /// The stages that cannot be told apart.
    pub stages: Vec<Stage>,
    /// The T2 level of the whole hematoma.
    pub t2: SignalLevel,
    /// The median T1 ratio, from and to, both inclusive.
    pub t1_ratio: (f64, f64),
    /// Why.
    pub source: String,
}

/// A tissue or fluid whose signal is not blood's.
#[derive(Debug, Clone, PartialEq)]
pub struct Mimic {
    /// The code of the finding.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// Median T1 ratio below this.
    pub t1_below: f64,
    /// Median T2 ratio above this.
    pub t2_above: f64,
    /// Why.
    pub source: String,
}

/// A checked profile.
///
/// # Example
/// ```
/// use hemastage::{Criteria, stage::SignalLevel};
/// let spinal = Criteria::built_in("spinal")?;
/// assert_eq!(spinal.t1.level(0.95), SignalLevel::Iso);
/// assert_eq!(spinal, Criteria::from_toml(Criteria::built_in_toml("spinal")?)?);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Criteria {
    /// The name reports carry.
    pub name: String,
    /// One line for a person.
    pub title: String,
    /// Where the table comes from.
    pub source: String,
    /// Thresholds on T1.
    pub t1: Thresholds,
    /// Thresholds on T2.
    pub t2: Thresholds,
    /// The five stages in order.
    pub stages: [StageRule; 5],
    /// The mixture rule, where the profile has one.
    pub mixture: Option<Mixture>,
    /// What the signal alone cannot part.
    pub ambiguities: Vec<Ambiguity>,
    /// What is no blood.
    pub mimics: Vec<Mimic>,
}

const BUILT_IN: [(&str, &str); 3] = [
    ("spinal", include_str!("profiles/spinal.toml")),
    ("sseh-review", include_str!("profiles/sseh-review.toml")),
    ("intracranial", include_str!("profiles/intracranial.toml")),
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
    pub const DEFAULT: &str = BUILT_IN[0].0;

    /// The names of the built-in profiles.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|&(name, _)| name)
    }

    /// A built-in profile.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in(name: &str) -> Result<Self> {
        Self::from_toml(Self::built_in_toml(name)?)
    }

    /// The text of a built-in profile, a start for one's own.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in_toml(name: &str) -> Result<&'static str> {
        let found = BUILT_IN.iter().find(|&&(known, _)| known == name);
        found.map(|&(_, text)| text).ok_or_else(|| {
            let known = Self::built_in_names().collect::<Vec<_>>().join(", ");
            profile::ProfileError::Unknown { name: name.into(), known }.into()
        })
    }

    /// Reads a profile and checks it.
    ///
    /// # Errors
    /// `Malformed`, with the line at fault: not TOML, an unknown or missing key or stage, a negative
    /// weight, thresholds or windows in the wrong order.
    pub fn from_toml(text: &str) -> Result<Self> {
        profile::read(text)
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

    /// The window of one of the five stages; none for indeterminate.
    pub fn window(&self, stage: Stage) -> Option<Window> {
        self.stages.get(stage.index()).map(|rule| rule.window)
    }
}
