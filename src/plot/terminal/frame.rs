//! Where everything stands in a figure of cells, and what is written above its plots.

use super::canvas::{Canvas, fit, width};
use super::legend::{BETWEEN, Legend};
use super::panel;
use super::plane::Plane;
use super::rows::{Asked, Rows};
use super::signs::Signs;
use super::style::{Paint, Style};
use crate::plot::chart::{Band, Chart, Panel};

/// What is left of a label in fewer cells than this says nothing.
const LEAST_LABEL: usize = 3;
/// Beside fewer columns than these a plot has no labels.
const LEAST_PLOT: usize = 16;

pub(super) fn draw(chart: &Chart, (columns, all): (usize, usize), style: Style, canvas: &mut Canvas) {
    let signs = Signs::of(style.characters);
    let Some(first) = chart.panels.first() else { return };
    let legend = Legend::of(first, style, signs);
    let asked = Asked {
        headline: chart.headline.is_some(),
        bands: !chart.bands.is_empty(),
        panels: chart.panels.len(),
        legend: legend.rows(columns),
    };
    let rows = Rows::of(all, asked);
    headings(chart, &rows, columns, signs, canvas);
    let left = gutter(&chart.panels[..rows.plots.len().max(1)], rows.plots.first().copied().unwrap_or(0), columns);
    let mut top = rows.headings + rows.headline + rows.bands;
    for (place, (panel, rows_of_plot)) in chart.panels.iter().zip(&rows.plots).enumerate() {
        // Above all but the first stands what they show.
        if place > 0 {
            let at = canvas.text(left, top, &panel.caption, Paint::Strong) + BETWEEN;
            Legend::of(panel, style, signs).draw((at, columns), (top, 1), canvas);
            top += 1;
        }
        let plane = Plane { left, top, columns: columns - left, rows: *rows_of_plot, x: &chart.x, y: &panel.y };
        if plane.rows > 0 {
            panel::draw(chart, panel, &plane, style, signs, canvas);
        }
        if place == 0 && rows.bands > 0 {
            labels(&chart.bands, &plane, signs, canvas);
        }
        top += plane.rows;
        if place + 1 == rows.plots.len() {
            panel::time(&plane, rows.axis, columns, signs, canvas);
        }
    }
    legend.draw((0, columns), (top + rows.axis, rows.legend), canvas);
}

/// The labels of the axes of values, and the axes; nothing where that would leave too little.
fn gutter(panels: &[Panel], rows: usize, columns: usize) -> usize {
    let labels = panels.iter().flat_map(|panel| &panel.y.ticks).map(|tick| width(&tick.label)).max().unwrap_or(0) + 2;
    if rows > 1 && columns >= labels + LEAST_PLOT { labels } else { 0 }
}

/// The title, and below or behind it as much of the subtitle as there is room for, the least important parts left out.
fn headings(chart: &Chart, rows: &Rows, columns: usize, signs: &Signs, canvas: &mut Canvas) {
    let parts: Vec<String> = chart.subtitle.iter().map(|part| signs.said(part)).collect();
    let joined = |room: usize| {
        let lines = (1..=parts.len()).rev().map(|count| parts[..count].join(signs.separator));
        lines.into_iter().find(|line| width(line) <= room)
    };
    match rows.headings {
        0 => {}
        1 => {
            // Figures before names.
            let first = parts.first().map_or(0, |first| width(first) + BETWEEN);
            let title = fit(&chart.title, columns.saturating_sub(first).max(columns / 3), signs.rest);
            let at = canvas.text(0, 0, &title, Paint::Strong) + BETWEEN;
            let room = columns.saturating_sub(at);
            let line = joined(room).or_else(|| Some(fit(parts.first()?, room, signs.rest)));
            canvas.text(at, 0, &line.unwrap_or_default(), Paint::Text);
        }
        _ => {
            canvas.text(0, 0, &fit(&chart.title, columns, signs.rest), Paint::Strong);
            let line = joined(columns).or_else(|| Some(fit(parts.first()?, columns, signs.rest)));
            canvas.text(0, 1, &line.unwrap_or_default(), Paint::Quiet);
        }
    }
    if let Some(headline) = chart.headline.as_ref().filter(|_| rows.headline > 0) {
        let paint = if headline.growing { Paint::Peak } else { Paint::Strong };
        canvas.text(0, rows.headings, &fit(&signs.said(&headline.words), columns, signs.rest), paint);
    }
}

/// The label of each phase above its time, and how fast it grew in it.
fn labels(bands: &[Band], plane: &Plane<'_>, signs: &Signs, canvas: &mut Canvas) {
    let Some(row) = plane.top.checked_sub(1) else { return };
    let mut free = plane.left;
    for (place, band) in bands.iter().enumerate() {
        let column = plane.left + plane.column(band.from);
        let next = bands.get(place + 1).map_or(plane.right(), |next| plane.left + plane.column(next.from));
        let room = next.saturating_sub(column + 1);
        if column < free || !(room >= LEAST_LABEL || width(&band.label) <= room) {
            continue;
        }
        let at = canvas.text(column, row, &fit(&band.label, room, signs.rest), Paint::Strong);
        free = at + 1;
        let words = band.rate.iter().map(|words| signs.said(words));
        if let Some(words) = words.into_iter().find(|words| at + 1 + width(words) <= column + room) {
            canvas.text(at + 1, row, &words, if band.growing { Paint::Peak } else { Paint::Quiet });
        }
    }
}
