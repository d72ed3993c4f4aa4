//! What is sent: a line about the moment, and then the label to the end.
//!
//! ```text
//! memrec 1 mark 4711000000000 time:[4026531834] begin
//! warm
//! ```

use crate::model::{Edge, check_label};
use std::time::Duration;

/// Longer than any letter.
pub(super) const LONGEST: usize = 4096;

const KIND: &str = "memrec 1 mark";

/// A label, and the moment that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// CLOCK_MONOTONIC then, where both have the same: a time namespace has its own.
    pub at: Option<Duration>,
    /// Whether something begins or ends then.
    pub edge: Option<Edge>,
    /// The label.
    pub label: String,
}

/// Whose CLOCK_MONOTONIC this process has (time_namespaces(7)); `?` on a system with one for all, or without `/proc`.
pub(super) fn clock() -> String {
    let namespace = std::fs::read_link("/proc/self/ns/time").ok();
    namespace.and_then(|name| name.into_os_string().into_string().ok()).unwrap_or_else(|| "?".to_owned())
}

impl Letter {
    pub(super) fn written(&self) -> Vec<u8> {
        let at = self.at.map_or(0, |at| at.as_nanos());
        let edge = match self.edge {
            None => "moment",
            Some(Edge::Begin) => "begin",
            Some(Edge::End) => "end",
        };
        format!("{KIND} {at} {} {edge}\n{}", clock(), self.label).into_bytes()
    }

    /// `None` where this is no letter, or its label is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (line, label) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        let mut words = line.strip_prefix(KIND)?.split_ascii_whitespace();
        let nanos: u64 = words.next()?.parse().ok()?;
        let at = Some(Duration::from_nanos(nanos)).filter(|at| !at.is_zero());
        let at = if words.next()? == clock() { at } else { None };
        let edge = match words.next()? {
            "moment" => None,
            "begin" => Some(Edge::Begin),
            "end" => Some(Edge::End),
            _ => return None,
        };
        check_label(label).ok()?;
        Some(Self { at, edge, label: label.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_as_it_was_written() {
        for edge in [None, Some(Edge::Begin), Some(Edge::End)] {
            let letter =
                Letter { at: Some(Duration::from_nanos(4_711_000)), edge, label: "a\nb \u{1b}[2J ü".to_owned() };
            assert_eq!(Letter::read(&letter.written()), Some(letter));
        }
    }

    #[test]
    fn the_time_of_another_clock_is_none() {
        let letter = Letter::read(b"memrec 1 mark 5 time:[1] moment\nwarm").unwrap();
        assert_eq!((letter.at, letter.label.as_str()), (None, "warm"));
    }

    #[test]
    fn what_is_no_letter_is_none() {
        let long = format!("memrec 1 mark 5 ? moment\n{}", "x".repeat(LONGEST));
        for bytes in [
            &b""[..],
            b"GET / HTTP/1.1\r\n\r\n",
            b"memrec 1 mark 5 ? moment",
            b"memrec 1 mark 5 ? moment\n",
            b"memrec 1 mark 5 ? moment\n  ",
            b"memrec 1 mark 5 ? moment\n\xff",
            b"memrec 1 mark -5 ? moment\nwarm",
            b"memrec 1 mark 5 ? noon\nwarm",
            b"memrec 1 mark 5\nwarm",
            long.as_bytes(),
        ] {
            assert_eq!(Letter::read(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
