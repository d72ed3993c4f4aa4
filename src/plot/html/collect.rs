//! The second pass: the points of one metric, all of them or, of a long recording, those that no line can do without.
//!
//! A page is zoomed, and its processes are stacked anew whenever one is hidden. So what is kept of a tick is kept of all processes: whole ticks are left out,
//! those at which no line has its first, last, lowest or highest value of a stretch of time (M4, as in [`Downsampler`](crate::analysis::Downsampler),
//! which thins each line by itself).

use super::codec::MOST;
use crate::analysis::{GapFinder, Peak, Phase, Point, Trend, TrendBuilder, grown_since, is_carried};
use crate::model::{Metric, ProcessNumber, Sample};
use crate::plot::judge::{Judge, Judged};
use std::collections::HashMap;
use std::time::Duration;

/// The values of one line at the ticks that were kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Line {
    /// Stretches of ticks at which it is there: the first, and how many.
    pub(super) runs: Vec<(u32, u32)>,
    /// Its values, one stretch after the other.
    pub(super) values: Vec<u64>,
}

impl Line {
    fn push(&mut self, tick: u32, value: u64) {
        match self.runs.last_mut() {
            Some((start, length)) if *start + *length == tick => *length += 1,
            _ => self.runs.push((tick, 1)),
        }
        self.values.push(value);
    }
}

/// What was kept of a metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Kept {
    /// Microseconds since the recording began.
    pub(super) times: Vec<u64>,
    /// Ticks with a hole before them.
    pub(super) gaps: Vec<u32>,
    /// One for each place that there was.
    pub(super) lines: Vec<Line>,
}

/// What is told of a line in numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Figures {
    /// Its highest value at any tick, kept or not.
    pub(super) peak: Option<Peak>,
    /// Its last value.
    pub(super) last: Option<(Duration, u64)>,
    /// Whether it grows; of bytes alone.
    pub(super) trend: Option<Trend>,
    /// From where its growth counts.
    pub(super) start_up: Option<Point>,
}

/// Everything of a metric.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) kept: Kept,
    /// Of each line.
    pub(super) lines: Vec<Figures>,
    pub(super) total: Figures,
    /// Of the total, and of it in each phase.
    pub(super) judged: Judged,
    /// The total at the ticks that were kept.
    pub(super) totals: Vec<Point>,
}

/// Which process has which line.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    pub(super) of: HashMap<ProcessNumber, u32>,
    /// The line of all that have none of their own.
    pub(super) rest: u32,
    pub(super) lines: usize,
}

/// Stretches of time, of each of which a few ticks are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretches {
    pub(super) length_us: u64,
}

#[derive(Debug, Default)]
struct Told {
    peak: Option<Peak>,
    last: Option<(Duration, u64)>,
    trend: Option<TrendBuilder>,
}

impl Told {
    fn add(&mut self, at: Duration, value: u64) {
        if self.peak.is_none_or(|peak| value > peak.value) {
            self.peak = Some(Peak { value, at });
        }
        self.last = Some((at, value));
        if let Some(trend) = &mut self.trend {
            trend.push(at, value);
        }
    }

    fn figures(self, start_up: Option<Point>) -> Figures {
        Figures { peak: self.peak, last: self.last, trend: self.trend.map(TrendBuilder::finish), start_up }
    }
}

/// A tick that waits for the end of its stretch.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    at: u64,
    total: u64,
    /// Where its cells begin.
    cells: usize,
}

/// Takes ticks, and keeps what a page shows of one metric.
#[derive(Debug)]
pub(super) struct Collector {
    metric: Metric,
    places: Places,
    gaps: GapFinder,
    stretches: Option<Stretches>,
    stretch: u64,
    hole: bool,
    ticks: Vec<Waiting>,
    cells: Vec<(u32, u64)>,
    carried: Option<HashMap<ProcessNumber, u64>>,
    kept: Kept,
    totals: Vec<Point>,
    told: Vec<Told>,
    total: Told,
    judge: Judge,
    /// Where the first phase begins, in seconds.
    mark: Option<f64>,
    latest: u64,
    pub(super) measured: u64,
    /// Whether a tick had the metric of several processes.
    pub(super) summed: bool,
    /// The least and the most processes without it, among those of a tick that have a resident set.
    pub(super) missing: Option<(u64, u64)>,
}

impl Collector {
    pub(super) fn new(metric: Metric, places: Places, gaps: GapFinder, stretches: Option<Stretches>) -> Self {
        let judged = metric.info().unit == crate::model::Unit::Bytes && metric != Metric::PeakRss;
        let told = || Told { trend: judged.then(TrendBuilder::new), ..Told::default() };
        let lines = places.lines;
        Self {
            metric,
            places,
            gaps,
            stretches,
            stretch: 0,
            hole: false,
            ticks: Vec::new(),
            cells: Vec::new(),
            carried: is_carried(metric).then(HashMap::new),
            kept: Kept { lines: vec![Line::default(); lines], ..Kept::default() },
            totals: Vec::new(),
            told: (0..lines).map(|_| told()).collect(),
            total: Told::default(),
            judge: Judge::new(metric, &[], None),
            mark: None,
            latest: 0,
            measured: 0,
            summed: false,
            missing: None,
        }
    }

    /// Judges the total in each of these phases too, and against this limit.
    pub(super) fn with_phases(mut self, phases: &[Phase], limit: Option<u64>) -> Self {
        self.mark = phases.first().map(|phase| phase.from.as_secs_f64());
        self.judge = Judge::new(self.metric, phases, limit);
        self
    }

