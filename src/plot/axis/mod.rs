//! Axes with round steps: memory in binary units, counts in decimal ones, time as people say it.

mod clock;
mod time;
mod value;

pub(super) use clock::{clock_axis, local};
pub(super) use time::time_axis;
pub(super) use value::{growth_axis, log_axis, rate_axis, value_axis};

/// An axis: what it spans, and where its ticks are.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Whether equal distances are equal ratios rather than equal differences.
    pub log: bool,
    /// Its ticks, in order.
    pub ticks: Vec<AxisTick>,
}

impl Axis {
    /// Where a value stands, in parts of the axis; a value outside of it, outside.
    pub fn part(&self, value: f64) -> f64 {
        if self.log {
            // What is 0 has no place there, and stands at the bottom.
            return (value.max(self.from) / self.from).ln() / (self.to / self.from).ln();
        }
        (value - self.from) / (self.to - self.from)
    }
}

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisTick {
    /// Where: in the metric's unit, or seconds.
    pub at: f64,
    /// What is written there.
    pub label: String,
}
