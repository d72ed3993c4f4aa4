//! `/proc` as a source.

use super::cgroup::Charge;
use super::children::Listing;
use super::member::Member;
use super::oom::Oom;
use super::{BETWEEN_TICKS, Followed, GroupMembers, Linux, place_in};
use crate::model::{CommandLine, Metric, Pid};
use crate::source::{Attention, Key, News, NoSuchProcess, OomCount, Sighting, Source, State};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Trees of up to so many processes of one thread each are walked at every look.
const SMALL_TREE: usize = 2;

impl Source for Linux {
    fn name(&self) -> &'static str {
        "linux"
    }

    fn following(&self) -> String {
        let by_lists = match self.reaper {
            Some(_) => "as their subreaper memrec keeps orphans, daemons too",
            None => "an orphan stays in the tree if a tick saw it before its parent ended",
        };
        let how = match &self.kin {
            Ok(kin) if kin.feed.tells_peaks() => {
                "process events and exit records: every process is told, with its last peak".to_owned()
            }
            Ok(_) => {
                "process events: every process is told; what it had between its last reading and its end is not (exit \
                      records, which tell that, are for root)"
                    .to_owned()
            }
            Err(why) => format!(
                "the children files of every thread, since there are no process events ({why}); {by_lists}; {BETWEEN_TICKS}"
            ),
        };
        self.group.as_ref().map(Followed::following).unwrap_or_default() + &how
    }

    fn this_process(&self) -> Pid {
        self.namespace.us
    }

    fn follow(&mut self, pid: Pid) -> Result<Key, NoSuchProcess> {
        let pid = self.in_proc(pid).ok_or(NoSuchProcess(pid))?;
        let key =
            self.take_in(pid, None, Duration::ZERO).or_else(|| self.child_as_ghost(pid)).ok_or(NoSuchProcess(pid))?;
        self.pulse.walk_again();
        if self.wanted.extras.has(Metric::Cgroup) && self.charge.is_none() {
            let starter = self.reaper.as_ref().map(|us| us.pid);
            self.charge = Some(Charge::new(&self.proc, pid, starter, &mut self.buffer));
        }
        if self.oom.is_none() {
            self.oom = Some(Oom::of(&self.proc, &pid.to_string(), &mut self.buffer));
        }
        Ok(key)
    }

    fn follow_group(&mut self, members: GroupMembers) {
        self.oom = Some(Oom::at(&self.proc, members.folder(), &mut self.buffer));
        if self.wanted.extras.has(Metric::Cgroup) {
            self.charge = Some(Charge::at(members.folder()));
        }
        self.group = Some(Followed::new(members));
    }

    fn group_lives(&self) -> bool {
        self.group.as_ref().is_some_and(Followed::lives)
    }

    fn look(&mut self, now: Duration, seen: &mut Vec<Sighting>) {
        seen.clear();
        // Where there is next to nothing to walk, to ask whether to walk costs more.
        let small =
            self.kin.is_err() && self.members.len() <= SMALL_TREE && self.members.iter().all(Member::is_one_list);
        let walk = small || self.pulse.walk_due(now, &mut self.buffer);
        if !walk {
            // Where it is walked, afterwards: what has begun meanwhile has a parent that is known by then.
            self.hear(now);
        }
        self.take_in_group(now);
        let mut listing = self.read_from(0, walk, now, seen);
        if walk && std::mem::take(&mut self.scan_due) {
            listing = Listing::Partial;
        }
        if walk {
            // Our own children last: what lost its parent during this look is with us by now.
            let known = self.members.len();
            if let Some(reaper) = &mut self.reaper {
                listing = listing.and(reaper.list_children(&mut self.buffer, &mut self.found));
                self.take_in_found(None, now);
            }
            listing = listing.and(self.read_from(known, walk, now, seen));
            if listing == Listing::Partial {
                let known = self.members.len();
                self.scan(now);
                self.read_from(known, false, now, seen);
            }
        }
        let ends = |seen: &[Sighting]| seen.iter().any(|sighting| sighting.state == State::Ending);
        if walk || ends(seen) || self.members.iter().any(|member| member.gone) {
            // Of who has ended since, there is news now.
            let known = self.members.len();
            self.hear(now);
            self.read_from(known, false, now, seen);
            self.await_ends(seen);
        }
        self.look_for_ghosts(now, seen);
        if let Some(oom) = &mut self.oom {
            oom.look(now, &self.proc, &mut self.buffer);
        }
        if let Some(group) = &mut self.group {
            group.look_after(seen);
        }
        self.drop_gone();
        // Those that could not be opened at first came last, whatever their keys. The passes go by the keys' order.
        seen.sort_unstable_by_key(|sighting| sighting.key);
        let Self { pss, members, notes, .. } = self;
        pss.look(now, seen, &|key| place_in(members, key).map(|place| members[place].place()), notes);
    }

    fn attention(&self, now: Duration) -> Attention<'_> {
        let Ok(kin) = &self.kin else { return Attention::default() };
        let feed = kin.feed.attention(now);
        Attention { at: feed.at.into_iter().chain(self.next_reading()).min(), ..feed }
    }

    fn listen(&mut self, now: Duration) {
        self.hear(now);
        self.drop_reaped();
    }

    fn take_news(&mut self, to: &mut Vec<News>) {
        to.append(&mut self.news);
    }

    fn last_peak(&mut self, key: Key) -> Option<u64> {
        let place = self.place(key)?;
        if self.members[place].last_peak.is_none() && !self.members[place].borrows {
            let pid = self.members[place].pid;
            let record = self.kin.as_mut().ok().and_then(|kin| kin.feed.record_of(pid));
            self.members[place].last_peak = record.and_then(|last| last.peak_rss);
        }
        self.members[place].last_peak
    }

    fn identify(&mut self, pid: Pid, now: Duration) -> Option<Sighting> {
        let pid = self.in_proc(pid)?;
        if self.reaper.as_mut().is_some_and(|reaper| reaper.strangers.remove(&pid)) {
            return None;
        }
        if let Some(place) = self.members.iter().position(|member| member.pid == pid)
            && !self.members[place].is_there(&mut self.buffer)
        {
            // Its pid has been used again: this is another process.
            self.members[place].gone = true;
            self.drop_gone();
        }
        let Some(key) = self.take_in(pid, None, now) else { return self.ghost(pid) };
        let place = self.place(key)?;
        self.read(place, now)
    }

    fn group(&mut self) -> Option<u64> {
        self.charge.as_mut()?.used(&self.proc, &mut self.buffer, &mut self.notes)
    }

    fn command_line(&mut self, key: Key) -> Option<CommandLine> {
        let member = &self.members[self.place(key)?];
        let raw = member.command_line(&mut self.buffer, CommandLine::LONGEST);
        let text = raw.strip_suffix(b"\0").unwrap_or(&raw);
        CommandLine::of_process(text.split(|byte| *byte == 0).map(OsStr::from_bytes))
    }

    fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn misses_some(&self) -> bool {
        self.told_shortage || self.told_hidden
    }

    fn take_oom_kill(&mut self) -> Option<OomCount> {
        self.oom.as_mut()?.take(&self.proc, &mut self.buffer)
    }

    fn waited_for_children(&mut self, key: Key) -> bool {
        let place = self.place(key);
        place.and_then(|place| self.members[place].children_faults(&mut self.buffer)) != Some(0)
    }
}
