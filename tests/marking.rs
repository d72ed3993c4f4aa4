//! `memrec mark`: a label is in the recording when it returns, or it says that it is not; and the recorder is not disturbed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::ordinary::{Ordinary, is_root};
use common::skipping::skipped;
use common::{Ended, Folder, Running, finish, memrec, stop, until};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The labels of `run.csv`, with their edges.
fn marks(folder: &Folder) -> Vec<String> {
    let shown = |mark: Value| {
        let edge = mark["edge"].as_str().map(|edge| format!(" {edge}")).unwrap_or_default();
        format!("{}{edge}", mark["label"].as_str().unwrap())
    };
    folder.events_called("mark").into_iter().map(shown).collect()
}

/// A recording of a program that waits for its stdin's end.
fn recorded(folder: &Folder, options: &[&str]) -> Running {
    let running = Running::start(folder.run_probe(options, &["hold", "1"]));
    running.line();
    running
}

fn is_told(ended: &Ended, code: i32, why: &str) {
    let told = ended.told();
    assert_eq!((ended.code(), told.len()), (code, 1), "{ended:?}");
    assert!(told[0].starts_with("memrec: ") && told[0].contains(why) && told[0].contains("; "), "{why}: {told:?}");
}

fn sockets(folder: &Folder) -> Vec<PathBuf> {
    let hidden = folder.names().into_iter().filter(|name| name.ends_with(".mark"));
    hidden.map(|name| folder.join(&name)).collect()
}

#[test]
fn a_label_is_in_the_recording_when_mark_returns() {
    let folder = Folder::new();
    // No tick comes in between.
    let mut recorded = recorded(&folder, &["-i", "1h"]);
    let marked = finish(folder.memrec(&["mark", "warm"]));
    assert_eq!((marked.code(), marked.out.as_str(), marked.err.as_str()), (0, "", ""));
    assert_eq!(marks(&folder), ["warm"]);
    assert_eq!(finish(folder.memrec(&["mark", "again", "-r", "run.csv"])).code(), 0);
    assert_eq!(finish(folder.memrec(&["mark", "--recording", "-1", "and again"])).code(), 0);
    assert_eq!(marks(&folder), ["warm", "again", "and again"]);
    assert!(recorded.finish().success());
    assert_eq!(folder.names(), ["run.csv", "run.events.jsonl"], "nothing is left behind");
}

#[test]
fn the_command_itself_can_label_its_recording_from_anywhere() {
    let folder = Folder::new();
    let ended = finish(folder.run(&[], &["sh", "-c", "cd / && \"$0\" mark 'from within'", memrec()]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert_eq!(marks(&folder), ["from within"]);
}

#[test]
fn what_is_attached_to_can_be_labelled() {
    let folder = Folder::new();
    let (mut target, pid) = common::start_probe(&folder, &["hold", "1"]);
    let mut attached = Running::start(folder.attach_aloud(&[&pid.to_string()]));
    attached.line();
    until("it to be labelled", || finish(folder.memrec(&["mark", "warm"])).status.success().then_some(()));
    assert!(target.finish().success());
    assert!(attached.wait().success());
    assert_eq!(marks(&folder), ["warm"]);
}

#[test]
fn without_a_name_the_newest_that_runs_is_meant() {
    let folder = Folder::new();
    let mut older = recorded(&folder, &[]);
    folder.wait_for_a_whole_tick();
    assert_eq!(finish(folder.memrec(&["run", "-o", "newer.csv", "--", "true"])).code(), 0);
    assert_eq!(finish(folder.memrec(&["mark", "warm"])).code(), 0);
    assert!(older.finish().success());
    assert_eq!(marks(&folder), ["warm"]);
}

#[test]
fn a_command_has_a_label_at_its_beginning_and_at_its_end_and_is_otherwise_as_it_is() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    let mut around = folder.memrec(&["mark", "build", "--", "sh", "-c", "cat; echo told >&2; exit 4"]);
    let mut around = around.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    around.stdin.take().unwrap().write_all(b"what goes in\n").unwrap();
    let output = around.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..], &output.stderr[..]),
        (Some(4), &b"what goes in\n"[..], &b"told\n"[..])
    );
    let died = finish(folder.memrec(&["mark", "dies", "--", "sh", "-c", "kill -USR1 $$"]));
    assert_eq!(died.status.signal(), Some(libc::SIGUSR1), "{died:?}");
    for (program, code) in [("no-such-program", 127), ("/", 126)] {
        is_told(&finish(folder.memrec(&["mark", "not run", "--", program])), code, "cannot run the command");
    }
    assert!(recorded.finish().success());
    let ends = ["build begin", "build end", "dies begin", "dies end"];
    let not_run = ["not run begin", "not run end", "not run begin", "not run end"];
    assert_eq!(marks(&folder), [ends, not_run].concat());
}

