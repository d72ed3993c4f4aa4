//! What one look at the tree costs in CPU time, beside the bare minimum: walk the `children` files, read the kept `statm` descriptors, add up.
//!
//! `cargo bench --bench tick` prints a table; both are measured in turns, in the same run, over the same tree, with 500 strangers on the machine.
//! `cargo bench --bench tick -- 1 10` measures trees of these sizes only. What a whole recording costs is measured by `cargo bench --bench whole`.

mod common;

use common::stats::median;
use common::{Bare, Forest, cpu};
use memrec::source::{Options, Orphans, Source, linux::Linux};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

const STRANGERS: usize = 500;
const ROUNDS: usize = 15;

fn cost(times: usize, mut tick: impl FnMut()) -> f64 {
    let before = cpu();
    for _ in 0..times {
        tick();
    }
    (cpu() - before).as_secs_f64() * 1e6 / times as f64
}

/// Up to three files are kept open for each process. The program raises its limit itself, the library leaves it alone.
fn room_for_descriptors(size: usize) -> bool {
    let needed = 200 + 3 * size as u64;
    let (now, highest) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or_default();
    now >= needed || setrlimit(Resource::RLIMIT_NOFILE, needed, highest.max(needed)).is_ok()
}

fn measure(size: usize) {
    let forest = Forest::of(size);
    let mut seen = Vec::new();
    let times = (20_000 / size).clamp(10, 2000);
    let (mut minimum, mut quiet, mut walked) = (Vec::new(), Vec::new(), Vec::new());
    let (mut quiet_ratio, mut walked_ratio) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // One after the other, and not both at a time: the limit of descriptors may not be enough for two that keep files of 5000 processes.
        let bare_cost = {
            let mut bare = Bare::new(forest.root());
            bare.tick();
            let cost = cost(times, || _ = black_box(bare.tick()));
            assert_eq!(bare.processes(), size, "all of the tree is seen");
            cost
        };
        let mut source =
            Linux::open(Path::new("/proc"), Orphans::GoElsewhere, &Options::default()).expect("/proc is mounted");
        source.follow(forest.root()).expect("the shell waits");
        // Old enough that marks are read once a second.
        let mut now = Duration::ZERO;
        source.look(now, &mut seen);
        now += Duration::from_secs(60);
        source.look(now, &mut seen);
        let mut look = |walk: bool| {
            cost(times, || {
                now += Duration::from_millis(100);
                if walk {
                    source.walk_again();
                }
                source.look(now, &mut seen);
                black_box(seen.len());
            })
        };
        let (quiet_cost, walked_cost) = (look(false), look(true));
        assert_eq!(seen.len(), size, "all of the tree is seen");
        minimum.push(bare_cost);
        quiet.push(quiet_cost);
        walked.push(walked_cost);
        quiet_ratio.push(quiet_cost / bare_cost);
        walked_ratio.push(walked_cost / bare_cost);
    }
    let (bare, quiet, walked) = (median(&mut minimum), median(&mut quiet), median(&mut walked));
    let (quiet_ratio, walked_ratio) = (median(&mut quiet_ratio), median(&mut walked_ratio));
    println!("{size:>9} {bare:>12.1} {quiet:>12.1} {quiet_ratio:>7.2} {walked:>12.1} {walked_ratio:>7.2}");
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 10, 100, 1000, 5000] } else { sizes };
    let _strangers = Forest::of(STRANGERS);
    println!("CPU time of one look in µs, medians of {ROUNDS} rounds, {STRANGERS} strangers on the machine");
    println!("{:>9} {:>12} {:>12} {:>7} {:>12} {:>7}", "processes", "bare", "quiet", "ratio", "walked", "ratio");
    for size in sizes {
        if room_for_descriptors(size) {
            measure(size);
        } else {
            println!("{size:>9} skipped: the limit of descriptors is too low for so many processes");
        }
    }
    println!("quiet: nothing was started since the last tick; walked: something was, at every tick");
}
