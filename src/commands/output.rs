//! A recording as it comes into being: its files, and what is said of it.

use super::plot::{check_picture, draw_when_ended, refuse_overwriting};
use super::{Failure, talk::tell};
use crate::analysis::is_unseen_spike;
use crate::cli::{IfExists, Recording, Talk};
use crate::exit::Outcome;
use crate::model::{
    Bytes, CommandLine, FORMAT, GapCause, Pid, Row, Start, What, clock_span, reason, short_span, shown,
};
use crate::record::{Ending, Tick, Why};
use crate::source::{self, Orphans, Source, host, memory_limit};
use crate::storage::{Created, Mode, OutputFile, Part, Pending, Report, Writer, create, create_unused, sidecar_of};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Checks what can be known before anything is opened, and opens the source.
pub(super) fn open_source(recording: &Recording, orphans: Orphans) -> Result<Box<dyn Source>, Failure> {
    let failed = |message: String| Failure::new(Outcome::NotRecorded, message);
    if let Some(picture) = &recording.plot {
        check_picture(picture).map_err(failed)?;
    }
    recording.source.check().map_err(|error| failed(format!("cannot record: {error}")))?;
    source::open(&recording.source, orphans)
        .map_err(|error| failed(format!("cannot read processes: /proc: {}", why_unreadable(&error))))
}

fn why_unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        _ if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
            format!("{}; allow more with: ulimit -n", reason(error))
        }
        std::io::ErrorKind::NotFound => "there is none; mount it with: mount -t proc proc /proc".to_owned(),
        _ => reason(error),
    }
}

pub(super) struct Output {
    writer: Writer<OutputFile>,
    /// Undecided until there is something to record.
    pending: Option<Pending>,
    csv: PathBuf,
    talk: Talk,
    highest: Option<(u64, Duration)>,
    /// The highest mark of one process.
    highest_mark: u64,
    /// Notes that were told here and come back with the next tick, to be written down.
    told: Vec<String>,
    /// Notes of the beginning, to be written down with the first tick.
    notes: Vec<String>,
    told_thinning: bool,
    /// The samples' file is not where it was created.
    elsewhere: bool,
    /// Whether events wait for their file to take bytes again.
    events_wait: Rc<Cell<bool>>,
}

impl Output {
    /// Opens the files. Until [`keep`](Self::keep), an early way out leaves nothing behind.
    pub(super) fn open(recording: &Recording, name: &str) -> Result<Self, Failure> {
        let failed = |message: String| Failure::new(Outcome::NotRecorded, message);
        let mode = match recording.if_exists {
            IfExists::Keep => Mode::New,
            IfExists::Replace => Mode::Force,
        };
        let created = match &recording.output {
            Some(path) => create(path, mode),
            None => create_unused(Path::new(""), chrono::Utc::now(), name),
        };
        let Created { csv, events, pending } = created.map_err(|error| failed(error.to_string()))?;
        let path = csv.path().to_owned();
        let writer = Writer::with(csv, events, recording.source.extras, recording.max_size.bytes()).map_err(
            |(part, error)| {
                let path = file(&path, part);
                let path = shown(&path);
                failed(format!("cannot write the recording: {path}: {}; choose another with -o", reason(&error)))
            },
        )?;
        if let Some(picture) = &recording.plot {
            refuse_overwriting(picture, &path).map_err(failed)?;
        }
        Ok(Self {
            writer,
            pending: Some(pending),
            csv: path,
            talk: recording.talk,
            highest: None,
            highest_mark: 0,
            told: Vec::new(),
            notes: Vec::new(),
            told_thinning: false,
            elsewhere: false,
            events_wait: Rc::default(),
        })
    }

    /// The samples' file.
    pub(super) fn csv(&self) -> &Path {
        &self.csv
    }

