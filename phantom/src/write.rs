//! A phantom as files: `NIfTI` images and masks, and the truth as JSON.

use std::path::Path;

use hemastage::io::output::{OutputFolder, Overwrite};
use hemastage_image::error::{Detail, ErrorKind, Result};
use hemastage_image::grid::Grid;
use nifti::NiftiHeader;
use nifti::writer::WriterOptions;

use super::options::PhantomOptions;
use super::phantom::Phantom;
use super::quaternion::{Matrix, nearest};

/// `NIFTI_XFORM_SCANNER_ANAT`.
const SCANNER: i16 = 1;
/// `NIFTI_UNITS_MM`.
const MILLIMETERS: u8 = 2;

/// The files that every phantom is written to; those of further contrasts are [`PhantomOptions::file_names`].
pub const FILES: [&str; 10] = [
    "t1.nii.gz",
    "t2.nii.gz",
    "hematoma.nii.gz",
    "cord.nii.gz",
    "canal.nii.gz",
    "csf.nii.gz",
    "vertebrae.nii.gz",
    "discs.nii.gz",
    "stages_truth.nii.gz",
    "truth.json",
];

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("the image cannot be written: check the folder's permissions and free space")]
    Nifti(#[from] nifti::NiftiError),
    #[error("the truth cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Detail for WriteError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Io
    }
}

impl PhantomOptions {
    /// The files that a phantom of these options is written to.
    pub fn file_names(&self) -> Vec<&'static str> {
        let further = [
            (self.t1_post.is_some(), &["t1_post.nii.gz"][..]),
            (self.t2star.is_some(), &["t2star.nii.gz"]),
            (self.fat_images, &["t1_fs.nii.gz", "t1_fat.nii.gz", "t1_water.nii.gz"]),
        ];
        let asked = further.into_iter().filter(|(is_asked, _)| *is_asked).flat_map(|(_, names)| names);
        FILES.iter().chain(asked).copied().collect()
    }
}

impl Phantom {
    /// Writes `t1`, `t2`, `hematoma`, `cord`, `canal`, `csf`, `vertebrae`, `discs` and `stages_truth` as
    /// `.nii.gz` and `truth.json` into a folder, which is created. Files of these names are replaced.
    ///
    /// The same phantom gives the same bytes. All files appear, or none.
    ///
    /// # Shape and units
    /// Images are 16-bit, masks 8-bit, without scaling. Millimeters; sform and qform agree, both with code 1.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<()> {
        let further = self.further.files().map(|(name, _)| name);
        let names: Vec<&str> = FILES.into_iter().chain(further).collect();
        let mut output = OutputFolder::create(folder, &names, Overwrite::Replace)?;
        self.add_to(&mut output)?;
        output.complete()
    }

    /// Adds the files that [`write`](Self::write) writes to an output.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add_to(&self, output: &mut OutputFolder) -> Result<()> {
        add_image(output, "t1.nii.gz", &self.t1_grid, |file| file.write_nifti(&self.t1))?;
        add_image(output, "t2.nii.gz", &self.t2_grid, |file| file.write_nifti(&self.t2))?;
        for (name, image) in self.further.files() {
            add_image(output, name, &self.t1_grid, |file| file.write_nifti(image))?;
        }
        for (name, mask) in [
            ("hematoma.nii.gz", &self.hematoma),
            ("cord.nii.gz", &self.cord),
            ("canal.nii.gz", &self.canal),
            ("csf.nii.gz", &self.csf),
            ("vertebrae.nii.gz", &self.vertebrae),
            ("discs.nii.gz", &self.discs),
            ("stages_truth.nii.gz", &self.stages),
        ] {
            add_image(output, name, &self.mask_grid, |file| file.write_nifti(mask))?;
        }
        let mut text = serde_json::to_string_pretty(&self.truth).map_err(WriteError::from)?;
        text.push('\n');
        output.add("truth.json", |out| out.write_all(text.as_bytes()))
    }
}

