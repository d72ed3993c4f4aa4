//! What a page is made of, as a value: everything but its looks.

use super::super::palette::{Ink, Palette, RANKS};
use super::collect::Figures;
use super::rates::{NAMES, Rates};
use crate::analysis::{Trend, Verdict};
use crate::plot::Theme;
use crate::plot::judge::rate_words;
use plotters::style::RGBColor;
use serde::Serialize;
use std::time::Duration;

/// A page. Its fields are named as `page.js` reads them.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) title: String,
    /// As asked for, among the sorts that there are series for.
    pub(super) view: &'static str,
    pub(super) theme: &'static str,
    pub(super) growth: bool,
    pub(super) trend: bool,
    pub(super) clock: bool,
    pub(super) log: bool,
    pub(super) limit: Option<u64>,
    /// Seconds.
    pub(super) from: f64,
    pub(super) to: f64,
    /// The last tick.
    pub(super) end: f64,
    /// The part to begin with.
    pub(super) window: Option<[f64; 2]>,
    /// The wall clock when time was 0, in milliseconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) phases: Vec<Phase>,
    pub(super) rates: Rates,
    pub(super) rows: Vec<Row>,
    /// How many processes have no row of their own.
    pub(super) untold: usize,
    pub(super) metrics: Vec<Metric>,
    pub(super) palette: [Colours; 2],
}

/// A time that has a label.
#[derive(Debug, Serialize)]
pub(super) struct Phase {
    pub(super) label: String,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A line, and a row of the table.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    /// `process`, `folded`: one that has a line only when asked for; `rest`, all that have none of their own; `recording`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// What tells it from others of that name.
    pub(super) id: String,
    pub(super) command: String,
    /// Seconds.
    pub(super) first: f64,
    pub(super) last: f64,
    /// Which of the colours; none, it is the grey of the rest.
    pub(super) ink: Option<usize>,
    /// Whether it has points of its own.
    pub(super) alone: bool,
}

/// One metric of all rows.
#[derive(Debug, Serialize)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) help: &'static str,
    /// `bytes`, `count` or `ms`.
    pub(super) unit: &'static str,
    /// What one of them is called, and several.
    pub(super) nouns: [&'static str; 2],
    pub(super) subtitle: Vec<String>,
    /// A recording each: where its points begin among the bytes.
    pub(super) places: Vec<usize>,
    /// Of each row.
    pub(super) figures: Vec<Told>,
    /// Of the tree.
    pub(super) total: Told,
    /// How fast the tree grew in each phase, in words: in full and short; and whether it did.
    pub(super) phases: Vec<(Vec<String>, bool)>,
    /// What the trend stands for, as straight lines from one second and value to another: of each phase, or of the whole.
    pub(super) trends: Vec<[(f64, f64); 2]>,
    /// Whether the tree grows, in words, and whether it does.
    pub(super) headline: Option<(String, bool)>,
    /// Whether ticks were left out.
    pub(super) thinned: bool,
}

/// Figures as the page has them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Told {
    /// Value and second.
    peak: Option<(u64, f64)>,
    last: Option<(u64, f64)>,
    verdict: &'static str,
    reason: String,
    /// A second.
    rate: Option<f64>,
    /// The same in words, where it grows or falls.
    told: String,
    /// Value and second from which growth counts.
    growth: Option<(u64, f64)>,
}

impl From<Figures> for Told {
    fn from(figures: Figures) -> Self {
        let seconds = |at: Duration| at.as_secs_f64();
        let moves = |trend: &&Trend| matches!(trend.verdict, Verdict::Growing | Verdict::Falling);
        let told = figures.trend.as_ref().filter(moves).and_then(|trend| rate_words(trend).pop());
        Self {
            peak: figures.peak.map(|peak| (peak.value, seconds(peak.at))),
            last: figures.last.map(|(at, value)| (value, seconds(at))),
            verdict: figures.trend.as_ref().map_or("", |trend| trend.verdict.as_str()),
            rate: figures.trend.as_ref().and_then(|trend| trend.rate).map(|rate| rate.bytes_per_s),
            told: told.unwrap_or_default(),
            reason: figures.trend.map_or_else(String::new, |trend| trend.reason),
            growth: figures.start_up.map(|point| (point.value, point.at)),
        }
    }
}

/// The colours of a theme: for areas and for lines where there are two.
#[derive(Debug, Serialize)]
pub(super) struct Colours {
    background: String,
    text: String,
    quiet: String,
    axis: String,
    band: String,
    boundary: String,
    peak: String,
    total: [String; 2],
    rest: [String; 2],
    ranks: Vec<[String; 2]>,
    counts: Vec<String>,
}

impl Colours {
    pub(super) fn of(theme: Theme) -> Self {
        let palette = Palette::of(theme);
        let both = |ink| [css(palette.fill(ink)), css(palette.line(ink))];
        Self {
            background: css(palette.background),
            text: css(palette.text),
            quiet: css(palette.quiet_text),
            axis: css(palette.axis),
            band: css(palette.band),
            boundary: css(palette.boundary),
            peak: css(palette.peak),
            total: both(Ink::Total),
            rest: both(Ink::Others),
            ranks: (0..2 * RANKS).map(|rank| both(Ink::Rank(rank))).collect(),
            counts: (0..NAMES).map(|kind| css(palette.fill(Ink::Count(kind)))).collect(),
        }
    }
}

fn css(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
