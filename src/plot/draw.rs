//! From a [`Chart`] to marks on a plotters backend. Coordinates are sixteenths of a pixel, because plotters counts in whole numbers.

use super::chart::{Band, Chart, Layer, PeakMark, Shape};
use super::labels;
use super::layout::{Layout, Rect};
use super::palette::Palette;
use super::text::{self, Weight};
use super::{Options, legend::EntryName};
use crate::analysis::Segment;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::Cartesian2d;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, ShapeStyle, TextStyle};
use plotters_backend::DrawingBackend;

/// Units of a plotters coordinate per pixel of the figure.
pub(super) const UNITS: i32 = 16;

/// Widths of lines in pixels.
const HAIRLINE: f32 = 1.0;
const LINE: f32 = 1.5;
const STRONG_LINE: f32 = 2.0;
/// A line that goes up and down in every pixel column is a band already; more width would only blot it.
const DENSE_LINE: f32 = 1.1;

pub(super) type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// A pixel coordinate in units.
fn units(pixels: f32) -> i32 {
    (pixels * UNITS as f32).round() as i32
}

/// Whether there are so many points that the line is a band.
fn is_dense(points: &[(i32, i32)]) -> bool {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return false };
    points.len() > 50 && points.len() as i64 * i64::from(UNITS) > 2 * i64::from(last.0 - first.0)
}

/// Draws in pixels of the figure, with the colours of a theme.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    pub(super) palette: &'static Palette,
    plane: DrawingArea<DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

