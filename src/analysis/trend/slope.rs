//! How fast a course of lows rises, and between which bounds: a straight line under noise of which it is not known how long it remembers.
//!
//! Memory has no independent samples: a heap that is large now is large a minute later. How wide an interval must be depends on how slow the noise is, and what
//! matters are the few slowest waves that fit into the recording; a line looks like the slowest of them. So the lows are taken apart into
//! waves (cosines of 1, 2, 3 ... half turns), of which only the slow ones count, and the power of their noise is taken to fall with the k-th
//! wave as 1/k^a: with a = 0 it forgets at once, 1 is flicker noise, 2 a random walk. How well each a explains the waves is its weight (Bayes' rule), and
//! the slope is the mixture of what they say. Müller and Watson, "Low-Frequency Econometrics" (2017), is about such inference from a few
//! slow waves: under strong dependence it holds what resampled blocks, which forget at their borders, do not.

use super::student::{Part, quantile};

/// Slow waves that are looked at, where there are as many lows.
const WAVES: usize = 20;

/// The ways of remembering that are tried: a = 0, 1/4 ... 2 1/2. What remembers more than that is hardly noise.
pub(super) const MEMORIES: usize = 11;

/// How much likelier noise that forgets at once is beforehand than any other: lows of stretches are far apart.
const FORGETFUL: f64 = 4.0;

/// A straight line's rise for each step of the course, with what is not known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    pub(super) middle: f64,
    /// 2.5 % lie below.
    pub(super) low: f64,
    /// 2.5 % lie above.
    pub(super) high: f64,
    /// How long the noise remembers: the mean a.
    pub(super) memory: f64,
}

/// What can be said of a slope, before it is said in numbers: that takes longer.
#[derive(Debug, Clone)]
pub(super) struct Mixture {
    parts: [Part; MEMORIES],
    freedom: usize,
}

impl Mixture {
    /// Of lows that are evenly spaced. Of fewer than four nothing can be told.
    pub(super) fn of(lows: &[f64]) -> Option<Self> {
        let waves = WAVES.min(lows.len() / 2);
        if waves < 2 {
            return None;
        }
        let steps: Vec<f64> = (0..lows.len()).map(|at| at as f64).collect();
        let (course, line) = (waves_of(lows, waves), waves_of(&steps, waves));
        let freedom = waves - 1;
        // Below this, numbers of sixteen digits have nothing to say.
        let largest = lows.iter().fold(0.0_f64, |most, low| most.max(low.abs()));
        let least = (largest * 1e-12).powi(2) + f64::MIN_POSITIVE;
        let mut parts = [Part { weight: 0.0, centre: 0.0, width: 0.0 }; MEMORIES];
        for (place, part) in parts.iter_mut().enumerate() {
            let trust: Vec<f64> = (1..=waves).map(|wave| (wave as f64).powf(memory_of(place))).collect();
            let sum = |term: &dyn Fn(usize) -> f64| (0..waves).map(|wave| trust[wave] * term(wave)).sum::<f64>();
            let information = sum(&|wave| line[wave] * line[wave]);
            part.centre = sum(&|wave| line[wave] * course[wave]) / information;
            let rest = sum(&|wave| (course[wave] - part.centre * line[wave]).powi(2)).max(least);
            part.width = (rest / freedom as f64 / information).sqrt();
            let volume: f64 = trust.iter().map(|trust| trust.ln()).sum();
            let beforehand = if place == 0 { FORGETFUL.ln() } else { 0.0 };
            // The logarithm for now.
            part.weight = beforehand + (volume - information.ln() - freedom as f64 * rest.ln()) / 2.0;
        }
        let best = parts.iter().map(|part| part.weight).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = parts.iter().map(|part| (part.weight - best).exp()).sum();
        parts.iter_mut().for_each(|part| part.weight = (part.weight - best).exp() / total);
        Some(Self { parts, freedom })
    }

    /// About how wide the interval is, for each step of the course.
    pub(super) fn width(&self) -> f64 {
        // With few degrees of freedom the distribution is wider: 12.7, 4.3, 3.2 ... 2.1 for 95 %; this is within a tenth of it from 2 on.
        let freedom = self.freedom as f64;
        let reach = 1.96 * (1.0 + 2.4 / (freedom * freedom) + 1.2 / freedom);
        2.0 * reach * self.parts.iter().map(|part| part.weight * part.width).sum::<f64>()
    }

    /// The slope in numbers.
    pub(super) fn slope(&self) -> Slope {
        // What has next to no weight takes as long to reckon with.
        let parts: Vec<Part> = self.parts.iter().filter(|part| part.weight > 1e-4).copied().collect();
        let total: f64 = parts.iter().map(|part| part.weight).sum();
        let at = |share: f64| quantile(&parts, self.freedom, share * total);
        let weighed = self.parts.iter().enumerate().map(|(place, part)| part.weight * memory_of(place));
        Slope { middle: at(0.5), low: at(0.025), high: at(0.975), memory: weighed.sum() }
    }
}

pub(super) fn memory_of(place: usize) -> f64 {
    0.25 * place as f64
}

/// How much of each cosine of 1, 2 ... half turns is in the course.
fn waves_of(course: &[f64], waves: usize) -> Vec<f64> {
    let count = course.len() as f64;
    let mean = course.iter().sum::<f64>() / count;
    let of = |wave: usize| {
        let turn = std::f64::consts::PI * wave as f64 / count;
        let shares = course.iter().enumerate().map(|(at, value)| (value - mean) * (turn * (at as f64 + 0.5)).cos());
        shares.sum::<f64>() * (2.0 / count).sqrt()
    };
    (1..=waves).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_has_its_own_slope_and_no_width() {
        let line: Vec<f64> = (0..48).map(|at| 1e9 + 25.0 * f64::from(at)).collect();
        let slope = Mixture::of(&line).expect("long enough").slope();
        assert!((slope.middle - 25.0).abs() < 1e-3, "{slope:?}");
        assert!(slope.high - slope.low < 0.01, "{slope:?}");
    }

    #[test]
    fn noise_that_remembers_makes_a_wider_interval_than_noise_that_forgets() {
        // The same values, mixed and sorted into slow waves.
        let mut state = 7_u64;
        let mut walk = Vec::new();
        let mut sum = 0.0;
        for _ in 0..48 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sum += (state >> 40) as f64 / f64::from(1 << 24) - 0.5;
            walk.push(sum);
        }
        let mixed: Vec<f64> = (0..48).map(|at| walk[at * 29 % 48]).collect();
        let (slow, fast) = (Mixture::of(&walk).expect("long enough"), Mixture::of(&mixed).expect("long enough"));
        assert!(slow.slope().memory > 1.0, "{:?}", slow.slope());
        assert!(fast.slope().memory < 0.5, "{:?}", fast.slope());
        assert!(slow.width() > 2.0 * fast.width());
    }

    #[test]
    fn three_lows_have_no_slope() {
        assert!(Mixture::of(&[1.0, 2.0, 3.0]).is_none());
    }

    #[test]
    fn the_quick_width_is_about_that_of_the_interval() {
        for count in [12_u32, 24, 48] {
            let lows: Vec<f64> = (0..count).map(|at| f64::from(at * 37 % 11)).collect();
            let mixture = Mixture::of(&lows).expect("long enough");
            let slope = mixture.slope();
            let ratio = mixture.width() / (slope.high - slope.low);
            assert!((0.7..1.4).contains(&ratio), "{count}: {ratio}");
        }
    }
}
