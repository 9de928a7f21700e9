//! `stage`: a report and a stage map from images and masks.

use std::io;

use hemastage::{
    Criteria, StageOptions, Staged,
    classify::ClassifyOptions,
    criteria::Thresholds,
    io::output::{OutputFolder, Overwrite},
    load::{ImageFile, ReferenceFile, StudyFiles, VertebraeFile},
    reference::ReferenceOptions,
    report::LevelRecord,
    units::OnsetTime,
};

use crate::{
    args::{ReferenceArgs, StageArgs},
    failure::{Failure, Outcome},
    profile,
    progress::Progress,
    summary,
};

/// The report's file.
pub(crate) const REPORT: &str = "report.json";
/// The stage map's file.
pub(crate) const STAGES: &str = "stages.nii.gz";
/// The table of vertebral levels.
const LEVELS: &str = "levels.tsv";

/// Stages a study, writes the results and prints them.
pub(crate) fn run(args: &StageArgs) -> Outcome {
    let options = options(args)?;
    let files = files(args)?;
    let asks_for_levels = args.vertebrae.is_some() || args.landmarks.is_some();
    let names = if asks_for_levels { &[REPORT, STAGES, LEVELS][..] } else { &[REPORT, STAGES] };
    let overwrite = overwrite(args.output.force);
    let output = args.output.output.as_deref().map(|folder| OutputFolder::create(folder, names, overwrite));
    let output = output.transpose()?;

    let staged = staged(&files, &options)?;
    if let Some(mut output) = output {
        if asks_for_levels {
            let records = staged.report.levels.as_ref().map_or(&[][..], |levels| &levels.per_level);
            output.add(LEVELS, |out| out.write_all(LevelRecord::table(records).as_bytes()))?;
        }
        write(output, &staged)?;
    }
    if args.json {
        return summary::json(&staged.report);
    }
    let written = if args.output.output.is_some() { names } else { &[] };
    summary::print(&staged.report, written)
}

/// Reads and stages a study while a spinner turns.
pub(crate) fn staged(files: &StudyFiles, options: &StageOptions) -> Outcome<Staged> {
    let progress = Progress::start("reading");
    let study = files.open()?;
    progress.now("staging");
    Ok(hemastage::stage(&study, options)?)
}

/// Puts the results into their folder.
pub(crate) fn write(mut output: OutputFolder, staged: &Staged) -> Outcome {
    output.add(REPORT, |out| out.write_all(staged.report.to_json().as_bytes()))?;
    output.add(STAGES, |out| staged.stage_map.write_nifti_gz(out))?;
    Ok(output.complete()?)
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

fn options(args: &StageArgs) -> Outcome<StageOptions> {
    let mut criteria = profile::criteria(args.criteria.as_deref())?;
    replace_thresholds(&mut criteria, args.thresholds_t1, args.thresholds_t2);
    let mut reference = ReferenceOptions::default();
    if let Some(mode) = args.reference_mode {
        reference = reference.with_mode(mode.into());
    }
    let classify = ClassifyOptions::default().with_smoothing(args.smooth.into());
    Ok(StageOptions::new(criteria).with_reference(reference).with_classify(classify))
}

/// Puts the caller's thresholds in place of the profile's, which its source then says.
fn replace_thresholds(criteria: &mut Criteria, t1: Option<Thresholds>, t2: Option<Thresholds>) {
    let bands = [("T1", t1, &mut criteria.t1), ("T2", t2, &mut criteria.t2)];
    for (contrast, given, band) in bands {
        if let Some(given) = given {
            *band = given;
            criteria.source.push_str("; thresholds of ");
            criteria.source.push_str(contrast);
            criteria.source.push_str(" given by the caller");
        }
    }
}

fn files(args: &StageArgs) -> Outcome<StudyFiles> {
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
    if args.allow_unoriented {
        files = files.with_unoriented_allowed();
    }
    Ok(files)
}

/// The vertebrae, from a map or from landmarks; the parser lets one through.
fn vertebrae(args: &StageArgs) -> Outcome<Option<VertebraeFile>> {
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
        ReferenceArgs { reference: Some(mask), reference_tissue: Some(name), .. } => {
            Ok(ReferenceFile::Tissue { name: name.clone(), mask: mask.clone() })
        }
        ReferenceArgs { reference_t1: Some(t1), reference_t2: Some(t2), .. } => {
            Ok(ReferenceFile::Values { t1: (t1.0, t1.1), t2: (t2.0, t2.1) })
        }
        _ => Err(Failure::Input("no reference was given: name the spinal cord's mask with --cord".into())),
    }
}
