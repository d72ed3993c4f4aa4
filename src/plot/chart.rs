//! A figure as a plain value: everything that is said in it, and no pixels.

use super::axis::Axis;
use super::palette::Ink;
use crate::analysis::Segment;
use crate::model::Unit;

/// A figure without pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it is of.
    pub title: String,
    /// What there is to say below the title, the most important first.
    pub subtitle: Vec<String>,
    /// Seconds since the recording began.
    pub x: Axis,
    /// In `unit`.
    pub y: Axis,
    /// What the values are.
    pub unit: Unit,
    /// What is painted, in this order.
    pub layers: Vec<Layer>,
    /// The highest points.
    pub peaks: Vec<PeakMark>,
    /// Who is who, from top to bottom.
    pub entries: Vec<Entry>,
    /// The phases between marks, in order.
    pub bands: Vec<Band>,
}

/// Something that is painted.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// With what.
    pub ink: Ink,
    /// How.
    pub shape: Shape,
    /// Where: each segment by itself, nothing between them.
    pub segments: Vec<Segment>,
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
}

/// The highest point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct PeakMark {
    /// Seconds.
    pub at: f64,
    /// In the figure's unit.
    pub value: u64,
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
    /// Where its series ends at the right edge, in the figure's unit; none if it ended before.
    pub end: Option<u64>,
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
    /// Every second one is shaded.
    pub shaded: bool,
}
