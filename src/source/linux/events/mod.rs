//! What the kernel tells by itself: who begins, becomes another program, ends ([`connector`]), and how large it had been ([`exit_records`]).

mod connector;
pub(super) mod door;
mod exit_records;
mod netlink;
mod pace;

use crate::model::Pid;
use crate::source::Attention;
use connector::Connector;
pub(super) use connector::Event;
use exit_records::ExitRecords;
use pace::Pace;
use std::collections::{HashMap, VecDeque};
use std::os::fd::AsFd;
use std::time::Duration;

/// The longest message is a pair of exit records, about a kilobyte; the kernel makes none longer than this.
const LONGEST: usize = 32 << 10;

/// Records of processes that are kept until their exit events come.
const MANY: usize = 1024;

/// Subscriptions, and what has come and was not taken yet.
#[derive(Debug)]
pub(super) struct Feed {
    connector: Connector,
    records: Option<ExitRecords>,
    /// By process, those whose exit event is still to come: an event never comes before its record, and may come long after. When the first has
    /// many, the second is forgotten, lest the records of threads whose process lives on pile up.
    told: [HashMap<Pid, VecDeque<Last>>; 2],
    buffer: Vec<u8>,
    pace: Pace,
}

/// What a process was at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Last {
    /// Its name, where its first thread has told it.
    pub(super) name: Option<Vec<u8>>,
    /// The high-water mark of its resident set in bytes.
    pub(super) peak_rss: Option<u64>,
}

/// What one reading brought.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// In the order in which it happened.
    pub(super) events: Vec<Event>,
    /// Events came faster than they were read, and some are lost.
    pub(super) events_lost: bool,
    /// So did exit records.
    pub(super) records_lost: bool,
}

impl Feed {
    /// Subscribes to what this process may have.
    ///
    /// # Errors
    /// Where there are no process events to be had, with the reason in words.
    pub(super) fn subscribe() -> Result<Self, String> {
        let mut buffer = vec![0; LONGEST];
        let connector = Connector::subscribe(&mut buffer)?;
        let records = ExitRecords::subscribe(&mut buffer).ok();
        let pace = Pace::new(records.is_some());
        Ok(Self { connector, records, told: Default::default(), buffer, pace })
    }

    /// Whether the peak of a process is told when it ends.
    pub(super) fn tells_peaks(&self) -> bool {
        self.records.is_some()
    }

    /// When it wants to be read, other than at looks.
    pub(super) fn attention(&self, now: Duration) -> Attention<'_> {
        match self.pace.not_before(now) {
            Some(at) => Attention { descriptor: None, at: Some(at) },
            None => Attention { descriptor: Some(self.connector.as_fd()), at: None },
        }
    }

    /// Reads all that has come.
    pub(super) fn read(&mut self, heard: &mut Heard) {
        heard.events.clear();
        let events = &mut heard.events;
        heard.events_lost = self.connector.receive(&mut self.buffer, &mut |event| events.push(event));
        heard.records_lost = false;
        if heard.events.iter().any(|event| matches!(event, Event::Exit { .. })) {
            if self.told[0].len() > MANY {
                self.told.swap(0, 1);
                self.told[0].clear();
            }
            heard.records_lost = self.read_records();
        }
    }

    /// Takes note of whether what was read at `now` concerned the tree.
    pub(super) fn was_read(&mut self, now: Duration, concerned: bool) {
        self.pace.was_read(now, concerned);
    }

    fn read_records(&mut self) -> bool {
        let Some(records) = &self.records else { return false };
        let [told, _] = &mut self.told;
        records.receive(&mut self.buffer, &mut |record| {
            // Of a process' threads the first one has its name; the mark only rises.
            let of_pid = told.entry(record.pid).or_default();
            let is_first = record.thread == record.pid;
            // A second first thread is that of another process: the pid was used again.
            if of_pid.back().is_none_or(|last| is_first && last.name.is_some()) {
                of_pid.push_back(Last::default());
            }
            if let Some(last) = of_pid.back_mut() {
                last.peak_rss = last.peak_rss.max(record.peak_rss);
                last.name = if is_first { Some(record.name) } else { last.name.take() };
            }
        })
    }

    /// Nobody will ask for what was told of that process.
    pub(super) fn forget(&mut self, pid: Pid) {
        self.take(pid);
    }

    /// What was told of a process that has ended.
    pub(super) fn record_of(&mut self, pid: Pid) -> Option<Last> {
        self.take(pid).or_else(|| {
            // The end of a child is told to its parent before the event of it comes.
            self.read_records();
            self.take(pid)
        })
    }

    /// The oldest record of that pid: events and records come in the same order.
    fn take(&mut self, pid: Pid) -> Option<Last> {
        self.told.iter_mut().rev().find_map(|told| {
            let of_pid = told.get_mut(&pid)?;
            let last = of_pid.pop_front();
            if of_pid.is_empty() {
                told.remove(&pid);
            }
            last
        })
    }
}
