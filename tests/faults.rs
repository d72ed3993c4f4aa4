//! Trees that are large, crowded, stormy or half hidden, and spikes that no tick sees.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, MIB, Running, all_pids, copy_program, finish, memrec, probe, stat, until};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// What the last line of the events says of memrec itself, in bytes.
fn own_peak(folder: &Folder) -> u64 {
    folder.events().pop().unwrap()["peak_rss_bytes"].as_u64().unwrap()
}

#[test]
fn of_fifteen_hundred_children_among_as_many_that_end_none_is_missed() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "20ms"], &["crowd", "1500"]));
    let parent = running.pid_told("ready");
    folder.wait_for_a_whole_tick();
    let (living, dead): (Vec<u32>, Vec<u32>) = all_pids()
        .into_iter()
        .filter(|pid| stat(*pid).is_some_and(|(_, ppid)| ppid == parent))
        .partition(|pid| stat(*pid).unwrap().0 != 'Z');
    assert_eq!((living.len(), dead.len()), (1500, 1500));
    folder.wait_for_a_whole_tick();
    let ticks = folder.ticks();
    let shown: BTreeSet<u32> = ticks[ticks.len() - 2].iter().map(|row| row.pid).collect();
    assert_eq!(shown.len(), 1501, "the living and their parent: a zombie has no row");
    assert!(living.iter().all(|pid| shown.contains(pid)));
    assert!(running.finish().success());
    let exits = folder.events_called("exit");
    for pid in dead {
        assert_eq!(exits.iter().filter(|exit| exit["pid"] == pid).count(), 1, "a zombie has ended once");
    }
}

#[test]
fn a_storm_of_forks_takes_no_memory_of_memrecs() {
    let (calm, storm) = (Folder::new(), Folder::new());
    for (folder, count) in [(&calm, "30"), (&storm, "3000")] {
        assert_eq!(finish(folder.run_probe(&["-i", "20ms"], &["storm", count])).code(), 0);
    }
    // Some hundred bytes for each that is still there as a zombie, and three descriptors.
    assert!(own_peak(&storm) < own_peak(&calm) + 8 * MIB, "{} and {}", own_peak(&calm), own_peak(&storm));
}

#[test]
fn a_tree_of_five_thousand_is_recorded_whole() {
    let folder = Folder::new();
    let descriptors = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).unwrap().1;
    if descriptors < 20_000 {
        return skipped(format_args!("no more than {descriptors} descriptors may be had"));
    }
    let mut running = Running::start(folder.run_probe(&["-i", "50ms"], &["tree", "5000", "0"]));
    running.pid_told("ready");
    until("a tick that shows all", || folder.ticks().iter().any(|tick| tick.len() == 5001).then_some(()));
    running.give_line();
    assert!(running.wait().success());
    let end = folder.events().pop().unwrap();
    assert_eq!(end["event"], "end");
    assert!(end["ticks_missed"].is_u64(), "{end}");
    assert_eq!(folder.events_called("exit").len(), 5001);
}

#[test]
fn a_spike_between_two_ticks_of_a_process_that_lives_on_is_in_its_mark() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "50ms"], &["spike", "96"]));
    let pid = running.pid_told("ready");
    folder.wait_for_row("the process before", |row| row.pid == pid);
    running.give_line();
    let line = running.line();
    let truth: u64 = line.strip_prefix("peak ").unwrap().parse().unwrap();
    // The kernel counts by processor, and what it remembers of a peak may be some pages off.
    folder.wait_for_row("the spike", |row| row.peak_rss_bytes.is_some_and(|peak| peak.abs_diff(truth) <= MIB / 4));
    assert!(running.finish().success());
}

/// A folder for everybody, with memrec and a program that becomes another user when it is started.
fn with_a_program_of_somebody_else() -> Option<Folder> {
    let folder = Folder::new();
    if finish(folder.command("unshare", &["-m", "setpriv", "--reuid=65534", "true"])).code() != 0 {
        skipped("no mount namespace can be made here; root can");
        return None;
    }
    let theirs = folder.join("theirs");
    for (from, to) in [(memrec(), "memrec"), (&probe(), "theirs")] {
        copy_program(from, folder.join(to));
    }
    std::os::unix::fs::chown(&theirs, Some(12_345), None).unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o4755)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    Some(folder)
}

/// The end of the only process of a recording, which begins and ends once.
fn once(folder: &Folder) -> Value {
    let (mut spawned, mut exited) = (folder.events_called("spawn"), folder.events_called("exit"));
    assert_eq!((spawned.len(), exited.len()), (1, 1), "{spawned:?} {exited:?}");
    let (spawn, exit) = (spawned.remove(0), exited.remove(0));
    assert_eq!((&spawn["process"], &spawn["pid"]), (&exit["process"], &exit["pid"]));
    exit
}

/// Root only: it makes a mount namespace, a program of another user's, and becomes nobody.
#[test]
fn a_command_that_is_hidden_from_its_beginning_is_recorded_as_far_as_it_is_shown() {
    let Some(folder) = with_a_program_of_somebody_else() else { return };
    let script = |play: &str| {
        format!(
            "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
             ./memrec run --force -i 10ms -o run.csv -- ./theirs {play}"
        )
    };
    // With process events, and without.
    for namespaces in ["-m", "-mn"] {
        let mut running = Running::start(folder.command("unshare", &[namespaces, "sh", "-c", &script("hold 16")]));
        let hidden = running.pid_told("ready");
        folder.wait_for_row("it", |row| row.pid == hidden);
        assert_eq!(running.finish().code(), Some(0));
        assert_eq!(once(&folder)["status"]["code"], 0);
        // And one that is gone before much can be seen of it.
        assert_eq!(finish(folder.command("unshare", &[namespaces, "sh", "-c", &script("quit 16 7")])).code(), 7);
        assert_eq!(once(&folder)["status"]["code"], 7);
    }
}

/// Root only: it makes a mount namespace, a program of another user's, and becomes nobody.
#[test]
fn what_is_hidden_has_not_ended() {
    let Some(folder) = with_a_program_of_somebody_else() else { return };
    for options in ["hidepid=2", "hidepid=2,subset=pid"] {
        let script = format!(
            "mount -t proc -o {options} proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
             ./memrec run --force -i 10ms -o run.csv -- sh -c './theirs hold 16; exit 3'"
        );
        let mut running = Running::start(folder.command("unshare", &["-m", "sh", "-c", &script]));
        let hidden = running.pid_told("ready");
        // Its size is read where it could be opened before it became another user's.
        folder.wait_for_row("it, as far as it is shown", |row| row.pid == hidden);
        until("that to be told", || folder.notes().pop());
        folder.wait_for_a_whole_tick();
        assert!(folder.ticks().pop().unwrap().iter().any(|row| row.pid == hidden), "{options}");
        assert!(folder.events_called("exit").iter().all(|exit| exit["pid"] != hidden), "{options}");
        assert_eq!(running.finish().code(), Some(3), "{options}");
        let exit = folder.events_called("exit").into_iter().find(|exit| exit["pid"] == hidden);
        assert!(exit.is_some(), "{options}: it has ended now");
        // What could be opened before it was hidden is read on, and all but its PSS is known.
        let notes = folder.notes();
        let told = |text: &str| text.starts_with("hidden from memrec: ") || text.starts_with("no PSS of ");
        assert!(notes.iter().any(|note| told(note)), "{notes:?}");
    }
}
