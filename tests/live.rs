//! `--live`: what is on the screen while something is recorded, and that nothing of it is left.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::cells::Cells;
use common::terminal::Terminal;
use common::{Folder, Running, finish, memrec, probe, send, start_probe, stat, until};
use std::os::unix::process::ExitStatusExt;

const CONTROL_C: u8 = 3;
const CONTROL_Q: u8 = 17;
const CONTROL_S: u8 = 19;
const CONTROL_Z: u8 = 26;
const CONTROL_BACKSLASH: u8 = 28;

const ENVIRONMENT: [&str; 4] = ["TERM=xterm-256color", "LC_ALL=C.UTF-8", "NO_COLOR=", "COLORTERM="];

/// memrec at a terminal of its own.
struct Play {
    folder: Folder,
    terminal: Terminal,
    cells: Cells,
    running: Running,
}

impl Play {
    /// `memrec WORDS...`, with these variables.
    fn with(variables: &[&str], words: &[&str]) -> Self {
        let (folder, terminal) = (Folder::new(), Terminal::open());
        let cells = Cells::of(&terminal, 80, 24);
        let words = [&["env"], &ENVIRONMENT[..], variables, &[memrec()], words].concat();
        let running = terminal.start(&folder, &words);
        Self { folder, terminal, cells, running }
    }

    /// `memrec run --live -i 20ms -o run.csv OPTIONS... -- COMMAND...`.
    fn run(options: &[&str], command: &[&str]) -> Self {
        let words = [&["run", "--live", "-i", "20ms", "-o", "run.csv"], options, &["--"], command].concat();
        Self::with(&[], &words)
    }

    /// Waits for a picture in the last rows.
    fn sees_picture(&mut self) -> Vec<String> {
        self.cells.until("a picture", |rows| picture(rows).is_some())
    }

    fn sees(&mut self, text: &str) -> Vec<String> {
        self.cells.until(text, |rows| rows.iter().any(|row| row.contains(text)))
    }

    /// Nothing of a picture is on the screen, and all of it scrolls.
    fn is_clear(&mut self) -> Vec<String> {
        let rows = self.cells.finish();
        assert!(!rows.iter().any(|row| is_of_picture(row)), "{rows:#?}");
        let regions: Vec<_> = sequences(&self.cells.bytes, br"\x1b\[[0-9;]*r").collect();
        assert_eq!(regions.last(), Some(&b"\x1b[r".to_vec()), "the whole screen scrolls again");
        rows
    }
}

/// The row in which a picture begins: in one there is always a peak, and behind it something.
fn picture(rows: &[String]) -> Option<usize> {
    rows.iter().position(|row| row.contains("· peak ") && row.contains("MiB"))
}

fn is_of_picture(row: &str) -> bool {
    row.contains("· peak ") || row.contains('┤') || row.contains('█')
}

fn sequences<'a>(bytes: &'a [u8], pattern: &[u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
    let pattern = regex::bytes::Regex::new(&format!("(?s-u){}", std::str::from_utf8(pattern).unwrap())).unwrap();
    pattern.find_iter(bytes).map(|found| found.as_bytes().to_vec()).collect::<Vec<_>>().into_iter()
}

/// What was written without what memrec has drawn.
fn without_pictures(bytes: &[u8]) -> String {
    let drawn = regex::bytes::Regex::new(r"(?s-u)(\x0b+\x1b\[[0-9]+A)?\x1b7.*?\x1b8").unwrap();
    String::from_utf8(drawn.replace_all(bytes, &b""[..]).into_owned()).unwrap()
}

