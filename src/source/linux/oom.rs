//! Whom the kernel has ended for want of memory. It tells no process of it, but counts: those of a control group, and those of the machine.
//!
//! Version 2 of control groups has the count in `memory.events`, with that of all groups below; version 1 in `memory.oom_control`, that of the group alone; the
//! machine in `/proc/vmstat`, since Linux 4.13. Each is counted before the process gets its signal (`__oom_kill_process` in the kernel's mm/oom_kill.c),
//! so whoever has died of it was counted by then.

use super::files::{Buffer, open_below};
use super::mounts::Hierarchies;
use super::parse;
use crate::source::OomCount;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than any of the files: `/proc/vmstat` has some 200 lines, and mountinfo a line for each mount.
const LONGEST: usize = 16 << 20;

/// What was counted longer ago than this, twice at most, is nobody's end of now.
const AGE: Duration = Duration::from_secs(60);

/// A count, and how much of it is known whose it was.
#[derive(Debug)]
struct Count {
    /// Opened anew each time: descriptors may be scarce, and this is next to never read.
    file: PathBuf,
    known: u64,
}

impl Count {
    fn begin(proc: &OwnedFd, file: PathBuf, buffer: &mut Buffer) -> Option<Self> {
        let mut count = Self { file, known: 0 };
        count.known = count.read(proc, buffer)?;
        Some(count)
    }

    /// `oom_kill 3`, among other lines.
    fn read(&self, proc: &OwnedFd, buffer: &mut Buffer) -> Option<u64> {
        // A path from the root does not go by the folder.
        let file = open_below(proc, self.file.to_str()?).ok()?;
        let text = buffer.read_whole(&file, LONGEST).ok()?;
        text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"oom_kill ")).and_then(parse::number)
    }

    /// Whether there is one more than is known. It is somebody's now.
    fn take(&mut self, proc: &OwnedFd, buffer: &mut Buffer) -> bool {
        let more = self.read(proc, buffer).is_some_and(|now| now > self.known);
        self.known += u64::from(more);
        more
    }
}

/// The counts of the machine and of the tree's control group.
#[derive(Debug)]
pub(super) struct Oom {
    machine: Option<Count>,
    group: Option<Count>,
    /// What both had counted at a later time than is known, and when that was.
    later: Option<([Option<u64>; 2], Duration)>,
}

impl Oom {
    /// Begins to count: in the control group of `process`, a name below `/proc`.
    pub(super) fn of(proc: &OwnedFd, process: &str, buffer: &mut Buffer) -> Self {
        let group = open_below(proc, &format!("{process}/cgroup")).ok().and_then(|file| {
            let membership = buffer.read_whole(&file, LONGEST).ok()?;
            let mounts = buffer.read_whole(&open_below(proc, "self/mountinfo").ok()?, LONGEST).ok()?;
            let places = Hierarchies::parse(&mounts).of_memory(&membership);
            places.iter().find_map(|folder| count_in(proc, folder, buffer))
        });
        Self::with(proc, group, buffer)
    }

    /// Begins to count in the control group in `folder`.
    pub(super) fn at(proc: &OwnedFd, folder: &Path, buffer: &mut Buffer) -> Self {
        let group = count_in(proc, folder, buffer);
        Self::with(proc, group, buffer)
    }

    fn with(proc: &OwnedFd, group: Option<Count>, buffer: &mut Buffer) -> Self {
        Self { machine: Count::begin(proc, "vmstat".into(), buffer), group, later: None }
    }

    /// Now and then: what is counted of strangers, or was of somebody of whose end nobody told, is not to be taken for somebody's who dies an hour later.
    pub(super) fn look(&mut self, now: Duration, proc: &OwnedFd, buffer: &mut Buffer) {
        if self.later.is_some_and(|(_, at)| now < at + AGE) {
            return;
        }
        let mut counts = [self.machine.as_mut(), self.group.as_mut()];
        if let Some((before, _)) = self.later {
            for (count, before) in counts.iter_mut().zip(before) {
                if let (Some(count), Some(before)) = (count, before) {
                    count.known = count.known.max(before);
                }
            }
        }
        self.later = Some((counts.map(|count| count?.read(proc, buffer)), now));
    }

