//! Alerts: a command that is run once, beside the tree and without disturbing anybody.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, Running, all_pids, finish, lives, memrec, probe, start_probe, stat, until};
use std::fs;
use std::io::Write;
use std::process::Stdio;

/// The notes about alerts.
fn notes(folder: &Folder) -> Vec<String> {
    folder.notes().into_iter().filter(|note| note.contains("alert")).collect()
}

fn read(folder: &Folder, name: &str) -> String {
    until(name, || fs::read_to_string(folder.join(name)).ok().filter(|text| text.ends_with('\n')))
}

/// memrec's process that starts them.
fn bell_of(memrec: u32) -> Option<u32> {
    let is_it = |pid: &u32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        stat(*pid).is_some_and(|(_, parent)| parent == memrec) && name.trim() == "memrec-alert"
    };
    all_pids().into_iter().find(is_it)
}

#[test]
fn it_is_run_once_and_told_whom_it_is_about() {
    let folder = Folder::new();
    let alert = "2MiB=echo $MEMREC_PID $MEMREC_TOTAL_BYTES $MEMREC_RECORDING >> alerted; exit 3";
    let mut running = Running::start(folder.run_probe(&["-i", "10ms", "--alert", alert], &["hold", "20"]));
    let pid = running.pid_told("ready");
    let told = read(&folder, "alerted");
    let words: Vec<&str> = told.split_whitespace().collect();
    assert_eq!((words[0], words[2]), (&*pid.to_string(), folder.join("run.csv").to_str().unwrap()));
    assert!(words[1].parse::<u64>().unwrap() > 2 << 20);
    until("its end to be told", || (notes(&folder).len() == 2).then_some(()));
    folder.wait_for_a_whole_tick();
    assert_eq!(running.finish().code(), Some(0));
    assert_eq!(read(&folder, "alerted"), told, "once");
    let notes = notes(&folder);
    assert!(notes[0].starts_with("alert: the total has passed 2.00 MiB, it is "), "{notes:?}");
    assert_eq!(notes[1], "the command of the alert at 2.00 MiB has ended with exit code 3");
}

#[test]
fn each_has_its_size_and_is_not_run_below_it() {
    let folder = Folder::new();
    let alerts = [
        "--alert",
        "2MiB=echo low >> alerted",
        "--alert",
        "3MiB=echo lower >> alerted; kill -9 $$",
        "--alert",
        "1TiB=echo high >> alerted",
    ];
    let mut running = Running::start(folder.run_probe(&[&["-i", "10ms"], &alerts[..]].concat(), &["hold", "20"]));
    until("both to have ended", || (notes(&folder).len() == 4).then_some(()));
    assert!(running.finish().success());
    let mut alerted: Vec<String> = read(&folder, "alerted").lines().map(str::to_owned).collect();
    alerted.sort();
    assert_eq!(alerted, ["low", "lower"]);
    assert!(
        notes(&folder).contains(&"the command of the alert at 3.00 MiB was ended by signal 9".to_owned()),
        "{:?}",
        notes(&folder)
    );
}

#[test]
fn neither_it_nor_what_it_leaves_behind_is_of_the_tree() {
    for source in ["linux", "portable"] {
        let folder = Folder::new();
        // A daemon among them, whose parent ends.
        let alert = "2MiB=sleep 0.3 & (setsid sleep 61 & echo $! > daemon); echo done > alerted";
        let options = ["-i", "10ms", "--source", source, "--until", "tree", "--alert", alert];
        let mut running = Running::start(folder.run_probe(&options, &["hold", "20"]));
        running.line();
        read(&folder, "alerted");
        let daemon: u32 = read(&folder, "daemon").trim().parse().unwrap();
        (0..3).for_each(|_| folder.wait_for_a_whole_tick());
        assert_eq!(running.finish().code(), Some(0), "with the last of the tree, which the daemon is not");
        assert!(lives(daemon), "and that is left alone");
        common::send(daemon, libc::SIGKILL);
        assert_eq!(folder.events_called("spawn").len(), 1, "{source}");
        assert!(folder.rows().iter().all(|row| row.name.starts_with("probe")), "{source}");
    }
}

