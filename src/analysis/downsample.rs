//! Fewer points, the same picture: M4 keeps the first, last, lowest and highest point of each pixel column.
//!
//! Jugel and others, "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014: a line through those four is
//! pixel for pixel the line through all of them, because within a column only its extent can be seen, and between two columns
//! only the step from the last point of one to the first of the next.

use std::time::Duration;

/// A value at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Seconds since the recording began.
    pub at: f64,
    /// The value, in the metric's unit.
    pub value: u64,
}

/// Points in the order of time, with no hole between them.
pub type Segment = Vec<Point>;

type Raw = (u64, u64);

/// Thins one series while it streams by. Memory is bounded by the number of columns: of holes within one only the last can be seen.
#[derive(Debug, Clone)]
pub struct Downsampler {
    from: u64,
    to: u64,
    columns: u64,
    /// The first nanosecond behind the current column.
    column_end: u64,
    first: Raw,
    low: Raw,
    high: Raw,
    last: Raw,
    open: bool,
    /// The latest point before the window, if no hole came after it.
    before: Option<Raw>,
    /// The line has left the window.
    beyond: bool,
    /// Here is a hole, unless the next point is in the same column.
    broken: bool,
    segment: Segment,
    done: Vec<Segment>,
}

impl Downsampler {
    /// For a picture of the time `from..=to` that is `columns` pixels wide.
    pub fn new(from: Duration, to: Duration, columns: u32) -> Self {
        Self {
            from: nanos(from),
            to: nanos(to),
            columns: u64::from(columns.max(1)),
            column_end: 0,
            first: (0, 0),
            low: (0, 0),
            high: (0, 0),
            last: (0, 0),
            open: false,
            before: None,
            beyond: false,
            broken: false,
            segment: Segment::new(),
            done: Vec::new(),
        }
    }

    /// Takes the next point. Points come in the order of time; what lies outside the picture only shapes its edges.
    #[inline]
    pub fn push(&mut self, at: Duration, value: u64) {
        let point = (nanos(at), value);
        if self.open && point.0 < self.column_end {
            self.broken = false;
            // The usual case with many points: another one in the same column.
            if value < self.low.1 {
                self.low = point;
            }
            if value > self.high.1 {
                self.high = point;
            }
            self.last = point;
        } else {
            self.push_elsewhere(point);
        }
    }

    fn push_elsewhere(&mut self, point: Raw) {
        if std::mem::take(&mut self.broken) {
            self.end_segment();
        }
        if point.0 < self.from {
            self.before = Some(point);
        } else if point.0 > self.to {
            if let Some(before) = self.before.take() {
                self.start_column(between(before, point, self.from));
                self.start_column(between(before, point, self.to));
            } else if self.open && !self.beyond {
                self.start_column(between(self.last, point, self.to));
            }
            self.beyond = true;
        } else {
            if let Some(before) = self.before.take()
                && point.0 > self.from
            {
                self.start_column(between(before, point, self.from));
            }
            self.start_column(point);
        }
    }

    fn start_column(&mut self, point: Raw) {
        self.close_column();
        (self.first, self.low, self.high, self.last, self.open) = (point, point, point, point, true);
        let span = u128::from(self.to.saturating_sub(self.from).max(1));
        let columns = u128::from(self.columns);
        // The last column holds its right edge too.
        let column = (u128::from(point.0.saturating_sub(self.from)) * columns / span).min(columns - 1);
        self.column_end = match column + 1 {
            next if next == columns => self.to.saturating_add(1),
            next => self.from.saturating_add(u64::try_from((next * span).div_ceil(columns)).unwrap_or(u64::MAX)),
        };
    }

    fn close_column(&mut self) {
        if !self.open {
            return;
        }
        let mut four = [self.first, self.low, self.high, self.last];
        four.sort_unstable_by_key(|point| point.0);
        let mut latest = None;
        for point in four {
            if latest != Some(point) {
                self.segment.push(Point { at: point.0 as f64 / 1e9, value: point.1 });
                latest = Some(point);
            }
        }
        self.open = false;
    }

    /// Here is a hole: the next point is not joined to the one before, if it is in another column.
    pub fn break_here(&mut self) {
        self.before = None;
        self.broken = true;
    }

    fn end_segment(&mut self) {
        self.close_column();
        if !self.segment.is_empty() {
            self.done.push(std::mem::take(&mut self.segment));
        }
    }

    /// The thinned series.
    pub fn finish(mut self) -> Vec<Segment> {
        self.end_segment();
        self.done
    }
}

/// As one number, which ends after five hundred years; no recording is longer.
#[inline]
pub(super) fn nanos(at: Duration) -> u64 {
    at.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(at.subsec_nanos()))
}

