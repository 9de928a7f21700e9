//! Reads and writes spans of vertebral levels as radiologists do (`C3–T1`); counts their vertebrae and
//! interspaces and names their regions.

mod parse;
mod regions;

use std::{collections::BTreeSet, fmt, str::FromStr};

use hemastage_image::error::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::parse::{Refusal, foreign_word, levels_of, with_plain_dashes};
pub use self::regions::{Fact, NamedRegion};
use crate::vocabulary::vertebra::{VertebralLevel, quoted_levels};

/// The vertebrae that a hematoma touches: one or more, in contiguous runs.
///
/// T13 and L6 count only if named: in a span without T13, T12 and L1 are neighbors.
///
/// # Text
/// Runs from the head down, separated by `;` or `,`: `C3–T1`, `C3-7`, a single `C7`, `T2-T6; T12-L1`. Any
/// dash or the word `to` joins two ends; `D` and `Th` are read as `T`. An end at a disc (`T6/7`, `L5/S1`)
/// does not touch the vertebra beyond it, so `T6/7-L2/3` is `T7–L2`. Displayed with an en dash; a T13 or L6
/// inside a run is listed after it: `T11–L2; T13`.
///
/// # Example
/// ```
/// use hemastage::span::Span;
/// let span: Span = "T6/7 to L2/3".parse()?;
/// assert_eq!(span.to_string(), "T7–L2");
/// assert_eq!((span.vertebrae(), span.interspaces()), (8, 7));
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Span {
    /// Never empty; ascending, each level once.
    levels: Vec<VertebralLevel>,
}

impl Span {
    /// The span of these levels, in any order.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_levels(levels: &[VertebralLevel]) -> Result<Self> {
        if levels.is_empty() {
            return Err(Refusal::Empty.in_text(""));
        }
        Ok(Self::of(levels.iter().copied()))
    }

    fn of(levels: impl Iterator<Item = VertebralLevel>) -> Self {
        let unique: BTreeSet<VertebralLevel> = levels.collect();
        Self { levels: unique.into_iter().collect() }
    }

    /// The levels from the head down.
    pub fn levels(&self) -> &[VertebralLevel] {
        &self.levels
    }

    /// The number of vertebrae: 6 for C3–T1.
    pub fn vertebrae(&self) -> usize {
        self.levels.len()
    }

    /// The number of spaces between vertebrae of the same run, one fewer than its vertebrae: 2 for C3–C5.
    pub fn interspaces(&self) -> usize {
        self.runs().map(|run| run.len() - 1).sum()
    }

    /// The contiguous runs from the head down.
    pub fn runs(&self) -> impl Iterator<Item = &[VertebralLevel]> {
        self.levels.chunk_by(|&above, &below| are_neighbors(above, below))
    }

    /// The regions that the span touches and the junctions that a run crosses, from the head down.
    pub fn regions(&self) -> Vec<NamedRegion> {
        let touched = self.levels.iter().map(|&level| NamedRegion::of(level));
        let pairs = self.runs().flat_map(|run| run.windows(2));
        let crossed = pairs.filter_map(|pair| NamedRegion::between(pair[0].region(), pair[1].region()));
        touched.chain(crossed).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What the literature says about hematomas of such a span.
    pub fn facts(&self) -> Vec<Fact> {
        let applies = [
            (Fact::THREE_OR_FOUR_SEGMENTS, (3..=4).contains(&self.vertebrae())),
            (Fact::MID_THORACIC, self.regions().contains(&NamedRegion::ThoracicMid)),
        ];
        applies.into_iter().filter(|&(_, holds)| holds).map(|(fact, _)| fact).collect()
    }
}

/// Whether `below` follows `above` with no vertebra other than T13 or L6 between them.
fn are_neighbors(above: VertebralLevel, below: VertebralLevel) -> bool {
    above < below && above.below().is_none_or(|next| below <= next)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.runs().map(run_text).collect::<Vec<_>>().join("; "))
    }
}

