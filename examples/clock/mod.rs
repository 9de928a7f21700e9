//! The clock of the examples that time work on one thread.

use std::{fs, thread, time::Instant};

/// The result of a call, and its seconds of processor time, which other programs disturb less than wall time; wall
/// time where the system is not Linux.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (start, busy) = (Instant::now(), processor_seconds());
    let found = work();
    let passed = start.elapsed().as_secs_f64();
    let busy = processor_seconds().zip(busy).map(|(end, start)| end - start);
    (found, busy.unwrap_or(passed))
}

fn processor_seconds() -> Option<f64> {
    // the count is updated when the thread stops
    thread::yield_now();
    let counts = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    counts.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}
