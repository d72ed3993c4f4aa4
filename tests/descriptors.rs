//! Out of descriptors: less is measured, which is told, and nobody who lives is taken for gone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, Running, finish, memrec, probe, until};
use std::process::Command;

const SHORT: &str = "out of descriptors: ";

/// memrec with twenty descriptors over a command with sixty children; what it says on stderr goes into a file.
fn with_twenty(folder: &Folder, before: &[&str]) -> Command {
    let script = r#"ulimit -n 20; exec "$@" 2> said"#;
    let probe = probe();
    let run = [memrec(), "run", "-i", "10ms", "-o", "run.csv", "--", &probe, "tree", "60", "1"];
    folder.command("sh", &[&["-c", script, "sh"], before, &run].concat())
}

fn said(folder: &Folder) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap()
}

fn is_told_and_nobody_is_gone(folder: &Folder, before: &[&str]) {
    let mut running = Running::start(with_twenty(folder, before));
    running.pid_told("ready");
    until("the shortage to be told", || folder.notes().into_iter().find(|note| note.starts_with(SHORT)));
    folder.wait_for_a_whole_tick();
    assert!(folder.events_called("exit").is_empty(), "all of them live");
    running.give_line();
    assert!(running.wait().success(), "{}", said(folder));
    let notes = folder.notes();
    assert_eq!(notes.iter().filter(|note| note.starts_with(SHORT)).count(), 1, "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("totals are a lower bound")), "{notes:?}");
    let said = said(folder);
    assert_eq!(said.lines().filter(|line| line.starts_with("memrec: out of descriptors: ")).count(), 1, "{said}");
    assert!(said.lines().last().unwrap().starts_with("memrec: peak at least "), "{said}");
    let (spawned, ended) = (folder.events_called("spawn").len(), folder.events_called("exit").len());
    assert_eq!(spawned, ended, "who has begun has ended, once");
}

#[test]
fn with_process_events_all_of_a_tree_is_there_though_most_of_it_cannot_be_opened() {
    let folder = Folder::new();
    is_told_and_nobody_is_gone(&folder, &[]);
    if !folder.events()[0]["following"].as_str().unwrap().starts_with("process events") {
        return skipped("there are no process events");
    }
    assert_eq!(folder.events_called("spawn").len(), 61);
    assert!(folder.ticks().iter().any(|tick| tick.len() == 61), "those without memory have rows too");
}

/// Root only: it makes a network namespace, where there are no process events.
#[test]
fn without_process_events_it_is_told_that_some_are_missing() {
    let folder = Folder::new();
    if finish(folder.command("unshare", &["-n", "true"])).code() != 0 {
        return skipped("no network namespace can be made here; root can");
    }
    is_told_and_nobody_is_gone(&folder, &["unshare", "-n"]);
}

#[test]
fn a_recording_without_a_shortage_does_not_speak_of_a_lower_bound() {
    let folder = Folder::new();
    let ended = finish(folder.run(&["-i", "10ms"], &["sleep", "0.05"]));
    let last = ended.told().pop().unwrap().to_owned();
    assert!(last.starts_with("memrec: peak ") && !last.contains("at least"), "{last}");
}

#[test]
fn too_few_to_begin_with_is_an_error_before_the_command_starts() {
    for limit in [4, 6, 10] {
        let folder = Folder::new();
        let script = format!("ulimit -n {limit}; exec \"$0\" run -o run.csv -- touch started");
        let ended = finish(folder.command("sh", &["-c", &script, memrec()]));
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{}", ended.err);
        assert!(ended.err.contains("too many open files"), "{}", ended.err);
        assert!(folder.names().is_empty(), "{:?}", folder.names());
    }
}