#[test]
fn a_signal_that_is_sent_to_mark_reaches_its_command() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    let script = "trap 'echo got; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let mut around = Running::start(folder.memrec(&["mark", "build", "--", "sh", "-c", script]));
    assert_eq!(around.line(), "ready");
    around.signal(libc::SIGTERM);
    assert_eq!(around.line(), "got");
    assert_eq!(around.wait().code(), Some(7));
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["build begin", "build end"]);
}

#[test]
fn within_a_labelled_command_labels_go_to_the_same_recording() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    let script = "cd / && \"$0\" mark within";
    let around = finish(folder.memrec(&["mark", "all", "--", "sh", "-c", script, memrec()]));
    assert_eq!((around.code(), around.told().len()), (0, 0), "{around:?}");
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["all begin", "within", "all end"]);
}

#[test]
fn a_command_runs_though_nobody_records() {
    let folder = Folder::new();
    let around = finish(folder.memrec(&["mark", "build", "--", "sh", "-c", "echo out; exit 4"]));
    assert_eq!(around.out, "out\n");
    is_told(&around, 4, "none runs in this folder");
    let mut gone = folder.memrec(&["mark", "build", "--", "sh", "-c", "exit 5"]);
    gone.env("MEMREC_RECORDING", folder.join("gone.csv"));
    is_told(&finish(gone), 5, "no such file");
}

#[test]
fn recordings_that_do_not_run_take_no_labels() {
    let folder = Folder::new();
    is_told(&finish(folder.memrec(&["mark", "warm"])), 1, "none runs in this folder");
    assert_eq!(finish(folder.run(&[], &["true"])).code(), 0);
    fs::write(folder.join("other.txt"), "no recording").unwrap();
    fs::write(folder.join("mprofile_1.dat"), "MEM 1.0 1.0\n").unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    let before = fs::read(folder.join("run.events.jsonl")).unwrap();
    for (words, why) in [
        (&["mark", "warm"][..], "none runs in this folder"),
        (&["mark", "warm", "-r", "run.csv"], "run.csv: nobody is recording it"),
        (&["mark", "warm", "-r", "0"], "nobody is recording it"),
        (&["mark", "warm", "-r", "other.txt"], "nobody is recording it"),
        (&["mark", "warm", "-r", "mprofile_1.dat"], "nobody is recording it"),
        (&["mark", "warm", "-r", "missing.csv"], "no such file"),
        (&["mark", "warm", "-r", "7"], "no such file"),
        (&["mark", "warm", "-r", "sub"], "it is a folder"),
    ] {
        is_told(&finish(folder.memrec(words)), 1, why);
    }
    for (recording, why) in [("run.csv", "nobody is recording it"), ("no/such.csv", "no such file"), ("", "none runs")]
    {
        let mut command = folder.memrec(&["mark", "warm"]);
        command.env("MEMREC_RECORDING", recording);
        is_told(&finish(command), 1, why);
    }
    assert_eq!(fs::read(folder.join("run.events.jsonl")).unwrap(), before);
}

