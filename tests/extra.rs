//! Further columns (`--extra`): what was asked for and nothing else, as the kernel tells it to somebody who asks in another way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::groups::{TestGroup, own_group};
use common::skipping::skipped;
use common::{Folder, MIB, Running, finish, probe, until};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const BASE: &str = "time,elapsed_s,process,pid,ppid,name,rss_bytes,peak_rss_bytes,swap_bytes,pss_bytes,uss_bytes";
const ALL: &str = "anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults,cgroup";
const OF_PROCESSES: &str = "anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults";
/// Their columns.
const COLUMNS: [&str; 8] =
    ["anon_bytes", "file_bytes", "shmem_bytes", "hugetlb_bytes", "pagetables_bytes", "threads", "cpu_ms", "majfaults"];

type Record = BTreeMap<String, String>;

fn number(record: &Record, column: &str) -> Option<u64> {
    record[column].parse().ok()
}

fn is_group(record: &Record) -> bool {
    record["process"] == "0"
}

/// The columns of a process by `/proc/PID/status` and `/proc/PID/stat` (proc_pid_status(5), proc_pid_stat(5)).
fn truth(pid: u32) -> BTreeMap<&'static str, u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let in_status = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    // The first of them is the third of the line.
    let in_stat = |field: usize| -> u64 { fields[field - 3].parse().unwrap() };
    // SAFETY: asks for a constant.
    let clock_ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as u64;
    BTreeMap::from([
        ("anon_bytes", in_status("RssAnon") << 10),
        ("file_bytes", in_status("RssFile") << 10),
        ("shmem_bytes", in_status("RssShmem") << 10),
        ("hugetlb_bytes", in_status("HugetlbPages") << 10),
        ("pagetables_bytes", in_status("VmPTE") << 10),
        ("threads", in_status("Threads")),
        ("cpu_ms", (in_stat(14) + in_stat(15)) * 1000 / clock_ticks),
        ("majfaults", in_stat(12)),
    ])
}

#[test]
fn the_columns_are_those_that_were_asked_for_in_the_tables_order() {
    let folder = Folder::new();
    let every = COLUMNS.join(",") + ",cgroup_bytes";
    let reversed = ALL.split(',').rev().collect::<Vec<_>>().join(",");
    for (asked, columns) in [
        (None, ""),
        (Some("anon"), "anon_bytes"),
        (Some("cpu, anon"), "anon_bytes,cpu_ms"),
        (Some("majfaults,threads,file"), "file_bytes,threads,majfaults"),
        (Some(ALL), &every),
        (Some(&reversed), &every),
    ] {
        let extra = asked.map_or(vec![], |asked| vec!["--extra", asked]);
        let ended = finish(folder.run(&[&["--force", "-q"], &extra[..]].concat(), &["true"]));
        assert_eq!((ended.code(), ended.err.as_str()), (0, ""), "{asked:?}");
        let text = fs::read_to_string(folder.join("run.csv")).unwrap();
        let header = text.lines().next().unwrap().strip_prefix(BASE).unwrap();
        assert_eq!(header.trim_start_matches(','), columns, "{asked:?}");
        // None was read that has no column: every row has as many cells as the header.
        let cells = header.split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == cells + BASE.split(',').count() - 1), "{text}");
    }
}

#[test]
fn the_numbers_are_the_kernels() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms", "--extra", OF_PROCESSES], &["mix", "32", "5"]));
    let pid = running.pid_told("ready");
    // Nothing changes any more, but what its last act costs may not have been counted yet.
    let (record, truth) = until("a row with the kernel's numbers", || {
        let truth = truth(pid);
        let record = folder.records().pop()?;
        truth.iter().all(|(column, value)| number(&record, column) == Some(*value)).then_some((record, truth))
    });
    assert_eq!(truth["threads"], 6);
    assert!(truth["anon_bytes"] > 32 * MIB && truth["shmem_bytes"] >= 16 * MIB, "{truth:?}");
    assert!(truth["file_bytes"] > 0 && truth["pagetables_bytes"] > 0 && truth["cpu_ms"] >= 150, "{truth:?}");
    let parts: u64 = ["anon_bytes", "file_bytes", "shmem_bytes"].map(|part| truth[part]).iter().sum();
    assert!(number(&record, "rss_bytes").unwrap().abs_diff(parts) < MIB, "they are the parts of RSS: {record:?}");
    // Every tick has them all.
    for record in folder.records().iter().skip(1) {
        assert!(COLUMNS.iter().all(|column| number(record, column).is_some()), "{record:?}");
    }
    let cpu: Vec<u64> = folder.records().iter().filter_map(|record| number(record, "cpu_ms")).collect();
    assert!(cpu.is_sorted(), "it only rises: {cpu:?}");
    assert!(running.finish().success());
}

