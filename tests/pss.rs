//! PSS and USS: right where processes share memory, of the whole tree at once or not at all, and no more often than was asked for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::ordinary::Ordinary;
use common::skipping::skipped;
use common::{Folder, MIB, Row, Running, finish, until};

/// The ticks that have PSS.
fn passes(folder: &Folder) -> Vec<Vec<Row>> {
    let measured = |tick: &Vec<Row>| tick.iter().any(|row| row.pss_bytes.is_some());
    folder.ticks().into_iter().filter(measured).collect()
}

/// Waits for so many more of them. The second one began after this was called.
fn wait_for_passes(folder: &Folder, count: usize) -> Vec<Vec<Row>> {
    let before = passes(folder).len();
    until("passes", || Some(passes(folder)[before..].to_vec()).filter(|passes| passes.len() > count))
}

fn sum(tick: &[Row], metric: impl Fn(&Row) -> Option<u64>) -> f64 {
    tick.iter().filter_map(metric).sum::<u64>() as f64
}

#[test]
fn workers_that_share_their_parents_memory_add_up_to_what_they_use() {
    let folder = Folder::new();
    let mut running =
        Running::start(folder.run_probe(&["-i", "20ms", "--pss", "200ms"], &["prefork", "150", "8", "3"]));
    running.pid_told("ready ");
    let passes = wait_for_passes(&folder, 3);
    let truth = (150 + 8 * 3) as f64 * MIB as f64;
    for tick in &passes[1..] {
        let (pss, uss) = (sum(tick, |row| row.pss_bytes), sum(tick, |row| row.uss_bytes));
        assert!((pss / truth - 1.0).abs() < 0.02, "PSS {pss} is not {truth}");
        let dirty = 24.0 * MIB as f64;
        assert!(uss >= dirty && uss < dirty + 4.0 * MIB as f64, "USS {uss} is not {dirty} and a little");
        assert!(sum(tick, |row| row.rss_bytes) > 7.0 * truth, "RSS counts it in each");
    }
    let mut ticks = folder.ticks();
    // It may be under way.
    ticks.pop();
    let from = passes[1][0].elapsed_s;
    let counts: Vec<usize> = ticks
        .iter()
        .filter(|tick| tick[0].elapsed_s >= from)
        .map(|tick| tick.iter().filter(|row| row.pss_bytes.is_some() && row.uss_bytes.is_some()).count())
        .collect();
    assert!(counts.iter().all(|count| [0, 9].contains(count)), "all of a tick or none: {counts:?}");
    assert!(running.finish().success());
    let plot = finish(folder.memrec(&["plot", "--metric", "pss", "-o", "pss.png", "run.csv"]));
    assert_eq!((plot.code(), plot.out.as_str()), (0, "pss.png\n"), "{plot:?}");
}

#[test]
fn without_being_asked_a_tree_is_measured_a_second_after_it_became_one() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms"], &["tree", "3", "5"]));
    running.pid_told("ready ");
    until("a pass", || (!passes(&folder).is_empty()).then_some(()));
    assert!(running.finish().success());
    let began = folder.ticks().into_iter().find(|tick| tick.len() > 1).unwrap()[0].elapsed_s;
    let passes = passes(&folder);
    let begun = |tick: &Vec<Row>| tick[0].elapsed_s;
    assert!(begun(&passes[0]) >= began + 1.0, "{} and {began}", begun(&passes[0]));
}

#[test]
fn one_process_is_not_measured_without_being_asked() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "50ms"], &["hold", "5"]));
    folder.wait_for_row("a row after the time of a first pass", |row| row.elapsed_s > 1.5);
    assert!(running.finish().success());
    assert!(passes(&folder).is_empty());
    let plot = finish(folder.memrec(&["plot", "--metric", "pss", "run.csv"]));
    assert!(plot.code() == 1 && plot.err.contains("--pss always"), "{plot:?}");
}

#[test]
fn off_is_off() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "50ms", "--pss", "off"], &["tree", "3", "5"]));
    folder.wait_for_row("a row after the time of a first pass", |row| row.elapsed_s > 1.5 && row.process > 1);
    assert!(running.finish().success());
    assert!(passes(&folder).is_empty());
}

#[test]
fn always_measures_one_process_too_tick_by_tick() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms", "--pss", "always"], &["hold", "20"]));
    running.pid_told("ready ");
    let passes = wait_for_passes(&folder, 3);
    for tick in &passes[1..] {
        let (rss, pss, uss) = (tick[0].rss_bytes.unwrap(), tick[0].pss_bytes.unwrap(), tick[0].uss_bytes.unwrap());
        assert!(20 * MIB <= uss && uss <= pss && pss <= rss, "{uss}, {pss}, {rss}");
    }
    assert!(running.finish().success());
}

#[test]
fn a_process_whose_main_thread_has_ended_is_measured_by_another_one() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms", "--pss", "always"], &["leaderless", "20"]));
    running.pid_told("leaderless ");
    folder.wait_for_row("its PSS", |row| row.pss_bytes.is_some_and(|pss| pss >= 20 * MIB));
    assert!(running.finish().success());
}

#[test]
fn memory_that_a_child_borrows_is_in_no_pass_a_second_time() {
    let folder = Folder::new();
    let gate = folder.join("gate");
    nix::unistd::mkfifo(&gate, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let words = ["borrow", "20", gate.to_str().unwrap()];
    let mut running = Running::start(folder.run_probe(&["-i", "20ms", "--pss", "always"], &words));
    folder.wait_for_row("the child", |row| row.process == 2);
    let passes = wait_for_passes(&folder, 3);
    for tick in &passes[1..] {
        let (pss, parent) = (sum(tick, |row| row.pss_bytes), tick[0].pss_bytes.unwrap());
        assert!(pss == parent as f64 && parent >= 20 * MIB, "{tick:?}");
    }
    running.finish();
}

#[test]
fn a_process_that_may_not_be_read_is_empty_and_told_once_and_the_others_are_not() {
    let folder = Folder::new();
    let Some(ordinary) = Ordinary::of(&folder) else {
        return skipped("nothing is hidden from root, and nobody cannot run memrec here");
    };
    let mut running = ordinary.run_probe(&["-i", "20ms", "--pss", "always"], &["hidden", "20"]);
    let hidden = running.pid_told("hidden ");
    let passes = wait_for_passes(&folder, 4);
    for tick in &passes[1..] {
        let [parent, child] = &tick[..] else { panic!("two processes: {tick:?}") };
        assert!(parent.pss_bytes.is_some(), "{parent:?}");
        assert!(child.pid == hidden && child.pss_bytes.is_none() && child.uss_bytes.is_none(), "{child:?}");
        assert!(child.rss_bytes.is_some_and(|rss| rss >= 20 * MIB), "its RSS is nobody's secret");
    }
    assert!(running.finish().success());
    let told = format!("no PSS of probe (pid {hidden}): permission denied; PSS totals are a lower bound");
    assert_eq!(folder.notes(), [told]);
}
