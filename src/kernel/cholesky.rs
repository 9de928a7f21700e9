//! Small dense positive definite matrices: their Cholesky factor, grown row by row.

/// The lower triangular factor L of a matrix L Lᵀ, row after row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cholesky {
    /// Row r has r + 1 entries.
    rows: Vec<f64>,
    n: usize,
}

impl Cholesky {
    /// The factor of a matrix by its entries on and below the diagonal; `None` where it is not positive definite.
    pub(crate) fn of(n: usize, entry: impl Fn(usize, usize) -> f64) -> Option<Self> {
        let mut factor = Self { rows: Vec::with_capacity(n * (n + 1) / 2), n: 0 };
        for row in 0..n {
            factor.push(|column| entry(row, column))?;
        }
        Some(factor)
    }

    /// Adds a row and a column to the matrix, by the entries of the row up to the diagonal.
    pub(crate) fn push(&mut self, entry: impl Fn(usize) -> f64) -> Option<()> {
        let start = self.rows.len();
        for column in 0..self.n {
            let (above, row) = self.rows.split_at(start);
            let other = &above[first(column)..first(column + 1)];
            let left = entry(column) - dot(row, &other[..column]);
            self.rows.push(left / other[column]);
        }
        let row = &self.rows[start..];
        let square = entry(self.n) - dot(row, row);
        self.rows.push(Some(square.sqrt()).filter(|root| *root > 0.0 && root.is_finite())?);
        self.n += 1;
        Some(())
    }

    /// A row of the factor, up to the diagonal.
    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.rows[first(row)..first(row + 1)]
    }

    /// The last entry of L⁻¹ b, by the entries before it and the last of b.
    pub(crate) fn next_of_half(&self, known: &[f64], b: f64) -> f64 {
        let row = self.row(known.len());
        (b - dot(&row[..known.len()], known)) / row[known.len()]
    }

    /// The product of the inverse matrix with b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = Vec::with_capacity(self.n);
        for &b in b {
            x.push(self.next_of_half(&x, b));
        }
        for row in (0..self.n).rev() {
            let entries = self.row(row);
            let (below, at) = x.split_at_mut(row);
            at[0] /= entries[row];
            below.iter_mut().zip(entries).for_each(|(x, entry)| *x -= entry * at[0]);
        }
        x
    }

    /// The logarithm of the matrix's determinant.
    pub(crate) fn log_det(&self) -> f64 {
        2.0 * (0..self.n).map(|row| self.row(row)[row].ln()).sum::<f64>()
    }
}

/// Where a row of the triangle starts.
fn first(row: usize) -> usize {
    row * (row + 1) / 2
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain twin: elimination with the largest pivot; the solution and the logarithm of the determinant.
    fn eliminated(mut rows: Vec<Vec<f64>>) -> (Vec<f64>, f64) {
        let (n, mut log_det) = (rows.len(), 0.0);
        for p in 0..n {
            let pivot = (p..n).max_by(|&a, &b| rows[a][p].abs().total_cmp(&rows[b][p].abs())).unwrap();
            rows.swap(p, pivot);
            log_det += rows[p][p].abs().ln();
            let lead = rows[p].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|&(r, _)| r != p) {
                let factor = row[p] / lead[p];
                row.iter_mut().zip(&lead).for_each(|(v, lead)| *v -= factor * lead);
            }
        }
        ((0..n).map(|r| rows[r][n] / rows[r][r]).collect(), log_det)
    }

    #[test]
    fn solves_as_elimination_does() {
        let mut random = fastrand::Rng::with_seed(5);
        for n in 1..20 {
            let half: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| random.f64() - 0.5).collect()).collect();
            let entry = |r: usize, c: usize| dot(&half[r], &half[c]) + if r == c { 0.1 } else { 0.0 };
            let b: Vec<f64> = (0..n).map(|_| random.f64()).collect();
            let row = |r: usize| (0..n).map(|c| entry(r, c)).chain([b[r]]).collect();
            let (x, log_det) = eliminated((0..n).map(row).collect());
            let factor = Cholesky::of(n, entry).unwrap();
            assert!((factor.log_det() - log_det).abs() < 1e-9);
            assert!(factor.solve(&b).iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-8), "{n}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        assert!(Cholesky::of(2, |r, c| if r == c { 1.0 } else { 2.0 }).is_none());
        assert!(Cholesky::of(1, |_, _| f64::NAN).is_none());
    }
}
