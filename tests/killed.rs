//! memrec killed with SIGKILL, at any moment of its life: the command goes on with its streams, and the recording is whole up to the last tick.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, Running, finish, send, until};
use std::fs;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Between 0 and `limit` µs, never twice the same row of them.
struct Delays(u64);

impl Delays {
    fn next(&mut self, limit: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_micros(self.0 % limit)
    }
}

/// From the machine's own: another row in each run. It is told where a test fails.
fn delays() -> Delays {
    let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
    let seed = u64::from_str_radix(&uuid[..8], 16).unwrap() | 1;
    println!("delays from {seed}");
    Delays(seed)
}

/// To the microsecond, which sleeping is not.
fn wait_for(delay: Duration) {
    let began = Instant::now();
    while began.elapsed() < delay {
        std::hint::spin_loop();
    }
}

/// All that may be said of a recording that was broken off: whole lines, but for a torn last one; the header first, or nothing at all.
fn is_whole(folder: &Folder, when: &str) {
    let read = |name: &str| fs::read(folder.join(name)).unwrap_or_default();
    let (csv, events) = (read("run.csv"), read("run.events.jsonl"));
    let (csv, events) = (String::from_utf8(csv).unwrap(), String::from_utf8(events).unwrap());
    let whole = |text: &str| text[..text.rfind('\n').map_or(0, |end| end + 1)].to_owned();
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = "time,elapsed_s,process,pid,ppid,name,";
    assert!(csv.is_empty() || csv.starts_with(header), "{when}: {csv}");
    let mut ticks: Vec<String> = Vec::new();
    for row in csv::Reader::from_reader(whole(&csv).as_bytes()).records() {
        // The reader sees to it that each has as many cells as the header.
        let row = row.unwrap_or_else(|error| panic!("{when}: {error}: {csv}"));
        ticks.push(row[1].to_owned());
    }
    assert!(rows.headers().is_ok(), "{when}");
    for line in whole(&events).lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{when}: {error}: {line}"));
    }
    assert!(events.is_empty() || events.starts_with(r#"{"time":"#) || whole(&events).is_empty(), "{when}: {events}");
    if !ticks.is_empty() {
        let peak = finish(folder.memrec(&["peak", "run.csv"]));
        assert_eq!(peak.code(), 0, "{when}: {peak:?}");
    }
    // A recording is named where it is there at all, and a new one can take its place.
    assert_eq!(finish(folder.memrec(&["list"])).code(), 0, "{when}");
}

/// Kills it, and tells of its end; it may have ended by itself before.
fn kill(running: &mut Running) -> ExitStatus {
    running.signal(9);
    running.wait()
}

#[test]
fn killed_while_it_starts() {
    let mut delays = delays();
    for round in 0..14 {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(&["-i", "1ms"], &["hold", "1"]));
        let delay = delays.next(12_000);
        wait_for(delay);
        kill(&mut running);
        is_whole(&folder, &format!("start, round {round}, after {delay:?}"));
        // The command, if there was time for one, ends with its stdin.
        running.end_input();
        running.rest();
    }
}

#[test]
fn killed_while_it_ticks() {
    let mut delays = delays();
    for round in 0..14 {
        let folder = Folder::new();
        // Other processes come and go: events are written too.
        let script = "echo ready $$; for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done; cat; echo through";
        let mut running = Running::start(folder.run(&["-i", "1ms"], &["sh", "-c", script]));
        running.pid_told("ready");
        let ticks = round * 2;
        let length = || fs::metadata(folder.join("run.csv")).map_or(0, |file| file.len());
        let first = length();
        until("so many bytes", || (length() >= first + ticks * 60).then_some(()));
        let delay = delays.next(3_000);
        wait_for(delay);
        let seen = folder.ticks().len();
        assert!(!kill(&mut running).success());
        let when = format!("ticking, round {round}, after {ticks} ticks and {delay:?}");
        is_whole(&folder, &when);
        assert!(folder.ticks().len() >= seen, "{when}: fewer than {seen} ticks");
        assert!(length() > 0, "{when}");
        // The streams are the command's own.
        running.give_line();
        assert_eq!(running.line(), "", "{when}");
        running.end_input();
        assert_eq!(running.rest(), ["through"], "{when}");
    }
}

#[test]
fn killed_while_it_ends() {
    let mut delays = delays();
    for round in 0..14 {
        let folder = Folder::new();
        let mut running = Running::start(folder.run_probe(&["-i", "1ms"], &["count-signals"]));
        let pid = running.pid_told("ready");
        until("a tick", || (!folder.rows().is_empty()).then_some(()));
        send(pid, libc::SIGUSR2);
        let delay = delays.next(2_500);
        wait_for(delay);
        let status = kill(&mut running);
        let when = format!("end, round {round}, after {delay:?}: {status}");
        is_whole(&folder, &when);
        let ended = folder.events().last().is_some_and(|event| event["event"] == "end");
        assert!(
            ended || !status.success() && status.code().is_none(),
            "left in good order, and does not say so: {when}"
        );
        if let Some(code) = status.code() {
            assert_eq!(code, 7, "{when}");
        }
    }
}

/// What goes through the command goes on, byte for byte.
#[test]
fn what_goes_through_the_command_is_whole_when_memrec_is_killed_meanwhile() {
    use std::io::{Read, Write};
    let folder = Folder::new();
    let mut command = folder.run(&["-i", "1ms"], &["cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let sent: Vec<u8> =
        (0..4_000_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let sending = sent.clone();
    let sender = std::thread::spawn(move || input.write_all(&sending));
    let mut came = vec![0; sent.len() / 3];
    output.read_exact(&mut came).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_end(&mut came).unwrap();
    sender.join().unwrap().unwrap();
    assert!(came == sent, "{} bytes of {} came", came.len(), sent.len());
}
