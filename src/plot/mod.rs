//! How a recording looks. The only room that knows plotters, tiny-skia and ab_glyph.
//!
//! Recordings become a [`Chart`], a plain value without pixels; the chart is drawn on a plotters backend. This room knows neither
//! files nor the command line: it is given a way to stream samples, twice, and somewhere to write the picture.

mod axis;
mod cast;
mod chart;
mod compose;
mod draw;
mod error;
mod html;
mod labels;
mod layout;
mod legend;
mod options;
mod palette;
mod png;
mod quantity;
mod role;
#[cfg(test)]
mod test_samples;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod words;

pub use axis::{Axis, AxisTick};
pub use chart::{Band, Chart, Entry, Layer, PeakMark, Shape};
pub use compose::chart;
pub use error::PlotError;
pub use options::{GroupBy, MOST_SERIES, Options, ParseSizeError, Size, TOP, Theme, View};
pub use palette::Ink;

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

/// Draws these recordings as a PNG: one by itself, several over each other, each from its own start.
///
/// # Errors
/// If the options ask for what cannot be drawn, a recording lacks what is to be drawn or cannot be read, or `out` fails.
pub fn draw_png(recordings: &[Input], options: &Options, out: &mut dyn Write) -> Result<(), PlotError> {
    png::draw(&chart(recordings, options)?, options, out)
}

/// Draws these recordings as a page of HTML that needs nothing else: no network, no other file. One by itself, several over each other, each from its own start.
///
/// Size and scale are the window's, and not the options'. With [`Theme::Light`] the page has the colours that the reader's system prefers.
///
/// # Errors
/// If a recording lacks what is to be drawn or cannot be read, or `out` fails.
pub fn draw_html(recordings: &[Input], options: &Options, out: &mut dyn Write) -> Result<(), PlotError> {
    html::draw(recordings, options, out)
}
