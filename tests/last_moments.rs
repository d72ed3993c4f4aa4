//! Processes whose end takes long, or is not in their own memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, MIB, Running, finish, probe, start_probe, until};
use std::collections::BTreeSet;
use std::fs;

/// Which processes the kernel tells of when they begin and end, and whether of their peaks too, at best.
fn following(folder: &Folder) -> String {
    folder.events()[0]["following"].as_str().unwrap().to_owned()
}

/// As much as takes the kernel longest to take back, where there is enough of it.
fn much_memory() -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:")).unwrap();
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    if kib >> 10 > 6 << 10 { 1536 } else { 400 }
}

/// Each of the children is of the shell that is attached to, and none of memrec's.
fn large_children_end(with_strangers: bool) {
    const CHILDREN: usize = 4;
    let folder = Folder::new();
    let much = much_memory();
    let script = r#"echo ready $$; while read x; do "$0" quit "$1" 7; echo status $?; done"#;
    let mut target = Running::start(folder.command("sh", &["-c", script, &probe(), &much.to_string()]));
    let shell = target.pid_told("ready");
    let mut attached = Running::start(folder.attach(&["-i", "1ms"], &[shell]));
    until("the first tick", || (!folder.rows().is_empty()).then_some(()));
    let busy = "while [ -e run.csv ]; do /bin/true; done";
    let strangers = with_strangers.then(|| Running::start(folder.command("sh", &["-c", busy])));
    for _ in 0..CHILDREN {
        target.give_line();
        assert_eq!(target.line(), "status 7");
    }
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    drop(strangers);
    if !following(&folder).starts_with("process events") {
        return skipped(following(&folder));
    }
    let exits: Vec<_> = folder.events_called("exit").into_iter().filter(|exit| exit["pid"] != shell).collect();
    let once: BTreeSet<u64> = exits.iter().map(|exit| exit["process"].as_u64().unwrap()).collect();
    assert_eq!((exits.len(), once.len()), (CHILDREN, CHILDREN), "each ends once: {exits:?}");
    let rows = folder.rows();
    let with_records = following(&folder).starts_with("process events and exit records");
    for exit in &exits {
        assert_eq!(exit["status"]["code"], 7, "{exit}");
        let last = rows.iter().rfind(|row| row.process == exit["process"]).unwrap();
        assert!(last.elapsed_s <= exit["elapsed_s"].as_f64().unwrap(), "{last:?} after {exit}");
        assert!(last.rss_bytes > Some(0), "what has given its memory back has no row: {last:?}");
        if with_records {
            let peak = exit["peak_rss_bytes"].as_u64().unwrap();
            // What a look has read stays where the record, a little low, says no more: then the look came after the last page.
            assert!(exit["peak_from"] == "exit_record" || peak >= much * MIB, "{exit}");
            assert!(peak + MIB > much * MIB, "{exit}");
        }
    }
    if !with_records {
        skipped(following(&folder));
    }
}

#[test]
fn an_end_that_takes_long_is_told_once_with_all_that_belongs_to_it() {
    large_children_end(false);
}

#[test]
fn an_end_that_takes_long_is_told_so_among_many_other_ends() {
    large_children_end(true);
}

#[test]
fn who_ends_in_the_memory_of_its_parent_has_had_none() {
    let folder = Folder::new();
    let (mut target, pid) = start_probe(&folder, &["miss", "200", "60"]);
    let mut attached = Running::start(folder.attach(&["-i", "1ms"], &[pid]));
    until("the first tick", || (!folder.rows().is_empty()).then_some(()));
    target.give_line();
    assert_eq!(target.line(), "missed");
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    for exit in folder.events_called("exit").iter().filter(|exit| exit["pid"] != pid) {
        let peak = exit["peak_rss_bytes"].as_u64();
        assert!(peak < Some(100 * MIB), "it was its parent's: {exit}");
    }
    for tick in folder.ticks() {
        let total: u64 = tick.iter().filter_map(|row| row.rss_bytes).sum();
        assert!(total < 300 * MIB, "counted twice: {tick:?}");
    }
    if !following(&folder).starts_with("process events") {
        return skipped(following(&folder));
    }
    assert_eq!(folder.events_called("spawn").len(), 61);
}

#[test]
fn nor_has_a_child_of_the_command() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "1ms"], &["miss", "200", "60"]));
    let pid = running.pid_told("ready");
    running.give_line();
    assert_eq!(running.line(), "missed");
    assert!(running.finish().success());
    for exit in folder.events_called("exit").iter().filter(|exit| exit["pid"] != pid) {
        let peak = exit["peak_rss_bytes"].as_u64();
        assert!(peak < Some(100 * MIB), "it was its parent's: {exit}");
    }
    assert_eq!(finish(folder.memrec(&["peak", "run.csv"])).code(), 0);
}
