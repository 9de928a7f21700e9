//! A study on the command line, or in a row of a manifest: its files, and how it is staged.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args, ValueEnum, ValueHint,
    builder::{NonEmptyStringValueParser, TypedValueParser},
};
use hemastage::{
    ErrorKind, Result, StageOptions,
    classify::{ClassifyOptions, Model, Smoothing},
    criteria::{Profile, Thresholds},
    level::Scheme,
    load::{AnatomyFile, ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    reference::{ReferenceMode, Tissue},
    units::{OnsetTime, VisitTime},
};

use hemastage_image::ArrayImage;

use crate::{
    failure::{Failure, Outcome, refusal},
    like::Like,
    profile,
    values::{self, ReferenceValue},
};

/// A study: its files, and how it is staged. Each option is a column of a manifest too.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "options of a command line, each on its own")]
#[command(group = clap::ArgGroup::new("maps").multiple(true).args(["vertebrae", "anatomy"]))]
pub(crate) struct StudyArgs {
    /// Name of the study in tables, figure and page
    #[arg(long, value_name = "NAME", value_parser = values::name())]
    pub(crate) study: Option<String>,
    /// T1-weighted image: NIfTI, NRRD, MetaImage, a DICOM file, or a DICOM folder with the number of a series: `folder#5`
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = values::image())]
    t1: ImageFile,
    /// T2-weighted image, likewise
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = values::image())]
    t2: ImageFile,
    /// T1 after contrast agent, likewise: where the hematoma takes it up
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = values::image())]
    t1_post: Option<ImageFile>,
    /// T2*-weighted image, likewise: how dark the hematoma and its rim are on it
    #[arg(long = "t2star", value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath,
          value_parser = values::image())]
    t2_star: Option<ImageFile>,
    /// T1 with suppressed fat, or the water or fat image of the Dixon sequence that the T1 is of, likewise: which voxels of
    /// the mask are fat; which image it is, its header or its name says, as in `t1_fs`, `t1_water` or `t1_fat`
    #[arg(long, value_name = "PATH[#SERIES]", value_hint = ValueHint::AnyPath, value_parser = values::image())]
    t1_fs: Option<ImageFile>,
    /// Mask of the hematoma, with its labels, or with segments of a `.seg.nrrd`, a DICOM segmentation or structure set:
    /// `seg.nii.gz:3,4`, `seg.dcm:2`, `a.seg.nrrd:Hematoma`; of a folder with a mask per file, `folder:NAME`
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = values::mask(),
          required_unless_present = "no_hematoma")]
    hematoma: Option<MaskFile>,
    /// The images show no hematoma, as after it was absorbed: no mask, or an empty one; for a follow-up, the report says what
    /// needs no blood
    #[arg(long)]
    no_hematoma: bool,
    #[command(flatten)]
    reference: ReferenceArgs,
    /// Mask of the spinal canal, for occupancy and displacement of the cord
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = values::mask())]
    canal: Option<MaskFile>,
    /// Label map of the vertebrae, for the vertebral levels involved
    #[arg(long, value_name = "MAP", value_hint = ValueHint::AnyPath, conflicts_with = "landmarks",
          value_parser = values::image())]
    vertebrae: Option<ImageFile>,
    /// One label map of cord, canal and vertebrae; an option for one of these takes precedence
    #[arg(long, value_name = "MAP", value_hint = ValueHint::AnyPath, value_parser = values::image())]
    anatomy: Option<ImageFile>,
    /// Numbering of these maps: a built-in scheme or a TOML file; without it, the error lists those that fit
    #[arg(long, value_name = "NAME|FILE", value_hint = ValueHint::FilePath, requires = "maps")]
    pub(crate) scheme: Option<OsString>,
    /// Landmarks of the vertebrae: JSON or CSV (level, x, y, z; RAS mm), or an image of disc points
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    landmarks: Option<PathBuf>,
    /// Volume of a 4-D T1 file, counted from 0
    #[arg(long, value_name = "N")]
    t1_volume: Option<usize>,
    /// Volume of a 4-D T2 file, counted from 0
    #[arg(long, value_name = "N")]
    t2_volume: Option<usize>,
    /// Volume of a 4-D T1 file after contrast agent, counted from 0
    #[arg(long, value_name = "N", requires = "t1_post")]
    t1_post_volume: Option<usize>,
    /// Volume of a 4-D T2* file, such as one of its echoes, counted from 0
    #[arg(long = "t2star-volume", value_name = "N", requires = "t2_star")]
    t2_star_volume: Option<usize>,
    /// Volume of a 4-D T1 file without fat, counted from 0
    #[arg(long, value_name = "N", requires = "t1_fs")]
    t1_fs_volume: Option<usize>,
    /// Time from a bleed (or from worsening) to the scan: `90min`, `36h`, `2d`, `1w`; or its local date and
    /// time: `YYYY-MM-DDThh:mm`, if a header or sidecar has the scan's; once per bleeding event
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) onset: Vec<String>,
    /// Time of this visit since the patient's first, for a follow-up: `0h`, `2d`, `3w`; or with --day0 its local date and
    /// time: `YYYY-MM-DDThh:mm`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) visit_time: Option<String>,
    /// Date, or date and time, that visits are counted from, which is written nowhere: of --visit-time, else of the time of
    /// the scan, if a header or sidecar has it
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    pub(crate) day0: Option<String>,
    /// Built-in criteria profile or a TOML file [default: spinal]
    #[arg(long, value_name = "NAME|FILE", value_hint = ValueHint::FilePath)]
    pub(crate) criteria: Option<OsString>,
    /// T1 ratios below which a signal is hypo and above which it is hyper, instead of the profile's
    #[arg(long, value_name = "LO,HI", value_parser = values::thresholds, allow_hyphen_values = true)]
    thresholds_t1: Option<Thresholds>,
    /// T2 ratios below which a signal is hypo and above which it is hyper, instead of the profile's
    #[arg(long, value_name = "LO,HI", value_parser = values::thresholds, allow_hyphen_values = true)]
    thresholds_t2: Option<Thresholds>,
    /// Whether the reference follows the cord [default: trend where the cord spans 40 mm]
    #[arg(long, value_name = "MODE")]
    reference_mode: Option<Mode>,
    /// Where T1 and T2 are shifted against each other (finding `images_shifted`), sample T1 where its anatomy lies
    #[arg(long)]
    align: bool,
    /// Smoothing of the ratios within the mask [default: median]
    #[arg(long, value_name = "HOW")]
    smooth: Option<Smooth>,
    /// The model that determines the stages [default: relaxation, if the profile lists states of blood]
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelChoice>,
    /// Accept files without an orientation (sform and qform, or directions), by their voxel sizes alone
    #[arg(long)]
    allow_unoriented: bool,
    /// Record the SHA-256 of each input
    #[arg(long)]
    hash_inputs: bool,
    /// Check the checksum of each compressed image, for which it is inflated to its end
    #[arg(long)]
    checksums: bool,
}

