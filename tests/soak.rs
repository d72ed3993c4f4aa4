//! Weeks in two minutes: 100 000 ticks over a tree that never stays the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Folder, MIB, Running, until};
use std::fs;

const TICKS: u64 = 100_000;

/// From here on nothing grows any more: buffers have their sizes, and the recording has been thinned some times.
const WARM: u64 = TICKS / 5;

/// memrec's own memory in bytes, and how many descriptors and threads it has.
fn own(pid: u32) -> (u64, u64, u64) {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_ascii_whitespace().next().unwrap().parse().unwrap()
    };
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count() as u64;
    (field("VmRSS:") << 10, descriptors, field("Threads:"))
}

/// How many ticks there have been, those included that were left out since.
fn ticks(folder: &Folder) -> u64 {
    let left_out = folder.events_called("thinned").pop().map_or(0, |thinned| thinned["ticks"].as_u64().unwrap());
    left_out + folder.ticks().len() as u64
}

#[test]
#[ignore = "takes two minutes: cargo test --test soak -- --ignored --nocapture"]
fn a_hundred_thousand_ticks_cost_no_more_memory_than_some() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "1ms", "--max-size", "1MiB"], &["churn", "1"]));
    running.pid_told("ready");
    let (mut warm, mut seen) = (Vec::new(), Vec::new());
    until_ticks(&folder, TICKS, |ticks| {
        let now = own(running.pid());
        if ticks < WARM {
            warm.push(now)
        } else {
            seen.push(now)
        }
        let size = ["run.csv", "run.events.jsonl"].map(|name| fs::metadata(folder.join(name)).unwrap().len());
        assert!(size.iter().sum::<u64>() < MIB, "{size:?}");
    });
    assert_eq!(running.finish().code(), Some(0));
    let end = folder.events().pop().unwrap();
    let thinned = folder.events_called("thinned").pop().unwrap();
    let most = |of: fn(&(u64, u64, u64)) -> u64, looks: &[(u64, u64, u64)]| looks.iter().map(of).max().unwrap();
    println!("{end}\n{thinned}");
    for (what, of) in [
        ("resident bytes", (|own| own.0) as fn(&(u64, u64, u64)) -> u64),
        ("descriptors", |own| own.1),
        ("threads", |own| own.2),
    ] {
        println!("{what}: at most {} in the first {WARM} ticks, {} later", most(of, &warm), most(of, &seen));
    }
    // What a tree of a few processes more has, which the first looks may not have met.
    assert!(most(|own| own.0, &seen) <= most(|own| own.0, &warm) + MIB, "{warm:?} {seen:?}");
    assert!(most(|own| own.1, &seen) <= most(|own| own.1, &warm) + 64, "{warm:?} {seen:?}");
    assert!(most(|own| own.2, &seen) <= 4, "{seen:?}");
}

/// Has `each` look around now and then until there were so many.
fn until_ticks(folder: &Folder, wanted: u64, mut each: impl FnMut(u64)) {
    let mut reached = 0;
    while reached < wanted {
        // However long that takes: what a busy machine misses comes later.
        let next = reached + wanted / 100;
        reached = until("some more ticks", || Some(ticks(folder)).filter(|ticks| *ticks >= next));
        each(reached);
    }
}
