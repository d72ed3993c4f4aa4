//! Files that are no recordings, or hardly: each is read as far as it makes sense, or refused in one line; none costs more memory than a recording does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::{Ended, Folder, finish, memrec};
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};

const HEADER: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes\n";
const READING: [&str; 2] = ["peak", "plot"];

/// A row of process `process`, in KiB.
fn row(elapsed: &str, process: &str, kib: u64) -> String {
    format!("2026-11-23T10:17:22.105Z,{elapsed},{process},4711,4700,x,{},,,,\n", kib << 10)
}

/// Two good ticks, 2 MiB at most.
fn good() -> String {
    format!("{HEADER}{}{}", row("0.1", "1", 1024), row("0.2", "1", 2048))
}

fn start(format: u32, time: &str) -> String {
    format!(
        "{{\"time\":\"{time}\",\"elapsed_s\":0.0,\"event\":\"start\",\"format\":{format},\"memrec\":\"0.1.0\",\"command\":[\"hypercorn\"],\
         \"interval_s\":0.1,\"source\":\"linux\",\"following\":\"events\"}}\n"
    )
}

fn spawn(pid: u32) -> String {
    format!(
        "{{\"time\":\"2026-11-23T10:17:22.006Z\",\"elapsed_s\":0.001,\"event\":\"spawn\",\"process\":1,\"pid\":{pid},\"ppid\":1,\"name\":\"x\"}}\n"
    )
}

/// What every reading must keep to: it ends by itself, with success or a failure of one line; nothing raw is printed.
fn decent(what: &str, ended: &Ended) {
    assert!(matches!(ended.status.code(), Some(0 | 1)), "{what}: {ended:?}");
    assert!(ended.err.lines().all(|line| line.starts_with("memrec: ")), "{what}: {ended:?}");
    if ended.code() == 1 {
        assert_eq!((ended.err.lines().count(), ended.out.as_str()), (1, ""), "{what}: {ended:?}");
        assert!(ended.err.contains("; ") && ended.err.len() < 400, "{what}: it says what to do, briefly: {ended:?}");
    }
    let raw = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
    assert_eq!(ended.out.chars().chain(ended.err.chars()).find(raw), None, "{what}: {ended:?}");
}

/// The total that `peak` prints of `name` in `folder`, and what is told beside it.
fn peak(folder: &Folder, name: &str) -> (String, Ended) {
    let ended = finish(folder.memrec(&["peak", name]));
    let total = ended.out.lines().next().and_then(|line| line.split('\t').nth(1)).unwrap_or_default().to_owned();
    (total, ended)
}

#[test]
fn what_is_no_recording_is_refused_with_what_it_is() {
    let folder = Folder::new();
    let utf_16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        [&mark[..], &good().encode_utf16().flat_map(bytes).collect::<Vec<u8>>()].concat()
    };
    let nuls = vec![0; 100_000];
    let cases: [(&str, &[u8], &str); 16] = [
        ("empty", b"", "the file is empty"),
        ("nuls", &nuls[..1000], "the file is empty"),
        ("many_nuls", &nuls, "not a recording"),
        ("utf_16_le", &utf_16([0xff, 0xfe], u16::to_le_bytes), "UTF-16; save it as UTF-8"),
        ("utf_16_be", &utf_16([0xfe, 0xff], u16::to_be_bytes), "UTF-16; save it as UTF-8"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "unpack it with gunzip"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04", "unpack it with unzstd"),
        ("xz", b"\xfd7zXZ\0", "unpack it with unxz"),
        ("spreadsheet", b"PK\x03\x04\x14\0", "save it as CSV"),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        ("program", b"\x7fELF\x02\x01\x01\0\x1b[31m", "not a recording"),
        ("other_header", b"a,b,c\n1,2,3\n", "begins with 'a,b,c'"),
        ("header_alone", HEADER.as_bytes(), "no rows"),
        ("two_columns", b"time,rss_bytes\n2026-11-23T10:17:22.105Z,5\n", "not a recording"),
        ("mprof_without_steps", b"CMDLINE x\nMEM x y\n", "no rows"),
        ("commas", &[b','; 2 << 20], "not a recording"),
    ];
    for (name, bytes, why) in cases {
        let name = format!("{name}.csv");
        fs::write(folder.join(&name), bytes).unwrap();
        for command in READING {
            let ended = finish(folder.memrec(&[command, &name]));
            decent(&format!("{command} {name}"), &ended);
            assert!(ended.code() == 1 && ended.err.contains(why), "{command} {name}: {ended:?}");
        }
    }
    assert_eq!(finish(folder.memrec(&["list"])).out.lines().count(), 1, "only the header is ours");
}

