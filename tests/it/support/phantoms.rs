//! Phantoms as studies: in arrays, in memory and in files.

use std::{fs, path::Path, sync::Arc};

use hemastage::{
    Labels, ReferenceSource, Result, Roi, Study, VertebraeSource, Volume,
    label_map::LabelMap,
    level::{Landmarks, Scheme},
};
use hemastage_image::nifti::{LabelMapHeader, write_label_map};
use hemastage_phantom::{Phantom, PhantomOptions, phantom};
use ndarray::Array3;

use super::{
    cache::Cache,
    rigid::{Rigid, moved_affine, moved_point},
    storage::Stored,
};

/// A phantom that several tests show.
pub(crate) fn shared_phantom(options: &PhantomOptions) -> Arc<Phantom> {
    static PHANTOMS: Cache<Phantom> = Cache::new();
    PHANTOMS.get(options, || phantom(options).unwrap())
}

/// The middle voxel of each disc.
pub(crate) fn disc_points(scan: &Phantom) -> Array3<u8> {
    let mut points = Array3::zeros(scan.discs.dim());
    for label in 2..=25 {
        let voxels: Vec<_> =
            scan.discs.indexed_iter().filter(|(_, v)| **v == label).map(|(at, _)| at).collect();
        let mean = |of: fn(&(usize, usize, usize)) -> usize| {
            (voxels.iter().map(of).sum::<usize>() as f64 / voxels.len() as f64).round() as usize
        };
        if !voxels.is_empty() {
            points[[mean(|at| at.0), mean(|at| at.1), mean(|at| at.2)]] = label;
        }
    }
    points
}

fn write_points(scan: &Phantom, path: &Path) {
    let points = disc_points(scan);
    let roi = Roi::from_array(points.view(), *scan.mask_grid.affine(), &Labels::NonZero).unwrap();
    let values: Vec<u8> = roi.voxels().map(|voxel| points[voxel]).collect();
    let header = LabelMapHeader::of_grid(roi.grid());
    write_label_map(fs::File::create(path).unwrap(), &header, &roi, &values, "").unwrap();
}

/// Writes a phantom's files into a folder, which may exist; also its discs as points.
pub(crate) fn write_phantom(options: &PhantomOptions, folder: &Path) {
    static FILES: Cache<Vec<(String, Vec<u8>)>> = Cache::new();
    let files = FILES.get(options, || {
        let folder = tempfile::tempdir().unwrap();
        let scan = shared_phantom(options);
        scan.write(folder.path()).unwrap();
        write_points(&scan, &folder.path().join("points.nii.gz"));
        let file = |entry: std::io::Result<fs::DirEntry>| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        };
        fs::read_dir(folder.path()).unwrap().map(file).collect()
    });
    fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
}

/// A study's images and masks with their affines, to be stored or moved otherwise before it is staged.
#[derive(Clone)]
pub(crate) struct StudyArrays {
    pub(crate) t1: Stored<f64>,
    pub(crate) t2: Stored<f64>,
    pub(crate) hematoma: Stored<u8>,
    pub(crate) cord: Stored<u8>,
    pub(crate) canal: Option<Stored<u8>>,
    pub(crate) vertebrae: Option<VertebraeArrays>,
    /// The tissue that the cord's mask holds instead.
    pub(crate) tissue: Option<&'static str>,
}

/// How the vertebrae are known.
#[derive(Clone)]
pub(crate) enum VertebraeArrays {
    Map(Box<Stored<u8>>),
    Points(Landmarks),
}

impl StudyArrays {
    /// Images, hematoma and cord of a phantom.
    pub(crate) fn new(phantom: &Phantom) -> Self {
        let mask = *phantom.mask_grid.affine();
        Self {
            t1: (phantom.t1.mapv(f64::from), *phantom.t1_grid.affine()),
            t2: (phantom.t2.mapv(f64::from), *phantom.t2_grid.affine()),
            hematoma: (phantom.hematoma.clone(), mask),
            cord: (phantom.cord.clone(), mask),
            canal: None,
            vertebrae: None,
            tissue: None,
        }
    }

    /// Adds the canal.
    pub(crate) fn with_canal(mut self, phantom: &Phantom) -> Self {
        self.canal = Some((phantom.canal.clone(), *phantom.mask_grid.affine()));
        self
    }

    /// Adds the vertebrae as a label map.
    pub(crate) fn with_map(mut self, phantom: &Phantom) -> Self {
        let map = (phantom.vertebrae.clone(), *phantom.mask_grid.affine());
        self.vertebrae = Some(VertebraeArrays::Map(Box::new(map)));
        self
    }

    /// Adds the vertebrae as points.
    pub(crate) fn with_points(mut self, points: Landmarks) -> Self {
        self.vertebrae = Some(VertebraeArrays::Points(points));
        self
    }

    /// The whole study moved in the world.
    pub(crate) fn moved(mut self, by: &Rigid) -> Self {
        for affine in [&mut self.t1.1, &mut self.t2.1, &mut self.hematoma.1, &mut self.cord.1] {
            *affine = moved_affine(affine, by);
        }
        if let Some((_, affine)) = &mut self.canal {
            *affine = moved_affine(affine, by);
        }
        match &mut self.vertebrae {
            Some(VertebraeArrays::Map(map)) => map.1 = moved_affine(&map.1, by),
            Some(VertebraeArrays::Points(points)) => {
                let vertebrae =
                    points.vertebrae().iter().map(|&(name, point)| (name, moved_point(by, point)));
                let discs = points.discs().iter().map(|&(name, point)| (name, moved_point(by, point)));
                *points = Landmarks::new(vertebrae).and_then(|moved| moved.with_discs(discs)).unwrap();
            }
            None => {}
        }
        self
    }

    pub(crate) fn study(self) -> Result<Study> {
        let roi = |(array, affine): Stored<u8>| Roi::from_array(array.view(), affine, &Labels::NonZero);
        let (hematoma, cord) = (roi(self.hematoma)?, roi(self.cord)?);
        let mut study = Study::new(
            Volume::from_array(self.t1.0, self.t1.1)?,
            Volume::from_array(self.t2.0, self.t2.1)?,
            hematoma,
            cord.clone(),
        )?;
        if let Some(name) = self.tissue {
            study = study.with_reference(ReferenceSource::tissue(name.parse()?, cord))?;
        }
        if let Some(canal) = self.canal {
            study = study.with_canal(roi(canal)?);
        }
        Ok(match self.vertebrae {
            Some(VertebraeArrays::Map(map)) => {
                let map = LabelMap::from_array(map.0.view(), map.1)?;
                study.with_vertebrae(VertebraeSource::map(map, Scheme::built_in("sct")?))
            }
            Some(VertebraeArrays::Points(points)) => study.with_vertebrae(VertebraeSource::landmarks(points)),
            None => study,
        })
    }
}

/// A phantom as a study of images, hematoma and cord.
pub(crate) fn study(options: &PhantomOptions) -> Result<Study> {
    StudyArrays::new(&phantom(options)?).study()
}
