//! PSS and USS: of the whole tree at once, and beside the looks.
//!
//! The kernel goes through a process' pages to add them up, under a lock that the process itself may hold for long. So a thread of its own reads
//! them, and a look does no more than begin a pass over all processes, and take it when it has ended: a pass is written into the sightings of
//! one look, for everybody who could be read, so that their sum is the tree's.

mod pacing;
#[cfg(test)]
mod tests;
mod worker;

pub(super) use worker::Place;

use crate::model::{printable, reason};
use crate::source::{Key, PssPolicy, Sighting};
use nix::errno::Errno;
use pacing::Pacing;
use std::io;
use std::time::Duration;
use worker::{Finished, Read, SmapsRollup, Worker};

/// A process that has been read for so long hangs, and the pass with it.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Passes {
    pacing: Pacing,
    /// Goes to the worker when that is started, at the first pass.
    reader: Option<Box<dyn Read>>,
    worker: Option<Worker>,
    under_way: Option<Pass>,
    told_unreadable: bool,
    /// Of whom it was told last that they hang.
    told_hanging: Option<Key>,
}

#[derive(Debug)]
struct Pass {
    /// Whom it reads, in the order of their keys, each with how often it had become another program by then.
    subjects: Vec<(Key, u32)>,
    /// Whom it had come to when it was last looked at, and when that was.
    reached: usize,
    looked: Duration,
    /// How long it has been there.
    waited: Duration,
    given_up: bool,
    /// And that was told.
    told: bool,
}

impl Passes {
    pub(super) fn new(policy: PssPolicy) -> Self {
        Self::with_reader(policy, Box::new(SmapsRollup))
    }

    fn with_reader(policy: PssPolicy, reader: Box<dyn Read>) -> Self {
        Self {
            pacing: Pacing::new(policy),
            reader: Some(reader),
            worker: None,
            under_way: None,
            told_unreadable: false,
            told_hanging: None,
        }
    }

    /// The end of the look at `now` that has seen `seen`, in the order of their keys: takes the pass that has ended, and begins the one that is due.
    pub(super) fn look(
        &mut self,
        now: Duration,
        seen: &mut [Sighting],
        place_of: &dyn Fn(Key) -> Option<Place>,
        notes: &mut Vec<String>,
    ) {
        if self.pacing.is_off() {
            return;
        }
        if let Some(worker) = &self.worker
            && let Some(pass) = &mut self.under_way
        {
            let Some(finished) = worker.take_finished() else {
                if let Some(hanging) = pass.hangs(worker.reached(), now)
                    && self.told_hanging.replace(hanging) != Some(hanging)
                {
                    pass.told = true;
                    let who = seen.iter().find(|sighting| sighting.key == hanging);
                    let who = who.map_or_else(|| "a process that has ended".to_owned(), named);
                    let seconds = PATIENCE.as_secs();
                    notes.push(format!("no PSS while {who} hangs: it has not let itself be read for {seconds} s"));
                }
                return;
            };
            if pass.given_up {
                // What it has read is of long ago.
                self.pacing.came_back(now);
                if pass.told {
                    notes.push("PSS is measured again".to_owned());
                }
            } else {
                self.pacing.ended(finished.took);
                let note = pass.hand_over(&finished, seen);
                if !self.told_unreadable
                    && let Some(note) = note
                {
                    self.told_unreadable = true;
                    notes.push(note);
                }
            }
            self.under_way = None;
        }
        let processes = seen.iter().filter(|sighting| sighting.memory.rss.is_some()).count();
        if self.pacing.is_due(now, processes)
            && let Err(error) = self.begin(now, seen, place_of)
        {
            notes.push(format!("no PSS: a thread to read it cannot be started: {}", reason(&error)));
            self.pacing = Pacing::new(PssPolicy::Off);
        }
    }

    fn begin(&mut self, now: Duration, seen: &[Sighting], place_of: &dyn Fn(Key) -> Option<Place>) -> io::Result<()> {
        if let Some(reader) = self.reader.take() {
            self.worker = Some(Worker::start(reader)?);
        }
        // Who has no memory of their own is a zombie, or borrows their parent's, where it is counted.
        let with_memory = seen.iter().filter(|sighting| sighting.memory.rss.is_some());
        let (subjects, places) =
            with_memory.filter_map(|sighting| Some(((sighting.key, sighting.execs), place_of(sighting.key)?))).unzip();
        if let Some(worker) = &self.worker {
            worker.begin(places);
        }
        let waited = Duration::ZERO;
        self.under_way = Some(Pass { subjects, reached: 0, looked: now, waited, given_up: false, told: false });
        self.pacing.began(now);
        Ok(())
    }
}

impl Pass {
    /// Who keeps it from going on, at the look from which on it is given up.
    fn hangs(&mut self, reached: usize, now: Duration) -> Option<Key> {
        // Two looks at least: memrec may have been stopped meanwhile, and the worker with it.
        let since = now.saturating_sub(self.looked).min(PATIENCE / 2);
        self.looked = now;
        self.waited = if reached == self.reached { self.waited + since } else { Duration::ZERO };
        self.reached = reached;
        if self.given_up || self.waited < PATIENCE {
            return None;
        }
        self.given_up = true;
        self.subjects.get(reached).map(|(key, _)| *key)
    }

    /// Whether more than a fiftieth of what was read is of processes that have ended since: what the others shared with them is theirs alone by now, and
    /// was not when it was read. Such a pass is worth nothing, and the next one comes in its time.
    fn has_lost_much(&self, finished: &Finished, seen: &[Sighting]) -> bool {
        let (mut all, mut lost) = (0_u64, 0_u64);
        for ((key, _), reading) in self.subjects.iter().zip(&finished.readings) {
            let Ok(rollup) = reading else { continue };
            all += rollup.pss;
            let lives = seen.binary_search_by_key(key, |sighting| sighting.key);
            if !lives.is_ok_and(|place| seen[place].memory.rss.is_some()) {
                lost += rollup.pss;
            }
        }
        lost.saturating_mul(50) > all
    }

    /// Writes what was read into what is seen now. Returns what there is to tell of those who live and could not be read.
    fn hand_over(&self, finished: &Finished, seen: &mut [Sighting]) -> Option<String> {
        if self.has_lost_much(finished, seen) {
            return None;
        }
        let (mut read, mut unread, mut first) = (0_usize, 0_usize, None);
        for sighting in seen.iter_mut().filter(|sighting| sighting.memory.rss.is_some()) {
            // Who has come since is not in the pass.
            let Ok(place) = self.subjects.binary_search_by_key(&sighting.key, |(key, _)| *key) else { continue };
            match &finished.readings[place] {
                // What was read of the program that it was before is nothing of this one's.
                Ok(_) if self.subjects[place].1 != sighting.execs => {}
                Ok(rollup) => {
                    (sighting.memory.pss, sighting.memory.uss) = (Some(rollup.pss), Some(rollup.uss));
                    read += 1;
                }
                // It was becoming another program just then.
                Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => {}
                Err(error) => {
                    unread += 1;
                    first.get_or_insert_with(|| (named(sighting), reason(error)));
                }
            }
        }
        let (who, why) = first?;
        let more = if unread > 1 { format!(" and {} more", unread - 1) } else { String::new() };
        let so = if read > 0 { "PSS totals are a lower bound" } else { "there are no PSS totals" };
        Some(format!("no PSS of {who}{more}: {why}; {so}"))
    }
}

/// `python3 (pid 4711)`.
fn named(sighting: &Sighting) -> String {
    format!("{} (pid {})", printable(sighting.name.as_str()), sighting.pid)
}
