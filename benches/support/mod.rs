//! One seeded phantom for all benches: thick sagittal slices, a mixed hematoma from C3 to T1.

#![allow(dead_code, reason = "each bench uses its part")]
#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]

use hemastage::{
    Labels, Roi, Study, Volume,
    phantom::{Collection, Extent, Layout, Phantom, PhantomOptions, phantom},
    stage::Stage,
};

pub(crate) fn made() -> Phantom {
    let layout = Layout::Along(vec![(Stage::EarlySubacute, 0.5), (Stage::LateSubacute, 0.5)]);
    let clot = Collection::new(Extent::levels("C3", "T1").unwrap()).with_layout(layout);
    phantom(&PhantomOptions::default().with_collections([clot]).with_seed(5)).unwrap()
}

pub(crate) fn t1(made: &Phantom) -> Volume {
    Volume::from_array(made.t1.clone(), *made.t1_grid.affine()).unwrap()
}

pub(crate) fn t2(made: &Phantom) -> Volume {
    Volume::from_array(made.t2.clone(), *made.t2_grid.affine()).unwrap()
}

pub(crate) fn hematoma(made: &Phantom) -> Roi {
    Roi::from_array(made.hematoma.view(), *made.mask_grid.affine(), &Labels::NonZero).unwrap()
}

pub(crate) fn cord(made: &Phantom) -> Roi {
    Roi::from_array(made.cord.view(), *made.mask_grid.affine(), &Labels::NonZero).unwrap()
}

pub(crate) fn study(made: &Phantom) -> Study {
    Study::new(t1(made), t2(made), hematoma(made), cord(made)).unwrap()
}
