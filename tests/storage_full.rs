//! Real limits on a real file: the test starts itself again behind one.

#[path = "common/skipping.rs"]
mod skipping;

use memrec::model::{Memory, Name, Row, Sample};
use memrec::storage::{Mode, Recording, Report, Writer, create};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const FOLDER: &str = "MEMREC_TEST_FOLDER";

fn tick(number: u64) -> Sample {
    let memory = Memory { rss: Some(number), ..Memory::default() };
    let row = |process| Row { process, pid: 7, ppid: 1, name: Name::from_bytes(b"some name"), memory };
    let elapsed = Duration::from_millis(number);
    Sample { time: chrono::DateTime::UNIX_EPOCH + elapsed, elapsed, rows: (1..8).map(row).collect(), cgroup: None }
}

/// Ticks in the file; every line of it must be whole.
fn ticks(csv: &std::path::Path) -> u64 {
    let tally = Recording::open(csv).and_then(|recording| recording.samples(&mut |_| {})).expect("a recording");
    assert_eq!((tally.skipped_lines(), tally.rows), (0, tally.ticks * 7));
    tally.ticks
}

#[test]
#[ignore = "run behind a limit by the tests below"]
fn behind_a_limit() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let csv = folder.join("run.csv");
    let created = create(&csv, Mode::New).expect("an empty folder");
    let mut writer = Writer::new(created.csv, created.events).expect("room for the header");
    created.pending.commit().expect("nothing to replace");
    let filled = (1..100_000).find(|number| match &writer.write(&tick(*number), &[])[..] {
        [] => false,
        [Report::Failing { .. }] => true,
        other => panic!("{other:?}"),
    });
    let written = filled.expect("there is a limit") - 1;
    assert_eq!(ticks(&csv), written, "all that was written, and whole");
    assert_eq!(writer.write(&tick(200_000), &[]).len(), 0, "told once");
    // Somebody makes room: by deleting what fills the disk, or by emptying the recording.
    let reports = if fs::remove_file(folder.join("filler")).is_ok() {
        writer.write(&tick(200_001), &[])
    } else {
        fs::OpenOptions::new().write(true).open(&csv).and_then(|file| file.set_len(0)).expect("our own file");
        writer.write(&tick(200_001), &[])
    };
    assert!(matches!(reports.last(), Some(Report::Recovered { lost: 2, .. })), "{reports:?}");
    assert!(ticks(&csv) == 1 || ticks(&csv) == written + 1);
}

fn run_behind(limit: &str, folder: &std::path::Path) {
    let itself = std::env::current_exe().expect("the test itself");
    let script = format!("trap '' XFSZ; {limit}; exec \"$0\" --exact behind_a_limit --ignored");
    let output = Command::new("sh").args(["-c", &script]).arg(itself).env(FOLDER, folder).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_file_size_limit_leaves_whole_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    run_behind("ulimit -f 17", folder.path());
}

#[test]
fn a_full_disk_leaves_whole_lines_and_is_used_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mount =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "memrec-test"]).arg(folder.path()).output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        skipping::skipped("mounting a small disk needs root");
        return;
    }
    let tested = std::panic::catch_unwind(|| {
        fs::write(folder.path().join("filler"), vec![0; 20_000]).expect("room");
        run_behind("true", folder.path());
    });
    let unmounted = Command::new("umount").arg(folder.path()).status();
    assert!(tested.is_ok() && unmounted.is_ok_and(|status| status.success()));
}
