//! The numbers agree with what the kernel says to somebody who asks it in another way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, MIB, Row, Running, all_pids, finish, probe, stat, until};
use std::collections::BTreeMap;
use std::fs;

/// All processes below `root`, itself included, with their resident sets in bytes: by the parent that every process of the machine names.
fn tree_below(root: u32) -> BTreeMap<u32, u64> {
    let parents: BTreeMap<u32, u32> = all_pids().into_iter().filter_map(|pid| Some((pid, stat(pid)?.1))).collect();
    let mut tree = vec![root];
    let mut place = 0;
    while place < tree.len() {
        let parent = tree[place];
        tree.extend(parents.iter().filter(|(_, its)| **its == parent).map(|(pid, _)| *pid));
        place += 1;
    }
    tree.into_iter().filter_map(|pid| Some((pid, resident(pid)?))).collect()
}

/// The second number in `statm`, which counts pages (proc_pid_statm(5)).
fn resident(pid: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: asks for a constant.
    Some(pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64)
}

/// Ticks that were made between two readings of the tree that are the same, and the reading.
fn ticks_while_stable(folder: &Folder, root: u32) -> (Vec<Vec<Row>>, BTreeMap<u32, u64>) {
    until("a stable tree", || {
        let began = folder.ticks().len();
        let before = tree_below(root);
        // The first of them may have begun before the reading, the last may be under way.
        let ticks = until("ticks", || Some(folder.ticks()).filter(|ticks| ticks.len() >= began + 4));
        let after = tree_below(root);
        (before == after).then(|| (ticks[began + 1..ticks.len() - 1].to_vec(), after))
    })
}

fn total(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.rss_bytes.expect("a living process has a resident set")).sum()
}

fn agrees_within_two_percent(source: &str) {
    let folder = Folder::new();
    // A shell with three generations below it: a tree of five that hold 20 MiB and more, and one that holds 48 MiB.
    let script = "exec 3<&0; sh -c '\"$0\" tree 5 20 <&3 & wait' \"$0\" & \"$0\" hold 48 <&3 & wait";
    let mut running = Running::start(folder.run(&["-i", "20ms", "--source", source], &["sh", "-c", script, &probe()]));
    running.line();
    running.line();
    let command = folder.wait_for_row("the command", |row| row.process == 1).pid;
    let (ticks, truth) = ticks_while_stable(&folder, command);
    assert_eq!(truth.len(), 9, "two shells, two parents and five children");
    let true_total: u64 = truth.values().sum();
    assert!(true_total > (5 * 20 + 48) * MIB, "{truth:?}");
    for rows in &ticks {
        let recorded: BTreeMap<u32, u64> = rows.iter().map(|row| (row.pid, row.rss_bytes.unwrap())).collect();
        assert!(recorded.keys().eq(truth.keys()), "{recorded:?} and {truth:?}");
        let difference = total(rows).abs_diff(true_total);
        assert!(difference * 50 <= true_total, "{} recorded, {true_total} true: {recorded:?} {truth:?}", total(rows));
    }
    assert!(!ticks.is_empty());
    running.finish();
}

#[test]
fn the_total_agrees_with_a_reading_of_proc() {
    agrees_within_two_percent("linux");
}

#[test]
fn the_portable_total_agrees_with_a_reading_of_proc() {
    agrees_within_two_percent("portable");
}

#[test]
fn the_high_water_mark_is_the_kernels() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "5ms"], &["hold", "32"]));
    let pid = running.pid_told("ready");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let mark: u64 = mark.trim().trim_end_matches(" kB").parse().unwrap();
    folder
        .wait_for_row("the mark", |row| row.peak_rss_bytes.is_some_and(|peak| peak.abs_diff(mark << 10) * 50 <= peak));
    running.finish();
}

/// Of `count` children that are alive at once, every one has a row in every tick.
fn no_child_is_missed(count: usize, source: &str) {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["--source", source], &["tree", &count.to_string(), "0"]));
    let parent = running.pid_told("ready");
    let (ticks, truth) = ticks_while_stable(&folder, parent);
    assert_eq!(truth.len(), count + 1);
    for rows in ticks {
        let recorded: Vec<u32> = rows.iter().map(|row| row.pid).collect();
        let missed: Vec<&u32> = truth.keys().filter(|pid| !recorded.contains(pid)).collect();
        assert!(missed.is_empty(), "{} of {count} missed: {missed:?}", missed.len());
        assert_eq!(rows.len(), count + 1, "and nobody else");
    }
    assert!(running.finish().success());
}

