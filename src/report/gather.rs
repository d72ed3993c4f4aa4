//! From ticks and events to a [`Report`]: once to learn who is who, once to follow each.

use super::counts::of_phase;
use super::{Count, Peak, Phase, Process, Report, Role, Told, seconds};
use crate::analysis::trend::counts::{Numbers, PerCountBuilder};
use crate::analysis::trend::{self, ProcessTrends, RoleTrends, Trend, TrendBuilder, roles};
use crate::analysis::{Phase as Span, ProcessSummary, Summary, SummaryBuilder, peaks, phases};
use crate::model::{CommandLine, Event, Metric, ProcessNumber, Sample, Start, What};
use chrono::{DateTime, SecondsFormat, Utc};
use std::collections::HashMap;
use std::time::Duration;

/// Hands each tick of a recording to whom it is given, from its beginning, each time it is called.
pub type Stream<'a> = dyn Fn(&mut dyn FnMut(&Sample)) -> anyhow::Result<()> + 'a;

/// So many processes are followed, the largest: of a build's thousands most live too short to have a trend.
const FOLLOWED: usize = 1000;

/// A recording.
pub struct Input<'a> {
    /// What it is called.
    pub name: String,
    /// What was recorded.
    pub command: Option<&'a CommandLine>,
    /// The wall clock at its beginning.
    pub started: Option<DateTime<Utc>>,
    /// What happened.
    pub events: &'a [Event],
    /// The size that its total must not reach, where somebody has said so.
    pub limit: Option<u64>,
    /// Its ticks.
    pub stream: &'a Stream<'a>,
}

/// And so many phases: a program that marks every request has more than anybody reads.
const PHASES: usize = 10_000;

/// A total that is followed over a part of the time.
#[derive(Debug)]
pub(super) struct Course {
    from: Duration,
    to: Duration,
    pub(super) trend: TrendBuilder,
    /// The most processes at a tick.
    pub(super) most: u64,
    peak: Option<(u64, Duration)>,
}

impl Course {
    pub(super) fn new(from: Duration, to: Duration) -> Self {
        Self { from, to, trend: TrendBuilder::new(), most: 0, peak: None }
    }

    fn with_limit(mut self, bytes: Option<u64>) -> Self {
        self.trend = self.trend.with_limit(bytes);
        self
    }

    /// Leaves out so much of its beginning.
    pub(super) fn skip(&mut self, warmup: Duration) {
        self.from = self.from.saturating_add(warmup);
    }

    /// Takes the next tick.
    pub(super) fn see(&mut self, sample: &Sample) {
        if sample.elapsed >= self.from && sample.elapsed < self.to {
            self.most = self.most.max(sample.rows.len() as u64);
        }
        if let Some(total) = total(sample) {
            self.add(sample.elapsed, total);
        }
    }

    pub(super) fn add(&mut self, at: Duration, total: u64) {
        if at < self.from || at >= self.to {
            return;
        }
        self.trend.push(at, total);
        if self.peak.is_none_or(|(highest, _)| total > highest) {
            self.peak = Some((total, at));
        }
    }

    pub(super) fn peak(&self) -> Peak {
        Peak {
            rss_bytes: self.peak.map(|peak| peak.0),
            at_s: self.peak.map(|peak| seconds(peak.1)),
            at_least_bytes: None,
        }
    }
}

/// Courses over parts of the time that begin in this order: of ten thousand phases, a tick is in some.
#[derive(Debug)]
pub(super) struct Courses {
    pub(super) all: Vec<(String, Course)>,
    /// Those that have not begun yet come from here on.
    next: usize,
    /// Those that have begun, and not ended.
    open: Vec<usize>,
}

impl Courses {
    pub(super) fn of(all: Vec<(String, Course)>) -> Self {
        Self { all, next: 0, open: Vec::new() }
    }

    /// Hands over those in which this moment lies. Moments come in order.
    pub(super) fn at(&mut self, elapsed: Duration, mut each: impl FnMut(usize, &mut Course)) {
        while self.all.get(self.next).is_some_and(|(_, course)| course.from <= elapsed) {
            self.open.push(self.next);
            self.next += 1;
        }
        self.open.retain(|place| self.all[*place].1.to > elapsed);
        self.open.iter().for_each(|place| each(*place, &mut self.all[*place].1));
    }
}

/// The recording's limit: the one that was asked for, or its own control group's.
fn limit_of(input: &Input<'_>, start: Option<&Start>) -> Option<u64> {
    input.limit.or_else(|| start.and_then(|start| start.limit_bytes))
}

/// When a recording ended, by its events; one that was killed goes on to its last tick.
pub(super) fn ended(events: &[Event]) -> Option<&Event> {
    events.iter().rev().find(|event| matches!(event.what, What::End { .. }))
}

