//! What already runs is followed without its noticing, with all that it starts from then on.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Ended, Folder, MIB, Running, finish, lives, probe, send, start_probe, until};
use std::process::{Command, Stdio};

fn attach(folder: &Folder, options: &[&str], pids: &[u32]) -> Running {
    let attached = Running::start(folder.attach(options, pids));
    // From the first tick on, signals are taken too.
    until("the first tick", || (!folder.rows().is_empty()).then_some(()));
    attached
}

#[test]
fn a_running_tree_is_followed_new_children_included_until_it_ends() {
    for source in ["linux", "portable"] {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["grow", "8"]);
        target.give_line();
        let old_child = target.pid_told("child");
        let mut attached = attach(&folder, &["--source", source], &[pid]);
        folder.wait_for_row("the child that was there", |row| row.pid == old_child && row.rss_bytes > Some(8 * MIB));
        target.give_line();
        let new_child = target.pid_told("child");
        let row = folder.wait_for_row("the new child", |row| row.pid == new_child && row.rss_bytes > Some(8 * MIB));
        assert_eq!(row.ppid, pid);
        assert!(attached.runs());
        target.end_input();
        // The test has not asked how the target ended: a zombie has ended.
        assert_eq!(attached.wait().code(), Some(0));
        assert!(target.finish().success());
        assert_eq!(folder.rows()[0].pid, pid, "the target is process 1");
        assert_eq!(folder.events_called("spawn").len(), 3, "{source}");
        assert_eq!(folder.events().pop().unwrap()["event"], "end");
    }
}

