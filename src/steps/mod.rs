//! The steps, in the order of the flow: one options struct, one result and one function each. A step imports earlier ones
//! alone, and does no I/O.

// `sample`: the signal of an image at a region's voxel centers, in world space.
pub mod sample;

// `reference`: the cord's median, spread and trend; ratios to them.
pub mod reference;

// `classify`: smoothing, signal levels and stage probabilities per voxel; the core's totals.
pub mod classify;

// `phases`: coherent phases, the call, mixed-phase and renewed bleeding.
pub mod phase;

// `levels`: the vertebral level of each voxel; levels involved, their volumes and stages.
pub mod level;

// `shape`: extent, thickness, position around the cord, canal occupancy, displacement of the cord.
pub mod shape;
