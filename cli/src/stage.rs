//! `stage`: a report and a stage map from images and masks.

use std::{io, num::NonZero};

use hemastage::{
    StageOptions, Staged, Study,
    classify::ClassifyOptions,
    criteria::{Profile, Thresholds},
    io::output::{OutputFolder, Overwrite},
    load::{ImageFile, ReferenceFile, StudyFiles, VertebraeFile},
    units::OnsetTime,
};

use crate::{
    args::{ReferenceArgs, StageArgs, StudyArgs},
    failure::{Failure, Outcome},
    profile,
    progress::Progress,
    results::{self, Made, Wanted},
    summary,
};

/// Stages a study, writes the results and prints them.
pub(crate) fn run(args: &StageArgs) -> Outcome {
    match args.threads.and_then(NonZero::new) {
        Some(threads) => hemastage::on_threads(threads.into(), || run_here(args))?,
        None => run_here(args),
    }
}

fn run_here(args: &StageArgs) -> Outcome {
    let options = options(&args.study)?;
    let mut files = files(&args.study)?;
    let wanted = Wanted::new(&args.output.write)?;
    let names = wanted.names();
    let overwrite = overwrite(args.output.force);
    if let Some(folder) = &args.output.output {
        wanted.refuse_others(folder)?;
    }
    let output = args.output.output.as_deref().map(|folder| OutputFolder::create(folder, &names, overwrite));
    let output = output.transpose()?;
    if output.is_some() {
        files = wanted.surroundings(files);
    }

    let (study, staged) = staged(&files, &options)?;
    let written = output.is_some();
    if let Some(mut output) = output {
        let name = args.study.study.as_deref();
        let made = Made { name, study: &study, staged: &staged, criteria: &options.criteria };
        results::add(&mut output, made, &wanted)?;
        output.complete()?;
    }
    if args.json {
        return summary::json(&staged.report);
    }
    summary::print(&staged.report, if written { &names } else { &[] })
}

/// Reads and stages a study while a spinner turns.
pub(crate) fn staged(files: &StudyFiles, options: &StageOptions) -> Outcome<(Study, Staged)> {
    let progress = Progress::start("reading");
    let study = files.open()?;
    progress.now("staging");
    let staged = hemastage::stage(&study, options)?;
    Ok((study, staged))
}

/// Why files could not be kept for a moment.
pub(crate) fn no_temporary_folder(error: &io::Error) -> Failure {
    let kind = error.kind();
    Failure::Input(format!(
        "the temporary folder cannot be used ({kind}): check its permissions and free space"
    ))
}

/// What `--force` means.
pub(crate) fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}

/// How a study is staged.
pub(crate) fn options(args: &StudyArgs) -> Outcome<StageOptions> {
    let criteria = profile::criteria(args.criteria.as_deref())?;
    let criteria =
        criteria.changed(|profile| replace_thresholds(profile, args.thresholds_t1, args.thresholds_t2))?;
    let classify = ClassifyOptions::default().with_smoothing(args.smooth.into());
    let mut options = StageOptions::new(criteria).with_classify(classify);
    options.reference.mode = args.reference_mode.map(Into::into);
    Ok(options)
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

/// The files of a study.
pub(crate) fn files(args: &StudyArgs) -> Outcome<StudyFiles> {
    let image = |image: &ImageFile, volume: Option<usize>| {
        volume.map_or(image.clone(), |volume| image.clone().with_volume(volume))
    };
    let t1 = image(&args.t1, args.t1_volume);
    let t2 = image(&args.t2, args.t2_volume);
    let reference = reference(&args.reference)?;
    // read here and not by the parser, which would repeat a date in its message
    let onsets = args.onset.iter().map(|text| text.parse()).collect::<hemastage::Result<Vec<OnsetTime>>>()?;
    let mut files = StudyFiles::new(t1, t2, args.hematoma.clone(), reference).with_onset_times(onsets);
    if let Some(canal) = &args.canal {
        files = files.with_canal(canal.clone());
    }
    if let Some(vertebrae) = vertebrae(args)? {
        files = files.with_vertebrae(vertebrae);
    }
    if args.hash_inputs {
        files = files.with_hashes();
    }
    if args.checksums {
        files = files.with_checksums();
    }
    if args.allow_unoriented {
        files = files.with_unoriented_allowed();
    }
    Ok(files)
}

/// The vertebrae, from a map or from landmarks; the parser lets one through.
fn vertebrae(args: &StudyArgs) -> Outcome<Option<VertebraeFile>> {
    if let Some(map) = &args.vertebrae {
        let scheme = args.scheme.as_deref().map(profile::scheme).transpose()?;
        return Ok(Some(VertebraeFile::Map { map: map.clone(), scheme }));
    }
    Ok(args.landmarks.clone().map(VertebraeFile::Landmarks))
}

/// The way the reference was given; the parser lets exactly one through.
fn reference(args: &ReferenceArgs) -> Outcome<ReferenceFile> {
    match args {
        ReferenceArgs { cord: Some(mask), .. } => Ok(ReferenceFile::Cord(mask.clone())),
        ReferenceArgs { reference: Some(mask), reference_tissue: Some(tissue), .. } => {
            Ok(ReferenceFile::Tissue { tissue: tissue.clone(), mask: mask.clone() })
        }
        ReferenceArgs { reference_t1: Some(t1), reference_t2: Some(t2), .. } => {
            Ok(ReferenceFile::Values { t1: (t1.0, t1.1), t2: (t2.0, t2.1) })
        }
        _ => Err(Failure::Input("no reference was given: name the spinal cord's mask with --cord".into())),
    }
}
