//! Logs on a disk: what others do to them, and what is read of them.

use super::*;
use crate::logs::{Questions, Watched};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

fn now() -> Duration {
    Duration::from_secs(1)
}

/// A log that is read while the test writes to it, every line of which is a label and counts.
struct Played {
    folder: tempfile::TempDir,
    logs: Option<Logs>,
    heard: Heard,
}

impl Played {
    fn new(before: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        before.into_iter().for_each(|text| fs::write(folder.path().join("log"), text).unwrap());
        let label = |line: &str| Some(line.to_owned());
        let questions = Questions { label: Some(Box::new(label)), counts: vec![(0, Box::new(|_| true))] };
        let opened = Opened::new(vec![Watched { path: folder.path().join("log"), questions }]).unwrap();
        let logs = Logs::start(opened, 1, Duration::from_millis(1), now).unwrap();
        Self { folder, logs: Some(logs), heard: Heard::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn append(&self, text: &str) {
        append(&self.path(), text);
    }

    /// Waits until this line was read.
    fn reads(&mut self, line: &str) {
        for _ in 0..60_000 {
            self.logs.as_ref().unwrap().take(&mut self.heard);
            if self.heard.labels.iter().any(|(_, label)| label == line) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("{line} is not read, but {:?}", self.heard);
    }

    fn end(mut self) -> Vec<String> {
        self.logs.take().unwrap().last(Duration::from_secs(60), &mut self.heard);
        let counted: u64 = self.heard.counts.iter().map(|(_, number)| number).sum();
        assert_eq!(counted, self.heard.labels.len() as u64, "{:?}", self.heard);
        assert_eq!(self.heard.notes, [""; 0]);
        self.heard.labels.into_iter().map(|(_, label)| label).collect()
    }
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn only_lines_that_begin_after_the_beginning_are_read() {
    let mut log = Played::new(Some("old\nbegun before"));
    log.append(" and ended after\nnew\n");
    log.reads("new");
    assert_eq!(log.end(), ["new"]);
}

#[test]
fn a_line_that_comes_in_pieces_is_one() {
    let mut log = Played::new(Some(""));
    log.append("first\nsec");
    log.reads("first");
    log.append("ond\nthird, without an end");
    log.reads("second");
    assert_eq!(log.end(), ["first", "second", "third, without an end"]);
}

#[test]
fn a_log_that_is_renamed_and_created_anew_is_read_on_in_both_places() {
    let mut log = Played::new(Some(""));
    log.append("one\n");
    log.reads("one");
    let older = log.folder.path().join("log.1");
    fs::rename(log.path(), &older).unwrap();
    append(&older, "two\n");
    log.append("three\n");
    log.reads("three");
    // Who writes opens the new one when told, and until then goes on.
    append(&older, "four\n");
    log.reads("four");
    fs::rename(&older, log.path()).unwrap();
    log.append("five\n");
    log.reads("five");
    assert_eq!(log.end(), ["one", "two", "three", "four", "five"]);
}

#[test]
fn a_log_that_is_copied_and_emptied_is_read_from_its_beginning() {
    let mut log = Played::new(Some("before\n"));
    log.append("one\n");
    log.reads("one");
    fs::copy(log.path(), log.folder.path().join("log.1")).unwrap();
    File::create(log.path()).unwrap();
    log.append("two\n");
    log.reads("two");
    assert_eq!(log.end(), ["one", "two"]);
}

#[test]
fn a_log_that_is_emptied_and_has_grown_beyond_where_it_was_is_noticed() {
    let mut log = Played::new(Some(""));
    log.append("one\n");
    log.reads("one");
    fs::write(log.path(), "another\ntext\nof\nmore\nlines\n").unwrap();
    log.reads("lines");
    assert_eq!(log.end()[1..], ["another", "text", "of", "more", "lines"]);
}

#[test]
fn a_log_that_is_not_there_yet_is_read_from_its_beginning_and_may_go_and_come() {
    let mut log = Played::new(None);
    log.append("one\n");
    log.reads("one");
    fs::remove_file(log.path()).unwrap();
    fs::create_dir(log.folder.path().join("sub")).unwrap();
    log.append("two\n");
    log.reads("two");
    assert_eq!(log.end(), ["one", "two"]);
}

#[test]
fn the_last_lines_are_read_before_it_ends() {
    let log = Played::new(Some(""));
    let text: String = (0..50_000).map(|line| format!("line {line} of the last ones\n")).collect();
    log.append(&text[..40 * 60]);
    // All labels are kept that there is room for; counted is every line.
    let Played { logs, mut heard, .. } = log;
    logs.unwrap().last(Duration::from_secs(60), &mut heard);
    assert!(heard.labels.len() > 50, "{heard:?}");
}

#[test]
fn a_storm_of_lines_is_counted_to_the_last_and_gives_as_many_labels_as_can_be_kept() {
    let log = Played::new(Some(""));
    let lines = 200_000;
    let text: String = (0..lines).map(|line| format!("line {line}\n")).collect();
    log.append(&text);
    let Played { logs, mut heard, folder } = log;
    logs.unwrap().last(Duration::from_secs(60), &mut heard);
    assert_eq!(heard.counts.iter().map(|(_, number)| number).sum::<u64>(), lines);
    assert!(heard.labels.len() >= LABELS_KEPT, "{}", heard.labels.len());
    assert!(heard.notes[0].contains("left out"), "{:?}", heard.notes);
    drop(folder);
}

#[test]
fn what_is_no_file_is_refused_and_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, why) in [(folder.path(), "not a file"), (&pipe, "not a file"), (Path::new("/dev/null"), "not a file")] {
        let watched = Watched { path: path.to_owned(), questions: Questions::default() };
        let told = Opened::new(vec![watched]).unwrap_err().to_string();
        assert!(told.starts_with("cannot read the log: ") && told.contains(why) && told.contains("; "), "{told}");
    }
    let watched = Watched { path: folder.path().join("missing/log"), questions: Questions::default() };
    assert_eq!(Opened::new(vec![watched]).unwrap().missing().count(), 1);
}
