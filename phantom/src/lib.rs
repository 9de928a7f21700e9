//! Synthetic spine MRI with a hematoma: T1 and T2 images, masks, and the answers that a correct program must give.
//!
//! [`phantom()`] makes a [`Phantom`] from [`PhantomOptions`]; [`Phantom::write`] writes it as `NIfTI` files and JSON:
//!
//! 1. The anatomy is a function of world millimeters: the canal's curve, the cross-sections along it and the
//!    [`Collection`]s of blood, each with a [`Layout`] of stages. Every grid shows the same body.
//! 2. Each [`GridSpec`] samples it with partial volume: mean signal of the [`Tissue`]s by the equation of the
//!    [`Sequence`] for the images, majority for the masks. Relaxation times are published ones or drawn
//!    ([`TissueValues`]); one image may be shifted, and fat by its chemical shift.
//! 3. Shading of the receive coil and Rician noise make the stored images.
//! 4. The [`Truth`] counts voxels, levels and stages in the masks.
//!
//! Every voxel follows from the options and their seed alone. Nothing is shared with the steps of `hemastage` but
//! the names of the stages, so an error in one does not hide in the other.
//!
//! ```
//! use hemastage_phantom::{PhantomOptions, phantom};
//!
//! let study = phantom(&PhantomOptions::small())?;
//! assert_eq!(study.truth.levels.map(|levels| levels.touched), Some(vec!["C4", "C5", "C6", "C7"]));
//! # Ok::<(), hemastage_image::Error>(())
//! ```

// options and grids
mod collection;
mod grids;
mod layout;
mod options;
mod quaternion;
mod range;

// anatomy
mod anatomy;
mod clot;
mod curve;
mod levels;
mod sections;

// images and masks
mod acquire;
mod further;
mod phantom;
mod random;
mod render;
mod signal;
mod values;

// answers and files
mod truth;
mod write;

#[cfg(test)]
mod tests;

pub use collection::{Collection, Compartment, Extent, Side};
pub use further::{Enhancement, FurtherImages, PostContrast, T2Star};
pub use grids::{Direction, GridSpec};
pub use layout::Layout;
pub use levels::{LEVELS, level_index};
pub use options::PhantomOptions;
pub use phantom::{Phantom, phantom};
pub use signal::{FieldStrength, Relaxation, Sequence, Tissue, ratio_to_cord, signal};
pub use truth::{CollectionTruth, LevelTruth, StageTruth, Truth};
pub use values::{BLOOD_STATES, BloodState, DrawnBlood, TissueValues};
pub use write::FILES;
