//! The tree as events tell it: every process that is forked in it, however short it lives, and every end.

use super::Linux;
use super::events::{Event, Feed, Heard};
use crate::model::{ExitStatus, Name, Pid};
use crate::source::{Key, News, Sighting, State};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// A process that is read between two looks, since nobody else will tell its peak, is read first at this age, ...
const FIRST_READING: Duration = Duration::from_millis(1);
/// ... then whenever it has become older by the half, until at this age the looks do.
const LAST_READING: Duration = Duration::from_secs(1);
/// So many that have ended may keep their descriptors until the next look.
const KEPT_BETWEEN_LOOKS: usize = 64;
/// So many at a time: in a storm of forks the others are left to the looks.
const READ_AT_MOST: usize = 64;

/// What belongs to following the tree by events.
#[derive(Debug)]
pub(super) struct Kin {
    pub(super) feed: Feed,
    heard: Heard,
    /// Members that are young, and may want to be read between two looks.
    young: Vec<Key>,
    told_overrun: bool,
}

impl Kin {
    pub(super) fn new(feed: Feed) -> Self {
        Self { feed, heard: Heard::default(), young: Vec::new(), told_overrun: false }
    }
}

impl Linux {
    /// Takes in what events have told since the last time.
    pub(super) fn hear(&mut self, now: Duration) {
        let Ok(kin) = &mut self.kin else { return };
        let mut heard = std::mem::take(&mut kin.heard);
        kin.feed.read(&mut heard);
        if heard.events_lost || heard.records_lost {
            self.resync(heard.events_lost);
        }
        let worth_opening = self.worth_opening(&heard.events);
        let mut concerned = false;
        for (place, event) in heard.events.iter().enumerate() {
            concerned |= match *event {
                Event::Fork { child, thread, .. } if child != thread => false,
                Event::Fork { parent, child, .. } => self.forked(parent, child, worth_opening.contains(&place), now),
                Event::Exec { pid, at } => self.execed(pid, at, now),
                Event::Exit { pid, thread, parent, status } => self.exited(pid, thread == pid, parent, status, now),
                Event::Answer { .. } => false,
            };
        }
        if heard.events_lost {
            self.ghosts.ask_again(&self.proc, &mut self.buffer);
        }
        self.read_young(now);
        if let Ok(kin) = &mut self.kin {
            if !heard.events.is_empty() {
                kin.feed.was_read(now, concerned);
            }
            kin.heard = heard;
        }
    }

    /// Which of the forks have a process that can still be opened by its pid: of a pid that was used twice only the last. And where exit records tell
    /// what a process was, one that has ended by now is not worth it: what was opened makes its end dearer to who waits for it.
    fn worth_opening(&self, events: &[Event]) -> HashSet<usize> {
        let tells_peaks = self.kin.as_ref().is_ok_and(|kin| kin.feed.tells_peaks());
        let mut latest: HashMap<Pid, usize> = HashMap::new();
        for (place, event) in events.iter().enumerate() {
            match *event {
                Event::Fork { child, thread, .. } if child == thread => _ = latest.insert(child, place),
                Event::Exit { pid, thread, .. } if tells_peaks && pid == thread => _ = latest.remove(&pid),
                _ => {}
            }
        }
        latest.into_values().collect()
    }

    /// When a young member wants to be read next.
    pub(super) fn next_reading(&self) -> Option<Duration> {
        let young = &self.kin.as_ref().ok()?.young;
        if young.is_empty() {
            return None;
        }
        self.members.iter().filter(|member| !member.gone).filter_map(|member| member.next_reading).min()
    }

    /// Events are lost: whoever lives is found by a look, who has come and gone meanwhile is not.
    fn resync(&mut self, events: bool) {
        let Ok(kin) = &mut self.kin else { return };
        // Before there is anybody to follow, nobody was missed.
        if !self.members.is_empty() && !std::mem::replace(&mut kin.told_overrun, true) {
            let what = if events {
                "process events came faster than they could be read: processes that began and ended meanwhile are missing"
            } else {
                "exit records came faster than they could be read: the last peaks of some processes are missing"
            };
            self.notes.push(what.to_owned());
        }
        if events {
            self.members.iter_mut().for_each(|member| (member.awaits_end, member.told) = (false, true));
            self.pulse.walk_again();
            self.scan_due = true;
        }
    }

