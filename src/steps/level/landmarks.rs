//! Vertebrae and discs known as points.

use std::{collections::BTreeMap, fmt};

use hemastage_image::{
    error::Result, finding::Finding, label_map::LabelMap, text::expectation, vector::distance,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::error::Category;

use super::{
    centroids::{Labeled, disc_points},
    error::LevelError,
    misplaced::{Mark, misplaced},
    scheme::{Disc, Scheme, Vertebra},
};
use crate::vocabulary::vertebra::VertebralLevel;

const EXPECTED: &str = "JSON `[{\"level\": \"C3\", \"x\": 0, \"y\": 0, \"z\": 0}]` or `{\"C3\": [0, 0, 0]}`, or CSV with the columns level,x,y,z; RAS mm";

/// Points of one vertebra closer than this are the same landmark.
pub(super) const SAME_MM: f64 = 5.0 - 1e-6;

/// No landmark is farther from the origin along an axis.
const MAX_MM: f64 = 1e6;
/// Maximum number of points of one vertebra.
const MAX_POINTS: usize = 16;

/// The centers of vertebrae and discs as points.
///
/// # Shape and units
/// RAS+ millimeters.
///
/// # Example
/// ```
/// use hemastage::level::Landmarks;
/// let json: Landmarks = r#"{"C3": [0, 12.5, 40], "C4": [0, 12, 22]}"#.parse()?;
/// let csv: Landmarks = "level,x,y,z\nC3,0,12.5,40\nC4,0,12,22\n".parse()?;
/// assert_eq!(json, csv);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Landmarks {
    vertebrae: Vec<(Vertebra, [f64; 3])>,
    discs: Vec<(Disc, [f64; 3])>,
}

impl Landmarks {
    /// Vertebrae at the centers of their bodies.
    ///
    /// # Errors
    /// `Parameter` when a coordinate is not finite or beyond a kilometer, or a vertebra has more than 16 points.
    pub fn new(vertebrae: impl IntoIterator<Item = (Vertebra, [f64; 3])>) -> Result<Self> {
        Ok(Self { vertebrae: checked(vertebrae)?, discs: Vec::new() })
    }

    /// Adds discs at their centers: borders between levels, or without vertebrae what these are found by.
    ///
    /// # Errors
    /// `Parameter` when a coordinate is not finite or beyond a kilometer.
    pub fn with_discs(mut self, discs: impl IntoIterator<Item = (Disc, [f64; 3])>) -> Result<Self> {
        self.discs.extend(checked(discs)?);
        Ok(self)
    }

    /// Centers of vertebral bodies.
    pub fn vertebrae(&self) -> &[(Vertebra, [f64; 3])] {
        &self.vertebrae
    }

    /// Centers of discs.
    pub fn discs(&self) -> &[(Disc, [f64; 3])] {
        &self.discs
    }

    /// Each disc once, in the middle of its points.
    pub(super) fn discs_once(&self) -> Vec<(Disc, [f64; 3])> {
        each_once(&self.discs).0
    }

    /// The discs of a map of disc points: the center of each label that the scheme lists as a disc.
    ///
    /// # Errors
    /// When the map holds none of them.
    ///
    /// # Reference
    /// Spinal Cord Toolbox: point k lies directly above vertebra k.
    pub fn from_disc_points(map: &LabelMap, scheme: &Scheme) -> Result<Self> {
        Ok(Self { vertebrae: Vec::new(), discs: disc_points(map, scheme)? })
    }

    /// What can be judged by its neighbors: vertebrae, where there are none discs, down to S1.
    fn marks(&self) -> Vec<Mark> {
        let is_judged = |level: &VertebralLevel| *level <= VertebralLevel::S1;
        if self.vertebrae.is_empty() {
            let mark = |&(disc, point): &(Disc, [f64; 3])| Mark {
                name: format!("the disc {disc}"),
                level: disc.below,
                point,
            };
            return self.discs.iter().map(mark).filter(|mark| is_judged(&mark.level)).collect();
        }
        let mark = |&(vertebra, point): &(Vertebra, [f64; 3])| match vertebra {
            Vertebra::Level(level) => Some(Mark { name: level.to_string(), level, point }),
            // its middle is that of no vertebra
            Vertebra::Sacrum => None,
        };
        self.vertebrae.iter().filter_map(mark).filter(|mark| is_judged(&mark.level)).collect()
    }

