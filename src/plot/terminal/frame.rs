//! Where everything stands in a figure of cells, and what is written around its plot.

use super::area::{self, Plane};
use super::canvas::{Canvas, Cell, fit, width};
use super::line::{self, Pen};
use super::rows::Rows;
use super::style::{Characters, Paint, Style};
use crate::plot::axis::Axis;
use crate::plot::chart::{Band, Chart, Entry, Layer, PeakMark, Shape};

/// Between two entries of the legend, and two parts of the subtitle.
const BETWEEN: usize = 2;
/// What is left of a label in fewer cells than this says nothing.
const LEAST_LABEL: usize = 3;
/// Beside fewer columns than these a plot has no labels.
const LEAST_PLOT: usize = 16;

/// What is drawn with where there are blocks, and where there are none.
struct Signs {
    rest: char,
    upright: char,
    tick: char,
    corner: char,
    across: char,
    below: char,
    grid: char,
    boundary: char,
    peak: char,
    area: char,
    line: char,
}

const BLOCKS: Signs = Signs {
    rest: '…',
    upright: '│',
    tick: '┤',
    corner: '└',
    across: '─',
    below: '┬',
    grid: '┈',
    boundary: '┊',
    peak: '▼',
    area: '█',
    line: '━',
};
const ASCII: Signs = Signs {
    rest: '~',
    upright: '|',
    tick: '+',
    corner: '+',
    across: '-',
    below: '+',
    grid: ' ',
    boundary: ':',
    peak: 'v',
    area: '#',
    line: '=',
};

pub(super) fn draw(chart: &Chart, (columns, all): (usize, usize), style: Style, canvas: &mut Canvas) {
    let signs = if style.characters == Characters::Blocks { &BLOCKS } else { &ASCII };
    let legend: Vec<Named> = chart.entries.iter().map(|entry| named(chart, entry, style, signs)).collect();
    let signed = legend.iter().any(|entry| entry.sign.character != ' ');
    let (wide, abreast) = abreast(&legend, signed, columns);
    let rows = Rows::of(all, !chart.bands.is_empty(), legend.len().div_ceil(abreast));
    headings(chart, rows.headings, columns, signs, canvas);
    let plane = plane(chart, &rows, columns);
    let top = plane.top + plane.rows;
    if plane.rows > 0 {
        plot(chart, &plane, style, signs, canvas);
        axes(chart, &plane, &rows, columns, signs, canvas);
        bands(&chart.bands, &plane, rows.bands, signs, canvas);
        if plane.rows > 2 {
            chart.peaks.iter().for_each(|peak| mark(peak, &plane, signs, canvas));
        }
    }
    let first = top + rows.axis;
    if rows.legend == 1 {
        let mut left = 0;
        for entry in &legend {
            if left > 0 && left + entry.width(signed) > columns {
                break;
            }
            left = entry.write(left, first, signed, canvas) + BETWEEN;
        }
        return;
    }
    for (place, entry) in legend.iter().take(rows.legend * abreast).enumerate() {
        // Below each other, as far as they have rows.
        let (row, column) = (place % rows.legend, place / rows.legend);
        entry.write(column * (wide + BETWEEN), first + row, signed, canvas);
    }
}

fn plane(chart: &Chart, rows: &Rows, columns: usize) -> Plane {
    let labels = chart.y.ticks.iter().map(|tick| width(&tick.label)).max().unwrap_or(0) + 2;
    let left = if rows.plot > 1 && columns >= labels + LEAST_PLOT { labels } else { 0 };
    Plane {
        left,
        top: rows.headings + rows.bands,
        columns: columns - left,
        rows: rows.plot,
        from: chart.x.from,
        to: chart.x.to,
        bottom: chart.y.from,
        ceiling: chart.y.to,
    }
}

/// The title, and below or behind it as much of the subtitle as there is room for, the least important parts left out.
fn headings(chart: &Chart, rows: usize, columns: usize, signs: &Signs, canvas: &mut Canvas) {
    let separator = if signs.rest == '~' { " - " } else { " · " };
    let joined = |room: usize| {
        let count = (1..=chart.subtitle.len()).rev();
        let lines = count.map(|count| chart.subtitle[..count].join(separator));
        lines.into_iter().find(|line| width(line) <= room)
    };
    match rows {
        0 => {}
        1 => {
            // Figures before names.
            let first = chart.subtitle.first().map_or(0, |first| width(first) + BETWEEN);
            let title = fit(&chart.title, columns.saturating_sub(first).max(columns / 3), signs.rest);
            let at = canvas.text(0, 0, &title, Paint::Strong) + BETWEEN;
            let room = columns.saturating_sub(at);
            if let Some(line) = joined(room) {
                canvas.text(at, 0, &line, Paint::Text);
            }
        }
        _ => {
            canvas.text(0, 0, &fit(&chart.title, columns, signs.rest), Paint::Strong);
            let line = joined(columns).or_else(|| Some(fit(chart.subtitle.first()?, columns, signs.rest)));
            canvas.text(0, 1, &line.unwrap_or_default(), Paint::Quiet);
        }
    }
}

