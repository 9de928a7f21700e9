//! The class: where contrast agent is taken up, by how the rise changes with the distance from the border.
//!
//! A rim spills over: the voxels inside it share its signal, by their size and by interpolation. What spills over falls with
//! the distance from the border; a center that takes up the agent itself rises as much as the rim does, or more.

use std::fmt;

use hemastage_image::{
    grid::Grid,
    roi::{Column, Roi},
};
use serde::{Deserialize, Serialize};

use super::rim::Rim;
use crate::kernel::statistics::median;

/// A voxel whose center is no farther from the border is of the rim, or no farther than a voxel where that is more.
const RIM_MM: f64 = 1.5;
/// What spills over reaches this many voxels beyond the rim: half a voxel by its size, and one by interpolation.
const SPILL_VOXELS: f64 = 1.5;
/// An inner voxel takes up the agent of itself from this share of the rim's rise on. On phantoms, what spills over from a rim
/// has 0.2 to 0.5 of it, a center 1.1 and more.
const OF_ITSELF: f64 = 0.8;
/// Shares from which on a class is given (own choices; none is published).
const DIFFUSE: f64 = 0.5;
const CENTRAL: f64 = 0.1;
const RIM: f64 = 0.3;
/// Inner voxels without which rim and center cannot be separated.
const MIN_INNER: usize = 20;
/// Why there is no class then.
pub(super) const TOO_THIN: &str = "too thin to separate rim and center: fewer than 20 voxels lie deeper than the rim, which is 1.5 mm or a voxel of mask or images thick";

/// Where contrast agent is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnhancementClass {
    /// Nowhere, or in few voxels.
    None,
    /// In the rim.
    Rim,
    /// In a part of the inside.
    Central,
    /// In at least half of the inside, and of the rim.
    Diffuse,
}

impl EnhancementClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::None, Self::Rim, Self::Central, Self::Diffuse];

    /// The name in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rim => "rim",
            Self::Central => "central",
            Self::Diffuse => "diffuse",
        }
    }
}

impl fmt::Display for EnhancementClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// How deep each voxel of a hematoma lies, along the axes that thick slices do not cross.
pub(super) struct Depths {
    /// In the outermost layer.
    outermost: Vec<bool>,
    /// Within the rim.
    rim: Vec<bool>,
    /// Where the rim may spill over, the rim included.
    spill: Vec<bool>,
}

impl Depths {
    pub(super) fn new(hematoma: &Roi, images: [&Grid; 2]) -> Self {
        let near = hematoma.grid().near_axes();
        let voxel_mm = images.into_iter().chain([hematoma.grid()]).map(largest_near_mm).fold(0.0, f64::max);
        let (rim, rim_mm) = (Rim::of(hematoma), RIM_MM.max(voxel_mm));
        Self {
            outermost: hematoma.interior(near).into_iter().map(|is_inside| !is_inside).collect(),
            rim: rim.within(rim_mm),
            spill: rim.within(rim_mm + SPILL_VOXELS * voxel_mm),
        }
    }
}

/// The largest voxel size but for thick slices.
fn largest_near_mm(grid: &Grid) -> f64 {
    let sizes = grid.spacing_mm().into_iter().zip(grid.near_axes());
    sizes.filter_map(|(mm, is_near)| is_near.then_some(mm)).fold(0.0, f64::max)
}

/// Which voxels take up the agent, and by how much their signal rises.
pub(super) struct Rises<'a> {
    pub(super) voxels: &'a Column<Option<bool>>,
    pub(super) rises: &'a [f64],
}

/// How many of some voxels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Count {
    pub(super) some: usize,
    pub(super) all: usize,
}

impl Count {
    fn add(&mut self, counts: bool) {
        self.some += usize::from(counts);
        self.all += 1;
    }

    pub(super) fn share(self) -> Option<f64> {
        (self.all > 0).then(|| self.some as f64 / self.all as f64)
    }

    fn reaches(self, share: f64) -> bool {
        self.share().is_some_and(|found| found >= share)
    }
}

/// Voxels that take up the agent, by their depth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ByDepth {
    pub(super) share: f64,
    /// Below the outermost layer.
    below: Count,
    pub(super) rim: Count,
    pub(super) inner: Count,
    /// Inner voxels, of themselves.
    pub(super) center: Count,
    /// Median over the outermost layer.
    pub(super) rim_rise: Option<f64>,
}

impl Rises<'_> {
    pub(super) fn of(&self, depths: &Depths) -> ByDepth {
        let known = || self.voxels.iter().enumerate().filter_map(|(n, voxel)| Some((n, (*voxel)?)));
        let of_rim: Vec<f64> = known()
            .filter(|&(n, enhances)| enhances && depths.outermost[n])
            .map(|(n, _)| self.rises[n])
            .collect();
        let rim_rise = median(&of_rim);
        let enough = OF_ITSELF * rim_rise.unwrap_or(0.0);
        let (mut found, mut all) = (ByDepth { rim_rise, ..ByDepth::default() }, Count::default());
        for (n, enhances) in known() {
            all.add(enhances);
            if !depths.outermost[n] {
                found.below.add(enhances);
            }
            if depths.rim[n] {
                found.rim.add(enhances);
            } else {
                found.inner.add(enhances);
                found.center.add(enhances && (self.rises[n] >= enough || !depths.spill[n]));
            }
        }
        ByDepth { share: all.share().unwrap_or(0.0), ..found }
    }
}