#[test]
fn total_peak_and_processes_are_on_the_screen_while_it_records_and_gone_at_the_end() {
    let mut play = Play::run(&[], &[&probe(), "hold", "64"]);
    let rows = play.cells.until("64 MiB", |rows| picture(rows).is_some_and(|row| rows[row].contains(" 6")));
    let first = picture(&rows).unwrap();
    assert_eq!(first, 18, "{rows:#?}");
    assert!(rows[first].starts_with("probe  6") && rows[first].contains(" process"), "{rows:#?}");
    assert!(rows[19..23].iter().any(|row| row.contains('┤') && row.contains('█')), "{rows:#?}");
    assert!(rows[23].starts_with("probe ") && rows[23].ends_with("MiB"), "{rows:#?}");
    assert!(String::from_utf8_lossy(&play.cells.bytes).contains("\x1b[0;38;5;"), "in colours");
    play.terminal.types("");
    assert!(play.running.wait().success());
    let rows = play.is_clear();
    let said: Vec<_> = rows.iter().filter(|row| row.starts_with("memrec: ")).collect();
    assert!(said[0].contains("recording probe") && said.last().unwrap().contains("peak "), "{rows:#?}");
}

/// The command writes, byte for byte, what it writes; lines that scroll by are whole, and in their order.
#[test]
fn what_the_command_writes_is_whole_and_in_order() {
    let script = "stty -echo; n=0; while read go; do for i in $(seq 30); do n=$((n+1)); echo \"output $n\"; done; done";
    let mut play = Play::run(&["-q"], &["/bin/sh", "-c", script]);
    play.sees_picture();
    for turn in 1..=4 {
        play.terminal.types("");
        let last = format!("output {}", turn * 30);
        let rows = play.cells.until(&last, |rows| rows.contains(&last) && picture(rows).is_some());
        let first = picture(&rows).unwrap();
        let above: Vec<_> = rows[..first].iter().filter(|row| !row.is_empty()).collect();
        let shown: Vec<_> = (1..=turn * 30).rev().take(above.len()).map(|n| format!("output {n}")).collect();
        assert_eq!(above, shown.iter().rev().collect::<Vec<_>>(), "what has scrolled by, and nothing else");
    }
    play.terminal.press(4);
    assert!(play.running.wait().success());
    play.is_clear();
    let all: String = (1..=120).map(|n| format!("output {n}\r\n")).collect();
    assert_eq!(without_pictures(&play.cells.bytes), all);
}

