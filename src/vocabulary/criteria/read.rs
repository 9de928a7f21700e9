//! Reads a criteria profile from TOML and checks it, with the line at fault in every error.

use hemastage_image::{
    error::{Error, Result},
    text::expectation,
};
use serde::Deserialize;
use toml::Spanned;

use super::{
    Ambiguity, Blood, ByField, Cord, Criteria, Mimic, Mixture, Pattern, Profile, Spread, StageRule, State,
    Thresholds, Window,
    error::ProfileError,
    profile::{check_code, check_name, check_source},
    states::StatePart,
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
    cord: Option<Spanned<CordToml>>,
    #[serde(default)]
    state: Vec<Spanned<StateToml>>,
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
    min_probability: Spanned<f64>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CordToml {
    t1_ms: ByFieldToml,
    t2_ms: ByFieldToml,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateToml {
    name: Spanned<String>,
    stage: Spanned<String>,
    weight: Spanned<f64>,
    t1_ms: Spanned<ByFieldToml>,
    t2_ms: Spanned<ByFieldToml>,
    water: Spanned<f64>,
    spread: Spanned<SpreadToml>,
    source: Spanned<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByFieldToml {
    at_1_5_t: f64,
    at_3_t: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpreadToml {
    t1: f64,
    t2: f64,
    water: f64,
}

impl From<ByFieldToml> for ByField {
    fn from(ByFieldToml { at_1_5_t, at_3_t }: ByFieldToml) -> Self {
        Self { at_1_5_t, at_3_t }
    }
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
    let profile = Profile {
        t1: reader.thresholds(&raw.thresholds.t1)?,
        t2: reader.thresholds(&raw.thresholds.t2)?,
        stages: reader.stages(&raw.stage)?,
        mixture: raw.mixture.as_ref().map(|mixture| reader.mixture(mixture)).transpose()?,
        ambiguities: raw.ambiguity.into_iter().map(|a| reader.ambiguity(a)).collect::<Result<_>>()?,
        mimics: raw.mimic.into_iter().map(|m| reader.mimic(m)).collect::<Result<_>>()?,
        blood: reader.blood(raw.cord, raw.state)?,
        name: raw.name.into_inner(),
        title: raw.title.into_inner(),
        source: raw.source.into_inner(),
    };
    Ok(Criteria::of(profile).with_text(text))
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
        let at = self.at(&raw.min_probability);
        let ambiguity = Ambiguity {
            stages: raw.stages.iter().map(|name| self.stage(name)).collect::<Result<_>>()?,
            code: raw.code.into_inner(),
            min_probability: *raw.min_probability.get_ref(),
            source: raw.source,
        };
        ambiguity.check().map_err(at)?;
        Ok(ambiguity)
    }

    /// The states of blood with the cord; both or neither.
    fn blood(
        &self,
        cord: Option<Spanned<CordToml>>,
        states: Vec<Spanned<StateToml>>,
    ) -> Result<Option<Blood>> {
        let (cord, first) = match (cord, states.first()) {
            (None, None) => return Ok(None),
            (Some(cord), Some(first)) => (cord, first.span().start),
            (Some(cord), None) => {
                return Err(self.at(&cord)(
                    "a cord without states: list the `[[state]]`s of blood too".into(),
                ));
            }
            (None, Some(first)) => {
                return Err(self.at(first)(
                    "states without a cord: give the relaxation times of `[cord]` too".into(),
                ));
            }
        };
        let at = self.at(&cord);
        let CordToml { t1_ms, t2_ms, source } = cord.into_inner();
        let cord = Cord { t1_ms: t1_ms.into(), t2_ms: t2_ms.into(), source };
        cord.check().map_err(at)?;
        let states = states.into_iter().map(|state| self.state(state)).collect::<Result<_>>()?;
        let blood = Blood { cord, states };
        let line = self.line(first);
        blood.check_complete().map_err(|message| ProfileError::Rule { line, message })?;
        Ok(Some(blood))
    }

    fn state(&self, raw: Spanned<StateToml>) -> Result<State> {
        let StateToml { name, stage, weight, t1_ms, t2_ms, water, spread, source } = raw.into_inner();
        let start = |part| match part {
            StatePart::Name => name.span().start,
            StatePart::Stage => stage.span().start,
            StatePart::Weight => weight.span().start,
            StatePart::T1 => t1_ms.span().start,
            StatePart::T2 => t2_ms.span().start,
            StatePart::Water => water.span().start,
            StatePart::Spread => spread.span().start,
            StatePart::Source => source.span().start,
        };
        let &SpreadToml { t1, t2, water: spread_of_water } = spread.get_ref();
        let state = State {
            name: name.get_ref().clone(),
            stage: self.stage(&stage)?,
            weight: *weight.get_ref(),
            t1_ms: (*t1_ms.get_ref()).into(),
            t2_ms: (*t2_ms.get_ref()).into(),
            water: *water.get_ref(),
            spread: Spread { t1, t2, water: spread_of_water },
            source: source.get_ref().clone(),
        };
        state
            .check()
            .map_err(|(part, message)| ProfileError::Rule { line: self.line(start(part)), message })?;
        Ok(state)
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
            (
                "min_probability = 0.2",
                "min_probability = 1.2",
                "min_probability is 1.2: expected more than 0",
            ),
            ("stage = \"hyperacute\"", "stage = \"fresh\"", "unknown stage: expected one of hyperacute"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Criteria::from_toml(&good.replacen(from, to, 1)).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(text.starts_with(&format!("line {}: ", line_of(from))), "{from}: {text}");
            assert!(text.contains(part), "{text}");
        }
    }

    /// Faults of the states of blood, told at their first line.
    #[test]
    fn states_are_checked() {
        let good = Criteria::built_in_toml("spinal").unwrap();
        let refused = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            Criteria::from_toml(&good.replacen(from, to, 1)).unwrap_err().to_string()
        };
        for (from, to, text) in [
            ("water = 1.25", "water = -1", "the water is -1: expected more than 0 and at most 10"),
            ("{ at_1_5_t = 1400, ", "{ at_1_5_t = nan, ", "T1 at 1.5 T is NaN ms: expected more than 0"),
            ("[cord]\n", "[mimics]\n", "unknown key"),
            ("stage = \"hyperacute\"", "stage = \"acute\"", "no state of `hyperacute`"),
            ("spread = { t1 = 0.12,", "spread = { t1 = 2,", "the spread of T1 is 2: expected 0 to 1"),
        ] {
            let found = refused(from, to);
            assert!(found.starts_with("line ") && found.contains(text), "{found}");
        }
        let start = good.find("[cord]").unwrap();
        let [states, table] = ["[[state]]", "[thresholds]"].map(|part| good.find(part).unwrap());
        let without = |from: usize, to: usize| {
            Criteria::from_toml(&format!("{}{}", &good[..from], &good[to..])).map_err(|e| e.to_string())
        };
        assert!(without(start, states).unwrap_err().contains("states without a cord"));
        assert!(without(states, table).unwrap_err().contains("a cord without states"));
        assert!(without(start, table).unwrap().blood.is_none(), "a table alone");
    }

    #[test]
    fn profiles_of_one_name_are_told_apart_by_their_text() {
        let good = Criteria::built_in_toml("spinal").unwrap();
        let read = |text: &str| Criteria::from_toml(text).unwrap();
        let (spinal, edited) = (read(good), read(&good.replace("water = 0.90", "water = 0.95")));
        assert_eq!(spinal.sha256(), Criteria::built_in("spinal").unwrap().sha256());
        assert_eq!(spinal.sha256().len(), 64);
        assert_ne!(spinal.sha256(), edited.sha256());
        let changed = |water| spinal.clone().changed(|p| p.blood.as_mut().unwrap().states[0].water = water);
        assert_eq!(changed(1.25).unwrap().sha256(), spinal.sha256(), "nothing was changed");
        assert_ne!(changed(1.3).unwrap().sha256(), spinal.sha256());
        assert_ne!(changed(1.3).unwrap().sha256(), changed(1.4).unwrap().sha256());
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
