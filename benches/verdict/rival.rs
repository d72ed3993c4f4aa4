//! What others would say. A plain line of least squares, as mprof draws it, with the textbook's 95 % interval, for which every sample is independent; and, to
//! see what the interval alone is worth, that of a bootstrap of blocks for the lows that memrec looks at.

use crate::noise::Chance;
use memrec::analysis::Verdict;

pub(crate) struct Line {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Line {
    pub(crate) fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let (at, value) =
            points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
        let (square, common) = points.iter().fold((0.0, 0.0), |sum, point| {
            (sum.0 + (point.0 - at).powi(2), sum.1 + (point.0 - at) * (point.1 - value))
        });
        let slope = common / square;
        let rest: f64 = points.iter().map(|point| (point.1 - value - slope * (point.0 - at)).powi(2)).sum();
        let reach = 1.96 * (rest / (count - 2.0) / square).sqrt();
        Self { low: slope - reach, high: slope + reach }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match () {
            () if self.low > 0.0 => Verdict::Growing,
            () if self.high < 0.0 => Verdict::Falling,
            () => Verdict::Level,
        }
    }

    pub(crate) fn covers(&self, rate: f64) -> bool {
        (self.low..=self.high).contains(&rate)
    }
}

/// Into how many lows the part is cut, how long a block of them is, and how many courses are drawn.
const LOWS: usize = 48;
const BLOCK: usize = 6;
const DRAWN: usize = 400;

/// The 95 % interval of the slope of the lows of `points` from a moment on: their rest about the line is drawn anew, in blocks that overlap.
pub(crate) fn of_blocks(points: &[(f64, f64)], from: f64) -> Option<(f64, f64)> {
    let to = points.last()?.0;
    let step = (to - from) / LOWS as f64;
    let mut lows = [f64::INFINITY; LOWS];
    for (at, bytes) in points.iter().filter(|point| point.0 >= from) {
        let low = &mut lows[(((at - from) / step) as usize).min(LOWS - 1)];
        *low = low.min(*bytes);
    }
    // Holes are no part of this comparison.
    if lows.iter().any(|low| low.is_infinite()) {
        return None;
    }
    let middle = (LOWS as f64 - 1.0) / 2.0;
    let square: f64 = (0..LOWS).map(|at| (at as f64 - middle).powi(2)).sum();
    let slope =
        |lows: &[f64]| lows.iter().enumerate().map(|(at, low)| (at as f64 - middle) * low).sum::<f64>() / square;
    let (rise, mean) = (slope(&lows), lows.iter().sum::<f64>() / LOWS as f64);
    let rest: Vec<f64> = lows.iter().enumerate().map(|(at, low)| low - mean - rise * (at as f64 - middle)).collect();
    let mut chance = Chance::seeded(1);
    let mut drawn: Vec<f64> = (0..DRAWN)
        .map(|_| {
            let course: Vec<f64> = (0..LOWS / BLOCK)
                .flat_map(|_| {
                    let first = (chance.share() * (LOWS - BLOCK + 1) as f64) as usize;
                    rest[first..first + BLOCK].to_vec()
                })
                .collect();
            rise + slope(&course)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    Some((drawn[DRAWN / 40] / step, drawn[DRAWN - 1 - DRAWN / 40] / step))
}
