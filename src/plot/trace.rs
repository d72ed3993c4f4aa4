//! The second pass: the samples stream by once more, and only what will be drawn is kept of them.

use super::cast::Cast;
use crate::analysis::{Downsampler, GapFinder, Peak, Seats, Segment, is_carried};
use crate::model::{Metric, ProcessNumber, Sample};
use std::collections::HashMap;
use std::time::Duration;

/// What is wanted of a recording.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) metric: Metric,
    pub(super) from: Duration,
    pub(super) to: Duration,
    pub(super) columns: u32,
    /// Each process upon those below it, rather than by itself.
    pub(super) stacked: bool,
    /// And by itself too.
    pub(super) growth: bool,
}

/// One line of a figure.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Series {
    pub(super) segments: Vec<Segment>,
    /// Of a part of a stack whose growth is wanted: by itself.
    pub(super) own: Option<Vec<Segment>>,
    /// The highest value in the window; in a stack of the process itself, not of what it stands upon.
    pub(super) peak: Option<Peak>,
    /// The value at the last tick; none if it was gone by then.
    pub(super) last: Option<u64>,
}

/// A recording, thinned to what is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Trace {
    pub(super) total: Series,
    /// One for each role of the cast, and one for the others if there are any.
    pub(super) parts: Vec<Series>,
    /// Ticks in the window.
    pub(super) ticks: u64,
    /// How many of them have the metric.
    pub(super) measured: u64,
    /// Whether a tick had the metric of several processes.
    pub(super) summed: bool,
    /// The least and the most processes without it, among those of a tick that have a resident set: a total without them is a lower bound.
    pub(super) missing: (u64, u64),
}

/// The value of one part at one tick.
#[derive(Debug, Clone, Copy, Default)]
struct Now {
    bytes: u64,
    present: bool,
}

#[derive(Debug)]
struct Part {
    line: Downsampler,
    own: Option<Downsampler>,
    peak: Option<Peak>,
    last: Option<u64>,
    joined: bool,
}

/// Takes ticks and makes a [`Trace`].
#[derive(Debug)]
pub(super) struct Tracer {
    wanted: Wanted,
    gaps: GapFinder,
    parts: Vec<Part>,
    total: Part,
    /// Which part each process of the cast is.
    seats: Seats,
    carried: Option<HashMap<ProcessNumber, u64>>,
    now: Vec<Now>,
    others: usize,
    ticks: u64,
    measured: u64,
    summed: bool,
    missing: Option<(u64, u64)>,
}

/// The whole tree at one tick.
#[derive(Debug, Clone, Copy)]
struct Sum {
    total: u64,
    several: bool,
    missing: u64,
}

impl Tracer {
    pub(super) fn new(wanted: Wanted, cast: &Cast, gaps: GapFinder) -> Self {
        let line = || Downsampler::new(wanted.from, wanted.to, wanted.columns);
        let part = |own: bool| Part { line: line(), own: own.then(line), peak: None, last: None, joined: false };
        let count = cast.roles.len() + usize::from(cast.others > 0);
        Self {
            wanted,
            gaps,
            parts: (0..count).map(|_| part(wanted.growth && wanted.stacked)).collect(),
            total: part(false),
            seats: cast
                .roles
                .iter()
                .enumerate()
                .flat_map(|(place, role)| role.numbers.iter().map(move |number| (*number, place)))
                .collect(),
            carried: is_carried(wanted.metric).then(HashMap::new),
            now: vec![Now::default(); count],
            others: cast.roles.len(),
            ticks: 0,
            measured: 0,
            summed: false,
            missing: None,
        }
    }

    /// Takes the next tick. Gives its total, where it lies in the window and has one.
    pub(super) fn add(&mut self, sample: &Sample) -> Option<u64> {
        let at = sample.elapsed;
        let inside = at >= self.wanted.from && at <= self.wanted.to;
        self.ticks += u64::from(inside);
        let Sum { total, several, missing } = self.sum(sample)?;
        if self.gaps.gap_before(at).is_some() {
            self.total.line.break_here();
            self.parts.iter_mut().for_each(Part::break_here);
        }
        self.summed |= inside && several;
        if inside {
            self.measured += 1;
            let (least, most) = self.missing.unwrap_or((missing, missing));
            self.missing = Some((least.min(missing), most.max(missing)));
        }
        self.total.add(at, total, total, inside);
        let mut below = 0_u64;
        for (part, now) in self.parts.iter_mut().zip(&self.now) {
            below = below.saturating_add(now.bytes);
            if self.wanted.stacked {
                // Who is absent has no height, but its upper edge goes on: somebody else's lower edge may be there.
                part.add_edge(at, below, *now, inside);
            } else if now.present {
                part.add(at, now.bytes, now.bytes, inside);
                part.joined = true;
            } else {
                part.end(inside);
            }
        }
        inside.then_some(total)
    }

