//! Who comes from mprof (memory_profiler) finds the words that he knows: its options, its `list`, `peak`, `rm` and `clean`, and its files in both directions.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::ordinary::Ordinary;
use common::skipping::skipped;
use common::{Ended, Folder, Running, finish, lives, probe, start_probe, until};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";
const ROW: &str = "2026-11-23T10:17:22.105Z,0.100213,1,4711,4700,hypercorn,40345600,40345600,0,,\n";
const START: &str = concat!(
    r#"{"time":"2026-11-23T10:17:22.005Z","elapsed_s":0.000000,"event":"start","format":1,"memrec":"0.1.0","#,
    r#""command":["hypercorn"],"interval_s":0.1,"host":"web1","kernel":"Linux 6.18","memory_bytes":8232910848,"#,
    r#""source":"linux","following":"events"}"#,
    "\n"
);

/// As mprof 0.61 wrote it with `-M` of a program with two children, one of which was gone at one step.
const DAT: &str = "CMDLINE /usr/bin/python3 'my script.py'\nMEM 13.238281 1795629436.1000\nMEM 35.980469 1795629436.2000\n\
                   CHLD 2359 59.750000 1795629436.2010\nCHLD 2360 0.062500 1795629436.2020\nMEM 20.183594 1795629436.3000\n\
                   CHLD 0 0.000000 1795629436.3010\n\
                   FUNC __main__.grow 13.3000 1795629436.0500 36.1000 1795629436.1500 1\n\
                   FUNC __main__.short 100.3086 1795629436.1600 99.0000 1795629436.1700 0\n";

/// A recording of one row, with its events, and a row later.
fn recording(folder: &Folder, name: &str) {
    let later = ROW.replace("0.100213", "0.200213").replace("22.105", "22.205");
    fs::write(folder.join(&format!("{name}.csv")), format!("{HEADER}{ROW}{later}")).unwrap();
    fs::write(folder.join(&format!("{name}.events.jsonl")), START).unwrap();
}

fn memrec(folder: &Folder, line: &str) -> Ended {
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    finish(folder.memrec(&words))
}

/// It is refused in one line with a word of why, and nothing has changed.
fn is_refused(folder: &Folder, line: &str, code: i32, why: &str) {
    let names = folder.names();
    let ended = memrec(folder, line);
    let decent = ended.err.lines().count() == 1 && ended.err.starts_with("memrec: ") && ended.err.contains("; ");
    assert!(ended.code() == code && decent && ended.err.contains(why), "{line}: {ended:?}");
    assert_eq!((ended.out.as_str(), folder.names()), ("", names), "{line}");
}

fn succeeds(folder: &Folder, line: &str) -> String {
    let ended = memrec(folder, line);
    assert_eq!((ended.code(), ended.err.as_str()), (0, ""), "{line}");
    ended.out
}

#[test]
fn options_of_mprof_record_as_memrecs_own_do() {
    let folder = Folder::new();
    let mut run =
        folder.memrec(&["run", "-q", "-C", "-M", "-E", "--nopython", "--backend", "psutil", "-T", "0.01", "-o"]);
    run.args(["run.csv", "sh", "-c", "sleep 0.05; exit 3"]);
    assert_eq!(finish(run).code(), 3);
    assert_eq!(folder.events_called("start")[0]["interval_s"], 0.01);
    assert!(folder.rows().iter().any(|row| row.process == 1 && row.rss_bytes.is_some()));
}

#[test]
fn a_timeout_ends_the_recording_and_leaves_the_command_running() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-q", "-t", "0.1", "-T", "0.01"], &["hold", "1"]));
    let pid = running.pid_told("ready");
    assert_eq!(running.wait().code(), Some(0));
    assert!(lives(pid), "mprof ends no program either");
    running.end_input();
    until("its end", || (!lives(pid)).then_some(()));
}

#[test]
fn run_with_attach_records_what_runs_already() {
    let folder = Folder::new();
    let (mut program, pid) = start_probe(&folder, &["hold", "5"]);
    let mut attached = Running::start(folder.memrec(&["run", "-a", "-T", "0.01", "-o", "run.csv", &pid.to_string()]));
    folder.wait_for_row("the program", |row| row.pid == pid);
    program.finish();
    assert_eq!(attached.wait().code(), Some(0));
}

