//! The lower envelope of a part of a series: the lowest value in each of some stretches of it, evenly spaced.
//!
//! A collector's saw teeth, buffers and requests come and go above what is kept; what leaks is left at the bottom of every tooth.

/// The lows of a part of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lows {
    /// One for each stretch; one in which nothing was measured has what a straight line between its neighbours has there.
    pub(super) values: Vec<f64>,
    /// How many of them were measured.
    pub(super) measured: usize,
}

/// The lows of the part `from..to` in `count` stretches. `spans` are moments with values in the order of time.
pub(super) fn lows(spans: &[(f64, f64)], from: f64, to: f64, count: usize) -> Lows {
    let mut least = vec![f64::INFINITY; count];
    for (at, value) in spans {
        let place = (at - from) / (to - from) * count as f64;
        if place >= 0.0 && place < count as f64 {
            let low = &mut least[place as usize];
            *low = low.min(*value);
        }
    }
    let measured = least.iter().filter(|low| low.is_finite()).count();
    bridge(&mut least);
    Lows { values: least, measured }
}

fn bridge(values: &mut [f64]) {
    let known: Vec<usize> = (0..values.len()).filter(|place| values[*place].is_finite()).collect();
    let (Some(first), Some(last)) = (known.first().copied(), known.last().copied()) else {
        values.fill(0.0);
        return;
    };
    for pair in known.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        for place in a + 1..b {
            let share = (place - a) as f64 / (b - a) as f64;
            values[place] = values[a] + (values[b] - values[a]) * share;
        }
    }
    let (start, end) = (values[first], values[last]);
    values[..first].fill(start);
    values[last + 1..].fill(end);
}
