//! What was written comes back, whatever it was.

use chrono::{DateTime, Utc};
use memrec::model::{CommandLine, Event, Extras, METRICS, Memory, Metric, Name, Row, Sample, What, steers};
use memrec::storage::fake::Disk;
use memrec::storage::{Writer, encode_event, read_events, read_samples};
use proptest::prelude::*;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

fn written(samples: &[Sample], extras: Extras) -> Vec<u8> {
    let csv = Disk::new();
    let mut writer = Writer::with(csv.clone(), Disk::new(), extras, None).expect("there is room in memory");
    for sample in samples {
        assert_eq!(writer.write(sample, &[]).len(), 0);
    }
    csv.bytes()
}

fn read(text: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let tally = read_samples(text, &mut |sample| samples.push(sample.clone())).expect("a recording");
    assert_eq!(tally.skipped, []);
    samples
}

/// The kernel's bytes from a written name: `\xNN` and `\\`.
fn raw(written: &str) -> Vec<u8> {
    let (mut raw, mut bytes) = (Vec::new(), written.bytes());
    while let Some(byte) = bytes.next() {
        match (byte, if byte == b'\\' { bytes.next() } else { None }) {
            (b'\\', Some(b'x')) => {
                let digits = [bytes.next().expect("two digits"), bytes.next().expect("two digits")];
                let digits = std::str::from_utf8(&digits).expect("digits");
                raw.push(u8::from_str_radix(digits, 16).expect("digits"));
            }
            (b'\\', Some(b'\\')) => raw.push(b'\\'),
            (byte, _) => raw.push(byte),
        }
    }
    raw
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Few processes and names, so that ticks repeat each other, and some that are odd.
    let name = prop_oneof![
        4 => "[ab]{1,2}".prop_map(|name| Name::from_bytes(name.as_bytes())),
        1 => proptest::collection::vec(any::<u8>(), 0..15).prop_map(|raw| Name::from_bytes(&raw)),
        1 => "[-=+@',\"\\\\\n]{1,3}".prop_map(|name| Name::from_bytes(name.as_bytes())),
    ];
    let bytes = || prop_oneof![Just(None), any::<Option<u64>>(), (0..1_u64 << 36).prop_map(Some)];
    let memory = proptest::collection::vec(bytes(), METRICS.len()).prop_map(|values| {
        let mut memory = Memory::default();
        METRICS.iter().zip(values).for_each(|(row, value)| row.metric.set(&mut memory, value));
        memory
    });
    let row = (1..4_u32, 1..3_u32, any::<u32>(), name, memory).prop_map(|(process, pid, ppid, name, memory)| Row {
        process,
        pid,
        ppid: ppid % 2,
        name,
        memory,
    });
    proptest::collection::vec(row, 1..5).prop_map(|mut rows| {
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.process));
        rows
    })
}

