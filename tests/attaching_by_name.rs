//! What is to be recorded is named, and waited for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::{Folder, Running, copy_program, finish, memrec, probe, until};
use std::fs;

/// The probe under a name that nobody else on the machine has.
struct Named {
    program: String,
    name: String,
}

impl Named {
    fn new(folder: &Folder, word: &str) -> Self {
        Self::of(&probe(), folder, word)
    }

    fn of(original: &str, folder: &Folder, word: &str) -> Self {
        // The kernel keeps 15 bytes of it: more than a folder's own part and the word must not be needed.
        let unique = folder.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_owned();
        let name = format!("{unique}-{word}");
        let program = folder.join(&name);
        copy_program(original, &program);
        Self { program: program.to_str().unwrap().to_owned(), name }
    }

    fn hold(&self, folder: &Folder) -> (Running, u32) {
        let running = Running::start(folder.command(&self.program, &["hold", "1"]));
        let pid = running.pid_told("ready");
        (running, pid)
    }
}

#[test]
fn all_processes_of_a_name_are_targets_in_the_order_of_their_pids() {
    let folder = Folder::new();
    let named = Named::new(&folder, "web");
    let (mut first, first_pid) = named.hold(&folder);
    let (mut second, second_pid) = named.hold(&folder);
    let (mut other, _) = Named::new(&folder, "other").hold(&folder);
    let mut attached = Running::start(folder.memrec(&[
        "attach",
        "-o",
        "run.csv",
        "-i",
        "10ms",
        "--name",
        &format!("^{}$", named.name),
    ]));
    folder.wait_for_row("the first tick", |_| true);
    let mut pids = [first_pid, second_pid];
    pids.sort_unstable();
    let numbered: Vec<(u32, u32)> = folder.ticks()[0].iter().map(|row| (row.process, row.pid)).collect();
    assert_eq!(numbered, [(1, pids[0]), (2, pids[1])]);
    assert!(first.finish().success());
    folder.wait_for_a_whole_tick();
    assert!(attached.runs());
    assert!(second.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    assert!(other.finish().success());
}

#[test]
fn a_name_longer_than_the_kernel_keeps_is_found_by_its_program_and_by_what_is_kept() {
    let folder = Folder::new();
    let named = Named::new(&folder, "a-server-with-a-long-name");
    let (mut target, pid) = named.hold(&folder);
    for name in
        [format!("^{}$", named.name), format!("^{}$", &named.name[..15]), format!("(?i){}", named.name.to_uppercase())]
    {
        let words = ["attach", "-o", "run.csv", "--force", "-d", "20ms", "-i", "10ms", "--name", &name];
        let ended = finish(folder.memrec(&words));
        assert_eq!(ended.code(), 0, "{ended:?}");
        assert!(folder.rows().iter().all(|row| row.pid == pid), "{name}");
    }
    assert!(target.finish().success());
}

#[test]
fn nobody_of_that_name_is_an_error_that_says_what_to_do_and_memrec_is_nobody() {
    let folder = Folder::new();
    let itself = Named::of(memrec(), &folder, "itself");
    let ended = finish(folder.command(&itself.program, &["attach", "--name", &itself.name]));
    assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
    assert!(ended.err.contains("no process") && ended.err.contains("--wait"), "{ended:?}");
    assert_eq!(folder.names(), [itself.name.as_str()]);
}

#[test]
fn a_kernel_thread_has_no_memory_and_is_not_meant() {
    let folder = Folder::new();
    let ended = finish(folder.memrec(&["attach", "--name", "^kthreadd$"]));
    assert_eq!(ended.code(), 125, "{ended:?}");
}

#[test]
fn misuse_is_refused_on_one_line() {
    let folder = Folder::new();
    for words in [
        &["--name", "("][..],
        &["--name", ""],
        &["--name", "\x1b[2J("],
        &["--name"],
        &["--name", "a", "1"],
        &["--name", "a", "--cgroup", "/"],
        &["--name", "a", "--container", "b"],
        &["--container", "-b"],
        &["--container", "a b"],
        &["--container", "\x1b[2J"],
        &["--cgroup", "/", "1"],
        &["--wait"],
        &[],
    ] {
        let ended = finish(folder.memrec(&[&["attach"], words].concat()));
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{words:?}: {ended:?}");
        assert!(!ended.err.contains('\x1b') && ended.err.contains("; "), "{words:?}: {ended:?}");
        assert_eq!(folder.names(), [""; 0]);
    }
    let ended = finish(folder.memrec(&["attach", "--name", "("]));
    assert!(ended.err.contains("unclosed group"), "{ended:?}");
}

#[test]
fn a_name_that_steers_terminals_is_shown_harmlessly() {
    let folder = Folder::new();
    let named = Named::new(&folder, "\x1b[2J\n");
    let (mut target, pid) = named.hold(&folder);
    let name = format!("^{}$", named.name.replace('[', r"\["));
    let ended = finish(folder.memrec(&["attach", "-d", "20ms", "-i", "10ms", "--name", &name]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert!(!ended.err.contains('\x1b') && ended.err.contains(&pid.to_string()), "{ended:?}");
    assert_eq!(ended.told().len(), 2, "start and end: {ended:?}");
    assert!(target.finish().success());
}

#[test]
fn a_name_is_waited_for() {
    let folder = Folder::new();
    let named = Named::new(&folder, "late");
    let mut attached = Running::start(folder.attach_aloud(&["--wait", "--name", &named.name]));
    assert!(attached.line().contains("waiting for a process whose name matches"));
    assert!(!folder.join("run.csv").exists());
    let (mut target, pid) = named.hold(&folder);
    folder.wait_for_row("the target", |row| row.pid == pid);
    assert!(attached.line().contains(&format!("(pid {pid})")));
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn an_old_process_that_takes_the_name_is_found_too() {
    let folder = Folder::new();
    let named = Named::new(&folder, "exec");
    let mut target = Running::start(folder.command("sh", &["-c", "read go; exec \"$0\" hold 1", &named.program]));
    let mut attached = Running::start(folder.attach_aloud(&["--wait", "--name", &format!("^{}", named.name)]));
    assert!(attached.line().contains("waiting"));
    target.give_line();
    let pid = target.pid_told("ready");
    folder.wait_for_row("the target", |row| row.pid == pid);
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn being_asked_to_end_while_waiting_leaves_no_file_and_ends_with_0() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        for target in [&["--name", "^nobody-is-called-so$"][..], &["--cgroup", "/nosuch-group"], &["2147483646"]] {
            let folder = Folder::new();
            let mut attached = Running::start(folder.attach_aloud(&[&["--wait"], target].concat()));
            assert!(attached.line().contains("waiting for"));
            attached.signal(signal);
            assert_eq!(attached.wait().code(), Some(0), "{target:?}");
            assert!(attached.line().contains("ended before there was anything"));
            assert_eq!(folder.names(), [""; 0]);
        }
    }
}

#[test]
fn quiet_waiting_says_nothing() {
    let folder = Folder::new();
    let named = Named::new(&folder, "quiet");
    let mut attached = Running::start(folder.attach_aloud(&["--quiet", "--wait", "--name", &named.name]));
    let (mut target, pid) = named.hold(&folder);
    folder.wait_for_row("the target", |row| row.pid == pid);
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    assert_eq!(attached.rest(), [""; 0]);
}

#[test]
fn what_is_wrong_with_the_output_is_told_before_waiting() {
    let folder = Folder::new();
    fs::write(folder.join("run.csv"), "old").unwrap();
    let ended = finish(folder.memrec(&["attach", "-o", "run.csv", "--wait", "--name", "^nobody-is-called-so$"]));
    assert_eq!(ended.code(), 125, "{ended:?}");
    assert!(ended.err.contains("run.csv") && ended.err.contains("exists"), "{ended:?}");
    assert_eq!(fs::read_to_string(folder.join("run.csv")).unwrap(), "old");
}

#[test]
fn a_pid_is_waited_for() {
    let folder = Folder::new();
    // In a pid namespace of its own, where it is known who gets which pid.
    let unshare = ["-p", "-f", "--mount-proc", "--kill-child", "--"];
    if !finish(folder.command("unshare", &[&unshare[..], &["true"]].concat())).status.success() {
        return skipped("a pid namespace of one's own needs root");
    }
    let script = "\"$0\" attach --wait -o run.csv 60 2>&1 & recorder=$!; \
        read go; while sleep 1000 & [ $! -lt 60 ]; do :; done; read go; kill 60; wait $recorder";
    let mut running =
        Running::start(folder.command("unshare", &[&unshare[..], &["sh", "-c", script, memrec()]].concat()));
    assert!(running.line().contains("waiting for process 60"));
    running.give_line();
    folder.wait_for_row("the process", |row| row.pid == 60 && row.name == "sleep");
    running.give_line();
    assert_eq!(running.wait().code(), Some(0));
    until("the end", || (folder.events().pop()?["event"] == "end").then_some(()));
}
