//! How fast a course of lows rises, and between which bounds: a straight line under noise of which it is not known how long it remembers.
//!
//! Memory has no independent samples: a heap that is large now is large a minute later. How wide an interval must be depends on how much of the noise is slow, and
//! what matters are the few slowest waves that fit into the recording; a line looks like the slowest of them. So the lows are taken apart into
//! waves (cosines of 1, 2, 3 ... half turns), of which only the slow ones count, and their noise is taken to fall with the k-th wave as
//! 1/k^a: a = 0 forgets at once, 1 is flicker noise, 2 a random walk. How well each a explains the waves is its weight (Bayes' rule, no a preferred
//! beforehand), and the slope is the mixture of what they say. After Müller and Watson, "Long-run covariability", Econometrica 2018, and "Low-frequency
//! econometrics", 2017: where dependence is strong, a few slow waves and a wide distribution hold what they promise, and resampled blocks do not.

use super::student::{Part, quantile};

/// Slow waves that are looked at.
const WAVES: usize = 12;

/// The ways of remembering that are tried: 0, 1/4 ... 2.
const MEMORIES: usize = 9;

/// A straight line's rise, with what is not known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    /// Per step of the course.
    pub(super) middle: f64,
    /// 2.5 % lie below.
    pub(super) low: f64,
    /// 2.5 % lie above.
    pub(super) high: f64,
    /// How long the noise remembers: from 0, not at all, to 2, for ever.
    pub(super) memory: f64,
}

/// The slope of `lows`, which are evenly spaced. Of fewer than four nothing can be told.
pub(super) fn slope(lows: &[f64]) -> Option<Slope> {
    let count = lows.len();
    let waves = WAVES.min(count / 2);
    if waves < 2 {
        return None;
    }
    let (course, line) = (waves_of(lows, waves), waves_of(&(0..count).map(|at| at as f64).collect::<Vec<_>>(), waves));
    let freedom = waves - 1;
    // Below this, numbers of sixteen digits have nothing to say.
    let least = (lows.iter().fold(0.0_f64, |most, low| most.max(low.abs())) * 1e-12).powi(2) + f64::MIN_POSITIVE;
    let mut parts = [Part { weight: 0.0, centre: 0.0, width: 0.0 }; MEMORIES];
    let mut logs = [0.0; MEMORIES];
    for (place, part) in parts.iter_mut().enumerate() {
        let memory = memory_of(place);
        let weight = |wave: usize| ((wave + 1) as f64).powf(memory);
        let sum = |term: &dyn Fn(usize) -> f64| (0..waves).map(|wave| weight(wave) * term(wave)).sum::<f64>();
        let information = sum(&|wave| line[wave] * line[wave]);
        part.centre = sum(&|wave| line[wave] * course[wave]) / information;
        let rest = sum(&|wave| (course[wave] - part.centre * line[wave]).powi(2)).max(least);
        part.width = (rest / freedom as f64 / information).sqrt();
        let volume: f64 = (0..waves).map(|wave| weight(wave).ln()).sum();
        logs[place] = (volume - information.ln() - freedom as f64 * rest.ln()) / 2.0;
    }
    let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|log| (log - best).exp()).sum();
    for (part, log) in parts.iter_mut().zip(logs) {
        part.weight = (log - best).exp() / total;
    }
    Some(Slope {
        middle: quantile(&parts, freedom, 0.5),
        low: quantile(&parts, freedom, 0.025),
        high: quantile(&parts, freedom, 0.975),
        memory: parts.iter().enumerate().map(|(place, part)| part.weight * memory_of(place)).sum(),
    })
}

fn memory_of(place: usize) -> f64 {
    2.0 * place as f64 / (MEMORIES - 1) as f64
}

/// How much of each cosine of 1, 2 ... half turns is in the course.
fn waves_of(course: &[f64], waves: usize) -> Vec<f64> {
    let count = course.len() as f64;
    let mean = course.iter().sum::<f64>() / count;
    let of = |wave: usize| {
        let turn = std::f64::consts::PI * wave as f64 / count;
        let share: f64 =
            course.iter().enumerate().map(|(at, value)| (value - mean) * (turn * (at as f64 + 0.5)).cos()).sum();
        share * (2.0 / count).sqrt()
    };
    (1..=waves).map(of).collect()
}
