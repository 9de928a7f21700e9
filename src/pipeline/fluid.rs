//! Whether the images look like what they were given as: cerebrospinal fluid against cord.

use hemastage_image::{finding::Finding, roi::Roi};

use crate::{
    kernel::statistics::quantile,
    steps::{reference::Reference, sample::sample},
    study::Study,
    vocabulary::contrast::PerContrast,
};

/// Inner fluid voxels that an answer needs.
const MIN_VOXELS: usize = 30;
/// Fluid is looked for so near to the cord (own choice).
const NEAR_CORD_MM: f64 = 3.0;
/// No grid of a person is finer than this many voxels in that distance.
const MAX_STEPS: f64 = 64.0;
/// Three quarters of the fluid must be brighter or darker than this share of the cord. Fluid has 0.4-0.6 of the
/// cord's signal on T1 and 2-4 times as much on T2 (own choice, far from both).
const BRIGHT: f64 = 1.2;
const DARK: f64 = 0.85;

/// What is wrong by the fluid between canal and cord, which is dark on T1 and bright on T2 in plain images.
pub(super) fn fluid_finding(study: &Study, references: &PerContrast<Reference>) -> Option<Finding> {
    let cord = study.reference.cord()?;
    let canal = study.canal()?;
    let inner = fluid(canal, cord.roi(), &study.hematoma);
    if inner.iter().filter(|&&inner| inner).count() < MIN_VOXELS {
        return None;
    }
    let ratios = |image, reference: &Reference| reference.ratios(&sample(image, canal)).into_parts().0;
    let (t1, t2) = (ratios(&study.t1, &references.t1), ratios(&study.t2, &references.t2));
    let both = || (0..inner.len()).filter(|&n| inner[n] && t1[n].is_finite() && t2[n].is_finite());
    if both().count() < MIN_VOXELS {
        return None;
    }
    let summary = |ratios: &[f64]| Fluid::of(&both().map(|n| ratios[n]).collect::<Vec<_>>());
    finding(summary(&t1)?, summary(&t2)?)
}

fn finding(t1: Fluid, t2: Fluid) -> Option<Finding> {
    let fluid = format!(
        "three quarters of the fluid around the cord have {} its signal on T1 and {} on T2",
        t1.text(),
        t2.text()
    );
    let (code, meaning, place) = match (t1, t2) {
        (Fluid::Bright(_), Fluid::Dark(_)) => {
            ("swapped_images", "T1 and T2 look as if each was given in the other's place", None)
        }
        (Fluid::Bright(_), Fluid::Bright(_)) => ("not_t1_weighted", "the T1 looks T2-weighted", Some("t1")),
        (Fluid::Dark(_), Fluid::Dark(_)) => {
            ("not_t2_weighted", "the T2 does not look T2-weighted", Some("t2"))
        }
        _ => return None,
    };
    let finding = Finding::warning(code, format!("{fluid}: {meaning}, so check which file is which"));
    Some(match place {
        Some(place) => finding.at(place),
        None => finding,
    })
}

/// Fluid relative to the cord, with the ratio that three quarters of it keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fluid {
    Bright(f64),
    Dark(f64),
    Between,
}

impl Fluid {
    fn of(ratios: &[f64]) -> Option<Self> {
        let (low, high) = (quantile(ratios, 0.25)?, quantile(ratios, 0.75)?);
        Some(match (low, high) {
            (low, _) if low > BRIGHT => Self::Bright(low),
            (_, high) if high < DARK => Self::Dark(high),
            _ => Self::Between,
        })
    }

    fn text(self) -> String {
        match self {
            Self::Bright(ratio) => format!("at least {ratio:.2} times"),
            Self::Dark(ratio) => format!("at most {ratio:.2} times"),
            Self::Between => "about as much".into(),
        }
    }
}

