//! The thread that reads, and what it has found out.

use super::following::{Log, Opened, Questions};
use crate::model::{Bytes, shown};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Read at a time.
const PIECE: usize = 64 << 10;
/// The thread touches little stack.
const STACK: usize = 512 << 10;
/// Labels that wait to be taken. More than this are left out, and that is told: they are for people.
const LABELS_KEPT: usize = 4096;
/// So many at once, lest a tick be late for them.
const LABELS_AT_ONCE: usize = 64;
/// A log that is not read to its end for so long is behind.
const BEHIND: Duration = Duration::from_secs(2);

/// What was found out since the last time.
#[derive(Debug, Default)]
pub struct Heard {
    /// Labels, and when their lines were read.
    pub labels: Vec<(Duration, String)>,
    /// For each count its place and a number above 0.
    pub counts: Vec<(usize, u64)>,
    /// What a reader of the recording should know.
    pub notes: Vec<String>,
}

/// Logs that are being read.
#[derive(Debug)]
pub struct Logs {
    shared: Arc<Shared>,
    /// Asks for the end. Dropped, nobody wants anything any more.
    end: Sender<()>,
    ended: Receiver<()>,
}

#[derive(Debug)]
struct Shared {
    counts: Vec<AtomicU64>,
    /// Whether there is anything to be taken but counts.
    spoke: AtomicBool,
    spoken: Mutex<Spoken>,
    rest: AtomicU64,
}

#[derive(Debug, Default)]
struct Spoken {
    labels: VecDeque<(Duration, String)>,
    left_out: u64,
    notes: Vec<String>,
}

impl Logs {
    /// Begins to read, every `pause`, on a clock of the caller's. There are `counts` counts. There must be a command by now, if there is to be one: this is a
    /// thread.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn start(opened: Opened, counts: usize, pause: Duration, clock: fn() -> Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            counts: (0..counts).map(|_| AtomicU64::new(0)).collect(),
            spoke: AtomicBool::new(false),
            spoken: Mutex::default(),
            rest: AtomicU64::new(0),
        });
        let (end, asked) = channel();
        let (tell, ended) = channel();
        let told = Arc::clone(&shared);
        let thread = thread::Builder::new().name("memrec-logs".to_owned()).stack_size(STACK);
        thread.spawn(move || {
            Reading { shared: told, clock, asked, pause }.to_the_end(opened.0);
            let _ = tell.send(());
        })?;
        Ok(Self { shared, end, ended })
    }

    /// Takes what was found out since the last time. Never waits for who reads.
    pub fn take(&self, heard: &mut Heard) {
        for (place, count) in self.shared.counts.iter().enumerate() {
            // Most of the time there is nothing, and to read is cheaper than to take.
            if count.load(Ordering::Relaxed) > 0 {
                heard.counts.push((place, count.swap(0, Ordering::Relaxed)));
            }
        }
        if self.shared.spoke.load(Ordering::Acquire)
            && let Ok(mut spoken) = self.shared.spoken.try_lock()
        {
            let some = spoken.labels.len().min(LABELS_AT_ONCE);
            heard.labels.extend(spoken.labels.drain(..some));
            heard.notes.append(&mut spoken.notes);
            self.shared.spoke.store(!spoken.labels.is_empty(), Ordering::Release);
        }
    }

    /// Has all read that is in the logs now, and takes it. What could not be read within `patience` is told.
    pub fn last(&self, patience: Duration, heard: &mut Heard) {
        let _ = self.end.send(());
        let ended = self.ended.recv_timeout(patience);
        self.take(heard);
        let mut spoken = self.shared.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        heard.labels.extend(spoken.labels.drain(..));
        heard.notes.append(&mut spoken.notes);
        if spoken.left_out > 0 {
            heard.notes.push(format!(
                "{} labels of the log are left out: they came faster than they could be written down",
                spoken.left_out
            ));
        }
        match ended {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                let rest = Bytes(self.shared.rest.load(Ordering::Relaxed));
                heard.notes.push(format!("the logs were not read to their ends: about {rest} are left, uncounted"));
            }
            Err(RecvTimeoutError::Disconnected) => {
                heard.notes.push("the logs were not read to their ends, by a fault of memrec's own".to_owned());
            }
        }
    }
}

