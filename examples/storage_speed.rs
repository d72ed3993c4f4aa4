//! Nanoseconds per row of writing and reading: `cargo run --release --example storage_speed [ROWS]`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use chrono::DateTime;
use memrec::model::{Memory, Name, Row, Sample};
use memrec::storage::{Mode, Recording, Writer, create};
use std::time::{Duration, Instant};

fn main() {
    let rows: u64 = std::env::args().nth(1).map_or(1_000_000, |rows| rows.parse().unwrap());
    for (what, per_tick, name) in
        [("one process", 1, "hypercorn"), ("100 processes", 100, "postgres"), ("quoted names", 1, "a,b")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.csv");
        let created = create(&path, Mode::New).unwrap();
        let mut writer = Writer::new(created.csv, created.events).unwrap();
        created.pending.commit().unwrap();
        let row = |process| Row {
            process,
            pid: 4711 + process,
            ppid: 4700,
            name: Name::from_bytes(name.as_bytes()),
            memory: Memory::default(),
        };
        let mut sample = Sample { rows: (1..=per_tick).map(row).collect(), ..Sample::default() };
        let mut writing = Duration::ZERO;
        let ticks = rows / u64::from(per_tick);
        for tick in 0..ticks {
            sample.elapsed = Duration::from_micros(tick * 100_213);
            sample.time = DateTime::from_timestamp_micros(1_795_429_042_105_000 + tick as i64 * 100_213).unwrap();
            for row in &mut sample.rows {
                row.memory.rss = Some(40_345_600 + tick * 4096);
                row.memory.peak_rss = Some(50_345_600 + tick * 4096);
                row.memory.swap = Some(0);
            }
            let begun = Instant::now();
            let reports = writer.write(&sample, &[]);
            writing += begun.elapsed();
            assert!(reports.is_empty());
        }
        let recording = Recording::open(&path).unwrap();
        let mut fastest = Duration::MAX;
        for _ in 0..5 {
            let mut sum = 0;
            let begun = Instant::now();
            let tally = recording.samples(&mut |sample| sum += sample.rows[0].memory.rss.unwrap()).unwrap();
            fastest = fastest.min(begun.elapsed());
            assert_eq!(tally.rows, ticks * u64::from(per_tick));
        }
        let each = |time: Duration| time.as_nanos() as f64 / (ticks * u64::from(per_tick)) as f64;
        println!("{what}: written in {:.0} ns a row, read in {:.0} ns a row", each(writing), each(fastest));
    }
}
