//! What ticks cost: memrec as it is installed beside a bare loop that sleeps, walks, reads and adds up, in turns over the same tree.

use super::recording::Recording;
use super::{Bare, Forest, cpu};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub struct Recorded {
    pub cpu_s: f64,
    pub ticks: f64,
    pub missed: f64,
    pub peak_rss_mib: f64,
    pub recording: Recording,
}

pub fn attach(program: &Path, forest: &Forest, interval: Duration, lasts: Duration, folder: &Path) -> Recorded {
    let csv = folder.join("attach.csv");
    let status = Command::new(program)
        // PSS has a budget of its own, which is not a tick's.
        .args(["attach", "--quiet", "--force", "--pss", "off"])
        .args(["-i", &format!("{}ms", interval.as_millis())])
        .args(["-d", &format!("{}ms", lasts.as_millis())])
        .arg("-o")
        .arg(&csv)
        .arg(forest.root().to_string())
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    let recording = Recording::read(&csv);
    let number = |name: &str| recording.at_end(name).expect("the end tells it");
    Recorded {
        cpu_s: number("cpu_s"),
        ticks: number("ticks"),
        missed: number("ticks_missed"),
        peak_rss_mib: number("peak_rss_bytes") / f64::from(1 << 20),
        recording,
    }
}

/// CPU seconds and ticks of a loop that does the least.
pub fn bare_loop(forest: &Forest, interval: Duration, lasts: Duration) -> (f64, f64) {
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

/// One after the other over the same tree: CPU time of a tick in µs, the bare loop's and memrec's.
pub struct Pair {
    pub bare_us: f64,
    pub memrec_us: f64,
    pub kept_percent: f64,
    pub peak_rss_mib: f64,
    pub gaps_ms: Vec<f64>,
}

pub fn pair(program: &Path, forest: &Forest, interval: Duration, lasts: Duration, folder: &Path) -> Pair {
    let (cpu_s, ticks) = bare_loop(forest, interval, lasts);
    // A longer one less a shorter one: what the start costs is in both, and in the bare loop it is not counted either.
    let start = attach(program, forest, interval, lasts / 2, folder);
    let recorded = attach(program, forest, interval, lasts / 2 + lasts, folder);
    Pair {
        bare_us: cpu_s * 1e6 / ticks,
        memrec_us: (recorded.cpu_s - start.cpu_s) * 1e6 / (recorded.ticks - start.ticks),
        kept_percent: 100.0 * recorded.ticks / (recorded.ticks + recorded.missed),
        peak_rss_mib: recorded.peak_rss_mib,
        gaps_ms: recorded.recording.gaps_ms(),
    }
}
