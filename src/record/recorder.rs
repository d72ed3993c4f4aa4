//! The loop.

use super::aside::{Aside, Said};
use super::clock::Clock;
use super::journal::Journal;
use super::schedule::Schedule;
use super::target::{AtEnd, Target};
use super::tree::Tree;
use crate::launch::Happened;
use crate::model::{Event, ExitStatus, GapCause, Pid, Sample, Start, What, is_gap, reason};
use crate::source::{Attention, Key, News, NoSuchProcess, Sighting, Source};
use std::io;
use std::time::Duration;

/// How to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Time between ticks.
    pub interval: Duration,
    /// When to stop, however things stand.
    pub duration: Option<Duration>,
    /// Whether the command is ended then.
    pub kill: bool,
    /// When the recording ends by itself.
    pub until: Until,
    /// Whether command lines are asked for.
    pub command_lines: bool,
}

impl Default for Options {
    fn default() -> Self {
        let interval = Duration::from_millis(100);
        Self { interval, duration: None, kill: false, until: Until::Command, command_lines: true }
    }
}

/// With whom a recording ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// With the command, or the last of the processes, or of the control group, that was asked for.
    #[default]
    Command,
    /// With the last process of the tree.
    Tree,
}

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// What was recorded has ended.
    Ended,
    /// Its time had passed.
    InTime,
    /// Its time had passed, and the command was ended for it.
    Killed,
    /// Somebody asked for it.
    Asked,
}

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ending {
    /// Why.
    pub why: Why,
    /// The command's exit status, where it has ended and was ours to reap.
    pub status: Option<ExitStatus>,
    /// How long the recording is.
    pub elapsed: Duration,
    /// Ticks that took place.
    pub ticks: u64,
    /// Ticks that did not.
    pub missed: u64,
    /// Processes found.
    pub processes: u32,
    /// Of those, how many live on, as far as is known.
    pub living: usize,
    /// There was somebody whose memory could not be read: totals are a lower bound.
    pub misses_some: bool,
}

/// What one turn of the loop has to say. Either part may be empty.
#[derive(Debug)]
pub struct Tick<'a> {
    /// What was seen.
    pub sample: &'a Sample,
    /// What has happened since the last tick.
    pub events: &'a [Event],
}

/// Who is told of every tick; what it returns happened too (a full disk, say) and is told with the next one.
pub type TickSink<'a> = dyn FnMut(&Tick<'_>) -> Vec<What> + 'a;

/// After being asked, a command has this long to end before it is not asked any more (as timeout(1) with `-k 5`).
const GRACE: Duration = Duration::from_secs(5);

/// Records `target` until it ends, and what `aside` has to say. `start` is the recording's first event.
///
/// # Errors
/// Where one of the processes asked for is not there (nothing was recorded then), or waiting fails, which is not expected.
pub fn record(
    source: &mut dyn Source,
    target: &mut dyn Target,
    clock: &dyn Clock,
    options: &Options,
    start: Start,
    aside: &mut dyn Aside,
    sink: &mut TickSink<'_>,
) -> io::Result<Ending> {
    let pids = target.roots();
    let command = pids.first().copied().filter(|_| target.reaps());
    let roots: Result<Vec<Key>, NoSuchProcess> = pids.into_iter().map(|pid| source.follow(pid)).collect();
    let roots = roots.map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
    let mut journal = Journal::new(sink, clock);
    journal.add(What::Start(start));
    let mut recorder = Recorder {
        journal,
        suspended: clock.suspended(),
        source,
        target,
        aside,
        said: Vec::new(),
        clock,
        options,
        command,
        roots,
        tree: Tree::default(),
        schedule: Schedule::new(options.interval),
        seen: Vec::new(),
        news: Vec::new(),
        sample: Sample::default(),
        ticks: 0,
        last_tick: None,
        was_stopped: false,
        status: None,
        killing: None,
    };
    recorder.run()
}

