//! Where a series became another one: a warm-up that ended, a plateau that was reached, a leak that began.

/// By how much two lines must explain a course better than one, as the ratio F of an analysis of variance. Chance alone gives up to 5 or so
/// at one place, and more at the best of all places.
pub(super) const MARKED: f64 = 12.0;

/// Fewer values than this are no line.
const SHORTEST: usize = 4;

/// A third of a rise is the same leak still, and so is three times as much.
const FEW: f64 = 1.0 / 3.0;

/// What two lines have to choose: two levels, two rises, and where one becomes the other.
const CHOICES: f64 = 5.0;

/// A change from one straight line to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// The first value of the later line.
    pub(super) at: usize,
    /// By how much each rises from one value to the next.
    rises: (f64, f64),
}

impl Change {
    /// Whether it goes on as before, only faster or slower: how fast a leak leaks depends on what there is to do.
    pub(super) fn goes_on(&self) -> bool {
        let (early, late) = self.rises;
        (FEW..=1.0 / FEW).contains(&(late / early))
    }
}

/// The most marked change of `course`, if one is marked, with at least `after` values behind it.
pub(super) fn change(course: &[f64], after: usize) -> Option<Change> {
    let count = course.len();
    let sums = Sums::of(course);
    let whole = sums.rest(0, count);
    let last = count.checked_sub(after.max(SHORTEST))?;
    let (at, two) =
        (SHORTEST..=last).map(|at| (at, sums.rest(0, at) + sums.rest(at, count))).min_by(|a, b| a.1.total_cmp(&b.1))?;
    // What numbers of sixteen digits, squared, cannot tell.
    let scale = course.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let two = two.max(count as f64 * (scale * 1e-6).powi(2)).max(f64::MIN_POSITIVE);
    let free = (independent(course, &sums, at) - CHOICES).max(1.0);
    let marked = (whole - two) / 3.0 / (two / free);
    let rises = (sums.line(0, at).1, sums.line(at, count).1);
    (marked > MARKED).then_some(Change { at, rises })
}

/// How many independent values the noise about the two lines is worth, by the likeness of neighbours.
fn independent(course: &[f64], sums: &Sums, at: usize) -> f64 {
    let (early, late) = (sums.line(0, at), sums.line(at, course.len()));
    let of = |(place, value): (usize, &f64)| {
        let (level, rise) = if place < at { early } else { late };
        value - level - rise * place as f64
    };
    let rest: Vec<f64> = course.iter().enumerate().map(of).collect();
    let power: f64 = rest.iter().map(|value| value * value).sum();
    let count = course.len() as f64;
    if power <= 0.0 {
        return count;
    }
    // Lines that were fitted make the rest look less alike than it is.
    let alike = rest.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / power + 4.0 / count;
    let alike = alike.clamp(0.0, 0.98);
    count * (1.0 - alike) / (1.0 + alike)
}

/// Running sums of values, of values by their place, and of squares, so that the line through any part costs the same.
struct Sums {
    sums: Vec<[f64; 3]>,
    /// Sums are about this: squares of large numbers would swallow small differences.
    mean: f64,
}

/// The line of least squares through a part.
struct Fit {
    middle: f64,
    mean: f64,
    rise: f64,
    rest: f64,
}

impl Sums {
    fn of(course: &[f64]) -> Self {
        let mean = course.iter().sum::<f64>() / course.len().max(1) as f64;
        let (mut sums, mut sum) = (vec![[0.0; 3]], [0.0; 3]);
        for (place, value) in course.iter().enumerate() {
            let value = value - mean;
            sum = [sum[0] + value, sum[1] + value * place as f64, sum[2] + value * value];
            sums.push(sum);
        }
        Self { sums, mean }
    }

    /// Level at place 0, and rise.
    fn line(&self, from: usize, to: usize) -> (f64, f64) {
        let fit = self.fit(from, to);
        (fit.mean + self.mean - fit.rise * fit.middle, fit.rise)
    }

    /// The squares that its line leaves over.
    fn rest(&self, from: usize, to: usize) -> f64 {
        self.fit(from, to).rest
    }

    fn fit(&self, from: usize, to: usize) -> Fit {
        let [value, by_place, square] = std::array::from_fn(|term| self.sums[to][term] - self.sums[from][term]);
        let count = (to - from) as f64;
        let middle = from as f64 + (count - 1.0) / 2.0;
        let mean = value / count;
        let spread = count * (count * count - 1.0) / 12.0;
        let common = by_place - middle * value;
        let rise = if spread > 0.0 { common / spread } else { 0.0 };
        Fit { middle, mean, rise, rest: (square - count * mean * mean - rise * common).max(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(count: u32, course: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..count).map(|at| course(f64::from(at)) + f64::from(at * 7919 % 13) / 13.0).collect()
    }

    #[test]
    fn the_end_of_a_warm_up_is_found() {
        let at = change(&noisy(96, |at| 1000.0 + 3.0 * at.min(20.0)), 30).expect("it is marked").at;
        assert!((17..=22).contains(&at), "{at}");
    }

    #[test]
    fn a_straight_line_has_no_change_whatever_its_slope() {
        for rise in [-5.0, 0.0, 0.01, 5.0] {
            assert_eq!(change(&noisy(96, |at| 1000.0 + rise * at), 30), None, "{rise}");
        }
    }

    #[test]
    fn a_leak_that_becomes_twice_as_fast_goes_on_and_one_that_ends_does_not() {
        let turned = |rise: f64| change(&noisy(96, |at| 3.0 * at + (rise - 3.0) * (at - 50.0).max(0.0)), 10);
        assert!(turned(6.0).expect("it is marked").goes_on());
        assert!(!turned(0.0).expect("it is marked").goes_on());
        assert!(!turned(-3.0).expect("it is marked").goes_on());
    }

    #[test]
    fn a_change_with_too_little_behind_it_is_none() {
        assert_eq!(change(&noisy(96, |at| if at < 90.0 { 0.0 } else { 50.0 }), 30), None);
        assert_eq!(change(&[1.0; 8], 10), None);
    }
}
