//! Recordings that may not grow beyond a size.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::skipping::skipped;
use common::{Folder, MIB, Running, finish, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;

/// What both files take.
fn size(folder: &Folder) -> u64 {
    let length = |name| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    length("run.csv") + length("run.events.jsonl")
}

fn was_thinned(folder: &Folder) -> bool {
    !folder.events_called("thinned").is_empty()
}

fn left_behind(folder: &Folder) -> Vec<String> {
    folder.names().into_iter().filter(|name| name.ends_with(".thin")).collect()
}

#[test]
fn a_recording_stays_below_its_size_and_keeps_its_peak() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "1ms", "--max-size", "60KiB"], &["spike", "30"]));
    let pid = running.pid_told("ready");
    let first = folder.wait_for_row("a row", |_| true);
    until("a first thinning", || was_thinned(&folder).then_some(()));
    running.give_line();
    assert!(running.line().starts_with("peak "));
    let spike_at = folder.rows().last().unwrap().elapsed_s;
    // Until the spike is older than what is kept whole, and thinned once more.
    until("the spike to be thinned away, if it could be", || {
        let thinned = folder.events_called("thinned");
        (thinned[0]["until_s"].as_f64() > Some(spike_at + 1.0)).then_some(())
    });
    let ended = running.finish();
    assert_eq!(ended.code(), Some(0));
    let (rows, end) = (folder.rows(), folder.events().pop().unwrap());
    assert!(rows.iter().any(|row| row.pid == pid && row.peak_rss_bytes >= Some(30 * MIB)), "its mark");
    assert_eq!(rows[0], first, "the first tick");
    let thinned = folder.events_called("thinned");
    let [thinned] = &thinned[..] else { panic!("{thinned:?}") };
    let left_out = thinned["ticks"].as_u64().unwrap();
    // A tick that fell between the command's end and its reaping saw nobody.
    let ticks = end["ticks"].as_u64().unwrap();
    assert!((ticks - 1..=ticks).contains(&(left_out + folder.ticks().len() as u64)), "{left_out}: {end}");
    let told = |text: &String| text.contains("thinned to stay below 60.0 KiB");
    assert!(folder.notes().iter().any(told), "{:?}", folder.notes());
    assert_eq!(finish(folder.memrec(&["peak", "run.csv"])).code(), 0);
    assert_eq!(finish(folder.memrec(&["plot", "run.csv"])).err, "", "nothing is strange about it");
    assert_eq!(left_behind(&folder), [""; 0]);
}

#[test]
fn without_a_limit_nothing_is_left_out() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "1ms", "--max-size", "0"], &["hold", "1"]));
    until("more than others may have", || (size(&folder) > 60 << 10).then_some(()));
    assert_eq!(running.finish().code(), Some(0));
    assert!(!was_thinned(&folder));
}

#[test]
fn a_size_that_is_none_is_refused() {
    let folder = Folder::new();
    let ended = finish(folder.run(&["--max-size", "much"], &["true"]));
    assert_eq!(ended.code(), 125);
    assert!(ended.err.contains("--max-size") && ended.err.contains("is not a size"), "{ended:?}");
}

#[test]
fn who_may_read_the_recording_may_read_the_thinned_one() {
    let folder = Folder::new();
    let mut running = Running::start(folder.run_probe(&["-i", "1ms", "--max-size", "30KiB"], &["hold", "1"]));
    running.pid_told("ready");
    for name in ["run.csv", "run.events.jsonl"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o640)).unwrap();
    }
    until("a thinning", || was_thinned(&folder).then_some(()));
    for name in ["run.csv", "run.events.jsonl"] {
        assert_eq!(fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777, 0o640, "{name}");
    }
    assert_eq!(running.finish().code(), Some(0));
}