fn is_area(layer: &Layer) -> bool {
    matches!(layer.shape, Shape::Area | Shape::SoftArea)
}

fn plot(chart: &Chart, plane: &Plane, style: Style, signs: &Signs, canvas: &mut Canvas) {
    let areas = chart.layers.iter().filter(|layer| is_area(layer));
    let areas = areas.map(|layer| match layer.shape {
        Shape::SoftArea => (Paint::SoftArea(layer.ink), &layer.segments[..]),
        _ => (Paint::Area(layer.ink), &layer.segments[..]),
    });
    area::draw(areas, plane, style, canvas);
    for row in tick_rows(&chart.y, plane).into_iter().flat_map(|(row, _)| row) {
        for column in plane.left..plane.left + plane.columns {
            if canvas.is_empty(column, row) && signs.grid != ' ' {
                canvas.put(column, row, signs.grid, Paint::Quiet);
            }
        }
    }
    // The upper edge of areas is the total, and needs no line.
    let has_areas = chart.layers.iter().any(is_area);
    let lines = chart.layers.iter().filter(|layer| !is_area(layer));
    let lines = lines.filter(|layer| !(has_areas && layer.shape == Shape::StrongLine));
    let lines = lines.map(|layer| (Paint::Line(layer.ink), pen(chart, layer, style), &layer.segments[..]));
    line::draw(lines, plane, canvas);
}

/// Where colours tell lines apart they are fine; else each has a letter, which its name has too.
fn pen(chart: &Chart, layer: &Layer, style: Style) -> Pen {
    let several = chart.layers.iter().filter(|layer| !is_area(layer)).count() > 1;
    if style.characters == Characters::Blocks && (style.has_colours() || !several) {
        return Pen::Dots;
    }
    let place = chart.entries.iter().position(|entry| entry.ink == layer.ink).unwrap_or(0);
    Pen::Letter(letter(place, layer.shape))
}

fn letter(place: usize, shape: Shape) -> char {
    match shape {
        Shape::StrongLine if place == 0 => '*',
        _ => char::from(b'a' + (place % 26) as u8),
    }
}

/// The row of each tick of the axis of values, from the top, and its label; the lowest stands on the axis of time itself.
fn tick_rows<'a>(axis: &'a Axis, plane: &Plane) -> Vec<(Option<usize>, &'a str)> {
    let mut taken = None;
    let mut rows = Vec::new();
    for tick in &axis.ticks {
        let up = plane.up(tick.at, plane.rows).round() as usize;
        let row = up.checked_sub(1).filter(|up| *up < plane.rows).map(|up| plane.top + plane.rows - 1 - up);
        if up > 0 && (row.is_none() || row == taken) {
            continue;
        }
        taken = row;
        rows.push((row, tick.label.as_str()));
    }
    rows
}

fn axes(chart: &Chart, plane: &Plane, rows: &Rows, columns: usize, signs: &Signs, canvas: &mut Canvas) {
    let ground = plane.top + plane.rows;
    if plane.left > 0 {
        let edge = plane.left - 1;
        (plane.top..ground).for_each(|row| canvas.put(edge, row, signs.upright, Paint::Quiet));
        for (row, label) in tick_rows(&chart.y, plane) {
            let row = match row {
                Some(row) => row,
                None if rows.axis == 2 => ground,
                // Beside the lowest row where there is no line below it.
                None => ground - 1,
            };
            canvas.text(edge - 1 - width(label), row, label, Paint::Quiet);
            canvas.put(edge, row, signs.tick, Paint::Quiet);
        }
    }
    if rows.axis == 2 {
        (plane.left..columns).for_each(|column| canvas.put(column, ground, signs.across, Paint::Quiet));
        if plane.left > 0 {
            canvas.put(plane.left - 1, ground, signs.corner, Paint::Quiet);
        }
    }
    if rows.axis == 0 {
        return;
    }
    let mut free = 0;
    for tick in &chart.x.ticks {
        let (column, wide) = (plane.left + plane.column(tick.at), width(&tick.label));
        let left = column.saturating_sub(wide / 2).min(columns.saturating_sub(wide));
        if left < free {
            continue;
        }
        free = canvas.text(left, ground + rows.axis - 1, &tick.label, Paint::Quiet) + BETWEEN;
        if rows.axis == 2 {
            canvas.put(column, ground, signs.below, Paint::Quiet);
        }
    }
}

