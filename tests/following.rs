//! Who is in the recording: everything that the command started, however it was started, for as long as it lives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::{Folder, MIB, Running, finish, lives, memrec, probe};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

const SOURCES: [&[&str]; 2] = [&["--source", "linux"], &["--source", "portable"]];

/// Every process of the recording has one spawn and one exit event, in this order, and rows only between the two.
fn every_process_comes_once_and_goes_once(folder: &Folder) {
    let mut lives: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for event in folder.events() {
        if event["event"] == "spawn" || event["event"] == "exit" {
            lives.entry(event["process"].as_u64().unwrap()).or_default().push(event);
        }
    }
    for row in folder.rows() {
        assert!(lives.contains_key(&row.process.into()), "{row:?} is of nobody");
    }
    assert!(lives.keys().copied().eq(1..=lives.len() as u64), "numbered without a hole");
    for (process, events) in lives {
        let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["spawn", "exit"], "process {process}");
        assert_eq!(events[0]["pid"], events[1]["pid"], "process {process}");
        let rows = folder.rows().into_iter().filter(|row| u64::from(row.process) == process);
        let ended = events[1]["elapsed_s"].as_f64().unwrap();
        assert!(rows.into_iter().all(|row| row.elapsed_s <= ended), "process {process} has rows after its exit");
    }
}

#[test]
fn a_daemon_stays_recorded_until_the_tree_has_ended_and_is_reaped() {
    for source in SOURCES {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(&[source, &["--until", "tree"]].concat(), &["daemon", "16"]));
        let daemon = running.pid_told("daemon");
        folder.wait_for_row("the daemon, an orphan of memrec", |row| {
            row.pid == daemon && row.ppid == running.pid() && row.rss_bytes > Some(16 * MIB)
        });
        assert!(running.runs());
        assert_eq!(running.finish().code(), Some(3), "the command's code, not the daemon's");
        assert!(!std::path::Path::new(&format!("/proc/{daemon}")).exists(), "nobody but memrec reaps it");
        let exits = folder.events_called("exit");
        let exit = exits.iter().find(|event| event["pid"] == daemon).unwrap();
        assert_eq!(exit["status"]["code"], 0, "{source:?}");
        every_process_comes_once_and_goes_once(&folder);
    }
}

#[test]
fn a_child_that_another_thread_has_forked_is_found() {
    for source in SOURCES {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(source, &["thread-child", "16"]));
        let child = running.pid_told("child");
        folder.wait_for_row("the child", |row| row.pid == child && row.rss_bytes > Some(16 * MIB));
        assert_eq!(running.finish().code(), Some(0));
        assert_eq!(folder.events_called("spawn").len(), 2, "{source:?}");
    }
}

#[test]
fn a_process_whose_main_thread_has_ended_shows_its_memory() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&[], &["leaderless", "24"]));
    let pid = running.pid_told("leaderless");
    let row = folder.wait_for_row("its memory", |row| row.rss_bytes > Some(24 * MIB));
    assert_eq!((row.process, row.pid, row.name.as_str()), (1, pid, "probe"));
    assert_eq!(running.finish().code(), Some(0));
    every_process_comes_once_and_goes_once(&folder);
}

fn exec_keeps_the_process_and_is_told(source: &str) {
    let folder = Folder::new();
    let command = ["sh", "-c", "read line; exec \"$0\" hold 8", &probe()];
    let mut running = Running::start(folder.run(&["--source", source], &command));
    folder.wait_for_row("the shell", |row| row.name == "sh");
    running.give_line();
    let pid = running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    let row = folder.rows().pop().unwrap();
    assert_eq!((row.process, row.pid, row.name.as_str()), (1, pid, "probe"));
    assert!(running.finish().success());
    let execs = folder.events_called("exec");
    assert_eq!(execs.len(), 1, "{execs:?}");
    assert_eq!((&execs[0]["process"], &execs[0]["pid"], &execs[0]["name"]), (&1.into(), &pid.into(), &"probe".into()));
    assert_eq!(execs[0]["command"][1], "hold");
    every_process_comes_once_and_goes_once(&folder);
}

#[test]
fn an_exec_keeps_the_process_and_is_told() {
    exec_keeps_the_process_and_is_told("linux");
}

