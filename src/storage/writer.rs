//! A recording being written: one tick, one write into each file.

use super::columns;
use super::durable::Durable;
use super::encode::RowEncoder;
use super::events::encode_event;
use super::outlet::{Outlet, Output, Part, Report};
use super::room::Room;
use crate::model::{Event, Extras, Sample};
use std::io;
use std::time::Duration;

/// Bytes of events kept while their file takes none. The oldest go first.
const KEPT_EVENTS: usize = 1 << 20;

/// How often it is looked whether the files are still where they were, by the samples' own time.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Writes a recording. What a tick brought is in the files when [`write`](Self::write) returns.
///
/// A file that takes no more bytes is cut back to its last whole record; ticks are then lost and counted, events kept up to a MiB, and every tick
/// tries again.
#[derive(Debug)]
pub struct Writer<O: Output> {
    csv: Outlet<O>,
    events: Outlet<O>,
    rows: RowEncoder,
    /// Lines of events that are not in the file yet.
    pending: Vec<u8>,
    looked: Duration,
    now: Duration,
    /// The last tick that is in the file.
    last: Duration,
    room: Option<Room<O>>,
    durable: Durable<O::Stored>,
}

impl<O: Output> Writer<O> {
    /// Begins a recording in two empty files: the header is in the first one when this returns.
    ///
    /// # Errors
    /// A file that takes no bytes, and which: before the command has started there is nothing yet to be saved by going on.
    pub fn new(csv: O, events: O) -> Result<Self, (Part, io::Error)> {
        Self::with(csv, events, Extras::default(), None)
    }

    /// The same, with further columns, and to stay below so many bytes for both files together.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(csv: O, events: O, extras: Extras, limit: Option<u64>) -> Result<Self, (Part, io::Error)> {
        let header = columns::header(extras).into_bytes();
        Ok(Self {
            csv: Outlet::new(csv, Part::Csv, header).map_err(|error| (Part::Csv, error))?,
            events: Outlet::new(events, Part::Events, Vec::new()).map_err(|error| (Part::Events, error))?,
            rows: RowEncoder::new(extras),
            pending: Vec::new(),
            looked: Duration::ZERO,
            now: Duration::ZERO,
            last: Duration::ZERO,
            room: limit.map(|limit| Room::new(limit, extras)),
            durable: Durable::new(),
        })
    }

    /// Writes one tick and what happened since the one before. A sample without rows adds none.
    ///
    /// What is returned is to be told, and is empty nearly always; failures are in it, once each, for a recording goes on through them.
    #[must_use = "the reports are for the user"]
    pub fn write(&mut self, sample: &Sample, events: &[Event]) -> Vec<Report> {
        let mut reports = Vec::new();
        // Events may come without a tick.
        let latest = events.last().map_or(sample.elapsed, |event| event.elapsed);
        self.now = self.now.max(sample.elapsed).max(latest);
        if !sample.rows.is_empty() {
            self.write_rows(sample, &mut reports);
        }
        for event in events {
            encode_event(event, &mut self.pending);
        }
        if !self.pending.is_empty() {
            self.write_events(&mut reports);
        }
        self.durable.written(self.csv.output(), self.events.output(), &mut reports);
        if let Some(room) = &mut self.room {
            let before = reports.len();
            room.look(&mut self.csv, &mut self.events, self.now, &mut reports);
            if reports.len() > before {
                self.durable.moved(self.csv.output(), self.events.output());
            }
        }
        // Not at the very beginning: a file that replaces another one gets its place when the command has started.
        if self.now >= self.looked + LOOK_EVERY {
            self.looked = self.now;
            self.csv.look(&mut reports);
            self.events.look(&mut reports);
        }
        reports
    }

    /// Whether there are events that are not in their file, which takes nothing to this moment.
    pub fn events_wait(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Sets descriptors aside that thinning will need, before processes take them all. To be called when the command has got what it needs to start.
    pub fn set_descriptors_aside(&mut self) {
        if let Some(room) = &mut self.room {
            room.fill_reserve();
        }
    }

    /// Ticks that are not in the samples' file, which takes nothing to this moment.
    pub fn ticks_lost_at_the_end(&self) -> u64 {
        self.csv.outage().unwrap_or(0)
    }

    fn write_rows(&mut self, sample: &Sample, reports: &mut Vec<Report>) {
        let (csv, last) = (&mut self.csv, &mut self.last);
        self.rows.encode(sample, |rows| {
            if !csv.append(rows, reports) {
                return csv.lose(1);
            }
            if let Some(Report::Recovered { away, .. }) = reports.last_mut() {
                *away = sample.elapsed.saturating_sub(*last);
            }
            *last = sample.elapsed;
        });
    }

    fn write_events(&mut self, reports: &mut Vec<Report>) {
        if self.events.append(&self.pending, reports) {
            self.pending.clear();
            return;
        }
        if self.pending.len() > KEPT_EVENTS {
            let over = self.pending.len() - KEPT_EVENTS;
            let cut = memchr::memchr(b'\n', &self.pending[over..]).map_or(self.pending.len(), |end| over + end + 1);
            let lost = memchr::memchr_iter(b'\n', &self.pending[..cut]).count() as u64;
            self.pending.drain(..cut);
            self.events.lose(lost);
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
