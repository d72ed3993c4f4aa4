//! Real programs: Python scripts that leak or do not, watched by the bare loop of `common`, and judged.

use crate::common::stats::{head, row};
use crate::common::{Bare, Wanted};
use memrec::analysis::Verdict::{self, Falling, Growing, Level};
use memrec::analysis::{Trend, TrendBuilder};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What all scripts begin with: `beat()` waits for 5 ms, and ends when nobody watches any more; memory is written to; the numbers of chance have a seed.
const BEGINNING: &str = "
import gc, os, random, sys, time
random.seed(int(sys.argv[1]))
parent = os.getppid()
def beat():
    if os.getppid() != parent: sys.exit()
    time.sleep(0.005)
def load(size): return b'x' * size
";

const PROGRAMS: [(&str, Verdict, &str); 8] = [
    (
        "keeps 8 KiB of each request",
        Growing,
        "
kept = []
while True: kept.append(load(8192)); junk = [load(random.randrange(9999)) for _ in range(20)]; beat()",
    ),
    (
        "the same requests, and keeps none",
        Level,
        "
while True: kept = load(8192); junk = [load(random.randrange(9999)) for _ in range(20)]; beat()",
    ),
    (
        "garbage in circles, collected every 300 requests, 1 KiB of each kept",
        Growing,
        "
gc.disable()
class Node: pass
kept = []
while True:
    for _ in range(300):
        for _ in range(20): a, b = Node(), Node(); a.b, b.a, a.load = b, a, load(8000)
        kept.append(load(1024)); beat()
    gc.collect()",
    ),
    (
        "garbage in circles, collected every 300 requests, none kept",
        Level,
        "
gc.disable()
class Node: pass
while True:
    for _ in range(300):
        for _ in range(20): a, b = Node(), Node(); a.b, b.a, a.load = b, a, load(8000)
        beat()
    gc.collect()",
    ),
    (
        "loads 200 MiB in two seconds, then serves",
        Level,
        "
kept = []
for _ in range(200): kept.append(load(1 << 20)); time.sleep(0.01)
while True: junk = [load(random.randrange(99999)) for _ in range(20)]; beat()",
    ),
    (
        "a cache of 3000 answers that fills by itself",
        Level,
        "
cache = {}
while True:
    for _ in range(10):
        key = random.randrange(3000)
        if key not in cache: cache[key] = load(20000)
    beat()",
    ),
    (
        "a buffer that is copied as it grows",
        Growing,
        "
buffer = bytearray()
while True: buffer += load(10000); beat()",
    ),
    (
        "frees its 300 MiB bit by bit",
        Falling,
        "
kept = [load(1 << 20) for _ in range(300)]
while True:
    if kept and random.random() < 0.02: kept.pop()
    beat()",
    ),
];

pub(crate) fn measure(wanted: &Wanted) {
    let (runs, seconds) = wanted.pick((1, 12), (5, 40));
    let title = format!("Python programs, {seconds} s each, a look every 50 ms, {runs} runs:");
    head(
        &title,
        2,
        &["program", "truth", "right", "verdicts", "the reason of the first that is wrong, or of the first"],
    );
    for (name, truth, script) in PROGRAMS {
        let trends: Vec<Trend> = std::thread::scope(|scope| {
            let watched: Vec<_> = (0..runs).map(|seed| scope.spawn(move || watch(script, seed, seconds))).collect();
            watched.into_iter().map(|thread| thread.join().expect("it watches only")).collect()
        });
        let right = trends.iter().filter(|trend| trend.verdict == truth).count();
        let verdicts: Vec<&str> = trends.iter().map(|trend| trend.verdict.as_str()).collect();
        let told = trends.iter().find(|trend| trend.verdict != truth).unwrap_or(&trends[0]);
        let reason = told.reason.clone();
        row(&[name.into(), truth.to_string(), format!("{right} of {runs}"), verdicts.join(", "), reason]);
    }
}

fn watch(script: &str, seed: u32, seconds: u64) -> Trend {
    let script = format!("{BEGINNING}{script}\n");
    let mut command = Command::new("python3");
    command.args(["-c", &script, &seed.to_string()]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.spawn().expect("this part needs python3");
    let mut bare = Bare::new(child.id());
    let (began, mut builder) = (Instant::now(), TrendBuilder::new());
    while began.elapsed() < Duration::from_secs(seconds) {
        let pages = bare.tick();
        if pages > 0 {
            builder.push(began.elapsed(), pages * 4096);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    // Both may have happened already.
    let _ = child.kill();
    let _ = child.wait();
    builder.finish()
}