/// The label of each phase above its time, and where it begins.
fn bands(bands: &[Band], plane: &Plane, rows: usize, signs: &Signs, canvas: &mut Canvas) {
    let mut before = None;
    for (place, band) in bands.iter().enumerate() {
        let column = plane.left + plane.column(band.from);
        let next = bands.get(place + 1).map_or(plane.left + plane.columns, |next| plane.left + plane.column(next.from));
        // Hundreds of marks would become a wall.
        if before.is_some_and(|before| column < before + 2) {
            continue;
        }
        before = Some(column);
        if band.from > plane.from {
            let free = (plane.top..plane.top + plane.rows)
                .filter(|row| canvas.is_empty(column, *row) || is_grid(column, *row, canvas, signs));
            let free: Vec<usize> = free.collect();
            free.into_iter().for_each(|row| canvas.put(column, row, signs.boundary, Paint::Quiet));
        }
        let room = next.saturating_sub(column + 1);
        if rows > 0 && (room >= LEAST_LABEL || width(&band.label) <= room) {
            canvas.text(column, plane.top - 1, &fit(&band.label, room, signs.rest), Paint::Quiet);
        }
    }
}

fn is_grid(column: usize, row: usize, canvas: &Canvas, signs: &Signs) -> bool {
    canvas.character(column, row) == Some(signs.grid)
}

/// The highest point, and what it is, beside it where there is room.
fn mark(peak: &PeakMark, plane: &Plane, signs: &Signs, canvas: &mut Canvas) {
    let paint = peak.ink.map_or(Paint::Peak, Paint::Line);
    let column = plane.left + plane.column(peak.at);
    let up = plane.up(peak.value as f64, plane.rows).ceil().max(0.0) as usize;
    let row = plane.top + (plane.rows - 1).saturating_sub(up);
    canvas.put(column, row, signs.peak, paint);
    let wide = width(&peak.label);
    if column + 2 + wide <= plane.left + plane.columns {
        canvas.text(column + 2, row, &peak.label, paint);
    } else if let Some(left) = column.checked_sub(wide + 1).filter(|left| *left >= plane.left) {
        canvas.text(left, row, &peak.label, paint);
    }
}

/// An entry of the legend.
struct Named {
    sign: Cell,
    name: String,
    figures: String,
}

impl Named {
    fn width(&self, signed: bool) -> usize {
        2 * usize::from(signed) + width(&self.name) + 1 + width(&self.figures)
    }

    /// Where it ends.
    fn write(&self, column: usize, row: usize, signed: bool, canvas: &mut Canvas) -> usize {
        if signed {
            canvas.set(column, row, self.sign);
        }
        let at = canvas.text(column + 2 * usize::from(signed), row, &self.name, Paint::Text);
        canvas.text(at + 1, row, &self.figures, Paint::Quiet)
    }
}

fn named(chart: &Chart, entry: &Entry, style: Style, signs: &Signs) -> Named {
    let layer = chart.layers.iter().rfind(|layer| layer.ink == entry.ink);
    let is_line = layer.is_some_and(|layer| !is_area(layer));
    let has_areas = chart.layers.iter().any(is_area);
    let (character, paint) = match (entry.shape, layer) {
        // What is named and not drawn.
        (_, None) => (' ', Paint::Text),
        (Shape::StrongLine, _) if has_areas => (' ', Paint::Text),
        (_, Some(layer)) if is_line => match pen(chart, layer, style) {
            Pen::Dots => (signs.line, Paint::Line(entry.ink)),
            Pen::Letter(letter) => (letter, Paint::Line(entry.ink)),
        },
        _ if style.has_colours() => (signs.area, Paint::Area(entry.ink)),
        _ => (' ', Paint::Text),
    };
    let id = entry.id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
    let figures = if signs.rest == '~' { entry.value.replace('·', "-") } else { entry.value.clone() };
    Named { sign: Cell { character, paint, behind: None }, name: format!("{}{id}", entry.name), figures }
}

/// How wide an entry is, and how many of them stand side by side.
fn abreast(legend: &[Named], signed: bool, columns: usize) -> (usize, usize) {
    let wide = legend.iter().map(|entry| entry.width(signed)).max().unwrap_or(1).min(columns.max(1));
    (wide, ((columns + BETWEEN) / (wide + BETWEEN)).max(1))
}
