//! `FUNC train.fit 20.1 1795429042.2000 30.2 1795429043.1000 1`: when the functions ran that an mprof recording of a Python program times, each call
//! with what the program itself measured at its beginning and its end.

use super::lines::{Line, Lines};
use super::mprof::reading;
use super::tally::Fault;
use crate::model::{Edge, Event, LONGEST_LABEL, What};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::time::Duration;

/// Longer than any line of mprof's.
const LONGEST_LINE: usize = 1 << 20;

/// Names that are kept, to be told where the one that was asked for is not among them.
const MOST_NAMES: usize = 20;

/// From one moment to another.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// The calls of one function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// Beginning and end, in order; what overlaps is one.
    spans: Vec<Span>,
    /// The highest resident set that was measured as a call began or ended, in bytes.
    highest_at_ends: u64,
    /// Some of the other functions.
    others: BTreeSet<String>,
}

impl Calls {
    /// Whether the function was called at all.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Whether it ran at a moment, its first and its last included.
    pub fn ran_at(&self, time: DateTime<Utc>) -> bool {
        let after = self.spans.partition_point(|(from, _)| *from <= time);
        after > 0 && time <= self.spans[after - 1].1
    }

    /// The highest resident set that was measured as a call began or ended, in bytes.
    pub fn highest_at_ends(&self) -> u64 {
        self.highest_at_ends
    }

    /// Other functions that are timed, as they are spelled: some of them, where there are many.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str)
    }
}

/// Reads the calls of the function `name`. What is no `FUNC` line is passed over.
///
/// # Errors
/// [`Fault::Io`].
pub fn read_calls(input: impl Read, name: &str) -> Result<Calls, Fault> {
    let mut lines = Lines::new(input, LONGEST_LINE);
    let mut calls = Calls::default();
    while let Some(line) = lines.next()? {
        let Line::Whole(line) = line else { continue };
        let Some(call) = std::str::from_utf8(line).ok().and_then(Call::of) else { continue };
        if call.name == name {
            calls.spans.push((call.from.1, call.to.1));
            calls.highest_at_ends = calls.highest_at_ends.max(call.from.0).max(call.to.0);
        } else if calls.others.len() < MOST_NAMES && !calls.others.contains(call.name) {
            calls.others.insert(call.name.to_owned());
        }
    }
    join(&mut calls.spans);
    Ok(calls)
}

/// Puts them in order, and makes one of those that overlap: a function that calls itself runs once.
fn join(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    spans.dedup_by(|later, earlier| {
        let overlaps = later.0 <= earlier.1;
        if overlaps {
            earlier.1 = earlier.1.max(later.1);
        }
        overlaps
    });
}

/// The calls of all functions as marks, each with its beginning and its end, in the order of time: the phases of a recording that has no marks. What was before
/// `began` is at the beginning.
///
/// # Errors
/// [`Fault::Io`].
pub(super) fn read_marks(input: impl Read, began: DateTime<Utc>) -> Result<Vec<Event>, Fault> {
    let mut lines = Lines::new(input, LONGEST_LINE);
    let mut functions: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    while let Some(line) = lines.next()? {
        let Line::Whole(line) = line else { continue };
        if !line.starts_with(b"FUNC ") {
            continue;
        }
        let Some(call) = std::str::from_utf8(line).ok().and_then(Call::of) else { continue };
        let name = &call.name[..call.name.floor_char_boundary(LONGEST_LABEL)];
        match functions.get_mut(name) {
            Some(spans) => spans.push((call.from.1, call.to.1)),
            None => _ = functions.insert(name.to_owned(), vec![(call.from.1, call.to.1)]),
        }
    }
    let mut marks = Vec::new();
    for (label, mut spans) in functions {
        join(&mut spans);
        for (from, to) in spans {
            for (time, edge) in [(from, Edge::Begin), (to, Edge::End)] {
                let elapsed = (time - began).to_std().unwrap_or(Duration::ZERO);
                marks.push(Event { time, elapsed, what: What::Mark { label: label.clone(), edge: Some(edge) } });
            }
        }
    }
    // Of one moment, a beginning stays before its end.
    marks.sort_by_key(|mark| mark.elapsed);
    Ok(marks)
}

struct Call<'a> {
    name: &'a str,
    /// Bytes, and when.
    from: (u64, DateTime<Utc>),
    to: (u64, DateTime<Utc>),
}

impl<'a> Call<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut values = line.strip_prefix("FUNC ")?.split_ascii_whitespace();
        let name = values.next()?;
        let from = reading(&mut values.by_ref().take(2))?;
        let to = reading(&mut values.by_ref().take(2))?;
        // Old versions do not tell how deep in the stack it was; a call that ends before it begins is none.
        (from.1 <= to.1).then_some(Self { name, from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millis).expect("a moment")
    }

    #[test]
    fn a_function_ran_from_its_beginning_to_its_end_however_often_and_deep() {
        let text = "MEM 1 1.0\nFUNC f 10.0 5.0 12.0 6.0 0\nFUNC g 1 0 1 9\nFUNC f 11.0 1.0 20.0 2.0 0\nFUNC f 1 1.5 1 3.0 1\nFUNC f x 8.0 1 9.0 0\n\
                    FUNC f 99 9.0 99 8.0 0\nFUNC f 1 8.0\nFUNC\n";
        let calls = read_calls(text.as_bytes(), "f").expect("from memory");
        for (millis, ran) in [
            (999, false),
            (1000, true),
            (2500, true),
            (3000, true),
            (3001, false),
            (5000, true),
            (6001, false),
            (8500, false),
        ] {
            assert_eq!(calls.ran_at(at(millis)), ran, "{millis}");
        }
        assert_eq!(calls.highest_at_ends(), 20 << 20);
        assert_eq!(calls.others().collect::<Vec<_>>(), ["g"]);
        assert!(read_calls(text.as_bytes(), "h").expect("from memory").is_empty());
    }

    #[test]
    fn calls_are_marks_with_a_beginning_and_an_end() {
        let text = "FUNC f 10.0 5.0 12.0 6.0 0\nFUNC outer 1 0.5 1 7.0\nMEM 1 2.0\nFUNC f 1 5.5 1 6.5 1\nFUNC g 1 3.0 1 3.0 0\nFUNC f x 8.0\n";
        let marks = read_marks(text.as_bytes(), at(1000)).expect("from memory");
        let told = |mark: &Event| match &mark.what {
            What::Mark { label, edge: Some(edge) } => format!("{label} {edge:?} {}", mark.elapsed.as_millis()),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            marks.iter().map(told).collect::<Vec<_>>(),
            ["outer Begin 0", "g Begin 2000", "g End 2000", "f Begin 4000", "f End 5500", "outer End 6000"]
        );
    }
}
