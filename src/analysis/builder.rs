//! The one pass over a recording that makes its [`Summary`].

use super::gaps::{GapFinder, Opening};
use super::interval::IntervalEstimate;
use super::is_carried;
use super::seats::Seats;
use super::summary::{Peak, ProcessSummary, Reading, Summary, Total};
use super::thinning::Thinning;
use crate::model::{Event, METRICS, Metric, Row, Sample, What};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Makes a [`Summary`] from ticks as they stream by.
#[derive(Debug, Clone)]
pub struct SummaryBuilder {
    known_interval: Option<Duration>,
    thinning: Option<Thinning>,
    started: Option<DateTime<Utc>>,
    first: Duration,
    last: Duration,
    ticks: u64,
    interval: IntervalEstimate,
    opening: Opening,
    finder: Option<GapFinder>,
    early: Vec<Duration>,
    gaps: u64,
    gap_time: Duration,
    processes: Vec<ProcessSummary>,
    seats: Seats,
    totals: [Option<Total>; METRICS.len()],
    openings: [Opening; METRICS.len()],
}

/// A set of metrics: bit n is the nth of the table.
type Set = u32;

/// Those that are carried on where they were not read.
const CARRIED: Set = {
    let (mut set, mut place) = (0, 0);
    while place < METRICS.len() {
        set |= (is_carried(METRICS[place].metric) as Set) << place;
        place += 1;
    }
    set
};

/// The places of the metrics in a set.
fn places(mut set: Set) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (place < METRICS.len()).then_some(place)
    })
}

/// All metrics in one tick.
#[derive(Debug, Clone, Default)]
struct Counts {
    sums: [u64; METRICS.len()],
    measured: Set,
    /// Processes that have a resident set ...
    resident: u64,
    /// ... and those of them that have each metric too.
    of_them: [u64; METRICS.len()],
}

impl Default for SummaryBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SummaryBuilder {
    /// With nothing seen yet.
    pub fn new() -> Self {
        Self {
            known_interval: None,
            thinning: None,
            started: None,
            first: Duration::ZERO,
            last: Duration::ZERO,
            ticks: 0,
            interval: IntervalEstimate::new(),
            opening: Opening::default(),
            finder: None,
            early: Vec::new(),
            gaps: 0,
            gap_time: Duration::ZERO,
            processes: Vec::new(),
            seats: Seats::default(),
            totals: [const { None }; METRICS.len()],
            openings: Default::default(),
        }
    }

    /// With what these events of the recording tell beforehand: its interval, and which ticks were left out.
    pub fn for_events(events: &[Event]) -> Self {
        let interval = events.iter().find_map(|event| match &event.what {
            What::Start(start) => Duration::try_from_secs_f64(start.interval_s).ok(),
            _ => None,
        });
        Self::new().with_interval(interval).with_thinning(Thinning::of(events))
    }

    /// With the interval that the recording was asked for, where its events tell.
    #[must_use]
    pub fn with_interval(mut self, known: Option<Duration>) -> Self {
        self.known_interval = known.filter(|interval| !interval.is_zero());
        self
    }

    /// With what the events say of ticks that were left out.
    #[must_use]
    pub fn with_thinning(mut self, thinning: Option<Thinning>) -> Self {
        self.thinning = thinning;
        self
    }

    /// Takes the next tick.
    pub fn add(&mut self, sample: &Sample) {
        let elapsed = sample.elapsed;
        if self.ticks == 0 {
            self.started = Some(sample.time);
            self.first = elapsed;
        } else {
            self.interval.add(elapsed.saturating_sub(self.last));
        }
        // Time only goes forwards, but a file may say otherwise.
        self.first = self.first.min(elapsed);
        self.last = self.last.max(elapsed);
        self.ticks += 1;
        self.look_for_a_gap(elapsed);
        let mut counts = Counts::default();
        for (place, row) in sample.rows.iter().enumerate() {
            self.add_row(place, row, elapsed, &mut counts);
        }
        if let Some(bytes) = sample.cgroup {
            self.add_total(Metric::Cgroup as usize, bytes, 0, elapsed);
        }
        for place in places(counts.measured) {
            // How many processes have a resident set, and nothing of this metric.
            let missing = counts.resident - counts.of_them[place];
            self.add_total(place, counts.sums[place], missing, elapsed);
        }
    }

