//! A control group is recorded: who is in it, who comes into it, whom they start, until nobody of it lives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::groups::TestGroup;
use common::skipping::skipped;
use common::{Folder, MIB, Running, finish, lives, memrec, send, start_probe, stop, until};
use std::collections::BTreeSet;

fn groups() -> Vec<TestGroup> {
    let groups = TestGroup::one_of_each_kind();
    if groups.is_empty() {
        skipped("making control groups needs root");
    }
    groups
}

fn attach(folder: &Folder, group: &str, options: &[&str]) -> Running {
    let words = ["attach", "-o", "run.csv", "-i", "10ms", "--cgroup", group];
    let attached = Running::start(folder.memrec(&[&words[..], options].concat()));
    until("the first tick", || (!folder.rows().is_empty()).then_some(()));
    attached
}

fn pids(folder: &Folder) -> BTreeSet<u32> {
    folder.rows().iter().map(|row| row.pid).collect()
}

#[test]
fn a_group_is_followed_until_the_last_of_it_has_ended_and_nobody_else_is() {
    for group in groups() {
        for source in ["linux", "portable"] {
            let folder = Folder::new();
            let (mut first, first_pid) = start_probe(&folder, &["grow", "8"]);
            let (mut other, other_pid) = start_probe(&folder, &["hold", "8"]);
            let (mut stranger, stranger_pid) = start_probe(&folder, &["hold", "8"]);
            group.add(first_pid);
            // By its path with one source, by its folder with the other.
            let named = if source == "linux" { group.path.clone() } else { group.folder.to_str().unwrap().to_owned() };
            let mut attached = attach(&folder, &named, &["--source", source]);
            assert_eq!(folder.rows()[0].pid, first_pid);
            first.give_line();
            let child = first.pid_told("child");
            folder.wait_for_row("a child of it", |row| row.pid == child && row.rss_bytes > Some(8 * MIB));
            // One that comes from elsewhere, while the list is read ten times in a tenth of a second.
            group.add(other_pid);
            folder.wait_for_row("one who has come in", |row| row.pid == other_pid);
            assert!(first.finish().success());
            until("the exits", || (folder.events_called("exit").len() == 2).then_some(()));
            folder.wait_for_a_whole_tick();
            assert!(attached.runs(), "one of it lives");
            // Until the test waits for it, it is a zombie, which stands in the lists of version 1.
            other.end_input();
            assert_eq!(attached.wait().code(), Some(0));
            other.wait();
            assert_eq!(pids(&folder), BTreeSet::from([first_pid, child, other_pid]), "{source} {named}");
            assert!(lives(stranger_pid));
            let start = folder.events_called("start").remove(0);
            assert!(start["following"].as_str().unwrap().contains(&group.path), "{start}");
            assert!(stranger.finish().success());
        }
    }
}

#[test]
fn groups_below_it_belong_to_it_whenever_they_come() {
    for group in groups() {
        let folder = Folder::new();
        let below = group.below("below");
        let (mut first, first_pid) = start_probe(&folder, &["hold", "1"]);
        let (mut second, second_pid) = start_probe(&folder, &["hold", "1"]);
        below.add(first_pid);
        let mut attached = attach(&folder, &group.path, &[]);
        folder.wait_for_row("one in the group below", |row| row.pid == first_pid);
        let later = below.below("later");
        later.add(second_pid);
        folder.wait_for_row("one in a new group", |row| row.pid == second_pid);
        assert!(first.finish().success() && second.finish().success());
        assert_eq!(attached.wait().code(), Some(0));
        drop((later, below));
    }
}

#[test]
fn it_ends_when_nobody_is_in_the_group_any_more_and_leaves_who_was() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        group.add(pid);
        let mut attached = attach(&folder, &group.path, &[]);
        group.remove(pid);
        assert_eq!(attached.wait().code(), Some(0));
        assert!(lives(pid));
        assert_eq!(folder.events().pop().unwrap()["event"], "end");
        assert!(target.finish().success());
    }
}

#[test]
fn it_ends_when_the_group_was_removed_between_two_looks_and_leaves_who_was_in_it() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        group.add(pid);
        let mut attached = attach(&folder, &group.path, &[]);
        // Only an empty group can be removed: memrec is not to see it while it is empty and still there.
        stop(&attached);
        group.remove(pid);
        drop(group);
        attached.signal(libc::SIGCONT);
        assert_eq!(attached.wait().code(), Some(0));
        assert!(lives(pid));
        assert_eq!(folder.events().pop().unwrap()["event"], "end");
        assert!(target.finish().success());
    }
}

