//! One look at the tree.

use super::{Memory, Name};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A process id as the kernel gives it: unique only among the processes that live (or are zombies) at one moment.
pub type Pid = u32;

/// A process' number within one recording, from 1: never reused, and kept through exec.
pub type ProcessNumber = u32;

/// What one tick saw of the whole tree.
///
/// The same type goes both ways: the recorder fills it, storage writes it, storage reads it back, analysis looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The wall clock at this tick. It may jump; nothing is ordered or measured by it.
    pub time: DateTime<Utc>,
    /// Monotonic time since the recording began. Files hold microseconds.
    pub elapsed: Duration,
    /// One row per living process.
    pub rows: Vec<Row>,
    /// What the control group of the first process is charged with, in bytes, where that was asked for: page cache that is in use, sockets and kernel
    /// memory included, which no process has in its row.
    pub cgroup: Option<u64>,
}

/// One living process at one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The process' number in this recording.
    pub process: ProcessNumber,
    /// Its process id.
    pub pid: Pid,
    /// The process id of its parent at this tick.
    pub ppid: Pid,
    /// The kernel's short name of it (comm).
    pub name: Name,
    /// What was measured.
    pub memory: Memory,
}

impl Default for Sample {
    fn default() -> Self {
        Self { time: DateTime::UNIX_EPOCH, elapsed: Duration::ZERO, rows: Vec::new(), cgroup: None }
    }
}
