//! A label map in the NRRD format, as far as these tests meet it: 16-bit, little endian, gzip.

use std::{io::Read as _, path::Path};

use flate2::read::GzDecoder;
use hemastage::{Affine, grid::Grid};

pub(crate) struct Nrrd {
    pub(crate) grid: Grid,
    /// In memory order, i fastest.
    labels: Vec<i16>,
}

impl Nrrd {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
        let header = std::str::from_utf8(&bytes[..end]).unwrap();
        let field = |name: &str| {
            let line = header.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap().to_owned()
        };
        let wanted = [("type", "short"), ("space", "left-posterior-superior"), ("encoding", "gzip")];
        assert!(wanted.iter().all(|&(name, value)| field(name) == value));
        let numbers = |name: &str| -> Vec<f64> {
            field(name).split([' ', ',', '(', ')']).filter_map(|text| text.parse().ok()).collect()
        };
        let (shape, steps, origin) = (numbers("sizes"), numbers("space directions"), numbers("space origin"));
        let to_ras = [-1.0, -1.0, 1.0];
        let row = |r: usize| [steps[r], steps[3 + r], steps[6 + r], origin[r]].map(|v| v * to_ras[r]);
        let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]).unwrap();
        let mut body = Vec::new();
        GzDecoder::new(&bytes[end + 2..]).read_to_end(&mut body).unwrap();
        let labels: Vec<i16> = body.as_chunks().0.iter().map(|&two| i16::from_le_bytes(two)).collect();
        let grid = Grid::new([0, 1, 2].map(|a| shape[a] as usize), affine).unwrap();
        assert_eq!(labels.len(), grid.voxels());
        Self { grid, labels }
    }

    pub(crate) fn voxels(&self, label: i16) -> Vec<[usize; 3]> {
        let [ni, nj, _] = self.grid.shape();
        let marked = self.labels.iter().enumerate().filter(|&(_, &value)| value == label);
        marked.map(|(at, _)| [at % ni, at / ni % nj, at / ni / nj]).collect()
    }
}
