//! The sidecar: one event, one line of JSON.
//!
//! ```text
//! {"time":"2026-11-23T10:17:22.105Z","elapsed_s":0.100213,"event":"mark","label":"warm"}
//! ```

use super::lines::{Line, Lines};
use super::numbers;
use crate::model::{Event, What, steers};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Read, Write};
use std::time::Duration;

/// Longer than any event: of a command line 16 KiB are kept, which escaping makes sixfold. What a line holds takes up to thirty times as much memory while it
/// is read.
pub(super) const LONGEST_LINE: usize = 1 << 20;

/// What could be read of a sidecar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventsRead {
    /// The events, in the order of the file. What a later memrec invented is among them, as [`What::Unknown`].
    pub events: Vec<Event>,
    /// Lines that are no event: torn, damaged, or longer than 1 MiB.
    pub skipped: u64,
    /// The number of the first of them, from 1.
    pub first_skipped_line: Option<u64>,
}

/// Appends the event's line, its end included. `time` in milliseconds, `elapsed_s` with six decimals as in the CSV, so that both can be
/// joined as text. No control character stands in it unescaped, whatever names and arguments hold.
pub fn encode_event(event: &Event, to: &mut Vec<u8>) {
    to.extend_from_slice(b"{\"time\":\"");
    numbers::push_time(event.time, to);
    to.extend_from_slice(b"\",\"elapsed_s\":");
    numbers::push_elapsed(event.elapsed, to);
    to.push(b',');
    let rest = to.len();
    let mut json = serde_json::Serializer::with_formatter(&mut *to, Harmless(CompactFormatter));
    let written = event.what.serialize(&mut json);
    debug_assert!(written.is_ok(), "plain words and numbers into memory: {written:?}");
    // `{"event":...}` continues what was begun above.
    to.remove(rest);
    to.push(b'\n');
}

/// Reads a sidecar, passing over what is no event.
///
/// # Errors
/// Only that the input could not be read.
pub fn read_events(input: impl Read) -> io::Result<EventsRead> {
    let mut read = EventsRead::default();
    let mut lines = Lines::new(input, LONGEST_LINE);
    let mut number = 0;
    while let Some(line) = lines.next()? {
        number += 1;
        let event = match line {
            // A torn line is no JSON, so a whole one is welcome with or without its end.
            Line::Whole(line) | Line::Unended(line) => {
                let line = super::reader::without_mark(line);
                if line.trim_ascii().is_empty() {
                    continue;
                }
                decode(line)
            }
            Line::TooLong => None,
        };
        match event {
            Some(event) => read.events.push(event),
            None => {
                read.skipped += 1;
                read.first_skipped_line.get_or_insert(number);
            }
        }
    }
    Ok(read)
}

pub(super) fn decode(line: &[u8]) -> Option<Event> {
    #[derive(Deserialize)]
    struct Written {
        time: DateTime<Utc>,
        elapsed_s: f64,
        #[serde(flatten)]
        what: What,
    }
    let written: Written = serde_json::from_slice(line).ok()?;
    // Rounded, not cut: 0.1 as a float lies a little above or below. The upper end is where microseconds leave an u64.
    let micros = (written.elapsed_s * 1e6).round();
    let elapsed = (0.0..1.8e19).contains(&micros).then(|| Duration::from_micros(micros as u64))?;
    Some(Event { time: numbers::spelled(written.time)?, elapsed, what: written.what })
}

