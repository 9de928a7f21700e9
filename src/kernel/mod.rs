//! Loops written for the processor: wide vectors, tables, blocks.
//!
//! Each stands next to its plain twin, the few lines that state the formula, which tests compare it with on seeded
//! random input. Kernels know voxels and the vocabulary; they know no step.

/// Sums over the cells of a mask for each step of a line.
pub(crate) mod cell_sums;
/// Voxels as small cells.
pub(crate) mod cells;
/// Small dense positive definite matrices.
mod cholesky;
/// Parallel lines across the spine, and the chords that a mask cuts from them.
pub(crate) mod chords;
/// Densities of the stages of blood over the ratios of both contrasts.
pub(crate) mod densities;
/// Exponential and logarithm.
mod exponential;
/// The planes across a line through the spine.
pub(crate) mod frame;
/// A line in the voxel indices of a grid: where voxels lie along it.
pub(crate) mod grid_line;
mod lanes;
/// Signal levels of many ratios.
pub(crate) mod level_table;
/// The median of each voxel and its neighbors in a region.
pub(crate) mod median_filter;
/// The few of many values that can have given ranks.
mod near;
/// The normal distribution.
mod normal;
/// Ratios of two contrasts as pairs.
pub(crate) mod paired;
/// The signal of an image at scattered points.
pub(crate) mod points;
/// The nearest point on a polyline.
pub(crate) mod polyline;
/// Rounding down.
pub(crate) mod round;
/// A mask's voxels in short rows along any axis.
pub(crate) mod rows;
/// Runs of consecutive places where normally distributed values stand out.
pub(crate) mod runs;
/// The signal of an image at the voxels of another grid.
pub(crate) mod sampling;
/// A few points that stand for a region.
pub(crate) mod scattered;
/// The runs of regions as line segments, and distances from them.
pub(crate) mod segments;
/// The stage of each voxel, and the totals.
pub(crate) mod staging;
/// Order statistics.
pub(crate) mod statistics;
/// Four sums for each step of a line.
pub(crate) mod step_sums;