#[test]
fn however_it_ends_the_screen_is_clear_and_the_status_is_the_commands() {
    type Ending = (&'static str, fn(&mut Play, u32), i32);
    let endings: [Ending; 4] = [
        ("Ctrl-C", |play, _| play.terminal.press(CONTROL_C), libc::SIGINT),
        ("Ctrl-\\", |play, _| play.terminal.press(CONTROL_BACKSLASH), libc::SIGQUIT),
        ("a kill of memrec", |play, _| play.running.signal(libc::SIGTERM), libc::SIGTERM),
        ("a kill of the command", |_, pid| send(pid, libc::SIGKILL), libc::SIGKILL),
    ];
    for (name, end, signal) in endings {
        let mut play = Play::run(&[], &[&probe(), "hold", "8"]);
        play.sees_picture();
        let pid = play.folder.rows()[0].pid;
        end(&mut play, pid);
        assert_eq!(play.running.wait().signal(), Some(signal), "{name}");
        play.is_clear();
        assert_eq!(play.folder.events().last().unwrap()["exit"]["signal"], signal, "{name}");
    }
    let mut play = Play::run(&["-d", "1s"], &[&probe(), "hold", "8"]);
    play.sees_picture();
    assert!(play.running.wait().success(), "its time has passed");
    play.terminal.types("");
    play.is_clear();
}

/// Who was stopped leaves the screen to the shell, and takes it back.
#[test]
fn a_stop_clears_the_screen_until_it_goes_on() {
    let (folder, terminal) = (Folder::new(), Terminal::open());
    let mut cells = Cells::of(&terminal, 80, 24);
    let words = [&["env"], &ENVIRONMENT[..], &["bash", "--norc", "--noediting", "-i"]].concat();
    let (target, pid) = start_probe(&folder, &["hold", "8"]);
    let commands = [
        format!("run -i 20ms --force -o run.csv --live -- {} hold 8", probe()),
        format!("attach -i 20ms --force -o run.csv --live {pid}"),
    ];
    let mut play = Play {
        running: terminal.start(&folder, &words),
        folder,
        terminal,
        cells: {
            cells.rows();
            cells
        },
    };
    for command in commands {
        play.terminal.types(&format!("clear; {} {command}", memrec()));
        play.sees_picture();
        play.terminal.press(CONTROL_Z);
        let rows = play.sees("Stopped");
        assert!(!rows.iter().any(|row| is_of_picture(row)), "{rows:#?}");
        play.terminal.types("echo mean\"\"while");
        let rows = play.sees("meanwhile");
        assert!(!rows.iter().any(|row| is_of_picture(row)), "{rows:#?}");
        play.terminal.types("fg");
        play.sees_picture();
        play.terminal.press(CONTROL_C);
        play.sees("memrec: peak");
        play.terminal.types("echo do\"\"ne");
        let rows = play.sees("done");
        assert!(!rows.iter().any(|row| is_of_picture(row)), "{rows:#?}");
    }
    play.terminal.types("exit");
    play.running.wait();
    drop(target);
}

#[test]
fn another_size_is_followed() {
    let mut play = Play::run(&[], &[&probe(), "hold", "8"]);
    play.sees_picture();
    for (columns, rows, first) in [(60, 40, 32), (120, 20, 14), (40, 10, 8), (80, 24, 18)] {
        play.cells.resize(&play.terminal, columns, rows);
        let shown = play.cells.until("a picture of that size", |shown| picture(shown) == Some(first));
        let others = shown[..first].iter().filter(|row| is_of_picture(row)).count();
        assert_eq!(others, 0, "{columns}x{rows}: one picture\n{shown:#?}");
    }
    // No room for it.
    play.cells.resize(&play.terminal, 80, 5);
    play.cells.until("nothing", |rows| !rows.iter().any(|row| is_of_picture(row)));
    play.terminal.types("");
    assert!(play.running.wait().success());
    play.is_clear();
}

#[test]
fn without_colours_there_are_none_and_without_utf_8_there_is_ascii() {
    let of = |variables: &[&str]| {
        let words = ["run", "--live", "-i", "20ms", "-o", "run.csv", "--", &probe(), "hold", "8"];
        let mut play = Play::with(variables, &words);
        play.cells.until("a picture", |rows| rows.iter().any(|row| row.contains("peak 8") || row.contains("peak 9")));
        play.terminal.types("");
        play.running.wait();
        play.cells.finish();
        String::from_utf8(play.cells.bytes.clone()).unwrap()
    };
    let plain = of(&["NO_COLOR=1"]);
    assert!(!plain.contains("\x1b[0;38;") && plain.contains('█') && plain.contains("\x1b[0;2m"), "faint is no colour");
    let ascii = of(&["LC_ALL=C"]);
    assert!(ascii.is_ascii() && ascii.contains("###"), "{ascii}");
    assert!(of(&["COLORTERM=truecolor"]).contains("\x1b[0;38;2;"));
}

#[test]
fn where_there_is_no_terminal_it_says_so_once() {
    let folder = Folder::new();
    let ended = finish(folder.run(&["--live"], &["true"]));
    let told = ended.told();
    assert_eq!(ended.code(), 0);
    assert!(told.contains(&"memrec: --live shows nothing: stderr is no terminal"), "{told:?}");
    assert!(!ended.err.contains('\x1b') && ended.out.is_empty(), "{ended:?}");
    let ended = finish(folder.run(&["--live", "-q", "--force"], &["true"]));
    assert!(ended.err.is_empty() && ended.out.is_empty(), "{ended:?}");
    let words = ["run", "--live", "-o", "run.csv", "--", &probe(), "hold", "8"];
    let mut play = Play::with(&["TERM=dumb"], &words);
    play.sees("ready");
    play.folder.wait_for_a_whole_tick();
    play.terminal.types("");
    assert!(play.running.wait().success());
    let rows = play.cells.finish();
    assert!(rows.iter().any(|row| row.contains("--live shows nothing: TERM")), "{rows:#?}");
    assert!(!play.cells.bytes.contains(&0x1b));
}

/// Ctrl-S stops whoever writes to the terminal. No tick does.
#[test]
fn a_terminal_that_stands_still_keeps_no_tick_waiting() {
    let mut play = Play::run(&[], &[&probe(), "hold", "8"]);
    play.sees_picture();
    play.terminal.press(CONTROL_S);
    // A picture that was begun may come still; the next one does not.
    let mut before = play.folder.ticks().len();
    until("a hundred ticks without a picture", || {
        let (ticks, bytes) = (play.folder.ticks().len(), play.cells.bytes.len());
        play.cells.rows();
        if play.cells.bytes.len() > bytes {
            before = ticks;
        }
        (ticks > before + 100).then_some(())
    });
    play.terminal.press(CONTROL_Q);
    play.terminal.types("");
    assert!(play.running.wait().success());
    play.is_clear();
}

/// A program that takes the keys one by one has the whole screen, until it gives them back; and draws anew what it has drawn meanwhile.
#[test]
fn a_program_that_takes_the_screen_has_it_alone() {
    let script = "trap 'echo drawn anew' WINCH; stty -echo; read go; stty -icanon -onlcr; \
        while [ ! -e go ]; do sleep 0.02; done; stty icanon onlcr; read end";
    let mut play = Play::run(&[], &["/bin/sh", "-c", script]);
    play.sees_picture();
    play.terminal.types("");
    play.sees("drawn anew");
    let at_first = play.cells.bytes.len();
    let ticks = play.folder.ticks().len();
    until("a time in which there would be pictures", || (play.folder.ticks().len() > ticks + 40).then_some(()));
    play.cells.rows();
    let meanwhile = String::from_utf8_lossy(&play.cells.bytes[at_first..]).into_owned();
    assert!(!meanwhile.contains('\x1b'), "{meanwhile:?}");
    assert_eq!(sequences(&play.cells.bytes, br"\x1b\[[0-9;]*r").last(), Some(b"\x1b[r".to_vec()));
    std::fs::write(play.folder.join("go"), "").unwrap();
    until("another picture", || {
        play.cells.rows();
        play.cells.bytes[at_first..].windows(3).any(|bytes| bytes == b"\x1b[K").then_some(())
    });
    play.terminal.types("");
    assert!(play.running.wait().success());
    play.is_clear();
}

/// Whoever has the terminal in the foreground, it is not a job in the background.
#[test]
fn a_job_in_the_background_shows_nothing() {
    let (folder, terminal) = (Folder::new(), Terminal::open());
    let mut cells = Cells::of(&terminal, 80, 24);
    let words = [&["env"], &ENVIRONMENT[..], &["bash", "--norc", "--noediting", "-i"]].concat();
    let mut shell = terminal.start(&folder, &words);
    let mut terminal = terminal;
    terminal.types(&format!("{} run -q -i 20ms -o run.csv --live -- {} pause &", memrec(), probe()));
    cells.until("the command", |rows| rows.iter().any(|row| row.contains("ready ")));
    let ticks = folder.ticks().len();
    until("a time in which there would be pictures", || (folder.ticks().len() > ticks + 60).then_some(()));
    assert!(picture(&cells.rows()).is_none(), "{:#?}", cells.rows());
    terminal.types("fg");
    cells.until("a picture", |rows| picture(rows).is_some());
    terminal.press(CONTROL_C);
    terminal.types("exit");
    shell.wait();
    assert!(!cells.finish().iter().any(|row| is_of_picture(row)));
}

#[test]
fn what_runs_elsewhere_has_most_of_the_screen() {
    let folder = Folder::new();
    let (_target, pid) = start_probe(&folder, &["hold", "32"]);
    let (pid, endings) = (pid.to_string(), [(CONTROL_C, None), (CONTROL_BACKSLASH, Some(libc::SIGQUIT))]);
    for (key, signal) in endings {
        let mut play = Play::with(&[], &["attach", "--live", "-i", "20ms", "-o", "run.csv", &pid]);
        let rows = play.cells.until("a picture", |rows| rows[23].starts_with("probe "));
        assert!(rows[4].contains(&format!("probe (pid {pid})")) && rows[5].contains("· peak "), "{rows:#?}");
        play.terminal.press(key);
        let status = play.running.wait();
        assert_eq!((status.signal(), status.success()), (signal, signal.is_none()));
        play.is_clear();
    }
    assert!(stat(pid.parse().unwrap()).is_some(), "it has noticed nothing");
}