/// A run by its ends, then a T13 or L6 inside it.
fn run_text(run: &[VertebralLevel]) -> String {
    match run {
        [first, inner @ .., last] => {
            let listed = inner.iter().filter(|level| level.is_transitional()).map(ToString::to_string);
            std::iter::once(format!("{first}–{last}")).chain(listed).collect::<Vec<_>>().join("; ")
        }
        single => single.iter().map(ToString::to_string).collect(),
    }
}

impl FromStr for Span {
    type Err = hemastage_image::Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let plain = with_plain_dashes(text);
        if let Some((shown, word)) = foreign_word(&plain) {
            return Err(Refusal::Word { word: quoted_levels(word) }.in_text(shown));
        }
        let levels = if plain.is_empty() { Err(Refusal::Empty) } else { levels_of(&plain) };
        Ok(Self::of(levels.map_err(|reason| reason.in_text(text))?.into_iter()))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Vertebral levels as runs, such as `T2–T6; T12–L1`.",
            "type": "string"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemastage_image::ErrorKind;

    fn span(text: &str) -> Span {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn level(text: &str) -> VertebralLevel {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        let error = text.parse::<Span>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        error.to_string()
    }

    /// As printed in case reports and series: text, vertebrae, runs.
    #[test]
    fn spans_of_the_literature() {
        for (text, shown, vertebrae, runs) in [
            ("C3–T1", "C3–T1", 6, 1),
            ("C3–C5", "C3–C5", 3, 1),
            ("C3–7", "C3–C7", 5, 1),
            ("C5–T2", "C5–T2", 5, 1),
            ("C2–4", "C2–C4", 3, 1),
            ("C2–T12", "C2–T12", 18, 1),
            ("C2–L1", "C2–L1", 19, 1),
            ("T8–L5", "T8–L5", 10, 1),
            ("C2–T8", "C2–T8", 14, 1),
            ("C3–T2", "C3–T2", 7, 1),
            ("C2–C6", "C2–C6", 5, 1),
            ("C5–7", "C5–C7", 3, 1),
            ("T6/7–L2/3", "T7–L2", 8, 1),
            ("T2–T6; T12–L1", "T2–T6; T12–L1", 7, 2),
        ] {
            let span = span(text);
            assert_eq!((span.to_string().as_str(), span.vertebrae()), (shown, vertebrae), "{text}");
            assert_eq!((span.runs().count(), span.interspaces()), (runs, vertebrae - runs), "{text}");
        }
    }

    /// Every level text of the published cases that were collected, with its count.
    #[test]
    fn spans_of_the_published_cases() {
        for (text, vertebrae) in [
            ("T2-T3", 2),
            ("C2-C5", 4),
            ("C5-C7", 3),
            ("C3-T3", 8),
            ("T9", 1),
            ("L1-L5", 5),
            ("T11-T12", 2),
            ("T12-L3", 4),
            ("L2-L5", 4),
            ("C3-T2", 7),
            ("C4-C5", 2),
            ("L4", 1),
            ("T11-L2", 4),
            ("T7-T8", 2),
            ("L1-L2", 2),
            ("T7-S2", 13),
            ("T8-L1", 6),
            ("L2-S1", 5),
            ("C2-T4", 10),
            ("C7-T5", 6),
            ("C4-C6", 3),
            ("T11-L1", 3),
            ("L2-L3", 2),
            ("C2-L4", 22),
            ("C7-T7", 8),
            ("C5-L1", 16),
            ("C6-C7", 2),
            ("T1-T3", 3),
            ("T1-T2", 2),
            ("C3-C6", 4),
            ("C3-C4", 2),
            ("T8-T11", 4),
            ("T2-T6; T12-L1", 7),
            ("C4-T1", 5),
            ("T9-T11", 3),
            ("C1-C2", 2),
            ("C3-C5", 3),
            ("T7-T9", 3),
            ("L3-L4", 2),
            ("L5-S1", 2),
        ] {
            let span = span(text);
            assert_eq!((span.vertebrae(), span.to_string()), (vertebrae, text.replace('-', "–")));
        }
        for (text, word) in [
            ("L3-filum terminale", "`filum terminale` is not a vertebra"),
            ("C1-cauda equina", "`cauda equina` is not a vertebra"),
            ("clivus-T8", "`clivus` is not a vertebra"),
        ] {
            assert!(refusal(text).contains(word), "{text}");
        }
    }

    #[test]
    fn all_ways_of_writing_a_run() {
        for dash in ["-", "‐", "‑", "‒", "–", "—", "−", "－", " to ", "to", " TO ", " - "] {
            assert_eq!(span(&format!("C3{dash}7")), span("C3-C7"), "{dash}");
        }
        for (text, same) in [
            (" c 3 - t1 ", "C3–T1"),
            ("D5-d8", "T5–T8"),
            ("th5-Th8", "T5–T8"),
            ("Th 12 to l1", "T12–L1"),
            ("T6/T7-L2/L3", "T7–L2"),
            ("T6 / 7 - L2 / 3", "T7–L2"),
            ("T6/7-9", "T7–T9"),
            ("T6/7-8/9", "T7–T8"),
            ("T12/L1-3", "L1–L3"),
            ("T6/7-T7/8", "T7"),
            ("L2-L5/S1", "L2–L5"),
            ("L5/S1-S2", "S1–S2"),
            ("C7/T1-T3", "T1–T3"),
            ("C7-C7", "C7"),
            ("C3, C4; C5", "C3–C5"),
            ("T12-L1;T2-T6", "T2–T6; T12–L1"),
            ("C3-C5; C4-C7", "C3–C7"),
        ] {
            assert_eq!(span(text).to_string(), same, "{text}");
        }
    }

    #[test]
    fn transitional_levels_count_when_named() {
        for (text, shown, vertebrae, interspaces) in [
            ("T11-L2", "T11–L2", 4, 3),
            ("T12-T13", "T12–T13", 2, 1),
            ("T13-L1", "T13–L1", 2, 1),
            ("T11-L2; T13", "T11–L2; T13", 5, 4),
            ("T11-T13; L1-L2", "T11–L2; T13", 5, 4),
            ("T12-S1; T13; L6", "T12–S1; T13; L6", 9, 8),
            ("L4-L6", "L4–L6", 3, 2),
            ("L5/L6-S2", "L6–S2", 3, 2),
            ("T12/13-L2", "T13–L2", 3, 2),
            ("T13/L1-L2", "L1–L2", 2, 1),
            ("T11-T13/L1", "T11–T13", 3, 2),
            ("L4-L6/S1", "L4–L6", 3, 2),
        ] {
            let span = span(text);
            assert_eq!(span.to_string(), shown, "{text}");
            assert_eq!(
                (span.vertebrae(), span.interspaces(), span.runs().count()),
                (vertebrae, interspaces, 1)
            );
        }
    }

    fn every_level() -> Vec<VertebralLevel> {
        let mut all: Vec<VertebralLevel> = VertebralLevel::usual().collect();
        all.extend([level("T13"), level("L6")]);
        all.sort_unstable();
        all
    }

    #[test]
    fn every_pair_round_trips() {
        let all = every_level();
        assert_eq!(all.len(), 31);
        for (index, &from) in all.iter().enumerate() {
            for &to in &all[index..] {
                let range = span(&format!("{from}-{to}"));
                assert_eq!(range.levels(), VertebralLevel::range(from, to));
                let two = Span::from_levels(&[to, from, to]).unwrap();
                let dense =
                    Span::from_levels(&all[index..][..=all[index..].binary_search(&to).unwrap()]).unwrap();
                assert_eq!((range.runs().count(), dense.runs().count()), (1, 1));
                for made in [range, two, dense] {
                    assert_eq!(span(&made.to_string()), made, "{made}");
                    let json = serde_json::to_string(&made).unwrap();
                    assert_eq!(serde_json::from_str::<Span>(&json).unwrap(), made);
                }
                assert_eq!(format!("{from}-{to}").parse::<Span>().is_ok(), from <= to);
                assert_eq!(format!("{to}-{from}").parse::<Span>().is_ok(), from == to);
            }
        }
    }

    /// Any set of levels, by a seeded walk through the subsets.
    #[test]
    fn any_set_of_levels_round_trips() {
        let all = every_level();
        let mut bits = 1_u32;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let chosen = (0..all.len()).filter(|&n| (bits ^ bits >> 15) >> n & 1 == 1).map(|n| all[n]);
            let chosen: Vec<VertebralLevel> = chosen.collect();
            if let Ok(made) = Span::from_levels(&chosen) {
                assert_eq!((span(&made.to_string()), made.levels()), (made.clone(), &*chosen));
                assert_eq!(made.runs().flatten().count(), made.vertebrae());
            }
        }
    }

