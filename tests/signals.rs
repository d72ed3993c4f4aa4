//! Signals reach the command as they would without memrec, exactly once; its end is memrec's end; and `-d` leaves or ends it as asked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::terminal::Terminal;
use common::{Folder, Running, finish, lives, memrec, probe, stat, until};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

const HUP: i32 = 1;
const INT: i32 = 2;
const QUIT: i32 = 3;
const USR1: i32 = 10;
const USR2: i32 = 12;
const TERM: i32 = 15;
const CONT: i32 = 18;
const STOP: i32 = 19;

#[test]
fn the_exit_code_is_the_commands() {
    let folder = Folder::new();
    for code in [0, 1, 2, 3, 42, 124, 125, 126, 127, 128, 130, 255] {
        let ended = finish(folder.run(&["--force"], &["sh", "-c", &format!("exit {code}")]));
        assert_eq!(ended.code(), code, "{ended:?}");
        assert_eq!(folder.events().last().unwrap()["exit"]["code"], code);
    }
}

fn dies_of(folder: &Folder, signal: i32) {
    let ended = finish(folder.run(&["--force"], &["sh", "-c", &format!("kill -{signal} $$")]));
    assert_eq!(ended.status.signal(), Some(signal), "{ended:?}");
    let end = folder.events().pop().unwrap();
    assert_eq!((&end["event"], &end["exit"]["signal"]), (&"end".into(), &signal.into()));
}

#[test]
fn memrec_dies_of_a_real_time_signal_too() {
    let folder = Folder::new();
    for signal in [34, 40, 64] {
        dies_of(&folder, signal);
    }
}

#[test]
fn memrec_dies_of_the_signal_that_the_command_died_of() {
    let folder = Folder::new();
    // HUP, INT, QUIT, ABRT, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM.
    for signal in [1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15] {
        dies_of(&folder, signal);
    }
    let left: Vec<String> = folder.names().into_iter().filter(|name| name.starts_with("core")).collect();
    assert!(left.is_empty(), "a core, and the command may leave none: {left:?}");
}

#[test]
fn the_exit_code_is_right_where_the_parent_ignores_dead_children() {
    let folder = Folder::new();
    let run = [memrec(), "run", "-o", "run.csv", "sh", "-c", "exit 9"];
    let ended = finish(folder.command(&probe(), &[&["with", "ignore=17", "--"], &run[..]].concat()));
    assert_eq!(ended.code(), 9, "{ended:?}");
}

#[test]
fn a_kill_of_memrec_reaches_the_command_exactly_once() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&[], &["count-signals"]));
    running.pid_told("ready");
    for signal in [HUP, INT, QUIT, TERM, USR1, TERM, INT, USR2] {
        running.signal(signal);
        // The next line: a second one of the signal before would stand here.
        assert_eq!(running.line(), format!("got {signal} from a process"));
    }
    assert_eq!(running.wait().code(), Some(7), "as the command ended");
    assert_eq!(folder.events().last().unwrap()["exit"]["code"], 7, "and the recording is closed in good order");
}

#[test]
fn signals_that_are_rarely_sent_reach_the_command_too() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&[], &["count-signals"]));
    running.pid_told("ready");
    // ABRT, PIPE, URG, WINCH; SIGRTMIN and others up to the last.
    for signal in [6, 13, 23, 28, 34, 35, 50, 64] {
        send_raw(running.pid(), signal);
        assert_eq!(running.line(), format!("got {signal} from a process"));
    }
    // Real-time signals queue, and may carry a number.
    for number in [17, 18, 19] {
        let value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(number) };
        // SAFETY: a system call; nobody looks at what the value may point to.
        assert_eq!(unsafe { libc::sigqueue(running.pid() as i32, 40, value) }, 0);
    }
    for number in [17, 18, 19] {
        assert_eq!(running.line(), format!("got 40 with {number}"));
    }
    running.signal(USR2);
    assert_eq!(running.line(), format!("got {USR2} from a process"));
    assert_eq!(running.wait().code(), Some(7));
}

