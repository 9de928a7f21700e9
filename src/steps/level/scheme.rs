//! Label schemes: which number of a label map is which vertebra or disc, as data.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::OnceLock};

use hemastage_image::{
    error::Result,
    label_map::LabelMap,
    text::{MAX_NAME, MAX_SOURCE, checked, expectation, quoted},
};
use serde::Deserialize;
use toml::Spanned;

use super::error::LevelError;
use crate::vocabulary::vertebra::{VertebralLevel, quoted_levels};

/// A vertebra as it is labeled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Vertebra {
    /// One vertebra.
    Level(VertebralLevel),
    /// The sacrum as a whole.
    Sacrum,
}

impl Vertebra {
    /// Its position in the order from the head down; the sacrum counts as S1.
    pub(crate) fn rank(self) -> VertebralLevel {
        match self {
            Self::Level(level) => level,
            Self::Sacrum => VertebralLevel::S1,
        }
    }
}

impl fmt::Display for Vertebra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => level.fmt(f),
            Self::Sacrum => f.pad("sacrum"),
        }
    }
}

impl FromStr for Vertebra {
    type Err = hemastage_image::Error;

    /// Reads `C3` or `sacrum`, in any case.
    fn from_str(text: &str) -> Result<Self> {
        if text.trim().eq_ignore_ascii_case("sacrum") {
            Ok(Self::Sacrum)
        } else {
            text.parse().map(Self::Level)
        }
    }
}

/// The disc between two vertebrae.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Disc {
    /// The vertebra above; `None` for the top of C1.
    pub above: Option<VertebralLevel>,
    /// The vertebra below.
    pub below: VertebralLevel,
}

impl fmt::Display for Disc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.above {
            Some(above) => write!(f, "{above}/{}", self.below),
            None => write!(f, "top of {}", self.below),
        }
    }
}

impl FromStr for Disc {
    type Err = hemastage_image::Error;

    /// Reads `C2/C3`, and `C1` or `top of C1` for the top of C1.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || LevelError::UnknownDisc { found: quoted_levels(text) };
        let Some((above, below)) = text.split_once('/') else {
            let below = text.strip_prefix("top of ").unwrap_or(text).parse().map_err(|_| unknown())?;
            return Ok(Self { above: None, below });
        };
        let level = |name: &str| name.parse::<VertebralLevel>().map_err(|_| unknown());
        let (above, below) = (level(above)?, level(below)?);
        if above < below { Ok(Self { above: Some(above), below }) } else { Err(unknown().into()) }
    }
}

/// A numbering of vertebrae and discs, and of cord and canal where a map has these too.
///
/// The same number means different vertebrae in different schemes, so the caller always names the scheme; it is never
/// guessed.
///
/// # Example
/// ```
/// use hemastage::level::Scheme;
/// let numbers = |name: &str| Scheme::built_in(name).map(|scheme| scheme.number("T1".parse().ok()?));
/// assert_eq!(numbers("sct")?, Some(8));
/// assert_eq!(numbers("totalsegmentator-mr")?, Some(18));
/// assert_eq!(numbers("totalspineseg")?, Some(21));
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheme {
    /// The name by which a caller chooses it.
    pub name: String,
    /// A one-line description.
    pub title: String,
    /// The source of the numbers.
    pub source: String,
    vertebrae: BTreeMap<i64, Vertebra>,
    discs: BTreeMap<i64, Disc>,
    disc_points: BTreeMap<i64, Disc>,
    cord: Vec<i64>,
    canal: Vec<i64>,
    other: Vec<(i64, i64)>,
    masks: Option<MaskNames>,
}

/// What the masks are called in a folder with a file per class.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskNames {
    /// Of the cord.
    cord: Option<String>,
    /// Of a vertebra, where `{}` stands for its name.
    vertebra: Option<String>,
    /// Of the sacrum as a whole.
    sacrum: Option<String>,
}

