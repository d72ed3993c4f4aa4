//! A picture as text and paths: a plotters backend that writes SVG.

use super::drawing::draw as draw_chart;
use super::pen::UNITS;
use super::text::{self, Weight};
use super::{Chart, Options, PlotError};
use plotters::prelude::IntoDrawingArea;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};
use std::convert::Infallible;
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
    let area = Canvas { svg: &mut svg, size: (width * UNITS as u32, height * UNITS as u32) }.into_drawing_area();
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

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Canvas<'_> {
    /// `M` and then `L` by differences, which are shorter.
    fn path(&mut self, points: impl IntoIterator<Item = BackendCoord>, closed: bool, style: std::fmt::Arguments<'_>) {
        let mut data = String::new();
        let mut before = (0.0, 0.0);
        for (place, (x, y)) in points.into_iter().enumerate() {
            let (x, y) = (pixels(x), pixels(y));
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

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + UNITS, y + UNITS), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn {
        if !fill {
            return self.draw_path([a, (b.0, a.1), b, (a.0, b.1), a], style);
        }
        let (width, height) = (pixels(b.0 - a.0), pixels(b.1 - a.1));
        if width > 0.0 && height > 0.0 {
            let (x, y) = (pixels(a.0), pixels(a.1));
            let paint = Paint("fill", style.color());
            let _ = writeln!(self.svg, r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" {paint}/>"#);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        let width = pixels(style.stroke_width() as i32);
        let paint = Paint("stroke", style.color());
        self.path(points, false, format_args!(r#"fill="none" {paint} stroke-width="{width}" stroke-linejoin="round""#));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y, r) = (pixels(centre.0), pixels(centre.1), pixels(radius as i32));
        let paint = Paint(if fill { "fill" } else { "stroke" }, style.color());
        let none = if fill { "" } else { r#" fill="none""# };
        let _ = writeln!(self.svg, r#"<circle cx="{x}" cy="{y}" r="{r}" {paint}{none}/>"#);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        let paint = Paint("fill", style.color());
        self.path(points, true, format_args!("{paint}"));
        Ok(())
    }

    /// At the baseline, whatever the vertical anchor. The width that the built-in font has is written down, so that another font stays within it.
    fn draw_text<S: BackendTextStyle>(&mut self, line: &str, style: &S, at: BackendCoord) -> Drawn {
        if line.trim().is_empty() {
            return Ok(());
        }
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => r#" text-anchor="middle""#,
            HPos::Right => r#" text-anchor="end""#,
        };
        let (x, y, size) = (pixels(at.0), pixels(at.1), pixels(style.size().round() as i32));
        let bold = matches!(style.style(), FontStyle::Bold);
        let weight = if bold { r#" font-weight="600""# } else { "" };
        let heaviness = if bold { Weight::SemiBold } else { Weight::Regular };
        let paint = Paint("fill", style.color());
        // Characters that the built-in font lacks are as wide as they are elsewhere.
        let known = text::shape(line, size as f32, heaviness).frames.is_empty();
        let length = if known && line.chars().count() > 3 {
            format!(r#" textLength="{:.1}" lengthAdjust="spacingAndGlyphs""#, text::width(line, size as f32, heaviness))
        } else {
            String::new()
        };
        let line = escaped(line);
        let _ = writeln!(
            self.svg,
            r#"<text x="{x}" y="{y}" font-size="{size}"{weight}{anchor}{length} {paint} xml:space="preserve">{line}</text>"#
        );
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        line: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() as f32;
        let bold = matches!(style.style(), FontStyle::Bold);
        let weight = if bold { Weight::SemiBold } else { Weight::Regular };
        Ok((text::width(line, size, weight).ceil() as u32, size.ceil() as u32))
    }
}
