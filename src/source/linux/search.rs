//! Processes by their names, and a hint when it is worth looking for something again.

use super::files::{Buffer, numbers_in, open_below};
use super::parse;
use super::pulse::Pulse;
use crate::model::Pid;
use crate::source::State;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// A process takes its name shortly after it was started, with exec. Within this time it is looked at again and again.
const YOUNG: Duration = Duration::from_secs(1);

/// A pid is handed out shortly before its process can be seen.
const UNTIL_VISIBLE: Duration = Duration::from_millis(50);

/// An old process can take another name too. This often all of them are looked at.
const BETWEEN_ALL: Duration = Duration::from_secs(1);

/// Of a command line only the program's name is wanted.
const LONGEST_PROGRAM: usize = 4096;

/// Where more pids than this were handed out since the last look, and where they began anew, listing all processes is simpler.
const MOST_NEW: u32 = 4096;

/// Looks for processes by their names, as cheaply as can be where it has to look often: the names of 500 processes take some 8 ms to read,
/// those that have come since the last look are known by their pids, which are handed out in order.
#[derive(Debug)]
pub struct Search {
    proc: OwnedFd,
    loadavg: Option<File>,
    buffer: Buffer,
    us: Pid,
    /// The newest pid at the last look.
    newest: Option<Pid>,
    /// Pids that were handed out since, and when that was seen. Some are threads'.
    young: Vec<(Pid, Duration)>,
    all_read: Option<Duration>,
}

impl Search {
    /// Over all processes of this pid namespace.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn open() -> io::Result<Self> {
        let proc = open("/proc", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let loadavg = open_below(&proc, "loadavg").ok();
        let (buffer, us) = (Buffer::new(), std::process::id());
        Ok(Self { proc, loadavg, buffer, us, newest: None, young: Vec::new(), all_read: None })
    }

    /// The living processes, in order, whose short name (comm, cut at 15 bytes by the kernel) or whose program's name (the last part of what was
    /// typed as `argv[0]`) is one that `meant` says yes to. Never this one, and none of the kernel's own.
    ///
    /// `now` is monotonic time since whenever. At the first time all processes are looked at, then once a second, and in between those that
    /// have come since.
    pub fn find(&mut self, now: Duration, meant: &dyn Fn(&[u8]) -> bool) -> Vec<Pid> {
        let whole = self.note_new(now);
        let all = !whole || self.all_read.is_none_or(|read| now.saturating_sub(read) >= BETWEEN_ALL);
        // If somebody has come, it matters who else is there. A thread may have misled us, which stands in no list.
        if !all && !self.look_at_young(now, meant) {
            return Vec::new();
        }
        self.all_read = Some(now);
        let mut found = numbers_in(&self.proc, ".");
        found.retain(|pid| self.is_meant(*pid, meant) == Some(true) && self.lives(*pid));
        found.sort_unstable();
        found
    }

    /// Notes which pids were handed out since the last time, and forgets those that are not young any more. Whether all are known.
    fn note_new(&mut self, now: Duration) -> bool {
        self.young.retain(|(_, seen)| now.saturating_sub(*seen) <= YOUNG);
        let read = self.loadavg.as_ref().and_then(|file| parse::newest_pid(self.buffer.read_once(file).ok()?));
        let newest = read.and_then(|newest| Pid::try_from(newest).ok());
        let before = std::mem::replace(&mut self.newest, newest);
        let (Some(newest), Some(before)) = (newest, before) else { return false };
        let whole = newest >= before && newest - before <= MOST_NEW;
        if whole {
            self.young.extend((before..newest).map(|pid| (pid + 1, now)));
        }
        whole
    }

    /// Whether one of the young ones is meant. Those that are gone are forgotten: of a thousand that are started in a second, few live for long.
    fn look_at_young(&mut self, now: Duration, meant: &dyn Fn(&[u8]) -> bool) -> bool {
        let mut somebody = false;
        let mut young = std::mem::take(&mut self.young);
        young.retain(|(pid, seen)| {
            let is_meant = self.is_meant(*pid, meant);
            somebody |= is_meant == Some(true);
            is_meant.is_some() || now.saturating_sub(*seen) <= UNTIL_VISIBLE
        });
        self.young = young;
        somebody
    }

    /// `None` where nobody has that pid.
    fn is_meant(&mut self, pid: Pid, meant: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
        if pid == self.us {
            return Some(false);
        }
        let comm = open_below(&self.proc, &format!("{pid}/comm")).ok()?;
        if self.buffer.read_once(&comm).is_ok_and(|comm| meant(without_newline(comm))) {
            return Some(true);
        }
        let line = open_below(&self.proc, &format!("{pid}/cmdline"));
        let line = line.and_then(|file| self.buffer.read_whole(&file, LONGEST_PROGRAM)).unwrap_or_default();
        Some(program(&line).is_some_and(meant))
    }