    fn is_in_tree(&self, pid: Pid) -> bool {
        self.by_pid.contains_key(&pid)
            || self.ghosts.living.contains_key(&pid)
            || self.reaper.as_ref().is_some_and(|reaper| reaper.pid == pid)
    }

    /// Drops members that have been told to have ended and were reaped, lest they pile up until the next look.
    pub(super) fn drop_reaped(&mut self) {
        if self.members.iter().filter(|member| member.exited).count() < KEPT_BETWEEN_LOOKS {
            return;
        }
        for place in 0..self.members.len() {
            let member = &self.members[place];
            let reaped = member.exited && !member.is_there(&mut self.buffer);
            self.members[place].gone |= reaped;
        }
        self.drop_gone();
    }

    /// An end that a look finds is told soon, if it has not been told yet, with how it ended: until the next look the process is ending.
    pub(super) fn until_told(&mut self, place: usize, sighting: Option<Sighting>) -> Option<Sighting> {
        let member = &mut self.members[place];
        if self.kin.is_err() || member.exited {
            return sighting;
        }
        match sighting {
            Some(Sighting { state: State::Alive, .. }) => {
                member.awaits_end = true;
                sighting
            }
            Some(Sighting { state: State::Ending, .. }) => sighting,
            _ if !std::mem::take(&mut member.awaits_end) => sighting,
            _ => Some(Sighting { state: State::Ending, ..sighting.unwrap_or_else(|| member.ended()) }),
        }
    }

    /// A walk may have found zombies whose beginnings, and so their ends, were told afterwards.
    pub(super) fn await_ends(&self, seen: &mut [Sighting]) {
        for sighting in seen.iter_mut().filter(|sighting| sighting.state == State::Zombie) {
            let member = self.place(sighting.key).map(|place| &self.members[place]);
            if member.is_some_and(|member| member.awaits_end && !member.exited) {
                sighting.state = State::Ending;
            }
        }
    }

    /// `parent` has started `child`. Whether that concerns the tree.
    fn forked(&mut self, parent: Pid, child: Pid, open: bool, now: Duration) -> bool {
        if let Some(place) = self.place_of(child) {
            let member = &self.members[place];
            if !member.exited && (!member.told || member.is_there(&mut self.buffer)) {
                // A look has found it before. Its beginning is told only now, and so its end is to come.
                (self.members[place].told, self.members[place].awaits_end) = (true, true);
                return true;
            }
            // Its pid has been used again.
            self.members[place].gone = true;
            self.by_pid.remove(&child);
        }
        if self.ghosts.living.get_mut(&child).is_some_and(|ghost| !std::mem::replace(&mut ghost.told, true)) {
            // A hidden command, known before its beginning is told.
            return true;
        }
        self.ghosts.living.remove(&child);
        self.ghosts.laid.remove(&child);
        if !self.is_in_tree(parent) {
            return false;
        }
        let known = open.then(|| self.take_in(child, None, now)).flatten();
        let sighting = known.and_then(|_| {
            let place = self.members.len() - 1;
            self.members[place].ppid = parent;
            // Who began just now ends later, however early that is seen.
            (self.members[place].told, self.members[place].awaits_end) = (true, true);
            let sighting = self.read(place, now);
            if sighting.is_none() {
                self.members[place].gone = true;
            }
            sighting
        });
        let sighting = match sighting {
            Some(sighting) => {
                self.watch_while_young(sighting.key, now);
                // Its parent may have ended since.
                Sighting { ppid: parent, ..sighting }
            }
            None => self.take_in_ghost(child, parent, known, true),
        };
        self.news.push(News::Seen(sighting));
        true
    }

    fn execed(&mut self, pid: Pid, at: Duration, now: Duration) -> bool {
        let Some(place) = self.place_of(pid) else { return false };
        let sighting = self.members[place].execed(at, now, self.wanted, &mut self.buffer);
        self.news.extend(sighting.map(News::Seen));
        true
    }