    /// Somebody has died of a SIGKILL. Who has counted that as the kernel's, if anybody.
    pub(super) fn take(&mut self, proc: &OwnedFd, buffer: &mut Buffer) -> Option<OomCount> {
        let of_group = self.group.as_mut().is_some_and(|group| group.take(proc, buffer));
        // It is in the machine's count too.
        let of_machine = self.machine.as_mut().is_some_and(|machine| machine.take(proc, buffer));
        match (of_group, of_machine) {
            (true, _) => Some(OomCount::OfGroup),
            (false, true) => Some(OomCount::OfMachine),
            (false, false) => None,
        }
    }
}

fn count_in(proc: &OwnedFd, folder: &Path, buffer: &mut Buffer) -> Option<Count> {
    ["memory.events", "memory.oom_control"].iter().find_map(|name| Count::begin(proc, folder.join(name), buffer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Counts(tempfile::TempDir);

    impl Counts {
        fn new() -> Self {
            let counts = Self(tempfile::tempdir().unwrap());
            counts.are(3, 1);
            counts
        }

        fn are(&self, machine: u64, group: u64) {
            fs::write(self.0.path().join("vmstat"), format!("nr_free_pages 1\noom_kill {machine}\nswap_ra 0\n"))
                .unwrap();
            let text = format!("low 0\nmax 9\noom 7\noom_kill {group}\noom_group_kill 0\n");
            fs::write(self.0.path().join("memory.events"), text).unwrap();
        }

        fn proc(&self) -> OwnedFd {
            fs::File::open(self.0.path()).unwrap().into()
        }
    }

    #[test]
    fn each_end_that_was_counted_is_one_processs() {
        let (counts, mut buffer) = (Counts::new(), Buffer::new());
        let proc = counts.proc();
        let mut oom = Oom::at(&proc, counts.0.path(), &mut buffer);
        assert_eq!(oom.take(&proc, &mut buffer), None, "what was counted before is nobody's of the tree");
        counts.are(5, 3);
        assert_eq!(oom.take(&proc, &mut buffer), Some(OomCount::OfGroup));
        assert_eq!(oom.take(&proc, &mut buffer), Some(OomCount::OfGroup));
        assert_eq!(oom.take(&proc, &mut buffer), None, "a third one was killed by somebody");
        counts.are(6, 3);
        assert_eq!(oom.take(&proc, &mut buffer), Some(OomCount::OfMachine), "in another group");
        assert_eq!(oom.take(&proc, &mut buffer), None);
    }

    #[test]
    fn what_the_machine_counted_long_ago_is_no_end_of_now() {
        let (counts, mut buffer) = (Counts::new(), Buffer::new());
        let proc = counts.proc();
        let mut oom = Oom::at(&proc, counts.0.path(), &mut buffer);
        let seconds = Duration::from_secs;
        counts.are(4, 1);
        oom.look(seconds(0), &proc, &mut buffer);
        oom.look(seconds(59), &proc, &mut buffer);
        assert_eq!(oom.take(&proc, &mut buffer), Some(OomCount::OfMachine), "who dies may take a while");
        counts.are(5, 1);
        for second in [61, 122, 183] {
            oom.look(seconds(second), &proc, &mut buffer);
        }
        assert_eq!(oom.take(&proc, &mut buffer), None);
    }

    #[test]
    fn where_nobody_counts_nothing_is_told() {
        let (folder, mut buffer) = (tempfile::tempdir().unwrap(), Buffer::new());
        let proc: OwnedFd = fs::File::open(folder.path()).unwrap().into();
        let mut oom = Oom::at(&proc, folder.path(), &mut buffer);
        oom.look(Duration::ZERO, &proc, &mut buffer);
        assert_eq!(oom.take(&proc, &mut buffer), None);
    }
}