#[test]
fn any_label_stays_on_its_line_and_what_is_none_is_refused() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    let labels = ["two\nlines", "\u{1b}[2J\u{7}", "\"quoted\" \\ back", "größe \u{202e}", &"x".repeat(1024)];
    for label in labels {
        assert_eq!(finish(folder.memrec(&["mark", label])).code(), 0, "{label:?}");
    }
    // Nearly as much as one word can have: the kernel refuses 128 KiB.
    for (label, why) in
        [("", "can be seen"), (" \t\n", "can be seen"), (&"x".repeat(100_000)[..], "it has 100000 bytes")]
    {
        let refused = finish(folder.memrec(&["mark", label]));
        is_told(&refused, 2, why);
        assert!(refused.err.len() < 600);
    }
    is_told(&finish(folder.memrec(&["mark"])), 2, "LABEL");
    is_told(&finish(folder.memrec(&["mark", "--", "true"])), 2, "LABEL");
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), labels);
    let text = fs::read_to_string(folder.join("run.events.jsonl")).unwrap();
    assert!(!text.contains(|c: char| c != '\n' && c.is_control()) && !text.contains('\u{202e}'));
}

#[test]
fn paths_may_be_longer_than_an_address_of_a_socket() {
    let folder = Folder::new();
    let deep = ["a-long-name-of-a-folder"; 8].join("/");
    fs::create_dir_all(folder.join(&deep)).unwrap();
    let name = format!("{deep}/{}.csv", "n".repeat(230));
    let mut run = folder.memrec(&["run", "-o", &name, "--", "sh", "-c", "\"$0\" mark within; read line", memrec()]);
    run.stdout(Stdio::null());
    let mut running = Running::start(run);
    let events = folder.join(&name.replace(".csv", ".events.jsonl"));
    let has = |label: &str| fs::read_to_string(&events).unwrap_or_default().contains(&format!("\"label\":\"{label}\""));
    until("the label from within", || has("within").then_some(()));
    assert_eq!(finish(folder.memrec(&["mark", "without", "-r", &name])).code(), 0);
    assert!(has("without"));
    running.give_line();
    assert!(running.wait().success());
    assert_eq!(fs::read_dir(folder.join(&deep)).unwrap().count(), 2);
}

#[test]
fn a_label_that_is_given_while_memrec_is_stopped_comes_when_it_goes_on_with_its_own_time() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &["-i", "10ms"]);
    folder.wait_for_a_whole_tick();
    stop(&recorded);
    let mut marking = Running::start(folder.memrec(&["mark", "meanwhile"]));
    until("the label to be sent", || {
        let open = fs::read_dir(format!("/proc/{}/fd", marking.pid())).ok()?;
        let mut open = open.flatten().filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        open.any(|what| what.to_string_lossy().starts_with("socket:")).then_some(())
    });
    // So long is the gap between the two at least.
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(marking.runs(), "nobody has answered");
    recorded.signal(libc::SIGCONT);
    assert!(marking.wait().success());
    folder.wait_for_a_whole_tick();
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["meanwhile"]);
    let events = folder.events();
    let elapsed = |kind: &str| {
        let found = |event: &&Value| event["event"] == kind && (kind != "gap" || event["seconds"].as_f64() > Some(0.6));
        events.iter().find(found).unwrap_or_else(|| panic!("no {kind} in {events:?}"))["elapsed_s"].as_f64().unwrap()
    };
    assert!(elapsed("mark") < elapsed("gap") - 0.3, "{} {}", elapsed("mark"), elapsed("gap"));
}

#[test]
fn a_label_that_nobody_takes_in_is_taken_back_and_never_comes() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &["-i", "10ms"]);
    stop(&recorded);
    is_told(&finish(folder.memrec(&["mark", "in vain"])), 1, "the label was taken back");
    recorded.signal(libc::SIGCONT);
    folder.wait_for_a_whole_tick();
    assert_eq!(finish(folder.memrec(&["mark", "at last"])).code(), 0);
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["at last"]);
}

#[test]
fn what_a_killed_recorder_leaves_confuses_nobody() {
    let folder = Folder::new();
    let mut killed = recorded(&folder, &[]);
    assert_eq!(finish(folder.memrec(&["mark", "before"])).code(), 0);
    killed.signal(libc::SIGKILL);
    killed.finish();
    assert_eq!(sockets(&folder).len(), 1);
    is_told(&finish(folder.memrec(&["mark", "after"])), 1, "none runs");
    is_told(&finish(folder.memrec(&["mark", "after", "-r", "run.csv"])), 1, "nobody is recording it");
    assert_eq!(marks(&folder), ["before"]);
    let mut next = recorded(&folder, &["--force"]);
    assert_eq!(finish(folder.memrec(&["mark", "anew"])).code(), 0);
    assert!(next.finish().success());
    assert_eq!(marks(&folder), ["anew"]);
    assert_eq!(folder.names(), ["run.csv", "run.events.jsonl"]);
}

