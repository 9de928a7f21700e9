//! Stages spinal hematomas from T1- and T2-weighted MRI.
//!
//! Given two images, a mask of the hematoma and a mask of the spinal cord, this crate states which stage the
//! hematoma's signal fits: hyperacute, acute, early subacute, late subacute, chronic, or indeterminate. It says
//! whether blood of more than one stage is present, and keeps the numbers behind each answer. It is a research
//! tool: it states what a signal fits, with its evidence.
//!
//! "Iso", "hypo" and "hyper" are relative to the cord in the same image. The criteria are a
//! [profile](Criteria): states of blood with their relaxation times, thresholds, patterns, weights and time windows, each
//! with its published source.
//!
//! # From files
//!
//! ```no_run
//! use hemastage::{
//!     StageOptions,
//!     io::output::{OutputFolder, Overwrite},
//!     load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
//!     stage,
//! };
//!
//! let files = StudyFiles::new(
//!     ImageFile::new("t1.nii.gz"),
//!     ImageFile::new("t2.nii.gz"),
//!     MaskFile::parse("labels.nii.gz:3,4"),
//!     ReferenceFile::Cord(MaskFile::parse("labels.nii.gz:1")),
//! )
//! .with_onsets(["36h".parse()?]);
//! let staged = stage(&files.open()?, &StageOptions::default())?;
//! println!("{}", staged.report.stage.call);
//!
//! let mut output = OutputFolder::create("out", &["report.json", "stages.nii.gz"], Overwrite::Refuse)?;
//! output.add("report.json", |out| out.write_all(staged.report.to_json().as_bytes()))?;
//! output.add("stages.nii.gz", |out| staged.stage_map.write_nifti_gz(out))?;
//! output.complete()?;
//! # Ok::<(), hemastage::Error>(())
//! ```
//!
//! # From arrays
//!
//! Arrays are indexed (i, j, k); an [`Affine`] maps voxel indices to RAS+ millimeters. Images and masks
//! may lie on different grids. Here a phantom, from the crate `hemastage-phantom`, stands in for a scan.
//!
//! ```
//! use hemastage::{Labels, Roi, StageOptions, Study, Volume, stage, stage::Stage};
//! use hemastage_phantom::{Collection, Extent, Layout, PhantomOptions, phantom};
//!
//! let clot = Collection::new(Extent::levels("C5", "C6")?).with_layout(Layout::Single(Stage::LateSubacute));
//! let scan = phantom(&PhantomOptions::small().with_collections([clot]))?;
//!
//! let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine())?;
//! let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine())?;
//! let masks = *scan.mask_grid.affine();
//! let hematoma = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero)?;
//! let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero)?;
//!
//! let study = Study::new(t1, t2, hematoma, cord)?.with_onsets(["10d".parse()?]);
//! let staged = stage(&study, &StageOptions::default())?;
//!
//! assert_eq!(staged.report.stage.call, Stage::LateSubacute);
//! assert!(!staged.report.mixed_phase.flag);
//! # Ok::<(), hemastage::Error>(())
//! ```
//!
//! # The flow
//!
//! One module per step. After loading, a step takes masks, vertebrae and the results of earlier steps, and reads no file.
//!
//! | step | module | function | from | to |
//! |---|---|---|---|---|
//! | load | [`load`] | [`StudyFiles::open`](load::StudyFiles::open) | files | masks, vertebrae, and the box of each image that the masks need |
//! | sample | [`mod@sample`] | [`sample`](sample::sample) | image, region | signal at the region's voxel centers |
//! | reference | [`mod@reference`] | [`references`](reference::references) | signal of the cord on both images | median, robust SD, trend along the cord |
//! | align | [`mod@align`] | [`align`](align::align) | signal around the cord on both images | how far T1 lies off T2 |
//! | ratio | [`mod@reference`] | [`Reference::ratios`](reference::Reference::ratios) | signal, reference | signal / reference |
//! | classify | [`mod@classify`] | [`classify`](classify::classify) | ratios, [`criteria`], [`protocol`] | stages per voxel |
//! | phase | [`phase`] | [`phases`](phase::phases) | classified voxels | coherent parts, mixed-phase verdict, stage of the whole |
//! | further contrasts | [`mod@enhancement`], [`mod@susceptibility`], [`mod@fat`] | the function of each name | T1 after contrast agent, T2*, T1 without fat | evidence next to the stage |
//! | level | [`level`] | [`levels`](level::levels) | hematoma, vertebrae, stages | levels involved, volume and stage per level |
//! | shape | [`mod@shape`] | [`shape`](shape::shape) | masks of hematoma, cord and canal | extent, thickness, position, occupancy |
//! | report | [`report`] | [`stage()`] | all of it | [`Report`], [`StageMap`](report::StageMap) |
//!
//! [`stage()`] calls them in this order, and [`batch`] does so for many studies. Apart from the flow, [`reading`] stages a
//! signal given in words, [`io`] holds the file formats, [`span`] reads and counts spans such as `C3-T1`, and [`table`]
//! makes tables of reports.
//! [`grid`], [`volume`], [`roi`], [`label_map`], [`vertebra`], [`mod@stage`], [`contrast`], [`per_stage`], [`protocol`] and [`units`]
//! are the types that all of them share. Around this crate stand `hemastage-image` (voxels and their files, re-exported
//! here), `hemastage-view` (a staged study as a figure and as a page) and `hemastage-phantom` (synthetic studies with
//! exact truth).
//!
//! A region is sparse: its voxels are a list in memory order, and each quantity is a [column](roi::Column) of one value
//! per voxel. Cost grows with the region, not with the scan.
//!
//! # Each step alone
//!
//! A column knows the region that it belongs to, and a step refuses another's. A result keeps what it was made with, so
//! that no later step can be given another profile, onset or reference.
//!
//! ```
//! # use hemastage_phantom::{PhantomOptions, phantom};
//! use hemastage::{
//!     Criteria, Labels, Onset, Roi, StageOptions, Volume,
//!     classify::{ClassifyOptions, Prior, classify},
//!     contrast::PerContrast,
//!     phase::{PhaseOptions, phases},
//!     protocol::Protocol,
//!     reference::{ReferenceRegion, references},
//!     sample::sample,
//!     stage::Stage,
//! };
//!
//! # let scan = phantom(&PhantomOptions::small())?;
//! # let masks = *scan.mask_grid.affine();
//! # let roi = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero)?;
//! # let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero)?;
//! # let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine())?;
//! # let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine())?;
//! // t1, t2: Volume; roi, cord: Roi
//! let region = ReferenceRegion::new(cord, &roi)?;
//! let signals = PerContrast { t1: sample(&t1, region.roi()), t2: sample(&t2, region.roi()) };
//! let found = references(&region, &signals, &StageOptions::default().reference)?;
//! let (t1_ratios, t2_ratios) = (found.t1.ratios(&sample(&t1, &roi)), found.t2.ratios(&sample(&t2, &roi)));
//!
//! let criteria = Criteria::built_in("spinal")?;
//! let onsets = [Onset::from_hours(5.0)?];
//! let prior = Prior::new(&criteria, &onsets);
//! let classified = classify(t1_ratios, t2_ratios, &prior, &Protocol::default(), &ClassifyOptions::default())?;
//! let whole = phases(&classified, &PhaseOptions::default())?;
//!
//! assert_eq!(whole.call, Stage::Hyperacute);
//! assert_eq!(whole.kind, None);
//! # Ok::<(), hemastage::Error>(())
//! ```
//!
//! [`report::StepResults`] makes a [`Report`] of what such steps return, and refuses results of different studies.
//!
//! # Errors and findings
//!
//! What makes a number wrong is an [`Error`]: it has a [kind](ErrorKind), the [place](Error::place) (a file's
//! name without its folder, or an option) and a text that says what was found, what was expected and what to
//! do. What is unusual but harmless is a [`Finding`]: it has a stable code, a [severity](Severity) and a message
//! with its numbers, and it always reaches the report.
//!
//! ```
//! use hemastage::{ErrorKind, Onset};
//! let error = "36".parse::<Onset>().unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Parameter);
//! assert_eq!(error.to_string(), "onset `36` has no unit: write `36h`, `36d`, `36w` or `36min`");
//! ```
//!
//! # The report
//!
//! [`Report`] is one serializable record; [`Report::to_json`] writes it and
//! [`Report::json_schema`] describes it (schema [`report::SCHEMA`]).
//!
//! * The same input gives the same bytes: no time stamps, and sums in a fixed order.
//! * A null always has an entry in [`Report::reasons`], by the path of its key.
//! * Of each input only the file's name is kept, never its folder or free header text.
//! * Per-stage numbers carry all six classes, also those that are 0.
//! * Numbers are rounded to nine significant digits.
//!
//! [`StageMap`](report::StageMap) is the stage of each voxel on the hematoma mask's own grid: 1 to 5 for the
//! stages in order, 6 for indeterminate, 7 where a voxel of the mask has no signal, 0 elsewhere.

pub mod agreement;
pub mod batch;
pub mod followup;
pub mod io;
mod kernel;
mod pipeline;
pub mod report;
mod steps;
mod study;
pub mod table;
mod vocabulary;

pub use hemastage_image::{
    Affine, Error, ErrorKind, Finding, Grid, Labels, Result, Roi, Severity, Volume, acquisition, grid,
    label_map, roi, volume,
};

/// The arrays that images and masks are given and returned as.
pub use ndarray;

pub use self::{
    pipeline::{Keep, StageOptions, Staged, measure_without_hematoma, on_threads, reading, stage},
    report::Report,
    steps::{align, classify, enhancement, fat, level, phase, reference, sample, shape, susceptibility},
    study::{ReferenceSource, Study, StudyWithoutHematoma, VertebraeSource, load},
    vocabulary::{
        contrast,
        criteria::{self, Criteria},
        further, per_stage, protocol, span, stage,
        units::{self, Onset},
        vertebra,
    },
};