fn add_image(
    output: &mut OutputFolder,
    name: &str,
    grid: &Grid,
    write: impl FnOnce(WriterOptions<'_>) -> nifti::Result<()>,
) -> Result<()> {
    let header = header(grid);
    output.add_by_path(name, |path| {
        let written = write(WriterOptions::new(path).reference_header(&header));
        written.map_err(|error| hemastage_image::Error::from(WriteError::from(error)).at(name))
    })
}

/// A header that places a grid in scanner space by sform and qform.
fn header(grid: &Grid) -> NiftiHeader {
    let (m, spacing) = (grid.affine().matrix(), grid.spacing_mm());
    let row = |r: usize| m[r].map(|v| v as f32);
    let (stored, handedness) = orientation(grid);
    let pixdim = spacing.map(|v| v as f32);
    NiftiHeader {
        pixdim: [handedness as f32, pixdim[0], pixdim[1], pixdim[2], 0.0, 0.0, 0.0, 0.0],
        xyzt_units: MILLIMETERS,
        sform_code: SCANNER,
        srow_x: row(0),
        srow_y: row(1),
        srow_z: row(2),
        qform_code: SCANNER,
        quatern_b: stored[0],
        quatern_c: stored[1],
        quatern_d: stored[2],
        quatern_x: m[0][3] as f32,
        quatern_y: m[1][3] as f32,
        quatern_z: m[2][3] as f32,
        ..NiftiHeader::default()
    }
}

/// The grid's rotation as stored, and the sign of its third axis (`qfac`).
fn orientation(grid: &Grid) -> ([f32; 3], f64) {
    let (m, spacing) = (grid.affine().matrix(), grid.spacing_mm());
    let mut r: Matrix = std::array::from_fn(|row| std::array::from_fn(|c| m[row][c] / spacing[c]));
    let cross = [
        r[1][0] * r[2][1] - r[2][0] * r[1][1],
        r[2][0] * r[0][1] - r[0][0] * r[2][1],
        r[0][0] * r[1][1] - r[1][0] * r[0][1],
    ];
    let determinant: f64 = (0..3).map(|row| cross[row] * r[row][2]).sum();
    let handedness = if determinant < 0.0 { -1.0 } else { 1.0 };
    for row in &mut r {
        row[2] *= handedness;
    }
    let extent: [f64; 3] = std::array::from_fn(|c| spacing[c] * grid.shape()[c] as f64);
    (nearest(&r, extent), handedness)
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::LazyLock};

    use nifti::{IntoNdArray, NiftiObject, ReaderOptions};

    use super::*;
    use crate::quaternion::rotation;
    use crate::{Direction, GridSpec, PhantomOptions, phantom};

    static STUDY: LazyLock<Phantom> = LazyLock::new(|| {
        let tilted = GridSpec::small()
            .with_shape([24, 40, 12])
            .with_axes([Direction::Superior, Direction::Posterior, Direction::Left])
            .with_tilt_deg([11.0, -3.0, 8.0]);
        phantom(&PhantomOptions::small().with_t2_grid(tilted)).unwrap()
    });

    #[test]
    fn files_read_back_with_the_same_voxels_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let study = &*STUDY;
        study.write(folder.path().join("new")).unwrap();
        let folder = folder.path().join("new");
        let read = |name: &str| ReaderOptions::new().read_file(folder.join(name)).unwrap();
        let t1 = read("t1.nii.gz");
        assert_eq!((t1.header().datatype, t1.header().xyzt_units), (4, 2));
        assert!(t1.header().descrip.iter().all(|&b| b == 0));
        assert_eq!(t1.into_volume().into_ndarray::<i16>().unwrap(), study.t1.clone().into_dyn());
        let t2 = read("t2.nii.gz").into_volume().into_ndarray::<i16>().unwrap();
        assert_eq!(t2, study.t2.clone().into_dyn());
        for (name, mask) in [
            ("hematoma", &study.hematoma),
            ("cord", &study.cord),
            ("canal", &study.canal),
            ("csf", &study.csf),
            ("vertebrae", &study.vertebrae),
            ("discs", &study.discs),
            ("stages_truth", &study.stages),
        ] {
            let file = read(&format!("{name}.nii.gz"));
            let h = file.header();
            assert_eq!((h.datatype, h.sform_code, h.qform_code), (2, 1, 1), "{name}");
            for (row, expected) in
                [h.srow_x, h.srow_y, h.srow_z].iter().zip(study.mask_grid.affine().matrix())
            {
                assert_eq!(
                    row.map(|v| f64::from(v).to_bits()),
                    expected.map(f64::to_bits),
                    "the affine survives 32 bits"
                );
            }
            assert_eq!(file.into_volume().into_ndarray::<u8>().unwrap(), mask.clone().into_dyn(), "{name}");
        }
        let truth: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("truth.json")).unwrap()).unwrap();
        assert_eq!(truth["seed"], 1);
        assert_eq!(truth["levels"]["first"], "C5", "the small tilted view holds part of C4 to C7");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 10, "nothing but the ten files");
    }

    #[test]
    fn the_same_phantom_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        STUDY.write(&a).unwrap();
        STUDY.write(&b).unwrap();
        STUDY.write(&b).unwrap();
        let mut files = 0;
        for file in fs::read_dir(&a).unwrap() {
            let name = file.unwrap().file_name();
            assert!(fs::read(a.join(&name)).unwrap() == fs::read(b.join(&name)).unwrap(), "{name:?}");
            files += 1;
        }
        assert_eq!(files, 10);
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(STUDY.write(&file).unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn sform_and_qform_agree() {
        use Direction::{Anterior, Inferior, Left, Posterior, Right, Superior};
        let mut grids = 0;
        for axes in [
            [Right, Anterior, Superior],
            [Left, Posterior, Superior],
            [Left, Anterior, Inferior],
            [Posterior, Inferior, Right],
            [Anterior, Right, Inferior],
            [Superior, Posterior, Left],
            [Inferior, Left, Posterior],
        ] {
            for tilt in [[0.0; 3], [0.05, 0.0, 0.0], [0.3, -0.2, 0.15], [90.0, 0.0, 45.0], [17.0, -8.0, 5.0]]
            {
                let spec = GridSpec::new([300, 280, 40], [0.613, 0.7, 4.4], axes).with_tilt_deg(tilt);
                let grid = spec.grid([3.3, -20.0, 41.0]).unwrap();
                let h = header(&grid);
                let r = rotation([h.quatern_b, h.quatern_c, h.quatern_d]);
                for corner in 0..8 {
                    let index: [f64; 3] = std::array::from_fn(|a| {
                        if corner >> a & 1 == 1 { grid.shape()[a] as f64 - 1.0 } else { 0.0 }
                    });
                    let scaled: [f64; 3] = std::array::from_fn(|a| {
                        index[a]
                            * f64::from(h.pixdim[a + 1])
                            * if a == 2 { f64::from(h.pixdim[0]) } else { 1.0 }
                    });
                    let origin = [h.quatern_x, h.quatern_y, h.quatern_z].map(f64::from);
                    let found: [f64; 3] = std::array::from_fn(|row| {
                        origin[row] + (0..3).map(|c| r[row][c] * scaled[c]).sum::<f64>()
                    });
                    let apart = hemastage_image::vector::distance(found, grid.affine().index_to_world(index));
                    assert!(apart < 1e-4, "{axes:?} {tilt:?}: {apart} mm");
                }
                grids += 1;
            }
        }
        assert_eq!(grids, 35);
    }
}
