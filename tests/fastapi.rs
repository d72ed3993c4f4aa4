//! The experiment in `examples/fastapi`, in small: the tree has the parent and its worker, the phases are in the report, and every request is counted.
//!
//! It installs the packages that it needs, from the Python package index, and takes half a minute: only with `MEMREC_TEST_FASTAPI=1`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::skipping::skipped;
use common::{Folder, finish};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn a_python_service_is_recorded_with_its_worker_its_phases_and_its_requests() {
    if std::env::var_os("MEMREC_TEST_FASTAPI").is_none() {
        skipped("it installs packages: only with MEMREC_TEST_FASTAPI=1");
        return;
    }
    let folder = Folder::new();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/fastapi/experiment.py");
    let options = ["hypercorn", "--versions", "today", "--seconds", "5", "--memrec", common::memrec(), "--output"];
    let ended = finish(folder.command("python3", &[&[script], &options[..], &["run.csv"]].concat()));
    assert_eq!(ended.code(), 0, "{ended:?}");

    // `English: 118 × 200, 124 × 422`: what was sent, and how it was answered.
    let answers = ended.out.lines().filter_map(|line| line.split_once(": ").filter(|(_, rest)| rest.contains(" × ")));
    let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
    for (number, status) in answers.flat_map(|(_, rest)| rest.split(", ").filter_map(|part| part.split_once(" × "))) {
        *sent.entry(status).or_default() += number.parse::<u64>().unwrap();
    }
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    let counts = folder.events_called("count");
    for count in &counts {
        let status = if count["name"] == "valid" { "200" } else { "422" };
        *counted.entry(status).or_default() += count["number"].as_u64().unwrap();
    }
    assert!(sent["200"] > 0 && sent["422"] > 0 && sent.len() == 2, "{ended:?}");
    assert_eq!(counted, sent, "what the access log has, and what was sent");

    let report = finish(folder.memrec(&["report", "--format", "json", "run.csv"]));
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let labels: Vec<&str> =
        report["phases"].as_array().unwrap().iter().map(|phase| phase["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["English", "French", "German", "idle"]);
    assert_eq!(report["exit"]["code"], 0, "Ctrl-C ends it in good order");
    let processes = report["processes"].as_array().unwrap();
    let parent = processes.iter().find(|process| process["process"] == 1).unwrap();
    assert_eq!(parent["name"], "hypercorn");
    let workers: Vec<&Value> = processes.iter().filter(|process| process["ppid"] == parent["pid"]).collect();
    let largest = workers.iter().map(|worker| worker["peak_rss_bytes"].as_u64().unwrap()).max();
    assert!(largest > parent["peak_rss_bytes"].as_u64(), "it is the worker that has loaded the service: {processes:?}");
    assert!(folder.join("run.png").exists());
}