    #[inline]
    fn add_row(&mut self, place: usize, row: &Row, elapsed: Duration, counts: &mut Counts) {
        let index = self.index_of(place, row, elapsed);
        let process = &mut self.processes[index];
        process.last = process.last.max(elapsed);
        if process.name != row.name {
            process.name = row.name.clone();
        }
        let values = row.memory.values();
        let measured = values.iter().enumerate().fold(0, |set, (slot, value)| set | Set::from(value.is_some()) << slot);
        let resident = u64::from(row.memory.rss.is_some());
        counts.measured |= measured;
        counts.resident += resident;
        for slot in places(measured | CARRIED) {
            let reading = &mut process.readings[slot];
            let value = match (values[slot], reading) {
                (Some(value), reading) => {
                    let reading = reading.get_or_insert(Reading { peak: Peak { value, at: elapsed }, last: value });
                    reading.last = value;
                    if value > reading.peak.value {
                        reading.peak = Peak { value, at: elapsed };
                    }
                    value
                }
                (None, Some(reading)) => reading.last,
                (None, None) => continue,
            };
            counts.sums[slot] = counts.sums[slot].saturating_add(value);
            counts.of_them[slot] += resident;
        }
    }

    #[inline]
    fn index_of(&mut self, place: usize, row: &Row, elapsed: Duration) -> usize {
        self.seats.of(place, row.process).unwrap_or_else(|| self.take_in(place, row, elapsed))
    }

    #[cold]
    fn take_in(&mut self, place: usize, row: &Row, elapsed: Duration) -> usize {
        let index = self.processes.len();
        self.processes.push(ProcessSummary {
            number: row.process,
            pid: row.pid,
            ppid: row.ppid,
            name: row.name.clone(),
            first: elapsed,
            last: elapsed,
            readings: [None; METRICS.len()],
        });
        self.seats.add(place, row.process, index);
        index
    }

    fn add_total(&mut self, place: usize, value: u64, missing: u64, elapsed: Duration) {
        self.openings[place].add(elapsed);
        let peak = Peak { value, at: elapsed };
        let total = self.totals[place].get_or_insert(Total { peak, last: 0, ticks: 0, missing, seed: Vec::new() });
        total.last = value;
        total.ticks += 1;
        if value > total.peak.value {
            (total.peak, total.missing) = (peak, missing);
        }
    }

    /// The first ticks wait until it is known what is usual there.
    fn look_for_a_gap(&mut self, elapsed: Duration) {
        if self.finder.is_none() {
            self.opening.add(elapsed);
            self.early.push(elapsed);
            if self.opening.is_full() {
                self.judge_early_ticks();
            }
            return;
        }
        self.judge(elapsed);
    }

    fn judge_early_ticks(&mut self) {
        let finder = GapFinder::seeded(&self.seed());
        self.finder = Some(finder.with_thinning(self.thinning.clone()));
        for elapsed in std::mem::take(&mut self.early) {
            self.judge(elapsed);
        }
    }

    /// What is usual at the beginning; of a thinned recording, where all ticks are there again.
    fn seed(&self) -> Vec<Duration> {
        match (&self.thinning, self.known_interval) {
            (Some(_), Some(interval)) => vec![interval; 3],
            (_, known) => self.opening.clone().seed(known),
        }
    }

    fn judge(&mut self, elapsed: Duration) {
        if let Some(gap) = self.finder.as_mut().and_then(|finder| finder.gap_before(elapsed)) {
            self.gaps += 1;
            self.gap_time = self.gap_time.saturating_add(gap);
        }
    }

    /// The summary of all ticks taken.
    pub fn finish(mut self) -> Summary {
        self.judge_early_ticks();
        let mut totals = self.totals;
        for (total, opening) in totals.iter_mut().zip(self.openings) {
            if let Some(total) = total {
                // What is measured at few of the ticks has a pace of its own.
                let usual = self.known_interval.filter(|_| total.ticks > self.ticks / 2);
                let thinned = usual.filter(|_| self.thinning.is_some());
                total.seed = thinned.map_or_else(|| opening.seed(usual), |interval| vec![interval; 3]);
            }
        }
        Summary {
            started: self.started,
            first: self.first,
            last: self.last,
            ticks: self.ticks,
            interval: self.known_interval.or_else(|| self.interval.finish()),
            gaps: self.gaps,
            gap_time: self.gap_time,
            processes: self.processes,
            thinning: self.thinning,
            totals,
        }
    }
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
