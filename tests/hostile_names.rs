//! Programs, arguments and files that are called so as to steer a terminal, to break a CSV, or to be calculated by a spreadsheet: nothing of it works.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::{Ended, Folder, Running, copy_program, finish, memrec};
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

/// At most 15 bytes, which the kernel keeps of a program's name: escapes (of one byte, too), line ends, quotes, formulas, what turns the reading
/// direction, no UTF-8.
const NAMES: [&[u8]; 12] = [
    b"\x1b[2J\x1b]0;x\x07",
    b"a\nb\r\n,c",
    b"=cmd()|'x'!A1",
    b"+1+1",
    b"-1+1",
    b"@SUM(A1)",
    b"\t=1",
    b"\"a\",\"b",
    b"'=1",
    b"\xe2\x80\xaegnp.x",
    b"\xc2\x9b31m\x7f\x85",
    b"\xff\xfe\\x41) Z 1 (",
];

const ARGUMENTS: [&[u8]; 6] =
    [b"\x1b]52;c;aGk=\x07", b"=cmd()\n,", b"\xe2\x80\xae\xc2\x9b2J\x7f", b"\xff\xfe", b"\"'`$(", b""];

/// What could steer a terminal, or turn the reading direction.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Nothing raw is printed, and every line on stderr is memrec's.
fn harmless(what: &str, ended: &Ended) {
    // `peak` has tabs between its columns, as mprof has.
    let printed = ended.out.replace('\t', " ") + &ended.err;
    assert_eq!(printed.chars().find(|c| steers(*c)), None, "{what}: {ended:?}");
    assert!(ended.err.lines().all(|line| line.starts_with("memrec: ")), "{what}: {ended:?}");
}

/// A program of each of these names, in a folder.
fn stocked() -> Folder {
    let folder = Folder::new();
    for name in NAMES {
        copy_program("/bin/cat", folder.path().join(OsStr::from_bytes(name)));
    }
    folder
}

fn with(folder: &Folder, words: &[&str], more: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = folder.memrec(words);
    command.args(more);
    command
}

/// Every program once, one after another, with arguments that are no files: `cat` says so and goes on.
fn recorded(folder: &Folder) -> Ended {
    let script =
        "for program in \"$0\"/*; do case $program in *run.*) ;; *) \"$program\" \"$@\" - 2>&- & esac; done; wait";
    let words = ["run", "-o", "run.csv", "-i", "5ms", "--", "sh", "-c", script];
    let folder_and_arguments = [folder.path().as_os_str()].into_iter().chain(ARGUMENTS.map(OsStr::from_bytes));
    finish(with(folder, &words, folder_and_arguments))
}

#[test]
fn hostile_names_and_arguments_stay_in_their_cells_and_lines() {
    let folder = stocked();
    let ended = recorded(&folder);
    harmless("run", &ended);
    assert_eq!(ended.code(), 0, "{ended:?}");
    for name in ["run.csv", "run.events.jsonl"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(text.chars().find(|c| c.is_control() && *c != '\n'), None, "{name}");
    }
    let events = fs::read_to_string(folder.join("run.events.jsonl")).unwrap();
    assert_eq!(events.chars().find(|c| steers(*c)), None);
    // Each has become that program, and the name can be had back.
    let names: Vec<String> =
        folder.events().iter().filter_map(|event| Some(event["name"].as_str()?.to_owned())).collect();
    for name in [r"\x1B[2J\x1B]0;x\x07", r"a\x0Ab\x0D\x0A,c", "=cmd()|'x'!A1", r"\x09=1", r"\xC2\x9B31m\x7F\x85"] {
        assert!(names.iter().any(|told| told == name), "{name} is not among {names:?}");
    }
    for command in ["peak", "plot", "list"] {
        let named = if command == "list" { vec![] } else { vec!["run.csv"] };
        let ended = finish(with(&folder, &[command], named));
        harmless(command, &ended);
        assert_eq!(ended.code(), 0, "{ended:?}");
    }
    opens_in_python(&folder);
}

