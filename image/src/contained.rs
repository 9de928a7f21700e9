//! Panics of dependencies that read what may be damaged, contained at the call.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// The result of code that may panic; `None` if it did.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(outer);
    result.ok()
}

/// Whether a panic on this thread becomes an error that names the file: a panic hook may keep its text off the screen.
pub fn panics_are_contained() -> bool {
    CONTAINED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_contained_and_only_there() {
        assert!(!panics_are_contained());
        assert_eq!(
            contained(|| contained(|| 1).map(|one| (one, panics_are_contained()))),
            Some(Some((1, true)))
        );
        let outside = contained(|| {
            assert_eq!(contained(|| panic!("a decoder's")), None::<()>);
            panics_are_contained()
        });
        assert_eq!(outside, Some(true));
        assert!(!panics_are_contained());
    }
}
