//! What becomes of a recording when its disk is full, its folder is read-only, its name is taken, or somebody takes its file away: with the program itself. Of the
//! command nothing of it is to be noticed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, Running, finish, memrec, until};
use std::fs;
use std::process::{Command, Stdio};

/// A command that goes on until a line comes, and has an exit code of its own.
const COMMAND: [&str; 3] = ["sh", "-c", "echo ready; read line; exit 3"];

/// A small disk of memory at `disk` in the folder.
struct Disk<'a>(&'a Folder);

impl<'a> Disk<'a> {
    /// None where it cannot be had, which is said.
    fn mount(folder: &'a Folder, options: &str) -> Option<Self> {
        let disk = folder.join("disk");
        fs::create_dir(&disk).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "memrec-test"]).arg(&disk).output();
        if !mount.is_ok_and(|mount| mount.status.success()) {
            skipped("mounting a small disk needs root");
            return None;
        }
        Some(Self(folder))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // Lazily: a test that fails may leave somebody on it.
        let _ = Command::new("umount").arg("-l").arg(self.0.join("disk")).status();
    }
}

/// `memrec run -o OUTPUT` over the command, with what it says on stderr in a file.
fn recording(folder: &Folder, output: &str) -> Running {
    let script = r#"output=$1; shift; exec "$0" run -i 5ms -o "$output" -- "$@" 2> said"#;
    let running = Running::start(folder.command("sh", &[&["-c", script, memrec(), output], &COMMAND[..]].concat()));
    assert_eq!(running.line(), "ready");
    running
}

fn wait_until_said(folder: &Folder, text: &str) {
    until(text, || fs::read_to_string(folder.join("said")).unwrap_or_default().contains(text).then_some(()));
}

