//! The only room that asks the operating system about processes: who is in the tree now, and what memory has each.
//!
//! A source knows nothing of ticks, recordings or files. It decides identity, since only it can: a [`Key`] stands for one process, however
//! often its pid is used again.

use crate::model::{CommandLine, ExitStatus, Extras, Memory, Name, Pid};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

#[doc(hidden)]
pub mod fake;
mod host;
pub mod linux;
pub mod portable;

pub use linux::{Arrivals, ControlGroup, GroupMembers, Hierarchies, NoGroup, Search, Version, memory_limit};

pub use host::{Host, OwnCost, host, own_cost, raise_descriptor_limit};

/// One process, for as long as a source lives; never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

/// Whether a process still has memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// At least one thread lives.
    Alive,
    /// It has given back its memory, or is about to, and its end is still to come or to be told.
    Ending,
    /// It has ended and waits for its parent to ask how.
    Zombie,
}

/// One process in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Who it is.
    pub key: Key,
    /// Its process id.
    pub pid: Pid,
    /// Its parent's process id.
    pub ppid: Pid,
    /// Its short name.
    pub name: Name,
    /// How often it has become another program, as far as the source can tell: an exec may keep the name.
    pub execs: u32,
    /// Whether it still has memory.
    pub state: State,
    /// What this look measured. Empty for a zombie.
    pub memory: Memory,
}

/// What a source has come to know other than by a look at the whole tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "handed on at once, and most of them are sightings")]
pub enum News {
    /// A process has begun, has become another program, or was read between two looks.
    Seen(Sighting),
    /// A process has ended. Of children of this process it is not told: that is for the one who reaps them to know.
    Ended {
        /// Who.
        key: Key,
        /// How, where that was told.
        status: Option<ExitStatus>,
        /// The high-water mark of its resident set at its end, in bytes and since its last exec; up to 200 KiB low.
        peak_rss: Option<u64>,
    },
}

/// When a source wants to be listened to before the next look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attention<'a> {
    /// As soon as this can be read.
    pub descriptor: Option<BorrowedFd<'a>>,
    /// At this time.
    pub at: Option<Duration>,
}

/// A process that was asked for is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no process has the pid {0}")]
pub struct NoSuchProcess(pub Pid);

/// Where the numbers come from.
///
/// Every implementation is held to the same tests, in `tests/source_contract.rs`.
pub trait Source {
    /// `linux` or `portable`: what the recording says of its numbers.
    fn name(&self) -> &'static str;

    /// How the tree is followed, and what can be missed that way: a sentence for people.
    fn following(&self) -> String;

    /// The pid that this process has in what the source shows.
    fn this_process(&self) -> Pid {
        std::process::id()
    }

    /// Takes `pid` into the tree and, from the next look on, everything that it starts.
    fn follow(&mut self, pid: Pid) -> Result<Key, NoSuchProcess>;

    /// Takes the processes of a control group into the tree: at every look from now on those that are in it then. Like any others they stay in the
    /// tree when they leave the group, with all that they start.
    fn follow_group(&mut self, members: GroupMembers);

    /// Whether a process of that group lived at the last look; `true` where that could not be known, `false` where no group is followed.
    fn group_lives(&self) -> bool;

    /// Looks at the whole tree: replaces what `seen` holds by every process that is there, zombies too.
    ///
    /// `now` is monotonic time since whenever; it tells the source which of the dearer readings are due. A process that a look no longer
    /// shows has ended.
    fn look(&mut self, now: Duration, seen: &mut Vec<Sighting>);

