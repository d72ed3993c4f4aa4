//! Lines in cells: of braille, whose dots are two by four in each; of letters, where colours cannot tell one line from another.

use super::canvas::{Canvas, Cell};
use super::plane::Plane;
use super::style::Paint;
use crate::plot::chart::Line;
use std::collections::BTreeMap;

/// Dots of braille in a cell.
const ACROSS: usize = 2;
const UP: usize = 4;
/// Unicode's U+2800 and the bits of its dots, from the top left.
const BRAILLE: u32 = 0x2800;
const DOTS: [[u32; ACROSS]; UP] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// With what a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pen {
    Dots,
    /// Every other pair of dots.
    Dashes,
    Letter(char),
}

/// Draws lines, the later over the earlier.
pub(super) fn draw<'a>(lines: impl Iterator<Item = (Paint, Pen, &'a [Line])>, plane: &Plane, canvas: &mut Canvas) {
    let mut cells: BTreeMap<(usize, usize), (u32, Paint)> = BTreeMap::new();
    for (paint, pen, series) in lines {
        let (across, up) = if matches!(pen, Pen::Letter(_)) { (1, 1) } else { (ACROSS, UP) };
        let (columns, rows) = (plane.columns * across, plane.rows * up);
        let mut dot = |x: usize, y: usize| {
            if x >= columns || y >= rows {
                return;
            }
            let (column, row) = (plane.left + x / across, plane.top + (rows - 1 - y) / up);
            match pen {
                Pen::Letter(letter) => {
                    cells.remove(&(column, row));
                    canvas.put(column, row, letter, paint);
                }
                Pen::Dashes if x / 2 % 2 == 1 => {}
                Pen::Dots | Pen::Dashes => {
                    let bit = DOTS[(rows - 1 - y) % up][x % across];
                    let cell = cells.entry((column, row)).or_insert((0, paint));
                    *cell = (cell.0 | bit, paint);
                }
            }
        };
        for line in series {
            let place = |at: f64, value: f64| {
                let x = plane.across(at, columns).min(columns as f64 - 1.0);
                (x.floor() as i64, plane.up(value, rows).min(rows as f64 - 1.0).floor() as i64)
            };
            let places: Vec<_> = line.iter().map(|spot| place(spot.at, spot.value)).collect();
            if let [(x, y)] = places[..] {
                stroke((x, y), (x, y), &mut dot);
            }
            places.windows(2).for_each(|pair| stroke(pair[0], pair[1], &mut dot));
        }
    }
    for ((column, row), (bits, paint)) in cells {
        let character = char::from_u32(BRAILLE + bits).unwrap_or('*');
        // What is behind it stays where that fills the cell.
        let behind = canvas.filling(column, row);
        canvas.set(column, row, Cell { character, paint, behind });
    }
}

/// All dots from one to another (Bresenham 1965).
fn stroke((mut x, mut y): (i64, i64), (to_x, to_y): (i64, i64), dot: &mut impl FnMut(usize, usize)) {
    let (across, up) = ((to_x - x).abs(), -(to_y - y).abs());
    let (step_x, step_y) = ((to_x - x).signum(), (to_y - y).signum());
    let mut error = across + up;
    loop {
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
            dot(x, y);
        }
        if (x, y) == (to_x, to_y) {
            return;
        }
        let twice = 2 * error;
        if twice >= up {
            error += up;
            x += step_x;
        }
        if twice <= across {
            error += across;
            y += step_y;
        }
    }
}