/// Python's csv finds as many cells in every row, and no cell in which a spreadsheet would calculate.
fn opens_in_python(folder: &Folder) {
    let script = "import csv\n\
        rows = list(csv.reader(open('run.csv', newline='', encoding='utf-8'), strict=True))\n\
        assert len(rows) >= 2 and all(len(row) == len(rows[0]) for row in rows), rows\n\
        assert not any(cell[:1] in '=+-@\\t\\r' for row in rows for cell in row if cell), rows\n";
    let mut python = folder.command("python3", &["-c", script]);
    match python.output() {
        Ok(told) => assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr)),
        Err(error) if error.kind() == ErrorKind::NotFound => skipped("there is no python3"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_formula_that_is_a_name_has_a_sign_before_it_in_the_file() {
    let folder = stocked();
    for name in NAMES {
        let program = [b"./", name].concat();
        let mut program = Running::start({
            let mut command = folder.command("sh", &["-c", "exec \"$0\" - \"$@\" 2>&-"]);
            command.arg(OsStr::from_bytes(&program)).args(ARGUMENTS.map(OsStr::from_bytes));
            command
        });
        program.give_line();
        // It has become that program: it answers.
        program.line();
        let attached = folder.memrec(&["attach", "-o", "run.csv", "--force", "-d", "0.05", &program.pid().to_string()]);
        let ended = finish(attached);
        harmless("attach", &ended);
        assert_eq!(ended.code(), 0, "{ended:?}");
        let text = fs::read_to_string(folder.join("run.csv")).unwrap();
        for line in text.lines().skip(1) {
            let name = line.split(',').nth(5).unwrap().trim_start_matches('"');
            assert!(!name.starts_with(['=', '+', '-', '@', '\t']), "{line}");
        }
        opens_in_python(&folder);
        program.end_input();
        program.wait();
    }
}

#[test]
fn files_with_hostile_names_are_named_harmlessly() {
    let folder = Folder::new();
    let csv = OsStr::from_bytes(b"\x1b[2J\n\xe2\x80\xae\xff.csv");
    let run = |more: &[&str]| {
        let mut command = with(&folder, &["run", "-o"], [csv]);
        command.args(more).args(["--", "sleep", "0.02"]);
        finish(command)
    };
    for (what, code, ended) in [
        ("run", 0, run(&[])),
        ("run again", 125, run(&[])),
        ("run by force", 0, run(&["--force"])),
        ("peak", 0, finish(with(&folder, &["peak"], [csv]))),
        ("list", 0, finish(folder.memrec(&["list"]))),
        ("plot to nowhere", 1, finish(with(&folder, &["plot", "-o", "no/\u{1b}.png"], [csv]))),
        ("plot over it", 2, finish(with(&folder, &["plot", "-o"], [csv, csv]))),
    ] {
        harmless(what, &ended);
        assert_eq!(ended.code(), code, "{what}: {ended:?}");
    }
    // A script gets the path as it is, a terminal does not.
    let plotted = with(&folder, &["plot"], [csv]).output().unwrap();
    assert_eq!(plotted.stdout, b"\x1b[2J\n\xe2\x80\xae\xff.png\n");
    let on_a_terminal = format!("'{}' plot 0", memrec());
    match folder.command("script", &["-qec", &on_a_terminal, "/dev/null"]).env("TERM", "dumb").output() {
        Ok(told) => {
            let told = String::from_utf8_lossy(&told.stdout).replace('\r', "");
            assert!(told.contains(r"\u{1b}[2J\u{a}\u{202e}"), "{told:?}");
            assert_eq!(told.chars().find(|c| steers(*c)), None, "{told:?}");
        }
        Err(error) if error.kind() == ErrorKind::NotFound => skipped("there is no script(1), which makes a terminal"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn errors_repeat_nothing_that_steers() {
    let folder = Folder::new();
    let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\n\u{7f}";
    let path = format!("{evil}/run.csv");
    let picture = format!("{evil}.gif");
    fs::write(folder.join("foreign.csv"), evil).unwrap();
    for words in [
        &["run", evil][..],
        &["run", &path],
        &["run", "-o", &path, "true"],
        &["run", "--plot", &picture, "true"],
        &["run", "-i", evil, "true"],
        &["run", "-d", evil, "true"],
        &["run", "--pss", evil, "true"],
        &["run", "--extra", evil, "true"],
        &["run", "--until", evil, "true"],
        &["attach", evil],
        &["attach", "--name", evil],
        &["attach", "--name", &format!("({evil}")],
        &["attach", "--container", evil],
        &["attach", "--cgroup", evil],
        &["plot", evil],
        &["plot", &path],
        &["plot", "foreign.csv"],
        &["plot", "-w", evil],
        &["plot", "-o", &picture],
        &["plot", "--size", evil],
        &["plot", "--metric", evil],
        &["peak", evil],
        &["peak", "foreign.csv"],
        &["list", evil],
        &[evil],
        &[&format!("--{evil}")],
    ] {
        let ended = finish(folder.memrec(words));
        harmless(&format!("{words:?}"), &ended);
        assert!(ended.code() != 0 && ended.told().len() == 1, "{words:?}: {ended:?}");
    }
}