    /// The vertebrae as if labeled with one voxel each; where only discs are known, midway between adjacent ones.
    pub(super) fn labeled(&self, findings: &mut Vec<Finding>) -> Vec<Labeled> {
        let mut vertebrae: Vec<(Vertebra, [f64; 3])> = Vec::new();
        for &(vertebra, point) in &self.vertebrae {
            if !vertebrae.iter().any(|&(v, p)| v == vertebra && distance(p, point) < SAME_MM) {
                vertebrae.push((vertebra, point));
            }
        }
        let mut named: Vec<Vertebra> = self.vertebrae.iter().map(|&(vertebra, _)| vertebra).collect();
        named.sort_unstable();
        let mut twice: Vec<Vertebra> = named.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]).collect();
        twice.dedup();
        for vertebra in twice {
            let kept = vertebrae.iter().filter(|&&(v, _)| v == vertebra).count();
            let text = format!(
                "{vertebra} is among the landmarks more than once; {kept} kept: remove the wrong one"
            );
            findings.push(Finding::warning("level_twice", text));
        }
        findings.extend(misplaced(self.marks()));
        if self.vertebrae.is_empty() {
            let (discs, twice) = each_once(&self.discs);
            findings.extend(twice);
            vertebrae = between_discs(&discs);
        }
        vertebrae.into_iter().map(|(vertebra, point)| Labeled::of_point(vertebra, point)).collect()
    }
}

/// Each disc once: in the middle of its points where it has several, which is a finding.
fn each_once(discs: &[(Disc, [f64; 3])]) -> (Vec<(Disc, [f64; 3])>, Vec<Finding>) {
    let mut by_name: BTreeMap<Disc, Vec<[f64; 3]>> = BTreeMap::new();
    for &(disc, point) in discs {
        by_name.entry(disc).or_default().push(point);
    }
    let mut findings = Vec::new();
    let middle = |(disc, points): (Disc, Vec<[f64; 3]>)| {
        let n = points.len();
        let apart = points.iter().map(|&point| distance(point, points[0])).fold(0.0, f64::max);
        if apart >= SAME_MM {
            let text = format!(
                "the disc {disc} is marked in {n} places, {apart:.0} mm apart, and their middle was taken: remove the wrong one"
            );
            findings.push(Finding::warning("level_twice", text));
        }
        (disc, std::array::from_fn(|a| points.iter().map(|point| point[a]).sum::<f64>() / n as f64))
    };
    let once = by_name.into_iter().map(middle).collect();
    (once, findings)
}

/// Whether a point can be a place in the body.
fn is_place(point: &[f64; 3]) -> bool {
    point.iter().all(|v| v.abs() <= MAX_MM)
}

/// The points, refused if one is no place or if one vertebra or disc has too many.
fn checked<N: fmt::Display + Ord>(
    points: impl IntoIterator<Item = (N, [f64; 3])>,
) -> Result<Vec<(N, [f64; 3])>> {
    let points: Vec<(N, [f64; 3])> = points.into_iter().collect();
    check_number(&points)?;
    match points.iter().find(|(_, point)| !is_place(point)) {
        Some((name, point)) => {
            Err(LevelError::Point { name: name.to_string(), point: *point, max: MAX_MM }.into())
        }
        None => Ok(points),
    }
}

/// Each vertebra whose adjacent discs, above and below, are both known.
pub(super) fn between_discs(discs: &[(Disc, [f64; 3])]) -> Vec<(Vertebra, [f64; 3])> {
    let mut sorted = discs.to_vec();
    sorted.sort_by_key(|&(disc, _)| disc.below);
    let pairs = sorted.windows(2).filter(|pair| pair[1].0.above == Some(pair[0].0.below));
    let middle = |pair: &[(Disc, [f64; 3])]| {
        let point = std::array::from_fn(|a| f64::midpoint(pair[0].1[a], pair[1].1[a]));
        (Vertebra::Level(pair[0].0.below), point)
    };
    pairs.map(middle).collect()
}

impl std::str::FromStr for Landmarks {
    type Err = hemastage_image::Error;

    /// Reads JSON (a list of records, or an object) or CSV (comma, semicolon or tab; columns in any order).
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let vertebrae = if text.starts_with(['[', '{']) { from_json(text)? } else { from_csv(text)? };
        if vertebrae.is_empty() {
            return Err(LevelError::NoLandmark { expected: EXPECTED }.into());
        }
        Self::new(vertebrae)
    }
}

