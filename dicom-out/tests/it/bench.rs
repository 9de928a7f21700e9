//! Staged phantoms, and sources of every kind to file them with.

use std::{path::PathBuf, sync::LazyLock};

use hemastage::{
    Grid, Labels, Roi, StageOptions, Staged, Study, VertebraeSource, Volume, label_map::LabelMap,
    level::Scheme, stage, stage::Stage,
};
use hemastage_dicom::Origin;
use hemastage_image::{
    Limits,
    dicom::{DicomSeries, Selector},
};
use hemastage_phantom::{Collection, Direction, Extent, GridSpec, Layout, PhantomOptions, phantom};
use ndarray::Array3;
use tempfile::TempDir;

use crate::support::dicom::{
    classic::Series,
    dataset::Dataset,
    enhanced::enhanced,
    file::{Syntax, write, write_shuffled},
    place::rectified,
};

/// Planes of 36 x 41 pixels, which is no multiple of 8.
pub(crate) fn small() -> GridSpec {
    GridSpec::small().with_shape([36, 41, 10]).with_spacing_mm([1.2, 1.2, 2.5])
}

/// Grids of masks: along the source, in another order, of other planes, oblique, of other spacing.
pub(crate) fn grids() -> [(&'static str, GridSpec); 6] {
    use Direction::{Anterior, Left, Right, Superior};
    [
        ("sagittal", small()),
        ("reordered", small().reordered([Right, Anterior, Superior])),
        ("left-handed", small().reordered([Left, Anterior, Superior])),
        ("axial", GridSpec::new([31, 33, 25], [1.1, 1.1, 2.0], [Right, Anterior, Superior])),
        ("oblique", small().with_tilt_deg([11.0, -7.0, 5.0])),
        ("odd", small().with_shape([35, 39, 21]).with_spacing_mm([1.2, 1.3, 1.2])),
    ]
}

/// Half acute, half late subacute.
fn halves() -> Layout {
    Layout::Along(vec![(Stage::Acute, 0.5), (Stage::LateSubacute, 0.5)])
}

fn options(masks: GridSpec, layout: Layout) -> PhantomOptions {
    let clot = Collection::new(Extent::levels("C6", "C7").unwrap()).with_layout(layout);
    let options = PhantomOptions::small().with_grids(small()).with_mask_grid(masks).with_collections([clot]);
    // each voxel of one tissue
    options.without_noise().with_supersampling([1, 1, 1]).with_shading(1.0)
}

/// A phantom of two stages, staged on the mask's grid with vertebrae.
pub(crate) fn staged(masks: GridSpec) -> Staged {
    staged_with(masks, halves(), true)
}

pub(crate) fn staged_with(masks: GridSpec, layout: Layout, has_levels: bool) -> Staged {
    let made = phantom(&options(masks, layout)).unwrap();
    let affine = *made.mask_grid.affine();
    let roi = |mask: &Array3<u8>| Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
    let t1 = Volume::from_array(made.t1, *made.t1_grid.affine()).unwrap();
    let t2 = Volume::from_array(made.t2, *made.t2_grid.affine()).unwrap();
    let mut study = Study::new(t1, t2, roi(&made.hematoma), roi(&made.cord)).unwrap();
    if has_levels {
        let map = LabelMap::from_array(made.vertebrae.view(), affine).unwrap();
        study = study.with_vertebrae(VertebraeSource::map(map, Scheme::built_in("sct").unwrap()));
    }
    stage(&study, &StageOptions::default()).unwrap()
}

/// A T2 series on a grid.
pub(crate) fn series(grid: &Grid) -> Series {
    let [columns, rows, slices] = grid.shape();
    Series::new(2, Array3::zeros((columns, rows, slices)), rectified(grid.affine().matrix()))
}

/// The grid of T2, and of the usual source.
pub(crate) static T2_GRID: LazyLock<Grid> =
    LazyLock::new(|| phantom(&options(small(), halves())).unwrap().t2_grid);

/// The usual stage map, on the grid of T2.
pub(crate) static USUAL: LazyLock<Staged> = LazyLock::new(|| staged(small()));

/// A series in a folder of its own.
pub(crate) struct Source {
    _folder: TempDir,
    path: PathBuf,
}

impl Source {
    /// One file for each slice.
    pub(crate) fn classic(slices: &[Dataset], syntax: Syntax) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = write_shuffled(&folder.path().join("series"), slices, syntax, 7);
        Self { _folder: folder, path }
    }

    /// One file of all slices.
    pub(crate) fn enhanced(series: &Series) -> Self {
        Self::single(&enhanced(series, 4))
    }

    pub(crate) fn single(dataset: &Dataset) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "t2.dcm", dataset, Syntax::ExplicitLittle);
        Self { _folder: folder, path }
    }

    /// The usual source.
    pub(crate) fn usual() -> Self {
        Self::classic(&series(&T2_GRID).slices(), Syntax::ExplicitLittle)
    }

    pub(crate) fn series(&self) -> DicomSeries {
        DicomSeries::open(&self.path, &Selector::Only, Limits::default()).unwrap()
    }

    pub(crate) fn origin(&self) -> Origin {
        self.series().origin().unwrap()
    }
}
