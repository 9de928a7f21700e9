//! Times each step of a study on one thread, for `scripts/bench_peers.py`: `time_steps FOLDER SCRATCH`.
//!
//! Each line of standard input is a number of runs and a step's name; the answer is a line of JSON with the least
//! and the median seconds (processor time where the system has it), the peak of the bytes that the step held in addition
//! to its input, and a few numbers of the result, which other programs must find too. The folder holds
//! `t1`, `t2`, `t2_hema`, `t2_hema_dense`, `t2_cord` and `t2_labels` as `.nii`, and in `gz/` as `.nii.gz`.

mod clock;

use std::{
    fs,
    hint::black_box,
    io::{self, BufRead as _, Write as _},
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
};

use hemastage::{
    Criteria, Labels, Roi, StageOptions, Staged, Study, Volume,
    classify::{ClassifyOptions, Prior, Ratios, Smoothing, classify},
    contrast::{Contrast, PerContrast},
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
    label_map::LabelMap,
    level::{LevelOptions, Scheme, Vertebrae, levels},
    on_threads,
    phase::part_sizes,
    protocol::Protocol,
    reference::{ReferenceMode, ReferenceRegion, reference, references},
    roi::Column,
    sample::{Samples, sample},
    shape::{GroupSignal, ShapeInput, ShapeOptions, cord_signal, shape},
    stage,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, scratch] = given.as_slice() else { return Err("usage: time_steps FOLDER SCRATCH".into()) };
    on_threads(NonZero::<usize>::MIN, || serve(folder, scratch))?
}