#[test]
fn a_recording_that_was_moved_takes_labels_by_the_name_that_it_began_with() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    for ending in ["csv", "events.jsonl"] {
        fs::rename(folder.join(&format!("run.{ending}")), folder.join(&format!("moved.{ending}"))).unwrap();
    }
    is_told(&finish(folder.memrec(&["mark", "new name", "-r", "moved.csv"])), 1, "the name that it began with");
    let mut named = folder.memrec(&["mark", "old name"]);
    named.env("MEMREC_RECORDING", folder.join("run.csv"));
    let named = finish(named);
    assert_eq!(named.code(), 0, "{named:?}");
    // Another one under that name has its own.
    let mut other = Running::start(folder.run(&[], &[&common::probe(), "hold", "1"]));
    other.line();
    assert_eq!(finish(folder.memrec(&["mark", "another", "-r", "run.csv"])).code(), 0);
    assert!(recorded.finish().success());
    assert_eq!(finish(folder.memrec(&["mark", "another again", "-r", "run.csv"])).code(), 0);
    assert!(other.finish().success());
    assert_eq!(marks(&folder), ["another", "another again"]);
    let moved = fs::read_to_string(folder.join("moved.events.jsonl")).unwrap();
    assert!(moved.contains("old name") && !moved.contains("\"label\":\"another"), "{moved}");
}

#[test]
fn labels_that_come_at_once_are_all_there_once() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &["-i", "1h"]);
    let script = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); \"$0\" mark $i & done; wait";
    let marked = finish(folder.command("sh", &["-c", script, memrec()]));
    assert_eq!((marked.code(), marked.err.as_str()), (0, ""));
    assert!(recorded.finish().success());
    let mut labels: Vec<u32> = marks(&folder).iter().map(|label| label.parse().unwrap()).collect();
    labels.sort_unstable();
    assert_eq!(labels, (1..=40).collect::<Vec<_>>());
    let times: Vec<f64> = folder.events().iter().map(|event| event["elapsed_s"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn who_sends_rubbish_or_nothing_does_not_disturb() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &["-i", "10ms"]);
    let socket = &sockets(&folder)[0];
    let silent: Vec<UnixStream> = (0..300).map(|_| UnixStream::connect(socket).unwrap()).collect();
    for rubbish in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"", b"memrec 1 mark 1 ? noon\nx", &[b'x'; 100_000]] {
        let mut stream = UnixStream::connect(socket).unwrap();
        // It may be told that it is too much while it writes.
        let _ = stream.write_all(rubbish);
    }
    folder.wait_for_a_whole_tick();
    assert_eq!(finish(folder.memrec(&["mark", "still there"])).code(), 0);
    drop(silent);
    folder.wait_for_a_whole_tick();
    assert_eq!(finish(folder.memrec(&["mark", "and still"])).code(), 0);
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["still there", "and still"]);
    assert_eq!(folder.notes(), [""; 0]);
}

#[test]
fn a_recording_without_its_socket_says_so() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    fs::remove_file(&sockets(&folder)[0]).unwrap();
    is_told(&finish(folder.memrec(&["mark", "warm"])), 1, "it runs and has no socket beside it");
    assert!(recorded.finish().success());
}

#[test]
fn a_label_that_its_file_does_not_take_is_told_to_be_waiting() {
    let folder = Folder::new();
    // Room for the beginning of a recording; the interval keeps the samples from taking it.
    let script = r#"ulimit -f 4; exec "$0" run -q -i 1h -o run.csv -- "$1" hold 1"#;
    let mut recorded = Running::start(folder.command("sh", &["-c", script, memrec(), &common::probe()]));
    recorded.line();
    let label = "x".repeat(1000);
    let told = until("a label to find no room", || {
        let marked = finish(folder.memrec(&["mark", &label]));
        (marked.code() != 0).then_some(marked)
    });
    is_told(&told, 1, "is not in its file yet");
    assert!(recorded.finish().success());
}

