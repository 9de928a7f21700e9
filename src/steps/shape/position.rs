//! Where around the cord: the shares of four sectors, and their name.

use std::{fmt, str::FromStr};

use hemastage_image::{error::Result, word};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ShapeOptions, error::ShapeError};

/// Tangent of 22.5 degrees, the border between a direction and its diagonal.
const DIAGONAL: f64 = std::f64::consts::SQRT_2 - 1.0;

/// Slack on borders between names, so that rounding does not decide a tie.
const SLACK: f64 = 1e-6;

/// The four 90-degree sectors around the line; their borders are the diagonals.
///
/// # Shape and units
/// Shares that add up to 1.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sectors {
    /// In front.
    pub ventral: f64,
    /// Behind.
    pub dorsal: f64,
    /// On the patient's left.
    pub left: f64,
    /// On the patient's right.
    pub right: f64,
}

impl Sectors {
    /// Checks that they are shares that add up to 1.
    fn check(&self) -> Result<(), ShapeError> {
        let Self { ventral, dorsal, left, right } = *self;
        for (option, found) in [("ventral", ventral), ("dorsal", dorsal), ("left", left), ("right", right)] {
            if !(-SLACK..=1.0 + SLACK).contains(&found) {
                return Err(ShapeError { option, found, expected: "a share of 0 to 1" });
            }
        }
        let sum = ventral + dorsal + left + right;
        if (sum - 1.0).abs() > SLACK {
            return Err(ShapeError { option: "sectors", found: sum, expected: "shares that add up to 1" });
        }
        Ok(())
    }

    /// Shares of the total; `None` of nothing.
    pub(super) fn shares(&self) -> Option<Self> {
        let total = self.ventral + self.dorsal + self.left + self.right;
        (total > 0.0).then(|| Self {
            ventral: self.ventral / total,
            dorsal: self.dorsal / total,
            left: self.left / total,
            right: self.right / total,
        })
    }
}

/// The reciprocal of a cell's width (1/mm): from left to right, from back to front, and of both together.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellWidth {
    right: f64,
    anterior: f64,
    both: f64,
}

impl CellWidth {
    pub(super) fn new([right, anterior]: [f64; 2]) -> Self {
        let per_mm = |mm: f64| 1.0 / mm.max(1e-9);
        Self { right: per_mm(right), anterior: per_mm(anterior), both: per_mm(right + anterior) }
    }

    /// A cell's shares in the ventral, dorsal, left and right sector, given its mm to the right and to the front. A
    /// cell on a border is divided.
    #[expect(clippy::inline_always, reason = "called in a kernel, for wide vectors")]
    #[inline(always)]
    pub(super) fn sectors(&self, [right, anterior]: [f64; 2]) -> [f64; 4] {
        let share = |distance: f64, per_mm: f64| (0.5 + distance * per_mm).clamp(0.0, 1.0);
        let sagittal = share(anterior.abs() - right.abs(), self.both);
        let lateral = 1.0 - sagittal;
        let (in_front, on_the_right) = (share(anterior, self.anterior), share(right, self.right));
        [
            sagittal * in_front,
            sagittal * (1.0 - in_front),
            lateral * (1.0 - on_the_right),
            lateral * on_the_right,
        ]
    }
}

/// Where around the cord something lies, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Position {
    /// In front.
    Ventral,
    /// Behind.
    Dorsal,
    /// On the left.
    Left,
    /// On the right.
    Right,
    /// In front and on the left.
    LeftVentrolateral,
    /// In front and on the right.
    RightVentrolateral,
    /// Behind and on the left.
    LeftDorsolateral,
    /// Behind and on the right.
    RightDorsolateral,
    /// In front and behind.
    VentralAndDorsal,
    /// On both sides.
    LeftAndRight,
    /// All around.
    Circumferential,
}

impl Position {
    /// All positions.
    pub const ALL: [Self; 11] = [
        Self::Ventral,
        Self::Dorsal,
        Self::Left,
        Self::Right,
        Self::LeftVentrolateral,
        Self::RightVentrolateral,
        Self::LeftDorsolateral,
        Self::RightDorsolateral,
        Self::VentralAndDorsal,
        Self::LeftAndRight,
        Self::Circumferential,
    ];

    /// The position of a distribution over the four sectors.
    ///
    /// * Each of the four has [`ShapeOptions::circumferential_share`] or more: circumferential.
    /// * Else the shares are added as a vector (right minus left, ventral minus dorsal). A vector shorter than
    ///   [`ShapeOptions::min_direction`] is two-sided: the opposite pair with the larger share.
    /// * Else the nearest of eight directions, 45 degrees each.
    ///
    /// # Errors
    /// `Parameter` when the sectors are not shares that add up to 1, or an option is
    /// [out of range](ShapeOptions::check).
    ///
    /// # Example
    /// ```
    /// use hemastage::shape::{Position, Sectors, ShapeOptions};
    /// let half_ring = Sectors { ventral: 0.0, dorsal: 0.5, left: 0.25, right: 0.25 };
    /// assert_eq!(Position::of(&half_ring, &ShapeOptions::default())?, Position::Dorsal);
    /// let quarter = Sectors { ventral: 0.0, dorsal: 0.5, left: 0.0, right: 0.5 };
    /// assert_eq!(Position::of(&quarter, &ShapeOptions::default())?.to_string(), "right dorsolateral");
    /// # Ok::<(), hemastage::Error>(())
    /// ```
    pub fn of(sectors: &Sectors, options: &ShapeOptions) -> Result<Self> {
        sectors.check()?;
        options.check()?;
        Ok(Self::of_shares(sectors, options))
    }

