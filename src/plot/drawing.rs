//! From a [`Chart`] to marks on a plotters backend.

use super::chart::{Band, Chart, Entry, Panel, PanelKind, Shape};
use super::layout::{Layout, Legend, Parts, Rect};
use super::palette::Palette;
use super::pen::{Drawn, HAIRLINE, Pen, sharp};
use super::text::{self, Weight};
use super::{Options, labels};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::text_anchor::HPos;
use plotters_backend::DrawingBackend;
use std::borrow::Cow;

/// Draws the whole figure.
pub(super) fn draw<DB: DrawingBackend>(chart: &Chart, options: &Options, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
    let layout = Layout::new(options.size, &Parts::of(chart));
    let palette = Palette::of(options.theme);
    area.fill(&palette.background)?;
    for (place, panel) in chart.panels.iter().enumerate() {
        let pen = Pen::of(panel, &chart.x, (&layout, place), palette, area);
        if place == 0 {
            headings(chart, &layout, &pen)?;
            band_labels(&chart.bands, &layout, &pen)?;
        }
        draw_panel(chart, panel, place + 1 == chart.panels.len(), &pen)?;
    }
    Ok(())
}

fn draw_panel<DB: DrawingBackend>(chart: &Chart, panel: &Panel, is_last: bool, pen: &Pen<DB>) -> Drawn<DB> {
    let is_area = |shape| matches!(shape, Shape::Area | Shape::SoftArea);
    shades(&chart.bands, pen)?;
    for layer in panel.layers.iter().filter(|layer| is_area(layer.shape)) {
        pen.area_of(layer)?;
    }
    grid(chart, panel, pen)?;
    band_boundaries(&chart.bands, panel.kind, pen)?;
    for layer in panel.layers.iter().filter(|layer| !is_area(layer.shape)) {
        pen.line_of(layer)?;
    }
    let limit = limit(panel, pen)?;
    time_labels(chart, is_last, pen)?;
    if panel.kind == PanelKind::Rates {
        band_counts(&chart.bands, pen)?;
    }
    if !panel.caption.is_empty() {
        let style = (Weight::SemiBold, pen.palette.quiet_text, HPos::Left);
        pen.text(&panel.caption, (pen.plot.left, pen.plot.top - 6.0), pen.sizes.tick, style)?;
    }
    peaks(panel, limit, pen)?;
    match (panel.kind, pen.legend) {
        // One legend for all panels: growth has the colours of memory.
        (PanelKind::Memory, Legend::Below { .. }) => {
            let others = chart.panels.iter().filter(|panel| panel.kind == PanelKind::Rates);
            let entries: Vec<&Entry> = panel.entries.iter().chain(others.flat_map(|panel| &panel.entries)).collect();
            labels::draw(&entries, pen)
        }
        _ => labels::draw(&panel.entries.iter().collect::<Vec<_>>(), pen),
    }
}

fn headings<DB: DrawingBackend>(chart: &Chart, layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (sizes, left) = (pen.sizes, pen.plot.left);
    let room = pen.size.0 - left - sizes.margin;
    let title = text::fit(&chart.title, sizes.title, Weight::SemiBold, room);
    let style = (Weight::SemiBold, pen.palette.text, HPos::Left);
    pen.text(&title, (left, layout.title_baseline), sizes.title, style)?;
    // The least important parts go where there is no room for all.
    let joined = |count: usize| chart.subtitle[..count].join("  ·  ");
    let wide = |line: &str| text::width(line, sizes.subtitle, Weight::Regular) > room;
    let count = (1..=chart.subtitle.len()).rev().find(|count| !wide(&joined(*count))).unwrap_or(1);
    let line = joined(count.min(chart.subtitle.len()));
    let line = text::fit(&line, sizes.subtitle, Weight::Regular, room);
    let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
    pen.text(&line, (left, layout.subtitle_baseline), sizes.subtitle, style)?;
    let (Some(headline), Some(baseline)) = (&chart.headline, layout.headline_baseline) else { return Ok(()) };
    let color = if headline.growing { pen.palette.peak } else { pen.palette.text };
    let words = text::fit(&headline.words, sizes.subtitle, Weight::SemiBold, room);
    pen.text(&words, (left, baseline), sizes.subtitle, (Weight::SemiBold, color, HPos::Left))
}

