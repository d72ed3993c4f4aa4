//! Who is who, in cells.

use super::canvas::{Canvas, Cell, width};
use super::line::Pen;
use super::signs::Signs;
use super::style::{Characters, Paint, Style};
use crate::plot::chart::{Entry, Layer, Panel, Shape};

/// Between two entries.
pub(super) const BETWEEN: usize = 2;

pub(super) fn is_area(layer: &Layer) -> bool {
    matches!(layer.shape, Shape::Area | Shape::SoftArea)
}

/// Where colours tell lines apart they are fine; else each has a letter, which its name has too.
pub(super) fn pen(panel: &Panel, layer: &Layer, style: Style, signs: &Signs) -> Pen {
    let blocks = style.characters == Characters::Blocks;
    if layer.shape == Shape::DashedLine {
        return if blocks { Pen::Dashes } else { Pen::Letter(signs.dashes) };
    }
    let is_line = |layer: &&Layer| matches!(layer.shape, Shape::Line | Shape::StrongLine);
    let several = panel.layers.iter().filter(is_line).count() > 1;
    if blocks && (style.has_colours() || !several) {
        return Pen::Dots;
    }
    match panel.entries.iter().position(|entry| entry.ink == layer.ink).unwrap_or(0) {
        0 if layer.shape == Shape::StrongLine => Pen::Letter('*'),
        place => Pen::Letter(char::from(b'a' + (place % 26) as u8)),
    }
}

/// The entries of a panel.
pub(super) struct Legend {
    entries: Vec<Named>,
    /// Some of them have a sign.
    signed: bool,
}

struct Named {
    sign: Cell,
    name: String,
    figures: String,
}

impl Legend {
    pub(super) fn of(panel: &Panel, style: Style, signs: &Signs) -> Self {
        let entries: Vec<Named> = panel.entries.iter().map(|entry| named(panel, entry, style, signs)).collect();
        Self { signed: entries.iter().any(|entry| entry.sign.character != ' '), entries }
    }

    /// How many rows it fills.
    pub(super) fn rows(&self, columns: usize) -> usize {
        let all: usize = self.entries.iter().map(|entry| self.width(entry) + BETWEEN).sum();
        if all <= columns + BETWEEN { 1 } else { self.entries.len().div_ceil(self.abreast(columns)) }
    }

    fn width(&self, entry: &Named) -> usize {
        2 * usize::from(self.signed) + width(&entry.name) + 1 + width(&entry.figures)
    }

    fn widest(&self, columns: usize) -> usize {
        self.entries.iter().map(|entry| self.width(entry)).max().unwrap_or(1).min(columns.max(1))
    }

    fn abreast(&self, columns: usize) -> usize {
        ((columns + BETWEEN) / (self.widest(columns) + BETWEEN)).max(1)
    }

    /// As many as there is room for: one after the other in a single row, below each other in several.
    pub(super) fn draw(&self, (left, columns): (usize, usize), (top, rows): (usize, usize), canvas: &mut Canvas) {
        if rows == 1 {
            let mut at = left;
            for entry in &self.entries {
                if at > left && at + self.width(entry) > columns {
                    return;
                }
                at = self.write(entry, at, top, canvas) + BETWEEN;
            }
            return;
        }
        let (wide, abreast) = (self.widest(columns), self.abreast(columns));
        for (place, entry) in self.entries.iter().take(rows * abreast).enumerate() {
            self.write(entry, left + place / rows * (wide + BETWEEN), top + place % rows, canvas);
        }
    }

    /// Where it ends.
    fn write(&self, entry: &Named, column: usize, row: usize, canvas: &mut Canvas) -> usize {
        if self.signed {
            canvas.set(column, row, entry.sign);
        }
        let at = canvas.text(column + 2 * usize::from(self.signed), row, &entry.name, Paint::Text);
        canvas.text(at + 1, row, &entry.figures, Paint::Quiet)
    }
}

fn named(panel: &Panel, entry: &Entry, style: Style, signs: &Signs) -> Named {
    let layer = panel.layers.iter().rfind(|layer| layer.ink == entry.ink);
    let has_areas = panel.layers.iter().any(is_area);
    let nothing = (' ', Paint::Text);
    let (character, paint) = match layer {
        // What is named and not drawn, and the upper edge of all areas.
        None => nothing,
        Some(_) if has_areas && entry.shape == Shape::StrongLine => nothing,
        Some(layer) if !is_area(layer) => match pen(panel, layer, style, signs) {
            Pen::Dots => (signs.line, Paint::Line(entry.ink)),
            Pen::Dashes => (signs.dashes, Paint::Line(entry.ink)),
            Pen::Letter(letter) => (letter, Paint::Line(entry.ink)),
        },
        _ if style.has_colours() => (signs.area, Paint::Area(entry.ink)),
        _ => nothing,
    };
    let id = entry.id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
    let sign = Cell { character, paint, behind: None };
    Named { sign, name: format!("{}{id}", entry.name), figures: signs.said(&entry.value) }
}