/// gunicorn adds a worker by TTIN, and takes one away by TTOU.
#[test]
fn signals_that_could_stop_memrec_reach_the_command_and_do_not() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "10ms"], &["count-stops"]));
    running.pid_told("ready");
    for signal in [libc::SIGTTIN, libc::SIGTTOU, libc::SIGTSTP] {
        running.signal(signal);
        assert_eq!(running.line(), format!("got {signal} from a process"));
        // It records on.
        folder.wait_for_a_whole_tick();
    }
    running.signal(USR2);
    assert_eq!(running.line(), format!("got {USR2} from a process"));
    assert_eq!(running.wait().code(), Some(7));
}

/// nix has no names for real-time signals.
fn send_raw(pid: u32, signal: i32) {
    // SAFETY: a system call of numbers.
    assert_eq!(unsafe { libc::kill(pid as i32, signal) }, 0);
}

#[test]
fn a_terminal_of_another_size_does_not_end_the_recording_of_what_the_command_left_behind() {
    let folder = Folder::new();
    let mut command = folder.run_probe(&["--until", "tree", "-i", "5ms"], &["daemon", "1"]);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    running.pid_told("daemon");
    until("the command's end", || folder.events_called("exit").first().cloned());
    running.signal(libc::SIGWINCH);
    folder.wait_for_a_whole_tick();
    assert!(running.runs());
    assert_eq!(running.finish().code(), Some(3));
}

/// A parent's end of which a bare command would have died.
#[test]
fn the_end_of_who_started_memrec_is_the_commands_where_it_would_have_been() {
    let folder = Folder::new();
    for signal in [9, TERM] {
        let _ = std::fs::remove_file(folder.join("told"));
        let (file, probe) = ("told", probe());
        let with = format!("prctl={}:{signal}", libc::PR_SET_PDEATHSIG);
        let script = "\"$@\" > told & read line";
        let run = [memrec(), "run", "--force", "-o", "run.csv", "--", &probe, "pause"];
        let words = [&["-c", script, "sh", &probe, "with", &with, "--"], &run[..]].concat();
        let mut parent = Running::start(folder.command("sh", &words));
        let told = || std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let ready = until("the command", || Some(told().strip_prefix("ready ")?.strip_suffix('\n')?.to_owned()));
        let pid: u32 = ready.parse().unwrap();
        assert!(lives(pid));
        parent.finish();
        until("the command's end", || (!lives(pid)).then_some(()));
    }
    until("the end", || (folder.events().last()?["event"] == "end").then_some(()));
}

#[test]
fn memrec_leaves_after_the_command_however_it_is_asked() {
    let folder = Folder::new();
    for signal in [HUP, INT, QUIT, TERM, USR1] {
        let mut running = Running::start(folder.run_probe(&["--force"], &["count-signals"]));
        let pid = running.pid_told("ready");
        for _ in 0..3 {
            running.signal(signal);
            assert_eq!(running.line(), format!("got {signal} from a process"));
        }
        folder.wait_for_a_whole_tick();
        assert!(running.runs() && lives(pid), "three times {signal}");
        running.signal(USR2);
        assert_eq!(running.wait().code(), Some(7));
        assert!(!lives(pid), "memrec has left first");
    }
}

#[test]
fn a_command_that_dies_of_a_signal_sent_to_memrec_is_recorded_to_its_end() {
    for signal in [HUP, INT, QUIT, TERM, USR1, USR2] {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(&[], &["hold", "1"]));
        running.pid_told("ready");
        running.signal(signal);
        assert_eq!(running.wait().signal(), Some(signal));
        let end = folder.events().pop().unwrap();
        assert_eq!((&end["event"], &end["exit"]["signal"]), (&"end".into(), &signal.into()));
    }
}

#[test]
fn signals_that_were_ignored_are_passed_on_and_ignored_by_the_command() {
    let folder = Folder::new();
    let run = [memrec(), "run", "-o", "run.csv", &probe(), "hold", "1"];
    let with = ["with", "ignore=1", "ignore=2", "--"];
    let mut running = Running::start(folder.command(&probe(), &[&with[..], &run].concat()));
    let pid = running.pid_told("ready");
    running.signal(HUP);
    running.signal(INT);
    folder.wait_for_a_whole_tick();
    assert!(lives(pid) && running.runs());
    assert_eq!(running.finish().code(), Some(0));
}

