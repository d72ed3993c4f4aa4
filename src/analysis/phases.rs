//! Phases: what the marks of a recording divide it into.

use crate::model::{Edge, Event, What};
use std::collections::HashMap;
use std::time::Duration;

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

/// Each mark opens a phase, which lasts until the next mark, or until its own end where it has one; at last until `end`. An end belongs to the latest beginning of
/// its label that has none yet.
pub fn phases(events: &[Event], end: Duration) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    // The one that the next mark ends, and the beginnings of each label that have no end yet.
    let mut moment: Option<usize> = None;
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    for event in events {
        let What::Mark { label, edge } = &event.what else { continue };
        if *edge != Some(Edge::End)
            && let Some(before) = moment.take()
        {
            phases[before].to = event.elapsed;
        }
        match edge {
            Some(Edge::End) => {
                if let Some(place) = open.get_mut(label.as_str()).and_then(Vec::pop) {
                    phases[place].to = event.elapsed;
                }
                continue;
            }
            Some(Edge::Begin) => open.entry(label).or_default().push(phases.len()),
            None => moment = Some(phases.len()),
        }
        phases.push(Phase { label: label.clone(), from: event.elapsed, to: end });
    }
    for phase in &mut phases {
        // Events may be out of order in a file that somebody has edited.
        phase.to = phase.to.max(phase.from);
    }
    phases
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

    #[test]
    fn an_end_belongs_to_the_latest_beginning_that_has_none() {
        let marks = [
            mark(1, "load", Some(Edge::Begin)),
            mark(2, "load", Some(Edge::Begin)),
            mark(3, "load", Some(Edge::End)),
            mark(4, "load", Some(Edge::End)),
            mark(5, "load", Some(Edge::End)),
        ];
        assert_eq!(of(&marks), [("load".to_owned(), 1, 4), ("load".to_owned(), 2, 3)]);
        let killed =
            [mark(1, "load", Some(Edge::Begin)), mark(5, "load", Some(Edge::Begin)), mark(9, "load", Some(Edge::End))];
        assert_eq!(of(&killed), [("load".to_owned(), 1, 100), ("load".to_owned(), 5, 9)], "what was killed has no end");
    }
}