/// Name, text, and the scheme once it is parsed: a batch asks for it at each study.
static BUILT_IN: [(&str, &str, OnceLock<Scheme>); 12] = [
    ("totalsegmentator", include_str!("schemes/totalsegmentator.toml"), OnceLock::new()),
    ("totalsegmentator-v3", include_str!("schemes/totalsegmentator-v3.toml"), OnceLock::new()),
    ("totalsegmentator-mr", include_str!("schemes/totalsegmentator-mr.toml"), OnceLock::new()),
    ("totalsegmentator-pp", include_str!("schemes/totalsegmentator-pp.toml"), OnceLock::new()),
    ("totalsegmentator-v1", include_str!("schemes/totalsegmentator-v1.toml"), OnceLock::new()),
    ("totalsegmentator-total-mr", include_str!("schemes/totalsegmentator-total-mr.toml"), OnceLock::new()),
    ("totalspineseg", include_str!("schemes/totalspineseg.toml"), OnceLock::new()),
    ("totalspineseg-step1", include_str!("schemes/totalspineseg-step1.toml"), OnceLock::new()),
    ("verse", include_str!("schemes/verse.toml"), OnceLock::new()),
    ("spineps", include_str!("schemes/spineps.toml"), OnceLock::new()),
    ("spider", include_str!("schemes/spider.toml"), OnceLock::new()),
    ("sct", include_str!("schemes/sct.toml"), OnceLock::new()),
];

