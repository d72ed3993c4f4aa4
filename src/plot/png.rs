//! A picture in pixels: a plotters backend on tiny-skia, anti-aliased, and its PNG.

use super::backend::{Backend, Letters, Surface};
use super::drawing::draw as draw_chart;
use super::pen::UNITS;
use super::text::{self, Weight};
use super::{Chart, Options, PlotError};
use ab_glyph::OutlineCurve;
use plotters::prelude::IntoDrawingArea;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{BackendColor, BackendCoord};
use std::io::Write;
use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// Draws `chart` and writes it as a PNG.
pub(super) fn draw(chart: &Chart, options: &Options, out: &mut dyn Write) -> Result<(), PlotError> {
    let size = (options.size.width * options.scale, options.size.height * options.scale);
    let mut pixmap = Pixmap::new(size.0, size.1).ok_or_else(|| PlotError::Drawing("no memory".to_owned()))?;
    let area = Backend(Canvas::new(&mut pixmap, options.scale)).into_drawing_area();
    draw_chart(chart, options, &area).map_err(|error| PlotError::Drawing(error.to_string()))?;
    drop(area);
    // The background is opaque, so everything is, and three bytes a pixel say all.
    let mut pixels = Vec::with_capacity(size.0 as usize * size.1 as usize * 3);
    pixels.extend(pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]));
    encode(&pixels, size, options.scale, out)
}

fn encode(pixels: &[u8], size: (u32, u32), scale: u32, out: &mut dyn Write) -> Result<(), PlotError> {
    let mut encoder = ::png::Encoder::new(out, size.0, size.1);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_compression(::png::Compression::Fast);
    // 96 dots per inch times the scale: programs that heed it show the figure in the same size.
    let per_metre = 3780 * scale;
    encoder.set_pixel_dims(Some(::png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: ::png::Unit::Meter }));
    let wrong = |error| match error {
        ::png::EncodingError::IoError(error) => PlotError::Write(error),
        other => PlotError::Drawing(other.to_string()),
    };
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(pixels).map_err(wrong)?;
    writer.finish().map_err(wrong)
}

/// What is drawn on. plotters counts in whole numbers, so it is given sixteenths of a pixel.
struct Canvas<'a> {
    pixmap: &'a mut Pixmap,
    size: (u32, u32),
    /// Pixels of the picture per unit.
    unit: f32,
}

impl<'a> Canvas<'a> {
    fn new(pixmap: &'a mut Pixmap, scale: u32) -> Self {
        let units = UNITS as u32;
        let size = (pixmap.width() / scale * units, pixmap.height() / scale * units);
        Self { pixmap, size, unit: scale as f32 / UNITS as f32 }
    }

    fn path(&self, points: &[BackendCoord], closed: bool) -> Option<Path> {
        let mut path = PathBuilder::new();
        for (x, y) in points {
            let (x, y) = (*x as f32 * self.unit, *y as f32 * self.unit);
            if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        if closed {
            path.close();
        }
        path.finish()
    }

    fn fill(&mut self, path: &Path, color: BackendColor) {
        self.pixmap.fill_path(path, &paint(color), FillRule::Winding, Transform::identity(), None);
    }

    fn stroke(&mut self, path: &Path, color: BackendColor, width: f32) {
        let stroke = Stroke { width, line_join: LineJoin::Round, line_cap: LineCap::Butt, ..Stroke::default() };
        self.pixmap.stroke_path(path, &paint(color), &stroke, Transform::identity(), None);
    }
}

fn paint(color: BackendColor) -> Paint<'static> {
    let (r, g, b) = color.rgb;
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, (color.alpha * 255.0).round() as u8);
    paint
}

impl Surface for Canvas<'_> {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn rect(&mut self, a: BackendCoord, b: BackendCoord, color: BackendColor) {
        let all = a == (0, 0) && b.0.unsigned_abs() >= self.size.0 && b.1.unsigned_abs() >= self.size.1;
        let [left, top, right, bottom] = [a.0, a.1, b.0, b.1].map(|at| at as f32 * self.unit);
        if all && color.alpha >= 1.0 {
            let (r, g, b) = color.rgb;
            self.pixmap.fill(Color::from_rgba8(r, g, b, 255));
        } else if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixmap.fill_rect(rect, &paint(color), Transform::identity(), None);
        }
    }

    fn polygon(&mut self, points: &[BackendCoord], color: BackendColor) {
        if let Some(path) = self.path(points, true) {
            self.fill(&path, color);
        }
    }

    fn line(&mut self, points: &[BackendCoord], color: BackendColor, width: u32) {
        if let Some(path) = self.path(points, false) {
            self.stroke(&path, color, width as f32 * self.unit);
        }
    }

    fn circle(&mut self, centre: BackendCoord, radius: u32, color: BackendColor, ring: Option<u32>) {
        let (x, y) = (centre.0 as f32 * self.unit, centre.1 as f32 * self.unit);
        if let Some(path) = PathBuilder::from_circle(x, y, radius as f32 * self.unit) {
            match ring {
                None => self.fill(&path, color),
                Some(width) => self.stroke(&path, color, width as f32 * self.unit),
            }
        }
    }

    fn text(&mut self, line: &str, at: BackendCoord, letters: Letters) {
        let Letters { weight, color, .. } = letters;
        let size = letters.size * self.unit;
        let shaped = text::shape(line, size, weight);
        let left = at.0 as f32 * self.unit
            - match letters.side {
                HPos::Left => 0.0,
                HPos::Center => shaped.width / 2.0,
                HPos::Right => shaped.width,
            };
        let baseline = at.1 as f32 * self.unit;
        let mut outlines = PathBuilder::new();
        for glyph in &shaped.glyphs {
            // Code points in small type stand in the middle of their frames.
            let raised = (size - glyph.size) * 0.3;
            add_glyph(&mut outlines, glyph, weight, left, baseline - raised);
        }
        if let Some(outlines) = outlines.finish() {
            self.fill(&outlines, color);
        }
        let mut frames = PathBuilder::new();
        for (from, to) in &shaped.frames {
            if let Some(frame) = Rect::from_xywh(left + from, baseline - size * 0.8, to - from, size) {
                frames.push_rect(frame);
            }
        }
        if let Some(frames) = frames.finish() {
            self.stroke(&frames, BackendColor { alpha: 0.5, ..color }, size / 18.0);
        }
    }
}

fn add_glyph(path: &mut PathBuilder, glyph: &text::Placed, weight: Weight, left: f32, baseline: f32) {
    let Some((outline, unit)) = text::outline(glyph.id, glyph.size, weight) else { return };
    let place = |point: ab_glyph::Point| (left + glyph.x + point.x * unit, baseline - point.y * unit);
    let mut end = None;
    for curve in &outline.curves {
        let (OutlineCurve::Line(start, next)
        | OutlineCurve::Quad(start, _, next)
        | OutlineCurve::Cubic(start, _, _, next)) = curve;
        if end != Some(*start) {
            let (x, y) = place(*start);
            path.move_to(x, y);
        }
        end = Some(*next);
        let (x, y) = place(*next);
        match curve {
            OutlineCurve::Line(..) => path.line_to(x, y),
            OutlineCurve::Quad(_, a, _) => path.quad_to(place(*a).0, place(*a).1, x, y),
            OutlineCurve::Cubic(_, a, b, _) => {
                path.cubic_to(place(*a).0, place(*a).1, place(*b).0, place(*b).1, x, y);
            }
        }
    }
}
