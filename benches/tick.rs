//! What one look at the tree costs in CPU time, beside the bare minimum: walk the `children` files, read the kept `statm` descriptors, add up.
//!
//! `cargo bench --bench tick` prints a table; both are measured in turns, in the same run, over the same tree, with 500 strangers on the machine.
//! `cargo bench --bench tick -- 1 10` measures trees of these sizes only. What a whole recording costs is measured by `cargo bench --bench whole`.

mod common;

use common::stats::median;
use common::{Bare, Forest, cpu};
use memrec::source::{Options, Orphans, PssPolicy, Source, linux::Linux};
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

/// What one look costs where nothing was started since the last one, or where the tree is walked at every look.
fn looks(forest: &Forest, size: usize, times: usize, walk: bool) -> f64 {
    // PSS has a budget of its own, by a clock that stands still here.
    let options = Options { pss: PssPolicy::Off, ..Options::default() };
    let mut source = Linux::open(Path::new("/proc"), Orphans::GoElsewhere, &options).expect("/proc is mounted");
    source.follow(forest.root()).expect("the shell waits");
    let mut seen = Vec::new();
    // Old enough that marks are read once a second.
    let mut now = Duration::ZERO;
    source.look(now, &mut seen);
    now += Duration::from_secs(60);
    source.look(now, &mut seen);
    let cost = cost(times, || {
        now += Duration::from_millis(100);
        if walk {
            source.walk_again();
        }
        source.look(now, &mut seen);
        black_box(seen.len());
    });
    assert_eq!(seen.len(), size, "all of the tree is seen");
    cost
}

/// The same in a network namespace of its own, where there are no process events. `None` where none can be made.
fn looks_without_events(forest: &Forest, size: usize, times: usize) -> Option<f64> {
    std::thread::scope(|scope| {
        let in_namespace = scope.spawn(|| {
            // SAFETY: a system call of a number; it concerns this thread alone, which ends with what it measures.
            let made = unsafe { libc::unshare(libc::CLONE_NEWNET) } == 0;
            made.then(|| looks(forest, size, times, true))
        });
        in_namespace.join().expect("it has measured")
    })
}

fn measure(size: usize) {
    let forest = Forest::of(size);
    let times = (20_000 / size).clamp(10, 2000);
    let (mut minimum, mut told, mut walked) = (Vec::new(), Vec::new(), Vec::new());
    let (mut told_ratio, mut walked_ratio) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // One after the other, and not all at a time: the limit of descriptors may not be enough for two that keep files of 5000 processes.
        let bare_cost = {
            let mut bare = Bare::new(forest.root());
            bare.tick();
            let cost = cost(times, || _ = black_box(bare.tick()));
            assert_eq!(bare.processes(), size, "all of the tree is seen");
            cost
        };
        minimum.push(bare_cost);
        let told_cost = looks(&forest, size, times, false);
        told.push(told_cost);
        told_ratio.push(told_cost / bare_cost);
        if let Some(cost) = looks_without_events(&forest, size, times) {
            walked.push(cost);
            walked_ratio.push(cost / bare_cost);
        }
    }
    let medians = |values: &mut Vec<f64>, decimals: usize| match values.is_empty() {
        true => "-".to_owned(),
        false => format!("{:.decimals$}", median(values)),
    };
    println!(
        "| {size} | {} | {} | {} | {} | {} |",
        medians(&mut minimum, 1),
        medians(&mut told, 1),
        medians(&mut told_ratio, 2),
        medians(&mut walked, 1),
        medians(&mut walked_ratio, 2)
    );
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 10, 100, 1000, 5000] } else { sizes };
    let _strangers = Forest::of(STRANGERS);
    println!("CPU time of one look in µs, medians of {ROUNDS} rounds, {STRANGERS} strangers on the machine\n");
    println!("| processes | bare | with events | ratio | walked | ratio |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for size in sizes {
        if room_for_descriptors(size) {
            measure(size);
        } else {
            println!("| {size} | skipped: the limit of descriptors is too low for so many processes |");
        }
    }
}