#[test]
fn pss_is_measured_where_mprofs_backend_was_asked_for() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["--backend", "psutil_pss", "-T", "0.01"], &["hold", "5"]));
    running.pid_told("ready");
    // Of one process, of which memrec would not measure it unasked.
    folder.wait_for_row("PSS", |row| row.pss_bytes.is_some());
    running.finish();
}

#[test]
fn a_script_is_run_by_python_or_said_how() {
    let folder = Folder::new();
    fs::write(folder.join("job.py"), "import sys; sys.exit(7)\n").unwrap();
    is_refused(&folder, "run job.py", 127, "run it as: python3 job.py");
    is_refused(&folder, "run ./job.py", 126, "run it as: python3 ./job.py");
    fs::set_permissions(folder.join("job.py"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("program"), "").unwrap();
    is_refused(&folder, "run program", 127, "give it as ./program");
    if finish(folder.command("sh", &["-c", "python3 -c ''"])).code() != 0 {
        return skipped("there is no python3");
    }
    let ended = memrec(&folder, "run --python -o run.csv job.py");
    assert_eq!(ended.code(), 7, "{ended:?}");
    assert!(ended.err.contains("memrec: functions are not timed: "), "{ended:?}");
    assert!(memrec(&folder, "run -q --python -o quiet.csv job.py").told().is_empty());
}

#[test]
fn what_cannot_be_meant_says_what_to_do() {
    let folder = Folder::new();
    recording(&folder, "run");
    is_refused(&folder, "run --backend tracemalloc true", 125, "leave it out to record RSS");
    is_refused(&folder, "run --backend gpu true", 125, "psutil_uss");
    is_refused(&folder, "run -T 0 true", 125, "interval");
    is_refused(&folder, "run -t 0 true", 125, "duration");
    is_refused(&folder, "run -a web server", 125, "--name");
    is_refused(&folder, "run -a -d 1 --kill 1", 125, "--kill");
    is_refused(&folder, "run -a", 125, "run --help");
    is_refused(&folder, "attach web", 125, "--name");
    is_refused(&folder, "plot -f run.csv", 2, "--view stacked");
    is_refused(&folder, "peak --func f run.csv", 1, "leave --func out");
    let picture = succeeds(&folder, "plot -n --backend Agg -t Title -w 0,1 -o picture.png run.csv");
    assert_eq!(picture, "picture.png\n");
}

#[test]
fn a_list_has_number_name_and_start() {
    let folder = Folder::new();
    fs::write(folder.join("mprofile_20261123101722.dat"), DAT).unwrap();
    recording(&folder, "run");
    let list = succeeds(&folder, "list");
    let words: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["0", "run.csv", "2026-11-23", "10:17:22", "UTC"]);
    assert_eq!(words[1], ["1", "mprofile_20261123101722.dat", "2026-11-25", "17:57:16", "UTC"]);
}

#[test]
fn a_peak_of_a_dat_is_mprofs_byte_for_byte() {
    let folder = Folder::new();
    fs::write(folder.join("a.dat"), DAT).unwrap();
    // But for `Child 0`, which is none: mprof writes it where a child was gone when it looked.
    let children = "  Child 2359\t\t\t59.750 MiB\n  Child 2360\t\t\t0.062 MiB\n";
    assert_eq!(succeeds(&folder, "peak a.dat"), format!("a.dat\t35.980 MiB\n{children}"));
    assert_eq!(succeeds(&folder, "peak --func __main__.grow a.dat"), format!("a.dat\t13.238 MiB\n{children}"));
    // Shorter than an interval: mprof breaks off.
    assert_eq!(succeeds(&folder, "peak --func __main__.short a.dat"), format!("a.dat\t100.309 MiB\n{children}"));
    is_refused(&folder, "peak --func grow a.dat", 1, "give one that is: __main__.grow, __main__.short");
    fs::write(folder.join("b.dat"), "CHLD 7 1.000000 1795629436.2010\n").unwrap();
    is_refused(&folder, "peak b.dat", 1, "no MEM line");
    fs::write(folder.join("c.dat"), "CMDLINE x\n").unwrap();
    is_refused(&folder, "peak c.dat", 1, "no rows");
}

