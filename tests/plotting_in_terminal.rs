//! `plot --terminal`: a figure on stdout, and nowhere else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::cells::Cells;
use common::terminal::Terminal;
use common::{Folder, finish, memrec};
use std::fmt::Write;

/// A minute of two processes.
fn recording(folder: &Folder) {
    let mut rows =
        "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n".to_owned();
    for second in 0..60 {
        let time = format!("2026-11-23T10:17:{second:02}.000Z");
        writeln!(rows, "{time},{second}.000000,1,4711,1,server,41943040,,,,").unwrap();
        writeln!(rows, "{time},{second}.000000,2,4712,4711,worker,{},,,,", (10 + second) << 20).unwrap();
    }
    std::fs::write(folder.join("run.csv"), rows).unwrap();
}

fn plot(folder: &Folder, variables: &[(&str, &str)], words: &[&str]) -> common::Ended {
    let mut command = folder.memrec(&[&["plot", "--terminal"], words, &["run.csv"]].concat());
    command.envs([("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color")]).env_remove("COLUMNS").env_remove("LINES");
    finish({
        command.envs(variables.iter().copied());
        command
    })
}

#[test]
fn piped_it_is_80_columns_of_text_and_no_file() {
    let folder = Folder::new();
    recording(&folder);
    let ended = plot(&folder, &[], &[]);
    assert_eq!(ended.code(), 0, "{ended:?}");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 24);
    assert!(lines[1].starts_with("peak 109 MiB at 59.00 s"), "{}", ended.out);
    assert!(ended.out.contains("▼") && ended.out.contains("worker 4712 last 69.0 MiB · max 69.0 MiB"), "{}", ended.out);
    assert!(lines.iter().all(|line| line.chars().count() <= 80) && !ended.out.contains('\x1b'), "{}", ended.out);
    assert!(lines.iter().any(|line| line.chars().count() == 80));
    assert_eq!(folder.names(), ["run.csv"]);
}

#[test]
fn it_is_as_wide_as_it_is_asked_to_be_and_ascii_where_nothing_else_is_read() {
    let folder = Folder::new();
    recording(&folder);
    let wide = plot(&folder, &[("COLUMNS", "133")], &[]);
    assert_eq!(wide.out.lines().map(|line| line.chars().count()).max(), Some(133));
    let ascii = plot(&folder, &[("LC_ALL", "POSIX")], &["--growth", "-s", "--limit", "200MiB"]);
    assert!(ascii.out.is_ascii() && ascii.out.contains('#'), "{}", ascii.out);
    // A size that no picture has.
    let small = plot(&folder, &[("COLUMNS", "9"), ("LINES", "4")], &["--growth", "-s"]);
    assert_eq!((small.code(), small.out.lines().count()), (0, 3), "{small:?}");
}

#[test]
fn a_terminal_has_its_own_size_and_colours() {
    let folder = Folder::new();
    recording(&folder);
    let of = |variables: &[&str]| {
        let terminal = Terminal::open();
        let mut cells = Cells::of(&terminal, 100, 30);
        let environment = ["env", "-u", "COLUMNS", "-u", "LINES", "-u", "NO_COLOR", "-u", "COLORTERM"];
        let environment = [&environment[..], &["TERM=xterm-256color", "LC_ALL=C.UTF-8"], variables].concat();
        let words = [&environment[..], &[memrec(), "plot", "--terminal", "run.csv"]].concat();
        assert!(terminal.start(&folder, &words).wait().success());
        (cells.finish(), String::from_utf8(cells.bytes.clone()).unwrap())
    };
    let (rows, text) = of(&[]);
    assert!(rows.iter().any(|row| row.starts_with("peak 109 MiB")), "all of it is on the screen: {rows:#?}");
    assert!(rows[29].is_empty() && rows.iter().any(|row| row.chars().count() == 100), "{rows:#?}");
    assert!(text.contains("\x1b[0;38;5;"), "{text}");
    let (_, text) = of(&["NO_COLOR=1"]);
    assert!(!text.contains("38;5;") && text.contains("\x1b[0;1m"), "{text}");
    assert!(!of(&["TERM=dumb"]).1.contains('\x1b'));
}

#[test]
fn what_is_of_pictures_only_is_refused() {
    let folder = Folder::new();
    recording(&folder);
    for option in [["-o", "x.png"], ["--size", "800x600"], ["--scale", "2"]] {
        let ended = plot(&folder, &[], &option);
        assert_eq!(ended.code(), 2, "{ended:?}");
        assert!(ended.err.contains("'--terminal' cannot be used with"), "{ended:?}");
    }
    let ended = finish(folder.memrec(&["plot", "--terminal", "nothing.csv"]));
    assert_eq!(ended.code(), 1, "{ended:?}");
    assert_eq!(folder.names(), ["run.csv"]);
}
