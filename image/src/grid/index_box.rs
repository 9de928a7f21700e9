//! Boxes of voxel indices.

/// A box of voxel indices, `start` inclusive and `end` exclusive on each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexBox {
    /// First index on each axis.
    pub start: [usize; 3],
    /// One past the last index on each axis.
    pub end: [usize; 3],
}

impl IndexBox {
    /// The box of a whole shape.
    pub fn whole(shape: [usize; 3]) -> Self {
        Self { start: [0; 3], end: shape }
    }

    /// Voxels along each axis; 0 where the box is empty.
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|a| self.end[a].saturating_sub(self.start[a]))
    }

    /// Voxels in the box.
    pub fn voxels(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether an index lies in the box.
    #[inline]
    pub fn contains(&self, index: [usize; 3]) -> bool {
        (0..3).all(|a| (self.start[a]..self.end[a]).contains(&index[a]))
    }

    /// The smallest box that holds both; an empty one adds nothing.
    pub fn union(&self, other: &Self) -> Self {
        if self.voxels() == 0 {
            return *other;
        }
        if other.voxels() == 0 {
            return *self;
        }
        Self {
            start: std::array::from_fn(|a| self.start[a].min(other.start[a])),
            end: std::array::from_fn(|a| self.end[a].max(other.end[a])),
        }
    }
}
