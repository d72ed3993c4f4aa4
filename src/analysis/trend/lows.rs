//! The lower envelope of a part of a series: the lowest value in each of some stretches of it, evenly spaced.
//!
//! A collector's saw teeth, buffers and requests come and go above what is kept; what leaks is left at the bottom of every tooth.

use super::judge::Span;

/// A low that is higher above the line through all lows than so many times the distance from the line down to their lowest tenth is a crest too: one that
/// is wider than a stretch.
pub(super) const CREST: f64 = 3.0;

/// And one that is lower than so many times the distance up to their highest tenth is none at all: a tick that missed a process.
pub(super) const DIP: f64 = 6.0;

/// Both distances are at least this share of the level: lows that are all but the same are some pages apart.
pub(super) const SMALL: f64 = 5e-4;

/// How much further down than neighbours usually are apart a span must be to be none: a tick that missed a process. And by how much of that the neighbours on both
/// sides may differ: where a tooth ends, or something was freed, they do.
const DROP: f64 = 8.0;
const EVEN: f64 = 0.25;

/// Fills up spans that lie far below both of their neighbours, which are as they were: no stretch has to take a tick that missed a process for its lowest.
pub(super) fn without_drops(spans: &[Span]) -> Vec<Span> {
    let mut filled = spans.to_vec();
    let mut steps: Vec<f64> = spans.windows(2).map(|pair| (pair[1].low - pair[0].low).abs()).collect();
    if steps.len() < 8 {
        return filled;
    }
    let usual = quantile(&mut steps, 0.5);
    for (place, three) in spans.windows(3).enumerate() {
        let (before, low, after) = (three[0].low, three[1].low, three[2].low);
        let depth = before.min(after) - low;
        let least = (DROP * usual).max(SMALL * DROP * before);
        if depth > least && (before - after).abs() < EVEN * depth {
            filled[place + 1].low = before.min(after);
        }
    }
    filled
}

/// The lows of a part of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lows {
    /// One for each stretch; one in which nothing was measured has what a straight line between its neighbours has there.
    pub(super) values: Vec<f64>,
    /// How many of them were measured.
    pub(super) measured: usize,
}

/// The lows of the part from `from` to `to` in `count` stretches.
pub(super) fn lows(spans: &[Span], from: f64, to: f64, count: usize) -> Lows {
    let mut values = vec![f64::INFINITY; count];
    for span in spans {
        let place = (span.at - from) / (to - from) * count as f64;
        if place >= 0.0 && place < count as f64 {
            let low = &mut values[place as usize];
            *low = low.min(span.low);
        }
    }
    let measured = values.iter().filter(|low| low.is_finite()).count();
    bridge(&mut values);
    Lows { values, measured }
}

fn bridge(values: &mut [f64]) {
    let known: Vec<usize> = (0..values.len()).filter(|place| values[*place].is_finite()).collect();
    let (Some(first), Some(last)) = (known.first().copied(), known.last().copied()) else {
        values.fill(0.0);
        return;
    };
    for pair in known.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let rise = (values[b] - values[a]) / (b - a) as f64;
        for place in a + 1..b {
            values[place] = values[a] + rise * (place - a) as f64;
        }
    }
    let (start, end) = (values[first], values[last]);
    values[..first].fill(start);
    values[last + 1..].fill(end);
}