/// Compact JSON in which also those control characters are escaped that JSON itself allows (DEL and C1), and what turns the reading direction:
/// people `cat` this file.
struct Harmless(CompactFormatter);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) {
            return self.0.write_string_fragment(writer, fragment);
        }
        let mut plain = 0;
        for (at, c) in fragment.char_indices() {
            if steers(c) {
                writer.write_all(&fragment.as_bytes()[plain..at])?;
                write!(writer, "\\u{:04x}", u32::from(c))?;
                plain = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommandLine, Edge, Exit, ExitStatus, GapCause, Name, PeakOrigin, Start};
    use proptest::prelude::*;

    fn encoded(event: &Event) -> String {
        let mut line = Vec::new();
        encode_event(event, &mut line);
        String::from_utf8(line).unwrap()
    }

    fn event(what: What) -> Event {
        let time = DateTime::from_timestamp_millis(1_795_429_042_105).unwrap();
        Event { time, elapsed: Duration::from_micros(100_213), what }
    }

    #[test]
    fn an_event_is_one_line_that_begins_with_its_time() {
        assert_eq!(
            encoded(&event(What::Mark { label: "warm\n".into(), edge: None })),
            "{\"time\":\"2026-11-23T10:17:22.105Z\",\"elapsed_s\":0.100213,\"event\":\"mark\",\"label\":\"warm\\n\"}\n"
        );
        let exit = Exit {
            process: 1,
            pid: 7,
            peak_rss_bytes: None,
            peak_from: None,
            status: Some(ExitStatus::Signal(9)),
            oom_kill: true,
        };
        assert!(
            encoded(&event(What::Exit(exit)))
                .ends_with("\"event\":\"exit\",\"process\":1,\"pid\":7,\"status\":{\"signal\":9},\"oom_kill\":true}\n")
        );
    }

    #[test]
    fn the_examples_of_the_documentation_are_events() {
        let format = include_str!("../../docs/FORMAT.md");
        let lines: Vec<&str> =
            format.lines().filter(|line| line.starts_with("{\"time\"") && line.contains("\"event\":")).collect();
        let read = read_events(lines.join("\n").as_bytes()).unwrap();
        assert_eq!((read.events.len(), read.skipped), (14, 0));
        for (event, line) in read.events.iter().zip(lines) {
            assert_eq!(encoded(event).trim_end(), line);
        }
    }

    #[test]
    fn what_json_would_leave_raw_is_escaped_too() {
        let label = "a\u{7f}b\u{9b}31m\u{202e}é".to_owned();
        let line = encoded(&event(What::Mark { label: label.clone(), edge: None }));
        assert!(line.ends_with("\"label\":\"a\\u007fb\\u009b31m\\u202eé\"}\n"), "{line}");
        assert_eq!(read_events(line.as_bytes()).unwrap().events[0].what, What::Mark { label, edge: None });
    }

    #[test]
    fn what_a_later_memrec_wrote_is_kept_as_unknown() {
        let line = br#"{"time":"2026-11-23T10:17:22Z","elapsed_s":3,"event":"thaw","why":{"a":[1]}}"#;
        let read = read_events(&line[..]).unwrap();
        assert_eq!((read.events[0].what.clone(), read.skipped), (What::Unknown, 0));
        let line = br#"{"time":"2026-11-23T10:17:22Z","elapsed_s":3,"event":"mark","label":"a","colour":"red"}"#;
        assert_eq!(read_events(&line[..]).unwrap().events[0].what, What::Mark { label: "a".into(), edge: None });
    }

    #[test]
    fn broken_lines_are_counted_not_fatal() {
        let mut file = b"\xef\xbb\xbf".to_vec();
        encode_event(&event(What::Mark { label: "one".into(), edge: None }), &mut file);
        file.extend_from_slice(
            b"\n\x00\x00\n{]\nnull\n{\"time\":\"2026-11-23T10:17:22Z\",\"elapsed_s\":-1,\"event\":\"thaw\"}\n",
        );
        file.extend(std::iter::repeat_n(b'x', LONGEST_LINE + 5));
        file.push(b'\n');
        encode_event(&event(What::Mark { label: "two".into(), edge: None }), &mut file);
        file.extend_from_slice(b"{\"time\":\"2026-11");
        let read = read_events(&file[..]).unwrap();
        assert_eq!(read.events.len(), 2);
        assert_eq!((read.skipped, read.first_skipped_line), (5, Some(4)), "a line of NULs is an empty one");
    }

    fn command() -> impl Strategy<Value = Option<CommandLine>> {
        proptest::option::of(proptest::collection::vec(any::<String>(), 0..4).prop_map(CommandLine::masked))
    }

    fn name() -> impl Strategy<Value = Name> {
        proptest::collection::vec(any::<u8>(), 0..16).prop_map(|raw| Name::from_bytes(&raw))
    }

    fn seconds() -> impl Strategy<Value = f64> {
        (0..u64::MAX >> 20).prop_map(|micros| micros as f64 / 1e6)
    }

    fn what() -> impl Strategy<Value = What> {
        let origin = prop_oneof![
            Just(PeakOrigin::HighWaterMark),
            Just(PeakOrigin::WaitStatus),
            Just(PeakOrigin::ExitRecord),
            Just(PeakOrigin::Samples),
        ];
        let status = prop_oneof![any::<i32>().prop_map(ExitStatus::Code), any::<i32>().prop_map(ExitStatus::Signal)];
        let cause = prop_oneof![Just(GapCause::Late), Just(GapCause::Stopped), Just(GapCause::Suspended)];
        let edge = proptest::option::of(prop_oneof![Just(Edge::Begin), Just(Edge::End)]);
        let exit = (
            any::<u32>(),
            any::<u32>(),
            any::<Option<u64>>(),
            proptest::option::of(origin),
            proptest::option::of(status.clone()),
        );
        prop_oneof![
            (any::<u32>(), command(), seconds(), any::<Option<String>>(), any::<Option<u64>>(), any::<[String; 3]>())
                .prop_map(
                    |(format, command, interval_s, host, memory_bytes, [memrec, source, following])| What::Start(
                        Start {
                            format,
                            memrec,
                            command,
                            interval_s,
                            host: host.clone(),
                            kernel: host,
                            memory_bytes,
                            limit_bytes: memory_bytes,
                            source,
                            following,
                        }
                    )
                ),
            (any::<[u32; 3]>(), name(), command()).prop_map(|([process, pid, ppid], name, command)| What::Spawn {
                process,
                pid,
                ppid,
                name,
                command
            }),
            (any::<[u32; 2]>(), name(), command()).prop_map(|([process, pid], name, command)| What::Exec {
                process,
                pid,
                name,
                command
            }),
            exit.prop_map(|(process, pid, peak_rss_bytes, peak_from, status)| What::Exit(Exit {
                process,
                pid,
                peak_rss_bytes,
                peak_from,
                status,
                oom_kill: pid % 2 == 1
            })),
            (any::<String>(), edge).prop_map(|(label, edge)| What::Mark { label, edge }),
            (any::<String>(), any::<u64>()).prop_map(|(name, number)| What::Count { name, number }),
            (cause, any::<u64>(), seconds()).prop_map(|(cause, ticks_missed, seconds)| What::Gap {
                cause,
                ticks_missed,
                seconds
            }),
            any::<String>().prop_map(|text| What::Note { text }),
            (proptest::option::of(status), any::<[u64; 2]>(), proptest::option::of(seconds()), any::<Option<u64>>())
                .prop_map(|(exit, [ticks, ticks_missed], cpu_s, peak_rss_bytes)| What::End {
                    exit,
                    ticks,
                    ticks_missed,
                    cpu_s,
                    peak_rss_bytes
                }),
        ]
    }

    proptest! {
        #[test]
        fn every_event_comes_back(what in what(), millis in 0..4_102_444_800_000_i64, micros in 0..1_u64 << 47) {
            let event = Event { time: DateTime::from_timestamp_millis(millis).unwrap(), elapsed: Duration::from_micros(micros), what };
            let line = encoded(&event);
            prop_assert_eq!(line.chars().filter(|c| c.is_control()).count(), 1, "only the end of the line: {}", line);
            let read = read_events(line.as_bytes()).unwrap();
            prop_assert_eq!(read.events, [event]);
        }

        #[test]
        fn no_file_brings_it_down(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(read_events(&file[..]).is_ok());
        }
    }
}
