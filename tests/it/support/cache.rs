//! What is slow to make and the same for several tests.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Values by the text of their key, each made once.
pub(crate) struct Cache<T>(Mutex<BTreeMap<String, Arc<OnceLock<Arc<T>>>>>);

impl<T> Cache<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// The value of a key. A test that needs one that another test is making waits for it.
    pub(crate) fn get(&self, key: impl Debug, make: impl FnOnce() -> T) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = Arc::clone(values.entry(format!("{key:?}")).or_default());
        drop(values);
        Arc::clone(value.get_or_init(|| Arc::new(make())))
    }
}
