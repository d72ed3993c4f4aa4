//! What was written is brought to the disk from time to time, by a thread that may wait for it: after a power failure no more is missing than the last seconds.

use super::outlet::{Output, Part, Report};
use super::thin::Stored;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The time between two such moments.
const EVERY: Duration = Duration::from_secs(5);

/// Has files brought to the disk.
#[derive(Debug)]
pub(super) struct Durable<S> {
    every: Duration,
    /// What is to be synced next. None before the first write, and where there is no thread to be had.
    asked: Option<SyncSender<[S; 2]>>,
    shared: Arc<Shared>,
    told: bool,
}

#[derive(Debug, Default)]
struct Shared {
    /// Somebody has asked, and what is written from now on is synced too.
    waiting: AtomicBool,
    failure: Mutex<Option<(Part, io::Error)>>,
}

impl<S: Stored> Durable<S> {
    pub(super) fn new() -> Self {
        Self { every: EVERY, asked: None, shared: Arc::default(), told: false }
    }

    /// Something was written into one of the files. The first thread that this makes is the first that memrec has: there must be a command by then.
    pub(super) fn written<O: Output<Stored = S>>(&mut self, csv: &O, events: &O, reports: &mut Vec<Report>) {
        if self.told || self.shared.waiting.swap(true, Ordering::Relaxed) {
            return;
        }
        let failure = self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        let failure =
            failure.or_else(|| self.ask([csv.stored(), events.stored()]).err().map(|error| (Part::Csv, error)));
        if let Some((part, error)) = failure {
            self.told = true;
            reports.push(Report::NotDurable { part, error });
        }
    }

    fn ask(&mut self, files: [S; 2]) -> io::Result<()> {
        let asked = match &mut self.asked {
            Some(asked) => asked,
            None => {
                let (ask, to_do) = sync_channel(1);
                let (shared, every) = (Arc::clone(&self.shared), self.every);
                thread::Builder::new().name("memrec-sync".to_owned()).spawn(move || sync(&to_do, &shared, every))?;
                self.asked.insert(ask)
            }
        };
        match asked.try_send(files) {
            // A disk that has not taken the last one yet: the thread has this one still before it.
            Ok(()) | Err(TrySendError::Full(_)) => Ok(()),
            Err(TrySendError::Disconnected(_)) => Err(io::Error::other("the thread that waits for the disk is gone")),
        }
    }
}

/// Until nobody asks any more.
fn sync<S: Stored>(to_do: &Receiver<[S; 2]>, shared: &Shared, every: Duration) {
    let mut last = Instant::now();
    while let Ok(files) = to_do.recv() {
        // Nobody asks meanwhile: this only ends early where the recording does.
        let _ = to_do.recv_timeout(every.saturating_sub(last.elapsed()));
        last = Instant::now();
        // What is written from now on is asked for anew.
        shared.waiting.store(false, Ordering::Relaxed);
        for (part, file) in [Part::Csv, Part::Events].into_iter().zip(&files) {
            if let Err(error) = file.sync() {
                *shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((part, error));
            }
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
        let mut durable = Durable { every: Duration::ZERO, ..Durable::new() };
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
        assert_eq!(reports.len(), 1);
    }

    #[test]
    fn whatever_is_written_meanwhile_is_one_sync() {
        let (tell, told) = std::sync::mpsc::channel();
        let csv = Told("csv", tell, Arc::default());
        let mut durable = Durable { every: Duration::from_secs(3600), ..Durable::new() };
        let mut reports = Vec::new();
        (0..100).for_each(|_| durable.written(&csv, &csv, &mut reports));
        assert!(told.try_recv().is_err(), "not yet");
        // The last time is when the recording ends.
        drop((durable, csv));
        assert_eq!((told.recv(), told.recv(), told.iter().count()), (Ok("csv"), Ok("csv"), 0));
    }
}
