//! Wide vectors where the processor has them.

/// Values that a loop over lanes takes at a time.
pub const WIDE: usize = 16;

/// A number for each of them.
pub type Lanes = [f64; WIDE];

/// Adding it to a number rounds to a whole one, which then stands in the low bits: without the call that rounding is on
/// plain x86-64.
pub const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;

/// Runs loops compiled for the widest vectors of the processor at hand: those of the closure, which must be marked
/// `#[inline(always)]`, and of the functions in it that are.
///
/// The operations and their order stay the same, so the numbers do too, on every processor: nothing is fused.
pub fn wide<R>(work: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(
        // a closure that is used up: for any other the compiler makes a call beside it, which is not inlined
        #[inline(always)]
        move || {
            let mut work = work;
            work()
        },
    )
}
