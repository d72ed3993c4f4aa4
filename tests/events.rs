//! Processes that no look can see: who lives for a moment, whose parent is gone before anybody looks, what a process had at its very end.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::ordinary::{Ordinary, is_root};
use common::skipping::skipped;
use common::{Folder, MIB, Running, copy_program, finish, memrec, probe, start_probe, stop, until};
use memrec::source::{self, Choice, News, Options, Orphans};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How the recording that is here was followed.
fn following(folder: &Folder) -> String {
    folder.events()[0]["following"].as_str().unwrap().to_owned()
}

/// Whether there were process events; says so where there were none.
fn had_events(folder: &Folder) -> bool {
    let had = following(folder).starts_with("process events");
    if !had {
        skipped(following(folder));
    }
    had
}

/// Whether there were exit records too.
fn had_records(folder: &Folder) -> bool {
    let had = following(folder).starts_with("process events and exit records");
    if !had {
        skipped(following(folder));
    }
    had
}

/// Beginnings and ends by the number of the process.
fn lives(folder: &Folder) -> BTreeMap<u64, Vec<Value>> {
    let mut lives: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for event in folder.events() {
        if event["event"] == "spawn" || event["event"] == "exit" {
            lives.entry(event["process"].as_u64().unwrap()).or_default().push(event);
        }
    }
    lives
}

/// Each process begins once and ends once, and nobody is missing.
fn all_of(count: usize, folder: &Folder) {
    let lives = lives(folder);
    for (process, events) in &lives {
        let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["spawn", "exit"], "process {process}");
        assert_eq!(events[0]["pid"], events[1]["pid"]);
        assert!(events[1]["status"].is_object(), "how it ended was told: {events:?}");
    }
    assert_eq!(lives.len(), count);
}

/// Starts the program, and attaches to it with ticks that nothing happens at.
fn attach_seldom(folder: &Folder, words: &[&str]) -> (Running, Running, u32) {
    let (target, pid) = start_probe(folder, words);
    let attached = Running::start(folder.attach(&["-i", "1h"], &[pid]));
    until("the first tick", || (!folder.rows().is_empty()).then_some(()));
    (target, attached, pid)
}

#[test]
fn a_command_that_runs_programs_for_a_moment_each_is_recorded_whole() {
    let folder = Folder::new();
    let script = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); /bin/true; (exit 7); done; exit 3";
    assert_eq!(finish(folder.run(&["-i", "1h"], &["sh", "-c", script])).code(), 3);
    if !had_events(&folder) {
        return;
    }
    all_of(81, &folder);
    let sevens = folder.events_called("exit").into_iter().filter(|exit| exit["status"]["code"] == 7).count();
    assert_eq!(sevens, 40);
    if had_records(&folder) {
        let called_true = folder.events().into_iter().filter(|event| event["name"] == "true");
        let who: BTreeSet<u64> = called_true.map(|event| event["process"].as_u64().unwrap()).collect();
        assert_eq!(who.len(), 40, "each got its name, at once or by its exit record");
    }
}

#[test]
fn zombies_that_nobody_waits_for_and_that_memrec_reaps_in_the_end_are_told_once() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms", "--until", "tree"], &["forget", "150"]));
    running.pid_told("ready");
    until("their ends", || (folder.events_called("exit").len() == 150).then_some(()));
    assert!(running.finish().success());
    if had_events(&folder) {
        all_of(151, &folder);
    }
}

#[test]
fn attached_to_a_chain_of_processes_of_two_milliseconds_none_is_missed() {
    let folder = Folder::new();
    let (mut target, mut attached, pid) = attach_seldom(&folder, &["chain", "200"]);
    // Without them it would look next in an hour.
    if !had_events(&folder) {
        return;
    }
    target.give_line();
    assert_eq!(target.line(), "the chain has ended");
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    all_of(201, &folder);
    let mut parent = u64::from(pid);
    for life in lives(&folder).into_values().skip(1) {
        assert_eq!(life[0]["ppid"], parent, "each is the child of the one before");
        parent = life[0]["pid"].as_u64().unwrap();
    }
}

