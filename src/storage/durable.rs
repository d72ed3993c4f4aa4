//! What was written is brought to the disk from time to time, by a thread that may wait for it: after a power failure no more is missing than the last seconds.

use super::outlet::{Output, Part, Report, Stored};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The time between two such moments.
const EVERY: Duration = Duration::from_secs(5);

/// A recording that was long enough to be worth it waits for the disk when it ends, for so long at most.
const AT_THE_END: Duration = Duration::from_secs(1);

/// Has files brought to the disk.
#[derive(Debug)]
pub(super) struct Durable<S> {
    every: Duration,
    began: Instant,
    thread: Option<Thread>,
    shared: Arc<Shared<S>>,
    told: bool,
}

#[derive(Debug)]
struct Thread {
    ask: Sender<()>,
    /// Says nothing, and is at its end when the thread is.
    ended: Receiver<()>,
}

#[derive(Debug)]
struct Shared<S> {
    /// The recording's files, as they are now.
    files: Mutex<Option<[S; 2]>>,
    /// Somebody has asked, and what is written from now on is synced too.
    waiting: AtomicBool,
    failure: Mutex<Option<(Part, io::Error)>>,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Stored + Clone> Durable<S> {
    pub(super) fn new() -> Self {
        let shared = Shared { files: Mutex::new(None), waiting: AtomicBool::new(false), failure: Mutex::new(None) };
        Self { every: EVERY, began: Instant::now(), thread: None, shared: Arc::new(shared), told: false }
    }

    /// Something was written into one of the files. The first thread that this makes is the first that memrec has: there must be a command by then.
    pub(super) fn written<O: Output<Stored = S>>(&mut self, csv: &O, events: &O, reports: &mut Vec<Report>) {
        if self.shared.waiting.swap(true, Ordering::Relaxed) || !csv.stored().is_on_a_disk() {
            return;
        }
        let failure = locked(&self.shared.failure).take();
        let failure = failure.or_else(|| self.ask(csv, events).err().map(|error| (Part::Csv, error)));
        if let Some((part, error)) = failure.filter(|_| !std::mem::replace(&mut self.told, true)) {
            reports.push(Report::NotDurable { part, error });
        }
    }

    /// Other files have taken the places of these.
    pub(super) fn moved<O: Output<Stored = S>>(&mut self, csv: &O, events: &O) {
        *locked(&self.shared.files) = Some([csv.stored(), events.stored()]);
    }

    fn ask<O: Output<Stored = S>>(&mut self, csv: &O, events: &O) -> io::Result<()> {
        let thread = match &mut self.thread {
            Some(thread) => thread,
            None => {
                self.moved(csv, events);
                let ((ask, asked), (end, ended)) = (channel(), channel());
                let (shared, every) = (Arc::clone(&self.shared), self.every);
                let work = move || {
                    let _until_the_end = end;
                    sync(&asked, &shared, every);
                };
                thread::Builder::new().name("memrec-sync".to_owned()).spawn(work)?;
                self.thread.insert(Thread { ask, ended })
            }
        };
        thread.ask.send(()).map_err(|_| io::Error::other("the thread that waits for the disk is gone"))
    }
}

impl<S> Drop for Durable<S> {
    fn drop(&mut self) {
        if let Some(Thread { ask, ended }) = self.thread.take() {
            drop(ask);
            if self.began.elapsed() >= self.every {
                let _ = ended.recv_timeout(AT_THE_END);
            }
        }
    }
}

/// Until nobody asks any more.
fn sync<S: Stored + Clone>(asked: &Receiver<()>, shared: &Shared<S>, every: Duration) {
    let mut last = Instant::now();
    while asked.recv().is_ok() {
        // Nobody asks meanwhile: this only ends early where the recording does.
        let ends = asked.recv_timeout(every.saturating_sub(last.elapsed())) == Err(RecvTimeoutError::Disconnected);
        last = Instant::now();
        // What is written from now on is asked for anew.
        shared.waiting.store(false, Ordering::Relaxed);
        let files = locked(&shared.files).clone();
        for (part, file) in [Part::Csv, Part::Events].into_iter().zip(files.iter().flatten()) {
            if let Err(error) = file.sync() {
                *locked(&shared.failure) = Some((part, error));
            }
        }
        if ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Place;
    use std::sync::mpsc::Sender;

    /// Tells who is synced, by its name.
    #[derive(Clone)]
    struct Told(&'static str, Sender<&'static str>, Arc<AtomicBool>);

    impl Stored for Told {
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Ok(0)
        }

        fn sync(&self) -> io::Result<()> {
            let broken = self.2.load(Ordering::Relaxed);
            let _ = self.1.send(self.0);
            if broken { Err(io::Error::other("no more sectors")) } else { Ok(()) }
        }
    }

    impl Output for Told {
        type Stored = Self;

        fn stored(&self) -> Self {
            self.clone()
        }

        fn beside(&self) -> io::Result<Self> {
            Ok(self.clone())
        }

        fn take_place_of(&mut self, _: &Self) -> io::Result<()> {
            Ok(())
        }

        fn discard(&mut self) {}

        fn free(&self) -> Option<u64> {
            None
        }

        fn sweep(&self) {}

        fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn truncate(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn length(&mut self) -> io::Result<u64> {
            Ok(0)
        }

        fn place(&mut self) -> Place {
            Place::There
        }
    }

    #[test]
    fn what_was_written_is_synced_by_somebody_else_and_a_failure_is_told_once() {
        let (tell, told) = std::sync::mpsc::channel();
        let broken = Arc::new(AtomicBool::new(false));
        let (csv, events) = (Told("csv", tell.clone(), broken.clone()), Told("events", tell, broken.clone()));
        let mut durable = Durable::new();
        durable.every = Duration::ZERO;
        let mut reports = Vec::new();
        for _ in 0..3 {
            durable.written(&csv, &events, &mut reports);
            // It returns before that is done.
            assert_eq!((told.recv(), told.recv()), (Ok("csv"), Ok("events")));
        }
        assert!(reports.is_empty(), "{reports:?}");
        broken.store(true, Ordering::Relaxed);
        while reports.is_empty() {
            durable.written(&csv, &events, &mut reports);
            thread::yield_now();
        }
        assert!(matches!(reports[..], [Report::NotDurable { .. }]), "{reports:?}");
        durable.written(&csv, &events, &mut reports);
        assert_eq!(reports.len(), 1, "once, and tried again");
        assert_eq!(told.recv(), Ok("csv"));
    }

    #[test]
    fn whatever_is_written_meanwhile_is_one_sync() {
        let (tell, told) = std::sync::mpsc::channel();
        let csv = Told("csv", tell, Arc::default());
        let mut durable = Durable::new();
        durable.every = Duration::from_secs(3600);
        let mut reports = Vec::new();
        (0..100).for_each(|_| durable.written(&csv, &csv, &mut reports));
        assert!(told.try_recv().is_err(), "not yet");
        // Other files have come in their places. The last time is when the recording ends.
        let other = Told("other", csv.1.clone(), Arc::default());
        durable.moved(&other, &other);
        drop((durable, csv, other));
        assert_eq!((told.recv(), told.recv(), told.iter().count()), (Ok("other"), Ok("other"), 0));
    }
}