/// Refuses more points of one vertebra than any reader sets.
fn check_number<N: fmt::Display + Ord>(points: &[(N, [f64; 3])]) -> Result<(), LevelError> {
    let mut found: BTreeMap<&N, usize> = BTreeMap::new();
    for (name, _) in points {
        *found.entry(name).or_default() += 1;
    }
    match found.into_iter().find(|(_, found)| *found > MAX_POINTS) {
        Some((name, found)) => Err(LevelError::Points { name: name.to_string(), found, max: MAX_POINTS }),
        None => Ok(()),
    }
}

fn wrong(message: impl Into<String>) -> LevelError {
    LevelError::Landmarks { message: message.into(), expected: EXPECTED }
}

fn from_json(text: &str) -> Result<Vec<(Vertebra, [f64; 3])>, LevelError> {
    let points: Points = serde_json::from_str(text).map_err(|error| wrong(json_fault(&error)))?;
    let at_entry = |(n, (name, point)): (usize, (String, [f64; 3]))| {
        landmark(&name, point).map_err(|message| wrong(format!("landmark {}: {message}", n + 1)))
    };
    points.0.into_iter().enumerate().map(at_entry).collect()
}

/// Where JSON is at fault and what was expected there, without what stood there.
fn json_fault(error: &serde_json::Error) -> String {
    let (text, place) = (error.to_string(), format!("line {} column {}", error.line(), error.column()));
    let message = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
    match error.classify() {
        // of fixed words
        Category::Syntax | Category::Eof => format!("{place}: {message}"),
        Category::Data | Category::Io => format!("{place}: {}", expectation(message, "expected landmarks")),
    }
}

fn landmark(name: &str, point: [f64; 3]) -> Result<(Vertebra, [f64; 3]), String> {
    let unknown = |_: hemastage_image::Error| {
        "unknown vertebra: expected C1 to C7, T1 to T13, L1 to L6, S1 to S5 or sacrum".to_owned()
    };
    let vertebra: Vertebra = name.parse().map_err(unknown)?;
    match point.iter().all(|v| v.is_finite()) {
        true if is_place(&point) => Ok((vertebra, point)),
        true => Err(format!("the point of {vertebra} is more than {MAX_MM} mm from 0")),
        false => Err(format!("the point of {vertebra} is not finite")),
    }
}

/// Pairs of name and point in either JSON form; a repeated name is kept twice.
struct Points(Vec<(String, [f64; 3])>);