struct Recorder<'a, 's> {
    source: &'a mut dyn Source,
    target: &'a mut dyn Target,
    aside: &'a mut dyn Aside,
    said: Vec<Said>,
    clock: &'a dyn Clock,
    options: &'a Options,
    journal: Journal<'a, 's>,
    /// How long the machine had been suspended by the last tick.
    suspended: Duration,
    /// The command's process id, where it is ours to reap.
    command: Option<Pid>,
    roots: Vec<Key>,
    tree: Tree,
    schedule: Schedule,
    seen: Vec<Sighting>,
    news: Vec<News>,
    sample: Sample,
    ticks: u64,
    last_tick: Option<Duration>,
    was_stopped: bool,
    status: Option<ExitStatus>,
    /// When the command was last asked or made to end, its time having passed.
    killing: Option<Duration>,
}

impl Recorder<'_, '_> {
    fn run(&mut self) -> io::Result<Ending> {
        self.sight_roots();
        let why = loop {
            let now = self.journal.elapsed();
            if now >= self.schedule.next_due() {
                self.tick(now);
            }
            if self.has_ended() {
                break if self.killing.is_some() { Why::Killed } else { Why::Ended };
            }
            let now = self.journal.elapsed();
            let over = self.options.duration.filter(|duration| now >= *duration);
            match (over, self.killing) {
                // A command that has ended by itself needs no ending.
                (Some(_), None) if !self.options.kill || self.status.is_some() => break Why::InTime,
                (Some(_), None) => {
                    self.end_command(AtEnd::Terminate);
                    self.killing = Some(now);
                }
                (_, Some(asked)) if now >= asked + GRACE => {
                    self.end_command(AtEnd::Kill);
                    self.killing = Some(now);
                }
                _ => {}
            }
            let due = self.schedule.next_due();
            let stop = self.killing.map(|asked| asked + GRACE).or(self.options.duration);
            let due = stop.map_or(due, |stop| due.min(stop));
            let now = self.journal.elapsed();
            let Attention { descriptor, at } = self.source.attention(now);
            let until = at.map_or(due, |at| due.min(at));
            match self.target.wait(until.saturating_sub(now), [descriptor, self.aside.descriptor()])? {
                Happened::Nothing => {
                    let now = self.journal.elapsed();
                    // At a tick the look does that.
                    if now < due {
                        self.source.listen(now);
                        self.take_in_news();
                    }
                }
                Happened::SecondCanBeRead => self.take_in_aside(),
                Happened::ChildEnded => self.reap(),
                Happened::Continued => self.was_stopped = true,
                Happened::ForwardRefused(signal) => {
                    self.note(format!("signal {signal} could not be passed on to the command"));
                }
                Happened::AskedToEnd => break Why::Asked,
            }
        };
        Ok(self.finish(why))
    }

    /// Those that were asked for come first, whatever is heard of their children by then.
    fn sight_roots(&mut self) {
        let now = self.journal.elapsed();
        for pid in self.target.roots() {
            let found = self.source.identify(pid, now);
            self.news.extend(found.map(News::Seen));
        }
        self.take_in_news();
    }

    fn note(&mut self, text: String) {
        self.journal.add(What::Note { text });
    }

    fn end_command(&mut self, how: AtEnd) {
        if let Err(error) = self.target.end(how) {
            self.note(format!("the command could not be ended: {}", reason(&error)));
        }
    }

    /// One look at the tree, written down.
    fn tick(&mut self, now: Duration) {
        let missed = self.schedule.ticked(now);
        // What was said until now was said before this tick.
        self.journal.in_tick(Some((self.clock.wall(), now)));
        if missed > 0 {
            self.take_in_aside();
        }
        self.aside.tick_begins(&mut self.said);
        self.tell_said();
        self.journal.in_tick(None);
        self.tell_gap(now, missed);
        self.look(now);
        self.ticks += 1;
        self.last_tick = Some(now);
        self.aside.tick_ends(&self.sample, &mut self.said);
        self.journal.in_tick(Some((self.sample.time, now)));
        self.tell_said();
        self.journal.in_tick(None);
        self.journal.hand_over(&self.sample);
    }

