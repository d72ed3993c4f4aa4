//! A rectangle of cells that the values of a panel are drawn into.

use crate::plot::axis::Axis;

#[derive(Debug, Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Seconds.
    pub(super) x: &'a Axis,
    /// In the panel's unit.
    pub(super) y: &'a Axis,
}

impl Plane<'_> {
    /// How far to the right a moment is, of `parts` in all.
    pub(super) fn across(&self, at: f64, parts: usize) -> f64 {
        self.x.part(at) * parts as f64
    }

    /// How high a value is, of `parts` in all.
    pub(super) fn up(&self, value: f64, parts: usize) -> f64 {
        self.y.part(value) * parts as f64
    }

    pub(super) fn holds(&self, at: f64) -> bool {
        at >= self.x.from && at <= self.x.to
    }

    /// The column of a moment, from the plane's left edge.
    pub(super) fn column(&self, at: f64) -> usize {
        (self.across(at, self.columns).max(0.0) as usize).min(self.columns.saturating_sub(1))
    }

    /// The column right of it, on the canvas.
    pub(super) fn right(&self) -> usize {
        self.left + self.columns
    }

    /// The row below it, on the canvas.
    pub(super) fn ground(&self) -> usize {
        self.top + self.rows
    }

    /// The row, on the canvas, in which areas of that value end; none below the lowest.
    pub(super) fn row(&self, value: f64) -> Option<usize> {
        let up = self.up(value, self.rows).round();
        (up >= 1.0 && up <= self.rows as f64).then(|| self.ground() - up as usize)
    }
}