/// Whether the kernel keeps some ten thousand events for a reader that is too slow: as many as root asks for, fewer for others.
fn many_are_kept() -> bool {
    let most: usize = std::fs::read_to_string("/proc/sys/net/core/rmem_max").unwrap().trim().parse().unwrap();
    is_root() || most >= 4 * MIB as usize
}

#[test]
fn a_storm_of_forks_while_memrec_stands_still_is_recorded_as_far_as_the_kernel_keeps_it() {
    // In rounds: no more than one round of pids is taken from the other tests at a time.
    for (rounds, lost) in [(1, !many_are_kept()), (15, true)] {
        let folder = Folder::new();
        let script =
            r#"echo ready $$; read x; i=0; while [ $i -lt $1 ]; do i=$((i+1)); "$0" storm 2000; done; "$0" hold 4"#;
        let mut target = Running::start(folder.command("sh", &["-c", script, &probe(), &rounds.to_string()]));
        let mut attached = Running::start(folder.attach(&["--until", "tree"], &[target.pid_told("ready")]));
        until("the first tick", || (!folder.rows().is_empty()).then_some(()));
        stop(&attached);
        target.give_line();
        let holds = target.pid_told("ready");
        attached.signal(libc::SIGCONT);
        folder.wait_for_row("whoever lives", |row| row.pid == holds && row.rss_bytes > Some(4 * MIB));
        assert!(target.finish().success());
        assert_eq!(attached.wait().code(), Some(0), "nobody is taken for living for ever");
        if !had_events(&folder) {
            return;
        }
        let notes = folder.notes();
        let told = notes.iter().any(|note| note.contains("came faster"));
        assert_eq!(told, lost, "{notes:?}");
        if !told {
            all_of(2 + 2000 + 1, &folder);
        }
    }
}

#[test]
fn what_begins_while_a_target_is_waited_for_is_nobodys() {
    let folder = Folder::new();
    let program = folder.join("awaited");
    copy_program(probe(), &program);
    let words = ["attach", "-o", "run.csv", "-i", "20ms", "--wait", "--name", "^awaited$"];
    let mut attached = Running::start(folder.memrec(&words));
    // Far more than the kernel keeps for who does not listen.
    for _ in 0..4 {
        assert_eq!(finish(folder.command(&probe(), &["storm", "3000"])).code(), 0);
    }
    let mut target = Running::start(folder.command(program.to_str().unwrap(), &["grow", "1"]));
    let pid = target.pid_told("ready");
    folder.wait_for_row("the target", |row| row.pid == pid);
    target.give_line();
    let child = target.pid_told("child");
    folder.wait_for_row("its child", |row| row.pid == child);
    assert!(target.finish().success());
    assert_eq!(attached.wait().code(), Some(0));
    assert_eq!(folder.notes(), [""; 0]);
    let spawned: Vec<Value> = folder.events_called("spawn").iter().map(|spawn| spawn["pid"].clone()).collect();
    assert_eq!(spawned, [pid, child]);
}

#[test]
fn between_two_looks_no_descriptors_pile_up() {
    let folder = Folder::new();
    let script = r#"ulimit -n 256; exec "$0" run -i 1h -o run.csv -- sh -c 'i=0; while [ $i -lt 600 ]; do i=$((i+1)); /bin/true; done'"#;
    assert_eq!(finish(folder.command("sh", &["-c", script, memrec()])).code(), 0);
    if had_events(&folder) {
        all_of(601, &folder);
        assert_eq!(folder.notes(), [""; 0]);
    }
}

/// An ordinary user's processes are read between looks, and their marks are fresh when their first rows come.
#[test]
fn the_first_row_of_a_process_has_its_mark_and_its_swap() {
    let folder = Folder::new();
    let Some(ordinary) = Ordinary::of(&folder) else { return skipped("nobody cannot run memrec here") };
    let mut running = ordinary.run_probe(&["-i", "7ms"], &["grow", "1"]);
    running.pid_told("ready");
    for _ in 0..40 {
        running.give_line();
        let child = running.pid_told("child");
        folder.wait_for_row("a child", |row| row.pid == child);
    }
    assert!(running.finish().success());
    let text = std::fs::read_to_string(folder.join("run.csv")).unwrap();
    let mut known = BTreeSet::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if known.insert(cells[2]) {
            assert!(cells[7..9].iter().all(|cell| !cell.is_empty()), "peak and swap of {line}");
        }
    }
    assert_eq!(known.len(), 41);
}