#[test]
fn an_exec_is_told_by_the_portable_source_too() {
    exec_keeps_the_process_and_is_told("portable");
}

#[test]
fn the_command_is_never_taken_for_memrecs_own_image() {
    let folder = Folder::new();
    for _ in 0..50 {
        let ended = finish(folder.run(&["--force", "-q", "-i", "1ms"], &["sh", "-c", "exit 0"]));
        assert_eq!(ended.code(), 0);
        assert_eq!(folder.events_called("exec").len(), 0);
        assert!(folder.rows().iter().all(|row| row.name == "sh"), "{:?}", folder.rows());
        let spawn = &folder.events_called("spawn")[0];
        // A command that was a zombie at the first look has no command line any more.
        assert!(spawn["command"][0] == "sh" || spawn["command"].is_null(), "{spawn}");
    }
}

#[test]
fn children_that_end_at_once_are_each_reported_once_if_at_all() {
    let folder = Folder::new();
    let ended = finish(folder.run_probe(&["-i", "1ms", "--until", "tree"], &["storm", "500"]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    every_process_comes_once_and_goes_once(&folder);
}

#[test]
fn all_that_is_left_behind_is_reaped_and_reported_once() {
    let folder = Folder::new();
    let script = "for n in 1 2 3 4 5; do (setsid \"$0\" hold 1 <&3 &) 3<&0; done; exit 4";
    let mut running = Running::start(folder.run(&["-i", "5ms", "--until", "tree"], &["sh", "-c", script, &probe()]));
    let left = [(); 5].map(|()| running.pid_told("ready"));
    for pid in left {
        folder.wait_for_row("one that was left behind", |row| row.pid == pid);
    }
    assert_eq!(running.finish().code(), Some(4));
    assert!(!left.into_iter().any(lives));
    let exits = folder.events_called("exit");
    for pid in left {
        let exit = exits.iter().find(|exit| exit["pid"] == pid).unwrap();
        assert_eq!(exit["status"]["code"], 0);
    }
    every_process_comes_once_and_goes_once(&folder);
}

#[test]
fn a_recording_ends_with_the_command_whatever_that_leaves_behind() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&[], &["daemon", "1"]));
    let daemon = running.pid_told("daemon");
    assert_eq!(running.wait().code(), Some(3));
    assert!(lives(daemon));
}

#[test]
fn asked_to_end_when_the_command_has_ended_memrec_leaves_the_daemon_and_keeps_the_commands_code() {
    // INT, TERM, HUP.
    for signal in [2, 15, 1] {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(&["--until", "tree"], &["daemon", "1"]));
        let daemon = running.pid_told("daemon");
        // Not any exit: that of the daemon's own parent may be seen before.
        common::until("the command's exit", || {
            folder.events_called("exit").into_iter().find(|exit| exit["process"] == 1)
        });
        running.signal(signal);
        assert_eq!(running.wait().code(), Some(3), "signal {signal}");
        assert!(lives(daemon));
        let end = folder.events().pop().unwrap();
        assert_eq!((&end["event"], &end["exit"]["code"]), (&"end".into(), &3.into()));
    }
}

#[test]
fn memrec_inside_memrec_records_what_it_should_and_so_does_the_outer_one() {
    let folder = Folder::new();
    let inner = ["run", "-o", "inner.csv", "--until", "tree", "--", &probe(), "daemon", "16"];
    let mut running = Running::start(folder.run(&["--until", "tree"], &[&[memrec()], &inner[..]].concat()));
    let daemon = running.pid_told("daemon");
    let holds = |row: &common::Row| row.pid == daemon && row.rss_bytes > Some(16 * MIB);
    // The two look at different moments: at last both see the inner one's orphan, and the same memory but for a few pages.
    common::until("the same in both", || {
        let outer = folder.rows().into_iter().rfind(holds)?;
        let inner = folder.rows_of("inner.csv").into_iter().rfind(holds)?;
        let alike = outer.rss_bytes?.abs_diff(inner.rss_bytes?) < MIB;
        (outer.ppid == inner.ppid && alike).then_some(())
    });
    assert_eq!(running.finish().code(), Some(3));
    let names =
        |rows: Vec<common::Row>| rows.into_iter().map(|row| row.name).collect::<std::collections::BTreeSet<_>>();
    assert!(names(folder.rows()).into_iter().eq(["memrec", "probe"]));
    assert!(names(folder.rows_of("inner.csv")).into_iter().eq(["probe"]));
    every_process_comes_once_and_goes_once(&folder);
}

