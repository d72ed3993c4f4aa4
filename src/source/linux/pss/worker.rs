//! The thread that reads what the kernel takes its time for.

use crate::model::Pid;
use crate::source::linux::files::open_below;
use crate::source::linux::parse::{self, Rollup};
use nix::sys::signal::SigSet;
use std::fmt::Debug;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// It calls a few functions deep and has one page of text there.
const STACK: usize = 128 << 10;

/// Where one process is read.
#[derive(Debug)]
pub(in crate::source::linux) struct Place {
    /// The folder of its threads, which stays this process' whoever has its pid later.
    pub(in crate::source::linux) tasks: Arc<OwnedFd>,
    /// The thread that stands in for a main thread that has ended.
    pub(in crate::source::linux) thread: Option<Pid>,
}

/// Reads one process: `/proc`, or a test's own.
pub(super) trait Read: Debug + Send {
    fn read(&mut self, place: &Place) -> io::Result<Rollup>;
}

/// `/proc/PID/smaps_rollup`.
#[derive(Debug)]
pub(super) struct SmapsRollup;

impl Read for SmapsRollup {
    /// Opened anew each time: a kept descriptor answers ESRCH once the process has become another program.
    fn read(&mut self, place: &Place) -> io::Result<Rollup> {
        let file = match place.thread {
            None => open_below(&place.tasks, "../smaps_rollup")?,
            Some(thread) => open_below(&place.tasks, &format!("{thread}/smaps_rollup"))?,
        };
        // Some 700 bytes, made in one piece at the first read.
        let mut text = [0; 4096];
        let length = file.read_at(&mut text, 0)?;
        parse::smaps_rollup(&text[..length]).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// A pass that has come to its end.
#[derive(Debug)]
pub(super) struct Finished {
    /// One for each place, in their order.
    pub(super) readings: Vec<io::Result<Rollup>>,
    /// How long it took.
    pub(super) took: Duration,
}

/// The thread, as seen from the one that keeps the clock. Nobody ever waits for it: it may hang in the kernel for good.
#[derive(Debug)]
pub(super) struct Worker {
    passes: Sender<Vec<Place>>,
    finished: Receiver<Finished>,
    reached: Arc<AtomicUsize>,
}

impl Worker {
    pub(super) fn start(reader: Box<dyn Read>) -> io::Result<Self> {
        let (passes, to_do) = channel();
        let (done, finished) = channel();
        let reached = Arc::new(AtomicUsize::new(0));
        let told = Arc::clone(&reached);
        let thread = std::thread::Builder::new().name("memrec-pss".to_owned()).stack_size(STACK);
        thread.spawn(move || work(reader, &to_do, &done, &told))?;
        Ok(Self { passes, finished, reached })
    }

    /// Begins a pass. The last one must have been taken.
    pub(super) fn begin(&self, places: Vec<Place>) {
        self.reached.store(0, Relaxed);
        // Only a worker that has panicked takes nothing: the pass then never comes back, and that is told.
        let _ = self.passes.send(places);
    }

    /// Which of its places the pass has come to.
    pub(super) fn reached(&self) -> usize {
        self.reached.load(Relaxed)
    }

    /// The pass, if it has ended.
    pub(super) fn take_finished(&self) -> Option<Finished> {
        self.finished.try_recv().ok()
    }
}

fn work(mut reader: Box<dyn Read>, passes: &Receiver<Vec<Place>>, done: &Sender<Finished>, reached: &AtomicUsize) {
    // Signals are for the other thread, also where they are taken by a handler: this one may be in the kernel for long.
    let _ = SigSet::all().thread_block();
    for places in passes {
        let began = Instant::now();
        let read = |(place, number): (&Place, usize)| {
            reached.store(number, Relaxed);
            reader.read(place)
        };
        let readings = places.iter().zip(0..).map(read).collect();
        if done.send(Finished { readings, took: began.elapsed() }).is_err() {
            return;
        }
    }
}