#[test]
fn what_a_process_had_at_its_very_end_is_told_by_its_exit_record() {
    let folder = Folder::new();
    let script = r#""$0" touch 64; "$0" touch 32"#;
    let ended = finish(folder.run(&["-i", "1h"], &["sh", "-c", script, &probe()]));
    let truth: Vec<u64> = ended.out.lines().map(|line| line.strip_prefix("peak ").unwrap().parse().unwrap()).collect();
    if !had_records(&folder) {
        return;
    }
    all_of(3, &folder);
    let exits = folder.events_called("exit");
    for (exit, truth) in exits.iter().zip(truth) {
        assert_eq!(exit["peak_from"], "exit_record");
        let peak = exit["peak_rss_bytes"].as_u64().unwrap();
        assert!(peak.abs_diff(truth) < MIB, "{peak} is not {truth}");
    }
}

/// Root only: it makes namespaces.
#[test]
fn without_process_events_who_ended_just_before_the_command_has_ended_all_the_same() {
    let folder = Folder::new();
    if finish(folder.command("unshare", &["-n", "true"])).code() != 0 {
        return skipped("no network namespace can be made here; root can");
    }
    let probe = probe();
    let run = ["-n", memrec(), "run", "-o", "run.csv", "-i", "50ms", "--", &probe, "grow", "1"];
    let mut running = Running::start(folder.command("unshare", &run));
    running.pid_told("ready");
    running.give_line();
    let child = running.pid_told("child");
    folder.wait_for_row("the child", |row| row.pid == child);
    assert!(running.finish().success());
    let exits = folder.events_called("exit");
    assert!(exits.iter().any(|exit| exit["pid"] == child), "{exits:?}");
}

/// Root only: it makes namespaces.
#[test]
fn without_process_events_looks_do_and_that_is_told() {
    let folder = Folder::new();
    if finish(folder.command("unshare", &["-n", "true"])).code() != 0 {
        return skipped("no network namespace can be made here; root can");
    }
    let probe = probe();
    let run = [memrec(), "run", "-o", "run.csv", "-i", "10ms", "--until", "tree", "--", &probe, "daemon", "16"];
    let mut running = Running::start(folder.command("unshare", &[&["-n"][..], &run].concat()));
    let daemon = running.pid_told("daemon");
    folder.wait_for_row("the daemon", |row| row.pid == daemon && row.rss_bytes > Some(16 * MIB));
    assert_eq!(running.finish().code(), Some(3));
    assert!(following(&folder).contains("this network namespace has none"), "{}", following(&folder));
    let ended = finish(folder.command("unshare", &["-n", memrec(), "run", "-o", "told.csv", "--", "true"]));
    assert_eq!((ended.code(), ended.err.matches("no process events").count()), (0, 1), "{}", ended.err);
}

/// Who has exit records needs no such readings: for an ordinary user only.
#[test]
fn a_young_process_is_read_again_and_again_between_two_looks() {
    let folder = Folder::new();
    let options = Options { choice: Choice::Linux, ..Options::default() };
    let mut source = source::open(&options, Orphans::GoElsewhere).unwrap();
    if !source.following().starts_with("process events: ") {
        return skipped(source.following());
    }
    let mut target = Running::start(folder.command(&probe(), &["grow", "16"]));
    source.follow(target.pid_told("ready")).unwrap();
    let at = |micros: u64| Duration::from_micros(micros);
    let (mut seen, mut news) = (Vec::new(), Vec::new());
    source.look(at(0), &mut seen);
    target.give_line();
    let child = target.pid_told("child");
    let mut read = 0;
    let mut now = at(1000);
    loop {
        source.listen(now);
        source.take_news(&mut news);
        let of_child = |news: &News| matches!(news, News::Seen(seen) if seen.pid == child && seen.memory.peak_rss > Some(16 * MIB));
        read += news.drain(..).filter(of_child).count();
        let Some(next) = source.attention(now).at else { break };
        assert!(next > now);
        now = next;
    }
    assert!(now > at(1_000_000), "until the looks read it often enough: {now:?}");
    assert!((10..30).contains(&read), "ever more seldom: {read} times");
}
