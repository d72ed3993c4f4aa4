//! The first pass over a recording: who is who, and what there is to draw.

use super::cast::Cast;
use super::judge::{Judge, Judged};
use super::trace::{Trace, Tracer, Wanted};
use super::{Input, Options, PlotError};
use crate::analysis::{Phase, Summary, SummaryBuilder};
use crate::model::Metric;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// A recording after the first pass.
pub(super) struct Seen<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) summary: Summary,
    /// The wall clock at its moment 0, by its first tick; and by its last.
    clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// What the second pass makes of it.
pub(super) struct Kept {
    pub(super) trace: Trace,
    pub(super) judged: Judged,
}

impl<'a> Seen<'a> {
    /// The first pass.
    pub(super) fn of(input: &'a Input<'a>) -> Result<Self, PlotError> {
        let mut builder = SummaryBuilder::for_events(input.events);
        let mut ends = None;
        (input.stream)(&mut |sample| {
            builder.add(sample);
            let now = (sample.time, sample.elapsed);
            ends = Some((ends.map_or(now, |(first, _)| first), now));
        })?;
        let summary = builder.finish();
        if summary.ticks == 0 {
            return Err(PlotError::Empty(input.name.clone()));
        }
        let at_zero = |(time, elapsed): (DateTime<Utc>, Duration)| {
            TimeDelta::from_std(elapsed).ok().and_then(|elapsed| time.checked_sub_signed(elapsed))
        };
        let clock = ends.and_then(|(first, last)| Some((at_zero(first)?, at_zero(last)?)));
        Ok(Self { input, summary, clock })
    }

    /// The wall clock when it began.
    pub(super) fn began(&self) -> Option<DateTime<Utc>> {
        self.clock.map(|(first, _)| first)
    }

    /// By how much the wall clock was set, or went on while the machine slept; none where that is next to nothing.
    pub(super) fn clock_moved(&self) -> Option<TimeDelta> {
        let moved = self.clock.map(|(first, last)| last - first)?;
        (moved.abs() > TimeDelta::seconds(2)).then_some(moved)
    }

    /// The second pass.
    pub(super) fn keep(
        &self,
        wanted: Wanted,
        cast: &Cast,
        phases: &[Phase],
        limit: Option<u64>,
    ) -> Result<Kept, PlotError> {
        let mut tracer = Tracer::new(wanted, cast, self.summary.gap_finder(wanted.metric));
        let mut judge = Judge::new(wanted.metric, phases, limit);
        (self.input.stream)(&mut |sample| {
            if let Some(total) = tracer.add(sample) {
                judge.add(sample.elapsed, total);
            }
        })?;
        Ok(Kept { trace: tracer.finish(), judged: judge.finish() })
    }
}

/// The metric to draw. Of commands that were gone before their first reading there is the kernel's mark at most, and that is drawn then.
pub(super) fn metric(seen: &[Seen], wanted: Metric) -> Result<Metric, PlotError> {
    let have = |metric| seen.iter().all(|seen| seen.summary.total(metric).is_some());
    if wanted == Metric::Rss && !have(Metric::Rss) && have(Metric::PeakRss) {
        return Ok(Metric::PeakRss);
    }
    match seen.iter().find(|seen| seen.summary.total(wanted).is_none()) {
        None => Ok(wanted),
        Some(Seen { input, summary, .. }) => {
            let has: Vec<_> = summary.metrics().map(|metric| metric.info().name).collect();
            let recording = input.name.clone();
            Err(PlotError::NoMetric { recording, wanted: wanted.info().name, has: has.join(", ") })
        }
    }
}

/// The time that the figure shows, which holds the windows of all recordings.
pub(super) fn span(seen: &[Seen], options: &Options) -> Result<(Duration, Duration), PlotError> {
    let mut span: Option<(Duration, Duration)> = None;
    for Seen { input, summary, .. } in seen {
        let (first, last) = (summary.first, summary.last);
        let (from, to) = match options.window {
            Some(window) => window
                .resolve(first, last)
                .map_err(|source| PlotError::Window { recording: input.name.clone(), source })?,
            // A recording begins at 0 and not at its first tick, unless it is a piece of another one.
            None if first > last / 10 + Duration::from_secs(1) => (first, last),
            None => (Duration::ZERO, last),
        };
        span = Some(span.map_or((from, to), |span| (span.0.min(from), span.1.max(to))));
    }
    span.ok_or(PlotError::NoRecording)
}