    /// A thread of `pid` has ended. Whether that concerns the tree.
    fn exited(&mut self, pid: Pid, is_leader: bool, parent: Pid, status: ExitStatus, now: Duration) -> bool {
        if let Some(place) = self.place_of(pid) {
            if is_leader || self.members[place].leaderless {
                self.member_exited(place, is_leader, parent, status, now);
            }
            return true;
        }
        if self.is_ours(parent) {
            // Whoever reaps it will ask for it.
            if let Some(ghost) = self.ghosts.living.get_mut(&pid) {
                (ghost.ended, ghost.looks) = (is_leader, 0);
            }
            return self.is_in_tree(pid);
        }
        let Ok(kin) = &mut self.kin else { return false };
        if !is_leader {
            return false;
        }
        let Some(mut ghost) = self.ghosts.living.remove(&pid) else {
            // A stranger's record is not asked for.
            kin.feed.forget(pid);
            return false;
        };
        let record = kin.feed.record_of(pid);
        self.ghosts.laid.insert(pid);
        let name = record.as_ref().and_then(|last| last.name.as_deref()).map(Name::from_bytes);
        if let Some(name) = name.filter(|name| *name != ghost.name) {
            // It became another program meanwhile.
            (ghost.name, ghost.execs) = (name, ghost.execs + 1);
            self.news.push(News::Seen(ghost.sighting(pid, State::Alive)));
        }
        let peak_rss = record.and_then(|last| last.peak_rss);
        self.news.push(News::Ended { key: ghost.key, status: Some(status), peak_rss });
        true
    }

    fn member_exited(&mut self, place: usize, is_leader: bool, parent: Pid, status: ExitStatus, now: Duration) {
        let member = &mut self.members[place];
        let last = member.read(now, self.wanted, &mut self.buffer);
        if last.as_ref().is_ok_and(|last| last.state == State::Alive) {
            member.leaderless = true;
            return;
        }
        let record = self.kin.as_mut().ok().and_then(|kin| kin.feed.record_of(member.pid));
        if let (Err(_), Some(name)) = (&last, record.as_ref().and_then(|last| last.name.as_deref())) {
            member.take_name(name);
        }
        let last = last.unwrap_or_else(|_| member.ended());
        member.exited = true;
        member.awaits_end = false;
        member.next_reading = None;
        // In a parent's memory the mark is the parent's.
        let peak_rss = record.and_then(|last| last.peak_rss).filter(|_| !member.borrows);
        member.last_peak = peak_rss;
        let key = last.key;
        if member.is_known() {
            self.news.push(News::Seen(last));
        }
        let parent = if parent == 0 { self.members[place].ppid } else { parent };
        if !self.is_ours(parent) {
            let status = Some(status).filter(|_| is_leader);
            self.news.push(News::Ended { key, status, peak_rss });
        }
    }

    /// Whether `parent` is this process, which then reaps its children.
    fn is_ours(&self, parent: Pid) -> bool {
        self.reaper.as_ref().is_some_and(|reaper| reaper.pid == parent)
    }

    fn watch_while_young(&mut self, key: Key, now: Duration) {
        let Some(kin) = self.kin.as_mut().ok().filter(|kin| !kin.feed.tells_peaks()) else { return };
        if kin.young.len() >= READ_AT_MOST {
            return;
        }
        kin.young.push(key);
        if let Some(place) = self.place(key) {
            self.members[place].next_reading = Some(now + FIRST_READING);
        }
    }

    fn read_young(&mut self, now: Duration) {
        let Some(kin) = self.kin.as_mut().ok().filter(|kin| !kin.young.is_empty()) else { return };
        let mut young = std::mem::take(&mut kin.young);
        young.retain(|key| {
            let place = self.place(*key).filter(|place| !self.members[*place].exited && !self.members[*place].gone);
            let Some(place) = place else { return false };
            if self.members[place].next_reading.is_none_or(|due| due > now) {
                return true;
            }
            self.members[place].stale = true;
            let sighting = self.read(place, now);
            let lives = sighting.is_some();
            self.news.extend(sighting.map(News::Seen));
            let member = &mut self.members[place];
            let age = member.age(now);
            member.next_reading = Some(now + age / 2).filter(|_| lives && age < LAST_READING);
            member.next_reading.is_some()
        });
        if let Ok(kin) = &mut self.kin {
            kin.young = young;
        }
    }
}