/// Every line of the recording is whole and makes sense, to memrec too.
fn is_whole(folder: &Folder, csv: &str) {
    assert!(!folder.rows_of(csv).is_empty());
    let text = fs::read_to_string(folder.join(csv)).unwrap();
    assert!(text.ends_with('\n') && text.lines().all(|line| line.split(',').count() == 11), "{text}");
    let events = fs::read_to_string(folder.join(&csv.replace(".csv", ".events.jsonl"))).unwrap();
    assert!(events.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{events}");
    let peak = finish(folder.memrec(&["peak", csv]));
    assert_eq!((peak.code(), peak.err.as_str()), (0, ""), "nothing had to be passed over");
}

/// Root only: it mounts a disk.
#[test]
fn a_disk_that_is_full_and_has_room_again_costs_the_ticks_between_and_nothing_else() {
    let folder = Folder::new();
    let Some(_disk) = Disk::mount(&folder, "size=64k") else { return };
    // Whole pages: what is left is for a few hundred ticks.
    fs::write(folder.join("disk/filler"), vec![0; 40 << 10]).unwrap();
    let mut running = recording(&folder, "disk/run.csv");
    wait_until_said(&folder, "cannot write the samples: ");
    let before = folder.rows_of("disk/run.csv").len();
    fs::remove_file(folder.join("disk/filler")).unwrap();
    wait_until_said(&folder, "written again; ");
    until("more rows", || (folder.rows_of("disk/run.csv").len() > before + 1).then_some(()));
    running.give_line();
    assert_eq!(running.wait().code(), Some(3), "the command's own");
    is_whole(&folder, "disk/run.csv");
    let events = fs::read_to_string(folder.join("disk/run.events.jsonl")).unwrap();
    assert!(events.contains("written again; ") && events.contains("lost"), "{events}");
    let said = fs::read_to_string(folder.join("said")).unwrap();
    assert_eq!(said.matches("cannot write the samples: ").count(), 1, "told once: {said}");
}

/// Root only: it mounts a disk.
#[test]
fn a_disk_that_stays_full_leaves_what_was_written_and_the_commands_exit_code() {
    let folder = Folder::new();
    let Some(_disk) = Disk::mount(&folder, "size=64k") else { return };
    fs::write(folder.join("disk/filler"), vec![0; 48 << 10]).unwrap();
    let mut running = recording(&folder, "disk/run.csv");
    wait_until_said(&folder, "cannot write the samples: ");
    running.give_line();
    assert_eq!(running.wait().code(), Some(3));
    is_whole(&folder, "disk/run.csv");
    let said = fs::read_to_string(folder.join("said")).unwrap();
    assert!(said.contains("it took no more bytes"), "{said}");
}

/// Root only: it mounts a disk.
#[test]
fn a_disk_that_is_read_only_is_refused_before_the_command_starts() {
    let folder = Folder::new();
    let Some(_disk) = Disk::mount(&folder, "ro") else { return };
    let named = finish(folder.memrec(&["run", "-o", "disk/run.csv", "--", "touch", "started"]));
    let mut here = folder.memrec(&["run", "--", "touch", "../started"]);
    here.current_dir(folder.join("disk"));
    for ended in [named, finish(here)] {
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{}", ended.err);
        assert!(ended.err.contains("its folder cannot be written to: read-only file system"), "{}", ended.err);
    }
    assert_eq!(folder.names(), ["disk"]);
}

#[test]
fn recordings_that_begin_at_once_are_as_many() {
    const MANY: usize = 6;
    let folder = Folder::new();
    let start = |_| {
        let mut command = folder.memrec(&["run", "-i", "10ms", "--", "sleep", "0.3"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let all: Vec<_> = (0..MANY).map(start).collect();
    for mut one in all {
        assert!(one.wait().unwrap().success());
    }
    let names = folder.names();
    let recordings: Vec<&String> = names.iter().filter(|name| name.ends_with(".csv")).collect();
    assert_eq!((recordings.len(), names.len()), (MANY, 2 * MANY), "{names:?}");
    let mut pids: Vec<u32> = recordings.iter().map(|name| folder.rows_of(name)[0].pid).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), MANY, "each has its own command");
    recordings.iter().for_each(|name| is_whole(&folder, name));
}

#[test]
fn a_recording_that_is_deleted_meanwhile_goes_on_and_says_so() {
    let folder = Folder::new();
    let mut running = recording(&folder, "run.csv");
    folder.wait_for_a_whole_tick();
    fs::remove_file(folder.join("run.csv")).unwrap();
    wait_until_said(&folder, "the samples: run.csv: the file was deleted or moved away");
    running.give_line();
    assert_eq!(running.wait().code(), Some(3));
    assert!(folder.notes().iter().any(|note| note.contains("deleted or moved away")), "{:?}", folder.notes());
    assert!(!folder.join("run.csv").exists(), "nothing is made anew");
}

#[test]
fn a_recording_that_is_moved_meanwhile_goes_on_where_it_is() {
    let folder = Folder::new();
    let mut running = recording(&folder, "run.csv");
    folder.wait_for_a_whole_tick();
    for (from, to) in [("run.csv", "moved.csv"), ("run.events.jsonl", "moved.events.jsonl")] {
        fs::rename(folder.join(from), folder.join(to)).unwrap();
    }
    wait_until_said(&folder, "the samples: run.csv: the file was deleted or moved away");
    wait_until_said(&folder, "the events: run.events.jsonl: the file was deleted or moved away");
    let before = folder.rows_of("moved.csv").len();
    until("more rows", || (folder.rows_of("moved.csv").len() > before + 1).then_some(()));
    running.give_line();
    assert_eq!(running.wait().code(), Some(3));
    is_whole(&folder, "moved.csv");
    let events = fs::read_to_string(folder.join("moved.events.jsonl")).unwrap();
    assert!(events.lines().last().unwrap().contains("\"end\""), "{events}");
}

#[test]
fn a_recording_that_is_emptied_meanwhile_begins_again_with_its_header() {
    let folder = Folder::new();
    let mut running = recording(&folder, "run.csv");
    folder.wait_for_a_whole_tick();
    let first = folder.rows()[0].clone();
    fs::OpenOptions::new().write(true).open(folder.join("run.csv")).unwrap().set_len(0).unwrap();
    wait_until_said(&folder, "the samples: run.csv: the file was cut short by somebody else");
    folder.wait_for_a_whole_tick();
    running.give_line();
    assert_eq!(running.wait().code(), Some(3));
    is_whole(&folder, "run.csv");
    assert!(!folder.rows().contains(&first), "what was taken away is not written again");
}

#[test]
fn another_file_in_the_place_of_a_recording_is_left_alone() {
    let folder = Folder::new();
    let mut running = recording(&folder, "run.csv");
    folder.wait_for_a_whole_tick();
    fs::write(folder.join("theirs"), "somebody else's").unwrap();
    fs::rename(folder.join("theirs"), folder.join("run.csv")).unwrap();
    wait_until_said(&folder, "another file stands in its place");
    running.give_line();
    assert_eq!(running.wait().code(), Some(3));
    assert_eq!(fs::read_to_string(folder.join("run.csv")).unwrap(), "somebody else's");
}
