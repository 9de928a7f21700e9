//! Work done in parallel and delivered in order, with a bound on the results that wait.

use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Each worker may be at most this many pieces ahead of delivery.
const MAX_AHEAD: usize = 16;

struct State<T> {
    /// The next piece to begin.
    next: usize,
    /// The next piece to deliver.
    first: usize,
    /// Results that wait for an earlier piece.
    done: BTreeMap<usize, T>,
}

/// Does `n_pieces` of work by `n_workers` and delivers the results one by one in order. Returns how many were delivered.
///
/// Once `stop` is set, or delivery fails, no piece is begun; those under way are finished, and delivered unless
/// delivery failed. `work` must not panic.
///
/// # Errors
/// The first of `deliver`.
pub(super) fn in_order<T: Send, E>(
    n_pieces: usize,
    n_workers: usize,
    stop: &AtomicBool,
    work: impl Fn(usize) -> T + Sync,
    mut deliver: impl FnMut(T) -> Result<(), E>,
) -> Result<usize, E> {
    let state = Mutex::new(State { next: 0, first: 0, done: BTreeMap::new() });
    let changed = Condvar::new();
    let failed = AtomicBool::new(false);
    let is_stopped = || stop.load(Ordering::SeqCst) || failed.load(Ordering::SeqCst);
    // the next piece, once it may be begun; `None` when there is no more
    let begin = || {
        let mut state = locked(&state);
        loop {
            if is_stopped() || state.next == n_pieces {
                return None;
            }
            if state.next < state.first + MAX_AHEAD * n_workers {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = waited(&changed, state);
        }
    };
    thread::scope(|scope| {
        for _ in 0..n_workers {
            scope.spawn(|| {
                while let Some(n) = begin() {
                    let result = work(n);
                    locked(&state).done.insert(n, result);
                    changed.notify_all();
                }
                changed.notify_all();
            });
        }
        loop {
            let result = {
                let mut state = locked(&state);
                loop {
                    let first = state.first;
                    if let Some(result) = state.done.remove(&first) {
                        state.first += 1;
                        break result;
                    }
                    // pieces are begun in order: no result waits for a piece that was never begun
                    if state.first == state.next && (is_stopped() || state.next == n_pieces) {
                        return Ok(state.first);
                    }
                    state = waited(&changed, state);
                }
            };
            changed.notify_all();
            if let Err(error) = deliver(result) {
                // under the lock, so that no worker starts to wait in between
                let state = locked(&state);
                failed.store(true, Ordering::SeqCst);
                drop(state);
                changed.notify_all();
                return Err(error);
            }
        }
    })
}

/// The lock, also after a panic elsewhere.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn waited<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::atomic::AtomicUsize, time::Duration};

    use super::*;

    fn never() -> AtomicBool {
        AtomicBool::new(false)
    }

    #[test]
    fn results_come_in_order_whoever_is_quick() {
        for jobs in [1, 2, 7] {
            let mut found = Vec::new();
            let work = |n: usize| {
                thread::sleep(Duration::from_micros((n * 7919 % 13) as u64 * 50));
                n
            };
            let deliver = |n| -> Result<(), Infallible> {
                found.push(n);
                Ok(())
            };
            assert_eq!(in_order(200, jobs, &never(), work, deliver), Ok(200));
            assert_eq!(found, (0..200).collect::<Vec<_>>(), "{jobs} jobs");
        }
        assert_eq!(in_order(0, 3, &never(), |n| n, |_| Ok::<_, Infallible>(())), Ok(0));
    }

    #[test]
    fn a_slow_piece_holds_the_others_back() {
        let (begun, farthest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |n: usize| {
            farthest.fetch_max(n, Ordering::SeqCst);
            if n == 0 {
                thread::sleep(Duration::from_millis(200));
                begun.store(farthest.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        };
        assert_eq!(in_order(1000, 2, &never(), work, |()| Ok::<_, Infallible>(())), Ok(1000));
        let ahead = begun.load(Ordering::SeqCst);
        assert!(ahead < 2 * MAX_AHEAD && ahead > MAX_AHEAD, "{ahead} pieces ran ahead");
    }

    #[test]
    fn a_stop_leaves_no_gap() {
        let stop = never();
        let mut found = Vec::new();
        let work = |n: usize| {
            if n == 20 {
                stop.store(true, Ordering::SeqCst);
            }
            n
        };
        let deliver = |n| -> Result<(), Infallible> {
            found.push(n);
            Ok(())
        };
        let count = in_order(1000, 3, &stop, work, deliver).unwrap();
        assert!((21..=23).contains(&count), "{count}");
        assert_eq!(found, (0..count).collect::<Vec<_>>());
    }

    #[test]
    fn a_failed_delivery_stops_the_work() {
        let deliver = |n| if n == 5 { Err("full") } else { Ok(()) };
        assert_eq!(in_order(1_000_000, 3, &never(), |n| n, deliver), Err("full"));
    }
}