impl Report {
    /// Gathers it.
    ///
    /// # Errors
    /// Whatever the stream says.
    pub fn of(input: &Input<'_>) -> anyhow::Result<Self> {
        let start = input.events.iter().find_map(|event| match &event.what {
            What::Start(start) => Some(start),
            _ => None,
        });
        let mut builder = SummaryBuilder::for_events(input.events);
        (input.stream)(&mut |sample| builder.add(sample))?;
        let summary = builder.finish();
        let end = ended(input.events);
        let duration = end.map_or(summary.last, |end| end.elapsed.max(summary.last));
        let limit_bytes = limit_of(input, start);
        let mut whole = Course::new(Duration::ZERO, Duration::MAX).with_limit(limit_bytes);
        let mut phases = Courses::of(courses(input.events, duration));
        let mut followed = ProcessTrends::of(followed(&summary), Metric::Rss);
        let roles = roles(&summary.processes);
        let mut of_roles = RoleTrends::of(&roles, Metric::Rss);
        let mut per_count = PerCountBuilder::of(input.events);
        (input.stream)(&mut |sample| {
            if let Some(total) = total(sample) {
                whole.add(sample.elapsed, total);
                per_count.push(sample.elapsed, total);
                phases.at(sample.elapsed, |_, course| course.add(sample.elapsed, total));
            }
            of_roles.add(sample);
            followed.add(sample);
        })?;
        let (ticks, ticks_missed, exit) = match end.map(|end| &end.what) {
            Some(What::End { ticks, ticks_missed, exit, .. }) => (*ticks, *ticks_missed, *exit),
            _ => (summary.ticks + summary.thinning.as_ref().map_or(0, |thinned| thinned.left_out), missed(input), None),
        };
        let numbers = Numbers::of(input.events);
        let phase = |(label, course): (String, Course)| Phase {
            label,
            counts: of_phase(numbers.within(course.from, course.to)),
            from_s: seconds(course.from),
            to_s: seconds(course.to),
            peak: course.peak(),
            trend: Told(course.trend.finish()),
        };
        Ok(Self {
            recording: input.name.clone(),
            command: input.command.cloned(),
            started: input.started.map(|started| started.to_rfc3339_opts(SecondsFormat::Millis, true)),
            duration_s: seconds(duration),
            interval_s: summary.interval.map(seconds),
            ticks,
            ticks_missed,
            exit,
            peak: Peak { at_least_bytes: summary.at_least(input.events), ..whole.peak() },
            limit_bytes,
            trend: Told(whole.trend.finish()),
            processes: processes(input, &summary, followed.finish()),
            phases: phases.all.into_iter().map(phase).collect(),
            roles: roles.into_iter().zip(of_roles.finish()).map(role).collect(),
            counts: per_count.finish().kinds.into_iter().map(Count::from).collect(),
            coverage: coverage(input, &summary, start),
        })
    }
}

/// The sum of the resident sets; none where none was measured.
pub(super) fn total(sample: &Sample) -> Option<u64> {
    sample.rows.iter().filter_map(|row| row.memory.rss).reduce(u64::saturating_add)
}

/// What a command line runs, without its folder: recordings of different programs are not compared.
pub fn program_of(command: &CommandLine) -> Option<String> {
    let first = command.arguments().first()?;
    first.rsplit('/').next().map(str::to_owned)
}

fn role((role, trend): (trend::Role, trend::Trend)) -> Role {
    Role { name: role.name, ppid: role.ppid, processes: role.processes, trend: Told(trend) }
}

/// Ticks that did not take place, of a recording that does not tell their number at its end.
fn missed(input: &Input<'_>) -> u64 {
    let of_gap = |event: &Event| if let What::Gap { ticks_missed, .. } = event.what { ticks_missed } else { 0 };
    input.events.iter().map(of_gap).fold(0, u64::saturating_add)
}

/// The phases, each with what is followed of it.
pub(super) fn courses(events: &[Event], end: Duration) -> Vec<(String, Course)> {
    let course = |phase: Span| (phase.label, Course::new(phase.from, phase.to));
    phases(events, end).into_iter().take(PHASES).map(course).collect()
}

fn followed(summary: &Summary) -> Vec<ProcessNumber> {
    let mut largest: Vec<&ProcessSummary> = summary.processes.iter().collect();
    let size = |process: &ProcessSummary| process.reading(Metric::Rss).map(|reading| reading.peak.value);
    largest.sort_by_key(|process| std::cmp::Reverse(size(process)));
    largest.into_iter().take(FOLLOWED).map(|process| process.number).collect()
}

fn processes(input: &Input<'_>, summary: &Summary, mut trends: HashMap<ProcessNumber, Trend>) -> Vec<Process> {
    let highest: HashMap<ProcessNumber, u64> =
        peaks(summary, input.events).into_iter().map(|peak| (peak.number, peak.bytes)).collect();
    let mut commands: HashMap<ProcessNumber, &CommandLine> = HashMap::new();
    for event in input.events {
        if let What::Spawn { process, command: Some(command), .. }
        | What::Exec { process, command: Some(command), .. } = &event.what
        {
            commands.insert(*process, command);
        }
    }
    let mut processes: Vec<_> = summary.processes.iter().collect();
    processes.sort_by_key(|process| process.number);
    let told = |process: &ProcessSummary| Process {
        process: process.number,
        pid: process.pid,
        ppid: process.ppid,
        name: process.name.clone(),
        command: commands.get(&process.number).map(|command| (*command).clone()),
        first_s: seconds(process.first),
        last_s: seconds(process.last),
        peak_rss_bytes: highest.get(&process.number).copied(),
        last_rss_bytes: process.reading(Metric::Rss).map(|reading| reading.last),
        trend: Told(trends.remove(&process.number).unwrap_or_else(|| TrendBuilder::new().finish())),
    };
    let mut told = told;
    processes.into_iter().map(&mut told).collect()
}

/// What the numbers do not tell.
fn coverage(input: &Input<'_>, summary: &Summary, start: Option<&Start>) -> Vec<String> {
    let mut coverage: Vec<String> = start.map(|start| start.following.clone()).into_iter().collect();
    if summary.processes.len() > FOLLOWED {
        coverage.push(format!(
            "the trends of the {FOLLOWED} largest processes were looked at, of {}",
            summary.processes.len()
        ));
    }
    for event in input.events {
        if let What::Note { text } = &event.what {
            coverage.push(text.clone());
        }
    }
    coverage
}
