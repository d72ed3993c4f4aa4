//! Where a series became another one: warm-up that ended, a plateau that was reached, a leak that began.

/// By how much two lines must explain a course better than one, as the ratio F of an analysis of variance: far beyond what chance gives, since the place
/// of the change is chosen among all places.
const MARKED: f64 = 12.0;

/// Fewer values than this are no line.
const SHORTEST: usize = 4;

/// A change from one straight line to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// The first value of the second line.
    pub(super) at: usize,
}

/// The most marked change in `course`, if one is marked, with at least `after` values behind it.
pub(super) fn change(course: &[f64], after: usize) -> Option<Change> {
    let count = course.len();
    let sums = Sums::of(course);
    let whole = sums.rest(0, count);
    let last = count.checked_sub(after.max(SHORTEST))?;
    let (at, two) = (SHORTEST..=last)
        .map(|at| (at, sums.rest(0, at) + sums.rest(at, count)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    // What a page more or less and sixteen digits cannot tell.
    let scale = course.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let two = two.max(count as f64 * (scale * 1e-6).powi(2)).max(f64::MIN_POSITIVE);
    let free = (independent(course, &sums, at) - 5.0).max(1.0);
    let marked = (whole - two) / 3.0 / (two / free);
    (marked > MARKED).then_some(Change { at })
}

/// How many independent values the noise about the two lines is worth, by the likeness of neighbours.
fn independent(course: &[f64], sums: &Sums, at: usize) -> f64 {
    let (early, late) = (sums.line(0, at), sums.line(at, course.len()));
    let rest: Vec<f64> = course
        .iter()
        .enumerate()
        .map(|(place, value)| {
            let (level, rise) = if place < at { early } else { late };
            value - level - rise * place as f64
        })
        .collect();
    let power: f64 = rest.iter().map(|value| value * value).sum();
    if power <= 0.0 {
        return course.len() as f64;
    }
    let alike: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / power;
    // Lines that were fitted make the rest look less alike than it is.
    let alike = (alike + 4.0 / course.len() as f64).clamp(0.0, 0.98);
    course.len() as f64 * (1.0 - alike) / (1.0 + alike)
}

/// Running sums, so that the line through any part costs the same.
struct Sums(Vec<[f64; 3]>, f64);

impl Sums {
    fn of(course: &[f64]) -> Self {
        // About the mean, or squares of large numbers would swallow small differences.
        let mean = course.iter().sum::<f64>() / course.len().max(1) as f64;
        let mut sums = vec![[0.0; 3]];
        let mut sum = [0.0; 3];
        for (place, value) in course.iter().enumerate() {
            let value = value - mean;
            sum = [sum[0] + value, sum[1] + value * place as f64, sum[2] + value * value];
            sums.push(sum);
        }
        Self(sums, mean)
    }

    /// Level at place 0, and rise, of the line of least squares through a part.
    fn line(&self, from: usize, to: usize) -> (f64, f64) {
        let (middle, mean, rise, _) = self.fit(from, to);
        (mean + self.1 - rise * middle, rise)
    }

    /// The squares that its line leaves over.
    fn rest(&self, from: usize, to: usize) -> f64 {
        self.fit(from, to).3
    }

    fn fit(&self, from: usize, to: usize) -> (f64, f64, f64, f64) {
        let part: Vec<f64> = (0..3).map(|term| self.0[to][term] - self.0[from][term]).collect();
        let count = (to - from) as f64;
        let middle = from as f64 + (count - 1.0) / 2.0;
        let mean = part[0] / count;
        let spread = count * (count * count - 1.0) / 12.0;
        let common = part[1] - middle * part[0];
        let rise = if spread > 0.0 { common / spread } else { 0.0 };
        let rest = (part[2] - count * mean * mean - rise * common).max(0.0);
        (middle, mean, rise, rest)
    }
}
