//! What is known of a recording while it is made, and a copy of that which can be handed to another thread.

use super::history::History;
use crate::analysis::{Pace, Peak, Segment};
use crate::model::{Event, Name, Pid, Row, Sample, What};
use std::time::Duration;

/// So many processes are named, the biggest.
pub(super) const NAMED: usize = 24;
/// Of phases, which are told by their marks, the latest so many.
const MARKS: usize = 64;

/// A process, and what it has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Big {
    pub(super) name: Name,
    pub(super) pid: Pid,
    pub(super) bytes: u64,
}

/// What is known at a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) elapsed: Duration,
    /// Of all processes, in bytes. None as long as nothing was measured.
    pub(super) total: Option<u64>,
    pub(super) peak: Option<Peak>,
    /// In bytes.
    pub(super) per_minute: Option<f64>,
    /// All processes that live.
    pub(super) pids: Vec<Pid>,
    /// The biggest of them first.
    pub(super) biggest: Vec<Big>,
    pub(super) history: Vec<Segment>,
    /// In the order of time.
    pub(super) marks: Vec<Event>,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    elapsed: Duration,
    total: Option<u64>,
    peak: Option<Peak>,
    pace: Pace,
    history: History,
    marks: Vec<Event>,
}

impl Board {
    /// Takes in what a tick has seen and what has happened since the last one.
    pub(super) fn see(&mut self, sample: &Sample, events: &[Event]) {
        for event in events {
            match &event.what {
                What::Gap { .. } => self.history.break_here(),
                What::Mark { .. } => {
                    if self.marks.len() == MARKS {
                        self.marks.remove(0);
                    }
                    self.marks.push(event.clone());
                }
                _ => {}
            }
        }
        // Events may come by themselves, between two looks.
        let measured = sample.rows.iter().filter_map(|row| row.memory.rss).reduce(u64::saturating_add);
        let Some(total) = measured else { return };
        let at = sample.elapsed;
        self.elapsed = at;
        self.total = Some(total);
        if self.peak.is_none_or(|peak| total > peak.value) {
            self.peak = Some(Peak { value: total, at });
        }
        self.pace.add(at, total);
        self.history.add(at, total);
    }

    /// All that is known, `sample` being the last that was seen.
    pub(super) fn known(&self, sample: &Sample) -> Known {
        let size = |row: &Row| row.memory.rss.unwrap_or(0);
        let mut rows: Vec<&Row> = sample.rows.iter().collect();
        if rows.len() > NAMED {
            rows.select_nth_unstable_by_key(NAMED, |row| std::cmp::Reverse(size(row)));
            rows.truncate(NAMED);
        }
        rows.sort_by_key(|row| (std::cmp::Reverse(size(row)), row.process));
        let big = |row: &&Row| Big { name: row.name.clone(), pid: row.pid, bytes: size(row) };
        Known {
            elapsed: self.elapsed,
            total: self.total,
            peak: self.peak,
            per_minute: self.pace.per_minute(),
            pids: sample.rows.iter().map(|row| row.pid).collect(),
            biggest: rows.iter().map(big).collect(),
            history: self.history.segments(),
            marks: self.marks.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Memory;

    fn sample(second: u64, sizes: &[u64]) -> Sample {
        let row = |(number, size): (u32, &u64)| Row {
            process: number,
            pid: 100 + number,
            ppid: 1,
            name: Name::from_written(&format!("p{number}")),
            memory: Memory { rss: Some(*size), ..Memory::default() },
        };
        Sample { elapsed: Duration::from_secs(second), rows: (1..).zip(sizes).map(row).collect(), ..Sample::default() }
    }

    #[test]
    fn the_total_its_peak_and_the_biggest_are_known() {
        let mut board = Board::default();
        let ticks = [sample(1, &[5, 7]), sample(2, &[5, 70, 6]), sample(3, &[5, 7, 9])];
        ticks.iter().for_each(|tick| board.see(tick, &[]));
        board.see(&Sample::default(), &[]);
        let known = board.known(&ticks[2]);
        assert_eq!((known.total, known.elapsed), (Some(21), Duration::from_secs(3)));
        assert_eq!(known.peak, Some(Peak { value: 81, at: Duration::from_secs(2) }));
        assert_eq!(known.biggest.iter().map(|big| big.bytes).collect::<Vec<_>>(), [9, 7, 5]);
        assert_eq!(known.pids, [101, 102, 103]);
    }

    #[test]
    fn of_thousands_only_the_biggest_are_named() {
        let sizes: Vec<u64> = (0..5000).collect();
        let mut board = Board::default();
        let tick = sample(1, &sizes);
        board.see(&tick, &[]);
        let known = board.known(&tick);
        assert_eq!((known.biggest.len(), known.biggest[0].bytes, known.pids.len()), (NAMED, 4999, 5000));
    }
}
