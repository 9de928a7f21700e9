//! The steps, in the order of the flow, each with one function, its options and its result. Of the steps, each imports
//! only earlier ones; none does I/O.

// `sample`: the signal of an image at a region's voxel centers, in world space.
pub mod sample;

// `reference`: the cord's median, spread and trend; ratios to them.
pub mod reference;

// `align`: how far T1 lies off T2, by the cord and its fluid.
pub mod align;

// `classify`: smoothing, signal levels and stage probabilities per voxel; the core's totals.
pub mod classify;

// `phases`: coherent phases, the call, mixed-phase and renewed bleeding.
pub mod phase;

// `levels`: the vertebral level of each voxel; levels involved, their volumes and stages.
pub mod level;

// `enhancement`: what contrast agent does to the T1 signal, and where.
pub mod enhancement;

// `susceptibility`: how dark the hematoma is on T2*.
pub mod susceptibility;

// `fat`: which voxels of the mask are fat.
pub mod fat;

// `shape`: extent, thickness, position around the cord, canal occupancy, displacement of the cord.
pub mod shape;