    /// Whether that process has not ended and has memory of its own.
    pub fn lives(&mut self, pid: Pid) -> bool {
        let status = open_below(&self.proc, &format!("{pid}/status"));
        let status = status.ok().and_then(|file| parse::status(self.buffer.read_once(&file).ok()?));
        // The kernel's own processes have no mark. Neither has a leader that has ended before its other threads, and shows as a zombie.
        status.is_some_and(|status| match status.state {
            State::Alive | State::Ending => status.memory.peak_rss.is_some() || status.threads > 1,
            State::Zombie => status.threads > 1,
        })
    }
}

fn without_newline(comm: &[u8]) -> &[u8] {
    comm.strip_suffix(b"\n").unwrap_or(comm)
}

/// The program's name in a raw command line. None where there is no command line.
pub(super) fn program(line: &[u8]) -> Option<&[u8]> {
    let typed = line.split(|byte| *byte == 0).next()?;
    typed.rsplit(|byte| *byte == b'/').next().filter(|name| !name.is_empty())
}

/// What was started while somebody was asked may have been taken for a part of the asking.
const LONGEST_BETWEEN_QUESTIONS: Duration = Duration::from_secs(5);

/// Tells when something was started on this machine, for those who wait for something.
#[derive(Debug)]
pub struct Arrivals {
    pulse: Pulse,
    buffer: Buffer,
}

impl Arrivals {
    /// From now on.
    pub fn watch() -> Self {
        let loadavg = File::open("/proc/loadavg").ok();
        Self { pulse: Pulse::settling(loadavg, YOUNG, LONGEST_BETWEEN_QUESTIONS), buffer: Buffer::new() }
    }

    /// Whether it is worth looking at `now` (monotonic time since whenever): something was started within the last second, or the last look was
    /// long ago.
    pub fn due(&mut self, now: Duration) -> bool {
        self.pulse.walk_due(now, &mut self.buffer)
    }

    /// What was started until now was started by this process, and is nothing to look at.
    pub fn pass_over(&mut self) {
        self.pulse.pass_over(&mut self.buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_last_part_of_what_was_typed() {
        assert_eq!(program(b"/usr/lib/firefox/firefox-bin\0-p\0"), Some(&b"firefox-bin"[..]));
        assert_eq!(program(b"-bash\0"), Some(&b"-bash"[..]));
        assert_eq!(program(b"\xff/a\nb"), Some(&b"a\nb"[..]));
        assert_eq!((program(b""), program(b"\0x\0"), program(b"/bin/\0")), (None, None, None));
    }

    /// `cat` under another name, which has become that program for sure: it has answered.
    fn started(program: &std::path::Path) -> std::process::Child {
        use std::io::{Read, Write};
        use std::process::Stdio;
        let mut child =
            std::process::Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.as_mut().unwrap().write_all(b"!").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        child
    }

    #[test]
    fn a_process_is_found_by_either_of_its_names_and_never_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("a-name-of-more-than-fifteen-bytes");
        std::fs::copy("/bin/cat", &long).unwrap();
        let mut child = started(&long);
        let ask = |wanted: &[u8]| Search::open().unwrap().find(Duration::ZERO, &|name| name == wanted);
        assert_eq!(ask(b"a-name-of-more-"), [child.id()]);
        assert_eq!(ask(b"a-name-of-more-than-fifteen-bytes"), [child.id()]);
        let ours = std::fs::read("/proc/self/comm").unwrap();
        assert!(!ask(without_newline(&ours)).contains(&std::process::id()));
        let mut search = Search::open().unwrap();
        assert!(search.lives(child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!search.lives(child.id()));
    }

    #[test]
    fn between_two_looks_at_all_only_those_that_are_new_are_looked_at() {
        let mut search = Search::open().unwrap();
        let asked = std::cell::Cell::new(0);
        let mut count = |millis: u64| {
            asked.set(0);
            let none = search.find(Duration::from_millis(millis), &|_| {
                asked.set(asked.get() + 1);
                false
            });
            assert!(none.is_empty());
            asked.get()
        };
        let all = count(0);
        let mut child = started("cat".as_ref());
        let new = count(900);
        assert!(all > 0 && new > 0, "the one that has come");
        assert!(count(1000) > 0, "all, once a second");
        assert!(count(1900) > 0, "it is young still");
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
