//! A door for those who try what the kernel's text and messages can do to their readers (`fuzz/`, `tests/corpus.rs`): these readers are nobody
//! else's business. Nothing is decided here.

use super::{cgroup, events, mounts::Hierarchies, search};
use std::path::PathBuf;

pub use events::door::{messages_of, told_by_events, told_by_records};

/// The folders of the memory control group, by the texts of `mountinfo` and of `/proc/PID/cgroup`.
pub fn groups_of(mountinfo: &[u8], membership: &[u8]) -> Vec<PathBuf> {
    Hierarchies::parse(mountinfo).of_memory(membership)
}

/// What a group is charged with, by the texts of its two files.
pub fn charged(usage: &[u8], stat: &[u8], inactive: &[u8]) -> Option<u64> {
    cgroup::charged(cgroup::usage_in(usage)?, stat, inactive)
}

/// The program's name in the text of `/proc/PID/cmdline`.
pub fn program(cmdline: &[u8]) -> Option<&[u8]> {
    search::program(cmdline)
}