/// Takes down what stands far above the line through the others, and fills up what lies further below it still, but at either end: what is low there
/// was not there yet, or is gone.
///
/// The line is that of Theil and Sen, the median of the slopes of all pairs, which a quarter of them can not move.
pub(super) fn trim(values: &mut [f64]) {
    let count = values.len();
    if count < 2 {
        return;
    }
    let mut slopes = Vec::with_capacity(count * (count - 1) / 2);
    for (at, low) in values.iter().enumerate() {
        slopes.extend(values[at + 1..].iter().enumerate().map(|(apart, other)| (other - low) / (apart + 1) as f64));
    }
    let rise = quantile(&mut slopes, 0.5);
    let mut rest: Vec<f64> = values.iter().enumerate().map(|(at, low)| low - rise * at as f64).collect();
    let [tenth, middle, upper] = [0.1, 0.5, 0.9].map(|share| quantile(&mut rest, share));
    let least = SMALL * quantile(&mut values.to_vec(), 0.5).abs();
    let top = middle + CREST * (middle - tenth).max(least);
    let bottom = middle - DIP * (upper - middle).max(least);
    let line = |at: usize| rise * at as f64;
    let dips: Vec<bool> = values.iter().enumerate().map(|(at, low)| *low < bottom + line(at)).collect();
    let first = dips.iter().position(|dip| !dip).unwrap_or(count);
    let last = dips.iter().rposition(|dip| !dip).unwrap_or(0);
    for (at, low) in values.iter_mut().enumerate() {
        *low = low.min(top + line(at));
        if first < at && at < last {
            *low = low.max(bottom + line(at));
        }
    }
}

/// The value that a share of `values` lies below. They are put into another order.
pub(super) fn quantile(values: &mut [f64], share: f64) -> f64 {
    let place = (values.len() as f64 * share) as usize;
    *values.select_nth_unstable_by(place.min(values.len() - 1), f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(lows: &[f64]) -> Vec<Span> {
        lows.iter().enumerate().map(|(at, low)| Span { at: at as f64 + 0.5, low: *low, high: *low }).collect()
    }

    #[test]
    fn of_every_stretch_the_lowest_counts() {
        let saw = [1.0, 5.0, 9.0, 2.0, 6.0, 10.0];
        assert_eq!(lows(&spans(&saw), 0.0, 6.0, 2), Lows { values: vec![1.0, 2.0], measured: 2 });
    }

    #[test]
    fn a_hole_is_bridged_and_not_counted() {
        let mut spans = spans(&[1.0, 0.0, 0.0, 4.0]);
        spans.drain(1..3);
        assert_eq!(lows(&spans, 0.0, 4.0, 4), Lows { values: vec![1.0, 2.0, 3.0, 4.0], measured: 2 });
    }

    #[test]
    fn a_tick_that_missed_a_process_is_filled_up_and_the_end_of_a_tooth_is_not() {
        let mut level: Vec<f64> = (0..40_i32).map(|at| f64::from(1000 + at % 3)).collect();
        (level[7], level[30]) = (500.0, 700.0);
        let filled = without_drops(&spans(&level));
        assert!(filled.iter().all(|span| span.low >= 1000.0), "{filled:?}");
        // What was freed stays low, and so does what is collected.
        let saw: Vec<f64> = (0..40_i32).map(|at| f64::from(1000 + 100 * (at % 10))).collect();
        assert_eq!(without_drops(&spans(&saw)), spans(&saw));
        let freed: Vec<f64> = (0..40_i32).map(|at| if at < 20 { 1000.0 } else { 500.0 }).collect();
        assert_eq!(without_drops(&spans(&freed)), spans(&freed));
    }

    #[test]
    fn a_hump_comes_down_and_a_tick_that_missed_a_process_is_filled_up() {
        let mut values: Vec<f64> = (0..24_i32).map(|at| f64::from(at + at % 3)).collect();
        values[4] = 500.0;
        values[12] = -500.0;
        trim(&mut values);
        assert!((4.0..20.0).contains(&values[4]), "{}", values[4]);
        assert!((0.0..14.0).contains(&values[12]), "{}", values[12]);
        assert_eq!(values[20], 22.0);
    }

    #[test]
    fn what_is_low_at_an_end_stays() {
        let mut values: Vec<f64> = (0..24_i32).map(|at| f64::from(100 + at % 3)).collect();
        values[..3].fill(1.0);
        values[23] = 2.0;
        trim(&mut values);
        assert_eq!((values[0], values[2], values[23]), (1.0, 1.0, 2.0));
    }
}