#[test]
fn what_is_no_file_is_refused_and_waits_for_nobody() {
    let folder = Folder::new();
    let mut mkfifo = folder.command("mkfifo", &["pipe.csv", "run.events.jsonl"]);
    assert!(mkfifo.status().unwrap().success());
    fs::create_dir(folder.join("folder.csv")).unwrap();
    std::os::unix::fs::symlink("loop.csv", folder.join("loop.csv")).unwrap();
    for command in READING {
        for name in ["pipe.csv", "folder.csv", "loop.csv", "/dev/null", "/dev/stdin", "/proc/self/mem"] {
            let ended = finish(folder.memrec(&[command, name]));
            decent(&format!("{command} {name}"), &ended);
            assert_eq!(ended.code(), 1, "{command} {name}: {ended:?}");
        }
    }
    assert_eq!(finish(folder.memrec(&["list"])).out, "");
    // Events that are no file keep nothing from being drawn.
    fs::write(folder.join("run.csv"), good()).unwrap();
    for command in READING {
        let ended = finish(folder.memrec(&[command, "run.csv"]));
        decent(command, &ended);
        assert!(ended.code() == 0 && ended.err.contains("cannot be read: not a regular file"), "{ended:?}");
    }
    assert!(finish(folder.memrec(&["list"])).out.contains("run.csv"));
}

/// What peak prints of a file, and a word of what is told of it.
#[test]
fn what_is_odd_is_read_as_far_as_it_makes_sense() {
    let folder = Folder::new();
    let rows = |rows: &[(&str, &str, u64)]| -> String {
        HEADER.to_owned() + &rows.iter().map(|(elapsed, process, kib)| row(elapsed, process, *kib)).collect::<String>()
    };
    let cases: [(&str, String, &str, &str); 18] = [
        ("crlf", good().replace('\n', "\r\n"), "2.000 MiB", ""),
        ("bom", format!("\u{feff}{}", good()), "2.000 MiB", ""),
        ("nuls_within", good().replacen("4711", "47\x0011", 1), "2.000 MiB", "1 malformed line (line 2)"),
        ("nuls_before", format!("\0\0\0\n\0\0{}", good()), "2.000 MiB", ""),
        ("columns_in_another_order", "rss_bytes,name,ppid,pid,process,elapsed_s,time\n2097152,x,1,2,1,0.5,2026-11-23 10:17:22+00:00\n".to_owned(), "2.000 MiB", ""),
        ("columns_added", good().replace('\n', ",red\n").replacen(",red", ",colour", 1), "2.000 MiB", ""),
        ("columns_twice", good().replace('\n', ",9\n").replacen(",9", ",rss_bytes", 1), "2.000 MiB", ""),
        ("back_in_time", rows(&[("0.2", "1", 1024), ("0.3", "1", 1), ("0.1", "1", 9999), ("0.4", "1", 2048)]), "2.000 MiB", "1 line that go back in time"),
        ("no_times", rows(&[("nan", "1", 1), ("inf", "1", 1), ("-1", "1", 1), ("1e300", "1", 1), ("0.1", "1", 2048)]), "2.000 MiB", "4 malformed lines (the first is line 2, column elapsed_s)"),
        ("a_late_time", rows(&[("999999999999999.999999", "1", 2048)]), "2.000 MiB", ""),
        ("times_far_apart", rows(&[("0.1", "1", 1024), ("999999999999999", "1", 2048)]), "2.000 MiB", ""),
        ("sizes_beyond_all", rows(&[("0.1", "1", 2048)]) + "2026-11-23T10:17:22.105Z,0.2,1,1,1,x,18446744073709551616,,,,\n2026-11-23T10:17:22.105Z,0.3,1,1,1,x,-5,,,,\n", "2.000 MiB", "2 malformed lines (the first is line 3, column rss_bytes)"),
        ("sizes_that_add_up_to_more", HEADER.to_owned() + "2026-11-23T10:17:22.105Z,0.2,1,1,1,x,18446744073709551615,,,,\n2026-11-23T10:17:22.105Z,0.2,2,1,1,x,18446744073709551615,,,,\n", "17592186044416.000 MiB", ""),
        ("moments_beyond_all", good() + "+262143-01-01T00:00:00Z,0.3,1,1,1,x,9999999999,,,,\n9999-12-31T23:59:59.999Z,0.4,1,1,1,x,5,,,,\n0000-01-01T00:00:00Z,0.5,1,1,1,x,5,,,,\n", "2.000 MiB", "1 malformed line (line 4, column time)"),
        ("numbers_beyond_all", good() + &row("0.3", "18446744073709551616", 9999) + &row("0.3", "4294967296", 9999) + &row("0.4", "4294967295", 1), "2.000 MiB", "2 malformed lines (the first is line 4, column process)"),
        ("unclosed_quote", good().replacen(",x,", ",\"x,", 1), "2.000 MiB", "1 malformed line (line 2)"),
        ("twice", good() + &good(), "2.000 MiB", "2 lines of another recording"),
        ("mprof", "CMDLINE ['x', '--password=hunter2']\nFUNC a.b 1.0 1.0 2.0 2.0 1\nMEM -3 1.0\nMEM 1 8e12\nMEM 1e300 1.0\nMEM 2 1795429042.1052\nCHLD 4294967296 1 1.0\n".to_owned(), "2.000 MiB", "4 malformed lines"),
    ];
    for (place, (name, text, total, told)) in cases.into_iter().enumerate() {
        let name = format!("{name}.csv");
        fs::write(folder.join(&name), text).unwrap();
        let (printed, ended) = peak(&folder, &name);
        decent(&name, &ended);
        assert_eq!((ended.code(), printed.as_str()), (0, total), "{name}: {ended:?}");
        let passed_over = ended.err.contains("passed over");
        assert!(ended.err.contains(told) && passed_over != told.is_empty(), "{name}: {ended:?}");
        let options = [&["--view", "lines"][..], &["-w", "-1,"], &["--view", "stacked"]][place % 3];
        let drawn = finish(folder.memrec(&[&["plot", "--size", "400x300", &name][..], options].concat()));
        decent(&name, &drawn);
        assert_eq!(drawn.code(), 0, "{name} {options:?}: {drawn:?}");
    }
}

