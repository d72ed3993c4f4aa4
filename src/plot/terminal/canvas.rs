//! A grid of cells, which becomes lines of text.

use super::style::{Paint, Style};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthChar;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) paint: Paint,
    /// What is behind the character, where that is not the terminal's own ground.
    pub(super) behind: Option<Paint>,
}

const EMPTY: Cell = Cell { character: ' ', paint: Paint::Text, behind: None };
/// The second cell of a wide character.
const TAKEN: char = '\0';

#[derive(Debug)]
pub(super) struct Canvas {
    columns: usize,
    cells: Vec<Cell>,
    /// Marks that are written over the character of a cell and take no room.
    marks: BTreeMap<(usize, usize), String>,
}

impl Canvas {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, cells: vec![EMPTY; columns * rows], marks: BTreeMap::new() }
    }

    /// What is beyond the edges is not drawn.
    pub(super) fn set(&mut self, column: usize, row: usize, cell: Cell) {
        if column < self.columns
            && let Some(place) = self.cells.get_mut(row * self.columns + column)
        {
            *place = cell;
        }
    }

    /// A character over what is behind.
    pub(super) fn put(&mut self, column: usize, row: usize, character: char, paint: Paint) {
        self.set(column, row, Cell { character, paint, behind: None });
    }

    pub(super) fn is_empty(&self, column: usize, row: usize) -> bool {
        column < self.columns && self.cells.get(row * self.columns + column) == Some(&EMPTY)
    }

    pub(super) fn character(&self, column: usize, row: usize) -> Option<char> {
        self.cells.get(row * self.columns + column).map(|cell| cell.character)
    }

    /// What fills a cell, if something does.
    pub(super) fn filling(&self, column: usize, row: usize) -> Option<Paint> {
        let cell = self.cells.get(row * self.columns + column)?;
        (cell.character == '█').then_some(cell.paint).or(cell.behind)
    }

    /// Writes `text` up to the right edge. Where it ends.
    pub(super) fn text(&mut self, column: usize, row: usize, text: &str, paint: Paint) -> usize {
        let mut at = column;
        for character in text.chars() {
            match character.width() {
                None => {}
                Some(0) if at > column => self.marks.entry((row, at - 1)).or_default().push(character),
                Some(0) => {}
                Some(wide) if at + wide > self.columns => break,
                Some(wide) => {
                    self.put(at, row, character, paint);
                    (1..wide).for_each(|more| self.put(at + more, row, TAKEN, paint));
                    at += wide;
                }
            }
        }
        at
    }

    /// Each row without what is empty at its end.
    pub(super) fn lines(&self, style: Style) -> Vec<String> {
        if self.columns == 0 {
            return Vec::new();
        }
        self.cells.chunks(self.columns).enumerate().map(|(row, cells)| self.line(row, cells, style)).collect()
    }

    fn line(&self, row: usize, cells: &[Cell], style: Style) -> String {
        let length = cells.iter().rposition(|cell| *cell != EMPTY).map_or(0, |last| last + 1);
        let mut line = String::new();
        let mut now = String::new();
        let mut is_behind = false;
        for (column, cell) in cells[..length].iter().enumerate() {
            if cell.character == TAKEN {
                continue;
            }
            let behind = cell.behind.map(|behind| style.sequence(behind, true)).unwrap_or_default();
            let before = style.sequence(cell.paint, false);
            let wanted = match (before.is_empty(), behind.is_empty()) {
                // Nothing of a blank is seen but what is behind it.
                (_, true) if cell.character == ' ' && !is_behind => now.clone(),
                (true, _) => behind.clone(),
                (_, true) => before,
                _ => format!("{before};{behind}"),
            };
            is_behind = !behind.is_empty();
            if wanted != now {
                line.push_str(&format!("\x1b[0{}{wanted}m", if wanted.is_empty() { "" } else { ";" }));
                now = wanted;
            }
            line.push(cell.character);
            line.push_str(self.marks.get(&(row, column)).map_or("", String::as_str));
        }
        if !now.is_empty() {
            line.push_str("\x1b[0m");
        }
        line
    }
}

/// How many cells `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// `text` in so many cells, what does not fit left out behind `…`, or `~` where there is no such character.
pub(super) fn fit(text: &str, cells: usize, rest: char) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut room = cells.saturating_sub(1);
    let mut kept = String::new();
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if wide > room {
            break;
        }
        room -= wide;
        kept.push(character);
    }
    if cells > 0 {
        kept.push(rest);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::style::{Characters, Colours};
    use super::*;
    use crate::plot::{Ink, Theme};

    const STYLE: Style = Style { characters: Characters::Blocks, colours: Colours::Palette, theme: Theme::Dark };

    #[test]
    fn rows_become_lines_in_which_a_colour_is_said_once() {
        let mut canvas = Canvas::new(10, 3);
        let end = canvas.text(1, 0, "strong", Paint::Strong);
        canvas.text(end + 1, 0, "plain and cut", Paint::Text);
        canvas.set(0, 1, Cell { character: '▄', paint: Paint::Area(Ink::Rank(0)), behind: Some(Paint::Peak) });
        assert_eq!(canvas.lines(STYLE), [" \x1b[0;1mstrong \x1b[0mpl", "\x1b[0;38;5;24;48;5;204m▄\x1b[0m", ""]);
        let plain = Style { colours: Colours::Plain, ..STYLE };
        assert_eq!(canvas.lines(plain), [" strong pl", "▄", ""]);
    }

    #[test]
    fn wide_characters_take_two_cells_and_marks_none() {
        let mut canvas = Canvas::new(6, 1);
        assert_eq!(canvas.text(0, 0, "e\u{301}数据xx", Paint::Text), 6);
        assert_eq!(canvas.lines(STYLE), ["e\u{301}数据x"]);
        assert_eq!(width("e\u{301}数据"), 5);
        assert_eq!(fit("数据数据", 4, '…'), "数…");
        assert_eq!(fit("数据", 4, '…'), "数据");
        assert_eq!(fit("abc", 0, '…'), "");
    }
}