#[test]
fn control_c_at_a_terminal_reaches_the_command_exactly_once() {
    let folder = Folder::new();
    let mut terminal = Terminal::open();
    let screen = terminal.screen();
    let run = [memrec(), "run", "-o", "run.csv", "--", &probe(), "count-signals"];
    let mut running = terminal.start(&folder, &run);
    screen.shows("ready");
    // The command swallows the first, and the second, and the third.
    for (key, signal) in [(3, INT), (3, INT), (3, INT), (28, QUIT)] {
        terminal.press(key);
        let before = screen.shows(&format!("got {signal} from the terminal"));
        assert!(!before.iter().any(|line| line.contains("got ")), "{before:?}");
    }
    // Signals are taken in the order of their numbers: what memrec would have passed on comes before this.
    running.signal(USR2);
    let before = screen.shows(&format!("got {USR2} from a process"));
    assert!(!before.iter().any(|line| line.contains("got ")), "{before:?}");
    assert_eq!(running.wait().code(), Some(7));
    assert_eq!(folder.events().last().unwrap()["exit"]["code"], 7);
}

#[test]
fn a_command_that_dies_of_control_c_takes_memrec_with_it() {
    let folder = Folder::new();
    let mut terminal = Terminal::open();
    let screen = terminal.screen();
    let mut running = terminal.start(&folder, &[memrec(), "run", "-o", "run.csv", "--", &probe(), "hold", "1"]);
    screen.shows("ready");
    terminal.press(3);
    assert_eq!(running.wait().signal(), Some(INT));
    assert_eq!(folder.events().last().unwrap()["exit"]["signal"], INT);
}

#[test]
fn a_terminal_stays_a_terminal() {
    let folder = Folder::new();
    let report = |words: &[&str]| {
        let terminal = Terminal::open();
        assert!(terminal.start(&folder, words).wait().success());
        let report = std::fs::read_to_string(folder.join("report")).unwrap();
        std::fs::remove_file(folder.join("report")).unwrap();
        let ours = |line: &&str| !line.contains("MEMREC_RECORDING") && !line.starts_with("group ");
        report.lines().filter(ours).map(|line| format!("{line}\n")).collect::<String>()
    };
    let bare = report(&[&probe(), "report", "report"]);
    assert_eq!(report(&[memrec(), "run", "-o", "run.csv", &probe(), "report", "report"]), bare);
    assert!(bare.matches(": a terminal").count() == 3 && bare.contains("in the foreground true"), "{bare}");
}

#[test]
fn a_terminal_that_is_closed_hangs_up_the_command_where_memrec_leads_the_session() {
    let folder = Folder::new();
    let terminal = Terminal::open();
    // Its own output would go with the terminal.
    let script = "exec \"$0\" count-signals > told";
    let run = [memrec(), "run", "-o", "run.csv", "--", "sh", "-c", script, &probe()];
    let mut running = terminal.start(&folder, &run);
    let told = || std::fs::read_to_string(folder.join("told")).unwrap_or_default();
    until("the command", || told().starts_with("ready").then_some(()));
    // The kernel then tells the session's leader alone, which a bare command would have been.
    drop(terminal);
    running.signal(USR1);
    until("a later signal", || told().contains("got 10").then_some(()));
    running.signal(USR2);
    assert_eq!(running.wait().code(), Some(7));
    let told = told();
    let got: Vec<&str> = told.lines().skip(1).collect();
    assert_eq!(got, ["got 1 from a process", "got 10 from a process", "got 12 from a process"]);
}

/// The command's pid, as the recording has it.
fn command_of(folder: &Folder) -> u32 {
    folder.events_called("spawn")[0]["pid"].as_u64().unwrap() as u32
}

#[test]
fn a_duration_leaves_the_command_running() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-d", "200ms", "-i", "10ms"], &["hold", "1"]));
    assert_eq!(running.wait().code(), Some(0));
    let pid = command_of(&folder);
    assert!(lives(pid), "the command goes on");
    let end = folder.events().pop().unwrap();
    assert_eq!(end["event"], "end");
    assert_eq!(end["exit"], serde_json::Value::Null, "it has not ended");
    assert!(end["elapsed_s"].as_f64().unwrap() >= 0.2);
    running.end_input();
    until("the command's own end", || (!lives(pid)).then_some(()));
}