#[test]
fn of_more_children_than_a_list_holds_none_is_missed() {
    no_child_is_missed(1200, "linux");
}

#[test]
fn of_many_children_the_portable_source_misses_none() {
    no_child_is_missed(300, "portable");
}

#[test]
fn out_of_descriptors_children_are_found_all_the_same_or_told_as_missed() {
    let folder = Folder::new();
    let run = [common::memrec(), "run", "-o", "run.csv", "--", &probe(), "tree", "200", "0"];
    let mut running = Running::start(folder.command(&probe(), &[&["with", "nofile=100", "--"], &run[..]].concat()));
    let parent = running.pid_told("ready");
    let (ticks, truth) = ticks_while_stable(&folder, parent);
    assert!(running.finish().success());
    let told = folder.notes();
    assert!(ticks.iter().all(|rows| rows.len() == truth.len()) || !told.is_empty(), "{} rows a tick", ticks[0].len());
}

#[test]
fn out_of_descriptors_nobody_who_lives_is_told_as_gone() {
    let folder = Folder::new();
    let run = [common::memrec(), "run", "-o", "run.csv", "--", &probe(), "grow", "0"];
    let mut running = Running::start(folder.command(&probe(), &[&["with", "nofile=60", "--"], &run[..]].concat()));
    running.pid_told("ready");
    // A few that are known, and then too many at once.
    for many in [5, 60] {
        (0..many).for_each(|_| running.give_line());
        (0..many).for_each(|_| _ = running.pid_told("child"));
        folder.wait_for_a_whole_tick();
    }
    let gone = folder.events_called("exit");
    assert!(gone.is_empty(), "{} of 66 who all live", gone.len());
    assert!(running.finish().success());
}

#[test]
fn a_mark_is_called_the_kernels_only_where_the_kernel_told_it() {
    let folder = Folder::new();
    for source in ["linux", "portable"] {
        // The only look is over before all of it has been touched.
        let ended = finish(folder.run_probe(&["--force", "-i", "1h", "--source", source], &["touch", "64"]));
        let told: u64 = ended.out.trim().strip_prefix("peak ").unwrap().parse().unwrap();
        let exit = folder.events_called("exit").pop().unwrap();
        let peak = exit["peak_rss_bytes"].as_u64().unwrap_or(0);
        // Nothing is told of who was gone before the look.
        let from = &exit["peak_from"];
        assert!(from.is_null() || from == "samples" || peak + MIB >= told, "{source}: {told} in truth: {exit}");
    }
}

/// Between vfork and exec a child runs in its parent's memory, and the kernel shows it as the child's too.
#[test]
fn what_a_child_borrows_from_its_parent_until_exec_is_not_counted_twice() {
    let folder = Folder::new();
    assert!(folder.command("mkfifo", &["gate"]).status().unwrap().success());
    let mut running = Running::start(folder.run_probe(&["-i", "5ms"], &["borrow", "64", "gate"]));
    folder.wait_for_row("the child", |row| row.process == 2);
    folder.wait_for_a_whole_tick();
    let borrowed: Vec<Row> = folder.rows().into_iter().filter(|row| row.process == 2).collect();
    let _gate = fs::OpenOptions::new().write(true).open(folder.join("gate")).unwrap();
    let own = folder.wait_for_row("the child's own memory", |row| row.process == 2 && row.rss_bytes.is_some());
    assert!(running.finish().success());
    assert!(borrowed.iter().all(|row| row.rss_bytes.is_none() && row.peak_rss_bytes.is_none()), "{borrowed:?}");
    assert!(own.rss_bytes < Some(32 * MIB) && own.name == "cat", "{own:?}");
    for rows in folder.ticks() {
        let total: u64 = rows.iter().filter_map(|row| row.rss_bytes).sum();
        assert!(total < 100 * MIB, "{rows:?}");
    }
}