#[test]
fn attach_has_them_too_and_a_name_full_of_brackets_does_no_harm() {
    let folder = Folder::new();
    fs::copy(probe(), folder.join(") R 1 (")).unwrap();
    let odd = folder.join(") R 1 (").to_str().unwrap().to_owned();
    let mut target = Running::start(folder.command(&odd, &["mix", "8", "2"]));
    let pid = target.pid_told("ready");
    let mut memrec = Running::start(folder.attach(&["--extra", "threads,cpu"], &[pid]));
    let record = until("a row with the kernel's number", || {
        let truth = truth(pid);
        folder.records().pop().filter(|record| number(record, "cpu_ms") == Some(truth["cpu_ms"]))
    });
    assert_eq!(record["name"], ") R 1 (");
    assert_eq!(number(&record, "threads"), Some(3));
    assert!(!record.contains_key("anon_bytes"));
    assert!(target.finish().success());
    assert!(memrec.wait().success());
}

#[test]
fn a_process_whose_main_thread_has_ended_shows_them() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["--extra", OF_PROCESSES], &["leaderless", "24"]));
    running.pid_told("leaderless");
    let record = until("its memory", || {
        folder.records().into_iter().find(|record| number(record, "anon_bytes") > Some(24 * MIB))
    });
    assert_eq!(number(&record, "threads"), Some(2), "the one that has ended is still there");
    assert!(COLUMNS.iter().all(|column| number(&record, column).is_some()), "{record:?}");
    assert!(running.finish().success());
}

#[test]
fn what_a_child_borrows_is_not_counted_as_its_own() {
    let folder = Folder::new();
    assert!(folder.command("mkfifo", &["gate"]).status().unwrap().success());
    let options = ["-i", "5ms", "--extra", OF_PROCESSES];
    let mut running = Running::start(folder.run_probe(&options, &["borrow", "64", "gate"]));
    let child = || folder.records().into_iter().filter(|record| record["process"] == "2").collect::<Vec<_>>();
    folder.wait_for_row("the child", |row| row.process == 2);
    folder.wait_for_a_whole_tick();
    let borrowed = child();
    let _gate = fs::OpenOptions::new().write(true).open(folder.join("gate")).unwrap();
    until("its own memory", || child().into_iter().find(|record| number(record, "anon_bytes").is_some()));
    assert!(running.finish().success());
    for record in borrowed {
        let sizes = COLUMNS[..5].iter().all(|column| number(&record, column).is_none());
        let own = COLUMNS[5..].iter().all(|column| number(&record, column).is_some());
        assert!(sizes && own, "{record:?}");
    }
}

/// Huge pages for a test, given back afterwards.
struct HugePages(u64);

impl HugePages {
    const KNOB: &str = "/proc/sys/vm/nr_hugepages";

    fn get(pages: u64) -> Option<Self> {
        let before: u64 = fs::read_to_string(Self::KNOB).ok()?.trim().parse().ok()?;
        fs::write(Self::KNOB, (before + pages).to_string()).ok()?;
        let given = Self(before);
        let now: u64 = fs::read_to_string(Self::KNOB).ok()?.trim().parse().ok()?;
        // The kernel makes as many as it finds room for.
        (now >= before + pages).then_some(given)
    }
}

impl Drop for HugePages {
    fn drop(&mut self) {
        let _ = fs::write(Self::KNOB, self.0.to_string());
    }
}

