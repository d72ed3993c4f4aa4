//! What a plain line of least squares says, as mprof draws it: its slope, and the textbook's 95 % interval, for which every sample is independent.

use memrec::analysis::Verdict;

pub struct Line {
    pub slope: f64,
    pub low: f64,
    pub high: f64,
}

impl Line {
    pub fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let (at, value) =
            points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
        let (square, common) = points.iter().fold((0.0, 0.0), |sum, point| {
            (sum.0 + (point.0 - at).powi(2), sum.1 + (point.0 - at) * (point.1 - value))
        });
        let slope = common / square;
        let rest: f64 = points.iter().map(|point| (point.1 - value - slope * (point.0 - at)).powi(2)).sum();
        let reach = 1.96 * (rest / (count - 2.0) / square).sqrt();
        Self { slope, low: slope - reach, high: slope + reach }
    }

    pub fn verdict(&self) -> Verdict {
        match () {
            () if self.low > 0.0 => Verdict::Growing,
            () if self.high < 0.0 => Verdict::Falling,
            () => Verdict::Level,
        }
    }

    pub fn covers(&self, rate: f64) -> bool {
        (self.low..=self.high).contains(&rate)
    }
}