#[test]
fn whatever_stands_beside_a_recording_it_is_drawn_and_what_is_missing_is_told() {
    let folder = Folder::new();
    fs::write(folder.join("run.csv"), good()).unwrap();
    let now = "2026-11-23T10:17:22.005Z";
    let later = "{\"time\":\"2026-11-23T10:17:23Z\",\"elapsed_s\":1,\"event\":\"thaw\",\"why\":{\"a\":[1]}}\n";
    let older =
        "{\"time\":\"2026-11-23T10:17:22.006Z\",\"elapsed_s\":0.1,\"event\":\"exit\",\"process\":1,\"pid\":4711}\n";
    let cases: [(&str, Option<Vec<u8>>, &str); 10] = [
        ("missing", None, "no events beside run.csv"),
        ("good", Some((start(1, now) + &spawn(4711)).into()), ""),
        ("older", Some((start(0, now) + older).into()), ""),
        ("newer", Some((start(99, now) + later).into()), "a later memrec made run.csv (format 99)"),
        (
            "pid of another's",
            Some((start(1, now) + &spawn(4712)).into()),
            "another recording's: its process 1 has pid 4712",
        ),
        ("time of another's", Some(start(1, "2026-11-22T10:17:22Z").into()), "another recording's: it began"),
        ("binary", Some(vec![0xff; 5000]), "1 of its lines are none"),
        ("a CSV", Some(good().into()), "3 of its lines are none"),
        ("torn", Some((start(1, now) + "{\"time\":\"2026-11").into()), "1 of its lines are none, the first in line 2"),
        ("empty", Some(Vec::new()), ""),
    ];
    for (what, events, told) in cases {
        let sidecar = folder.join("run.events.jsonl");
        let _ = fs::remove_file(&sidecar);
        events.into_iter().for_each(|events| fs::write(&sidecar, events).unwrap());
        for command in READING {
            let ended = finish(folder.memrec(&[command, "run.csv"]));
            decent(what, &ended);
            assert_eq!(ended.code(), 0, "{what}: {ended:?}");
            assert!(ended.err.contains(told) && ended.err.is_empty() == told.is_empty(), "{what}: {ended:?}");
        }
    }
}

/// `memrec` with so much address space that a hundred MiB do not fit into it.
fn confined(folder: &Folder, words: &[&str]) -> Ended {
    let script = "ulimit -v 100000 && exec \"$0\" \"$@\"";
    finish(folder.command("sh", &[&["-c", script, memrec()], words].concat()))
}

const LONG: u64 = 128 << 20;