#[test]
fn several_targets_are_recorded_until_the_last_of_them_has_ended() {
    let folder = Folder::new();
    let (mut first, first_pid) = start_probe(&folder, &["hold", "8"]);
    let (mut second, second_pid) = start_probe(&folder, &["hold", "16"]);
    let pids = [first_pid, second_pid];
    let mut attached = attach(&folder, &[], &pids);
    let one_tick = folder.ticks().remove(0);
    let numbered: Vec<(u32, u32)> = one_tick.iter().map(|row| (row.process, row.pid)).collect();
    assert_eq!(numbered, [(1, pids[0]), (2, pids[1])]);
    assert!(first.finish().success());
    until("the exit of the first", || (!folder.events_called("exit").is_empty()).then_some(()));
    folder.wait_for_a_whole_tick();
    assert!(attached.runs());
    assert!(folder.ticks().pop().unwrap().iter().all(|row| row.pid == pids[1]));
    assert!(second.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn a_target_given_twice_is_one_process() {
    let folder = Folder::new();
    let (mut target, pid) = start_probe(&folder, &["hold", "8"]);
    let mut attached = attach(&folder, &[], &[pid, pid]);
    folder.wait_for_a_whole_tick();
    assert!(folder.ticks().iter().all(|rows| rows.len() == 1), "counted once");
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn being_asked_to_end_leaves_the_target_and_ends_with_0() {
    // INT, TERM, HUP.
    for signal in [2, 15, 1] {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        let mut attached = attach(&folder, &[], &[pid]);
        attached.signal(signal);
        assert_eq!(attached.wait().code(), Some(0), "signal {signal}");
        assert!(lives(pid));
        let end = folder.events().pop().unwrap();
        assert_eq!((&end["event"], &end["exit"]), (&"end".into(), &serde_json::Value::Null));
        assert!(target.finish().success());
    }
}

#[test]
fn a_duration_leaves_the_target_and_ends_with_0() {
    let folder = Folder::new();
    let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
    let mut attached = Running::start(folder.attach(&["-d", "150ms", "-i", "10ms"], &[pid]));
    assert_eq!(attached.wait().code(), Some(0));
    assert!(lives(pid));
    assert!(folder.events().pop().unwrap()["elapsed_s"].as_f64().unwrap() >= 0.15);
    assert!(target.finish().success());
}

#[test]
fn a_known_grandchild_stays_recorded_when_the_middle_process_dies() {
    for source in ["linux", "portable"] {
        let folder = Folder::new();
        let mut target = Running::start(folder.command(&probe(), &["middle", "16"]));
        let [middle, grandchild] = target.pids_told(["middle", "grandchild"]);
        let mut attached = attach(&folder, &["--source", source], &[target.pid()]);
        let of_grandchild = |row: &common::Row| row.pid == grandchild && row.rss_bytes > Some(16 * MIB);
        let before = folder.wait_for_row("the grandchild", of_grandchild);
        assert_eq!(before.ppid, middle);
        send(middle, 9);
        assert_eq!(target.line(), "the middle is gone");
        let after = folder.wait_for_row("the orphan", |row| of_grandchild(row) && row.ppid != middle);
        assert_eq!(after.process, before.process, "{source}");
        target.end_input();
        assert_eq!(attached.wait().code(), Some(0));
    }
}

#[test]
fn until_tree_a_recording_goes_on_when_the_target_has_ended() {
    let folder = Folder::new();
    let script = "exec 3<&0; \"$0\" hold 8 <&3 & wait";
    let mut target = Running::start(folder.command("sh", &["-c", script, &probe()]));
    let child = target.pid_told("ready");
    let shell = target.pid();
    let mut attached = attach(&folder, &["--until", "tree"], &[shell]);
    folder.wait_for_row("the child", |row| row.pid == child);
    send(shell, 9);
    target.wait();
    until("the shell's exit", || folder.events_called("exit").into_iter().find(|event| event["pid"] == shell));
    folder.wait_for_a_whole_tick();
    assert!(attached.runs());
    target.end_input();
    assert_eq!(attached.wait().code(), Some(0));
    assert!(!lives(child));
}

#[test]
fn attach_to_a_process_whose_main_thread_has_ended_shows_its_memory() {
    let folder = Folder::new();
    let mut target = Running::start(folder.command(&probe(), &["leaderless", "24"]));
    let pid = target.pid_told("leaderless");
    let mut attached = attach(&folder, &[], &[pid]);
    folder.wait_for_row("its memory", |row| row.pid == pid && row.rss_bytes > Some(24 * MIB));
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

/// 125, one line that says what to do, and no file.
fn refused(folder: &Folder, words: &[&str]) -> Ended {
    let ended = finish(folder.memrec(&[&["attach"], words].concat()));
    assert_eq!(ended.code(), 125, "{words:?}: {ended:?}");
    assert_eq!((ended.err.lines().count(), ended.out.as_str()), (1, ""), "{words:?}: {ended:?}");
    assert!(ended.err.starts_with("memrec: ") && ended.err.contains("; "), "{words:?}: {ended:?}");
    assert_eq!(folder.names(), [""; 0], "{words:?}");
    ended
}

/// A pid that nobody has: one that was just given back.
fn dead_pid() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn what_is_no_living_process_is_refused() {
    let folder = Folder::new();
    for words in [
        &["4194304000"][..],
        &["0"],
        &["-1"],
        &["abc"],
        &["1.5"],
        &[""],
        &[],
        &["2147483647"],
        &["--pss", "never", "1"],
    ] {
        refused(&folder, words);
    }
    let dead = dead_pid().to_string();
    let ended = refused(&folder, &[&dead]);
    assert!(ended.err.contains(&dead), "which one: {ended:?}");
    let itself = std::process::id().to_string();
    refused(&folder, &[&itself, &dead]);
    refused(&folder, &["-o", "run.csv", &dead]);
}

#[test]
fn a_zombie_is_refused_as_one_that_has_ended() {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let folder = Folder::new();
    let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    for source in ["linux", "portable"] {
        let ended = refused(&folder, &["--source", source, &child.id().to_string()]);
        assert!(ended.err.contains("has ended"), "{ended:?}");
    }
    child.wait().unwrap();
}

#[test]
fn an_old_recording_is_untouched_where_there_is_nothing_to_attach_to() {
    let folder = Folder::new();
    std::fs::write(folder.join("run.csv"), "old").unwrap();
    std::fs::write(folder.join("run.events.jsonl"), "old events").unwrap();
    let ended = finish(folder.attach(&["--force"], &[dead_pid()]));
    assert_eq!(ended.code(), 125);
    assert_eq!(std::fs::read_to_string(folder.join("run.csv")).unwrap(), "old");
    assert_eq!(std::fs::read_to_string(folder.join("run.events.jsonl")).unwrap(), "old events");
    assert_eq!(folder.names(), ["run.csv", "run.events.jsonl"]);
}

#[test]
fn a_thread_is_no_target_and_its_process_is_named() {
    let folder = Folder::new();
    let mut target = Running::start(folder.command(&probe(), &["leaderless", "1"]));
    let pid = target.pid_told("leaderless");
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let thread =
        threads.filter_map(|name| name.unwrap().file_name().to_str()?.parse().ok()).find(|id: &u32| *id != pid);
    let ended = finish(folder.attach(&[], &[thread.unwrap()]));
    assert_eq!(ended.code(), 125, "{ended:?}");
    assert!(ended.err.contains(&format!("a thread of process {pid}")), "{ended:?}");
    assert!(folder.names().is_empty());
    assert!(target.finish().success());
}