impl Scheme {
    /// The names of the built-in schemes.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|&(name, ..)| name)
    }

    /// A built-in scheme.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in(name: &str) -> Result<Self> {
        let (_, text, parsed) = Self::entry(name)?;
        if let Some(scheme) = parsed.get() {
            return Ok(scheme.clone());
        }
        let scheme = Self::from_toml(text)?;
        Ok(parsed.get_or_init(|| scheme).clone())
    }

    /// The TOML text of a built-in scheme, to start a new one from.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn built_in_toml(name: &str) -> Result<&'static str> {
        Self::entry(name).map(|&(_, text, _)| text)
    }

    fn entry(name: &str) -> Result<&'static (&'static str, &'static str, OnceLock<Self>)> {
        BUILT_IN.iter().find(|(known, ..)| *known == name).ok_or_else(|| {
            let known = Self::built_in_names().collect::<Vec<_>>().join(", ");
            LevelError::UnknownScheme { name: quoted(name), known }.into()
        })
    }

    /// A scheme from the text of a TOML file with the keys of the built-in ones.
    ///
    /// # Errors
    /// `Malformed`, with the line, when a name is not a vertebra, a number is repeated or a key is unknown.
    pub fn from_toml(text: &str) -> Result<Self> {
        read(text)
    }

    /// The built-in scheme of a name that the caller may have left out.
    ///
    /// # Errors
    /// `Parameter` when the name is unknown, or missing; then the error lists the schemes that fit the map.
    pub fn choose(name: Option<&str>, map: &LabelMap) -> Result<Self> {
        match name {
            Some(name) => Self::built_in(name),
            None => Err(super::fit::refuse_image_of_any(map)
                .err()
                .unwrap_or(LevelError::NoScheme { fitting: super::fit::described(map) })
                .into()),
        }
    }

    /// The names of the built-in schemes that a map's values and the order of its labels allow.
    pub fn fitting(map: &LabelMap) -> Vec<&'static str> {
        super::fit::fitting(map)
    }

    /// The names of the built-in schemes that fit a map, for a message.
    pub(crate) fn described(map: &LabelMap) -> String {
        super::fit::described(map)
    }

    /// Refuses an image, and a map of another scheme: one that knows all of its values while this one does not.
    pub(crate) fn check_values(&self, map: &LabelMap) -> Result<()> {
        super::fit::refuse_image(map, |value| self.knows(value))?;
        Ok(super::fit::refuse_other(map, self)?)
    }

    /// Refuses a map that names discs alone, unless this scheme goes by these.
    pub(crate) fn check_vertebrae(&self, map: &LabelMap) -> Result<()> {
        Ok(super::fit::refuse_discs_alone(map, self)?)
    }

    /// The vertebra of a map's value; `None` when the value is not a vertebra.
    pub fn vertebra(&self, value: i64) -> Option<Vertebra> {
        self.vertebrae.get(&value).copied()
    }

    /// The disc of a map's value.
    pub fn disc(&self, value: i64) -> Option<Disc> {
        self.discs.get(&value).copied()
    }

    /// The disc of a value in a separate map of disc points.
    pub fn disc_point(&self, value: i64) -> Option<Disc> {
        self.disc_points.get(&value).copied()
    }

    /// The numbers of the cord; empty when the scheme has none.
    pub fn cord(&self) -> &[i64] {
        &self.cord
    }

    /// The numbers of the canal, those of the cord in it among them; empty when the scheme has none.
    pub fn canal(&self) -> &[i64] {
        &self.canal
    }

    /// Whether its maps name discs but not the vertebrae between them.
    pub(super) fn is_by_discs(&self) -> bool {
        self.vertebrae.len() < 2 && !self.discs.is_empty()
    }

    /// The levels between its vertebrae and its discs, which no map of a scheme by discs places.
    pub(super) fn unnamed(&self) -> Vec<VertebralLevel> {
        let levels = self.vertebrae.values().filter_map(|vertebra| match vertebra {
            Vertebra::Level(level) => Some(*level),
            Vertebra::Sacrum => None,
        });
        let above = levels.max();
        let below = self.discs.values().map(|disc| disc.below).min();
        let between = above.zip(below).map(|(above, below)| VertebralLevel::range(above, below));
        let is_placed = |level: &VertebralLevel| Some(*level) == above || Some(*level) == below;
        between.into_iter().flatten().filter(|level| !is_placed(level)).collect()
    }

    /// Whether a map's values give levels: a vertebra, or a disc where the scheme goes by these.
    pub(crate) fn names_levels(&self, map: &LabelMap) -> bool {
        let is_named = |value| match self.vertebra(value) {
            Some(vertebra) => vertebra != Vertebra::Sacrum,
            None => self.is_by_discs() && self.disc(value).is_some(),
        };
        map.labels().any(|(value, _)| is_named(value))
    }

    /// The number of a vertebra; `None` when the scheme has none for it.
    pub fn number(&self, level: VertebralLevel) -> Option<i64> {
        self.number_of(Vertebra::Level(level))
    }

    /// The number of the sacrum as a whole.
    pub fn sacrum_number(&self) -> Option<i64> {
        self.number_of(Vertebra::Sacrum)
    }

    fn number_of(&self, wanted: Vertebra) -> Option<i64> {
        self.vertebrae.iter().find(|&(_, &vertebra)| vertebra == wanted).map(|(&number, _)| number)
    }

    /// The number of cord or vertebra by the name of its mask, in a folder with a file per class; `None` for other masks.
    ///
    /// # Example
    /// ```
    /// use hemastage::level::Scheme;
    /// let scheme = Scheme::built_in("totalsegmentator")?;
    /// assert_eq!(scheme.number_of_mask("vertebrae_T1"), Some(43));
    /// assert_eq!(scheme.number_of_mask("spinal_cord"), Some(79));
    /// assert_eq!(scheme.number_of_mask("spleen"), None);
    /// # Ok::<(), hemastage::Error>(())
    /// ```
    pub fn number_of_mask(&self, name: &str) -> Option<i64> {
        let names = self.masks.as_ref()?;
        if names.cord.as_deref() == Some(name) {
            return self.cord.first().copied();
        }
        if names.sacrum.as_deref() == Some(name) {
            return self.sacrum_number();
        }
        let (before, after) = names.vertebra.as_ref()?.split_once("{}")?;
        let level = name.strip_prefix(before)?.strip_suffix(after)?;
        self.number(level.parse().ok()?)
    }

    /// The scheme that numbers segments by their names alone; no map is read by it otherwise.
    pub(crate) fn of_segments() -> Result<Self> {
        Self::from_toml(include_str!("schemes/segments.toml"))
    }

    /// The number of cord, canal or vertebra by the name of a segment, however it is written: `Spinal cord`, `C3`,
    /// `vertebra_L1`; and whether others may lie in it, as in a canal.
    pub(crate) fn number_of_segment(&self, name: &str) -> Option<(i64, bool)> {
        if let Some(number) = self.number_of_mask(name) {
            return Some((number, false));
        }
        let lower = name.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let plain = ["spinal", "vertebra", "vertebrae", "vertebral", "body"];
        let words: Vec<&str> = words.filter(|word| !plain.contains(word)).collect();
        let [word] = words[..] else { return None };
        let only_canal =
            || self.canal.iter().find(|number| !self.cord.contains(number)).or(self.canal.first());
        match word {
            "cord" => Some((*self.cord.first()?, false)),
            "canal" => Some((*only_canal()?, true)),
            "sacrum" => Some((self.sacrum_number()?, false)),
            _ => Some((self.number(word.parse().ok()?)?, false)),
        }
    }

    /// Whether a value is part of the scheme, as a vertebra, a disc or another structure.
    pub(super) fn knows(&self, value: i64) -> bool {
        let other = |&(from, to): &(i64, i64)| (from..=to).contains(&value);
        self.vertebrae.contains_key(&value)
            || self.discs.contains_key(&value)
            || self.cord.contains(&value)
            || self.canal.contains(&value)
            || self.other.iter().any(other)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemeToml {
    name: Spanned<String>,
    #[serde(default = "no_title")]
    title: Spanned<String>,
    source: Spanned<String>,
    #[serde(default)]
    other: Vec<Spanned<OtherToml>>,
    #[serde(default)]
    structures: StructuresToml,
    #[serde(default)]
    vertebrae: Numbers,
    #[serde(default)]
    discs: Numbers,
    #[serde(default)]
    disc_points: Numbers,
    masks: Option<Spanned<MaskNames>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherToml {
    #[serde(rename = "name")]
    _name: String,
    from: i64,
    to: i64,
}

/// What else a map may label: cord and canal may share numbers.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StructuresToml {
    cord: Vec<Spanned<i64>>,
    canal: Vec<Spanned<i64>>,
}

type Numbers = BTreeMap<String, Spanned<i64>>;

fn no_title() -> Spanned<String> {
    Spanned::new(0..0, String::new())
}

/// Reads and checks a scheme.
fn read(text: &str) -> Result<Scheme> {
    let check = Checker { text };
    let raw: SchemeToml = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        LevelError::Line { line: check.line(at), message: expectation(error.message(), "not valid TOML") }
    })?;
    if raw.name.get_ref().trim().is_empty() {
        return Err(check.wrong(&raw.name, "the name is empty: give the scheme a name"));
    }
    checked("the name", raw.name.get_ref(), MAX_NAME)
        .map_err(|error| check.wrong(&raw.name, error.to_string()))?;
    for (what, text) in [("the title", &raw.title), ("the source", &raw.source)] {
        checked(what, text.get_ref(), MAX_SOURCE).map_err(|error| check.wrong(text, error.to_string()))?;
    }
    let mut known = BTreeMap::new();
    let vertebrae = check.numbers(&raw.vertebrae, &mut known, |name| name.parse().ok())?;
    let discs = check.numbers(&raw.discs, &mut known, |name| name.parse().ok())?;
    let cord = check.structure("the cord", &raw.structures.cord, &known)?;
    let canal = check.structure("the canal", &raw.structures.canal, &known)?;
    if vertebrae.len() < 2 && discs.len() < 2 && cord.is_empty() && canal.is_empty() {
        let expected = "expected the numbers of two vertebrae or more, of two discs, or of cord or canal";
        return Err(check.wrong(&raw.name, expected));
    }
    let mut other = Vec::new();
    for range in &raw.other {
        let &OtherToml { from, to, .. } = range.get_ref();
        if from > to {
            return Err(check.wrong(range, format!("the range is {from} to {to}: expected from <= to")));
        }
        other.push((from, to));
    }
    let has_no_place = |masks: &&Spanned<MaskNames>| {
        masks.get_ref().vertebra.as_ref().is_some_and(|name| !name.contains("{}"))
    };
    if let Some(masks) = raw.masks.as_ref().filter(has_no_place) {
        return Err(check.wrong(masks, "the name of a vertebra's mask has no `{}` in the place of its level"));
    }
    Ok(Scheme {
        masks: raw.masks.map(Spanned::into_inner),
        disc_points: check.numbers(&raw.disc_points, &mut BTreeMap::new(), |name| name.parse().ok())?,
        name: raw.name.into_inner(),
        title: raw.title.into_inner(),
        source: raw.source.into_inner(),
        vertebrae,
        discs,
        cord,
        canal,
        other,
    })
}

