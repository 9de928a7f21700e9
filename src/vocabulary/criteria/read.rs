//! Reads a criteria profile from TOML and checks it, with the line at fault in every error.

use std::sync::Arc;

use hemastage_image::{
    error::{Error, Result},
    text::expectation,
};
use serde::Deserialize;
use toml::Spanned;

use super::{
    Ambiguity, Criteria, Mimic, Mixture, Pattern, Profile, StageRule, Thresholds, Window,
    error::ProfileError,
    profile::{check_code, check_name, check_source},
};
use crate::vocabulary::stage::{SignalLevel, Stage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileToml {
    name: Spanned<String>,
    #[serde(default = "no_title")]
    title: Spanned<String>,
    source: Spanned<String>,
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

fn no_title() -> Spanned<String> {
    Spanned::new(0..0, String::new())
}

/// Reads and checks a profile.
pub(super) fn profile(text: &str) -> Result<Criteria> {
    let reader = Reader { text };
    let raw: ProfileToml = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        ProfileError::Toml { line: reader.line(at), message: expectation(error.message(), "not valid TOML") }
    })?;
    check_name(raw.name.get_ref()).map_err(reader.at(&raw.name))?;
    for (what, text) in [("the title", &raw.title), ("the source", &raw.source)] {
        check_source(what, text.get_ref()).map_err(reader.at(text))?;
    }
    Ok(Criteria(Arc::new(Profile {
        t1: reader.thresholds(&raw.thresholds.t1)?,
        t2: reader.thresholds(&raw.thresholds.t2)?,
        stages: reader.stages(&raw.stage)?,
        mixture: raw.mixture.as_ref().map(|mixture| reader.mixture(mixture)).transpose()?,
        ambiguities: raw.ambiguity.into_iter().map(|a| reader.ambiguity(a)).collect::<Result<_>>()?,
        mimics: raw.mimic.into_iter().map(|m| reader.mimic(m)).collect::<Result<_>>()?,
        name: raw.name.into_inner(),
        title: raw.title.into_inner(),
        source: raw.source.into_inner(),
    })))
}

/// Makes each part of a profile and checks it, with the text at hand to tell the line of a position.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    /// Gives a message the line of a value.
    fn at<T>(&self, value: &Spanned<T>) -> impl Fn(String) -> Error + use<'_, T> {
        let start = value.span().start;
        // counted for an error alone: counting for each value takes the square of their number
        move |message| ProfileError::Rule { line: self.line(start), message }.into()
    }

    fn thresholds(&self, raw: &Spanned<BandToml>) -> Result<Thresholds> {
        let &BandToml { hypo_below, hyper_above } = raw.get_ref();
        let thresholds = Thresholds { hypo_below, hyper_above };
        thresholds.check().map_err(self.at(raw))?;
        Ok(thresholds)
    }

    /// One of the five stages by name.
    fn stage(&self, name: &Spanned<String>) -> Result<Stage> {
        let found = Stage::FIVE.into_iter().find(|stage| stage.key() == name.get_ref());
        found.ok_or_else(|| {
            let known = Stage::FIVE.map(Stage::key).join(", ");
            self.at(name)(format!("unknown stage: expected one of {known}"))
        })
    }

    fn stages(&self, raw: &[Spanned<StageToml>]) -> Result<[StageRule; 5]> {
        let mut rules: [Option<StageRule>; 5] = Default::default();
        for entry in raw {
            let name = &entry.get_ref().name;
            let stage = self.stage(name)?;
            let rule = self.rule(entry.get_ref())?;
            if rules[stage.index()].replace(rule).is_some() {
                return Err(self.at(name)(format!("the stage `{}` is listed twice", stage.key())));
            }
        }
        if let Some(missing) = Stage::FIVE.into_iter().find(|stage| rules[stage.index()].is_none()) {
            return Err(ProfileError::Missing { stage: missing.key() }.into());
        }
        Ok(rules.map(Option::unwrap_or_default))
    }

    fn rule(&self, raw: &StageToml) -> Result<StageRule> {
        let window = raw.window_hours.as_ref().map(|window| self.window(window)).transpose()?;
        let mut rule = StageRule { window: window.unwrap_or_default(), patterns: Vec::new() };
        for (n, entry) in raw.patterns.iter().enumerate() {
            let PatternToml { t1, t2, weight, source } = entry.get_ref();
            let pattern = Pattern { t1: *t1, t2: *t2, weight: *weight, source: source.clone() };
            pattern.check().map_err(self.at(entry))?;
            rule.patterns.push(pattern);
            rule.check_listed_once(n).map_err(self.at(entry))?;
        }
        Ok(rule)
    }

    fn window(&self, raw: &Spanned<RangeToml>) -> Result<Window> {
        let &RangeToml { from, to } = raw.get_ref();
        let window = Window { from, to };
        window.check().map_err(self.at(raw))?;
        Ok(window)
    }

    fn mixture(&self, raw: &Spanned<MixtureToml>) -> Result<Mixture> {
        let MixtureToml { stages, t1, last_share, call, source } = raw.get_ref();
        let mixture = Mixture {
            stages: stages.iter().map(|name| self.stage(name)).collect::<Result<_>>()?,
            t1: *t1,
            last_share: *last_share,
            call: self.stage(call)?,
            source: source.clone(),
        };
        mixture.check_call().map_err(self.at(call))?;
        mixture.check().map_err(self.at(raw))?;
        Ok(mixture)
    }

    fn mimic(&self, raw: MimicToml) -> Result<Mimic> {
        let at = self.at(&raw.code);
        let MimicToml { code, name, t1_below, t2_above, source } = raw;
        let mimic = Mimic { code: code.into_inner(), name, t1_below, t2_above, source };
        mimic.check().map_err(at)?;
        Ok(mimic)
    }

    fn ambiguity(&self, raw: AmbiguityToml) -> Result<Ambiguity> {
        check_code(raw.code.get_ref()).map_err(self.at(&raw.code))?;
        let at = self.at(&raw.t1_ratio);
        let (Some(from), Some(to)) = (raw.t1_ratio.get_ref().from, raw.t1_ratio.get_ref().to) else {
            return Err(at("t1_ratio: expected both from and to".into()));
        };
        let ambiguity = Ambiguity {
            stages: raw.stages.iter().map(|name| self.stage(name)).collect::<Result<_>>()?,
            code: raw.code.into_inner(),
            t2: raw.t2,
            t1_ratio: (from, to),
            source: raw.source,
        };
        ambiguity.check().map_err(at)?;
        Ok(ambiguity)
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::ErrorKind;

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
            ("name = \"acute\"", "name = \"subacute\"", "unknown stage: expected one of hyperacute, acute"),
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
                "unknown word: expected one of `hypo`, `iso`, `hyper`",
            ),
            ("call = \"acute\"", "call = \"chronic\"", "expected one of its stages"),
            (
                "last_share = 0.05",
                "last_shares = 0.05",
                "unknown key: expected one of `stages`, `t1`, `last_share`",
            ),
            ("title = ", "titel = ", "unknown key: expected one of `name`, `title`, `source`"),
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
}
