//! Phases: what the marks of a recording divide it into.

use crate::model::{Edge, Event, What};
use std::time::Duration;

/// So many phases are told apart; a program that marks every request would have more than anybody reads.
const MOST: usize = 10_000;

/// A part of the time that has a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Its mark's, as it was given.
    pub label: String,
    /// Where it begins.
    pub from: Duration,
    /// And ends: this moment is the next one's.
    pub to: Duration,
}

/// Each mark opens a phase, which lasts until the next mark, or until its own end where it has one; at last until `end`.
pub fn phases(events: &[Event], end: Duration) -> Vec<Phase> {
    let marks = events.iter().filter_map(|event| match &event.what {
        What::Mark { label, edge } => Some((event.elapsed, label, *edge)),
        _ => None,
    });
    let marks: Vec<_> = marks.collect();
    let phase = |(place, (from, label, edge)): (usize, &(Duration, &String, Option<Edge>))| {
        let mut later = marks[place + 1..].iter();
        let next = match edge {
            Some(Edge::End) => return None,
            Some(Edge::Begin) => later.find(|(_, other, edge)| other == label && *edge == Some(Edge::End)),
            None => later.find(|(_, _, edge)| *edge != Some(Edge::End)),
        };
        let to = next.map_or(end, |(at, ..)| *at);
        Some(Phase { label: (*label).clone(), from: *from, to: to.max(*from) })
    };
    marks.iter().enumerate().filter_map(phase).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn mark(at: u64, label: &str, edge: Option<Edge>) -> Event {
        let what = What::Mark { label: label.to_owned(), edge };
        Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::from_secs(at), what }
    }

    fn of(marks: &[Event]) -> Vec<(String, u64, u64)> {
        let phases = phases(marks, Duration::from_secs(100)).into_iter();
        phases.map(|phase| (phase.label, phase.from.as_secs(), phase.to.as_secs())).collect()
    }

    #[test]
    fn a_mark_lasts_until_the_next_one_or_to_the_end() {
        let marks = [mark(10, "a", None), mark(30, "b", None)];
        assert_eq!(of(&marks), [("a".to_owned(), 10, 30), ("b".to_owned(), 30, 100)]);
    }

    #[test]
    fn what_has_an_end_of_its_own_lasts_until_that() {
        let marks = [
            mark(10, "a", None),
            mark(20, "load", Some(Edge::Begin)),
            mark(40, "load", Some(Edge::End)),
            mark(50, "b", None),
        ];
        assert_eq!(of(&marks), [("a".to_owned(), 10, 20), ("load".to_owned(), 20, 40), ("b".to_owned(), 50, 100)]);
    }
}
