//! What a whole recording costs, the program as it is installed: CPU time a tick, without the start, beside a bare loop that sleeps, walks, reads and adds up; what
//! `memrec run true` costs more than `true`; ticks kept at 1 ms; memrec's own memory; a picture of a million ticks.
//!
//! `cargo bench --bench whole` prints it all.

mod common;

use common::Forest;
use common::pacing::pair;
use common::stats::median;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MEMREC: &str = env!("CARGO_BIN_EXE_memrec");
const STRANGERS: usize = 500;

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
            let pair = pair(Path::new(MEMREC), &forest, interval, lasts, folder);
            minima.push(pair.bare_us);
            costs.push(pair.memrec_us);
            ratios.push(pair.memrec_us / pair.bare_us);
            kept.push(pair.kept_percent);
            rss.push(pair.peak_rss_mib);
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