/// Which voxels of the canal are fluid: near the cord, and with neither cord nor hematoma in or next to them.
///
/// Farther from the cord there is epidural fat, which is bright where fluid is dark.
fn fluid(canal: &Roi, cord: &Roi, hematoma: &Roi) -> Vec<bool> {
    let taken = canal.shared_with(cord).into_iter().zip(canal.shared_with(hematoma));
    let free: Vec<bool> = taken.map(|(cord, hematoma)| !cord && !hematoma).collect();
    let map = canal.grid().map_to(cord.grid());
    let in_cord = |voxel| map.nearest(voxel).is_some_and(|index| cord.position(index).is_some());
    let (near, spacing) = (canal.grid().near_axes(), canal.grid().spacing_mm());
    let axes = || (0..3).filter(|&axis| near[axis]);
    let among_free = |voxel: [usize; 3]| {
        let mut neighbors = axes().flat_map(|axis| canal.neighbors(voxel, axis));
        neighbors.all(|next| next.is_some_and(|n| free[n]))
    };
    let near_cord = |voxel: [usize; 3]| {
        let reach = |axis: usize| (NEAR_CORD_MM / spacing[axis]).min(MAX_STEPS) as usize;
        axes().any(|axis| steps(voxel, axis, reach(axis)).any(&in_cord))
    };
    let inner = |(voxel, &free): ([usize; 3], &bool)| free && among_free(voxel) && near_cord(voxel);
    canal.voxels().zip(&free).map(inner).collect()
}

/// The voxels up to `reach` away along an axis.
fn steps(voxel: [usize; 3], axis: usize, reach: usize) -> impl Iterator<Item = [usize; 3]> {
    let moved = move |to: usize| {
        let mut next = voxel;
        next[axis] = to;
        next
    };
    (1..=reach)
        .flat_map(move |n| [voxel[axis].checked_sub(n), voxel[axis].checked_add(n)])
        .flatten()
        .map(moved)
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn fluid_keeps_away_from_cord_blood_and_border() {
        let mask = |inside: &dyn Fn([usize; 3]) -> bool| {
            let array = Array3::from_shape_fn((9, 9, 3), |(i, j, k)| u8::from(inside([i, j, k])));
            let spacing = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 4., 0.], [0., 0., 0., 1.]];
            Roi::from_array(array.view(), Affine::new(spacing).unwrap(), &Labels::NonZero).unwrap()
        };
        let canal = mask(&|_| true);
        let cord = mask(&|[i, _, _]| i < 3);
        let hematoma = mask(&|[_, j, _]| j == 8);
        let found = fluid(&canal, &cord, &hematoma);
        for (voxel, inner) in canal.voxels().zip(found) {
            assert_eq!(inner, (4..6).contains(&voxel[0]) && (1..7).contains(&voxel[1]), "{voxel:?}");
        }
    }

    #[test]
    fn plain_images_and_unclear_ones_are_silent() {
        let (dark, bright) = (Fluid::Dark(0.5), Fluid::Bright(2.5));
        let code = |t1, t2| finding(t1, t2).map(|finding| (finding.code, finding.place));
        assert_eq!(code(dark, bright), None);
        assert_eq!(code(bright, Fluid::Between), None, "fat in the canal");
        assert_eq!(code(Fluid::Between, dark), None);
        assert_eq!(code(bright, dark), Some(("swapped_images".into(), None)));
        assert_eq!(code(bright, bright), Some(("not_t1_weighted".into(), Some("t1".into()))));
        assert_eq!(code(dark, dark), Some(("not_t2_weighted".into(), Some("t2".into()))));
    }

    #[test]
    fn three_quarters_decide() {
        assert_eq!(Fluid::of(&[0.1, 1.3, 1.4, 1.5, 1.6]), Some(Fluid::Bright(1.3)));
        assert_eq!(Fluid::of(&[0.1, 0.2, 1.4, 1.5, 1.6]), Some(Fluid::Between));
        assert_eq!(Fluid::of(&[0.1, 0.2, 0.3, 0.4, 1.6]), Some(Fluid::Dark(0.4)));
        assert_eq!(Fluid::of(&[]), None);
    }
}
