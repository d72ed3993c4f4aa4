//! Draws on a plotters backend in pixels of the figure. Coordinates are sixteenths of a pixel, because plotters counts in whole numbers.

use super::axis::Axis;
use super::chart::{Layer, Line, Panel, Shape};
use super::layout::{Layout, Legend, Rect, Type};
use super::palette::Palette;
use super::text::Weight;
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
pub(super) const HAIRLINE: f32 = 1.0;
const LINE: f32 = 1.5;
const STRONG_LINE: f32 = 2.0;
/// A line that goes up and down in every pixel column is a band already; more width would only blot it.
const DENSE_LINE: f32 = 1.1;

/// Length of a dash and of the space behind it, in pixels.
const DASH: (f32, f32) = (7.0, 4.0);

pub(super) type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// A pixel coordinate in units.
fn units(pixels: f32) -> i32 {
    (pixels * UNITS as f32).round() as i32
}

fn pixels(units: i32) -> f32 {
    units as f32 / UNITS as f32
}

/// The middle of the pixel that holds `at`: where a line of one pixel is sharp.
pub(super) fn sharp(at: f32) -> f32 {
    at.floor() + 0.5
}

/// Whether there are so many points that the line is a band.
fn is_dense(points: &[(i32, i32)]) -> bool {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return false };
    points.len() > 50 && points.len() as i64 * i64::from(UNITS) > 2 * i64::from(last.0 - first.0)
}

/// Draws one panel and what belongs to it.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    pub(super) palette: &'static Palette,
    pub(super) sizes: Type,
    /// Of the whole figure.
    pub(super) size: (f32, f32),
    pub(super) plot: Rect,
    pub(super) legend: &'a Legend,
    y: &'a Axis,
    plane: DrawingArea<DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    /// For the panel at that place of the layout.
    pub(super) fn of(
        panel: &'a Panel,
        x: &Axis,
        (layout, place): (&'a Layout, usize),
        palette: &'static Palette,
        area: &'a DrawingArea<DB, Shift>,
    ) -> Self {
        let place = &layout.panels[place];
        let plot = place.plot;
        // Upwards in parts of the axis, which may be logarithmic.
        let plane = Cartesian2d::new(
            x.from..x.to,
            0.0..1.0,
            (units(plot.left)..units(plot.right), units(plot.bottom)..units(plot.top)),
        );
        let plane = area.apply_coord_spec(plane);
        let (sizes, size) = (layout.sizes, layout.size);
        Self { area, palette, sizes, size, plot, legend: &place.legend, y: &panel.y, plane }
    }

    fn unit_place(&self, at: f64, value: f64) -> (i32, i32) {
        self.plane.map_coordinate(&(at, self.y.part(value)))
    }

    /// Where a value at a moment stands, in pixels.
    pub(super) fn place(&self, at: f64, value: f64) -> (f32, f32) {
        let (x, y) = self.unit_place(at, value);
        (pixels(x), pixels(y))
    }

    pub(super) fn line(&self, points: &[(f32, f32)], color: RGBColor, alpha: f64, width: f32) -> Drawn<DB> {
        let points: Vec<_> = points.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        let style = ShapeStyle { color: color.mix(alpha), filled: false, stroke_width: units(width).unsigned_abs() };
        self.area.draw(&PathElement::new(points, style))
    }

    /// A line in dashes, as far as it is in the panel.
    pub(super) fn dashes(&self, points: &[(f32, f32)], color: RGBColor, width: f32) -> Drawn<DB> {
        // How far the line has come since the beginning of a dash.
        let mut way = 0.0;
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let at = |done: f32| (from.0 + (to.0 - from.0) * done / length, from.1 + (to.1 - from.1) * done / length);
            let mut done = 0.0;
            while done < length {
                let (is_dash, left) = if way < DASH.0 { (true, DASH.0 - way) } else { (false, DASH.0 + DASH.1 - way) };
                let next = (done + left).min(length);
                let piece = [at(done), at(next)];
                if is_dash && piece.iter().all(|(_, y)| *y >= self.plot.top && *y <= self.plot.bottom) {
                    self.line(&piece, color, 1.0, width)?;
                }
                way = (way + next - done) % (DASH.0 + DASH.1);
                // What is left of a dash may be less than a float can tell.
                done = if next > done { next } else { length };
            }
        }
        Ok(())
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

    pub(super) fn area_of(&self, layer: &Layer) -> Drawn<DB> {
        let color = self.palette.fill(layer.ink);
        let alpha = if layer.shape == Shape::SoftArea { 0.30 } else { 1.0 };
        for line in &layer.lines {
            let mut edge = self.points(line);
            let (Some(first), Some(last)) = (edge.first().copied(), edge.last().copied()) else { continue };
            if last.0 - first.0 < 2 * UNITS {
                // One tick alone has no width, but it was there.
                let height = edge.iter().map(|point| point.1).min().unwrap_or(first.1);
                edge = vec![(first.0 - 2 * UNITS, height), (last.0 + 2 * UNITS, height)];
            }
            let dense = is_dense(&edge);
            let ground = units(self.plot.bottom);
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

    pub(super) fn line_of(&self, layer: &Layer) -> Drawn<DB> {
        let color = self.palette.line(layer.ink);
        for line in &layer.lines {
            let points = self.points(line);
            let width = match layer.shape {
                _ if is_dense(&points) => DENSE_LINE,
                Shape::StrongLine => STRONG_LINE,
                _ => LINE,
            };
            match points[..] {
                [] => {}
                [(x, y)] => self.dot((pixels(x), pixels(y)), width * 1.4, color)?,
                _ if layer.shape == Shape::DashedLine => {
                    let places: Vec<_> = points.iter().map(|(x, y)| (pixels(*x), pixels(*y))).collect();
                    self.dashes(&places, color, STRONG_LINE)?;
                }
                _ => {
                    let style =
                        ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(width).unsigned_abs() };
                    self.area.draw(&PathElement::new(points, style))?;
                }
            }
        }
        Ok(())
    }

    fn points(&self, line: &Line) -> Vec<(i32, i32)> {
        line.iter().map(|spot| self.unit_place(spot.at, spot.value)).collect()
    }
}
