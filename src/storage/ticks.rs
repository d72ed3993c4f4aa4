//! Rows gathered into ticks: one `Sample`, filled again and again, and given away when the next tick begins.

use super::columns;
use super::rows::{Identity, RowRead};
use super::seen::Seen;
use super::tally::{Tally, Why};
use crate::model::{Memory, Name, ProcessNumber, Row, Sample};
use std::collections::HashMap;
use std::time::Duration;

/// Names that are remembered so that a process' second row costs no allocation. Forgotten all at once: a bound, not a cache to be tuned.
const NAMES: usize = 4096;

/// The tick being gathered.
///
/// Rows stay in their places when the next tick begins: most trees list the same processes in the same order again, and then
/// neither the identity has to be read again nor the name copied.
#[derive(Default)]
pub(super) struct Ticks {
    sample: Sample,
    /// Rows of the tick under way; what stands behind them is left from the tick before.
    filled: usize,
    /// The bytes that `sample.rows` were read from, `1,4711,4700,hypercorn,`; empty where they are not to be compared with.
    identities: Vec<Vec<u8>>,
    first_line: u64,
    /// The tick before this one, which is given away already.
    before: Option<Duration>,
    /// A second header was passed and no later tick has come since.
    joined: bool,
    /// What follows belongs to another recording.
    closed: bool,
    /// Who is in the tick under way.
    seen: Seen,
    /// The group's charge where its row comes before those of its tick, as memrec writes it, and when that is.
    ahead: Option<(Duration, u64)>,
    names: HashMap<Box<str>, Name>,
    pub(super) tally: Tally,
}

impl Ticks {
    /// Whether a row of that moment belongs to the tick under way.
    #[inline]
    pub(super) fn is_under_way(&self, elapsed: Duration) -> bool {
        self.filled > 0 && self.sample.elapsed == elapsed
    }

    /// The identity that the next row of the tick under way, or the first one of the next tick, had the last time.
    #[inline]
    pub(super) fn expected(&self, same_tick: bool) -> &[u8] {
        let place = if same_tick { self.filled } else { 0 };
        self.identities.get(place).map_or(&[], Vec::as_slice)
    }

    /// Takes a row in, and what its process measured. Gives the tick before away if the row begins another one.
    #[inline]
    pub(super) fn take(&mut self, row: &RowRead<'_>, memory: &Memory, line: u64, each: &mut dyn FnMut(&Sample)) {
        if let Identity::Group(charge) = row.identity {
            return self.take_group(row.elapsed, charge, line);
        }
        if self.closed || !self.is_under_way(row.elapsed) {
            if self.closed || !self.turn(row.elapsed, each) {
                let why = if self.closed { Why::OtherRecording } else { Why::Backwards };
                return self.tally.skip(why, line, None);
            }
            self.sample.time = row.time;
            self.sample.elapsed = row.elapsed;
            self.sample.cgroup = self.ahead.take().filter(|(at, _)| *at == row.elapsed).map(|(_, charge)| charge);
            self.first_line = line;
            self.seen.clear();
        }
        let process = self.process_of(&row.identity);
        if !self.seen.is_new(process, &self.sample.rows[..self.filled]) {
            return self.tally.skip(Why::Repeated, line, None);
        }
        self.place(&row.identity, memory);
    }

    /// The group's row belongs to the tick of its moment, before or behind that tick's other rows. By itself it is no tick.
    fn take_group(&mut self, elapsed: Duration, charge: u64, line: u64) {
        let under_way = self.is_under_way(elapsed);
        let known =
            if under_way { self.sample.cgroup.is_some() } else { self.ahead.is_some_and(|(at, _)| at == elapsed) };
        match (known, under_way) {
            (true, _) => self.tally.skip(Why::Repeated, line, None),
            (false, true) => self.sample.cgroup = Some(charge),
            (false, false) => self.ahead = Some((elapsed, charge)),
        }
    }

    #[inline]
    fn process_of(&self, identity: &Identity<'_>) -> ProcessNumber {
        match identity {
            Identity::AsExpected => self.sample.rows[self.filled].process,
            Identity::Read { process, .. } => *process,
            Identity::Group(_) => 0,
        }
    }

    /// Begins the tick at `elapsed`; `false` if time would go back.
    fn turn(&mut self, elapsed: Duration, each: &mut dyn FnMut(&Sample)) -> bool {
        if self.filled == 0 {
            return self.before.is_none_or(|before| elapsed > before);
        }
        if elapsed > self.sample.elapsed {
            self.joined = false;
            self.give(each);
            return true;
        }
        if self.joined {
            self.closed = true;
            return false;
        }
        // One wild number far in the future must not cost all rows after it: if the new tick fits behind the one before, the
        // tick under way was the wrong one.
        let fits = self.before.is_none_or(|before| elapsed > before);
        if fits {
            self.tally.skip_many(Why::Backwards, self.filled as u64, self.first_line, None);
            self.filled = 0;
        }
        fits
    }

    /// A header in the middle: files were put together, perhaps the pieces of one recording.
    pub(super) fn second_header(&mut self) {
        self.joined = true;
    }

    /// Gives the last tick away.
    pub(super) fn finish(mut self, each: &mut dyn FnMut(&Sample)) -> Tally {
        self.give(each);
        self.tally
    }

    fn give(&mut self, each: &mut dyn FnMut(&Sample)) {
        if self.filled == 0 {
            return;
        }
        self.sample.rows.truncate(self.filled);
        self.identities.truncate(self.filled);
        each(&self.sample);
        self.tally.ticks += 1;
        self.tally.rows += self.filled as u64;
        self.before = Some(self.sample.elapsed);
        self.filled = 0;
    }

    #[inline]
    fn place(&mut self, identity: &Identity<'_>, memory: &Memory) {
        match identity {
            Identity::AsExpected => self.sample.rows[self.filled].memory = *memory,
            Identity::Group(_) => return,
            Identity::Read { process, pid, ppid, name, text } => {
                // Of a name that nobody can have nothing is remembered.
                let text = if name.len() <= Name::LONGEST { text } else { &[][..] };
                let name = self.name(columns::without_guard(name));
                let row = Row { process: *process, pid: *pid, ppid: *ppid, name, memory: *memory };
                if self.filled == self.sample.rows.len() {
                    self.sample.rows.push(row);
                    self.identities.push(text.to_vec());
                } else {
                    self.sample.rows[self.filled] = row;
                    self.identities[self.filled].clear();
                    self.identities[self.filled].extend_from_slice(text);
                }
            }
        }
        self.filled += 1;
    }

    /// The name, shared with the rows that had it before.
    fn name(&mut self, written: &str) -> Name {
        if let Some(known) = self.names.get(written) {
            return known.clone();
        }
        if written.len() > Name::LONGEST {
            return Name::from_written(written);
        }
        if self.names.len() == NAMES {
            self.names.clear();
        }
        let name = Name::from_written(written);
        self.names.insert(written.into(), name.clone());
        name
    }
}
