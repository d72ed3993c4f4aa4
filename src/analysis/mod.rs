//! What follows from the samples: pure arithmetic over a stream of ticks that is looked at once and forgotten.
//!
//! This room knows neither files nor pixels. Its memory grows with the number of processes, never with the number of ticks.

mod builder;
mod downsample;
mod gaps;
mod interval;
mod summary;
mod window;

pub use builder::SummaryBuilder;
pub use downsample::{Downsampler, Point, Segment};
pub use gaps::GapFinder;
pub use summary::{Peak, ProcessSummary, Reading, Summary, Total};
pub use window::{ParseWindowError, Window, WindowError};

use crate::model::Metric;

/// Whether a tick may hold `metric` for some of its processes only, because it is read less often than the others. The last
/// known value then stands in for those that were not read, so that a total does not fall where nothing was freed.
pub fn is_carried(metric: Metric) -> bool {
    matches!(metric, Metric::Swap | Metric::PeakRss)
}
