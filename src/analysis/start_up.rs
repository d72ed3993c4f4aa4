//! Where start-up ended: the moment from which a figure shows growth.

use super::Point;

/// The point at which a series had come up: the knee of its running maximum. None of a series without points.
///
/// A program reaches most of its size at once and the rest, if it grows, over all of its time. The knee is where the running maximum, in parts of its end, is
/// farthest above the straight line from corner to corner ("Kneedle", Satopää and others 2011). A series that rises evenly has it at its beginning, so that all of its rise is growth. It is a
/// point of the figure and no judgement: [`Trend`](super::Trend) tells what was warm-up, which may be longer.
pub fn start_up(points: &[Point]) -> Option<Point> {
    let (first, last) = (points.first()?, points.last()?);
    let span = last.at - first.at;
    let top = points.iter().map(|point| point.value).max()? as f64;
    if span <= 0.0 || top <= 0.0 {
        return Some(*first);
    }
    let (mut highest, mut best, mut knee) = (0_u64, f64::MIN, *first);
    for point in points {
        highest = highest.max(point.value);
        let above = highest as f64 / top - (point.at - first.at) / span;
        // Only a new height can be a knee: on a level stretch the line comes closer.
        if above > best {
            (best, knee) = (above, *point);
        }
    }
    Some(knee)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Option<(f64, u64)> {
        let points: Vec<_> = values.into_iter().enumerate().map(|(at, value)| Point { at: at as f64, value }).collect();
        start_up(&points).map(|point| (point.at, point.value))
    }

    #[test]
    fn a_program_that_comes_up_at_once_and_then_grows_slowly_has_its_knee_between() {
        let course = [0, 10, 30, 380].into_iter().chain((0..300).map(|second| 385 + second / 5));
        assert_eq!(of(course), Some((4.0, 385)));
    }

    #[test]
    fn what_rises_evenly_grows_from_its_beginning() {
        assert_eq!(of((0..100).map(|second| 1000 + 7 * second)), Some((0.0, 1000)));
        assert_eq!(of((0..100).map(|second| 7 * second)), Some((0.0, 0)));
    }

    #[test]
    fn a_level_or_falling_series_has_it_at_its_beginning() {
        assert_eq!(of([5; 50]), Some((0.0, 5)));
        assert_eq!(of((0..50).rev()), Some((0.0, 49)));
        assert_eq!(of([]), None);
        assert_eq!(of([9]), Some((0.0, 9)));
    }

    #[test]
    fn a_slow_start_up_is_a_start_up_too() {
        let course = (0..30).map(|second| second * 40).chain((0..270).map(|second| 1200 + second / 30));
        assert_eq!(of(course), Some((30.0, 1200)));
    }
}
