//! The whole of a series in a few points, while it comes into being and nobody knows how long it will be.

use crate::analysis::{Point, Segment};
use std::time::Duration;

/// More columns than any screen has; of twice as many, two at a time become one.
const COLUMNS: usize = 512;
/// Of time in a column, to begin with.
const SHORTEST: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
struct Column {
    /// Of the highest value, which is what a peak must not be lost from.
    high: Point,
    last: Point,
    /// Nothing is known of the time before it.
    begins: bool,
}

#[derive(Debug)]
pub(super) struct History {
    columns: Vec<Column>,
    width: Duration,
    end: Duration,
    broken: bool,
}

impl Default for History {
    fn default() -> Self {
        Self { columns: Vec::new(), width: SHORTEST, end: Duration::ZERO, broken: true }
    }
}

impl History {
    pub(super) fn add(&mut self, at: Duration, value: u64) {
        let point = Point { at: at.as_secs_f64(), value };
        let begins = std::mem::take(&mut self.broken);
        match self.columns.last_mut().filter(|_| at < self.end && !begins) {
            Some(column) => {
                if value > column.high.value {
                    column.high = point;
                }
                column.last = point;
            }
            None => {
                if self.columns.len() == 2 * COLUMNS {
                    self.halve();
                }
                self.columns.push(Column { high: point, last: point, begins });
                self.end = at + self.width;
            }
        }
    }

    /// What comes next does not follow on what came last.
    pub(super) fn break_here(&mut self) {
        self.broken = true;
    }

    fn halve(&mut self) {
        let joined = self.columns.chunks(2).map(|pair| match pair {
            [a, b] => Column {
                high: if b.high.value > a.high.value { b.high } else { a.high },
                last: b.last,
                // A hole within is no wider than a column.
                begins: a.begins || b.begins,
            },
            _ => pair[0],
        });
        self.columns = joined.collect();
        self.width *= 2;
    }

    /// What is known, in parts between which nothing is.
    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for column in &self.columns {
            if column.begins || segments.is_empty() {
                segments.push(Segment::new());
            }
            let Some(segment) = segments.last_mut() else { continue };
            segment.push(column.high);
            if column.last.at > column.high.at {
                segment.push(column.last);
            }
        }
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_fits_and_its_peak_is_among_it() {
        let mut history = History::default();
        for second in 0..604_800_u64 {
            history.add(Duration::from_secs(second), if second == 100_003 { 77 } else { second % 7 });
        }
        let segments = history.segments();
        assert!(segments.len() == 1 && segments[0].len() <= 4 * COLUMNS, "{}", segments[0].len());
        assert!(segments[0].contains(&Point { at: 100_003.0, value: 77 }));
        assert_eq!(segments[0].last().map(|point| point.at), Some(604_799.0));
        assert!(segments[0].is_sorted_by(|a, b| a.at < b.at));
    }

    #[test]
    fn nothing_leads_over_a_hole() {
        let mut history = History::default();
        history.add(Duration::from_secs(1), 1);
        history.add(Duration::from_secs(2), 1);
        history.break_here();
        history.add(Duration::from_secs(60), 3);
        assert_eq!(history.segments().iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
}
