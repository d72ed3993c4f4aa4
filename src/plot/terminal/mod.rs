//! A figure in the cells of a terminal.

mod area;
mod canvas;
mod frame;
mod legend;
mod line;
mod panel;
mod plane;
mod rows;
mod signs;
mod style;
#[cfg(test)]
mod tests;

pub use style::{Characters, Colours, Style};

use super::chart::Chart;

/// Draws a figure in at most so many columns and exactly so many rows. A line for each row, without what is empty at its end.
pub fn draw_terminal(chart: &Chart, columns: usize, rows: usize, style: Style) -> Vec<String> {
    let mut canvas = canvas::Canvas::new(columns, rows);
    frame::draw(chart, (columns, rows), style, &mut canvas);
    canvas.lines(style)
}
