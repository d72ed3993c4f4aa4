//! What memrec meets that is nobody's fault: limits, alarms, ignored signals, pictures in the wrong place, a foreign `/proc`. Each was a fault once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, Running, finish, memrec, probe};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};

/// `sh -c SCRIPT` with memrec as `$0`.
fn shell(folder: &Folder, script: &str) -> std::process::Command {
    folder.command("sh", &["-c", script, memrec()])
}

#[test]
fn a_limit_of_file_sizes_ends_no_recording() {
    let folder = Folder::new();
    // Of 512 bytes each: the header and a few ticks.
    let script = r#"ulimit -f 2; exec "$0" run -i 1ms -o run.csv -- sh -c 'i=0; while [ $i -lt 400 ]; do i=$((i+1)); (:); done; exit 3'"#;
    let ended = finish(shell(&folder, script));
    assert_eq!(ended.code(), 3, "{}", ended.err);
    assert!(!folder.rows().is_empty());
}

#[test]
fn a_limit_that_leaves_no_room_for_a_header_is_an_error_before_the_command_starts() {
    let folder = Folder::new();
    let ended = finish(shell(&folder, r#"ulimit -f 0; exec "$0" run -o run.csv -- touch started"#));
    assert_eq!(ended.code(), 125, "{ended:?}");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn a_picture_that_finds_no_room_leaves_the_one_that_was_there() {
    let folder = Folder::new();
    assert_eq!(finish(folder.run(&["--plot", "run.png"], &["sleep", "0.05"])).code(), 0);
    let before = fs::read(folder.join("run.png")).unwrap();
    let ended = finish(shell(&folder, r#"ulimit -f 8; exec "$0" plot run.csv"#));
    assert_eq!((ended.code(), ended.err.lines().count()), (1, 1), "{ended:?}");
    assert_eq!(fs::read(folder.join("run.png")).unwrap(), before);
    assert_eq!(folder.names(), ["run.csv", "run.events.jsonl", "run.png"]);
}

#[test]
fn who_has_read_enough_is_no_failure() {
    let folder = Folder::new();
    assert_eq!(finish(folder.run(&[], &["true"])).code(), 0);
    let (reads, writes) = std::io::pipe().unwrap();
    drop(reads);
    let mut list = folder.memrec(&["list"]);
    list.stdin(std::process::Stdio::null()).stdout(writes);
    assert_eq!(common::finish_as_it_is(list).code(), Some(0));
}

#[test]
fn attached_to_a_child_of_its_own_memrec_ends_with_it() {
    let folder = Folder::new();
    let script = r#"exec 3<&0; "$1" hold 1 <&3 & exec "$0" attach -i 10ms -o run.csv $!"#;
    let mut attach = shell(&folder, script);
    attach.arg(probe());
    let mut attached = Running::start(attach);
    attached.line();
    folder.wait_for_a_whole_tick();
    attached.end_input();
    assert_eq!(attached.wait().code(), Some(0));
    assert_eq!(folder.events_called("exit").len(), 1);
}

#[test]
fn attached_under_nohup_memrec_outlives_the_terminal() {
    let folder = Folder::new();
    let mut held = Running::start(folder.command(&probe(), &["hold", "1"]));
    held.line();
    let script = r#"trap '' HUP; exec "$0" attach -i 5ms -o run.csv "$1""#;
    let mut attach = shell(&folder, script);
    attach.arg(held.pid().to_string());
    let mut attached = Running::start(attach);
    folder.wait_for_a_whole_tick();
    attached.signal(libc::SIGHUP);
    folder.wait_for_a_whole_tick();
    assert!(held.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn a_picture_never_takes_the_place_of_a_recording() {
    let folder = Folder::new();
    let recorded = finish(folder.memrec(&["run", "-o", "run.png", "--", "sleep", "0.05"]));
    assert_eq!(recorded.code(), 0);
    let before = fs::read(folder.join("run.png")).unwrap();
    std::os::unix::fs::symlink("run.png", folder.join("link.png")).unwrap();
    for words in [&["plot", "run.png"][..], &["plot", "run.png", "-o", "link.png"]] {
        let ended = finish(folder.memrec(words));
        assert_eq!((ended.code(), ended.err.lines().count()), (1, 1), "{words:?}: {}", ended.err);
        assert_eq!(fs::read(folder.join("run.png")).unwrap(), before);
    }
    let ended = finish(folder.memrec(&["run", "-o", "new.png", "--plot", "new.png", "--", "touch", "started"]));
    assert_eq!(ended.code(), 125);
    assert_eq!(
        folder.names(),
        ["link.png", "run.png", "run.png.events.jsonl"],
        "it was told before the command started"
    );
}

#[test]
fn a_path_need_not_be_utf_8() {
    let folder = Folder::new();
    let name = OsStr::from_bytes(b"caf\xe9.csv");
    let with_name = |words: &[&str]| {
        let mut command = folder.memrec(words);
        command.arg(name);
        command
    };
    let mut run = with_name(&["run", "-o"]);
    run.args(["--", "sleep", "0.05"]);
    assert_eq!(finish(run).code(), 0);
    for word in ["peak", "plot"] {
        let ended = finish(with_name(&[word]));
        assert_eq!(ended.code(), 0, "{}", ended.err);
    }
}

/// `perl -e 'alarm 10; exec @ARGV' memrec run ...`: a fork does not inherit an alarm, a bare start would have.
#[test]
fn an_alarm_that_was_set_before_is_the_commands() {
    // The alarm may be over before memrec has come so far; then it is given more time.
    for seconds in [1, 4, 16] {
        let folder = Folder::new();
        let mut command = folder.run_probe(&[], &["hold", "1"]);
        // SAFETY: alarm(2) is a plain system call.
        unsafe {
            command.pre_exec(move || {
                libc::alarm(seconds);
                Ok(())
            })
        };
        let mut running = Running::start(command);
        let status = running.wait();
        assert_eq!(status.signal(), Some(libc::SIGALRM));
        if !folder.rows().is_empty() {
            assert_eq!(folder.events().last().unwrap()["exit"]["signal"], libc::SIGALRM, "the recording was closed");
            return;
        }
    }
    panic!("memrec did not come to its first tick in 16 s");
}

/// Root only: it makes a pid namespace.
#[test]
fn a_proc_of_another_pid_namespace_is_read_under_the_pids_that_it_has() {
    let folder = Folder::new();
    if finish(folder.command("sh", &["-c", "unshare -pf --mount-proc true"])).code() != 0 {
        skipped("no pid namespace can be made here; root can");
        return;
    }
    let probe = probe();
    let run = [memrec(), "run", "-o", "run.csv", "-i", "10ms", "--until", "tree", "--", &probe, "daemon", "16"];
    for more in [&["-pf"][..], &["-pf", "--mount-proc"]] {
        let folder = Folder::new();
        let mut running = Running::start(folder.command("unshare", &[more, &run].concat()));
        running.pid_told("daemon");
        folder.wait_for_row("the daemon", |row| row.process > 1 && row.rss_bytes > Some(16 << 20));
        assert_eq!(running.finish().code(), Some(3), "{more:?}");
        let exits = folder.events_called("exit");
        assert_eq!(exits.len(), folder.events_called("spawn").len());
        assert!(exits.iter().any(|exit| exit["process"] == 1 && exit["status"]["code"] == 3), "{exits:?}");
        assert!(exits.iter().any(|exit| exit["process"] != 1 && exit["status"]["code"] == 0), "{exits:?}");
        let notes = folder.events_called("note");
        assert!(notes[0]["text"].as_str().unwrap().starts_with("no process events: "), "{notes:?}");
    }
    let run = [memrec(), "run", "--source", "portable", "-o", "run.csv", "--", "touch", "started"];
    let ended = finish(folder.command("unshare", &[&["-pf"][..], &run].concat()));
    assert_eq!(ended.code(), 125);
    assert!(ended.err.contains("another pid namespace; mount this one's"), "{}", ended.err);
    assert!(folder.names().is_empty());
}

#[test]
fn what_was_asked_for_and_cannot_be_printed_is_a_failure() {
    let folder = Folder::new();
    assert_eq!(finish(folder.run(&[], &["true"])).code(), 0);
    for words in [&["--help"][..], &["list"], &["peak"], &["plot"]] {
        let mut command = folder.memrec(words);
        command.stdin(std::process::Stdio::null());
        command
            .stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
            .stderr(std::process::Stdio::null());
        assert_eq!(common::finish_as_it_is(command).code(), Some(1), "{words:?}");
    }
}
