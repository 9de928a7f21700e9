//! Loops compiled for the widest vectors of the processor, chosen at run time.

/// Number of lanes of a loop over [`Lanes`].
pub const WIDE: usize = 16;

/// A number for each lane.
pub type Lanes = [f64; WIDE];

/// `x + WHOLE` rounds `x` to a whole number, which is then in the low bits of the sum. On plain x86-64, `x.round()` is a
/// function call.
pub const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;

/// Runs a closure compiled for the widest vectors of this processor. This holds for the closure itself, which must be
/// marked `#[inline(always)]`, and for the functions it calls that are.
///
/// Results are the same on every processor: operations and their order do not change, and none are fused.
pub fn wide<R>(work: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(
        // a closure called by value (FnOnce): by reference, a copy of it is called that is not inlined
        #[inline(always)]
        move || {
            let mut work = work;
            work()
        },
    )
}
