//! `report` and `check`: what is told of a recording, and what a machine can decide by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Ended, Folder, Running, finish};
use serde_json::Value;
use std::fmt::Write;
use std::fs;

const MIB: u64 = 1 << 20;

fn memrec(folder: &Folder, line: &str) -> Ended {
    finish(folder.memrec(&line.split(' ').collect::<Vec<_>>()))
}

/// Ten minutes at a second a tick, each as large as `size` says, of as many processes as `processes` says.
fn recording(folder: &Folder, name: &str, size: impl Fn(u64) -> u64, processes: impl Fn(u64) -> u64) {
    let mut rows =
        String::from("time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n");
    for second in 0..600 {
        let time = format!("2026-11-24T10:{:02}:{:02}.000Z", second / 60, second % 60);
        for process in 1..=processes(second) {
            let size = size(second) / processes(second);
            writeln!(rows, "{time},{second}.000000,{process},{},1,server,{size},{size},0,,", 100 + process).unwrap();
        }
    }
    fs::write(folder.join(&format!("{name}.csv")), rows).unwrap();
}

fn noise(second: u64) -> u64 {
    second * 7919 % 13 * 4096
}

fn stocked() -> Folder {
    let folder = Folder::new();
    recording(&folder, "level", |second| 100 * MIB + noise(second), |_| 1);
    recording(&folder, "leak", |second| 100 * MIB + second * 20_000 + noise(second), |second| 1 + second / 300);
    folder
}

#[test]
fn a_recording_that_was_just_made_is_told_with_its_phases() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "10ms"], &["hold", "8"]));
    running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    assert_eq!(memrec(&folder, "mark warm").code(), 0);
    folder.wait_for_a_whole_tick();
    assert_eq!(running.finish().code(), Some(0));
    let told = memrec(&folder, "report --format json");
    assert_eq!(told.code(), 0, "{told:?}");
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(report["exit"]["code"], 0);
    assert_eq!(report["phases"][0]["label"], "warm");
    assert!(report["peak"]["rss_bytes"].as_u64() > Some(8 * MIB), "{report}");
    assert_eq!(report["processes"][0]["process"], 1);
    assert!(report["processes"][0]["command"].is_array(), "{report}");
    assert_eq!(report["trend"]["verdict"], "unclear", "so short a recording tells nothing");
    let words = memrec(&folder, "report");
    assert!(words.out.contains("phase     warm") && !words.out.contains('\x1b'), "{words:?}");
    assert_eq!(memrec(&folder, "report -o run.txt").code(), 0);
    assert_eq!(fs::read_to_string(folder.join("run.txt")).unwrap(), words.out);
    assert_eq!(memrec(&folder, "report -o run.csv").code(), 1, "the recording stays");
    assert!(folder.rows().len() > 1);
}

#[test]
fn several_recordings_are_an_array_and_rows_under_one_header() {
    let folder = stocked();
    let told: Value = serde_json::from_str(&memrec(&folder, "report --format json level.csv leak.csv").out).unwrap();
    let verdicts: Vec<_> = told.as_array().unwrap().iter().map(|report| report["trend"]["verdict"].clone()).collect();
    assert_eq!(verdicts, ["level", "growing"]);
    let rate = told[1]["trend"]["bytes_per_s"].as_f64().unwrap();
    assert!((rate - 20_000.0).abs() < 1000.0, "{rate}");
    assert!(told[1]["trend"]["low"].as_f64() < Some(rate) && told[1]["trend"]["high"].as_f64() > Some(rate));
    let rows = memrec(&folder, "report --format csv level.csv leak.csv").out;
    assert_eq!(rows.lines().filter(|line| line.starts_with("recording,")).count(), 1, "{rows}");
    assert_eq!(rows.lines().filter(|line| line.contains(",total,")).count(), 2, "{rows}");
}

