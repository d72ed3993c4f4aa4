//! What is measured of a process only where it was asked for: the dearer readings, made at every look.

use super::files::{Buffer, open_below};
use super::parse;
use crate::model::{Extras, Memory, Metric};
use nix::unistd::{SysconfVar, sysconf};
use std::fs::File;
use std::os::fd::OwnedFd;

/// Those that stand in `status`.
const IN_STATUS: [Metric; 6] =
    [Metric::Anon, Metric::File, Metric::Shmem, Metric::Hugetlb, Metric::PageTables, Metric::Threads];

/// Those that stand in `stat`.
const IN_STAT: [Metric; 2] = [Metric::Cpu, Metric::MajFaults];

/// What was asked for, as a look has to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) extras: Extras,
    /// Whether `status` is read at every look.
    pub(super) status: bool,
    /// Whether its descriptor is kept, which halves what reading it costs.
    keep_status: bool,
    stat: bool,
    /// The size of a page in bytes.
    pub(super) page: u64,
    /// Of a second.
    clock_ticks: u64,
}

impl Wanted {
    /// Beyond the usual `extras`; with the kernel's events no lists of children are kept, and there is a descriptor to spare.
    pub(super) fn new(extras: Extras, events: bool) -> Self {
        let status = extras.has_any(&IN_STATUS);
        let keep_status = status || events;
        let asked =
            |what| sysconf(what).ok().flatten().and_then(|told| u64::try_from(told).ok()).filter(|told| *told > 0);
        // The kernel always tells. No Linux has smaller pages, and for user space all but a few old machines have had 100 ticks (time(7)).
        let (page, clock_ticks) =
            (asked(SysconfVar::PAGE_SIZE).unwrap_or(4096), asked(SysconfVar::CLK_TCK).unwrap_or(100));
        Self { extras, status, keep_status, stat: extras.has_any(&IN_STAT), page, clock_ticks }
    }
}

/// The descriptors of one process for that. Kept ones cost half of what opening each time does.
#[derive(Debug, Default)]
pub(super) struct ExtraFiles {
    status: Option<File>,
    stat: Option<File>,
}

impl ExtraFiles {
    /// `status` of the process whose threads are `tasks`; kept from then on where that is worth it.
    pub(super) fn status(
        &mut self,
        wanted: Wanted,
        tasks: &OwnedFd,
        buffer: &mut Buffer,
    ) -> std::io::Result<parse::Status> {
        let opened;
        let file = match &self.status {
            Some(kept) => kept,
            None if wanted.keep_status => self.status.insert(open_below(tasks, "../status")?),
            None => {
                opened = open_below(tasks, "../status")?;
                &opened
            }
        };
        parse::status(buffer.read_once(file)?).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }

    /// Fills in what stands in `stat`, where it was asked for and can be read.
    pub(super) fn read_stat(&mut self, wanted: Wanted, tasks: &OwnedFd, buffer: &mut Buffer, memory: &mut Memory) {
        if !wanted.stat {
            return;
        }
        if self.stat.is_none() {
            self.stat = open_below(tasks, "../stat").ok();
        }
        let line = self.stat.as_ref().and_then(|file| buffer.read_once(file).ok());
        let Some(work) = line.and_then(parse::stat_work) else { return };
        let asked = |metric, value| Some(value).filter(|_| wanted.extras.has(metric));
        memory.cpu = asked(Metric::Cpu, work.cpu_ticks.saturating_mul(1000) / wanted.clock_ticks);
        memory.majfaults = asked(Metric::MajFaults, work.majfaults);
    }
}