#[test]
fn huge_pages_have_a_column_of_their_own() {
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let size = info.lines().find_map(|line| line.strip_prefix("Hugepagesize:"));
    let Some(kib) = size.and_then(|size| size.trim().trim_end_matches(" kB").parse::<u64>().ok()) else {
        return skipped("a kernel without huge pages");
    };
    let wanted = 16 * MIB;
    let Some(_pages) = HugePages::get(wanted.div_ceil(kib << 10)) else {
        return skipped("no huge pages to be had: that needs root, and memory in one piece");
    };
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["--extra", "hugetlb"], &["huge", "16"]));
    let pid = running.pid_told("ready");
    let truth = truth(pid)["hugetlb_bytes"];
    assert!(truth >= wanted, "{truth}");
    // Until then the pages come one by one.
    let record = until("its huge pages", || {
        folder.records().into_iter().find(|record| number(record, "hugetlb_bytes") == Some(truth))
    });
    assert!(number(&record, "rss_bytes") < Some(wanted), "they are no part of RSS: {record:?}");
    assert!(running.finish().success());
}

#[test]
fn what_is_no_further_column_is_told_with_what_there_is() {
    let folder = Folder::new();
    let list = "anon,file,shmem,hugetlb,pagetables,threads,cpu,majfaults,cgroup";
    for (asked, told) in [("anon,nothing", "'nothing'"), ("anon,cpu,anon", "'anon'"), ("rss", "'rss'"), ("", "''")] {
        for command in [folder.run(&["--extra", asked], &["true"]), folder.attach(&["--extra", asked], &[1])] {
            let ended = finish(command);
            assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
            assert!(ended.err.contains(told) && ended.err.contains(list), "{ended:?}");
        }
    }
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn the_portable_source_has_none_of_them_and_says_so_before_anything_starts() {
    let folder = Folder::new();
    let options = ["--source", "portable", "--extra", "cpu,anon"];
    for command in [folder.run(&options, &["touch", "started"]), folder.attach(&options, &[std::process::id()])] {
        let ended = finish(command);
        assert_eq!((ended.code(), ended.err.lines().count()), (125, 1), "{ended:?}");
        assert!(ended.err.contains("--extra anon,cpu: the portable source has no further columns"), "{ended:?}");
    }
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

fn groups(folder: &Folder) -> Vec<Record> {
    folder.records().into_iter().filter(is_group).collect()
}

#[test]
fn a_tick_has_the_figure_of_the_control_group_in_a_row_of_its_own() {
    let group = match TestGroup::with_memory("figure") {
        Ok(group) => group,
        Err(why) => return skipped(why),
    };
    let folder = Folder::new();
    let script = "echo $$ > \"$1\" && exec \"$0\" hold 48";
    let mut target = Running::start(folder.command("sh", &["-c", script, &probe(), &group.procs()]));
    let pid = target.pid_told("ready");
    let mut memrec = Running::start(folder.attach(&["-i", "20ms", "--extra", "cgroup,threads"], &[pid]));
    // Ticks between two readings that are the same.
    until("a still group", || {
        let (before, began) = (group.used(), groups(&folder).len());
        let ticks = until("ticks", || Some(groups(&folder)).filter(|ticks| ticks.len() >= began + 4));
        let between = &ticks[began + 1..ticks.len() - 1];
        (before == group.used() && between.iter().all(|record| number(record, "cgroup_bytes") == Some(before)))
            .then_some(())
    });
    assert!(group.used() > 48 * MIB);
    assert!(target.finish().success());
    assert!(memrec.wait().success());
    for record in folder.records() {
        let figure = number(&record, "cgroup_bytes").is_some();
        assert_eq!(figure, is_group(&record), "{record:?}");
        if figure {
            assert_eq!((&*record["pid"], &*record["ppid"], &*record["name"]), ("0", "0", "[cgroup]"));
            assert!(record["rss_bytes"].is_empty() && record["threads"].is_empty(), "{record:?}");
        }
    }
    let ticks: Vec<Vec<common::Row>> = folder.ticks();
    assert!(ticks.iter().all(|rows| rows.iter().map(|row| row.process).eq([0, 1])), "one for each tick");
    assert_eq!(folder.notes(), [""; 0]);
}

#[test]
fn the_figure_goes_with_the_command_into_another_control_group() {
    let group = match TestGroup::with_memory("other") {
        Ok(group) => group,
        Err(why) => return skipped(why),
    };
    let folder = Folder::new();
    let script = "read line; echo $$ > \"$1\" && exec \"$0\" hold 8";
    let command = ["sh", "-c", script, &probe(), &group.procs()];
    let mut running = Running::start(folder.run(&["-i", "20ms", "--extra", "cgroup"], &command));
    until("its first group", || groups(&folder).pop());
    running.give_line();
    running.pid_told("ready");
    until("its second group", || {
        let used = group.used();
        groups(&folder).pop().filter(|record| number(record, "cgroup_bytes").is_some_and(|it| it.abs_diff(used) < MIB))
    });
    assert!(running.finish().success());
    let notes = folder.notes();
    let [text] = &notes[..] else { panic!("one note: {notes:?}") };
    assert!(text.starts_with("another control group from here on: ") && text.contains("memrec-other-"), "{text}");
}

#[test]
fn a_command_that_ends_at_once_is_not_taken_for_one_of_the_root_group() {
    let group = match TestGroup::with_memory("brief") {
        Ok(group) => group,
        Err(why) => return skipped(why),
    };
    let folder = Folder::new();
    let script = "echo $$ > \"$1\" && exec \"$0\" run -q --force -o run.csv --extra cgroup -- true";
    for _ in 0..20 {
        let ended = finish(folder.command("sh", &["-c", script, common::memrec(), &group.procs()]));
        assert_eq!((ended.code(), ended.err.as_str()), (0, ""));
        let figures: Vec<u64> = groups(&folder).iter().filter_map(|record| number(record, "cgroup_bytes")).collect();
        // In the group there is nobody but memrec and its command; in the root group there is the whole machine.
        assert!(!figures.is_empty() && figures.iter().all(|figure| *figure < 32 * MIB), "{figures:?}");
    }
}

#[test]
fn a_group_that_cannot_be_seen_is_told_once_and_has_no_row() {
    let inside = own_group().is_some_and(|(own, _)| own.parent() != Some(Path::new("/sys/fs/cgroup")));
    let folder = Folder::new();
    if !inside || !finish(folder.command("unshare", &["-C", "--", "true"])).status.success() {
        return skipped("a namespace of control groups needs root, and a group that is not the root");
    }
    // Its group is the root of the new namespace, and what is mounted is seen from outside of it.
    let run = [common::memrec(), "run", "-o", "run.csv", "-i", "5ms", "--extra", "cgroup", "--", &probe(), "hold", "1"];
    let mut running = Running::start(folder.command("unshare", &[&["-C", "--"], &run[..]].concat()));
    running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    assert!(running.finish().success());
    assert!(groups(&folder).is_empty() && folder.rows().len() > 2);
    let notes = folder.notes();
    assert!(notes.len() == 1 && notes[0].starts_with("no figure of the control group: "), "{notes:?}");
}

#[test]
fn the_group_is_counted_as_a_process_nowhere_and_every_metric_can_be_drawn() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "5ms", "--extra", ALL], &["hold", "8"]));
    let pid = running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    assert!(running.finish().success());
    let has_group = !groups(&folder).is_empty();
    let peak = finish(folder.memrec(&["peak", "run.csv"]));
    let lines: Vec<&str> = peak.out.lines().collect();
    assert_eq!((peak.code(), lines.len()), (0, 2), "the total and one process: {peak:?}");
    assert!(lines[1].starts_with(&format!("  probe ({pid})")), "{peak:?}");
    let highest = folder.rows().iter().filter_map(|row| row.rss_bytes.max(row.peak_rss_bytes)).max().unwrap();
    let total: f64 = lines[0].split('\t').nth(1).unwrap().trim_end_matches(" MiB").parse().unwrap();
    assert!(highest < 100 * MIB && total < 100.0, "{peak:?}");
    assert_eq!(finish(folder.memrec(&["list"])).out.lines().count(), 1);
    let spawned = folder.events_called("spawn");
    assert_eq!(spawned.len(), 1, "{spawned:?}");
    for metric in ALL.split(',') {
        let ended = finish(folder.memrec(&["plot", "run.csv", "--metric", metric, "-o", "run.png"]));
        if metric == "cgroup" && !has_group {
            skipped("no control group whose figure could be drawn");
            continue;
        }
        assert_eq!((ended.code(), ended.out.as_str()), (0, "run.png\n"), "{metric}: {ended:?}");
    }
    let ended = finish(folder.run(&["--force", "--extra", ALL], &["true"]));
    assert!(ended.err.contains(", 1 process, "), "{ended:?}");
}
