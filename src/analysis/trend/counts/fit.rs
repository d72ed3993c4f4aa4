//! A course of lows as the sum of what was kept for each of several kinds, under noise of which it is not known how long it remembers: what `slope` does with time, done with
//! several courses at once.

use super::super::slope::{MEMORIES, memory_of};
use super::super::student::{Part, quantile};
use super::matrix::Matrix;

/// Slow waves that are looked at, where there are as many lows.
const WAVES: usize = 32;

/// What is known of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// Bytes for each of its column's steps, the best guess.
    pub(super) middle: f64,
    /// 2.5 % lie below.
    pub(super) low: f64,
    /// 2.5 % lie above.
    pub(super) high: f64,
    /// How many times as wide the interval is as it would be without the others.
    pub(super) widened: f64,
}

/// What is known of all of them.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) shares: Vec<Share>,
    /// How their guesses go together: from -1, more of one is less of the other.
    pub(super) likeness: Matrix,
}

/// Of `lows`, each with its place among `count` stretches, and of `columns`, each with a value for every low. None where the columns cannot be told apart at all, or
/// there is too little.
pub(super) fn fit(lows: &[f64], places: &[usize], count: usize, columns: &[Vec<f64>]) -> Option<Fit> {
    let unknown = columns.len();
    let waves = WAVES.min(lows.len() * 2 / 3);
    if unknown == 0 || waves < unknown + 4 {
        return None;
    }
    let course = waves_of(lows, places, count, waves);
    let columns: Vec<Vec<f64>> = columns.iter().map(|column| waves_of(column, places, count, waves)).collect();
    let freedom = waves - unknown;
    let largest = lows.iter().fold(0.0_f64, |most, low| most.max(low.abs()));
    let least = (largest * 1e-12).powi(2) + f64::MIN_POSITIVE;
    let mut solved: Vec<(f64, Vec<f64>, Matrix, Vec<f64>)> = Vec::with_capacity(MEMORIES);
    for memory in (0..MEMORIES).map(memory_of) {
        let trust: Vec<f64> = (1..=waves).map(|wave| (wave as f64).powf(memory)).collect();
        let common =
            |one: &[f64], other: &[f64]| (0..waves).map(|wave| trust[wave] * one[wave] * other[wave]).sum::<f64>();
        let information = Matrix::of(unknown, |row, column| common(&columns[row], &columns[column]));
        let (inverse, volume) = information.inverse()?;
        let known: Vec<f64> = columns.iter().map(|column| common(column, &course)).collect();
        let guess = inverse.times(&known);
        let left = |wave: usize| course[wave] - (0..unknown).map(|at| guess[at] * columns[at][wave]).sum::<f64>();
        let rest = (0..waves).map(|wave| trust[wave] * left(wave).powi(2)).sum::<f64>().max(least);
        let power = rest / freedom as f64;
        let trusted: f64 = trust.iter().map(|trust| trust.ln()).sum();
        // The logarithm for now.
        let weight = (trusted - volume - freedom as f64 * rest.ln()) / 2.0;
        let alone = (0..unknown).map(|at| (inverse.at(at, at) * information.at(at, at)).sqrt()).collect();
        let together = Matrix::of(unknown, |row, column| power * inverse.at(row, column));
        solved.push((weight, guess, together, alone));
    }
    let best = solved.iter().map(|part| part.0).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = solved.iter().map(|part| (part.0 - best).exp()).sum();
    solved.iter_mut().for_each(|part| part.0 = (part.0 - best).exp() / total);
    let share = |at: usize| {
        let part = |(weight, guess, together, _): &(f64, Vec<f64>, Matrix, Vec<f64>)| Part {
            weight: *weight,
            centre: guess[at],
            width: together.at(at, at).sqrt(),
        };
        // What has next to no weight takes as long to reckon with.
        let parts: Vec<Part> = solved.iter().filter(|part| part.0 > 1e-4).map(part).collect();
        let sum: f64 = parts.iter().map(|part| part.weight).sum();
        let reach = |share: f64| quantile(&parts, freedom, share * sum);
        let widened = solved.iter().map(|(weight, _, _, alone)| weight * alone[at]).sum();
        Share { middle: reach(0.5), low: reach(0.025), high: reach(0.975), widened }
    };
    let spread = Matrix::of(unknown, |row, column| {
        solved.iter().map(|(weight, _, together, _)| weight * together.at(row, column)).sum()
    });
    let likeness = Matrix::of(unknown, |row, column| {
        spread.at(row, column) / (spread.at(row, row) * spread.at(column, column)).sqrt()
    });
    Some(Fit { shares: (0..unknown).map(share).collect(), likeness })
}

/// How much of each cosine of 1, 2 ... half turns is in a course that has a value in most of `count` stretches.
pub(super) fn waves_of(course: &[f64], places: &[usize], count: usize, waves: usize) -> Vec<f64> {
    let mean = course.iter().sum::<f64>() / course.len().max(1) as f64;
    let of = |wave: usize| {
        let turn = std::f64::consts::PI * wave as f64 / count as f64;
        let shares = course.iter().zip(places).map(|(value, at)| (value - mean) * (turn * (*at as f64 + 0.5)).cos());
        shares.sum::<f64>() * (2.0 / course.len().max(1) as f64).sqrt()
    };
    (1..=waves).map(of).collect()
}
