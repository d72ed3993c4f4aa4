//! A picture as text and paths: a plotters backend that writes SVG.

use super::backend::{Backend, Letters, Surface};
use super::drawing::draw as draw_chart;
use super::pen::UNITS;
use super::text::{self, Weight};
use super::{Chart, Options, PlotError};
use plotters::prelude::IntoDrawingArea;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{BackendColor, BackendCoord};
use std::fmt::Write as _;
use std::io::Write;

/// Draws `chart` and writes it as an SVG. `scale` only says how large it is shown at first.
pub(super) fn draw(chart: &Chart, options: &Options, out: &mut dyn Write) -> Result<(), PlotError> {
    let (width, height) = (options.size.width, options.size.height);
    let (shown_width, shown_height) = (width * options.scale, height * options.scale);
    let mut svg = String::new();
    // Writing into memory does not fail.
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{shown_width}" height="{shown_height}" viewBox="0 0 {width} {height}" font-family="Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif" role="img">"#
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(&chart.title));
    let about: Vec<&str> = chart
        .subtitle
        .iter()
        .map(String::as_str)
        .chain(chart.headline.as_ref().map(|headline| headline.words.as_str()))
        .collect();
    let _ = writeln!(svg, "<desc>{}</desc>", escaped(&about.join("; ")));
    let canvas = Canvas { svg: &mut svg, size: (width * UNITS as u32, height * UNITS as u32) };
    let area = Backend(canvas).into_drawing_area();
    draw_chart(chart, options, &area).map_err(|error| PlotError::Drawing(error.to_string()))?;
    drop(area);
    svg.push_str("</svg>\n");
    out.write_all(svg.as_bytes()).map_err(PlotError::Write)
}

/// Text as XML has it. What it cannot hold at all is left out; the figure's words are printable anyway.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

struct Canvas<'a> {
    svg: &'a mut String,
    size: (u32, u32),
}

/// A coordinate in pixels, as short as it can be written: sixteenths have four decimals at most, of which two can be seen.
fn pixels(units: i32) -> f64 {
    (f64::from(units) / f64::from(UNITS) * 100.0).round() / 100.0
}

struct Paint<'a>(&'a str, BackendColor);

impl std::fmt::Display for Paint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(what, BackendColor { rgb: (r, g, b), alpha }) = self;
        write!(f, r##"{what}="#{r:02x}{g:02x}{b:02x}""##)?;
        if *alpha < 1.0 { write!(f, r#" {what}-opacity="{:.2}""#, alpha) } else { Ok(()) }
    }
}

impl Canvas<'_> {
    /// `M` and then `L` by differences, which are shorter.
    fn path(&mut self, points: &[BackendCoord], closed: bool, style: std::fmt::Arguments<'_>) {
        let mut data = String::new();
        let mut before = (0.0, 0.0);
        for (place, (x, y)) in points.iter().enumerate() {
            let (x, y) = (pixels(*x), pixels(*y));
            // Differences of rounded coordinates, so that errors do not add up.
            let (dx, dy) = (((x - before.0) * 100.0).round() / 100.0, ((y - before.1) * 100.0).round() / 100.0);
            let _ = match place {
                0 => write!(data, "M{x} {y}"),
                _ if dy == 0.0 => write!(data, "h{dx}"),
                _ if dx == 0.0 => write!(data, "v{dy}"),
                _ => write!(data, "l{dx} {dy}"),
            };
            before = (x, y);
        }
        if !data.is_empty() {
            let end = if closed { "z" } else { "" };
            let _ = writeln!(self.svg, r#"<path d="{data}{end}" {style}/>"#);
        }
    }
}

impl Surface for Canvas<'_> {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn rect(&mut self, a: BackendCoord, b: BackendCoord, color: BackendColor) {
        let (width, height) = (pixels(b.0 - a.0), pixels(b.1 - a.1));
        if width > 0.0 && height > 0.0 {
            let (x, y) = (pixels(a.0), pixels(a.1));
            let paint = Paint("fill", color);
            let _ = writeln!(self.svg, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" {paint}/>"#);
        }
    }

    fn polygon(&mut self, points: &[BackendCoord], color: BackendColor) {
        let paint = Paint("fill", color);
        self.path(points, true, format_args!("{paint}"));
    }

    fn line(&mut self, points: &[BackendCoord], color: BackendColor, width: u32) {
        let width = pixels(width as i32);
        let paint = Paint("stroke", color);
        self.path(points, false, format_args!(r#"fill="none" {paint} stroke-width="{width}" stroke-linejoin="round""#));
    }

    fn circle(&mut self, centre: BackendCoord, radius: u32, color: BackendColor, ring: Option<u32>) {
        let (x, y, r) = (pixels(centre.0), pixels(centre.1), pixels(radius as i32));
        let _ = match ring {
            None => writeln!(self.svg, r#"<circle cx="{x}" cy="{y}" r="{r}" {}/>"#, Paint("fill", color)),
            Some(width) => {
                let (paint, width) = (Paint("stroke", color), pixels(width as i32));
                writeln!(self.svg, r#"<circle cx="{x}" cy="{y}" r="{r}" {paint} stroke-width="{width}" fill="none"/>"#)
            }
        };
    }

    /// The width that the built-in font has is written down, so that another font stays within it.
    fn text(&mut self, line: &str, at: BackendCoord, letters: Letters) {
        if line.trim().is_empty() {
            return;
        }
        let anchor = match letters.side {
            HPos::Left => "",
            HPos::Center => r#" text-anchor="middle""#,
            HPos::Right => r#" text-anchor="end""#,
        };
        let (x, y, size) = (pixels(at.0), pixels(at.1), pixels(letters.size.round() as i32));
        let weight = if letters.weight == Weight::SemiBold { r#" font-weight="600""# } else { "" };
        let paint = Paint("fill", letters.color);
        let shaped = text::shape(line, size as f32, letters.weight);
        // Characters that the built-in font lacks are as wide as they are elsewhere.
        let length = match shaped.frames.is_empty() && line.chars().count() > 3 {
            true => format!(r#" textLength="{:.1}" lengthAdjust="spacingAndGlyphs""#, shaped.width),
            false => String::new(),
        };
        let line = escaped(line);
        let _ = writeln!(
            self.svg,
            r#"<text x="{x}" y="{y}" font-size="{size}"{weight}{anchor}{length} {paint} xml:space="preserve">{line}</text>"#
        );
    }
}
