use super::*;
use crate::model::{Event, Memory, Row, Sample, Start, What};
use chrono::DateTime;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Ten minutes of a server that is level, and of a worker that leaks under load.
fn samples() -> Vec<Sample> {
    let row = |process: u32, name: &[u8], rss: u64| Row {
        process,
        pid: 100 + process,
        ppid: 1,
        name: Name::from_bytes(name),
        memory: Memory { rss: Some(rss), peak_rss: Some(rss + 4096), ..Memory::default() },
    };
    (0..600)
        .map(|second: u64| {
            let leak = second.saturating_sub(300) * 100_000;
            let noise = second * 7919 % 5 * 4096;
            let rows = vec![row(1, b"server", 40_000_000 + noise), row(2, b"=a,b", 20_000_000 + leak)];
            Sample { time: DateTime::UNIX_EPOCH + at(second), elapsed: at(second), rows, cgroup: None }
        })
        .collect()
}

fn event(seconds: u64, what: What) -> Event {
    Event { time: DateTime::UNIX_EPOCH + at(seconds), elapsed: at(seconds), what }
}

fn events() -> Vec<Event> {
    let start = Start {
        format: 1,
        memrec: "0.1.0".to_owned(),
        command: None,
        interval_s: 1.0,
        host: None,
        kernel: None,
        memory_bytes: None,
        source: "linux".to_owned(),
        following: "events".to_owned(),
    };
    let end =
        What::End { exit: Some(ExitStatus::Code(0)), ticks: 600, ticks_missed: 3, cpu_s: None, peak_rss_bytes: None };
    let mark = |label: &str| What::Mark { label: label.to_owned(), edge: None };
    vec![event(0, What::Start(start)), event(10, mark("idle")), event(300, mark("load|\x1b[2J")), event(600, end)]
}

fn report() -> Report {
    let (samples, events) = (samples(), events());
    let stream = |each: &mut dyn FnMut(&Sample)| {
        samples.iter().for_each(each);
        Ok(())
    };
    let started = Some(DateTime::UNIX_EPOCH);
    let command = CommandLine::masked(["server", "--token", "hunter2"]);
    Report::of(&Input {
        name: "run.csv".to_owned(),
        command: Some(&command),
        started,
        events: &events,
        stream: &stream,
    })
    .unwrap()
}

#[test]
fn a_report_has_what_was_promised() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["started"], "1970-01-01T00:00:00.000Z");
    assert_eq!((&json["duration_s"], &json["interval_s"]), (&600.0.into(), &1.0.into()));
    assert_eq!((&json["ticks"], &json["ticks_missed"], &json["exit"]["code"]), (&600.into(), &3.into(), &0.into()));
    assert_eq!(json["command"][2], "***");
    assert_eq!(json["peak"]["rss_bytes"], 89_904_096);
    assert_eq!(json["peak"]["at_s"], 599.0);
    assert!(json["peak"]["at_least_bytes"].as_u64() >= json["peak"]["rss_bytes"].as_u64());
    let worker = &json["processes"][1];
    assert_eq!((&worker["process"], &worker["pid"], &worker["ppid"]), (&2.into(), &102.into(), &1.into()));
    assert_eq!((&worker["first_s"], &worker["last_s"]), (&0.0.into(), &599.0.into()));
    assert_eq!((&worker["peak_rss_bytes"], &worker["last_rss_bytes"]), (&49_904_096.into(), &49_900_000.into()));
    assert_eq!(json["coverage"][0], "events");
    for trend in [&json["trend"], &worker["trend"], &json["phases"][0]["trend"]] {
        for field in ["verdict", "bytes_per_s", "low", "high", "from_s", "to_s"] {
            assert!(trend.get(field).is_some(), "{field}: {trend}");
        }
    }
}

#[test]
fn a_phase_lasts_from_its_mark_to_the_next() {
    let report = report();
    let [idle, load] = &report.phases[..] else { panic!("{:?}", report.phases) };
    assert_eq!((idle.from_s, idle.to_s, load.from_s, load.to_s), (10.0, 300.0, 300.0, 600.0));
    assert_eq!(idle.trend.0.verdict, crate::analysis::Verdict::Level, "{:?}", idle.trend);
    assert_eq!(load.trend.0.verdict, crate::analysis::Verdict::Growing, "{:?}", load.trend);
    let rate = load.trend.0.rate.unwrap();
    assert!((rate.bytes_per_s - 100_000.0).abs() < 2000.0, "{rate:?}");
}

#[test]
fn words_steer_nothing_and_columns_stand_under_one_another() {
    let text = text(&report(), false);
    assert!(!text.contains('\x1b'), "{text}");
    assert!(text.contains("phase     load|\\u{1b}[2J (5:00 to 10:00): peak"), "{text}");
    assert!(text.contains("600 ticks every 1 s (3 missed), ended with code 0"), "{text}");
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("  process")).collect();
    let column = lines[0].find("trend").unwrap();
    let words = |line: &&str| line[column..].starts_with("growing") || line[column..].starts_with("level");
    assert!(lines.len() == 3 && lines[1..].iter().all(words), "{text}");
    assert!(super::text(&report(), true).contains("\x1b[3"));
}

#[test]
fn tables_of_others_have_no_markup_and_no_formula_in_them() {
    let page = markdown(&report());
    assert!(page.contains("| load\\|\\\\u{1b}\\[2J |"), "{page}");
    let rows = sheet(&[report()]);
    let mut lines = rows.lines();
    let columns = lines.next().unwrap().split(',').count();
    assert_eq!(columns, 13);
    assert!(rows.contains(",process,\"'=a,b\",2,102,0,599,49904096,49900000,"), "{rows}");
    assert_eq!(lines.count(), 1 + 2 + 2);
}

#[test]
fn rates_are_told_in_the_unit_of_time_in_which_there_is_something_to_see() {
    for (rate, told) in
        [(0.0, "0 B/d"), (0.1, "+8.44 KiB/d"), (-5.0, "-17.6 KiB/h"), (20_000.0, "+1.14 MiB/min"), (3e6, "+2.86 MiB/s")]
    {
        assert_eq!(crate::analysis::trend::per_time(rate), told);
    }
}

#[test]
fn workers_that_replace_one_another_are_one_role() {
    // A new worker every minute, each as large as the one before and a little more.
    let worker = |second: u64| {
        let generation = second / 60;
        let rss = 20_000_000 + generation * 3_000_000;
        let memory = Memory { rss: Some(rss), ..Memory::default() };
        let number = 2 + generation as u32;
        Row { process: number, pid: 100 + number, ppid: 101, name: Name::from_bytes(b"worker"), memory }
    };
    let samples: Vec<Sample> = (0..1800)
        .map(|second| Sample {
            time: DateTime::UNIX_EPOCH + at(second),
            elapsed: at(second),
            rows: vec![worker(second)],
            cgroup: None,
        })
        .collect();
    let stream = |each: &mut dyn FnMut(&Sample)| {
        samples.iter().for_each(each);
        Ok(())
    };
    let input = Input { name: "run.csv".to_owned(), command: None, started: None, events: &[], stream: &stream };
    let report = Report::of(&input).unwrap();
    let [role] = &report.roles[..] else { panic!("{:?}", report.roles) };
    assert_eq!((role.name.as_str(), role.ppid, role.processes.len()), ("worker", 101, 30));
    assert_eq!(role.trend.0.verdict, crate::analysis::Verdict::Growing, "{:?}", role.trend);
    assert!(text(&report, false).contains("role      worker (30 processes that replaced one another): growing"));
}