    #[test]
    fn each_refusal_has_its_own_words() {
        for (text, message) in [
            ("", "span ``: no vertebra is given: expected one or more, as in `C3-T1`"),
            ("  ", "span ``: no vertebra is given: expected one or more, as in `C3-T1`"),
            (
                "T1-C3",
                "span `T1-C3`: T1 to C3 runs upwards: name the upper end first, and the region of both ends",
            ),
            (
                "C5–2",
                "span `C5–2`: C5 to C2 runs upwards: name the upper end first, and the region of both ends",
            ),
            (
                "T7-T6/7",
                "span `T7-T6/7`: T7 to T6/T7 runs upwards: name the upper end first, and the region of both ends",
            ),
            ("C8", "span `C8`: there is no vertebra C8: expected C1 to C7"),
            ("th14", "span `th14`: there is no vertebra TH14: expected T1 to T13"),
            ("C3-8", "span `C3-8`: there is no vertebra C8: expected C1 to C7"),
            ("L7-S9", "span `L7-S9`: there is no vertebra L7: expected L1 to L6"),
            ("L6-S9", "span `L6-S9`: there is no vertebra S9: expected S1 to S5"),
            (
                "C3-",
                "span `C3-`: the lower end is missing: expected two ends as in `C3-T1`, or one vertebra without a dash",
            ),
            (
                "C3 to",
                "span `C3 to`: the lower end is missing: expected two ends as in `C3-T1`, or one vertebra without a dash",
            ),
            (
                "-C3",
                "span `-C3`: the upper end is missing: expected two ends as in `C3-T1`, or one vertebra without a dash",
            ),
            (
                "3-5",
                "span `3-5`: no region is named: expected C, T, L or S before the first number, as in `C3-5`",
            ),
            (
                "C3-5; 7",
                "span `C3-5; 7`: no region is named: expected C, T, L or S before the first number, as in `C3-5`",
            ),
            (
                "C3-C5-C7",
                "span `C3-C5-C7`: a run has more than one dash: write `;` between runs and `/` for a disc, as in `C3-C5; T6/7-L2`",
            ),
            (
                "T6-7 to L2-3",
                "span `T6-7 to L2-3`: a run has more than one dash: write `;` between runs and `/` for a disc, as in `C3-C5; T6/7-L2`",
            ),
            (
                "clivus-T8",
                "span `clivus-T8`: `clivus` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5",
            ),
            (
                "cauda equina",
                "span `cauda equina`: `cauda equina` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5",
            ),
            (
                "C3 T1",
                "span `C3 T1`: `C3 T1` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5",
            ),
            (
                "T1 2",
                "span `T1 2`: `T1 2` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5",
            ),
            (
                "C-T1",
                "span `C-T1`: `C` is not a vertebra: expected C1 to C7, T1 to T13, L1 to L6 or S1 to S5",
            ),
            ("T6/8", "span `T6/8`: `T6/8` is not a disc: expected two neighboring vertebrae, as in `T6/7`"),
            (
                "T7/6-L2",
                "span `T7/6-L2`: `T7/6` is not a disc: expected two neighboring vertebrae, as in `T6/7`",
            ),
            (
                "T6/-L2",
                "span `T6/-L2`: `T6/` is not a disc: expected two neighboring vertebrae, as in `T6/7`",
            ),
            (
                "T6/7",
                "span `T6/7`: the disc T6/T7 alone holds no vertebra: write `T6-T7` if both are touched",
            ),
            (
                "L5/S1-L5/S1",
                "span `L5/S1-L5/S1`: the disc L5/S1 alone holds no vertebra: write `L5-S1` if both are touched",
            ),
            (
                "C3-C5;",
                "span `C3-C5;`: nothing on one side of `;` or `,`: expected vertebrae there, as in `T2-T6; T12-L1`",
            ),
        ] {
            assert_eq!(refusal(text), message);
        }
        assert_eq!(
            Span::from_levels(&[]).unwrap_err().to_string(),
            "span ``: no vertebra is given: expected one or more, as in `C3-T1`"
        );
    }