/// Draws the whole figure.
pub(super) fn draw<DB: DrawingBackend>(chart: &Chart, options: &Options, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
    let names: Vec<EntryName> = chart.entries.iter().map(|entry| (entry.name.clone(), entry.id.clone())).collect();
    let layout = Layout::new(options.size, &names, !chart.bands.is_empty(), chart.unit);
    let plot = layout.plot;
    let plane = Cartesian2d::new(
        chart.x.from..chart.x.to,
        chart.y.from..chart.y.to,
        (units(plot.left)..units(plot.right), units(plot.bottom)..units(plot.top)),
    );
    let pen = Pen { area, palette: Palette::of(options.theme), plane: area.apply_coord_spec(plane) };
    area.fill(&pen.palette.background)?;
    headings(chart, &layout, &pen)?;
    bands(&chart.bands, &layout, &pen)?;
    for layer in chart.layers.iter().filter(|layer| matches!(layer.shape, Shape::Area | Shape::SoftArea)) {
        pen.area_of(layer, &layout)?;
    }
    grid(chart, &layout, &pen)?;
    band_boundaries(&chart.bands, &layout, &pen)?;
    for layer in chart.layers.iter().filter(|layer| matches!(layer.shape, Shape::Line | Shape::StrongLine)) {
        pen.line_of(layer)?;
    }
    peaks(&chart.peaks, &layout, &pen)?;
    labels::draw(&chart.entries, &layout, &pen)
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    /// Where a value at a moment stands, in pixels.
    pub(super) fn place(&self, at: f64, value: f64) -> (f32, f32) {
        let (x, y) = self.plane.map_coordinate(&(at, value));
        (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
    }

    pub(super) fn line(&self, points: &[(f32, f32)], color: RGBColor, alpha: f64, width: f32) -> Drawn<DB> {
        let points: Vec<_> = points.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        let style = ShapeStyle { color: color.mix(alpha), filled: false, stroke_width: units(width).unsigned_abs() };
        self.area.draw(&PathElement::new(points, style))
    }

    pub(super) fn rect(&self, rect: Rect, color: RGBColor, alpha: f64) -> Drawn<DB> {
        let corners = [(units(rect.left), units(rect.top)), (units(rect.right), units(rect.bottom))];
        self.area.draw(&Rectangle::new(corners, color.mix(alpha).filled()))
    }

    pub(super) fn dot(&self, (x, y): (f32, f32), radius: f32, color: RGBColor) -> Drawn<DB> {
        self.area.draw(&Circle::new((units(x), units(y)), units(radius).unsigned_abs(), color.filled()))
    }

    /// `text` on the baseline `y`.
    pub(super) fn text(&self, text: &str, (x, y): (f32, f32), size: f32, style: (Weight, RGBColor, HPos)) -> Drawn<DB> {
        let (weight, color, side) = style;
        let font_style = if weight == Weight::SemiBold { FontStyle::Bold } else { FontStyle::Normal };
        let font = ("Inter, sans-serif", f64::from(size) * f64::from(UNITS), font_style);
        let style = TextStyle::from(font).color(&color).pos(Pos::new(side, VPos::Bottom));
        self.area.draw(&Text::new(text, (units(x), units(y)), style))
    }

    fn area_of(&self, layer: &Layer, layout: &Layout) -> Drawn<DB> {
        let color = self.palette.fill(layer.ink);
        let alpha = if layer.shape == Shape::SoftArea { 0.30 } else { 1.0 };
        for segment in &layer.segments {
            let mut edge = self.points(segment);
            let (Some(first), Some(last)) = (edge.first().copied(), edge.last().copied()) else { continue };
            if last.0 - first.0 < 2 * UNITS {
                // One tick alone has no width, but it was there.
                let height = edge.iter().map(|point| point.1).min().unwrap_or(first.1);
                edge = vec![(first.0 - 2 * UNITS, height), (last.0 + 2 * UNITS, height)];
            }
            let dense = is_dense(&edge);
            let ground = units(layout.plot.bottom);
            let corners = [(edge[edge.len() - 1].0, ground), (edge[0].0, ground)];
            let outline: Vec<_> = edge.iter().copied().chain(corners).collect();
            self.area.draw(&Polygon::new(outline, color.mix(alpha).filled()))?;
            if layer.shape == Shape::Area {
                // A thin light edge tells neighbours apart whose colours look alike to somebody.
                let alpha = if dense { 0.25 } else { 0.6 };
                let style = ShapeStyle { color: self.palette.background.mix(alpha), filled: false, stroke_width: 12 };
                self.area.draw(&PathElement::new(edge, style))?;
            }
        }
        Ok(())
    }

    fn line_of(&self, layer: &Layer) -> Drawn<DB> {
        let color = self.palette.line(layer.ink);
        for segment in &layer.segments {
            let points = self.points(segment);
            let width = match layer.shape {
                _ if is_dense(&points) => DENSE_LINE,
                Shape::StrongLine => STRONG_LINE,
                _ => LINE,
            };
            match points[..] {
                [] => {}
                [(x, y)] => self.dot((x as f32 / UNITS as f32, y as f32 / UNITS as f32), width * 1.4, color)?,
                _ => {
                    let style =
                        ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(width).unsigned_abs() };
                    self.area.draw(&PathElement::new(points, style))?;
                }
            }
        }
        Ok(())
    }

    fn points(&self, segment: &Segment) -> Vec<(i32, i32)> {
        segment.iter().map(|point| self.plane.map_coordinate(&(point.at, point.value as f64))).collect()
    }
}

fn headings<DB: DrawingBackend>(chart: &Chart, layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (sizes, left) = (layout.sizes, layout.plot.left);
    let room = layout.size.0 - left - sizes.margin;
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
    pen.text(&line, (left, layout.subtitle_baseline), sizes.subtitle, style)
}

/// The middle of the pixel that holds `at`: where a line of one pixel is sharp.
fn sharp(at: f32) -> f32 {
    at.floor() + 0.5
}

