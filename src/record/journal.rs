//! What happens, stamped with its time and handed over with the tick.

use super::clock::Clock;
use super::recorder::{Tick, TickSink};
use crate::model::{Event, Sample, What};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// More events than this are not kept until the tick is over: the first look at a tree of thousands tells of every one of its processes.
const KEPT_AT_MOST: usize = 64;

pub(super) struct Journal<'a, 's> {
    sink: &'a mut TickSink<'s>,
    clock: &'a dyn Clock,
    began: Duration,
    /// The tick that is under way. What it finds out is told as of its beginning, lest a row be there before its process.
    tick: Option<(DateTime<Utc>, Duration)>,
    events: Vec<Event>,
    /// When the last of them was.
    last: Duration,
    /// A sample without rows, for events that come by themselves.
    nothing_seen: Sample,
}

impl<'a, 's> Journal<'a, 's> {
    /// Begins now.
    pub(super) fn new(sink: &'a mut TickSink<'s>, clock: &'a dyn Clock) -> Self {
        Self {
            sink,
            clock,
            began: clock.now(),
            tick: None,
            events: Vec::new(),
            last: Duration::ZERO,
            nothing_seen: Sample::default(),
        }
    }

    /// Monotonic time since the beginning.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.now().saturating_sub(self.began)
    }

    /// From now on a tick is under way, or none.
    pub(super) fn in_tick(&mut self, tick: Option<(DateTime<Utc>, Duration)>) {
        self.tick = tick;
    }

    /// Takes note of something that has just happened.
    pub(super) fn add(&mut self, what: What) {
        let (time, elapsed) = self.tick.unwrap_or_else(|| (self.clock.wall(), self.elapsed()));
        // That a tick is late may have been told after it was due.
        let elapsed = elapsed.max(self.last);
        self.last = elapsed;
        self.events.push(Event { time, elapsed, what });
        if self.events.len() >= KEPT_AT_MOST {
            self.hand_over_events();
        }
    }

    /// The same of something that happened at that time on the clock. What is after the present, or before the recording, is of the present: it is of
    /// another clock. So is what is after the beginning of the tick that is under way.
    pub(super) fn add_as_of(&mut self, at: Duration, what: What) {
        let now = self.clock.now();
        let present = self.tick.map_or(now, |(_, tick)| self.began + tick);
        if at > present || at < self.began {
            return self.add(what);
        }
        let before = chrono::TimeDelta::from_std(now - at).unwrap_or_default();
        let tick = self.tick.replace((self.clock.wall() - before, at - self.began));
        self.add(what);
        self.tick = tick;
    }

    /// Hands over what has happened until now, if anything has, without waiting for a tick.
    pub(super) fn hand_over_events(&mut self) {
        if !self.events.is_empty() {
            let nothing_seen = std::mem::take(&mut self.nothing_seen);
            self.hand_over(&nothing_seen);
            self.nothing_seen = nothing_seen;
        }
    }

    /// Hands over what a tick has seen, and all that has happened until now. What goes wrong with that has happened too, and is handed over
    /// the next time.
    pub(super) fn hand_over(&mut self, sample: &Sample) {
        let events = std::mem::take(&mut self.events);
        let trouble = (self.sink)(&Tick { sample, events: &events });
        self.events = events;
        self.events.clear();
        for what in trouble {
            self.events.push(Event { time: self.clock.wall(), elapsed: self.elapsed(), what });
        }
    }
}