#[test]
fn a_duration_that_kills_ends_the_command_with_124() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-d", "200ms", "--kill"], &["hold", "1"]));
    assert_eq!(running.wait().code(), Some(124));
    let pid = command_of(&folder);
    assert!(!lives(pid));
    assert_eq!(folder.events_called("exit")[0]["status"]["signal"], TERM);
}

#[test]
fn a_command_that_will_not_be_asked_is_killed() {
    let folder = Folder::new();
    // Ignored before memrec starts, and so by the command from its first moment on.
    let ignoring = ["with", &format!("ignore={TERM}"), "--"];
    let run = [memrec(), "run", "-o", "run.csv", "-d", "100ms", "--kill", "--", &probe(), "hold", "1"];
    let mut running = Running::start(folder.command(&probe(), &[&ignoring[..], &run].concat()));
    assert_eq!(running.wait().code(), Some(124));
    let pid = command_of(&folder);
    assert!(!lives(pid));
    let exit = &folder.events_called("exit")[0];
    assert_eq!(exit["status"]["signal"], 9);
    assert!(exit["elapsed_s"].as_f64().unwrap() >= 5.1, "not before it had its time: {exit}");
}

#[test]
fn a_command_that_ends_in_time_keeps_its_code_even_where_a_kill_was_asked_for() {
    let folder = Folder::new();
    let ended = finish(folder.run(&["-d", "1h", "--kill"], &["sh", "-c", "exit 5"]));
    assert_eq!(ended.code(), 5);
}

#[test]
fn a_memrec_that_is_killed_leaves_the_command_and_a_whole_recording() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "5ms"], &["hold", "8"]));
    let pid = running.pid_told("ready");
    folder.wait_for_row("a row", |row| row.rss_bytes > Some(8 << 20));
    running.signal(9);
    assert_eq!(running.wait().signal(), Some(9));
    assert!(lives(pid), "the command goes on");
    let peak = finish(folder.memrec(&["peak", "run.csv"]));
    assert_eq!((peak.code(), peak.err.as_str()), (0, ""), "every line of it is whole");
    assert!(peak.out.starts_with("run.csv\t"), "{peak:?}");
    running.end_input();
    until("the command's own end", || (!lives(pid)).then_some(()));
}

#[test]
fn a_memrec_that_was_stopped_tells_the_gap_and_invents_no_rows() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "10ms"], &["hold", "1"]));
    running.pid_told("ready");
    until("rows", || (!folder.rows().is_empty()).then_some(()));
    running.signal(STOP);
    until("the stop", || (stat(running.pid())?.0 == 'T').then_some(()));
    let before = folder.ticks().len();
    // For the time itself, which is what is missing: longer does no harm.
    let pause = Duration::from_millis(700);
    std::thread::sleep(pause);
    assert_eq!(folder.ticks().len(), before);
    running.signal(CONT);
    folder.wait_for_a_whole_tick();
    assert_eq!(running.finish().code(), Some(0));
    let gaps = folder.events_called("gap");
    let long: Vec<_> = gaps.iter().filter(|gap| gap["seconds"].as_f64() >= Some(pause.as_secs_f64())).collect();
    assert!(long.iter().any(|gap| gap["ticks_missed"].as_u64() >= Some(69)), "{gaps:?}");
    assert_eq!(gaps.iter().filter(|gap| gap["cause"] == "stopped").count(), 1, "one stop is one gap: {gaps:?}");
    let end = folder.events().pop().unwrap();
    assert!(end["ticks_missed"].as_u64() >= Some(69), "{end}");
    // A tick that fell between the command's end and its reaping saw nobody.
    let with_rows = folder.ticks().len() as u64;
    assert!((with_rows..=with_rows + 1).contains(&end["ticks"].as_u64().unwrap()), "{with_rows}: {end}");
}

#[test]
fn a_daemon_keeps_no_stream_of_a_recording_that_has_ended() {
    let folder = Folder::new();
    let mut command = folder.run_probe(&[], &["daemon", "1"]);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    let daemon = running.pid_told("daemon");
    assert_eq!(running.wait().code(), Some(3), "with the command, whatever it leaves behind");
    let held = std::fs::read_dir(format!("/proc/{daemon}/fd")).unwrap();
    let held: Vec<_> = held.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok()).collect();
    assert!(!held.iter().any(|file| file.starts_with(folder.path())), "{held:?}");
    assert!(lives(daemon));
}
