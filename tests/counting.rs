//! Labels and counts from log files as they grow, whatever is done to these.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::ordinary::is_root;
use common::skipping::skipped;
use common::{Folder, Running, finish, start_probe, until};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn marks(folder: &Folder) -> Vec<String> {
    let label = |mark: serde_json::Value| mark["label"].as_str().unwrap().to_owned();
    folder.events_called("mark").into_iter().map(label).collect()
}

/// The sums of all counts.
fn counts(folder: &Folder) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for count in folder.events_called("count") {
        let number = count["number"].as_u64().unwrap();
        assert!(number > 0, "{count}");
        *sums.entry(count["name"].as_str().unwrap().to_owned()).or_default() += number;
    }
    sums
}

fn sums<const N: usize>(of: [(&str, u64); N]) -> BTreeMap<String, u64> {
    of.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect()
}

const LOGS: [&str; 12] = [
    "-i",
    "10ms",
    "--mark-log",
    "log",
    "--mark-regex",
    "^phase (.+)$",
    "--count-log",
    "log",
    "--count",
    "errors=ERROR",
    "--count",
    "all=.",
];

#[test]
fn lines_give_labels_and_are_counted_by_tick() {
    let folder = Folder::new();
    fs::write(folder.join("log"), "ERROR of before\nphase zero\nthis one was begun ").unwrap();
    let script = r#"
        echo "before, ERROR" >> log; echo "phase one" >> log; echo "ERROR, really" >> log; sleep 0.1
        printf "phase " >> log; sleep 0.1; echo two >> log; sleep 0.1
        printf "no end, but an ERROR" >> log"#;
    let ended = finish(folder.run(&LOGS, &["sh", "-c", script]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert_eq!(marks(&folder), ["one", "two"]);
    assert_eq!(counts(&folder), sums([("all", 4), ("errors", 2)]));
    let csv = fs::read_to_string(folder.join("run.csv")).unwrap();
    let events = fs::read_to_string(folder.join("run.events.jsonl")).unwrap();
    let counted: Vec<&str> = events.lines().filter(|line| line.contains("\"event\":\"count\"")).collect();
    let of_a_tick = |line: &&str| {
        let elapsed = line.split("\"elapsed_s\":").nth(1).unwrap().split(',').next().unwrap();
        csv.contains(&format!(",{elapsed},"))
    };
    assert!(of_a_tick(&counted[0]), "but for the last ones they have the time of a tick: {events}");
    assert_eq!(folder.notes(), [""; 0]);
}

#[test]
fn the_last_line_of_a_short_command_is_counted_too() {
    let folder = Folder::new();
    for round in 1..=10 {
        let ended = finish(
            folder.run(&[&LOGS[..], &["--force"]].concat(), &["sh", "-c", "echo ERROR >> log; echo phase $$ >> log"]),
        );
        assert_eq!(ended.code(), 0, "{ended:?}");
        assert_eq!((counts(&folder), marks(&folder).len()), (sums([("all", 2), ("errors", 1)]), 1), "round {round}");
    }
}

#[test]
fn rotation_of_either_kind_loses_no_line_and_counts_none_twice() {
    let folder = Folder::new();
    fs::write(folder.join("log"), "").unwrap();
    let script = r#"
        exec 3>> log; i=0
        while [ $i -lt 300 ]; do
            i=$((i+1)); echo "ERROR $i" >&3
            case $i in
                # Renamed: whoever writes goes on into the old one for a while.
                100) mv log log.1; : > log;;
                110) exec 3>> log;;
                # Copied and emptied: what nobody has read by then is in the copy alone.
                200) echo written; read line; cp log log.2; : > log;;
            esac
        done"#;
    let mut running = Running::start(folder.run(&LOGS, &["sh", "-c", script]));
    assert_eq!(running.line(), "written");
    until("all of it to be read", || (counts(&folder) == sums([("all", 200), ("errors", 200)])).then_some(()));
    running.give_line();
    assert!(running.wait().success());
    assert_eq!(counts(&folder), sums([("all", 300), ("errors", 300)]), "{:?}", folder.notes());
}

