//! What a whole recording costs, the program as it is installed: CPU time a tick, without the start, beside a bare loop that sleeps, walks, reads and adds up; what
//! `memrec run true` costs more than `true`; ticks kept at 1 ms; memrec's own memory; a picture of a million ticks.
//!
//! `cargo bench --bench whole` prints it all.

mod common;

use common::{Bare, Forest, cpu, median};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MEMREC: &str = env!("CARGO_BIN_EXE_memrec");
const STRANGERS: usize = 500;

struct Recorded {
    cpu_s: f64,
    ticks: f64,
    missed: f64,
    peak_rss_mib: f64,
}

fn attach(forest: &Forest, interval: Duration, lasts: Duration, folder: &Path) -> Recorded {
    let csv = folder.join("attach.csv");
    let status = Command::new(MEMREC)
        .args([
            "attach",
            "--quiet",
            "--force",
            // It has a budget of its own, which is not a tick's.
            "--pss",
            "off",
            "-i",
            &format!("{}ms", interval.as_millis()),
            "-d",
            &format!("{}s", lasts.as_secs()),
        ])
        .arg("-o")
        .arg(&csv)
        .arg(forest.root().to_string())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    let events = std::fs::read_to_string(folder.join("attach.events.jsonl")).expect("the sidecar is there");
    let end: serde_json::Value =
        serde_json::from_str(events.lines().last().unwrap_or_default()).expect("its last line is the end");
    let number = |name: &str| end[name].as_f64().expect("the end tells it");
    Recorded {
        cpu_s: number("cpu_s"),
        ticks: number("ticks"),
        missed: number("ticks_missed"),
        peak_rss_mib: number("peak_rss_bytes") / f64::from(1 << 20),
    }
}

/// CPU seconds and ticks of a loop that does the least.
fn bare_loop(forest: &Forest, interval: Duration, lasts: Duration) -> (f64, f64) {
    let mut bare = Bare::new(forest.root());
    let (began, before) = (Instant::now(), cpu());
    let mut ticks = 0_u32;
    let mut due = Duration::ZERO;
    while due < lasts {
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        std::hint::black_box(bare.tick());
        ticks += 1;
        let passed = began.elapsed().as_nanos() / interval.as_nanos() + 1;
        due = interval * u32::try_from(passed).expect("a few thousand ticks");
    }
    ((cpu() - before).as_secs_f64(), f64::from(ticks))
}

fn ticks(folder: &Path) {
    println!(
        "CPU time of a tick in µs, the whole program, {STRANGERS} strangers on the machine; five pairs of 4 s each, medians"
    );
    println!(
        "{:>9} {:>9} {:>10} {:>10} {:>7} {:>9} {:>12}",
        "processes", "interval", "bare loop", "memrec", "ratio", "ticks", "memrec's RSS"
    );
    for (size, millis) in [(1, 100), (1, 1), (10, 1), (100, 100), (1000, 100)] {
        let forest = Forest::of(size);
        let (interval, lasts) = (Duration::from_millis(millis), Duration::from_secs(4));
        let (mut minima, mut costs, mut ratios, mut kept, mut rss) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..5 {
            let (cpu_s, ticks) = bare_loop(&forest, interval, lasts);
            let minimum = cpu_s * 1e6 / ticks;
            // A longer one less a shorter one: what the start costs is in both, and in the bare loop it is not counted either.
            let start = attach(&forest, interval, Duration::from_secs(2), folder);
            let recorded = attach(&forest, interval, Duration::from_secs(2) + lasts, folder);
            let cost = (recorded.cpu_s - start.cpu_s) * 1e6 / (recorded.ticks - start.ticks);
            minima.push(minimum);
            costs.push(cost);
            ratios.push(cost / minimum);
            kept.push(100.0 * recorded.ticks / (recorded.ticks + recorded.missed));
            rss.push(recorded.peak_rss_mib);
        }
        println!(
            "{size:>9} {:>9} {:>10.1} {:>10.1} {:>7.2} {:>8.1}% {:>8.1} MiB",
            format!("{millis} ms"),
            median(&mut minima),
            median(&mut costs),
            median(&mut ratios),
            median(&mut kept),
            median(&mut rss)
        );
    }
}

fn wall(command: &mut Command) -> f64 {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()));
    began.elapsed().as_secs_f64() * 1e3
}

fn start_up(folder: &Path) {
    let csv = folder.join("true.csv");
    let (mut bare, mut recorded) = (Vec::new(), Vec::new());
    for _ in 0..51 {
        bare.push(wall(&mut Command::new("true")));
        recorded.push(wall(Command::new(MEMREC).args(["run", "--force", "-o"]).arg(&csv).args(["--", "true"])));
    }
    let (bare, recorded) = (median(&mut bare), median(&mut recorded));
    println!(
        "\n`true` takes {bare:.2} ms, `memrec run true` {recorded:.2} ms: {:.2} ms more (medians of 51)",
        recorded - bare
    );
}

/// A recording as memrec writes it, of four processes or one.
fn million_ticks(folder: &Path, processes: usize) -> PathBuf {
    let mut csv =
        String::from("time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n");
    for tick in 0..1_000_000_u64 {
        for process in 1..=processes as u64 {
            let rss = (50 << 20) * process + (tick * 7919 % 10_007) * 4096 + tick * 40;
            let _ = writeln!(
                csv,
                "2026-11-{}T{:02}:{:02}:{:02}.{:03}Z,{}.{:06},{process},{},4700,worker,{rss},,,,",
                23 + tick / 864_000,
                tick / 36_000 % 24,
                tick / 600 % 60,
                tick / 10 % 60,
                tick % 10 * 100,
                tick / 10,
                tick % 10 * 100_000 + 57,
                4710 + process,
            );
        }
    }
    let path = folder.join(format!("million-{processes}.csv"));
    std::fs::write(&path, csv).expect("there is room for a hundred megabytes or four");
    path
}

fn pictures(folder: &Path) {
    for processes in [1, 4] {
        let csv = million_ticks(folder, processes);
        let mut times: Vec<f64> = (0..7)
            .map(|_| wall(Command::new(MEMREC).arg("plot").arg(&csv).arg("-o").arg(folder.join("x.png"))))
            .collect();
        let rows = processes * 1_000_000;
        println!("a picture of a million ticks ({rows} rows): {:.0} ms (median of 7)", median(&mut times));
    }
}

fn main() {
    let folder = std::env::temp_dir().join(format!("memrec-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
    {
        let _strangers = Forest::of(STRANGERS);
        ticks(&folder);
    }
    start_up(&folder);
    pictures(&folder);
    let _ = std::fs::remove_dir_all(&folder);
}