    /// Fills `now`. None if the tick does not have the metric.
    #[inline]
    fn sum(&mut self, sample: &Sample) -> Option<Sum> {
        self.now.fill(Now::default());
        if self.wanted.metric == Metric::Cgroup {
            return sample.cgroup.map(|total| Sum { total, several: false, missing: 0 });
        }
        let (mut total, mut measured, mut rows, mut missing) = (0_u64, false, 0, 0);
        for (place, row) in sample.rows.iter().enumerate() {
            let mut bytes = self.wanted.metric.of(&row.memory);
            measured |= bytes.is_some();
            if let Some(carried) = &mut self.carried {
                match bytes {
                    Some(bytes) => _ = carried.insert(row.process, bytes),
                    None => bytes = carried.get(&row.process).copied(),
                }
            }
            let Some(bytes) = bytes else {
                missing += u64::from(row.memory.rss.is_some());
                continue;
            };
            rows += 1;
            total = total.saturating_add(bytes);
            // Who has no part of their own is one of the others, who come last, if they are drawn.
            let part = self.seats.of(place, row.process);
            if let Some(now) = self.now.get_mut(part.unwrap_or(self.others)) {
                now.bytes = now.bytes.saturating_add(bytes);
                now.present = true;
            }
        }
        measured.then_some(Sum { total, several: rows > 1, missing })
    }

    /// What was seen.
    pub(super) fn finish(self) -> Trace {
        let series = |part: Part| Series {
            segments: part.line.finish(),
            own: part.own.map(Downsampler::finish),
            peak: part.peak,
            last: part.last,
        };
        Trace {
            total: series(self.total),
            parts: self.parts.into_iter().map(series).collect(),
            ticks: self.ticks,
            measured: self.measured,
            summed: self.summed,
            missing: self.missing.unwrap_or_default(),
        }
    }
}

impl Part {
    fn break_here(&mut self) {
        self.line.break_here();
        if let Some(own) = &mut self.own {
            own.break_here();
        }
    }

    #[inline]
    fn add(&mut self, at: Duration, drawn: u64, own: u64, inside: bool) {
        self.line.push(at, drawn);
        if inside {
            self.last = Some(own);
            if self.peak.is_none_or(|peak| own > peak.value) {
                self.peak = Some(Peak { value: own, at });
            }
        }
    }

    #[inline]
    fn add_edge(&mut self, at: Duration, drawn: u64, now: Now, inside: bool) {
        if now.present {
            self.add(at, drawn, now.bytes, inside);
            if let Some(own) = &mut self.own {
                own.push(at, now.bytes);
            }
            self.joined = true;
        } else {
            self.line.push(at, drawn);
            if std::mem::take(&mut self.joined)
                && let Some(own) = &mut self.own
            {
                own.break_here();
            }
            if inside {
                self.last = None;
            }
        }
    }

    /// It is gone: its line ends at the last tick that saw it.
    fn end(&mut self, inside: bool) {
        if self.joined {
            self.line.break_here();
            self.joined = false;
        }
        if inside {
            self.last = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cast::Role;
    use super::super::palette::Ink;
    use super::super::test_samples::{MIB, constant};
    use super::*;

    /// The others' place is behind the roles, of which there are fewer than processes where several play one.
    #[test]
    fn where_several_processes_are_one_role_the_others_are_still_drawn() {
        let role = Role { numbers: vec![1, 2], pid: 4711, name: "p".to_owned(), word: None, ink: Ink::Rank(0) };
        let cast = Cast { roles: vec![role], others: 1, others_name: None };
        let (from, to) = (Duration::ZERO, Duration::from_secs(9));
        let wanted = Wanted { metric: Metric::Rss, from, to, columns: 100, stacked: true, growth: false };
        let mut tracer = Tracer::new(wanted, &cast, GapFinder::default());
        constant(&[1, 2, 4], 10).iter().for_each(|sample| _ = tracer.add(sample));
        let peaks: Vec<_> = tracer.finish().parts.iter().map(|part| part.peak.map(|peak| peak.value)).collect();
        assert_eq!(peaks, [Some(3 * MIB), Some(4 * MIB)]);
    }
}