/// The reference, in one of three ways, else the cord of the anatomy.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("way").args(["cord", "reference", "reference_t1"]))]
#[command(group = clap::ArgGroup::new("any").required(true).multiple(true)
    .args(["cord", "reference", "reference_t1", "anatomy"]))]
pub(crate) struct ReferenceArgs {
    /// Mask of the spinal cord, the reference of the signal
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, value_parser = values::mask())]
    cord: Option<MaskFile>,
    /// Mask of another reference tissue, where no cord is in view
    #[arg(long, value_name = "FILE[:LABELS]", value_hint = ValueHint::AnyPath, requires = "reference_tissue",
          value_parser = values::mask())]
    reference: Option<MaskFile>,
    /// Name of that tissue
    #[arg(long, value_name = "NAME", requires = "reference", conflicts_with_all = ["cord", "reference_t1"],
          value_parser = NonEmptyStringValueParser::new().try_map(|name| name.parse::<Tissue>()))]
    reference_tissue: Option<Tissue>,
    /// Known reference signal on T1, with its spread (robust SD) if known
    #[arg(long, value_name = "VALUE[,SPREAD]", requires = "reference_t2", allow_hyphen_values = true)]
    reference_t1: Option<ReferenceValue>,
    /// Known reference signal on T2, with its spread (robust SD) if known
    #[arg(long, value_name = "VALUE[,SPREAD]", requires = "reference_t1", allow_hyphen_values = true)]
    reference_t2: Option<ReferenceValue>,
}

/// How the reference follows the cord.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    /// A value that varies slowly along the cord
    Trend,
    /// One value: the median
    Global,
}

impl From<Mode> for ReferenceMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Trend => Self::Trend,
            Mode::Global => Self::Global,
        }
    }
}

/// Smoothing of the ratios.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Smooth {
    /// Median over near neighbors in the mask, once
    Median,
    /// As sampled
    None,
}