#[test]
fn a_command_shorter_than_an_interval_has_a_row_with_a_peak() {
    let folder = Folder::new();
    for _ in 0..10 {
        let ended = finish(folder.run_probe(&["--force", "-i", "1h"], &["touch", "32"]));
        let told: u64 = ended.out.trim().strip_prefix("peak ").unwrap().parse().unwrap();
        let rows = folder.rows();
        assert!(rows.iter().any(|row| row.peak_rss_bytes.is_some()), "{rows:?}");
        assert!(rows.iter().all(|row| row.process == 1 && row.name == "probe"), "{rows:?}");
        let exit = folder.events_called("exit").pop().unwrap();
        let peak = exit["peak_rss_bytes"].as_u64().unwrap();
        // The wait status counts in batches for each processor: some 300 KiB below the mark that the probe has read of itself.
        assert!(peak.abs_diff(told) < MIB, "{peak} and {told}: {exit}");
    }
}

/// A pipe that takes no byte more, for whoever is to wait before he goes on; dropping the reader lets him.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let size = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_GETPIPE_SZ).unwrap();
    writer.write_all(&vec![b' '; size as usize]).unwrap();
    (reader, writer)
}

#[test]
fn a_command_that_is_gone_before_the_first_look_has_a_row_with_the_peak_of_its_wait_status() {
    for source in SOURCES {
        let folder = Folder::new();
        // memrec tells that it records before it looks.
        let (reader, writer) = full_pipe();
        let mut command = folder.run_probe(&[source, &["-i", "1h"]].concat(), &["touch", "32"]);
        let mut memrec = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).spawn().unwrap();
        drop(command);
        let us = memrec.id();
        let zombie = |pid: &u32| common::stat(*pid) == Some(('Z', us));
        let pid = common::until("the command's end", || common::all_pids().into_iter().find(zombie));
        assert_eq!(folder.rows(), []);
        drop(reader);
        let status = common::until("memrec's end", || memrec.try_wait().unwrap());
        assert_eq!(status.code(), Some(0));
        let rows = folder.rows();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!((rows[0].process, rows[0].pid, rows[0].name.as_str(), rows[0].rss_bytes), (1, pid, "probe", None));
        // The portable source cannot tell whether that peak is the command's own, or one of a child that it has waited for.
        assert!(source[1] == "portable" || rows[0].peak_rss_bytes > Some(32 * MIB), "{rows:?}");
        every_process_comes_once_and_goes_once(&folder);
    }
}

#[test]
fn a_pid_that_is_used_again_is_another_process() {
    let folder = Folder::new();
    let run = [memrec(), "run", "-o", "run.csv", "-i", "200ms", "--until", "tree", "--", &probe(), "reuse", "8"];
    // In a pid namespace of its own: elsewhere somebody else's process could take the pid.
    let unshare = ["-p", "-f", "--mount-proc", "--kill-child", "--"];
    if !finish(folder.command("unshare", &[&unshare[..], &["true"]].concat())).status.success() {
        return skipped("a pid namespace of one's own needs root");
    }
    let mut running = Running::start(folder.command("unshare", &[&unshare[..], &run].concat()));
    let first = running.pid_told("first");
    let old = folder.wait_for_row("the first", |row| row.pid == first && row.rss_bytes > Some(8 * MIB));
    running.give_line();
    assert_eq!(running.pid_told("second"), first, "pids can be chosen");
    let new = folder.wait_for_row("the second", |row| row.pid == first && row.rss_bytes > Some(16 * MIB));
    assert_ne!(new.process, old.process);
    assert!(new.elapsed_s > old.elapsed_s);
    assert_eq!(running.finish().code(), Some(0));
    assert_eq!(folder.events_called("spawn").iter().filter(|event| event["pid"] == first).count(), 2);
    every_process_comes_once_and_goes_once(&folder);
}
