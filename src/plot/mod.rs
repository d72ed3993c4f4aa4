//! How a recording looks. The only room that knows plotters, tiny-skia and ab_glyph.
//!
//! Recordings become a [`Chart`], a plain value without pixels; the chart is drawn on a plotters backend. This room knows neither
//! files nor the command line: it is given a way to stream samples, twice, and somewhere to write the picture.

mod axis;
mod backend;
mod cast;
mod chart;
mod compose;
mod counted;
mod drawing;
mod error;
mod frame;
mod glance;
mod html;
mod judge;
mod labels;
mod layout;
mod options;
mod palette;
mod panels;
mod pen;
mod png;
mod quantity;
mod role;
mod seen;
mod subtitle;
mod svg;
mod terminal;
#[cfg(test)]
mod test_samples;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod words;

pub use axis::{Axis, AxisTick};
pub use chart::{Band, Chart, Entry, Headline, Layer, Limit, Line, Panel, PanelKind, PeakMark, Shape, Spot};
pub use compose::chart;
pub use error::PlotError;
pub use glance::{Glance, glance};
pub use options::{GroupBy, MOST_SERIES, Options, ParseSizeError, Size, TOP, Theme, View};
pub use palette::Ink;
pub use terminal::{Characters, Colours, Style, draw_terminal};

use crate::model::{CommandLine, Event, Sample};
use std::io::Write;

/// Calls back with every tick of a recording, in order. It is called twice and must give the same ticks both times.
pub type Stream<'a> = dyn Fn(&mut dyn FnMut(&Sample)) -> anyhow::Result<()> + 'a;

/// A recording to be drawn.
pub struct Input<'a> {
    /// What it is called among several, and in errors: fit to be printed.
    pub name: String,
    /// The command that was recorded, where it is known: the title.
    pub command: Option<&'a CommandLine>,
    /// Its events; none where they are missing.
    pub events: &'a [Event],
    /// Its samples.
    pub stream: &'a Stream<'a>,
}

/// What a figure is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Text and paths.
    Svg,
    /// A page that answers, and needs nothing else: no network, no other file. Size and scale are the window's; with [`Theme::Light`] it has the colours that
    /// the reader's system prefers.
    Html,
}

impl Format {
    /// All of them, the usual one first.
    pub const ALL: [Self; 3] = [Self::Png, Self::Svg, Self::Html];

    /// How files of it end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Html => "html",
        }
    }

    /// That of files which end so, in small letters.
    pub fn by_ending(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == ending)
    }
}

/// Draws these recordings: one by itself, several over each other, each from its own start.
///
/// # Errors
/// If the options ask for what cannot be drawn, a recording lacks what is to be drawn or cannot be read, or `out` fails.
pub fn draw(recordings: &[Input], options: &Options, format: Format, out: &mut dyn Write) -> Result<(), PlotError> {
    match format {
        Format::Png => png::draw(&chart(recordings, options)?, options, out),
        Format::Svg => svg::draw(&chart(recordings, options)?, options, out),
        Format::Html => html::draw(recordings, options, out),
    }
}