#[test]
fn a_recording_goes_with_its_events_and_nothing_else() {
    let folder = Folder::new();
    recording(&folder, "old");
    recording(&folder, "run");
    fs::write(folder.join("mprofile_20261124101722.dat"), DAT).unwrap();
    fs::write(folder.join("mprofile_20261124101722_ts.dat"), "FUNC f 1.0 1795629436.1 2.0 1795629436.2\n").unwrap();
    for name in ["old.png", "run.txt", "events.jsonl"] {
        fs::write(folder.join(name), "mine").unwrap();
    }
    let before = folder.names();
    assert_eq!(succeeds(&folder, "rm --dry-run old.csv"), "Files to be removed:\nold.events.jsonl\nold.csv\n");
    assert_eq!(folder.names(), before);
    assert_eq!(succeeds(&folder, "rm old.csv ./old.csv 0"), "", "by three names");
    assert_eq!(succeeds(&folder, "rm mprofile_20261124101722.dat"), "");
    assert_eq!(folder.names(), ["events.jsonl", "old.png", "run.csv", "run.events.jsonl", "run.txt"]);
    assert_eq!(succeeds(&folder, "rm -1"), "");
    assert_eq!(folder.names(), ["events.jsonl", "old.png", "run.txt"]);
}

#[test]
fn events_that_are_not_its_own_stay() {
    let folder = Folder::new();
    recording(&folder, "other");
    recording(&folder, "notes");
    fs::write(folder.join("other.events.jsonl"), START.replace("2026-11-23", "2025-11-23")).unwrap();
    fs::write(folder.join("notes.events.jsonl"), "milk\n").unwrap();
    recording(&folder, "killed");
    fs::write(folder.join("killed.events.jsonl"), "").unwrap();
    let ended = memrec(&folder, "rm other.csv notes.csv killed.csv");
    assert_eq!((ended.code(), ended.err.lines().count()), (0, 2), "{ended:?}");
    assert!(ended.err.contains("left alone: other.events.jsonl: it is another recording's"), "{ended:?}");
    assert!(ended.err.contains("left alone: notes.events.jsonl: it has no events of memrec's"), "{ended:?}");
    assert_eq!(folder.names(), ["notes.events.jsonl", "other.events.jsonl"]);
}

#[test]
fn what_is_no_recording_is_never_removed() {
    let folder = Folder::new();
    recording(&folder, "run");
    fs::write(folder.join("notes.txt"), "important\n").unwrap();
    fs::write(folder.join("table.csv"), "a,b\n1,2\n").unwrap();
    fs::write(folder.join("empty.csv"), "").unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    for (named, why) in [
        ("notes.txt", "not a recording"),
        ("table.csv", "not a recording"),
        ("run.events.jsonl", "not a recording"),
        ("empty.csv", "the file is empty"),
        ("sub", "it is a folder"),
        ("missing.csv", "no such file"),
        ("1", "of the 1 recordings here it is none"),
        ("-2", "of the 1 recordings here it is none"),
        ("/dev/null", "not a regular file"),
    ] {
        is_refused(&folder, &format!("rm {named}"), 1, why);
        // One that is wrong keeps the others.
        is_refused(&folder, &format!("rm run.csv {named}"), 1, why);
    }
    is_refused(&folder, "rm", 2, "rm --help");
    is_refused(&folder, "rm --dry-run", 2, "rm --help");
    is_refused(&folder, "rm --force run.csv", 2, "--force");
    is_refused(&folder, "clean run.csv", 2, "run.csv");
}

