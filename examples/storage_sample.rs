//! Writes a short recording with odd names into a file: `cargo run --example storage_sample FILE`. `tests/foreign_readers.py` reads it with
//! other programs.
#![allow(clippy::unwrap_used)]

use chrono::DateTime;
use memrec::model::{Event, Memory, Name, Row, Sample, What};
use memrec::storage::{Mode, Writer, create};
use std::time::Duration;

fn main() {
    let path = std::env::args_os().nth(1).unwrap_or_else(|| "sample.csv".into());
    let names: [&[u8]; 10] = [
        b"hypercorn",
        b"a,b",
        b"say \"hi\"",
        b"=1+1",
        b"-bash",
        b"'quoted'",
        b"\xff\xfe",
        b"two\nlines",
        "größe ✓".as_bytes(),
        b"back\\slash",
    ];
    let created = create(path.as_ref(), Mode::Force).unwrap();
    let mut writer = Writer::new(created.csv, created.events).unwrap();
    created.pending.commit().unwrap();
    for tick in 0..50_u64 {
        let row = |(place, name): (usize, &&[u8])| {
            let rss = 40_345_600 + tick * 4096 + place as u64;
            let full = place % 3 > 0 && tick % 10 == 5;
            let memory = Memory {
                rss: (place != 4).then_some(rss),
                peak_rss: (tick % 10 == 0).then_some(rss + 8192),
                swap: (tick % 10 == 0).then_some(0),
                pss: full.then_some(rss / 2),
                uss: full.then_some(rss / 4),
                ..Memory::default()
            };
            let process = place as u32 + 1;
            Row { process, pid: 4710 + process, ppid: 4700, name: Name::from_bytes(name), memory }
        };
        let elapsed = Duration::from_micros(213 + tick * 100_213);
        let sample = Sample {
            time: DateTime::from_timestamp_millis(1_795_429_042_105).unwrap() + elapsed,
            elapsed,
            rows: names.iter().enumerate().take(2 + tick as usize).map(row).collect(),
            cgroup: None,
        };
        let what = What::Mark { label: format!("tick {tick}\u{1b}[31m"), edge: None };
        let reports = writer.write(&sample, &[Event { time: sample.time, elapsed, what }]);
        assert!(reports.is_empty(), "{reports:?}");
    }
}