    /// Takes the next tick.
    pub(super) fn add(&mut self, sample: &Sample) {
        let begin = self.cells.len();
        let Some(missing) = self.gather(sample) else { return };
        let hole = self.gaps.gap_before(sample.elapsed).is_some();
        // A broken file may go back in time; a line cannot.
        let at = u64::try_from(sample.elapsed.as_micros()).unwrap_or(MOST).clamp(self.latest, MOST);
        self.latest = at;
        let stretch = self.stretches.map_or(self.measured, |stretches| at / stretches.length_us);
        if hole || stretch != self.stretch {
            let cells = self.cells.split_off(begin);
            self.flush();
            self.cells = cells;
            (self.stretch, self.hole) = (stretch, hole);
        }
        let begin = self.ticks.last().map_or(0, |_| begin);
        let mut total = 0_u64;
        for (place, value) in &self.cells[begin..] {
            total = total.saturating_add(*value);
            self.told[*place as usize].add(sample.elapsed, *value);
        }
        self.total.add(sample.elapsed, total);
        self.judge.add(sample.elapsed, total);
        self.ticks.push(Waiting { at, total, cells: begin });
        self.measured += 1;
        let (least, most) = self.missing.unwrap_or((missing, missing));
        self.missing = Some((least.min(missing), most.max(missing)));
    }

    /// Appends the tick's cells, in the order of their places, and tells how many processes lack the metric; `None` if all do.
    fn gather(&mut self, sample: &Sample) -> Option<u64> {
        if self.metric == Metric::Cgroup {
            self.cells.push((self.places.rest, sample.cgroup?));
            return Some(0);
        }
        let (begin, mut measured, mut missing) = (self.cells.len(), false, 0);
        for row in &sample.rows {
            let mut value = self.metric.of(&row.memory);
            measured |= value.is_some();
            if let Some(carried) = &mut self.carried {
                match value {
                    Some(value) => _ = carried.insert(row.process, value),
                    None => value = carried.get(&row.process).copied(),
                }
            }
            match value {
                Some(value) => {
                    let place = self.places.of.get(&row.process).copied().unwrap_or(self.places.rest);
                    self.cells.push((place, value));
                }
                None => missing += u64::from(row.memory.rss.is_some()),
            }
        }
        self.summed |= measured && self.cells.len() > begin + 1;
        if !measured {
            self.cells.truncate(begin);
            return None;
        }
        self.cells[begin..].sort_unstable_by_key(|cell| cell.0);
        let mut end = begin;
        for place in begin + 1..self.cells.len() {
            let cell = self.cells[place];
            if self.cells[end].0 == cell.0 {
                self.cells[end].1 = self.cells[end].1.saturating_add(cell.1);
            } else {
                end += 1;
                self.cells[end] = cell;
            }
        }
        self.cells.truncate(end + 1);
        Some(missing)
    }

    /// The end of a stretch: its ticks are kept, or left out.
    fn flush(&mut self) {
        let wanted = self.wanted();
        for (tick, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            let Waiting { at, total, cells } = self.ticks[tick];
            let end = self.ticks.get(tick + 1).map_or(self.cells.len(), |next| next.cells);
            // Four thousand million ticks are kept of nothing.
            let place = self.kept.times.len() as u32;
            self.kept.times.push(at);
            if std::mem::take(&mut self.hole) {
                self.kept.gaps.push(place);
            }
            self.totals.push(Point { at: at as f64 / 1e6, value: total });
            for (line, value) in &self.cells[cells..end] {
                self.kept.lines[*line as usize].push(place, *value);
            }
        }
        self.ticks.clear();
        self.cells.clear();
    }

    /// Which of the waiting ticks are the first, last, lowest or highest of a line, or of the total.
    fn wanted(&self) -> Vec<bool> {
        let count = self.ticks.len();
        let mut wanted = vec![count <= 2; count];
        if count <= 2 {
            return wanted;
        }
        let mut extremes = vec![None; self.places.lines + 1];
        let mut see = |line: usize, tick: usize, value: u64| {
            let four: &mut [(usize, u64); 4] = extremes[line].get_or_insert([(tick, value); 4]);
            four[1] = (tick, value);
            if value < four[2].1 {
                four[2] = (tick, value);
            }
            if value > four[3].1 {
                four[3] = (tick, value);
            }
        };
        for (tick, waiting) in self.ticks.iter().enumerate() {
            see(self.places.lines, tick, waiting.total);
            let end = self.ticks.get(tick + 1).map_or(self.cells.len(), |next| next.cells);
            for (line, value) in &self.cells[waiting.cells..end] {
                see(*line as usize, tick, *value);
            }
        }
        for (tick, _) in extremes.into_iter().flatten().flatten() {
            wanted[tick] = true;
        }
        wanted
    }

    /// What was kept, and what is told of it.
    pub(super) fn finish(mut self) -> Collected {
        self.flush();
        let mark = self.mark;
        let growth = |line: &Line| {
            let ticks = line.runs.iter().flat_map(|(start, length)| *start..start + length);
            let points = ticks.zip(&line.values);
            let points: Vec<_> = points
                .map(|(tick, value)| Point { at: self.kept.times[tick as usize] as f64 / 1e6, value: *value })
                .collect();
            grown_since(&points, mark)
        };
        let starts: Vec<_> = self.kept.lines.iter().map(growth).collect();
        let figures = self.told.into_iter().zip(starts).map(|(told, start)| told.figures(start)).collect();
        Collected {
            kept: self.kept,
            lines: figures,
            total: self.total.figures(grown_since(&self.totals, mark)),
            judged: self.judge.finish(),
            totals: self.totals,
        }
    }
}