    fn look(&mut self, now: Duration) {
        self.begin_sample(now);
        self.journal.in_tick(Some((self.sample.time, now)));
        self.source.look(now, &mut self.seen);
        self.take_in_news();
        let reaper = self.target.reaps().then(|| self.source.this_process());
        let (seen, mut rows) = (std::mem::take(&mut self.seen), std::mem::take(&mut self.sample.rows));
        self.with_tree(|tree, command_line, happened| tree.look(&seen, reaper, command_line, &mut rows, happened));
        (self.seen, self.sample.rows) = (seen, rows);
        self.sample.cgroup = self.source.group();
        self.journal.in_tick(None);
        for text in self.source.take_notes() {
            self.note(text);
        }
    }

    /// What the source has come to know by itself, in the order in which it happened.
    fn take_in_news(&mut self) {
        let mut news = std::mem::take(&mut self.news);
        self.source.take_news(&mut news);
        self.with_tree(|tree, command_line, happened| {
            news.drain(..).for_each(|news| tree.hear(&news, command_line, happened));
        });
        self.news = news;
    }

    fn tell_gap(&mut self, now: Duration, missed: u64) {
        let suspended = self.clock.suspended();
        let slept = suspended.saturating_sub(self.suspended);
        self.suspended = suspended;
        if slept >= self.options.interval.max(Duration::from_secs(1)) {
            let cause = GapCause::Suspended;
            self.journal.add(What::Gap { cause, ticks_missed: missed, seconds: slept.as_secs_f64() });
            return;
        }
        let stopped = std::mem::take(&mut self.was_stopped);
        let Some(last) = self.last_tick else { return };
        let between = now.saturating_sub(last);
        if missed > 0 && is_gap(between, self.options.interval) {
            let cause = if stopped { GapCause::Stopped } else { GapCause::Late };
            self.journal.add(What::Gap { cause, ticks_missed: missed, seconds: between.as_secs_f64() });
        }
    }

    fn begin_sample(&mut self, now: Duration) {
        self.sample.time = self.clock.wall();
        self.sample.elapsed = now;
        self.sample.rows.clear();
        self.sample.cgroup = None;
    }

    fn has_ended(&mut self) -> bool {
        let goes_on = match self.command {
            Some(_) => self.status.is_none(),
            None if self.roots.is_empty() => self.source.group_lives(),
            None => self.roots.iter().any(|root| self.tree.lives(*root)),
        };
        if self.ticks == 0 || goes_on {
            return false;
        }
        match self.options.until {
            Until::Command => true,
            // What the command leaves behind when it is ended was not asked for.
            Until::Tree if self.killing.is_some() => true,
            Until::Tree if self.tree.living() > 0 => false,
            Until::Tree => {
                // Nobody is known to live. One of them may have left a child behind.
                self.look(self.journal.elapsed());
                self.sample.rows.clear();
                self.tree.living() == 0
            }
        }
    }

    fn finish(&mut self, why: Why) -> Ending {
        self.take_in_aside();
        // Who has ended since the last tick has ended; nothing is measured any more.
        self.look(self.journal.elapsed());
        self.aside.last(&mut self.said);
        self.tell_said();
        let now = self.journal.elapsed();
        let cost = crate::source::own_cost();
        self.journal.add(What::End {
            exit: self.status,
            ticks: self.ticks,
            ticks_missed: self.schedule.missed(),
            cpu_s: cost.cpu_s,
            peak_rss_bytes: cost.peak_rss_bytes,
        });
        self.begin_sample(now);
        self.journal.hand_over(&self.sample);
        let (status, ticks, missed) = (self.status, self.ticks, self.schedule.missed());
        let (processes, living, misses_some) = (self.tree.found(), self.tree.living(), self.source.misses_some());
        Ending { why, status, elapsed: now, ticks, missed, processes, living, misses_some }
    }
}

#[path = "ends.rs"]
mod ends;

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