#[test]
fn budgets_pass_or_fail_and_say_by_how_much() {
    let folder = stocked();
    for (line, code, words) in [
        ("--max-peak 200MiB level.csv", 0, "within    peak: 100 MiB, at most 200 MiB"),
        ("--max-peak 50MiB level.csv", 1, "exceeded  peak: 100 MiB, more than 50.0 MiB"),
        ("--max-growth 1MiB/h level.csv", 0, "within    growth: "),
        ("--max-growth 1MiB/h leak.csv", 1, "exceeded  growth: +1.1"),
        ("--max-growth 100MiB/h leak.csv", 0, "within    growth: "),
        ("--max-processes 1 leak.csv", 1, "exceeded  processes: 2 at a time, at most 1"),
        ("--max-processes 2 leak.csv", 0, "within    processes: 2 at a time, at most 2"),
        ("--max-peak 105MiB --warmup 9min level.csv", 0, "within    peak"),
        ("--baseline level.csv leak.csv", 1, "exceeded  peak against the baseline: 111 MiB, more than 110 MiB"),
        ("--baseline level.csv --tolerance 20 leak.csv", 0, "within    peak against the baseline"),
        ("--max-peak 200MiB --max-processes 1 leak.csv", 1, "exceeded  processes"),
    ] {
        let ended = memrec(&folder, &format!("check {line}"));
        assert_eq!((ended.code(), ended.out.contains(words)), (code, true), "{line}: {ended:?}");
    }
}

#[test]
fn what_cannot_be_told_or_read_is_neither_pass_nor_fail() {
    let folder = stocked();
    let short = fs::read_to_string(folder.join("leak.csv")).unwrap();
    let three: String = short.lines().take(4).map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("short.csv"), three).unwrap();
    let ended = memrec(&folder, "check --max-growth 1MiB/h short.csv");
    assert_eq!(ended.code(), 2, "{ended:?}");
    assert!(ended.out.contains("unclear   growth: the recording is too short to tell"), "{ended:?}");
    for (line, why) in [
        ("check level.csv", "nothing to hold it against"),
        ("check --max-growth 1MiB level.csv", "it needs a time, as in 1MiB/h"),
        ("check --max-peak much level.csv", "is not a size"),
        ("check --max-peak 1MiB", "RECORDING"),
        ("check --max-peak 1MiB none.csv", "no such file"),
        ("check --max-peak 1MiB --phase nowhere level.csv", "it has no phase nowhere"),
        ("check --baseline none.csv level.csv", "no such file"),
        ("check --max-peak 1MiB --tolerance -1 level.csv", "--tolerance"),
    ] {
        let ended = memrec(&folder, line);
        assert_eq!(ended.code(), 2, "{line}: {ended:?}");
        let last = ended.err.lines().last().unwrap_or_default();
        assert!(last.starts_with("memrec: ") && last.contains(why), "{line}: {ended:?}");
    }
}

#[test]
fn a_baseline_of_another_program_is_none() {
    let folder = Folder::new();
    for (name, command) in [("one", "sleep"), ("other", "true")] {
        let output = format!("{name}.csv");
        assert_eq!(finish(folder.memrec(&["run", "-q", "-o", &output, command, "0.05"])).code(), 0);
    }
    let ended = memrec(&folder, "check --baseline other.csv one.csv");
    assert_eq!(ended.code(), 2, "{ended:?}");
    assert!(ended.err.contains("the baseline is of true, the recording of sleep"), "{ended:?}");
}

#[test]
fn what_gathers_the_results_of_tests_can_read_them() {
    let folder = stocked();
    let junit = memrec(&folder, "check --format junit --max-peak 50MiB --max-processes 2 leak.csv");
    assert_eq!(junit.code(), 1);
    assert!(junit.out.contains("<testsuite name=\"leak.csv\" tests=\"2\" failures=\"1\" errors=\"0\">"), "{junit:?}");
    assert!(junit.out.contains("<failure message=\"111 MiB, more than 50.0 MiB\"/>"), "{junit:?}");
    let json: Value =
        serde_json::from_str(&memrec(&folder, "check --format json --max-peak 50MiB leak.csv").out).unwrap();
    assert_eq!((&json["found"], &json["checks"][0]["name"]), (&"exceeded".into(), &"peak".into()));
    let page = memrec(&folder, "check --format markdown --max-peak 50MiB leak.csv").out;
    assert!(page.contains("| exceeded | peak | 111 MiB, more than 50.0 MiB |"), "{page}");
}
