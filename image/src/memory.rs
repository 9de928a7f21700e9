//! Memory that is asked for and not taken for granted: a size that a file claims may be more than there is.

/// Reserves room for exactly `more` values.
pub(crate) fn reserve_exact<T>(values: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    values.try_reserve_exact(more).map_err(|_| OutOfMemory::of(values, more))
}

/// Reserves room for `more` values, as part of a list that keeps growing.
pub(crate) fn reserve<T>(values: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    values.try_reserve(more).map_err(|_| OutOfMemory::of(values, more))
}

/// Reserves room for `more` values in a list that keeps growing, by a quarter of its length: what is reserved stays
/// near what is used.
pub(crate) fn reserve_tightly<T>(values: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    if values.capacity() - values.len() < more {
        reserve_exact(values, more.max(values.len() / 4).max(64))?;
    }
    Ok(())
}

/// A list does not fit into memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutOfMemory {
    /// Bytes of the whole list.
    pub(crate) bytes: u64,
}

impl OutOfMemory {
    fn of<T>(values: &[T], more: usize) -> Self {
        Self {
            bytes: (values.len() as u64).saturating_add(more as u64).saturating_mul(size_of::<T>() as u64),
        }
    }
}
