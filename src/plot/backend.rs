//! What a picture in pixels and one in paths have in common: both are backends of plotters, which is more than either needs.

use super::pen::UNITS;
use super::text::{self, Weight};
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};
use std::convert::Infallible;

/// How a line of text looks.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    /// In units.
    pub(super) size: f32,
    pub(super) weight: Weight,
    /// Which end of it stands at the place.
    pub(super) side: HPos,
    pub(super) color: BackendColor,
}

impl Letters {
    fn of<S: BackendTextStyle>(style: &S) -> Self {
        let bold = matches!(style.style(), FontStyle::Bold);
        Self {
            size: style.size() as f32,
            weight: if bold { Weight::SemiBold } else { Weight::Regular },
            side: style.anchor().h_pos,
            color: style.color(),
        }
    }
}

/// What can be drawn on. All lengths are in units, sixteenths of a pixel of the figure.
pub(super) trait Surface {
    fn size(&self) -> (u32, u32);
    fn rect(&mut self, a: BackendCoord, b: BackendCoord, color: BackendColor);
    fn polygon(&mut self, points: &[BackendCoord], color: BackendColor);
    fn line(&mut self, points: &[BackendCoord], color: BackendColor, width: u32);
    /// Filled, or a ring of that width.
    fn circle(&mut self, centre: BackendCoord, radius: u32, color: BackendColor, ring: Option<u32>);
    /// With its baseline there, whatever the vertical anchor.
    fn text(&mut self, line: &str, at: BackendCoord, letters: Letters);
}

/// A surface as plotters wants it.
pub(super) struct Backend<S>(pub(super) S);

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl<D: Surface> DrawingBackend for Backend<D> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.0.size()
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.0.rect((x, y), (x + UNITS, y + UNITS), color);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn {
        if !fill {
            return self.draw_path([a, (b.0, a.1), b, (a.0, b.1), a], style);
        }
        self.0.rect(a, b, style.color());
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        self.0.line(&points.into_iter().collect::<Vec<_>>(), style.color(), style.stroke_width());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.0.circle(centre, radius, style.color(), (!fill).then(|| style.stroke_width()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        self.0.polygon(&points.into_iter().collect::<Vec<_>>(), style.color());
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, line: &str, style: &S, at: BackendCoord) -> Drawn {
        self.0.text(line, at, Letters::of(style));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        line: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let Letters { size, weight, .. } = Letters::of(style);
        Ok((text::width(line, size, weight).ceil() as u32, size.ceil() as u32))
    }
}
