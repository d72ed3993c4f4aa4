//! The leak hunt in small: a web service under load, in phases. What leaks shows at its true rate, in the process and in the phase in which it leaks.
//!
//! Requests are counted, not timed: the rate is an upper bound, which makes a phase long enough for a verdict, and a slow machine makes it longer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Folder, MIB, Row, Running, example, finish, memrec};
use serde_json::Value;
use std::fs;

/// As much as the service is told to leak with each refused request: far more than whatever else may stay of one.
const LEAK: u64 = 64 << 10;

/// Requests of a phase. At 50 a second it takes 8 seconds, of which 5 are the least that a verdict needs.
const REQUESTS: u64 = 400;

const LEAKED: u64 = REQUESTS * LEAK;

/// What is sent before anything counts: requests of either kind.
const WARM: &str = "warm";

/// The phases that count. Only in the middle one requests are refused.
const PHASES: [(&str, &str); 3] = [("valid", "ok"), ("refused", "too-long"), ("valid again", "ok")];

/// The recording of a service that leaks so many bytes with each refused request, under that load.
struct Hunt {
    folder: Folder,
    report: Value,
}

impl Hunt {
    fn of(leak: u64) -> Self {
        let folder = Folder::new();
        let service = example("simple_api");
        let leak = leak.to_string();
        let counts = ["--count-log", "access.log", "--count", "ok=\" 200 ", "--count", "refused=\" 422 "];
        let serve = [&service, "--port", "0", "--workers", "1", "--limit", "1000", "--access-log", "access.log"];
        let mut recorded =
            Running::start(folder.run(&counts, &[&serve[..], &["--leak-per-rejection", &leak]].concat()));
        let listening = recorded.line();
        let url = listening.strip_prefix("listening on ").unwrap();

        let mut load = folder.command(&example("send_requests"), &["--url", url, "--limit", "1000", "--rate", "50"]);
        load.args(["--quiet", "--csv", "load.csv", "--mark-with", memrec(), "--recording", "run.csv"]);
        load.args(["--phase", &format!("{WARM}=mixed,100")]);
        for (label, kind) in PHASES {
            load.args(["--phase", &format!("{label}={kind},{REQUESTS}")]);
        }
        let mut load = Running::start(load);
        for label in [WARM].into_iter().chain(PHASES.map(|(label, _)| label)) {
            let begun = load.line();
            assert!(begun.starts_with(&format!("phase {label}: ")), "{begun}");
            let ended = load.line();
            assert!(ended.starts_with(&format!("{label}: ")) && ended.contains(" 0 errors"), "{ended}");
        }
        assert!(load.wait().success());

        // As by Ctrl-C in another terminal.
        recorded.signal(libc::SIGINT);
        assert!(recorded.wait().success());
        let told = finish(folder.memrec(&["report", "--format", "json", "run.csv"]));
        assert_eq!(told.code(), 0, "{told:?}");
        let report = serde_json::from_str(&told.out).unwrap();
        Self { folder, report }
    }

    /// Where a phase begins, in seconds of the recording.
    fn begins(&self, label: &str) -> f64 {
        let mark = self.folder.events_called("mark").into_iter().find(|mark| mark["label"] == label);
        mark.unwrap_or_else(|| panic!("no mark {label}"))["elapsed_s"].as_f64().unwrap()
    }

    /// How much a process has grown in a phase: from the last tick before its first request to the first one after its last.
    fn growth(&self, of: impl Fn(&Row) -> bool, phase: usize) -> i64 {
        let next = PHASES.get(phase + 1).map_or("rest", |(label, _)| label);
        let (from, to) = (self.begins(PHASES[phase].0), self.begins(next));
        let rows: Vec<Row> = self.folder.rows().into_iter().filter(of).collect();
        let before = rows.iter().rfind(|row| row.elapsed_s <= from).unwrap();
        // The last phase may be followed by the end: the service has nothing to do in between.
        let after = rows.iter().find(|row| row.elapsed_s >= to).or(rows.last()).unwrap();
        after.rss_bytes.unwrap().cast_signed() - before.rss_bytes.unwrap().cast_signed()
    }

    fn verdict(&self, label: &str) -> &Value {
        let phases = self.report["phases"].as_array().unwrap();
        &phases.iter().find(|phase| phase["label"] == label).unwrap()["trend"]
    }

    /// The parent, which serves nothing, is the first process; its worker the second, and there is no third.
    fn has_a_parent_and_a_worker(&self) {
        let rows = self.folder.rows();
        let last = rows.iter().map(|row| row.process).max();
        let parent = rows.iter().find(|row| is_parent(row)).unwrap();
        let worker = rows.iter().find(|row| is_worker(row)).unwrap();
        assert_eq!((last, worker.ppid), (Some(2), parent.pid));
        assert_eq!(worker.name, "simple_api");
    }

    /// What the recording has counted in the access log is what was sent.
    fn has_counted_all(&self) {
        let sent = fs::read_to_string(self.folder.join("load.csv")).unwrap();
        let column = |place: usize| -> u64 {
            sent.lines().skip(1).map(|line| line.split(',').nth(place).unwrap().parse::<u64>().unwrap()).sum()
        };
        let counted = |name: &str| -> u64 {
            let counts = self.folder.events_called("count").into_iter().filter(|count| count["name"] == name);
            counts.map(|count| count["number"].as_u64().unwrap()).sum()
        };
        assert_eq!((counted("ok"), counted("refused")), (column(3), column(4)));
        assert_eq!(column(2), 100 + 3 * REQUESTS);
        assert!((REQUESTS..REQUESTS + 100).contains(&column(4)));
    }
}

fn is_parent(row: &Row) -> bool {
    row.process == 1
}

fn is_worker(row: &Row) -> bool {
    row.process == 2
}

#[test]
fn what_leaks_with_refused_requests_shows_at_its_true_rate_in_the_worker_and_in_their_phase() {
    let hunt = Hunt::of(LEAK);
    hunt.has_a_parent_and_a_worker();
    hunt.has_counted_all();
    let grown = [0, 1, 2].map(|phase| hunt.growth(is_worker, phase));
    let tenth = LEAKED.cast_signed() / 10;
    assert!((grown[1] - LEAKED.cast_signed()).abs() <= tenth, "{grown:?}, and {LEAKED} leaked");
    assert!(grown[0].abs() < tenth && grown[2].abs() < tenth, "{grown:?}");
    let flat = [0, 1, 2].map(|phase| hunt.growth(is_parent, phase));
    assert!(flat.iter().all(|grown| *grown < MIB.cast_signed()), "who watches the parent sees nothing: {flat:?}");
    assert_eq!(hunt.verdict("refused")["verdict"], "growing", "{}", hunt.report);
    for label in ["valid", "valid again"] {
        assert_ne!(hunt.verdict(label)["verdict"], "growing", "{}", hunt.report);
    }
}

#[test]
fn without_the_leak_the_same_load_leaves_the_service_level() {
    let hunt = Hunt::of(0);
    hunt.has_a_parent_and_a_worker();
    hunt.has_counted_all();
    let grown = [0, 1, 2].map(|phase| hunt.growth(is_worker, phase));
    let tenth = LEAKED.cast_signed() / 10;
    assert!(grown.iter().all(|grown| grown.abs() < tenth), "{grown:?}");
    for (label, _) in PHASES {
        assert_eq!(hunt.verdict(label)["verdict"], "level", "{}", hunt.report);
    }
}