fn grid<DB: DrawingBackend>(chart: &Chart, panel: &Panel, pen: &Pen<DB>) -> Drawn<DB> {
    let (plot, sizes, palette) = (pen.plot, pen.sizes, pen.palette);
    for tick in &panel.y.ticks {
        let y = pen.place(chart.x.from, tick.at).1;
        // Over the areas, and faint, so that a value can be read inside of them too.
        let alpha = match tick.at {
            0.0 if panel.y.from < 0.0 => 0.35,
            at if at > panel.y.from => 0.09,
            _ => 0.0,
        };
        if alpha > 0.0 {
            pen.line(&[(plot.left, sharp(y)), (plot.right, sharp(y))], palette.text, alpha, HAIRLINE)?;
        }
        let style = (Weight::Regular, palette.quiet_text, HPos::Right);
        pen.text(&tick.label, (plot.left - 10.0, y + sizes.tick * 0.36), sizes.tick, style)?;
    }
    let ground = sharp(plot.bottom);
    pen.line(&[(plot.left, ground), (plot.right, ground)], palette.axis, 1.0, HAIRLINE)
}

/// The ticks of time below each panel, their labels below the last.
fn time_labels<DB: DrawingBackend>(chart: &Chart, is_last: bool, pen: &Pen<DB>) -> Drawn<DB> {
    let ground = sharp(pen.plot.bottom);
    for tick in &chart.x.ticks {
        let x = pen.place(tick.at, 0.0).0;
        pen.line(&[(sharp(x), ground), (sharp(x), ground + 5.0)], pen.palette.axis, 1.0, HAIRLINE)?;
        if is_last {
            let style = (Weight::Regular, pen.palette.quiet_text, HPos::Center);
            let half = text::width(&tick.label, pen.sizes.tick, Weight::Regular) / 2.0;
            let x = x.min(pen.size.0 - half - 4.0);
            pen.text(&tick.label, (x, pen.plot.bottom + pen.sizes.tick + 9.0), pen.sizes.tick, style)?;
        }
    }
    Ok(())
}

/// What is left of a label in fewer pixels than this says nothing.
const LEAST_LABEL: f32 = 36.0;

/// From the boundary of a phase to what is written in it.
const INDENT: f32 = 5.0;

fn span_of<DB: DrawingBackend>(band: &Band, pen: &Pen<DB>) -> (f32, f32) {
    (pen.place(band.from, 0.0).0, pen.place(band.to, 0.0).0)
}

/// From where to where something can be written about a band: phases with an end of their own may lie within each other.
fn room_of<DB: DrawingBackend>(bands: &[Band], place: usize, pen: &Pen<DB>) -> (f32, f32) {
    let (left, right) = span_of(&bands[place], pen);
    let next = bands.get(place + 1).map_or(right, |next| span_of(next, pen).0);
    (left, right.min(next))
}

fn shades<DB: DrawingBackend>(bands: &[Band], pen: &Pen<DB>) -> Drawn<DB> {
    for band in bands.iter().filter(|band| band.shaded) {
        let (left, right) = span_of(band, pen);
        pen.rect(Rect { left, right, ..pen.plot }, pen.palette.band, 1.0)?;
    }
    Ok(())
}

/// The first of these that is not too wide.
fn fitting(words: &[String], size: f32, room: f32) -> Option<&String> {
    words.iter().find(|words| text::width(words, size, Weight::Regular) <= room)
}

/// The labels of the phases above the first panel, and how fast it grew in each.
fn band_labels<DB: DrawingBackend>(bands: &[Band], layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let size = pen.sizes.tick;
    for (place, band) in bands.iter().enumerate() {
        let (left, right) = room_of(bands, place, pen);
        let room = right - left - 2.0 * INDENT;
        let label = match room >= LEAST_LABEL || text::width(&band.label, size, Weight::SemiBold) <= room {
            true => text::fit(&band.label, size, Weight::SemiBold, room),
            false => Cow::Borrowed(""),
        };
        let style = (Weight::SemiBold, pen.palette.text, HPos::Left);
        pen.text(&label, (left + INDENT, layout.band_label_baseline), size, style)?;
        if let (Some(rate), Some(baseline)) = (fitting(&band.rate, size, room), layout.band_rate_baseline) {
            let color = if band.growing { pen.palette.peak } else { pen.palette.quiet_text };
            pen.text(rate, (left + INDENT, baseline), size, (Weight::Regular, color, HPos::Left))?;
        }
    }
    Ok(())
}

