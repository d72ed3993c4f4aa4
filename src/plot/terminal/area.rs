//! Areas in cells: each is eight rows high, and has two colours at most, its character's and that behind it.

use super::canvas::{Canvas, Cell};
use super::style::{Characters, Paint, Style};
use crate::analysis::Segment;

/// A rectangle of cells that a panel's values are drawn into, and what it spans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plane {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Seconds.
    pub(super) from: f64,
    pub(super) to: f64,
    /// At its lower and its upper edge.
    pub(super) bottom: f64,
    pub(super) ceiling: f64,
}

impl Plane {
    /// How far to the right a moment is, of `parts` in all.
    pub(super) fn across(&self, at: f64, parts: usize) -> f64 {
        (at - self.from) / (self.to - self.from).max(f64::MIN_POSITIVE) * parts as f64
    }

    /// How high a value is, of `parts` in all.
    pub(super) fn up(&self, value: f64, parts: usize) -> f64 {
        (value - self.bottom) / (self.ceiling - self.bottom).max(f64::MIN_POSITIVE) * parts as f64
    }

    /// The column of a moment, from the plane's left edge.
    pub(super) fn column(&self, at: f64) -> usize {
        (self.across(at, self.columns).max(0.0) as usize).min(self.columns.saturating_sub(1))
    }

    /// The highest value in each column.
    fn highest(&self, segments: &[Segment]) -> Vec<Option<f64>> {
        let mut highest: Vec<Option<f64>> = vec![None; self.columns];
        let mut reach = |column: usize, value: f64| {
            if let Some(high) = highest.get_mut(column) {
                *high = Some(high.map_or(value, |high| high.max(value)));
            }
        };
        let inside = |at: f64| at >= self.from && at <= self.to;
        for segment in segments {
            for point in segment.iter().filter(|point| inside(point.at)) {
                reach(self.column(point.at), point.value as f64);
            }
            for pair in segment.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                // At the edges between two columns it is somewhere on the way.
                let (first, last) = (self.across(a.at, self.columns), self.across(b.at, self.columns));
                for edge in
                    first.ceil().max(0.0) as usize..=last.floor().clamp(-1.0, self.columns as f64).max(0.0) as usize
                {
                    let way = if last > first { (edge as f64 - first) / (last - first) } else { continue };
                    if !(0.0..=1.0).contains(&way) {
                        continue;
                    }
                    let value = a.value as f64 + (b.value as f64 - a.value as f64) * way;
                    reach(edge, value);
                    if edge > 0 {
                        reach(edge - 1, value);
                    }
                }
            }
        }
        highest
    }
}

const EIGHTHS: usize = 8;
/// So many eighths of a cell, from below.
const BLOCKS: [char; EIGHTHS + 1] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; EIGHTHS + 1] = [' ', '.', '.', '.', ':', ':', ':', '#', '#'];

/// Paints areas over each other, from the plane's lower edge up to their segments.
pub(super) fn draw<'a>(
    areas: impl Iterator<Item = (Paint, &'a [Segment])>,
    plane: &Plane,
    style: Style,
    canvas: &mut Canvas,
) {
    let all = plane.rows * EIGHTHS;
    let mut columns: Vec<Vec<Option<Paint>>> = vec![vec![None; all]; plane.columns];
    for (paint, segments) in areas {
        // Without colours there is one area, whatever it is made of.
        let paint = if style.has_colours() { paint } else { Paint::Text };
        for (column, value) in columns.iter_mut().zip(plane.highest(segments)) {
            let Some(value) = value else { continue };
            let least = usize::from(value > plane.bottom);
            let high = (plane.up(value, all).round().max(0.0) as usize).clamp(least, all);
            column[..high].fill(Some(paint));
        }
    }
    for (place, column) in columns.iter().enumerate() {
        for (row, eighths) in column.chunks(EIGHTHS).enumerate() {
            if let Some(cell) = cell(eighths, style) {
                canvas.set(plane.left + place, plane.top + plane.rows - 1 - row, cell);
            }
        }
    }
}

/// The character and the two colours that come nearest to eight slices, from below.
fn cell(eighths: &[Option<Paint>], style: Style) -> Option<Cell> {
    let lowest = eighths.first().copied().flatten()?;
    // Where the colour changes for the first time; what is above that is of one colour, or nearly.
    let split = eighths.iter().position(|paint| *paint != Some(lowest)).unwrap_or(EIGHTHS);
    let above = most(&eighths[split..]);
    let characters = if style.characters == Characters::Blocks { BLOCKS } else { ASCII };
    match above {
        // An area has no second colour in characters that do not fill their cells.
        Some(paint) if style.characters == Characters::Ascii => {
            let paint = if split >= EIGHTHS / 2 { lowest } else { paint };
            let filled = eighths.iter().filter(|paint| paint.is_some()).count();
            Some(Cell { character: characters[filled], paint, behind: None })
        }
        Some(paint) => Some(Cell { character: characters[split], paint: lowest, behind: Some(paint) }),
        None => Some(Cell { character: characters[split], paint: lowest, behind: None }),
    }
}

/// What most of them are.
fn most(eighths: &[Option<Paint>]) -> Option<Paint> {
    let count = |wanted: &Option<Paint>| eighths.iter().filter(|paint| *paint == wanted).count();
    eighths.iter().max_by_key(|paint| count(paint)).copied().flatten()
}
