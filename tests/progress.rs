//! What takes longer than a second shows how far it is, on a terminal, and leaves nothing behind.
//!
//! No recording is large enough to take long everywhere: an export into a pipe that nobody reads takes as long as a test likes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::terminal::{Seen, Terminal};
use common::{Folder, Running, memrec, until};
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

const CONTROL_C: u8 = 3;
const CONTROL_Z: u8 = 26;

/// What takes a bar off the screen.
const CLEARED: &str = "\r\u{1b}[K";

const ROWS: usize = 5000;

/// A recording whose export is larger than what a pipe holds; with a line in its middle that is told of.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut csv = "time,elapsed_s,process,pid,ppid,name,rss_bytes\n".to_owned();
    for tick in 0..ROWS {
        writeln!(csv, "2026-11-23T10:17:22.105Z,{tick}.000000,1,4711,4700,sh,{}", 4096 * tick).unwrap();
        if tick == ROWS / 2 {
            csv.push_str("torn\n");
        }
    }
    std::fs::write(folder.join("run.csv"), csv).unwrap();
    let path = std::ffi::CString::new(folder.join("pipe").to_str().unwrap()).unwrap();
    // SAFETY: the path ends with a NUL and lives as long as the call takes.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    folder
}

const EXPORT: [&str; 6] = ["export", "--to", "jsonl", "run.csv", "-o", "pipe"];

/// An export at a terminal, once its bar is on the screen; and the reading end of its pipe.
fn at_a_terminal(folder: &Folder) -> (Terminal, Seen, Running, File) {
    let terminal = Terminal::open();
    let seen = terminal.seen();
    let running = terminal.start(folder, &[&["env", "TERM=xterm", memrec()], &EXPORT[..]].concat());
    let pipe = File::open(folder.join("pipe")).unwrap();
    until("a bar", || seen.text().contains("memrec [").then_some(()));
    (terminal, seen, running, pipe)
}

fn lines_of(mut pipe: File) -> usize {
    let mut text = String::new();
    pipe.read_to_string(&mut text).unwrap();
    text.lines().count()
}

/// Without bars and what clears them: what is left on the screen.
fn left_on(text: &str) -> String {
    text.split('\r')
        .map(|part| part.strip_prefix("\u{1b}[K").unwrap_or(part))
        .filter(|part| !part.starts_with("memrec ["))
        .collect()
}

#[test]
fn a_bar_is_there_while_it_is_read_and_gone_afterwards() {
    let folder = folder();
    let (_terminal, seen, mut running, pipe) = at_a_terminal(&folder);
    assert_eq!(lines_of(pipe), ROWS);
    assert_eq!(running.wait().code(), Some(0));
    let text = until("the last line", || Some(seen.text()).filter(|text| text.contains("malformed")));
    let bar = text.split('\r').find(|part| part.starts_with("memrec [")).unwrap();
    assert!(bar.contains(" % of ") && bar.ends_with("\u{1b}[K"), "{bar:?}");
    let before = text.rfind("memrec [").unwrap();
    assert!(text[before..].contains(CLEARED), "cleared before anything else is told: {text:?}");
    let left = left_on(&text);
    assert!(
        left.starts_with("memrec: passed over: run.csv: 1 malformed line") || left.starts_with("memrec: no events"),
        "{left:?}"
    );
}

#[test]
fn control_c_ends_it_and_leaves_a_clean_line() {
    let folder = folder();
    let (mut terminal, seen, mut running, pipe) = at_a_terminal(&folder);
    terminal.press(CONTROL_C);
    // As a shell sees the end of any other program.
    assert_eq!(running.wait().signal().or(running.wait().code().map(|code| code - 128)), Some(2));
    drop(pipe);
    // Behind what the terminal shows of the key itself.
    let text = until("a cleared line", || Some(seen.text()).filter(|text| text.ends_with(CLEARED)));
    assert!(text.contains("^C"), "{text:?}");
}

#[test]
fn control_z_finds_a_clean_line() {
    let folder = folder();
    let (mut terminal, seen, mut running, pipe) = at_a_terminal(&folder);
    terminal.press(CONTROL_Z);
    until("a cleared line", || seen.text().contains(CLEARED).then_some(()));
    // Without a shell that waits for it the kernel lets it go on; with one it does when it is continued.
    running.signal(libc::SIGCONT);
    assert_eq!(lines_of(pipe), ROWS);
    assert_eq!(running.wait().code(), Some(0));
}

/// It began before one that has shown its bar at a terminal, so it has had as long.
#[test]
fn elsewhere_nothing_is_shown() {
    let (quiet, loud) = (folder(), folder());
    let mut child: Child = quiet.memrec(&EXPORT).env("TERM", "xterm").stderr(Stdio::piped()).spawn().unwrap();
    let unread = File::open(quiet.join("pipe")).unwrap();
    let (_terminal, _seen, mut running, pipe) = at_a_terminal(&loud);
    assert_eq!(lines_of(unread), ROWS);
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(told.lines().all(|line| line.starts_with("memrec: ")) && !told.contains('\r'), "{told:?}");
    assert_eq!((lines_of(pipe), running.wait().code()), (ROWS, Some(0)));
}

#[test]
fn who_has_enough_of_it_leaves_a_clean_line() {
    let folder = folder();
    let (_terminal, seen, mut running, pipe) = at_a_terminal(&folder);
    drop(pipe);
    assert_eq!(running.wait().code(), Some(0));
    let text = until("a cleared line", || Some(seen.text()).filter(|text| text.ends_with(CLEARED)));
    assert_eq!(left_on(&text), "");
}