/// What was counted in each phase, above its rates.
fn band_counts<DB: DrawingBackend>(bands: &[Band], pen: &Pen<DB>) -> Drawn<DB> {
    let caption = text::width("per second", pen.sizes.tick, Weight::SemiBold) + 16.0;
    for (place, band) in bands.iter().enumerate() {
        let (left, right) = room_of(bands, place, pen);
        // The caption of the panel stands at the left.
        let left = (left + INDENT).max(pen.plot.left + caption);
        let Some(counts) = fitting(&band.counts, pen.sizes.tick, right - left - INDENT) else { continue };
        let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
        pen.text(counts, (left, pen.plot.top - 6.0), pen.sizes.tick, style)?;
    }
    Ok(())
}

fn band_boundaries<DB: DrawingBackend>(bands: &[Band], kind: PanelKind, pen: &Pen<DB>) -> Drawn<DB> {
    let above = if kind == PanelKind::Memory { pen.sizes.tick + 4.0 } else { 0.0 };
    let mut before = f32::MIN;
    for band in bands {
        let x = sharp(span_of(band, pen).0);
        // Hundreds of marks would become a wall.
        if x - before >= 8.0 {
            pen.line(&[(x, pen.plot.top - above), (x, pen.plot.bottom)], pen.palette.boundary, 0.7, HAIRLINE)?;
            before = x;
        }
    }
    Ok(())
}

/// The line that must not be passed, its words above it at the left. Gives where these stand.
fn limit<DB: DrawingBackend>(
    panel: &Panel,
    pen: &Pen<DB>,
) -> Result<Option<Rect>, DrawingAreaErrorKind<DB::ErrorType>> {
    let Some(limit) = &panel.limit else { return Ok(None) };
    let y = sharp(pen.place(0.0, limit.value).1);
    let is_inside = limit.value < panel.y.to;
    if is_inside {
        pen.dashes(&[(pen.plot.left, y), (pen.plot.right, y)], pen.palette.text, 1.2)?;
    }
    let size = pen.sizes.tick;
    // Below it where there is no room above.
    let baseline = if is_inside && y - size > pen.plot.top { y - 5.0 } else { y + size + 3.0 };
    let left = pen.plot.left + 6.0;
    let right = left + text::width(&limit.label, size, Weight::Regular);
    let place = Rect { left: left - 3.0, right: right + 3.0, top: baseline - size, bottom: baseline + 3.0 };
    pen.rect(place, pen.palette.background, 0.75)?;
    pen.text(&limit.label, (left, baseline), size, (Weight::Regular, pen.palette.text, HPos::Left))?;
    Ok(Some(place))
}

fn peaks<DB: DrawingBackend>(panel: &Panel, limit: Option<Rect>, pen: &Pen<DB>) -> Drawn<DB> {
    let size = pen.sizes.peak;
    let mut taken: Vec<Rect> = limit.into_iter().collect();
    for peak in &panel.peaks {
        let (x, y) = pen.place(peak.at, peak.value);
        let color = peak.ink.map_or(pen.palette.peak, |ink| pen.palette.line(ink));
        pen.dot((x, y), size * 0.37 + 1.5, pen.palette.background)?;
        pen.dot((x, y), size * 0.37, color)?;
        pen.dot((x, y), size * 0.37 - 2.0, pen.palette.background)?;
        let width = text::width(&peak.label, size, Weight::SemiBold);
        let Some(place) = labels::peak_place((x, y), (width, size), pen.plot, &taken) else { continue };
        taken.push(place);
        let halo = Rect { left: place.left - 3.0, right: place.right + 3.0, ..place };
        pen.rect(halo, pen.palette.background, 0.85)?;
        let style = (Weight::SemiBold, color, HPos::Left);
        pen.text(&peak.label, (place.left, place.bottom - size * 0.28), size, style)?;
    }
    Ok(())
}
