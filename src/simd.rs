//! Wide vectors where the processor has them.

/// Runs loops compiled for the widest vectors of the processor at hand: those of the closure, which must be marked
/// `#[inline(always)]`, and of the functions in it that are.
///
/// The operations and their order stay the same, so the numbers do too, on every processor: nothing is fused.
pub(crate) fn wide<R>(work: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(
        // a closure that is used up: for any other the compiler makes a call beside it, which is not inlined
        #[inline(always)]
        move || {
            let mut work = work;
            work()
        },
    )
}