#[test]
fn until_tree_it_goes_on_with_those_who_have_left() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        group.add(pid);
        let mut attached = attach(&folder, &group.path, &["--until", "tree"]);
        group.remove(pid);
        folder.wait_for_a_whole_tick();
        assert!(attached.runs());
        assert!(target.finish().success());
        assert_eq!(attached.wait().code(), Some(0));
    }
}

#[test]
fn memrec_in_the_group_neither_records_itself_nor_keeps_it_alive() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        group.add(pid);
        let script = "echo $$ > \"$1/cgroup.procs\" && exec \"$0\" attach -o run.csv --cgroup \"$1\"";
        let folder_of_group = group.folder.to_str().unwrap();
        let mut attached = Running::start(folder.command("sh", &["-c", script, memrec(), folder_of_group]));
        folder.wait_for_row("the target", |row| row.pid == pid);
        folder.wait_for_a_whole_tick();
        assert!(target.finish().success());
        assert_eq!(attached.wait().code(), Some(0));
        assert_eq!(pids(&folder), BTreeSet::from([pid]));
    }
}

#[test]
fn a_group_that_nobody_is_in_yet_is_waited_for_and_refused_without_that() {
    for group in groups() {
        let folder = Folder::new();
        for empty in [group.path.as_str(), &format!("{}/nosuch", group.path)] {
            let ended = finish(folder.memrec(&["attach", "--cgroup", empty]));
            assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
            assert!(ended.err.contains("--wait"), "{ended:?}");
            assert_eq!(folder.names(), [""; 0]);
        }
        let mut attached =
            Running::start(folder.attach_aloud(&["--wait", "--cgroup", &format!("{}/later", group.path)]));
        assert!(attached.line().contains("waiting for a process in the control group"));
        let later = group.below("later");
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        later.add(pid);
        folder.wait_for_row("the target", |row| row.pid == pid);
        assert!(attached.line().contains("control group"));
        assert!(target.finish().success());
        assert_eq!(attached.wait().code(), Some(0));
    }
}

#[test]
fn the_recording_is_named_after_the_group() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
        group.add(pid);
        let mut attached = Running::start(folder.memrec(&["attach", "-i", "10ms", "--cgroup", &group.path]));
        let name = &group.path[1..];
        let csv =
            until("the recording", || folder.names().into_iter().find(|file| file.ends_with(&format!("-{name}.csv"))));
        until("a row", || (!folder.rows_of(&csv).is_empty()).then_some(()));
        send(attached.pid(), libc::SIGINT);
        assert_eq!(attached.wait().code(), Some(0));
        assert!(target.finish().success());
    }
}

#[test]
fn what_is_no_control_group_is_refused() {
    let folder = Folder::new();
    for path in ["/nosuch-control-group", "..", "/tmp", "", "-x", "\x1b[2J"] {
        let ended = finish(folder.memrec(&["attach", "--cgroup", path]));
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
        assert!(ended.err.starts_with("memrec: ") && !ended.err.contains('\x1b'), "{ended:?}");
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[test]
fn the_groups_own_figure_is_that_of_the_group_that_was_named() {
    for group in groups() {
        let folder = Folder::new();
        let (mut target, pid) = start_probe(&folder, &["grow", "16"]);
        group.add(pid);
        let mut attached = attach(&folder, &group.path, &["--extra", "cgroup"]);
        target.give_line();
        let child = target.pid_told("child");
        folder.wait_for_row("the child", |row| row.pid == child && row.rss_bytes > Some(16 * MIB));
        folder.wait_for_a_whole_tick();
        let figures = std::fs::read_to_string(folder.join("run.csv")).unwrap();
        let mut figures = figures.lines().filter(|line| line.contains(",[cgroup],"));
        let last = figures.next_back().and_then(|line| line.rsplit(',').next()?.parse::<u64>().ok());
        if group.figure().exists() {
            // The child's memory is charged to it; what was touched before is its old group's.
            assert!(last > Some(16 * MIB) && last < Some(64 * MIB), "{last:?}");
        } else {
            assert_eq!(last, None);
            assert_eq!(folder.notes().len(), 1, "{:?}", folder.notes());
        }
        assert!(target.finish().success());
        assert_eq!(attached.wait().code(), Some(0));
    }
}
