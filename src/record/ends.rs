//! What the loop does where somebody has ended: how that was, and who did it.

use super::super::aside::Said;
use super::super::tree::{Reaping, Tree};
use super::Recorder;
use crate::model::{CommandLine, Exit, ExitStatus, Memory, Pid, ProcessNumber, Row, What};
use crate::source::{Key, OomCount, Sighting, Source};
use std::cell::RefCell;
use std::time::Duration;

/// What the kernel ends a process by for want of memory, and many others do.
const SIGKILL: i32 = 9;

impl Recorder<'_, '_> {
    /// Lends out the tree, with where it gets command lines from and whom it tells of what happened.
    pub(super) fn with_tree<T>(
        &mut self,
        work: impl FnOnce(&mut Tree, &mut dyn FnMut(Key) -> Option<CommandLine>, &mut dyn FnMut(What)) -> T,
    ) -> T {
        let asked = self.options.command_lines;
        let (source, journal) = (RefCell::new(&mut *self.source), &mut self.journal);
        let mut command_line = |key| if asked { source.borrow_mut().command_line(key) } else { None };
        let mut by_the_kernel = Vec::new();
        let result = work(&mut self.tree, &mut command_line, &mut |mut what| {
            if let What::Exit(exit) = &mut what {
                by_the_kernel.extend(ended_by_the_kernel(exit, &mut **source.borrow_mut()));
            }
            journal.add(what);
        });
        for (process, pid, count) in by_the_kernel {
            let name = self.tree.name(process).map_or_else(|| "a process".to_owned(), ToString::to_string);
            let doubt = match count {
                OomCount::OfGroup => "",
                OomCount::OfMachine => ", as the machine's count of such ends tells; its control group's does not",
            };
            self.note(format!("{name} (pid {pid}) was ended by the kernel, out of memory (OOM){doubt}"));
        }
        result
    }

    /// Writes down at once what was said aside: somebody may be waiting for that.
    pub(super) fn take_in_aside(&mut self) {
        self.aside.take(&mut self.said);
        self.tell_said();
        self.journal.hand_over_events();
        self.aside.handed_over();
    }

    /// Takes note of what was said aside.
    pub(super) fn tell_said(&mut self) {
        for Said { at, what } in self.said.drain(..) {
            match at {
                Some(at) => self.journal.add_as_of(at, what),
                None => self.journal.add(what),
            }
        }
    }

    /// Takes the exit statuses of all children that have ended: the command's, and those of orphans.
    pub(super) fn reap(&mut self) {
        self.source.listen(self.journal.elapsed());
        self.take_in_news();
        while let Some(pid) = self.target.zombie() {
            let now = self.journal.elapsed();
            // Before it is reaped: as long as it is a zombie, its pid is nobody else's.
            let found = self.source.identify(pid, now);
            let waited_for_children = found.as_ref().is_none_or(|found| self.source.waited_for_children(found.key));
            let last_peak = found.as_ref().and_then(|found| self.source.last_peak(found.key));
            let Some(reaped) = self.target.reap(pid) else { return };
            // Until then the pid is the command's, and afterwards perhaps an orphan's.
            let is_command = self.command == Some(pid) && self.status.is_none();
            if is_command {
                self.status = Some(reaped.status);
            }
            let Some(found) = found else { continue };
            let known_peak = self.with_tree(|tree, command_line, happened| {
                tree.sight(&found, command_line, happened);
                let known_peak = tree.peak_rss(found.key);
                tree.reaped(found.key, Reaping { reaped, waited_for_children, last_peak }, happened);
                known_peak
            });
            if is_command {
                self.row_for_the_short_lived(&found, known_peak, now);
            }
        }
    }

    /// A command that was gone before its first reading gets one row, with what its wait status told. So does one that was read once, at
    /// its very beginning, if more is known of it now.
    fn row_for_the_short_lived(&mut self, found: &Sighting, known_peak: Option<u64>, now: Duration) {
        let peak_rss = self.tree.peak_rss(found.key);
        match self.tree.rows(found.key) {
            0 => {}
            1 if peak_rss > known_peak => {}
            _ => return,
        }
        let memory = Memory { peak_rss, ..Memory::default() };
        let Sighting { pid, ppid, ref name, .. } = *found;
        self.begin_sample(now);
        self.sample.rows.push(Row { process: 1, pid, ppid, name: name.clone(), memory });
        self.sample.cgroup = self.source.group();
        self.ticks = self.ticks.max(1);
        self.journal.hand_over(&self.sample);
    }
}

/// Marks that end, if it was one by the kernel for want of memory.
fn ended_by_the_kernel(exit: &mut Exit, source: &mut dyn Source) -> Option<(ProcessNumber, Pid, OomCount)> {
    let killed = exit.status == Some(ExitStatus::Signal(SIGKILL));
    let count = killed.then(|| source.take_oom_kill()).flatten();
    exit.oom_kill = count.is_some();
    count.map(|count| (exit.process, exit.pid, count))
}
