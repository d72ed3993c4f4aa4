//! What memrec does when it does not get to run: ticks are missed and counted, and none is made up. All that is asserted holds whatever the machine does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::groups::TestGroup;
use common::skipping::skipped;
use common::{Folder, Running, finish, memrec, probe, until};
use std::collections::BTreeSet;

const INTERVAL_US: u64 = 5_000;

/// Every tick is the only one of its time, and those that took place and those that did not make up all that were due.
fn every_tick_is_accounted_for(folder: &Folder) -> (u64, u64) {
    let micros = |seconds: f64| (seconds * 1e6).round() as u64;
    let moments: Vec<u64> = folder.ticks().iter().map(|rows| micros(rows[0].elapsed_s)).collect();
    let due: Vec<u64> = moments.iter().map(|moment| moment / INTERVAL_US).collect();
    let distinct: BTreeSet<u64> = due.iter().copied().collect();
    // A command that ends may have one row more, with its last peak.
    assert!(distinct.len() + 1 >= due.len() && due.is_sorted(), "two ticks in the time of one: {due:?}");
    let end = folder.events().pop().unwrap();
    let (ticks, missed) = (end["ticks"].as_u64().unwrap(), end["ticks_missed"].as_u64().unwrap());
    // The last one may have seen nobody, and then has no row.
    assert!(ticks >= distinct.len() as u64, "{ticks} told, {} written", distinct.len());
    assert!(ticks + missed > *due.last().unwrap(), "{ticks} and {missed} of {}", due.last().unwrap() + 1);
    let elapsed = micros(end["elapsed_s"].as_f64().unwrap());
    assert!(ticks + missed <= elapsed / INTERVAL_US + 1, "{ticks} and {missed} in {elapsed} µs");
    let of_gaps = folder.events_called("gap").iter().map(|gap| gap["ticks_missed"].as_u64().unwrap()).sum::<u64>();
    assert!(of_gaps <= missed, "{of_gaps} in gaps, of {missed}");
    (ticks, missed)
}

/// Root only: it makes a control group.
#[test]
fn kept_from_the_cpu_it_misses_ticks_and_makes_none_up() {
    let group = match TestGroup::with_cpu("starving") {
        Ok(group) => group,
        Err(why) => return skipped(why),
    };
    let folder = Folder::new();
    let script = format!("echo $$ > {}; exec \"$@\"", group.procs());
    let run = [memrec(), "run", "-i", "5ms", "-o", "run.csv", "--", &probe(), "hold", "1"];
    let mut running = Running::start(folder.command("sh", &[&["-c", &script, "sh"], &run[..]].concat()));
    running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    // For a few ticks at most, and then nothing for the rest of the second.
    group.limit_cpu(Some(1000)).unwrap();
    // Held back for more than a whole second. Under so little CPU it may take minutes to write down what it missed; it does so once it runs again.
    let before = group.times_held_back();
    until("memrec to be held back", || (group.times_held_back() >= before + 2).then_some(()));
    group.limit_cpu(None).unwrap();
    let gap = || folder.events_called("gap").into_iter().find(|gap| gap["cause"] == "late");
    until("a gap", gap);
    folder.wait_for_a_whole_tick();
    assert_eq!(running.finish().code(), Some(0));
    let (_, missed) = every_tick_is_accounted_for(&folder);
    assert!(missed > 0);
}

#[test]
fn among_many_that_want_the_cpu_every_tick_is_accounted_for() {
    let folder = Folder::new();
    let script = "for i in 1 2 3 4 5 6 7 8; do while :; do :; done & all=\"$all $!\"; done; sleep 0.5; kill $all";
    let ended = finish(folder.run(&["-i", "5ms"], &["sh", "-c", script]));
    assert_eq!(ended.code(), 0, "{}", ended.err);
    every_tick_is_accounted_for(&folder);
}
