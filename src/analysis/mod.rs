//! What follows from the samples: pure arithmetic over a stream of ticks that is looked at once and forgotten.
//!
//! This room knows neither files nor pixels. Its memory grows with the number of processes, never with the number of ticks.

mod builder;
mod difference;
mod downsample;
mod gaps;
mod interval;
mod level;
mod pace;
mod peaks;
mod phases;
mod seats;
mod start_up;
mod summary;
mod thinning;
pub mod trend;
mod window;

pub use builder::SummaryBuilder;
pub use difference::Difference;
pub use downsample::{Downsampler, Point, Segment};
pub use gaps::GapFinder;
pub use level::{Level, median};
pub use pace::Pace;
pub use peaks::{ProcessPeak, peaks};
pub use phases::{Phase, phases};
pub use seats::Seats;
pub use start_up::grown_since;
pub use summary::{Peak, ProcessSummary, Reading, Summary, Total};
pub use thinning::Thinning;
pub use trend::{Trend, TrendBuilder, Verdict};
pub use window::{ParseWindowError, Window, WindowError};

use crate::model::Metric;

/// Whether a process' own mark shows that the tree was larger between ticks than `total`, the highest that a tick saw of it. The mark of a level
/// process is a few pages above its samples.
pub fn is_unseen_spike(mark: u64, total: u64) -> bool {
    mark > total.saturating_add(total / 50)
}

/// Whether a tick may hold `metric` for some of its processes only, because it is read less often than the others. The last
/// known value then stands in for those that were not read, so that a total does not fall where nothing was freed.
pub const fn is_carried(metric: Metric) -> bool {
    matches!(metric, Metric::Swap | Metric::PeakRss)
}