proptest! {
    #[test]
    fn every_sample_comes_back(
        ticks in proptest::collection::vec((1..100_000_000_u64, rows(), any::<Option<u64>>()), 1..12),
        extras in prop_oneof![Just(Extras::default()), Just(Extras::all()), Just("anon,cgroup".parse().expect("columns"))],
    ) {
        let mut micros = 0;
        let samples: Vec<Sample> = ticks.into_iter().map(|(later, mut rows, cgroup)| {
            // What was not asked for has no column.
            rows.iter_mut().for_each(|row| extras.keep(&mut row.memory));
            let cgroup = cgroup.filter(|_| extras.has(Metric::Cgroup));
            micros += later;
            let time: DateTime<Utc> = DateTime::from_timestamp_millis(1_795_429_042_105 + (micros / 1000) as i64).expect("this century");
            Sample { time, elapsed: Duration::from_micros(micros), rows, cgroup }
        }).collect();
        let text = written(&samples, extras);
        prop_assert_eq!(read(&text), &samples[..]);
        // A further column at the other end turns the fast way off; the same must be read.
        let turned: Vec<u8> = text.split_inclusive(|byte| *byte == b'\n').enumerate()
            .flat_map(|(line, text)| [if line == 0 { &b"further,"[..] } else { b"1," }, text].concat()).collect();
        prop_assert_eq!(read(&turned), samples);
    }

    #[test]
    fn a_recording_damaged_anywhere_still_reads(place in 0..2000_usize, byte: u8, cut in 0..2000_usize) {
        let rows = |tick: u32| vec![Row { process: 1, pid: 7, ppid: tick, name: Name::from_bytes(b"x"), memory: Memory::default() }];
        let samples: Vec<Sample> = (1..40).map(|tick| Sample {
            time: DateTime::UNIX_EPOCH, elapsed: Duration::from_millis(u64::from(tick)), rows: rows(tick), cgroup: None,
        }).collect();
        let mut text = written(&samples, Extras::default());
        let header = text.iter().position(|byte| *byte == b'\n').expect("a header") + 1;
        let length = text.len();
        text[header + place % (length - header)] = byte;
        text.truncate(length - cut % (length - header));
        let mut seen = 0;
        let _ = read_samples(&text[..], &mut |sample| seen += sample.rows.len());
        let lines = text.iter().filter(|byte| **byte == b'\n').count() - 1;
        prop_assert!(seen + 3 >= lines, "one byte costs at most two lines, or a tick that was no good: {seen} of {lines}");
    }

    #[test]
    fn whatever_a_process_calls_itself_its_name_stays_in_its_cell_and_can_be_had_back(name in odd(0..16)) {
        let row = Row { process: 1, pid: 7, ppid: 1, name: Name::from_bytes(&name), memory: Memory::default() };
        let sample = Sample { time: DateTime::UNIX_EPOCH, elapsed: Duration::ZERO, rows: vec![row], cgroup: None };
        let text = String::from_utf8(written(std::slice::from_ref(&sample), Extras::default())).expect("a CSV is text");
        prop_assert_eq!(text.chars().filter(|c| c.is_control()).collect::<String>(), "\n\n");
        let cells = csv::Reader::from_reader(text.as_bytes()).into_records().next().expect("a row").expect("a whole one");
        prop_assert!(!cells[5].starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", text);
        let again = read(text.as_bytes());
        prop_assert_eq!(raw(again[0].rows[0].name.as_str()), name);
        prop_assert_eq!(again, [sample]);
    }

    #[test]
    fn every_command_line_comes_back_and_steers_nothing(arguments in proptest::collection::vec(odd(0..40), 0..6), name in odd(0..16)) {
        let command = CommandLine::masked(arguments.into_iter().map(OsString::from_vec));
        let printed = command.to_string();
        prop_assert!(!printed.chars().any(steers), "{:?}", printed);
        let (process, pid, ppid) = (2, 7, 1);
        let events = [
            What::Spawn { process, pid, ppid, name: Name::from_bytes(&name), command: Some(command.clone()) },
            What::Exec { process, pid, name: Name::from_bytes(&name), command: Some(command) },
        ].map(|what| Event { time: DateTime::UNIX_EPOCH, elapsed: Duration::from_micros(7), what });
        let mut text = Vec::new();
        events.iter().for_each(|event| encode_event(event, &mut text));
        let steering = String::from_utf8(text.clone()).expect("JSON is text").chars().filter(|c| steers(*c)).count();
        prop_assert_eq!(steering, 2, "the two ends of lines");
        let read = read_events(&text[..]).expect("memory can be read");
        prop_assert_eq!((&read.events[..], read.skipped), (&events[..], 0));
    }
}

/// Bytes that nobody expects: any, and those that mean something to somebody.
fn odd(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let telling: &[u8] = b"=+-@'\"\\,;\n\r\t\0 \x1b\x7f\x9b\x80\xe2\xc2\xae\xff:/xA";
    let byte = prop_oneof![2 => proptest::sample::select(telling), 1 => any::<u8>()];
    proptest::collection::vec(byte, length)
}
