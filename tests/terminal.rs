//! At a terminal, under a shell that controls jobs, a recorded command is the same to whoever sits there as the bare one.
//!
//! A scenario is played twice in each shell, bare and recorded, and the screen must be the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::terminal::{Screen, Terminal};
use common::{Folder, Running, finish, lives, memrec, probe, send, stat, until};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const CONTROL_C: u8 = 3;
const CONTROL_D: u8 = 4;
const CONTROL_Z: u8 = 26;
const CONTROL_BACKSLASH: u8 = 28;
const USR2: i32 = libc::SIGUSR2;

const SHELLS: [&[&str]; 2] = [&["bash", "--norc", "--noediting", "-i"], &["dash", "-i"]];

/// A shell at a terminal of its own.
struct Shell {
    terminal: Terminal,
    screen: Screen,
    /// Ends with this.
    _running: Running,
    /// What goes before a command: nothing, or memrec.
    before: String,
    csv: PathBuf,
    asked: u32,
    /// What the screen has shown, without what is different each time.
    shown: Vec<String>,
}

impl Shell {
    fn open(folder: &Folder, words: &[&str], recorded: bool) -> Self {
        let terminal = Terminal::open();
        let (screen, running) = (terminal.screen(), terminal.start(folder, words));
        let before =
            if recorded { format!("{} run -q -i 20ms --force -o run.csv -- ", memrec()) } else { String::new() };
        let mut shell = Self {
            terminal,
            screen,
            _running: running,
            before,
            csv: folder.join("run.csv"),
            asked: 0,
            shown: Vec::new(),
        };
        // Nothing of what is typed shows, and no prompts do.
        shell.types("stty -echo; PS1=; PS2=; echo \"the\"re");
        shell.sees("there");
        shell.shown.clear();
        shell
    }

    fn types(&mut self, line: &str) {
        self.terminal.types(line);
    }

    /// Types `words` with memrec before, or without.
    fn starts(&mut self, words: &str) {
        self.types(&format!("{}{words}", self.before));
    }

    /// Starts the probe and waits until it is there, and in the recording. Its pid.
    fn starts_probe(&mut self, word: &str) -> u32 {
        self.starts(&format!("{} {word}", probe()));
        let ready = self.sees("ready");
        if !self.before.is_empty() {
            until("a row", || std::fs::read_to_string(&self.csv).ok().filter(|rows| rows.lines().count() > 1));
        }
        ready.rsplit(' ').next().unwrap().trim().parse().unwrap()
    }

    /// Waits for a line that holds `text`, and returns it.
    fn sees(&mut self, text: &str) -> String {
        let mut lines = self.screen.shows_all(text);
        self.shown.extend(lines.iter().map(|line| plain(line)));
        lines.pop().unwrap()
    }

    /// Waits until the shell answers, and has it tell the last status.
    fn is_back(&mut self) {
        self.asked += 1;
        let asked = self.asked;
        self.types(&format!("echo \"status $?, {asked}\""));
        self.sees(&format!(", {asked}"));
        // Not the number of the question.
        let answer = self.shown.last_mut().unwrap();
        *answer = answer.split(',').next().unwrap().to_owned();
    }
}

