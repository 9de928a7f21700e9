//! What the fuzz targets share: files in memory, and what must hold of whatever is read.

pub mod check;
pub mod compressed;
pub mod dicom;
pub mod files;
pub mod image;
pub mod raster;

use std::{
    collections::BTreeSet,
    panic::{self, Location},
    sync::{Mutex, Once},
};

use hemastage::io::Limits;

/// Voxels that a file may claim: enough for every branch, and few enough for thousands of runs a second.
pub const MAX_VOXELS: u64 = 1 << 12;

/// Set to see the panics of decoders, which the reader turns into errors.
const CONTAINED: &str = "FUZZ_CONTAINED_PANICS";

/// Small limits.
pub fn limits() -> Limits {
    Limits::default().with_max_voxels(MAX_VOXELS)
}

/// Prepares the process: all work on this thread, as handing it to another takes longer than the work; and a panic ends
/// the run unless the reader contains it.
pub fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("no pool before");
        let aborting = panic::take_hook();
        let strict = std::env::var_os(CONTAINED).is_some();
        panic::set_hook(Box::new(move |info| {
            if strict || !hemastage_image::panics_are_contained() {
                aborting(info);
            } else if let Some(place) = info.location() {
                print_once(place);
            }
        }));
    });
}

/// Says where a decoder panicked, unless it is known.
fn print_once(place: &Location<'_>) {
    static PLACES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let place = place.to_string();
    let mut places = PLACES.lock().expect("one thread");
    if places.insert(place.clone()) {
        eprintln!("contained panic at {place}");
    }
}