fn serve(folder: &Path, scratch: &Path) -> Result<()> {
    let scan = Scan::read(folder, scratch)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (runs, name) = line.split_once(' ').ok_or("expected a number of runs and a step")?;
        let runs: usize = runs.parse()?;
        let step = STEPS.iter().find(|(known, _)| *known == name);
        let (_, step) = step.ok_or_else(|| format!("no step `{name}`"))?;
        let mut found = (0..runs).map(|_| step(&scan)).collect::<Result<Vec<_>>>()?;
        found.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let (least, median) = (found[0].seconds, found[runs / 2].seconds);
        let Timed { bytes, check, .. } = &found[0];
        let answer = serde_json::json!({ "least": least, "median": median, "bytes": bytes, "check": check });
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// One run of a step.
struct Timed {
    seconds: f64,
    /// The peak, in addition to what was held before.
    bytes: usize,
    check: Vec<f64>,
}

/// Times work, without the time to look at its result or to drop it.
fn timed<T>(work: impl FnOnce() -> Result<T>, check: impl FnOnce(&T) -> Vec<f64>) -> Result<Timed> {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let (found, seconds) = clock::timed(|| black_box(work()));
    let bytes = HEAP.peak_usage().saturating_sub(before);
    Ok(Timed { seconds, bytes, check: check(&found?) })
}

type Step = fn(&Scan) -> Result<Timed>;

const STEPS: [(&str, Step); 19] = [
    ("read .nii.gz, 16 bits, whole", |scan| {
        let path = scan.compressed("t1");
        timed(|| whole(&path), |volume| vec![sum(volume)])
    }),
    ("read .nii.gz, mask 1 %", |scan| read_mask(&scan.compressed("t2_hema"))),
    ("read .nii.gz, mask 20 %", |scan| read_mask(&scan.compressed("t2_hema_dense"))),
    ("read .nii, 16 bits, block of the 1 % mask", |scan| {
        let path = scan.folder.join("t2.nii");
        let block = *scan.sparse.roi.bounds();
        timed(|| Ok(open(&path)?.read_block(0, block)?), |volume| vec![sum(volume)])
    }),
    ("sample T1 and T2 at 1 %", |scan| sampled(scan, &scan.sparse.roi)),
    ("sample T1 and T2 at 20 %", |scan| sampled(scan, &scan.dense.roi)),
    ("median and MAD of the cord", |scan| median(&scan.cord, &scan.cord_t2)),
    ("median and MAD, 20 %", |scan| median(&scan.dense.as_reference, &scan.dense.t2)),
    ("stages without smoothing, 1 %", |scan| staged(&scan.sparse, Smoothing::None)),
    ("stages without smoothing, 20 %", |scan| staged(&scan.dense, Smoothing::None)),
    ("stages with smoothing, 1 %", |scan| staged(&scan.sparse, Smoothing::Median)),
    ("stages with smoothing, 20 %", |scan| staged(&scan.dense, Smoothing::Median)),
    ("connected parts, 1 %", |scan| parts(&scan.sparse.roi)),
    ("connected parts, 20 %", |scan| parts(&scan.dense.roi)),
    ("levels of the hematoma and the cord", by_level),
    ("voxels and median per level", per_level),
    ("shape, 1 %", |scan| {
        let input = ShapeInput::new(&scan.sparse.roi).with_cord(scan.cord.roi());
        timed(|| Ok(shape(&input, &ShapeOptions::default())?), |found| vec![found.volume_mm3])
    }),
    ("write the map, 1 %", |scan| written(scan, &scan.sparse, "map1")),
    ("write the map, 20 %", |scan| written(scan, &scan.dense, "map20")),
];

/// The input of the steps.
struct Scan {
    folder: PathBuf,
    scratch: PathBuf,
    t1: Volume,
    t2: Volume,
    cord: ReferenceRegion,
    cord_t2: Samples,
    vertebrae: LabelMap,
    /// The label of each voxel of the vertebrae.
    labels: Column<Option<i64>>,
    scheme: Scheme,
    sparse: Blood,
    dense: Blood,
}

/// A mask of a hematoma, with the results of the steps before.
struct Blood {
    roi: Roi,
    /// The mask in the place of a cord.
    as_reference: ReferenceRegion,
    t2: Samples,
    ratios: [Ratios; 2],
    staged: Staged,
}

impl Scan {
    fn read(folder: &Path, scratch: &Path) -> Result<Self> {
        let plain = |name: &str| folder.join(format!("{name}.nii"));
        let mask = |name: &str| -> Result<Roi> { Ok(open(&plain(name))?.read_roi(0, &Labels::NonZero)?) };
        let (t1, t2) = (whole(&plain("t1"))?, whole(&plain("t2"))?);
        let (cord, hematoma) = (mask("t2_cord")?, mask("t2_hema")?);
        let sparse = Blood::new(&t1, &t2, &cord, hematoma)?;
        let dense = Blood::new(&t1, &t2, &cord, mask("t2_hema_dense")?)?;
        let cord = ReferenceRegion::new(cord, &sparse.roi)?;
        let (vertebrae, values) = (mask("t2_labels")?, whole(&plain("t2_labels"))?);
        let labels = vertebrae.voxels().map(|at| values.signal(at).map(|label| label as i64)).collect();
        Ok(Self {
            labels: Column::new(&vertebrae, labels)?,
            folder: folder.into(),
            scratch: scratch.into(),
            cord_t2: sample(&t2, cord.roi()),
            vertebrae: open(&plain("t2_labels"))?.read_labels(0)?,
            scheme: Scheme::built_in("sct")?,
            t1,
            t2,
            cord,
            sparse,
            dense,
        })
    }

    fn compressed(&self, name: &str) -> PathBuf {
        self.folder.join("gz").join(format!("{name}.nii.gz"))
    }
}

impl Blood {
    fn new(t1: &Volume, t2: &Volume, cord: &Roi, roi: Roi) -> Result<Self> {
        let region = ReferenceRegion::new(cord.clone(), &roi)?;
        let signals = PerContrast { t1: sample(t1, cord), t2: sample(t2, cord) };
        let found = references(&region, &signals, &StageOptions::default().reference)?;
        let ratios = [found.t1.ratios(&sample(t1, &roi)), found.t2.ratios(&sample(t2, &roi))];
        let study = Study::new(t1.clone(), t2.clone(), roi.clone(), cord.clone())?;
        let staged = stage(&study, &StageOptions::default())?;
        let as_reference = ReferenceRegion::new(roi.clone(), cord)?;
        Ok(Self { as_reference, t2: sample(t2, &roi), ratios, staged, roi })
    }
}

fn open(path: &Path) -> Result<NiftiFile> {
    Ok(NiftiFile::open(path, Limits::default())?)
}

fn whole(path: &Path) -> Result<Volume> {
    let file = open(path)?;
    Ok(file.read_block(0, IndexBox::whole(file.grid().shape()))?)
}

fn sum(volume: &Volume) -> f64 {
    let IndexBox { start, end } = *volume.block();
    let plane = |k| (start[1]..end[1]).flat_map(move |j| (start[0]..end[0]).map(move |i| [i, j, k]));
    (start[2]..end[2]).flat_map(plane).filter_map(|index| volume.signal(index)).sum()
}

fn read_mask(path: &Path) -> Result<Timed> {
    timed(|| Ok(open(path)?.read_roi(0, &Labels::NonZero)?), |roi| vec![roi.len() as f64])
}

fn sampled(scan: &Scan, roi: &Roi) -> Result<Timed> {
    let sum = |samples: &Samples| samples.signal().iter().filter(|value| !value.is_nan()).sum::<f64>();
    timed(
        || Ok([&scan.t1, &scan.t2].map(|image| sample(image, roi))),
        |found| found.iter().map(sum).collect(),
    )
}

/// Of the voxels inside the mask, as a reference that does not change along it.
fn median(region: &ReferenceRegion, signal: &Samples) -> Result<Timed> {
    let options = StageOptions::default().reference.with_mode(ReferenceMode::Global);
    timed(
        || Ok(reference(region, Contrast::T2, signal, &options)?),
        |found| vec![found.voxels().unwrap_or(0) as f64, found.median(), found.spread().unwrap_or(f64::NAN)],
    )
}

/// Levels and probabilities of each voxel, the core and its totals, percentiles of the ratios.
fn staged(blood: &Blood, smoothing: Smoothing) -> Result<Timed> {
    let prior = Prior::new(&Criteria::default(), &[]);
    let options = ClassifyOptions::default().with_smoothing(smoothing);
    let [t1, t2] = blood.ratios.clone();
    timed(
        || Ok(classify(t1, t2, &prior, &Protocol::default(), &options)?),
        |found| vec![found.signal().t1.median, found.signal().t2.median],
    )
}

fn parts(roi: &Roi) -> Result<Timed> {
    let all = roi.column(|_, all| all.fill(true));
    timed(|| Ok(part_sizes(&all)), |sizes| vec![sizes.len() as f64, sizes[0] as f64])
}

/// Of T2, with the label of each voxel known.
fn per_level(scan: &Scan) -> Result<Timed> {
    let numbers = |of: &GroupSignal<i64>| [of.voxels as f64, of.median_ratio.unwrap_or(f64::NAN)];
    timed(
        || Ok(cord_signal(sample(&scan.t2, scan.labels.roi()).signal(), &scan.labels)?),
        |found| found.groups().iter().flat_map(numbers).collect(),
    )
}

/// Volume, covered length and stages of each level, and the cord's median ratio there.
fn by_level(scan: &Scan) -> Result<Timed> {
    let cord = scan.cord.roi();
    let vertebrae = Vertebrae::from_map(&scan.vertebrae, &scan.scheme).with_canal(cord);
    let work = || {
        let found = levels(&scan.sparse.roi, &vertebrae, None, &LevelOptions::default())?;
        let spine = &found.levels().ok_or("the vertebrae make no spine")?.spine;
        Ok(cord_signal(scan.cord_t2.signal(), &spine.levels_of(cord))?)
    };
    timed(work, |found| vec![found.groups().len() as f64])
}

fn written(scan: &Scan, blood: &Blood, name: &str) -> Result<Timed> {
    let path = scan.scratch.join(format!("{name}.nii.gz"));
    timed(
        || {
            blood.staged.stage_map.write_nifti_gz(fs::File::create(&path)?)?;
            Ok(fs::metadata(&path)?.len())
        },
        |&bytes| vec![bytes as f64],
    )
}