#[test]
fn another_users_recording_is_not_to_be_labelled() {
    let folder = Folder::new();
    if !is_root() {
        return skipped("it takes root to be two users");
    }
    let Some(nobody) = Ordinary::of(&folder) else { return skipped("nobody cannot be had") };
    let mut recorded = recorded(&folder, &[]);
    let refused = finish(nobody.command(&[&nobody.memrec, "mark", "warm", "-r", "run.csv"]));
    is_told(&refused, 1, "permission denied");
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), [""; 0]);
    // root may, as ever.
    let mut theirs =
        Running::start(nobody.command(&[&nobody.memrec, "run", "-o", "theirs.csv", "--", &nobody.probe, "hold", "1"]));
    theirs.line();
    let marked = finish(folder.memrec(&["mark", "warm", "-r", "theirs.csv"]));
    assert_eq!(marked.code(), 0, "{marked:?}");
    assert!(theirs.finish().success());
}

#[test]
fn another_network_namespace_is_no_hindrance() {
    let folder = Folder::new();
    let apart = ["unshare", "--net", "--map-root-user", "--user"];
    let possible = Command::new(apart[0]).args(&apart[1..]).arg("true").stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        return skipped("there are no network namespaces to be had");
    }
    let mut recorded = recorded(&folder, &[]);
    let marked = finish(folder.command(apart[0], &[&apart[1..], &[memrec(), "mark", "from apart"]].concat()));
    assert_eq!(marked.code(), 0, "{marked:?}");
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["from apart"]);
}

#[test]
fn another_mount_namespace_reaches_the_recording_by_its_name_there() {
    let folder = Folder::new();
    let apart = ["unshare", "--mount", "--map-root-user", "--user", "sh", "-c"];
    let script = "mkdir there && mount --bind here there && cd / && \"$0\" mark 'from there' -r \"$1/there/run.csv\"";
    fs::create_dir(folder.join("here")).unwrap();
    let possible = folder
        .command(apart[0], &[&apart[1..], &["mkdir try && mount --bind here try"]].concat())
        .stderr(Stdio::null())
        .status();
    if !possible.is_ok_and(|status| status.success()) {
        return skipped("there are no mount namespaces to be had");
    }
    let mut recorded =
        Running::start(folder.memrec(&["run", "-o", "here/run.csv", "--", &common::probe(), "hold", "1"]));
    recorded.line();
    let path = folder.path().to_str().unwrap();
    let marked = finish(folder.command(apart[0], &[&apart[1..], &[script, memrec(), path]].concat()));
    assert_eq!(marked.code(), 0, "{marked:?}");
    assert!(recorded.finish().success());
    assert!(fs::read_to_string(folder.join("here/run.events.jsonl")).unwrap().contains("\"label\":\"from there\""));
}

#[test]
fn a_labelled_command_finds_what_a_bare_start_gives_it() {
    let folder = Folder::new();
    let mut recorded = recorded(&folder, &[]);
    let probe = common::probe();
    let report = |before: &[&str]| {
        let words = [&[&*probe, "with", "block=10", "ignore=12", "--"], before, &[&probe, "report", "report"]].concat();
        let ended = finish(folder.command(words[0], &words[1..]));
        assert_eq!((ended.code(), ended.err.as_str()), (0, ""));
        let text = fs::read_to_string(folder.join("report")).unwrap();
        // Each has its own file for what it prints.
        let ours = |line: &&str| !line.contains("MEMREC_RECORDING") && !line.contains("/tmp/");
        text.lines().filter(ours).map(str::to_owned).collect::<Vec<_>>()
    };
    let bare = report(&[]);
    assert_eq!(report(&[memrec(), "mark", "report", "--"]), bare);
    assert!(recorded.finish().success());
    assert_eq!(marks(&folder), ["report begin", "report end"]);
}

#[test]
fn nothing_is_left_where_the_command_does_not_start() {
    let folder = Folder::new();
    assert_eq!(finish(folder.run(&[], &["no-such-program"])).code(), 127);
    assert_eq!(folder.names(), [""; 0]);
}