    pub(super) fn of_shares(sectors: &Sectors, options: &ShapeOptions) -> Self {
        let Sectors { ventral, dorsal, left, right } = *sectors;
        if [ventral, dorsal, left, right].iter().all(|&share| share + SLACK >= options.circumferential_share)
        {
            return Self::Circumferential;
        }
        let sum = [right - left, ventral - dorsal];
        if libm::hypot(sum[0], sum[1]) + SLACK < options.min_direction {
            return if ventral + dorsal + SLACK >= left + right {
                Self::VentralAndDorsal
            } else {
                Self::LeftAndRight
            };
        }
        Self::towards(sum)
    }

    /// The nearest of eight directions, given mm to the right and to the front.
    pub(super) fn towards([right, anterior]: [f64; 2]) -> Self {
        let (side, depth) = (right.abs(), anterior.abs());
        let slack = SLACK * (side + depth);
        match (side > DIAGONAL * depth + slack, depth > DIAGONAL * side + slack, right > 0.0, anterior > 0.0)
        {
            (true, true, false, true) => Self::LeftVentrolateral,
            (true, true, true, true) => Self::RightVentrolateral,
            (true, true, false, false) => Self::LeftDorsolateral,
            (true, true, true, false) => Self::RightDorsolateral,
            (true, false, false, _) => Self::Left,
            (true, false, true, _) => Self::Right,
            (false, _, _, true) => Self::Ventral,
            (false, _, _, false) => Self::Dorsal,
        }
    }

    /// The name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ventral => "ventral",
            Self::Dorsal => "dorsal",
            Self::Left => "left",
            Self::Right => "right",
            Self::LeftVentrolateral => "left ventrolateral",
            Self::RightVentrolateral => "right ventrolateral",
            Self::LeftDorsolateral => "left dorsolateral",
            Self::RightDorsolateral => "right dorsolateral",
            Self::VentralAndDorsal => "ventral and dorsal",
            Self::LeftAndRight => "left and right",
            Self::Circumferential => "circumferential",
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Position {
    type Err = hemastage_image::Error;

    /// Reads a name.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("position", &Self::ALL, Self::name, text)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        let name = |ventral, dorsal, left, right| {
            Position::of(&Sectors { ventral, dorsal, left, right }, &ShapeOptions::default()).unwrap()
        };
        assert_eq!(name(0.25, 0.25, 0.25, 0.25), Position::Circumferential);
        assert_eq!(name(0.1, 0.5, 0.2, 0.2), Position::Dorsal);
        assert_eq!(name(0.0, 0.7, 0.25, 0.05), Position::Dorsal);
        assert_eq!(name(0.0, 0.6, 0.4, 0.0), Position::LeftDorsolateral);
        assert_eq!(name(0.6, 0.0, 0.0, 0.4), Position::RightVentrolateral);
        assert_eq!(name(0.5, 0.0, 0.5, 0.0), Position::LeftVentrolateral);
        assert_eq!(name(0.33, 0.33, 0.34, 0.0), Position::Left);
        assert_eq!(name(0.0, 0.0, 0.1, 0.9), Position::Right);
        assert_eq!(name(1.0, 0.0, 0.0, 0.0), Position::Ventral);
        assert_eq!(name(0.45, 0.45, 0.05, 0.05), Position::VentralAndDorsal);
        assert_eq!(name(0.05, 0.05, 0.45, 0.45), Position::LeftAndRight);
    }

    #[test]
    fn what_are_no_shares_has_no_name() {
        let refused = |ventral, dorsal, left| {
            let sectors = Sectors { ventral, dorsal, left, right: 0.0 };
            Position::of(&sectors, &ShapeOptions::default()).unwrap_err().to_string()
        };
        assert_eq!(refused(f64::NAN, 0.5, 0.5), "`ventral` is NaN: expected a share of 0 to 1");
        assert_eq!(refused(1.5, -0.5, 0.0), "`ventral` is 1.5: expected a share of 0 to 1");
        assert_eq!(refused(0.5, 0.5, 0.5), "`sectors` is 1.5: expected shares that add up to 1");
        let whole = Sectors { ventral: 1.0, ..Sectors::default() };
        let options = ShapeOptions::default().with_min_direction(f64::NAN);
        assert!(
            Position::of(&whole, &options).unwrap_err().to_string().starts_with("`min_direction` is NaN")
        );
    }

    #[test]
    fn names_round_trip() {
        for position in Position::ALL {
            assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
            let json = serde_json::to_string(&position).unwrap();
            assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
        }
        let text = "behind".parse::<Position>().unwrap_err().to_string();
        assert!(text.starts_with("unknown position `behind`: expected ventral, dorsal, left, "), "{text}");
    }

    #[test]
    fn a_cell_on_a_border_is_divided() {
        let of = |right, anterior| CellWidth::new([0.5, 0.5]).sectors([right, anterior]);
        assert_eq!(of(3.0, -3.0), [0.0, 0.5, 0.0, 0.5]);
        assert_eq!(of(0.0, -3.0), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(of(-4.0, 1.0), [0.0, 0.0, 1.0, 0.0]);
    }
}
