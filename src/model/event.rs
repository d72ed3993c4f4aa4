//! What happened, as against what was measured: the events of a recording's sidecar.

use super::{CommandLine, Name, Pid, ProcessNumber};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Version of the format of recordings that is written.
pub const FORMAT: u32 = 1;

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The wall clock then.
    pub time: DateTime<Utc>,
    /// Monotonic time since the recording began.
    pub elapsed: Duration,
    /// What happened.
    pub what: What,
}

impl Event {
    /// Of the end of a hole in the ticks, a moment within it. While the machine was suspended monotonic time stood still: that is none.
    pub fn within_hole(&self) -> Option<Duration> {
        match self.what {
            What::Gap { cause: GapCause::Late | GapCause::Stopped | GapCause::Unwritten, seconds, .. } => {
                Some(self.elapsed.saturating_sub(Duration::try_from_secs_f64(seconds / 2.0).ok()?))
            }
            _ => None,
        }
    }
}

/// What can happen. The derived form is the sidecar's JSON, so names here are names in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum What {
    /// The recording begins.
    Start(Start),
    /// A process of the tree was found.
    Spawn {
        /// Its number in this recording.
        process: ProcessNumber,
        /// Its process id.
        pid: Pid,
        /// Its parent's process id.
        ppid: Pid,
        /// The kernel's short name of it.
        name: Name,
        /// Its command line, secrets masked; absent where it was not asked for or could not be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandLine>,
    },
    /// A process became another program, or gave itself another name.
    Exec {
        /// Its number in this recording, which it keeps.
        process: ProcessNumber,
        /// Its process id, which it keeps too.
        pid: Pid,
        /// The name it has now.
        name: Name,
        /// The command line it has now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandLine>,
    },
    /// A process of the tree ended.
    Exit(Exit),
    /// Somebody put a label on this moment.
    Mark {
        /// The label.
        label: String,
        /// Whether it is the beginning or the end of something; absent for a moment. An end belongs to the latest beginning of the same label that
        /// has none yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        edge: Option<Edge>,
    },
    /// Lines counted in a log since the last such event.
    Count {
        /// What was counted.
        name: String,
        /// How many.
        number: u64,
    },
    /// A time in which nothing was measured.
    Gap {
        /// Why.
        cause: GapCause,
        /// Ticks that did not take place.
        ticks_missed: u64,
        /// Length of the hole in seconds: of monotonic time, or of the sleep where the machine was suspended.
        seconds: f64,
    },
    /// The recording was thinned to stay below a size: before a moment only some of its ticks are there.
    Thinned {
        /// That moment, in seconds: from there on all ticks are there.
        until_s: f64,
        /// Of each span of this many seconds before it some are: the first, and those of the lowest and highest totals.
        span_s: f64,
        /// How many ticks are left out, by this thinning and those before.
        ticks: u64,
        /// How many processes have no events any more.
        processes: u64,
    },
    /// Something that a reader should know: coverage lost or regained, a full disk, a permission missing.
    Note {
        /// In words.
        text: String,
    },
    /// The recording ends.
    End {
        /// How the command ended: `{"code": n}` or `{"signal": n}`; absent where it has not, or is not ours to know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<ExitStatus>,
        /// Ticks that took place.
        ticks: u64,
        /// Ticks that did not.
        ticks_missed: u64,
        /// CPU seconds, user and system, that memrec itself used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cpu_s: Option<f64>,
        /// memrec's own peak resident set size.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peak_rss_bytes: Option<u64>,
    },
    /// An event that a later memrec wrote.
    #[serde(other)]
    Unknown,
}

/// Which end of something a label stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// It begins.
    Begin,
    /// It ends.
    End,
}

/// How a recording began: enough to read it years later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Version of the recording's format.
    pub format: u32,
    /// Version of memrec.
    pub memrec: String,
    /// What is recorded, secrets masked. Absent with `--no-command-line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandLine>,
    /// Time between ticks, in seconds.
    pub interval_s: f64,
    /// The machine's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Operating system and version of its kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// RAM of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// What the control group may have in which it began, in bytes: the least of its own limit and those above it. Absent where there is none, or it cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<u64>,
    /// Where the numbers come from: `linux` or `portable`.
    pub source: String,
    /// How the tree is followed, and what can be missed that way.
    pub following: String,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExitStatus {
    /// It left with this code.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
}

/// That a process of the tree ended, and what is known of it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its number in this recording.
    pub process: ProcessNumber,
    /// Its process id.
    pub pid: Pid,
    /// The highest peak known of it since its last exec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
    /// Where that peak comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_from: Option<PeakOrigin>,
    /// Its exit status, `{"code": n}` or `{"signal": n}`, where events told it or memrec is the one who reaps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ExitStatus>,
    /// The kernel ended it for want of memory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub oom_kill: bool,
}

/// Where a process' last known peak comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeakOrigin {
    /// The kernel's high-water mark when it was last read: what came after that reading is not in it.
    HighWaterMark,
    /// `ru_maxrss` of the wait status: to the very end, up to 200 KiB low.
    WaitStatus,
    /// The kernel's exit record (taskstats): the high-water mark at the very end, up to 200 KiB low.
    ExitRecord,
    /// The highest of the samples, from a source that knows no more: what came between them is not in it.
    Samples,
}

/// Why there is a hole in a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapCause {
    /// memrec did not get to run in time.
    Late,
    /// memrec was stopped (Ctrl-Z, SIGSTOP) and continued.
    Stopped,
    /// The machine slept.
    Suspended,
    /// What was measured could not be written: the disk was full.
    Unwritten,
}
