use super::super::{Format, Input};
use super::*;
use crate::model::{CommandLine, Event, Memory, Name, Row, Sample, What};
use chrono::DateTime;
use std::time::Duration;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Ten minutes of a server of so many bytes, with a worker of half of them if it has one, and of a phase from the middle on.
fn measured(program: &str, bytes: u64, worker: bool, label: &str) -> Measured {
    let row = |process: u32, name: &str, rss: u64| Row {
        process,
        pid: 100 + process,
        ppid: 1,
        name: Name::from_written(name),
        memory: Memory { rss: Some(rss), ..Memory::default() },
    };
    let sample = |second: u64| {
        let mut rows = vec![row(1, "server", bytes + second * 7919 % 13 * 4096)];
        if worker {
            rows.push(row(2, "worker", bytes / 2 + second * 1000));
        }
        Sample { time: DateTime::UNIX_EPOCH + at(second), elapsed: at(second), rows, cgroup: None }
    };
    let samples: Vec<Sample> = (0..600).map(sample).collect();
    let mark = What::Mark { label: label.to_owned(), edge: None };
    let events = [Event { time: DateTime::UNIX_EPOCH + at(300), elapsed: at(300), what: mark }];
    let stream = |each: &mut dyn FnMut(&Sample)| {
        samples.iter().for_each(each);
        Ok(())
    };
    let command = CommandLine::masked([program, "--port", "80"]);
    let name = format!("{program}.csv");
    let input = Input { name, command: Some(&command), started: None, events: &events, limit: None, stream: &stream };
    measure(&input).unwrap()
}

#[test]
fn what_is_larger_and_what_is_new_is_told() {
    let diff = Diff::of(&[measured("app", 100 << 20, false, "load")], &[measured("app", 120 << 20, true, "load")]);
    let peak = diff.total.peak_bytes.unwrap();
    assert_eq!((peak.base.unwrap().round() as u64) >> 20, 100);
    assert_eq!((peak.change.unwrap().round() as u64) >> 20, 80);
    assert_eq!((peak.low, peak.found()), (None, None));
    let roles: Vec<_> = diff.roles.iter().map(|role| (role.name.as_str(), role.only)).collect();
    assert_eq!(roles, [("server", None), ("worker", Some("new"))]);
    assert_eq!(diff.phases.len(), 1);
    assert_eq!((diff.phases[0].name.as_str(), diff.phases[0].recordings), ("load", [1, 1]));
    let growth = diff.total.growth_bytes_per_s.unwrap();
    assert!((900.0..1100.0).contains(&growth.new.unwrap()) && growth.base.unwrap().abs() < 50.0, "{growth:?}");
    assert!(diff.notes[0].contains("repeats would give one"), "{:?}", diff.notes);
}

#[test]
fn repeats_have_an_interval_and_different_programs_are_told() {
    let side = |program: &str, sizes: [u64; 3]| sizes.map(|size| measured(program, size << 20, false, "load"));
    let diff = Diff::of(&side("app", [100, 102, 101]), &side("other", [150, 151, 149]));
    let level = diff.total.level_bytes.unwrap();
    let (low, high) = (level.low.unwrap() / f64::from(1 << 20), level.high.unwrap() / f64::from(1 << 20));
    // Both have a standard error of 1/sqrt(3) MiB, and 4 degrees.
    assert!((46.0..47.5).contains(&low) && (50.5..52.0).contains(&high), "{low} to {high}");
    assert_eq!(level.found(), Some("more"));
    assert_eq!(diff.notes[0], "different programs: app and other");
    assert!(diff.notes[1].contains("Welch"), "{:?}", diff.notes);
    let same = Diff::of(&side("app", [100, 102, 101]), &side("app", [101, 103, 99]));
    assert_eq!(same.total.peak_bytes.unwrap().found(), Some("no difference told"));
}

#[test]
fn words_steer_nothing_whatever_they_are_written_for() {
    let of = |label: &str| [measured("app\x1b[2J", 100 << 20, true, label)];
    let diff = Diff::of(&of("=a|b\x1b[2J"), &of("load"));
    let text = written(&diff, Format::Text, false);
    assert!(!text.contains('\x1b') && text.contains("only in the base") && text.contains("only in the new"), "{text}");
    let head = text.lines().find(|line| line.contains("95 % interval")).unwrap();
    let peak = text.lines().find(|line| line.contains("total")).unwrap();
    let end = head.find("base").unwrap() + 4;
    assert!(peak[..end].ends_with("MiB"), "numbers stand under their heading: {text}");
    let page = written(&diff, Format::Markdown, false);
    assert!(page.contains("=a\\|b"), "{page}");
    let rows = written(&diff, Format::Csv, false);
    assert!(rows.lines().all(|line| line.split(',').count() == 11), "{rows}");
    assert!(rows.contains("phase,'=a|b"), "{rows}");
    let json: serde_json::Value = serde_json::from_str(&written(&diff, Format::Json, false)).unwrap();
    assert_eq!(json["phases"][0]["only"], "base");
    assert!(json["total"]["peak_bytes"]["change"].as_f64().is_some(), "{json}");
}

#[test]
fn phases_of_one_label_are_one() {
    let mark = |second: u64, label: &str| Event {
        time: DateTime::UNIX_EPOCH + at(second),
        elapsed: at(second),
        what: What::Mark { label: label.to_owned(), edge: None },
    };
    let events = [mark(0, "idle"), mark(100, "load"), mark(200, "idle"), mark(300, "load")];
    let stream = |each: &mut dyn FnMut(&Sample)| {
        for second in 0..400 {
            let rss = Some(if second % 200 < 100 { 1 << 20 } else { (second + 100) / 100 * (1 << 20) });
            let memory = Memory { rss, ..Memory::default() };
            let rows = vec![Row { process: 1, pid: 1, ppid: 1, name: Name::from_written("x"), memory }];
            each(&Sample { elapsed: at(second), rows, ..Sample::default() });
        }
        Ok(())
    };
    let input =
        Input { name: String::new(), command: None, started: None, events: &events, limit: None, stream: &stream };
    let phases = measure(&input).unwrap().phases;
    let told: Vec<_> = phases.iter().map(|(label, figures)| (label.as_str(), figures.peak, figures.level)).collect();
    let mib = |number: u64| Some((number << 20) as f64);
    assert_eq!(told, [("idle", mib(1), mib(1)), ("load", mib(4), mib(3))]);
}