    /// When it wants to be listened to, `now` being as in a look.
    fn attention(&self, _now: Duration) -> Attention<'_> {
        Attention::default()
    }

    /// Takes in what has come by itself since the last look. What a look has missed by then may be found here.
    fn listen(&mut self, _now: Duration) {}

    /// Hands over, in the order in which it happened, what listening and looking have found out since this was last asked.
    fn take_news(&mut self, _to: &mut Vec<News>) {}

    /// Looks at the one process that has `pid` right now, and takes it into the tree if it was not there. For processes of which something
    /// other than a look has told: a child to be reaped, a process event. `None` where it is none of the tree's.
    fn identify(&mut self, pid: Pid, now: Duration) -> Option<Sighting>;

    /// What the control group of the process that was followed first is charged with now, in bytes. `None` where that was not asked for, or cannot
    /// be had.
    fn group(&mut self) -> Option<u64> {
        None
    }

    /// The command line of a process of the tree, secrets masked. `None` where there is none to be had.
    fn command_line(&mut self, key: Key) -> Option<CommandLine>;

    /// What could not be seen since this was last asked, in words; the same is told once.
    fn take_notes(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// The high-water mark that a process had when it ended, in bytes, where the kernel has told it.
    fn last_peak(&mut self, _key: Key) -> Option<u64> {
        None
    }

    /// Whether there was a process, by now, that lived and whose memory could not be read: totals are a lower bound then.
    fn misses_some(&self) -> bool {
        false
    }

    /// A process of the tree has died of SIGKILL: who has counted that as an end that the kernel made for want of memory, if anybody. Each end that was counted
    /// is told once.
    fn take_oom_kill(&mut self) -> Option<OomCount> {
        None
    }

    /// Whether a zombie has waited for children of its own, in which case the peak in its wait status may be one of theirs. `true` where
    /// that cannot be known.
    fn waited_for_children(&mut self, key: Key) -> bool;
}

/// Who counts the processes that the kernel ends for want of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OomCount {
    /// The tree's control group: it was one of its processes.
    OfGroup,
    /// The machine: it may have been a stranger who was ended in the same minutes.
    OfMachine,
}

/// Which source to use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// The best one for this operating system: Linux' own, for now.
    #[default]
    Auto,
    /// Linux' `/proc`.
    Linux,
    /// sysinfo, on every operating system.
    Portable,
}

/// How often PSS and USS are measured.
///
/// The kernel adds them up page by page (about 9 ms for a GiB), and holds a lock meanwhile that the process needs to map memory: they are dearer than
/// all else, and not only to memrec.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PssPolicy {
    /// Where the tree has more than one process: a second after it has, then in at most 0.5 % of the time, and once a second at most. By itself a
    /// process has as good as nothing to share.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Again and again.
    Always,
    /// Whenever so much time has passed.
    Every(Duration),
}

/// What is asked of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which one.
    pub choice: Choice,
    /// How often PSS and USS are measured.
    pub pss: PssPolicy,
    /// What is measured beyond the usual, at every look.
    pub extras: Extras,
}

/// A source was asked for what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    /// Further columns.
    #[error("--extra {0}: the portable source has no further columns; leave one of the two out")]
    Extras(Extras),
    /// PSS.
    #[error("--pss: the portable source knows no PSS; leave out --source or --pss")]
    Pss,
}

impl Options {
    /// Whether the chosen source can do what is asked of it.
    ///
    /// # Errors
    /// What it cannot.
    pub fn check(&self) -> Result<(), NotKnown> {
        match (self.choice, self.pss) {
            (Choice::Portable, PssPolicy::Always | PssPolicy::Every(_)) => Err(NotKnown::Pss),
            (Choice::Portable, _) if !self.extras.is_empty() => Err(NotKnown::Extras(self.extras)),
            _ => Ok(()),
        }
    }
}

/// Orphans of the tree that come to this process, since it is their subreaper, belong to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphans {
    /// They do: `run`, where everything that this process gets as a child from now on comes from the command.
    ComeToUs,
    /// They go elsewhere: `attach`.
    GoElsewhere,
}

/// Opens the chosen source. Children that this process has by now are never taken for orphans of the tree: `exec memrec` in a shell with
/// jobs inherits them.
///
/// # Errors
/// Where `/proc` cannot be read.
pub fn open(options: &Options, orphans: Orphans) -> std::io::Result<Box<dyn Source>> {
    match options.choice {
        Choice::Auto | Choice::Linux => Ok(Box::new(linux::Linux::open(Path::new("/proc"), orphans, options)?)),
        Choice::Portable => {
            linux::check_namespace(Path::new("/proc"))?;
            Ok(Box::new(portable::Portable::open(orphans)?))
        }
    }
}