/// The checks; the text turns positions into lines.
struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    fn wrong<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> hemastage_image::Error {
        LevelError::Line { line: self.line(at.span().start), message: message.into() }.into()
    }

    /// A table from names to numbers, inverted; `known` holds the numbers so far.
    fn numbers<T: fmt::Display>(
        &self,
        raw: &Numbers,
        known: &mut BTreeMap<i64, String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<BTreeMap<i64, T>> {
        let mut meanings = BTreeMap::new();
        for (name, number) in raw {
            let value = *number.get_ref();
            let Some(parsed) = parse(name) else {
                return Err(self.wrong(
                    number,
                    "unknown name: expected a vertebra such as `C3`, `sacrum`, or a disc such as `C3/C4`",
                ));
            };
            if value == 0 {
                return Err(self.wrong(number, format!("{parsed} has the number 0, which is the background")));
            }
            if let Some(other) = known.insert(value, parsed.to_string()) {
                let text = format!("{parsed} has the number {value}, which is {other}'s already");
                return Err(self.wrong(number, text));
            }
            meanings.insert(value, parsed);
        }
        Ok(meanings)
    }

    /// The numbers of cord or canal, of which none is a vertebra's or a disc's.
    fn structure(&self, name: &str, raw: &[Spanned<i64>], known: &BTreeMap<i64, String>) -> Result<Vec<i64>> {
        let mut numbers = Vec::new();
        for number in raw {
            let value = *number.get_ref();
            if value == 0 {
                return Err(self.wrong(number, format!("{name} has the number 0, which is the background")));
            }
            if let Some(other) = known.get(&value) {
                let text = format!("{name} has the number {value}, which is {other}'s already");
                return Err(self.wrong(number, text));
            }
            numbers.push(value);
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemastage_image::ErrorKind;

    #[test]
    fn segments_are_numbered_by_their_names() {
        let segments = Scheme::of_segments().unwrap();
        for (name, expected) in [
            ("Spinal cord", Some((1, false))),
            ("spinal_cord", Some((1, false))),
            ("Cord", Some((1, false))),
            ("Canal", Some((2, true))),
            ("Spinal Canal", Some((2, true))),
            ("C3", Some((13, false))),
            ("vertebra_L1", Some((41, false))),
            ("vertebrae T12", Some((32, false))),
            ("L5 vertebra", Some((45, false))),
            ("Sacrum", Some((50, false))),
            ("Hematoma", None),
            ("C3 disc", None),
            ("Segment_1", None),
            ("", None),
        ] {
            assert_eq!(segments.number_of_segment(name), expected, "{name}");
        }
    }

    #[test]
    fn every_built_in_scheme_is_valid_and_named() {
        let names: Vec<_> = Scheme::built_in_names().collect();
        assert_eq!(names.len(), 12);
        for name in names {
            let scheme = Scheme::built_in(name).unwrap();
            assert_eq!(scheme.name, name);
            assert!(!scheme.title.is_empty() && !scheme.source.is_empty());
            if ["totalspineseg-step1", "totalsegmentator-total-mr"].contains(&name) {
                assert!(
                    scheme.number(VertebralLevel::usual().nth(4).unwrap()).is_none()
                        && !scheme.cord().is_empty()
                );
                continue;
            }
            let numbers: Vec<i64> =
                VertebralLevel::usual().take(24).map(|level| scheme.number(level).unwrap()).collect();
            let falls = numbers.is_sorted_by(|a, b| a > b);
            assert!(falls || numbers.is_sorted_by(|a, b| a < b), "{name}: {numbers:?}");
            assert!(
                scheme.sacrum_number().is_some()
                    || scheme.number(VertebralLevel::S1).is_some()
                    || ["totalsegmentator-pp", "spider"].contains(&name)
            );
        }
        let error = Scheme::built_in("veridah").unwrap_err();
        assert!(error.to_string().contains("totalspineseg-step1, verse, spineps, spider, sct"), "{error}");
    }

    #[test]
    fn numbers_of_the_source_tables() {
        let number = |scheme: &str, level: &str| {
            let scheme = Scheme::built_in(scheme).unwrap();
            match level.parse().unwrap() {
                Vertebra::Sacrum => scheme.sacrum_number(),
                Vertebra::Level(level) => scheme.number(level),
            }
        };
        for (scheme, numbers) in [
            ("totalsegmentator", [Some(50), Some(43), Some(27), None, Some(26), Some(25)]),
            ("totalsegmentator-v3", [Some(50), Some(43), Some(27), Some(26), None, Some(25)]),
            ("totalsegmentator-mr", [Some(25), Some(18), Some(2), None, None, Some(1)]),
            ("totalsegmentator-pp", [Some(1), Some(8), Some(24), None, None, None]),
            ("totalsegmentator-v1", [Some(41), Some(34), Some(18), None, None, Some(92)]),
            ("totalspineseg", [Some(11), Some(21), Some(45), Some(46), None, Some(50)]),
            ("verse", [Some(1), Some(8), Some(24), Some(25), None, Some(26)]),
            ("spineps", [Some(1), Some(8), Some(24), Some(25), None, Some(26)]),
            ("spider", [Some(24), Some(17), Some(1), None, None, None]),
            ("totalspineseg-step1", [Some(11), None, None, None, None, None]),
            ("totalsegmentator-total-mr", [None; 6]),
            ("sct", [Some(1), Some(8), Some(24), None, Some(25), None]),
        ] {
            for (level, expected) in ["C1", "T1", "L5", "L6", "S1", "sacrum"].into_iter().zip(numbers) {
                assert_eq!(number(scheme, level), expected, "{scheme} {level}");
            }
        }
        assert_eq!(number("verse", "T13"), Some(28));
        let disc = |scheme: &str, value| Scheme::built_in(scheme).unwrap().disc(value).map(|d| d.to_string());
        assert_eq!(disc("totalspineseg", 71).as_deref(), Some("C7/T1"));
        assert_eq!(disc("verse", 119).as_deref(), Some("T12/L1"));
        assert_eq!(disc("verse", 205), None, "an endplate");
        assert_eq!(disc("spider", 201).as_deref(), Some("L5/S1"));
        assert_eq!(disc("spider", 223).as_deref(), Some("C2/C3"));
        assert_eq!(disc("spineps", 100), None, "every disc of seg-spine");
        assert_eq!(disc("totalspineseg-step1", 71), disc("totalspineseg", 71));
        for (name, cord, canal) in [
            ("totalsegmentator", &[79][..], &[][..]),
            ("totalsegmentator-v3", &[79], &[]),
            ("totalsegmentator-mr", &[], &[]),
            ("totalsegmentator-total-mr", &[21], &[]),
            ("totalspineseg", &[1], &[1, 2]),
            ("totalspineseg-step1", &[1], &[1, 2]),
            ("verse", &[], &[]),
            ("spineps", &[60], &[60, 61]),
            ("spider", &[], &[100]),
            ("sct", &[], &[]),
        ] {
            let scheme = Scheme::built_in(name).unwrap();
            assert_eq!((scheme.cord(), scheme.canal()), (cord, canal), "{name}");
        }
        let sct = Scheme::built_in("sct").unwrap();
        assert_eq!(sct.disc_point(21).unwrap().to_string(), "L1/L2");
        assert_eq!(sct.disc_point(1).unwrap().to_string(), "top of C1");
        assert!(sct.disc_point(60).is_none() && sct.vertebra(60).is_none() && sct.knows(60));
    }

    #[test]
    fn discs_round_trip_through_text() {
        for text in ["C2/C3", "L5/S1", "top of C1"] {
            assert_eq!(text.parse::<Disc>().unwrap().to_string(), text);
        }
        assert_eq!("C1".parse::<Disc>().unwrap(), "top of C1".parse().unwrap());
        for wrong in ["", "C3/C2", "C2/C2", "C2/X", "C2/C3/C4"] {
            let text = wrong.parse::<Disc>().unwrap_err().to_string();
            let expected = "expected two vertebrae such as `C3/C4`, or `C1` for the top of C1";
            assert_eq!(text, format!("unknown disc `{wrong}`: {expected}"));
        }
    }

    #[test]
    fn names_the_line_at_fault() {
        let good = Scheme::built_in_toml("totalspineseg").unwrap();
        let line_of = |part: &str| 1 + good.lines().position(|line| line.contains(part)).unwrap();
        for (from, to, part) in [
            ("C3 = 13", "C8 = 13", "unknown name: expected a vertebra such as `C3`"),
            ("C3 = 13", "C3 = 0", "the background"),
            ("C3 = 13", "C3 = 12", "the number 12, which is C2's already"),
            ("\"C2/C3\" = 63", "\"C3/C2\" = 63", "unknown name: expected a vertebra such as `C3`"),
            ("\"C2/C3\" = 63", "\"C2/C3\" = 50", "which is sacrum's already"),
            ("from = 47, to = 47", "from = 47, to = 46", "expected from <= to"),
            ("cord = [1]", "cord = [1, 0]", "the cord has the number 0, which is the background"),
            ("canal = [1, 2]", "canal = [1, 13]", "the canal has the number 13, which is C3's already"),
            ("canal = [1, 2]", "sac = [1, 2]", "unknown key: expected"),
            ("title = ", "titel = ", "unknown key: expected one of `name`, `title`, `source`"),
            ("[discs]", "[discs", ""),
            ("name = \"totalspineseg\"", "name = \" \"", "the name is empty"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Scheme::from_toml(&good.replacen(from, to, 1)).unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(text.starts_with(&format!("line {}: ", line_of(from))), "{from}: {text}");
            assert!(text.contains(part), "{text}");
        }
        let one = "name = \"x\"\nsource = \"y\"\n[vertebrae]\nC1 = 1\n";
        let text = Scheme::from_toml(one).unwrap_err().to_string();
        let expected = "expected the numbers of two vertebrae or more, of two discs, or of cord or canal";
        assert_eq!(text, format!("line 1: {expected}"));
        assert!(Scheme::from_toml(&format!("{one}[structures]\ncord = [2]\n")).is_ok());
    }
}
