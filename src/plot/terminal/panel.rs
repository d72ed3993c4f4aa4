//! What is within the axes of a panel, and the axes.

use super::canvas::{Canvas, width};
use super::legend::{BETWEEN, is_area, pen};
use super::plane::Plane;
use super::signs::Signs;
use super::style::{Paint, Style};
use super::{area, line};
use crate::plot::chart::{Band, Chart, Limit, Panel, PeakMark, Shape};

pub(super) fn draw(chart: &Chart, panel: &Panel, plane: &Plane<'_>, style: Style, signs: &Signs, canvas: &mut Canvas) {
    let areas = panel.layers.iter().filter(|layer| is_area(layer));
    area::draw(areas.map(|layer| (Paint::Area(layer.ink), &layer.lines[..])), plane, style, canvas);
    grid(plane, signs, canvas);
    boundaries(&chart.bands, plane, signs, canvas);
    if let Some(limit) = &panel.limit {
        draw_limit(limit, plane, signs, canvas);
    }
    // The upper edge of areas is the total, and needs no line.
    let has_areas = panel.layers.iter().any(is_area);
    let lines = panel.layers.iter().filter(|layer| !is_area(layer));
    let lines = lines.filter(|layer| !(has_areas && layer.shape == Shape::StrongLine));
    line::draw(
        lines.map(|layer| (Paint::Line(layer.ink), pen(panel, layer, style, signs), &layer.lines[..])),
        plane,
        canvas,
    );
    values(plane, signs, canvas);
    if plane.rows > 2 {
        panel.peaks.iter().for_each(|peak| mark(peak, plane, signs, canvas));
    }
}

/// The row of each tick of the axis of values, and its label; the lowest stands on the ground.
fn ticks<'a>(plane: &Plane<'a>) -> Vec<(usize, &'a str)> {
    let mut taken = usize::MAX;
    let mut rows = Vec::new();
    for tick in &plane.y.ticks {
        let lowest = plane.up(tick.at, plane.rows) < 0.5;
        let row = if lowest { Some(plane.ground()) } else { plane.row(tick.at) };
        if let Some(row) = row.filter(|row| *row != taken) {
            taken = row;
            rows.push((row, tick.label.as_str()));
        }
    }
    rows
}

fn grid(plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    if signs.grid == ' ' {
        return;
    }
    for (row, _) in ticks(plane).into_iter().filter(|(row, _)| *row < plane.ground()) {
        for column in plane.left..plane.right() {
            if canvas.is_empty(column, row) {
                canvas.put(column, row, signs.grid, Paint::Quiet);
            }
        }
    }
}

/// Nothing is drawn there but perhaps the grid.
fn is_free(column: usize, row: usize, signs: &Signs, canvas: &Canvas) -> bool {
    canvas.is_empty(column, row) || canvas.character(column, row) == Some(signs.grid)
}

/// Where phases begin.
fn boundaries(bands: &[Band], plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    let mut before = None;
    for band in bands.iter().filter(|band| band.from > plane.x.from) {
        let column = plane.left + plane.column(band.from);
        // Hundreds of marks would become a wall.
        if before.is_some_and(|before| column < before + 2) {
            continue;
        }
        before = Some(column);
        for row in plane.top..plane.ground() {
            if is_free(column, row, signs, canvas) {
                canvas.put(column, row, signs.boundary, Paint::Quiet);
            }
        }
    }
}

/// The line that must not be passed, its words at its right end.
fn draw_limit(limit: &Limit, plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    let inside = plane.row(limit.value);
    let row = inside.unwrap_or(plane.top);
    if inside.is_some() {
        for column in plane.left..plane.right() {
            if is_free(column, row, signs, canvas) {
                canvas.put(column, row, signs.limit, Paint::Text);
            }
        }
    }
    let label = signs.said(&limit.label);
    if let Some(left) = plane.right().checked_sub(width(&label)).filter(|left| *left >= plane.left) {
        canvas.text(left, row, &label, Paint::Text);
    }
}

/// The axis of values, where there is room for it.
fn values(plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    let Some(edge) = plane.left.checked_sub(1) else { return };
    (plane.top..plane.ground()).for_each(|row| canvas.put(edge, row, signs.upright, Paint::Quiet));
    for (row, label) in ticks(plane) {
        // Beside the lowest row: below it there may be another panel.
        let row = row.min(plane.ground() - 1);
        if let Some(left) = edge.checked_sub(1 + width(label)) {
            canvas.text(left, row, &signs.said(label), Paint::Quiet);
            canvas.put(edge, row, signs.tick, Paint::Quiet);
        }
    }
}

/// The axis of time, below the last panel, in so many rows.
pub(super) fn time(plane: &Plane<'_>, rows: usize, columns: usize, signs: &Signs, canvas: &mut Canvas) {
    let ground = plane.ground();
    if rows == 2 {
        (plane.left..columns).for_each(|column| canvas.put(column, ground, signs.across, Paint::Quiet));
        if let Some(edge) = plane.left.checked_sub(1) {
            canvas.put(edge, ground, signs.corner, Paint::Quiet);
        }
    }
    if rows == 0 {
        return;
    }
    let mut free = 0;
    for tick in &plane.x.ticks {
        let (column, wide) = (plane.left + plane.column(tick.at), width(&tick.label));
        let left = column.saturating_sub(wide / 2).min(columns.saturating_sub(wide));
        if left < free {
            continue;
        }
        free = canvas.text(left, ground + rows - 1, &tick.label, Paint::Quiet) + BETWEEN;
        if rows == 2 {
            canvas.put(column, ground, signs.below, Paint::Quiet);
        }
    }
}

/// The highest point, and what it is, beside it where there is room.
fn mark(peak: &PeakMark, plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    let paint = peak.ink.map_or(Paint::Peak, Paint::Line);
    let column = plane.left + plane.column(peak.at);
    let up = plane.up(peak.value, plane.rows).ceil().max(0.0) as usize;
    let row = plane.top + (plane.rows - 1).saturating_sub(up);
    canvas.put(column, row, signs.peak, paint);
    let label = signs.said(&peak.label);
    let wide = width(&label);
    if column + 2 + wide <= plane.right() {
        canvas.text(column + 2, row, &label, paint);
    } else if let Some(left) = column.checked_sub(wide + 1).filter(|left| *left >= plane.left) {
        canvas.text(left, row, &label, paint);
    }
}
