//! How large a recording may become, and what is done when it has: it is thinned beside the sampling, and the smaller files take the places of the larger
//! ones in one step each. Until then everything is written into the larger ones, and whatever goes wrong on the way leaves those as they are.

use super::outlet::{Outlet, Output, Part, Report, Stored};
use super::thin::{Aim, Section, Thinned, thin};
use crate::model::{Bytes, Extras};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

/// Thinning begins where this part of the room is taken ...
const FULL: (u64, u64) = (7, 8);
/// ... a tick waits for it from here on, since the next one may be as large as the rest, ...
const WHOLE: (u64, u64) = (31, 32);
/// ... and it leaves this one of it taken.
const LEFT: (u64, u64) = (1, 2);
/// What was not smaller afterwards is thinned again when it has grown by this part of the room.
const GROWN: u64 = 16;

/// What was written meanwhile is copied by the thinning thread where it is more than this, but not again and again: a single tick may be more.
const COPIED_AT_ONCE: u64 = 256 << 10;
const MOST_ROUNDS: u32 = 2;

/// What was not smaller afterwards has grown by this much at least.
const GROWN_AT_LEAST: u64 = 4 << 10;

/// For so long a tick waits.
const PATIENCE: Duration = Duration::from_secs(1);

/// After a failure it is tried again, ever more seldom.
const AGAIN: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_secs(1);
const AGAIN_AT_LAST: Duration = Duration::from_secs(600);

/// So many descriptors are kept for it: processes may have taken all others.
const RESERVE: usize = 2;

/// The room that a recording has.
#[derive(Debug)]
pub(super) struct Room<O: Output> {
    limit: u64,
    extras: Extras,
    /// From this size on there is something to do.
    full: u64,
    not_before: Duration,
    again: Duration,
    reserve: Vec<File>,
    thread: Option<Sender<Box<dyn FnOnce() + Send>>>,
    work: Option<Work<O>>,
    told_failure: bool,
    told_over: bool,
}

#[derive(Debug)]
struct Work<O: Output> {
    done: Receiver<io::Result<Smaller<O>>>,
    /// Whether the files are still those that are being read.
    turns: (u64, u64),
    given_up: Arc<AtomicBool>,
    rounds: u32,
}

/// A thinning that nobody wants any more ends at its next reading, and takes its files with it: nothing must be left when memrec leaves.
impl<O: Output> Drop for Work<O> {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

/// A file that is read until that is given up.
struct UntilGivenUp<S> {
    stored: S,
    given_up: Arc<AtomicBool>,
}

impl<S: Stored> Stored for UntilGivenUp<S> {
    fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        if self.given_up.load(Ordering::Relaxed) {
            return Err(io::Error::other("given up"));
        }
        self.stored.read_at(to, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.stored.sync()
    }
}

/// The smaller files, and how much of the larger ones is in them.
#[derive(Debug)]
struct Smaller<O: Output> {
    csv: Beside<O>,
    events: Beside<O>,
    has: (u64, u64),
    thinned: Thinned,
}

/// A file that goes again unless it is taken.
#[derive(Debug)]
struct Beside<O: Output>(Option<O>);

impl<O: Output> Beside<O> {
    fn new(output: &O) -> io::Result<Self> {
        output.beside().map(|beside| Self(Some(beside)))
    }