#[derive(Deserialize)]
struct Record {
    level: String,
    x: f64,
    y: f64,
    z: f64,
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Points;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of landmarks or an object of them")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Points, A::Error> {
                let mut points = Vec::new();
                while let Some(Record { level, x, y, z }) = seq.next_element()? {
                    points.push((level, [x, y, z]));
                }
                Ok(Points(points))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Points, A::Error> {
                let mut points = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    points.push(entry);
                }
                Ok(Points(points))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn from_csv(text: &str) -> Result<Vec<(Vertebra, [f64; 3])>, LevelError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, header)) = lines.next() else { return Ok(Vec::new()) };
    let delimiter = [';', '\t'].into_iter().find(|&d| header.contains(d)).unwrap_or(',');
    let fields = |line: &str| -> Vec<String> {
        line.split(delimiter).map(|field| field.trim().trim_matches('"').to_owned()).collect()
    };
    let names = fields(&header.to_lowercase());
    let column = |name: &str| {
        names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| wrong(format!("line 1: the column `{name}` is missing")))
    };
    let columns = [column("level")?, column("x")?, column("y")?, column("z")?];
    let mut landmarks = Vec::new();
    for (n, line) in lines {
        let fields = fields(line);
        let field = |c: usize| fields.get(columns[c]).map_or("", String::as_str);
        let number = |c: usize, name: &str| {
            let number = field(c).parse::<f64>();
            number.map_err(|_| wrong(format!("line {}: the column `{name}` holds no number", n + 1)))
        };
        let point = [number(1, "x")?, number(2, "y")?, number(3, "z")?];
        let at_line = |message| wrong(format!("line {}: {message}", n + 1));
        landmarks.push(landmark(field(0), point).map_err(at_line)?);
    }
    Ok(landmarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_the_same_points() {
        let forms = [
            r#"[{"level":"C3","x":1,"y":2.5,"z":40},{"level":"th1","x":-1,"y":2,"z":-30,"note":"x"}]"#,
            r#"{"c3": [1, 2.5, 40], "T1": [-1, 2, -30]}"#,
            "level,x,y,z\nC3,1,2.5,40\nT1,-1,2,-30",
            "\u{feff}Level;X;Y;Z\r\nC3;1;2.5;40\r\n\r\nT1;-1;2;-3e1\r\n",
            "z\ty\tx\tlevel\n40\t2.5\t1\t\"C3\"\n-30\t2\t-1\tT1\n",
        ];
        let points = |text: &str| text.parse::<Landmarks>().unwrap();
        for form in forms {
            assert_eq!(points(form), points(forms[0]), "{form}");
        }
        assert_eq!(points(forms[0]).vertebrae[1].1, [-1.0, 2.0, -30.0]);
    }

    #[test]
    fn errors_name_what_is_wrong() {
        for (text, part) in [
            ("", "no landmark found"),
            ("[]", "no landmark found"),
            ("level,x,y\nC3,1,2", "CSV: line 1: the column `z` is missing; expected"),
            ("patient,ZQSMITH born 1947\nC3,1", "CSV: line 1: the column `level` is missing; expected"),
            (
                r#"{"PatientName": "ZQSMITH^JOHN"}"#,
                "CSV: line 1 column 30: expected an array of length 3; expected",
            ),
            (r#"[{"level": "C3", "x": "ZQSMITH"}]"#, "CSV: line 1 column 31: expected a number; expected"),
            (r#"[{"level": {"ZQSMITH": 1}}]"#, "CSV: line 1 column 11: expected a string; expected"),
            ("level,x,y,z\nC3,1,ZQSMITH,2", "CSV: line 2: the column `y` holds no number; expected"),
            (
                "level,x,y,z\nZQSMITH,1,2,3",
                "CSV: line 2: unknown vertebra: expected C1 to C7, T1 to T13, L1 to L6, S1 to S5 or sacrum; expected",
            ),
            (r#"{"C3": [1, 2, 3], "ZQSMITH": [1, 2, 3]}"#, "CSV: landmark 2: unknown vertebra: expected C1"),
            ("{\"C3\": [1, 2, 3], ZQSMITH", "CSV: line 1 column 19: key must be a string; expected"),
            ("level,x,y,z\nC3,1,2", "line 2: the column `z` holds no number"),
            ("level,x,y,z\nC3,1,2,3\nC8,1,2,3", "line 3: unknown vertebra: expected C1"),
            ("level,x,y,z\nC3,1,2,inf", "line 2: the point of C3 is not finite"),
            ("level,x,y,z\nC3,1,2,1e7", "line 2: the point of C3 is more than 1000000 mm from 0"),
            (r#"{"C3": [1, 2]}"#, "line 1 column"),
            (r#"[{"level":"C3","x":1,"y":2}]"#, "missing key `z`"),
            (r#"{"C3": [1, 2, 1e999]}"#, "number out of range"),
        ] {
            let error = text.parse::<Landmarks>().unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(!error.to_string().contains("ZQSMITH"), "{error}");
            assert!(error.to_string().chars().count() <= 300, "{error}");
            assert!(error.to_string().contains("level,x,y,z"), "{error}");
        }
    }

    #[test]
    fn the_number_of_points_is_bounded() {
        let text = |n: usize| format!("level,x,y,z\n{}", "C3,0,0,0\n".repeat(n));
        assert!(text(MAX_POINTS).parse::<Landmarks>().is_ok());
        assert_eq!(
            text(MAX_POINTS + 1).parse::<Landmarks>().unwrap_err().to_string(),
            "C3 is among the landmarks 17 times: expected at most 16 points of one vertebra"
        );
    }

    #[test]
    fn a_point_set_twice_is_one_and_far_apart_is_two() {
        let count = |z: f64| {
            let text = format!(r#"{{"C3": [0, 0, 40], "C4": [0, 0, 20], "C4": [0, 0, {z}]}}"#);
            let mut findings = Vec::new();
            let labeled = text.parse::<Landmarks>().unwrap().labeled(&mut findings);
            assert_eq!(findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["level_twice"]);
            labeled.len()
        };
        assert_eq!((count(19.0), count(5.0)), (2, 3));
    }
}
