//! Prints how the time after loading and the memory of a study grow, as CSV for `scripts/plot_growth.py`:
//! `cargo run --release --example growth > growth.csv`.
//!
//! First the scan grows around one hematoma, then the hematoma grows in one scan. Hematomas are balls around the
//! middle of the scan, without the cord, so that each is part of a larger one. Time is processor time, the least of a
//! few runs on one thread. Memory is the peak, and the part of it that the open study holds.

mod clock;

use std::{
    error::Error,
    fs,
    io::{Read as _, Write as _},
    num::NonZero,
    path::Path,
    time::Instant,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hemastage::{
    StageOptions,
    level::Scheme,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles, VertebraeFile},
    on_threads, stage,
};
use hemastage_phantom::{GridSpec, Phantom, PhantomOptions, phantom};
use ndarray::{Array3, ShapeBuilder as _};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Voxels of 1 mm along i, j, k of the scans; all even, so that their voxels lie at the same places.
const SCANS: [[usize; 3]; 5] =
    [[80, 100, 180], [120, 150, 180], [180, 210, 180], [250, 300, 180], [340, 420, 180]];
/// The scan in which the hematoma grows.
const FIXED_SCAN: usize = 2;
/// Voxels of the hematomas.
const HEMATOMAS: [usize; 7] = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000];
/// The hematoma around which the scan grows.
const FIXED_HEMATOMA: usize = 40_000;
/// Runs of which the least time counts; there are more until these seconds have passed.
const MIN_RUNS: usize = 7;
const MAX_RUNS: usize = 100;
const ENOUGH_SECONDS: f64 = 3.0;
/// Length of a `NIfTI` header without extensions.
const HEADER: usize = 352;

fn main() -> Result<()> {
    println!("grows,scan_voxels,hematoma_voxels,seconds,peak_bytes,study_bytes");
    on_threads(NonZero::<usize>::MIN, || -> Result<()> {
        for (n, shape) in SCANS.into_iter().enumerate() {
            let scan = Scan::new(shape)?;
            scan.row("scan", FIXED_HEMATOMA)?;
            if n == FIXED_SCAN {
                HEMATOMAS.into_iter().try_for_each(|voxels| scan.row("hematoma", voxels))?;
            }
        }
        Ok(())
    })?
}

/// A phantom as files.
struct Scan {
    folder: tempfile::TempDir,
    made: Phantom,
    /// Voxels outside the cord, from the middle outwards.
    outwards: Vec<[usize; 3]>,
}

impl Scan {
    fn new(shape: [usize; 3]) -> Result<Self> {
        let made = phantom(&PhantomOptions::default().with_grids(GridSpec::isotropic().with_shape(shape)))?;
        let folder = tempfile::tempdir()?;
        made.write(folder.path())?;
        let away =
            |at: [usize; 3]| -> usize { (0..3).map(|a| (2 * at[a]).abs_diff(shape[a] - 1).pow(2)).sum() };
        let outside = made.cord.indexed_iter().filter(|(_, cord)| **cord == 0);
        let mut outwards: Vec<[usize; 3]> = outside.map(|((i, j, k), _)| [i, j, k]).collect();
        outwards.sort_by_key(|&at| away(at));
        outwards.truncate(HEMATOMAS[HEMATOMAS.len() - 1]);
        Ok(Self { folder, made, outwards })
    }

    /// Prints time and memory of a hematoma of this many voxels.
    fn row(&self, grows: &str, voxels: usize) -> Result<()> {
        self.write_mask(&self.outwards[..voxels])?;
        let files = self.files()?;
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let study = files.open()?;
        let held = HEAP.current_usage() - before;
        let mut least = f64::INFINITY;
        let began = Instant::now();
        for run in 0..MAX_RUNS {
            if run >= MIN_RUNS && began.elapsed().as_secs_f64() > ENOUGH_SECONDS {
                break;
            }
            let (staged, seconds) = clock::timed(|| stage(&study, &StageOptions::default()));
            staged?;
            least = least.min(seconds);
        }
        let peak = HEAP.peak_usage() - before;
        println!("{grows},{},{voxels},{least:.6},{peak},{held}", self.made.mask_grid.voxels());
        Ok(())
    }

    /// Writes the mask in place of the phantom's own.
    fn write_mask(&self, voxels: &[[usize; 3]]) -> Result<()> {
        let path = self.folder.path().join("hematoma.nii.gz");
        let mut header = [0; HEADER];
        GzDecoder::new(fs::File::open(&path)?).read_exact(&mut header)?;
        let mut mask = Array3::<u8>::zeros(self.made.mask_grid.shape().f());
        for &at in voxels {
            mask[at] = 1;
        }
        let mut out = GzEncoder::new(fs::File::create(&path)?, Compression::fast());
        out.write_all(&header)?;
        out.write_all(mask.as_slice_memory_order().ok_or("the mask has gaps")?)?;
        out.finish()?;
        Ok(())
    }

    fn files(&self) -> Result<StudyFiles> {
        let file = |name: &str| Path::join(self.folder.path(), name.to_owned() + ".nii.gz");
        let (t1, t2) = (ImageFile::new(file("t1")), ImageFile::new(file("t2")));
        let cord = ReferenceFile::Cord(MaskFile::new(file("cord")));
        let vertebrae = VertebraeFile::Map {
            map: ImageFile::new(file("vertebrae")),
            scheme: Some(Scheme::built_in("sct")?),
        };
        Ok(StudyFiles::new(t1, t2, MaskFile::new(file("hematoma")), cord).with_vertebrae(vertebrae))
    }
}
