//! A recording in short: its peaks, its processes, its holes.

use super::{GapFinder, Thinning};
use crate::model::{Event, METRICS, Metric, Name, Pid, ProcessNumber, What};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The highest value, and when it was first reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// In the metric's unit.
    pub value: u64,
    /// Time since the recording began.
    pub at: Duration,
}

/// What was measured of one metric of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The highest value that a tick saw.
    pub peak: Peak,
    /// The last one, in the metric's unit.
    pub last: u64,
}

/// One metric summed over the tree; of the control group, its own figure. A tick in which no process has the metric has no total of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The highest total.
    pub peak: Peak,
    /// The last one, in the metric's unit.
    pub last: u64,
    /// Ticks that have a total of this metric.
    pub ticks: u64,
    /// The processes that the tick of the peak has with a resident set and without this metric: they may not be read, or have just come. More than
    /// none, and the peak is a lower bound.
    pub missing: u64,
    pub(super) seed: Vec<Duration>,
}

/// One process over its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSummary {
    /// Its number in the recording.
    pub number: ProcessNumber,
    /// Its process id.
    pub pid: Pid,
    /// The process id of its parent, when it was first seen: an orphan's new parent would tell nothing.
    pub ppid: Pid,
    /// The name that it had last.
    pub name: Name,
    /// First tick that saw it.
    pub first: Duration,
    /// Last tick that saw it.
    pub last: Duration,
    pub(super) readings: [Option<Reading>; METRICS.len()],
}

impl ProcessSummary {
    /// What was measured of `metric`; none if it never was.
    pub fn reading(&self, metric: Metric) -> Option<&Reading> {
        self.readings[metric as usize].as_ref()
    }

    /// The kernel's own high-water mark of the resident set, in bytes: what came between ticks is in it.
    pub fn kernel_peak(&self) -> Option<u64> {
        self.reading(Metric::PeakRss).map(|reading| reading.peak.value)
    }
}

/// A recording in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The wall clock at the first tick; none in a recording without ticks.
    pub started: Option<DateTime<Utc>>,
    /// The first tick.
    pub first: Duration,
    /// The last tick.
    pub last: Duration,
    /// How many ticks there are.
    pub ticks: u64,
    /// Time between ticks: the one that was asked for where it is known, else the median. None with a single tick.
    pub interval: Option<Duration>,
    /// How many holes there are.
    pub gaps: u64,
    /// How long they are together.
    pub gap_time: Duration,
    /// Every process, in the order in which they were first seen.
    pub processes: Vec<ProcessSummary>,
    /// Which part of it was thinned, if one was.
    pub thinning: Option<Thinning>,
    pub(super) totals: [Option<Total>; METRICS.len()],
}

impl Summary {
    /// The sum of `metric` over the tree; none if no tick has it.
    pub fn total(&self, metric: Metric) -> Option<&Total> {
        self.totals[metric as usize].as_ref()
    }

    /// Finds the holes in the ticks of `metric` in a later pass over the same recording.
    pub fn gap_finder(&self, metric: Metric) -> GapFinder {
        let finder = self.total(metric).map(|total| GapFinder::seeded(&total.seed)).unwrap_or_default();
        finder.with_thinning(self.thinning.clone())
    }

    /// The metrics that the recording has.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> + '_ {
        METRICS.iter().map(|row| row.metric).filter(|metric| self.total(*metric).is_some())
    }

    /// What the tree's resident set has reached at least, in bytes: the highest total of a tick, or the highest mark of a single
    /// process if that is higher. `events` hold the marks of processes that no tick saw at their largest.
    pub fn at_least(&self, events: &[Event]) -> Option<u64> {
        let total = self.total(Metric::Rss).map(|total| total.peak.value);
        let single = self.processes.iter().filter_map(ProcessSummary::kernel_peak);
        let exits = events.iter().filter_map(|event| match &event.what {
            What::Exit(exit) => exit.peak_rss_bytes,
            _ => None,
        });
        single.chain(exits).chain(total).max()
    }
}
