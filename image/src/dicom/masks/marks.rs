//! Voxels marked in any order, turned into a region or label map in memory order.

use super::error::MaskError;
use crate::{
    error::Result,
    grid::Grid,
    label_map::{LabelMap, LabelMapBuilder},
    memory::reserve,
    roi::{Labels, Roi, RoiBuilder},
};

/// Maximum number of marks of a mask, 16 bytes each.
const MAX_MARKS: usize = 1 << 25;

/// Contiguous voxels along i with a number; `first` counts in memory order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    first: usize,
    number: i32,
    len: u32,
}

/// Voxels marked with numbers; a voxel may have several.
#[derive(Debug)]
pub(super) struct Marks {
    grid: Grid,
    marks: Vec<Mark>,
}

impl Marks {
    pub(super) fn new(grid: Grid) -> Self {
        Self { grid, marks: Vec::new() }
    }

    /// Marks `len` voxels of one row along i.
    ///
    /// # Errors
    /// When there are more marks than any real mask has, or memory runs out.
    pub(super) fn add(&mut self, first: usize, len: usize, number: i32) -> Result<(), MaskError> {
        if self.marks.len() >= MAX_MARKS {
            return Err(MaskError::Marks { max: MAX_MARKS });
        }
        reserve(&mut self.marks, 1)?;
        self.marks.push(Mark { first, number, len: len as u32 });
        Ok(())
    }

    /// All marked voxels as a region; of several marks the lowest number counts.
    ///
    /// # Errors
    /// When nothing is marked.
    pub(super) fn into_roi(mut self, labels: Labels) -> Result<Roi> {
        let mut builder = RoiBuilder::new(self.grid, labels).with_all_chosen();
        self.for_each_row(|j, k, marks, row| {
            let ni = row.len();
            for mark in marks.iter().rev() {
                row[mark.columns(ni)].fill(f64::from(mark.number));
            }
            builder.add_row(j, k, row);
        });
        builder.finish()
    }

    /// The marks as labels.
    ///
    /// # Errors
    /// When nothing is marked, or a voxel has two marks.
    pub(super) fn into_labels(mut self) -> Result<LabelMap> {
        let mut builder = LabelMapBuilder::new(self.grid);
        let mut overlap: Option<[i32; 2]> = None;
        self.for_each_row(|j, k, marks, row| {
            let ni = row.len();
            for mark in marks {
                let voxels = &mut row[mark.columns(ni)];
                if let Some(&other) = voxels.iter().find(|&&value| value != 0.0) {
                    overlap.get_or_insert([other as i32, mark.number]);
                }
                voxels.fill(f64::from(mark.number));
            }
            builder.add_row(j, k, row);
        });
        match overlap {
            Some([one, other]) => Err(MaskError::Overlap { one, other }.into()),
            None => builder.finish(),
        }
    }

    /// Calls `visit` for each row that has marks with its j and k, the marks sorted by number, and a row of zeros.
    fn for_each_row(&mut self, mut visit: impl FnMut(usize, usize, &[Mark], &mut [f64])) {
        let [ni, nj, _] = self.grid.shape();
        self.marks.sort_unstable_by_key(|mark| (mark.first / ni, mark.number, mark.first));
        let mut row = vec![0.0; ni];
        for marks in self.marks.chunk_by(|a, b| a.first / ni == b.first / ni) {
            row.fill(0.0);
            let at = marks[0].first / ni;
            visit(at % nj, at / nj, marks, &mut row);
        }
    }
}

impl Mark {
    fn columns(&self, ni: usize) -> std::ops::Range<usize> {
        let start = self.first % ni;
        start..(start + self.len as usize).min(ni)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Affine;

    fn marks(of: &[(usize, usize, i32)]) -> Marks {
        let mut marks = Marks::new(Grid::new([4, 3, 2], Affine::identity()).unwrap());
        for &(first, len, number) in of {
            marks.add(first, len, number).unwrap();
        }
        marks
    }

    #[test]
    fn marks_come_out_in_memory_order() {
        let roi = marks(&[(13, 2, 2), (0, 1, 1), (5, 3, 1)]).into_roi(Labels::NonZero).unwrap();
        let expected = [[0, 0, 0], [1, 1, 0], [2, 1, 0], [3, 1, 0], [1, 0, 1], [2, 0, 1]];
        assert_eq!(roi.voxels().collect::<Vec<_>>(), expected);
        let map = marks(&[(13, 2, 2), (0, 1, 1), (5, 3, 1)]).into_labels().unwrap();
        assert_eq!(map.labels().collect::<Vec<_>>(), [(1, 4), (2, 2)]);
    }

    #[test]
    fn marks_may_overlap_in_a_region_but_not_in_a_map() {
        let both = [(0, 3, 7), (1, 3, 2)];
        let roi = marks(&both).into_roi(Labels::Only(vec![2, 7])).unwrap();
        assert_eq!(roi.len(), 4);
        let error = marks(&both).into_labels().unwrap_err().to_string();
        assert!(error.contains("2 and 7 overlap"), "{error}");
        assert!(marks(&[]).into_roi(Labels::NonZero).is_err() && marks(&[]).into_labels().is_err());
    }
}