#[test]
fn a_recording_that_runs_is_never_removed() {
    let folder = Folder::new();
    recording(&folder, "old");
    let mut running = Running::start(folder.run_probe(&["-T", "0.01"], &["hold", "1"]));
    running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    is_refused(&folder, "rm run.csv", 1, "a running memrec is writing it");
    is_refused(&folder, "rm -1", 1, "a running memrec is writing it");
    std::os::unix::fs::symlink("run.csv", folder.join("link.csv")).unwrap();
    is_refused(&folder, "rm link.csv", 1, "a running memrec is writing it");
    fs::remove_file(folder.join("link.csv")).unwrap();
    is_refused(&folder, "export --to jsonl -o run.csv old.csv", 1, "a running memrec is writing it");
    let ended = memrec(&folder, "clean");
    assert_eq!((ended.code(), ended.out.as_str()), (0, ""), "{ended:?}");
    assert_eq!(ended.err, "memrec: left alone: run.csv: a running memrec is writing it\n");
    let names = folder.names();
    assert!(names[0].ends_with(".mark") && names[1..] == ["run.csv", "run.events.jsonl"], "{names:?}");
    // Killed, it leaves a socket at which nobody listens.
    running.signal(9);
    running.wait();
    assert_eq!(succeeds(&folder, "clean"), "");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn a_folder_is_cleaned_of_recordings_and_of_what_dead_memrecs_have_left() {
    let folder = Folder::new();
    assert_eq!(succeeds(&folder, "clean"), "", "nothing is there");
    assert_eq!(succeeds(&folder, "clean --dry-run"), "Files to be removed:\n");
    recording(&folder, "run");
    fs::write(folder.join("mprofile_20261124101722.dat"), DAT).unwrap();
    fs::write(folder.join("mprofile_20261124101722_ts.dat"), "FUNC f 1.0 1795629436.1 2.0 1795629436.2\n").unwrap();
    let mine = [".memrec-1-0.tmp", ".memrec-notes.thin", "mine.dat", "recording", "run.png", "table.csv"];
    for name in mine {
        fs::write(folder.join(name), format!("mine: {name}")).unwrap();
    }
    // Named so that nobody lists it.
    fs::write(folder.join("recording"), format!("{HEADER}{ROW}")).unwrap();
    fs::write(folder.join(".memrec-1-7.thin"), "of a dead one").unwrap();
    fs::write(folder.join(".memrec-1-8.thin"), "of a living one").unwrap();
    let living = File::open(folder.join(".memrec-1-8.thin")).unwrap();
    living.try_lock().unwrap();
    std::os::unix::fs::symlink("run.png", folder.join(".memrec-1-9.thin")).unwrap();
    let dry = succeeds(&folder, "clean --dry-run");
    let mut listed: Vec<&str> = dry.lines().skip(1).collect();
    listed.sort_unstable();
    listed.dedup();
    let going = [
        ".memrec-1-7.thin",
        "mprofile_20261124101722.dat",
        "mprofile_20261124101722_ts.dat",
        "run.csv",
        "run.events.jsonl",
    ];
    assert_eq!(listed, going);
    assert_eq!(succeeds(&folder, "clean"), "");
    let mut stay = [&mine[..], &[".memrec-1-8.thin", ".memrec-1-9.thin"]].concat();
    stay.sort_unstable();
    assert_eq!(folder.names(), stay);
}

#[test]
fn a_folder_that_may_not_be_written_to_keeps_its_recordings() {
    let folder = Folder::new();
    let Some(ordinary) = Ordinary::of(&folder) else {
        return skipped("nobody is there to be held back by permissions");
    };
    fs::create_dir(folder.join("locked")).unwrap();
    recording(&folder, "locked/run");
    fs::set_permissions(folder.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    for words in [&["clean"][..], &["rm", "run.csv"], &["export", "--to", "jsonl", "-o", "x.jsonl"]] {
        let mut command = ordinary.command(&[&[ordinary.memrec.as_str()], words].concat());
        command.current_dir(folder.join("locked"));
        let ended = finish(command);
        assert_eq!((ended.code(), ended.err.lines().count()), (1, 1), "{ended:?}");
        assert!(ended.err.contains("permission denied; "), "{ended:?}");
        assert_eq!(fs::read_dir(folder.join("locked")).unwrap().count(), 2);
    }
    fs::set_permissions(folder.join("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A real one, with children.
fn recorded() -> Folder {
    let folder = Folder::new();
    let script = "sleep 0.2 & sleep 0.1; wait";
    assert_eq!(finish(folder.run(&["-q", "-i", "10ms", "--extra", "threads"], &["sh", "-c", script])).code(), 0);
    folder
}

#[test]
fn an_object_a_line_has_what_the_csv_has() {
    let folder = recorded();
    let text = succeeds(&folder, "export --to jsonl run.csv");
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let records = folder.records();
    assert_eq!(objects.len(), records.len());
    for (object, record) in objects.iter().zip(&records) {
        let fields = object.as_object().unwrap();
        assert!(record.keys().all(|column| fields.contains_key(column) || record[column].is_empty()), "{object}");
        for (column, value) in fields {
            let cell = match value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) if column == "elapsed_s" => {
                    format!("{:.6}", number.as_f64().unwrap())
                }
                other => other.to_string(),
            };
            assert_eq!(cell, record[column], "{column}");
        }
    }
    // The same beside each other, and of mprof's too.
    assert_eq!(succeeds(&folder, "export --to jsonl -o run.jsonl"), "");
    assert_eq!(fs::read_to_string(folder.join("run.jsonl")).unwrap(), text);
    fs::write(folder.join("a.dat"), DAT).unwrap();
    let ended = memrec(&folder, "export --to jsonl a.dat");
    assert_eq!((ended.code(), ended.out.lines().count()), (0, 5));
    assert_eq!(ended.err, "memrec: left out: 2 lines that time functions\n");
}

#[test]
fn a_recording_comes_back_from_mprofs_format_as_it_was() {
    let folder = recorded();
    assert_eq!(succeeds(&folder, "export --to mprof -o a.dat run.csv"), "");
    let dat = fs::read_to_string(folder.join("a.dat")).unwrap();
    assert!(dat.starts_with("CMDLINE sh -c 'sleep 0.2 & sleep 0.1; wait'\nMEM "), "{dat}");
    assert_eq!(succeeds(&folder, "export --to mprof a.dat"), dat, "byte for byte");
    let mut of_csv: BTreeMap<(String, u32), u64> = BTreeMap::new();
    let rows = folder.rows();
    for row in rows.iter().filter(|row| row.rss_bytes.is_some()) {
        let since = format!("{:.6}", row.elapsed_s - rows[0].elapsed_s);
        of_csv.insert((since, row.process), row.rss_bytes.unwrap());
    }
    let back = succeeds(&folder, "export --to jsonl a.dat");
    let of_dat: BTreeMap<(String, u32), u64> = back
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let since = format!("{:.6}", row["elapsed_s"].as_f64().unwrap());
            ((since, row["process"].as_u64().unwrap() as u32), row["rss_bytes"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(of_dat, of_csv);
}

#[test]
fn exports_that_cannot_be_are_refused_and_leave_what_was_there() {
    let folder = Folder::new();
    recording(&folder, "run");
    fs::write(folder.join("rowless.csv"), HEADER).unwrap();
    let unmeasured = ROW.replace(",40345600,40345600,0,", ",,,,");
    fs::write(folder.join("unmeasured.csv"), format!("{HEADER}{unmeasured}")).unwrap();
    fs::write(folder.join("old.jsonl"), "old").unwrap();
    fs::write(folder.join("table.csv"), "a,b\n").unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("unmeasured.events.jsonl"), START).unwrap();
    fs::write(folder.join("rowless.events.jsonl"), START).unwrap();
    for (line, code, why) in [
        ("export --to jsonl rowless.csv", 1, "no rows"),
        ("export --to mprof rowless.csv", 1, "no rows"),
        ("export --to jsonl -o old.jsonl rowless.csv", 1, "no rows"),
        ("export --to mprof -o old.jsonl unmeasured.csv", 1, "nothing was measured of its first process"),
        ("export --to jsonl table.csv", 1, "not a recording"),
        ("export --to jsonl missing.csv", 1, "no such file"),
        ("export --to jsonl 7", 1, "no such file"),
        ("export --to jsonl -o run.csv run.csv", 1, "would replace the recording"),
        ("export --to jsonl -o ./run.events.jsonl run.csv", 1, "would replace the recording"),
        ("export --to jsonl -o sub run.csv", 1, "it is a folder"),
        ("export --to jsonl -o missing/x run.csv", 1, "missing/x"),
        ("export --to jsonl -o /dev/full run.csv", 1, "no space left on device"),
        ("export run.csv", 2, "--to"),
        ("export --to parquet run.csv", 2, "jsonl, mprof"),
        ("export --to jsonl run.csv run.csv", 2, "export --help"),
    ] {
        is_refused(&folder, line, code, why);
    }
    assert_eq!(fs::read_to_string(folder.join("old.jsonl")).unwrap(), "old");
    assert_eq!(succeeds(&folder, "export --to jsonl -o old.jsonl run.csv"), "");
    assert_ne!(fs::read_to_string(folder.join("old.jsonl")).unwrap(), "old");
    assert!(!folder.names().iter().any(|name| name.starts_with(".memrec")));
}

#[test]
fn an_export_takes_no_more_memory_than_a_tick_and_stops_with_its_reader() {
    let folder = Folder::new();
    // 16 MiB of one-row ticks, of which 40 MiB are made, with room for less than that beside the program.
    let rows: String = (0..200_000)
        .map(|tick| ROW.replace("0.100213", &format!("{}.{:06}", tick / 1000, tick % 1000 * 1000)))
        .collect();
    fs::write(folder.join("run.csv"), HEADER.to_owned() + &rows).unwrap();
    fs::write(folder.join("run.events.jsonl"), START).unwrap();
    let script =
        "\"$0\" export --to jsonl run.csv | head -1; ulimit -v 50000 && \"$0\" export --to jsonl run.csv | wc -l";
    let ended = finish(folder.command("sh", &["-c", script, common::memrec()]));
    assert_eq!((ended.code(), ended.err.as_str()), (0, ""), "{ended:?}");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with('{') && lines[1].trim() == "200000", "{ended:?}");
}

/// `MEMREC_TEST_PYTHON` names a Python that may have memory_profiler; without it the machine's `python3` is asked.
fn mprof(folder: &Folder, words: &[&str]) -> Option<Command> {
    let python = std::env::var("MEMREC_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import memory_profiler, mprof, matplotlib"]).output();
    if !there.is_ok_and(|there| there.status.success()) {
        skipped(format_args!("{python} has no memory_profiler and matplotlib"));
        return None;
    }
    let main = "import sys, mprof; sys.argv[0] = 'mprof'; mprof.main()";
    let mut command = folder.command(&python, &[&["-c", main], words].concat());
    command.env("MPLBACKEND", "Agg").env("MPLCONFIGDIR", folder.path());
    Some(command)
}

#[test]
fn the_real_mprof_reads_an_export_as_memrec_does() {
    let folder = recorded();
    succeeds(&folder, "export --to mprof -o mprofile_20261123101722.dat run.csv");
    fs::write(folder.join("a.dat"), DAT.replace("CHLD 0 0.000000 1795629436.3010\n", "")).unwrap();
    for line in ["peak mprofile_20261123101722.dat", "peak a.dat", "peak --func __main__.grow a.dat"] {
        let Some(peak) = mprof(&folder, &line.split(' ').collect::<Vec<_>>()) else { return };
        let told = finish(peak);
        assert_eq!(told.code(), 0, "{told:?}");
        assert_eq!(succeeds(&folder, line), told.out, "byte for byte");
    }
    let Some(plot) = mprof(&folder, &["plot", "-s", "-o", "mprof.png", "mprofile_20261123101722.dat"]) else { return };
    let told = finish(plot);
    assert_eq!(told.code(), 0, "{told:?}");
    assert!(fs::read(folder.join("mprof.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_the_real_mprof_records_is_read() {
    let folder = Folder::new();
    let program = probe();
    let words = ["run", "-M", "-T", "0.01", "-o", "a.dat", &program, "tree", "2", "4"];
    let Some(command) = mprof(&folder, &words) else { return };
    let mut running = Running::start(command);
    until("a child in the file", || {
        let text = fs::read_to_string(folder.join("a.dat")).unwrap_or_default();
        text.contains("\nCHLD ").then_some(())
    });
    running.finish();
    let Some(peak) = mprof(&folder, &["peak", "a.dat"]) else { return };
    let told = finish(peak);
    // `Child 0` is none.
    let real: Vec<&str> = told.out.lines().filter(|line| !line.starts_with("  Child 0\t")).collect();
    assert_eq!(succeeds(&folder, "peak a.dat").lines().collect::<Vec<_>>(), real);
}
