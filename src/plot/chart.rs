//! A figure as a plain value: everything that is said in it, and no pixels.

use super::axis::Axis;
use super::palette::Ink;
use crate::analysis::{Point, Segment};
use crate::model::Unit;

/// A figure without pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it is of.
    pub title: String,
    /// What there is to say below the title, the most important first.
    pub subtitle: Vec<String>,
    /// Whether it grows, where that can be said.
    pub headline: Option<Headline>,
    /// Seconds since the recording began. All panels have it.
    pub x: Axis,
    /// From top to bottom; the first is of memory.
    pub panels: Vec<Panel>,
    /// The phases between marks, in order. They go through all panels.
    pub bands: Vec<Band>,
}

/// The verdict, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What is said.
    pub words: String,
    /// Whether it is something to look at.
    pub growing: bool,
}

/// What a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// The metric itself.
    Memory,
    /// What it has grown by since start-up.
    Growth,
    /// Lines that were counted, per second.
    Rates,
}

/// One pair of axes and what is painted between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub kind: PanelKind,
    /// Said above it; nothing above the first, which the title is of.
    pub caption: String,
    /// In `unit`.
    pub y: Axis,
    /// What the values are; rates have none.
    pub unit: Unit,
    /// What is painted, in this order.
    pub layers: Vec<Layer>,
    /// The highest points.
    pub peaks: Vec<PeakMark>,
    /// Who is who, from top to bottom.
    pub entries: Vec<Entry>,
    /// A line across all of it.
    pub limit: Option<Limit>,
}

/// A point of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Seconds since the recording began.
    pub at: f64,
    /// In the panel's unit.
    pub value: f64,
}

/// Points in the order of time, with no hole between them.
pub type Line = Vec<Spot>;

/// As a figure has them.
pub(super) fn lines(segments: &[Segment]) -> Vec<Line> {
    let spot = |point: &Point| Spot { at: point.at, value: point.value as f64 };
    segments.iter().map(|segment| segment.iter().map(spot).collect()).collect()
}

/// Something that is painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// With what.
    pub ink: Ink,
    /// How.
    pub shape: Shape,
    /// Where: each by itself, nothing between them.
    pub lines: Vec<Line>,
}

/// How a series is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An opaque area down to 0. In a stack the highest comes first, and the lower ones are painted over it.
    Area,
    /// An area that lets the grid shine through, below a single line.
    SoftArea,
    /// A line.
    Line,
    /// A line that stands out.
    StrongLine,
    /// A line that was not measured but follows.
    DashedLine,
}

/// The highest point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct PeakMark {
    /// Seconds.
    pub at: f64,
    /// In the panel's unit.
    pub value: f64,
    /// What is written there.
    pub label: String,
    /// Its series; none for the one total of a figure, which has the colour of peaks.
    pub ink: Option<Ink>,
}

/// A line of the legend, which stands beside the end of its series where it can.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its series.
    pub ink: Ink,
    /// Whether it is a line or an area.
    pub shape: Shape,
    /// What it is: a name.
    pub name: String,
    /// What tells it from others of that name: a pid.
    pub id: Option<String>,
    /// Its figures.
    pub value: String,
    /// The one figure to show where there is no room for more: its highest.
    pub highest: Option<String>,
    /// Where its series ends at the right edge, in the panel's unit; none if it ended before.
    pub end: Option<f64>,
}

/// A line that must not be passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// In the panel's unit.
    pub value: f64,
    /// What is written there.
    pub label: String,
}

/// A phase: the time from one mark to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Seconds.
    pub from: f64,
    /// Seconds.
    pub to: f64,
    /// Its mark's label.
    pub label: String,
    /// How fast it grew meanwhile: in full, shorter, shortest; the first that fits is shown.
    pub rate: Vec<String>,
    /// Whether it grew.
    pub growing: bool,
    /// What was counted meanwhile, in full and shorter.
    pub counts: Vec<String>,
    /// Every second one is shaded.
    pub shaded: bool,
}
