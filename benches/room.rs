//! What keeping a recording small costs: how long a tick is written while the recording is thinned beside it, against the time before, and how
//! long a thinning takes.
//!
//! `cargo bench --bench room` fills recordings up to where they are thinned, without pause, and then writes ticks of ten processes every millisecond until
//! that is done. `-- 64` takes a limit of so many MiB only.

mod common;

use common::stats;
use memrec::model::{Extras, Memory, Name, Row, Sample};
use memrec::storage::{Mode, Report, Writer, create};
use stats::{mib, quantile};
use std::fs;
use std::time::{Duration, Instant};

const LIMITS: [u64; 3] = [16, 128, 1024];
const PROCESSES: u32 = 10;
const PACE: Duration = Duration::from_millis(1);
/// Ticks that are written at that pace before.
const BEFORE: u64 = 5000;

fn tick(number: u64) -> Sample {
    let row = |process| {
        let rss = Some(40_000_000 + (number * 7919 + u64::from(process) * 4096) % 9_000_000);
        let memory = Memory { rss, peak_rss: rss, swap: Some(0), ..Memory::default() };
        Row { process, pid: 4000 + process, ppid: 3999, name: Name::from_bytes(b"worker"), memory }
    };
    let elapsed = PACE * u32::try_from(number).unwrap_or(u32::MAX);
    let time = chrono::DateTime::UNIX_EPOCH + elapsed;
    Sample { time, elapsed, rows: (1..=PROCESSES).map(row).collect(), cgroup: None }
}

/// This process' own memory in MiB: what it is now, and what it was at most since `reset`.
fn own(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

struct Measured {
    before: Vec<f64>,
    during: Vec<f64>,
    thinning: Duration,
    left: u64,
    grown: f64,
}

fn measure(limit: u64) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.csv");
    let created = create(&path, Mode::New).expect("an empty folder");
    let mut writer = Writer::with(created.csv, created.events, Extras::default(), Some(limit)).expect("room");
    created.pending.commit().expect("nothing to replace");
    let length = || fs::metadata(&path).map_or(0, |file| file.len());
    let mut number = 0;
    let per_tick = {
        (0..1000).for_each(|_| number = write(&mut writer, number).1);
        length() / 1000
    };
    while length() + per_tick * (BEFORE + 2000) < limit / 8 * 7 {
        (0..1000).for_each(|_| number = write(&mut writer, number).1);
    }
    let (mut before, mut during, mut began) = (Vec::new(), Vec::new(), None);
    let memory = own("VmRSS:");
    let mut next = Instant::now();
    loop {
        next += PACE;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let thins = length() >= limit / 8 * 7;
        let started = Instant::now();
        let (reports, following) = write(&mut writer, number);
        number = following;
        let took = started.elapsed().as_secs_f64() * 1e6;
        if thins {
            during.push(took)
        } else {
            before.push(took)
        }
        if thins && began.is_none() {
            began = Some(started);
        }
        if reports.iter().any(|report| matches!(report, Report::Thinned { .. })) {
            let thinning = began.map_or(Duration::ZERO, |began| began.elapsed());
            return Measured { before, during, thinning, left: length(), grown: own("VmHWM:") - memory };
        }
        assert!(reports.is_empty(), "{reports:?}");
    }
}

fn write(writer: &mut Writer<memrec::storage::OutputFile>, number: u64) -> (Vec<Report>, u64) {
    (writer.write(&tick(number), &[]), number + 1)
}

fn main() {
    let asked: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let limits = if asked.is_empty() { &LIMITS[..] } else { &asked };
    stats::head(
        "Writing a tick of 10 processes, in µs",
        0,
        &[
            "limit, MiB",
            "before: median",
            "p99",
            "highest",
            "while thinned: median",
            "p99",
            "highest",
            "thinned in, s",
            "left, MiB",
            "memory, MiB more",
        ],
    );
    for limit in limits {
        let Measured { before, during, thinning, left, grown } = measure(limit << 20);
        let three = |of: &[f64]| [0.5, 0.99, 1.0].map(|share| stats::shown(quantile(of, share), 0));
        let mut cells = vec![limit.to_string()];
        cells.extend(three(&before));
        cells.extend(three(&during));
        cells.extend([
            stats::shown(thinning.as_secs_f64(), 2),
            stats::shown(mib(left as f64), 0),
            stats::shown(grown, 1),
        ]);
        stats::row(&cells);
    }
}