    fn take(mut self) -> Option<O> {
        self.0.take()
    }
}

impl<O: Output> Drop for Beside<O> {
    fn drop(&mut self) {
        if let Some(output) = &mut self.0 {
            output.discard();
        }
    }
}

impl<O: Output> Write for Beside<O> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |output| output.append(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<O: Output> Room<O> {
    /// For both files together, in bytes.
    pub(super) fn new(limit: u64, extras: Extras) -> Self {
        Self {
            limit,
            extras,
            full: part(limit, FULL),
            not_before: Duration::ZERO,
            again: AGAIN,
            reserve: Vec::with_capacity(RESERVE),
            thread: None,
            work: None,
            told_failure: false,
            told_over: false,
        }
    }

    /// Opens what is closed when descriptors are needed.
    pub(super) fn fill_reserve(&mut self) {
        while self.reserve.len() < RESERVE
            && let Ok(file) = File::open("/dev/null")
        {
            self.reserve.push(file);
        }
    }

    /// Begins to thin where it is time, and takes over what was thinned. To be called after every write; it costs a comparison.
    pub(super) fn look(
        &mut self,
        csv: &mut Outlet<O>,
        events: &mut Outlet<O>,
        now: Duration,
        reports: &mut Vec<Report>,
    ) {
        let size = csv.length() + events.length();
        if size < self.full && self.work.is_none() {
            return;
        }
        let looked = match self.work.take() {
            None if now < self.not_before => return,
            None => self.begin(csv, events, now),
            Some(work) => self.go_on(work, csv, events, reports),
        };
        if self.work.is_none() {
            self.fill_reserve();
        }
        if let Err(error) = looked {
            // To ask for room costs nothing.
            let again = if error.kind() == io::ErrorKind::StorageFull { ASK_AGAIN } else { self.again };
            self.not_before = now + again;
            self.again = (again * 2).clamp(self.again, AGAIN_AT_LAST);
            if !std::mem::replace(&mut self.told_failure, true) {
                reports.push(Report::NotThinned { part: Part::Csv, limit: self.limit, error });
            }
        }
    }

    fn begin(&mut self, csv: &mut Outlet<O>, events: &mut Outlet<O>, now: Duration) -> io::Result<()> {
        if !csv.is_in_place() || !events.is_in_place() {
            return Err(io::Error::other("its files are not where they were"));
        }
        // The command may need the disk.
        let room = part(self.limit, LEFT);
        if let Some(free) = csv.output().free().filter(|free| *free < room + room / 4) {
            let why = format!("{} are free on the disk, and {} are needed", Bytes(free), Bytes(room + room / 4));
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        self.reserve.clear();
        let smaller = Smaller {
            csv: Beside::new(csv.output())?,
            events: Beside::new(events.output())?,
            has: (csv.length(), events.length()),
            thinned: Thinned::default(),
        };
        let (aim, extras) = (Aim { room, limit: self.limit, at: now }, self.extras);
        self.spawn(csv, events, smaller, 0, move |of_csv, of_events, smaller| {
            smaller.csv.0.iter().for_each(O::sweep);
            let (mut to_csv, mut to_events) = (BufWriter::new(&mut smaller.csv), BufWriter::new(&mut smaller.events));
            smaller.thinned = thin((&of_csv, &of_events), extras, aim, (&mut to_csv, &mut to_events))?;
            to_csv.flush()?;
            to_events.flush()
        })
    }

    /// Has `work` done by a thread, with what the files hold from their beginning up to what the smaller ones will have then.
    fn spawn(
        &mut self,
        csv: &Outlet<O>,
        events: &Outlet<O>,
        mut smaller: Smaller<O>,
        rounds: u32,
        work: impl FnOnce(Section<'_>, Section<'_>, &mut Smaller<O>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let given_up = Arc::new(AtomicBool::new(false));
        let read =
            |outlet: &Outlet<O>| UntilGivenUp { stored: outlet.output().stored(), given_up: Arc::clone(&given_up) };
        let (of_csv, of_events) = (read(csv), read(events));
        let (tell, done) = channel();
        let worked = move || {
            let section = |stored, length| Section::new(stored, 0..length);
            let result = work(section(&of_csv, smaller.has.0), section(&of_events, smaller.has.1), &mut smaller);
            // Before they take the places of the others: after a power failure there must be something in them.
            let synced = result.and_then(|()| {
                let files = [&smaller.csv, &smaller.events].into_iter().filter_map(|beside| beside.0.as_ref());
                files.into_iter().try_for_each(|file| file.stored().sync())
            });
            // Nobody is there to be told where the recording has ended meanwhile.
            let _ = tell.send(synced.map(|()| smaller));
        };
        if self.thread()?.send(Box::new(worked)).is_err() {
            // The next time there is another one.
            self.thread = None;
            return Err(io::Error::other("the thread that thins is gone"));
        }
        self.work = Some(Work { done, turns: (csv.turns(), events.turns()), given_up, rounds });
        Ok(())
    }

    /// Always the same one, once there is one: a new thread might be given a new part of the heap each time, and memrec would grow.
    fn thread(&mut self) -> io::Result<&Sender<Box<dyn FnOnce() + Send>>> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => {
                let (ask, asked) = channel::<Box<dyn FnOnce() + Send>>();
                let work = move || asked.into_iter().for_each(|work| work());
                thread::Builder::new().name("memrec-thin".to_owned()).spawn(work)?;
                ask
            }
        };
        Ok(self.thread.insert(thread))
    }

    fn go_on(
        &mut self,
        work: Work<O>,
        csv: &mut Outlet<O>,
        events: &mut Outlet<O>,
        reports: &mut Vec<Report>,
    ) -> io::Result<()> {
        // Where it did not suffice before, nothing is gained by waiting.
        let over = !self.told_over && csv.length() + events.length() >= part(self.limit, WHOLE);
        let done = match work.done.try_recv() {
            Err(TryRecvError::Empty) if over => work.done.recv_timeout(PATIENCE),
            Err(TryRecvError::Empty) => Err(RecvTimeoutError::Timeout),
            Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
            Ok(done) => Ok(done),
        };
        let smaller = match done {
            Err(RecvTimeoutError::Timeout) => {
                self.work = Some(work);
                return Ok(());
            }
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the thinning broke off")),
            // A disk that said it had room.
            Ok(smaller) => smaller.map_err(|error| io::Error::other(crate::model::reason(&error)))?,
        };
        if work.turns != (csv.turns(), events.turns()) || !csv.is_in_place() || !events.is_in_place() {
            return Err(io::Error::other("somebody else has changed the files meanwhile"));
        }
        let has = smaller.has;
        let behind = (csv.length() - has.0).max(events.length() - has.1);
        if behind > COPIED_AT_ONCE && work.rounds < MOST_ROUNDS {
            let smaller = Smaller { has: (csv.length(), events.length()), ..smaller };
            return self.spawn(csv, events, smaller, work.rounds + 1, move |of_csv, of_events, smaller| {
                io::copy(&mut of_csv.split(has.0).1, &mut smaller.csv)?;
                io::copy(&mut of_events.split(has.1).1, &mut smaller.events).map(|_| ())
            });
        }
        self.take_over(smaller, csv, events, reports)
    }

    fn take_over(
        &mut self,
        smaller: Smaller<O>,
        csv: &mut Outlet<O>,
        events: &mut Outlet<O>,
        reports: &mut Vec<Report>,
    ) -> io::Result<()> {
        let Smaller { csv: smaller_csv, events: smaller_events, has, thinned } = smaller;
        // The events first: they tell of the thinning, and if memrec is killed now they tell of one that was not done, which does no harm.
        let mut both = [(events, smaller_events, has.1), (csv, smaller_csv, has.0)];
        for (outlet, beside, has) in &mut both {
            io::copy(&mut Section::new(&outlet.output().stored(), *has..outlet.length()), beside)?;
        }
        let mut size = 0;
        for (outlet, beside, _) in both {
            if let Some(output) = beside.take() {
                outlet.become_smaller(output)?;
            }
            size += outlet.length();
        }
        self.full = part(self.limit, FULL).max(size + (self.limit / GROWN).max(GROWN_AT_LEAST));
        (self.told_failure, self.again) = (false, AGAIN);
        let limit = self.limit;
        reports.push(Report::Thinned { part: Part::Csv, limit, until: thinned.until, span: thinned.span });
        if size >= limit && !std::mem::replace(&mut self.told_over, true) {
            reports.push(Report::OverLimit { part: Part::Csv, limit });
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;

fn part(of: u64, (numerator, denominator): (u64, u64)) -> u64 {
    of / denominator * numerator + of % denominator * numerator / denominator
}