#[test]
fn a_log_that_is_not_there_yet_is_told_and_read_when_it_comes() {
    let folder = Folder::new();
    let script =
        "mkdir logs; echo 'ERROR one' >> logs/log; sleep 0.1; rm logs/log; sleep 0.1; echo 'ERROR two' > logs/log";
    let options = ["-i", "10ms", "--count-log", "logs/log", "--count", "errors=ERROR"];
    let ended = finish(folder.run(&options, &["sh", "-c", script]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert_eq!(counts(&folder).get("errors").copied().unwrap_or(0), 2);
    assert_eq!(folder.notes(), ["the log logs/log is not there yet; it is read when it is"]);
    assert!(ended.err.contains("memrec: the log logs/log is not there yet"), "{ended:?}");
}

#[test]
fn a_storm_of_lines_is_counted_to_the_last() {
    let folder = Folder::new();
    let script = "yes 'a line of some length with an ERROR in it' | head -n 300000 >> log";
    let options = ["-i", "10ms", "--count-log", "log", "--count", "errors=ERROR"];
    let ended = finish(folder.run(&options, &["sh", "-c", script]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    let notes = folder.notes();
    // A machine that has not read it in five seconds says how much there was left.
    let left = notes.iter().any(|note| note.contains("were not read to their ends"));
    assert!(left || counts(&folder) == sums([("errors", 300_000)]), "{:?} {notes:?}", counts(&folder));
}

#[test]
fn lines_of_any_bytes_and_of_any_length_are_lines() {
    let folder = Folder::new();
    let script = r#"
        printf 'phase \377\376 odd\r\n' >> log; printf 'ERROR\0\n\n' >> log; printf 'phase \033[2J\n' >> log
        head -c 3000000 /dev/zero | tr '\0' x >> log; echo ' ERROR beyond what is kept of a line' >> log
        echo 'phase    ' >> log; printf 'phase ' >> log; head -c 5000 /dev/zero | tr '\0' y >> log"#;
    let ended = finish(folder.run(&LOGS, &["sh", "-c", script]));
    assert_eq!(ended.code(), 0, "{ended:?}");
    assert_eq!(marks(&folder), ["\u{fffd}\u{fffd} odd", "\u{1b}[2J", &"y".repeat(1024)]);
    assert_eq!(counts(&folder), sums([("all", 6), ("errors", 1)]));
    let text = fs::read_to_string(folder.join("run.events.jsonl")).unwrap();
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_log_that_is_named_twice_is_opened_once_and_the_command_holds_none_of_it() {
    let folder = Folder::new();
    fs::write(folder.join("log"), "").unwrap();
    std::os::unix::fs::symlink("log", folder.join("link")).unwrap();
    let options = ["--mark-log", "log", "--mark-regex", "phase", "--count-log", "./link", "--count", "errors=ERROR"];
    let mut running = Running::start(folder.run(&options, &[&common::probe(), "hold", "1"]));
    let pid = running.pid_told("ready");
    let open = |pid: u32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
        let open = open.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        open.filter(|file| *file == folder.join("log")).count()
    };
    assert_eq!((open(running.pid()), open(pid)), (1, 0));
    assert!(running.finish().success());
}

#[test]
fn what_is_attached_to_has_logs_too() {
    let folder = Folder::new();
    fs::write(folder.join("log"), "ERROR of before\n").unwrap();
    let (mut target, pid) = start_probe(&folder, &["hold", "1"]);
    let attached = Running::start(folder.attach_aloud(&[&LOGS[..], &[&pid.to_string()]].concat()));
    attached.line();
    fs::write(folder.join("log"), "another text, as after a restart\nERROR\nphase warm\n").unwrap();
    until("the label", || marks(&folder).pop());
    assert!(target.finish().success());
    let mut attached = attached;
    assert!(attached.wait().success());
    assert_eq!((marks(&folder), counts(&folder)), (vec!["warm".to_owned()], sums([("all", 3), ("errors", 1)])));
}

#[test]
fn a_log_that_cannot_be_read_is_told_before_the_command_starts() {
    let folder = Folder::new();
    fs::create_dir(folder.join("sub")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    fs::write(folder.join("secret"), "").unwrap();
    fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o000)).unwrap();
    let before = folder.names();
    for (log, why) in
        [("sub", "not a file"), ("pipe", "not a file"), ("/dev/null", "not a file"), ("secret", "permission")]
    {
        if log == "secret" && is_root() {
            skipped("permissions do not hold root back");
            continue;
        }
        for options in [["--mark-log", log, "--mark-regex", "x"], ["--count-log", log, "--count", "x=x"]] {
            let ended = finish(folder.run(&options, &["touch", "started"]));
            assert_eq!((ended.code(), ended.told().len()), (125, 1), "{ended:?}");
            assert!(ended.err.contains(why) && ended.err.contains(log) && ended.err.contains("; "), "{ended:?}");
            assert_eq!(folder.names(), before);
        }
    }
}