/// Without command lines, which begin with a path, and without pids.
fn plain(line: &str) -> String {
    let line = line.split('/').next().unwrap_or_default();
    if let Some(pid) = line.strip_prefix("ready ").filter(|pid| pid.trim().parse::<u32>().is_ok()) {
        return format!("ready {}", if pid.is_empty() { "" } else { "PID" });
    }
    let word = |word: &str| if word.parse::<u32>().is_ok_and(|number| number > 500) { "PID" } else { word }.to_owned();
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// Plays `scenario` bare and recorded in every shell that is here. What was shown, and, recorded, `then` with it.
fn is_the_same(scenario: impl Fn(&mut Shell), then: impl Fn(&Folder, &[String])) {
    for words in SHELLS {
        if Command::new(words[0]).arg("-c").arg(":").status().is_err() {
            skipped(format_args!("{} is not here", words[0]));
            continue;
        }
        let folder = Folder::new();
        let [bare, recorded] = [false, true].map(|recorded| {
            let mut shell = Shell::open(&folder, words, recorded);
            scenario(&mut shell);
            shell.is_back();
            shell.shown
        });
        assert_eq!(recorded, bare, "recorded and bare, under {words:?}");
        then(&folder, &recorded);
    }
}

fn exit_code(folder: &Folder) -> serde_json::Value {
    let end = folder.events().pop().unwrap();
    assert_eq!(end["event"], "end");
    end["exit"].clone()
}

fn count(shown: &[String], text: &str) -> usize {
    shown.iter().filter(|line| line.contains(text)).count()
}

#[test]
fn keys_that_the_command_swallows_reach_it_once_each() {
    is_the_same(
        |shell| {
            let pid = shell.starts_probe("count-signals");
            for (key, signal) in [(CONTROL_C, 2), (CONTROL_C, 2), (CONTROL_C, 2), (CONTROL_BACKSLASH, 3)] {
                shell.terminal.press(key);
                shell.sees(&format!("got {signal} from the terminal"));
            }
            send(pid, USR2);
            shell.sees("got 12");
        },
        |folder, shown| {
            assert_eq!((count(shown, "got 2 "), count(shown, "got 3 ")), (3, 1));
            assert_eq!(exit_code(folder)["code"], 7, "recorded until it really ended");
        },
    );
}

#[test]
fn a_job_stops_and_goes_on_in_the_foreground_and_in_the_background() {
    is_the_same(
        |shell| {
            let pid = shell.starts_probe("count-signals");
            for word in ["fg", "bg"] {
                shell.terminal.press(CONTROL_Z);
                shell.sees("Stopped");
                until("the stop", || (stat(pid)?.0 == 'T').then_some(()));
                if !shell.before.is_empty() {
                    // The time itself is what is missing: longer does no harm.
                    std::thread::sleep(Duration::from_millis(300));
                }
                shell.types(word);
                shell.sees("got 18");
                if word == "fg" {
                    shell.terminal.press(CONTROL_C);
                    shell.sees("got 2");
                }
            }
            send(pid, USR2);
            shell.sees("got 12");
            shell.types("wait %1");
        },
        |folder, shown| {
            assert!(shown.last().unwrap().starts_with("status 7"), "{shown:?}");
            let gaps = folder.events_called("gap");
            let gaps: Vec<_> = gaps.iter().filter(|gap| gap["ticks_missed"].as_u64() >= Some(10)).collect();
            assert!(gaps.len() >= 2 && gaps.iter().any(|gap| gap["cause"] == "stopped"), "{gaps:?}");
        },
    );
}

#[test]
fn a_command_that_dies_of_a_key_takes_memrec_with_it() {
    for (key, signal) in [(CONTROL_C, 2), (CONTROL_BACKSLASH, 3)] {
        is_the_same(
            |shell| {
                shell.starts_probe("pause");
                shell.terminal.press(key);
                // The end of the line in which the key was shown, or what the shell says.
                shell.types("");
            },
            |folder, shown| {
                assert!(shown.last().unwrap().contains(&format!("status {}", 128 + signal)), "{shown:?}");
                assert_eq!(exit_code(folder)["signal"], signal);
            },
        );
    }
}

#[test]
fn a_command_that_stops_itself_gives_the_prompt_back() {
    is_the_same(
        |shell| {
            shell.starts("/bin/sh -c 'kill -STOP $$; echo on; exit 4'");
            shell.sees("Stopped");
            shell.types("fg");
            shell.sees("on");
        },
        |folder, shown| {
            assert!(shown.last().unwrap().starts_with("status 4"), "{shown:?}");
            assert_eq!(exit_code(folder)["code"], 4);
            assert_eq!(count(shown, "Stopped"), 1, "{shown:?}");
        },
    );
}

#[test]
fn a_command_that_takes_control_z_as_a_key_goes_on_and_stays_recorded() {
    is_the_same(
        |shell| {
            shell.starts("/bin/sh -c 'trap \"\" TSTP; echo here; read word; echo got $word; exit 5'");
            shell.sees("here");
            shell.terminal.press(CONTROL_Z);
            shell.types("something");
            shell.sees("got something");
        },
        |folder, shown| {
            assert!(shown.last().unwrap().starts_with("status 5"), "{shown:?}");
            assert_eq!(exit_code(folder)["code"], 5);
        },
    );
}

#[test]
fn a_shell_that_is_recorded_can_be_suspended() {
    is_the_same(
        |shell| {
            shell.starts("/bin/bash --norc --noediting -i");
            shell.types("PS1=; echo in\"\"side");
            shell.sees("inside");
            shell.types("suspend");
            shell.sees("Stopped");
            shell.types("fg");
            shell.types("echo ba\"\"ck; exit 9");
            shell.sees("back");
        },
        |folder, shown| {
            assert!(shown.last().unwrap().starts_with("status 9"), "{shown:?}");
            assert_eq!(exit_code(folder)["code"], 9);
        },
    );
}

/// Where nobody waits for the terminal, memrec does not stop: whoever has stopped the command may continue it alone, and it would be unrecorded.
#[test]
fn a_command_that_is_stopped_in_the_background_stays_recorded() {
    let folder = Folder::new();
    let mut shell = Shell::open(&folder, SHELLS[0], true);
    shell.starts(&format!("{} count-signals &", probe()));
    let ready = shell.sees("ready");
    let pid: u32 = ready.rsplit(' ').next().unwrap().trim().parse().unwrap();
    send(pid, libc::SIGSTOP);
    until("the stop", || (stat(pid)?.0 == 'T').then_some(()));
    // Longer than memrec takes to be sure of it; ticks go on.
    std::thread::sleep(Duration::from_millis(400));
    folder.wait_for_a_whole_tick();
    send(pid, libc::SIGCONT);
    shell.sees("got 18");
    folder.wait_for_a_whole_tick();
    send(pid, USR2);
    shell.sees("got 12");
    until("the end", || (folder.events().last()?["event"] == "end").then_some(()));
}

#[test]
fn a_background_job_that_reads_the_terminal_is_stopped_until_it_is_in_the_foreground() {
    is_the_same(
        |shell| {
            shell.starts("/bin/cat &");
            until("the stop", || {
                shell.types("jobs");
                shell.is_back();
                (count(&shell.shown, "Stopped") > 0).then_some(())
            });
            // How often it was asked is not always the same.
            shell.shown.clear();
            shell.types("fg");
            shell.types("hello");
            shell.sees("hello");
            shell.terminal.press(CONTROL_D);
        },
        |folder, shown| {
            assert!(shown.last().unwrap().starts_with("status 0"), "{shown:?}");
            assert_eq!(exit_code(folder)["code"], 0);
        },
    );
}

#[test]
fn a_terminal_of_another_size_is_told_once() {
    is_the_same(
        |shell| {
            let pid = shell.starts_probe("count-signals");
            for columns in [70, 90] {
                shell.terminal.resize(columns);
                shell.sees("got 28 from the terminal");
            }
            send(pid, USR2);
            shell.sees("got 12");
        },
        |_, shown| assert_eq!(count(shown, "got 28"), 2),
    );
}

#[test]
fn control_c_ends_a_loop() {
    is_the_same(
        |shell| {
            let line = format!("for i in 1 2 3; do {}{} pause; done", shell.before, probe());
            shell.types(&line);
            shell.sees("ready");
            shell.terminal.press(CONTROL_C);
            shell.types("");
        },
        |_, shown| assert_eq!(count(shown, "ready"), 1, "{shown:?}"),
    );
}

#[test]
fn pipes_and_substitutions_hold_what_the_command_says() {
    is_the_same(
        |shell| {
            for line in [
                "M sh -c 'echo one; echo two; exit 3' | cat",
                "M sh -c 'exit 3' || echo failed",
                "printf 'in\\n' | M cat",
                "x=$(M echo held; echo $?); echo \"<$x>\"",
                "(M yes; echo \"left with $?\" >&2) | head -n 1",
                "M false; echo \"and $?\"",
                "stty -g; M true; stty -g",
                "M sh -c 'echo err >&2' 2>&1 | tr e E",
                "(M sh -c 'kill -15 $$'); echo \"and $?\"",
            ] {
                let line = line.replace("M ", &shell.before);
                shell.types(&line);
                shell.is_back();
            }
        },
        |_, shown| {
            assert!(count(shown, "left with 141") == 1 && count(shown, "<held") == 1, "{shown:?}");
            assert!(count(shown, "and 143") == 1 && count(shown, "Err") == 1, "{shown:?}");
        },
    );
}

#[test]
fn a_kill_of_the_whole_job_ends_it() {
    is_the_same(
        |shell| {
            shell.starts(&format!("{} pause &", probe()));
            shell.sees("ready");
            shell.types("kill -TERM %1; wait %1");
            shell.is_back();
            shell.shown.retain(|line| !line.starts_with('['));
        },
        |folder, shown| {
            assert!(count(shown, "status 143") == 1, "{shown:?}");
            assert_eq!(exit_code(folder)["signal"], 15);
        },
    );
}

/// `stty tostop` stops who writes from the background. What memrec says there is no reason to stop a command that says nothing.
#[test]
fn a_line_of_memrecs_does_not_stop_a_job_in_the_background() {
    let folder = Folder::new();
    let mut shell = Shell::open(&folder, SHELLS[0], true);
    shell.types("stty tostop");
    shell.types(&format!("{} run -i 5ms -o run.csv -- {} count-signals > told &", memrec(), probe()));
    let told = || std::fs::read_to_string(folder.join("told")).unwrap_or_default();
    let ready = until("the command", || Some(told().strip_prefix("ready ")?.lines().next()?.to_owned()));
    send(ready.parse().unwrap(), USR2);
    until("the end", || (folder.events().last()?["event"] == "end").then_some(()));
    shell.types("wait");
    shell.is_back();
    assert_eq!(count(&shell.shown, "Stopped"), 0, "{:?}", shell.shown);
}

/// In a shell at a terminal, with memrec before: a command that tells of signals in a file. The terminal, the shell, and the command's pid.
fn at_a_terminal_that_nobody_reads(folder: &Folder, before: &str, after: &str) -> (Terminal, Running, u32) {
    let mut terminal = Terminal::open();
    let shell = terminal.start(folder, SHELLS[0]);
    let run = "run -q -i 5ms -o run.csv --";
    terminal.types(&format!("{before} {} {run} {} count-signals > told 2>&1 {after}", memrec(), probe()));
    let told = || std::fs::read_to_string(folder.join("told")).unwrap_or_default();
    let pid = until("the command", || told().lines().find_map(|line| line.strip_prefix("ready ")?.parse().ok()));
    (terminal, shell, pid)
}

#[test]
fn a_terminal_that_is_closed_hangs_up_the_job_and_the_recording_goes_on() {
    let folder = Folder::new();
    let (terminal, mut shell, pid) = at_a_terminal_that_nobody_reads(&folder, "", "");
    drop(terminal);
    let told = || std::fs::read_to_string(folder.join("told")).unwrap();
    until("the hang-up", || told().contains("got 1 ").then_some(()));
    shell.wait();
    assert!(lives(pid), "it has swallowed that");
    folder.wait_for_a_whole_tick();
    send(pid, USR2);
    until("the end", || (folder.events().last()?["event"] == "end").then_some(()));
    assert_eq!(exit_code(&folder)["code"], 7);
}

#[test]
fn nohup_keeps_the_recording_and_the_command_when_the_terminal_goes() {
    let folder = Folder::new();
    let (terminal, mut shell, pid) = at_a_terminal_that_nobody_reads(&folder, "nohup", "&");
    drop(terminal);
    shell.wait();
    // The command dies with memrec: where it lives, both do.
    folder.wait_for_a_whole_tick();
    assert!(lives(pid));
    send(pid, USR2);
    until("the end", || (folder.events().last()?["event"] == "end").then_some(()));
    assert_eq!(exit_code(&folder)["code"], 7);
}

#[test]
fn timeout_ends_it_as_it_ends_the_bare_command() {
    let (folder, probe) = (Folder::new(), probe());
    for options in [&[][..], &["--foreground"], &["-s", "INT"], &["-s", "USR1"], &["--preserve-status"]] {
        let [bare, recorded] = [&[][..], &[memrec(), "run", "--force", "-o", "run.csv", "--"]].map(|before| {
            let words = [options, &["0.5"], before, &[&probe, "pause"]].concat();
            finish(folder.command("timeout", &words)).code()
        });
        assert_eq!(recorded, bare, "{options:?}");
        if !folder.events().is_empty() {
            assert_eq!(folder.events().last().unwrap()["event"], "end", "{options:?}");
        }
    }
}