    /// Shows whether what was written by now is in the files, or waits for them to take bytes again.
    pub(super) fn events_wait(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.events_wait)
    }

    /// There is something to record: the files stay, and replace what they were to replace.
    pub(super) fn keep(&mut self) {
        if self.pending.is_some() {
            self.writer.set_descriptors_aside();
        }
        if let Some(Err(error)) = self.pending.take().map(Pending::commit) {
            tell(error);
        }
    }

    /// Writes a tick down. What went wrong with it is told, and returned to be written down when that can be.
    pub(super) fn write(&mut self, tick: &Tick<'_>) -> Vec<What> {
        self.keep();
        // A command that was gone before its first reading has the kernel's mark alone.
        let size = |row: &Row| row.memory.rss.or(row.memory.peak_rss);
        let total = tick.sample.rows.iter().filter_map(size).reduce(|sum, size| sum + size);
        if let Some(total) = total
            && self.highest.is_none_or(|(highest, _)| total > highest)
        {
            self.highest = Some((total, tick.sample.elapsed));
        }
        let marks = tick.sample.rows.iter().filter_map(|row| row.memory.peak_rss);
        self.highest_mark = marks.fold(self.highest_mark, u64::max);
        let told = std::mem::take(&mut self.told);
        for event in tick.events {
            match &event.what {
                What::Note { text } if self.talk == Talk::Normal && !told.contains(text) => tell(text),
                What::Exit(exit) => self.highest_mark = self.highest_mark.max(exit.peak_rss_bytes.unwrap_or(0)),
                _ => {}
            }
        }
        let reports = self.writer.write(tick.sample, tick.events);
        self.events_wait.set(self.writer.events_wait());
        let mut happened: Vec<What> = reports.iter().flat_map(|report| self.report(report)).collect();
        for text in std::mem::take(&mut self.notes) {
            self.told.push(text.clone());
            happened.push(What::Note { text });
        }
        happened
    }

    /// Tells it, and returns what the events are to say of it.
    fn report(&mut self, report: &Report) -> Vec<What> {
        let text = report.message(&file(&self.csv, report.part()));
        // A recording of months is thinned again and again.
        let again = matches!(report, Report::Thinned { .. }) && std::mem::replace(&mut self.told_thinning, true);
        if (self.talk == Talk::Normal && !again) || report.is_trouble() {
            tell(&text);
        }
        self.elsewhere |= matches!(report, Report::Gone { part: Part::Csv } | Report::Replaced { part: Part::Csv });
        match *report {
            // The events have been told, with the thinning itself.
            Report::Thinned { .. } => return Vec::new(),
            Report::Recovered { part: Part::Csv, lost, away } if lost > 0 => {
                let gap = What::Gap { cause: GapCause::Unwritten, ticks_missed: lost, seconds: away.as_secs_f64() };
                self.told.push(text.clone());
                return vec![gap, What::Note { text }];
            }
            _ => {}
        }
        self.told.push(text.clone());
        vec![What::Note { text }]
    }

    /// The line at the start.
    pub(super) fn say_start(&self, what: &str, recording: &Recording) {
        if self.talk == Talk::Normal {
            let interval = short_span(recording.options.interval);
            tell(format_args!("recording {what} every {interval} to {}", self.shown()));
            recording.hints.iter().for_each(tell);
        }
    }

    /// Something that belongs to the beginning, in the recording too.
    pub(super) fn note(&mut self, text: String) {
        if self.talk == Talk::Normal {
            tell(&text);
        }
        self.notes.push(text);
    }

    /// The summary, and the picture where one was asked for.
    pub(super) fn finish(self, recording: &Recording, ending: &Ending) {
        self.say_end(ending);
        let csv = self.csv.clone();
        // Closed before it is read.
        drop(self);
        draw_when_ended(recording, &csv);
    }

    fn say_end(&self, ending: &Ending) {
        let lost = self.writer.ticks_lost_at_the_end();
        if lost > 0 {
            tell(format_args!("the last {lost} ticks are not in {}: it took no more bytes", self.shown()));
        }
        if self.talk == Talk::Quiet {
            return;
        }
        let peak = if ending.misses_some { "peak at least" } else { "peak" };
        let peak = match self.highest {
            Some((total, at)) if is_unseen_spike(self.highest_mark, total) => {
                let mark = Bytes(self.highest_mark);
                format!("{peak} {} at {}, a process reached {mark} between ticks", Bytes(total), clock_span(at))
            }
            Some((total, at)) => format!("{peak} {} at {}", Bytes(total), clock_span(at)),
            None => "nothing measured".to_owned(),
        };
        let processes =
            if ending.processes == 1 { "1 process".to_owned() } else { format!("{} processes", ending.processes) };
        let missed = if ending.missed == 0 { String::new() } else { format!(" ({} missed)", ending.missed) };
        let span = short_span(ending.elapsed);
        let ticks = if ending.ticks == 1 { "1 tick".to_owned() } else { format!("{} ticks", ending.ticks) };
        // It may have been deleted, moved away or replaced meanwhile, which was told then.
        let hint = if self.csv.exists() && !self.elsewhere {
            format!("; see it with: memrec plot {}", self.shown())
        } else {
            String::new()
        };
        if matches!(ending.why, Why::Ended | Why::Killed) && ending.living > 0 {
            let who = if ending.living == 1 {
                "a process lives".to_owned()
            } else {
                format!("{} processes live", ending.living)
            };
            // After a kill there was nothing more to be recorded.
            let hint = if ending.why == Why::Ended { "; record them too with: --until tree" } else { "" };
            tell(format_args!("{who} on that this has started, unrecorded from here on{hint}"));
        }
        tell(format_args!("{peak}, {processes}, {span}, {ticks}{missed}{hint}"));
    }

    fn shown(&self) -> String {
        CommandLine::masked([&self.csv]).to_string()
    }
}

fn file(csv: &Path, part: Part) -> PathBuf {
    match part {
        Part::Csv => csv.to_owned(),
        Part::Events => sidecar_of(csv),
    }
}

/// The first event of a recording.
pub(super) fn start_event(
    recording: &Recording,
    command: Option<CommandLine>,
    first: Pid,
    source: &dyn Source,
) -> Start {
    let host = host();
    Start {
        format: FORMAT,
        memrec: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.filter(|_| recording.options.command_lines),
        interval_s: recording.options.interval.as_secs_f64(),
        host: host.name,
        kernel: host.kernel,
        memory_bytes: host.memory_bytes,
        limit_bytes: memory_limit(first),
        source: source.name().to_owned(),
        following: source.following(),
    }
}
