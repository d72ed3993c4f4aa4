//! Where start-up ended: the moment from which a figure shows growth.

use super::Point;
use std::collections::VecDeque;

/// What comes back within this part of the time is a saw tooth, and not yet kept.
const TOOTH: f64 = 0.2;

/// The low of this part of the time is what growth is counted from, so that noise does not begin with its crest.
const FIRST: f64 = 0.02;

/// The point from which growth counts: where a series had come up. None of a series without points.
///
/// A program reaches most of its size at once and the rest, if it grows, over all of its time. So it is the knee of the course of what is kept (the lowest value of the
/// time that follows, and that at its highest so far): where it is, in parts of its highest low, farthest above the straight line from corner to corner ("Kneedle", Satopää and others
/// 2011). A series that rises evenly has it at its beginning, so that all of its rise is growth. It is a point of the figure and no judgement: [`Trend`](super::Trend) tells what was
/// warm-up, which may be longer.
fn start_up(points: &[Point]) -> Option<Point> {
    let (first, last) = (points.first()?, points.last()?);
    let span = last.at - first.at;
    let kept = lows(points, span * TOOTH);
    let top = *kept.iter().max()? as f64;
    let (mut highest, mut best, mut knee) = (0_u64, f64::MIN, *first);
    for (point, low) in points.iter().zip(kept).filter(|_| span > 0.0 && top > 0.0) {
        highest = highest.max(low);
        let above = highest as f64 / top - (point.at - first.at) / span;
        // Only a new height can be a knee: on a level stretch the line comes closer.
        if above > best + 1e-9 {
            (best, knee) = (above, *point);
        }
    }
    let begins = points.partition_point(|point| point.at < knee.at);
    let near = points[begins..].iter().take_while(|point| point.at <= knee.at + span * FIRST);
    Some(Point { at: knee.at, value: near.map(|point| point.value).min().unwrap_or(knee.value) })
}

/// The same, or where the first mark stands, if the series had come up by then and started to grow at once: who marks the beginning of a load asks what came of it.
pub fn grown_since(points: &[Point], mark: Option<f64>) -> Option<Point> {
    let knee = start_up(points)?;
    let marked = mark.filter(|mark| *mark < knee.at).and_then(|mark| {
        let before = points.partition_point(|point| point.at <= mark).checked_sub(1)?;
        // The lower of the two between which it lies: one may be a crest.
        let value = points[before].value.min(points.get(before + 1).map_or(u64::MAX, |next| next.value));
        Some(Point { at: mark, value })
    });
    Some(marked.filter(|marked| marked.value >= knee.value / 2).unwrap_or(knee))
}

/// For each point the lowest value from there on for so many seconds.
fn lows(points: &[Point], seconds: f64) -> Vec<u64> {
    let mut lows = vec![0; points.len()];
    // Places of values that rise from front to back, the window's lowest at the front.
    let mut ahead: VecDeque<usize> = VecDeque::new();
    for (place, point) in points.iter().enumerate().rev() {
        while ahead.back().is_some_and(|other| points[*other].value >= point.value) {
            ahead.pop_back();
        }
        ahead.push_back(place);
        while ahead.front().is_some_and(|other| points[*other].at > point.at + seconds) {
            ahead.pop_front();
        }
        lows[place] = ahead.front().map_or(point.value, |lowest| points[*lowest].value);
    }
    lows
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

    #[test]
    fn a_saw_tooth_is_not_what_it_comes_up_to() {
        let course = (0..300).map(|second| 100 + second % 40 * 10);
        assert_eq!(of(course), Some((0.0, 100)), "the crest of the first tooth comes later, and is given back");
        let noisy = (0..300).map(|second| if second < 3 { second * 100 } else { 400 + second * 7919 % 13 });
        let (at, value) = of(noisy).unwrap();
        assert!(at <= 5.0 && value <= 402, "noise is counted from below: {at} {value}");
    }

    #[test]
    fn that_a_tree_ends_does_not_matter() {
        let course = (0..10).map(|second| second * 30).chain((0..200).map(|second| 300 + second / 20)).chain([40, 3]);
        assert_eq!(of(course), Some((10.0, 300)));
    }

    #[test]
    fn a_mark_after_the_start_is_where_growth_counts_from() {
        let values = (0..3).map(|second| second * 20).chain((0..10).map(|second| 40 + second)).chain([50; 100]);
        let points: Vec<_> = values.zip(0..).map(|(value, at)| Point { at: f64::from(at), value }).collect();
        assert_eq!(start_up(&points).map(|point| point.at), Some(13.0));
        let since = |mark| grown_since(&points, mark).map(|point| (point.at, point.value));
        assert_eq!(since(Some(4.0)), Some((4.0, 41)));
        assert_eq!(since(Some(0.0)), since(None), "a mark at the start of all says nothing");
        assert_eq!(since(Some(50.0)), since(None), "nor one that comes later");
    }

    #[test]
    fn the_low_ahead_is_that_of_the_window() {
        let points: Vec<_> =
            [5, 3, 4, 9, 8, 1].into_iter().zip(0..).map(|(value, at)| Point { at: f64::from(at), value }).collect();
        assert_eq!(lows(&points, 2.0), [3, 3, 4, 1, 1, 1]);
    }
}
