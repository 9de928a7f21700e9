//! Contrasts in addition to T1 and T2, which are evidence next to the stage, and one value for each.

use std::{
    fmt,
    ops::{Index, IndexMut},
};

/// A contrast in addition to T1 and T2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FurtherContrast {
    /// T1 after contrast agent.
    T1Post,
    /// T2*-weighted.
    T2Star,
    /// T1 whose fat is suppressed, or the water or fat image of a Dixon sequence.
    T1Fs,
}

impl FurtherContrast {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::T1Post, Self::T2Star, Self::T1Fs];

    /// The role of its image, as the place of a finding and the column of a manifest: `t1_post`, `t2star` or `t1_fs`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::T1Post => "t1_post",
            Self::T2Star => "t2star",
            Self::T1Fs => "t1_fs",
        }
    }
}

impl fmt::Display for FurtherContrast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::T1Post => "T1 after contrast agent",
            Self::T2Star => "T2*",
            Self::T1Fs => "T1 without fat",
        })
    }
}

/// One value per further contrast, indexed by [`FurtherContrast`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerFurther<T> {
    /// Of T1 after contrast agent.
    pub t1_post: T,
    /// Of T2*.
    pub t2star: T,
    /// Of T1 without fat.
    pub t1_fs: T,
}

impl<T> PerFurther<T> {
    /// Each contrast with its value.
    pub fn iter(&self) -> impl Iterator<Item = (FurtherContrast, &T)> {
        FurtherContrast::ALL.into_iter().map(|contrast| (contrast, &self[contrast]))
    }

    /// Each value made into another.
    pub fn map<U>(self, mut to: impl FnMut(T) -> U) -> PerFurther<U> {
        PerFurther { t1_post: to(self.t1_post), t2star: to(self.t2star), t1_fs: to(self.t1_fs) }
    }

    /// References to the values.
    pub fn as_ref(&self) -> PerFurther<&T> {
        PerFurther { t1_post: &self.t1_post, t2star: &self.t2star, t1_fs: &self.t1_fs }
    }
}

impl<T> Index<FurtherContrast> for PerFurther<T> {
    type Output = T;

    fn index(&self, contrast: FurtherContrast) -> &T {
        match contrast {
            FurtherContrast::T1Post => &self.t1_post,
            FurtherContrast::T2Star => &self.t2star,
            FurtherContrast::T1Fs => &self.t1_fs,
        }
    }
}

impl<T> IndexMut<FurtherContrast> for PerFurther<T> {
    fn index_mut(&mut self, contrast: FurtherContrast) -> &mut T {
        match contrast {
            FurtherContrast::T1Post => &mut self.t1_post,
            FurtherContrast::T2Star => &mut self.t2star,
            FurtherContrast::T1Fs => &mut self.t1_fs,
        }
    }
}
