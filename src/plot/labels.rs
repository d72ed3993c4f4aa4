//! Labels: the names of the series beside their ends or below the plot, and where the label of a peak has room.

use super::chart::{Entry, Shape};
use super::layout::{AFTER_SWATCH, BETWEEN, LEADER, Legend, Rect, SWATCH, below_width, name_width, spread};
use super::palette::Ink;
use super::pen::{Drawn, Pen};
use super::text::{self, Weight};
use super::words;
use plotters::style::text_anchor::HPos;
use plotters_backend::DrawingBackend;

/// A name farther away from the end of its series than this, in pixels, is better found by its colour than along a line.
const LONGEST_LEADER: f32 = 60.0;

/// Draws the legend.
pub(super) fn draw<DB: DrawingBackend>(entries: &[&Entry], pen: &Pen<DB>) -> Drawn<DB> {
    match *pen.legend {
        Legend::Beside { left, width, row, two_lines } => {
            // A name's swatch, not its middle, stands beside the end of its series.
            let swatch = if two_lines { -1.0 - pen.sizes.name * 0.36 } else { 0.0 };
            let end = |entry: &Entry| entry.end.map(|end| pen.place(0.0, end).1 - swatch);
            let mut rows: Vec<(&Entry, Option<f32>)> = entries.iter().map(|entry| (*entry, end(entry))).collect();
            // Those that ended before have no place of their own and come first; the others stand beside their ends.
            rows.sort_by(|a, b| a.1.unwrap_or(0.0).total_cmp(&b.1.unwrap_or(0.0)));
            let (top, bottom) = (pen.plot.top - 6.0, pen.plot.bottom + 4.0);
            // Of more than fit those are left out that come first and are no total, and their number takes the place of one.
            let room = (((bottom - top) / row) as usize).max(1);
            let left_out = if rows.len() > room { rows.len() + 1 - room } else { 0 };
            let mut to_leave = left_out;
            rows.retain(|(entry, _)| {
                let stays = to_leave == 0 || entry.shape == Shape::StrongLine;
                to_leave -= usize::from(!stays);
                stays
            });
            if left_out > 0 {
                let more = words::more(left_out);
                let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
                pen.text(&more, (left, top + row / 2.0 + pen.sizes.value * 0.36), pen.sizes.value, style)?;
            }
            let top = if left_out > 0 { top + row } else { top };
            let wanted: Vec<_> = rows.iter().map(|row| row.1).collect();
            for ((entry, wanted), place) in rows.iter().zip(spread(&wanted, row, top, bottom)) {
                if let Some(wanted) = wanted.filter(|wanted| (wanted - place).abs() <= LONGEST_LEADER) {
                    leader(entry, wanted + swatch, place + swatch, pen)?;
                }
                beside(entry, (left, place), (width, two_lines), pen)?;
            }
            Ok(())
        }
        Legend::Below { top, row, rows } => below(entries, (top, row, rows), pen),
    }
}

/// A thin line from the end of a series to its name.
fn leader<DB: DrawingBackend>(entry: &Entry, from: f32, to: f32, pen: &Pen<DB>) -> Drawn<DB> {
    let left = pen.plot.right + 3.0;
    let right = pen.plot.right + LEADER - 3.0;
    let knee = [(left, from), (left + 4.0, from), (right - 4.0, to), (right, to)];
    pen.line(&knee, pen.palette.line(entry.ink), 0.75, 1.0)
}

fn swatch<DB: DrawingBackend>(entry: &Entry, left: f32, middle: f32, pen: &Pen<DB>) -> Drawn<DB> {
    let right = left + SWATCH;
    match entry.shape {
        Shape::Area | Shape::SoftArea => {
            let half = SWATCH / 2.0;
            let rect = Rect { left, right, top: middle - half, bottom: middle + half };
            pen.rect(rect, pen.palette.fill(entry.ink), 1.0)
        }
        Shape::DashedLine => {
            let color = pen.palette.line(entry.ink);
            let half = SWATCH * 0.36;
            pen.line(&[(left, middle), (left + half, middle)], color, 1.0, 2.5)?;
            pen.line(&[(right - half, middle), (right, middle)], color, 1.0, 2.5)
        }
        Shape::Line | Shape::StrongLine => {
            pen.line(&[(left, middle), (right, middle)], pen.palette.line(entry.ink), 1.0, 2.5)
        }
    }
}

/// One label: name and pid, and the figures below or behind them. `middle` is the middle of the whole.
fn beside<DB: DrawingBackend>(
    entry: &Entry,
    (left, middle): (f32, f32),
    (width, two_lines): (f32, bool),
    pen: &Pen<DB>,
) -> Drawn<DB> {
    let sizes = pen.sizes;
    let quiet = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
    if two_lines {
        let first = middle - 1.0;
        swatch(entry, left - AFTER_SWATCH - SWATCH, first - sizes.name * 0.36, pen)?;
        name(entry, (left, first), width, pen)?;
        let value = text::fit(&entry.value, sizes.value, Weight::Regular, width);
        return pen.text(&value, (left, first + sizes.value + 4.5), sizes.value, quiet);
    }
    swatch(entry, left - AFTER_SWATCH - SWATCH, middle, pen)?;
    let baseline = middle + sizes.name * 0.36;
    let value = entry.highest.as_deref().unwrap_or_default();
    let value_width = text::width(value, sizes.value, Weight::Regular);
    let room = width - value_width - 8.0;
    let used = name(entry, (left, baseline), room, pen)?;
    pen.text(value, (left + used + 8.0, baseline), sizes.value, quiet)
}

