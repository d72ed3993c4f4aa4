//! The command is started as if memrec were not there: it finds what a bare start would have given it, and its streams are its own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::ordinary::is_root;
use common::skipping::skipped;
use common::{Folder, Running, finish, finish_as_it_is, memrec, probe, until};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// What the probe finds, but for the one variable that is memrec's.
fn report(file: &Path) -> String {
    let report = fs::read_to_string(file).expect("the probe has written its report");
    fs::remove_file(file).unwrap();
    let ours = "environment: \"MEMREC_RECORDING\"=";
    report.lines().filter(|line| !line.starts_with(ours)).map(|line| format!("{line}\n")).collect()
}

fn lines_only_in<'a>(one: &'a str, other: &str) -> Vec<&'a str> {
    one.lines().filter(|line| !other.lines().any(|there| there == *line)).collect()
}

/// Whether all these signals are in the mask called `name`. It may have others: those of whoever started the tests.
fn has_signals(report: &str, name: &str, signals: &[u32]) -> bool {
    let mask = report.lines().find_map(|line| line.strip_prefix(name)).expect("a mask");
    let mask = u64::from_str_radix(mask.trim(), 16).unwrap();
    signals.iter().all(|signal| mask & 1 << (signal - 1) != 0)
}

fn with_nothing_on_its_streams(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts the probe behind `before`, bare and under memrec; both reports must be the same. Returns them.
fn reports_the_same(before: &[&str]) -> String {
    let folder = Folder::new();
    let probe = probe();
    let start = |words: &[&str]| {
        let words = [before, words].concat();
        let command = with_nothing_on_its_streams(folder.command(words[0], &words[1..]));
        assert!(finish_as_it_is(command).success(), "{words:?}");
        report(&folder.join("report"))
    };
    let bare = start(&[&probe, "report", "report"]);
    let recorded = start(&[memrec(), "run", "-o", "run.csv", "--", &probe, "report", "report"]);
    assert_eq!(lines_only_in(&recorded, &bare), [""; 0], "under memrec only, behind {before:?}");
    assert_eq!(lines_only_in(&bare, &recorded), [""; 0], "bare only, behind {before:?}");
    assert_eq!(recorded, bare, "in another order, behind {before:?}");
    assert!(!folder.rows().is_empty());
    bare
}

/// The same behind the probe's `with`, which gives what is said before it starts.
fn reports_the_same_with(given: &[&str]) -> String {
    reports_the_same(&[&[probe().as_str(), "with"], given, &["--"]].concat())
}

#[test]
fn the_command_finds_what_a_bare_start_gives_it() {
    let bare = reports_the_same(&["env", "A_VARIABLE=two\nlines", "LANG=C"]);
    assert!(bare.contains(r#"environment: "A_VARIABLE"="two\nlines""#), "{bare}");
    assert!(bare.contains("words: ") && bare.contains("folder: "), "{bare}");
}

#[test]
fn blocked_signals_stay_blocked() {
    // INT, USR1, TERM, CHLD, CONT and a real-time one.
    let blocked = [2, 10, 15, 17, 18, 40];
    let bare = reports_the_same_with(&blocked.map(|signal| format!("block={signal}")).each_ref().map(String::as_str));
    assert!(has_signals(&bare, "SigBlk:", &blocked), "{bare}");
}

#[test]
fn ignored_signals_stay_ignored() {
    // HUP, INT, QUIT, USR1, PIPE, TERM, CHLD, TSTP and a real-time one.
    let ignored = [1, 2, 3, 10, 13, 15, 17, 20, 40];
    let bare = reports_the_same_with(&ignored.map(|signal| format!("ignore={signal}")).each_ref().map(String::as_str));
    assert!(has_signals(&bare, "SigIgn:", &ignored), "{bare}");
}

#[test]
fn nohup_keeps_its_promise() {
    let bare = reports_the_same(&["nohup"]);
    assert!(has_signals(&bare, "SigIgn:", &[1]), "{bare}");
}

#[test]
fn closed_streams_stay_closed() {
    for closed in [&["close=0"][..], &["close=1"], &["close=2"], &["close=0", "close=1", "close=2"]] {
        let bare = reports_the_same_with(closed);
        assert_eq!(bare.matches(": closed").count(), closed.len(), "{bare}");
    }
}

#[test]
fn further_descriptors_are_handed_on() {
    let bare = reports_the_same_with(&["open=3", "open=7", "open=200"]);
    assert!(bare.contains("descriptor 200: Ok(\"/dev/null\")"), "{bare}");
}

#[test]
fn limits_and_the_place_in_the_queue_for_the_oom_killer_are_handed_on() {
    let bare = reports_the_same_with(&["nofile=77", "oom=345"]);
    assert!(bare.contains("345") && bare.contains("77  "), "{bare}");
}

#[test]
fn umask_and_niceness_are_handed_on() {
    let bare = reports_the_same(&["sh", "-c", "umask 027; exec nice -n 3 \"$@\"", "sh"]);
    assert!(bare.contains("Umask:\t0027") && bare.contains("niceness 3"), "{bare}");
}

#[test]
fn signals_that_wait_go_on_waiting() {
    // USR1, CHLD, and one that asks for an end.
    let waiting = [10, 12, 15, 17];
    let given: Vec<String> = waiting.iter().flat_map(|n| [format!("block={n}"), format!("raise={n}")]).collect();
    let bare = reports_the_same_with(&given.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(has_signals(&bare, "ShdPnd:", &waiting), "{bare}");
}

#[test]
fn what_a_fork_forgets_is_handed_on() {
    let (death, reaper) = (libc::PR_SET_PDEATHSIG, libc::PR_SET_CHILD_SUBREAPER);
    let bare = reports_the_same_with(&[&format!("prctl={death}:15"), &format!("prctl={reaper}:1"), "alarm=3600"]);
    assert!(bare.contains("signal at the parent's death 15, orphans come 1"), "{bare}");
    assert!(bare.contains("timer 0: 60 minutes left"), "{bare}");
}

#[test]
fn what_the_kernel_keeps_of_a_process_is_handed_on() {
    let (huge, slack, no_more) = (libc::PR_SET_THP_DISABLE, libc::PR_SET_TIMERSLACK, libc::PR_SET_NO_NEW_PRIVS);
    let options = [format!("prctl={huge}:1"), format!("prctl={slack}:70000"), format!("prctl={no_more}:1")];
    let bare = reports_the_same_with(&options.each_ref().map(String::as_str));
    assert!(bare.contains("huge pages off 1") && bare.contains("70000") && bare.contains("NoNewPrivs:\t1"), "{bare}");
    for (before, seen) in [
        (&["chrt", "-b", "0"][..], "scheduler 3 0"),
        (&["ionice", "-c", "3"], "from disk 245"),
        (&["taskset", "1"], "Cpus_allowed_list:\t0\n"),
        (&["setarch", "-R"], "personality: Ok(\"00040000"),
        (&["sh", "-c", "ulimit -S -s 1024; ulimit -c 0; exec \"$@\"", "sh"], "1048576"),
    ] {
        let bare = reports_the_same(before);
        assert!(bare.contains(seen), "{before:?}: {bare}");
    }
}

#[test]
fn what_may_be_done_is_handed_on() {
    if !is_root() {
        return skipped("only root has privileges to hand on");
    }
    let bare = reports_the_same(&["setpriv", "--bounding-set=-sys_boot", "--inh-caps=+kill", "--ambient-caps=+kill"]);
    let ambient = bare.lines().find_map(|line| line.strip_prefix("CapAmb:\t")).unwrap();
    assert_eq!(u64::from_str_radix(ambient, 16).unwrap(), 1 << 5, "{bare}");
    reports_the_same(&["setpriv", "--securebits=+noroot"]);
}

#[test]
fn the_recording_is_named_by_its_absolute_path() {
    let tell = ["sh", "-c", "printf %s \"$MEMREC_RECORDING\""];
    let folder = Folder::new();
    fs::create_dir(folder.join("below")).unwrap();
    let csv = folder.join("below/a run.csv");
    for output in ["below/a run.csv", csv.to_str().unwrap()] {
        let ended = finish(folder.memrec(&[&["run", "--force", "-o", output, "--"], &tell[..]].concat()));
        assert_eq!((ended.code(), ended.out.as_str()), (0, csv.to_str().unwrap()));
    }
    let ended = finish(folder.memrec(&[&["run"], &tell[..]].concat()));
    let named = Path::new(&ended.out);
    assert!(named.is_absolute() && named.exists() && named.parent() == Some(folder.path()), "{ended:?}");
}

#[test]
fn the_recordings_name_in_the_environment_replaces_an_outer_one() {
    let folder = Folder::new();
    let mut command = folder.run(&[], &["sh", "-c", "env | grep -c ^MEMREC_RECORDING="]);
    command.env("MEMREC_RECORDING", "/of/an/outer.csv");
    assert_eq!(finish(command).out, "1\n");
}

/// Bytes without a pattern that a pipe or a line could fall into.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

#[test]
fn what_goes_in_and_out_is_the_commands_byte_for_byte() {
    let folder = Folder::new();
    let sent = noise(50 << 20);
    let mut command = folder.run(&["-i", "5ms"], &["cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let sender = sent.clone();
    let sender = std::thread::spawn(move || input.write_all(&sender));
    let mut came = Vec::new();
    output.read_to_end(&mut came).unwrap();
    sender.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(came == sent, "{} bytes of {} came", came.len(), sent.len());
}

#[test]
fn a_stream_that_the_command_closes_has_come_to_its_end() {
    let folder = Folder::new();
    for (closed, redirected) in [(">&-", ""), ("7>&-", "7>&1 >/dev/null")] {
        let script = format!("exec \"$@\" {redirected}");
        let inner = format!("exec \"$0\" count-signals {closed}");
        let run = ["run", "--force", "-o", "run.csv", "--", "sh", "-c", &inner, &probe()];
        let mut running = Running::start(folder.command("sh", &[&["-c", &script, "sh", memrec()], &run[..]].concat()));
        running.closes_its_stdout();
        assert!(running.runs(), "{closed}");
        running.signal(libc::SIGUSR2);
        running.wait();
    }
}

#[test]
fn who_writes_to_what_the_command_has_closed_learns_it() {
    let folder = Folder::new();
    let mut command = folder.run(&[], &["sh", "-c", "exec \"$0\" count-signals <&-", &probe()]);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut child = command.stdin(reader).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The test's own copy.
    drop(command);
    until("a broken pipe", || writer.write_all(b"x").is_err().then_some(()));
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn stderr_is_the_commands_too() {
    let folder = Folder::new();
    let ended = finish(folder.run(&["-q"], &["sh", "-c", "echo out; echo err >&2"]));
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("out\n", "err\n"), "and quiet means quiet");
    let ended = finish(folder.run(&["--force"], &["sh", "-c", "echo out; echo err >&2"]));
    let (ours, theirs): (Vec<&str>, Vec<&str>) = ended.err.lines().partition(|line| line.starts_with("memrec: "));
    assert_eq!(
        (ended.out.as_str(), theirs, ours.len()),
        ("out\n", vec!["err"], 2),
        "one line at the start, one at the end"
    );
}

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader is gone.
fn broken() -> Stdio {
    let (_, writer) = std::io::pipe().unwrap();
    writer.into()
}

#[test]
fn full_and_broken_streams_do_not_change_the_exit_code() {
    let folder = Folder::new();
    let streams: [fn() -> Stdio; 2] = [|| full().into(), broken];
    for stream in streams {
        for quiet in [&["--force"][..], &["--force", "-q"]] {
            let mut command = folder.run(quiet, &["sh", "-c", "exit 3"]);
            command.stdin(Stdio::null()).stdout(stream()).stderr(stream());
            assert_eq!(finish_as_it_is(command).code(), Some(3));
            assert!(!folder.rows().is_empty());
        }
    }
}

#[test]
fn closed_streams_do_not_change_the_exit_code() {
    let folder = Folder::new();
    let probe = probe();
    for closed in [&["close=1"][..], &["close=2"], &["close=0", "close=1", "close=2"]] {
        let run = [memrec(), "run", "--force", "-o", "run.csv", "sh", "-c", "exit 3"];
        let ended = finish(folder.command(&probe, &[&["with"], closed, &["--"], &run[..]].concat()));
        assert_eq!(ended.code(), 3, "{ended:?}");
        // Nothing of memrec's has gone into a file that took the place of a closed stream.
        assert!(!folder.rows().is_empty());
        assert_eq!(folder.events().last().unwrap()["event"], "end");
    }
}

#[test]
fn a_failure_is_told_by_its_code_even_where_nobody_can_read_why() {
    let folder = Folder::new();
    for words in [&["run", "no-such-program"][..], &["run", "-i", "0", "true"], &["peak"], &["frobnicate"]] {
        let told = finish(folder.memrec(words)).code();
        let mut command = folder.memrec(words);
        command.stdin(Stdio::null()).stdout(full()).stderr(full());
        assert_eq!(finish_as_it_is(command).code(), Some(told), "{words:?}");
    }
}