fn grid<DB: DrawingBackend>(chart: &Chart, layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (plot, sizes, palette) = (layout.plot, layout.sizes, pen.palette);
    for tick in &chart.y.ticks {
        let y = pen.place(chart.x.from, tick.at).1;
        if tick.at > 0.0 {
            // Over the areas, and faint, so that a value can be read inside of them too.
            pen.line(&[(plot.left, sharp(y)), (plot.right, sharp(y))], palette.text, 0.09, HAIRLINE)?;
        }
        let style = (Weight::Regular, palette.quiet_text, HPos::Right);
        pen.text(&tick.label, (plot.left - 10.0, y + sizes.tick * 0.36), sizes.tick, style)?;
    }
    let ground = sharp(plot.bottom);
    pen.line(&[(plot.left, ground), (plot.right, ground)], palette.axis, 1.0, HAIRLINE)?;
    for tick in &chart.x.ticks {
        let x = pen.place(tick.at, 0.0).0;
        pen.line(&[(sharp(x), ground), (sharp(x), ground + 5.0)], palette.axis, 1.0, HAIRLINE)?;
        let style = (Weight::Regular, palette.quiet_text, HPos::Center);
        let half = text::width(&tick.label, sizes.tick, Weight::Regular) / 2.0;
        let x = x.min(layout.size.0 - half - 4.0);
        pen.text(&tick.label, (x, plot.bottom + sizes.tick + 9.0), sizes.tick, style)?;
    }
    Ok(())
}

/// What is left of a label in fewer pixels than this says nothing.
const LEAST_LABEL: f32 = 36.0;

fn bands<DB: DrawingBackend>(bands: &[Band], layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (plot, sizes) = (layout.plot, layout.sizes);
    for band in bands {
        let (left, right) = (pen.place(band.from, 0.0).0, pen.place(band.to, 0.0).0);
        if band.shaded {
            pen.rect(Rect { left, right, ..plot }, pen.palette.band, 1.0)?;
        }
        let room = right - left - 8.0;
        if room >= LEAST_LABEL || text::width(&band.label, sizes.tick, Weight::Regular) <= room {
            let label = text::fit(&band.label, sizes.tick, Weight::Regular, room);
            let style = (Weight::Regular, pen.palette.quiet_text, HPos::Left);
            pen.text(&label, (left + 4.0, plot.top - 7.0), sizes.tick, style)?;
        }
    }
    Ok(())
}

fn band_boundaries<DB: DrawingBackend>(bands: &[Band], layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (top, bottom) = (layout.plot.top, layout.plot.bottom);
    let mut before = f32::MIN;
    for band in bands {
        let x = sharp(pen.place(band.from, 0.0).0);
        // Hundreds of marks would become a wall.
        if x - before >= 8.0 {
            pen.line(&[(x, top - layout.sizes.tick - 4.0), (x, bottom)], pen.palette.boundary, 0.7, HAIRLINE)?;
            before = x;
        }
    }
    Ok(())
}

fn peaks<DB: DrawingBackend>(peaks: &[PeakMark], layout: &Layout, pen: &Pen<DB>) -> Drawn<DB> {
    let (plot, size) = (layout.plot, layout.sizes.peak);
    let mut taken: Vec<Rect> = Vec::new();
    for peak in peaks {
        let (x, y) = pen.place(peak.at, peak.value as f64);
        let color = peak.ink.map_or(pen.palette.peak, |ink| pen.palette.line(ink));
        pen.dot((x, y), size * 0.37 + 1.5, pen.palette.background)?;
        pen.dot((x, y), size * 0.37, color)?;
        pen.dot((x, y), size * 0.37 - 2.0, pen.palette.background)?;
        let width = text::width(&peak.label, size, Weight::SemiBold);
        let Some(place) = labels::peak_place((x, y), (width, size), plot, &taken) else { continue };
        taken.push(place);
        let halo = Rect { left: place.left - 3.0, right: place.right + 3.0, ..place };
        pen.rect(halo, pen.palette.background, 0.85)?;
        let style = (Weight::SemiBold, color, HPos::Left);
        pen.text(&peak.label, (place.left, place.bottom - size * 0.28), size, style)?;
    }
    Ok(())
}
