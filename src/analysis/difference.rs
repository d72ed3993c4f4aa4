//! How far two sets of repeats are apart, and between which bounds.

use super::trend::student::{Part, quantile};

/// From one set to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The mean of the first set.
    pub base: f64,
    /// That of the second.
    pub new: f64,
    /// The 95 % interval of the second less the first; none where a set has fewer than two.
    pub interval: Option<(f64, f64)>,
}

impl Difference {
    /// By Welch's t, which takes neither both sets for equally spread nor for equally large. None where a set is empty.
    pub fn of(base: &[f64], new: &[f64]) -> Option<Self> {
        let ((low, low_error), (high, high_error)) = (mean(base)?, mean(new)?);
        let interval = low_error.zip(high_error).map(|(a, b)| {
            let width = (a + b).sqrt();
            // Welch and Satterthwaite; the next lower whole number is the careful one.
            let freedom = (a + b).powi(2) / (a * a / (base.len() - 1) as f64 + b * b / (new.len() - 1) as f64);
            let freedom = if freedom.is_finite() { freedom.floor().max(1.0) as usize } else { 1 };
            let part = [Part { weight: 1.0, centre: high - low, width }];
            (quantile(&part, freedom, 0.025), quantile(&part, freedom, 0.975))
        });
        Some(Self { base: low, new: high, interval })
    }
}

/// Of these, and the square of its standard error where there are two.
fn mean(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let count = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    Some((mean, (values.len() > 1).then(|| squares / (count - 1.0) / count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_textbooks() {
        // R: t.test(c(27.5,21.0,19.0,23.6,17.0,17.9), c(19.9,30.1,25.2,24.8,26.1)), with 8.9 degrees, here 8.
        let base = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9];
        let new = [19.9, 30.1, 25.2, 24.8, 26.1];
        let found = Difference::of(&base, &new).expect("both are there");
        assert!((found.base - 21.0).abs() < 1e-9 && (found.new - 25.22).abs() < 1e-9, "{found:?}");
        let (low, high) = found.interval.expect("there are repeats");
        // 4.22 and 2.306 times sqrt(15.724 / 6 + 13.267 / 5).
        assert!((f64::midpoint(low, high) - 4.22).abs() < 1e-6, "{found:?}");
        assert!(((high - low) / 2.0 - 5.296).abs() < 0.005, "{found:?}");
    }

    #[test]
    fn without_repeats_there_is_no_interval_and_without_values_no_difference() {
        let one = Difference::of(&[5.0], &[7.0, 8.0]).expect("both are there");
        assert_eq!((one.base, one.new, one.interval), (5.0, 7.5, None));
        assert_eq!(Difference::of(&[], &[7.0]), None);
        let same = Difference::of(&[5.0, 5.0], &[6.0, 6.0]).and_then(|same| same.interval);
        assert_eq!(same.map(|(low, high)| (low.round(), high.round())), Some((1.0, 1.0)));
    }
}