impl From<Smooth> for Smoothing {
    fn from(smooth: Smooth) -> Self {
        match smooth {
            Smooth::Median => Self::Median,
            Smooth::None => Self::None,
        }
    }
}

/// The model that determines the stages.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ModelChoice {
    /// The signal that each state of blood should have in the images' own sequences
    Relaxation,
    /// The profile's table of signal levels
    Pattern,
}

impl From<ModelChoice> for Model {
    fn from(model: ModelChoice) -> Self {
        match model {
            ModelChoice::Relaxation => Self::Relaxation,
            ModelChoice::Pattern => Self::Pattern,
        }
    }
}

impl StudyArgs {
    /// What the tables call the study.
    pub(crate) fn name(&self) -> Option<&str> {
        self.study.as_deref()
    }

    /// Gives an image or a mask in memory in place of the file of an option.
    ///
    /// # Errors
    /// When the option is none of an image or a mask.
    pub(crate) fn set_array(&mut self, option: &str, array: ArrayImage) -> Outcome {
        let image = ImageFile::array(array.clone());
        let mask = MaskFile::array(array);
        match option {
            "t1" => self.t1 = image,
            "t2" => self.t2 = image,
            "t1_post" => self.t1_post = Some(image),
            "t2star" => self.t2_star = Some(image),
            "t1_fs" => self.t1_fs = Some(image),
            "hematoma" => self.hematoma = Some(mask),
            "cord" => self.reference.cord = Some(mask),
            "reference" => self.reference.reference = Some(mask),
            "canal" => self.canal = Some(mask),
            "vertebrae" => self.vertebrae = Some(image),
            "anatomy" => self.anatomy = Some(image),
            _ => {
                return Err(Failure::usage(format!(
                    "{option} is no image and no mask: expected text or a number"
                )));
            }
        }
        Ok(())
    }

    /// How the study is staged, by an earlier report's settings where no option says otherwise.
    ///
    /// # Errors
    /// When the criteria profile can't be read.
    pub(crate) fn options(&self, like: &Like) -> Result<StageOptions> {
        // thresholds are those of the report's profile and stay with it
        let (choice, [t1, t2]) = match &self.criteria {
            Some(choice) => (Some(choice.clone()), [None; 2]),
            None => (like.criteria()?, like.thresholds()),
        };
        let criteria = profile::criteria(choice.as_deref())?;
        let t1 = self.thresholds_t1.or(t1.filter(|found| *found != criteria.t1));
        let t2 = self.thresholds_t2.or(t2.filter(|found| *found != criteria.t2));
        let criteria = criteria.changed(|profile| replace_thresholds(profile, t1, t2))?;
        let smoothing = self.smooth.map(Smoothing::from).or(like.smoothing()).unwrap_or_default();
        let mut classify = ClassifyOptions::default().with_smoothing(smoothing);
        classify.model = self.model.map(Into::into).or(like.model());
        let mut options = StageOptions::new(criteria).with_classify(classify);
        options.reference.mode = self.reference_mode.map(Into::into).or(like.reference_mode());
        options.align.undo = self.align || like.align();
        options.phase = like.phases().unwrap_or_default();
        options.level = like.levels().unwrap_or_default();
        options.shape = like.shape().unwrap_or_default();
        Ok(options)
    }