/// `before`, then 128 MiB of zeros or of one letter, then `behind`.
fn long(folder: &Folder, name: &str, before: &str, letter: u8, behind: &str) {
    let mut file = File::create(folder.join(name)).unwrap();
    file.write_all(before.as_bytes()).unwrap();
    if letter == 0 {
        file.set_len(before.len() as u64 + LONG).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
    } else {
        (0..LONG >> 20).for_each(|_| file.write_all(&[letter; 1 << 20]).unwrap());
    }
    file.write_all(behind.as_bytes()).unwrap();
}

#[test]
fn a_line_without_end_takes_no_memory() {
    for letter in [0, b'a'] {
        let folder = Folder::new();
        let behind = format!("\n{}", row("0.3", "1", 3072));
        long(&folder, "run.csv", &good(), letter, &behind);
        long(&folder, "run.events.jsonl", &start(1, "2026-11-23T10:17:22.005Z"), letter, "\n");
        long(&folder, "mprofile_1.dat", "MEM 1 100.0\n", letter, "\nMEM 3 100.1\n");
        long(&folder, "nothing_else.csv", "", letter, "");
        for (name, code, told) in [
            ("run.csv", 0, "1 line without end (line 4)"),
            ("run.csv", 0, "the first in line 2"),
            ("mprofile_1.dat", 0, "1 line without end (line 2)"),
            ("nothing_else.csv", 1, "not a recording"),
        ] {
            // Drawing reads the same way, twice.
            for command in &READING[..if letter == 0 { 2 } else { 1 }] {
                let ended = confined(&folder, &[command, name]);
                decent(name, &ended);
                assert!(ended.code() == code && ended.err.contains(told), "{command} {name}: {ended:?}");
                assert!(*command != "peak" || code != 0 || ended.out.contains("\t3.000 MiB\n"), "{ended:?}");
            }
        }
        assert_eq!(confined(&folder, &["list"]).out.lines().count(), 2);
    }
}

#[test]
fn names_of_a_megabyte_take_no_memory() {
    let folder = Folder::new();
    let mut csv = HEADER.to_owned();
    for tick in 100..228 {
        let name = format!(",{tick}{},", "n".repeat(1_000_000));
        csv += &row(&format!("0.{tick}"), "1", 1024).replace(",x,", &name);
    }
    fs::write(folder.join("run.csv"), csv).unwrap();
    for command in READING {
        let ended = confined(&folder, &[command, "run.csv"]);
        decent(command, &ended);
        assert!(ended.code() == 0 && ended.out.len() < 1000, "{}", ended.err);
    }
}

#[test]
fn a_line_of_events_takes_no_more_memory_than_it_has_bytes_many_times_over() {
    let folder = Folder::new();
    fs::write(folder.join("run.csv"), good()).unwrap();
    let event = |field: String| {
        format!("{{\"time\":\"2026-11-23T10:17:23Z\",\"elapsed_s\":1,\"event\":\"thaw\",\"x\":{field}}}\n")
    };
    let wide = |bytes: usize| event(format!("[{}1]", "1,".repeat(bytes / 2)));
    let deep = event("[".repeat(500_000));
    fs::write(folder.join("run.events.jsonl"), wide(1_000_000) + &wide(12 << 20) + &deep).unwrap();
    for command in READING {
        let ended = confined(&folder, &[command, "run.csv"]);
        decent(command, &ended);
        assert!(ended.code() == 0 && ended.err.contains("2 of its lines are none"), "{ended:?}");
    }
}

/// That they are in no order is no reason to compare each with all: that would take minutes.
#[test]
fn three_hundred_thousand_processes_in_one_tick_are_read_in_any_order() {
    let folder = Folder::new();
    let rows: String = (1..=300_000).rev().map(|process| row("0.1", &process.to_string(), 1)).collect();
    fs::write(folder.join("run.csv"), HEADER.to_owned() + &rows).unwrap();
    let children: String = (1..=300_000).rev().map(|pid| format!("CHLD {pid} 0.001 100.0\n")).collect();
    fs::write(folder.join("mprofile_1.dat"), format!("MEM 1 100.0\n{children}")).unwrap();
    for (name, total) in [("run.csv", "292.969 MiB"), ("mprofile_1.dat", "1.000 MiB")] {
        let (printed, ended) = peak(&folder, name);
        assert_eq!((ended.code(), printed.as_str()), (0, total), "{}", ended.err);
        assert_eq!(ended.out.lines().count(), 300_001);
    }
}
