//! `diff`, and what `report` tells of counts, limits and functions that mprof has timed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Ended, Folder, finish};
use serde_json::Value;
use std::fmt::Write;
use std::fs;

const MIB: u64 = 1 << 20;

fn memrec(folder: &Folder, line: &str) -> Ended {
    finish(folder.memrec(&line.split(' ').collect::<Vec<_>>()))
}

fn json(folder: &Folder, line: &str) -> Value {
    let ended = memrec(folder, line);
    assert_eq!(ended.code(), 0, "{line}: {ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

fn clock(second: u64) -> String {
    format!("2026-11-24T10:{:02}:{:02}.000Z", second / 60, second % 60)
}

fn noise(second: u64) -> u64 {
    second * 7919 % 13 * 4096
}

/// Ten minutes at a second a tick, each as large as `size` says.
fn recording(folder: &Folder, name: &str, size: impl Fn(u64) -> u64) {
    let mut rows =
        String::from("time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n");
    for second in 0..600 {
        let size = size(second);
        writeln!(rows, "{},{second}.000000,1,101,1,server,{size},{size},0,,", clock(second)).unwrap();
    }
    fs::write(folder.join(&format!("{name}.csv")), rows).unwrap();
}

fn events(folder: &Folder, name: &str, lines: impl Iterator<Item = (u64, String)>) {
    let line = |(second, rest): (u64, String)| {
        format!("{{\"time\":\"{}\",\"elapsed_s\":{second}.000000,{rest}}}\n", clock(second))
    };
    fs::write(folder.join(&format!("{name}.events.jsonl")), lines.map(line).collect::<String>()).unwrap();
}

fn rejected(second: u64) -> u64 {
    if second % 130 < 30 { 4 } else { 0 }
}

fn valid(second: u64) -> u64 {
    if second % 140 < 70 { 30 } else { 8 }
}

#[test]
fn memory_is_told_by_what_was_counted() {
    let folder = Folder::new();
    let so_far = |second: u64| (0..=second).map(rejected).sum::<u64>();
    recording(&folder, "counted", |second| 100 * MIB + noise(second) + so_far(second) * 98_304);
    let count = |second: u64, name: &str, number: u64| {
        (second, format!("\"event\":\"count\",\"name\":\"{name}\",\"number\":{number}"))
    };
    let mark = |second: u64, label: &str| (second, format!("\"event\":\"mark\",\"label\":\"{label}\""));
    let lines = (0..600).flat_map(|second| {
        let phase = (second == 300).then(|| mark(300, "second half"));
        [count(second, "valid", valid(second)), count(second, "rejected", rejected(second))].into_iter().chain(phase)
    });
    events(&folder, "counted", lines);
    let report = json(&folder, "report --format json counted.csv");
    let [valid, rejected] = [&report["counts"][0], &report["counts"][1]];
    assert_eq!((&valid["name"], &valid["verdict"]), (&"valid".into(), &"level".into()), "{valid}");
    assert_eq!((&rejected["name"], &rejected["verdict"]), (&"rejected".into(), &"growing".into()), "{rejected}");
    let [low, high] = ["low", "high"].map(|bound| rejected[bound].as_f64().unwrap());
    assert!(low <= 98_304_000.0 && high >= 98_304_000.0, "{rejected}");
    let phase = &report["phases"][0]["counts"][1];
    assert_eq!((&phase["name"], phase["number"].as_u64() > Some(100)), (&"rejected".into(), true), "{phase}");
    assert!(phase["share"].as_f64().is_some_and(|share| (0.01..0.2).contains(&share)), "{phase}");
    let words = memrec(&folder, "report counted.csv").out;
    let line = |name: &str| words.lines().find(|line| line.contains(&format!("count     {name} "))).unwrap();
    assert!(line("rejected").contains("of them): +9") && line("rejected").contains("MiB per 1000 ("), "{words}");
    assert!(line("valid").contains("none that matters"), "{words}");
    assert!(words.contains("phase     second half") && words.contains("; valid 5"), "{words}");
    let page = memrec(&folder, "report --format markdown counted.csv").out;
    assert!(page.contains("| counted | number | memory per 1000 |"), "{page}");
    let rows = memrec(&folder, "report --format csv counted.csv").out;
    assert!(rows.lines().any(|row| row.starts_with("counted.csv,count,rejected,,,0,599,,,growing,,,,600,")), "{rows}");
}

#[test]
fn a_limit_is_told_with_when_it_would_be_reached() {
    let folder = Folder::new();
    recording(&folder, "leak", |second| 100 * MIB + second * 20_000 + noise(second));
    let trend = &json(&folder, "report --limit 200MiB --format json leak.csv")["trend"];
    // 88.6 MiB are left, at 20,000 bytes a second.
    let at = trend["limit_at_s"].as_f64().unwrap();
    assert!((5100.0..5350.0).contains(&at), "{trend}");
    let words = memrec(&folder, "report --limit 200MiB leak.csv").out;
    assert!(words.contains("limit     200 MiB (the peak is 56 % of it): would be reached at 1:2"), "{words}");
    assert!(!memrec(&folder, "report leak.csv").out.contains("limit "), "nobody has told one");
    // As a recording in a control group has it.
    let start = concat!(
        r#""event":"start","format":1,"memrec":"0.1.0","interval_s":1,"limit_bytes":125829120,"#,
        r#""source":"linux","following":"events""#
    );
    events(&folder, "leak", [(0, start.to_owned())].into_iter());
    let report = json(&folder, "report --format json leak.csv");
    assert_eq!(report["limit_bytes"], 120 * MIB);
    assert!(report["trend"]["limit_at_s"].as_f64().is_some_and(|at| (900.0..1100.0).contains(&at)), "{report}");
    assert_eq!(json(&folder, "report --limit 1GiB --format json leak.csv")["limit_bytes"], 1024 * MIB);
}

#[test]
fn what_changed_is_told_and_is_no_failure() {
    let folder = Folder::new();
    for (name, size) in [("a1", 100), ("a2", 102), ("b1", 150), ("b2", 151)] {
        recording(&folder, name, |second| size * MIB + noise(second));
    }
    let told = memrec(&folder, "diff a1.csv b1.csv");
    assert_eq!(
        (told.code(), told.err.lines().filter(|line| !line.contains("no events beside")).count()),
        (0, 0),
        "{told:?}"
    );
    assert!(told.out.contains("repeats would give one") && told.out.contains("+50.0 MiB (+50 %)"), "{told:?}");
    let diff = json(&folder, "diff --format json a1.csv a2.csv --to b1.csv b2.csv");
    let peak = &diff["total"]["peak_bytes"];
    assert!(peak["low"].as_f64() > Some(0.0) && peak["high"].as_f64() > peak["change"].as_f64(), "{peak}");
    assert_eq!(diff["roles"][0]["name"], "server");
    let words = memrec(&folder, "diff a1.csv a2.csv --to b1.csv b2.csv -o diff.txt");
    assert_eq!((words.code(), words.out.as_str()), (0, ""));
    assert!(fs::read_to_string(folder.join("diff.txt")).unwrap().contains("more"));
    assert!(memrec(&folder, "diff --format markdown a1.csv b1.csv").out.contains("| total | peak |"));
    assert!(memrec(&folder, "diff --format csv a1.csv b1.csv").out.contains("total,,peak,bytes,104"));
    for (line, code, why) in [
        ("diff a1.csv", 2, "give two"),
        ("diff a1.csv none.csv", 1, "no such file"),
        ("diff a1.csv b1.csv -o a1.csv", 1, "would replace the recording"),
        ("diff a1.csv --to", 2, "--to"),
    ] {
        let ended = memrec(&folder, line);
        assert!(ended.code() == code && ended.err.contains(why), "{line}: {ended:?}");
    }
    recording(&folder, "a1", |second| 100 * MIB + noise(second));
}

#[test]
fn functions_that_mprof_has_timed_are_phases() {
    let folder = Folder::new();
    let mut dat = String::from("CMDLINE python3 train.py\n");
    for tick in 0..600 {
        let size = if (200..400).contains(&tick) { 50.0 + f64::from(tick - 200) } else { 50.0 };
        writeln!(dat, "MEM {size:.6} {:.4}", 1_795_629_436.0 + f64::from(tick) / 10.0).unwrap();
    }
    dat.push_str("FUNC __main__.load 50.0 1795629456.0000 249.0 1795629476.0000 0\n");
    dat.push_str("FUNC __main__.step 50.0 1795629458.0000 60.0 1795629459.0000 1\n");
    fs::write(folder.join("mprofile_1.dat"), dat).unwrap();
    let report = json(&folder, "report --format json mprofile_1.dat");
    let phases = report["phases"].as_array().unwrap();
    let labels: Vec<&str> = phases.iter().map(|phase| phase["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["__main__.load", "__main__.step"]);
    assert_eq!((phases[0]["from_s"].as_f64(), phases[0]["to_s"].as_f64()), (Some(20.0), Some(40.0)));
    assert_eq!(phases[0]["peak"]["rss_bytes"], 249 * MIB);
    assert_eq!(phases[0]["trend"]["verdict"], "growing");
    let held = memrec(&folder, "check --max-peak 100MiB --phase __main__.step mprofile_1.dat");
    assert_eq!(held.code(), 0, "{held:?}");
    assert_eq!(memrec(&folder, "check --max-peak 100MiB --phase __main__.load mprofile_1.dat").code(), 1);
}

#[test]
fn the_last_phase_of_a_recording_that_was_killed_has_its_last_ticks() {
    let folder = Folder::new();
    recording(&folder, "killed", |second| 100 * MIB + noise(second));
    events(&folder, "killed", [(300, "\"event\":\"mark\",\"label\":\"load\"".to_owned())].into_iter());
    let held = memrec(&folder, "check --max-peak 200MiB --max-growth 1GiB/h --phase load killed.csv");
    assert_eq!(held.code(), 0, "{held:?}");
}
