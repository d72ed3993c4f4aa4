//! Normal equations of a few unknowns.

/// A symmetric matrix of so few rows that nothing clever is needed.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    cells: Vec<f64>,
    size: usize,
}

impl Matrix {
    pub(super) fn of(size: usize, cell: impl Fn(usize, usize) -> f64) -> Self {
        Self { cells: (0..size * size).map(|at| cell(at / size, at % size)).collect(), size }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.size).map(|row| (0..self.size).map(|column| self.at(row, column) * vector[column]).sum()).collect()
    }

    /// Its inverse and the logarithm of its determinant, by the way of Gauss and Jordan. None where it has no inverse, as far as numbers of sixteen digits tell.
    /// Its diagonal is positive: it is scaled to ones first.
    pub(super) fn inverse(&self) -> Option<(Self, f64)> {
        let size = self.size;
        let scale: Vec<f64> = (0..size).map(|at| self.at(at, at).sqrt()).collect();
        if scale.iter().any(|scale| !(scale.is_finite() && *scale > 0.0)) {
            return None;
        }
        let mut left = Self::of(size, |row, column| self.at(row, column) / scale[row] / scale[column]);
        let mut right = Self::of(size, |row, column| f64::from(u8::from(row == column)));
        let mut volume = 2.0 * scale.iter().map(|scale| scale.ln()).sum::<f64>();
        for turn in 0..size {
            // Of a matrix that is positive, the diagonal serves.
            let pivot = left.at(turn, turn);
            if pivot < 1e-11 {
                return None;
            }
            volume += pivot.ln();
            for column in 0..size {
                left.cells[turn * size + column] /= pivot;
                right.cells[turn * size + column] /= pivot;
            }
            for row in (0..size).filter(|row| *row != turn) {
                let factor = left.at(row, turn);
                for column in 0..size {
                    left.cells[row * size + column] -= factor * left.at(turn, column);
                    right.cells[row * size + column] -= factor * right.at(turn, column);
                }
            }
        }
        let inverse = Self::of(size, |row, column| right.at(row, column) / scale[row] / scale[column]);
        Some((inverse, volume))
    }
}

/// The squares that the best sum of `columns` leaves over of `values`. A column that others make up is left out.
pub(super) fn left_over(columns: &[Vec<f64>], values: &[f64]) -> f64 {
    let dot = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    let mut rest = values.to_vec();
    for column in columns {
        let size = dot(column, column);
        let mut own = column.clone();
        // Twice is enough (Kahan, Parlett).
        for _ in 0..2 {
            for other in &basis {
                let share = dot(other, &own);
                own.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
            }
        }
        let left = dot(&own, &own);
        if left <= size * 1e-12 || left <= 0.0 {
            continue;
        }
        own.iter_mut().for_each(|value| *value /= left.sqrt());
        let share = dot(&own, &rest);
        rest.iter_mut().zip(&own).for_each(|(value, own)| *value -= share * own);
        basis.push(own);
    }
    dot(&rest, &rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_and_what_has_none_is_told() {
        let matrix = Matrix::of(3, |row, column| [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]][row][column]);
        let (inverse, volume) = matrix.inverse().expect("it has one");
        let back = inverse.times(&matrix.times(&[1.0, 2.0, 3.0]));
        assert!(back.iter().zip([1.0, 2.0, 3.0]).all(|(back, value)| (back - value).abs() < 1e-9), "{back:?}");
        assert!((volume - 21.29_f64.ln()).abs() < 1e-9, "{volume}");
        assert!(Matrix::of(2, |_, _| 1.0).inverse().is_none());
    }

    #[test]
    fn what_columns_make_up_is_not_left_over_and_one_twice_is_one() {
        let values: Vec<f64> = (0..10).map(|at| 3.0 + 2.0 * f64::from(at)).collect();
        let line: Vec<f64> = (0..10).map(f64::from).collect();
        assert!(left_over(&[vec![1.0; 10], line.clone(), line.clone()], &values) < 1e-9);
        assert!(left_over(&[line.clone(), line], &values) > 1.0);
    }
}
