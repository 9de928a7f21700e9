//! Times a whole study from arrays in memory to the report on one thread, for `scripts/bench_python.py`:
//! `time_study FOLDER SCHEME`.
//!
//! The folder holds `t1`, `t2`, `hematoma`, `cord` and `vertebrae` as `.nii.gz`, as `hemastage phantom` writes them; the scheme is
//! that of the vertebrae. Each line of standard input is a number of runs; the answer is a line of JSON with the seconds of
//! each run (processor time where the system has it, and those that passed) and the report.

mod clock;

use std::{
    env,
    error::Error,
    hint::black_box,
    io::{self, BufRead as _, Write as _},
    num::NonZero,
    path::Path,
    time::Instant,
};

use hemastage::{
    StageOptions,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    on_threads, stage,
    volume::Voxels,
};
use hemastage_image::ArrayImage;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let given: Vec<String> = env::args().skip(1).collect();
    let [folder, scheme] = given.as_slice() else { return Err("usage: time_study FOLDER SCHEME".into()) };
    let study = study(Path::new(folder), scheme)?;
    on_threads(NonZero::<usize>::MIN, || serve(&study))?
}

fn serve(study: &StudyFiles) -> Result<()> {
    let options = StageOptions::default();
    for line in io::stdin().lock().lines() {
        let mut runs = Vec::new();
        let mut report = String::new();
        for _ in 0..line?.parse::<usize>()? {
            let start = Instant::now();
            let (staged, busy) = clock::timed(|| stage(&study.open()?, black_box(&options)));
            runs.push([busy, start.elapsed().as_secs_f64()]);
            report = staged?.report.to_json();
        }
        println!("{}", serde_json::json!({ "runs": runs, "report": report }));
        io::stdout().flush()?;
    }
    Ok(())
}

fn study(folder: &Path, scheme: &str) -> Result<StudyFiles> {
    let image = |role: &str| -> Result<ImageFile> { Ok(ImageFile::array(array(folder, role)?)) };
    let mask = |role: &str| -> Result<MaskFile> { Ok(MaskFile::array(array(folder, role)?)) };
    let vertebrae = VertebraeFile::Map { map: image("vertebrae")?, scheme: Some(Scheme::built_in(scheme)?) };
    let cord = ReferenceFile::Cord(mask("cord")?);
    Ok(StudyFiles::new(image("t1")?, image("t2")?, mask("hematoma")?, cord).with_vertebrae(vertebrae))
}

/// A file's voxels as an image in memory.
fn array(folder: &Path, role: &str) -> Result<ArrayImage> {
    let file = NiftiFile::open(folder.join(format!("{role}.nii.gz")), Limits::default())?;
    let volume = file.read_block(0, IndexBox::whole(file.grid().shape()))?;
    let affine = *volume.grid().affine();
    Ok(match volume.voxels() {
        Voxels::I16(voxels) => ArrayImage::new(role, voxels.clone(), affine)?,
        Voxels::U16(voxels) => ArrayImage::new(role, voxels.clone(), affine)?,
        Voxels::U8(voxels) => ArrayImage::new(role, voxels.clone(), affine)?,
        _ => return Err(format!("{role}: expected voxels of 8 or 16 bits").into()),
    }
    .with_scaling(volume.scaling()))
}