impl ByDepth {
    /// The class, or why there is none.
    pub(super) fn class(&self) -> Result<EnhancementClass, &'static str> {
        if self.inner.all < MIN_INNER {
            let is_none = self.share < CENTRAL && !self.below.reaches(CENTRAL);
            return if is_none { Ok(EnhancementClass::None) } else { Err(TOO_THIN) };
        }
        Ok(if self.center.reaches(DIFFUSE) && self.rim.reaches(DIFFUSE) {
            EnhancementClass::Diffuse
        } else if self.center.reaches(CENTRAL) {
            EnhancementClass::Central
        } else if self.rim.reaches(RIM) || self.inner.reaches(CENTRAL) {
            EnhancementClass::Rim
        } else {
            EnhancementClass::None
        })
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn the_inside_is_looked_at_before_the_rim() {
        use EnhancementClass::{Central, Diffuse, None, Rim};
        for (center, inner, rim, expected) in [
            (50, 50, 50, Diffuse),
            (50, 50, 49, Central),
            (49, 49, 100, Central),
            (10, 10, 0, Central),
            (9, 60, 100, Rim),
            (9, 10, 0, Rim),
            (0, 9, 30, Rim),
            (9, 9, 29, None),
            (0, 0, 0, None),
        ] {
            let of = |some| Count { some, all: 100 };
            let found = ByDepth { center: of(center), inner: of(inner), rim: of(rim), ..ByDepth::default() };
            assert_eq!(found.class(), Ok(expected), "{center} {inner} {rim}");
        }
        for class in EnhancementClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.key());
        }
    }

    #[test]
    fn a_thin_hematoma_has_no_class_unless_nothing_enhances() {
        let of = |share, below| {
            let inner = Count { some: 19, all: 19 };
            ByDepth {
                share,
                inner,
                center: inner,
                below: Count { some: below, all: 100 },
                ..ByDepth::default()
            }
        };
        assert_eq!(of(0.09, 9).class(), Ok(EnhancementClass::None));
        assert_eq!(of(0.1, 0).class(), Err(TOO_THIN));
        assert_eq!(of(0.0, 10).class(), Err(TOO_THIN));
    }

    /// A ball of 1 mm voxels whose rise depends on the distance from its center.
    fn ball(radius: f64, rise: impl Fn(f64) -> f64) -> ByDepth {
        let off = |at: f64, i: usize| i as f64 - at;
        let from = |at: f64, (i, j, k): (usize, usize, usize)| off(at, i).hypot(off(at, j)).hypot(off(at, k));
        let array = Array3::from_shape_fn((21, 21, 21), |at| u8::from(from(10.0, at) < radius));
        let roi =
            Roi::from_array(array.view(), Affine::from_spacing([1.0; 3]).unwrap(), &Labels::NonZero).unwrap();
        let rises: Vec<f64> = roi.voxels().map(|[i, j, k]| rise(from(10.0, (i, j, k)))).collect();
        let voxels = Column::new(&roi, rises.iter().map(|&rise| Some(rise > 0.25)).collect()).unwrap();
        let depths = Depths::new(&roi, [roi.grid(); 2]);
        Rises { voxels: &voxels, rises: &rises }.of(&depths)
    }

    #[test]
    fn what_spills_over_from_a_rim_is_no_center() {
        // 4.5 mm: every inner voxel enhances, by less and less
        let spills = ball(4.5, |off| 1.2 - 0.28 * (4.5 - off).min(3.0));
        assert!(spills.inner.reaches(0.9), "{spills:?}");
        assert_eq!(spills.class(), Ok(EnhancementClass::Rim), "{spills:?}");
        let center = ball(6.0, |off| 1.2 - 0.3 * off);
        assert_eq!(center.class(), Ok(EnhancementClass::Central), "{center:?}");
        let whole = ball(6.0, |off| if off < 5.0 { 1.2 } else { 0.8 });
        assert_eq!(whole.class(), Ok(EnhancementClass::Diffuse), "{whole:?}");
    }

    #[test]
    fn deeper_than_a_rim_spills_a_faint_center_counts() {
        // 0.4 is far less than the rim's rise, but no rim reaches there
        let faint = ball(9.0, |off| {
            if off < 5.0 {
                0.4
            } else if off > 7.5 {
                1.2
            } else {
                0.0
            }
        });
        assert_eq!(faint.class(), Ok(EnhancementClass::Central), "{faint:?}");
        assert!(faint.rim_rise.is_some_and(|rise| rise == 1.2));
    }

    #[test]
    fn a_rim_is_as_thick_as_a_voxel_of_the_images() {
        let array = Array3::<u8>::ones((12, 12, 12));
        let grid = |mm: f64| Grid::new([12; 3], Affine::from_spacing([mm, mm, 3.0 * mm]).unwrap()).unwrap();
        let roi = Roi::from_array(array.view(), *grid(0.5).affine(), &Labels::NonZero).unwrap();
        let of = |image: &Grid| Depths::new(&roi, [roi.grid(), image]).rim.iter().filter(|&&rim| rim).count();
        // a voxel's center lies 0.25, 0.75, ... mm from the border of 12 x 12 voxels, in each of 12 slices
        assert_eq!(of(roi.grid()), 12 * (144 - 36));
        assert_eq!(of(&grid(2.0)), 12 * (144 - 16));
    }
}
