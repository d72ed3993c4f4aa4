//! What a recording takes in beside the tree, put together: labels that are sent, lines of logs, alerts.

use super::Failure;
use super::alerts::Alerts;
use super::output::Output;
use crate::cli::{Pattern, Recording};
use crate::exit::Outcome;
use crate::logs::{Counts, Heard, Label, Logs, Opened, Questions, Watched};
use crate::model::{LONGEST_LABEL, Sample, What, check_label, reason, shown};
use crate::post::{Letter, Office};
use crate::record::{Aside, Clock, Said, SystemClock};
use std::cell::Cell;
use std::fs;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Logs are looked at as often as the tree, but not more often ...
const OFTEN: Duration = Duration::from_millis(10);
/// ... nor more seldom than this.
const SELDOM: Duration = Duration::from_millis(100);

/// So long the end of a recording waits for what the command has written at last.
const LAST_LINES: Duration = Duration::from_secs(5);

pub(super) struct Asides {
    /// Where labels are sent to. None where no socket can be beside the recording, which whoever sends one is told.
    office: Option<Office>,
    letters: Vec<Letter>,
    events_wait: Rc<Cell<bool>>,
    logs: Reading,
    /// Of counts.
    names: Vec<String>,
    heard: Heard,
    pause: Duration,
    alerts: Alerts,
    recording: PathBuf,
    notes: Vec<String>,
}

enum Reading {
    Nothing,
    Opened(Opened),
    Begun(Logs),
}

impl Asides {
    /// Opens all of it, without reading anything yet: what is in a log by now was there before the recording.
    pub(super) fn open(recording: &Recording, alerts: Alerts, output: &Output) -> Result<Self, Failure> {
        let csv = std::path::absolute(output.csv()).unwrap_or_else(|_| output.csv().to_owned());
        let failed = |error| Failure::new(Outcome::NotRecorded, error);
        let (watched, names) = watched(recording);
        let opened = Opened::new(watched).map_err(failed)?;
        let missing = |path: &PathBuf| format!("the log {} is not there yet; it is read when it is", shown(path));
        let notes = opened.missing().map(missing).collect();
        Ok(Self {
            office: Office::open(output.csv()).ok(),
            letters: Vec::new(),
            events_wait: output.events_wait(),
            logs: Reading::Opened(opened),
            names,
            heard: Heard::default(),
            pause: recording.options.interval.clamp(OFTEN, SELDOM),
            alerts,
            recording: csv,
            notes,
        })
    }

    /// The command has started: threads may, too.
    pub(super) fn begin(&mut self) {
        let Reading::Opened(opened) = std::mem::replace(&mut self.logs, Reading::Nothing) else { return };
        if opened.is_empty() {
            return;
        }
        match Logs::start(opened, self.names.len(), self.pause, || SystemClock.now()) {
            Ok(logs) => self.logs = Reading::Begun(logs),
            Err(error) => self.notes.push(format!("logs are not read: {}", reason(&error))),
        }
    }

    fn tell_heard(&mut self, said: &mut Vec<Said>) {
        let mark = |(at, label)| Said { at: Some(at), what: What::Mark { label, edge: None } };
        said.extend(self.heard.labels.drain(..).map(mark));
        self.notes.append(&mut self.heard.notes);
        said.extend(self.notes.drain(..).map(|text| Said { at: None, what: What::Note { text } }));
    }

    fn tell_counts(&mut self, said: &mut Vec<Said>) {
        for (place, number) in self.heard.counts.drain(..) {
            let name = self.names[place].clone();
            said.push(Said { at: None, what: What::Count { name, number } });
        }
    }
}

impl Aside for Asides {
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.office.as_ref().map(Office::descriptor)
    }

    fn take(&mut self, said: &mut Vec<Said>) {
        let Some(office) = &mut self.office else { return };
        office.take(&mut self.letters);
        let mark = |Letter { at, edge, label }| Said { at, what: What::Mark { label, edge } };
        said.extend(self.letters.drain(..).map(mark));
    }

    fn handed_over(&mut self) {
        if let Some(office) = &mut self.office {
            office.answer(!self.events_wait.get());
        }
    }

    fn tick_begins(&mut self, said: &mut Vec<Said>) {
        if let Reading::Begun(logs) = &self.logs {
            logs.take(&mut self.heard);
        }
        self.tell_heard(said);
    }

    fn tick_ends(&mut self, sample: &Sample, said: &mut Vec<Said>) {
        self.tell_counts(said);
        self.alerts.look(sample, &self.recording, &mut self.notes);
        self.tell_heard(said);
    }

    fn last(&mut self, said: &mut Vec<Said>) {
        if let Reading::Begun(logs) = &self.logs {
            logs.last(LAST_LINES, &mut self.heard);
        }
        self.alerts.last(&mut self.notes);
        self.tell_counts(said);
        self.tell_heard(said);
    }
}

/// The logs that were asked for, each file once, and the names of counts.
fn watched(recording: &Recording) -> (Vec<Watched>, Vec<String>) {
    let mut watched: Vec<Watched> = Vec::new();
    if let Some((path, pattern)) = &recording.beside.labels {
        let pattern = pattern.clone();
        let label: Label = Box::new(move |line| label(&pattern, line));
        watched.push(Watched { path: path.clone(), questions: Questions { label: Some(label), counts: Vec::new() } });
    }
    let Some((path, patterns)) = &recording.beside.counts else { return (watched, Vec::new()) };
    let counts = patterns.iter().enumerate().map(|(place, (_, pattern))| {
        let pattern = pattern.clone();
        let counts: Counts = Box::new(move |line| pattern.is_match(line.as_bytes()));
        (place, counts)
    });
    match watched.iter_mut().find(|other| is_same(&other.path, path)) {
        Some(same) => same.questions.counts.extend(counts),
        None => {
            let counts = counts.collect();
            watched.push(Watched { path: path.clone(), questions: Questions { label: None, counts } });
        }
    }
    (watched, patterns.iter().map(|(name, _)| name.clone()).collect())
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// The label that a line gives. What is too long for one is cut: nobody can shorten it in a log.
fn label(pattern: &Pattern, line: &str) -> Option<String> {
    let found = pattern.find(line)?.trim();
    let label = &found[..found.floor_char_boundary(LONGEST_LABEL)];
    check_label(label).is_ok().then(|| label.to_owned())
}