#[test]
fn killed_at_any_moment_of_a_thinning_nothing_is_lost() {
    const LIMIT: u64 = 30 << 10;
    let folder = Folder::new();
    let mut in_its_midst = 0;
    for round in 0..40_u64 {
        let before = left_behind(&folder).len();
        let limit = LIMIT.to_string();
        let options = ["-i", "1ms", "--max-size", &limit];
        let mut running = Running::start(folder.run_probe(&options, &["churn", "1"]));
        let command = running.pid_told("ready");
        // In some rounds the first thinning, in others a later one; and each a little later in it than the one before.
        until("a thinning before", || (round % 2 == 0 || was_thinned(&folder)).then_some(()));
        until("it to be time for another", || (size(&folder) >= LIMIT * 7 / 8 - 300).then_some(()));
        let seen = folder.rows();
        std::thread::sleep(std::time::Duration::from_micros(round * 150));
        running.signal(9);
        assert_eq!(running.wait().signal(), Some(9));
        in_its_midst += usize::from(left_behind(&folder).len() > before);
        let peak = finish(folder.memrec(&["peak", "run.csv"]));
        assert_eq!((peak.code(), peak.err.as_str()), (0, ""), "every line of it is whole");
        let rows = folder.rows();
        assert_eq!(rows[0], seen[0], "its beginning");
        assert!(rows.last().unwrap().elapsed_s >= seen.last().unwrap().elapsed_s, "and what a tick has seen");
        assert_eq!(folder.events()[0]["event"], "start");
        if !was_thinned(&folder) {
            assert!(folder.rows().starts_with(&seen), "what nobody tells to have been left out is there");
        }
        running.end_input();
        until("the command's own end", || (!common::lives(command)).then_some(()));
        ["run.csv", "run.events.jsonl"].iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap());
    }
    if in_its_midst == 0 {
        skipped("on this machine no thinning was cut off");
    }
    // Whoever thins next in this folder clears up.
    let mut running = Running::start(folder.run_probe(&["-i", "1ms", "--max-size", "30KiB"], &["hold", "1"]));
    until("a thinning", || was_thinned(&folder).then_some(()));
    assert_eq!(running.finish().code(), Some(0));
    assert_eq!(left_behind(&folder), [""; 0]);
}

/// Root only: it makes a small disk.
#[test]
fn a_small_disk_is_not_filled_by_thinning() {
    let folder = Folder::new();
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = finish(folder.command("mount", &["-t", "tmpfs", "-o", "size=100k", "memrec-test", "disk"]));
    if mount.code() != 0 {
        return skipped("mounting a small disk needs root");
    }
    let tested = std::panic::catch_unwind(|| {
        // Three quarters of it are the recording's, so that there is no room for half of that beside it.
        let options = ["run", "-i", "1ms", "--max-size", "80KiB", "-o", "disk/run.csv", "--"];
        let probe = common::probe();
        let words = [&options[..], &[probe.as_str(), "hold", "1"]].concat();
        let mut running = Running::start(folder.memrec(&words));
        running.pid_told("ready");
        let events = || fs::read_to_string(disk.join("run.events.jsonl")).unwrap_or_default();
        until("that to be told", || events().contains("are free on the disk").then_some(()));
        let beside = fs::read_dir(&disk).unwrap().map(|file| file.unwrap().file_name());
        let beside: Vec<_> = beside.filter(|name| name.to_string_lossy().ends_with(".thin")).collect();
        assert!(beside.is_empty(), "{beside:?}");
        assert_eq!(running.finish().code(), Some(0));
    });
    let unmounted = finish(folder.command("umount", &["disk"]));
    assert!(tested.is_ok() && unmounted.code() == 0);
}

#[test]
fn a_tree_that_takes_all_descriptors_leaves_some_for_thinning() {
    let folder = Folder::new();
    let script = r#"ulimit -n 24; exec "$0" run -i 5ms --max-size 100KiB -o run.csv -- "$1" crowd 60"#;
    let mut running = Running::start(folder.command("sh", &["-c", script, common::memrec(), &common::probe()]));
    until("a thinning", || was_thinned(&folder).then_some(()));
    running.end_input();
    assert_eq!(running.wait().code(), Some(0));
    assert!(folder.notes().iter().any(|note| note.contains("descriptor")), "{:?}", folder.notes());
}