struct Reading {
    shared: Arc<Shared>,
    clock: fn() -> Duration,
    asked: Receiver<()>,
    pause: Duration,
}

/// Whether a log is read as fast as it is written.
#[derive(Debug, Default)]
struct Lag {
    /// Since when every piece that was read was a full one.
    full_since: Option<Instant>,
    told: Told,
}

#[derive(Debug, Default)]
enum Told {
    #[default]
    Nothing,
    Behind,
    All,
}

impl Lag {
    /// A piece was read: full or not. What is to be told, once each.
    fn was_read(&mut self, full: bool) -> Option<&'static str> {
        match self.told {
            Told::Nothing if !full => self.full_since = None,
            Told::Nothing if self.full_since.get_or_insert_with(Instant::now).elapsed() > BEHIND => {
                self.told = Told::Behind;
                return Some("is written faster than it is read: its lines are counted, and its labels come, later");
            }
            Told::Behind if !full => {
                self.told = Told::All;
                return Some("has been read to its end again");
            }
            _ => {}
        }
        None
    }
}

impl Reading {
    fn to_the_end(&self, logs: Vec<Log>) {
        let mut logs: Vec<(Log, Lag)> = logs.into_iter().map(|log| (log, Lag::default())).collect();
        let mut buffer = vec![0; PIECE];
        let mut pause = Duration::ZERO;
        // Of the last reading: how much there was when it was asked for.
        let mut left: Option<u64> = None;
        loop {
            match self.asked.recv_timeout(pause) {
                Ok(()) => {
                    // A file that has just taken the place of another one counts too.
                    logs.iter_mut().for_each(|(log, _)| self.note(log.files.look()));
                    left = Some(logs.iter().map(|(log, _)| log.files.rest()).sum());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if left.is_some() => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut any = 0;
            for (log, lag) in &mut logs {
                any += self.read(log, lag, &mut buffer);
            }
            self.shared.rest.store(logs.iter().map(|(log, _)| log.files.rest()).sum(), Ordering::Relaxed);
            left = left.map(|left| left.saturating_sub(any));
            if left.is_some() && (any == 0 || left == Some(0)) {
                break;
            }
            pause = if any > 0 { Duration::ZERO } else { self.pause };
        }
        for (Log { files, questions }, _) in &mut logs {
            files.end(&mut |line| self.ask(questions, line));
        }
    }

    /// A piece of a log. How many bytes it was.
    fn read(&self, log: &mut Log, lag: &mut Lag, buffer: &mut [u8]) -> u64 {
        let Log { files, questions } = log;
        self.note(files.look());
        let read = files.read_on(buffer, &mut |line| self.ask(questions, line));
        if let Some(told) = lag.was_read(read >= PIECE as u64) {
            self.note(Some(format!("the log {} {told}", shown(&files.path))));
        }
        read
    }

    fn ask(&self, questions: &Questions, line: &[u8]) {
        let line = &*String::from_utf8_lossy(line);
        for (place, counts) in &questions.counts {
            if counts(line) {
                self.shared.counts[*place].fetch_add(1, Ordering::Relaxed);
            }
        }
        let Some(label) = questions.label.as_ref().and_then(|label| label(line)) else { return };
        let mut spoken = self.spoken();
        if spoken.labels.len() < LABELS_KEPT {
            spoken.labels.push_back(((self.clock)(), label));
        } else {
            spoken.left_out += 1;
        }
        self.shared.spoke.store(true, Ordering::Release);
    }

    fn note(&self, note: Option<String>) {
        if let Some(note) = note {
            self.spoken().notes.push(note);
            self.shared.spoke.store(true, Ordering::Release);
        }
    }

    fn spoken(&self) -> MutexGuard<'_, Spoken> {
        self.shared.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
