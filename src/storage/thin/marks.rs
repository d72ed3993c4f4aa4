//! The ticks that hold the processes' own peaks. Of weeks of short-lived processes there are too many to remember: then those of the largest.

use crate::model::{ProcessNumber, Sample};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

/// Those that have ended are looked for whenever so many more are remembered than there were in the last tick.
const SPARE: usize = 1024;

/// A tick at which a process was at its highest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    bytes: u64,
    tick: u64,
    rows: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Highest {
    /// What it is ordered by.
    bytes: u64,
    process: ProcessNumber,
    /// Of what the ticks saw.
    seen: At,
    /// Of the kernel's mark: the first reading that had it in full.
    mark: At,
    last_tick: u64,
}

/// The peaks of the largest processes.
#[derive(Debug)]
pub(super) struct Peaks {
    living: HashMap<ProcessNumber, Highest>,
    ended: BinaryHeap<Reverse<Highest>>,
    at_most: usize,
}

impl Peaks {
    /// Remembers those of `at_most` processes, and those of the living.
    pub(super) fn new(at_most: usize) -> Self {
        Self { living: HashMap::new(), ended: BinaryHeap::new(), at_most }
    }

    /// Takes in the next tick, which has so many rows.
    pub(super) fn add(&mut self, tick: u64, rows: u64, sample: &Sample) {
        for row in &sample.rows {
            let process =
                self.living.entry(row.process).or_insert(Highest { process: row.process, ..Highest::default() });
            process.last_tick = tick;
            for (value, at) in [(row.memory.rss, &mut process.seen), (row.memory.peak_rss, &mut process.mark)] {
                if let Some(bytes) = value.filter(|bytes| *bytes > at.bytes) {
                    *at = At { bytes, tick, rows };
                }
            }
        }
        if self.living.len() > 2 * sample.rows.len() + SPARE {
            self.bury(tick);
        }
    }

    /// Those that the last tick did not have.
    fn bury(&mut self, last: u64) {
        let gone = self.living.extract_if(|_, process| process.last_tick != last);
        for (_, process) in gone {
            let bytes = process.seen.bytes.max(process.mark.bytes);
            self.ended.push(Reverse(Highest { bytes, ..process }));
            if self.ended.len() > self.at_most {
                self.ended.pop();
            }
        }
    }

    /// The ticks that hold them, the largest processes first, as far as they have no more than so many rows together; and how many those have.
    pub(super) fn ticks(mut self, room: u64) -> (Vec<u64>, u64) {
        self.bury(u64::MAX);
        let (mut ticks, mut rows) = (BTreeSet::new(), 0);
        for Reverse(process) in self.ended.into_sorted_vec() {
            for at in [process.seen, process.mark] {
                if at.bytes > 0 && !ticks.contains(&at.tick) && rows + at.rows <= room {
                    rows += at.rows;
                    ticks.insert(at.tick);
                }
            }
        }
        (ticks.into_iter().collect(), rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Memory, Name, Row};

    fn sample(rows: &[(ProcessNumber, u64, Option<u64>)]) -> Sample {
        let row = |(process, rss, peak_rss): &(ProcessNumber, u64, Option<u64>)| Row {
            process: *process,
            pid: *process,
            ppid: 1,
            name: Name::from_bytes(b"x"),
            memory: Memory { rss: Some(*rss), peak_rss: *peak_rss, ..Memory::default() },
        };
        Sample { rows: rows.iter().map(row).collect(), ..Sample::default() }
    }

    fn ticks(at_most: usize, room: u64, samples: &[Sample]) -> (Vec<u64>, u64) {
        let mut peaks = Peaks::new(at_most);
        (0..).zip(samples).for_each(|(tick, sample)| peaks.add(tick, sample.rows.len() as u64, sample));
        peaks.ticks(room)
    }

    #[test]
    fn the_tick_of_the_highest_and_of_the_mark_are_kept() {
        let samples = [
            sample(&[(1, 5, Some(5))]),
            sample(&[(1, 9, None), (2, 3, Some(3))]),
            sample(&[(1, 4, Some(12)), (2, 2, None)]),
            sample(&[(1, 4, Some(12))]),
        ];
        assert_eq!(ticks(10, 100, &samples), (vec![1, 2], 4));
    }

    #[test]
    fn where_there_is_not_room_for_all_the_largest_are_kept() {
        let samples: Vec<_> =
            (0..5000).map(|process| sample(&[(process + 1, u64::from(process % 1000) + 1, None)])).collect();
        let (kept, rows) = ticks(5, 100, &samples);
        assert_eq!((kept, rows), (vec![999, 1999, 2999, 3999, 4999], 5));
        assert_eq!(ticks(5, 2, &samples).0.len(), 2);
    }
}