/// The point of the straight line from `a` to `b` at the moment `at`.
fn between(a: Raw, b: Raw, at: u64) -> Raw {
    let share = (at - a.0) as f64 / (b.0 - a.0).max(1) as f64;
    (at, (a.1 as f64 + (b.1 as f64 - a.1 as f64) * share).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: u32 = 50;
    const MILLIS: u64 = 10_000;

    fn thinned(points: &[(u64, u64)]) -> Vec<Segment> {
        let mut downsampler = Downsampler::new(Duration::ZERO, Duration::from_millis(MILLIS), COLUMNS);
        for (at, value) in points {
            downsampler.push(Duration::from_millis(*at), *value);
        }
        downsampler.finish()
    }

    /// The lowest and highest value that the polyline reaches in each column, crossings of column borders included.
    fn extents(line: &[Point]) -> Vec<Option<(f64, f64)>> {
        let width = MILLIS as f64 / 1000.0 / f64::from(COLUMNS);
        let mut extents = vec![None; COLUMNS as usize];
        let mut reach = |column: usize, value: f64| {
            let extent = extents[column.min(COLUMNS as usize - 1)].get_or_insert((value, value));
            *extent = (extent.0.min(value), extent.1.max(value));
        };
        for point in line {
            reach((point.at / width + 1e-9) as usize, point.value as f64);
        }
        for pair in line.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let columns = (a.at / width + 1e-9) as usize + 1..=(b.at / width + 1e-9) as usize;
            for border in columns {
                let share = (border as f64 * width - a.at) / (b.at - a.at);
                let value = a.value as f64 + (b.value as f64 - a.value as f64) * share;
                reach(border - 1, value);
                reach(border, value);
            }
        }
        extents
    }

    proptest! {
        #[test]
        fn the_thinned_line_reaches_what_all_points_reach_in_every_column(
            steps in proptest::collection::vec((1_u64..60, 0_u64..1000), 2..600)
        ) {
            let mut at = 0;
            let points: Vec<_> = steps.iter().map(|(step, value)| { at += step; (at, *value) })
                .take_while(|(at, _)| *at <= MILLIS).collect();
            let all: Vec<_> = points.iter().map(|(at, value)| Point { at: *at as f64 / 1000.0, value: *value }).collect();
            let thin = thinned(&points).concat();
            prop_assert!(thin.windows(2).all(|pair| pair[0].at < pair[1].at), "in the order of time");
            prop_assert!(thin.len() <= 4 * COLUMNS as usize);
            for (thin, all) in extents(&thin).iter().zip(extents(&all)) {
                match (thin, all) {
                    (None, None) => {}
                    (Some(thin), Some(all)) => {
                        prop_assert!((thin.0 - all.0).abs() < 1e-6 && (thin.1 - all.1).abs() < 1e-6, "{thin:?} {all:?}");
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_hole_separates_two_segments() {
        let mut downsampler = Downsampler::new(Duration::ZERO, Duration::from_secs(10), 10);
        downsampler.push(Duration::from_millis(100), 1);
        downsampler.break_here();
        downsampler.break_here();
        downsampler.push(Duration::from_millis(1200), 2);
        downsampler.break_here();
        assert_eq!(downsampler.finish(), [vec![Point { at: 0.1, value: 1 }], vec![Point { at: 1.2, value: 2 }]]);
    }

    #[test]
    fn a_series_that_comes_and_goes_all_the_time_has_no_more_segments_than_the_picture_has_columns() {
        let mut downsampler = Downsampler::new(Duration::ZERO, Duration::from_secs(10), 10);
        for tick in 0..100_000 {
            downsampler.push(Duration::from_micros(tick * 100), tick % 3);
            downsampler.break_here();
        }
        let segments = downsampler.finish();
        assert_eq!(segments.len(), 10);
        assert!(segments.iter().all(|segment| segment.len() <= 4));
    }

    #[test]
    fn a_line_that_crosses_the_edges_of_the_window_is_cut_there() {
        let mut downsampler = Downsampler::new(Duration::from_secs(10), Duration::from_secs(20), 10);
        for (at, value) in [(0, 0), (8, 80), (12, 120), (18, 180), (22, 220), (30, 300)] {
            downsampler.push(Duration::from_secs(at), value);
        }
        let line = downsampler.finish().concat();
        let points: Vec<_> = line.iter().map(|point| (point.at, point.value)).collect();
        assert_eq!(points, [(10.0, 100), (12.0, 120), (18.0, 180), (20.0, 200)]);
    }

    #[test]
    fn a_window_between_two_ticks_shows_the_line_between_them() {
        let mut downsampler = Downsampler::new(Duration::from_secs(10), Duration::from_secs(20), 10);
        downsampler.push(Duration::ZERO, 0);
        downsampler.push(Duration::from_secs(40), 40);
        let line = downsampler.finish().concat();
        assert_eq!(line.last(), Some(&Point { at: 20.0, value: 20 }));
        assert_eq!(line.first(), Some(&Point { at: 10.0, value: 10 }));
    }

    #[test]
    fn the_end_of_time_is_a_moment_like_any_other() {
        let mut downsampler = Downsampler::new(Duration::MAX, Duration::MAX, 10);
        downsampler.push(Duration::MAX, 7);
        assert_eq!(downsampler.finish().concat().len(), 1);
    }

    #[test]
    fn one_moment_alone_is_one_point() {
        let mut downsampler = Downsampler::new(Duration::ZERO, Duration::ZERO, 10);
        downsampler.push(Duration::ZERO, 7);
        assert_eq!(downsampler.finish(), [[Point { at: 0.0, value: 7 }]]);
    }
}
