//! One value for each of the five stages and for indeterminate.

use std::ops::{Index, IndexMut};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stage::Stage;

/// One value per class of [`Stage::ALL`], indexed by [`Stage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PerStage<T> {
    pub hyperacute: T,
    pub acute: T,
    pub early_subacute: T,
    pub late_subacute: T,
    pub chronic: T,
    pub indeterminate: T,
}

impl<T> PerStage<T> {
    /// Calls a function for the value of each class.
    pub fn from_fn(value: impl FnMut(Stage) -> T) -> Self {
        Stage::ALL.map(value).into()
    }

    /// Applies a function to each value.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> PerStage<U> {
        self.values().map(to).into()
    }

    /// The values in the order of [`Stage::ALL`].
    pub fn values(self) -> [T; 6] {
        [
            self.hyperacute,
            self.acute,
            self.early_subacute,
            self.late_subacute,
            self.chronic,
            self.indeterminate,
        ]
    }

    /// Each class with its value, in the order of [`Stage::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Stage, &T)> {
        Stage::ALL.into_iter().map(|stage| (stage, &self[stage]))
    }
}

impl<T> From<[T; 6]> for PerStage<T> {
    /// From values in the order of [`Stage::ALL`].
    fn from([hyperacute, acute, early_subacute, late_subacute, chronic, indeterminate]: [T; 6]) -> Self {
        Self { hyperacute, acute, early_subacute, late_subacute, chronic, indeterminate }
    }
}

impl<T> Index<Stage> for PerStage<T> {
    type Output = T;

    fn index(&self, stage: Stage) -> &T {
        match stage {
            Stage::Hyperacute => &self.hyperacute,
            Stage::Acute => &self.acute,
            Stage::EarlySubacute => &self.early_subacute,
            Stage::LateSubacute => &self.late_subacute,
            Stage::Chronic => &self.chronic,
            Stage::Indeterminate => &self.indeterminate,
        }
    }
}

impl<T> IndexMut<Stage> for PerStage<T> {
    fn index_mut(&mut self, stage: Stage) -> &mut T {
        match stage {
            Stage::Hyperacute => &mut self.hyperacute,
            Stage::Acute => &mut self.acute,
            Stage::EarlySubacute => &mut self.early_subacute,
            Stage::LateSubacute => &mut self.late_subacute,
            Stage::Chronic => &mut self.chronic,
            Stage::Indeterminate => &mut self.indeterminate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_own_value() {
        let mut keys = PerStage::from_fn(Stage::key);
        for stage in Stage::ALL {
            assert_eq!(keys[stage], stage.key());
            assert_eq!(keys.values()[stage.index()], stage.key());
        }
        keys[Stage::Chronic] = "old";
        assert_eq!(keys.iter().find(|(_, key)| **key == "old").unwrap().0, Stage::Chronic);
        assert_eq!(serde_json::to_value(PerStage::from([1; 6])).unwrap()["early_subacute"], 1);
    }
}
