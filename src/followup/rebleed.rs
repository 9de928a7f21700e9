//! Whether blood of a later visit is younger than one bleed explains.

use crate::vocabulary::stage::Stage;

/// Younger than before above this probability.
///
/// Picked from five rules on one set of synthetic patients.
pub(super) const MIN_YOUNGER: f64 = 0.8;

/// Both acute and chronic fit a signal when each has this probability.
const CANDIDATE: f64 = 0.2;

/// The probability that the later blood is two stages or more younger than the earlier.
///
/// Signal that fits acute and chronic blood alike counts as acute at the earlier visit, as one of the two can't be ruled out.
pub(super) fn younger(earlier: &[f64; 5], later: &[f64; 5]) -> f64 {
    let (acute, chronic) = (Stage::Acute.index(), Stage::Chronic.index());
    let mut before = *earlier;
    if before[acute] >= CANDIDATE && before[chronic] >= CANDIDATE {
        before[acute] += before[chronic];
        before[chronic] = 0.0;
    }
    later.iter().enumerate().map(|(j, p)| p * before.iter().skip(j + 2).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stages_younger_counts() {
        let certain = |stage: Stage| std::array::from_fn(|s| f64::from(u8::from(s == stage.index())));
        let q = |a, b| younger(&certain(a), &certain(b));
        assert_eq!(q(Stage::LateSubacute, Stage::Acute), 1.0);
        assert_eq!(q(Stage::EarlySubacute, Stage::Acute), 0.0, "one stage may be an error of either");
        assert_eq!(q(Stage::Acute, Stage::Chronic), 0.0);
        assert_eq!(q(Stage::Chronic, Stage::Hyperacute), 1.0);
    }

    #[test]
    fn acute_or_chronic_counts_as_acute() {
        let before = [0.0, 0.4, 0.0, 0.0, 0.6];
        let after = [0.0, 0.0, 1.0, 0.0, 0.0];
        assert_eq!(younger(&before, &after), 0.0);
        // by hand: 0.9 of the earlier is chronic, and chronic is two stages beyond early subacute
        assert!((younger(&[0.0, 0.1, 0.0, 0.0, 0.9], &after) - 0.9).abs() < 1e-12);
    }
}
