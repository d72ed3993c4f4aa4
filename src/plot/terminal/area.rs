//! Areas in cells: each is eight rows high, and has two colours at most, its character's and that behind it.

use super::canvas::{Canvas, Cell};
use super::plane::Plane;
use super::style::{Characters, Paint, Style};
use crate::plot::chart::Line;

/// The highest value in each column.
fn highest(lines: &[Line], plane: &Plane) -> Vec<Option<f64>> {
    let mut highest: Vec<Option<f64>> = vec![None; plane.columns];
    let mut reach = |column: usize, value: f64| {
        if let Some(high) = highest.get_mut(column) {
            *high = Some(high.map_or(value, |high| high.max(value)));
        }
    };
    for line in lines {
        for spot in line.iter().filter(|spot| plane.holds(spot.at)) {
            reach(plane.column(spot.at), spot.value);
        }
        for pair in line.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            // At the edges between two columns it is somewhere on the way.
            let [first, last] = [a, b].map(|spot| plane.across(spot.at, plane.columns));
            let edges = first.ceil().max(0.0)..=last.floor().min(plane.columns as f64);
            let mut edge = *edges.start();
            while edge <= *edges.end() && last > first {
                let value = a.value + (b.value - a.value) * (edge - first) / (last - first);
                reach(edge as usize, value);
                if edge >= 1.0 {
                    reach(edge as usize - 1, value);
                }
                edge += 1.0;
            }
        }
    }
    highest
}

const EIGHTHS: usize = 8;
/// So many eighths of a cell, from below.
const BLOCKS: [char; EIGHTHS + 1] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; EIGHTHS + 1] = [' ', '.', '.', '.', ':', ':', ':', '#', '#'];

/// Paints areas over each other, from the plane's lower edge up to their segments.
pub(super) fn draw<'a>(
    areas: impl Iterator<Item = (Paint, &'a [Line])>,
    plane: &Plane,
    style: Style,
    canvas: &mut Canvas,
) {
    let all = plane.rows * EIGHTHS;
    let mut columns: Vec<Vec<Option<Paint>>> = vec![vec![None; all]; plane.columns];
    for (paint, lines) in areas {
        // Without colours there is one area, whatever it is made of.
        let paint = if style.has_colours() { paint } else { Paint::Text };
        for (column, value) in columns.iter_mut().zip(highest(lines, plane)) {
            let Some(value) = value else { continue };
            let least = usize::from(value > plane.y.from);
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