#[test]
fn its_streams_are_none_of_the_commands() {
    let folder = Folder::new();
    let alert = "2MiB=cat; echo said; echo complained >&2; touch alerted";
    let script = "\"$0\" hold 20; cat";
    let mut command = folder.run(&["-i", "10ms", "--alert", alert], &["sh", "-c", script, &probe()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the alert", || folder.join("alerted").exists().then_some(()));
    // Its `cat` has read nothing of what the command is given.
    child.stdin.take().unwrap().write_all(b"for the command\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(out.starts_with("ready ") && !out.contains("said"), "{out}");
    assert!(err.contains("said\n") && err.contains("complained\n"), "{err}");
}

#[test]
fn who_reads_the_commands_output_learns_of_its_end_though_alerts_are_waited_for() {
    let folder = Folder::new();
    let script = "echo ready; exec >&-; read line";
    let mut running = Running::start(folder.run(&["--alert", "1TiB=true"], &["sh", "-c", script]));
    assert_eq!(running.line(), "ready");
    running.closes_its_stdout();
    running.give_line();
    assert!(running.wait().success());
}

#[test]
fn one_that_still_runs_keeps_nobody_waiting() {
    let folder = Folder::new();
    let alert = "2MiB=exec 2>&- >&-; echo $$ > alerted; sleep 61";
    let mut running = Running::start(folder.run_probe(&["-i", "10ms", "--alert", alert], &["hold", "20"]));
    let pid: u32 = read(&folder, "alerted").trim().parse().unwrap();
    assert!(running.finish().success());
    assert!(lives(pid));
    common::send(pid, libc::SIGKILL);
    assert_eq!(notes(&folder)[1], "the command of the alert at 2.00 MiB still runs, and is left to itself");
}

#[test]
fn what_is_attached_to_is_watched_too() {
    let folder = Folder::new();
    let (mut target, pid) = start_probe(&folder, &["hold", "20"]);
    let alert = "2MiB=echo $MEMREC_PID > alerted; exit 5";
    let mut attached = Running::start(folder.attach(&["-i", "10ms", "--alert", alert], &[pid]));
    assert_eq!(read(&folder, "alerted").trim(), pid.to_string());
    until("its end to be told", || (notes(&folder).len() == 2).then_some(()));
    assert!(target.finish().success());
    assert!(attached.wait().success());
    assert_eq!(folder.events_called("spawn").len(), 1);
}

#[test]
fn it_can_label_the_recording() {
    let folder = Folder::new();
    let alert = format!("2MiB='{}' mark 'too high'", memrec());
    let mut running = Running::start(folder.run_probe(&["-i", "10ms", "--alert", &alert], &["hold", "20"]));
    until("the label", || folder.events_called("mark").pop());
    assert!(running.finish().success());
}

#[test]
fn its_process_goes_with_memrec_and_a_signal_to_the_group_does_not_reach_it() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["--alert", "1TiB=true"], &["hold", "1"]));
    running.line();
    let bell = until("the process that starts alerts", || bell_of(running.pid()));
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        common::send(bell, signal);
    }
    folder.wait_for_a_whole_tick();
    assert!(lives(bell));
    running.signal(libc::SIGKILL);
    until("its end", || (!lives(bell)).then_some(()));
    running.finish();

    // If it is killed, the recording goes on, and says that there is nobody to run the command.
    let script = "echo ready; read line; exec \"$0\" hold 20";
    let options = ["--force", "-i", "10ms", "--alert", "10MiB=true"];
    let mut running = Running::start(folder.run(&options, &["sh", "-c", script, &probe()]));
    running.line();
    let bell = until("the process that starts alerts", || bell_of(running.pid()));
    common::send(bell, libc::SIGKILL);
    until("its end", || stat(bell).is_none().then_some(()));
    running.give_line();
    running.line();
    until("the note", || notes(&folder).pop().filter(|note| note.contains("its command cannot be run: broken pipe")));
    assert!(running.finish().success());
    assert_eq!(folder.events_called("spawn").len(), 1);
}

#[test]
fn with_all_that_can_be_taken_in_the_command_finds_what_a_bare_start_gives_it() {
    let folder = Folder::new();
    fs::write(folder.join("log"), "").unwrap();
    let report = |words: &[&str]| {
        let ended = finish(folder.command(words[0], &words[1..]));
        assert_eq!(ended.code(), 0, "{ended:?}");
        let text = fs::read_to_string(folder.join("report")).unwrap();
        fs::remove_file(folder.join("report")).unwrap();
        // Each has its own file for what it prints.
        let ours = |line: &&str| !line.contains("MEMREC_RECORDING") && !line.contains("/tmp/");
        text.lines().filter(ours).map(str::to_owned).collect::<Vec<_>>()
    };
    let probe = probe();
    let bare = report(&[&probe, "report", "report"]);
    let options =
        ["--alert", "1TiB=true", "--mark-log", "log", "--mark-regex", "x", "--count-log", "log", "--count", "x=x"];
    let run = [&[memrec(), "run", "-o", "run.csv"][..], &options, &["--", &probe, "report", "report"]].concat();
    assert_eq!(report(&run), bare);
}

#[test]
fn how_it_ended_is_known_though_memrecs_parent_ignores_dead_children() {
    let folder = Folder::new();
    let options = ["run", "-o", "run.csv", "-i", "10ms", "--alert", "2MiB=exit 3"];
    let probe = probe();
    let words = [&["with", "ignore=17", "--", memrec()][..], &options, &["--", &probe, "hold", "20"]].concat();
    let mut running = Running::start(folder.command(&probe, &words));
    running.line();
    until("its end to be told", || (notes(&folder).len() == 2).then_some(()));
    assert_eq!(running.finish().code(), Some(0));
    assert_eq!(notes(&folder)[1], "the command of the alert at 2.00 MiB has ended with exit code 3");
}
