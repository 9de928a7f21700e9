//! Reads a criteria profile from TOML and checks it, with the line at fault in every error.

use hemastage_image::error::{Detail, ErrorKind, Result};
use serde::Deserialize;
use toml::Spanned;

use super::{Ambiguity, Criteria, Mimic, Mixture, Pattern, StageRule, Thresholds, Window};
use crate::vocabulary::stage::{SignalLevel, Stage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileToml {
    name: Spanned<String>,
    #[serde(default)]
    title: String,
    source: String,
    thresholds: ThresholdsToml,
    stage: Vec<Spanned<StageToml>>,
    mixture: Option<Spanned<MixtureToml>>,
    #[serde(default)]
    ambiguity: Vec<AmbiguityToml>,
    #[serde(default)]
    mimic: Vec<MimicToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsToml {
    #[serde(rename = "source")]
    _source: Option<String>,
    t1: Spanned<BandToml>,
    t2: Spanned<BandToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BandToml {
    hypo_below: f64,
    hyper_above: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageToml {
    name: Spanned<String>,
    #[serde(default)]
    window_hours: Option<Spanned<RangeToml>>,
    patterns: Vec<Spanned<PatternToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeToml {
    from: Option<f64>,
    to: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternToml {
    t1: SignalLevel,
    t2: SignalLevel,
    weight: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MixtureToml {
    stages: Vec<Spanned<String>>,
    t1: SignalLevel,
    last_share: f64,
    call: Spanned<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AmbiguityToml {
    code: Spanned<String>,
    stages: Vec<Spanned<String>>,
    t2: SignalLevel,
    t1_ratio: Spanned<RangeToml>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MimicToml {
    code: Spanned<String>,
    name: String,
    t1_below: f64,
    t2_above: f64,
    source: String,
}

/// Reads and checks a profile.
pub(super) fn read(text: &str) -> Result<Criteria> {
    let check = Checker { text };
    let raw: ProfileToml = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        ProfileError::Toml { line: check.line(at), message: error.message().replace('\n', ", ") }
    })?;
    if raw.name.get_ref().trim().is_empty() {
        return Err(check.wrong(&raw.name, "the name is empty: give the profile a name"));
    }
    Ok(Criteria {
        t1: check.thresholds(&raw.thresholds.t1)?,
        t2: check.thresholds(&raw.thresholds.t2)?,
        stages: check.stages(&raw.stage)?,
        mixture: raw.mixture.as_ref().map(|mixture| check.mixture(mixture)).transpose()?,
        ambiguities: raw.ambiguity.into_iter().map(|a| check.ambiguity(a)).collect::<Result<_>>()?,
        mimics: raw.mimic.into_iter().map(|m| check.mimic(m)).collect::<Result<_>>()?,
        name: raw.name.into_inner(),
        title: raw.title,
        source: raw.source,
    })
}

/// The checks, with the text at hand to tell a line from a position.
struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    fn wrong<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> hemastage_image::Error {
        ProfileError::Rule { line: self.line(at.span().start), message: message.into() }.into()
    }

    fn thresholds(&self, band: &Spanned<BandToml>) -> Result<Thresholds> {
        let &BandToml { hypo_below, hyper_above } = band.get_ref();
        if !(hypo_below.is_finite()
            && hyper_above.is_finite()
            && 0.0 < hypo_below
            && hypo_below < hyper_above)
        {
            return Err(self.wrong(
                band,
                format!("hypo_below is {hypo_below} and hyper_above is {hyper_above}: expected 0 < hypo_below < hyper_above"),
            ));
        }
        Ok(Thresholds { hypo_below, hyper_above })
    }

    /// One of the five stages by name.
    fn stage(&self, name: &Spanned<String>) -> Result<Stage> {
        let found = Stage::FIVE.into_iter().find(|stage| stage.key() == name.get_ref());
        found.ok_or_else(|| {
            let known = Stage::FIVE.map(Stage::key).join(", ");
            self.wrong(name, format!("unknown stage `{}`: expected one of {known}", name.get_ref()))
        })
    }

    fn stages(&self, raw: &[Spanned<StageToml>]) -> Result<[StageRule; 5]> {
        let mut rules: [Option<StageRule>; 5] = Default::default();
        for entry in raw {
            let stage = self.stage(&entry.get_ref().name)?;
            let rule = self.rule(entry.get_ref())?;
            if rules[stage.index()].replace(rule).is_some() {
                return Err(
                    self.wrong(&entry.get_ref().name, format!("the stage `{}` is listed twice", stage.key()))
                );
            }
        }
        if let Some(missing) = Stage::FIVE.into_iter().find(|stage| rules[stage.index()].is_none()) {
            return Err(ProfileError::Missing { stage: missing.key() }.into());
        }
        Ok(rules.map(|rule| rule.unwrap_or(StageRule { window: Window::default(), patterns: Vec::new() })))
    }

    fn rule(&self, raw: &StageToml) -> Result<StageRule> {
        let window =
            raw.window_hours.as_ref().map(|window| self.window(window)).transpose()?.unwrap_or_default();
        let mut patterns: Vec<Pattern> = Vec::new();
        for entry in &raw.patterns {
            let &PatternToml { t1, t2, weight, ref source } = entry.get_ref();
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(self.wrong(entry, format!("the weight is {weight}: expected 0 or more")));
            }
            if patterns.iter().any(|known| (known.t1, known.t2) == (t1, t2)) {
                return Err(
                    self.wrong(entry, format!("the pattern {t1}/{t2} is listed twice for this stage"))
                );
            }
            patterns.push(Pattern { t1, t2, weight, source: source.clone() });
        }
        Ok(StageRule { window, patterns })
    }

    fn window(&self, raw: &Spanned<RangeToml>) -> Result<Window> {
        let &RangeToml { from, to } = raw.get_ref();
        let start = from.unwrap_or(0.0);
        if !(start.is_finite() && start >= 0.0 && to.is_none_or(|to| to.is_finite() && to > start)) {
            let to = to.map_or_else(|| "open".into(), |to| to.to_string());
            return Err(
                self.wrong(raw, format!("the window is {start} to {to} hours: expected 0 <= from < to"))
            );
        }
        Ok(Window { from, to })
    }

    fn mixture(&self, raw: &Spanned<MixtureToml>) -> Result<Mixture> {
        let mixture = raw.get_ref();
        let stages: Vec<Stage> = mixture.stages.iter().map(|name| self.stage(name)).collect::<Result<_>>()?;
        let call = self.stage(&mixture.call)?;
        if stages.len() < 2 || !stages.is_sorted_by(|a, b| a < b) {
            return Err(self.wrong(raw, "the mixture's stages: expected two or more, in order of age"));
        }
        if !stages.contains(&call) {
            return Err(self.wrong(
                &mixture.call,
                format!("the mixture is read as `{}`: expected one of its stages", call.key()),
            ));
        }
        if !(0.0..=1.0).contains(&mixture.last_share) {
            return Err(self.wrong(raw, format!("last_share is {}: expected 0 to 1", mixture.last_share)));
        }
        Ok(Mixture {
            stages,
            t1: mixture.t1,
            last_share: mixture.last_share,
            call,
            source: mixture.source.clone(),
        })
    }

    fn code(&self, code: &Spanned<String>) -> Result<()> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if code.get_ref().is_empty() || !code.get_ref().chars().all(plain) {
            return Err(
                self.wrong(code, "the code of a finding: expected lower-case letters, digits and `_`")
            );
        }
        Ok(())
    }

    fn mimic(&self, raw: MimicToml) -> Result<Mimic> {
        self.code(&raw.code)?;
        let (t1_below, t2_above) = (raw.t1_below, raw.t2_above);
        if !(t1_below.is_finite() && t2_above.is_finite()) {
            return Err(self.wrong(
                &raw.code,
                format!("t1_below is {t1_below} and t2_above is {t2_above}: expected numbers"),
            ));
        }
        Ok(Mimic { code: raw.code.into_inner(), name: raw.name, t1_below, t2_above, source: raw.source })
    }

    fn ambiguity(&self, raw: AmbiguityToml) -> Result<Ambiguity> {
        let stages: Vec<Stage> = raw.stages.iter().map(|name| self.stage(name)).collect::<Result<_>>()?;
        if stages.len() < 2 || !stages.is_sorted_by(|a, b| a < b) {
            return Err(
                self.wrong(&raw.t1_ratio, "the ambiguity's stages: expected two or more, in order of age")
            );
        }
        self.code(&raw.code)?;
        let (Some(from), Some(to)) = (raw.t1_ratio.get_ref().from, raw.t1_ratio.get_ref().to) else {
            return Err(self.wrong(&raw.t1_ratio, "t1_ratio: expected both from and to"));
        };
        if from.is_nan() || to.is_nan() || from > to {
            return Err(self.wrong(&raw.t1_ratio, format!("t1_ratio is {from} to {to}: expected from <= to")));
        }
        Ok(Ambiguity {
            code: raw.code.into_inner(),
            stages,
            t2: raw.t2,
            t1_ratio: (from, to),
            source: raw.source,
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ProfileError {
    #[error("unknown criteria profile `{name}`: expected a TOML file or one of {known}")]
    Unknown { name: String, known: String },
    #[error("line {line}: {message}")]
    Toml { line: usize, message: String },
    #[error("line {line}: {message}")]
    Rule { line: usize, message: String },
    #[error("the stage `{stage}` is missing: list all five, with an empty pattern list if it has none")]
    Missing { stage: &'static str },
}

impl Detail for ProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } => ErrorKind::Parameter,
            _ => ErrorKind::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_valid_and_named() {
        let names: Vec<_> = Criteria::built_in_names().collect();
        assert_eq!(names, ["spinal", "sseh-review", "intracranial"]);
        for name in names {
            let criteria = Criteria::built_in(name).unwrap();
            assert_eq!(criteria.name, name);
            assert!(criteria.stages.iter().flat_map(|rule| &rule.patterns).all(|p| !p.source.is_empty()));
        }
    }

    #[test]
    fn names_the_line_at_fault() {
        let good = Criteria::built_in_toml("spinal").unwrap();
        let line_of = |part: &str| 1 + good.lines().position(|line| line.contains(part)).unwrap();
        for (from, to, part) in [
            ("name = \"acute\"", "name = \"subacute\"", "unknown stage `subacute`"),
            ("name = \"acute\"", "name = \"hyperacute\"", "listed twice"),
            ("weight = 0.5, source = \"Duhem", "weight = -0.5, source = \"Duhem", "the weight is -0.5"),
            ("weight = 0.5, source = \"Duhem", "weight = nan, source = \"Duhem", "the weight is NaN"),
            ("t1 = { hypo_below = 0.75", "t1 = { hypo_below = 1.30", "expected 0 < hypo_below < hyper_above"),
            ("t1 = { hypo_below = 0.75", "t1 = { hypo_below = 1.20", "expected 0 < hypo_below < hyper_above"),
            ("{ from = 24, to = 72 }", "{ from = 72, to = 24 }", "the window is 72 to 24 hours"),
            ("{ from = 24, to = 72 }", "{ from = -1, to = 24 }", "the window is -1 to 24 hours"),
            (
                "t1 = \"iso\", t2 = \"hyper\", weight = 1.0",
                "t1 = \"gray\", t2 = \"hyper\", weight = 1.0",
                "gray",
            ),
            ("call = \"acute\"", "call = \"chronic\"", "expected one of its stages"),
            ("last_share = 0.05", "last_shares = 0.05", "last_shares"),
            ("title = ", "titel = ", "titel"),
            ("[mixture]", "[mixture", ""),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Criteria::from_toml(&good.replacen(from, to, 1)).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(text.starts_with(&format!("line {}: ", line_of(from))), "{from}: {text}");
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_missing_stage_is_named() {
        let good = Criteria::built_in_toml("sseh-review").unwrap();
        let start = good.find("[[stage]]\nname = \"chronic\"").unwrap();
        let end = good.find("[[ambiguity]]").unwrap();
        let error = Criteria::from_toml(&format!("{}{}", &good[..start], &good[end..])).unwrap_err();
        assert!(error.to_string().contains("the stage `chronic` is missing"), "{error}");
        assert!(
            Criteria::built_in("spine")
                .unwrap_err()
                .to_string()
                .contains("spinal, sseh-review, intracranial")
        );
    }

    #[test]
    fn a_window_is_half_open() {
        let window = Window { from: Some(24.0), to: Some(72.0) };
        let at = |hours| crate::Onset::from_hours(hours).unwrap();
        assert!(
            !window.holds(at(23.9))
                && window.holds(at(24.0))
                && window.holds(at(71.9))
                && !window.holds(at(72.0))
        );
        assert!(window.ended_by(at(72.0)) && !window.ended_by(at(71.9)));
    }
}