/// A name, and its pid in a lighter type; says how wide they are.
fn name<DB: DrawingBackend>(
    entry: &Entry,
    (left, baseline): (f32, f32),
    room: f32,
    pen: &Pen<DB>,
) -> Result<f32, plotters::drawing::DrawingAreaErrorKind<DB::ErrorType>> {
    let sizes = pen.sizes;
    let whole = (entry.name.clone(), entry.id.clone());
    let mut id = entry.id.as_ref();
    let mut id_width = name_width(&whole, sizes) - text::width(&entry.name, sizes.name, Weight::SemiBold);
    if entry.ink == Ink::Others && name_width(&whole, sizes) > room {
        // What the others are mostly called is told only where there is room.
        (id, id_width) = (None, 0.0);
    }
    let fitted = text::fit(&entry.name, sizes.name, Weight::SemiBold, room - id_width);
    pen.text(&fitted, (left, baseline), sizes.name, (Weight::SemiBold, pen.palette.text, HPos::Left))?;
    let used = text::width(&fitted, sizes.name, Weight::SemiBold);
    if let Some(id) = id {
        let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
        pen.text(id, (left + used + 6.0, baseline), sizes.value, style)?;
    }
    Ok(used + id_width)
}

fn below<DB: DrawingBackend>(entries: &[&Entry], (top, row, rows): (f32, f32, usize), pen: &Pen<DB>) -> Drawn<DB> {
    let (mut x, mut line) = (pen.plot.left, 0);
    let mut places = Vec::new();
    for &entry in entries {
        let whole = (entry.name.clone(), entry.id.clone());
        let width = below_width(&whole, pen.sizes);
        if x > pen.plot.left && x + width - BETWEEN > pen.plot.right {
            (x, line) = (pen.plot.left, line + 1);
        }
        if line < rows {
            places.push((entry, x, top + (line as f32 + 0.5) * row));
        }
        x += width;
    }
    if places.len() < entries.len()
        && rows > 0
        && let Some((_, x, middle)) = places.pop()
    {
        let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
        let more = words::more(entries.len() - places.len());
        pen.text(&more, (x, middle + pen.sizes.name * 0.36), pen.sizes.value, style)?;
    }
    for (entry, x, middle) in places {
        swatch(entry, x, middle, pen)?;
        let at = (x + SWATCH + AFTER_SWATCH, middle + pen.sizes.name * 0.36);
        name(entry, at, 160.0, pen)?;
    }
    Ok(())
}

/// Where the label of a peak at `at` stands: above it, else beside it, inside the plot and clear of those already `taken`.
pub(super) fn peak_place((x, y): (f32, f32), (width, size): (f32, f32), plot: Rect, taken: &[Rect]) -> Option<Rect> {
    let height = size * 1.3;
    let away = size * 0.37 + 4.0;
    let inside = |left: f32| left.clamp(plot.left + 4.0, (plot.right - width - 4.0).max(plot.left + 4.0));
    let candidates = [
        (inside(x - width / 2.0), y - away - height),
        (x - away - width - 3.0, y - height / 2.0),
        (x + away + 3.0, y - height / 2.0),
        (inside(x - width / 2.0), y + away),
    ];
    candidates.into_iter().map(|(left, top)| Rect { left, top, right: left + width, bottom: top + height }).find(
        |place| {
            let in_plot = place.left >= plot.left
                && place.right <= plot.right
                && place.top >= plot.top - 2.0
                && place.bottom <= plot.bottom;
            in_plot && taken.iter().all(|other| !overlaps(place, other))
        },
    )
}

fn overlaps(a: &Rect, b: &Rect) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Rect = Rect { left: 80.0, top: 90.0, right: 1200.0, bottom: 700.0 };

    #[test]
    fn the_label_of_a_peak_stays_in_the_plot() {
        for x in [80.0, 300.0, 1200.0] {
            for y in [91.0, 130.0, 400.0, 700.0] {
                let place = peak_place((x, y), (160.0, 13.0), PLOT, &[]).unwrap();
                assert!(place.left >= PLOT.left && place.right <= PLOT.right, "{x} {y} {place:?}");
                assert!(place.top >= PLOT.top - 2.0 && place.bottom <= PLOT.bottom, "{x} {y} {place:?}");
            }
        }
    }

    #[test]
    fn two_peaks_in_one_place_have_labels_beside_each_other_and_a_tenth_has_none() {
        let mut taken = Vec::new();
        for _ in 0..10 {
            if let Some(place) = peak_place((600.0, 300.0), (160.0, 13.0), PLOT, &taken) {
                assert!(taken.iter().all(|other| !overlaps(&place, other)));
                taken.push(place);
            }
        }
        assert_eq!(taken.len(), 4);
    }
}