    /// The files of the profile and of the scheme, where these are not built in.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        let choices = [("--criteria", &self.criteria), ("--scheme", &self.scheme)];
        choices.into_iter().filter_map(|(option, choice)| {
            Some((option, PathBuf::from(choice.as_ref().filter(|choice| profile::is_file(choice))?)))
        })
    }

    /// The files of the study.
    ///
    /// # Errors
    /// When an onset is no time, or the scheme can't be read.
    pub(crate) fn files(&self, like: &Like) -> Result<StudyFiles> {
        let of_volume = |image: &ImageFile, volume: Option<usize>| {
            volume.map_or(image.clone(), |volume| image.clone().with_volume(volume))
        };
        let t1 = of_volume(&self.t1, self.t1_volume);
        let t2 = of_volume(&self.t2, self.t2_volume);
        let has_map = self.vertebrae.is_some() || self.anatomy.is_some();
        let scheme = self.scheme.clone().or_else(|| like.scheme().filter(|_| has_map));
        let scheme = scheme.as_deref().map(profile::scheme).transpose()?;
        let reference = self.reference.file(self.anatomy.is_some())?;
        // parsed here and not by clap, which would repeat a date in its message
        let onsets = self.onset.iter().map(|text| text.parse()).collect::<Result<Vec<OnsetTime>>>()?;
        let mut files = self.study_files(t1, t2, reference)?.with_onset_times(onsets);
        if let Some(time) = self.time_of_visit()? {
            files = files.with_visit_time(time);
        }
        if let Some(image) = &self.t1_post {
            files = files.with_t1_post(of_volume(image, self.t1_post_volume));
        }
        if let Some(image) = &self.t2_star {
            files = files.with_t2star(of_volume(image, self.t2_star_volume));
        }
        if let Some(image) = &self.t1_fs {
            files = files.with_t1_fs(of_volume(image, self.t1_fs_volume));
        }
        if let Some(canal) = &self.canal {
            files = files.with_canal(canal.clone());
        }
        if let Some(vertebrae) = self.vertebrae(scheme.as_ref()) {
            files = files.with_vertebrae(vertebrae);
        }
        if let Some(map) = &self.anatomy {
            let anatomy = AnatomyFile::new(map.clone());
            let anatomy = scheme.into_iter().fold(anatomy, AnatomyFile::with_scheme);
            files = files.with_anatomy(anatomy);
        }
        if self.hash_inputs || like.hashes_inputs() {
            files = files.with_hashes();
        }
        if self.checksums {
            files = files.with_checksums();
        }
        if self.allow_unoriented || like.allows_unoriented() {
            files = files.with_unoriented_allowed();
        }
        Ok(files)
    }

    fn study_files(&self, t1: ImageFile, t2: ImageFile, reference: ReferenceFile) -> Result<StudyFiles> {
        match (&self.hematoma, self.no_hematoma) {
            (Some(mask), false) => Ok(StudyFiles::new(t1, t2, mask.clone(), reference)),
            (None, true) => Ok(StudyFiles::without_hematoma(t1, t2, reference)),
            (Some(mask), true) => {
                Ok(StudyFiles::without_hematoma(t1, t2, reference).with_empty_mask(mask.clone()))
            }
            // clap lets neither through only here
            (None, false) => {
                let text = "no mask of the hematoma: give it with --hematoma, or say --no-hematoma";
                Err(refusal(ErrorKind::Parameter, text))
            }
        }
    }

    /// When the visit was; parsed here and not by clap, which would repeat a date in its message.
    fn time_of_visit(&self) -> Result<Option<VisitTime>> {
        match (&self.visit_time, &self.day0) {
            (Some(time), day0) => VisitTime::parse(time, day0.as_deref()).map(Some),
            (None, Some(day0)) => VisitTime::of_scan(day0).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The vertebrae, from a map or from landmarks; clap lets only one through.
    fn vertebrae(&self, scheme: Option<&Scheme>) -> Option<VertebraeFile> {
        let map = self.vertebrae.clone().map(|map| VertebraeFile::Map { map, scheme: scheme.cloned() });
        map.or_else(|| self.landmarks.clone().map(VertebraeFile::Landmarks))
    }
}

impl ReferenceArgs {
    /// The reference; clap lets one way of giving it through, and none only with an anatomy.
    fn file(&self, has_anatomy: bool) -> Result<ReferenceFile> {
        match self {
            Self { cord: Some(mask), .. } => Ok(ReferenceFile::Cord(mask.clone())),
            Self { reference: Some(mask), reference_tissue: Some(tissue), .. } => {
                Ok(ReferenceFile::Tissue { tissue: tissue.clone(), mask: mask.clone() })
            }
            Self { reference_t1: Some(t1), reference_t2: Some(t2), .. } => {
                Ok(ReferenceFile::Values { t1: (t1.value, t1.spread), t2: (t2.value, t2.spread) })
            }
            _ if has_anatomy => Ok(ReferenceFile::Anatomy),
            _ => {
                let text = "no reference was given: name the spinal cord's mask with --cord";
                Err(refusal(ErrorKind::Parameter, text))
            }
        }
    }
}

/// Puts the caller's thresholds in place of the profile's, which its source then says.
fn replace_thresholds(profile: &mut Profile, t1: Option<Thresholds>, t2: Option<Thresholds>) {
    let bands = [("T1", t1, &mut profile.t1), ("T2", t2, &mut profile.t2)];
    for (contrast, given, band) in bands {
        if let Some(given) = given {
            *band = given;
            profile.source.push_str("; thresholds of ");
            profile.source.push_str(contrast);
            profile.source.push_str(" given by the caller");
        }
    }
}