    #[test]
    fn a_refused_path_loses_its_folder() {
        for path in ["/data/DOE/seg.nii.gz", "../DOE-1/seg.nii.gz", "DOE\\x-y\\seg.nii.gz"] {
            let message = refusal(path);
            assert!(message.starts_with("span `seg.nii.gz`: `seg.nii.gz` is not"), "{message}");
        }
        assert!(refusal("T6/7-conus").starts_with("span `T6/7-conus`: `conus` is not"));
    }

    #[test]
    fn regions_and_junctions_from_the_head_down() {
        for (text, keys) in [
            ("C3-T1", "cervical cervicothoracic_junction thoracic_upper"),
            ("C7; T2", "cervical thoracic_upper"),
            ("T4-T5", "thoracic_upper thoracic_mid"),
            ("T8-T9", "thoracic_mid thoracic_lower"),
            ("T12-L1", "thoracic_lower thoracolumbar_junction lumbar"),
            ("T13-L1", "thoracic_lower thoracolumbar_junction lumbar"),
            ("T12; L2", "thoracic_lower lumbar"),
            ("L5-S1", "lumbar lumbosacral_junction sacral"),
            ("L6-S1", "lumbar lumbosacral_junction sacral"),
            ("T2-T6; T12-L1", "thoracic_upper thoracic_mid thoracic_lower thoracolumbar_junction lumbar"),
            ("C7/T1-T3", "thoracic_upper"),
            ("S1-S5", "sacral"),
        ] {
            let found: Vec<&str> = span(text).regions().into_iter().map(NamedRegion::key).collect();
            assert_eq!(found.join(" "), keys, "{text}");
        }
        assert_eq!(span("C1-S5").regions(), NamedRegion::ALL);
        for region in NamedRegion::ALL {
            assert_eq!(serde_json::to_value(region).unwrap(), region.key());
            assert_eq!(region.key().parse::<NamedRegion>().unwrap(), region);
            assert_eq!(region.to_string().parse::<NamedRegion>().unwrap(), region);
        }
        assert_eq!(
            "neck".parse::<NamedRegion>().unwrap_err().to_string(),
            "unknown region `neck`: expected one such as `thoracic_upper` or `lumbosacral_junction`"
        );
    }

    #[test]
    fn facts_come_with_their_source() {
        for (text, keys) in [
            ("C3-C4", ""),
            ("C3-C5", "three_or_four_segments"),
            ("C3-C6", "three_or_four_segments"),
            ("C3-C7", ""),
            ("C3-C4; L1-L2", "three_or_four_segments"),
            ("T4-T5", "mid_thoracic"),
            ("T8", "mid_thoracic"),
            ("T9", ""),
            ("T5-T8", "three_or_four_segments mid_thoracic"),
        ] {
            let facts = span(text).facts();
            let found: Vec<&str> = facts.iter().map(|fact| fact.key).collect();
            assert_eq!(found.join(" "), keys, "{text}");
            assert!(facts.iter().all(|fact| fact.sentence.contains("617") && fact.source.contains("review")));
        }
        assert!(Fact::MID_THORACIC.source.contains("not confirmed"));
    }
}
